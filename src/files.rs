//! The only module that touches the disk.
//!
//! Writes are atomic: a temporary file beside the target, synced, renamed, the folder synced. What is written is
//! readable by the owner only. With `--dry-run` the same code runs and nothing is written.

mod measure;
mod read;
mod volumes;
mod walk;

pub use volumes::{Joined, Volumes};
pub use walk::Walked;

use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufReader, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How deep folders may be nested.
const DEPTH: usize = 128;

/// The disk as one command sees it.
#[derive(Debug, Default)]
pub struct Files {
    /// The workspace.
    pub root: PathBuf,
    /// Write nothing, only note it.
    pub dry_run: bool,
    /// Whoever runs this syncs all at once afterwards, with [`sync_below`].
    later: bool,
    written: Mutex<Vec<PathBuf>>,
    /// Folders from which what a killed run left was removed.
    swept: Mutex<BTreeSet<PathBuf>>,
}

impl Files {
    /// The disk with the workspace at `root`.
    pub fn new(root: PathBuf, dry_run: bool) -> Self {
        // Absolute, so that joining it to a path that was made from it changes nothing.
        let root = std::path::absolute(&root).unwrap_or(root);
        Self { root, dry_run, later: false, written: Mutex::default(), swept: Mutex::default() }
    }

    /// The same disk, on which what is written has its name at once but is synced only by [`sync_below`].
    pub fn synced_later(mut self) -> Self {
        self.later = true;
        self
    }

    /// `path` below the workspace, or as it is when absolute.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// What was (or with `--dry-run` would have been) written, in order.
    pub fn written(&self) -> Vec<PathBuf> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether there is something at `path`.
    pub fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    /// Opens a file for reading from its start.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<BufReader<File>> {
        Ok(BufReader::with_capacity(256 * 1024, open_regular(&self.path(path))?))
    }

    /// Makes a folder and those above it, for the owner only.
    pub fn create_dir(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = self.path(path);
        if self.dry_run || path.is_dir() {
            return Ok(());
        }
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(&path).map_err(|e| Error::io("create the folder", &path, &e))
    }

    /// Replaces (or makes) `path` with `bytes`, whole or not at all.
    pub fn write(&self, path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
        let mut out = self.create(path)?;
        out.write_all(bytes)?;
        out.commit()
    }

    /// Starts a file that appears at `path` only when it is committed.
    pub fn create(&self, path: impl AsRef<Path>) -> Result<Pending> {
        let path = self.path(path);
        self.written.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
        if self.dry_run {
            return Ok(Pending { path, temp: None, later: self.later });
        }
        let parent = parent(&path);
        self.create_dir(&parent)?;
        if self.swept.lock().unwrap_or_else(PoisonError::into_inner).insert(parent.clone()) {
            sweep(&parent);
        }
        let temp = tempfile::Builder::new()
            .prefix(&format!(".decamp-{}-", std::process::id()))
            .suffix(".part")
            .tempfile_in(&parent)
            .map_err(|e| Error::io("write in", &parent, &e))?;
        Ok(Pending { path, temp: Some(temp), later: self.later })
    }

    /// Removes a file that decamp wrote.
    pub fn remove(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = self.path(path);
        if self.dry_run {
            return Ok(());
        }
        match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", &path, &e)),
            _ => Ok(()),
        }
    }

    /// The names in a folder, sorted; empty when it does not exist.
    pub fn list(&self, path: impl AsRef<Path>) -> Result<Vec<String>> {
        let path = self.path(path);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(Error::io("list", &path, &e)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| Error::io("list", &path, &e))?;
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    /// `path` as it is shown in results: relative to the workspace when inside it, with `/`.
    pub fn shown(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.root).ok().filter(|p| !p.as_os_str().is_empty());
        // An absolute path may lie inside a workspace that was named relatively.
        let root = if relative.is_none() && path.is_absolute() { self.root.canonicalize().ok() } else { None };
        let within = root.as_ref().and_then(|r| path.strip_prefix(r).ok()).filter(|p| !p.as_os_str().is_empty());
        let path = relative.or(within).unwrap_or(path);
        let path = path.strip_prefix(".").unwrap_or(path);
        let text = path.to_string_lossy().into_owned();
        if std::path::MAIN_SEPARATOR == '/' { text } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
    }

    /// Takes the workspace's lock for as long as the result lives.
    ///
    /// # Errors
    /// When another decamp is writing in this workspace.
    pub fn lock(&self) -> Result<Option<File>> {
        if self.dry_run {
            return Ok(None);
        }
        self.create_dir(".decamp")?;
        let path = self.path(".decamp/lock");
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(&path).map_err(|e| Error::io("write", &path, &e))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => {
                Err(Error::input("another decamp is writing in this workspace").hint("wait until it has ended"))
            }
            Err(fs::TryLockError::Error(e)) => Err(Error::io("lock", &path, &e)),
        }
    }
}

/// A file that is not there yet.
#[derive(Debug)]
pub struct Pending {
    path: PathBuf,
    temp: Option<tempfile::NamedTempFile>,
    later: bool,
}

impl Pending {
    /// Appends `bytes`.
    pub fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.temp {
            Some(temp) => temp.write_all(bytes).map_err(|e| Error::io("write", &self.path, &e)),
            None => Ok(()),
        }
    }

    /// Syncs, gives the file its name, and syncs the folder.
    pub fn commit(self) -> Result<()> {
        let Some(temp) = self.temp else { return Ok(()) };
        if !self.later {
            temp.as_file().sync_all().map_err(|e| Error::io("write", &self.path, &e))?;
        }
        temp.persist(&self.path).map_err(|e| Error::io("write", &self.path, &e.error))?;
        if self.later { Ok(()) } else { sync_dir(&parent(&self.path)) }
    }

    /// The same, but never over an existing file.
    pub fn commit_new(self) -> Result<()> {
        let Some(temp) = self.temp else { return Ok(()) };
        temp.as_file().sync_all().map_err(|e| Error::io("write", &self.path, &e))?;
        temp.persist_noclobber(&self.path).map_err(|e| match e.error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Error::input(format!("`{}` exists already", self.path.display())).hint("choose another name")
            }
            _ => Error::io("write", &self.path, &e.error),
        })?;
        sync_dir(&parent(&self.path))
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match &mut self.temp {
            Some(temp) => temp.write(bytes),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match &mut self.temp {
            Some(temp) => temp.flush(),
            None => Ok(()),
        }
    }
}

/// Removes the unfinished files of runs that are dead, as far as the system tells which are.
fn sweep(folder: &Path) {
    let processes = Path::new("/proc");
    let Ok(entries) = fs::read_dir(folder) else { return };
    if !processes.join("self").exists() {
        return;
    }
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let run = name.strip_prefix(".decamp-").and_then(|rest| rest.strip_suffix(".part"));
        let run = run.and_then(|rest| rest.split_once('-')).and_then(|(run, _)| run.parse::<u32>().ok());
        if run.is_some_and(|run| !processes.join(run.to_string()).exists()) {
            // Somebody else may have swept it.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// Syncs a folder, so that a rename in it survives a power cut (a no-op where folders can't be opened).
pub fn sync_dir(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        let dir = File::open(path).map_err(|e| Error::io("open", path, &e))?;
        dir.sync_all().map_err(|e| Error::io("sync", path, &e))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Makes everything durable that was written on the file system of `path`.
pub fn sync_below(path: &Path) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        let dir = File::open(path).map_err(|e| Error::io("open", path, &e))?;
        rustix::fs::syncfs(&dir).map_err(|e| Error::io("sync", path, &e.into()))?;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = path;
    Ok(())
}

/// Opens a regular file; a folder, a pipe or a device is refused before it can block.
fn open_regular(path: &Path) -> Result<File> {
    let meta = fs::metadata(path).map_err(|e| Error::io("read", path, &e))?;
    if meta.is_dir() {
        return Err(Error::input(format!("`{}` is a folder, not a file", path.display())));
    }
    if !meta.is_file() {
        return Err(Error::input(format!("`{}` is not a regular file", path.display()))
            .hint("pipe it in and name it `-` instead"));
    }
    File::open(path).map_err(|e| Error::io("read", path, &e))
}

/// The service whose program keeps `path` in step with a cloud, judged by the names of its folders.
pub fn synced_by(path: &Path) -> Option<&'static str> {
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    for part in absolute.components() {
        let Component::Normal(name) = part else { continue };
        let name = name.to_string_lossy().to_lowercase();
        let found = match name.as_str() {
            "google drive" | "googledrive" | "my drive" | "mi unidad" => Some("Google Drive"),
            "dropbox" => Some("Dropbox"),
            "onedrive" => Some("OneDrive"),
            "icloud drive" | "iclouddrive" | "mobile documents" | "com~apple~clouddocs" => Some("iCloud"),
            n if n.starts_with("googledrive-") || n.starts_with("google drive (") => Some("Google Drive"),
            n if n.starts_with("onedrive - ") || n.starts_with("onedrive-") => Some("OneDrive"),
            n if n.starts_with("dropbox (") || n.starts_with("dropbox-") => Some("Dropbox"),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    absolute.ancestors().find(|dir| dir.join(".dropbox.cache").is_dir()).map(|_| "Dropbox")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_is_not_committed_leaves_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::new(dir.path().to_path_buf(), false);
        files.write("a", b"old").unwrap();
        let mut pending = files.create("a").unwrap();
        pending.write_all(b"new").unwrap();
        drop(pending);
        assert_eq!(files.read("a", 10).unwrap(), b"old");
        assert_eq!(files.list(".").unwrap(), ["a"]);
    }

    #[test]
    fn what_a_killed_run_left_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(".decamp-4294967295-x.part"), b"x").unwrap();
        Files::new(dir.path().to_path_buf(), false).write("a", b"x").unwrap();
        let left = fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(left, if Path::new("/proc/self").exists() { 1 } else { 2 });
    }

    #[test]
    fn a_relative_root_is_joined_once() {
        let files = Files::new(PathBuf::from("src"), true);
        let walked = files.walk(".", 10_000).unwrap();
        files.open(&walked[0]).unwrap();
        assert!(files.shown(&walked[0]).starts_with("bundle"), "{}", files.shown(&walked[0]));
    }

    #[test]
    fn synced_folders_are_known_by_name() {
        assert_eq!(synced_by(Path::new("/home/ana/Dropbox/move")), Some("Dropbox"));
        assert_eq!(synced_by(Path::new("/home/ana/OneDrive - Casa/move")), Some("OneDrive"));
        assert_eq!(synced_by(Path::new("/home/ana/move")), None);
    }

    #[cfg(unix)]
    #[test]
    fn files_are_the_owners_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let files = Files::new(dir.path().to_path_buf(), false);
        files.write("deep/a", b"x").unwrap();
        assert_eq!(fs::metadata(dir.path().join("deep/a")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(dir.path().join("deep")).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
