//! The tasks: those of every stage, and those of every need that moves or ends.

mod graph;
mod steps;

use super::choose::{Choice, common_format};
use super::{Assignment, Decision, Task, Wanted};
use crate::catalog::Catalog;
use crate::catalog::model::{Confidence, ServiceKind, StepsFrom, TaskKind, TaskTemplate, Text, When};
use crate::group::Group;
use crate::inventory::{Inventory, Source};
use std::collections::{BTreeMap, BTreeSet};

/// What titles and steps are filled with.
struct Fill<'a> {
    from: &'a str,
    to: &'a str,
    provider: &'a str,
    group: &'a str,
}

/// The role of a task that each person does for themselves.
pub const EVERYONE: &str = "everyone";

/// Hours from which on what each person spends on their own account is told; less is lost in a meeting.
const OWN_TIME: f64 = 0.25;

/// In a stage's file: after all tasks of needs in that stage; `all:provision`: after those of that kind.
const ALL: &str = "all";

/// Whether a reference is to all tasks of a stage.
fn is_all(after: &str) -> bool {
    after == ALL || after.strip_prefix(ALL).is_some_and(|kind| kind.starts_with(':'))
}

/// A task, and whether it applies: one that does not only hands on what it comes after.
struct Made {
    task: Task,
    applies: bool,
    /// It belongs to a need that moves or ends.
    moves: bool,
    /// Where the need goes.
    provider: Option<String>,
    /// It ends the whole account, not only one need's part.
    account: bool,
}

/// What all tasks are made from.
struct Maker<'a> {
    catalog: &'a Catalog,
    group: &'a Group,
    inventory: &'a Inventory,
    choice: &'a Choice,
    /// The provider in whose folder the DNS stands.
    dns: Option<String>,
    /// The plan must end by a date that it does not keep.
    hurry: bool,
}

/// All tasks, in an order that respects stages and what comes first.
pub fn tasks(
    catalog: &Catalog,
    group: &Group,
    inventory: &Inventory,
    choice: &Choice,
    wanted: &Wanted,
    hurry: bool,
) -> Vec<Task> {
    let dns = super::dns_provider(&choice.assignments, &choice.providers);
    let maker = Maker { catalog, group, inventory, choice, dns, hurry };
    let mut all = maker.of_stages();
    let mut first: BTreeMap<(&str, Option<&str>), &str> = BTreeMap::new();
    for a in &choice.assignments {
        // A need moves to one place once; further old services only bring what they hold.
        let main = match a.decision {
            Decision::Move | Decision::LetGo => *first.entry((&a.need, a.provider.as_deref())).or_insert(&a.from),
            Decision::Stay | Decision::Ask => a.from.as_str(),
        };
        all.extend(maker.of_need(a, main));
    }
    graph::resolve(&mut all);
    graph::accounts(&mut all);
    graph::idle(&mut all);
    graph::last(&mut all);
    if hurry {
        graph::hurry(&mut all);
    }
    let mut all = graph::contract(all);
    all.retain(|t| t.stage >= wanted.stages.0 && t.stage <= wanted.stages.1);
    let ids: BTreeSet<String> = all.iter().map(|t| t.id.clone()).collect();
    for task in &mut all {
        task.after.retain(|a| ids.contains(a));
    }
    // A stage's own tasks open the first stage and end the others (hand-over, looking back).
    all.sort_by_key(|t| (t.stage, t.need.is_none() && t.stage > 0));
    graph::ordered(all)
}

impl Maker<'_> {
    fn of_stages(&self) -> Vec<Made> {
        let mut all = Vec::new();
        let used: BTreeSet<&str> = self.choice.assignments.iter().filter_map(|a| a.provider.as_deref()).collect();
        for (id, item) in &self.catalog.stages {
            let stage = &item.value;
            for t in &stage.tasks {
                let applies = self.holds(t.when.as_ref());
                if t.steps_from == Some(StepsFrom::Join) {
                    for provider in self.choice.providers.iter().filter(|p| used.contains(p.as_str())) {
                        let mut task = of_stage(self.catalog, self.group, id, stage.n, t, Some(provider));
                        task.id = format!("{}-{provider}", task.id);
                        all.push(Made { task, applies, moves: false, provider: None, account: false });
                    }
                } else {
                    let mut task = of_stage(self.catalog, self.group, id, stage.n, t, None);
                    task.files = files(None, self.dns.as_deref(), &t.files, self.group);
                    all.push(Made { task, applies, moves: false, provider: None, account: false });
                }
            }
        }
        all
    }

    /// What a task's `when` says about group and inventory.
    fn holds(&self, when: Option<&When>) -> bool {
        let Some(when) = when else { return true };
        let inventory = self.inventory;
        let has_domain = !self.group.domains.is_empty() || !inventory.zones.is_empty();
        let sure = || inventory.services.iter().filter(|s| s.confidence.0 > Confidence::Hint);
        when.domain.is_none_or(|domain| domain == has_domain)
            && when.hurry.is_none_or(|hurry| hurry == self.hurry)
            && when.secret.is_none_or(|secret| secret == inventory.sources.iter().any(Source::is_left_secret))
            && (when.countries.is_empty() || self.group.country.as_ref().is_some_and(|c| when.countries.contains(c)))
            && (when.services.is_empty() || sure().any(|s| when.services.contains(&s.id)))
            && (when.needs.is_empty() || sure().any(|s| s.needs.iter().any(|n| when.needs.contains(n))))
    }
}

/// `0-decision` and `hold-asked` → `decision-hold-asked`.
fn stage_task_id(stage: &str, id: &str) -> String {
    let name = stage.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
    format!("{name}-{id}")
}

fn of_stage(catalog: &Catalog, group: &Group, id: &str, n: u8, t: &TaskTemplate, provider: Option<&str>) -> Task {
    let name = provider.and_then(|p| catalog.provider(p)).map_or("", |p| p.name.as_str());
    let fill = Fill { from: "", to: "", provider: name, group: &group.name };
    let mut task = base(t, &fill);
    task.id = stage_task_id(id, &t.id);
    task.stage = t.stage.unwrap_or(n);
    task.after = t.after.iter().map(|a| reference(a, |local| stage_task_id(id, local))).collect();
    if let (Some(StepsFrom::Join), Some(provider)) = (t.steps_from, provider.and_then(|p| catalog.provider(p))) {
        task.steps.extend(provider.join.iter().map(|s| filled(s, &fill)));
    }
    task
}

/// `STAGEFILE:ID` or an id of the same file.
fn reference(after: &str, local: impl Fn(&str) -> String) -> String {
    if is_all(after) {
        return after.to_owned();
    }
    match after.split_once(':') {
        Some((stage, id)) => stage_task_id(stage, id),
        None => local(after),
    }
}

impl Maker<'_> {
    fn of_need(&self, a: &Assignment, main: &str) -> Vec<Made> {
        let catalog = self.catalog;
        let Some(need) = catalog.need(&a.need) else { return Vec::new() };
        // What is already where the move leads to is not made smaller.
        if a.decision == Decision::Stay && catalog.service(&a.from).is_some_and(|s| s.kind == ServiceKind::Software) {
            return Vec::new();
        }
        let found = self.inventory.service(&a.from);
        let name = |id: &str| catalog.service(id).map_or_else(|| id.to_owned(), |s| s.name.clone());
        let from = found.map_or_else(|| name(&a.from), |f| f.name.clone());
        let to = a.to.as_deref().map(name).unwrap_or_default();
        let provider = a.provider.as_deref().and_then(|p| catalog.provider(p)).map(|p| p.name.clone());
        let provider = provider.unwrap_or_default();
        let fill = Fill { from: &from, to: &to, provider: &provider, group: &self.group.name };
        let of_each =
            |t: &TaskTemplate| t.kind == TaskKind::Close || t.steps_from.is_some() || t.kind == TaskKind::Sort;
        let own = |t: &TaskTemplate| main == a.from || of_each(t);
        let id = |local: &str| {
            let shared = need.tasks.iter().any(|t| t.id == local && !own(t));
            format!("{}-{}-{local}", a.need, if shared { main } else { &a.from })
        };
        let format = a.to.as_deref().and_then(|to| common_format(catalog, &a.from, to, &a.need));
        let closes = closes(catalog, self.choice, a);
        let applies = |t: &TaskTemplate| {
            let when = t.when.clone().unwrap_or_default();
            let one_of = |list: &[String], id: Option<&str>| {
                list.is_empty() || id.is_some_and(|id| list.iter().any(|l| l == id))
            };
            let decided = match &when.decisions[..] {
                [] => a.decision == Decision::Move || (a.decision == Decision::LetGo && t.kind == TaskKind::Close),
                list => list.contains(&a.decision),
            };
            decided
                && one_of(&when.from, Some(&a.from))
                && one_of(&when.to, a.to.as_deref())
                && when.by_hand.is_none_or(|by_hand| by_hand == format.is_none())
                && (closes || t.steps_from != Some(StepsFrom::Close))
                && self.holds(Some(&when))
        };
        // A task that another old service of the same need brings already is not made twice.
        let mine = need.tasks.iter().filter(|t| own(t));
        mine.map(|t| {
            let mut task = base(t, &fill);
            task.id = id(&t.id);
            task.stage = t.stage.unwrap_or(need.stage);
            task.need = Some(a.need.clone());
            task.from = Some(a.from.clone());
            task.to.clone_from(&a.to);
            task.after = t.after.iter().map(|after| reference(after, id)).collect();
            // What is done once for all old services waits for what is done at each of them.
            for after in t.after.iter().filter(|_| !of_each(t)) {
                if need.tasks.iter().any(|o| o.id == *after && of_each(o)) {
                    let together = self.choice.assignments.iter().filter(|o| {
                        o.need == a.need && o.provider == a.provider && o.decision == a.decision && o.from != a.from
                    });
                    task.after.extend(together.map(|o| format!("{}-{}-{after}", a.need, o.from)));
                }
            }
            let accounts = found.and_then(|f| f.accounts).or(self.group.people.map(u64::from)).unwrap_or(5);
            #[allow(clippy::cast_precision_loss)]
            {
                task.hours = round(t.hours + t.hours_per_account * accounts as f64);
            }
            task.steps.splice(0..0, steps::reminders(catalog, t).map(|s| filled(s, &fill)));
            steps::steps(catalog, a, format.as_deref(), t, &fill, &mut task);
            if t.kind == TaskKind::Copy {
                steps::throttle(catalog, a, format.as_deref(), found, accounts, &mut task);
            }
            task.files = files(a.provider.as_deref(), self.dns.as_deref(), &t.files, self.group);
            Made {
                task,
                applies: applies(t),
                moves: matches!(a.decision, Decision::Move | Decision::LetGo),
                provider: a.provider.clone(),
                account: t.steps_from == Some(StepsFrom::Close),
            }
        })
        .collect()
    }
}

/// Whether this need's tasks close the old account: nothing else stays there, and no other need leaves it later.
fn closes(catalog: &Catalog, choice: &Choice, a: &Assignment) -> bool {
    let stage = |a: &Assignment| catalog.need(&a.need).map_or(0, |n| n.stage);
    let own = choice.assignments.iter().filter(|o| o.from == a.from);
    let last = own.max_by_key(|o| (stage(o), std::cmp::Reverse(&o.need)));
    super::closes(catalog, &choice.assignments, &a.from) && last == Some(a)
}

fn base(t: &TaskTemplate, fill: &Fill<'_>) -> Task {
    Task {
        id: String::new(),
        stage: 0,
        need: None,
        from: None,
        to: None,
        kind: t.kind,
        title: filled(&t.title, fill),
        steps: t.steps.iter().map(|s| filled(s, fill)).collect(),
        role: t.role.clone(),
        hours: round(t.hours),
        hours_each: Some(t.hours_per_account).filter(|each| t.role == EVERYONE && *each >= OWN_TIME),
        wait_days: t.wait_days,
        after: Vec::new(),
        gate: t.gate.clone(),
        answer: None,
        blocked: None,
        start: None,
        end: None,
        critical: false,
        slack_days: None,
        holders: t.holders,
        repeat: t.repeat,
        first: t.first,
        rollback: t.rollback.as_ref().map(|s| filled(s, fill)),
        danger: t.danger.as_ref().map(|s| filled(s, fill)),
        files: Vec::new(),
        done: None,
        who: None,
        note: None,
    }
}

fn filled(text: &Text, fill: &Fill<'_>) -> Text {
    let one = |s: &str| {
        // Most texts are whole as they stand.
        if !s.contains('{') {
            return s.to_owned();
        }
        s.replace("{from}", fill.from)
            .replace("{to}", fill.to)
            .replace("{provider}", fill.provider)
            .replace("{group}", fill.group)
    };
    Text { en: one(&text.en), es: one(&text.es) }
}

/// Paths in the workspace; `DOMAIN` is every domain of the group. DNS stands in one provider's folder.
fn files(provider: Option<&str>, dns: Option<&str>, patterns: &[String], group: &Group) -> Vec<String> {
    let mut all = Vec::new();
    for pattern in patterns {
        let Some(provider) = (if pattern.starts_with("dns/") { dns } else { provider }) else { continue };
        let path = format!("configs/{provider}/{pattern}");
        if path.contains("DOMAIN") {
            all.extend(group.domains.iter().map(|d| path.replace("DOMAIN", d)));
        } else {
            all.push(path);
        }
    }
    all
}

fn round(hours: f64) -> f64 {
    (hours * 4.0).round() / 4.0
}
