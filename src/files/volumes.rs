//! One stream in several files, for disks and uploads that take no large ones: `NAME.001`, `NAME.002`, ….

use super::{Files, Pending};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A stream is never cut into more files.
const MOST: u64 = 999;

fn volume(path: &Path, number: u64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number:03}"));
    PathBuf::from(name)
}

/// The name of the stream, when `path` names its first volume.
fn stream(path: &Path) -> Option<PathBuf> {
    let text = path.as_os_str().to_str()?;
    text.strip_suffix(".001").map(PathBuf::from)
}

/// Writes a stream as volumes, none of which has its name before all are complete.
#[derive(Debug)]
pub struct Volumes<'a> {
    files: &'a Files,
    path: PathBuf,
    size: u64,
    left: u64,
    pending: Vec<Pending>,
}

impl<'a> Volumes<'a> {
    /// Volumes of at most `size` bytes.
    ///
    /// # Errors
    /// When one of that name exists: a set is never replaced, since its files can't be all at once.
    pub fn create(files: &'a Files, path: &Path, size: u64) -> Result<Self> {
        if size == 0 {
            return Err(Error::input("a volume can't be empty").hint("such as `--volume-size 4G`"));
        }
        let path = files.path(path);
        for number in 1..=MOST {
            let volume = volume(&path, number);
            if files.exists(&volume) {
                return Err(Error::input(format!("`{}` exists already", volume.display()))
                    .hint("volumes are never replaced, not even with `--force`: choose another name"));
            }
        }
        Ok(Self { files, path, size, left: 0, pending: Vec::new() })
    }

    /// Gives all volumes their names, the first one last: where it is, the others are.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn commit(self) -> Result<Vec<PathBuf>> {
        let count = self.pending.len() as u64;
        for pending in self.pending.into_iter().rev() {
            pending.commit_new()?;
        }
        Ok((1..=count).map(|n| volume(&self.path, n)).collect())
    }
}

impl Write for Volumes<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 {
            let number = self.pending.len() as u64 + 1;
            if number > MOST {
                return Err(io::Error::other("there are more than 999 volumes: choose a larger --volume-size"));
            }
            let next = self.files.create(volume(&self.path, number)).map_err(|e| io::Error::other(e.message))?;
            self.pending.push(next);
            self.left = self.size;
        }
        let n = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let last = self.pending.last_mut().ok_or(io::ErrorKind::WriteZero)?;
        let n = Write::write(last, &bytes[..n])?;
        self.left -= n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pending.last_mut().map_or(Ok(()), Write::flush)
    }
}

/// A file, or several that are one stream.
#[derive(Debug)]
pub struct Joined {
    /// The files, and where each begins; one more place for the end.
    files: Vec<File>,
    starts: Vec<u64>,
    at: u64,
}

impl Files {
    /// Opens a file, or the volumes of which it is the first, or whose common name it is.
    ///
    /// # Errors
    /// When it is not there.
    pub fn open_joined(&self, path: impl AsRef<Path>) -> Result<Joined> {
        let path = self.path(path);
        let whole = stream(&path).or_else(|| {
            let first = volume(&path, 1);
            (!self.exists(&path) && self.exists(first)).then(|| path.clone())
        });
        let Some(whole) = whole else { return Joined::new(vec![super::open_regular(&path)?], &path) };
        let names = (1..=MOST).map(|n| volume(&whole, n)).take_while(|v| self.exists(v));
        let files = names.map(|v| super::open_regular(&v)).collect::<Result<Vec<File>>>()?;
        Joined::new(files, &path)
    }
}

impl Joined {
    fn new(files: Vec<File>, path: &Path) -> Result<Self> {
        let mut starts = vec![0];
        let mut end = 0_u64;
        for file in &files {
            end += file.metadata().map_err(|e| Error::io("read", path, &e))?.len();
            starts.push(end);
        }
        Ok(Self { files, starts, at: 0 })
    }

    /// How many files it is.
    pub fn volumes(&self) -> usize {
        self.files.len()
    }

    /// Bytes in all.
    pub fn length(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }
}

impl Read for Joined {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.starts.partition_point(|s| *s <= self.at).saturating_sub(1);
        let Some(file) = self.files.get_mut(n) else { return Ok(0) };
        file.seek(SeekFrom::Start(self.at - self.starts[n]))?;
        let read = file.read(buf)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Joined {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = self.starts.last().copied().unwrap_or(0);
        let at = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => end.checked_add_signed(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_cut_and_joined() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::new(dir.path().to_path_buf(), false);
        let bytes: Vec<u8> = (0..=255).cycle().take(2500).collect();
        let mut out = Volumes::create(&files, Path::new("b.age"), 1000).unwrap();
        out.write_all(&bytes).unwrap();
        assert!(files.list(".").unwrap().iter().all(|n| n.starts_with(".decamp-")), "a name before the end");
        assert_eq!(out.commit().unwrap().len(), 3);
        for name in ["b.age", "b.age.001"] {
            let mut joined = files.open_joined(name).unwrap();
            let mut read = Vec::new();
            joined.read_to_end(&mut read).unwrap();
            assert!(read == bytes && joined.volumes() == 3);
            joined.seek(SeekFrom::End(-700)).unwrap();
            read.clear();
            joined.read_to_end(&mut read).unwrap();
            assert_eq!(read, bytes[1800..]);
        }
        assert!(Volumes::create(&files, Path::new("b.age"), 1000).is_err());
        std::fs::remove_file(dir.path().join("b.age.002")).unwrap();
        let mut read = Vec::new();
        files.open_joined("b.age").unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read.len(), 1000);
    }
}
