//! The `underwrite` binary: see `underwrite::cli`.

fn main() -> std::process::ExitCode {
    underwrite::cli::main()
}
