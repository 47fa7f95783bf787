//! The days on which work is possible.

use crate::dates::plus;
use crate::group::Group;
use jiff::civil::{Date, Weekday};

/// Before a deadline nothing is switched for so many days.
pub const QUIET_BEFORE: i64 = 14;
/// After a deadline, neither.
pub const QUIET_AFTER: i64 = 2;
/// How far a plan may reach, in working days.
const LIMIT: usize = 36_600;

/// Working days from the start on, without the times to avoid.
#[derive(Debug)]
pub struct Calendar {
    days: Vec<Date>,
    next: Date,
    avoid: Vec<(Date, Date)>,
}

impl Calendar {
    /// The calendar of a group.
    pub fn new(group: &Group, start: Date) -> Self {
        Self { days: Vec::new(), next: start, avoid: group.avoid.iter().map(|w| (w.from, w.to)).collect() }
    }

    /// Whether nothing may happen on a day.
    fn avoided(&self, day: Date) -> Option<Date> {
        self.avoid.iter().filter(|(from, to)| *from <= day && day <= *to).map(|(_, to)| *to).max()
    }

    fn grow(&mut self) {
        while let Some(to) = self.avoided(self.next) {
            let after = plus(to, 1);
            if after <= self.next {
                break;
            }
            self.next = after;
        }
        self.days.push(self.next);
        self.next = plus(self.next, 1);
    }

    /// The `n`th working day.
    pub fn date(&mut self, n: usize) -> Date {
        let n = n.min(LIMIT);
        while self.days.len() <= n {
            self.grow();
        }
        self.days[n]
    }

    /// The first working day that is not before `date`.
    pub fn index(&mut self, date: Date) -> usize {
        while self.days.last().is_none_or(|d| *d < date) && self.days.len() < LIMIT {
            self.grow();
        }
        self.days.partition_point(|d| *d < date)
    }

    /// The first working day from the `n`th on, on which something may be switched.
    pub fn cut_over(&mut self, n: usize, group: &Group) -> usize {
        for day in n..n + 2000 {
            if may_switch(self.date(day), group) {
                return day;
            }
        }
        n
    }
}

/// Tuesday or Wednesday, and not around a deadline.
pub fn may_switch(day: Date, group: &Group) -> bool {
    matches!(day.weekday(), Weekday::Tuesday | Weekday::Wednesday)
        && !group.deadlines.iter().any(|d| plus(d.on, -QUIET_BEFORE) <= day && day <= plus(d.on, QUIET_AFTER))
}
