//! `decamp bundle`

use super::{Context, Outcome};
use crate::bundle::{self, Failure, Fault, Layer, Listing, Payload, Salvage};
use crate::cli::bundle::{BundleCommand, ListArgs, VerifyArgs};
use crate::error::{Error, Kind, Result};
use crate::files::Joined;
use crate::ui::Ui;
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;
use tell::{counts, say, tell_label, tell_manifest, tell_salvage, tell_signed, tree};

mod ask;
mod open;
mod seal;
mod secrets;
mod tell;

pub(super) use ask::Terminal;
pub(super) use secrets::{keys_of, secret, words_of};

/// A result: the command, and what it has to say.
#[derive(Debug, Serialize)]
struct Shown<'a, T> {
    schema: &'static str,
    command: &'static str,
    bundle: String,
    #[serde(flatten)]
    result: &'a T,
}

/// The result of `verify`.
#[derive(Debug, Serialize)]
struct Verdict<'a> {
    ok: bool,
    failure: Option<&'a Fault>,
    /// Of a file that is no good bundle: what its encryption holds all the same.
    payload: Option<&'a Payload>,
    salvage: Option<&'a Salvage>,
    #[serde(flatten)]
    listing: &'a Listing,
}

/// Runs a `bundle` command.
pub fn run(ctx: &Context, command: &BundleCommand) -> Result<Outcome> {
    bundle::no_core_dumps();
    match command {
        BundleCommand::Seal(args) => seal::run(ctx, args),
        BundleCommand::List(args) => list(ctx, args),
        BundleCommand::Verify(args) => verify(ctx, args),
        BundleCommand::Open(args) => open::run(ctx, args),
    }
}

fn is_stdio(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn json<T: Serialize>(ctx: &Context, command: &'static str, bundle: &Path, result: &T) -> Result<()> {
    let bundle = if is_stdio(bundle) { "-".into() } else { ctx.files.shown(&ctx.files.path(bundle)) };
    ctx.ui.out_json(&Shown { schema: "decamp/bundle/1", command, bundle, result })
}

/// Stdout as a stream, by way of the one module that prints.
struct Stdout<'a>(&'a Ui);

impl Write for Stdout<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.out_bytes(bytes).map(|()| bytes.len()).map_err(|e| match e.kind {
            Kind::BrokenPipe => io::ErrorKind::BrokenPipe.into(),
            _ => io::Error::other(e.message),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Refuses what would mix on stdout, or hurt a terminal.
fn check_stdout(ctx: &Context) -> Result<()> {
    if ctx.ui.json {
        return Err(
            Error::input("the result as JSON and the content can't both go to stdout").hint("leave out `--json`")
        );
    }
    Ok(())
}

/// The bundle, with a bar that tells how far it was read.
fn source(ctx: &Context, path: &Path) -> Result<indicatif::ProgressBarIter<Joined>> {
    let joined = ctx.files.open_joined(path)?;
    Ok(ctx.ui.progress(joined.length()).wrap_read(joined))
}

fn list(ctx: &Context, args: &ListArgs) -> Result<Outcome> {
    let mut source = ctx.files.open_joined(&args.bundle)?;
    let signers = secrets::signers(ctx, args.signers.as_deref())?;
    let keys = secrets::keys(ctx, &args.keys)?;
    let listing = bundle::list(&mut source, &keys, signers.as_ref()).map_err(Failure::into_error)?;
    if ctx.ui.json {
        json(ctx, "list", &args.bundle, &listing)?;
        return Ok(Outcome::Done);
    }
    ctx.ui.out(&tree(&listing))?;
    tell_manifest(ctx.ui, listing.manifest);
    tell_label(ctx, &listing.label);
    tell_signed(ctx.ui, &listing.signed_by);
    if listing.base.is_some() {
        ctx.ui.say(say(
            ctx.ui,
            "builds on another bundle; what did not change lies there (marked =)",
            "se apoya en otro paquete; lo que no cambió está ahí (con la marca =)",
        ));
    }
    ctx.ui.say(&counts(ctx.ui, listing.files, listing.bytes));
    Ok(Outcome::Done)
}

fn verify(ctx: &Context, args: &VerifyArgs) -> Result<Outcome> {
    let mut source = source(ctx, &args.bundle)?;
    let signers = secrets::signers(ctx, args.signers.as_deref())?;
    let keys = secrets::keys(ctx, &args.keys)?;
    let (mut payload, mut salvage) = (None, None);
    let (listing, failure) = match bundle::verify(&mut source, &keys, args.max_size, signers.as_ref()) {
        Ok(listing) => (listing, None),
        // Not damage: somebody has to say that so much is welcome.
        Err(Failure::Damaged(fault)) if fault.class == "limit" => return Err(Failure::Damaged(fault).into_error()),
        Err(Failure::Damaged(mut fault)) => {
            if let Ok(found) = bundle::payload(&mut source, &keys) {
                // What lies deepest is the reason for the rest.
                if let (true, Some(deeper)) = (fault.layer != Layer::Age, &found.fault) {
                    fault = deeper.clone();
                }
                payload = Some(found);
            }
            if args.salvage {
                salvage = Some(bundle::salvage(&mut source, &keys, None).map_err(Failure::into_error)?);
            }
            (Listing { manifest: "unknown", ..Listing::default() }, Some(fault))
        }
        Err(Failure::Error(error)) => return Err(error),
    };
    source.progress.finish_and_clear();
    if ctx.ui.json {
        let verdict = Verdict {
            ok: failure.is_none(),
            failure: failure.as_ref(),
            payload: payload.as_ref(),
            salvage: salvage.as_ref(),
            listing: &listing,
        };
        json(ctx, "verify", &args.bundle, &verdict)?;
    } else if let Some(fault) = &failure {
        ctx.ui.out(&format!("{}: {fault}", say(ctx.ui, "damaged", "dañado")))?;
        match &salvage {
            Some(salvage) => tell_salvage(ctx.ui, salvage)?,
            None => ctx.ui.say(say(
                ctx.ui,
                "`--salvage` says which files are still whole; `bundle open --salvage` unpacks those",
                "`--salvage` dice qué archivos siguen enteros; `bundle open --salvage` los desempaca",
            )),
        }
    } else {
        tell_manifest(ctx.ui, listing.manifest);
        tell_label(ctx, &listing.label);
        tell_signed(ctx.ui, &listing.signed_by);
        ctx.ui.out(&format!("{}: {}", say(ctx.ui, "good", "bien"), counts(ctx.ui, listing.files, listing.bytes)))?;
    }
    Ok(if failure.is_some() { Outcome::Attention } else { Outcome::Done })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cli::bundle::{KeyCommand, KeyNewArgs};
    use crate::files::Files;
    use clap::Parser as _;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(subcommand)]
        command: BundleCommand,
    }

    fn context(root: &Path) -> Context {
        let ui = Ui { quiet: true, ..Ui::default() };
        Context {
            ui,
            files: Files::new(root.to_path_buf(), false),
            force: false,
            today: jiff::civil::date(2026, 12, 1),
            now: jiff::civil::date(2026, 12, 1).at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap(),
            playbooks: None,
            templates: None,
            redact: false,
        }
    }

    fn ran(ctx: &Context, line: &[&str]) -> Result<Outcome> {
        let line = Line::try_parse_from(std::iter::once("bundle").chain(line.iter().copied())).unwrap();
        run(ctx, &line.command)
    }

    #[test]
    fn bundle_commands_from_key_to_opened_folder() {
        let dir = tempfile::tempdir().unwrap();
        let ctx = context(dir.path());
        ctx.files.write("w/evidence/logins.csv", b"secret").unwrap();
        ctx.files.write("w/plan.md", b"# plan").unwrap();
        ctx.files
            .write("inventory.yaml", b"sources: [{path: w/evidence/logins.csv, kind: logins, care: secret}]\n")
            .unwrap();
        let new = KeyCommand::New(KeyNewArgs { output: Some("key.txt".into()) });
        crate::commands::key::run(&ctx, &new).unwrap();
        assert!(crate::commands::key::run(&ctx, &new).is_err());
        let text = ctx.files.read_text("key.txt", 1000).unwrap();
        let recipient = text.lines().next().unwrap().trim_start_matches("# public key: ").to_owned();

        assert!(ran(&ctx, &["seal", "w", "-o", "b.tar.zst.age"]).is_err(), "sealed to nobody");
        assert!(
            ran(&ctx, &["seal", "w", "-o", "b.tar.zst.age", "-R", "key.txt"]).unwrap_err().message.contains("identity")
        );
        assert!(!ctx.files.exists("b.tar.zst.age"));
        assert_eq!(ran(&ctx, &["seal", "w", "-o", "b.tar.zst.age", "-r", &recipient]).unwrap(), Outcome::Attention);
        assert!(
            ran(&ctx, &["seal", "w", "-o", "b.tar.zst.age", "-r", &recipient]).unwrap_err().message.contains("exists")
        );
        assert_eq!(ran(&ctx, &["verify", "b.tar.zst.age", "-i", "key.txt"]).unwrap(), Outcome::Done);
        assert_eq!(ran(&ctx, &["list", "b.tar.zst.age", "-i", "key.txt"]).unwrap(), Outcome::Done);
        assert_eq!(ran(&ctx, &["open", "b.tar.zst.age", "-i", "key.txt"]).unwrap(), Outcome::Done);
        assert_eq!(ctx.files.read_text("b/w/plan.md", 100).unwrap(), "# plan");
        assert!(!ctx.files.exists("b/w/evidence/logins.csv"));
        assert!(ran(&ctx, &["open", "b.tar.zst.age", "-i", "key.txt"]).unwrap_err().message.contains("not empty"));

        let mut bytes = ctx.files.read("b.tar.zst.age", 1 << 20).unwrap();
        bytes.pop();
        ctx.files.write("cut.tar.zst.age", &bytes).unwrap();
        assert_eq!(ran(&ctx, &["verify", "cut.tar.zst.age", "-i", "key.txt"]).unwrap(), Outcome::Attention);
        assert_eq!(ran(&ctx, &["open", "cut.tar.zst.age", "-i", "key.txt"]).unwrap_err().exit(), 2);
        assert!(!ctx.files.exists("cut"));
    }

    #[test]
    fn the_groups_recipients_are_used_when_none_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let ctx = context(dir.path());
        ctx.files.write("f", b"x").unwrap();
        let (_, recipient) = bundle::new_identity();
        ctx.files.write("group.yaml", format!("name: Casa\nrecipients: [{recipient}]\n").as_bytes()).unwrap();
        assert_eq!(ran(&ctx, &["seal", "f", "-o", "b.age"]).unwrap(), Outcome::Done);
    }
}
