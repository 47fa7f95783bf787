//! What the old places cost and what the new ones ask, as far as books and sources say.

use super::{money, used};
use crate::catalog::Catalog;
use crate::catalog::model::{Cost, Sourced};
use crate::inventory::Inventory;
use crate::plan::Plan;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the old services cost a year, by currency.
pub(super) fn costs(inventory: &Inventory) -> Vec<Value> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for cost in inventory.services.iter().filter_map(|s| s.yearly_cost.as_ref()) {
        *sums.entry(&cost.currency).or_default() += cost.amount;
    }
    sums.into_iter().map(|(id, amount)| json!({"currency": currency(id), "amount": money(amount)})).collect()
}

/// A currency that the books name.
pub(super) fn currency(id: &str) -> Option<&str> {
    Some(id).filter(|id| *id != crate::inventory::NO_CURRENCY)
}

/// The chosen providers of which no source says what they ask.
pub(super) fn unpriced<'c>(catalog: &'c Catalog, plan: &Plan) -> Vec<&'c str> {
    let chosen = used(plan).into_iter().filter_map(|id| catalog.provider(id));
    chosen.filter(|p| p.cost.iter().all(|c| c.sourced == Sourced::None)).map(|p| p.name.as_str()).collect()
}

/// What the chosen providers ask, as far as a source says.
pub(super) fn new_costs(catalog: &Catalog, plan: &Plan) -> Vec<Value> {
    let mut found = Vec::new();
    for id in used(plan) {
        for cost in catalog.provider(id).map(|p| p.cost.as_slice()).unwrap_or_default() {
            if cost.sourced != Sourced::None {
                found.push(json!({"provider": catalog.provider(id).map(|p| p.name.as_str()), "says": cost.says, "amount": format!("{}", cost.amount),
                    "currency": cost.currency, "per": cost.per, "source": cost.source, "date": cost.date}));
            }
        }
    }
    found
}

/// The least that each chosen provider asks, as far as a source says.
pub(super) fn least_costs(catalog: &Catalog, plan: &Plan) -> Vec<Value> {
    let yearly = |c: &Cost| if c.per == "month" { c.amount * 12.0 } else { c.amount };
    let of = |id: &str| {
        let provider = catalog.provider(id)?;
        let backed = provider.cost.iter().filter(|c| c.sourced != Sourced::None);
        let least = backed.min_by(|a, b| yearly(a).total_cmp(&yearly(b)))?;
        Some(
            json!({"provider": provider.name, "amount": format!("{}", least.amount), "currency": least.currency, "per": least.per}),
        )
    };
    used(plan).into_iter().filter_map(of).collect()
}
