//! The program `guildhall`. Everything is in the library; this file only hands over.

fn main() -> std::process::ExitCode {
    guildhall::cli::main()
}
