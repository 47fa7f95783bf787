//! Dates: so many working hours a week, waiting times, times in which nothing may happen.

use super::Task;
use crate::catalog::model::TaskKind;
use crate::group::Group;
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use std::collections::BTreeMap;

/// Gives every task its dates and marks the ones on which the end hangs; returns the last day.
///
/// A task behind a gate that nobody has answered has no date, nor has what comes after it.
pub fn schedule(tasks: &mut [Task], group: &Group, start: Date, hours_per_week: f64) -> Date {
    let per_day = (hours_per_week / 7.0).max(0.01);
    let mut clock = Clock { start, per_day, spent: 0.0, last: start, ends: BTreeMap::new() };
    let done: Vec<String> = tasks.iter().filter(|t| t.done.is_some()).map(|t| t.id.clone()).collect();
    let mut waiting: Vec<usize> = (0..tasks.len()).collect();
    while !waiting.is_empty() {
        let at = clock.choose(tasks, &waiting);
        clock.place(&mut tasks[waiting.remove(at)], group, &done);
    }
    let last = clock.last;
    mark_critical(tasks, last);
    last
}

/// What is spent and what has ended so far.
struct Clock {
    start: Date,
    per_day: f64,
    spent: f64,
    last: Date,
    /// Task → last day (none behind a shut gate) and days to wait afterwards.
    ends: BTreeMap<String, (Option<Date>, u32)>,
}

impl Clock {
    /// When everything before a task has ended and been waited for.
    fn ready(&self, task: &Task) -> Option<Date> {
        let before = task.after.iter().filter_map(|a| self.ends.get(a));
        before.filter_map(|(end, wait)| end.map(|e| plus(e, i64::from(*wait)))).max()
    }

    /// The next task of the lowest stage: the first whose waiting is over, else the one whose waiting ends first, so that
    /// waiting times are filled with other work.
    fn choose(&self, tasks: &[Task], waiting: &[usize]) -> usize {
        let stage = waiting.iter().map(|i| tasks[*i].stage).min().unwrap_or(0);
        let open = |i: usize| {
            tasks[i].stage == stage
                && tasks[i]
                    .after
                    .iter()
                    .all(|a| self.ends.contains_key(a) || !waiting.iter().any(|w| tasks[*w].id == *a))
        };
        let today = plus(self.start, days(self.spent / self.per_day));
        let key = |i: usize| self.ready(&tasks[i]).map_or(today, |r| r.max(today));
        (0..waiting.len()).filter(|at| open(waiting[*at])).min_by_key(|at| (key(waiting[*at]), *at)).unwrap_or(0)
    }

    fn place(&mut self, task: &mut Task, group: &Group, done: &[String]) {
        let behind = |a: &String| matches!(self.ends.get(a), Some((None, _)));
        let shut = task.gate.as_ref().is_some_and(|g| !done.contains(g)) || task.after.iter().any(behind);
        if task.done.is_some() {
            (task.start, task.end) = (task.done, task.done);
        } else if shut {
            (task.start, task.end) = (None, None);
        } else {
            let free = plus(self.start, days(self.spent / self.per_day));
            let begin = allowed(self.ready(task).map_or(free, |r| r.max(free)), group, task.kind);
            // What everyone does for themselves takes nothing from the team's hours.
            let team = if task.role == "everyone" { 0.0 } else { task.hours };
            self.spent = self.spent.max(span(self.start, begin) * self.per_day) + team;
            let end = plus(begin, days((team / self.per_day - 1.0).max(0.0)));
            (task.start, task.end) = (Some(begin), Some(end));
            self.last = self.last.max(plus(end, i64::from(task.wait_days)));
        }
        self.ends.insert(task.id.clone(), (task.end, task.wait_days));
    }
}

/// The first day from `day` on on which it may begin: not in a time to avoid; a cut-over from Monday to Wednesday, so
/// that somebody is there on the days after.
fn allowed(mut day: Date, group: &Group, kind: TaskKind) -> Date {
    for _ in 0..2000 {
        if let Some(window) = group.avoid.iter().find(|w| w.from <= day && day <= w.to) {
            day = plus(window.to, 1);
        } else if kind == TaskKind::CutOver
            && !matches!(day.weekday(), Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday)
        {
            day = plus(day, 1);
        } else {
            return day;
        }
    }
    day
}

/// From the last day backwards: a task is critical when one that is, or the end, waits for nothing else than it.
fn mark_critical(tasks: &mut [Task], last: Date) {
    let mut need: Vec<Date> = vec![last];
    for i in (0..tasks.len()).rev() {
        let Some(end) = tasks[i].end.filter(|_| tasks[i].done.is_none()) else { continue };
        let free_at = plus(end, i64::from(tasks[i].wait_days));
        let awaited = need.iter().any(|n| free_at >= plus(*n, -1) && free_at <= plus(*n, 1));
        if awaited {
            tasks[i].critical = true;
            need.extend(tasks[i].start);
        }
    }
}

fn plus(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap_or(day)
}

#[allow(clippy::cast_possible_truncation)]
fn days(n: f64) -> i64 {
    n.clamp(0.0, 36_500.0).floor() as i64
}

fn span(from: Date, to: Date) -> f64 {
    from.until(to).map_or(0.0, |s| f64::from(s.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::model::Text;
    use crate::group::Window;
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
            wait_days,
            after: after.iter().map(|a| (*a).to_owned()).collect(),
            gate: None,
            start: None,
            end: None,
            critical: false,
            rollback: None,
            danger: None,
            files: Vec::new(),
            done: None,
            who: None,
            note: None,
        }
    }

    #[test]
    fn waiting_is_filled_with_other_work() {
        let mut tasks = vec![task("a", 1.0, 30, &[]), task("b", 1.0, 0, &["a"]), task("c", 1.0, 0, &[])];
        schedule(&mut tasks, &Group::default(), date(2026, 12, 1), 7.0);
        assert!(tasks[2].start < tasks[1].start, "{tasks:?}");
        assert_eq!(tasks[1].start, Some(date(2026, 12, 31)));
    }

    #[test]
    fn cut_overs_are_early_in_the_week_and_never_in_a_time_to_avoid() {
        let mut cut = task("cut", 1.0, 0, &[]);
        cut.kind = TaskKind::CutOver;
        let mut tasks = vec![cut];
        let window = Window { from: date(2026, 12, 20), to: date(2027, 1, 2), why: String::new() };
        let group = Group { avoid: vec![window], ..Group::default() };
        schedule(&mut tasks, &group, date(2026, 12, 24), 7.0);
        assert_eq!(tasks[0].start, Some(date(2027, 1, 4)));
    }

    #[test]
    fn a_shut_gate_gives_no_date() {
        let mut close = task("close", 1.0, 0, &[]);
        close.gate = Some("hold".into());
        let mut tasks = vec![task("hold", 1.0, 0, &[]), close, task("later", 1.0, 0, &["close"])];
        schedule(&mut tasks, &Group::default(), date(2026, 12, 1), 7.0);
        assert_eq!((tasks[1].start, tasks[2].start), (None, None));
        tasks[0].done = Some(date(2026, 12, 1));
        schedule(&mut tasks, &Group::default(), date(2026, 12, 1), 7.0);
        assert!(tasks[1].start.is_some() && tasks[2].start.is_some());
    }
}
