//! `plan --group-dirs DIR`: many workspaces in one run, on all cores. One that can't be planned does not stop the rest.

use super::super::{Context, Outcome, groups};
use super::Planner;
use crate::error::Result;
use crate::plan::Verdict;
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn run(ctx: &Context, planner: &Planner<'_>, dir: &Path) -> Result<Outcome> {
    let dirs = groups::dirs(ctx, dir)?;
    let rows = groups::each(ctx, dir, &dirs, |files, shown| match planner.one(files) {
        Ok(plan) => json!({"dir": shown, "group": plan.group, "verdict": plan.verdict, "start": plan.start,
            "end": plan.end, "tasks": plan.tasks.len(), "questions": plan.questions.len(), "error": null}),
        Err(e) => {
            ctx.ui.warn(&format!("{shown}: {}", e.message));
            json!({"dir": shown, "group": null, "verdict": null, "start": null, "end": null, "tasks": 0,
                "questions": 0, "error": e.message})
        }
    })?;
    let failed = rows.iter().filter(|r| !r["error"].is_null()).count();
    if ctx.ui.json {
        ctx.ui.out_json(&json!({"schema": "decamp/plans/1", "groups": rows, "failed": failed}))?;
    } else {
        ctx.ui.out(&table(ctx, &rows))?;
    }
    Ok(groups::told(ctx, failed, rows.len()))
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
