//! Cost Explorer's table.

use super::types::Types;
use crate::error::Result;
use crate::evidence::Input;
use crate::evidence::ledger::amount;
use crate::evidence::table::{Layout, Table, plain_name};
use crate::evidence::text::Text;

/// Whether column names are Cost Explorer's.
pub fn is_costs(names: &[String]) -> bool {
    let first = names.first().map(|n| plain_name(n)).unwrap_or_default();
    matches!(first.as_str(), "service" | "servicio" | "servico")
        && names.iter().skip(1).any(|n| is_total(n) || n.trim().ends_with("($)"))
}

/// `Total costs($)`, `Service total`, and the same in Spanish and Portuguese.
fn is_total(name: &str) -> bool {
    plain_name(name).split(' ').any(|w| matches!(w, "total" | "totales" | "totais"))
}

/// Services as columns (`EC2-Instances ($)`) with months as rows, and a row of totals first; or services as rows.
pub(super) fn read(
    text: Text<'_>,
    layout: Layout,
    about: &Input<'_>,
    types: &mut Types,
    months: &mut u64,
) -> Result<()> {
    let (mut table, mut row) = Table::headed(text, layout, about.path)?;
    let names: Vec<String> = row.cells().map(str::to_owned).collect();
    let mut rows = 0_u64;
    let mut by_row = true;
    while table.next_into(&mut row)? {
        if row.cell(0).is_empty() || is_total(row.cell(0)) {
            continue;
        }
        let is_month = row.cell(0).get(..4).is_some_and(|y| y.bytes().all(|b| b.is_ascii_digit()));
        if is_month {
            by_row = false;
            rows += 1;
        }
        for (n, name) in names.iter().enumerate().skip(1) {
            let lower = name.to_lowercase();
            if is_total(name) || lower.starts_with("tax") || lower.starts_with("impuesto") {
                continue;
            }
            let Some(mut amount) = amount::parse(row.cell(n)).filter(|a| a.cents > 0) else { continue };
            amount.currency = amount.currency.or_else(|| lower.contains("($)").then(|| "USD".to_owned()));
            if is_month {
                types.cost(name.split('(').next().unwrap_or_default().trim(), &amount);
            } else {
                let service = row.cell(0).to_owned();
                types.cost(service.split('(').next().unwrap_or_default().trim(), &amount);
            }
        }
    }
    *months = if by_row { names.len().saturating_sub(2).max(1) as u64 } else { rows.max(1) };
    Ok(())
}
