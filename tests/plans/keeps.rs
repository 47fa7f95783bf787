//! What every plan keeps, whatever group and inventory: drawn at random over the whole catalog.

use decamp::catalog::Catalog;
use decamp::catalog::load::embedded;
use decamp::catalog::model::{Confidence, Harm, ServiceKind, TaskKind};
use decamp::group::{Deadline, Group, Ready, Role, Window, Wishes};
use decamp::inventory::{CareLevel, Found, GroupRef, Inventory, SCHEMA, Sure, YearlyCost};
use decamp::plan::schedule::{Terms, calendar, schedule};
use decamp::plan::{Blocked, GateAnswer, Plan, Task, Wanted, make};
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday, date};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| embedded().unwrap());

/// Services that a group can be found with.
static SERVICES: LazyLock<Vec<String>> = LazyLock::new(|| {
    CATALOG.services.iter().filter(|(_, s)| s.value.kind == ServiceKind::Hosted).map(|(id, _)| id.clone()).collect()
});

fn plus(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap()
}

fn found(id: &str, sure: Confidence, accounts: Option<u64>, bytes: Option<u64>, renews: Option<u8>) -> Found {
    let service = CATALOG.service(id).unwrap();
    Found {
        id: id.into(),
        name: service.name.clone(),
        operator: service.operator.clone(),
        needs: service.needs.clone(),
        care: CareLevel(Harm::Private),
        confidence: Sure(sure),
        accounts,
        bytes,
        yearly_cost: renews.map(|m| YearlyCost {
            amount: 120.0,
            currency: "USD".into(),
            renews: Some(format!("2027-{m:02}")),
        }),
        ..Found::default()
    }
}

pub(super) fn inventory(services: Vec<Found>) -> Inventory {
    Inventory {
        schema: SCHEMA.into(),
        group: GroupRef { name: "Prueba".into(), domains: Vec::new() },
        sources: Vec::new(),
        zones: Vec::new(),
        services,
        conflicts: Vec::new(),
        unrecognized: Vec::new(),
        corrections: decamp::inventory::Corrections::default(),
    }
}

fn services() -> impl Strategy<Value = Vec<Found>> {
    let sure = prop_oneof![Just(Confidence::Certain), Just(Confidence::Likely), Just(Confidence::Hint)];
    let one = (
        0..SERVICES.len(),
        sure,
        prop::option::of(1_u64..60),
        prop::option::of(0_u64..1 << 40),
        prop::option::of(1_u8..=12),
    );
    prop::collection::vec(one, 0..14).prop_map(|all| {
        let mut seen = BTreeSet::new();
        let new = all.into_iter().filter(|(at, ..)| seen.insert(*at)).collect::<Vec<_>>();
        new.into_iter().map(|(at, sure, n, bytes, month)| found(&SERVICES[at], sure, n, bytes, month)).collect()
    })
}

fn day() -> impl Strategy<Value = Date> {
    (0_i64..700).prop_map(|n| plus(date(2026, 11, 26), n))
}

fn group() -> impl Strategy<Value = Group> {
    let windows = prop::collection::vec((day(), 0_i64..40), 0..4);
    let deadlines = prop::collection::vec(day(), 0..3);
    let providers = prop_oneof![
        Just(vec![]),
        Just(vec!["may-first".to_owned()]),
        Just(vec!["may-first".to_owned(), "ptp-powerbase".to_owned()]),
        Just(vec!["own-server".to_owned()]),
        Just(vec!["gaia-host".to_owned()]),
    ];
    let roles = prop::collection::vec(
        (prop::sample::select(vec!["coordinator", "technician", "board"]), prop::option::of(0.5..20.0_f64)),
        0..4,
    );
    let ready = (prop::option::of(any::<bool>()), prop::option::of(0_u32..4), prop::option::of(any::<bool>()));
    let country = prop::option::of(prop::sample::select(vec!["US", "MX", "DE"]));
    (windows, deadlines, providers, roles, ready, country, any::<bool>(), prop::option::of(1_u32..60)).prop_map(
        |(windows, deadlines, providers, roles, ready, country, domain, people)| Group {
            name: "Prueba".into(),
            country: country.map(str::to_owned),
            domains: if domain { vec!["prueba.example".into()] } else { Vec::new() },
            people,
            languages: vec!["es".into()],
            avoid: windows
                .into_iter()
                .map(|(from, n)| Window { from, to: plus(from, n), why: String::new() })
                .collect(),
            deadlines: deadlines.into_iter().map(|on| Deadline { on, what: "x".into() }).collect(),
            ready: Ready { domain: ready.0, admins: ready.1, legal_hold: ready.2, lawyer_answered: None },
            wishes: Wishes { providers, ..Wishes::default() },
            roles: roles
                .into_iter()
                .enumerate()
                .map(|(i, (role, hours))| Role { name: format!("P{i}"), role: role.into(), hours })
                .collect(),
            ..Group::default()
        },
    )
}

fn wanted(start: Date, hours: f64, until: Option<i64>, before: Option<Plan>) -> Wanted {
    Wanted {
        providers: Vec::new(),
        start,
        today: start,
        hours_per_week: hours,
        stages: (0, 6),
        until: until.map(|n| plus(start, n)),
        before,
        messages: Vec::new(),
    }
}

/// Everything that every plan keeps.
fn holds(plan: &Plan, group: &Group, inventory: &Inventory) {
    let by_id: BTreeMap<&str, &Task> = plan.tasks.iter().map(|t| (t.id.as_str(), t)).collect();
    assert_eq!(by_id.len(), plan.tasks.len(), "an id stands twice");
    let avoided = |day: Date| group.avoid.iter().any(|w| w.from <= day && day <= w.to);
    for task in &plan.tasks {
        let id = &task.id;
        assert_eq!(task.start.is_some(), task.end.is_some(), "{id}");
        assert!(task.done.is_some() || task.start.is_some() != task.blocked.is_some(), "{id}: a date or a reason");
        for before in &task.after {
            let before =
                by_id.get(before.as_str()).unwrap_or_else(|| panic!("{id} waits for {before}, which is not there"));
            if let (Some(start), Some(end), None, None) = (task.start, before.end, task.done, task.repeat) {
                assert!(start >= plus(end, i64::from(before.wait_days)), "{id} begins before {} has ended", before.id);
            }
            if task.done.is_none() && task.repeat.is_none() && before.start.is_none() {
                assert!(task.start.is_none(), "{id} has a date, and {} before it has none", before.id);
            }
        }
        if let (TaskKind::CutOver, Some(day), None) = (task.kind, task.start, task.done) {
            assert!(!avoided(day), "{id} switches on {day}");
            assert!(matches!(day.weekday(), Weekday::Tuesday | Weekday::Wednesday), "{id} on {day}");
            assert!(calendar::may_switch(day, group), "{id} on {day} is too near a deadline");
            assert!(task.rollback.is_some(), "{id} can't be undone");
        }
        if task.kind == TaskKind::Close {
            let gate = task.gate.as_deref().unwrap_or_else(|| panic!("{id} has no gate"));
            let answer = by_id.get(gate).and_then(|g| g.answer);
            let open = answer == Some(GateAnswer::No) && group.ready.legal_hold != Some(true);
            assert!(open || task.start.is_none() || task.done.is_some(), "{id} has a date behind a shut gate");
        }
        assert!(task.holders.is_none_or(|n| n >= 2), "{id} leaves a key with one person");
        if let (Some(until), Some(end), None) = (plan.until, task.end, task.done) {
            assert!(end <= until || task.repeat.is_some() || plan.end <= until, "{id} ends after the end");
        }
    }
    // A task that hands out a key says so.
    for id in ["decision-domain-hands", "decision-second-admin", "decision-first-bundle"] {
        if let Some(task) = by_id.get(id) {
            assert!(task.holders.is_some_and(|n| n >= 2), "{id}");
        }
    }
    for found in &inventory.services {
        for need in &found.needs {
            let count = plan.assignments.iter().filter(|a| a.from == found.id && a.need == *need).count();
            assert_eq!(count, 1, "{need} of {}", found.id);
        }
    }
    for a in &plan.assignments {
        assert!(!a.why.en.is_empty() && !a.why.es.is_empty() && !a.why.en.starts_with("why-"), "{a:?}");
        let provider = a.provider.as_deref().and_then(|p| CATALOG.provider(p));
        if a.decision == decamp::plan::Decision::Move && group.wishes.providers.is_empty() {
            let unfit = provider.and_then(|p| decamp::plan::providers::unfit(p, group));
            assert_eq!(unfit, None, "{:?} was chosen silently", a.provider);
        }
    }
    if plan.verdict == decamp::plan::Verdict::NotYet {
        assert!(!plan.why_not_yet.is_empty());
        assert_eq!(plan.tasks.iter().filter(|t| t.first).count(), 5, "the five things of this month");
        // Beside them only what comes before them, and the question of the hold.
        assert!(plan.tasks.iter().filter(|t| t.start.is_some() && t.done.is_none()).all(|t| t.stage == 0));
        assert!(
            plan.tasks.iter().filter(|t| t.first && t.done.is_none()).all(|t| t.start.is_some()),
            "each has a date"
        );
    }
}

/// No week holds more than the group gives: every team works on one thing at a time, at its rate, and the rates together
/// are the hours of a week.
fn hours_hold(plan: &Plan, group: &Group) {
    let mut tasks = plan.tasks.clone();
    let mut terms = Terms::new(group, plan.start, plan.hours_per_week);
    terms.only_first = plan.verdict == decamp::plan::Verdict::NotYet;
    let out = schedule(&mut tasks, &terms);
    assert!(out.rates.iter().sum::<f64>() * 7.0 <= plan.hours_per_week * 1.01 + 0.02, "{:?}", out.rates);
    for server in 0..out.rates.len() {
        let mut spans: Vec<(f64, f64)> =
            out.spent.values().filter(|(s, ..)| *s == server).map(|(_, from, to)| (*from, *to)).collect();
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in spans.windows(2) {
            assert!(pair[0].1 <= pair[1].0 + 1e-6, "two things at a time: {pair:?}");
        }
    }
    // And by the dates alone: what lies wholly within eight days is not more than eight days' hours.
    let dated: Vec<&Task> = tasks
        .iter()
        .filter(|t| t.start.is_some() && t.done.is_none() && t.role != "everyone" && t.repeat.is_none())
        .collect();
    for first in &dated {
        let (from, to) = (first.start.unwrap(), plus(first.start.unwrap(), 7));
        let inside = dated.iter().filter(|t| t.start >= Some(from) && t.end <= Some(to) && t.kind != TaskKind::CutOver);
        let hours: f64 = inside.map(|t| t.hours).sum();
        assert!(hours <= plan.hours_per_week * 9.0 / 7.0 + 1e-6, "{hours} hours from {from} to {to}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_every_plan_keeps(
        services in services(), group in group(), start in day(), hours in 0.5..40.0_f64,
        until in prop::option::of(0_i64..400), ticked in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        hold in prop_oneof![Just(None), Just(Some(GateAnswer::No)), Just(Some(GateAnswer::Yes))],
    ) {
        let inventory = inventory(services);
        let first = make(&CATALOG, &group, &inventory, &wanted(start, hours, until, None)).unwrap();
        holds(&first, &group, &inventory);
        if until.is_none() {
            hours_hold(&first, &group);
        }
        let again = make(&CATALOG, &group, &inventory, &wanted(start, hours, until, None)).unwrap();
        prop_assert_eq!(
            serde_json::to_string(&first).unwrap(), serde_json::to_string(&again).unwrap(), "the same input, other bytes"
        );
        // Tick some off, answer the question, and plan again.
        let mut before = first.clone();
        let mut done = BTreeSet::new();
        for at in ticked {
            if !before.tasks.is_empty() {
                let n = at.index(before.tasks.len());
                let task = &mut before.tasks[n];
                task.done = Some(start);
                task.note = Some("…".into());
                done.insert(task.id.clone());
            }
        }
        let gates: BTreeSet<String> = before.tasks.iter().filter_map(|t| t.gate.clone()).collect();
        for task in before.tasks.iter_mut().filter(|t| gates.contains(&t.id)) {
            task.answer = hold;
            task.done = hold.map(|_| start).or(task.done);
        }
        let next = make(&CATALOG, &group, &inventory, &wanted(start, hours, until, Some(before))).unwrap();
        holds(&next, &group, &inventory);
        for id in &done {
            let task = next.tasks.iter().find(|t| t.id == *id).expect("what was done is kept");
            prop_assert_eq!((task.done, task.note.as_deref()), (Some(start), Some("…")), "{}", id);
        }
        // What was done stays, also when the services are gone.
        let empty = self::inventory(Vec::new());
        let bare = make(&CATALOG, &group, &empty, &wanted(start, hours, until, Some(next.clone()))).unwrap();
        for id in &done {
            prop_assert!(bare.tasks.iter().any(|t| t.id == *id && t.done == Some(start)), "{} was lost", id);
        }
    }
}

#[test]
fn a_hurry_saves_exports_before_all_else() {
    let services = ["google-workspace", "mailchimp", "squarespace", "slack", "nationbuilder"];
    let services = services.iter().map(|id| found(id, Confidence::Certain, Some(20), None, None)).collect();
    let inventory = inventory(services);
    let group = Group { name: "Prueba".into(), domains: vec!["prueba.example".into()], ..Group::default() };
    let plan = make(&CATALOG, &group, &inventory, &wanted(date(2026, 12, 1), 8.0, Some(90), None)).unwrap();
    let lost = |t: &&Task| t.blocked == Some(Blocked::Until);
    assert!(plan.tasks.iter().any(|t| lost(&t)), "not everything fits in 90 days");
    let exports: Vec<&Task> = plan.tasks.iter().filter(|t| t.kind == TaskKind::Export).collect();
    assert!(exports.len() > 5);
    let last = exports.iter().map(|t| t.end.unwrap_or_else(|| panic!("{} has no date", t.id))).max();
    // Nothing but the key comes before an export, and members and mail are saved before the quiet rest.
    assert!(exports.iter().all(|t| t.need.is_none() || t.after == ["decision-first-bundle"]), "{exports:#?}");
    let end = |id: &str| exports.iter().find(|t| t.id == id).and_then(|t| t.end);
    assert!(end("crm-nationbuilder-export") < end("mail-google-workspace-export"));
    assert!(end("mail-google-workspace-export") < end("files-google-workspace-export"));
    // Nothing is sorted, reduced or switched by the same people before all is saved.
    let early = plan.tasks.iter().find(|t| {
        let work = matches!(t.kind, TaskKind::Sort | TaskKind::CutOver | TaskKind::Copy);
        work && t.role != "everyone" && t.start.is_some() && t.start < last
    });
    assert!(early.is_none_or(|t| t.stage == 0), "{early:?} comes before all is saved");
    let sealed =
        plan.tasks.iter().find(|t| t.id == "decision-seal-first").expect("one export of everything comes first");
    assert!(sealed.end.is_some_and(|end| end <= plus(date(2026, 12, 1), 60)), "{:?}", sealed.end);
}

#[test]
fn nothing_undone_is_planned_before_today() {
    let inventory = inventory(vec![found("google-workspace", Confidence::Certain, Some(20), None, None)]);
    let group = Group { name: "Prueba".into(), domains: vec!["prueba.example".into()], ..Group::default() };
    let start = date(2026, 6, 1);
    let first = make(&CATALOG, &group, &inventory, &wanted(start, 8.0, None, None)).unwrap();
    let mut before = first;
    before.tasks[0].done = Some(start);
    let id = before.tasks[0].id.clone();
    let today = date(2026, 11, 27);
    let late = Wanted { today, ..wanted(start, 8.0, None, Some(before)) };
    let plan = make(&CATALOG, &group, &inventory, &late).unwrap();
    assert_eq!(plan.start, start, "the start stays what it is");
    let done = plan.tasks.iter().find(|t| t.id == id).unwrap();
    assert_eq!((done.start, done.end), (Some(start), Some(start)));
    let past: Vec<&Task> =
        plan.tasks.iter().filter(|t| t.done.is_none() && t.start.is_some_and(|s| s < today)).collect();
    assert!(past.is_empty(), "{past:#?}");
    assert_eq!(decamp::plan::next_day(&plan), today);
}
