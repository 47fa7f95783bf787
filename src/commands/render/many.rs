//! `render --group-dirs DIR`: many workspaces in one run, and what their providers' files have in common once more for all
//! of them, in `DIR/configs/`: one Ansible project for a network. One that can't be rendered does not stop the rest.

use super::super::{Context, Outcome, groups};
use super::Renderer;
use crate::error::Result;
use crate::render::provider::{self, Member};
use crate::workspace::{Set, Workspace};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

pub(super) fn run(ctx: &Context, renderer: &Renderer<'_>, dir: &Path) -> Result<Outcome> {
    let dirs = groups::dirs(ctx, dir)?;
    let mut rows = Vec::new();
    let mut all: BTreeMap<String, Vec<Member>> = BTreeMap::new();
    for path in &dirs {
        let shown = ctx.files.shown(path);
        match renderer.one(&ctx.at(path.clone())) {
            Ok((made, set, members)) => {
                for w in &made.warnings {
                    let text = if ctx.ui.lang == crate::ui::Lang::En { &w.en } else { &w.es };
                    ctx.ui.warn(&format!("{shown}: {text}"));
                }
                rows.push(json!({"dir": shown, "files": set.len(), "asks": made.asks, "error": null}));
                for (provider, member) in members {
                    all.entry(provider).or_default().push(member);
                }
            }
            Err(e) => {
                ctx.ui.warn(&format!("{shown}: {}", e.message));
                rows.push(json!({"dir": shown, "files": 0, "asks": [], "error": e.message}));
            }
        }
    }
    let mut set = Set::new();
    for (id, members) in &all {
        let made = provider::files(renderer.catalog, renderer.engine, id, members)?;
        set.extend(made.files.into_iter().map(|(path, bytes)| (format!("configs/{id}/{path}"), bytes)));
    }
    let network = ctx.at(ctx.files.path(dir));
    Workspace::open(&network.files)?.write(&set, &[], &["configs/"], ctx.force)?;
    if !ctx.files.dry_run {
        crate::files::sync_below(&ctx.files.path(dir))?;
    }
    let failed = rows.iter().filter(|r| !r["error"].is_null()).count();
    if ctx.ui.json {
        let shared: Vec<&String> = set.keys().collect();
        ctx.ui.out_json(&json!({"schema": "decamp/renders/1", "groups": rows, "shared": shared, "failed": failed}))?;
    } else {
        ctx.ui.out(&table(ctx, &rows, set.len()))?;
    }
    Ok(groups::told(ctx, failed, rows.len()))
}

fn table(ctx: &Context, rows: &[Value], shared: usize) -> String {
    let mut text = String::new();
    for row in rows.iter().filter(|r| r["error"].is_null()) {
        let dir = row["dir"].as_str().unwrap_or_default();
        let asks = row["asks"].as_array().map_or(0, Vec::len);
        let (files, open) = (ctx.tr("files", "archivos"), ctx.tr("open questions", "preguntas abiertas"));
        text.push_str(&format!("{dir}: {} {files}, {asks} {open}\n", row["files"]));
    }
    let word = ctx.tr("files for all of them together", "archivos para todos en conjunto");
    text.push_str(&format!("configs/: {shared} {word}\n"));
    text
}
