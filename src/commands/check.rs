//! `check`: after the move, what still points back and what did not arrive.

mod dns;
mod files;
mod mail;
mod show;
mod site;

use super::connect::Network;
use super::{Context, Outcome};
use crate::check::{Doubt, Report, text};
use crate::cli::check::CheckArgs;
use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// Runs `check`.
pub fn run(ctx: &Context, args: &CheckArgs) -> Result<Outcome> {
    let workspace = Workspace::open(&ctx.files)?;
    let others = !args.site.is_empty() || args.imap.is_some() || args.webdav.is_some();
    let exports = usize::from(args.imap.is_some()) + usize::from(args.webdav.is_some());
    if args.export.len() != exports {
        return Err(Error::input(format!("--export is given {} times; {exports} are wanted", args.export.len()))
            .hint("one for --imap, one for --webdav, in this order"));
    }
    let mut exports = args.export.iter();
    let mut report = Report::default();
    let expected = dns::expected(ctx, &workspace, !others || !args.resolver.is_empty())?;
    if !others || !expected.domains.is_empty() {
        if expected.domains.is_empty() {
            return Err(Error::input("there is nothing to check: no DNS was rendered")
                .hint("run `decamp render` first, or say what to look at: --site, --imap or --webdav"));
        }
        dns::check(ctx, args, &expected, &mut report)?;
    } else {
        report.notes.push(text("the DNS was not looked at", "no se miró el DNS"));
    }
    if let Some(account) = &args.imap
        && let Some(export) = exports.next()
    {
        mail::check(ctx, args, account, export, &mut report)?;
    }
    if let Some(address) = &args.webdav
        && let Some(export) = exports.next()
    {
        files::check(ctx, args, address, export, &mut report)?;
    }
    if !args.site.is_empty() {
        site::check(ctx, args, &workspace, &mut report)?;
    }
    if ctx.files.dry_run {
        return Ok(Outcome::Done);
    }
    // What nobody has said can't be right, whatever was looked at.
    report.doubts.extend(
        expected
            .asks
            .iter()
            .map(|ask| Doubt::Other(text(&format!("still open: {ask}"), &format!("sigue abierto: {ask}")))),
    );
    show::show(ctx, &report)?;
    Ok(if report.needs_attention() { Outcome::Attention } else { Outcome::Done })
}

/// What the command line says of connections.
fn network(args: &CheckArgs) -> Network<'_> {
    Network { resolver: args.resolver.first().copied(), allow_private: args.allow_private, ca: args.ca.as_deref() }
}
