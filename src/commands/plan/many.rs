//! `plan --group-dirs DIR`: many workspaces in one run, on all cores. One that can't be planned does not stop the rest.

use super::super::{Context, Outcome};
use super::Planner;
use crate::error::Result;
use crate::files::Files;
use crate::plan::Verdict;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

pub(super) fn run(ctx: &Context, planner: &Planner<'_>, dir: &Path) -> Result<Outcome> {
    let groups = super::super::inventory::group_dirs(ctx, dir)?;
    let next = AtomicUsize::new(0);
    let rows: Mutex<Vec<(usize, Value)>> = Mutex::default();
    let failed = AtomicUsize::new(0);
    let work = || {
        while let Some((n, path)) = take(&groups, &next) {
            // Durable all together, at the end: a sync for each file would take most of the time.
            let files = Files::new(path.clone(), ctx.files.dry_run).synced_later();
            let shown = ctx.files.shown(path);
            let row = match planner.one(&files) {
                Ok(plan) => json!({"dir": shown, "group": plan.group, "verdict": plan.verdict, "start": plan.start,
                    "end": plan.end, "tasks": plan.tasks.len(), "questions": plan.questions.len(), "error": null}),
                Err(e) => {
                    failed.fetch_add(1, Ordering::Relaxed);
                    ctx.ui.warn(&format!("{shown}: {}", e.message));
                    json!({"dir": shown, "group": null, "verdict": null, "start": null, "end": null, "tasks": 0,
                        "questions": 0, "error": e.message})
                }
            };
            rows.lock().unwrap_or_else(PoisonError::into_inner).push((n, row));
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
    let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    rows.sort_by_key(|(n, _)| *n);
    let rows: Vec<Value> = rows.into_iter().map(|(_, row)| row).collect();
    let failed = failed.into_inner();
    if ctx.ui.json {
        ctx.ui.out_json(&json!({"schema": "decamp/plans/1", "groups": rows, "failed": failed}))?;
    } else {
        ctx.ui.out(&table(ctx, &rows))?;
    }
    if failed == 0 {
        return Ok(Outcome::Done);
    }
    ctx.ui.warn(&format!(
        "{failed}/{} {}",
        rows.len(),
        ctx.tr(
            "folders could not be planned; the others are done",
            "carpetas no se pudieron planear; las demás están listas"
        )
    ));
    Ok(Outcome::Wrong)
}

fn take<'g>(groups: &'g [PathBuf], next: &AtomicUsize) -> Option<(usize, &'g PathBuf)> {
    let n = next.fetch_add(1, Ordering::Relaxed);
    groups.get(n).map(|path| (n, path))
}

fn table(ctx: &Context, rows: &[Value]) -> String {
    let mut text = String::new();
    for row in rows.iter().filter(|r| r["error"].is_null()) {
        let go = row["verdict"] == json!(Verdict::Go);
        let verdict = if go { ctx.tr("go", "sí") } else { ctx.tr("not yet", "todavía no") };
        let word = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        text.push_str(&format!(
            "{}: {verdict}, {} – {}, {} {}\n",
            word("dir"),
            word("start"),
            word("end"),
            row["tasks"],
            ctx.tr("tasks", "tareas")
        ));
    }
    text
}
