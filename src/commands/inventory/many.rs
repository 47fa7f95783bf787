//! `inventory --group-dirs DIR`: the evidence of many groups in one run, on all cores; a table of all that was found beside
//! the folders. A folder that can't be read does not stop the rest.

use super::{file, make};
use crate::catalog::Catalog;
use crate::catalog::index::Index;
use crate::cli::InventoryArgs;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::files::Files;
use crate::inventory::Inventory;
use crate::workspace::Workspace;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// The tables, in the folder that holds the groups' folders.
const NDJSON: &str = "services.ndjson";
const CSV: &str = "services.csv";

/// A row of the tables: a service of a group on one host. A service whose host nobody knows has one row, without.
#[derive(Debug, Serialize)]
struct Row<'r> {
    group: &'r str,
    dir: &'r str,
    service: &'r str,
    operator: &'r str,
    host: &'r str,
    certainty: &'r str,
}

/// What became of one group: its rows, no more, so that many groups take little memory.
#[derive(Default)]
struct Done {
    dir: String,
    group: Option<String>,
    services: usize,
    ndjson: String,
    csv: Vec<u8>,
    error: Option<String>,
}

pub(super) fn run(
    ctx: &Context,
    catalog: &Catalog,
    index: &Index,
    args: &InventoryArgs,
    dir: &Path,
) -> Result<Outcome> {
    let groups = super::group_dirs(ctx, dir)?;
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Done)>> = Mutex::default();
    let work = || {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = groups.get(n) else { break };
            let one = one(ctx, catalog, index, args, path);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((n, one));
        }
    };
    thread::scope(|scope| {
        for _ in 1..thread::available_parallelism().map_or(1, usize::from).min(groups.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(n, _)| *n);
    let dir = ctx.files.path(dir);
    if !ctx.files.dry_run {
        crate::files::sync_below(&dir)?;
    }
    let all: Vec<Done> = done.into_iter().map(|(_, done)| done).collect();
    let tables = Files::new(dir, ctx.files.dry_run);
    let lines: String = all.iter().map(|d| d.ndjson.as_str()).collect();
    tables.write(NDJSON, lines.as_bytes())?;
    let mut cells = b"group,dir,service,operator,host,certainty\n".to_vec();
    for done in &all {
        cells.extend_from_slice(&done.csv);
    }
    tables.write(CSV, &cells)?;
    let failed = all.iter().filter(|d| d.error.is_some()).count();
    let rows: Vec<Value> =
        all.iter().map(|d| json!({"dir": d.dir, "group": d.group, "services": d.services, "error": d.error})).collect();
    if ctx.ui.json {
        ctx.ui.out_json(&json!({"schema": "decamp/inventories/1", "groups": rows, "failed": failed}))?;
    } else {
        let lines: Vec<String> = rows
            .iter()
            .filter(|r| r["error"].is_null())
            .map(|r| format!("{}: {} {}\n", word(r, "dir"), r["services"], ctx.tr("services", "servicios")))
            .collect();
        ctx.ui.out(&lines.concat())?;
    }
    if failed == 0 {
        return Ok(Outcome::Done);
    }
    ctx.ui.warn(&format!(
        "{failed}/{} {}",
        all.len(),
        ctx.tr(
            "folders could not be read; the others are done",
            "carpetas no se pudieron leer; las demás están listas"
        )
    ));
    Ok(Outcome::Wrong)
}

fn word(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap_or_default().to_owned()
}

fn one(ctx: &Context, catalog: &Catalog, index: &Index, args: &InventoryArgs, path: &Path) -> Done {
    // Durable all together, at the end: a sync for each file would take most of the time.
    let files = Files::new(path.to_path_buf(), ctx.files.dry_run).synced_later();
    let dir = ctx.files.shown(path);
    let made = make(ctx, &files, catalog, index, args).and_then(|mut made| {
        let mut workspace = Workspace::open(&files)?;
        for moved in file::write(ctx, &mut workspace, &files, catalog, &mut made)? {
            ctx.ui.warn(&format!("{dir}: {moved}"));
        }
        Ok(Done {
            ndjson: ndjson(&dir, &made)?,
            csv: table(&dir, &made)?,
            group: Some(made.group.name),
            services: made.services.len(),
            ..Done::default()
        })
    });
    match made {
        Ok(done) => Done { dir, ..done },
        Err(e) => {
            ctx.ui.warn(&format!("{dir}: {}", e.message));
            Done { dir, error: Some(e.message), ..Done::default() }
        }
    }
}

/// Calls `see` with each row.
fn rows(dir: &str, made: &Inventory, see: &mut dyn FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
    for service in &made.services {
        let operator = service.operator.as_deref().unwrap_or_default();
        let mut hosts: Vec<&str> = service.hosts.iter().map(|h| h.operator.as_str()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        if hosts.is_empty() {
            hosts.push("");
        }
        for host in hosts {
            let certainty = service.confidence.0.word();
            see(&Row { group: &made.group.name, dir, service: &service.id, operator, host, certainty })?;
        }
    }
    Ok(())
}

fn ndjson(dir: &str, made: &Inventory) -> Result<String> {
    let mut text = String::new();
    rows(dir, made, &mut |row| {
        let line = serde_json::to_string(row).map_err(|e| Error::machine(format!("could not write JSON: {e}")))?;
        text.push_str(&line);
        text.push('\n');
        Ok(())
    })?;
    Ok(text)
}

fn table(dir: &str, made: &Inventory) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows(dir, made, &mut |r| {
        let cells = [r.group, r.dir, r.service, r.operator, r.host, r.certainty].map(harmless);
        writer.write_record(&cells).map_err(|e| Error::machine(format!("could not write the table: {e}")))
    })?;
    writer.into_inner().map_err(|e| Error::machine(format!("could not write the table: {e}")))
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if formula { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@x", "\t=1", "＝1"] {
            assert!(harmless(cell).starts_with('\''), "{cell}");
        }
        assert_eq!(harmless("Casa =1"), "Casa =1");
    }
}
