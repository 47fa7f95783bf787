//! `plan.ics`: the plan's dates as iCalendar (RFC 5545), a day-long entry a task.
//!
//! Titles say nothing by default ("computers: step 4"), because a phone shows them on its locked screen and a calendar is
//! often shared; the same input gives the same bytes, so that importing it again changes entries instead of doubling them.

use super::plan::{View, done_when};
use super::role;
use crate::catalog::Catalog;
use crate::catalog::model::{Repeat, Text};
use crate::dates::plus;
use crate::group::Group;
use crate::inventory::Inventory;
use crate::plan::{Plan, Task};
use icalendar::{Calendar, Component as _, Event, Property};
use jiff::civil::Date;

/// The calendar in one language. With `plain`, titles say what is done.
pub fn calendar(
    catalog: &Catalog,
    group: &Group,
    inventory: &Inventory,
    plan: &Plan,
    plain: bool,
    pick: fn(&Text) -> &str,
) -> String {
    let view = View { catalog, group, inventory, plan };
    let mut out = Calendar::empty();
    out.append_property(Property::new("VERSION", "2.0"));
    out.append_property(Property::new("PRODID", "-//decamp//plan//EN"));
    out.append_property(Property::new("CALSCALE", "GREGORIAN"));
    out.append_property(Property::new("METHOD", "PUBLISH"));
    let title = catalog.say("calendar-title", &[]);
    out.append_property(Property::new("X-WR-CALNAME", pick(&title)));
    let mut tasks: Vec<&Task> = plan.tasks.iter().filter(|t| t.start.is_some() && t.done.is_none()).collect();
    tasks.sort_by_key(|t| (t.start, t.stage));
    for (n, task) in tasks.into_iter().enumerate() {
        let key = if task.repeat.is_some() { "calendar-habit" } else { "calendar-step" };
        let number = Text { en: (n + 1).to_string(), es: (n + 1).to_string() };
        let neutral = catalog.say(key, &[("n", &number)]);
        out.push(event(&view, task, if plain { &task.title } else { &neutral }, plain, pick));
    }
    out.to_string()
}

fn event(view: &View<'_>, task: &Task, title: &Text, plain: bool, pick: fn(&Text) -> &str) -> Event {
    let (start, end) = (task.start.unwrap_or(view.plan.start), task.end.unwrap_or(view.plan.start));
    let mut event = Event::new();
    event.uid(&format!("{}@decamp.invalid", crate::plan::stable_id(&view.plan.group, &task.id)));
    // The format demands a time of writing; the plan's first day stands in, so that the same plan gives the same bytes.
    event.add_property("DTSTAMP", format!("{}T000000Z", basic(view.plan.start)));
    event.append_property(day("DTSTART", start));
    event.append_property(day("DTEND", plus(end, 1)));
    event.summary(pick(title));
    if plain {
        let mut says = vec![pick(&role(view.catalog, &task.role)).to_owned()];
        says.push(pick(&done_when(&task.steps).1).to_owned());
        event.description(&says.join("\n"));
    }
    event.add_property("TRANSP", "TRANSPARENT");
    match task.repeat {
        Some(Repeat::Quarterly) => drop(event.add_property("RRULE", "FREQ=MONTHLY;INTERVAL=3")),
        Some(Repeat::Yearly) => drop(event.add_property("RRULE", "FREQ=YEARLY")),
        None => {}
    }
    event.done()
}

fn day(name: &str, date: Date) -> Property {
    let mut property = Property::new(name, basic(date));
    property.add_parameter("VALUE", "DATE");
    property.done()
}

/// `20270301`.
fn basic(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}
