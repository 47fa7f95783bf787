//! What lies below a folder.

use super::{DEPTH, Files};
use crate::error::{Error, Result};
use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What was found.
#[derive(Debug, Default)]
pub struct Walked {
    /// Regular files, sorted.
    pub files: Vec<PathBuf>,
    /// What was passed over, sorted, and why.
    pub others: Vec<(PathBuf, Error)>,
}

impl Files {
    /// The files below `path` (or itself), sorted, at most `most`; links and special files are passed over.
    pub fn walk(&self, path: impl AsRef<Path>, most: usize) -> Result<Vec<PathBuf>> {
        let walked = self.walk_all(path, most)?;
        // Here a folder that may not be listed is an error: its files would be missing without a word.
        match walked.others.into_iter().find(|(_, e)| e.kind == crate::error::Kind::Machine) {
            Some((_, e)) => Err(e),
            None => Ok(walked.files),
        }
    }

    /// The same, with what was passed over: links, special files, and folders that nobody lets us list.
    pub fn walk_all(&self, path: impl AsRef<Path>, most: usize) -> Result<Walked> {
        let top = self.path(path);
        let mut found = Walked::default();
        let mut stack = vec![(top, 0_usize)];
        while let Some((at, depth)) = stack.pop() {
            let meta = if depth == 0 { fs::metadata(&at) } else { at.symlink_metadata() };
            let meta = meta.map_err(|e| Error::io("read", &at, &e))?;
            if meta.is_dir() {
                if depth > DEPTH {
                    return Err(Error::input(format!("folders are nested more than {DEPTH} deep"))
                        .in_file(at.display().to_string())
                        .hint("name the files that matter by their paths"));
                }
                match fs::read_dir(&at).and_then(Iterator::collect::<std::io::Result<Vec<_>>>) {
                    Ok(entries) => stack.extend(entries.into_iter().map(|e| (e.path(), depth + 1))),
                    Err(e) if e.kind() == ErrorKind::PermissionDenied => {
                        let e = Error::io("list", &at, &e);
                        found.others.push((at, e));
                    }
                    Err(e) => return Err(Error::io("list", &at, &e)),
                }
            } else if meta.is_file() {
                found.files.push(at);
            } else {
                let e = unfollowed(&meta);
                found.others.push((at, e));
            }
            if found.files.len() + found.others.len() > most {
                return Err(
                    Error::input(format!("there are more than {most} files")).hint("name the files that matter")
                );
            }
        }
        found.files.sort();
        found.others.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }
}

impl Files {
    /// Whether the file is there, and may not be read. Any other failure is one of the machine.
    pub fn is_denied(&self, path: impl AsRef<Path>) -> bool {
        File::open(self.path(path)).is_err_and(|e| e.kind() == ErrorKind::PermissionDenied)
    }
}

/// Why it is passed over.
fn unfollowed(meta: &Metadata) -> Error {
    if meta.is_symlink() {
        return Error::input("it is a link, which is not followed")
            .hint("name the file that it leads to, or copy it here");
    }
    Error::input("it is no regular file").hint("what comes out of it can be piped in, as `-`")
}
