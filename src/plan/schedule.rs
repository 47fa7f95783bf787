//! Dates: so many working hours a week, waiting times, times in which nothing may happen.
//!
//! [`calendar`] counts the days on which work is possible, [`order`] says what is placed next, [`slack`] finds what the
//! end hangs on. Hours are handed out at an even rate: a team of 7 hours a week has one a day, so that no week ever holds
//! more than the group gives.

pub mod calendar;
mod order;
mod slack;

use super::tasks::EVERYONE;
use super::{Blocked, GateAnswer, Task};
use crate::catalog::model::{Repeat, TaskKind};
use crate::dates::plus;
use crate::group::Group;
use calendar::Calendar;
use jiff::civil::Date;
use order::Order;
use std::collections::{BTreeMap, BTreeSet};

/// For so many working days after the first one, a task that everyone does for themselves goes on.
const OWN_PACE: usize = 6;

/// On which terms the group works.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    /// The group: times to avoid, deadlines, people and their hours.
    pub group: &'a Group,
    /// The first day.
    pub start: Date,
    /// Working hours a week of all helpers together.
    pub hours_per_week: f64,
    /// The day by which it must be over: exports first, then domain and mail, then the rest; what does not fit has no
    /// date.
    pub until: Option<Date>,
    /// Only the tasks of "not yet" get a date.
    pub only_first: bool,
}

impl<'a> Terms<'a> {
    /// Terms without an end.
    pub fn new(group: &'a Group, start: Date, hours_per_week: f64) -> Self {
        Self { group, start, hours_per_week, until: None, only_first: false }
    }
}

/// What came out.
#[derive(Debug, Clone)]
pub struct Scheduled {
    /// The last day, waiting included.
    pub end: Date,
    /// Task → the hours that it takes on which days: first hour and last, on the clock of its server.
    pub spent: BTreeMap<String, (usize, f64, f64)>,
    /// Hours a day of each server.
    pub rates: Vec<f64>,
}

/// Gives every task its dates, marks the ones on which the end hangs, and says why the others have none.
pub fn schedule(tasks: &mut [Task], terms: &Terms<'_>) -> Scheduled {
    let held = terms.group.ready.legal_hold == Some(true);
    let answers: BTreeMap<String, Option<GateAnswer>> =
        tasks.iter().map(|t| (t.id.clone(), t.answer.filter(|_| t.done.is_some()))).collect();
    let early = if terms.only_first { early(tasks) } else { BTreeSet::new() };
    for task in tasks.iter_mut() {
        (task.start, task.end, task.blocked, task.critical, task.slack_days) = (None, None, None, false, None);
        let answer = task.gate.as_ref().map(|g| answers.get(g).copied().flatten());
        task.blocked = match answer {
            _ if task.done.is_some() => None,
            Some(_) if held => Some(Blocked::Hold),
            Some(Some(GateAnswer::Yes)) => Some(Blocked::Hold),
            Some(None) => Some(Blocked::Gate),
            _ if terms.only_first && !early.contains(&task.id) => Some(Blocked::NotYet),
            Some(Some(GateAnswer::No)) | None => None,
        };
    }
    let mut clock = Clock::new(terms, tasks);
    let mut order = Order::new(tasks, terms.until.is_some());
    while let Some(i) = order.next(tasks, &mut clock) {
        clock.place(i, &mut tasks[i], terms);
    }
    if let Some(until) = terms.until {
        cut(tasks, until);
    }
    let last = tasks.iter().filter_map(|t| Some(plus(t.end?, i64::from(t.wait_days)))).max();
    let end = last.unwrap_or(terms.start).max(terms.start);
    habits(tasks, end);
    slack::mark(tasks, &clock.sequence, end);
    Scheduled { end, spent: clock.spent, rates: clock.rates }
}

/// What is done also when the answer is "not yet": the five things, the questions that gates ask, and what comes before
/// them.
fn early(tasks: &[Task]) -> BTreeSet<String> {
    let by_id: BTreeMap<&str, &Task> = tasks.iter().map(|t| (t.id.as_str(), t)).collect();
    let gates = tasks.iter().filter_map(|t| t.gate.as_deref());
    let gates = gates.filter(|g| by_id.get(g).is_some_and(|t| t.stage == 0));
    let mut open: Vec<&str> = tasks.iter().filter(|t| t.first).map(|t| t.id.as_str()).chain(gates).collect();
    let mut early = BTreeSet::new();
    while let Some(id) = open.pop() {
        if let Some(task) = by_id.get(id).filter(|_| early.insert(id.to_owned())) {
            open.extend(task.after.iter().map(String::as_str));
        }
    }
    early
}

/// Standing habits begin when the plan has ended, and take nothing from its hours. What would come after something without
/// a day has none either.
fn habits(tasks: &mut [Task], end: Date) {
    let mut open: BTreeSet<String> = tasks
        .iter()
        .filter(|t| t.repeat.is_none() && t.end.is_none() && t.done.is_none())
        .map(|t| t.id.clone())
        .collect();
    for task in tasks.iter_mut().filter(|t| t.done.is_none() && t.blocked.is_none()) {
        if let Some(repeat) = task.repeat {
            if task.after.iter().any(|a| open.contains(a)) {
                open.insert(task.id.clone());
                task.blocked = Some(Blocked::Before);
                continue;
            }
            let day = plus(end, if repeat == Repeat::Quarterly { 91 } else { 365 });
            (task.start, task.end) = (Some(day), Some(day));
        }
    }
}

/// Takes the dates of what does not end in time, and of what comes after it.
fn cut(tasks: &mut [Task], until: Date) {
    let mut gone: BTreeSet<String> = BTreeSet::new();
    for task in tasks.iter_mut() {
        let late = task.done.is_none() && task.end.is_some_and(|end| end > until);
        let behind = task.done.is_none() && task.end.is_some() && task.after.iter().any(|a| gone.contains(a));
        if late || behind {
            task.blocked = Some(if late { Blocked::Until } else { Blocked::Before });
            (task.start, task.end) = (None, None);
            gone.insert(task.id.clone());
        }
    }
}

/// What is spent and what has ended so far.
pub(super) struct Clock {
    calendar: Calendar,
    /// Role → server; what is not named is done by the last one.
    servers: BTreeMap<String, usize>,
    rates: Vec<f64>,
    /// Hours of each server that are spent, or have passed unused.
    used: Vec<f64>,
    spent: BTreeMap<String, (usize, f64, f64)>,
    /// Task → last day (none: it has no date) and days to wait afterwards.
    ends: BTreeMap<String, (Option<Date>, u32)>,
    /// The tasks of each server in the order in which they were placed.
    sequence: Vec<Vec<usize>>,
}

impl Clock {
    /// One server for the whole team, and one for each role whose people have said their hours. Together they have no
    /// more than the group's hours.
    fn new(terms: &Terms<'_>, tasks: &[Task]) -> Self {
        let total = terms.hours_per_week.max(0.1) / 7.0;
        let mut own: BTreeMap<String, f64> = BTreeMap::new();
        for role in &terms.group.roles {
            // Whoever has less than an hour a week helps the others along; alone, a meeting would last for weeks.
            if let Some(hours) = role.hours.filter(|h| *h >= 1.0) {
                *own.entry(role.role.clone()).or_default() += hours / 7.0;
            }
        }
        let sum: f64 = own.values().sum();
        let rest = total - sum;
        let scale = if sum > total { total / sum } else { 1.0 };
        let mut rates: Vec<f64> = own.values().map(|rate| rate * scale).collect();
        let mut servers: BTreeMap<String, usize> = own.keys().enumerate().map(|(i, role)| (role.clone(), i)).collect();
        let busiest = (0..rates.len()).max_by(|a, b| rates[*a].total_cmp(&rates[*b]).then(b.cmp(a)));
        match busiest.filter(|_| rest < total / 4.0) {
            // Too little is left for the roles without hours of their own: whoever has most does their part, too.
            Some(busiest) => {
                for task in tasks.iter().filter(|t| t.role != EVERYONE) {
                    servers.entry(task.role.clone()).or_insert(busiest);
                }
            }
            None => rates.push(rest),
        }
        Self {
            calendar: Calendar::new(terms.group, terms.start),
            servers,
            used: vec![0.0; rates.len()],
            sequence: vec![Vec::new(); rates.len()],
            rates,
            spent: BTreeMap::new(),
            ends: BTreeMap::new(),
        }
    }

    fn server(&self, role: &str) -> usize {
        self.servers.get(role).copied().unwrap_or(self.rates.len() - 1)
    }

    /// The hours that a task takes from the team: what everyone does for themselves takes nothing.
    fn team_hours(task: &Task) -> f64 {
        if task.role == EVERYONE { 0.0 } else { task.hours.max(0.0) }
    }

    /// When everything before a task has ended and been waited for.
    fn ready(&self, task: &Task) -> Option<Date> {
        let before = task.after.iter().filter_map(|a| self.ends.get(a));
        before.filter_map(|(end, wait)| end.map(|e| plus(e, i64::from(*wait)))).max()
    }

    /// The working day (counted from the start) on which a task could begin.
    fn earliest(&mut self, task: &Task) -> usize {
        let server = self.server(&task.role);
        let free = whole(self.used[server] / self.rates[server]);
        self.ready(task).map_or(free, |r| self.calendar.index(r).max(free))
    }

    /// When a task that begins on the working day `begin` starts on the clock of its server, and the working day on which
    /// its last hour falls.
    fn span(&self, task: &Task, begin: usize) -> (f64, usize) {
        let server = self.server(&task.role);
        let rate = self.rates[server];
        #[allow(clippy::cast_precision_loss)]
        let first = self.used[server].max(begin as f64 * rate);
        let end = ((first + Self::team_hours(task)) / rate - 1e-9).max(0.0);
        // Not everybody finds the time for their own account on the first day.
        let least = if task.hours_each.is_some() { begin + OWN_PACE } else { begin };
        (first, whole(end).max(least))
    }

    fn place(&mut self, i: usize, task: &mut Task, terms: &Terms<'_>) {
        let behind = task.after.iter().any(|a| matches!(self.ends.get(a), Some((None, _))));
        if task.repeat.is_some() && task.done.is_none() {
            // Comes when all is over: see `habits`.
        } else if task.done.is_some() {
            (task.start, task.end) = (task.done, task.done);
            // What is done has been waited for, as far as anybody can know, from its day on.
        } else if task.blocked.is_some() || behind {
            task.blocked = task.blocked.or(Some(Blocked::Before));
        } else {
            let server = self.server(&task.role);
            let rate = self.rates[server];
            let hours = Self::team_hours(task);
            let begin = self.earliest(task);
            let (mut first, mut last) = self.span(task, begin);
            if task.kind == TaskKind::CutOver {
                // The switch is one day, at the end of its preparation: Tuesday or Wednesday, so that somebody is there on
                // the days before and after, and never shortly before a deadline.
                last = self.calendar.cut_over(last, terms.group);
                #[allow(clippy::cast_precision_loss)]
                let over = (last + 1) as f64 * rate;
                first = first.max(over - hours);
                (task.start, task.end) = (Some(self.calendar.date(last)), Some(self.calendar.date(last)));
            } else {
                (task.start, task.end) = (Some(self.calendar.date(begin)), Some(self.calendar.date(last)));
            }
            if hours > 0.0 {
                self.used[server] = first + hours;
                self.spent.insert(task.id.clone(), (server, first, first + hours));
                self.sequence[server].push(i);
            }
        }
        self.ends.insert(task.id.clone(), (task.end, task.wait_days));
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(n: f64) -> usize {
    (n + 1e-10).clamp(0.0, 36_500.0).floor() as usize
}

#[cfg(test)]
mod tests;
