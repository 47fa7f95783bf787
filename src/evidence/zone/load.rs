//! The zones of one file, whatever its form: the inventory reads them here, and `render` reads them again.

use super::other::{self, Form};
use super::{Options, Zone, parse};
use crate::error::{Error, Result};
use crate::evidence::text::Encoding;
use sha2::{Digest as _, Sha256};

/// A zone of a file.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The zone.
    pub zone: Zone,
    /// Whether it is all of the zone, and everything in it could be said as records.
    pub complete: bool,
    /// It as a master file.
    pub master: Vec<u8>,
    /// What is wrong with it; the records that can be read are there.
    pub damage: Option<Error>,
}

/// Reads the zones of a file; `form` is absent for a master file. With them comes the hash over the file's bytes and those
/// of the files that it includes (SHA-256, hexadecimal).
///
/// # Errors
/// With file and line when nothing of it can be read.
pub fn load(
    bytes: Vec<u8>,
    form: Option<Form>,
    encoding: Encoding,
    options: Options<'_>,
) -> Result<(Vec<Loaded>, String)> {
    let mut hash = Sha256::new();
    hash.update(&bytes);
    let zones = match form {
        Some(form) => {
            let turned = other::zones(form, &encoding.decode(&bytes), options.path, options.origin)?;
            let loaded = |t: other::Turned| Loaded {
                zone: t.zone,
                complete: t.complete,
                master: t.text.into_bytes(),
                damage: t.damage,
            };
            turned.into_iter().map(loaded).collect()
        }
        None => {
            // The tokenizer keeps bytes as they are, so only what can't be read as bytes is decoded first.
            let master = if encoding == Encoding::Utf8 { bytes } else { encoding.decode(&bytes).into_bytes() };
            let (zone, damage) = parse::salvage(&master, options)?;
            hash.update(&zone.included);
            vec![Loaded { zone, complete: !is_partial(&master), master, damage }]
        }
    };
    Ok((zones, hex(hash)))
}

/// What `dig` answers is a part of a zone, unless the whole was asked for.
fn is_partial(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).into_owned();
    let asked = head.lines().find(|l| l.starts_with("; <<>> DiG") || l.starts_with(";; global options:"));
    asked.is_some() && !head.to_ascii_uppercase().contains("AXFR")
}

fn hex(hash: Sha256) -> String {
    use std::fmt::Write as _;
    hash.finalize().iter().fold(String::with_capacity(64), |mut hex, b| {
        // Writing to a string can't fail.
        let _ = write!(hex, "{b:02x}");
        hex
    })
}
