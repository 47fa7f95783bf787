//! The first two pages: what everybody in the group reads. Lists are short here; the rest stands in the technician's part.

mod closing;
mod renewals;

use super::plan::{View, done_when};
use super::{hours_text, name_of_need, role};
use crate::catalog::model::{Confidence, Holds, Sees, TaskKind, Text};
use crate::dates::plus;
use crate::inventory::Found;
use crate::plan::{Assignment, Decision, Task, closes, next_day};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many days "the next two weeks" are.
const FORTNIGHT: i64 = 14;

/// The most words on them, in any language.
pub const WORDS: usize = 700;
/// The line with which they end in `plan.md`.
pub const END: &str = "<!-- end of page two -->";
/// The most dates; these are not made fewer when lists get shorter.
const MILESTONES: usize = 7;
/// How many times the lists can be made shorter.
pub const BREVITY: usize = 4;

/// How many words the first two pages of a `plan.md` have.
pub fn words(plan: &str) -> usize {
    plan.split(END).next().unwrap_or_default().split_whitespace().count()
}

/// From an old service to a new provider.
type Way<'a> = (&'a str, Option<&'a str>);

/// Needs whose loss most people notice, first the one that all do.
const FIRST: [&str; 6] = ["mail", "documents", "files", "crm", "donations", "video"];

/// How soon the loss of a need is noticed.
fn noticed(need: &str) -> usize {
    FIRST.iter().position(|f| *f == need).unwrap_or(FIRST.len())
}

/// What the first two pages say.
pub(super) struct PageOne<'a> {
    view: &'a View<'a>,
    /// 0: lists as long as they may be; each step takes lines from all of them.
    brevity: usize,
}

impl<'a> PageOne<'a> {
    pub(super) fn of(view: &'a View<'a>, brevity: usize) -> Self {
        Self { view, brevity }
    }

    /// The length of a list that has at most `most` lines.
    fn most(&self, most: usize) -> usize {
        most.saturating_sub(self.brevity).max(1)
    }

    pub(super) fn value(&self) -> Value {
        let plan = self.view.plan;
        let (decided, decided_more) = self.decided();
        let (stays, stay_more) = self.names(Decision::Stay, 5);
        let (gone, let_go_more) = self.names(Decision::LetGo, 3);
        let (asks, ask_more) = self.names(Decision::Ask, 3);
        let (better, better_partly) = self.better();
        let (closes, closes_more) = self.closes();
        json!({
            "not_yet": plan.why_not_yet,
            "this_month": self.this_month(),
            "look_again": self.view.date(self.look_again()),
            "closing": self.closing(),
            "decided": decided, "decided_more": decided_more,
            "stay_names": stays, "stay_more": stay_more,
            "let_go_names": gone, "let_go_more": let_go_more,
            "ask_names": asks, "ask_more": ask_more,
            "closes": closes, "closes_more": closes_more,
            "better": better, "better_partly": better_partly,
            "worse": self.worse(),
            "renewals": self.renewals(),
            "milestones": self.milestones(),
            "fortnight": self.fortnight(),
        })
    }

    /// A service's name as people say it: what stands in brackets for those who look closely is left out here.
    fn name(&self, id: &str) -> String {
        short(&self.view.service(id))
    }

    fn moved(&self, need: &str) -> bool {
        self.view.plan.assignments.iter().any(|a| a.need == need && a.decision == Decision::Move)
    }

    fn need(&self, id: &str) -> Text {
        name_of_need(self.view.catalog, id)
    }

    /// `mail, calendar, files`, the first word with a capital.
    fn list(&self, needs: &[&str]) -> Text {
        let names: Vec<Text> = needs.iter().map(|n| self.need(n)).collect();
        let join = |pick: &dyn Fn(&Text) -> String| {
            let mut all = names.iter().enumerate().map(|(i, t)| if i == 0 { pick(t) } else { lower(&pick(t)) });
            let first = all.next().unwrap_or_default();
            all.fold(first, |sum, n| format!("{sum}, {n}"))
        };
        Text { en: join(&|t| t.en.clone()), es: join(&|t| t.es.clone()) }
    }

    /// What moves, a line for each old service and new provider.
    fn decided(&self) -> (Vec<Value>, usize) {
        let mut lines: Vec<(Way<'_>, Vec<&Assignment>)> = Vec::new();
        for a in self.view.plan.assignments.iter().filter(|a| a.decision == Decision::Move) {
            let key = (a.from.as_str(), a.provider.as_deref());
            match lines.iter_mut().find(|(k, _)| *k == key) {
                Some((_, list)) => list.push(a),
                None => lines.push((key, vec![a])),
            }
        }
        // What people use most comes first.
        lines.sort_by_key(|(_, list)| std::cmp::Reverse(list.len()));
        let most = self.most(6);
        let more = lines.len().saturating_sub(most);
        let line = |((from, provider), list): &(Way<'_>, Vec<&Assignment>)| {
            let needs: Vec<&str> = list.iter().map(|a| a.need.as_str()).collect();
            let mut soft: Vec<String> = Vec::new();
            for to in list.iter().filter_map(|a| a.to.as_deref()) {
                let name = self.name(to);
                if !soft.contains(&name) {
                    soft.push(name);
                }
            }
            json!({"needs": self.list(&needs), "from": self.name(from),
                "to": provider.map(|p| self.view.provider(p)).unwrap_or_default(), "to_soft": soft.join(", ")})
        };
        (lines.iter().take(most).map(line).collect(), more)
    }

    fn names(&self, decision: Decision, most: usize) -> (Vec<Value>, usize) {
        let mut lines: Vec<(&str, Vec<&str>)> = Vec::new();
        for a in self.view.plan.assignments.iter().filter(|a| a.decision == decision) {
            match lines.iter_mut().find(|(from, _)| *from == a.from) {
                Some((_, needs)) => needs.push(&a.need),
                None => lines.push((&a.from, vec![&a.need])),
            }
        }
        let most = self.most(most);
        let more = lines.len().saturating_sub(most);
        let line = |(from, needs): &(&str, Vec<&str>)| json!({"needs": self.list(needs), "from": self.name(from)});
        (lines.iter().take(most).map(line).collect(), more)
    }

    /// Accounts whose closing is planned, or waits for an answer.
    fn closes(&self) -> (Vec<Value>, usize) {
        let mut all = self.view.vendors();
        all.retain(|v| !v["close"].is_null() || v["blocked"] == true);
        let most = self.most(5);
        let more = all.len().saturating_sub(most);
        all.truncate(most);
        (all.into_iter().map(|v| v["from_name"].as_str().map(short).into()).collect(), more)
    }

    /// Companies that hold nothing more of it afterwards, and companies that hold less.
    fn better(&self) -> (Vec<Value>, Vec<Value>) {
        let (catalog, plan) = (self.view.catalog, self.view.plan);
        let used = |s: &&Found| s.confidence.0 > Confidence::Hint;
        // Operator → what the services hold that leave it, and whether one stays.
        let mut all: BTreeMap<&str, (Vec<Holds>, bool)> = BTreeMap::new();
        for service in self.view.inventory.services.iter().filter(used) {
            let gone = closes(catalog, &plan.assignments, &service.id);
            let reads = service.hosts.iter().filter(|h| h.sees == Sees::Content).map(|h| h.operator.as_str());
            // Who still sees visitors of what stays still gets something new.
            let watches = service.hosts.iter().filter(|h| !gone && h.sees != Sees::Ciphertext);
            for operator in watches.map(|h| h.operator.as_str()) {
                all.entry(operator).or_default().1 = true;
            }
            let mut operators: Vec<&str> = service.operator.as_deref().into_iter().chain(reads).collect();
            operators.sort_unstable();
            operators.dedup();
            for operator in operators {
                let entry = all.entry(operator).or_default();
                entry.1 |= !gone;
                let left = service.holds.iter().filter(|h| gone || self.only_of_moved(service, **h));
                entry.0.extend(left.filter(|h| **h != Holds::Public));
            }
        }
        let mut rows: Vec<(bool, usize, Value)> = Vec::new();
        for (operator, (mut holds, stays)) in all {
            holds.sort();
            holds.dedup();
            if holds.is_empty() {
                continue;
            }
            let words: Vec<Text> = holds.iter().map(|h| catalog.say(&format!("holds-{}", word(*h)), &[])).collect();
            let join = |pick: fn(&Text) -> &str| words.iter().map(pick).collect::<Vec<_>>().join(", ");
            let text = Text { en: join(|t| &t.en), es: join(|t| &t.es) };
            rows.push((stays, words.len(), json!({"operator": catalog.operator_name(operator), "holds": text})));
        }
        rows.sort_by_key(|(_, n, _)| std::cmp::Reverse(*n));
        let pick = |stays: bool, most: usize| {
            rows.iter().filter(|r| r.0 == stays).take(self.most(most)).map(|r| r.2.clone()).collect::<Vec<_>>()
        };
        (pick(false, 5), pick(true, 3))
    }

    /// Whether a service of which only a part leaves holds this for the needs that leave it, and for no other.
    fn only_of_moved(&self, service: &Found, holds: Holds) -> bool {
        let of = |need: &&String| self.view.catalog.need(need).is_some_and(|n| n.holds.contains(&holds));
        let gone = |need: &String| {
            let mut own = self.view.plan.assignments.iter().filter(|a| a.from == service.id && a.need == *need);
            own.any(|a| matches!(a.decision, Decision::Move | Decision::LetGo))
        };
        let mut needs = service.needs.iter().filter(of).peekable();
        needs.peek().is_some() && needs.all(gone)
    }

    /// The first thing that gets worse, of the four needs that matter to most people: mail before all others.
    fn worse(&self) -> Vec<Value> {
        let catalog = self.view.catalog;
        let mut needs: Vec<&str> = Vec::new();
        for a in self.view.plan.assignments.iter().filter(|a| a.decision == Decision::Move) {
            if !needs.contains(&a.need.as_str()) {
                needs.push(&a.need);
            }
        }
        needs.sort_by_key(|n| noticed(n));
        let row = |need: &&str| {
            let says = catalog.need(need)?.breaks.first()?;
            Some(json!({"need": self.need(need), "says": says}))
        };
        needs.iter().filter_map(row).take(self.most(4)).collect()
    }

    /// When a group that does not go yet looks again: after the five things, and after the deadline that kept it.
    fn look_again(&self) -> Option<Date> {
        let plan = self.view.plan;
        let from = next_day(plan);
        let near = self.view.group.deadlines.iter().map(|d| d.on).filter(|d| from <= *d).min();
        let near = near.filter(|d| *d <= plus(from, 90)).map_or(from, |d| plus(d, 14));
        (plan.verdict == crate::plan::Verdict::NotYet).then(|| plus(from, 35).max(plan.end).max(near))
    }

    fn milestones(&self) -> Vec<Value> {
        let (catalog, plan) = (self.view.catalog, self.view.plan);
        let end_of = |ends: &str| plan.tasks.iter().find(|t| t.id.ends_with(ends)).map(|t| t.end);
        let mut rows: Vec<(Option<Date>, Text)> = Vec::new();
        if let Some(day) = end_of("decision-decide") {
            rows.push((day, catalog.say("milestone-decided", &[])));
        }
        let stages = plan.stages.iter().filter(|s| (1..=5).contains(&s.n));
        let busy = stages.filter(|s| plan.tasks.iter().any(|t| t.stage == s.n && t.need.is_some())).count();
        if let Some(day) = end_of("decision-first-bundle").filter(|_| busy < 5) {
            rows.push((day, catalog.say("milestone-bundle", &[])));
        }
        if plan.verdict == crate::plan::Verdict::NotYet {
            rows.retain(|(day, _)| day.is_some());
            rows.push((self.look_again(), catalog.say("milestone-look-again", &[])));
        } else {
            for stage in plan.stages.iter().filter(|s| (1..=5).contains(&s.n)) {
                let of = |t: &&Task| t.stage == stage.n && t.need.is_some();
                // Where not everything fits, only what is really switched by then has moved.
                let left = |need: &str| plan.until.is_some() && plan.tasks.iter().any(|t| closing::misses(t, need));
                let fits = |t: &&Task| t.need.as_deref().is_some_and(|n| !left(n));
                let tasks = || plan.tasks.iter().filter(of).filter(fits);
                if tasks().next().is_none() {
                    continue;
                }
                // Moved is what was switched; what is not switched has moved when it was checked.
                let last = |kind: TaskKind| tasks().filter(|t| t.kind == kind).filter_map(|t| t.end).max();
                let day = last(TaskKind::CutOver).or(last(TaskKind::Verify)).or(tasks().filter_map(|t| t.end).max());
                let mut needs: Vec<&str> = Vec::new();
                for need in tasks().filter(|t| t.kind != TaskKind::Sort).filter_map(|t| t.need.as_deref()) {
                    if self.moved(need) && !needs.contains(&need) {
                        needs.push(need);
                    }
                }
                if needs.is_empty() {
                    continue;
                }
                rows.push((day, catalog.say("milestone-stage", &[("needs", &self.list(&needs))])));
            }
            let exports = || plan.tasks.iter().filter(|t| t.kind == TaskKind::Export);
            let day = exports().map(|t| t.end).max().flatten();
            if self.view.late() && exports().all(|t| t.end.is_some()) {
                rows.push((day, catalog.say("milestone-exports", &[])));
            }
            let close = plan.tasks.iter().filter(|t| t.kind == TaskKind::Close);
            if close.clone().next().is_some() {
                let open = close.clone().any(|t| t.end.is_none());
                rows.push((close.filter_map(|t| t.end).max().filter(|_| !open), catalog.say("milestone-closed", &[])));
            }
        }
        // What has no date stands last; on one day the order is kept.
        rows.sort_by_key(|(day, _)| (day.is_none(), *day));
        while rows.len() > MILESTONES {
            // The decision and the end are told in any case; the first archive can be left out before a stage is.
            let bundle = rows.iter().position(|(_, says)| *says == catalog.say("milestone-bundle", &[]));
            rows.remove(bundle.unwrap_or(rows.len() - 2));
        }
        rows.into_iter().map(|(day, says)| json!({"date": self.view.date(day), "says": says})).collect()
    }

    fn fortnight(&self) -> Vec<Value> {
        let plan = self.view.plan;
        let last = plus(next_day(plan), FORTNIGHT);
        let mut tasks: Vec<&Task> =
            plan.tasks.iter().filter(|t| t.done.is_none() && t.start.is_some_and(|s| s < last)).collect();
        // What matters most is not cut away, nor a question whose answer others wait for; what is shown stands in the order
        // of dates.
        let asked = |t: &Task| plan.tasks.iter().any(|o| o.gate.as_ref() == Some(&t.id));
        tasks.sort_by_key(|t| (!(t.first || asked(t)), t.start));
        tasks.truncate(self.most(6));
        tasks.sort_by_key(|t| t.start);
        let row = |t: &&Task| {
            let mut people = self.view.group.roles.iter().filter(|r| r.role == t.role).map(|r| r.name.clone());
            json!({"when": self.view.date(t.start), "title": t.title, "role": role(self.view.catalog, &t.role),
                "who": t.who.clone().or_else(|| people.next())})
        };
        tasks.iter().map(row).collect()
    }

    /// The five things of this month; only when the answer is "not yet".
    fn this_month(&self) -> Vec<Value> {
        let plan = self.view.plan;
        if plan.verdict == crate::plan::Verdict::Go {
            return Vec::new();
        }
        let row = |t: &Task| {
            let names: Vec<&str> =
                self.view.group.roles.iter().filter(|r| r.role == t.role).map(|r| r.name.as_str()).collect();
            json!({"title": t.title, "role": role(self.view.catalog, &t.role), "names": names,
                "hours_text": hours_text(t), "when": self.view.date(t.end),
                "done_when": done_when(&t.steps).1})
        };
        plan.tasks.iter().filter(|t| t.first).take(5).map(row).collect()
    }
}

/// `Facebook (page, groups and pixel)` → `Facebook`; `X (Twitter)` is a name.
fn short(name: &str) -> String {
    match name.split_once(" (") {
        Some((before, inside)) if inside.starts_with(|c: char| c.is_ascii_lowercase()) => before.to_owned(),
        _ => name.to_owned(),
    }
}

fn lower(s: &str) -> String {
    let mut chars = s.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn word(holds: Holds) -> String {
    serde_json::to_value(holds).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_explanations_are_left_out_of_names() {
        assert_eq!(short("Facebook (page, groups and pixel)"), "Facebook");
        assert_eq!((short("X (Twitter)"), short("Zoom")), ("X (Twitter)".into(), "Zoom".into()));
    }
}
