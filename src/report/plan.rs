//! The view of a plan: what `templates/plan/*` is filled with. `templates/README.md` names every value.

use super::costs::{costs, least_costs, new_costs, unpriced};
use super::page_one::PageOne;
use super::{gantt, hours, hours_text, name_of_need, name_of_service, role, span_text, used};
use crate::catalog::Catalog;
use crate::catalog::model::{Sourced, TaskKind, Text};
use crate::dates::date_text;
use crate::group::Group;
use crate::inventory::Inventory;
use crate::plan::{Assignment, Blocked, Decision, GateAnswer, Plan, Task, Verdict, providers as houses};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The most tasks on a role's page.
const PAGE: usize = 24;

/// What a view is made from.
pub(super) struct View<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) group: &'a Group,
    pub(super) inventory: &'a Inventory,
    pub(super) plan: &'a Plan,
}

/// What `plan/*` is filled with, but for the first pages.
pub fn plan(catalog: &Catalog, group: &Group, inventory: &Inventory, plan: &Plan) -> Value {
    View { catalog, group, inventory, plan }.whole()
}

/// What the first two pages are filled with, put into `data`. `brevity` shortens their lists, so that they stay two.
pub fn first_pages(
    catalog: &Catalog,
    group: &Group,
    inventory: &Inventory,
    plan: &Plan,
    brevity: usize,
    data: &mut Value,
) {
    let view = View { catalog, group, inventory, plan };
    if let (Some(data), Value::Object(first)) = (data.as_object_mut(), PageOne::of(&view, brevity).value()) {
        data.extend(first);
    }
}

impl View<'_> {
    pub(super) fn date(&self, date: Option<Date>) -> Option<Text> {
        date.map(|d| date_text(d, self.group.country.as_deref()))
    }

    pub(super) fn service(&self, id: &str) -> String {
        name_of_service(self.catalog, self.inventory, id)
    }

    pub(super) fn provider<'v>(&'v self, id: &'v str) -> &'v str {
        self.catalog.provider(id).map_or(id, |p| p.name.as_str())
    }

    fn whole(&self) -> Value {
        let (catalog, group, inventory, plan) = (self.catalog, self.group, self.inventory, self.plan);
        let by = |decision: Decision| -> Vec<Value> {
            let of = plan.assignments.iter().filter(|a| a.decision == decision);
            of.map(|a| self.assignment(a)).collect()
        };
        let total: f64 = plan.tasks.iter().filter(|t| t.repeat.is_none()).map(|t| t.hours).sum();
        let secret: Vec<&str> =
            inventory.sources.iter().filter(|s| s.is_left_secret()).map(|s| s.path.as_str()).collect();
        let habits: Vec<&Text> = catalog.stages.values().flat_map(|s| &s.value.habits).collect();
        let moved: BTreeSet<&str> =
            plan.assignments.iter().filter(|a| a.decision == Decision::Move).map(|a| a.need.as_str()).collect();
        let used: BTreeSet<&str> = used(plan).into_iter().collect();
        let large = [
            ("moves", by(Decision::Move)),
            ("stays", by(Decision::Stay)),
            ("let_go", by(Decision::LetGo)),
            ("asks", by(Decision::Ask)),
            ("stages", self.stages()),
            ("pages", self.pages()),
        ];
        let small = json!({
            "group": group.name, "country": group.country, "people": group.people, "domains": group.domains,
            "go": plan.verdict == Verdict::Go,
            "start": self.date(Some(crate::plan::first_day(&plan.tasks, plan.start))), "end": self.date(Some(plan.end)),
            "weeks": plan.weeks,
            "hours": hours(total), "hours_per_week": hours(plan.hours_per_week),
            "late": self.late(), "hours_fit": hours(crate::plan::dated_hours(plan)),
            "hours_later": hours(total - crate::plan::dated_hours(plan)),
            "gantt": gantt::chart(self),
            "habits": habits,
            "questions": plan.questions.iter().map(|q| json!({"to": q.to, "to_name": self.provider(&q.to),
                "of_group": q.to == "group", "about": q.about, "draft": q.draft})).collect::<Vec<_>>(),
            "costs": costs(inventory),
            "new_costs": new_costs(catalog, plan),
            "least_costs": least_costs(catalog, plan),
            "unpriced": unpriced(catalog, plan),
            "providers": providers(catalog, plan),
            "second": houses::second(catalog, group, &used, &moved),
            "secret": secret,
            "breaks": breaks(catalog, inventory, plan),
            "seen": super::seen::seen(inventory),
            "dies": dies(catalog, inventory, plan),
            "vendors": self.vendors(),
            "hold": self.hold(),
            "donations_move": self.moved_from("donations"),
            "mail_moves": moved.contains("mail") && plan.verdict == Verdict::Go,
            "roles": self.call().into_iter().map(|r| json!({"name": r.name, "role": role(catalog, &r.role)})).collect::<Vec<_>>(),
            "lonely": self.lonely(),
            "shorten": plan.shorten,
        });
        with(small, large)
    }

    /// Whether something does not fit before the end.
    pub(super) fn late(&self) -> bool {
        self.plan.tasks.iter().any(|t| t.blocked == Some(Blocked::Until))
    }

    fn stages(&self) -> Vec<Value> {
        let busy = self.plan.stages.iter().filter(|s| self.plan.tasks.iter().any(|t| t.stage == s.n));
        busy.map(|s| self.stage(s)).collect()
    }

    fn assignment(&self, a: &Assignment) -> Value {
        json!({
            "need": a.need, "need_name": name_of_need(self.catalog, &a.need),
            "from": a.from, "from_name": self.service(&a.from),
            "to_name": a.to.as_deref().map(|t| self.service(t)),
            "provider_name": a.provider.as_deref().map(|p| self.provider(p)),
            "why": a.why,
            "reduce": self.catalog.service(&a.from).and_then(|s| s.reduce.clone()),
            "review": self.date(a.review),
        })
    }

    fn stage(&self, s: &crate::plan::PlanStage) -> Value {
        let tasks: Vec<&Task> = self.plan.tasks.iter().filter(|t| t.stage == s.n).collect();
        let total: f64 = tasks.iter().filter(|t| t.repeat.is_none()).map(|t| t.hours).sum();
        let both = tasks.iter().filter(|t| t.kind == TaskKind::Parallel && t.repeat.is_none());
        let both = both.filter_map(|t| Some(crate::dates::plus(t.end?, i64::from(t.wait_days)))).max();
        let need_stage = |need: &str| self.catalog.need(need).map(|n| n.stage);
        // What the first and the last stage hand over is the same for every group.
        let rows = self.catalog.says_below(&format!("handover-{}-", s.n));
        let mut handover: Vec<Value> =
            rows.into_iter().map(|what| json!({"what": what, "where": null, "address": null})).collect();
        let mut seen = BTreeSet::new();
        for a in self.plan.assignments.iter().filter(|a| a.decision == Decision::Move) {
            if need_stage(&a.need) == Some(s.n) && seen.insert((&a.need, &a.provider, &a.to)) {
                let to = a.to.as_deref().map(|t| self.service(t)).unwrap_or_default();
                let at = a.provider.as_deref().map(|p| self.provider(p)).unwrap_or_default();
                handover.push(json!({"what": name_of_need(self.catalog, &a.need), "where": format!("{at}: {to}"), "address": null}));
            }
        }
        let all = tasks.iter().map(|t| self.task(t)).collect();
        let small = json!({
            "n": s.n, "name": s.name, "may_stop_here": s.may_stop_here,
            "still_exposed": s.still_exposed.iter().map(|id| self.service(id)).collect::<Vec<_>>(),
            "hours": hours(total), "empty": tasks.is_empty(),
            "begins": self.date(tasks.iter().filter_map(|t| t.start).min()),
            "ends": self.date(tasks.iter().filter(|t| t.repeat.is_none()).filter_map(|t| t.end).max()),
            "both_until": self.date(both),
            "handover": handover,
        });
        with(small, [("tasks", all)])
    }

    /// A task as templates see it.
    pub(super) fn task(&self, t: &Task) -> Value {
        let (steps, _) = done_when(&t.steps);
        let mut task = self.brief(t);
        let rest = json!({
            "steps": steps, "gate": t.gate, "rollback": t.rollback, "danger": t.danger, "files": t.files,
            "note": t.note, "after": t.after, "holders": (1..=t.holders.unwrap_or(0)).collect::<Vec<_>>(),
        });
        if let (Value::Object(task), Value::Object(rest)) = (&mut task, rest) {
            task.extend(rest);
        }
        task
    }

    /// The same without how it is done, for the pages of roles.
    fn brief(&self, t: &Task) -> Value {
        json!({
            "id": t.id, "title": t.title, "done_when": done_when(&t.steps).1,
            "role": role(self.catalog, &t.role), "role_id": t.role, "hours": hours(t.hours), "hours_text": hours_text(t),
            "when": span_text(t.start, t.end, self.group.country.as_deref()),
            "wait": Some(t.wait_days).filter(|n| *n > 0).map(days_text),
            "start": self.date(t.start), "end": self.date(t.end), "done": self.date(t.done),
            "blocked": t.blocked.map(|b| self.blocked(t, b)),
            "critical": t.critical, "slack": t.slack_days.filter(|_| !t.critical).map(days_text),
            "who": t.who, "cut_over": t.kind == TaskKind::CutOver,
        })
    }

    fn blocked(&self, t: &Task, why: Blocked) -> Text {
        let gate = t.gate.clone().unwrap_or_default();
        let key = match why {
            Blocked::Gate => "blocked-gate",
            Blocked::Hold => "blocked-hold",
            Blocked::NotYet => "blocked-not-yet",
            Blocked::Until => "blocked-until",
            Blocked::Before => "blocked-before",
        };
        self.catalog.say(key, &[("gate", &Text { en: gate.clone(), es: gate })])
    }

    /// One page a role, in the order of dates.
    fn pages(&self) -> Vec<Value> {
        let mut ids: Vec<&str> = Vec::new();
        for task in &self.plan.tasks {
            if !ids.contains(&task.role.as_str()) {
                ids.push(&task.role);
            }
        }
        let page = |id: &str| {
            let mut tasks: Vec<&Task> = self.plan.tasks.iter().filter(|t| t.role == id && t.repeat.is_none()).collect();
            tasks.sort_by_key(|t| (t.start.is_none(), t.start, t.stage));
            let total: f64 = tasks.iter().map(|t| t.hours).sum();
            // A page is a page: what is next; with "not yet", what has a date.
            let next: Vec<&&Task> = tasks
                .iter()
                .filter(|t| t.done.is_none() && (self.plan.verdict == Verdict::Go || t.start.is_some()))
                .take(PAGE)
                .collect();
            let open = tasks.iter().filter(|t| t.done.is_none()).count();
            let names: Vec<&str> = self.group.roles.iter().filter(|r| r.role == id).map(|r| r.name.as_str()).collect();
            let small = json!({"id": id, "role": role(self.catalog, id), "names": names, "hours": hours(total),
                "more": open - next.len()});
            with(small, [("tasks", next.iter().map(|t| self.brief(t)).collect())])
        };
        ids.into_iter().map(page).collect()
    }

    /// Roles of the two that two people must hold, held by one.
    fn lonely(&self) -> Vec<Value> {
        let named = |id: &str| self.group.roles.iter().filter(|r| r.role == id).collect::<Vec<_>>();
        let alone = ["coordinator", "technician"].into_iter().map(|id| (id, named(id))).filter(|(_, n)| n.len() == 1);
        alone.map(|(id, n)| json!({"role": role(self.catalog, id), "name": n[0].name})).collect()
    }

    /// Accounts that end, with the day on which that is planned.
    pub(super) fn vendors(&self) -> Vec<Value> {
        let mut ids: Vec<&str> = Vec::new();
        for a in &self.plan.assignments {
            let closes = crate::plan::closes(self.catalog, &self.plan.assignments, &a.from);
            if closes && !ids.contains(&a.from.as_str()) {
                ids.push(&a.from);
            }
        }
        let of = |id: &str| {
            let close = self.plan.tasks.iter().filter(|t| t.kind == TaskKind::Close && t.from.as_deref() == Some(id));
            let day = close.clone().filter_map(|t| t.start).max();
            json!({"from_name": self.service(id), "close": self.date(day), "blocked": close.clone().any(|t| t.blocked.is_some())})
        };
        ids.into_iter().map(of).collect()
    }

    /// Whom to call: those who coordinate and do the computers; who holds keys is nobody's business on a page for all.
    fn call(&self) -> Vec<&crate::group::Role> {
        let all = || self.group.roles.iter();
        let known = |r: &&crate::group::Role| r.role == "coordinator" || r.role == "technician";
        if all().any(|r| known(&r)) {
            all().filter(known).collect()
        } else {
            all().filter(|r| r.role != "trustees").collect()
        }
    }

    /// Names of the services from which a need moves; none before the answer is yes.
    fn moved_from(&self, need: &str) -> Vec<String> {
        let of = |a: &&Assignment| a.need == need && a.decision == Decision::Move && self.plan.verdict == Verdict::Go;
        self.plan.assignments.iter().filter(of).map(|a| self.service(&a.from)).collect()
    }

    fn hold(&self) -> &'static str {
        let gates: BTreeSet<&str> = self.plan.tasks.iter().filter_map(|t| t.gate.as_deref()).collect();
        let answers: Vec<GateAnswer> =
            self.plan.tasks.iter().filter(|t| gates.contains(t.id.as_str())).filter_map(|t| t.answer).collect();
        if self.group.ready.legal_hold == Some(true) || answers.contains(&GateAnswer::Yes) {
            "yes"
        } else if answers.is_empty() {
            "unasked"
        } else {
            "no"
        }
    }
}

/// Puts long lists into an object as they are; `json!` would copy every value in them once for each level.
fn with<const N: usize>(mut object: Value, lists: [(&str, Vec<Value>); N]) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.extend(lists.map(|(name, list)| (name.to_owned(), Value::Array(list))));
    }
    object
}

/// The steps, and when the task is done: by the last one, which says so.
pub(super) fn done_when(steps: &[Text]) -> (Vec<&Text>, Text) {
    let strip = |t: &Text| {
        let en = t.en.strip_prefix("Done when: ")?;
        let es = t.es.strip_prefix("Listo cuando: ")?;
        Some(Text { en: en.into(), es: es.into() })
    };
    match steps.iter().position(|s| strip(s).is_some()) {
        Some(at) => {
            let done = strip(&steps[at]).unwrap_or_default();
            (steps.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, s)| s).collect(), done)
        }
        None => (steps.iter().collect(), Text::default()),
    }
}

fn days_text(n: u32) -> Text {
    let one = n == 1;
    Text {
        en: format!("{n} {}", if one { "day" } else { "days" }),
        es: format!("{n} {}", if one { "día" } else { "días" }),
    }
}

/// What a need loses when it moves, said once for all its old services.
fn breaks(catalog: &Catalog, inventory: &Inventory, plan: &Plan) -> Vec<Value> {
    let mut from: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for a in plan.assignments.iter().filter(|a| a.decision == Decision::Move) {
        from.entry(&a.need).or_default().push(name_of_service(catalog, inventory, &a.from));
    }
    let of = |(id, from): (&str, Vec<String>)| {
        let need = catalog.need(id)?;
        Some(json!({"need_name": need.name, "from_name": from.join(", "), "breaks": need.breaks}))
    };
    from.into_iter().filter_map(of).collect()
}

/// What ends with each account that is left.
fn dies(catalog: &Catalog, inventory: &Inventory, plan: &Plan) -> Vec<Value> {
    let mut ids: Vec<&str> = Vec::new();
    for a in plan.assignments.iter().filter(|a| crate::plan::closes(catalog, &plan.assignments, &a.from)) {
        if !ids.contains(&a.from.as_str()) {
            ids.push(&a.from);
        }
    }
    let of = |id: &str| {
        let dies = &catalog.service(id)?.dies_with_it;
        (!dies.is_empty()).then(|| json!({"from_name": name_of_service(catalog, inventory, id), "dies": dies}))
    };
    ids.into_iter().filter_map(of).collect()
}

/// The chosen providers, with what is on record about them.
fn providers(catalog: &Catalog, plan: &Plan) -> Vec<Value> {
    let backed = |f: &&crate::catalog::model::Fact| f.sourced != Sourced::None;
    used(plan)
        .into_iter()
        .filter_map(|id| catalog.provider(id))
        .map(|p| {
            let facts: Vec<Value> = [&p.status_says, &p.who, &p.two_step, &p.support, &p.spam]
                .into_iter()
                .flatten()
                .chain(&p.legal)
                .filter(backed)
                .map(|f| json!({"says": f.says, "source": f.source, "date": f.date}))
                .collect();
            json!({"name": p.name, "homepage": p.homepage, "countries": p.countries, "facts": facts})
        })
        .collect()
}
