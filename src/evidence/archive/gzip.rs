//! What is packed with gzip: a tar (Takeout gives `.tgz`), or one file.

use super::{Pack, shown};
use crate::error::{Error, Result};
use crate::evidence::read::{Outcome, head_of, rest_of};
use crate::evidence::sniff::{Sniffed, sniff};
use crate::evidence::text::{Bad, failed};
use crate::evidence::{Input, Sink, zone};
use flate2::read::MultiGzDecoder;
use std::io::{self, BufRead as _, BufReader, Read};

/// The most that may come out.
const UNPACKED: u64 = 64 * 1024 * 1024 * 1024;
/// From this size on what comes out may be at most [`RATIO`] times what went in.
const RATIO_FROM: u64 = 16 * 1024 * 1024;
const RATIO: u64 = 1000;
/// The most members of a tar.
const MEMBERS: u64 = 200_000;

/// Reads it into `all`.
///
/// # Errors
/// When it is damaged, cut off or a bomb; what was read before stays in `all`.
pub fn read<R: Read>(file: R, about: &Input<'_>, sink: &mut dyn Sink, all: &mut Vec<(String, Outcome)>) -> Result<()> {
    let bounded = Bounded { inner: MultiGzDecoder::new(Counted { inner: file, read: 0 }), out: 0 };
    let mut input = BufReader::with_capacity(256 * 1024, bounded);
    let head = input.fill_buf().map_err(|e| failed(about.path, &e))?;
    if head.get(257..262) == Some(b"ustar".as_slice()) {
        return tar(input, about, sink, all);
    }
    let head = head_of(&mut input, about.path)?;
    if matches!(sniff(&head, None, about.shapes), Sniffed::Zip | Sniffed::Gzip) {
        all.push((about.path.to_owned(), Outcome::unknown("it is an archive in a gzip file; unpack it first")));
        return Ok(());
    }
    let outcome = rest_of(&head, &mut input, about, sink, &zone::no_include)?;
    all.push((about.path.to_owned(), outcome));
    Ok(())
}

fn tar<R: Read>(input: R, about: &Input<'_>, sink: &mut dyn Sink, all: &mut Vec<(String, Outcome)>) -> Result<()> {
    let mut pack = Pack::new(about.path);
    let done = members(input, about, sink, &mut pack);
    pack.finish(about.domains, sink, all);
    done
}

fn members<R: Read>(input: R, about: &Input<'_>, sink: &mut dyn Sink, pack: &mut Pack) -> Result<()> {
    let broken = |e: &io::Error| match failed(about.path, e) {
        e if e.kind == crate::error::Kind::Input => e,
        _ => Error::input("the archive is damaged or cut off").in_file(about.path).hint("download it again"),
    };
    let mut archive = tar::Archive::new(input);
    let mut count = 0;
    for entry in archive.entries().map_err(|e| broken(&e))? {
        let entry = entry.map_err(|e| broken(&e))?;
        count += 1;
        if count > MEMBERS {
            return Err(Error::input("the archive has more than 200,000 members")
                .in_file(about.path)
                .hint("unpack it, and give the files that matter"));
        }
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !pack.wants(&name) {
            continue;
        }
        let path = format!("{}!{}", about.path, shown(&name));
        let about = about.at(&path);
        let mut input = BufReader::with_capacity(256 * 1024, entry);
        let head = head_of(&mut input, &path)?;
        let outcome = rest_of(&head, &mut input, &about, sink, &zone::no_include)?;
        pack.add(&name, path.clone(), outcome);
    }
    Ok(())
}

/// Counts what goes in.
struct Counted<R> {
    inner: R,
    read: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read += n as u64;
        Ok(n)
    }
}

/// Stops what is a bomb.
struct Bounded<R> {
    inner: MultiGzDecoder<Counted<R>>,
    out: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bad = |what, hint| Bad { what, hint, line: None }.into_io();
        let n = self.inner.read(buffer).map_err(|e| {
            if e.raw_os_error().is_some() || e.kind() == io::ErrorKind::Interrupted {
                e
            } else {
                bad("the gzip file is damaged or cut off", "download it again")
            }
        })?;
        self.out += n as u64;
        if self.out > UNPACKED || (self.out > RATIO_FROM && self.out / RATIO > self.inner.get_ref().read) {
            return Err(bad("it unpacks to far more than any real file", "ask whoever made it what it is"));
        }
        Ok(n)
    }
}
