//! `inventory --group-dirs DIR`: the evidence of many groups in one run, on all cores; a table of all that was found beside
//! the folders. A folder that can't be read does not stop the rest.

use super::{file, make};
use crate::catalog::Catalog;
use crate::catalog::index::Index;
use crate::cli::InventoryArgs;
use crate::commands::{Context, Outcome, groups};
use crate::error::{Error, Result};
use crate::files::Files;
use crate::inventory::Inventory;
use crate::render::quote::csv as cell;
use crate::workspace::Workspace;
use serde::Serialize;
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::Path;

/// The tables, in the folder that holds the groups' folders.
const NDJSON: &str = "services.ndjson";
const CSV: &str = "services.csv";
/// The first line of the second.
const HEAD: &str = "group,dir,service,operator,host,certainty";

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
    let dirs = groups::dirs(ctx, dir)?;
    let tables = Files::new(ctx.files.path(dir), ctx.files.dry_run);
    for name in [NDJSON, CSV] {
        ours(ctx, &tables, name)?;
    }
    let all = groups::each(ctx, dir, &dirs, |files, shown| one(ctx, catalog, index, args, files, shown))?;
    let lines: String = all.iter().map(|d| d.ndjson.as_str()).collect();
    tables.write(NDJSON, lines.as_bytes())?;
    let mut cells = format!("{HEAD}\n").into_bytes();
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
    Ok(groups::told(ctx, failed, all.len()))
}

/// Refuses to write over a file of that name that no earlier run made.
fn ours(ctx: &Context, tables: &Files, name: &str) -> Result<()> {
    if ctx.force || !tables.exists(name) {
        return Ok(());
    }
    let mut head = Vec::new();
    let file = tables.open(tables.path(name))?;
    file.take(1024).read_to_end(&mut head).map_err(|e| Error::io("read", Path::new(name), &e))?;
    if head.is_empty() || head.starts_with(HEAD.as_bytes()) || head.starts_with(b"{\"group\":") {
        return Ok(());
    }
    Err(Error::input(format!("`{}` is there already, and no earlier run made it", tables.path(name).display()))
        .hint("move it elsewhere, or write over it with `--force`"))
}

fn word(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap_or_default().to_owned()
}

fn one(ctx: &Context, catalog: &Catalog, index: &Index, args: &InventoryArgs, files: &Files, dir: &str) -> Done {
    let made = make(ctx, files, catalog, index, args).and_then(|mut made| {
        let mut workspace = Workspace::open(files)?;
        for moved in file::write(ctx, &mut workspace, files, catalog, &mut made)? {
            ctx.ui.warn(&format!("{dir}: {moved}"));
        }
        Ok(Done {
            ndjson: ndjson(dir, &made)?,
            csv: table(dir, &made)?,
            group: Some(made.group.name),
            services: made.services.len(),
            ..Done::default()
        })
    });
    let dir = dir.to_owned();
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
        let cells = [r.group, r.dir, r.service, r.operator, r.host, r.certainty].map(cell::text);
        writer
            .write_record(cells.iter().map(|c| c.as_bytes()))
            .map_err(|e| Error::machine(format!("could not write the table: {e}")))
    })?;
    writer.into_inner().map_err(|e| Error::machine(format!("could not write the table: {e}")))
}
