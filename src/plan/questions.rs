//! What nobody knows, as messages that are ready to be sent.

use super::choose::{Choice, same};
use super::settings::{Ask, Settings, domains, question};
use super::{Decision, Question};
use crate::catalog::Catalog;
use crate::catalog::model::{ProviderStatus, Sourced, Text};
use crate::dates::date_text;
use crate::group::Group;
use crate::inventory::{Inventory, SERVICES};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Settings that DNS asks for, by need.
pub const DNS_SETTINGS: &[(&str, &[&str])] = &[
    ("mail", &["mx", "spf", "dkim_selector", "dkim_value"]),
    ("website", &["web_address", "web_cname"]),
    ("dns", &["ns"]),
];

/// Everything that the plan and its files must ask; `end` is the plan's last day.
pub fn questions(catalog: &Catalog, group: &Group, inventory: &Inventory, choice: &Choice, end: Date) -> Vec<Question> {
    let mut found = Vec::new();
    for a in &choice.assignments {
        if a.decision != Decision::Ask {
            continue;
        }
        let service = inventory.service(&a.from).map_or(a.from.as_str(), |s| s.name.as_str());
        let from = same(service);
        match (&a.provider, &a.to) {
            (Some(provider), Some(to)) => {
                let to_name = same(catalog.service(to).map_or(to.as_str(), |s| s.name.as_str()));
                let need = catalog.need(&a.need).map_or_else(|| same(&a.need), |n| n.name.clone());
                let fill = [("to", &to_name), ("from", &from), ("need", &need)];
                found.push(asked(provider, &format!("{to}: {}", a.need), &catalog.say("ask-offer", &fill)));
            }
            _ => {
                let first = catalog.service(&a.from).and_then(|s| s.ask_first.get(&a.need)).cloned();
                let draft = first.unwrap_or_else(|| catalog.say("ask-in-use", &[("from", &from)]));
                found.push(asked("group", &a.from, &draft));
            }
        }
    }
    found.extend(of_the_group(catalog, group, choice));
    found.extend(days_to_avoid(catalog, group, end));
    found.extend(answered(catalog, group, inventory));
    for id in joined(choice) {
        if catalog.provider(id).is_some_and(|p| p.status == ProviderStatus::Unknown) {
            let people = same(&group.people.map_or_else(|| "…".to_owned(), |n| n.to_string()));
            found.push(asked(id, "sign-up", &catalog.say("ask-sign-up", &[("people", &people)])));
        }
        let suits = catalog.provider(id).and_then(|p| p.suits.as_ref());
        if let Some(ask) = suits.filter(|s| s.sourced != Sourced::None).and_then(|s| s.ask.as_ref()) {
            found.push(asked(id, "eligibility", ask));
        }
        for (key, setting) in catalog.provider(id).into_iter().flat_map(|p| &p.settings) {
            if let (true, None, Some(ask)) = (general(catalog, key), &setting.value, &setting.ask) {
                found.push(asked(id, key, ask));
            }
        }
    }
    for ask in asks(catalog, group, inventory, choice) {
        let mut draft = question(catalog, &ask.provider, &ask.key);
        if let Some(domain) = &ask.domain {
            draft = Text { en: format!("{} ({domain})", draft.en), es: format!("{} ({domain})", draft.es) };
        }
        let about = ask.domain.map_or(ask.key.clone(), |d| format!("{}: {d}", ask.key));
        found.push(asked(&ask.provider, &about, &draft));
    }
    let mut seen = BTreeSet::new();
    found.retain(|q| seen.insert((q.to.clone(), q.about.clone())));
    found
}

/// Roles that two people must hold.
const PAIRED: [&str; 2] = ["coordinator", "technician"];

/// So many people hold shares of the key, at least.
const TRUSTEES: usize = 3;

/// What only the group can say: who steps in, what to do with a need that must have a home and finds none, and with a
/// price over the budget.
fn of_the_group(catalog: &Catalog, group: &Group, choice: &Choice) -> Vec<Question> {
    let mut found = Vec::new();
    for role in PAIRED {
        if group.roles.iter().filter(|r| r.role == role).count() < 2 {
            let name = catalog.say(&format!("role-{role}"), &[]);
            found.push(asked("group", &format!("role: {role}"), &catalog.say("ask-stand-in", &[("role", &name)])));
        }
    }
    if group.roles.iter().filter(|r| r.role == "trustees").count() < TRUSTEES && catalog.says("ask-trustees") {
        found.push(asked("group", "role: trustees", &catalog.say("ask-trustees", &[])));
    }
    for need in &group.wishes.must {
        let homeless = |a: &&super::Assignment| a.need == *need && a.decision != Decision::Move;
        if let Some(a) = choice.assignments.iter().find(homeless) {
            let name = catalog.need(need).map_or_else(|| same(need), |n| n.name.clone());
            let why = catalog.say("ask-must", &[("need", &name), ("why", &a.why)]);
            found.push(asked("group", &format!("must: {need}"), &why));
        }
    }
    if let Some(budget) = &group.wishes.budget {
        let yearly: f64 = joined(choice).iter().filter_map(|id| least(catalog, id, &budget.currency)).sum();
        if yearly > budget.amount {
            let fill = [
                ("amount", &same(&format!("{yearly}"))),
                ("budget", &same(&format!("{}", budget.amount))),
                ("currency", &same(&budget.currency)),
            ];
            found.push(asked("group", "budget", &catalog.say("ask-budget", &fill)));
        }
    }
    found
}

/// What the interview asks beside services stays in the answers: for each that was answered, where in the plan it belongs.
fn answered<'a>(
    catalog: &'a Catalog,
    group: &'a Group,
    inventory: &'a Inventory,
) -> impl Iterator<Item = Question> + 'a {
    let known = |key: &str| match key {
        "answered-12" => group.ready.admins.is_some(),
        "answered-20" => group.ready.legal_hold.is_some(),
        _ => false,
    };
    let keys = (SERVICES + 1..100).map(|n| (format!("answered-{n}"), inventory.counted(&format!("question-{n}"))));
    let told = keys.filter(move |(key, count)| *count > 0 && catalog.says(key) && !known(key));
    told.map(|(key, _)| asked("group", &key, &catalog.say(&key, &[])))
}

/// A plan that goes on after the last day that the group asked to be left alone may meet one that nobody thought of.
fn days_to_avoid(catalog: &Catalog, group: &Group, end: Date) -> Option<Question> {
    let known = group.avoid.iter().map(|w| w.to).max();
    let country = group.country.as_deref();
    let until = date_text(end, country);
    let draft = match known {
        Some(last) if last >= end => return None,
        Some(last) => catalog.say("ask-avoid-after", &[("last", &date_text(last, country)), ("end", &until)]),
        None => catalog.say("ask-avoid", &[("end", &until)]),
    };
    Some(asked("group", "avoid", &draft))
}

/// The least that a provider asks a year, where a source says so in this currency.
fn least(catalog: &Catalog, provider: &str, currency: &str) -> Option<f64> {
    let costs = catalog.provider(provider)?.cost.iter();
    let yearly =
        costs.filter(|c| c.sourced != Sourced::None && c.currency == currency).filter_map(|c| match c.per.as_str() {
            "year" => Some(c.amount),
            "month" => Some(c.amount * 12.0),
            _ => None,
        });
    yearly.min_by(f64::total_cmp)
}

/// Whether no file hangs on a setting: then it is a question of its own (who may join, what it costs, agreements).
fn general(catalog: &Catalog, key: &str) -> bool {
    let in_dns = DNS_SETTINGS.iter().any(|(_, keys)| keys.contains(&key));
    let in_file = |t: &crate::catalog::model::TemplateUse| t.settings.iter().any(|k| k == key);
    let of_services = catalog.services.values().flat_map(|s| &s.value.templates);
    let of_providers = catalog.providers.values().flat_map(|p| &p.value.templates);
    !in_dns && !of_services.chain(of_providers).any(in_file)
}

/// Providers that something moves to.
fn joined(choice: &Choice) -> BTreeSet<&str> {
    let moves = choice.assignments.iter().filter(|a| a.decision == Decision::Move);
    moves.filter_map(|a| a.provider.as_deref()).collect()
}

fn asked(to: &str, about: &str, draft: &Text) -> Question {
    Question { to: to.into(), about: about.into(), draft: draft.clone() }
}

/// Settings of chosen providers that are needed and that nobody has said.
pub fn asks(catalog: &Catalog, group: &Group, inventory: &Inventory, choice: &Choice) -> Vec<Ask> {
    let settings = Settings::new(group, &[]).unwrap_or_default();
    let mut found = BTreeSet::new();
    for a in choice.assignments.iter().filter(|a| a.decision == Decision::Move) {
        let (Some(provider), Some(to)) = (&a.provider, &a.to) else { continue };
        let missing =
            |key: &str| settings.get(catalog, provider, key).is_none() || confirm(catalog, group, provider, key);
        for (_, keys) in DNS_SETTINGS.iter().filter(|(need, _)| *need == a.need) {
            for key in keys.iter().filter(|k| missing(k)) {
                for domain in domains(inventory, group) {
                    found.insert(Ask { provider: provider.clone(), key: (*key).into(), domain: Some(domain) });
                }
            }
        }
        let of_service = catalog.service(to).into_iter().flat_map(|s| &s.templates);
        let of_provider = catalog.provider(provider).into_iter().flat_map(|p| &p.templates);
        for template in of_service.chain(of_provider.filter(|t| t.to.is_empty() || t.to.contains(to))) {
            let of_need = template.needs.is_empty() || template.needs.contains(&a.need);
            if !(of_need && (template.providers.is_empty() || template.providers.contains(provider))) {
                continue;
            }
            for key in template.settings.iter().filter(|k| missing(k)) {
                found.insert(Ask { provider: provider.clone(), key: key.clone(), domain: None });
            }
        }
    }
    // What is asked for each domain is not asked once more for a file.
    let by_domain: BTreeSet<(String, String)> =
        found.iter().filter(|a| a.domain.is_some()).map(|a| (a.provider.clone(), a.key.clone())).collect();
    found.retain(|a| a.domain.is_some() || !by_domain.contains(&(a.provider.clone(), a.key.clone())));
    found.into_iter().collect()
}

/// A value that somebody else reported, with a question to make sure of it, which the group has not answered yet.
fn confirm(catalog: &Catalog, group: &Group, provider: &str, key: &str) -> bool {
    let answered = group.settings.get(provider).is_some_and(|s| s.contains_key(key));
    let setting = catalog.provider(provider).and_then(|p| p.settings.get(key));
    !answered && setting.is_some_and(|s| s.value.is_some() && s.ask.is_some())
}
