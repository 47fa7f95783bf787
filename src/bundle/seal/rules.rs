//! What stays outside of a bundle.

use super::SealOptions;
use crate::bundle::disk;
use crate::error::{Error, Result};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::path::{Path, PathBuf};

/// The rules of one run.
pub(super) struct Rules<'a> {
    /// Against the whole path.
    paths: GlobSet,
    /// Against each name.
    names: GlobSet,
    leave_out: Vec<(PathBuf, &'a str)>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(options: &'a SealOptions) -> Result<Self> {
        let (mut paths, mut names) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in &options.exclude {
            let wrong =
                |_| Error::input(format!("the pattern `{pattern}` can't be read")).hint("such as `*.tmp` or `mail/**`");
            let plain = pattern.trim_end_matches('/');
            let glob = GlobBuilder::new(plain).literal_separator(true).build().map_err(wrong)?;
            if plain.contains('/') {
                paths.add(glob)
            } else {
                names.add(glob)
            };
        }
        let wrong = |_| Error::input("these patterns are too much together");
        let real = |(path, why): &'a (PathBuf, String)| (disk::real(path), why.as_str());
        Ok(Self {
            paths: paths.build().map_err(wrong)?,
            names: names.build().map_err(wrong)?,
            leave_out: options.leave_out.iter().map(real).collect(),
        })
    }

    /// Whether a pattern names it.
    pub(super) fn excludes(&self, name: &str, path: &str) -> bool {
        self.names.is_match(name) || self.paths.is_match(path)
    }

    /// Why what lies at `real` is left out.
    pub(super) fn leaves_out(&self, real: &Path) -> Option<&'a str> {
        self.leave_out.iter().find(|(path, _)| path == real).map(|(_, why)| *why)
    }
}
