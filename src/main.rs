//! The program `shipctl`; everything is in the library.

fn main() -> std::process::ExitCode {
    shipctl::cli::run(std::env::args_os())
}
