//! What templates are given: read again from the files that the inventory names.
//!
//! A file that can't be read again, or is damaged, is left out whole and told: half a list of people is a wrong list.

mod accounts;
mod lists;

use super::super::Context;
use crate::catalog::index::Index;
use crate::error::{Error, Result};
use crate::evidence::archive::members;
use crate::evidence::read::{head_of, with_head};
use crate::evidence::sniff::{Format, Sniffed, sniff};
use crate::evidence::text::Text;
use crate::inventory::{Inventory, Source};
use crate::render::given::{Given, Trouble};
use std::io::BufRead;
use std::path::PathBuf;

/// The most files of a folder that is one source.
const MOST: usize = 10_000;

/// Reads what the evidence gives to templates. A file that can't be read again becomes a trouble that is told.
pub(super) fn read(ctx: &Context, index: &Index, inventory: &Inventory) -> Given {
    let mut given = Given::default();
    accounts::read(ctx, index, inventory, &mut given);
    lists::read(ctx, index, inventory, &mut given);
    given
}

/// A file of a source that is one of the kinds: its path as shown, what it is, the lines above its rows, and its text.
type Found<'f> = &'f mut dyn FnMut(&str, &Format, &str, Text<'_>) -> Result<()>;

/// Hands on each file of a source, also those in an archive or below a folder.
///
/// # Errors
/// When one can't be read.
fn each_file(ctx: &Context, index: &Index, source: &Source, found: Found<'_>) -> Result<()> {
    if source.path == "-" {
        return Err(
            Error::input("it came from stdin, which can't be read again").hint("put it into evidence/ as a file")
        );
    }
    let (path, wanted) = split(ctx, &source.path);
    let files: Vec<PathBuf> =
        if ctx.files.path(path).is_dir() { ctx.files.walk(path, MOST)? } else { vec![ctx.files.path(path)] };
    for file in files {
        let shown = ctx.files.shown(&file);
        let archive = members(ctx.files.open(&file)?, &shown, &mut |name, input| {
            let name = format!("{shown}!{name}");
            if wanted.is_none_or(|w| name == w) { one(index, &name, input, found) } else { Ok(()) }
        })?;
        if !archive {
            one(index, &shown, &mut ctx.files.open(&file)?, found)?;
        }
    }
    Ok(())
}

/// `ARCHIVE!MEMBER` as the archive and the whole; a file's own name may have a `!`, too.
fn split<'p>(ctx: &Context, path: &'p str) -> (&'p str, Option<&'p str>) {
    if ctx.files.exists(path) {
        return (path, None);
    }
    let found = path.match_indices('!').find(|(at, _)| ctx.files.path(&path[..*at]).is_file());
    found.map_or((path, None), |(at, _)| (&path[..at], Some(path)))
}

fn one(index: &Index, path: &str, input: &mut dyn BufRead, found: Found<'_>) -> Result<()> {
    let head = head_of(input, path)?;
    let (Sniffed::Known(format, encoding) | Sniffed::Damaged(format, encoding)) =
        sniff(&head, Some(path), index.shapes())
    else {
        return Ok(());
    };
    let above = encoding.decode(&head);
    found(path, &format, &above, Text::new(&mut with_head(&head, input), encoding))
}

/// Notes what is wrong with a source.
fn trouble(given: &mut Given, what: &str, source: &Source, error: &Error) {
    let (file, line) = error.at.as_ref().map_or((source.path.clone(), None), |at| (at.file.clone(), at.line));
    let hint = error.hints.first().map_or(String::new(), |h| format!("; {h}"));
    given.troubles.push(Trouble { what: what.into(), file, line, says: format!("{}{hint}", error.message) });
}
