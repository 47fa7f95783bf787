//! Some members of a bundle, by way of its manifest and its table of frames: only the end and the frames that they lie in
//! are read. Of each member everything is checked; the last chunk has proved the length of the whole.

use super::check::{self, Sealed, content};
use super::fault::{Failure, Fault};
use super::frames::Frames;
use super::keys::Keys;
use super::layers::{self, Decrypted};
use super::manifest::Member;
use super::names::hex;
use super::read::{Entry, Kind, TarReader};
use std::io::{self, Read, Seek};

/// A bundle whose manifest was read.
pub(super) struct Indexed<R> {
    stream: Decrypted<R>,
    frames: Frames,
    pub(super) sealed: Sealed,
}

/// Reads the manifest; `None` for a bundle that has none, or no table of frames.
pub(super) fn index<R: Read + Seek>(source: R, keys: &Keys) -> Result<Option<Indexed<R>>, Failure> {
    let mut stream = layers::decrypt(source, keys)?;
    let Some(frames) = Frames::read(&mut stream)? else { return Ok(None) };
    let Some(sealed) = check::manifest_only(&mut stream, &frames)? else { return Ok(None) };
    check::shapes(&sealed.manifest)?;
    check::check_frames(&frames, Some(&sealed.manifest))?;
    let placed = sealed.manifest.members.iter().all(|m| m.offset.is_some_and(|o| o < frames.plain_length()));
    Ok(placed.then_some(Indexed { stream, frames, sealed }))
}

/// What takes a member and its content.
pub(super) type Take<'a> = &'a mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), Failure>;

impl<R: Read + Seek> Indexed<R> {
    /// Reads the members at these places in the manifest, in their order.
    pub(super) fn read(&mut self, members: &[usize], take: Take<'_>) -> Result<(), Failure> {
        let all = &self.sealed.manifest.members;
        let mut next = members.iter().filter_map(|n| all.get(*n)).peekable();
        while let Some(first) = next.peek() {
            // From this frame on, as long as the next member is not far.
            let start = usize::try_from(self.frames.holding(first.offset.unwrap_or(0))).unwrap_or(usize::MAX);
            let mut at = self.frames.plain_start(start);
            let mut reader = self.frames.from(&mut self.stream, start)?;
            while let Some(member) = next.peek() {
                let offset = member.offset.unwrap_or(0);
                if offset < at || offset - at > u64::from(super::compress::FRAME) {
                    break;
                }
                let gap = offset - at;
                if io::copy(&mut reader.by_ref().take(gap), &mut io::sink())? != gap {
                    return Err(Fault::mismatch("a member is at another place than the manifest says")
                        .member(&member.path)
                        .into());
                }
                at = offset + one(&mut reader, member, offset, take)?;
                next.next();
            }
        }
        Ok(())
    }
}

/// Reads one member, which begins here; gives the length of what was read.
fn one(reader: &mut impl Read, member: &Member, offset: u64, take: Take<'_>) -> Result<u64, Failure> {
    let named = |f: Fault| f.member(&member.path);
    let mut tar = TarReader::new(reader, u64::MAX / 2);
    let entry =
        tar.next()?.ok_or_else(|| named(Fault::mismatch("a member is at another place than the manifest says")))?;
    let same = entry.path == member.path
        && entry.kind == member.kind
        && entry.size == member.size
        && entry.target == member.target;
    if !same {
        return Err(named(Fault::mismatch("a member is not what the manifest says")).into());
    }
    let entry = Entry { offset, ..entry };
    let hash = content(&mut tar, &entry, &mut Each(take), &mut vec![0; check::BUFFER])?;
    if member.kind == Kind::File && member.blake3.as_deref() != Some(hex(&hash).as_str()) {
        return Err(named(Fault::mismatch("a member's content is not what the manifest says")).into());
    }
    Ok(tar.position())
}

struct Each<'a>(Take<'a>);

impl check::Sink for Each<'_> {
    fn member(&mut self, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
        (self.0)(entry, data)
    }
}
