//! Many workspaces in one run (`--group-dirs DIR`): on all cores, and one that fails does not stop the rest.

use super::{Context, Outcome};
use crate::error::{Error, Result};
use crate::files::Files;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// The workspaces below a folder, by name.
///
/// # Errors
/// When there is none.
pub(super) fn dirs(ctx: &Context, dir: &Path) -> Result<Vec<PathBuf>> {
    let dir = ctx.files.path(dir);
    let mut found: Vec<PathBuf> =
        ctx.files.list(&dir)?.into_iter().map(|n| dir.join(n)).filter(|d| d.join("group.yaml").is_file()).collect();
    found.sort();
    if found.is_empty() {
        return Err(Error::input(format!("no folder in `{}` holds a `group.yaml`", dir.display()))
            .hint("run `decamp init` in each group's folder"));
    }
    Ok(found)
}

/// Does `one` in each workspace, and makes all that was written below `dir` durable: a sync for each file would take most
/// of the time. What `one` gives comes back in the order of `groups`, with the workspace as it is shown.
///
/// # Errors
/// When what was written can't be made durable.
pub(super) fn each<T: Send>(
    ctx: &Context,
    dir: &Path,
    groups: &[PathBuf],
    one: impl Fn(&Files, &str) -> T + Sync,
) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::default();
    let work = || {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = groups.get(n) else { break };
            let files = Files::new(path.clone(), ctx.files.dry_run).synced_later();
            let made = one(&files, &ctx.files.shown(path));
            done.lock().unwrap_or_else(PoisonError::into_inner).push((n, made));
        }
    };
    thread::scope(|scope| {
        for _ in 1..thread::available_parallelism().map_or(1, usize::from).min(groups.len()) {
            scope.spawn(work);
        }
        work();
    });
    if !ctx.files.dry_run {
        crate::files::sync_below(&ctx.files.path(dir))?;
    }
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(n, _)| *n);
    Ok(done.into_iter().map(|(_, made)| made).collect())
}

/// Says how many of `all` folders `failed`.
pub(super) fn told(ctx: &Context, failed: usize, all: usize) -> Outcome {
    if failed == 0 {
        return Outcome::Done;
    }
    ctx.ui.warn(&format!(
        "{failed}/{all} {}",
        ctx.tr("folders failed; the others are done", "carpetas fallaron; las demás están listas")
    ));
    Outcome::Wrong
}
