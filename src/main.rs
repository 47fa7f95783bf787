//! The `decamp` program: parse, run, print one error, exit.

use clap::Parser as _;
use decamp::cli::Cli;
use decamp::commands;
use std::process::ExitCode;

/// Planning, templates and tables are made of many short strings: a fifth of the time went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => return commands::usage(&e),
    };
    let ui = commands::ui(&cli.global);
    match commands::run(&cli) {
        Ok(outcome) => ExitCode::from(outcome.exit()),
        Err(e) => {
            if e.kind != decamp::error::Kind::BrokenPipe {
                ui.error(&e);
            }
            ExitCode::from(e.exit())
        }
    }
}
