#![no_main]
//! `bodies/rules.rs` under libFuzzer.

#[path = "../bodies/rules.rs"]
mod body;
#[path = "../bodies/decide.rs"]
mod decide;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    body::run(data);
});
