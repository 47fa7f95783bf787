//! `group.yaml`: the group, as it describes itself.

use crate::catalog::model::SettingValue;
use crate::error::{Error, Result};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most bytes of a `group.yaml`.
pub const LIMIT: u64 = 1024 * 1024;

/// `group.yaml`; only `name` is required.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// `US`, `MX`, …: dates, money and legal notes go by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Its domains; may be empty.
    #[serde(default)]
    pub domains: Vec<String>,
    /// How many people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<u32>,
    /// Languages it works in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Working hours that it has for the move, a week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_per_week: Option<f64>,
    /// When it wants to start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Date>,
    /// When nothing may happen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub avoid: Vec<Window>,
    /// Actions, elections and dates by which something must be done: nobody has a free head before them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deadlines: Vec<Deadline>,
    /// How things stand today, as far as the group has said.
    #[serde(default, skip_serializing_if = "Ready::is_empty")]
    pub ready: Ready,
    /// What it wishes.
    #[serde(default)]
    pub wishes: Wishes,
    /// Who does what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// Who opens the bundles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
    /// Provider → setting → value: answers that the catalog does not have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, BTreeMap<String, SettingValue>>,
}

/// A time in which nothing may happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// A day on which everybody is needed elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// The day.
    pub on: Date,
    /// What is on it.
    #[serde(default)]
    pub what: String,
}

/// How things stand today; what is absent has not been said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ready {
    /// Somebody of the group can change the settings of its domains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<bool>,
    /// How many people can administer the important services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admins: Option<u32>,
    /// A court, an auditor or a lawyer has said that records must be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_hold: Option<bool>,
    /// When a lawyer said that copies may be carried over while records must be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lawyer_answered: Option<Date>,
}

impl Ready {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the group wishes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wishes {
    /// Providers, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<String>,
    /// Countries where the data may be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// Whether it would run its own machine.
    pub self_host: bool,
    /// What it can pay a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Needs that must have a home.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub must: Vec<String>,
    /// Services or needs that stay.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
}

/// Money a year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// How much.
    pub amount: f64,
    /// Three letters.
    pub currency: String,
}

/// A person's part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Who.
    pub name: String,
    /// `coordinator`, `technician`, …
    pub role: String,
    /// Working hours a week that this person has for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<f64>,
}

impl Group {
    /// Reads and checks `group.yaml`.
    ///
    /// # Errors
    /// With file and line.
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        let mut group: Self = crate::yaml::from_str(text, file)?;
        let line = |word: &str| text.lines().position(|l| l.contains(word)).map_or(1, |n| n as u64 + 1);
        if group.name.trim().is_empty() {
            return Err(Error::input("the group has no name").at(file, line("name")).hint("write `name: …`"));
        }
        for domain in &mut group.domains {
            let clean = domain.trim().trim_end_matches('.').to_ascii_lowercase();
            if !is_domain(&clean) {
                return Err(Error::input(format!("`{domain}` is not a domain"))
                    .at(file, line(domain))
                    .hint("write it as casaabierta.example, without https:// or @"));
            }
            *domain = clean;
        }
        let hours = group.hours_per_week.unwrap_or(5.0);
        if !(0.5..=200.0).contains(&hours) {
            return Err(Error::input(format!("`hours_per_week: {hours}` can't be planned with"))
                .at(file, line("hours_per_week"))
                .hint("give the hours of all helpers together, from 0.5 to 200"));
        }
        if let Some(w) = group.avoid.iter().find(|w| w.to < w.from) {
            return Err(Error::input(format!("the time to avoid ends ({}) before it begins ({})", w.to, w.from))
                .at(file, line("avoid")));
        }
        if let Some(r) = group.roles.iter().find(|r| r.hours.is_some_and(|h| !(h > 0.0 && h <= 200.0))) {
            return Err(Error::input(format!("`{}` can't be planned with so many hours", r.name))
                .at(file, line(&r.name))
                .hint("give the hours a week, up to 200; who has none for it has no role, and where nobody has said it, leave `hours` out"));
        }
        Ok(group)
    }

    /// The currency of the group's country, where an amount has none.
    pub fn currency(&self) -> Option<&'static str> {
        match self.country.as_deref() {
            Some("US") => Some("USD"),
            Some("MX") => Some("MXN"),
            _ => None,
        }
    }

    /// Working hours a week (default 5).
    pub fn hours(&self) -> f64 {
        self.hours_per_week.unwrap_or(5.0)
    }
}

/// Whether `name` is a domain of at least two labels of letters, digits and `-`.
pub fn is_domain(name: &str) -> bool {
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(|l| {
            (1..=63).contains(&l.len())
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_contracts_example() {
        let text = "name: Casa Abierta\ncountry: US\ndomains: [casaabierta.example]\npeople: 14\nlanguages: [en, es]\n\
                    hours_per_week: 6\nstart: 2026-12-01\navoid: [{from: 2026-12-20, to: 2027-01-02, why: holidays}]\n\
                    wishes: {providers: [may-first], countries: [], self_host: false, budget: {amount: 600, currency: USD}, must: [], keep: []}\n\
                    roles: [{name: Ana, role: technician}]\nrecipients: [age1x]\nsettings: {may-first: {spf: 'include:x.example'}}\n";
        let group = Group::parse(text, "group.yaml").unwrap();
        assert_eq!(group.hours().to_string(), "6");
        assert_eq!(group.wishes.providers, ["may-first"]);
    }

    #[test]
    fn wrong_input_is_named() {
        let e = Group::parse("name: Casa\ndomains: [https://x]\n", "group.yaml").unwrap_err();
        assert_eq!(e.at.unwrap().line, Some(2));
        assert!(Group::parse("name: ''\n", "g").is_err());
    }
}
