//! A strict reader of tar streams.
//!
//! Two tools that read one archive differently are how archives attack; so whatever tools are known to disagree
//! about (sizes given twice, global headers, sparse files, bytes behind a name's end, data behind the end of the
//! archive) is not read one way or the other but refused.

use super::fault::{Failure, Fault, Layer};
use super::names;
use std::io::{self, Read};

/// The unit of tar.
pub(super) const BLOCK: usize = 512;
/// A header that extends another may be so long.
const MAX_EXTENSION: u64 = 64 * 1024;
/// Zeros that may follow the end: the largest record that tools pad to.
const MAX_PADDING: u64 = 1024 * 1024;
/// From here on a size does not fit into the header's octal digits.
pub(super) const BIG: u64 = 0o77_777_777_777 + 1;

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A regular file.
    #[default]
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// Another name of an earlier regular file.
    Hardlink,
}

/// One member's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) size: u64,
    pub(super) mtime: u64,
    pub(super) target: Option<String>,
    /// Where in the stream its first header begins.
    pub(super) offset: u64,
}

/// Extensions read ahead of the header that they belong to.
#[derive(Debug, Default)]
struct Extensions {
    seen: bool,
    path: Option<String>,
    target: Option<String>,
    size: Option<u64>,
    mtime: Option<u64>,
}

/// Reads members one after another. After each, the caller reads exactly its `size` bytes with [`TarReader::data`].
#[derive(Debug)]
pub(super) struct TarReader<R> {
    inner: R,
    at: u64,
    limit: u64,
}

impl<R: Read> TarReader<R> {
    pub(super) fn new(inner: R, limit: u64) -> Self {
        Self { inner, at: 0, limit }
    }

    /// How many bytes of the stream were read.
    pub(super) fn position(&self) -> u64 {
        self.at
    }

    fn advance(&mut self, bytes: u64) -> Result<(), Failure> {
        self.at = self.at.saturating_add(bytes);
        if self.at > self.limit {
            let limit = self.limit;
            return Err(Fault::new(Layer::Tar, "limit", format!("the content is larger than {limit} bytes")).into());
        }
        Ok(())
    }

    fn block(&mut self) -> Result<[u8; BLOCK], Failure> {
        let mut block = [0; BLOCK];
        self.inner.read_exact(&mut block).map_err(cut_off)?;
        self.advance(BLOCK as u64)?;
        Ok(block)
    }

    /// The next member, or `None` at the end, which is read to the last byte.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, Failure> {
        let mut extensions = Extensions::default();
        let mut offset = self.at;
        loop {
            let block = self.block()?;
            if block.iter().all(|b| *b == 0) {
                if extensions.seen {
                    return Err(Fault::format("an extended header belongs to nothing").into());
                }
                self.end()?;
                return Ok(None);
            }
            let header = checked(&block)?;
            match header.entry_type().as_byte() {
                b'x' | b'L' | b'K' => self.extension(header, &mut extensions)?,
                _ => {
                    // A folder that stands for the top itself (`tar c .`) says nothing.
                    if let Some(entry) = entry(header, extensions, offset)? {
                        self.advance(0)?;
                        return Ok(Some(entry));
                    }
                    extensions = Extensions::default();
                    offset = self.at;
                }
            }
        }
    }

    /// The content of the entry just returned: the caller may read less; [`TarReader::skip`] takes the rest.
    pub(super) fn data(&mut self, size: u64) -> Result<io::Take<&mut R>, Failure> {
        self.advance(padded(size).ok_or_else(|| Fault::format("a size is out of range"))?)?;
        Ok(self.inner.by_ref().take(size))
    }

    /// Reads the zeros that fill up the last block of `size` bytes of content.
    pub(super) fn padding(&mut self, size: u64) -> Result<(), Failure> {
        let fill = padded(size).unwrap_or(size) - size;
        let mut rest = Vec::new();
        self.inner.by_ref().take(fill).read_to_end(&mut rest)?;
        if rest.len() as u64 != fill {
            return Err(Fault::format("the archive is cut off").into());
        }
        if rest.iter().any(|b| *b != 0) {
            return Err(Fault::format("there are bytes between two members").into());
        }
        Ok(())
    }

    fn extension(&mut self, header: &tar::Header, extensions: &mut Extensions) -> Result<(), Failure> {
        extensions.seen = true;
        let size = number(&header.as_old().size)?;
        if size > MAX_EXTENSION {
            return Err(Fault::format("an extended header is too long").into());
        }
        let mut body = Vec::new();
        self.data(size)?.read_to_end(&mut body)?;
        if body.len() as u64 != size {
            return Err(Fault::format("the archive is cut off").into());
        }
        self.padding(size)?;
        match header.entry_type().as_byte() {
            b'x' => extensions.pax(&body)?,
            b'L' => once(&mut extensions.path, gnu_name(&body)?)?,
            _ => once(&mut extensions.target, gnu_name(&body)?)?,
        }
        Ok(())
    }

    /// One zero block was read: there must be a second, and then nothing but zeros to the very end.
    fn end(&mut self) -> Result<(), Failure> {
        if self.block()?.iter().any(|b| *b != 0) {
            return Err(Fault::format("the end of the archive is not marked").into());
        }
        let mut buffer = [0; 8192];
        let mut zeros = 0;
        loop {
            let n = match self.inner.read(&mut buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if n == 0 {
                return Ok(());
            }
            zeros += n as u64;
            if buffer[..n].iter().any(|b| *b != 0) || zeros > MAX_PADDING {
                return Err(Fault::format("something follows the end of the archive").into());
            }
        }
    }
}

fn cut_off(error: io::Error) -> Failure {
    // Only `read_exact` itself reports the end this way: what comes from below carries its defect.
    if error.kind() == io::ErrorKind::UnexpectedEof && error.get_ref().is_none_or(|e| !e.is::<Fault>()) {
        return Fault::format("the archive is cut off: its end is not marked").into();
    }
    error.into()
}

/// `size`, filled up to whole blocks.
fn padded(size: u64) -> Option<u64> {
    size.checked_next_multiple_of(BLOCK as u64)
}

fn checked(block: &[u8; BLOCK]) -> Result<&tar::Header, Fault> {
    let header = tar::Header::from_byte_slice(block);
    let sum: u64 =
        block.iter().enumerate().map(|(n, b)| u64::from(if (148..156).contains(&n) { b' ' } else { *b })).sum();
    if number(&header.as_old().cksum)? != sum {
        return Err(Fault::format("a header's checksum is wrong"));
    }
    if header.as_ustar().is_none() && header.as_gnu().is_none() {
        return Err(Fault::format("a header is not of the POSIX or GNU format"));
    }
    Ok(header)
}

/// A number of a header: octal digits, perhaps between blanks, or base 256 where it is positive.
fn number(field: &[u8]) -> Result<u64, Fault> {
    let bad = || Fault::format("a number in a header can't be read");
    if field.first() == Some(&0x80) {
        return field[1..]
            .iter()
            .try_fold(0_u64, |n, b| n.checked_mul(256)?.checked_add(u64::from(*b)))
            .filter(|n| i64::try_from(*n).is_ok())
            .ok_or_else(bad);
    }
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    if field[end..].iter().any(|b| !matches!(b, 0 | b' ')) {
        return Err(bad());
    }
    let digits = field[..end].trim_ascii();
    digits
        .iter()
        .try_fold(0_u64, |n, b| {
            if (b'0'..=b'7').contains(b) { n.checked_mul(8)?.checked_add(u64::from(b - b'0')) } else { None }
        })
        .ok_or_else(bad)
}

/// A text field of a header: up to the first NUL, with nothing behind it.
fn text(field: &[u8]) -> Result<&str, Fault> {
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    if field[end..].iter().any(|b| *b != 0) {
        return Err(Fault::format("there are bytes behind the end of a name"));
    }
    utf8(&field[..end])
}

fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes).map_err(|_| Fault::shape("a name is not UTF-8"))
}

fn gnu_name(body: &[u8]) -> Result<String, Fault> {
    text(body).map(str::to_owned)
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), Fault> {
    if slot.replace(value).is_some() {
        return Err(Fault::format("an extended header says something twice"));
    }
    Ok(())
}

impl Extensions {
    /// The records `LENGTH KEY=VALUE\n` of a pax header.
    fn pax(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        let bad = || Fault::format("an extended header can't be read");
        let mut seen = std::collections::BTreeSet::new();
        while !body.is_empty() {
            let space = body.iter().position(|b| *b == b' ').ok_or_else(bad)?;
            let digits = std::str::from_utf8(&body[..space]).map_err(|_| bad())?;
            let length: usize = decimal(digits).and_then(|n| usize::try_from(n).ok()).ok_or_else(bad)?;
            if length > body.len() || length < space + 3 || body[length - 1] != b'\n' {
                return Err(bad());
            }
            let record = utf8(&body[space + 1..length - 1])?;
            let (key, value) = record.split_once('=').ok_or_else(bad)?;
            if !seen.insert(key.to_owned()) {
                return Err(Fault::format("an extended header says something twice"));
            }
            self.record(key, value)?;
            body = &body[length..];
        }
        Ok(())
    }

    fn record(&mut self, key: &str, value: &str) -> Result<(), Fault> {
        let bad = || Fault::format("an extended header can't be read");
        match key {
            "path" => once(&mut self.path, value.to_owned()),
            "linkpath" => once(&mut self.target, value.to_owned()),
            "size" => once(&mut self.size, decimal(value).ok_or_else(bad)?),
            // Times before 1970 and fractions are real, and of no weight here.
            "mtime" => once(&mut self.mtime, decimal(value.split('.').next().unwrap_or("")).unwrap_or(0)),
            "atime" | "ctime" | "uid" | "gid" | "uname" | "gname" | "comment" => Ok(()),
            k if k.starts_with("LIBARCHIVE.") => Ok(()),
            k if k.starts_with("SCHILY.") && k != "SCHILY.realsize" && k != "SCHILY.filetype" => Ok(()),
            k if k.starts_with("GNU.sparse") => Err(Fault::shape("a file is stored sparse")),
            _ => Err(Fault::format(format!("an extended header has the unknown key `{}`", key.escape_debug()))),
        }
    }
}

fn decimal(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|n| i64::try_from(*n).is_ok())
}

/// The member that `header` and its extensions describe; `None` for the top folder itself.
fn entry(header: &tar::Header, extensions: Extensions, offset: u64) -> Result<Option<Entry>, Fault> {
    let stored = match extensions.path {
        Some(path) => path,
        None => header_path(header)?,
    };
    let kind = match header.entry_type().as_byte() {
        b'0' | 0 => Kind::File,
        b'1' => Kind::Hardlink,
        b'2' => Kind::Link,
        b'5' => Kind::Folder,
        other => {
            let what = format!("a member is no file, folder or link (type `{}`)", char::from(other).escape_debug());
            return Err(Fault::shape(what).member(&stored));
        }
    };
    let mut path = stored.strip_prefix("./").unwrap_or(&stored);
    if kind == Kind::Folder {
        path = path.strip_suffix('/').unwrap_or(path);
        if (path.is_empty() && stored == "./") || path == "." {
            return Ok(None);
        }
    }
    if let Some(why) = names::refuse_path(path) {
        return Err(Fault::shape(why).member(&stored));
    }
    let size = size(header, extensions.size).map_err(|f| f.member(&stored))?;
    if kind != Kind::File && size != 0 {
        return Err(Fault::shape("a folder or link has content").member(&stored));
    }
    let target = match (kind, extensions.target) {
        (Kind::Link | Kind::Hardlink, Some(target)) => Some(target),
        (Kind::Link | Kind::Hardlink, None) => Some(text(&header.as_old().linkname)?.to_owned()),
        (_, Some(_)) => return Err(Fault::format("a file or folder has a link's target").member(&stored)),
        (_, None) => None,
    };
    let mtime = extensions.mtime.or_else(|| number(&header.as_old().mtime).ok()).unwrap_or(0);
    Ok(Some(Entry { path: path.to_owned(), kind, size, mtime, target, offset }))
}

fn header_path(header: &tar::Header) -> Result<String, Fault> {
    let name = text(&header.as_old().name)?;
    let prefix = match header.as_ustar() {
        Some(ustar) => text(&ustar.prefix)?,
        None => "",
    };
    Ok(if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") })
}

/// The size, when header and extension don't contradict each other.
fn size(header: &tar::Header, extended: Option<u64>) -> Result<u64, Fault> {
    let plain = number(&header.as_old().size)?;
    match extended {
        None => Ok(plain),
        Some(size) if size == plain || (plain == 0 && size >= BIG) => Ok(size),
        Some(_) => Err(Fault::format("a size is given twice, and differently")),
    }
}
