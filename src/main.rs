//! Parses the command line, calls the library, and turns the result into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    kms_haptik_sync::cli::main()
}
