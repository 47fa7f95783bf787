//! What is in a bundle, whether it is in order, and what a damaged one still holds.

use super::check::{self, Checked, Nowhere, Sealed};
use super::fault::{Failure, Fault};
use super::keys::Keys;
use super::layers;
use super::manifest::{Carried, Label, LeftOut, Manifest, Member, Seen};
use super::names;
use super::open::rewind;
use super::pick;
use super::read::Kind;
use super::sign::Signers;
use crate::error::{Error, Refused};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::io::{Read, Seek};

/// Who signed a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SignedBy {
    /// Nobody.
    #[default]
    Nobody,
    /// Somebody, and nobody asked who.
    Unchecked,
    /// This signer of the file.
    Name(String),
}

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
    /// Files that lie in a bundle that this one builds on.
    pub carried: Vec<Carried>,
    /// SHA-256 of the manifest of that bundle, in hexadecimal.
    pub base: Option<String>,
    /// SHA-256 of its own manifest, in hexadecimal.
    pub id: Option<String>,
    /// What was left out when it was sealed.
    pub left_out: Vec<LeftOut>,
    /// Who signed it.
    pub signed_by: SignedBy,
    /// What people wrote on it.
    #[serde(flatten)]
    pub label: Label,
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
    /// BLAKE3 of a regular file, in hexadecimal.
    pub blake3: Option<String>,
    /// Where a link leads.
    pub target: Option<String>,
    /// The name it had, in hexadecimal, when a bundle may not hold that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

impl Listing {
    fn from_sealed(sealed: Sealed, signed_by: SignedBy) -> Self {
        let id = Some(names::hex(&Sha256::digest(&sealed.json)));
        let listed = |m: Member| Listed {
            path: m.path,
            kind: m.kind,
            size: m.size,
            blake3: m.blake3,
            target: m.target,
            original: m.original,
        };
        let Manifest { files, bytes, members, left_out, base, carried, label, .. } = sealed.manifest;
        let members = members.into_iter().map(listed).collect();
        Self { manifest: "decamp", files, bytes, members, carried, base, id, left_out, signed_by, label }
    }

    fn from_seen(seen: Vec<Seen>) -> Self {
        let listed = |s: Seen| {
            let blake3 = (s.kind == Kind::File).then(|| names::hex(&s.blake3));
            Listed { path: s.path, kind: s.kind, size: s.size, blake3, target: s.target, original: None }
        };
        let members: Vec<Listed> = seen.into_iter().map(listed).collect();
        let files = members.iter().filter(|m| m.kind == Kind::File);
        let (files, bytes) = files.fold((0, 0), |(n, bytes), m| (n + 1, bytes + m.size));
        Self { manifest: "none", files, bytes, members, ..Self::default() }
    }
}

/// Who signed it. With `signers`, one of them must have.
pub(super) fn signed_by(sealed: Option<&Sealed>, signers: Option<&Signers>) -> Result<SignedBy, Failure> {
    match (sealed, signers) {
        (Some(sealed), Some(signers)) => signers.check(&sealed.json, sealed.signature.as_deref()).map(SignedBy::Name),
        (None, Some(_)) => {
            Err(Error::input("this bundle was made by other tools: it has no manifest that could be signed")
                .hint("open it without `--signers` if you know where it comes from")
                .refused(Refused::Unsigned)
                .into())
        }
        (Some(sealed), None) if sealed.signature.is_some() => Ok(SignedBy::Unchecked),
        (_, None) => Ok(SignedBy::Nobody),
    }
}

/// Lists a bundle: from its manifest where the table of frames leads there, else by reading all of it.
///
/// # Errors
/// When no key fits, or the bundle is damaged.
pub fn list<R: Read + Seek + Send>(source: &mut R, keys: &Keys, signers: Option<&Signers>) -> Result<Listing, Failure> {
    rewind(source)?;
    if let Some(indexed) = pick::index(&mut *source, keys)? {
        let who = signed_by(Some(&indexed.sealed), signers)?;
        return Ok(Listing::from_sealed(indexed.sealed, who));
    }
    verify(source, keys, None, signers)
}

/// Reads all of a bundle, and gives what is in it when it is in order. Writes nothing.
///
/// # Errors
/// When no key fits, or with what is damaged.
pub fn verify<R: Read + Seek + Send>(
    source: &mut R,
    keys: &Keys,
    max_size: Option<u64>,
    signers: Option<&Signers>,
) -> Result<Listing, Failure> {
    rewind(source)?;
    let Checked { seen, manifest } = check::bundle(source, keys, max_size, &mut Nowhere)?;
    let who = signed_by(manifest.as_ref(), signers)?;
    Ok(match manifest {
        Some(sealed) => Listing::from_sealed(sealed, who),
        None => Listing::from_seen(seen),
    })
}

/// What the encryption of a bundle holds, whatever that may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payload {
    /// Bytes that were decrypted and authenticated.
    pub bytes: u64,
    /// Their SHA-256, in hexadecimal.
    pub sha256: String,
    /// What ended them before their end.
    #[serde(skip)]
    pub fault: Option<Fault>,
}

/// Decrypts all of a file that need not be a bundle.
///
/// # Errors
/// When no key fits, or the header is damaged.
pub fn payload<R: Read + Seek>(source: &mut R, keys: &Keys) -> Result<Payload, Failure> {
    rewind(source)?;
    let mut stream = layers::decrypt(source, keys)?;
    let mut hash = Sha256::new();
    let (mut bytes, mut fault) = (0, None);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                hash.update(&buffer[..n]);
                bytes += n as u64;
            }
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => match Failure::from(e) {
                Failure::Damaged(found) => {
                    fault = Some(found);
                    break;
                }
                other @ Failure::Error(_) => return Err(other),
            },
        }
    }
    Ok(Payload { bytes, sha256: names::hex(&hash.finalize()), fault })
}

/// A short text that was encrypted, such as a share of a key.
///
/// # Errors
/// When no key fits, it is damaged, or no text.
pub fn decrypted(armor: &[u8], keys: &Keys) -> Result<age::secrecy::SecretString, Error> {
    /// Longer than any share, in bytes.
    const MOST: u64 = 64 * 1024;
    let mut source = std::io::Cursor::new(armor);
    let mut text = zeroize::Zeroizing::new(String::new());
    let stream = layers::decrypt(&mut source, keys).map_err(Failure::into_error)?;
    stream.take(MOST).read_to_string(&mut text).map_err(|e| Failure::from(e).into_error())?;
    Ok(age::secrecy::SecretString::from(text.as_str()))
}
