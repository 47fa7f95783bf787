//! `next` and `done`: today's tasks, and ticking one off.

use super::{Context, Outcome};
use crate::cli::{Answered, DoneArgs, NextArgs};
use crate::error::{Error, Result, did_you_mean};
use crate::plan::{Blocked, GateAnswer, Plan, Task};
use crate::ui::Lang;
use crate::workspace::{Set, Workspace};
use serde_json::json;

/// How many tasks a day has.
const TODAY: usize = 3;

/// Tasks that can be begun: not done, all before them done, no gate shut.
pub fn ready<'p>(plan: &'p Plan, role: Option<&str>) -> Vec<&'p Task> {
    let done = |id: &String| plan.tasks.iter().any(|t| t.id == *id && t.done.is_some());
    let says_no =
        |id: &String| plan.tasks.iter().any(|t| t.id == *id && t.done.is_some() && t.answer == Some(GateAnswer::No));
    let barred = |t: &Task| matches!(t.blocked, Some(Blocked::Hold | Blocked::NotYet | Blocked::Until));
    let open =
        |t: &&Task| t.done.is_none() && t.after.iter().all(done) && t.gate.as_ref().is_none_or(says_no) && !barred(t);
    let mut found: Vec<&Task> = plan.tasks.iter().filter(open).filter(|t| role.is_none_or(|r| t.role == r)).collect();
    found.sort_by_key(|t| (t.start.is_none(), t.start, t.stage));
    found
}

/// Runs `next`.
pub fn next(ctx: &Context, args: &NextArgs) -> Result<Outcome> {
    ctx.warn_if_synced();
    let workspace = Workspace::open(&ctx.files)?;
    let plan = workspace.plan()?;
    if let Some(role) = &args.role
        && !plan.tasks.iter().any(|t| t.role == *role)
    {
        let mut e = Error::input(format!("no task is for the role `{role}`"));
        if let Some(near) = did_you_mean(role, plan.tasks.iter().map(|t| t.role.as_str())) {
            e = e.hint(format!("did you mean `{near}`?"));
        }
        return Err(e);
    }
    let catalog = ctx.catalog()?;
    let ready = ready(&plan, args.role.as_deref());
    let today: Vec<&&Task> = ready.iter().take(TODAY).collect();
    if ctx.ui.json {
        ctx.ui
            .out_json(&json!({"schema": "decamp/next/1", "tasks": today, "more": ready.len().saturating_sub(TODAY)}))?;
        return Ok(Outcome::Done);
    }
    let lang = ctx.ui.lang;
    let mut text = String::new();
    for task in today {
        let pick = |t: &crate::catalog::model::Text| if lang == Lang::En { t.en.clone() } else { t.es.clone() };
        let role = pick(&crate::report::role(&catalog, &task.role));
        let date = task.start.map_or_else(|| ctx.tr("no date", "sin fecha").to_owned(), |d| d.to_string());
        text.push_str(&format!("{}\n  {} · {role} · {} h · {date}\n", pick(&task.title), task.id, task.hours));
        if let Some(danger) = &task.danger {
            text.push_str(&format!("  ! {}\n", pick(danger)));
        }
        for step in &task.steps {
            text.push_str(&format!("  - {}\n", pick(step)));
        }
        for file in &task.files {
            text.push_str(&format!("  → {file}\n"));
        }
        text.push_str(&format!("  {} decamp done {}\n\n", ctx.tr("When it is done:", "Cuando esté lista:"), task.id));
    }
    if ready.is_empty() {
        text.push_str(ctx.tr("Nothing is waiting.", "No hay nada pendiente."));
    }
    ctx.ui.out(&text)?;
    Ok(Outcome::Done)
}

fn answer(said: Answered) -> GateAnswer {
    match said {
        Answered::No => GateAnswer::No,
        Answered::Yes => GateAnswer::Yes,
    }
}

/// Runs `done TASK`.
pub fn done(ctx: &Context, args: &DoneArgs) -> Result<Outcome> {
    let mut workspace = Workspace::open(&ctx.files)?;
    let mut plan = workspace.plan()?;
    let is_gate = plan.tasks.iter().any(|t| t.gate.as_deref() == Some(&args.task));
    let Some(task) = plan.tasks.iter_mut().find(|t| t.id == args.task) else {
        let mut e = Error::input(format!("`{}` is not a task of the plan", args.task));
        if let Some(near) = did_you_mean(&args.task, plan.tasks.iter().map(|t| t.id.as_str())) {
            e = e.hint(format!("did you mean `{near}`?"));
        }
        return Err(e.hint("`decamp next` shows the tasks that wait"));
    };
    if is_gate && args.answer.is_none() && task.answer.is_none() {
        return Err(Error::input(format!("`{}` asks whether anything must be kept, and others wait for the answer", args.task))
            .hint("`--answer no` if nothing must be kept; `--answer yes` if something must, then nothing is deleted or closed"));
    }
    if !is_gate && args.answer.is_some() {
        return Err(Error::input(format!("`{}` has no question to answer", args.task)).hint("leave `--answer` away"));
    }
    task.answer = args.answer.map(answer).or(task.answer);
    let already = task.done;
    task.done = Some(already.unwrap_or(ctx.today));
    let title = if ctx.ui.lang == Lang::En { task.title.en.clone() } else { task.title.es.clone() };
    let mut set = Set::new();
    set.insert(
        "plan/plan.yaml".into(),
        format!("{}{}", super::plan::HEAD, crate::yaml::to_string(&plan)?).into_bytes(),
    );
    workspace.write(&set, &["plan/plan.yaml"], &[], ctx.force)?;
    let left = plan.tasks.iter().filter(|t| t.done.is_none()).count();
    if ctx.ui.json {
        ctx.ui.out_json(
            &json!({"schema": "decamp/done/1", "task": args.task, "done": already.unwrap_or(ctx.today), "left": left}),
        )?;
    } else {
        ctx.ui.out(&format!(
            "{}: {title}\n{}: {left}",
            ctx.tr("Done", "Lista"),
            ctx.tr("Tasks left", "Tareas que faltan")
        ))?;
    }
    Ok(Outcome::Done)
}
