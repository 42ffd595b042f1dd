#![no_main]
//! `bodies/snapshot.rs` under libFuzzer.

#[path = "../bodies/snapshot.rs"]
mod body;
#[path = "../bodies/decide.rs"]
mod decide;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    body::run(data);
});
