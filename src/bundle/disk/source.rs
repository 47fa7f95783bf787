//! A tree to seal, read through handles of folders: no name and no link leads out of it.

use super::STAGING;
use crate::error::{Error, Result};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Deeper than this no tree is followed.
const MAX_NESTING: usize = 256;

/// A folder or file named on the command line.
#[derive(Debug)]
pub(in crate::bundle) struct Root {
    /// The folder it lies in.
    parent: Dir,
    /// Its name there.
    pub(in crate::bundle) name: std::ffi::OsString,
    /// Its true path.
    pub(in crate::bundle) path: PathBuf,
}

impl Root {
    /// Finds what `path` names; a link is followed here, because a person named it.
    pub(in crate::bundle) fn open(path: &Path) -> Result<Self> {
        let real = path.canonicalize().map_err(|e| Error::io("read", path, &e))?;
        let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
            return Err(Error::input("the whole disk can't be sealed").hint("name the folders that matter"));
        };
        let dir = Dir::open_ambient_dir(parent, ambient_authority()).map_err(|e| Error::io("open", parent, &e))?;
        Ok(Self { parent: dir, name: name.to_owned(), path: real.clone() })
    }

    /// Its name as people wrote it, for the top of the bundle: a link keeps its own.
    pub(in crate::bundle) fn top(given: &Path, real: &Self) -> Vec<u8> {
        let named = given.file_name().unwrap_or(&real.name);
        named.as_encoded_bytes().to_vec()
    }

    /// What it is.
    pub(in crate::bundle) fn look(&self) -> Result<Found> {
        found(&self.parent, self.name.clone()).map_err(|e| Error::io("read", &self.path, &e))
    }

    /// The folder it lies in.
    pub(in crate::bundle) fn parent(&self) -> &Dir {
        &self.parent
    }
}

/// One thing found in a folder.
#[derive(Debug)]
pub(in crate::bundle) struct Found {
    pub(in crate::bundle) name: std::ffi::OsString,
    pub(in crate::bundle) what: What,
    meta: Metadata,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bundle) enum What {
    File,
    Folder,
    /// A link and where it leads.
    Link(Vec<u8>),
    Special,
}

fn found(dir: &Dir, name: std::ffi::OsString) -> io::Result<Found> {
    let meta = dir.symlink_metadata(&name)?;
    let kind = meta.file_type();
    let what = if kind.is_symlink() {
        What::Link(dir.read_link_contents(&name)?.as_os_str().as_encoded_bytes().to_vec())
    } else if kind.is_dir() {
        What::Folder
    } else if kind.is_file() {
        What::File
    } else {
        What::Special
    };
    Ok(Found { name, what, meta })
}

impl Found {
    /// Its bytes, and when it was last changed, in seconds since 1970.
    pub(in crate::bundle) fn size(&self) -> u64 {
        self.meta.len()
    }

    /// When it was last changed, in seconds since 1970.
    pub(in crate::bundle) fn mtime(&self) -> u64 {
        let time = self.meta.modified().ok().and_then(|t| t.into_std().duration_since(UNIX_EPOCH).ok());
        time.map_or(0, |t| t.as_secs())
    }

    /// What the disk calls it, when it has other names too.
    #[cfg(unix)]
    pub(in crate::bundle) fn shared(&self) -> Option<(u64, u64)> {
        use cap_std::fs::MetadataExt as _;
        (self.meta.nlink() > 1).then(|| (self.meta.dev(), self.meta.ino()))
    }

    /// What the disk calls it, when it has other names too: not known here.
    #[cfg(not(unix))]
    pub(in crate::bundle) fn shared(&self) -> Option<(u64, u64)> {
        None
    }

    /// Opens the file, or says why not: it must still be what was found.
    pub(in crate::bundle) fn open(&self, dir: &Dir) -> io::Result<Watched> {
        let file = dir.open(&self.name)?;
        let now = file.metadata()?;
        if !now.is_file() || !same(&self.meta, &now) {
            return Err(io::Error::other("it changed before it could be read"));
        }
        Ok(Watched { file, meta: now })
    }

    /// Opens the folder.
    pub(in crate::bundle) fn folder(&self, dir: &Dir, depth: usize) -> io::Result<Dir> {
        if depth > MAX_NESTING {
            return Err(io::Error::other("folders are nested too deep"));
        }
        dir.open_dir(&self.name)
    }
}

fn same(a: &Metadata, b: &Metadata) -> bool {
    a.len() == b.len() && a.modified().ok() == b.modified().ok()
}

/// An open file that is watched for changes while it is read.
#[derive(Debug)]
pub(in crate::bundle) struct Watched {
    file: cap_std::fs::File,
    meta: Metadata,
}

impl Watched {
    /// Whether it is still what it was when it was opened.
    pub(in crate::bundle) fn unchanged(&self) -> bool {
        self.file.metadata().is_ok_and(|now| same(&self.meta, &now))
    }
}

impl Read for Watched {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read(buf)
    }
}

/// What lies in `dir`, sorted by name; what can't be looked at comes with its reason.
pub(in crate::bundle) fn children(
    dir: &Dir,
) -> io::Result<Vec<std::result::Result<Found, (std::ffi::OsString, io::Error)>>> {
    let mut names = Vec::new();
    for entry in dir.entries()? {
        let name = entry?.file_name();
        // The bundle that is being written may lie in the tree that goes into it.
        let shown = name.to_string_lossy();
        let ours = shown.starts_with(STAGING) || (shown.starts_with(".decamp-") && shown.ends_with(".part"));
        if !ours {
            names.push(name);
        }
    }
    names.sort_unstable_by(|a, b| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
    Ok(names.into_iter().map(|name| found(dir, name.clone()).map_err(|e| (name, e))).collect())
}

/// A path with its links resolved, or as it is when there is nothing.
pub(in crate::bundle) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}
