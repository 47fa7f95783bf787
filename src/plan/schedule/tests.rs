use super::*;
use crate::catalog::model::Text;
use crate::group::{Deadline, Role, Window};
use jiff::civil::date;

fn task(id: &str, hours: f64, wait_days: u32, after: &[&str]) -> Task {
    Task {
        id: id.into(),
        stage: 1,
        need: None,
        from: None,
        to: None,
        kind: TaskKind::Prepare,
        title: Text::default(),
        steps: Vec::new(),
        role: "technician".into(),
        hours,
        hours_each: None,
        wait_days,
        after: after.iter().map(|a| (*a).to_owned()).collect(),
        gate: None,
        answer: None,
        blocked: None,
        start: None,
        end: None,
        critical: false,
        slack_days: None,
        holders: None,
        repeat: None,
        first: false,
        rollback: None,
        danger: None,
        files: Vec::new(),
        done: None,
        who: None,
        note: None,
    }
}

fn run(tasks: &mut [Task], group: &Group, start: Date) -> Date {
    schedule(tasks, &Terms::new(group, start, 7.0)).end
}

#[test]
fn waiting_is_filled_with_other_work() {
    let mut tasks = vec![task("a", 1.0, 30, &[]), task("b", 1.0, 0, &["a"]), task("c", 1.0, 0, &[])];
    run(&mut tasks, &Group::default(), date(2026, 12, 1));
    assert!(tasks[2].start < tasks[1].start, "{tasks:?}");
    assert_eq!(tasks[1].start, Some(date(2026, 12, 31)));
    assert!(tasks[0].critical && tasks[1].critical && !tasks[2].critical);
    assert_eq!(tasks[2].slack_days, Some(29), "it may be done until the day before b");
}

#[test]
fn quiet_work_of_a_later_stage_fills_a_gap_but_never_makes_the_stage_wait() {
    let mut later = task("later", 3.0, 0, &[]);
    (later.stage, later.need) = (2, Some("files".into()));
    let mut long = task("long", 60.0, 0, &[]);
    (long.stage, long.need) = (2, Some("files".into()));
    let mut tasks = vec![task("a", 1.0, 30, &[]), task("b", 1.0, 0, &["a"]), long, later];
    run(&mut tasks, &Group::default(), date(2026, 12, 1));
    assert_eq!(tasks[3].start, Some(date(2026, 12, 2)));
    assert_eq!(tasks[1].start, Some(date(2026, 12, 31)));
    assert!(tasks[2].start > tasks[1].start);
}

#[test]
fn cut_overs_are_early_in_the_week_and_never_in_a_time_to_avoid_or_before_a_deadline() {
    let cut = || {
        let mut cut = task("cut", 1.0, 0, &[]);
        cut.kind = TaskKind::CutOver;
        vec![cut]
    };
    let window = Window { from: date(2026, 12, 20), to: date(2027, 1, 2), why: String::new() };
    let mut group = Group { avoid: vec![window], ..Group::default() };
    let mut tasks = cut();
    run(&mut tasks, &group, date(2026, 12, 24));
    assert_eq!(tasks[0].start, Some(date(2027, 1, 5)));
    group.deadlines.push(Deadline { on: date(2027, 1, 12), what: "election".into() });
    run(&mut tasks, &group, date(2026, 12, 24));
    assert_eq!(tasks[0].start, Some(date(2027, 1, 19)));
    // A long one is prepared before, and switched on one day.
    let mut tasks = cut();
    tasks[0].hours = 5.0;
    run(&mut tasks, &Group::default(), date(2026, 12, 1));
    assert_eq!((tasks[0].start, tasks[0].end), (Some(date(2026, 12, 8)), Some(date(2026, 12, 8))));
}

#[test]
fn a_shut_gate_gives_no_date_and_yes_keeps_it_shut() {
    let mut close = task("close", 1.0, 0, &[]);
    close.gate = Some("hold".into());
    let mut tasks = vec![task("hold", 1.0, 0, &[]), close, task("later", 1.0, 0, &["close"])];
    let day = date(2026, 12, 1);
    run(&mut tasks, &Group::default(), day);
    assert_eq!((tasks[1].start, tasks[1].blocked), (None, Some(Blocked::Gate)));
    assert_eq!((tasks[2].start, tasks[2].blocked), (None, Some(Blocked::Before)));
    // Ticked off without an answer is not answered.
    tasks[0].done = Some(day);
    run(&mut tasks, &Group::default(), day);
    assert_eq!(tasks[1].blocked, Some(Blocked::Gate));
    tasks[0].answer = Some(GateAnswer::Yes);
    run(&mut tasks, &Group::default(), day);
    assert_eq!(tasks[1].blocked, Some(Blocked::Hold));
    tasks[0].answer = Some(GateAnswer::No);
    run(&mut tasks, &Group::default(), day);
    assert!(tasks[1].start.is_some() && tasks[2].start.is_some());
    let held =
        Group { ready: crate::group::Ready { legal_hold: Some(true), ..Default::default() }, ..Default::default() };
    run(&mut tasks, &held, day);
    assert_eq!(tasks[1].blocked, Some(Blocked::Hold), "what the group says later holds");
}

#[test]
fn people_with_hours_of_their_own_work_side_by_side() {
    let mut group = Group::default();
    for (name, role) in [("Ana", "technician"), ("Bo", "coordinator")] {
        group.roles.push(Role { name: name.into(), role: role.into(), hours: Some(3.5) });
    }
    let mut other = task("b", 3.5, 0, &[]);
    other.role = "coordinator".into();
    let mut tasks = vec![task("a", 3.5, 0, &[]), other];
    let out = schedule(&mut tasks, &Terms::new(&group, date(2026, 12, 1), 7.0));
    assert_eq!(tasks[0].start, tasks[1].start);
    assert!(out.rates.iter().sum::<f64>() * 7.0 <= 7.01, "{:?}", out.rates);
}

#[test]
fn when_a_house_closes_exports_come_first_and_what_does_not_fit_has_no_date() {
    let of = |id: &str, need: &str, kind, stage, after: &[&str]| {
        let mut t = task(id, 7.0, 0, after);
        (t.need, t.kind, t.stage) = (Some(need.into()), kind, stage);
        t
    };
    let mut tasks = vec![
        of("files-copy", "files", TaskKind::Copy, 2, &[]),
        of("mail-sort", "mail", TaskKind::Sort, 4, &[]),
        of("mail-copy", "mail", TaskKind::Copy, 4, &["mail-sort"]),
        of("crm-sort", "crm", TaskKind::Sort, 5, &[]),
        of("crm-export", "crm", TaskKind::Export, 5, &["crm-sort"]),
    ];
    let group = Group::default();
    let mut terms = Terms::new(&group, date(2026, 12, 1), 7.0);
    terms.until = Some(date(2026, 12, 28));
    schedule(&mut tasks, &terms);
    assert!(tasks[4].end < tasks[1].start && tasks[1].end < tasks[2].start, "{tasks:#?}");
    assert_eq!((tasks[0].start, tasks[0].blocked), (None, Some(Blocked::Until)));
}

#[test]
fn leap_days_count_and_no_clock_is_moved() {
    let mut tasks = vec![task("a", 1.0, 30, &[]), task("b", 1.0, 0, &["a"])];
    run(&mut tasks, &Group::default(), date(2028, 2, 1));
    assert_eq!(tasks[1].start, Some(date(2028, 3, 2)), "February 2028 has 29 days");
    // Days are civil: the night on which clocks change is a day like any other.
    let mut tasks = vec![task("a", 1.0, 30, &[]), task("b", 1.0, 0, &["a"])];
    run(&mut tasks, &Group::default(), date(2027, 3, 1));
    assert_eq!(tasks[1].start, Some(date(2027, 3, 31)));
}

#[test]
fn what_is_waited_for_longest_begins_first_and_everyone_takes_a_week() {
    let mut tasks = [task("short", 7.0, 0, &[]), task("long", 7.0, 30, &[]), task("each", 14.0, 0, &["short"])];
    for t in &mut tasks {
        t.need = Some("mail".into());
    }
    (tasks[2].role, tasks[2].hours_each) = (EVERYONE.into(), Some(0.5));
    run(&mut tasks, &Group::default(), date(2026, 12, 1));
    assert!(tasks[1].end < tasks[0].start, "{tasks:?}");
    assert_eq!(tasks[2].end, tasks[2].start.map(|start| plus(start, 6)));
}
