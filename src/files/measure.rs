//! How much lies there, for a bar that tells how far the work is.

use super::Files;
use std::fs;
use std::path::Path;

impl Files {
    /// About how many bytes the files below `path` have; what can't be read counts nothing.
    pub fn measure(&self, path: impl AsRef<Path>) -> u64 {
        let mut sum = 0_u64;
        let mut stack = vec![(self.path(path), 0_usize)];
        while let Some((at, depth)) = stack.pop() {
            let Ok(meta) = (if depth == 0 { fs::metadata(&at) } else { at.symlink_metadata() }) else { continue };
            if meta.is_file() {
                sum = sum.saturating_add(meta.len());
            } else if meta.is_dir() && depth < 256 {
                let entries = fs::read_dir(&at).into_iter().flatten().flatten();
                stack.extend(entries.map(|e| (e.path(), depth + 1)));
            }
        }
        sum
    }
}
