//! A writer of POSIX pax archives whose bytes depend on nothing but names and contents.

use super::read::{BIG, BLOCK, Kind};
use std::io::{self, Write};

/// Writes members; the caller writes exactly as many bytes of content as it announced.
#[derive(Debug)]
pub(super) struct TarWriter<W> {
    inner: W,
    at: u64,
}

impl<W: Write> TarWriter<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, at: 0 }
    }

    /// How many bytes were written.
    pub(super) fn position(&self) -> u64 {
        self.at
    }

    /// What the archive is written to.
    pub(super) fn inner(&mut self) -> &mut W {
        &mut self.inner
    }

    /// Ends the archive: two blocks of zeros.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.write_all(&[0; 2 * BLOCK])?;
        Ok(self.inner)
    }

    /// Writes a header, after an extended one where the plain fields are too small.
    pub(super) fn header(&mut self, path: &str, kind: Kind, size: u64, mtime: u64, target: &str) -> io::Result<()> {
        let mut header = tar::Header::new_ustar();
        let (letter, mode) = match kind {
            Kind::File => (b'0', 0o600),
            Kind::Hardlink => (b'1', 0o600),
            Kind::Link => (b'2', 0o777),
            Kind::Folder => (b'5', 0o700),
        };
        let named = if kind == Kind::Folder { format!("{path}/") } else { path.to_owned() };
        let mut records = Vec::new();
        if !put_path(&mut header, &named) {
            record(&mut records, "path", &named);
            // Tools that don't know pax show this; those that do use the record.
            put(&mut header.as_old_mut().name, b"long-name");
        }
        if target.is_ascii() && target.len() <= 100 {
            put(&mut header.as_old_mut().linkname, target.as_bytes());
        } else {
            record(&mut records, "linkpath", target);
        }
        if size >= BIG {
            record(&mut records, "size", &size.to_string());
        }
        if !records.is_empty() {
            self.extended(&records)?;
        }
        header.set_entry_type(tar::EntryType::new(letter));
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(if size >= BIG { 0 } else { size });
        header.set_mtime(mtime.min(BIG - 1));
        header.set_cksum();
        self.write_all(header.as_bytes())
    }

    fn extended(&mut self, records: &[u8]) -> io::Result<()> {
        let mut header = tar::Header::new_ustar();
        put(&mut header.as_old_mut().name, b"pax-header");
        header.set_entry_type(tar::EntryType::new(b'x'));
        header.set_mode(0o600);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(records.len() as u64);
        header.set_mtime(0);
        header.set_cksum();
        self.write_all(header.as_bytes())?;
        self.write_all(records)?;
        self.pad(records.len() as u64)
    }

    /// Fills up the last block after `size` bytes of content.
    pub(super) fn pad(&mut self, size: u64) -> io::Result<()> {
        let fill = usize::try_from(size.next_multiple_of(BLOCK as u64) - size).unwrap_or(0);
        self.write_all(&[0; BLOCK][..fill])
    }
}

impl<W: Write> Write for TarWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.at += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn put(field: &mut [u8], value: &[u8]) {
    let n = value.len().min(field.len());
    field[..n].copy_from_slice(&value[..n]);
}

/// Whether `path` went into name and prefix.
fn put_path(header: &mut tar::Header, path: &str) -> bool {
    if !path.is_ascii() {
        return false;
    }
    if path.len() <= 100 {
        put(&mut header.as_old_mut().name, path.as_bytes());
        return true;
    }
    // The cut must fall on a slash with 1 to 100 bytes behind and at most 155 before it.
    let cut =
        path.bytes().enumerate().find(|(n, b)| *b == b'/' && *n <= 155 && (1..=100).contains(&(path.len() - n - 1)));
    let (Some((cut, _)), Some(ustar)) = (cut, header.as_ustar_mut()) else { return false };
    if cut == 0 {
        return false;
    }
    put(&mut ustar.prefix, &path.as_bytes()[..cut]);
    put(&mut ustar.name, &path.as_bytes()[cut + 1..]);
    true
}

/// Appends `LENGTH KEY=VALUE\n`, whose length counts its own digits.
fn record(records: &mut Vec<u8>, key: &str, value: &str) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(format!("{length} {key}={value}\n").as_bytes());
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn records_count_themselves() {
        for n in [1, 80, 86, 87, 88, 89, 90, 985, 990, 995] {
            let mut records = Vec::new();
            record(&mut records, "path", &"x".repeat(n));
            let text = String::from_utf8(records).unwrap();
            let length: usize = text.split(' ').next().unwrap().parse().unwrap();
            assert_eq!(length, text.len());
        }
    }
}
