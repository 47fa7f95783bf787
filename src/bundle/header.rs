//! A strict look at the header of an age file, before the `age` crate reads it: the crate is more forgiving about how a
//! stanza ends than the format allows (C2SP, age.md), and white space before an armor is not to its liking.

use super::fault::{Failure, Fault, Layer};
use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// A header is never longer, in bytes: thousands of recipients fit in.
const LONGEST: u64 = 1024 * 1024;
/// So much white space may stand before an armor, in bytes (as `age` itself allows).
const BLANK: usize = 1024;
const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const BINARY: &[u8] = b"age-encryption.org/";
/// A line of a stanza's body has so many characters, but for the last, which has fewer.
const COLUMNS: usize = 64;

/// Blanks, as the armor takes them.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// What begins a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// An age file, after so many bytes of white space.
    Age(usize),
    /// Something else.
    Other,
}

/// Looks at the first bytes of a file.
pub(super) fn start(bytes: &[u8]) -> Start {
    let blank = bytes.iter().take_while(|b| is_blank(**b)).count();
    // A file that is cut off within the mark is damaged, not of another kind.
    let begins = |text: &[u8], mark: &[u8]| !text.is_empty() && text.starts_with(&mark[..mark.len().min(text.len())]);
    if begins(bytes, BINARY) {
        Start::Age(0)
    } else if blank <= BLANK && begins(&bytes[blank..], ARMOR) {
        Start::Age(blank)
    } else {
        Start::Other
    }
}

/// The file without the white space around its armor.
#[derive(Debug)]
pub(super) struct From<R> {
    inner: R,
    /// Where the armor begins, or the file.
    at: u64,
    /// Where it ends.
    end: u64,
    /// Where the next byte is read.
    now: u64,
}

impl<R: Read + Seek> From<R> {
    /// `inner` from byte `at` on; `armored` says whether white space may stand at its end.
    pub(super) fn new(mut inner: R, at: u64, armored: bool) -> io::Result<Self> {
        let mut end = inner.seek(SeekFrom::End(0))?.max(at);
        if armored {
            let tail_at = end.saturating_sub(BLANK as u64 + 1).max(at);
            inner.seek(SeekFrom::Start(tail_at))?;
            let mut tail = Vec::new();
            inner.by_ref().take(BLANK as u64 + 1).read_to_end(&mut tail)?;
            let blank = tail.iter().rev().take_while(|b| is_blank(**b)).count();
            if blank <= BLANK {
                end -= blank as u64;
            }
        }
        inner.seek(SeekFrom::Start(at))?;
        Ok(Self { inner, at, end, now: at })
    }
}

impl<R: Read> Read for From<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.end.saturating_sub(self.now)).unwrap_or(usize::MAX).min(buf.len());
        let n = self.inner.read(&mut buf[..most])?;
        self.now += n as u64;
        Ok(n)
    }
}

impl<R: Seek> Seek for From<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(n) => self.at.checked_add(n),
            SeekFrom::End(n) => self.end.checked_add_signed(n),
            SeekFrom::Current(n) => self.now.checked_add_signed(n),
        };
        let to = to.filter(|to| *to >= self.at).ok_or(io::ErrorKind::InvalidInput)?;
        self.now = self.inner.seek(SeekFrom::Start(to))?;
        Ok(self.now - self.at)
    }
}

/// Checks the lines of the header, without its cryptography.
pub(super) fn check(mut stream: impl BufRead) -> Result<(), Failure> {
    let mut lines = Lines { inner: (&mut stream).take(LONGEST), line: Vec::new() };
    lines.next()?;
    // The version is the crate's to judge.
    let mut mac = lines.next()?.to_vec();
    loop {
        if mac.starts_with(b"---") {
            return Ok(());
        }
        if !mac.starts_with(b"-> ") {
            return Err(bad("a line is neither a recipient nor the header's end"));
        }
        // The body: lines of 64 characters, then a shorter one, which may be empty.
        loop {
            let line = lines.next()?;
            if line.starts_with(b"-") || line.len() > COLUMNS {
                return Err(bad("the last line of a recipient is missing"));
            }
            if line.len() < COLUMNS {
                break;
            }
        }
        mac = lines.next()?.to_vec();
    }
}

fn bad(what: &str) -> Failure {
    Fault::new(Layer::Age, "header", what).into()
}

/// Lines without their line feed.
struct Lines<R> {
    inner: R,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<&[u8], Failure> {
        self.line.clear();
        self.inner.read_until(b'\n', &mut self.line)?;
        if self.line.pop() != Some(b'\n') {
            return Err(bad("the file is cut off in its header"));
        }
        Ok(&self.line)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn stanzas_end_with_a_short_line() {
        let full = "A".repeat(64);
        let head = |body: &str| format!("age-encryption.org/v1\n-> X25519 x\n{body}--- mac\n");
        for good in ["AAAA\n", "\n", &format!("{full}\n\n"), &format!("{full}\nAA\n")] {
            assert!(check(head(good).as_bytes()).is_ok(), "{good}");
        }
        for bad in ["", &format!("{full}\n"), &format!("{full}A\n")] {
            assert!(check(head(bad).as_bytes()).is_err(), "{bad}");
        }
        assert!(check(&b"age-encryption.org/v1\n-> X25519 x\nAA"[..]).is_err());
    }

    #[test]
    fn white_space_may_stand_before_armor_only() {
        assert_eq!(start(b"age-encryption.org/v1\n"), Start::Age(0));
        assert_eq!(start(b"age-enc"), Start::Age(0));
        assert_eq!(start(b" \r\n\t-----BEGIN AGE ENCRYPTED FILE-----\n"), Start::Age(4));
        for other in [&b""[..], b" age-encryption.org/v1\n", b"\n\n", b"PK", &[b' '; 2000]] {
            assert_eq!(start(other), Start::Other);
        }
    }
}
