//! Views: what templates of reports are given. Pure; wording lives in `templates/` and `playbooks/texts/`.
//!
//! [`plan`] is the whole view of a plan, [`page_one`] its first two pages, [`gantt`] the chart, [`calendar`] the dates as
//! iCalendar.

pub mod calendar;
mod costs;
pub mod gantt;
pub mod page_one;
pub mod plan;
mod seen;

use crate::catalog::Catalog;
use crate::catalog::model::Text;
use crate::dates::date_text;
use crate::inventory::Inventory;
use crate::plan::{Decision, Plan, Task};
use jiff::civil::Date;
pub use plan::{first_pages, plan};

/// Hours without a needless `.0`.
fn hours(n: f64) -> String {
    format!("{n}")
}

/// `11,461.44`, as it is written in the United States and in Mexico.
fn money(amount: f64) -> String {
    let text = format!("{amount:.2}");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) && grouped != "-" {
            grouped.push(',');
        }
        grouped.push(c);
    }
    format!("{grouped}.{cents}")
}

/// `1 hour`, `2.5 hours`; where everyone does it, also each person's part.
fn hours_text(t: &Task) -> Text {
    let (n, one) = (t.hours, (t.hours - 1.0).abs() < f64::EPSILON);
    let mut text = Text {
        en: format!("{n} {}", if one { "hour" } else { "hours" }),
        es: format!("{n} {}", if one { "hora" } else { "horas" }),
    };
    if let Some(minutes) = t.hours_each.map(|each| (each * 60.0).round()) {
        text.en.push_str(&format!(" in all, {minutes} minutes for each person"));
        text.es.push_str(&format!(" en total, {minutes} minutos de cada persona"));
    }
    text
}

/// One day, or from one to another.
fn span_text(start: Option<Date>, end: Option<Date>, country: Option<&str>) -> Option<Text> {
    let (from, to) = (date_text(start?, country), date_text(end?, country));
    if start == end {
        return Some(from);
    }
    Some(Text { en: format!("{} to {}", from.en, to.en), es: format!("del {} al {}", from.es, to.es) })
}

fn name_of_service(catalog: &Catalog, inventory: &Inventory, id: &str) -> String {
    inventory
        .service(id)
        .map(|s| s.name.clone())
        .or_else(|| catalog.service(id).map(|s| s.name.clone()))
        .unwrap_or_else(|| id.to_owned())
}

fn name_of_need(catalog: &Catalog, id: &str) -> Text {
    catalog.name_of_need(id)
}

/// A role's name in both languages.
pub fn role(catalog: &Catalog, id: &str) -> Text {
    let key = format!("role-{id}");
    if catalog.says(&key) { catalog.say(&key, &[]) } else { Text { en: id.into(), es: id.into() } }
}

/// The providers that something moves to, by id.
fn used(plan: &Plan) -> Vec<&str> {
    let mut ids: Vec<&str> = plan
        .assignments
        .iter()
        .filter(|a| a.decision == Decision::Move)
        .filter_map(|a| a.provider.as_deref())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
