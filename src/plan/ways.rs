//! Where a service's needs can go: its ways out × the ways into what providers offer. Pure; for `catalog show` and
//! `docs/catalog.md`.

use super::choose::{common_format, offered, serves};
use crate::catalog::Catalog;
use crate::catalog::model::{
    Answer, Offer, Provider, ProviderKind, ProviderStatus, Route, ServiceKind, Sourced, Status, Text,
};
use serde::Serialize;
use std::cmp::Reverse;

/// How sure it is that a way can be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// Nobody has said whether it is offered: ask.
    Ask,
    /// It is offered, but a step of the way stands in no source.
    Unverified,
    /// By somebody else's words, or old ones.
    Reported,
    /// By the parties' own words.
    Verified,
}

/// Where one need of a service can go.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ways {
    /// The need.
    pub need: String,
    /// Its name.
    pub name: Text,
    /// The ways out, best first.
    pub out: Vec<Way>,
    /// Software that serves the need, the best way in first.
    pub to: Vec<Target>,
    /// Nothing of it has to be carried.
    pub starts_anew: bool,
    /// Why staying may be right, where the need says so.
    pub stay: Option<Text>,
}

/// A way out of a service, or into one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Way {
    /// The format.
    pub format: String,
    /// What does not come along; only where a source says so.
    pub missing: Option<Text>,
    /// Limits; only where a source says so.
    pub limits: Option<Text>,
    /// Days until it can be had.
    pub wait_days: Option<u32>,
    /// Where that stands (empty: nowhere).
    pub source: String,
    /// When.
    pub date: String,
    /// How well it is backed.
    pub certainty: Certainty,
}

/// A piece of software that serves the need.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Target {
    /// Its id.
    pub service: String,
    /// Its name.
    pub name: String,
    /// The common format; none: by hand.
    pub format: Option<String>,
    /// The way in by that format.
    pub into: Option<Way>,
    /// Who offers it, or may.
    pub at: Vec<At>,
}

/// A provider that offers it, or may.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct At {
    /// Its id.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// What it is to the movement.
    pub kind: ProviderKind,
    /// Whether it takes new groups.
    pub status: ProviderStatus,
    /// Whether it is offered.
    pub offered: Answer,
    /// How sure the whole way is: the weakest of way out, way in and offer.
    pub certainty: Certainty,
    /// What to know about the offer.
    pub note: Option<Text>,
    /// Where the offer stands.
    pub source: String,
    /// When.
    pub date: String,
}

impl From<Sourced> for Certainty {
    fn from(sourced: Sourced) -> Self {
        match sourced {
            Sourced::None => Self::Unverified,
            Sourced::Reported => Self::Reported,
            Sourced::Verified => Self::Verified,
        }
    }
}

impl Target {
    /// The surest of those who offer it.
    pub fn best(&self) -> Option<Certainty> {
        self.at.iter().map(|a| a.certainty).max()
    }
}

/// Where each need of `service` can go. Providers that are closed are no place to go to.
pub fn ways(catalog: &Catalog, service: &str) -> Vec<Ways> {
    let Some(known) = catalog.service(service) else { return Vec::new() };
    known.needs.iter().map(|need| of_need(catalog, service, need)).collect()
}

fn of_need(catalog: &Catalog, from: &str, need: &str) -> Ways {
    let routes = catalog.service(from).and_then(|s| s.exports.get(need)).map(Vec::as_slice).unwrap_or_default();
    let item = catalog.need(need);
    let mut to: Vec<Target> = catalog
        .services
        .iter()
        .filter(|(id, s)| {
            let s = &s.value;
            s.kind == ServiceKind::Software
                && s.status == Status::Active
                && s.needs.iter().any(|n| n == need)
                && *id != from
        })
        .map(|(id, _)| target(catalog, from, id, need))
        .filter(|t| t.format.is_some() || item.is_none_or(|n| !n.kinds))
        .collect();
    let place = |t: &Target| {
        let formats = item.map(|n| n.formats.as_slice()).unwrap_or_default();
        t.format.as_ref().and_then(|f| formats.iter().position(|x| x == f)).unwrap_or(usize::MAX)
    };
    // Where it surely is offered, then the better format, then the surer way.
    let sure = |t: &Target| t.best().is_some_and(|b| b > Certainty::Ask);
    to.sort_by_cached_key(|t| (!sure(t), place(t), Reverse(t.best()), t.name.to_lowercase()));
    Ways {
        need: need.to_owned(),
        name: item.map_or_else(|| Text { en: need.into(), es: need.into() }, |n| n.name.clone()),
        out: routes.iter().map(way).collect(),
        to,
        starts_anew: super::choose::starts_anew(catalog, need),
        stay: item.and_then(|n| n.stay.clone()),
    }
}

fn way(route: &Route) -> Way {
    let backed = route.sourced != Sourced::None;
    let text = |t: &Option<Text>| t.clone().filter(|_| backed);
    let word = |w: &String| if backed { w.clone() } else { String::new() };
    Way {
        format: route.format.clone(),
        missing: text(&route.missing),
        limits: text(&route.limits),
        wait_days: route.wait_days.filter(|_| backed),
        source: word(&route.source),
        date: word(&route.date),
        certainty: route.sourced.into(),
    }
}

fn target(catalog: &Catalog, from: &str, id: &str, need: &str) -> Target {
    let format = common_format(catalog, from, id, need);
    let by = |routes: Option<&Vec<Route>>| {
        routes.into_iter().flatten().find(|r| Some(&r.format) == format.as_ref()).map(way)
    };
    let out = by(catalog.service(from).and_then(|s| s.exports.get(need)));
    let into = by(catalog.service(id).and_then(|s| s.imports.get(need)));
    let road = [&out, &into].into_iter().flatten().map(|w| w.certainty).min().unwrap_or(Certainty::Verified);
    let mut at: Vec<At> = catalog
        .providers
        .iter()
        .filter(|(_, p)| p.value.status != ProviderStatus::Closed)
        .filter_map(|(provider, p)| {
            let offer = p.value.offers.get(id).filter(|o| serves(catalog, id, o, need))?;
            Some(place(provider, &p.value, offer, road))
        })
        .collect();
    at.sort_by_key(|a| (Reverse(a.certainty), a.kind != ProviderKind::Movement, a.provider.clone()));
    Target { service: id.to_owned(), name: name(catalog, id), format, into, at }
}

fn place(id: &str, provider: &Provider, offer: &Offer, road: Certainty) -> At {
    let offered = offered(offer);
    let backed = offer.sourced != Sourced::None;
    let certainty = if offered == Answer::Yes { road.min(offer.sourced.into()) } else { Certainty::Ask };
    let word = |w: &String| if backed { w.clone() } else { String::new() };
    At {
        provider: id.to_owned(),
        name: provider.name.clone(),
        kind: provider.kind,
        status: provider.status,
        offered,
        certainty,
        note: offer.note.clone().filter(|_| backed),
        source: word(&offer.source),
        date: word(&offer.date),
    }
}

fn name(catalog: &Catalog, id: &str) -> String {
    catalog.service(id).map_or_else(|| id.to_owned(), |s| s.name.clone())
}
