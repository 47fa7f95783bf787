//! What the group's pages load from others, and what takes its place: for the page that somebody works through.

use super::Job;
use crate::catalog::model::{Route, Sourced};
use crate::plan::Decision;
use crate::plan::choose::common_format;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many places of each are shown.
const PLACES: usize = 8;

/// Services that pages refer to, each with where it was seen, what the plan decided, and the steps of the new software.
pub(super) fn of(job: Job<'_>) -> Vec<Value> {
    let mut all = Vec::new();
    for found in &job.inventory.services {
        let seen: BTreeMap<&str, &str> = found
            .evidence
            .iter()
            .filter(|e| e.kind.family() == "page")
            .map(|e| (e.source.as_str(), e.saw.as_str()))
            .collect();
        if seen.is_empty() {
            continue;
        }
        let decided = job.plan.assignments.iter().filter(|a| a.from == found.id);
        let moves: Vec<Value> = decided
            .map(|a| {
                let to =
                    a.to.as_deref().and_then(|to| job.catalog.service(to)).filter(|_| a.decision == Decision::Move);
                let route = route(job, &found.id, &a.need, a.to.as_deref().filter(|_| to.is_some()));
                let gone = to.is_some() || a.decision == Decision::LetGo;
                let need = job.catalog.need(&a.need).map(|n| &n.name);
                let provider = a.provider.as_deref().and_then(|p| job.catalog.provider(p)).map(|p| p.name.as_str());
                json!({
                    "need": need, "to": to.map(|s| s.name.as_str()), "provider": provider, "why": a.why,
                    "stays": !gone,
                    "steps": route.filter(|_| gone).map(|r| r.steps.clone()).unwrap_or_default(),
                    "missing": route.filter(|_| gone).filter(|r| r.sourced != Sourced::None).and_then(|r| r.missing.clone()),
                })
            })
            .collect();
        let places: Vec<Value> =
            seen.iter().take(PLACES).map(|(source, saw)| json!({"source": source, "saw": saw})).collect();
        // Once, and only while something of it stays.
        let stays = moves.iter().any(|m| m["stays"] == true);
        let reduce = job.catalog.service(&found.id).and_then(|s| s.reduce.clone()).filter(|_| stays);
        all.push(json!({
            "name": found.name, "places": places, "more": seen.len().saturating_sub(PLACES), "moves": moves, "reduce": reduce,
        }));
    }
    all
}

/// The way whose steps are told: into the new software, by what both know; where that says nothing, out of the old service.
fn route<'a>(job: Job<'a>, from: &str, need: &str, to: Option<&str>) -> Option<&'a Route> {
    let format = to.and_then(|to| common_format(job.catalog, from, to, need));
    let pick = |routes: Option<&'a Vec<Route>>| {
        let fits = |r: &&Route| format.as_ref().is_none_or(|f| r.format == *f);
        routes.into_iter().flatten().find(fits).filter(|r| !r.steps.is_empty())
    };
    let into = to.and_then(|to| job.catalog.service(to)).and_then(|s| pick(s.imports.get(need)));
    into.or_else(|| job.catalog.service(from).and_then(|s| pick(s.exports.get(need))))
}
