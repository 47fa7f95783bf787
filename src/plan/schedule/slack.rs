//! What the end hangs on: from the last day backwards.

use crate::dates::plus;
use crate::plan::Task;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Sets `slack_days` and `critical`. A task may be late until one that waits for it, or the next one of the same people,
/// would move the end. `sequence` holds each team's tasks in the order in which they were placed.
pub(super) fn mark(tasks: &mut [Task], sequence: &[Vec<usize>], end: Date) {
    let at: BTreeMap<&str, usize> = tasks.iter().enumerate().map(|(i, t)| (t.id.as_str(), i)).collect();
    let mut after: Vec<Vec<(usize, i64)>> = vec![Vec::new(); tasks.len()];
    for (i, task) in tasks.iter().enumerate() {
        for b in task.after.iter().filter_map(|a| at.get(a.as_str())) {
            after[*b].push((i, i64::from(tasks[*b].wait_days)));
        }
    }
    for list in sequence {
        for pair in list.windows(2) {
            after[pair[0]].push((pair[1], 0));
        }
    }
    let mut order: Vec<usize> = (0..tasks.len()).filter(|i| tasks[*i].end.is_some()).collect();
    // What ends later is settled first; on one day the order in which tasks stand is kept.
    order.sort_by_key(|i| (tasks[*i].end, tasks[*i].start, *i));
    let mut latest: Vec<Option<Date>> = vec![None; tasks.len()];
    for i in order.into_iter().rev() {
        let Some(last) = tasks[i].end else { continue };
        let mut late = plus(end, -i64::from(tasks[i].wait_days));
        for (next, wait) in &after[i] {
            if let (Some(l), Some(s), Some(e)) = (latest[*next], tasks[*next].start, tasks[*next].end) {
                late = late.min(plus(l, -days(s, e) - wait));
            }
        }
        let late = late.max(last);
        latest[i] = Some(late);
        // A habit has no end that hangs on it.
        if tasks[i].done.is_none() && tasks[i].repeat.is_none() {
            let slack = days(last, late);
            tasks[i].slack_days = u32::try_from(slack).ok();
            tasks[i].critical = slack <= 1;
        }
    }
}

fn days(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |s| i64::from(s.get_days()))
}
