//! `check`, against real servers on loopback and against hostile ones.

mod dns;
mod files;
pub(crate) mod mail;
pub(crate) mod servers;
mod site;

use crate::support::Ran;
use serde_json::Value;

/// The first line of what it said.
fn word(ran: &Ran) -> &str {
    ran.stdout.lines().next().unwrap_or_default()
}

/// The findings in a state, by name.
fn named(report: &Value, state: &str) -> Vec<String> {
    let all = report["findings"].as_array().unwrap();
    let mut names: Vec<String> =
        all.iter().filter(|f| f["state"] == state).map(|f| f["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names.dedup();
    names
}
