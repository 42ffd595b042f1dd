//! The `underwrite` binary: see `underwrite::cli`.

fn main() {}
