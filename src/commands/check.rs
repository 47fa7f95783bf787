//! `check`: after the move, what still points back and what did not arrive.

mod dns;
mod show;

use super::{Context, Outcome};
use crate::check::{Doubt, Report};
use crate::cli::check::CheckArgs;
use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// Runs `check`.
pub fn run(ctx: &Context, args: &CheckArgs) -> Result<Outcome> {
    let workspace = Workspace::open(&ctx.files)?;
    let mut report = Report::default();
    let expected = dns::expected(ctx, &workspace)?;
    if expected.domains.is_empty() {
        return Err(Error::input("there is nothing to check: no DNS was rendered")
            .hint("run `decamp render` first, or say what to look at: --site, --imap or --webdav"));
    }
    if !dns::check(ctx, args, &expected, &mut report)? {
        return Ok(Outcome::Done);
    }
    // What nobody has said can't be right, whatever was looked at.
    report.doubts.extend(
        expected.asks.iter().map(|ask| {
            Doubt::Other(crate::check::text(&format!("still open: {ask}"), &format!("sigue abierto: {ask}")))
        }),
    );
    show::show(ctx, &report)?;
    Ok(if report.needs_attention() { Outcome::Attention } else { Outcome::Done })
}
