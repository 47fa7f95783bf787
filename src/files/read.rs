//! Reading whole files, within bounds.

use super::{Files, open_regular};
use crate::error::{Error, Result};
use std::io::Read as _;
use std::path::Path;

impl Files {
    /// Reads a file of at most `limit` bytes.
    pub fn read(&self, path: impl AsRef<Path>, limit: u64) -> Result<Vec<u8>> {
        let path = self.path(path);
        let file = open_regular(&path)?;
        let mut bytes = Vec::new();
        file.take(limit + 1).read_to_end(&mut bytes).map_err(|e| Error::io("read", &path, &e))?;
        if bytes.len() as u64 > limit {
            return Err(Error::input(format!("the file is longer than {limit} bytes"))
                .in_file(path.display().to_string())
                .hint("this does not look like a file that decamp wrote or asked for"));
        }
        Ok(bytes)
    }

    /// Reads UTF-8 text of at most `limit` bytes.
    pub fn read_text(&self, path: impl AsRef<Path>, limit: u64) -> Result<String> {
        let bytes = self.read(path.as_ref(), limit)?;
        String::from_utf8(bytes).map_err(|e| {
            let good = &e.as_bytes()[..e.utf8_error().valid_up_to()];
            let line = good.iter().filter(|b| **b == b'\n').count() as u64 + 1;
            Error::input("the file is not UTF-8 text")
                .at(self.path(path).display().to_string(), line)
                .hint("save it again as UTF-8")
        })
    }

    /// Reads a secret's UTF-8 text of at most `limit` bytes into memory of just its size, so that no copy of it is left
    /// behind by growing.
    pub fn read_secret(&self, path: impl AsRef<Path>, limit: u64) -> Result<String> {
        let path = self.path(path);
        let mut file = open_regular(&path)?;
        let meta = file.metadata().map_err(|e| Error::io("read", &path, &e))?;
        if !meta.is_file() || meta.len() == 0 {
            // A pipe (`<(pass show …)`) has no size to go by.
            return self.read_text(&path, limit);
        }
        let size = meta.len();
        if size > limit {
            return Err(Error::input(format!("the file is longer than {limit} bytes"))
                .in_file(path.display().to_string())
                .hint("this does not look like a key or a passphrase"));
        }
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        file.read_exact(&mut bytes).map_err(|e| Error::io("read", &path, &e))?;
        String::from_utf8(bytes).map_err(|e| {
            drop(zeroize::Zeroizing::new(e.into_bytes()));
            Error::input("the file is not UTF-8 text")
                .in_file(path.display().to_string())
                .hint("save it again as UTF-8")
        })
    }
}
