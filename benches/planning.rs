//! How long planning itself takes: choosing, tasks and dates for a group with 100 services, without reading and writing.
//! Use: `cargo bench --bench planning`.

#![allow(clippy::print_stdout)]

use decamp::catalog::load::embedded;
use decamp::catalog::model::Confidence;
use decamp::error::{Error, Result};
use decamp::group::Group;
use decamp::inventory::merge::described;
use decamp::inventory::{Found, Inventory, Sure};
use decamp::plan::{Wanted, make};
use jiff::civil::date;
use serde_json::json;
use std::time::Instant;

const SERVICES: usize = 100;

fn main() -> Result<()> {
    let catalog = embedded()?;
    let text = "name: Prueba\ncountry: US\ndomains: [prueba.example]\npeople: 14\nhours_per_week: 8\nwishes: {providers: [may-first]}\n";
    let group = Group::parse(text, "group.yaml")?;
    let hosted = catalog.services.iter().filter(|(_, s)| s.value.operator.is_some());
    let sure =
        |id: &String| Found { confidence: Sure(Confidence::Certain), accounts: Some(14), ..described(&catalog, id) };
    let services: Vec<Found> = hosted.take(SERVICES).map(|(id, _)| sure(id)).collect();
    let inventory: Inventory = serde_json::from_value(json!({
        "schema": "decamp/inventory/1", "group": {"name": "Prueba", "domains": ["prueba.example"]},
        "sources": [], "zones": [], "services": services, "unrecognized": [],
    }))
    .map_err(|e| Error::machine(e.to_string()))?;
    let wanted = Wanted {
        providers: Vec::new(),
        start: date(2026, 12, 1),
        today: date(2026, 12, 1),
        hours_per_week: 8.0,
        stages: (0, 6),
        until: None,
        before: None,
        messages: Vec::new(),
    };
    for run in 1..=5 {
        let start = Instant::now();
        let plan = make(&catalog, &group, &inventory, &wanted)?;
        println!(
            "{} services, {} tasks, run {run}: {:.1} ms (wanted under 100)",
            inventory.services.len(),
            plan.tasks.len(),
            start.elapsed().as_secs_f64() * 1000.0
        );
    }
    Ok(())
}
