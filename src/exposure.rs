//! Who holds what and who can read it: services × operators, with the claims behind each arrow. Pure.

use crate::catalog::Catalog;
use crate::catalog::model::{Confidence, Harm, Holds, Sees, Sourced, Text, What};
use crate::inventory::{Found, Inventory};
use crate::plan::{Decision, Plan};
use serde::Serialize;
use std::collections::BTreeSet;

/// The whole picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exposure {
    /// `decamp/exposure/1`.
    pub schema: &'static str,
    /// The group's name.
    pub group: String,
    /// Services by what could hurt, worst first.
    pub services: Vec<Held>,
    /// Operators, those that can read most first.
    pub operators: Vec<OperatorView>,
    /// After the plan; absent when there is none.
    pub after: Option<After>,
    /// Third parties that nobody could name.
    pub unrecognized: usize,
}

/// One service and who can read it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Held {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How sure it is that it is in use.
    pub confidence: Confidence,
    /// How much harm it does when read.
    pub care: Harm,
    /// What lies there.
    pub holds: Vec<Holds>,
    /// Who offers it, and who runs its machines.
    pub chain: Vec<Link>,
    /// Somebody outside the group can read content that could hurt.
    pub worst: bool,
    /// All that outsiders get is ciphertext.
    pub only_ciphertext: bool,
}

impl Held {
    /// Whose machines it stands on: each company once, with all parts, and the years of what is known.
    pub fn machines(&self) -> Vec<Machines> {
        let mut all: Vec<Machines> = Vec::new();
        let offers = |id: &str| self.chain.iter().any(|l| l.role == "offers" && l.operator == id);
        for link in self.chain.iter().filter(|l| l.role == "hosts") {
            let at = all.iter().position(|m| m.operator == link.operator).unwrap_or_else(|| {
                let (operator, name) = (link.operator.clone(), link.name.clone());
                all.push(Machines { operator, name, what: Vec::new(), years: Vec::new(), reads: false });
                all.len() - 1
            });
            let machines = &mut all[at];
            machines.reads |= link.sees == Sees::Content && !offers(&link.operator);
            machines.what.extend(link.what.filter(|w| !machines.what.contains(w)));
            let year = link.date.get(..4).map(str::to_owned);
            machines.years.extend(year.filter(|y| !machines.years.contains(y)));
            machines.years.sort();
        }
        all
    }
}

/// A company's machines under a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machines {
    /// The operator's id.
    pub operator: String,
    /// Its name.
    pub name: String,
    /// Which parts stand there.
    pub what: Vec<What>,
    /// The years of what the sources say; it may have changed since.
    pub years: Vec<String>,
    /// It can read content, and does not offer the service itself.
    pub reads: bool,
}

/// One arrow: an operator, what it has, and how that is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Link {
    /// The operator's id.
    pub operator: String,
    /// Its name.
    pub name: String,
    /// `offers` the service, or `hosts` a part of it.
    pub role: &'static str,
    /// Which part.
    pub what: Option<What>,
    /// What it can read.
    pub sees: Sees,
    /// What the source says.
    pub says: Option<Text>,
    /// Where.
    pub source: String,
    /// When.
    pub date: String,
}

/// One operator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperatorView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Country of its seat.
    pub country: String,
    /// Services that it offers: names.
    pub offers: Vec<String>,
    /// Services of others that stand on its machines: names.
    pub hosts: Vec<String>,
    /// What is on record about it.
    pub on_record: Vec<Record>,
    /// It can read content that could hurt.
    pub reads_what_could_hurt: bool,
}

/// A sentence on record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// The sentence.
    pub says: Text,
    /// Where.
    pub source: String,
    /// When.
    pub date: String,
    /// In whose words.
    pub sourced: Sourced,
}

/// The picture after the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct After {
    /// Services that still hold something.
    pub remain: Vec<String>,
    /// Services that are gone.
    pub gone: Vec<String>,
    /// Who holds what instead: provider's name, needs.
    pub instead: Vec<Instead>,
}

/// A new holder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Instead {
    /// The provider's name.
    pub provider: String,
    /// The needs' names.
    pub needs: Vec<Text>,
}

/// Draws the picture.
pub fn exposure(catalog: &Catalog, inventory: &Inventory, plan: Option<&Plan>) -> Exposure {
    let mut services: Vec<Held> = inventory.services.iter().map(|s| held(catalog, s)).collect();
    services.sort_by_key(|s| (!s.worst, std::cmp::Reverse(s.care), std::cmp::Reverse(s.confidence), s.id.clone()));
    let operators = operators(catalog, &services);
    Exposure {
        schema: "decamp/exposure/1",
        group: inventory.group.name.clone(),
        services,
        operators,
        after: plan.map(|p| after(catalog, inventory, p)),
        unrecognized: inventory.unrecognized.len(),
    }
}

fn held(catalog: &Catalog, found: &Found) -> Held {
    let mut chain = Vec::new();
    if let Some(operator) = &found.operator {
        // Who offers a service can read it, unless its own words say otherwise.
        let own: Vec<&crate::inventory::HostRef> = found.hosts.iter().filter(|h| h.operator == *operator).collect();
        let sees = own.iter().map(|h| h.sees).min().unwrap_or(Sees::Content);
        chain.push(Link {
            operator: operator.clone(),
            name: catalog.operator_name(operator).to_owned(),
            role: "offers",
            what: None,
            sees,
            says: None,
            source: String::new(),
            date: String::new(),
        });
    }
    for host in &found.hosts {
        // The catalog has both languages; the inventory keeps the English.
        let both = catalog
            .service(&found.id)
            .and_then(|s| s.hosts.iter().find(|h| h.says.en == host.says).map(|h| h.says.clone()))
            .unwrap_or_else(|| Text { en: host.says.clone(), es: host.says.clone() });
        chain.push(Link {
            operator: host.operator.clone(),
            name: catalog.operator_name(&host.operator).to_owned(),
            role: "hosts",
            what: Some(host.what),
            sees: host.sees,
            says: Some(both),
            source: host.source.clone(),
            date: host.date.clone(),
        });
    }
    let reads = chain.iter().any(|l| l.sees == Sees::Content);
    Held {
        id: found.id.clone(),
        name: found.name.clone(),
        confidence: found.confidence.0,
        care: found.care.0,
        holds: found.holds.clone(),
        worst: reads && found.care.0 == Harm::CouldHurt,
        only_ciphertext: !chain.is_empty() && chain.iter().all(|l| l.sees == Sees::Ciphertext),
        chain,
    }
}

fn operators(catalog: &Catalog, services: &[Held]) -> Vec<OperatorView> {
    let ids: BTreeSet<&str> = services.iter().flat_map(|s| s.chain.iter().map(|l| l.operator.as_str())).collect();
    let mut all: Vec<OperatorView> = ids
        .into_iter()
        .map(|id| {
            let has = |role: &str| {
                let names = services
                    .iter()
                    .filter(|s| s.chain.iter().any(|l| l.operator == id && l.role == role))
                    .map(|s| s.name.clone());
                names.collect::<Vec<_>>()
            };
            let offers = has("offers");
            let hosts = has("hosts").into_iter().filter(|n| !offers.contains(n)).collect();
            let on_record = catalog.operator(id).map(|o| o.on_record.as_slice()).unwrap_or_default();
            OperatorView {
                id: id.to_owned(),
                name: catalog.operator_name(id).to_owned(),
                country: catalog.operator(id).map(|o| o.country.clone()).unwrap_or_default(),
                offers,
                hosts,
                on_record: on_record
                    .iter()
                    .filter(|f| f.sourced != Sourced::None)
                    .map(|f| Record {
                        says: f.says.clone(),
                        source: f.source.clone(),
                        date: f.date.clone(),
                        sourced: f.sourced,
                    })
                    .collect(),
                reads_what_could_hurt: services.iter().any(|s| {
                    s.care == Harm::CouldHurt && s.chain.iter().any(|l| l.operator == id && l.sees == Sees::Content)
                }),
            }
        })
        .collect();
    all.sort_by_key(|o| (!o.reads_what_could_hurt, std::cmp::Reverse(o.offers.len() + o.hosts.len()), o.id.clone()));
    all
}

fn after(catalog: &Catalog, inventory: &Inventory, plan: &Plan) -> After {
    let stays = |id: &str| !crate::plan::closes(catalog, &plan.assignments, id);
    let (remain, gone): (Vec<&Found>, Vec<&Found>) = inventory.services.iter().partition(|s| stays(&s.id));
    let mut instead: Vec<Instead> = Vec::new();
    for provider in plan
        .assignments
        .iter()
        .filter(|a| a.decision == Decision::Move)
        .filter_map(|a| a.provider.as_deref())
        .collect::<BTreeSet<_>>()
    {
        let needs: BTreeSet<&str> = plan
            .assignments
            .iter()
            .filter(|a| a.decision == Decision::Move && a.provider.as_deref() == Some(provider))
            .map(|a| a.need.as_str())
            .collect();
        instead.push(Instead {
            provider: catalog.provider(provider).map_or_else(|| provider.to_owned(), |p| p.name.clone()),
            needs: needs.iter().filter_map(|n| catalog.need(n)).map(|n| n.name.clone()).collect(),
        });
    }
    After {
        remain: remain.into_iter().map(|s| s.name.clone()).collect(),
        gone: gone.into_iter().map(|s| s.name.clone()).collect(),
        instead,
    }
}
