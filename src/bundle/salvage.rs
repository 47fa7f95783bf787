//! What a damaged bundle still gives back. Every chunk of the encryption is authenticated by itself and every file has its
//! hash in the manifest, so what is whole can be told from what is not.

use super::check::{self, Sink};
use super::disk::Staging;
use super::fault::{Failure, Fault};
use super::keys::Keys;
use super::manifest::Manifest;
use super::open::rewind;
use super::pick;
use super::read::{Entry, Kind};
use crate::error::Error;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, Read, Seek};
use std::path::Path;

/// A file of a damaged bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// Its path.
    pub path: String,
    /// Bytes of content.
    pub size: u64,
}

/// What is left of a damaged bundle.
#[derive(Debug, Default, Serialize)]
pub struct Salvage {
    /// Whether its manifest could still be read: then every file was held against its hash. Else the files are those before
    /// the damage, of which every byte was authenticated.
    pub by_manifest: bool,
    /// Files that are whole.
    pub whole: Vec<Saved>,
    /// Files that are not; without a manifest only the first of them is known.
    pub lost: Vec<String>,
    /// Bytes of the whole files.
    pub bytes: u64,
}

/// Finds what is whole, and writes it into `folder` where one is given.
///
/// # Errors
/// When no key fits, nothing at all can be read, or writing fails.
pub fn salvage<R: Read + Seek + Send>(
    source: &mut R,
    keys: &Keys,
    folder: Option<(&Path, bool)>,
) -> Result<Salvage, Failure> {
    let staging = folder.map(|(folder, force)| Staging::new(folder, force)).transpose()?;
    let mut found = by_manifest(source, keys, staging.as_ref())?;
    if found.is_none() {
        found = Some(from_start(source, keys, staging.as_ref())?);
    }
    let found = found.unwrap_or_default();
    if let Some(staging) = staging {
        if found.whole.is_empty() {
            return Err(Error::input("nothing in this bundle is whole any more")
                .hint("take another copy of it")
                .into());
        }
        staging.place()?;
    }
    Ok(found)
}

/// Each file by itself, where the end of the bundle can still be read.
fn by_manifest<R: Read + Seek>(
    source: &mut R,
    keys: &Keys,
    staging: Option<&Staging>,
) -> Result<Option<Salvage>, Failure> {
    rewind(source)?;
    let manifest = match pick::index(&mut *source, keys) {
        Ok(Some(indexed)) => indexed.sealed.manifest,
        Ok(None) | Err(Failure::Damaged(_)) => return Ok(None),
        Err(e) => return Err(e),
    };
    let mut found = Salvage { by_manifest: true, ..Salvage::default() };
    let mut bad = BTreeSet::new();
    let files: Vec<usize> = (0..manifest.members.len()).filter(|n| manifest.members[*n].kind == Kind::File).collect();
    let mut rest = files.as_slice();
    while !rest.is_empty() {
        // After damage the stream can't go on: it is opened again.
        rewind(source)?;
        let Some(mut indexed) = pick::index(&mut *source, keys)? else { return Ok(None) };
        let mut done = 0;
        for n in rest {
            let member = &manifest.members[*n];
            done += 1;
            let failed = bad.contains(&member.frame)
                || match indexed.read(&[*n], &mut |entry, data| write(staging, entry, data)) {
                    Ok(()) => false,
                    Err(Failure::Damaged(_)) => {
                        if let Some(staging) = staging {
                            staging.forget(&member.path);
                        }
                        // Of a file that is longer than a frame the first one may be good.
                        if member.size < u64::from(super::compress::FRAME) / 4 {
                            bad.insert(member.frame);
                        }
                        found.lost.push(member.path.clone());
                        break;
                    }
                    Err(e) => return Err(e),
                };
            if failed {
                found.lost.push(member.path.clone());
            } else {
                found.bytes += member.size;
                found.whole.push(Saved { path: member.path.clone(), size: member.size });
            }
        }
        rest = &rest[done..];
    }
    others(&manifest, &mut found, staging)?;
    Ok(Some(found))
}

/// Folders, and second names of files that are whole.
fn others(manifest: &Manifest, found: &mut Salvage, staging: Option<&Staging>) -> Result<(), Failure> {
    let whole: BTreeSet<String> = found.whole.iter().map(|s| s.path.clone()).collect();
    for member in &manifest.members {
        match (member.kind, &member.target, staging) {
            (Kind::Folder, _, Some(staging)) => staging.folder(&member.path)?,
            (Kind::Hardlink, Some(target), staging) if whole.contains(target) => {
                if let Some(staging) = staging {
                    staging.hard_link(target, &member.path)?;
                }
                found.whole.push(Saved { path: member.path.clone(), size: 0 });
            }
            (Kind::Hardlink, _, _) => found.lost.push(member.path.clone()),
            _ => {}
        }
    }
    // Links last, as always.
    for member in manifest.members.iter().filter(|m| m.kind == Kind::Link) {
        if let (Some(target), Some(staging)) = (&member.target, staging) {
            staging.link(target, &member.path)?;
        }
    }
    Ok(())
}

fn write(staging: Option<&Staging>, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
    match staging {
        Some(staging) => staging.file(&entry.path, entry, data),
        None => io::copy(data, &mut io::sink()).map(|_| ()).map_err(Failure::from),
    }
}

/// Whatever stands whole before the damage.
fn from_start<R: Read + Seek + Send>(
    source: &mut R,
    keys: &Keys,
    staging: Option<&Staging>,
) -> Result<Salvage, Failure> {
    rewind(source)?;
    let mut sink = Front { staging, found: Salvage::default(), open: None };
    let ended = check::front(source, keys, &mut sink);
    let Front { mut found, open, .. } = sink;
    let whole = match ended {
        Ok(()) => true,
        Err(Failure::Damaged(_)) => false,
        Err(e) => return Err(e),
    };
    if let Some((path, size)) = open.filter(|_| !whole) {
        // The last that was begun: it is whole only when all of it was read, which nobody can tell now.
        if let Some(staging) = staging {
            staging.forget(&path);
        }
        found.bytes -= size;
        found.whole.pop();
        found.lost.push(path);
    }
    Ok(found)
}

struct Front<'a> {
    staging: Option<&'a Staging>,
    found: Salvage,
    /// The file that was handed on last.
    open: Option<(String, u64)>,
}

impl Sink for Front<'_> {
    fn member(&mut self, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
        // That this one has begun proves that the one before was read to its end.
        self.open = None;
        match (entry.kind, &entry.target, self.staging) {
            (Kind::File, _, staging) => {
                self.found.bytes += entry.size;
                self.found.whole.push(Saved { path: entry.path.clone(), size: entry.size });
                self.open = Some((entry.path.clone(), entry.size));
                write(staging, entry, data)
            }
            (Kind::Folder, _, Some(staging)) => staging.folder(&entry.path),
            (Kind::Hardlink, Some(target), Some(staging)) => staging.hard_link(target, &entry.path),
            (Kind::Link, None, _) => Err(Fault::shape("a link leads nowhere").into()),
            _ => Ok(()),
        }
    }
}
