//! `demo`: the whole way on the embedded practice group, in a new folder.

use super::{Context, Outcome};
use crate::cli::bundle::{BundleCommand, KeyArgsIn, KeyCommand, KeyNewArgs, OpenArgs, SealArgs};
use crate::cli::{DemoArgs, InventoryArgs, PlanArgs, RenderArgs};
use crate::error::{Error, Result};
use crate::exposure;
use crate::files::Files;
use crate::ui::{Lang, Ui};
use crate::workspace::Workspace;
use serde_json::json;
use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/demo.rs"));

const KEY: &str = "practice-key.txt";
const BUNDLE: &str = "bundles/practice.tar.zst.age";
const OPENED: &str = "opened";

/// Runs `demo`.
pub fn run(ctx: &Context, args: &DemoArgs) -> Result<Outcome> {
    let dir = ctx.files.path(&args.dir);
    if !ctx.files.list(&args.dir)?.is_empty() {
        return Err(
            Error::input(format!("`{}` is not empty", args.dir.display())).hint("name another folder: decamp demo DIR")
        );
    }
    if ctx.files.dry_run {
        return ctx
            .ui
            .out(&format!(
                "{} {}",
                ctx.tr("would make a practice workspace in", "se haría una carpeta de práctica en"),
                args.dir.display()
            ))
            .map(|()| Outcome::Done);
    }
    let inner = inner(ctx, &dir);
    for (path, bytes) in DEMO {
        inner.files.write(path, bytes)?;
    }
    super::inventory::run(&inner, &inventory_args())?;
    super::plan::run(&inner, &plan_args())?;
    super::render::run(&inner, &RenderArgs::default())?;
    write_reports(&inner)?;
    seal_and_open(&inner)?;
    story(ctx, &inner, &args.dir)?;
    Ok(Outcome::Done)
}

/// The same command line, but in the new folder and without a word.
fn inner(ctx: &Context, dir: &Path) -> Context {
    Context {
        ui: Ui { quiet: true, silent: true, ..ctx.ui },
        files: Files::new(dir.to_path_buf(), false),
        force: false,
        today: ctx.today,
        now: ctx.now.clone(),
        playbooks: ctx.playbooks.clone(),
        templates: ctx.templates.clone(),
        redact: false,
    }
}

fn inventory_args() -> InventoryArgs {
    InventoryArgs {
        paths: Vec::new(),
        dns: Vec::new(),
        resolver: None,
        site: Vec::new(),
        ca: None,
        allow_private: false,
        output: None,
        group_dirs: None,
        explain: None,
        show_unmatched: false,
    }
}

fn plan_args() -> PlanArgs {
    PlanArgs {
        to: Vec::new(),
        start: None,
        hours_per_week: None,
        until: None,
        stages: None,
        explain: None,
        plain_titles: false,
        group_dirs: None,
    }
}

/// The map and the handout, in both languages.
fn write_reports(ctx: &Context) -> Result<()> {
    let catalog = ctx.catalog()?;
    let engine = ctx.engine()?;
    let workspace = Workspace::open(&ctx.files)?;
    let (group, inventory, plan) = (workspace.group()?, workspace.inventory()?, workspace.plan()?);
    let view = exposure::exposure(&catalog, &inventory, Some(&plan));
    let mut told = crate::report::plan(&catalog, &group, &inventory, &plan);
    crate::report::first_pages(&catalog, &group, &inventory, &plan, 0, &mut told);
    let machines: Vec<Vec<exposure::Machines>> = view.services.iter().map(exposure::Held::machines).collect();
    let data = json!({"group": group.name, "exposure": view, "plan": told, "machines": machines});
    for lang in Lang::ALL {
        let map = lang.file("exposure", "md");
        ctx.files.write(&map, engine.fill(&format!("exposure/{map}"), &data)?.as_bytes())?;
        let handout = lang.file("handout", "html");
        ctx.files.write(&handout, engine.fill(&format!("demo/{handout}"), &data)?.as_bytes())?;
    }
    Ok(())
}

/// A key of its own, a bundle of everything but the secret evidence, and the bundle opened again.
fn seal_and_open(ctx: &Context) -> Result<()> {
    super::key::run(ctx, &KeyCommand::New(KeyNewArgs { output: Some(KEY.into()) }))?;
    let text = ctx.files.read_text(KEY, 10_000)?;
    let recipient = text
        .lines()
        .find_map(|l| l.strip_prefix("# public key: "))
        .ok_or_else(|| Error::machine("the new key names no recipient"))?;
    let paths = ["group.yaml", "inventory.yaml", "plan", "configs", "evidence"].map(PathBuf::from).to_vec();
    let seal =
        SealArgs { paths, output: Some(BUNDLE.into()), recipients: vec![recipient.to_owned()], ..SealArgs::default() };
    super::bundle::run(ctx, &BundleCommand::Seal(Box::new(seal)))?;
    let open = OpenArgs {
        bundle: BUNDLE.into(),
        output: Some(OPENED.into()),
        keys: KeyArgsIn {
            identities: vec![KEY.into()],
            max_work_factor: crate::bundle::MAX_WORK_FACTOR,
            ..KeyArgsIn::default()
        },
        ..OpenArgs::default()
    };
    super::bundle::run(ctx, &BundleCommand::Open(open))?;
    for path in ["inventory.yaml", "plan/plan.yaml"] {
        let opened = ctx.files.read(format!("{OPENED}/{path}"), u64::MAX - 1)?;
        if opened != ctx.files.read(path, u64::MAX - 1)? {
            return Err(Error::machine(format!("`{path}` came out of the bundle changed")));
        }
    }
    Ok(())
}

fn story(ctx: &Context, inner: &Context, dir: &Path) -> Result<()> {
    use crate::plan::Decision::{Move, Stay};
    let workspace = Workspace::open(&inner.files)?;
    let (inventory, plan) = (workspace.inventory()?, workspace.plan()?);
    let count = |d| plan.assignments.iter().filter(|a| a.decision == d).count();
    let certain =
        inventory.services.iter().filter(|s| s.confidence.0 == crate::catalog::model::Confidence::Certain).count();
    let data = json!({
        "schema": "decamp/demo/1",
        "dir": dir.display().to_string(),
        "services": inventory.services.len(),
        "certain": certain,
        "unrecognized": inventory.unrecognized.len(),
        "moves": count(Move),
        "stays": count(Stay),
        "tasks": plan.tasks.len(),
        "files": workspace.state.files.keys().filter(|p| p.starts_with("configs/")).count(),
        "bundle": BUNDLE,
        "key": KEY,
        "opened": inner.files.walk(OPENED, 10_000)?.len(),
    });
    if ctx.ui.json {
        return ctx.ui.out_json(&data);
    }
    let template = format!("demo/{}", ctx.ui.lang.file("story", "txt"));
    ctx.ui.out(&ctx.engine()?.fill(&template, &data)?)
}
