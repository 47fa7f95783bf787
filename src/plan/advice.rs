//! What would make the plan shorter: the same tasks, scheduled on other terms.

use super::Task;
use super::choose::same;
use super::schedule::{Terms, schedule};
use super::verdict::weeks;
use crate::catalog::Catalog;
use crate::catalog::model::Text;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Sentences, the one that helps most first; `end` is the end of the plan as it is.
pub fn shorten(catalog: &Catalog, tasks: &[Task], terms: &Terms<'_>, end: Date) -> Vec<Text> {
    let mut found: Vec<(u32, Text)> = Vec::new();
    let try_out = |tasks: Vec<Task>, terms: &Terms<'_>| {
        let mut tasks = tasks;
        let new = schedule(&mut tasks, terms).end;
        (new < end).then(|| weeks(new, end))
    };
    let more = (terms.hours_per_week / 2.0).ceil().max(1.0);
    let mut other = terms.clone();
    other.hours_per_week += more;
    if let Some(saved) = try_out(tasks.to_vec(), &other).filter(|w| *w > 0) {
        let fill = [("hours", &same(&more.to_string())), ("weeks", &same(&saved.to_string()))];
        found.push((saved, catalog.say("shorten-hours", &fill)));
    }
    // The need that takes most work, left where it is for this year.
    let mut hours: BTreeMap<&str, f64> = BTreeMap::new();
    for task in tasks.iter().filter(|t| t.done.is_none()) {
        if let Some(need) = &task.need {
            *hours.entry(need).or_default() += task.hours;
        }
    }
    let heaviest = hours.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| b.0.cmp(a.0)));
    if let Some((need, _)) = heaviest {
        let rest: Vec<Task> = tasks.iter().filter(|t| t.need.as_deref() != Some(need)).cloned().collect();
        if let Some(saved) = try_out(rest, terms).filter(|w| *w > 0) {
            let name = catalog.need(need).map_or_else(|| same(need), |n| n.name.clone());
            let fill = [("need", &name), ("weeks", &same(&saved.to_string()))];
            found.push((saved, catalog.say("shorten-need", &fill)));
        }
    }
    found.sort_by_key(|(saved, _)| std::cmp::Reverse(*saved));
    found.into_iter().map(|(_, text)| text).collect()
}
