//! Inventory × group × catalog → a plan. Pure: dates come in as arguments.
//!
//! [`choose`] finds a destination for every need, [`tasks`] joins the needs' tasks with the services' ways out and in,
//! [`schedule`] gives them dates.

pub mod choose;
pub mod questions;
pub mod schedule;
pub mod settings;
pub mod tasks;
pub mod ways;

use crate::catalog::Catalog;
use crate::catalog::model::{TaskKind, Text};
use crate::group::Group;
use crate::inventory::{Inventory, YearlyCost};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The schema's name.
pub const SCHEMA: &str = "decamp/plan/1";

/// `plan/plan.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: String,
    /// The group's name.
    pub group: String,
    /// First day.
    pub start: Date,
    /// Last day of the last dated task.
    pub end: Date,
    /// Working hours a week.
    pub hours_per_week: f64,
    /// Whether the group should go now.
    pub verdict: Verdict,
    /// The providers in order of preference.
    #[serde(default)]
    pub providers: Vec<String>,
    /// What becomes of each need of each service.
    pub assignments: Vec<Assignment>,
    /// The stages, each of which may be the last.
    pub stages: Vec<PlanStage>,
    /// What is to be done.
    pub tasks: Vec<Task>,
    /// What must be asked.
    pub questions: Vec<Question>,
    /// Messages that are ready to be sent.
    pub messages: Vec<Message>,
}

/// Go, or not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Go.
    Go,
    /// Not yet.
    NotYet,
}

/// What becomes of one need of one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The need.
    pub need: String,
    /// The old service.
    pub from: String,
    /// The new service (software), when it moves.
    #[serde(default)]
    pub to: Option<String>,
    /// Who runs the new one.
    #[serde(default)]
    pub provider: Option<String>,
    /// What is decided.
    pub decision: Decision,
    /// Why.
    pub why: Text,
    /// When to look again.
    #[serde(default)]
    pub review: Option<Date>,
    /// What the old one costs a year.
    #[serde(default)]
    pub cost: Option<YearlyCost>,
}

/// What becomes of a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It moves.
    Move,
    /// It stays for now, and is reduced.
    Stay,
    /// It is closed, nothing is carried.
    LetGo,
    /// Somebody must be asked.
    Ask,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanStage {
    /// 0 to 6.
    pub n: u8,
    /// Its name.
    pub name: Text,
    /// What stopping here means.
    pub may_stop_here: Text,
    /// Services that still hold something when one stops here.
    pub still_exposed: Vec<String>,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Stable from run to run.
    pub id: String,
    /// 0 to 6.
    pub stage: u8,
    /// The need, unless it is the stage's own.
    #[serde(default)]
    pub need: Option<String>,
    /// The old service.
    #[serde(default)]
    pub from: Option<String>,
    /// The new service.
    #[serde(default)]
    pub to: Option<String>,
    /// What it does.
    pub kind: TaskKind,
    /// One line.
    pub title: Text,
    /// What to do.
    #[serde(default)]
    pub steps: Vec<Text>,
    /// Who.
    pub role: String,
    /// Working hours.
    pub hours: f64,
    /// Days to wait afterwards.
    pub wait_days: u32,
    /// Ids of tasks that come first.
    pub after: Vec<String>,
    /// The id of the task that must be answered first.
    #[serde(default)]
    pub gate: Option<String>,
    /// First day; absent while the gate is shut.
    #[serde(default)]
    pub start: Option<Date>,
    /// Last day.
    #[serde(default)]
    pub end: Option<Date>,
    /// Whether the end date hangs on it.
    pub critical: bool,
    /// How to go back.
    #[serde(default)]
    pub rollback: Option<Text>,
    /// What can go wrong.
    #[serde(default)]
    pub danger: Option<Text>,
    /// Files that it uses.
    pub files: Vec<String>,
    /// When it was done.
    #[serde(default)]
    pub done: Option<Date>,
    /// Who took it.
    #[serde(default)]
    pub who: Option<String>,
    /// What people noted.
    #[serde(default)]
    pub note: Option<String>,
}

/// Something that must be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Whom: a provider's or a service's id, or `group`.
    pub to: String,
    /// About what.
    pub about: String,
    /// The message, ready to be sent.
    pub draft: Text,
}

/// A message file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Who gets it.
    pub to: String,
    /// The file, below `plan/`.
    pub file: String,
}

/// What a plan is made from, beside inventory and catalog.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Providers from the command line; else the group's wishes.
    pub providers: Vec<String>,
    /// The first day.
    pub start: Date,
    /// Working hours a week.
    pub hours_per_week: f64,
    /// First and last stage.
    pub stages: (u8, u8),
    /// Dates, people and notes of the plan before, by task id.
    pub before: Option<Plan>,
    /// What is to be told in the message files: id → who gets it.
    pub messages: Vec<Message>,
}

/// Makes a plan.
///
/// # Errors
/// When a wish names a provider that the catalog does not know.
pub fn make(catalog: &Catalog, group: &Group, inventory: &Inventory, wanted: &Wanted) -> crate::error::Result<Plan> {
    let choice = choose::choose(catalog, group, inventory, wanted)?;
    let mut tasks = tasks::tasks(catalog, group, inventory, &choice, wanted);
    if let Some(before) = &wanted.before {
        keep(&mut tasks, before);
    }
    let end = schedule::schedule(&mut tasks, group, wanted.start, wanted.hours_per_week);
    let questions = questions::questions(catalog, group, inventory, &choice);
    let stages = stages(catalog, &choice.assignments, &tasks, wanted.stages);
    let mail_moves = choice.assignments.iter().any(|a| a.need == "mail" && a.decision == Decision::Move);
    let verdict = if mail_moves && group.domains.is_empty() { Verdict::NotYet } else { Verdict::Go };
    Ok(Plan {
        schema: SCHEMA.into(),
        group: group.name.clone(),
        start: wanted.start,
        end,
        hours_per_week: wanted.hours_per_week,
        verdict,
        providers: choice.providers,
        assignments: choice.assignments,
        stages,
        tasks,
        questions,
        messages: wanted.messages.clone(),
    })
}

/// The provider in whose folder the DNS stands: that of `dns`, else of `mail`, else the first.
pub fn dns_provider(assignments: &[Assignment], providers: &[String]) -> Option<String> {
    let moves = || assignments.iter().filter(|a| a.decision == Decision::Move);
    let of = |need: &str| moves().find(|a| a.need == need).and_then(|a| a.provider.clone());
    of("dns")
        .or_else(|| of("mail"))
        .or_else(|| moves().find_map(|a| a.provider.clone()))
        .or_else(|| providers.first().cloned())
}

/// Whether nothing of a service stays: only then is its account closed.
pub fn leaves(assignments: &[Assignment], service: &str) -> bool {
    let mut own = assignments.iter().filter(|a| a.from == service).peekable();
    own.peek().is_some() && own.all(|a| matches!(a.decision, Decision::Move | Decision::LetGo))
}

/// `done`, `who` and `note` are kept by task id.
fn keep(tasks: &mut [Task], before: &Plan) {
    for task in tasks {
        if let Some(old) = before.tasks.iter().find(|t| t.id == task.id) {
            task.done = old.done;
            task.who.clone_from(&old.who);
            task.note.clone_from(&old.note);
        }
    }
}

fn stages(catalog: &Catalog, assignments: &[Assignment], tasks: &[Task], (first, last): (u8, u8)) -> Vec<PlanStage> {
    let mut all: Vec<_> = catalog.stages.values().map(|s| &s.value).filter(|s| s.n >= first && s.n <= last).collect();
    all.sort_by_key(|s| s.n);
    all.into_iter()
        .map(|stage| PlanStage {
            n: stage.n,
            name: stage.name.clone(),
            may_stop_here: stage.stop.clone(),
            still_exposed: still_exposed(assignments, tasks, stage.n),
        })
        .collect()
}

/// Services of which something is left when one stops after stage `n`.
fn still_exposed(assignments: &[Assignment], tasks: &[Task], n: u8) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    for a in assignments {
        let last = tasks
            .iter()
            .filter(|t| t.need.as_ref() == Some(&a.need) && t.from.as_ref() == Some(&a.from))
            .map(|t| t.stage)
            .max();
        let gone = matches!(a.decision, Decision::Move | Decision::LetGo) && last.is_some_and(|last| last <= n);
        if !gone && !left.contains(&a.from) {
            left.push(a.from.clone());
        }
    }
    left.sort();
    left
}
