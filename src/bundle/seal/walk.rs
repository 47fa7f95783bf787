//! The walk through what is sealed: members are written as they are found, and the manifest after them.

use super::rules::Rules;
use super::{Named, Renamed, SealOptions, SealReport};
use crate::bundle::compress::{FRAME, Frames};
use crate::bundle::disk::{self, Found, Spool, Watched, What};
use crate::bundle::manifest::{Carried, LeftOut, MANIFEST, Manifest, Member, SIGNATURE};
use crate::bundle::names;
use crate::bundle::read::Kind;
use crate::bundle::write::TarWriter;
use cap_std::fs::Dir;
use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::path::PathBuf;

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

    fn name(&self) -> &str {
        self.parts.last().map_or("", String::as_str)
    }

    fn is_top(&self) -> bool {
        self.parts.len() == 1
    }

    fn below(&self, name: &OsStr, stored: String) -> Self {
        let mut below = self.clone();
        below.parts.push(stored);
        below.raw.push(name.as_encoded_bytes().to_vec());
        below.real.push(name);
        below
    }
}

/// One run of sealing.
pub(super) struct Sealing<'a> {
    tar: TarWriter<&'a mut Frames>,
    members: Vec<Member>,
    carried: Vec<Carried>,
    /// Files with several names: what the disk calls them, and the first name in the bundle.
    shared: HashMap<(u64, u64), String>,
    report: SealReport,
    rules: &'a Rules<'a>,
    options: &'a SealOptions,
    progress: &'a dyn Fn(u64),
    buffer: Vec<u8>,
}

impl<'a> Sealing<'a> {
    pub(super) fn new(
        frames: &'a mut Frames,
        rules: &'a Rules<'a>,
        options: &'a SealOptions,
        progress: &'a dyn Fn(u64),
    ) -> Self {
        Self {
            tar: TarWriter::new(frames),
            members: Vec::new(),
            carried: Vec::new(),
            shared: HashMap::new(),
            report: SealReport::default(),
            rules,
            options,
            progress,
            buffer: vec![0; 128 * 1024],
        }
    }

    /// Takes in all that was named, in the order of the names.
    pub(super) fn all(&mut self, roots: &[Named], mut streamed: Option<(String, Spool)>) -> io::Result<()> {
        for (name, raw, root) in roots {
            if let Some((first, mut spool)) = streamed.take_if(|(first, _)| *first < *name) {
                self.stream(&first, &mut spool)?;
            }
            let here = Here { parts: vec![name.clone()], raw: vec![raw.clone()], real: root.path.clone() };
            let found = root.look().map_err(|e| io::Error::other(e.message))?;
            self.take(root.parent(), &found, &here)?;
        }
        match streamed {
            Some((name, mut spool)) => self.stream(&name, &mut spool),
            None => Ok(()),
        }
    }

    /// Takes in what was found in `dir`, and all below it.
    fn take(&mut self, dir: &Dir, found: &Found, here: &Here) -> io::Result<()> {
        self.report.found += 1;
        let path = here.path();
        if !here.is_top() {
            if self.rules.excludes(here.name(), &path) {
                self.report.excluded.push(LeftOut { path, why: "excluded".into() });
                return Ok(());
            }
            if let Some(why) = self.rules.leaves_out(&here.real) {
                self.leave(path, why);
                return Ok(());
            }
        }
        match &found.what {
            What::Folder => self.folder(dir, found, here, path),
            What::File => match self.regular(dir, found, here, &path) {
                // What was named itself must be there; below it, the rest is worth having.
                Err(Trouble::Unread(e)) if here.is_top() => Err(e),
                Err(Trouble::Unread(e)) => {
                    self.leave(path, &reason(&e));
                    Ok(())
                }
                Err(Trouble::Unwritten(e)) => Err(e),
                Ok(()) => Ok(()),
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

    fn mtime(&self, found: &Found) -> u64 {
        if self.options.keep_times { found.mtime() } else { 0 }
    }

    fn folder(&mut self, dir: &Dir, found: &Found, here: &Here, path: String) -> io::Result<()> {
        let listed = found.folder(dir, here.parts.len()).and_then(|d| disk::children(&d).map(|c| (d, c)));
        let (dir, children) = match listed {
            Ok(listed) => listed,
            Err(e) if here.is_top() => return Err(e),
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
                Err((name, e)) => {
                    self.report.found += 1;
                    self.leave(here.below(name, stored).path(), &reason(e));
                }
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
        let original = self.original(here, &path);
        let frame = Some(offset / u64::from(FRAME));
        Ok(Member { path, kind, size, blake3: None, target, frame, offset: Some(offset), original, incomplete: false })
    }

    /// The true name, where the stored one differs.
    fn original(&mut self, here: &Here, path: &str) -> Option<String> {
        let raw = here.raw.join(&b'/');
        if raw == path.as_bytes() {
            return None;
        }
        if here.raw.last().map(Vec::as_slice) != here.parts.last().map(String::as_bytes) {
            let from = String::from_utf8_lossy(&raw).into_owned();
            self.report.renamed.push(Renamed { from, to: path.to_owned() });
        }
        Some(names::hex(&raw))
    }

    /// A regular file: its content, a second name of one that is in the bundle, or nothing when it is as it was.
    fn regular(&mut self, dir: &Dir, found: &Found, here: &Here, path: &str) -> Result<(), Trouble> {
        let shared = found.shared();
        if let Some(first) = shared.and_then(|id| self.shared.get(&id).cloned()) {
            let member = self.begin(Kind::Hardlink, 0, self.mtime(found), Some(first), here, path.to_owned())?;
            self.members.push(member);
            self.report.links += 1;
            return Ok(());
        }
        let known = self.options.since.as_ref().and_then(|s| s.hash(path, found.size()));
        if let Some(known) = known {
            let mut file = found.open(dir).map_err(Trouble::Unread)?;
            if self.hash(&mut file).map_err(Trouble::Unread)? == known && file.unchanged() {
                let original = self.original(here, path);
                let (path, size, blake3) = (path.to_owned(), found.size(), known.to_owned());
                self.carried.push(Carried { path, size, blake3, original });
                self.report.carried += 1;
                return Ok(());
            }
        }
        let file = found.open(dir).map_err(Trouble::Unread)?;
        self.file(file, found, here, path.to_owned())?;
        if let Some(id) = shared {
            self.shared.insert(id, path.to_owned());
        }
        Ok(())
    }

    fn hash(&mut self, file: &mut Watched) -> io::Result<String> {
        let mut hash = blake3::Hasher::new();
        loop {
            match file.read(&mut self.buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) => return Ok(hash.finalize().to_hex().to_string()),
                Ok(n) => {
                    hash.update(&self.buffer[..n]);
                }
                Err(e) => return Err(e),
            }
        }
    }

    fn file(&mut self, mut file: Watched, found: &Found, here: &Here, path: String) -> io::Result<()> {
        let size = found.size();
        let member = self.begin(Kind::File, size, self.mtime(found), None, here, path)?;
        let mut trouble = self.content(&mut file, size, member)?;
        if trouble.is_none() && !file.unchanged() {
            trouble = Some("it changed while it was read".to_owned());
        }
        if let (Some(why), Some(member)) = (trouble, self.members.last_mut()) {
            member.incomplete = true;
            self.report.incomplete.push(LeftOut { path: member.path.clone(), why });
        }
        Ok(())
    }

    /// Writes exactly `size` bytes of content and keeps the member; says what was wrong with the reading.
    fn content(&mut self, file: &mut dyn Read, size: u64, mut member: Member) -> io::Result<Option<String>> {
        let mut hash = blake3::Hasher::new();
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
        member.blake3 = Some(hash.finalize().to_hex().to_string());
        self.members.push(member);
        self.report.files += 1;
        self.report.bytes += size;
        Ok(trouble)
    }

    /// What came on stdin.
    fn stream(&mut self, name: &str, spool: &mut Spool) -> io::Result<()> {
        let here = Here { parts: vec![name.to_owned()], raw: vec![name.as_bytes().to_vec()], real: PathBuf::new() };
        self.report.found += 1;
        let member = self.begin(Kind::File, spool.size, 0, None, &here, name.to_owned())?;
        let size = spool.size;
        match self.content(&mut spool.open()?, size, member)? {
            None => Ok(()),
            Some(why) => Err(io::Error::other(why)),
        }
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

    /// Adds the manifest in frames of its own, and its signature, and ends the archive.
    pub(super) fn finish(mut self) -> io::Result<SealReport> {
        let left_out = [self.report.left_out.as_slice(), &self.report.excluded].concat();
        let mut manifest = Manifest::new(std::mem::take(&mut self.members), left_out);
        manifest.base = self.options.since.as_ref().map(|s| s.manifest.clone());
        manifest.carried = std::mem::take(&mut self.carried);
        manifest.label = self.options.label.clone();
        let json = manifest.to_json()?;
        self.tar.inner().begin_list()?;
        self.own(MANIFEST, &json)?;
        if let Some(signer) = &self.options.signer {
            let signature = signer.sign(&json).map_err(|e| io::Error::other(e.message))?;
            self.own(SIGNATURE, signature.as_bytes())?;
        }
        self.tar.finish()?;
        self.report.manifest = json;
        Ok(self.report)
    }

    fn own(&mut self, path: &str, content: &[u8]) -> io::Result<()> {
        self.tar.header(path, Kind::File, content.len() as u64, 0, "")?;
        self.tar.write_all(content)?;
        self.tar.pad(content.len() as u64)
    }
}

/// Why a file is not in the bundle: its own fault, or that of the bundle.
enum Trouble {
    Unread(io::Error),
    Unwritten(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Unwritten(error)
    }
}

type Child = std::result::Result<Found, (OsString, io::Error)>;

/// The stored names of what lies in one folder. Names that some systems take for the same are allowed between
/// files only; else all but the first are escaped as a whole.
fn stored_names(children: &[Child]) -> Vec<String> {
    let raw = |child: &Child| match child {
        Ok(found) => (found.name.as_encoded_bytes().to_vec(), found.what == What::File),
        Err((name, _)) => (name.as_encoded_bytes().to_vec(), false),
    };
    let all: Vec<(Vec<u8>, bool)> = children.iter().map(raw).collect();
    let mut stored: Vec<String> = all.iter().map(|(name, _)| names::stored_part(name)).collect();
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
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
