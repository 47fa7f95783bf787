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
    let mut spent = 0.0_f64;
    let mut ends: BTreeMap<String, (Option<Date>, u32)> = BTreeMap::new();
    let done: Vec<String> = tasks.iter().filter(|t| t.done.is_some()).map(|t| t.id.clone()).collect();
    let mut last = start;
    for task in tasks.iter_mut() {
        let shut = task.gate.as_ref().is_some_and(|g| !done.contains(g))
            || task.after.iter().any(|a| matches!(ends.get(a), Some((None, _))));
        if task.done.is_some() {
            task.start = task.done;
            task.end = task.done;
            ends.insert(task.id.clone(), (task.done, task.wait_days));
            continue;
        }
        if shut {
            ends.insert(task.id.clone(), (None, task.wait_days));
            continue;
        }
        let free = plus(start, days(spent / per_day));
        let ready = task
            .after
            .iter()
            .filter_map(|a| ends.get(a))
            .filter_map(|(end, wait)| end.map(|e| plus(e, i64::from(*wait))))
            .max();
        let begin = allowed(ready.map_or(free, |r| r.max(free)), group, task.kind);
        spent = spent.max(span(start, begin) * per_day) + task.hours;
        let end = plus(begin, days((task.hours / per_day - 1.0).max(0.0)));
        let end = if end < begin { begin } else { end };
        task.start = Some(begin);
        task.end = Some(end);
        last = last.max(plus(end, i64::from(task.wait_days)));
        ends.insert(task.id.clone(), (Some(end), task.wait_days));
    }
    mark_critical(tasks, last);
    last
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
