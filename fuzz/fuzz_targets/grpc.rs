#![no_main]
//! `bodies/grpc.rs` under libFuzzer.

#[path = "../bodies/grpc.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    body::run(data);
});
