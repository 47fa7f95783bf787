//! How much may come out of an archive, however it is packed.

use crate::error::{Error, Result};
use crate::evidence::text::Bad;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// The most members, over all levels.
const MEMBERS: u64 = 200_000;
/// The most bytes that may come out, over all members: a mailbox may be large.
const UNPACKED: u64 = 64 * 1024 * 1024 * 1024;
/// From this size on a stream may be at most [`RATIO`] times as large as it is packed.
const RATIO_FROM: u64 = 16 * 1024 * 1024;
/// No real text packs better.
const RATIO: u64 = 1000;

/// What may still come out of one archive.
#[derive(Debug)]
pub(super) struct Budget {
    members: u64,
    bytes: u64,
    /// Too much came out already, so nothing more is read.
    pub(super) spent: bool,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { members: MEMBERS, bytes: UNPACKED, spent: false }
    }

    /// Takes `n` members more of the archive at `path`.
    pub(super) fn members(&mut self, n: u64, path: &str) -> Result<()> {
        self.members = self.members.checked_sub(n).ok_or_else(|| {
            Error::input("the archive has more than 200,000 members")
                .in_file(path)
                .hint("unpack it, and give the files that matter")
        })?;
        Ok(())
    }
}

/// How much memory it takes to read a member that claims to have so many bytes: an archive may have many small ones.
pub(super) fn room(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX).clamp(512, 256 * 1024)
}

/// Counts what comes out of a stream, and stops what is a bomb.
#[derive(Debug)]
pub(super) struct Bounded<'b, R> {
    inner: R,
    pub(super) budget: &'b mut Budget,
    out: u64,
    /// How large it is packed, as far as it was read.
    packed: Rc<Cell<u64>>,
}

impl<'b, R> Bounded<'b, R> {
    pub(super) fn new(inner: R, budget: &'b mut Budget, packed: Rc<Cell<u64>>) -> Self {
        Self { inner, budget, out: 0, packed }
    }
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bad = |what, hint| Bad { what, hint, line: None }.into_io();
        let n = self.inner.read(buffer).map_err(|e| {
            if e.raw_os_error().is_some() || e.kind() == io::ErrorKind::Interrupted {
                e
            } else {
                bad("the archive is damaged or cut off: what is packed in it doesn't unpack", "download it again")
            }
        })?;
        self.out += n as u64;
        let left = self.budget.bytes.checked_sub(n as u64);
        let Some(left) = left else {
            self.budget.spent = true;
            return Err(bad("the archive unpacks to more than 64 GiB", "unpack it, and give the files that matter"));
        };
        self.budget.bytes = left;
        if self.out > RATIO_FROM && self.out / RATIO > self.packed.get() {
            self.budget.spent = true;
            return Err(bad(
                "it unpacks to a thousand times its size, as only a bomb does",
                "ask whoever made it what it is",
            ));
        }
        Ok(n)
    }
}

/// Counts what goes in.
pub(super) struct Counted<R> {
    inner: R,
    read: Rc<Cell<u64>>,
}

impl<R> Counted<R> {
    pub(super) fn new(inner: R, read: Rc<Cell<u64>>) -> Self {
        Self { inner, read }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read.set(self.read.get() + n as u64);
        Ok(n)
    }
}

/// Lets so many bytes through as it is told to; all when it is told nothing.
pub(super) struct Gate<R> {
    inner: R,
    left: Rc<Cell<Option<u64>>>,
}

impl<R> Gate<R> {
    pub(super) fn new(inner: R, left: Rc<Cell<Option<u64>>>) -> Self {
        Self { inner, left }
    }
}

impl<R: Read> Read for Gate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if let Some(left) = self.left.get() {
            let what = "a name in the archive is longer than any real one";
            let bad = || Bad { what, hint: "ask whoever made it what it is", line: None }.into_io();
            self.left.set(Some(left.checked_sub(n as u64).ok_or_else(bad)?));
        }
        Ok(n)
    }
}
