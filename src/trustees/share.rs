//! One share, as text and as words.

use crate::error::{Error, Result};
use crate::words::{self, List};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// Bytes of the secret, and of each share of it.
pub(super) const SECRET: usize = 32;
/// The first line of a share.
const HEAD: &str = "decamp-share/1";
/// Bytes that the words stand for: version, set, three numbers, the share, a check.
const PACKED: usize = 1 + 12 + 3 + SECRET + CHECK;
/// Bytes of the words' check.
const CHECK: usize = 4;

/// A share of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Which set it belongs to.
    pub set: [u8; 12],
    /// Its number, from 1.
    pub index: u8,
    /// So many are needed.
    pub threshold: u8,
    /// So many there are.
    pub count: u8,
    pub(super) part: Zeroizing<[u8; SECRET]>,
    /// What all shares of the set say; words alone don't.
    pub public: Option<Public>,
}

/// What all shares of a set say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public {
    /// The public key of what was shared.
    pub recipient: String,
    /// A hash of each share, in order: the first 16 bytes of a SHA-256.
    pub hashes: Vec<[u8; 16]>,
}

/// A set's id: four random bytes, and eight that tie it to the public key and the numbers.
pub(super) fn set_id(recipient: &str, threshold: u8, count: u8, salt: [u8; 4]) -> [u8; 12] {
    let mut hash = Sha256::new();
    hash.update(b"decamp-share-set/1\n");
    hash.update(recipient.as_bytes());
    hash.update([b'\n', threshold, count]);
    hash.update(salt);
    let mut id = [0; 12];
    id[..4].copy_from_slice(&salt);
    id[4..].copy_from_slice(&hash.finalize()[..8]);
    id
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.trim();
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).ok()?;
    }
    Some(bytes)
}

impl Share {
    /// Version, set, numbers and share.
    fn packed(&self) -> Zeroizing<Vec<u8>> {
        let head = [&[1], self.set.as_slice(), &[self.index, self.threshold, self.count]].concat();
        Zeroizing::new([head.as_slice(), self.part.as_slice()].concat())
    }

    /// What the others say about it.
    pub(super) fn hash(&self) -> [u8; 16] {
        let mut short = [0; 16];
        short.copy_from_slice(&Sha256::digest(&*self.packed())[..16]);
        short
    }

    /// The set's id, as sheets show it.
    pub fn set_shown(&self) -> String {
        hex(&self.set)
    }

    /// The share as text.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = format!(
            "{HEAD}\nset: {}\nshare: {}\nthreshold: {}\nshares: {}\n",
            hex(&self.set),
            self.index,
            self.threshold,
            self.count
        );
        if let Some(public) = &self.public {
            let hashes: Vec<String> = public.hashes.iter().map(|h| hex(h)).collect();
            // Writing to a string can't fail.
            let _ = writeln!(text, "recipient: {}\nhashes: {}", public.recipient, hashes.join(" "));
        }
        let _ = writeln!(text, "part: {}", hex(self.part.as_slice()));
        Zeroizing::new(text)
    }

    /// The share as words; they carry a check of their own, and not what all shares say.
    pub fn words(&self, list: List) -> Vec<String> {
        let packed = self.packed();
        let check = Sha256::digest(&*packed);
        words::write(&Zeroizing::new([packed.as_slice(), &check[..CHECK]].concat()), list)
    }
}

/// Reads a share: the text of one, wherever it stands in a sheet, or its words.
///
/// # Errors
/// With the line that can't be read.
pub fn read(file: &str, text: &str) -> Result<Share> {
    let found = match text.find(HEAD) {
        Some(at) => {
            let first =
                text[..at].lines().count() as u64 + u64::from(text[..at].is_empty() || text[..at].ends_with('\n'));
            from_text(&text[at..], first)
        }
        None => from_words(text),
    };
    let share = found.map_err(|e| {
        let line = e.at.as_ref().and_then(|at| at.line);
        let e = Error { at: None, ..e };
        match line {
            Some(line) => e.at(file, line),
            None => e.in_file(file),
        }
    })?;
    let fits = (1..=share.count).contains(&share.index) && (2..=share.count).contains(&share.threshold);
    let complete = share.public.as_ref().is_none_or(|p| p.hashes.len() == usize::from(share.count));
    if !fits || !complete {
        return Err(Error::input("this share contradicts itself: it is damaged").in_file(file));
    }
    Ok(share)
}

fn from_text(text: &str, first: u64) -> Result<Share> {
    let mut fields: Vec<(u64, &str, &str)> = Vec::new();
    for (number, line) in (first..).zip(text.lines()).skip(1) {
        let Some((key, value)) = line.split_once(':') else { break };
        fields.push((number, key.trim(), value.trim()));
        if key.trim() == "part" {
            break;
        }
    }
    let field = |name: &str| {
        fields
            .iter()
            .find(|(_, key, _)| *key == name)
            .map(|(line, _, value)| (*line, *value))
            .ok_or_else(|| Error::input(format!("the share has no line `{name}:`")).at("", first))
    };
    let wrong = |line: u64, name: &str| {
        Error::input(format!("the line `{name}:` of this share is damaged"))
            .at("", line)
            .hint("copy the whole share again")
    };
    let number = |name: &str| {
        let (line, value) = field(name)?;
        value.parse::<u8>().map_err(|_| wrong(line, name))
    };
    let (line, set) = field("set")?;
    let set = unhex(set).ok_or_else(|| wrong(line, "set"))?;
    let (line, part) = field("part")?;
    let part = Zeroizing::new(unhex(part.split('<').next().unwrap_or_default()).ok_or_else(|| wrong(line, "part"))?);
    let (line, hashes) = field("hashes")?;
    let hashes: Option<Vec<[u8; 16]>> = hashes.split_whitespace().map(unhex).collect();
    let hashes = hashes.ok_or_else(|| wrong(line, "hashes"))?;
    let (line, recipient) = field("recipient")?;
    let recipient: age::x25519::Recipient = recipient.parse().map_err(|_| wrong(line, "recipient"))?;
    let public = Some(Public { recipient: recipient.to_string(), hashes });
    Ok(Share { set, index: number("share")?, threshold: number("threshold")?, count: number("shares")?, part, public })
}

fn from_words(text: &str) -> Result<Share> {
    let found = words::read(text, PACKED)?.into_iter().map(Zeroizing::new).find(|bytes| {
        let (packed, check) = bytes.split_at(PACKED - CHECK);
        Sha256::digest(packed)[..CHECK] == *check && packed[0] == 1
    });
    let bytes = found.ok_or_else(|| {
        Error::input("these words are no share: one of them is wrong").hint("hold them against the sheet, one by one")
    })?;
    let mut share = Share {
        set: [0; 12],
        index: bytes[13],
        threshold: bytes[14],
        count: bytes[15],
        part: Zeroizing::new([0; SECRET]),
        public: None,
    };
    share.set.copy_from_slice(&bytes[1..13]);
    share.part.copy_from_slice(&bytes[16..16 + SECRET]);
    Ok(share)
}
