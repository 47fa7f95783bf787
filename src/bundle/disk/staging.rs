//! A tree that was opened, written where nobody else may enter, and moved to its place when all of it was checked.
//! Everything goes through handles of folders that were opened once: what is swapped for a link meanwhile leads nowhere.

use super::STAGING;
use crate::bundle::fault::Failure;
use crate::bundle::names;
use crate::bundle::read::Entry;
use crate::error::Error;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, OpenOptions};
use std::cell::Cell;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

type Result<T, E = Error> = std::result::Result<T, E>;

/// So many files are synced one by one; for more, the disk as a whole is.
const FEW: u64 = 32;
/// Content is written in such pieces, in bytes; a piece of zeros becomes a hole.
const PIECE: usize = 64 * 1024;
const HOLE: i64 = 64 * 1024;
static ZEROS: [u8; PIECE] = [0; PIECE];

/// A folder that nobody else may enter, in which a bundle is unpacked before it gets its final name.
#[derive(Debug)]
pub(in crate::bundle) struct Staging {
    /// The folder that it lies in: the target, or the nearest above it that exists.
    base: Dir,
    base_path: PathBuf,
    /// Its name there.
    name: String,
    dir: Dir,
    tree: Dir,
    /// Held as long as the folder is in use: a later run removes only what nobody holds.
    lock: Option<fs::File>,
    /// Where the target lies below the base; empty when it is the base.
    below: PathBuf,
    files: Cell<u64>,
}

fn failed(path: &str, error: &io::Error) -> Failure {
    Error::io("write", Path::new(path), error).into()
}

fn owner_only() -> DirBuilder {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    {
        use cap_std::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder
}

/// Makes a folder of the owner's, and those above it.
fn create_all(dir: &Dir, path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || dir.symlink_metadata(path).is_ok_and(|m| m.is_dir()) {
        return Ok(());
    }
    create_all(dir, path.parent().unwrap_or(Path::new("")))?;
    dir.create_dir_with(path, &owner_only())
}

impl Staging {
    /// Makes the folder: beside `target`, or in it where it exists (it may be a disk of its own).
    pub(in crate::bundle) fn new(target: &Path, force: bool) -> Result<Self> {
        let (base_path, below) = base(target)?;
        let base =
            Dir::open_ambient_dir(&base_path, ambient_authority()).map_err(|e| Error::io("open", &base_path, &e))?;
        clear_stale(&base);
        let wrong = |e: io::Error| Error::io("write in", &base_path, &e);
        if below.as_os_str().is_empty() && !force && base.entries().map_err(wrong)?.next().is_some() {
            return Err(Error::input(format!("`{}` is not empty", target.display()))
                .hint("choose another folder with `-o`, or replace files in it with `--force`"));
        }
        // The one number at hand that nobody can guess.
        let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
        let name = format!("{STAGING}{random:016x}");
        base.create_dir_with(&name, &owner_only()).map_err(wrong)?;
        let dir = base.open_dir(&name).map_err(wrong)?;
        let lock = dir.create("lock").map_err(wrong)?.into_std();
        lock.lock().map_err(wrong)?;
        dir.create_dir_with("tree", &owner_only()).map_err(wrong)?;
        let tree = dir.open_dir("tree").map_err(wrong)?;
        Ok(Self { base, base_path, name, dir, tree, lock: Some(lock), below, files: Cell::new(0) })
    }

    /// Makes the folders above `path`.
    fn parents(&self, path: &str) -> Result<(), Failure> {
        match path.rsplit_once('/') {
            Some((above, _)) => self.folder(above),
            None => Ok(()),
        }
    }

    /// Makes a folder and those above it.
    pub(in crate::bundle) fn folder(&self, path: &str) -> Result<(), Failure> {
        create_all(&self.tree, Path::new(path)).map_err(|e| failed(path, &e))
    }

    /// Writes a file that is not there yet.
    pub(in crate::bundle) fn file(&self, path: &str, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
        self.parents(path)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use cap_std::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = self.tree.open_with(path, &options).map_err(|e| failed(path, &e))?;
        let mut file = file.into_std();
        let mut buffer = vec![0; PIECE.min(usize::try_from(entry.size).unwrap_or(PIECE)).max(1)];
        let mut holes = false;
        loop {
            // What can't be read is the bundle's fault, what can't be written the disk's.
            let n = fill(data, &mut buffer)?;
            if n == 0 {
                break;
            }
            if n == PIECE && buffer == ZEROS {
                file.seek(SeekFrom::Current(HOLE)).map_err(|e| failed(path, &e))?;
                holes = true;
            } else {
                file.write_all(&buffer[..n]).map_err(|e| failed(path, &e))?;
            }
        }
        if holes {
            file.set_len(entry.size).map_err(|e| failed(path, &e))?;
        }
        if entry.mtime != 0 {
            let time = UNIX_EPOCH.checked_add(Duration::from_secs(entry.mtime));
            // A time that this system can't store is no reason to lose the file.
            let _ = time.map(|t| file.set_modified(t));
        }
        self.files.set(self.files.get() + 1);
        if self.files.get() <= FEW {
            file.sync_all().map_err(|e| failed(path, &e))?;
        }
        Ok(())
    }

    /// Takes back a file whose content turned out to be damaged.
    pub(in crate::bundle) fn forget(&self, path: &str) {
        // It may not even have been made.
        let _ = self.tree.remove_file(path);
    }

    /// Gives an earlier file a second name; where the disk has no such thing, a copy.
    pub(in crate::bundle) fn hard_link(&self, target: &str, path: &str) -> Result<(), Failure> {
        self.parents(path)?;
        if self.tree.hard_link(target, &self.tree, path).is_ok() {
            return Ok(());
        }
        self.tree.copy(target, &self.tree, path).map(|_| ()).map_err(|e| failed(path, &e))
    }

    /// Makes a link, whose target was checked.
    #[cfg(unix)]
    pub(in crate::bundle) fn link(&self, target: &str, path: &str) -> Result<(), Failure> {
        self.parents(path)?;
        self.tree.symlink_contents(target, path).map_err(|e| failed(path, &e))
    }

    /// Links need rights on this system that most people don't have.
    #[cfg(not(unix))]
    pub(in crate::bundle) fn link(&self, _: &str, path: &str) -> Result<(), Failure> {
        Err(Error::machine(format!("`{path}` is a link, and decamp makes none on this system")).into())
    }

    /// Gives what lies at the stored `path` its true name, whose parts were checked. What lies deeper comes first.
    pub(in crate::bundle) fn rename(&self, path: &str, original: &[u8]) -> Result<(), Failure> {
        let Some((parent, name)) = names::original(path, original) else {
            return Err(Error::input(format!("the true name of `{path}` is not one that a folder may hold")).into());
        };
        if self.tree.symlink_metadata(path).is_err() {
            return Ok(());
        }
        let to = Path::new(parent).join(name);
        create_all(&self.tree, to.parent().unwrap_or(Path::new(""))).map_err(|e| failed(path, &e))?;
        if self.tree.symlink_metadata(&to).is_ok() {
            return Err(Error::input(format!("this disk takes the true name of `{path}` for another's"))
                .hint("leave out `--original-names`")
                .into());
        }
        self.tree.rename(path, &self.tree, &to).map_err(|e| {
            Error::input(format!("this disk can't store the true name of `{path}`: {e}"))
                .hint("leave out `--original-names`")
                .into()
        })
    }

    /// Gives everything its final place.
    pub(in crate::bundle) fn place(self) -> Result<()> {
        self.sync()?;
        let wrong = |e: io::Error| Error::io("write", &self.base_path.join(&self.below), &e);
        if self.below.as_os_str().is_empty() {
            self.fits(&self.tree, &self.base, Path::new(""))?;
            move_into(&self.tree, &self.base, Path::new(""))?;
            return sync_dir(&self.base).map_err(wrong);
        }
        if self.base.symlink_metadata(&self.below).is_ok() {
            let target = self.base_path.join(&self.below);
            return Err(Error::input(format!("`{}` appeared while the bundle was opened", target.display())));
        }
        let parent = self.below.parent().unwrap_or(Path::new(""));
        create_all(&self.base, parent).map_err(wrong)?;
        self.dir.rename("tree", &self.base, &self.below).map_err(wrong)?;
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        self.base.open_dir(parent).and_then(|dir| sync_dir(&dir)).map_err(wrong)
    }

    /// Looks, before anything is moved, whether all of it can be.
    fn fits(&self, from: &Dir, to: &Dir, at: &Path) -> Result<()> {
        for_each(from, at, &mut |name, is_folder, path| {
            let Ok(there) = to.symlink_metadata(name) else { return Ok(()) };
            let shown = path.display();
            if is_folder != there.is_dir() || there.is_symlink() {
                return Err(Error::input(format!("`{shown}` is in the way in `{}`", self.base_path.display()))
                    .hint("move it away, or choose another folder with `-o`"));
            }
            if is_folder {
                self.fits(&open(from, name, path)?, &open(to, name, path)?, path)?;
            }
            Ok(())
        })
    }

    /// Brings what was written to the disk.
    fn sync(&self) -> Result<()> {
        let wrong = |e: io::Error| Error::io("sync", &self.base_path, &e);
        if self.files.get() <= FEW {
            return sync_dir(&self.tree).map_err(wrong);
        }
        #[cfg(target_os = "linux")]
        return readable(&self.tree).and_then(|tree| Ok(rustix::fs::syncfs(&tree)?)).map_err(wrong);
        #[cfg(not(target_os = "linux"))]
        return sync_dir(&self.tree).map_err(wrong);
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Unlocked first: on some systems a file that is open can't be removed. What stays, the next run removes.
        self.lock.take();
        let _ = self.base.remove_dir_all(&self.name);
    }
}

/// Reads until the buffer is full or the content ends.
fn fill(data: &mut dyn Read, buffer: &mut [u8]) -> Result<usize, Failure> {
    let mut n = 0;
    while n < buffer.len() {
        match data.read(&mut buffer[n..]) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) => break,
            other => n += other?,
        }
    }
    Ok(n)
}

/// The folder itself as a file: the handle that names are looked up by can't be synced.
#[cfg(unix)]
fn readable(dir: &Dir) -> io::Result<fs::File> {
    dir.open(".").map(cap_std::fs::File::into_std)
}

#[cfg(unix)]
fn sync_dir(dir: &Dir) -> io::Result<()> {
    readable(dir)?.sync_all()
}

/// Folders can't be synced here.
#[cfg(not(unix))]
fn sync_dir(_: &Dir) -> io::Result<()> {
    Ok(())
}

fn move_into(from: &Dir, to: &Dir, at: &Path) -> Result<()> {
    for_each(from, at, &mut |name, is_folder, path| {
        if is_folder && to.symlink_metadata(name).is_ok() {
            return move_into(&open(from, name, path)?, &open(to, name, path)?, path);
        }
        from.rename(name, to, name).map_err(|e| Error::io("write", path, &e))
    })
}

fn open(dir: &Dir, name: &Path, path: &Path) -> Result<Dir> {
    dir.open_dir(name).map_err(|e| Error::io("open", path, &e))
}

type Each<'a> = &'a mut dyn FnMut(&Path, bool, &Path) -> Result<()>;

fn for_each(dir: &Dir, at: &Path, each: Each<'_>) -> Result<()> {
    let wrong = |e: io::Error| Error::io("read", at, &e);
    for entry in dir.entries().map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let name = PathBuf::from(entry.file_name());
        let is_folder = entry.file_type().map_err(wrong)?.is_dir();
        each(&name, is_folder, &at.join(&name))?;
    }
    Ok(())
}

/// The folder to work in, and where the target lies below it: nowhere deeper, when it exists.
fn base(target: &Path) -> Result<(PathBuf, PathBuf)> {
    match fs::metadata(target) {
        Ok(meta) if meta.is_dir() => return Ok((target.to_path_buf(), PathBuf::new())),
        Ok(_) => {
            return Err(Error::input(format!("`{}` exists and is no folder", target.display()))
                .hint("choose another folder with `-o`"));
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound && target.symlink_metadata().is_err() => {}
        Err(e) => return Err(Error::io("read", target, &e)),
    }
    // A run that fails leaves no folders behind.
    let mut at = target;
    let mut below = PathBuf::new();
    while !at.is_dir() {
        let Some(name) = at.file_name() else {
            return Err(Error::input(format!("`{}` is no folder to unpack in", target.display()))
                .hint("choose another folder with `-o`"));
        };
        below = if below.as_os_str().is_empty() { PathBuf::from(name) } else { Path::new(name).join(below) };
        at = at.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    }
    Ok((at.to_path_buf(), below))
}

/// Removes what runs that were killed left behind.
fn clear_stale(folder: &Dir) {
    let Ok(entries) = folder.entries() else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name.to_string_lossy().starts_with(STAGING);
        if !ours || !entry.file_type().is_ok_and(|t| t.is_dir()) {
            continue;
        }
        let lock = folder.open_dir(&name).and_then(|dir| dir.open("lock")).map(cap_std::fs::File::into_std);
        // A folder without a lock may be one that is just being made: only an empty one goes.
        match lock {
            Ok(lock) if lock.try_lock().is_ok() => drop(folder.remove_dir_all(&name)),
            Ok(_) => {}
            Err(_) => drop(folder.remove_dir(&name)),
        }
    }
}
