//! Reads a bundle to its last byte and compares it with its manifest: the one way that `verify`, `list` and
//! `open` take, so that none of them accepts what another refuses.

use super::fault::{Failure, Fault, Layer};
use super::keys::Keys;
use super::layers::{self, Frames};
use super::manifest::{MANIFEST, MAX_MANIFEST, Manifest, SIGNATURE, Seen};
use super::names;
use super::read::{Entry, Kind, TarReader};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};

/// More members than this are a bomb.
const MAX_MEMBERS: usize = 1_000_000;
/// So much of an archive is read, unless the person or the table of frames says otherwise.
pub const MAX_SIZE: u64 = 64 * 1024 * 1024 * 1024;

/// What becomes of the members while they are read.
pub(super) trait Sink {
    /// Takes a member. Content that it does not read is read past.
    fn member(&mut self, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure>;
}

/// For those who only look.
pub(super) struct Nowhere;

impl Sink for Nowhere {
    fn member(&mut self, _: &Entry, _: &mut dyn Read) -> Result<(), Failure> {
        Ok(())
    }
}

/// What was read, and found to be in order.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) seen: Vec<Seen>,
    pub(super) manifest: Option<Manifest>,
    /// There is a signature, which this version does not check.
    pub(super) signed: bool,
}

/// Opens a bundle and reads all of it into `sink`. With `max_size` the archive may be so long; without, as long
/// as its table of frames says.
pub(super) fn bundle<R: Read + Seek>(
    source: R,
    keys: &Keys,
    max_size: Option<u64>,
    sink: &mut dyn Sink,
) -> Result<Checked, Failure> {
    let mut stream = layers::decrypt(source, keys)?;
    let frames = Frames::read(&mut stream)?;
    let claimed = frames.as_ref().map(Frames::plain_length);
    let limit = match (max_size, claimed) {
        (Some(max), _) => max,
        (None, claimed) => claimed.unwrap_or(MAX_SIZE),
    };
    stream.seek(SeekFrom::Start(0))?;
    let (checked, length) = archive(layers::decompress(&mut stream)?, limit, sink)?;
    // The archive's end may have come before the encryption's.
    let mut rest = [0; 1];
    if stream.read(&mut rest)? != 0 {
        return Err(Fault::new(Layer::Zstd, "format", "something follows the compressed data").into());
    }
    if let Some(frames) = &frames {
        if frames.plain_length() < length {
            return Err(Fault::new(Layer::Zstd, "format", "the table of frames is wrong").into());
        }
        check_frames(frames, checked.manifest.as_ref())?;
    }
    Ok(checked)
}

/// The frames that the manifest gives must be those of the table.
fn check_frames(frames: &Frames, manifest: Option<&Manifest>) -> Result<(), Fault> {
    for member in manifest.map_or(&[][..], |m| &m.members) {
        if let (Some(frame), Some(offset)) = (member.frame, member.offset)
            && frames.holding(offset) != frame
        {
            return Err(Fault::mismatch("a member is in another frame than the manifest says").member(&member.path));
        }
    }
    Ok(())
}

/// Reads an archive of at most `limit` bytes; also gives its length.
pub(super) fn archive(reader: impl Read, limit: u64, sink: &mut dyn Sink) -> Result<(Checked, u64), Failure> {
    let mut tar = TarReader::new(reader, limit);
    let mut tree = Tree::default();
    let mut checked = Checked { seen: Vec::new(), manifest: None, signed: false };
    while let Some(entry) = tar.next()? {
        if checked.signed || (checked.manifest.is_some() && entry.path != SIGNATURE) {
            return Err(Fault::mismatch("a member follows the manifest").member(&entry.path).into());
        }
        if checked.seen.len() == MAX_MEMBERS {
            return Err(Fault::new(Layer::Tar, "limit", "there are more than 1,000,000 members").into());
        }
        tree.add(&entry).map_err(|f| f.member(&entry.path))?;
        if entry.path == MANIFEST {
            checked.manifest = Some(manifest(&mut tar, &entry)?);
        } else if checked.manifest.is_some() {
            checked.signed = true;
            content(&mut tar, &entry, &mut Nowhere)?;
        } else {
            let sha256 = content(&mut tar, &entry, sink)?;
            let Entry { path, kind, size, target, offset, .. } = entry;
            checked.seen.push(Seen { path, kind, size, sha256, target, offset });
        }
    }
    if let Some(manifest) = &checked.manifest {
        manifest.compare(&checked.seen)?;
    }
    Ok((checked, tar.position()))
}

/// Hands a member's content on and hashes all of it.
fn content<R: Read>(tar: &mut TarReader<R>, entry: &Entry, sink: &mut dyn Sink) -> Result<[u8; 32], Failure> {
    let mut data = Hashing { inner: tar.data(entry.size)?, hash: Sha256::new(), read: 0 };
    sink.member(entry, &mut data)?;
    io::copy(&mut data, &mut io::sink())?;
    let (read, hash) = (data.read, data.hash.finalize().into());
    if read != entry.size {
        return Err(Fault::format("the archive is cut off").member(&entry.path).into());
    }
    tar.padding(entry.size)?;
    Ok(hash)
}

fn manifest<R: Read>(tar: &mut TarReader<R>, entry: &Entry) -> Result<Manifest, Failure> {
    if entry.kind != Kind::File || entry.size > MAX_MANIFEST {
        return Err(Fault::mismatch("the manifest is no plain file, or too long").into());
    }
    let mut json = Vec::new();
    tar.data(entry.size)?.read_to_end(&mut json)?;
    if json.len() as u64 != entry.size {
        return Err(Fault::format("the archive is cut off").member(MANIFEST).into());
    }
    tar.padding(entry.size)?;
    Ok(Manifest::parse(&json)?)
}

/// Reads only the manifest, by way of the table of frames; `None` when that is not possible.
pub(super) fn manifest_only<R: Read + Seek>(source: R, keys: &Keys) -> Result<Option<Manifest>, Failure> {
    let mut stream = layers::decrypt(source, keys)?;
    let Some(frames) = Frames::read(&mut stream)? else { return Ok(None) };
    // It begins a frame and fills the rest of the archive; a frame holds at least a mebibyte, but for the last.
    for index in (0..frames.count()).rev().take(300) {
        let left = frames.plain_length() - frames.plain_start(index);
        if left > MAX_MANIFEST + 64 * 1024 {
            break;
        }
        let mut tar = TarReader::new(frames.from(&mut stream, index)?, left);
        let Ok(Some(entry)) = tar.next() else { continue };
        if entry.path == MANIFEST && entry.size < left {
            let manifest = manifest(&mut tar, &entry)?;
            return Ok(tar.next()?.is_none().then_some(manifest));
        }
    }
    Ok(None)
}

/// The names so far: what a member may not be depends on those before it.
#[derive(Debug, Default)]
struct Tree {
    /// Folded path to true path and kind; folders that are only implied are in it too.
    folded: HashMap<String, (String, Kind)>,
    /// The members themselves.
    own: HashMap<String, Kind>,
}

impl Tree {
    fn add(&mut self, entry: &Entry) -> Result<(), Fault> {
        for (end, _) in entry.path.match_indices('/') {
            self.place(&entry.path[..end], Kind::Folder)?;
        }
        if self.own.insert(entry.path.clone(), entry.kind).is_some() {
            return Err(Fault::shape("two members have the same name"));
        }
        self.place(&entry.path, entry.kind)?;
        match (entry.kind, &entry.target) {
            (Kind::Link, Some(target)) => {
                let depth = entry.path.matches('/').count();
                names::refuse_target(depth, target).map_or(Ok(()), |why| Err(Fault::shape(why)))
            }
            (Kind::Hardlink, Some(target)) => {
                if self.own.get(target) == Some(&Kind::File) {
                    return Ok(());
                }
                Err(Fault::shape("a hard link does not lead to an earlier file"))
            }
            _ => Ok(()),
        }
    }

    fn place(&mut self, path: &str, kind: Kind) -> Result<(), Fault> {
        let key = names::fold(path);
        match self.folded.get(&key) {
            None => {
                self.folded.insert(key, (path.to_owned(), kind));
                Ok(())
            }
            Some((known, Kind::Folder)) if known == path && kind == Kind::Folder => Ok(()),
            Some((known, _)) if known == path => Err(Fault::shape("a member lies below one that is no folder")),
            Some((_, Kind::File)) if kind == Kind::File => Ok(()),
            Some(_) => Err(Fault::shape("two names differ only by case or Unicode form, and one is a folder or link")),
        }
    }
}

/// Hashes what is read through it.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
    read: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.hash.update(&buf[..n]);
        self.read += n as u64;
        Ok(n)
    }
}
