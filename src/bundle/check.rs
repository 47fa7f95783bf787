//! Reads a bundle to its last byte and compares it with its manifest: the one way that `verify`, `list` and
//! `open` take, so that none of them accepts what another refuses.

use super::decompress;
use super::fault::{Failure, Fault, Layer};
use super::frames::Frames;
use super::keys::Keys;
use super::layers;
use super::manifest::{MANIFEST, MAX_MANIFEST, Manifest, SIGNATURE, Seen};
use super::names;
use super::read::{Entry, Kind, TarReader};
use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};

/// A signature is never longer, in bytes.
const MAX_SIGNATURE: u64 = 64 * 1024;
/// Content is hashed in such pieces, in bytes.
pub(super) const BUFFER: usize = 64 * 1024;
/// More members than this are a bomb.
const MAX_MEMBERS: usize = 1_000_000;
/// So much of an archive is read unless the person says otherwise, in bytes.
pub const MAX_SIZE: u64 = 64 * 1024 * 1024 * 1024;
/// What nobody announced may be so many times as long as the bundle; text shrinks to a tenth, hardly ever to a hundredth.
const MAX_RATIO: u64 = 200;
/// Below this an archive is no danger whatever its ratio, in bytes.
const MIN_QUOTA: u64 = 1024 * 1024 * 1024;

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
    pub(super) manifest: Option<Sealed>,
}

/// A manifest as it lies in the bundle.
#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) manifest: Manifest,
    /// Its bytes: what is signed.
    pub(super) json: Vec<u8>,
    pub(super) signature: Option<Vec<u8>>,
}

/// Opens a bundle and reads all of it into `sink`. With `max_size` the archive may be so long; without, as long
/// as its table of frames says.
pub(super) fn bundle<R: Read + Seek + Send>(
    source: R,
    keys: &Keys,
    max_size: Option<u64>,
    sink: &mut dyn Sink,
) -> Result<Checked, Failure> {
    let mut stream = layers::decrypt(source, keys)?;
    let frames = Frames::read(&mut stream)?;
    let packed = stream.seek(SeekFrom::End(0))?;
    let limit = max_size.unwrap_or_else(|| quota(packed, frames.as_ref().map(Frames::plain_length)));
    stream.seek(SeekFrom::Start(0))?;
    let mut counted = 0;
    let checked = decompress::archive(&mut stream, frames.as_ref(), |inner| {
        archive(Counted { inner, count: &mut counted }, limit, sink).map(|(checked, _)| checked)
    })?;
    if let Some(frames) = &frames {
        if frames.plain_length() != counted {
            return Err(Fault::new(Layer::Zstd, "format", "the table of frames is wrong").into());
        }
        check_frames(frames, checked.manifest.as_ref().map(|m| &m.manifest))?;
    }
    Ok(checked)
}

/// Reads as much of a damaged bundle as can be read, from its start.
pub(super) fn front<R: Read + Seek + Send>(source: R, keys: &Keys, sink: &mut dyn Sink) -> Result<(), Failure> {
    let mut stream = layers::decrypt(source, keys)?;
    decompress::archive(&mut stream, None, |reader| archive(reader, MAX_SIZE, sink)).map(|_| ())
}

/// How long the archive of a bundle of `packed` bytes may be when nobody said: what its table of frames announces, and
/// without one [`MAX_RATIO`] times as long.
pub(super) fn quota(packed: u64, announced: Option<u64>) -> u64 {
    announced.unwrap_or_else(|| packed.saturating_mul(MAX_RATIO).max(MIN_QUOTA)).min(MAX_SIZE)
}

/// The frames that the manifest gives must be those of the table.
pub(super) fn check_frames(frames: &Frames, manifest: Option<&Manifest>) -> Result<(), Fault> {
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
    let mut checked = Checked { seen: Vec::new(), manifest: None };
    let mut buffer = vec![0; BUFFER];
    while let Some(entry) = tar.next()? {
        match &mut checked.manifest {
            Some(sealed) if entry.path == SIGNATURE && sealed.signature.is_none() => {
                tree.add(&entry).map_err(|f| f.member(&entry.path))?;
                sealed.signature = Some(small(&mut tar, &entry, MAX_SIGNATURE)?);
                continue;
            }
            Some(_) => return Err(Fault::mismatch("a member follows the manifest").member(&entry.path).into()),
            None => {}
        }
        if checked.seen.len() == MAX_MEMBERS {
            return Err(Fault::new(Layer::Tar, "limit", "there are more than 1,000,000 members").into());
        }
        tree.add(&entry).map_err(|f| f.member(&entry.path))?;
        if entry.path == MANIFEST {
            let json = small(&mut tar, &entry, MAX_MANIFEST)?;
            let manifest = Manifest::parse(&json)?;
            checked.manifest = Some(Sealed { manifest, json, signature: None });
        } else {
            let blake3 = content(&mut tar, &entry, sink, &mut buffer)?;
            let Entry { path, kind, size, target, offset, .. } = entry;
            checked.seen.push(Seen { path, kind, size, blake3, target, offset });
        }
    }
    if let Some(sealed) = &checked.manifest {
        sealed.manifest.compare(&checked.seen)?;
        // The members were looked at one by one; what only a base holds was not.
        if !sealed.manifest.carried.is_empty() {
            shapes(&sealed.manifest)?;
        }
    }
    Ok((checked, tar.position()))
}

/// Hands a member's content on and hashes all of it.
pub(super) fn content<R: Read>(
    tar: &mut TarReader<R>,
    entry: &Entry,
    sink: &mut dyn Sink,
    buffer: &mut [u8],
) -> Result<[u8; 32], Failure> {
    let mut data = Hashing { inner: tar.data(entry.size)?, hash: blake3::Hasher::new(), read: 0 };
    sink.member(entry, &mut data)?;
    while read_some(&mut data, buffer)? != 0 {}
    let (read, hash) = (data.read, data.hash.finalize().into());
    if read != entry.size {
        return Err(Fault::format("the archive is cut off").member(&entry.path).into());
    }
    tar.padding(entry.size)?;
    Ok(hash)
}

/// Reads into the buffer, also when it is interrupted.
fn read_some(data: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match data.read(buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// The whole content of the manifest or its signature.
fn small<R: Read>(tar: &mut TarReader<R>, entry: &Entry, most: u64) -> Result<Vec<u8>, Failure> {
    if entry.kind != Kind::File || entry.size > most {
        return Err(Fault::mismatch("the manifest is no plain file, or too long").into());
    }
    let mut bytes = Vec::new();
    tar.data(entry.size)?.read_to_end(&mut bytes)?;
    if bytes.len() as u64 != entry.size {
        return Err(Fault::format("the archive is cut off").member(&entry.path).into());
    }
    tar.padding(entry.size)?;
    Ok(bytes)
}

/// Reads only the manifest, by way of the table of frames; `None` when that is not possible.
pub(super) fn manifest_only<R: Read + Seek>(stream: &mut R, frames: &Frames) -> Result<Option<Sealed>, Failure> {
    // It begins a frame and fills the rest of the archive; a frame holds at least a mebibyte, but for the last ones.
    for index in (0..frames.count()).rev().take(400) {
        let left = frames.plain_length() - frames.plain_start(index);
        if left > MAX_MANIFEST + 256 * 1024 {
            break;
        }
        let mut tar = TarReader::new(frames.from(stream, index)?, left);
        let Ok(Some(entry)) = tar.next() else { continue };
        if entry.path != MANIFEST || entry.size >= left {
            continue;
        }
        let json = small(&mut tar, &entry, MAX_MANIFEST)?;
        let mut sealed = Sealed { manifest: Manifest::parse(&json)?, json, signature: None };
        let mut next = tar.next()?;
        if let Some(entry) = next.take_if(|e| e.path == SIGNATURE) {
            sealed.signature = Some(small(&mut tar, &entry, MAX_SIGNATURE)?);
            next = tar.next()?;
        }
        return Ok(next.is_none().then_some(sealed));
    }
    Ok(None)
}

/// The manifest's paths and links must be such that an archive could hold them, also those that only a base holds.
pub(super) fn shapes(manifest: &Manifest) -> Result<(), Fault> {
    let mut tree = Tree::default();
    if manifest.members.len() + manifest.carried.len() > MAX_MEMBERS {
        return Err(Fault::new(Layer::Tar, "limit", "there are more than 1,000,000 members"));
    }
    let carried = manifest.carried.iter().map(|c| (&c.path, Kind::File, None));
    let members = manifest.members.iter().map(|m| (&m.path, m.kind, m.target.clone()));
    // A folder stands before what is in it, and a carried file is nobody's folder: it comes last.
    for (path, kind, target) in members.chain(carried) {
        if let Some(why) = names::refuse_path(path) {
            return Err(Fault::shape(why).member(path));
        }
        let entry = Entry { path: path.clone(), kind, size: 0, mtime: 0, target, offset: 0 };
        tree.add(&entry).map_err(|f| f.member(path))?;
    }
    Ok(())
}

/// The names so far: what a member may not be depends on those before it.
#[derive(Debug, Default)]
struct Tree {
    /// Folded path to true path and kind; folders that are only implied are in it too.
    folded: HashMap<String, (String, Kind)>,
    /// The members themselves.
    own: HashMap<String, Kind>,
    /// The folder of the last one.
    above: String,
}

impl Tree {
    fn add(&mut self, entry: &Entry) -> Result<(), Fault> {
        let above = entry.path.rsplit_once('/').map_or("", |(above, _)| above);
        // What lies in one folder comes in a row.
        if above != self.above {
            for (end, _) in entry.path.match_indices('/') {
                self.place(&entry.path[..end], Kind::Folder)?;
            }
            above.clone_into(&mut self.above);
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

/// Counts what is read through it.
struct Counted<'a> {
    inner: &'a mut dyn Read,
    count: &'a mut u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        *self.count += n as u64;
        Ok(n)
    }
}

/// Hashes what is read through it.
struct Hashing<R> {
    inner: R,
    hash: blake3::Hasher,
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
