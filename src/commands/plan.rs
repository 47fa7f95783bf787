//! `plan`: chooses destinations, schedules the tasks, writes `plan/`.

use super::{Context, Outcome};
use crate::catalog::Catalog;
use crate::catalog::model::Answer;
use crate::cli::PlanArgs;
use crate::error::{Error, Result, did_you_mean};
use crate::files::Files;
use crate::group::Group;
use crate::inventory::Inventory;
use crate::plan::{self, Message, Plan, Wanted, choose};
use crate::render::engine::Engine;
use crate::ui::Lang;
use crate::workspace::{Set, Workspace};
use serde_json::json;

/// Runs `plan`.
pub fn run(ctx: &Context, args: &PlanArgs) -> Result<Outcome> {
    let catalog = ctx.catalog()?;
    if let Some(need) = &args.explain {
        return explain(ctx, &catalog, need);
    }
    let engine = ctx.engine()?;
    if let Some(dir) = &args.group_dirs {
        for group in super::inventory::group_dirs(ctx, dir)? {
            let files = Files::new(group, ctx.files.dry_run);
            one(ctx, &files, &catalog, &engine, args)?;
        }
        return Ok(Outcome::Done);
    }
    ctx.warn_if_synced();
    one(ctx, &ctx.files, &catalog, &engine, args)
}

/// Plans in one workspace.
pub fn one(ctx: &Context, files: &Files, catalog: &Catalog, engine: &Engine, args: &PlanArgs) -> Result<Outcome> {
    let mut workspace = Workspace::open(files)?;
    let group = workspace.group()?;
    let inventory = workspace.inventory()?;
    let before = workspace.plan_if_any()?;
    let wanted = wanted(ctx, args, &group, engine, before)?;
    let plan = plan::make(catalog, &group, &inventory, &wanted)?;
    let set = plan_files(catalog, engine, &group, &inventory, &plan)?;
    workspace.write(&set, &["plan/plan.yaml"], &["plan/"], ctx.force)?;
    if args.until.is_some_and(|until| plan.end > until) {
        ctx.ui.warn(&format!("{} {}", ctx.tr("the plan ends on", "el plan termina el"), plan.end));
    }
    if ctx.ui.json {
        ctx.ui.out_json(&plan)?;
    } else {
        ctx.ui.out(&summary(ctx, &plan))?;
    }
    Ok(Outcome::Done)
}

fn wanted(ctx: &Context, args: &PlanArgs, group: &Group, engine: &Engine, before: Option<Plan>) -> Result<Wanted> {
    let stages = match &args.stages {
        None => (0, 6),
        Some(text) => {
            let (a, b) = text.split_once('-').unwrap_or((text, text));
            match (a.parse::<u8>(), b.parse::<u8>()) {
                (Ok(a), Ok(b)) if a <= b && b <= 6 => (a, b),
                _ => {
                    return Err(Error::input(format!("`{text}` is not a span of stages"))
                        .hint("write for example --stages 0-2; stages go from 0 to 6"));
                }
            }
        }
    };
    let hours_per_week = args.hours_per_week.unwrap_or_else(|| group.hours());
    if !(0.5..=200.0).contains(&hours_per_week) {
        return Err(
            Error::input("the hours per week can't be planned with").hint("give 0.5 to 200, of all helpers together")
        );
    }
    let messages = engine
        .names("plan/messages/")
        .into_iter()
        .filter(|n| n.ends_with(".md") && !n.ends_with(".es.md"))
        .map(|n| {
            let id = n.trim_start_matches("plan/messages/").trim_end_matches(".md").to_owned();
            let to = if id.contains("provider") {
                "provider"
            } else if id.contains("notice") {
                "partners"
            } else {
                "everyone"
            };
            Message { file: format!("messages/{id}.md"), id, to: to.to_owned() }
        })
        .collect();
    let start = args.start.or(group.start).unwrap_or(ctx.today);
    Ok(Wanted { providers: args.to.clone(), start, hours_per_week, stages, before, messages })
}

/// The files of `plan/`, in both languages.
fn plan_files(catalog: &Catalog, engine: &Engine, group: &Group, inventory: &Inventory, plan: &Plan) -> Result<Set> {
    let mut set = Set::new();
    set.insert("plan/plan.yaml".into(), format!("# Tick tasks off with `decamp done ID`, or write `done`, `who` and `note` here; the rest is planned anew.\n{}", crate::yaml::to_string(plan)?).into_bytes());
    let data = crate::report::plan(catalog, group, inventory, plan);
    for template in engine.names("plan/") {
        set.insert(template.clone(), engine.fill(&template, &data)?.into_bytes());
    }
    Ok(set)
}

fn summary(ctx: &Context, plan: &Plan) -> String {
    use plan::Decision::{Ask, LetGo, Move, Stay};
    let count = |d| plan.assignments.iter().filter(|a| a.decision == d).count();
    let hours: f64 = plan.tasks.iter().map(|t| t.hours).sum();
    let (moves, stays, gone, asks) = (count(Move), count(Stay), count(LetGo), count(Ask));
    match ctx.ui.lang {
        Lang::En => format!(
            "{} tasks, {hours} hours, from {} to {}.\nMoves: {moves} · stays: {stays} · let go: {gone} · to ask: {asks} · questions: {}\nRead plan/plan.md first. Next: decamp render",
            plan.tasks.len(),
            plan.start,
            plan.end,
            plan.questions.len()
        ),
        Lang::Es => format!(
            "{} tareas, {hours} horas, del {} al {}.\nSe mudan: {moves} · se quedan: {stays} · se dejan: {gone} · por preguntar: {asks} · preguntas: {}\nLean primero plan/plan.es.md. Sigue: decamp render",
            plan.tasks.len(),
            plan.start,
            plan.end,
            plan.questions.len()
        ),
    }
}

/// `--explain NEED`: where it could go at each provider.
fn explain(ctx: &Context, catalog: &Catalog, need: &str) -> Result<Outcome> {
    if catalog.need(need).is_none() {
        let mut e = Error::input(format!("`{need}` is not a need"));
        if let Some(near) = did_you_mean(need, catalog.needs.keys().map(String::as_str)) {
            e = e.hint(format!("did you mean `{near}`?"));
        }
        return Err(e);
    }
    let all = choose::alternatives(catalog, need);
    if ctx.ui.json {
        let rows: Vec<_> = all
            .iter()
            .map(|(id, home)| json!({"provider": id, "service": home.as_ref().map(|h| h.service.clone()), "offered": home.as_ref().map_or(Answer::No, |h| h.offered)}))
            .collect();
        ctx.ui.out_json(&json!({"schema": "decamp/explain/1", "need": need, "alternatives": rows}))?;
        return Ok(Outcome::Done);
    }
    let mut text = String::new();
    for (id, home) in all {
        let line = match home {
            None => ctx.tr("not offered, as far as is known", "no se ofrece, hasta donde se sabe").to_owned(),
            Some(h) => match h.offered {
                Answer::Yes => h.service,
                _ => format!("{} ({})", h.service, ctx.tr("nobody has said: ask", "nadie lo ha dicho: pregunten")),
            },
        };
        text.push_str(&format!("{id}: {line}\n"));
    }
    ctx.ui.out(&text)?;
    Ok(Outcome::Done)
}
