//! The disk as bundles see it: a tree to seal is read, and a tree that was opened is written, through handles of
//! folders, so that no name and no link can lead out of them.

use super::fault::Failure;
use super::read::Entry;
use crate::error::Error;
use crate::files;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, Metadata, OpenOptions};
use std::fs;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

type Result<T, E = Error> = std::result::Result<T, E>;

/// Deeper than this no tree is followed.
const MAX_NESTING: usize = 256;
const STAGING: &str = ".decamp-open-";

/// A folder or file named on the command line.
#[derive(Debug)]
pub(super) struct Root {
    /// The folder it lies in.
    parent: Dir,
    /// Its name there.
    pub(super) name: std::ffi::OsString,
    /// Its true path.
    pub(super) path: PathBuf,
}

impl Root {
    /// Finds what `path` names; a link is followed here, because a person named it.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let real = path.canonicalize().map_err(|e| Error::io("read", path, &e))?;
        let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
            return Err(Error::input("the whole disk can't be sealed").hint("name the folders that matter"));
        };
        let dir = Dir::open_ambient_dir(parent, ambient_authority()).map_err(|e| Error::io("open", parent, &e))?;
        Ok(Self { parent: dir, name: name.to_owned(), path: real.clone() })
    }

    /// Its name as people wrote it, for the top of the bundle: a link keeps its own.
    pub(super) fn top(given: &Path, real: &Self) -> Vec<u8> {
        let named = given.file_name().unwrap_or(&real.name);
        named.as_encoded_bytes().to_vec()
    }

    /// What it is.
    pub(super) fn look(&self) -> Result<Found> {
        found(&self.parent, self.name.clone()).map_err(|e| Error::io("read", &self.path, &e))
    }

    /// The folder it lies in.
    pub(super) fn parent(&self) -> &Dir {
        &self.parent
    }
}

/// One thing found in a folder.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: std::ffi::OsString,
    pub(super) what: What,
    meta: Metadata,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
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
    pub(super) fn size(&self) -> u64 {
        self.meta.len()
    }

    /// When it was last changed, in seconds since 1970.
    pub(super) fn mtime(&self) -> u64 {
        let time = self.meta.modified().ok().and_then(|t| t.into_std().duration_since(UNIX_EPOCH).ok());
        time.map_or(0, |t| t.as_secs())
    }

    /// Opens the file, or says why not: it must still be what was found.
    pub(super) fn open(&self, dir: &Dir) -> io::Result<Watched> {
        let file = dir.open(&self.name)?;
        let now = file.metadata()?;
        if !now.is_file() || !same(&self.meta, &now) {
            return Err(io::Error::other("it changed before it could be read"));
        }
        Ok(Watched { file, meta: now })
    }

    /// Opens the folder.
    pub(super) fn folder(&self, dir: &Dir, depth: usize) -> io::Result<Dir> {
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
pub(super) struct Watched {
    file: cap_std::fs::File,
    meta: Metadata,
}

impl Watched {
    /// Whether it is still what it was when it was opened.
    pub(super) fn unchanged(&self) -> bool {
        self.file.metadata().is_ok_and(|now| same(&self.meta, &now))
    }
}

impl Read for Watched {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read(buf)
    }
}

/// What lies in `dir`, sorted by name; what can't be looked at comes with its reason.
pub(super) fn children(dir: &Dir) -> io::Result<Vec<std::result::Result<Found, (std::ffi::OsString, io::Error)>>> {
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

/// A folder that nobody else may enter, in which a bundle is unpacked before it gets its final name.
#[derive(Debug)]
pub(super) struct Staging {
    tree: Dir,
    temp: tempfile::TempDir,
    // Held as long as the folder is in use: a later run removes only what nobody holds.
    _lock: fs::File,
    target: PathBuf,
    existed: bool,
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The nearest folder above `path` that exists: a run that fails leaves no others behind.
fn nearest(path: &Path) -> &Path {
    let mut at = parent(path);
    while !at.is_dir() && at != parent(at) {
        at = parent(at);
    }
    at
}

fn create_all(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|e| Error::io("create the folder", path, &e))
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

impl Staging {
    /// Makes the folder: beside `target`, or in it where it exists (it may be a disk of its own).
    pub(super) fn new(target: &Path, force: bool) -> Result<Self> {
        let existed = check_target(target, force)?;
        let at = if existed { target } else { nearest(target) };
        clear_stale(at);
        let mut builder = tempfile::Builder::new();
        builder.prefix(STAGING);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o700));
        }
        let temp = builder.tempdir_in(at).map_err(|e| Error::io("write in", at, &e))?;
        let wrong = |e: io::Error| Error::io("write in", at, &e);
        let lock = fs::File::create(temp.path().join("lock")).map_err(wrong)?;
        lock.lock().map_err(wrong)?;
        let dir = Dir::open_ambient_dir(temp.path(), ambient_authority()).map_err(wrong)?;
        dir.create_dir_with("tree", &owner_only()).map_err(wrong)?;
        let tree = dir.open_dir("tree").map_err(wrong)?;
        Ok(Self { tree, temp, _lock: lock, target: target.to_path_buf(), existed })
    }

    /// Makes the folders above `path`.
    fn parents(&self, path: &str) -> Result<(), Failure> {
        match path.rsplit_once('/') {
            Some((above, _)) => self.folder(above),
            None => Ok(()),
        }
    }

    /// Makes a folder and those above it.
    pub(super) fn folder(&self, path: &str) -> Result<(), Failure> {
        if self.tree.symlink_metadata(path).is_ok_and(|m| m.is_dir()) {
            return Ok(());
        }
        self.parents(path)?;
        self.tree.create_dir_with(path, &owner_only()).map_err(|e| failed(path, &e))
    }

    /// Writes a file that is not there yet.
    pub(super) fn file(&self, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
        self.parents(&entry.path)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use cap_std::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = self.tree.open_with(&entry.path, &options).map_err(|e| failed(&entry.path, &e))?;
        let mut file = file.into_std();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            // Not `io::copy`: what can't be read is the bundle's fault, what can't be written the disk's.
            let n = match data.read(&mut buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if n == 0 {
                break;
            }
            file.write_all(&buffer[..n]).map_err(|e| failed(&entry.path, &e))?;
        }
        if entry.mtime != 0 {
            let time = UNIX_EPOCH.checked_add(Duration::from_secs(entry.mtime));
            // A time that this system can't store is no reason to lose the file.
            let _ = time.map(|t| file.set_modified(t));
        }
        Ok(())
    }

    /// Gives an earlier file a second name; where the disk has no such thing, a copy.
    pub(super) fn hard_link(&self, target: &str, path: &str) -> Result<(), Failure> {
        self.parents(path)?;
        if self.tree.hard_link(target, &self.tree, path).is_ok() {
            return Ok(());
        }
        self.tree.copy(target, &self.tree, path).map(|_| ()).map_err(|e| failed(path, &e))
    }

    /// Makes a link, whose target was checked.
    #[cfg(unix)]
    pub(super) fn link(&self, target: &str, path: &str) -> Result<(), Failure> {
        self.parents(path)?;
        self.tree.symlink_contents(target, path).map_err(|e| failed(path, &e))
    }

    /// Links need rights on this system that most people don't have.
    #[cfg(not(unix))]
    pub(super) fn link(&self, _: &str, path: &str) -> Result<(), Failure> {
        Err(Error::machine(format!("`{path}` is a link, and decamp makes none on this system")).into())
    }

    /// Gives everything its final place.
    pub(super) fn place(self) -> Result<()> {
        sync(&self.temp.path().join("tree"))?;
        if self.existed {
            let target = Dir::open_ambient_dir(&self.target, ambient_authority())
                .map_err(|e| Error::io("open", &self.target, &e))?;
            self.fits(&self.tree, &target, Path::new(""))?;
            move_into(&self.tree, &target, Path::new(""))?;
            return files::sync_dir(&self.target);
        }
        let tree = self.temp.path().join("tree");
        if self.target.symlink_metadata().is_ok() {
            return Err(Error::input(format!("`{}` appeared while the bundle was opened", self.target.display())));
        }
        let parent = parent(&self.target);
        create_all(parent)?;
        fs::rename(&tree, &self.target).map_err(|e| Error::io("write", &self.target, &e))?;
        files::sync_dir(parent)
    }

    /// Looks, before anything is moved, whether all of it can be.
    fn fits(&self, from: &Dir, to: &Dir, at: &Path) -> Result<()> {
        for_each(from, at, &mut |name, is_folder, path| {
            let Ok(there) = to.symlink_metadata(name) else { return Ok(()) };
            let shown = path.display();
            if is_folder != there.is_dir() || there.is_symlink() {
                return Err(Error::input(format!("`{shown}` is in the way in `{}`", self.target.display()))
                    .hint("move it away, or choose another folder with `-o`"));
            }
            if is_folder {
                self.fits(&open(from, name, path)?, &open(to, name, path)?, path)?;
            }
            Ok(())
        })
    }
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

/// Whether `target` exists; a folder with content needs `force`.
fn check_target(target: &Path, force: bool) -> Result<bool> {
    let shown = target.display();
    match fs::metadata(target) {
        Err(e) if e.kind() == io::ErrorKind::NotFound && target.symlink_metadata().is_err() => Ok(false),
        Err(e) => Err(Error::io("read", target, &e)),
        Ok(meta) if !meta.is_dir() => {
            Err(Error::input(format!("`{shown}` exists and is no folder")).hint("choose another folder with `-o`"))
        }
        Ok(_) => {
            clear_stale(target);
            let mut entries = fs::read_dir(target).map_err(|e| Error::io("list", target, &e))?;
            if entries.next().is_some() && !force {
                return Err(Error::input(format!("`{shown}` is not empty"))
                    .hint("choose another folder with `-o`, or replace files in it with `--force`"));
            }
            Ok(true)
        }
    }
}

/// Removes what runs that were killed left behind.
fn clear_stale(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(STAGING);
        if !ours || !entry.file_type().is_ok_and(|t| t.is_dir()) {
            continue;
        }
        // A folder without a lock may be one that is just being made: only an empty one goes.
        match fs::File::open(entry.path().join("lock")) {
            Ok(lock) if lock.try_lock().is_ok() => drop(fs::remove_dir_all(entry.path())),
            Ok(_) => {}
            Err(_) => drop(fs::remove_dir(entry.path())),
        }
    }
}

/// Brings what was written to the disk, once for all files.
fn sync(path: &Path) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        let dir = fs::File::open(path).map_err(|e| Error::io("open", path, &e))?;
        rustix::fs::syncfs(&dir).map_err(|e| Error::io("sync", path, &e.into()))
    }
    #[cfg(not(target_os = "linux"))]
    files::sync_dir(path)
}
/// A path with its links resolved, or as it is when there is nothing.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}
