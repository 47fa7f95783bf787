//! What an earlier bundle holds, for one that takes only what is new since.

use super::fault::{Failure, Fault};
use super::keys::Keys;
use super::manifest::Manifest;
use super::names;
use super::read::Kind;
use super::{check, frames, layers};
use crate::error::Error;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::io::{Read, Seek};

/// An earlier state: every file with its size and hash.
#[derive(Debug, Clone)]
pub struct Since {
    /// SHA-256 of the manifest, in hexadecimal.
    pub(super) manifest: String,
    files: HashMap<String, (u64, String)>,
}

impl Since {
    /// The state that a manifest describes.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn from_manifest(json: &[u8]) -> Result<Self, Failure> {
        Ok(Self::new(&Manifest::parse(json)?, json))
    }

    /// The state that a bundle describes.
    ///
    /// # Errors
    /// When no key fits, it is damaged, or it has no manifest.
    pub fn from_bundle<R: Read + Seek + Send>(source: &mut R, keys: &Keys) -> Result<Self, Failure> {
        let mut stream = layers::decrypt(source, keys)?;
        let none = || Error::input("this bundle was made by other tools: it has no manifest to build on");
        let frames = frames::Frames::read(&mut stream)?.ok_or_else(none)?;
        let sealed = check::manifest_only(&mut stream, &frames)?.ok_or_else(none)?;
        Ok(Self::new(&sealed.manifest, &sealed.json))
    }

    fn new(manifest: &Manifest, json: &[u8]) -> Self {
        let mut files = HashMap::new();
        for member in &manifest.members {
            let state = match (member.kind, &member.blake3, &member.target) {
                (Kind::File, Some(hash), _) if !member.incomplete => Some((member.size, hash.clone())),
                // Its content is that of an earlier member.
                (Kind::Hardlink, _, Some(target)) => files.get(target).cloned(),
                _ => None,
            };
            if let Some(state) = state {
                files.insert(member.path.clone(), state);
            }
        }
        for carried in &manifest.carried {
            files.insert(carried.path.clone(), (carried.size, carried.blake3.clone()));
        }
        Self { manifest: names::hex(&Sha256::digest(json)), files }
    }

    /// The hash that the file at `path` had, if it was of `size` bytes.
    pub(super) fn hash(&self, path: &str, size: u64) -> Option<&str> {
        self.files.get(path).filter(|(was, _)| *was == size).map(|(_, hash)| hash.as_str())
    }
}

/// Says that a bundle can't stand alone.
pub(super) fn lonely(base: &str) -> Failure {
    Error::input(format!(
        "this bundle holds only what changed since another, whose manifest begins with {}",
        short(base)
    ))
    .hint("name that bundle, and those that it builds on, with `--base BUNDLE`")
    .into()
}

/// Says that a base lacks something.
pub(super) fn lacking(path: &str) -> Failure {
    Fault::mismatch("no base holds this file as the manifest says").member(path).into()
}

/// A hash as people compare it.
pub(super) fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
