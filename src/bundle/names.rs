//! Which names a bundle may hold: a list of what is allowed, so that every system and every tool takes a name
//! for the same thing. On sealing, other names are stored percent-escaped.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use unicode_normalization::UnicodeNormalization as _;

/// Folders may be nested so deep.
pub(super) const MAX_DEPTH: usize = 64;
/// A part of a path may be so long, in bytes.
pub(super) const MAX_PART: usize = 255;

/// Why `part` may not stand in a bundle as it is.
fn refuse_part(part: &str) -> Option<&'static str> {
    let bytes = part.as_bytes();
    if part.is_empty() {
        Some("a name is empty")
    } else if part == "." || part == ".." {
        Some("a name is `.` or `..`")
    } else if part.len() > MAX_PART {
        Some("a name is longer than 255 bytes")
    } else if part.chars().any(char::is_control) {
        Some("a name has a control character")
    } else if part.contains('\\') || part.contains('/') {
        Some("a name has a slash or a backslash")
    } else if bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' {
        Some("a name begins like a drive letter")
    } else if is_device(part) {
        Some("a name is that of a Windows device")
    } else {
        None
    }
}

/// `CON`, `nul.txt`, `COM1` and their like, which Windows takes for devices in every folder.
fn is_device(part: &str) -> bool {
    let stem = part.split(['.', ':']).next().unwrap_or(part).trim_end_matches(' ').to_ascii_uppercase();
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    let Some(port) = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT")) else { return false };
    let mut digits = port.chars();
    matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
}

/// Why `path` may not stand in a bundle.
pub(super) fn refuse_path(path: &str) -> Option<&'static str> {
    if path.starts_with('/') {
        return Some("a path is absolute");
    }
    if path.split('/').count() > MAX_DEPTH {
        return Some("a path is more than 64 parts deep");
    }
    path.split('/').find_map(refuse_part)
}

/// Why a link at `depth` folders below the top may not have this target.
///
/// `..` may only stand at the front. A `..` after a name would depend on where that name, itself perhaps a link,
/// leads to; without it every link stays inside as long as each does on its own.
pub(super) fn refuse_target(depth: usize, target: &str) -> Option<&'static str> {
    if target.is_empty() {
        return Some("a link leads nowhere");
    }
    if target.starts_with('/') {
        return Some("a link's target is absolute");
    }
    let parts: Vec<&str> = target.trim_end_matches('/').split('/').filter(|p| *p != ".").collect();
    let ups = parts.iter().take_while(|p| **p == "..").count();
    if ups > depth {
        return Some("a link leads out of the folder");
    }
    if parts.len() > MAX_DEPTH {
        return Some("a link's target is too deep");
    }
    parts[ups..].iter().find_map(|p| refuse_part(p))
}

/// What `path` is on a system that does not tell case or Unicode forms apart.
pub(super) fn fold(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    // Up and down again, letter by letter, brings ß and SS, σ and ς together.
    path.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

/// Whether `text` has what looks like an escape.
fn looks_escaped(text: &str) -> bool {
    text.as_bytes().windows(3).any(|w| w[0] == b'%' && w[1].is_ascii_hexdigit() && w[2].is_ascii_hexdigit())
}

/// `raw` as it is stored: itself when a bundle may hold it, else with the offending bytes as `%XX`.
///
/// Two different names never get the same stored name: one that looks escaped already is escaped again.
pub(super) fn stored_part(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(text) if refuse_part(text).is_none() && !looks_escaped(text) => text.to_owned(),
        _ => shortened(raw, &escape(raw, false)),
    }
}

/// `raw` with every byte as `%XX`: for a name that only case or Unicode form sets apart from another.
pub(super) fn escaped_whole(raw: &[u8]) -> String {
    shortened(raw, &escape(raw, true))
}

fn escape(raw: &[u8], whole: bool) -> String {
    let mut stored = String::with_capacity(raw.len() * 2);
    for chunk in raw.utf8_chunks() {
        for c in chunk.valid().chars() {
            if whole || c.is_control() || matches!(c, '%' | '\\' | '/' | ':') {
                let mut buffer = [0; 4];
                percent(&mut stored, c.encode_utf8(&mut buffer).as_bytes());
            } else {
                stored.push(c);
            }
        }
        percent(&mut stored, chunk.invalid());
    }
    if refuse_part(&stored).is_some() && stored.len() <= MAX_PART {
        // `..` or a device: hiding the first letter is enough.
        let first = stored.chars().next().map_or(0, char::len_utf8);
        let mut hidden = String::new();
        percent(&mut hidden, &stored.as_bytes()[..first]);
        hidden.push_str(&stored[first..]);
        return hidden;
    }
    stored
}

fn percent(stored: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string can't fail.
        let _ = write!(stored, "%{byte:02X}");
    }
}

/// `stored`, cut to what a file system takes; a hash keeps it unlike all others.
fn shortened(raw: &[u8], stored: &str) -> String {
    if stored.len() <= MAX_PART {
        return stored.to_owned();
    }
    let mut end = 200;
    while !stored.is_char_boundary(end) {
        end -= 1;
    }
    let mut short = stored[..end].to_owned();
    let hash = Sha256::digest(raw);
    let _ = write!(short, "%7E{}", hex(&hash[..16]));
    short
}

/// Joins the parts of a path; what is deeper than a bundle may be becomes one last, escaped part.
pub(super) fn stored_path(parts: &[String], raw: &[Vec<u8>]) -> String {
    if parts.len() <= MAX_DEPTH {
        return parts.join("/");
    }
    let tail = raw[MAX_DEPTH - 1..].join(&b'/');
    let mut path = parts[..MAX_DEPTH - 1].join("/");
    path.push('/');
    path.push_str(&stored_part(&tail));
    path
}

/// The folder, in the bundle, that what is stored at `path` lies in, and its true name, whose parts a folder may hold. What
/// was too deep to be stored as it was has several parts.
#[cfg(unix)]
pub(super) fn original<'a>(path: &'a str, raw: &'a [u8]) -> Option<(&'a str, std::path::PathBuf)> {
    use std::os::unix::ffi::OsStrExt as _;
    let (parent, _) = path.rsplit_once('/').unwrap_or(("", path));
    let above = if parent.is_empty() { 0 } else { parent.split('/').count() };
    let parts: Vec<&[u8]> = raw.split(|b| *b == b'/').collect();
    let own = parts.get(above..).filter(|own| !own.is_empty())?;
    let good = |part: &&[u8]| !part.is_empty() && **part != *b"." && **part != *b".." && !part.contains(&0);
    own.iter().all(good).then(|| (parent, own.iter().map(|p| std::ffi::OsStr::from_bytes(p)).collect()))
}

/// True names are bytes, and those of this system are not.
#[cfg(not(unix))]
pub(super) fn original<'a>(path: &'a str, raw: &'a [u8]) -> Option<(&'a str, std::path::PathBuf)> {
    let (parent, _) = path.rsplit_once('/').unwrap_or(("", path));
    let name = std::str::from_utf8(raw).ok()?.rsplit('/').next().filter(|n| refuse_part(n).is_none())?;
    Some((parent, name.into()))
}

/// The bytes that lower-case hexadecimal stands for.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let pair = |p: &[u8]| std::str::from_utf8(p).ok().and_then(|p| u8::from_str_radix(p, 16).ok());
    text.len().is_multiple_of(2).then(|| text.as_bytes().chunks(2).map(pair).collect())?
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn good_names_stay_as_they_are() {
        for name in ["año.txt", "100%.csv", "1700000000.M1P2.host:2,S", ".hidden", "a b", "-rf", "COM", "console"] {
            assert_eq!(stored_part(name.as_bytes()), name);
        }
    }

    #[test]
    fn bad_names_are_escaped() {
        assert_eq!(stored_part(b"a\\b"), "a%5Cb");
        assert_eq!(stored_part(b"a%5Cb"), "a%255Cb");
        assert_eq!(stored_part(b"a\nb"), "a%0Ab");
        assert_eq!(stored_part(b"\xff\xfe"), "%FF%FE");
        assert_eq!(stored_part(b"nul.txt"), "%6Eul.txt");
        assert_eq!(stored_part(b"C:x"), "C%3Ax");
        assert!(refuse_path(&stored_part(&[0xff; 255])).is_none());
    }

    #[test]
    fn targets_stay_inside() {
        for good in ["a", "../a", "./a/b", "../..", "a/"] {
            assert!(refuse_target(2, good).is_none(), "{good}");
        }
        for bad in ["/a", "../../..", "a/../b", "", "C:x", "a\\b", "a//b"] {
            assert!(refuse_target(2, bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn what_some_systems_take_for_the_same_folds_to_the_same() {
        assert_eq!(fold("Stra\u{df}e"), fold("STRASSE"));
        assert_eq!(fold("e\u{301}"), fold("\u{c9}"));
        assert_ne!(fold("a"), fold("b"));
    }

    #[test]
    fn deep_paths_get_one_last_part() {
        let raw: Vec<Vec<u8>> = (0..80).map(|n| format!("d{n}").into_bytes()).collect();
        let parts: Vec<String> = raw.iter().map(|p| stored_part(p)).collect();
        let path = stored_path(&parts, &raw);
        assert!(refuse_path(&path).is_none());
        assert!(path.ends_with(
            "/d63%2Fd64%2Fd65%2Fd66%2Fd67%2Fd68%2Fd69%2Fd70%2Fd71%2Fd72%2Fd73%2Fd74%2Fd75%2Fd76%2Fd77%2Fd78%2Fd79"
        ));
    }

    proptest! {
        #[test]
        fn every_name_has_a_stored_name_of_its_own(
            a in proptest::collection::vec(any::<u8>(), 1..40),
            b in proptest::collection::vec(any::<u8>(), 1..40),
        ) {
            let (one, two) = (stored_part(&a), stored_part(&b));
            prop_assert!(refuse_part(&one).is_none(), "{one:?}");
            prop_assert_eq!(a == b, one == two);
        }
    }
}
