//! A destination for every need of every service, with the reason.

use super::{Assignment, Decision, Wanted};
use crate::catalog::Catalog;
use crate::catalog::model::{Answer, Confidence, Offer, Provider, ProviderKind, ProviderStatus, Sourced, Status, Text};
use crate::error::{Error, Result, did_you_mean};
use crate::group::Group;
use crate::inventory::{Found, Inventory};
use jiff::ToSpan as _;
use std::collections::{BTreeMap, BTreeSet};

/// The choice.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// What becomes of each need of each service.
    pub assignments: Vec<Assignment>,
    /// The providers in order of preference.
    pub providers: Vec<String>,
}

/// An offer that serves a need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The provider.
    pub provider: String,
    /// The software.
    pub service: String,
    /// Whether it is offered.
    pub offered: Answer,
}

/// Chooses.
///
/// # Errors
/// When a wished provider is not in the catalog.
pub fn choose(catalog: &Catalog, group: &Group, inventory: &Inventory, wanted: &Wanted) -> Result<Choice> {
    let needs: BTreeSet<&str> = inventory.services.iter().flat_map(|s| s.needs.iter().map(String::as_str)).collect();
    let providers = providers(catalog, group, wanted, &needs)?;
    let mut assignments = Vec::new();
    for found in &inventory.services {
        for need in &found.needs {
            assignments.push(assign(catalog, group, inventory, found, need, &providers, wanted));
        }
    }
    Ok(Choice { assignments, providers })
}

/// The wished providers; without a wish, those that may be chosen, the ones that serve most needs first.
fn providers(catalog: &Catalog, group: &Group, wanted: &Wanted, needs: &BTreeSet<&str>) -> Result<Vec<String>> {
    let wished = if wanted.providers.is_empty() { &group.wishes.providers } else { &wanted.providers };
    for id in wished {
        if catalog.provider(id).is_none() {
            let mut e = Error::input(format!("`{id}` is not a provider that the catalog knows"));
            if let Some(near) = did_you_mean(id, catalog.providers.keys().map(String::as_str)) {
                e = e.hint(format!("did you mean `{near}`?"));
            }
            return Err(e.hint("`decamp catalog list` shows them"));
        }
    }
    if !wished.is_empty() {
        return Ok(wished.clone());
    }
    let mut all: Vec<(&String, usize)> = catalog
        .providers
        .iter()
        .filter(|(_, p)| eligible(&p.value, group))
        .map(|(id, _)| {
            let served =
                needs.iter().filter(|n| home(catalog, id, n, None).is_some_and(|h| h.offered == Answer::Yes)).count();
            (id, served)
        })
        .filter(|(_, served)| *served > 0)
        .collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    Ok(all.into_iter().map(|(id, _)| id.clone()).collect())
}

/// Whether a provider may be chosen without the group naming it: never a company, never one that takes
/// nobody new, never one that works in no language of the group.
fn eligible(provider: &Provider, group: &Group) -> bool {
    let open = matches!(provider.status, ProviderStatus::Open | ProviderStatus::Unknown);
    let place =
        group.wishes.countries.is_empty() || provider.countries.iter().any(|c| group.wishes.countries.contains(c));
    let kind = match provider.kind {
        ProviderKind::Movement => true,
        ProviderKind::Company => false,
        ProviderKind::Own => group.wishes.self_host,
    };
    let speaks = |list: &[String]| {
        group.languages.is_empty() || list.is_empty() || list.iter().any(|l| group.languages.contains(l))
    };
    open && place && kind && speaks(&provider.languages)
}

/// Whether it is offered; a "yes" that nobody backs is not known.
pub fn offered(offer: &Offer) -> Answer {
    match (offer.offered, offer.sourced) {
        (Answer::Yes, Sourced::None) => Answer::Unknown,
        (answer, _) => answer,
    }
}

/// Whether an offer of `service` serves `need`, as far as anybody says.
pub fn serves(catalog: &Catalog, service: &str, offer: &Offer, need: &str) -> bool {
    let has = |list: &[String]| list.iter().any(|n| n == need);
    let known = catalog.service(service).filter(|s| s.status == Status::Active);
    known.is_some_and(|s| has(&s.needs)) && (offer.needs.is_empty() || has(&offer.needs)) && offer.offered != Answer::No
}

/// What `provider` offers for `need`; what `from` exports in a common format comes first, then what is surely offered.
pub fn home(catalog: &Catalog, provider: &str, need: &str, from: Option<&str>) -> Option<Home> {
    let offers = &catalog.provider(provider)?.offers;
    let mut best: Option<(Home, (bool, bool))> = None;
    for (service, offer) in offers {
        if !serves(catalog, service, offer, need) {
            continue;
        }
        let joined = from.is_some_and(|from| common_format(catalog, from, service, need).is_some());
        let offered = offered(offer);
        let rank = (offered == Answer::Yes, joined);
        let home = Home { provider: provider.into(), service: service.clone(), offered };
        if best.as_ref().is_none_or(|(_, old)| rank > *old) {
            best = Some((home, rank));
        }
    }
    best.map(|(home, _)| home)
}

/// The best format that the old service gives and the new one takes; `new` needs none.
pub fn common_format(catalog: &Catalog, from: &str, to: &str, need: &str) -> Option<String> {
    let formats = &catalog.need(need)?.formats;
    let out: Vec<&str> = catalog.service(from)?.exports.get(need)?.iter().map(|r| r.format.as_str()).collect();
    let into: Vec<&str> = catalog.service(to)?.imports.get(need)?.iter().map(|r| r.format.as_str()).collect();
    formats.iter().find(|f| out.contains(&f.as_str()) && into.contains(&f.as_str())).cloned()
}

/// Needs with nothing to carry: `formats: [new]`.
pub fn starts_anew(catalog: &Catalog, need: &str) -> bool {
    catalog.need(need).is_some_and(|n| n.formats.iter().all(|f| f == "new" || f == "none"))
}

fn assign(
    catalog: &Catalog,
    group: &Group,
    inventory: &Inventory,
    found: &Found,
    need: &str,
    providers: &[String],
    wanted: &Wanted,
) -> Assignment {
    let mut a = Assignment {
        need: need.to_owned(),
        from: found.id.clone(),
        to: None,
        provider: None,
        decision: Decision::Ask,
        why: Text::default(),
        review: None,
        cost: found.yearly_cost.clone(),
    };
    let kept = group.wishes.keep.iter().any(|k| *k == found.id || k == need);
    if kept {
        return stay(a, wanted, &text("The group wishes to keep it.", "El grupo quiere conservarlo."));
    }
    if found.confidence.0 == Confidence::Hint {
        a.why = text(
            "Only a hint: ask the group whether it is in use.",
            "Solo un indicio: pregunten en el grupo si se usa.",
        );
        return a;
    }
    if let Some(ask) = catalog.service(&found.id).and_then(|s| s.ask_first.get(need)) {
        a.why = ask.clone();
        return a;
    }
    let better = inventory
        .services
        .iter()
        .find(|o| o.id != found.id && o.confidence.0 == Confidence::Certain && o.needs.iter().any(|n| n == need));
    if let (Confidence::Likely, Some(better)) = (found.confidence.0, better) {
        a.why = text(
            &format!(
                "{} surely serves this; the sign of {} may be left over. Ask whether it is in use.",
                better.name, found.name
            ),
            &format!(
                "{} seguro cubre esto; la señal de {} puede ser un resto. Pregunten si se usa.",
                better.name, found.name
            ),
        );
        return a;
    }
    let homes: Vec<Home> = providers.iter().filter_map(|p| home(catalog, p, need, Some(&found.id))).collect();
    if let Some(home) = homes.iter().find(|h| h.offered == Answer::Yes) {
        if home.service == found.id {
            return stay(a, wanted, &text("It is already what the move leads to.", "Ya es el destino de la mudanza."));
        }
        return moved(catalog, a, home, need);
    }
    if let Some(home) = homes.first() {
        let name = provider_name(catalog, &home.provider);
        let service = service_name(catalog, &home.service);
        a.to = Some(home.service.clone());
        a.provider = Some(home.provider.clone());
        a.why = text(
            &format!("Nobody has said whether {name} offers {service}: ask."),
            &format!("Nadie ha dicho si {name} ofrece {service}: pregunten."),
        );
        return a;
    }
    if let Some(stay_text) = catalog.need(need).and_then(|n| n.stay.clone()) {
        return stay(a, wanted, &stay_text);
    }
    if starts_anew(catalog, need) {
        a.decision = Decision::LetGo;
        a.why = text("There is nothing to carry; it can be switched off.", "No hay nada que llevar; se puede apagar.");
        return a;
    }
    stay(
        a,
        wanted,
        &text(
            "None of the chosen providers is known to offer it: stay for now.",
            "No se sabe que alguno de los proveedores elegidos lo ofrezca: quédense por ahora.",
        ),
    )
}

fn moved(catalog: &Catalog, mut a: Assignment, home: &Home, need: &str) -> Assignment {
    let name = provider_name(catalog, &home.provider);
    let service = service_name(catalog, &home.service);
    a.decision = Decision::Move;
    a.to = Some(home.service.clone());
    a.provider = Some(home.provider.clone());
    a.why = match common_format(catalog, &a.from, &home.service, need) {
        Some(format) => text(
            &format!("{name} offers {service}; it travels as {format}."),
            &format!("{name} ofrece {service}; viaja en formato {format}."),
        ),
        None if starts_anew(catalog, need) => text(
            &format!("{name} offers {service}; there is nothing to carry."),
            &format!("{name} ofrece {service}; no hay nada que llevar."),
        ),
        None => text(
            &format!("{name} offers {service}; no common format is known, so it goes by hand."),
            &format!("{name} ofrece {service}; no se conoce un formato común, así que se hace a mano."),
        ),
    };
    a
}

fn stay(mut a: Assignment, wanted: &Wanted, why: &Text) -> Assignment {
    a.decision = Decision::Stay;
    a.why = why.clone();
    a.review = wanted.start.checked_add(1.year()).ok();
    a
}

fn text(en: &str, es: &str) -> Text {
    Text { en: en.into(), es: es.into() }
}

fn provider_name<'a>(catalog: &'a Catalog, id: &'a str) -> &'a str {
    catalog.provider(id).map_or(id, |p| p.name.as_str())
}

fn service_name<'a>(catalog: &'a Catalog, id: &'a str) -> &'a str {
    catalog.service(id).map_or(id, |s| s.name.as_str())
}

/// Where each need would go at each provider, for `plan --explain`.
pub fn alternatives(catalog: &Catalog, need: &str) -> BTreeMap<String, Option<Home>> {
    catalog.providers.keys().map(|id| (id.clone(), home(catalog, id, need, None))).collect()
}
