//! What is placed next.
//!
//! The lowest stage first, and in it what can begin first. While all of a stage only waits, the quiet work of later
//! stages fills the gap, as long as it does not make the stage wait. When a house closes, exports come before domain and
//! mail, and those before the rest, whatever the stage.

use super::Clock;
use crate::catalog::model::TaskKind;
use crate::plan::Task;
use crate::plan::tasks::EVERYONE;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The tasks that wait to be placed.
pub(super) struct Order {
    /// Tasks with nothing before them that is not placed, by rank.
    open: BTreeMap<u8, BTreeSet<usize>>,
    /// How many unplaced tasks stand before each.
    waits: Vec<usize>,
    next: Vec<Vec<usize>>,
    /// The stage, or how urgent it is when a house closes: the lowest first.
    rank: Vec<u8>,
    /// How many are not placed, by rank.
    left: BTreeMap<u8, usize>,
    unplaced: BTreeSet<usize>,
}

impl Order {
    pub(super) fn new(tasks: &[Task], hurry: bool) -> Self {
        let at: BTreeMap<&str, usize> = tasks.iter().enumerate().map(|(i, t)| (t.id.as_str(), i)).collect();
        let before: Vec<Vec<usize>> =
            tasks.iter().map(|t| t.after.iter().filter_map(|a| at.get(a.as_str()).copied()).collect()).collect();
        let mut next = vec![Vec::new(); tasks.len()];
        for (i, list) in before.iter().enumerate() {
            for b in list {
                next[*b].push(i);
            }
        }
        let rank = if hurry { urgency(tasks, &before) } else { stages(tasks, &before) };
        let mut order = Self {
            open: BTreeMap::new(),
            waits: before.iter().map(Vec::len).collect(),
            next,
            rank,
            left: BTreeMap::new(),
            unplaced: (0..tasks.len()).collect(),
        };
        for i in 0..tasks.len() {
            *order.left.entry(order.rank[i]).or_default() += 1;
            if order.waits[i] == 0 {
                order.open.entry(order.rank[i]).or_default().insert(i);
            }
        }
        order
    }

    /// The next task, taken out; none when all are placed.
    pub(super) fn next(&mut self, tasks: &[Task], clock: &mut Clock) -> Option<usize> {
        let found = self.choose(tasks, clock).or_else(|| self.unplaced.first().copied())?;
        self.unplaced.remove(&found);
        let rank = self.rank[found];
        if let Some(list) = self.open.get_mut(&rank) {
            list.remove(&found);
        }
        if let Some(left) = self.left.get_mut(&rank) {
            *left -= 1;
            if *left == 0 {
                self.left.remove(&rank);
            }
        }
        for n in self.next[found].clone() {
            self.waits[n] = self.waits[n].saturating_sub(1);
            if self.waits[n] == 0 && self.unplaced.contains(&n) {
                self.open.entry(self.rank[n]).or_default().insert(n);
            }
        }
        Some(found)
    }

    fn choose(&self, tasks: &[Task], clock: &mut Clock) -> Option<usize> {
        let lowest = *self.left.keys().next()?;
        let first = |rank: u8, clock: &mut Clock, fits: &dyn Fn(&Task, usize, &Clock) -> bool| {
            let mut best: Option<(usize, Option<Reverse<u32>>, usize)> = None;
            for i in self.open.get(&rank).into_iter().flatten() {
                let at = clock.earliest(&tasks[*i]);
                // Of what can begin on the same day, a stage's own tasks as they stand in its file; then the one that is
                // waited for longest: its wait is nobody's work.
                let task = &tasks[*i];
                let wait = task.need.as_ref().map(|_| Reverse(task.wait_days));
                let sooner = (at, wait, *i);
                if fits(&tasks[*i], at, clock) && best.is_none_or(|b| sooner < b) {
                    best = Some(sooner);
                }
            }
            best.map(|(at, _, i)| (at, i))
        };
        let Some((at, i)) = first(lowest, clock, &|_, _, _| true) else {
            // Everything of the lowest rank waits for something of a later one.
            return self.open.keys().copied().find_map(|r| first(r, clock, &|_, _, _| true)).map(|(_, i)| i);
        };
        let server = clock.server(&tasks[i].role);
        let fills = |t: &Task, from: usize, clock: &Clock| {
            quiet(t) && clock.server(&t.role) == server && clock.span(t, from).1 < at
        };
        let later = self.open.keys().copied().find(|r| *r > lowest && self.open.get(r).is_some_and(|l| !l.is_empty()));
        let filler = later.and_then(|r| first(r, clock, &fills));
        Some(filler.map_or(i, |(_, f)| f))
    }
}

/// Work of a need that nobody else notices.
fn quiet(task: &Task) -> bool {
    task.need.is_some()
        && task.role != EVERYONE
        && matches!(task.kind, TaskKind::Prepare | TaskKind::Sort | TaskKind::Export | TaskKind::Provision)
}

/// The stage. What only runs on side by side begins as soon as it can: with the last one that it waits for.
fn stages(tasks: &[Task], before: &[Vec<usize>]) -> Vec<u8> {
    let mut rank: Vec<u8> = tasks.iter().map(|t| t.stage).collect();
    for (i, task) in tasks.iter().enumerate() {
        if task.kind == TaskKind::Parallel && task.need.is_some() {
            rank[i] = before[i].iter().map(|b| rank[*b]).max().unwrap_or(rank[i]).min(rank[i]);
        }
    }
    rank
}

/// The last stage in which a need moves.
const LAST: u8 = 5;

/// Exports of what moves first: members and money, then mail, then sites, files, and the quiet rest; exports of what
/// stays; domain and mail; all else. What stands before a task is as urgent as the task.
fn urgency(tasks: &[Task], before: &[Vec<usize>]) -> Vec<u8> {
    let own = |t: &Task| {
        let need = t.need.as_deref();
        match t.kind {
            TaskKind::Export if need.is_none() => 0,
            TaskKind::Export if t.to.is_some() => LAST.saturating_sub(t.stage),
            TaskKind::Export => LAST + 1,
            kind if kind != TaskKind::Close && need.is_some_and(|n| matches!(n, "domain" | "dns" | "mail")) => LAST + 2,
            _ if t.first => LAST + 2,
            _ => LAST + 3,
        }
    };
    let mut rank: Vec<u8> = tasks.iter().map(own).collect();
    // Tasks stand in topological order: one pass from the end is enough.
    for i in (0..tasks.len()).rev() {
        for b in &before[i] {
            rank[*b] = rank[*b].min(rank[i]);
        }
    }
    rank
}
