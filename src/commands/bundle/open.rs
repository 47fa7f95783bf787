//! `decamp bundle open`

use super::secrets;
use super::tell::{tell_opened, tell_salvage};
use super::{Stdout, check_stdout, json, source};
use crate::bundle::{self, Base, Failure};
use crate::cli::bundle::OpenArgs;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::files::Joined;
use std::path::{Path, PathBuf};

pub(super) fn run(ctx: &Context, args: &OpenArgs) -> Result<Outcome> {
    if args.stdout {
        check_stdout(ctx)?;
    }
    let options = bundle::OpenOptions {
        patterns: args.patterns.clone(),
        max_size: args.max_size,
        force: ctx.force,
        signers: secrets::signers(ctx, args.signers.as_deref())?,
        original_names: args.original_names,
    };
    let folder = ctx.files.path(args.output.clone().unwrap_or_else(|| PathBuf::from(stem(&args.bundle))));
    let mut source = source(ctx, &args.bundle)?;
    let mut joined = args.bases.iter().map(|b| ctx.files.open_joined(b)).collect::<Result<Vec<Joined>>>()?;
    let mut bases: Vec<&mut dyn Base> = joined.iter_mut().map(|b| b as &mut dyn Base).collect();
    let keys = secrets::keys(ctx, &args.keys)?;
    if args.salvage {
        let target = (!ctx.files.dry_run).then_some((folder.as_path(), ctx.force));
        let saved = bundle::salvage(&mut source, &keys, target).map_err(Failure::into_error)?;
        if ctx.ui.json {
            json(ctx, "open", &args.bundle, &saved)?;
        } else {
            tell_salvage(ctx.ui, &saved)?;
        }
        return Ok(Outcome::Attention);
    }
    if args.stdout {
        bundle::to_output(&mut source, &mut bases, &keys, &options, &mut Stdout(&ctx.ui))
            .map_err(Failure::into_error)?;
        return Ok(Outcome::Done);
    }
    let report = if ctx.files.dry_run {
        bundle::dry_run(&mut source, &mut bases, &keys, &options)
    } else {
        bundle::open(&mut source, &mut bases, &keys, &folder, &options)
    };
    let report = report.map_err(Failure::into_error)?;
    source.progress.finish_and_clear();
    if ctx.ui.json {
        json(ctx, "open", &args.bundle, &report)?;
    } else {
        tell_opened(ctx, &report, &folder)?;
    }
    Ok(Outcome::Done)
}

/// `NAME` of `NAME.tar.zst.age` and of its volumes.
fn stem(bundle: &Path) -> String {
    let name = bundle.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut stem = name.as_str();
    for end in [".001", ".age", ".zst", ".tar"] {
        stem = stem.strip_suffix(end).unwrap_or(stem);
    }
    if stem == name { format!("{name}.opened") } else { stem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_named_like_the_bundle() {
        assert_eq!(stem(Path::new("x/2026-12-olmo.tar.zst.age")), "2026-12-olmo");
        assert_eq!(stem(Path::new("x/2026-12-olmo.tar.zst.age.001")), "2026-12-olmo");
        assert_eq!(stem(Path::new("plain")), "plain.opened");
    }
}
