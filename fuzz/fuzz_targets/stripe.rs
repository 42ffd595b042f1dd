#![no_main]
//! `bodies/stripe.rs` under libFuzzer.

#[path = "../bodies/stripe.rs"]
mod body;
#[path = "../bodies/decide.rs"]
mod decide;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    body::run(data);
});
