#![no_main]
//! `bodies/webhook.rs` under libFuzzer.

#[path = "../bodies/webhook.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    body::run(data);
});
