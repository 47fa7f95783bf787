//! The `decamp` program: parse, run, print one error, exit.

use clap::Parser as _;
use decamp::cli::Cli;
use decamp::commands;
use std::process::ExitCode;

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
