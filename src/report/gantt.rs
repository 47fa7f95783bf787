//! The chart: a row for each need that moves, on a scale of months. Numbers only; a template draws it.

use super::name_of_need;
use super::plan::View;
use crate::catalog::model::{TaskKind, Text};
use crate::dates::{month_text, plus};
use crate::plan::Task;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

const WIDTH: f64 = 720.0;
const LEFT: f64 = 190.0;
const TOP: f64 = 30.0;
const ROW: f64 = 22.0;
/// The most months that are named; on a longer scale every second, third, … is.
const LABELS: i64 = 6;
/// The most characters of a row's name.
const NAME: usize = 26;

/// The chart's numbers.
pub(super) fn chart(view: &View<'_>) -> Value {
    let plan = view.plan;
    let last = plan.tasks.iter().filter_map(|t| Some(plus(t.end?, i64::from(t.wait_days)))).max();
    let first = plan.tasks.iter().filter_map(|t| t.start).min().unwrap_or(plan.start).min(plan.start);
    let last = last.unwrap_or(plan.end).max(plus(first, 7));
    let scale = (WIDTH - LEFT - 10.0) / days(first, last).max(1.0);
    let x = |d: Date| LEFT + days(first, d) * scale;
    let mut rows = Vec::new();
    for stage in &plan.stages {
        let mut needs: Vec<Option<&str>> = Vec::new();
        for task in plan.tasks.iter().filter(|t| t.stage == stage.n && t.start.is_some()) {
            let need = task.need.as_deref().filter(|_| stage.n != 0 && stage.n != 6);
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
        // A stage's own tasks come first.
        needs.sort_by_key(Option::is_some);
        for need in needs {
            let label = match need {
                Some(id) => name_of_need(view.catalog, id),
                None => stage.name.clone(),
            };
            let label = Text { en: cut(&label.en), es: cut(&label.es) };
            let own =
                |t: &&Task| t.stage == stage.n && t.need.as_deref().filter(|_| stage.n != 0 && stage.n != 6) == need;
            let mut bars = Vec::new();
            for task in plan.tasks.iter().filter(own).filter(|t| t.done.is_none()) {
                let (Some(start), Some(end)) = (task.start, task.end) else { continue };
                let kind = if task.critical { "critical" } else { "work" };
                let kind = if task.kind == TaskKind::Parallel { "wait" } else { kind };
                bars.push(bar(x(start), x(plus(end, 1)), kind, &task.title));
                if task.wait_days > 0 {
                    let done = plus(plus(end, 1), i64::from(task.wait_days));
                    bars.push(bar(x(plus(end, 1)), x(done).min(WIDTH - 5.0), "wait", &task.title));
                }
            }
            #[allow(clippy::cast_precision_loss)]
            let y = TOP + rows.len() as f64 * ROW;
            rows.push(json!({"y": y, "text_y": y + 12.0, "n": stage.n, "label": label, "bars": bars}));
        }
    }
    #[allow(clippy::cast_precision_loss)]
    let height = TOP + rows.len() as f64 * ROW + 10.0;
    json!({"width": WIDTH, "height": height, "rows": rows, "months": months(first, last, &x)})
}

fn bar(from: f64, to: f64, kind: &str, title: &Text) -> Value {
    json!({"x": tenth(from), "w": tenth((to - from).max(1.5)), "kind": kind, "title": title})
}

fn months(first: Date, last: Date, x: &dyn Fn(Date) -> f64) -> Vec<Value> {
    let months =
        (i64::from(last.year()) - i64::from(first.year())) * 12 + i64::from(last.month()) - i64::from(first.month());
    let step = (months / LABELS).max(0) + 1;
    let mut rows = Vec::new();
    let mut day = first.first_of_month();
    while day <= last {
        if (day >= first || months == 0) && x(day.max(first)) < WIDTH - 55.0 {
            rows.push(json!({"x": tenth(x(day.max(first))), "label": short(&month_text(day.year(), day.month()), day.year())}));
        }
        match day.checked_add(step.months()) {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    rows
}

/// `Mar 2027`, `mar 2027`.
fn short(month: &Text, year: i16) -> Text {
    let three = |s: &str| format!("{} {year}", s.chars().take(3).collect::<String>());
    Text { en: three(&month.en), es: three(&month.es) }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    format!("{}…", name.chars().take(NAME - 1).collect::<String>().trim_end())
}

fn days(from: Date, to: Date) -> f64 {
    from.until(to).map_or(0.0, |s| f64::from(s.get_days()))
}

fn tenth(n: f64) -> f64 {
    (n * 10.0).round() / 10.0
}
