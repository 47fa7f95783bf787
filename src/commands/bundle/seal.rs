//! `decamp bundle seal`

use super::secrets;
use super::tell::tell_sealed;
use super::{Stdout, check_stdout, is_stdio, json};
use crate::bundle::{self, Label, Recipients, SealOptions, SealReport, Since, Streamed};
use crate::cli::bundle::SealArgs;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::files::Volumes;
use crate::words;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

pub(super) fn run(ctx: &Context, args: &SealArgs) -> Result<Outcome> {
    let output = output(ctx, args)?;
    let sealed_to = secrets::recipients(ctx, args)?;
    let options = SealOptions {
        paths: args.paths.iter().map(|p| ctx.files.path(p)).collect(),
        exclude: args.exclude.clone(),
        leave_out: secrets::secret_evidence(ctx, &args.paths)?,
        keep_times: args.keep_times,
        pad: args.pad,
        label: label(args)?,
        since: since(ctx, args)?,
        signer: secrets::signer(ctx, args.sign.as_deref())?,
    };
    if let Some(path) = args.manifest.as_ref().filter(|p| ctx.files.exists(p) && !ctx.force) {
        return Err(Error::input(format!("`{}` exists already", ctx.files.path(path).display()))
            .hint("choose another name for the manifest, or replace it with `--force`"));
    }
    bundle::ready(&options, &sealed_to.recipients, args.from_stdin.is_some())?;
    let total: u64 = if io::stderr().is_terminal() { args.paths.iter().map(|p| ctx.files.measure(p)).sum() } else { 0 };
    let progress = ctx.ui.progress(total);
    let told = |bytes| progress.inc(bytes);
    let run = Run { ctx, args, options: &options, recipients: &sealed_to.recipients, told: &told };
    let (report, written) = if is_stdio(&output) {
        (run.seal(Stdout(&ctx.ui), Path::new("."))?, Vec::new())
    } else if let Some(size) = args.volume_size {
        let mut out = Volumes::create(&ctx.files, &output, size)?;
        let report = run.seal(&mut out, &output)?;
        (report, out.commit()?)
    } else {
        let mut out = ctx.files.create(&output)?;
        let report = run.seal(&mut out, &output)?;
        if ctx.force {
            out.commit()?;
        } else {
            out.commit_new()?;
        }
        (report, vec![ctx.files.path(&output)])
    };
    progress.finish_and_clear();
    if let Some(path) = &args.manifest {
        ctx.files.write(path, &report.manifest)?;
    }
    if ctx.ui.json {
        json(ctx, "seal", &output, &report)?;
    } else {
        tell_sealed(ctx, &report);
        if let Some(words) = &sealed_to.made {
            secrets::show_passphrase(ctx.ui, words);
        }
        for path in written.iter().filter(|_| args.output.is_none() || args.volume_size.is_some()) {
            ctx.ui.out(&ctx.files.shown(path))?;
        }
    }
    Ok(if report.needs_attention() { Outcome::Attention } else { Outcome::Done })
}

struct Run<'a> {
    ctx: &'a Context,
    args: &'a SealArgs,
    options: &'a SealOptions,
    recipients: &'a Recipients,
    told: &'a dyn Fn(u64),
}

impl Run<'_> {
    fn seal(&self, out: impl Write + Send, output: &Path) -> Result<SealReport> {
        let Some(name) = &self.args.from_stdin else {
            return bundle::seal(self.options, self.recipients, None, out, self.told);
        };
        let beside = self.ctx.files.path(output).parent().map(Path::to_path_buf).unwrap_or_default();
        let mut stdin = io::stdin().lock();
        let streamed = Streamed { name: name.clone(), content: &mut stdin, wait_in: &beside };
        bundle::seal(self.options, self.recipients, Some(streamed), out, self.told)
    }
}

/// Where to write, when that is possible.
fn output(ctx: &Context, args: &SealArgs) -> Result<PathBuf> {
    let folder = match &args.output {
        Some(path) if is_stdio(path) => {
            check_stdout(ctx)?;
            if args.volume_size.is_some() {
                return Err(Error::input("stdout can't be cut into volumes").hint("name a file with `-o FILE`"));
            }
            if io::stdout().is_terminal() {
                return Err(Error::input("a bundle is not written to a terminal")
                    .hint("name a file with `-o FILE`, or pipe it on"));
            }
            return Ok(path.clone());
        }
        Some(path) if ctx.files.path(path).is_dir() => Some(path.clone()),
        Some(path) => {
            if args.volume_size.is_none() && ctx.files.exists(path) && !ctx.force {
                return Err(Error::input(format!("`{}` exists already", ctx.files.path(path).display()))
                    .hint("choose another name, or replace it with `--force`"));
            }
            return Ok(path.clone());
        }
        None => ctx.files.exists("group.yaml").then(|| PathBuf::from("bundles")),
    };
    loop {
        let name = format!("{}-{}.tar.zst.age", ctx.today, words::word(secrets::words_of(ctx.ui))?);
        let path = folder.clone().unwrap_or_default().join(name);
        if !ctx.files.exists(&path) {
            return Ok(path);
        }
    }
}

fn label(args: &SealArgs) -> Result<Label> {
    if let Some(date) = &args.destroy_by {
        date.parse::<jiff::civil::Date>().map_err(|_| {
            Error::input(format!("`{}` is not a date", date.escape_debug())).hint("write it as 2027-06-30")
        })?;
    }
    for text in [&args.keeper, &args.place].into_iter().flatten() {
        if text.chars().any(char::is_control) || text.len() > 500 {
            return Err(Error::input("keeper and place are one short line each"));
        }
    }
    Ok(Label { keeper: args.keeper.clone(), place: args.place.clone(), destroy_by: args.destroy_by.clone() })
}

/// What `--since` names: a bundle, or the manifest of one.
fn since(ctx: &Context, args: &SealArgs) -> Result<Option<Since>> {
    let Some(path) = &args.since else { return Ok(None) };
    let shown = path.display().to_string();
    let mut source = ctx.files.open_joined(path)?;
    let mut start = [0; 1];
    let is_manifest = io::Read::read(&mut source, &mut start).is_ok_and(|n| n == 1) && start[0] == b'{';
    let since = if is_manifest {
        Since::from_manifest(&ctx.files.read(path, 256 * 1024 * 1024)?)
    } else {
        let keys = secrets::keys_of(ctx, &args.identities)?;
        if keys.is_empty() {
            return Err(Error::input("to build on a bundle, decamp must look into it").in_file(shown).hint(
                "give what opens it with `-i FILE`, or the manifest that `seal --manifest FILE` wrote in its place",
            ));
        }
        Since::from_bundle(&mut source, &keys)
    };
    since.map(Some).map_err(|e| e.into_error().in_file(shown))
}
