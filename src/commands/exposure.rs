//! `exposure`: who holds what, and who can read it.

use super::{Context, Outcome};
use crate::cli::{ExposureArgs, ExposureFormat};
use crate::error::Result;
use crate::exposure;
use crate::workspace::Workspace;
use serde_json::json;

/// Runs `exposure`.
pub fn run(ctx: &Context, args: &ExposureArgs) -> Result<Outcome> {
    ctx.warn_if_synced();
    let catalog = ctx.catalog()?;
    let workspace = Workspace::open(&ctx.files)?;
    let mut inventory = workspace.inventory()?;
    if ctx.redact {
        super::inventory::redact(&mut inventory, &catalog);
    }
    let plan = workspace.plan_if_any()?;
    let view = exposure::exposure(&catalog, &inventory, plan.as_ref());
    if ctx.ui.json {
        ctx.ui.out_json(&view)?;
        return Ok(Outcome::Done);
    }
    let ext = match args.format {
        ExposureFormat::Text => "txt",
        ExposureFormat::Md => "md",
    };
    let template = format!("exposure/{}", ctx.ui.lang.file("exposure", ext));
    ctx.ui.out(&ctx.engine()?.fill(&template, &json!({ "exposure": view }))?)?;
    Ok(Outcome::Done)
}
