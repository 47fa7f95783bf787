//! What is packed with gzip: a tar (Takeout gives `.tgz`), or one file.

use super::bounds::{Bounded, Budget, Counted, Gate, room};
use super::{Member as Listener, Pack, shown};
use crate::error::{Error, Result};
use crate::evidence::read::{Outcome, head_of, rest_of};
use crate::evidence::sniff::{Sniffed, sniff};
use crate::evidence::text::failed;
use crate::evidence::{Input, Sink, zone};
use flate2::read::MultiGzDecoder;
use std::cell::Cell;
use std::io::{self, BufRead as _, BufReader, Read};
use std::rc::Rc;

/// The most bytes of headers between two members: the reader of tars keeps a name of any length.
const HEADERS: u64 = 256 * 1024;

/// Reads it into `all`.
///
/// # Errors
/// When it is damaged, cut off or a bomb; what was read before stays in `all`.
pub fn read<R: Read>(file: R, about: &Input<'_>, sink: &mut dyn Sink, all: &mut Vec<(String, Outcome)>) -> Result<()> {
    let mut budget = Budget::new();
    let packed = Rc::default();
    let unpacking = MultiGzDecoder::new(Counted::new(file, Rc::clone(&packed)));
    let mut input = BufReader::with_capacity(256 * 1024, Bounded::new(unpacking, &mut budget, packed));
    let head = input.fill_buf().map_err(|e| failed(about.path, &e))?;
    if head.get(257..262) == Some(b"ustar".as_slice()) {
        let mut pack = Pack::new(about.path);
        let done = members(input, about, sink, &mut pack);
        pack.finish(about, sink, all);
        return done;
    }
    let head = head_of(&mut input, about.path)?;
    if matches!(sniff(&head, None, about.shapes), Sniffed::Zip | Sniffed::Gzip) {
        all.push((about.path.to_owned(), Outcome::unknown("it is an archive in a gzip file; unpack it first")));
        return Ok(());
    }
    let outcome = rest_of(&head, &mut input, about, sink, &zone::no_include)?;
    all.push((about.path.to_owned(), outcome));
    Ok(())
}

fn members<R: Read>(input: R, about: &Input<'_>, sink: &mut dyn Sink, pack: &mut Pack) -> Result<()> {
    entries(input, about.path, &mut |name, input| {
        if !pack.wants(name) {
            return Ok(());
        }
        let path = format!("{}!{}", about.path, shown(name));
        let about = about.at(&path);
        if let Some((path, mailbox)) = pack.maildir(name) {
            return mailbox.file(input, &about.at(&path), sink);
        }
        let head = head_of(input, &path)?;
        let outcome = rest_of(&head, input, &about, sink, &zone::no_include)?;
        pack.add(path.clone(), outcome);
        Ok(())
    })
}

/// Gives the members of a tar.
pub(super) fn each<R: Read>(file: R, path: &str, found: Listener<'_>) -> Result<()> {
    let mut budget = Budget::new();
    let packed = Rc::default();
    let unpacking = MultiGzDecoder::new(Counted::new(file, Rc::clone(&packed)));
    let mut input = BufReader::with_capacity(256 * 1024, Bounded::new(unpacking, &mut budget, packed));
    if input.fill_buf().map_err(|e| failed(path, &e))?.get(257..262) != Some(b"ustar".as_slice()) {
        // One file, which has no name of its own.
        return found("", &mut input);
    }
    entries(input, path, found)
}

/// Gives the regular files of a tar; links, devices and folders say nothing.
fn entries<R: Read>(input: R, path: &str, found: Listener<'_>) -> Result<()> {
    let broken = |e: &io::Error| match failed(path, e) {
        e if e.kind == crate::error::Kind::Input => e,
        _ => Error::input("the archive is damaged or cut off").in_file(path).hint("download it again"),
    };
    let gate = Rc::new(Cell::new(Some(HEADERS)));
    let mut archive = tar::Archive::new(Gate::new(input, Rc::clone(&gate)));
    let mut left = Budget::new();
    for entry in archive.entries().map_err(|e| broken(&e))? {
        let mut entry = entry.map_err(|e| broken(&e))?;
        gate.set(None);
        left.members(1, path)?;
        if entry.header().entry_type().is_file() {
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            found(&name, &mut BufReader::with_capacity(room(entry.size()), &mut entry))?;
        }
        // What is left of it is passed over here, so that only headers come through the gate.
        io::copy(&mut entry, &mut io::sink()).map_err(|e| broken(&e))?;
        gate.set(Some(HEADERS));
    }
    Ok(())
}
