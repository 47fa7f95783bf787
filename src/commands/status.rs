//! `status`: where the move stands, and the exact next command.

use super::{Context, Outcome};
use crate::error::Result;
use crate::plan::Plan;
use crate::workspace::Workspace;
use serde_json::json;

/// Runs `status`.
pub fn run(ctx: &Context) -> Result<Outcome> {
    ctx.warn_if_synced();
    let files = &ctx.files;
    let workspace = Workspace::open(files)?;
    let mut group = files.exists("group.yaml").then(|| workspace.group()).transpose()?;
    if let Some(group) = group.as_mut().filter(|_| ctx.redact) {
        group.name = "group".into();
    }
    let evidence = files.list("evidence")?.len();
    let inventory = files.exists("inventory.yaml").then(|| workspace.inventory()).transpose()?;
    let plan = workspace.plan_if_any()?;
    let rendered = workspace.state.files.keys().filter(|p| p.starts_with("configs/")).count();
    let bundles = files.list("bundles")?.into_iter().filter(|n| n.contains(".tar.zst.age")).count();
    let next = if group.is_none() {
        "decamp init".to_owned()
    } else if inventory.is_none() {
        "decamp inventory".to_owned()
    } else if plan.is_none() {
        "decamp plan".to_owned()
    } else if rendered == 0 {
        "decamp render".to_owned()
    } else if bundles == 0 {
        "decamp bundle seal inventory.yaml plan configs -o bundles/first.tar.zst.age -r RECIPIENT".to_owned()
    } else {
        "decamp next".to_owned()
    };
    let done = plan.as_ref().map_or(0, |p| p.tasks.iter().filter(|t| t.done.is_some()).count());
    let total = plan.as_ref().map_or(0, |p| p.tasks.len());
    if ctx.ui.json {
        ctx.ui.out_json(&json!({
            "schema": "decamp/status/1", "group": group.map(|g| g.name), "evidence": evidence,
            "services": inventory.map(|i| i.services.len()), "tasks": total, "done": done, "stage": plan.as_ref().and_then(stage),
            "configs": rendered, "bundles": bundles, "next": next,
        }))?;
        return Ok(Outcome::Done);
    }
    let row = |en: &str, es: &str, value: String| format!("{:<12} {value}\n", format!("{}:", ctx.tr(en, es)));
    let mut text = row("group", "grupo", group.map_or("-".into(), |g| g.name));
    text.push_str(&row("evidence", "evidencia", evidence.to_string()));
    text.push_str(&row("services", "servicios", inventory.map_or("-".into(), |i| i.services.len().to_string())));
    text.push_str(&row("tasks", "tareas", format!("{done}/{total}")));
    text.push_str(&row("configs", "configs", rendered.to_string()));
    text.push_str(&row("bundles", "paquetes", bundles.to_string()));
    text.push_str(&row("next", "sigue", next));
    ctx.ui.out(&text)?;
    Ok(Outcome::Done)
}

/// The stage of the first task that waits.
fn stage(plan: &Plan) -> Option<u8> {
    plan.tasks.iter().filter(|t| t.done.is_none()).map(|t| t.stage).min()
}
