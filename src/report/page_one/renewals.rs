//! What renews while the move runs.

use super::super::costs::currency;
use super::super::money;
use super::{PageOne, short};
use crate::catalog::model::TaskKind;
use crate::dates::month_text;
use crate::plan::{closes, next_day};
use serde_json::{Value, json};

impl PageOne<'_> {
    /// Yearly payments of accounts that end: a month in which they renew before they can be closed is said.
    pub(super) fn renewals(&self) -> Vec<Value> {
        let plan = self.view.plan;
        let today = next_day(plan);
        let (mut rows, mut sums) = (Vec::new(), Vec::new());
        for service in &self.view.inventory.services {
            let Some(cost) = &service.yearly_cost else { continue };
            let Some((mut year, month)) = cost.renews.as_deref().and_then(month) else { continue };
            // The ledger ends some time ago: what has renewed since renews again.
            while (year, month) < (today.year(), today.month()) {
                year += 1;
            }
            if !closes(self.view.catalog, &plan.assignments, &service.id) {
                continue;
            }
            let close =
                plan.tasks.iter().filter(|t| t.kind == TaskKind::Close && t.from.as_deref() == Some(&service.id));
            let day = close.clone().filter_map(|t| t.start).max();
            let open = close.clone().any(|t| t.start.is_none());
            let late = open || day.is_some_and(|d| (d.year(), d.month()) >= (year, month));
            sums.push(cost.amount);
            rows.push(
                json!({"from": short(&service.name), "month": month_text(year, month), "amount": money(cost.amount),
                "currency": currency(&cost.currency), "too_late": late}),
            );
        }
        // What renews before it can be closed comes first, and of that the most money.
        let mut rows: Vec<(f64, Value)> = sums.into_iter().zip(rows).collect();
        rows.sort_by(|a, b| (a.1["too_late"] != true).cmp(&(b.1["too_late"] != true)).then(b.0.total_cmp(&a.0)));
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

/// `2027-03`.
fn month(text: &str) -> Option<(i16, i8)> {
    let (year, month) = text.split_once('-')?;
    let month: i8 = month.parse().ok().filter(|m| (1..=12).contains(m))?;
    Some((year.parse().ok()?, month))
}
