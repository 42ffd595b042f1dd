//! The `underwrite` binary: see `underwrite::cli`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    underwrite::cli::main()
}
