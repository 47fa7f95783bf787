//! Inventory × group × catalog → a plan. Pure: dates come in as arguments.
//!
//! [`providers`] finds the fewest houses that serve most needs, [`choose`] a destination for every need, [`tasks`] joins
//! the needs' tasks with the services' ways out and in, [`schedule`] gives them dates, [`verdict`] says whether to go at
//! all, [`advice`] what would make it shorter.

pub mod advice;
pub mod choose;
pub mod known;
mod model;
pub mod providers;
pub mod questions;
pub mod schedule;
pub mod settings;
pub mod tasks;
pub mod verdict;
pub mod ways;

use crate::catalog::Catalog;
use crate::catalog::model::{Confidence, TaskKind};
use crate::group::Group;
use crate::inventory::Inventory;
use jiff::civil::Date;
pub use model::{Assignment, Blocked, Decision, GateAnswer, Message, Plan, PlanStage, Question, SCHEMA, Task, Verdict};
use schedule::Terms;

/// What a plan is made from, beside inventory and catalog.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Providers from the command line; else the group's wishes.
    pub providers: Vec<String>,
    /// The first day.
    pub start: Date,
    /// The day on which the plan is made: nothing that is not done gets a day before it.
    pub today: Date,
    /// Working hours a week.
    pub hours_per_week: f64,
    /// First and last stage.
    pub stages: (u8, u8),
    /// The day by which it must be over.
    pub until: Option<Date>,
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
    let made = |hurry: bool| {
        let mut tasks = tasks::tasks(catalog, group, inventory, &choice, wanted, hurry);
        if let Some(before) = &wanted.before {
            keep(&mut tasks, before);
        }
        tasks
    };
    let mut terms = Terms::new(group, wanted.start.max(wanted.today), wanted.hours_per_week);
    let mut tasks = made(false);
    let mut end = schedule::schedule(&mut tasks, &terms).end;
    let whole = verdict::weeks(first_day(&tasks, wanted.start), end);
    let mut why_not_yet = Vec::new();
    let mut shorten = Vec::new();
    if let Some(until) = wanted.until {
        // A house that closes leaves no time to wait for better conditions.
        if end > until {
            tasks = made(true);
            terms.until = Some(until);
            end = schedule::schedule(&mut tasks, &terms).end.min(until);
        }
    } else {
        why_not_yet = verdict::why_not_yet(catalog, inventory, &tasks, &terms);
        shorten = advice::shorten(catalog, &tasks, &terms, end);
        if !why_not_yet.is_empty() {
            terms.only_first = true;
            end = schedule::schedule(&mut tasks, &terms).end;
        }
    }
    Ok(Plan {
        schema: SCHEMA.into(),
        group: group.name.clone(),
        start: wanted.start,
        end,
        hours_per_week: wanted.hours_per_week,
        verdict: if why_not_yet.is_empty() { Verdict::Go } else { Verdict::NotYet },
        why_not_yet,
        until: wanted.until,
        // Where a house closes, the plan that keeps the date counts.
        weeks: if terms.until.is_some() { verdict::weeks(first_day(&tasks, wanted.start), end) } else { whole },
        shorten,
        questions: questions::questions(catalog, group, inventory, &choice, end),
        stages: stages(catalog, inventory, &choice.assignments, &tasks, wanted.stages),
        providers: choice.providers,
        assignments: choice.assignments,
        tasks,
        messages: wanted.messages.clone(),
    })
}

/// The day on which the first task was done or begins: the start, unless that has passed without anything done.
pub fn first_day(tasks: &[Task], start: Date) -> Date {
    tasks.iter().filter_map(|t| t.start).min().map_or(start, |first| first.max(start))
}

/// The first day of what is not done.
pub fn next_day(plan: &Plan) -> Date {
    let open = plan.tasks.iter().filter(|t| t.done.is_none() && t.repeat.is_none());
    open.filter_map(|t| t.start).min().map_or(plan.start, |first| first.max(plan.start))
}

/// Hours of work that are done or have a day: with an end (`--until`), those that fit before it.
pub fn dated_hours(plan: &Plan) -> f64 {
    plan.tasks.iter().filter(|t| t.repeat.is_none() && t.start.is_some()).map(|t| t.hours).sum()
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

/// Whether a domain may be registered at a service that is otherwise left: its account stays open, or the domain is lost.
fn keeps_domain(catalog: &Catalog, assignments: &[Assignment], service: &str) -> bool {
    let registers = catalog.service(service).is_some_and(|s| s.needs.iter().any(|n| n == "domain"));
    let leaves = |a: &Assignment| {
        a.from == service && a.need == "domain" && matches!(a.decision, Decision::Move | Decision::LetGo)
    };
    registers && !assignments.iter().any(leaves)
}

/// Whether a service's account is closed: nothing of it stays, and no domain can be lost with it.
pub fn closes(catalog: &Catalog, assignments: &[Assignment], service: &str) -> bool {
    leaves(assignments, service) && !keeps_domain(catalog, assignments, service)
}

/// An id of a task that stays the same from run to run and tells nothing.
pub fn stable_id(group: &str, task: &str) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(group.as_bytes()).update(&[0]).update(task.as_bytes());
    hash.finalize().to_hex()[..32].to_owned()
}

/// `done`, `who`, `note` and a gate's answer are kept by task id.
fn keep(tasks: &mut Vec<Task>, before: &Plan) {
    for task in tasks.iter_mut() {
        if let Some(old) = before.tasks.iter().find(|t| t.id == task.id) {
            task.done = old.done;
            task.who.clone_from(&old.who);
            task.note.clone_from(&old.note);
            task.answer = old.answer;
        }
    }
    // What was done stays on record, also when the plan would not ask for it any more.
    let gone = |t: &&Task| t.done.is_some() && !tasks.iter().any(|new| new.id == t.id);
    let gone: Vec<Task> = before.tasks.iter().filter(gone).cloned().collect();
    for mut task in gone {
        task.after.clear();
        tasks.insert(0, task);
    }
}

fn stages(
    catalog: &Catalog,
    inventory: &Inventory,
    assignments: &[Assignment],
    tasks: &[Task],
    (first, last): (u8, u8),
) -> Vec<PlanStage> {
    let mut all: Vec<_> = catalog.stages.values().map(|s| &s.value).filter(|s| s.n >= first && s.n <= last).collect();
    all.sort_by_key(|s| s.n);
    all.into_iter()
        .map(|stage| PlanStage {
            n: stage.n,
            name: stage.name.clone(),
            may_stop_here: stage.stop.clone(),
            still_exposed: still_exposed(catalog, inventory, assignments, tasks, stage.n),
        })
        .collect()
}

/// Services of which something is left when one stops after stage `n`: a copy stays until the last task at the old service,
/// which closes its account, has a day. What only a hint speaks for is a question, not an exposure.
fn still_exposed(
    catalog: &Catalog,
    inventory: &Inventory,
    assignments: &[Assignment],
    tasks: &[Task],
    n: u8,
) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    for found in inventory.services.iter().filter(|f| f.confidence.0 > Confidence::Hint) {
        let mut own = tasks.iter().filter(|t| t.from.as_ref() == Some(&found.id) && t.repeat.is_none()).peekable();
        let over = own.peek().is_some()
            && own.all(|t| t.stage <= n && (t.kind != TaskKind::Close || t.end.is_some() || t.done.is_some()));
        if !(over && closes(catalog, assignments, &found.id)) {
            left.push(found.id.clone());
        }
    }
    left.sort();
    left
}
