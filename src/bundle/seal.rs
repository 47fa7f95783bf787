//! Sealing: a tree goes through tar, zstd and age into a file, in one pass and in little memory.

use super::disk::{self, Found, Root, Watched, What};
use super::keys::Recipients;
use super::manifest::{LeftOut, MANIFEST, Manifest, Member};
use super::names;
use super::read::Kind;
use super::write::TarWriter;
use crate::error::{Error, Result};
use age::stream::StreamWriter;
use cap_std::fs::Dir;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::cell::RefCell;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A zstd frame holds so much of the archive.
pub(super) const FRAME: u32 = 4 * 1024 * 1024;
const LEVEL: i32 = 3;

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

/// Remembers why writing failed: the layers above only pass on that it did.
struct Bottom<W> {
    inner: W,
    error: Rc<RefCell<Option<io::Error>>>,
}

impl<W: Write> Write for Bottom<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes).inspect_err(|e| {
            if e.kind() != io::ErrorKind::Interrupted {
                *self.error.borrow_mut() = Some(io::Error::new(e.kind(), e.to_string()));
            }
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Seals `options.paths` to `recipients` into `output`, which the caller then gives its name. `progress` is told
/// how many bytes were read.
pub fn seal(
    options: &SealOptions,
    recipients: &Recipients,
    output: impl Write,
    progress: &dyn Fn(u64),
) -> Result<SealReport> {
    let roots = roots(&options.paths)?;
    let rules = Rules::new(options)?;
    let encryptor = recipients.encryptor()?;
    let error = Rc::new(RefCell::new(None));
    let bottom = Bottom { inner: output, error: Rc::clone(&error) };
    let failed = |e: io::Error| {
        let e = error.borrow_mut().take().unwrap_or(e);
        Error::io("write", Path::new("the bundle"), &e)
    };
    let mut age = encryptor.wrap_output(io::BufWriter::with_capacity(256 * 1024, bottom)).map_err(failed)?;
    let mut report = archive(&roots, &rules, &mut age, progress).map_err(failed)?;
    age.finish().and_then(|mut out| out.flush()).map_err(failed)?;
    report.recipients = recipients.shown().to_vec();
    report.passphrase = recipients.is_passphrase();
    Ok(report)
}

/// The named files and folders with the names they get at the top of the bundle, sorted.
fn roots(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>, Root)>> {
    let mut roots: Vec<(String, Vec<u8>, Root)> = Vec::new();
    for path in paths {
        let root = Root::open(path)?;
        let raw = Root::top(path, &root);
        let name = names::stored_part(&raw);
        if names::fold(&name) == ".decamp" {
            return Err(
                Error::input("`.decamp` is a name that bundles keep for themselves").hint("seal the folder above it")
            );
        }
        let known = roots.iter().find(|(other, _, _)| names::fold(other) == names::fold(&name));
        if let Some((_, _, other)) = known {
            let (one, two) = (other.path.display(), root.path.display());
            return Err(Error::input(format!("`{one}` and `{two}` would get the same name in the bundle"))
                .hint("seal them one by one, or rename one of them"));
        }
        roots.push((name, raw, root));
    }
    if roots.is_empty() {
        return Err(Error::input("nothing to seal was named"));
    }
    roots.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(roots)
}

/// What stays outside.
struct Rules<'a> {
    /// Against the whole path.
    paths: GlobSet,
    /// Against each name.
    names: GlobSet,
    leave_out: Vec<(PathBuf, &'a str)>,
    keep_times: bool,
}

impl<'a> Rules<'a> {
    fn new(options: &'a SealOptions) -> Result<Self> {
        let (mut paths, mut names) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in &options.exclude {
            let wrong =
                |_| Error::input(format!("the pattern `{pattern}` can't be read")).hint("such as `*.tmp` or `mail/**`");
            let plain = pattern.trim_end_matches('/');
            let glob = GlobBuilder::new(plain).literal_separator(true).build().map_err(wrong)?;
            if plain.contains('/') {
                paths.add(glob)
            } else {
                names.add(glob)
            };
        }
        let wrong = |_| Error::input("these patterns are too much together");
        let real = |(path, why): &'a (PathBuf, String)| (disk::real(path), why.as_str());
        Ok(Self {
            paths: paths.build().map_err(wrong)?,
            names: names.build().map_err(wrong)?,
            leave_out: options.leave_out.iter().map(real).collect(),
            keep_times: options.keep_times,
        })
    }
}

type Zstd<'a, 'b, W> = zeekstd::Encoder<'b, &'a mut StreamWriter<W>>;

/// Writes archive, compression and table of frames.
fn archive<W: Write>(
    roots: &[(String, Vec<u8>, Root)],
    rules: &Rules<'_>,
    age: &mut StreamWriter<W>,
    progress: &dyn Fn(u64),
) -> io::Result<SealReport> {
    let zstd = zeekstd::EncodeOptions::new()
        .frame_size_policy(zeekstd::FrameSizePolicy::Uncompressed(FRAME))
        .compression_level(LEVEL)
        .checksum_flag(true)
        .into_encoder(age)
        .map_err(io::Error::other)?;
    let mut sealing = Sealing {
        tar: TarWriter::new(zstd),
        members: Vec::new(),
        report: SealReport::default(),
        rules,
        progress,
        buffer: vec![0; 128 * 1024],
    };
    for (name, raw, root) in roots {
        let here = Here { parts: vec![name.clone()], raw: vec![raw.clone()], real: root.path.clone() };
        match root.look() {
            Ok(found) => sealing.take(root.parent(), &found, &here)?,
            Err(e) => return Err(io::Error::other(e.message)),
        }
    }
    sealing.finish()
}

/// Where the walk is.
#[derive(Clone)]
struct Here {
    parts: Vec<String>,
    raw: Vec<Vec<u8>>,
    real: PathBuf,
}

impl Here {
    fn path(&self) -> String {
        names::stored_path(&self.parts, &self.raw)
    }

    fn below(&self, name: &std::ffi::OsStr, stored: String) -> Self {
        let mut below = self.clone();
        below.parts.push(stored);
        below.raw.push(name.as_encoded_bytes().to_vec());
        below.real.push(name);
        below
    }
}

struct Sealing<'r, 'a, 'b, W: Write> {
    tar: TarWriter<Zstd<'a, 'b, W>>,
    members: Vec<Member>,
    report: SealReport,
    rules: &'r Rules<'r>,
    progress: &'r dyn Fn(u64),
    buffer: Vec<u8>,
}

impl<W: Write> Sealing<'_, '_, '_, W> {
    /// Takes in what was found in `dir`, and all below it.
    fn take(&mut self, dir: &Dir, found: &Found, here: &Here) -> io::Result<()> {
        self.report.found += 1;
        let path = here.path();
        if here.parts.len() > 1 {
            let name = here.parts.last().map_or("", String::as_str);
            if self.rules.names.is_match(name) || self.rules.paths.is_match(&path) {
                self.report.excluded.push(LeftOut { path, why: "excluded".into() });
                return Ok(());
            }
            if let Some((_, why)) = self.rules.leave_out.iter().find(|(real, _)| *real == here.real) {
                self.report.left_out.push(LeftOut { path, why: (*why).to_owned() });
                return Ok(());
            }
        }
        match &found.what {
            What::Folder => self.folder(dir, found, here, path),
            What::File => match found.open(dir) {
                Ok(file) => self.file(file, found, here, path),
                // What was named itself must be there; below it, the rest is worth having.
                Err(e) if here.parts.len() == 1 => Err(e),
                Err(e) => {
                    self.leave(path, &reason(&e));
                    Ok(())
                }
            },
            What::Link(target) => self.link(target, found, here, path),
            What::Special => {
                self.leave(path, "it is a pipe, a socket or a device");
                Ok(())
            }
        }
    }

    fn leave(&mut self, path: String, why: &str) {
        self.report.left_out.push(LeftOut { path, why: why.to_owned() });
    }

    fn leave_unread(&mut self, here: &Here, why: &str) {
        self.report.found += 1;
        self.leave(here.path(), why);
    }

    fn mtime(&self, found: &Found) -> u64 {
        if self.rules.keep_times { found.mtime() } else { 0 }
    }

    fn folder(&mut self, dir: &Dir, found: &Found, here: &Here, path: String) -> io::Result<()> {
        let listed = found.folder(dir, here.parts.len()).and_then(|d| disk::children(&d).map(|c| (d, c)));
        let (dir, children) = match listed {
            Ok(listed) => listed,
            Err(e) if here.parts.len() == 1 => return Err(e),
            Err(e) => {
                self.leave(path, &reason(&e));
                return Ok(());
            }
        };
        let member = self.begin(Kind::Folder, 0, self.mtime(found), None, here, path)?;
        self.members.push(member);
        self.report.folders += 1;
        let stored = stored_names(&children);
        for (child, stored) in children.iter().zip(stored) {
            match child {
                Ok(found) => self.take(&dir, found, &here.below(&found.name, stored))?,
                Err((name, e)) => self.leave_unread(&here.below(name, stored), &reason(e)),
            }
        }
        Ok(())
    }

    /// Writes a member's header and describes it.
    fn begin(
        &mut self,
        kind: Kind,
        size: u64,
        mtime: u64,
        target: Option<String>,
        here: &Here,
        path: String,
    ) -> io::Result<Member> {
        let offset = self.tar.position();
        self.tar.header(&path, kind, size, mtime, target.as_deref().unwrap_or(""))?;
        let raw = here.raw.join(&b'/');
        let original = (raw != path.as_bytes()).then(|| names::hex(&raw));
        if original.is_some() && here.raw.last().map(Vec::as_slice) != here.parts.last().map(String::as_bytes) {
            self.report.renamed.push(Renamed { from: String::from_utf8_lossy(&raw).into_owned(), to: path.clone() });
        }
        let frame = Some(offset / u64::from(FRAME));
        Ok(Member { path, kind, size, sha256: None, target, frame, offset: Some(offset), original, incomplete: false })
    }

    fn file(&mut self, mut file: Watched, found: &Found, here: &Here, path: String) -> io::Result<()> {
        let size = found.size();
        let mut member = self.begin(Kind::File, size, self.mtime(found), None, here, path)?;
        let mut hash = Sha256::new();
        let (mut left, mut trouble) = (size, None);
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
            let read = if trouble.is_some() { Ok(0) } else { file.read(&mut self.buffer[..most]) };
            let n = match read {
                Ok(0) => {
                    // The header has promised more: zeros keep the bundle whole, and the file is named.
                    trouble.get_or_insert_with(|| "it became shorter while it was read".to_owned());
                    self.buffer[..most].fill(0);
                    most
                }
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => {
                    trouble = Some(reason(&e));
                    continue;
                }
            };
            hash.update(&self.buffer[..n]);
            self.tar.write_all(&self.buffer[..n])?;
            left -= n as u64;
            (self.progress)(n as u64);
        }
        self.tar.pad(size)?;
        if trouble.is_none() && !file.unchanged() {
            trouble = Some("it changed while it was read".to_owned());
        }
        if let Some(why) = trouble {
            member.incomplete = true;
            self.report.incomplete.push(LeftOut { path: member.path.clone(), why });
        }
        member.sha256 = Some(names::hex(&hash.finalize()));
        self.members.push(member);
        self.report.files += 1;
        self.report.bytes += size;
        Ok(())
    }

    fn link(&mut self, raw: &[u8], found: &Found, here: &Here, path: String) -> io::Result<()> {
        let parts = raw.split(|b| *b == b'/').map(|p| match p {
            b"" | b"." | b".." => String::from_utf8_lossy(p).into_owned(),
            name => names::stored_part(name),
        });
        let target = parts.collect::<Vec<_>>().join("/");
        // The top folder is the tree's own: a link may not leave it, although the bundle has others.
        let depth = here.parts.len().saturating_sub(2);
        if let Some(why) = names::refuse_target(depth, &target) {
            self.leave(path, why);
            return Ok(());
        }
        let member = self.begin(Kind::Link, 0, self.mtime(found), Some(target), here, path)?;
        self.members.push(member);
        self.report.links += 1;
        Ok(())
    }

    /// Adds the manifest in frames of its own, and ends all layers but age.
    fn finish(mut self) -> io::Result<SealReport> {
        let left_out = [self.report.left_out.as_slice(), &self.report.excluded].concat();
        let manifest = Manifest::new(std::mem::take(&mut self.members), left_out);
        let json = manifest.to_json()?;
        if self.tar.position() > 0 {
            self.tar.inner().end_frame().map_err(io::Error::other)?;
        }
        self.tar.header(MANIFEST, Kind::File, json.len() as u64, 0, "")?;
        self.tar.write_all(&json)?;
        self.tar.pad(json.len() as u64)?;
        self.tar.finish()?.finish().map_err(io::Error::other)?;
        Ok(self.report)
    }
}

/// The stored names of what lies in one folder. Names that some systems take for the same are allowed between
/// files only; else all but the first are escaped as a whole.
fn stored_names(children: &[std::result::Result<Found, (std::ffi::OsString, io::Error)>]) -> Vec<String> {
    let raw = |child: &std::result::Result<Found, (std::ffi::OsString, io::Error)>| match child {
        Ok(found) => (found.name.as_encoded_bytes().to_vec(), found.what == What::File),
        Err((name, _)) => (name.as_encoded_bytes().to_vec(), false),
    };
    let all: Vec<(Vec<u8>, bool)> = children.iter().map(raw).collect();
    let mut stored: Vec<String> = all.iter().map(|(name, _)| names::stored_part(name)).collect();
    let mut groups: std::collections::BTreeMap<String, Vec<usize>> = std::collections::BTreeMap::new();
    for (n, name) in stored.iter().enumerate() {
        groups.entry(names::fold(name)).or_default().push(n);
    }
    for group in groups.values() {
        if group.len() > 1 && group.iter().any(|n| !all[*n].1) {
            for n in &group[1..] {
                stored[*n] = names::escaped_whole(&all[*n].0);
            }
        }
    }
    stored
}

/// Why a file could not be read, without the system's number for it.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "it may not be read".into(),
        io::ErrorKind::NotFound => "it went away".into(),
        _ => error.to_string(),
    }
}
