//! `completions SHELL` and `man DIR`, from the one definition of the command line.

use super::{Context, Outcome};
use crate::cli::Cli;
use crate::error::{Error, Result};
use clap::CommandFactory as _;
use std::path::Path;

/// Prints a completion script.
pub fn completions(ctx: &Context, shell: clap_complete::Shell) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "decamp", &mut script);
    ctx.ui.out_bytes(&script)?;
    Ok(Outcome::Done)
}

/// Writes one page a command.
pub fn pages(ctx: &Context, dir: &Path) -> Result<Outcome> {
    let mut root = Cli::command();
    root.build();
    write(ctx, dir, &root, "decamp")?;
    ctx.say_written();
    Ok(Outcome::Done)
}

fn write(ctx: &Context, dir: &Path, command: &clap::Command, name: &str) -> Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone().display_name(name.to_owned()))
        .render(&mut page)
        .map_err(|e| Error::machine(format!("could not write a man page: {e}")))?;
    ctx.files.write(dir.join(format!("{name}.1")), &page)?;
    for sub in command.get_subcommands().filter(|c| c.get_name() != "help") {
        write(ctx, dir, sub, &format!("{name}-{}", sub.get_name()))?;
    }
    Ok(())
}
