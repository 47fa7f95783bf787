//! An identity that nobody holds alone: shared among trustees, of whom any K can put it together again (Shamir's scheme,
//! by the `blahaj` crate). A share is told apart from a damaged one and from one of another set before it is used.

mod list;
mod share;

pub use list::{Trustee, Trustees};
pub use share::{Share, read};

use crate::bundle::keys::identity_file;
use crate::error::{Error, Result};
use age::secrecy::{ExposeSecret as _, SecretString};
use bech32::{Bech32, Hrp};
use blahaj::Sharks;
use share::{SECRET, set_id};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What an age identity calls itself.
const PREFIX: &str = "age-secret-key-";

/// The one age identity of a file.
///
/// # Errors
/// When there is none, or several, or one of another kind.
pub fn identity(file: &str, text: &SecretString) -> Result<age::x25519::Identity> {
    let wrong = |message: &str| Error::input(message).in_file(file);
    let mut found = crate::bundle::keys::lines(text.expose_secret()).filter_map(|(_, line)| line.parse().ok());
    let first = found.next().ok_or_else(|| {
        wrong("there is no age identity in this file")
            .hint("only an `AGE-SECRET-KEY-1…` can be shared; `decamp key new` makes one")
    })?;
    if found.next().is_some() {
        return Err(wrong("there is more than one identity in this file").hint("share them one by one"));
    }
    Ok(first)
}

/// Shares `identity` among `count`, of whom any `threshold` can open what it opens.
///
/// # Errors
/// When the numbers don't fit, or the system gives no random numbers.
pub fn split(identity: &age::x25519::Identity, threshold: u8, count: u8) -> Result<Vec<Share>> {
    if threshold < 2 {
        return Err(Error::input("a share that opens alone is no share").hint("choose a threshold of at least 2"));
    }
    if threshold > count {
        return Err(Error::input(format!("{threshold} shares are needed, and there are only {count} trustees"))
            .hint("lower `--threshold`, or name more trustees"));
    }
    let recipient = identity.to_public().to_string();
    let secret = secret(identity)?;
    let mut salt = [0; 4];
    crate::words::random(&mut salt)?;
    let set = set_id(&recipient, threshold, count, salt);
    let mut shares: Vec<Share> = Sharks(threshold)
        .dealer(&secret)
        .take(usize::from(count))
        .map(|dealt| {
            let bytes = Zeroizing::new(Vec::from(&dealt));
            let mut part = Zeroizing::new([0; SECRET]);
            part.copy_from_slice(&bytes[1..]);
            Share { set, index: bytes[0], threshold, count, part, public: None }
        })
        .collect();
    let hashes: Vec<[u8; 16]> = shares.iter().map(Share::hash).collect();
    for share in &mut shares {
        share.public = Some(share::Public { recipient: recipient.clone(), hashes: hashes.clone() });
    }
    Ok(shares)
}

/// Puts an identity together again. `shares` come with what they are called.
///
/// # Errors
/// With the name of a share that is damaged or of another set, or when there are too few.
pub fn combine(shares: Vec<(String, Share)>) -> Result<(SecretString, String)> {
    let set = common_set(&shares)?;
    let hashes = common_hashes(&shares)?;
    let mut kept: BTreeMap<u8, (String, Share)> = BTreeMap::new();
    for (name, share) in shares {
        if let Some(hashes) = &hashes
            && hashes.get(usize::from(share.index) - 1) != Some(&share.hash())
        {
            return Err(damaged(&name));
        }
        if let Some((first, _)) = kept.get(&share.index) {
            return Err(Error::input(format!("`{first}` and `{name}` are the same share"))
                .hint("one of them is a copy: ask another trustee"));
        }
        kept.insert(share.index, (name, share));
    }
    let Some((_, (_, first))) = kept.first_key_value() else { return Err(Error::input("no share was given")) };
    let (threshold, count) = (first.threshold, first.count);
    if kept.len() < usize::from(threshold) {
        return Err(Error::input(format!("{threshold} shares are needed, and these are {}", kept.len()))
            .hint("ask more trustees"));
    }
    let dealt: Vec<blahaj::Share> = kept
        .values()
        .take(usize::from(threshold))
        .filter_map(|(_, s)| {
            let bytes = Zeroizing::new([&[s.index], s.part.as_slice()].concat());
            blahaj::Share::try_from(bytes.as_slice()).ok()
        })
        .collect();
    let sharks = Sharks(threshold);
    let secret = sharks.recover(&dealt).map(Zeroizing::new);
    let secret = secret.map_err(|_| Error::input("these shares do not fit together"))?;
    let identity = from_secret(&secret)?;
    let recipient = identity.to_public().to_string();
    let said = kept.values().find_map(|(_, s)| s.public.as_ref()).map(|p| &p.recipient);
    let mut salt = [0; 4];
    salt.copy_from_slice(&set[..4]);
    if set_id(&recipient, threshold, count, salt) != set || said.is_some_and(|s| *s != recipient) {
        return Err(Error::input("these shares give another key than the one that was shared")
            .hint("one of them was changed on purpose, or typed wrong where its check did not see it"));
    }
    Ok((identity_file(&identity), recipient))
}

fn damaged(name: &str) -> Error {
    Error::input(format!("the share `{name}` is damaged: it is not what its set says"))
        .hint("ask its trustee for another copy, or another trustee")
}

/// The set of most shares; the others are foreign.
fn common_set(shares: &[(String, Share)]) -> Result<[u8; 12]> {
    let mut sets: BTreeMap<([u8; 12], u8, u8), usize> = BTreeMap::new();
    for (_, share) in shares {
        *sets.entry((share.set, share.threshold, share.count)).or_default() += 1;
    }
    let most = sets.iter().max_by_key(|(_, n)| **n).map(|(set, n)| (*set, *n));
    let Some((most, times)) = most else { return Err(Error::input("no share was given")) };
    match shares.iter().find(|(_, s)| (s.set, s.threshold, s.count) != most) {
        None => Ok(most.0),
        // Two against two: nobody can tell which is the right one.
        Some(_) if sets.values().filter(|n| **n == times).count() > 1 => {
            Err(Error::input("these shares are of different sets").hint("each sheet names its set: sort them by it"))
        }
        Some((name, _)) => Err(Error::input(format!("the share `{name}` is of another set"))
            .hint("it belongs to another key, or to an older split of this one")),
    }
}

/// What most shares say about all of them.
fn common_hashes(shares: &[(String, Share)]) -> Result<Option<Vec<[u8; 16]>>> {
    let mut lists: BTreeMap<&[[u8; 16]], usize> = BTreeMap::new();
    for public in shares.iter().filter_map(|(_, s)| s.public.as_ref()) {
        *lists.entry(&public.hashes).or_default() += 1;
    }
    let Some((most, times)) = lists.iter().max_by_key(|(_, n)| **n).map(|(l, n)| (l.to_vec(), *n)) else {
        return Ok(None);
    };
    if lists.values().filter(|n| **n == times).count() > 1 {
        return Err(Error::input("these shares contradict each other about their set")
            .hint("at least one was changed: ask one more trustee"));
    }
    match shares.iter().find(|(_, s)| s.public.as_ref().is_some_and(|p| p.hashes != most)) {
        Some((name, _)) => Err(damaged(name)),
        None => Ok(Some(most)),
    }
}

fn secret(identity: &age::x25519::Identity) -> Result<Zeroizing<Vec<u8>>> {
    let text = identity.to_string();
    let (_, bytes) =
        bech32::decode(text.expose_secret()).map_err(|_| Error::machine("the identity can't be read again"))?;
    Ok(Zeroizing::new(bytes))
}

fn from_secret(bytes: &[u8]) -> Result<age::x25519::Identity> {
    let wrong = || Error::input("these shares give no identity");
    let prefix = Hrp::parse(PREFIX).map_err(|_| wrong())?;
    let text = Zeroizing::new(bech32::encode_upper::<Bech32>(prefix, bytes).map_err(|_| wrong())?);
    text.parse().map_err(|_| wrong())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
