//! Opening a bundle: all of it, or some by way of its manifest; and what changed since by way of those that it builds on.

use super::check::{self, Checked, Sealed, Sink};
use super::disk::Staging;
use super::fault::{Failure, Fault};
use super::keys::Keys;
use super::list::{SignedBy, signed_by};
use super::manifest::{Carried, Label, LeftOut, Manifest};
use super::names;
use super::pick::{self, Indexed};
use super::read::{Entry, Kind};
use super::sign::Signers;
use super::since;
use super::target::{Count, Print, Target, Unpack, Wanted};
use crate::error::Error;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

pub(super) type Result<T, E = Error> = std::result::Result<T, E>;

/// How to open a bundle.
#[derive(Debug, Default)]
pub struct OpenOptions {
    /// Only what matches one of these, or lies below what does; everything when empty.
    pub patterns: Vec<String>,
    /// The archive may be so long, in bytes; by default as long as it announces, within bounds.
    pub max_size: Option<u64>,
    /// Whether the folder may have content already.
    pub force: bool,
    /// Whose signature it must carry.
    pub signers: Option<Signers>,
    /// Give back names that a bundle may not hold.
    pub original_names: bool,
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
    /// Files that came from a bundle that this one builds on.
    pub carried: u64,
    /// What was left out when it was sealed.
    pub left_out: Vec<LeftOut>,
    /// Who signed it, when that was asked for.
    pub signed_by: SignedBy,
    /// What people wrote on it.
    #[serde(flatten)]
    pub label: Label,
}

/// A bundle that another builds on.
pub trait Base: Read + Seek + Send {}
impl<T: Read + Seek + Send> Base for T {}

/// Unpacks a bundle into `folder`; nothing is there before all that is unpacked was read and found in order. `bases` are
/// the bundles that it builds on, in any order.
///
/// # Errors
/// When no key fits, something is damaged or not allowed, or writing fails.
pub fn open<R: Base>(
    source: &mut R,
    bases: &mut [&mut dyn Base],
    keys: &Keys,
    folder: &Path,
    options: &OpenOptions,
) -> Result<OpenReport, Failure> {
    let staging = Staging::new(folder, options.force)?;
    let mut unpack = Unpack { staging: &staging, links: Vec::new(), report: OpenReport::default() };
    let sealed = through(source, bases, keys, options, &mut unpack)?;
    let Unpack { links, mut report, .. } = unpack;
    // Links come last: while files are written there is none that could lead anywhere.
    for (target, path) in &links {
        staging.link(target, path)?;
    }
    if let (true, Some(sealed)) = (options.original_names, &sealed) {
        give_names_back(&staging, &sealed.manifest)?;
    }
    close(&mut report, sealed, options)?;
    if report.files + report.folders + report.links == 0 && !options.patterns.is_empty() {
        return Err(no_match().into());
    }
    staging.place()?;
    Ok(report)
}

/// Says what [`open`] would write, after the same checks.
///
/// # Errors
/// The same.
pub fn dry_run<R: Base>(
    source: &mut R,
    bases: &mut [&mut dyn Base],
    keys: &Keys,
    options: &OpenOptions,
) -> Result<OpenReport, Failure> {
    let mut count = Count::default();
    let sealed = through(source, bases, keys, options, &mut count)?;
    close(&mut count.0, sealed, options)?;
    Ok(count.0)
}

/// Writes the content of the matching files to `output`: the bundle is read twice, so that nothing of it comes out
/// before all of it was checked, and nothing of it lies on the disk.
///
/// # Errors
/// As [`open`]; then nothing was written.
pub fn to_output<R: Base>(
    source: &mut R,
    bases: &mut [&mut dyn Base],
    keys: &Keys,
    options: &OpenOptions,
    output: &mut dyn Write,
) -> Result<OpenReport, Failure> {
    let first = dry_run(source, bases, keys, options)?;
    if first.files == 0 {
        return Err(no_match().into());
    }
    through(source, bases, keys, options, &mut Print { output })?;
    Ok(first)
}

fn close(report: &mut OpenReport, sealed: Option<Sealed>, options: &OpenOptions) -> Result<(), Failure> {
    report.manifest = if sealed.is_some() { "decamp" } else { "none" };
    report.signed_by = signed_by(sealed.as_ref(), options.signers.as_ref())?;
    if let Some(Sealed { manifest, .. }) = sealed {
        report.left_out = manifest.left_out;
        report.label = manifest.label;
    }
    Ok(())
}

/// Gives what is wanted to `to`, from the bundle and its bases.
fn through<R: Base>(
    source: &mut R,
    bases: &mut [&mut dyn Base],
    keys: &Keys,
    options: &OpenOptions,
    to: &mut dyn Target,
) -> Result<Option<Sealed>, Failure> {
    let patterns = Patterns::new(&options.patterns)?;
    let indexed = if patterns.all { None } else { index(source, keys, options)? };
    let sealed = match indexed {
        Some(mut indexed) => {
            some(&mut indexed, &patterns, to)?;
            Some(indexed.sealed)
        }
        None => {
            rewind(source)?;
            let mut sink = Wanted { patterns: &patterns, taken: BTreeSet::new(), missing: BTreeMap::new(), to };
            let Checked { manifest, .. } = check::bundle(&mut *source, keys, options.max_size, &mut sink)?;
            let missing = std::mem::take(&mut sink.missing);
            // Signatures are judged before anything comes from a base.
            signed_by(manifest.as_ref(), options.signers.as_ref())?;
            if !missing.is_empty() {
                shared(source, keys, options, &missing, to)?;
            }
            manifest
        }
    };
    if let Some(sealed) = &sealed {
        let carried = sealed.manifest.carried.iter().filter(|c| patterns.want(&c.path)).collect();
        from_bases(sealed, carried, bases, keys, options, to)?;
    }
    Ok(sealed)
}

/// The index, judged by its signature.
fn index<'r, R: Read + Seek>(
    source: &'r mut R,
    keys: &Keys,
    options: &OpenOptions,
) -> Result<Option<Indexed<&'r mut R>>, Failure> {
    rewind(source)?;
    let indexed = pick::index(source, keys)?;
    if let Some(indexed) = &indexed {
        signed_by(Some(&indexed.sealed), options.signers.as_ref())?;
        let bytes: u64 = indexed.sealed.manifest.bytes;
        if let Some(most) = options.max_size.filter(|most| bytes > *most) {
            return Err(
                Fault::new(super::Layer::Tar, "limit", format!("the content is larger than {most} bytes")).into()
            );
        }
    }
    Ok(indexed)
}

/// What the patterns want, by way of the manifest.
fn some<R: Read + Seek>(indexed: &mut Indexed<R>, patterns: &Patterns, to: &mut dyn Target) -> Result<(), Failure> {
    let members = &indexed.sealed.manifest.members;
    let mut wanted = BTreeSet::new();
    // Content → the names under which it is wanted although its own member is not.
    let mut instead: HashMap<String, Vec<String>> = HashMap::new();
    let place: HashMap<&str, usize> = members.iter().enumerate().map(|(n, m)| (m.path.as_str(), n)).collect();
    for (n, member) in members.iter().enumerate() {
        if !patterns.want(&member.path) {
            to.pass();
            continue;
        }
        match (member.kind, member.target.as_deref()) {
            (Kind::Hardlink, Some(target)) if !patterns.want(target) => {
                instead.entry(target.to_owned()).or_default().push(member.path.clone());
                wanted.extend(place.get(target));
            }
            _ => {
                wanted.insert(n);
            }
        }
    }
    let wanted: Vec<usize> = wanted.into_iter().collect();
    indexed.read(&wanted, &mut |entry, data| {
        if patterns.want(&entry.path) {
            return to.member(&entry.path, entry, data);
        }
        let Some((first, rest)) = instead.get(&entry.path).and_then(|all| all.split_first()) else { return Ok(()) };
        to.member(first, entry, data)?;
        rest.iter().try_for_each(|path| to.again(first, path))
    })
}

/// Content of members that are not wanted themselves, but whose second names are: a second look at the bundle.
fn shared<R: Read + Seek + Send>(
    source: &mut R,
    keys: &Keys,
    options: &OpenOptions,
    missing: &BTreeMap<String, Vec<String>>,
    to: &mut dyn Target,
) -> Result<(), Failure> {
    struct Second<'a> {
        missing: &'a BTreeMap<String, Vec<String>>,
        to: &'a mut dyn Target,
    }
    impl Sink for Second<'_> {
        fn member(&mut self, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
            let Some((first, rest)) = self.missing.get(&entry.path).and_then(|all| all.split_first()) else {
                return Ok(());
            };
            self.to.member(first, entry, data)?;
            rest.iter().try_for_each(|path| self.to.again(first, path))
        }
    }
    rewind(source)?;
    check::bundle(source, keys, options.max_size, &mut Second { missing, to }).map(|_| ())
}

/// What did not change, from the bundles that hold it.
fn from_bases(
    newest: &Sealed,
    mut carried: Vec<&Carried>,
    bases: &mut [&mut dyn Base],
    keys: &Keys,
    options: &OpenOptions,
    to: &mut dyn Target,
) -> Result<(), Failure> {
    if carried.is_empty() {
        return Ok(());
    }
    let mut open = Vec::new();
    for base in bases.iter_mut() {
        open.extend(index(base, keys, options)?);
    }
    let mut wanted = newest.manifest.base.clone();
    while let Some(hash) = wanted.take().filter(|_| !carried.is_empty()) {
        let at = open.iter().position(|b| names::hex(&Sha256::digest(&b.sealed.json)) == hash);
        let mut base = open.swap_remove(at.ok_or_else(|| since::lonely(&hash))?);
        carried = from_base(&mut base, carried, to)?;
        wanted.clone_from(&base.sealed.manifest.base);
    }
    carried.first().map_or(Ok(()), |left| Err(since::lacking(&left.path)))
}

/// Takes what this base holds itself; gives what it does not.
fn from_base<'c, R: Read + Seek>(
    base: &mut Indexed<R>,
    carried: Vec<&'c Carried>,
    to: &mut dyn Target,
) -> Result<Vec<&'c Carried>, Failure> {
    let members = &base.sealed.manifest.members;
    let place: HashMap<&str, usize> = members.iter().enumerate().map(|(n, m)| (m.path.as_str(), n)).collect();
    let mut names: BTreeMap<usize, Vec<&Carried>> = BTreeMap::new();
    let mut left = Vec::new();
    for file in carried {
        let own = place.get(file.path.as_str()).copied();
        let own = own.and_then(|n| match (members[n].kind, &members[n].target) {
            (Kind::Hardlink, Some(target)) => place.get(target.as_str()).copied(),
            _ => Some(n),
        });
        let holds =
            |n: &usize| members[*n].blake3.as_deref() == Some(file.blake3.as_str()) && members[*n].size == file.size;
        match own.filter(holds) {
            Some(n) => names.entry(n).or_default().push(file),
            None => left.push(file),
        }
    }
    let paths: HashMap<String, Vec<&Carried>> =
        names.iter().map(|(n, files)| (members[*n].path.clone(), files.clone())).collect();
    let wanted: Vec<usize> = names.into_keys().collect();
    base.read(&wanted, &mut |entry, data| {
        let Some((first, rest)) = paths.get(&entry.path).and_then(|all| all.split_first()) else { return Ok(()) };
        to.carried(&first.path, entry, data)?;
        rest.iter().try_for_each(|file| to.again(&first.path, &file.path))
    })?;
    Ok(left)
}

/// True names of what a bundle could not store as it was; what lies deeper comes first.
fn give_names_back(staging: &Staging, manifest: &Manifest) -> Result<(), Failure> {
    let members = manifest.members.iter().map(|m| (&m.path, &m.original));
    let carried = manifest.carried.iter().map(|c| (&c.path, &c.original));
    let mut all: Vec<(&str, Vec<u8>)> = members
        .chain(carried)
        .filter_map(|(path, original)| Some((path.as_str(), names::unhex(original.as_deref()?)?)))
        .collect();
    all.sort_by_key(|(path, _)| std::cmp::Reverse(path.matches('/').count()));
    // Only what is called otherwise itself, not what lies in something that is.
    all.retain(|(path, raw)| {
        names::original(path, raw).is_none_or(|(parent, name)| Path::new(parent).join(name) != Path::new(path))
    });
    all.iter().try_for_each(|(path, raw)| staging.rename(path, raw))
}

pub(super) fn rewind<R: Seek + ?Sized>(source: &mut R) -> Result<(), Failure> {
    source.seek(SeekFrom::Start(0)).map(|_| ()).map_err(Failure::from)
}

fn no_match() -> Error {
    Error::input("nothing in the bundle matches").hint("`decamp bundle list` shows what is in it")
}

/// Which members are wanted.
#[derive(Debug)]
pub(super) struct Patterns {
    pub(super) all: bool,
    globs: GlobSet,
}

impl Patterns {
    pub(super) fn new(patterns: &[String]) -> Result<Self> {
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

    pub(super) fn want(&self, path: &str) -> bool {
        self.all || self.globs.is_match(path)
    }
}
