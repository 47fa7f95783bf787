//! Listing, verifying and opening a bundle.

use super::check::{self, Checked, MAX_SIZE, Nowhere, Sink};
use super::disk::Staging;
use super::fault::{Failure, Fault};
use super::keys::Keys;
use super::manifest::{LeftOut, Manifest, Seen};
use super::names;
use super::read::{Entry, Kind};
use crate::error::Error;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Serialize;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

type Result<T, E = Error> = std::result::Result<T, E>;

/// What is in a bundle.
#[derive(Debug, Default, Serialize)]
pub struct Listing {
    /// `decamp` when it has a manifest that decamp writes, else `none`.
    pub manifest: &'static str,
    /// Regular files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Everything in it, in order.
    pub members: Vec<Listed>,
    /// What was left out when it was sealed.
    pub left_out: Vec<LeftOut>,
    /// Whether it carries a signature, which this version does not check.
    pub signed: bool,
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its path.
    pub path: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Bytes of content.
    pub size: u64,
    /// SHA-256 of a regular file.
    pub sha256: Option<String>,
    /// Where a link leads.
    pub target: Option<String>,
}

impl Listing {
    fn from_manifest(manifest: Manifest) -> Self {
        let listed = |m: super::manifest::Member| Listed {
            path: m.path,
            kind: m.kind,
            size: m.size,
            sha256: m.sha256,
            target: m.target,
        };
        Self {
            manifest: "decamp",
            files: manifest.files,
            bytes: manifest.bytes,
            members: manifest.members.into_iter().map(listed).collect(),
            left_out: manifest.left_out,
            signed: false,
        }
    }

    fn from_checked(checked: Checked) -> Self {
        let signed = checked.signed;
        if let Some(manifest) = checked.manifest {
            return Self { signed, ..Self::from_manifest(manifest) };
        }
        let listed = |s: Seen| {
            let sha256 = (s.kind == Kind::File).then(|| names::hex(&s.sha256));
            Listed { path: s.path, kind: s.kind, size: s.size, sha256, target: s.target }
        };
        let members: Vec<Listed> = checked.seen.into_iter().map(listed).collect();
        let files = members.iter().filter(|m| m.kind == Kind::File);
        let (files, bytes) = files.fold((0, 0), |(n, bytes), m| (n + 1, bytes + m.size));
        Self { manifest: "none", files, bytes, members, left_out: Vec::new(), signed }
    }
}

/// Lists a bundle: from its manifest where the table of frames leads there, else by reading all of it.
///
/// # Errors
/// When no key fits, or the bundle is damaged.
pub fn list<R: Read + Seek>(source: &mut R, keys: &Keys) -> Result<Listing, Failure> {
    if let Some(manifest) = check::manifest_only(&mut *source, keys)? {
        return Ok(Listing::from_manifest(manifest));
    }
    rewind(source)?;
    verify(source, keys)
}

/// Reads all of a bundle, and gives what is in it when it is in order. Writes nothing.
///
/// # Errors
/// When no key fits, or with what is damaged.
pub fn verify<R: Read + Seek>(source: &mut R, keys: &Keys) -> Result<Listing, Failure> {
    check::bundle(source, keys, None, &mut Nowhere).map(Listing::from_checked)
}

/// How to open a bundle.
#[derive(Debug)]
pub struct OpenOptions {
    /// Only what matches one of these, or lies below what does; everything when empty.
    pub patterns: Vec<String>,
    /// The archive may be so long, in bytes.
    pub max_size: u64,
    /// Whether the folder may have content already.
    pub force: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { patterns: Vec::new(), max_size: MAX_SIZE, force: false }
    }
}

/// What was written.
#[derive(Debug, Default, Serialize)]
pub struct OpenReport {
    /// `decamp` or `none`.
    pub manifest: &'static str,
    /// Regular files.
    pub files: u64,
    /// Folders that are members.
    pub folders: u64,
    /// Links of both kinds.
    pub links: u64,
    /// Bytes of the files.
    pub bytes: u64,
    /// Members that no pattern asked for.
    pub passed_over: u64,
    /// What was left out when it was sealed.
    pub left_out: Vec<LeftOut>,
}

/// Unpacks a bundle into `folder`; nothing is there before all of the bundle was read and found in order.
pub fn open<R: Read + Seek>(
    source: &mut R,
    keys: &Keys,
    folder: &Path,
    options: &OpenOptions,
) -> Result<OpenReport, Failure> {
    let patterns = Patterns::new(&options.patterns)?;
    let staging = Staging::new(folder, options.force)?;
    let mut unpack =
        Unpack { staging: &staging, patterns: &patterns, links: Vec::new(), report: OpenReport::default() };
    let checked = check::bundle(source, keys, Some(options.max_size), &mut unpack)?;
    let Unpack { links, mut report, .. } = unpack;
    // Links come last: while files are written there is none that could lead anywhere.
    for (target, path) in &links {
        staging.link(target, path)?;
    }
    if report.files + report.folders + report.links == 0 && !options.patterns.is_empty() {
        return Err(no_match().into());
    }
    report.manifest = if checked.manifest.is_some() { "decamp" } else { "none" };
    report.left_out = checked.manifest.map(|m| m.left_out).unwrap_or_default();
    staging.place()?;
    Ok(report)
}

/// Says what [`open`] would write, after the same checks.
pub fn dry_run<R: Read + Seek>(source: &mut R, keys: &Keys, options: &OpenOptions) -> Result<OpenReport, Failure> {
    let patterns = Patterns::new(&options.patterns)?;
    let mut count = Count { patterns: &patterns, report: OpenReport::default() };
    let checked = check::bundle(source, keys, Some(options.max_size), &mut count)?;
    let mut report = count.report;
    report.manifest = if checked.manifest.is_some() { "decamp" } else { "none" };
    report.left_out = checked.manifest.map(|m| m.left_out).unwrap_or_default();
    Ok(report)
}

/// Writes the content of the matching files to `output`: the bundle is read twice, so that nothing of it comes out
/// before all of it was checked, and nothing of it lies on the disk.
pub fn to_output<R: Read + Seek>(
    source: &mut R,
    keys: &Keys,
    options: &OpenOptions,
    output: &mut dyn Write,
) -> Result<OpenReport, Failure> {
    let first = dry_run(source, keys, options)?;
    if first.files == 0 {
        return Err(no_match().into());
    }
    rewind(source)?;
    let patterns = Patterns::new(&options.patterns)?;
    let mut print = Print { patterns: &patterns, output };
    check::bundle(source, keys, Some(options.max_size), &mut print)?;
    Ok(first)
}

fn rewind<R: Seek>(source: &mut R) -> Result<(), Failure> {
    source.seek(SeekFrom::Start(0)).map(|_| ()).map_err(Failure::from)
}

fn no_match() -> Error {
    Error::input("nothing in the bundle matches").hint("`decamp bundle list` shows what is in it")
}

/// Which members are wanted.
#[derive(Debug)]
struct Patterns {
    all: bool,
    globs: GlobSet,
}

impl Patterns {
    fn new(patterns: &[String]) -> Result<Self> {
        let mut globs = GlobSetBuilder::new();
        for pattern in patterns {
            let plain = pattern.trim_end_matches('/');
            let wrong =
                |_| Error::input(format!("the pattern `{pattern}` can't be read")).hint("such as `mail/**` or `*.csv`");
            // The name itself, and everything below it.
            for text in [plain.to_owned(), format!("{plain}/**")] {
                globs.add(GlobBuilder::new(&text).literal_separator(true).build().map_err(wrong)?);
            }
        }
        let wrong = |_| Error::input("these patterns are too much together");
        Ok(Self { all: patterns.is_empty(), globs: globs.build().map_err(wrong)? })
    }

    fn want(&self, path: &str) -> bool {
        self.all || self.globs.is_match(path)
    }
}

fn count(report: &mut OpenReport, entry: &Entry) {
    match entry.kind {
        Kind::File => {
            report.files += 1;
            report.bytes += entry.size;
        }
        Kind::Folder => report.folders += 1,
        Kind::Link | Kind::Hardlink => report.links += 1,
    }
}

struct Unpack<'a> {
    staging: &'a Staging,
    patterns: &'a Patterns,
    links: Vec<(String, String)>,
    report: OpenReport,
}

impl Sink for Unpack<'_> {
    fn member(&mut self, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
        if !self.patterns.want(&entry.path) {
            self.report.passed_over += 1;
            return Ok(());
        }
        count(&mut self.report, entry);
        match (entry.kind, &entry.target) {
            (Kind::Folder, _) => self.staging.folder(&entry.path),
            (Kind::Link, Some(target)) => {
                self.links.push((target.clone(), entry.path.clone()));
                Ok(())
            }
            (Kind::Hardlink, Some(target)) if self.patterns.want(target) => self.staging.hard_link(target, &entry.path),
            (Kind::Hardlink, _) => {
                Err(Error::input(format!("`{}` shares its content with a file that no pattern asks for", entry.path))
                    .hint("open that file too, or everything")
                    .into())
            }
            (Kind::Link, None) => Err(Fault::shape("a link leads nowhere").member(&entry.path).into()),
            (Kind::File, _) => self.staging.file(entry, data),
        }
    }
}

struct Count<'a> {
    patterns: &'a Patterns,
    report: OpenReport,
}

impl Sink for Count<'_> {
    fn member(&mut self, entry: &Entry, _: &mut dyn Read) -> Result<(), Failure> {
        if self.patterns.want(&entry.path) {
            count(&mut self.report, entry);
        } else {
            self.report.passed_over += 1;
        }
        Ok(())
    }
}

struct Print<'a> {
    patterns: &'a Patterns,
    output: &'a mut dyn Write,
}

impl Sink for Print<'_> {
    fn member(&mut self, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
        if entry.kind != Kind::File || !self.patterns.want(&entry.path) {
            return Ok(());
        }
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let n = match data.read(&mut buffer) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if n == 0 {
                return Ok(());
            }
            self.output.write_all(&buffer[..n]).map_err(|e| Error::io("write to", Path::new("stdout"), &e))?;
        }
    }
}
