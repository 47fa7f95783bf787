//! The tasks: those of every stage, and those of every need that moves or ends.

use super::choose::{Choice, common_format};
use super::{Assignment, Decision, Task, Wanted};
use crate::catalog::Catalog;
use crate::catalog::model::{Sourced, StepsFrom, TaskKind, TaskTemplate, Text};
use crate::group::Group;
use crate::inventory::Inventory;
use std::collections::{BTreeMap, BTreeSet};

/// What titles and steps are filled with.
struct Fill<'a> {
    from: &'a str,
    to: &'a str,
    provider: &'a str,
    group: &'a str,
}

/// All tasks, in an order that respects stages and what comes first.
pub fn tasks(catalog: &Catalog, group: &Group, inventory: &Inventory, choice: &Choice, wanted: &Wanted) -> Vec<Task> {
    let mut all = Vec::new();
    let dns = super::dns_provider(&choice.assignments, &choice.providers);
    let used: BTreeSet<&str> = choice.assignments.iter().filter_map(|a| a.provider.as_deref()).collect();
    for (id, item) in &catalog.stages {
        let stage = &item.value;
        for t in &stage.tasks {
            if t.steps_from == Some(StepsFrom::Join) {
                for provider in choice.providers.iter().filter(|p| used.contains(p.as_str())) {
                    let mut task = of_stage(catalog, group, id, stage.n, t, Some(provider));
                    task.id = format!("{}-{provider}", task.id);
                    all.push(task);
                }
            } else {
                let mut task = of_stage(catalog, group, id, stage.n, t, None);
                task.files = files(None, dns.as_deref(), &t.files, group);
                all.push(task);
            }
        }
    }
    let mut first: BTreeMap<(&str, Option<&str>), &str> = BTreeMap::new();
    for a in &choice.assignments {
        if matches!(a.decision, Decision::Move | Decision::LetGo) {
            // A need moves to one place once; further old services only bring what they hold.
            let main = *first.entry((&a.need, a.provider.as_deref())).or_insert(&a.from);
            all.extend(of_need(catalog, group, inventory, a, main, dns.as_deref(), closes(catalog, choice, a)));
        }
    }
    all.retain(|t| t.stage >= wanted.stages.0 && t.stage <= wanted.stages.1);
    resolve(&mut all);
    // A stage's own tasks open the first stage and end the others (hand-over, looking back).
    all.sort_by_key(|t| (t.stage, t.need.is_none() && t.stage > 0));
    ordered(all)
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
    match after.split_once(':') {
        Some((stage, id)) => stage_task_id(stage, id),
        None => local(after),
    }
}

fn of_need(
    catalog: &Catalog,
    group: &Group,
    inventory: &Inventory,
    a: &Assignment,
    main: &str,
    dns: Option<&str>,
    closes: bool,
) -> Vec<Task> {
    let Some(need) = catalog.need(&a.need) else { return Vec::new() };
    let found = inventory.service(&a.from);
    let name = |id: &str| catalog.service(id).map_or_else(|| id.to_owned(), |s| s.name.clone());
    let from = found.map_or_else(|| name(&a.from), |f| f.name.clone());
    let to = a.to.as_deref().map(name).unwrap_or_default();
    let provider = a.provider.as_deref().and_then(|p| catalog.provider(p)).map(|p| p.name.clone()).unwrap_or_default();
    let fill = Fill { from: &from, to: &to, provider: &provider, group: &group.name };
    let own = |t: &TaskTemplate| {
        main == a.from || t.kind == TaskKind::Close || t.steps_from.is_some() || t.kind == TaskKind::Sort
    };
    let id = |local: &str| {
        let shared = need.tasks.iter().any(|t| t.id == local && !own(t));
        format!("{}-{}-{local}", a.need, if shared { main } else { &a.from })
    };
    let format = a.to.as_deref().and_then(|to| common_format(catalog, &a.from, to, &a.need));
    let accounts = found.and_then(|f| f.accounts).or(group.people.map(u64::from)).unwrap_or(5);
    let applies = |t: &&TaskTemplate| {
        let when = t.when.clone().unwrap_or_default();
        let one_of =
            |list: &[String], id: Option<&str>| list.is_empty() || id.is_some_and(|id| list.iter().any(|l| l == id));
        one_of(&when.from, Some(&a.from))
            && one_of(&when.to, a.to.as_deref())
            && when.by_hand.is_none_or(|by_hand| by_hand == format.is_none())
            && (a.decision == Decision::Move || t.kind == TaskKind::Close)
            && own(t)
            && (closes || t.steps_from != Some(StepsFrom::Close))
    };
    need.tasks
        .iter()
        .filter(applies)
        .map(|t| {
            let mut task = base(t, &fill);
            task.id = id(&t.id);
            task.stage = t.stage.unwrap_or(need.stage);
            task.need = Some(a.need.clone());
            task.from = Some(a.from.clone());
            task.to.clone_from(&a.to);
            task.after = t.after.iter().map(|after| reference(after, id)).collect();
            #[allow(clippy::cast_precision_loss)]
            {
                task.hours = round(t.hours + t.hours_per_account * accounts as f64);
            }
            steps(catalog, a, format.as_deref(), t, &fill, &mut task);
            task.files = files(a.provider.as_deref(), dns, &t.files, group);
            task
        })
        .collect()
}

/// Whether this need's tasks close the old account: nothing else stays there, and no other need leaves it later.
fn closes(catalog: &Catalog, choice: &Choice, a: &Assignment) -> bool {
    let stage = |a: &Assignment| catalog.need(&a.need).map_or(0, |n| n.stage);
    let own = choice.assignments.iter().filter(|o| o.from == a.from);
    let last = own.max_by_key(|o| (stage(o), std::cmp::Reverse(&o.need)));
    super::leaves(&choice.assignments, &a.from) && last == Some(a)
}

/// Steps that the services themselves bring.
fn steps(catalog: &Catalog, a: &Assignment, format: Option<&str>, t: &TaskTemplate, fill: &Fill<'_>, task: &mut Task) {
    let route = |service: Option<&str>, out: bool| {
        let service = catalog.service(service?)?;
        let routes = if out { service.exports.get(&a.need)? } else { service.imports.get(&a.need)? };
        routes.iter().find(|r| Some(r.format.as_str()) == format).or(routes.first()).cloned()
    };
    let route = match t.steps_from {
        Some(StepsFrom::Export) => route(Some(&a.from), true),
        Some(StepsFrom::Import) => route(a.to.as_deref(), false),
        Some(StepsFrom::Close) => {
            let close = catalog.service(&a.from).map(|s| s.close.clone()).unwrap_or_default();
            task.steps.extend(close.iter().map(|s| filled(s, fill)));
            let dies = catalog.service(&a.from).map(|s| s.dies_with_it.clone()).unwrap_or_default();
            task.steps.extend(dies.iter().map(|s| Text {
                en: format!("Ends with it: {}", s.en),
                es: format!("Termina con la cuenta: {}", s.es),
            }));
            None
        }
        _ => None,
    };
    if let Some(route) = route {
        // Steps may be tried out; what a route claims beyond them is told only when somebody backs it.
        let backed = route.sourced != Sourced::None;
        let mut own = task.steps.split_off(task.steps.len().saturating_sub(1));
        if !backed && !route.steps.is_empty() {
            task.steps.push(Text {
                en: "For the next steps no source was seen: check each one on the screen.".into(),
                es: "Para los pasos que siguen no se encontró fuente: compruébenlos en la pantalla.".into(),
            });
        }
        task.steps.extend(route.steps.iter().map(|s| filled(s, fill)));
        for (extra, en, es) in [
            (&route.sign_in, "Sign in: ", "Inicio de sesión: "),
            (&route.limits, "Limits: ", "Límites: "),
            (&route.missing, "Does not come along: ", "No viene incluido: "),
        ] {
            if let Some(text) = extra.as_ref().filter(|_| backed) {
                task.steps.push(Text { en: format!("{en}{}", text.en), es: format!("{es}{}", text.es) });
            }
        }
        // The need's last step says when the task is done.
        task.steps.append(&mut own);
        task.wait_days = task.wait_days.max(route.wait_days.filter(|_| backed).unwrap_or(0));
    }
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
        wait_days: t.wait_days,
        after: Vec::new(),
        gate: t.gate.clone(),
        start: None,
        end: None,
        critical: false,
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

/// A join task stands once for each provider; what comes after it comes after all of them. A reference to a task that
/// does not apply is dropped.
fn resolve(all: &mut [Task]) {
    let ids: BTreeSet<String> = all.iter().map(|t| t.id.clone()).collect();
    for task in all.iter_mut() {
        let mut after = Vec::new();
        for id in &task.after {
            if ids.contains(id) {
                after.push(id.clone());
            } else {
                after.extend(ids.range(format!("{id}-")..).take_while(|i| i.starts_with(&format!("{id}-"))).cloned());
            }
        }
        after.retain(|id| *id != task.id);
        task.after = after;
        if let Some(gate) = &task.gate {
            task.gate = ids.iter().find(|id| *id == gate || id.ends_with(&format!("-{gate}"))).cloned();
        }
    }
}

/// Stable topological order: by stage, then as listed, each after what it comes after.
fn ordered(mut all: Vec<Task>) -> Vec<Task> {
    let mut out: Vec<Task> = Vec::with_capacity(all.len());
    while !all.is_empty() {
        let waiting: BTreeSet<&str> = all.iter().map(|t| t.id.as_str()).collect();
        // A circle (which `catalog check` refuses) is cut at its first task.
        let at = all.iter().position(|t| !t.after.iter().any(|a| waiting.contains(a.as_str()))).unwrap_or(0);
        out.push(all.remove(at));
    }
    out
}
