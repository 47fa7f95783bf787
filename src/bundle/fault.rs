//! What is wrong with a bundle, and in which layer.

use crate::error::Error;
use serde::Serialize;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

/// The layer of the format in which a bundle is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The encryption.
    Age,
    /// The compression.
    Zstd,
    /// The archive.
    Tar,
    /// The list of what should be in it.
    Manifest,
}

impl Layer {
    /// The word for it in results.
    pub fn id(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Zstd => "zstd",
            Self::Tar => "tar",
            Self::Manifest => "manifest",
        }
    }
}

/// One defect of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where.
    pub layer: Layer,
    /// Which kind: for age `header`, `hmac` or `payload`; else `format`, `shape`, `limit` or `mismatch`.
    pub class: &'static str,
    /// What, in words.
    pub what: String,
    /// The member it was seen at.
    pub member: Option<String>,
}

impl Fault {
    /// A defect that belongs to no member.
    pub(super) fn new(layer: Layer, class: &'static str, what: impl Into<String>) -> Self {
        Self { layer, class, what: what.into(), member: None }
    }

    /// The archive can't be read.
    pub(super) fn format(what: impl Into<String>) -> Self {
        Self::new(Layer::Tar, "format", what)
    }

    /// The archive holds something that a bundle may not hold.
    pub(super) fn shape(what: impl Into<String>) -> Self {
        Self::new(Layer::Tar, "shape", what)
    }

    /// The members are not what the manifest says.
    pub(super) fn mismatch(what: impl Into<String>) -> Self {
        Self::new(Layer::Manifest, "mismatch", what)
    }

    /// The same, at `member`.
    pub(super) fn member(mut self, member: &str) -> Self {
        self.member.get_or_insert_with(|| member.to_owned());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.layer.id(), self.what)?;
        match &self.member {
            Some(member) => write!(f, " (at `{}`)", member.escape_debug()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

/// Why reading a bundle stopped.
#[derive(Debug, Clone)]
pub enum Failure {
    /// It is damaged, or not what its manifest says.
    Damaged(Fault),
    /// Something else: no key fits, the disk is full.
    Error(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Damaged(fault)
    }
}

impl From<io::Error> for Failure {
    /// The layers below send their defects up inside of an I/O error; all others are the machine's.
    fn from(error: io::Error) -> Self {
        match error.downcast::<Fault>() {
            Ok(fault) => Self::Damaged(fault),
            Err(error) => Self::Error(Error::machine(format!("could not read the bundle: {error}"))),
        }
    }
}

impl Failure {
    /// As the error of a command that had to have the content.
    pub fn into_error(self) -> Error {
        match self {
            Self::Error(error) => error,
            Self::Damaged(fault) if fault.class == "limit" => {
                Error::input(fault.what).hint("if you trust where the bundle comes from, raise `--max-size`")
            }
            Self::Damaged(fault) => Error::input(format!("the bundle is damaged, or not what it should be: {fault}"))
                .hint("nothing was written; fetch the bundle again, or take another copy"),
        }
    }
}

/// Marks errors of the disk below all layers, so that no layer takes them for damage of its own.
#[derive(Debug)]
struct Disk(io::Error);

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Disk {}

/// The file below all layers.
#[derive(Debug)]
pub(super) struct Source<R>(pub(super) R);

fn disk(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::Interrupted => error,
        kind => io::Error::new(kind, Disk(error)),
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf).map_err(disk)
    }
}

impl<R: Seek> Seek for Source<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to).map_err(disk)
    }
}

/// A layer's output: whatever goes wrong in it becomes a defect of that layer.
#[derive(Debug)]
pub(super) struct Layered<R> {
    pub(super) inner: R,
    pub(super) layer: Layer,
}

impl<R> Layered<R> {
    fn name(&self, error: io::Error) -> io::Error {
        let known = error.get_ref().is_some_and(|e| e.is::<Fault>() || e.is::<Disk>());
        if known || error.kind() == io::ErrorKind::Interrupted {
            return error;
        }
        let class = if self.layer == Layer::Age { "payload" } else { "format" };
        io::Error::new(io::ErrorKind::InvalidData, Fault::new(self.layer, class, error.to_string()))
    }
}

impl<R: Read> Read for Layered<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buf).map_err(|e| self.name(e))
    }
}

impl<R: Seek> Seek for Layered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to).map_err(|e| self.name(e))
    }
}
