//! `decamp bundle`

use super::{Context, Outcome};
use crate::bundle::{self, Failure, Fault, Listing, SealOptions};
use crate::cli::bundle::{BundleCommand, OpenArgs, ReadArgs, SealArgs};
use crate::error::{Error, Kind, Result};
use crate::ui::Ui;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use tell::{counts, say, tell_manifest, tell_opened, tell_sealed};

mod secrets;
mod tell;

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
    #[serde(flatten)]
    listing: &'a Listing,
}

/// Runs a `bundle` command.
pub fn run(ctx: &Context, command: &BundleCommand) -> Result<Outcome> {
    match command {
        BundleCommand::Seal(args) => seal(ctx, args),
        BundleCommand::List(args) => list(ctx, args),
        BundleCommand::Verify(args) => verify(ctx, args),
        BundleCommand::Open(args) => open(ctx, args),
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

fn seal(ctx: &Context, args: &SealArgs) -> Result<Outcome> {
    let to_stdout = is_stdio(&args.output);
    if to_stdout {
        check_stdout(ctx)?;
        if io::stdout().is_terminal() {
            return Err(
                Error::input("a bundle is not written to a terminal").hint("name a file with `-o FILE`, or pipe it on")
            );
        }
    } else if ctx.files.exists(&args.output) && !ctx.force {
        return Err(Error::input(format!("`{}` exists already", ctx.files.path(&args.output).display()))
            .hint("choose another name, or replace it with `--force`"));
    }
    let recipients = secrets::recipients(ctx, args)?;
    let options = SealOptions {
        paths: args.paths.iter().map(|p| ctx.files.path(p)).collect(),
        exclude: args.exclude.clone(),
        leave_out: secrets::secret_evidence(ctx, &args.paths)?,
        keep_times: args.keep_times,
    };
    let progress = ctx.ui.progress(0);
    let told = |bytes| progress.inc(bytes);
    let report = if to_stdout {
        bundle::seal(&options, &recipients, Stdout(&ctx.ui), &told)?
    } else {
        let mut out = ctx.files.create(&args.output)?;
        let report = bundle::seal(&options, &recipients, &mut out, &told)?;
        if ctx.force {
            out.commit()?;
        } else {
            out.commit_new()?;
        }
        report
    };
    progress.finish_and_clear();
    if ctx.ui.json {
        json(ctx, "seal", &args.output, &report)?;
    } else {
        tell_sealed(ctx, &report);
    }
    Ok(if report.needs_attention() { Outcome::Attention } else { Outcome::Done })
}

fn list(ctx: &Context, args: &ReadArgs) -> Result<Outcome> {
    let mut source = ctx.files.open(&args.bundle)?;
    let listing = bundle::list(&mut source, &secrets::keys(ctx, &args.keys)?).map_err(Failure::into_error)?;
    if ctx.ui.json {
        json(ctx, "list", &args.bundle, &listing)?;
        return Ok(Outcome::Done);
    }
    let mut text = String::new();
    for member in &listing.members {
        let end = match (member.kind, &member.target) {
            (bundle::Kind::Folder, _) => "/".to_owned(),
            (_, Some(target)) => format!(" -> {target}"),
            _ => String::new(),
        };
        // Writing to a string can't fail.
        let _ = writeln!(text, "{:>14}  {}{end}", member.size, member.path);
    }
    ctx.ui.out(&text)?;
    tell_manifest(ctx.ui, listing.manifest);
    ctx.ui.say(&counts(ctx.ui, listing.files, listing.bytes));
    Ok(Outcome::Done)
}

fn verify(ctx: &Context, args: &ReadArgs) -> Result<Outcome> {
    let mut source = ctx.files.open(&args.bundle)?;
    let (listing, failure) = match bundle::verify(&mut source, &secrets::keys(ctx, &args.keys)?) {
        Ok(listing) => (listing, None),
        Err(Failure::Damaged(fault)) => (Listing { manifest: "unknown", ..Listing::default() }, Some(fault)),
        Err(Failure::Error(error)) => return Err(error),
    };
    if ctx.ui.json {
        json(
            ctx,
            "verify",
            &args.bundle,
            &Verdict { ok: failure.is_none(), failure: failure.as_ref(), listing: &listing },
        )?;
    } else if let Some(fault) = &failure {
        ctx.ui.out(&format!("{}: {fault}", say(ctx.ui, "damaged", "dañado")))?;
    } else {
        tell_manifest(ctx.ui, listing.manifest);
        ctx.ui.out(&format!("{}: {}", say(ctx.ui, "good", "bien"), counts(ctx.ui, listing.files, listing.bytes)))?;
    }
    Ok(if failure.is_some() { Outcome::Attention } else { Outcome::Done })
}

/// `NAME` of `NAME.tar.zst.age`.
fn stem(bundle: &Path) -> String {
    let name = bundle.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut stem = name.as_str();
    for end in [".age", ".zst", ".tar"] {
        stem = stem.strip_suffix(end).unwrap_or(stem);
    }
    if stem == name { format!("{name}.opened") } else { stem.to_owned() }
}

fn open(ctx: &Context, args: &OpenArgs) -> Result<Outcome> {
    let options = bundle::OpenOptions { patterns: args.patterns.clone(), max_size: args.max_size, force: ctx.force };
    let mut source = ctx.files.open(&args.bundle)?;
    if args.stdout {
        check_stdout(ctx)?;
        let keys = secrets::keys(ctx, &args.keys)?;
        bundle::to_output(&mut source, &keys, &options, &mut Stdout(&ctx.ui)).map_err(Failure::into_error)?;
        return Ok(Outcome::Done);
    }
    let folder = ctx.files.path(args.output.clone().unwrap_or_else(|| PathBuf::from(stem(&args.bundle))));
    let keys = secrets::keys(ctx, &args.keys)?;
    let report = if ctx.files.dry_run {
        bundle::dry_run(&mut source, &keys, &options)
    } else {
        bundle::open(&mut source, &keys, &folder, &options)
    };
    let report = report.map_err(Failure::into_error)?;
    if ctx.ui.json {
        json(ctx, "open", &args.bundle, &report)?;
    } else {
        tell_opened(ctx, &report, &folder)?;
    }
    Ok(Outcome::Done)
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

    #[test]
    fn the_folder_is_named_like_the_bundle() {
        assert_eq!(stem(Path::new("x/2026-12-olmo.tar.zst.age")), "2026-12-olmo");
        assert_eq!(stem(Path::new("plain")), "plain.opened");
    }
}
