//! Go, or not yet: the thresholds of `playbooks/conditions/`.

use super::Task;
use super::choose::same;
use super::schedule::Terms;
use crate::catalog::Catalog;
use crate::catalog::model::{Text, Threshold};
use crate::group::{Deadline, Group};
use crate::inventory::{ALONE, Inventory};
use jiff::civil::Date;

/// What a condition is judged by.
struct Facts<'a> {
    group: &'a Group,
    services: usize,
    admins: Option<u32>,
    start: Date,
    hours: f64,
    weeks: u32,
}

/// A group may stop after every stage: whether the hours are enough is judged by the stages up to this one.
const FIRST_STAGES: u8 = 3;

/// The reasons for "not yet"; none: go. `tasks` are scheduled as if the answer were yes.
pub fn why_not_yet(catalog: &Catalog, inventory: &Inventory, tasks: &[Task], terms: &Terms<'_>) -> Vec<Text> {
    // What is under way is not stopped by what was not ready before it began.
    if tasks.iter().any(|t| t.done.is_some() && t.stage > 0) {
        return Vec::new();
    }
    let first = tasks.iter().filter(|t| t.stage <= FIRST_STAGES && t.repeat.is_none());
    let end = first.filter_map(|t| t.end).max().unwrap_or(terms.start);
    // Times to avoid are nobody's lack of hours.
    let weeks = weeks(terms.start, end).saturating_sub(avoided(terms, end) / 7);
    let (group, services) = (terms.group, inventory.services.len());
    // What the group wrote down itself counts more than a word in its answers.
    let alone = (inventory.counted(ALONE) > 0).then_some(1);
    let admins = group.ready.admins.or(alone);
    let facts = Facts { group, services, admins, start: terms.start, hours: terms.hours_per_week, weeks };
    let passed = catalog.conditions.values().filter(|c| facts.pass(&c.value.when));
    passed.map(|c| facts.told(&c.value.says)).collect()
}

/// Days that the group avoids, up to this one.
fn avoided(terms: &Terms<'_>, end: Date) -> u32 {
    let days = |from: Date, to: Date| from.until(to).map_or(0, |s| s.get_days() + 1).max(0);
    let all = terms.group.avoid.iter().map(|w| days(w.from.max(terms.start), w.to.min(end)));
    u32::try_from(all.sum::<i32>()).unwrap_or(0)
}

/// Weeks from one day to another, begun ones counted.
pub fn weeks(start: Date, end: Date) -> u32 {
    let days = start.until(end).map_or(0, |s| s.get_days());
    u32::try_from((days + 6) / 7).unwrap_or(0)
}

impl Facts<'_> {
    /// Whether all thresholds that are given are passed; what the group has not said passes none.
    fn pass(&self, when: &Threshold) -> bool {
        let ready = &self.group.ready;
        let hold = ready.legal_hold.map(|hold| hold && ready.lawyer_answered.is_none());
        *when != Threshold::default()
            && when.domain_control.is_none_or(|c| ready.domain == Some(c))
            && when.admins_below.is_none_or(|n| self.admins.is_some_and(|admins| admins < n))
            && when.services_below.is_none_or(|n| self.services < n as usize)
            && when.deadline_within_weeks.is_none_or(|weeks| self.near(weeks).is_some())
            && when.legal_hold.is_none_or(|h| hold == Some(h))
            && when.hours_below.is_none_or(|hours| self.hours < hours)
            && when.weeks_over.is_none_or(|weeks| self.weeks > weeks)
            && when
                .no_free_day_within_weeks
                .is_none_or(|weeks| self.free_from() > crate::dates::plus(self.start, i64::from(weeks) * 7))
    }

    /// The first deadline within so many weeks of the start.
    fn near(&self, weeks: u32) -> Option<&Deadline> {
        let last = crate::dates::plus(self.start, i64::from(weeks) * 7);
        self.group.deadlines.iter().filter(|d| self.start <= d.on && d.on <= last).min_by_key(|d| d.on)
    }

    /// The first day that lies in no time to avoid.
    fn free_from(&self) -> Date {
        let mut day = self.start;
        // Each window is left at most once.
        for _ in 0..=self.group.avoid.len() {
            let Some(window) = self.group.avoid.iter().find(|w| w.from <= day && day <= w.to) else { break };
            day = crate::dates::plus(window.to, 1);
        }
        day
    }

    fn told(&self, says: &Text) -> Text {
        // The widest threshold that a condition could have found it with.
        let near = self.near(520);
        let date = near.map_or_else(|| same("?"), |d| crate::dates::date_text(d.on, self.group.country.as_deref()));
        let what = near.map(|d| d.what.clone()).filter(|w| !w.is_empty()).unwrap_or_else(|| "…".into());
        let fill = [
            ("{admins}", same(&self.admins.unwrap_or(0).to_string())),
            ("{hours}", same(&self.hours.to_string())),
            ("{weeks}", same(&self.weeks.to_string())),
            ("{date}", date),
            ("{what}", same(&what)),
            ("{free}", crate::dates::date_text(self.free_from(), self.group.country.as_deref())),
        ];
        let mut said = says.clone();
        for (word, value) in fill {
            said.en = said.en.replace(word, &value.en);
            said.es = said.es.replace(word, &value.es);
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Ready;
    use jiff::civil::date;

    #[allow(clippy::needless_pass_by_value)]
    fn pass(group: &Group, when: Threshold) -> bool {
        Facts { group, services: 3, admins: group.ready.admins, start: date(2026, 12, 1), hours: 5.0, weeks: 30 }
            .pass(&when)
    }

    #[test]
    fn what_has_not_been_said_passes_no_threshold() {
        let silent = Group::default();
        assert!(!pass(&silent, Threshold { domain_control: Some(false), ..Threshold::default() }));
        assert!(!pass(&silent, Threshold { admins_below: Some(2), ..Threshold::default() }));
        assert!(!pass(&silent, Threshold { legal_hold: Some(true), ..Threshold::default() }));
        assert!(!pass(&silent, Threshold::default()), "a condition without a threshold never holds");
    }

    #[test]
    fn without_a_free_day_the_times_to_avoid_are_named() {
        let when = || Threshold { no_free_day_within_weeks: Some(12), ..Threshold::default() };
        let window = |from, to| crate::group::Window { from, to, why: String::new() };
        let mut group = Group { avoid: vec![window(date(2026, 12, 20), date(2027, 1, 2))], ..Group::default() };
        assert!(!pass(&group, when()));
        group.avoid = vec![window(date(2027, 1, 3), date(2036, 1, 1)), window(date(2026, 11, 1), date(2027, 1, 2))];
        assert!(pass(&group, when()));
    }

    #[test]
    fn each_threshold_is_measured() {
        let ready = Ready { domain: Some(false), admins: Some(1), legal_hold: Some(true), lawyer_answered: None };
        let deadlines = vec![Deadline { on: date(2027, 1, 12), what: "election".into() }];
        let mut group = Group { deadlines, ready, ..Group::default() };
        assert!(pass(&group, Threshold { domain_control: Some(false), ..Threshold::default() }));
        assert!(pass(&group, Threshold { admins_below: Some(2), ..Threshold::default() }));
        assert!(pass(&group, Threshold { legal_hold: Some(true), ..Threshold::default() }));
        assert!(pass(&group, Threshold { services_below: Some(4), ..Threshold::default() }));
        assert!(!pass(&group, Threshold { services_below: Some(3), ..Threshold::default() }));
        assert!(pass(&group, Threshold { deadline_within_weeks: Some(6), ..Threshold::default() }));
        assert!(!pass(&group, Threshold { deadline_within_weeks: Some(5), ..Threshold::default() }));
        assert!(pass(&group, Threshold { hours_below: Some(6.0), ..Threshold::default() }));
        assert!(!pass(&group, Threshold { weeks_over: Some(30), ..Threshold::default() }));
        group.ready.lawyer_answered = Some(date(2026, 11, 20));
        assert!(!pass(&group, Threshold { legal_hold: Some(true), ..Threshold::default() }));
    }
}
