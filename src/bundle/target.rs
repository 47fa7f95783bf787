//! Where the members of a bundle go: into a folder, to a stream, or nowhere but into a count.

use super::check::Sink;
use super::disk::Staging;
use super::fault::{Failure, Fault};
use super::open::{OpenReport, Patterns};
use super::read::{Entry, Kind};
use crate::error::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::Path;

/// Where members go.
pub(super) trait Target {
    /// Takes a member, under this path.
    fn member(&mut self, path: &str, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure>;
    /// Takes a file from a base.
    fn carried(&mut self, path: &str, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure>;
    /// The content that went to `first` is wanted under `path` too.
    fn again(&mut self, first: &str, path: &str) -> Result<(), Failure>;
    /// A member is not wanted.
    fn pass(&mut self);
}

/// Lets only through what is wanted.
pub(super) struct Wanted<'a> {
    pub(super) patterns: &'a Patterns,
    pub(super) taken: BTreeSet<String>,
    /// Content → the names under which it is wanted although its own member was not.
    pub(super) missing: BTreeMap<String, Vec<String>>,
    pub(super) to: &'a mut dyn Target,
}

impl Sink for Wanted<'_> {
    fn member(&mut self, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
        if !self.patterns.want(&entry.path) {
            self.to.pass();
            return Ok(());
        }
        if let (Kind::Hardlink, Some(target), false) = (entry.kind, &entry.target, self.patterns.all)
            && !self.taken.contains(target)
        {
            self.missing.entry(target.clone()).or_default().push(entry.path.clone());
            return Ok(());
        }
        if !self.patterns.all && entry.kind == Kind::File {
            self.taken.insert(entry.path.clone());
        }
        self.to.member(&entry.path, entry, data)
    }
}

/// Writes them into the staging folder.
pub(super) struct Unpack<'a> {
    pub(super) staging: &'a Staging,
    pub(super) links: Vec<(String, String)>,
    pub(super) report: OpenReport,
}

impl Target for Unpack<'_> {
    fn member(&mut self, path: &str, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
        self.report.count(entry);
        match (entry.kind, &entry.target) {
            (Kind::Folder, _) => self.staging.folder(path),
            (Kind::Link, Some(target)) => {
                self.links.push((target.clone(), path.to_owned()));
                Ok(())
            }
            (Kind::Hardlink, Some(target)) => self.staging.hard_link(target, path),
            (Kind::Link | Kind::Hardlink, None) => Err(Fault::shape("a link leads nowhere").member(path).into()),
            (Kind::File, _) => self.staging.file(path, entry, data),
        }
    }

    fn carried(&mut self, path: &str, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
        self.report.carried += 1;
        self.report.count(entry);
        self.staging.file(path, entry, data)
    }

    fn again(&mut self, first: &str, path: &str) -> Result<(), Failure> {
        self.report.links += 1;
        self.staging.hard_link(first, path)
    }

    fn pass(&mut self) {
        self.report.passed_over += 1;
    }
}

impl OpenReport {
    fn count(&mut self, entry: &Entry) {
        match entry.kind {
            Kind::File => {
                self.files += 1;
                self.bytes += entry.size;
            }
            Kind::Folder => self.folders += 1,
            Kind::Link | Kind::Hardlink => self.links += 1,
        }
    }
}

/// Counts them.
#[derive(Default)]
pub(super) struct Count(pub(super) OpenReport);

impl Target for Count {
    fn member(&mut self, _: &str, entry: &Entry, _: &mut dyn Read) -> Result<(), Failure> {
        self.0.count(entry);
        Ok(())
    }

    fn carried(&mut self, _: &str, entry: &Entry, _: &mut dyn Read) -> Result<(), Failure> {
        self.0.carried += 1;
        self.0.count(entry);
        Ok(())
    }

    fn again(&mut self, _: &str, _: &str) -> Result<(), Failure> {
        self.0.links += 1;
        Ok(())
    }

    fn pass(&mut self) {
        self.0.passed_over += 1;
    }
}

/// Writes the content of files one after the other.
pub(super) struct Print<'a> {
    pub(super) output: &'a mut dyn Write,
}

impl Target for Print<'_> {
    fn member(&mut self, _: &str, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
        if entry.kind != Kind::File {
            return Ok(());
        }
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let n = match data.read(&mut buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if n == 0 {
                return Ok(());
            }
            self.output.write_all(&buffer[..n]).map_err(|e| Error::io("write to", Path::new("stdout"), &e))?;
        }
    }

    fn carried(&mut self, path: &str, entry: &Entry, data: &mut dyn Read) -> Result<(), Failure> {
        self.member(path, entry, data)
    }

    fn again(&mut self, _: &str, _: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn pass(&mut self) {}
}
