//! A destination for every need of every service, with the reason.

use super::providers::Unfit;
use super::{Assignment, Decision, Wanted, providers};
use crate::catalog::Catalog;
use crate::catalog::model::{Answer, Confidence, Offer, ProviderStatus, Sees, Sourced, Status, Text};
use crate::error::Result;
use crate::group::Group;
use crate::inventory::{Found, Inventory};
use jiff::ToSpan as _;

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
    let providers = providers::providers(catalog, group, inventory, &wanted.providers)?;
    // Who else might offer it is asked only where no wish says where to go.
    let wished = !(wanted.providers.is_empty() && group.wishes.providers.is_empty());
    let others: Vec<String> = catalog
        .providers
        .iter()
        .filter(|(id, p)| !wished && !providers.contains(id) && providers::unfit(&p.value, group).is_none())
        .map(|(id, _)| id.clone())
        .collect();
    let chooser = Chooser { catalog, group, inventory, wanted, providers: &providers, others: &others };
    let assignments = inventory
        .services
        .iter()
        .flat_map(|found| {
            let platform = chooser.platform(found);
            let chooser = &chooser;
            found.needs.iter().map(move |need| chooser.assign(found, need, platform.as_ref()))
        })
        .collect();
    Ok(Choice { assignments, providers })
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
    let kinds = catalog.need(need).is_some_and(|n| n.kinds);
    let mut best: Option<(Home, (bool, bool))> = None;
    for (service, offer) in offers {
        if !serves(catalog, service, offer, need) {
            continue;
        }
        let joined = from.is_some_and(|from| common_format(catalog, from, service, need).is_some());
        if kinds && from.is_some() && !joined {
            continue;
        }
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

/// Needs with nothing to carry: `formats: [new]`, or kinds of what pages load.
pub fn starts_anew(catalog: &Catalog, need: &str) -> bool {
    catalog.need(need).is_some_and(|n| n.kinds || n.formats.iter().all(|f| f == "new" || f == "none"))
}

struct Chooser<'a> {
    catalog: &'a Catalog,
    group: &'a Group,
    inventory: &'a Inventory,
    wanted: &'a Wanted,
    /// Where things go.
    providers: &'a [String],
    /// Where else they might, if asked.
    others: &'a [String],
}

impl Chooser<'_> {
    /// The software at one house that takes over most of what a service does, when it is more than one thing: members,
    /// newsletter and events of one platform are not torn apart.
    fn platform(&self, found: &Found) -> Option<Home> {
        let surely = |provider: &str, service: &str| {
            let offer = self.catalog.provider(provider).and_then(|p| p.offers.get(service));
            let serves = |need: &&String| {
                offer.is_some_and(|o| offered(o) == Answer::Yes && serves(self.catalog, service, o, need))
            };
            found.needs.iter().filter(serves).count()
        };
        let mut best: Option<(usize, Home)> = None;
        for provider in self.providers {
            for need in &found.needs {
                let Some(home) = home(self.catalog, provider, need, Some(&found.id)) else { continue };
                let count = surely(provider, &home.service);
                if home.service != found.id && count > best.as_ref().map_or(1, |(n, _)| *n) {
                    best = Some((count, home));
                }
            }
        }
        best.map(|(_, home)| home)
    }

    /// What the platform's new home offers for a need that its software serves.
    fn along(&self, need: &str, platform: &Home) -> Option<Home> {
        let offer = self.catalog.provider(&platform.provider)?.offers.get(&platform.service)?;
        let software = self.catalog.service(&platform.service)?;
        if !software.needs.iter().any(|n| n == need) || offer.offered == Answer::No {
            return None;
        }
        let sure = serves(self.catalog, &platform.service, offer, need) && offered(offer) == Answer::Yes;
        Some(Home { offered: if sure { Answer::Yes } else { Answer::Unknown }, ..platform.clone() })
    }

    fn assign(&self, found: &Found, need: &str, platform: Option<&Home>) -> Assignment {
        let catalog = self.catalog;
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
        if self.group.wishes.keep.iter().any(|k| *k == found.id || k == need) {
            return self.stay(a, catalog.say("why-kept", &[]));
        }
        if found.confidence.0 == Confidence::Hint {
            a.why = catalog.say("why-hint", &[]);
            return a;
        }
        if let Some(ask) = catalog.service(&found.id).and_then(|s| s.ask_first.get(need)) {
            a.why = ask.clone();
            return a;
        }
        if let Some(why) = catalog.service(&found.id).and_then(|s| s.let_go.get(need)) {
            a.decision = Decision::LetGo;
            a.why = why.clone();
            return a;
        }
        if let Some(better) = self.left_over(found, need) {
            a.why = catalog.say("why-left-over", &[("better", &same(&better.name)), ("name", &same(&found.name))]);
            return a;
        }
        let sees = |what: Sees| found.hosts.iter().any(|h| h.sees == what);
        if sees(Sees::Ciphertext) && !sees(Sees::Content) {
            return self.stay(a, catalog.say("why-ciphertext", &[]));
        }
        let homes = |ids: &[String]| -> Vec<Home> {
            ids.iter().filter_map(|p| home(catalog, p, need, Some(&found.id))).collect()
        };
        let mut chosen = homes(self.providers);
        let sure = |h: &Home| h.offered == Answer::Yes;
        // What goes along with the rest, unless only something else is surely offered.
        if let Some(along) = platform.and_then(|p| self.along(need, p)).filter(|a| sure(a) || !chosen.iter().any(sure))
        {
            chosen = vec![along];
        }
        let closed = |h: &Home| catalog.provider(&h.provider).is_some_and(|p| p.status == ProviderStatus::Closed);
        if let Some(home) = chosen.iter().find(|h| h.offered == Answer::Yes && !closed(h)) {
            if home.service == found.id {
                return self.stay(a, catalog.say("why-already", &[]));
            }
            return self.moved(a, home);
        }
        let others = homes(self.others);
        if let Some(home) = chosen.first().or(others.first()) {
            let key = if closed(home) { "why-closed" } else { "why-ask" };
            a.to = Some(home.service.clone());
            a.provider = Some(home.provider.clone());
            a.why = self.told(key, home, None);
            return a;
        }
        if let Some(stay_text) = catalog.need(need).and_then(|n| n.stay.clone()) {
            return self.stay(a, stay_text);
        }
        if starts_anew(catalog, need) {
            a.decision = Decision::LetGo;
            a.why = catalog.say("why-nothing", &[]);
            return a;
        }
        self.stay(a, catalog.say("why-none", &[]))
    }

    /// A service that surely serves the need, where this one's sign may be left over. What is in use for its main need is
    /// in use; so is what was paid for.
    fn left_over(&self, found: &Found, need: &str) -> Option<&Found> {
        let surer = |need: &str| {
            let serves = |o: &&Found| {
                o.id != found.id && o.confidence.0 == Confidence::Certain && o.needs.iter().any(|n| n == need)
            };
            self.inventory.services.iter().find(serves)
        };
        if found.confidence.0 != Confidence::Likely || found.yearly_cost.is_some() {
            return None;
        }
        // A group has several of these side by side.
        if self.catalog.need(need).is_some_and(|n| n.several) {
            return None;
        }
        let main = found.needs.first().map(String::as_str)?;
        surer(main).and(surer(need))
    }

    fn moved(&self, mut a: Assignment, home: &Home) -> Assignment {
        a.decision = Decision::Move;
        a.to = Some(home.service.clone());
        a.provider = Some(home.provider.clone());
        let format = common_format(self.catalog, &a.from, &home.service, &a.need);
        let key = match format.as_deref() {
            Some("new" | "none") => "why-moved-anew",
            _ if starts_anew(self.catalog, &a.need) => "why-moved-anew",
            Some(_) => "why-moved",
            None => "why-moved-hand",
        };
        a.why = self.told(key, home, format.as_deref());
        a
    }

    fn stay(&self, mut a: Assignment, why: Text) -> Assignment {
        a.decision = Decision::Stay;
        a.why = why;
        a.review = self.wanted.start.checked_add(1.year()).ok();
        a
    }

    fn told(&self, key: &str, home: &Home, format: Option<&str>) -> Text {
        let provider = same(self.catalog.provider(&home.provider).map_or(&home.provider, |p| &p.name));
        let service = same(self.catalog.service(&home.service).map_or(&home.service, |s| &s.name));
        let format = same(format.unwrap_or_default());
        self.catalog.say(key, &[("provider", &provider), ("service", &service), ("format", &format)])
    }
}

/// A name: the same in both languages.
pub fn same(name: &str) -> Text {
    Text { en: name.into(), es: name.into() }
}

/// Where a need could go at one provider, and why a plan would not choose it by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The provider.
    pub provider: String,
    /// What it offers for the need; none: nothing, as far as is known.
    pub home: Option<Home>,
    /// Why it is not chosen unless the group names it.
    pub unfit: Option<Unfit>,
}

/// Every provider's answer to a need, for `plan --explain`: what could be chosen first.
pub fn alternatives(catalog: &Catalog, group: &Group, need: &str) -> Vec<Alternative> {
    let mut all: Vec<Alternative> = catalog
        .providers
        .iter()
        .map(|(id, p)| Alternative {
            provider: id.clone(),
            home: home(catalog, id, need, None),
            unfit: providers::unfit(&p.value, group),
        })
        .collect();
    all.sort_by_key(|a| {
        let rank = match &a.home {
            Some(h) if h.offered == Answer::Yes => 0,
            Some(_) => 1,
            None => 2,
        };
        (rank, a.unfit.is_some(), a.provider.clone())
    });
    all
}
