//! Sealing: a tree goes through tar, zstd and age into a file, in one pass and in little memory.

mod rules;
mod walk;

use super::beside::beside;
use super::compress::compress;
use super::disk::{Root, Spool};
use super::manifest::{Label, LeftOut};
use super::names;
use super::recipients::Recipients;
use super::sign::Signer;
use super::since::Since;
use crate::error::{Error, Result};
use rules::Rules;
use serde::Serialize;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use walk::Sealing;

/// What to seal, and how.
#[derive(Debug, Default)]
pub struct SealOptions {
    /// The files and folders.
    pub paths: Vec<PathBuf>,
    /// Patterns of what to leave out, against the path in the bundle; a pattern without `/` is tried on each name.
    pub exclude: Vec<String>,
    /// Files to leave out unless they are named themselves: where they are, and why.
    pub leave_out: Vec<(PathBuf, String)>,
    /// Keep the times of last change.
    pub keep_times: bool,
    /// Fill up, so that the length says little.
    pub pad: bool,
    /// What people write on it.
    pub label: Label,
    /// Take only what is new or changed since.
    pub since: Option<Since>,
    /// Signs the manifest.
    pub signer: Option<Signer>,
}

/// A stream that becomes one file of the bundle.
pub struct Streamed<'a> {
    /// Its name in the bundle.
    pub name: String,
    /// The stream, read to its end before anything is written.
    pub content: &'a mut dyn Read,
    /// A folder where it may wait, encrypted.
    pub wait_in: &'a Path,
}

/// What became of it.
#[derive(Debug, Default, Serialize)]
pub struct SealReport {
    /// Files, folders and links that were found.
    pub found: u64,
    /// Regular files in the bundle.
    pub files: u64,
    /// Folders in the bundle.
    pub folders: u64,
    /// Links in the bundle.
    pub links: u64,
    /// Bytes of the regular files.
    pub bytes: u64,
    /// Files that are as they were in the bundle that this one builds on.
    pub carried: u64,
    /// What matched an `--exclude`.
    pub excluded: Vec<LeftOut>,
    /// What could not or should not be taken along.
    pub left_out: Vec<LeftOut>,
    /// In the bundle, but changed or failed while it was read.
    pub incomplete: Vec<LeftOut>,
    /// Names in the bundle that are not the ones on the disk.
    pub renamed: Vec<Renamed>,
    /// The public keys that can open it.
    pub recipients: Vec<String>,
    /// Whether a passphrase opens it.
    pub passphrase: bool,
    /// The public key that signed it.
    pub signed_by: Option<String>,
    /// The manifest as it lies in the bundle.
    #[serde(skip)]
    pub manifest: Vec<u8>,
}

/// A name that a bundle may not hold.
#[derive(Debug, Serialize)]
pub struct Renamed {
    /// As far as it can be shown, the name on the disk.
    pub from: String,
    /// The name in the bundle.
    pub to: String,
}

impl SealReport {
    /// Whether a person should look at it.
    pub fn needs_attention(&self) -> bool {
        !self.left_out.is_empty() || !self.incomplete.is_empty()
    }
}

/// Whether sealing could begin: all that is named is there, and somebody could open the result.
///
/// # Errors
/// With what is wrong, before anything is made.
pub fn ready(options: &SealOptions, recipients: &Recipients, streamed: bool) -> Result<()> {
    if roots(&options.paths)?.is_empty() && !streamed {
        return Err(Error::input("nothing to seal was named"));
    }
    Rules::new(options)?;
    if recipients.shown().is_empty() && !recipients.is_passphrase() {
        recipients.encryptor()?;
    }
    Ok(())
}

/// Seals `options.paths` and what is `streamed` to `recipients` into `output`, which the caller then gives its name.
/// `progress` is told how many bytes were read.
///
/// # Errors
/// When nothing can be read, nobody could open it, or writing fails; then `output` is no bundle.
pub fn seal(
    options: &SealOptions,
    recipients: &Recipients,
    streamed: Option<Streamed<'_>>,
    output: impl Write + Send,
    progress: &dyn Fn(u64),
) -> Result<SealReport> {
    let roots = roots(&options.paths)?;
    if roots.is_empty() && streamed.is_none() {
        return Err(Error::input("nothing to seal was named"));
    }
    let rules = Rules::new(options)?;
    let encryptor = recipients.encryptor()?;
    let streamed = match streamed {
        Some(s) => Some((names_stream(&s.name, &roots)?, Spool::fill(s.content, s.wait_in)?)),
        None => None,
    };
    let failed = |e: io::Error| Error::io("write", Path::new("the bundle"), &e);
    let make = |frames: &mut super::compress::Frames| {
        let mut sealing = Sealing::new(frames, &rules, options, progress);
        sealing.all(&roots, streamed)?;
        sealing.finish()
    };
    let mut report = beside(output, |out| {
        let age = encryptor.wrap_output(out)?;
        compress(age, options.pad, make)
    })
    .map_err(failed)?;
    report.recipients = recipients.shown().to_vec();
    report.passphrase = recipients.is_passphrase();
    report.signed_by = options.signer.as_ref().map(Signer::shown);
    Ok(report)
}

/// A named file or folder: its name at the top of the bundle, the bytes of that name, and where it is.
type Named = (String, Vec<u8>, Root);

/// The named files and folders, sorted.
fn roots(paths: &[PathBuf]) -> Result<Vec<Named>> {
    let mut roots: Vec<Named> = Vec::new();
    for path in paths {
        let root = Root::open(path)?;
        let raw = Root::top(path, &root);
        let name = names::stored_part(&raw);
        reserved(&name)?;
        let known = roots.iter().find(|(other, _, _)| names::fold(other) == names::fold(&name));
        if let Some((_, _, other)) = known {
            let (one, two) = (other.path.display(), root.path.display());
            return Err(Error::input(format!("`{one}` and `{two}` would get the same name in the bundle"))
                .hint("seal them one by one, or rename one of them"));
        }
        roots.push((name, raw, root));
    }
    roots.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(roots)
}

fn reserved(name: &str) -> Result<()> {
    if names::fold(name) == ".decamp" {
        return Err(
            Error::input("`.decamp` is a name that bundles keep for themselves").hint("seal the folder above it")
        );
    }
    Ok(())
}

/// The name of a stream must be one that a bundle may hold as it is.
fn names_stream(name: &str, roots: &[Named]) -> Result<String> {
    reserved(name)?;
    if name.contains('/') || names::refuse_path(name).is_some() || names::stored_part(name.as_bytes()) != *name {
        return Err(Error::input(format!("`{}` is no plain name for what comes on stdin", name.escape_debug()))
            .hint("give a file name, such as `members.sql`"));
    }
    if roots.iter().any(|(other, _, _)| names::fold(other) == names::fold(name)) {
        return Err(Error::input(format!("`{name}` is also the name of something that is sealed beside it"))
            .hint("choose another name for what comes on stdin"));
    }
    Ok(name.to_owned())
}
