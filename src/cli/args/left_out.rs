//! What a build without sandbox and demo makes of their arguments.

use std::ffi::OsString;

use clap::Args;

/// What is missing, and how to get it.
pub(in crate::cli) const LEFT_OUT: &str = "`sandbox` and `demo` are left out of this build: they \
    come with `cargo build --release`, without `--no-default-features`";

/// Whatever `sandbox` or `demo` was given.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(in crate::cli) struct LeftOut {
    #[arg(
        hide = true,
        num_args = ..,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    _given: Vec<OsString>,
}
