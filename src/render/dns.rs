//! The DNS of one domain: what is added, changed, removed and left alone, and the zones before and after the cut-over.

mod certificates;
pub mod files;
mod mail;
mod records;
pub mod steps;
pub mod tools;

use super::spf;
use super::zonefile::{Line, raise_serial, record, words};
use crate::catalog::Catalog;
use crate::catalog::index::Index;
use crate::catalog::model::Text;
use crate::catalog::signs::record_hits;
use crate::evidence::zone::{Data, Record, Zone, relative};
use crate::plan::settings::{Ask, Settings};
use crate::plan::{Assignment, Decision, Plan};
use serde::Serialize;
use std::collections::BTreeSet;
use steps::Step;

/// The TTL while the cut-over is near, in seconds.
const SHORT: u32 = 300;
/// The TTL that stands for "automatic" where Cloudflare keeps the DNS, and nowhere else.
const AUTOMATIC: u32 = 1;
/// The TTL of records that are changed, afterwards, in seconds.
const AFTER: u32 = 3600;

/// What becomes of one record.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Change {
    /// `add`, `change`, `remove` or `later` (when the old account is closed).
    pub what: &'static str,
    /// 1 before all cut-overs, 2 with that of its need.
    #[serde(skip)]
    pub step: u8,
    /// The need whose move brings it.
    pub need: String,
    /// The steps of the page at which it is typed in: two where `new` has a value for the time between.
    pub at: Vec<u8>,
    /// The first value is for the week before its cut-over.
    pub week_before: bool,
    /// Owner relative to the zone.
    pub name: String,
    /// The type.
    pub rtype: String,
    /// The values now.
    pub old: Vec<String>,
    /// The values afterwards, as they are typed into a web form.
    pub new: Vec<String>,
    /// Why.
    pub why: Text,
}

/// What the DNS of a domain becomes.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// For people.
    pub changes: Vec<Change>,
    /// Records that stay.
    pub left: usize,
    /// What nobody knows.
    pub asks: BTreeSet<Ask>,
    /// What must be heard.
    pub warnings: Vec<Text>,
    /// The cut-overs, in their order.
    pub steps: Vec<Step>,
    /// The zone before the cut-over.
    pub prepare: Vec<Line>,
    /// The zone after it.
    pub after: Vec<Line>,
    /// The longest TTL, in seconds, of what changes: how long ahead the preparation must stand.
    pub longest_ttl: u32,
}

/// Everything that is needed to work out a domain's DNS.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The catalog.
    pub catalog: &'a Catalog,
    /// Its signs.
    pub index: &'a Index,
    /// The plan.
    pub plan: &'a Plan,
    /// What providers' settings are.
    pub settings: &'a Settings,
    /// The zone as it is.
    pub zone: &'a Zone,
}

/// A record on its way: where it stands in the zone, and what it becomes.
struct Work<'a> {
    job: Job<'a>,
    cited: Vec<BTreeSet<String>>,
    before: Vec<Option<Record>>,
    after: Vec<Option<Record>>,
    added_before: Vec<Record>,
    added_after: Vec<Record>,
    remarks: Vec<String>,
    out: Outcome,
}

/// Works out a domain's DNS.
pub fn outcome(job: Job<'_>) -> Outcome {
    let records = &job.zone.records;
    let cited = records
        .iter()
        .map(|r| record_hits(job.index, r, &job.zone.name).into_iter().map(|(hit, _)| hit.service).collect())
        .collect();
    let mut work = Work {
        job,
        cited,
        before: records.iter().cloned().map(Some).collect(),
        after: records.iter().cloned().map(Some).collect(),
        added_before: Vec::new(),
        added_after: Vec::new(),
        remarks: Vec::new(),
        out: Outcome::default(),
    };
    for assignment in job.plan.assignments.iter().filter(|a| a.decision == Decision::Move) {
        let Some(provider) = assignment.provider.as_deref() else { continue };
        if !work.cited.iter().any(|c| c.contains(&assignment.from)) {
            continue;
        }
        match assignment.need.as_str() {
            "mail" => work.mail(assignment, provider),
            "website" => work.website(assignment, provider),
            "dns" => work.name_servers(assignment, provider),
            _ => {}
        }
        work.belong_to(&assignment.need);
    }
    // After the rest, so that what goes is gone.
    for assignment in job.plan.assignments.iter().filter(|a| a.decision == Decision::Move) {
        let Some(provider) = assignment.provider.as_deref() else { continue };
        let shows = work.cited.iter().any(|c| c.contains(&assignment.from));
        // Programs look up the domain of people's addresses, also for what never stood in the DNS.
        let found_by_address = !matches!(assignment.need.as_str(), "mail" | "website" | "dns");
        if shows || (found_by_address && job.zone.apex().any(|r| r.rtype == "MX")) {
            work.wanted(assignment, provider);
            work.belong_to(&assignment.need);
        }
    }
    work.later();
    work.out.steps = steps::order(work.job, &mut work.out.changes, &work.out.asks);
    work.finish()
}

impl Work<'_> {
    fn positions(&self, service: &str, fits: impl Fn(&Record) -> bool) -> Vec<usize> {
        let records = &self.job.zone.records;
        (0..records.len()).filter(|i| self.cited[*i].contains(service) && fits(&records[*i])).collect()
    }

    fn ask(&mut self, provider: &str, key: &str, what: &str) {
        let domain = self.job.zone.name.clone();
        let remark = format!("ASK {provider}: {what} for {domain}");
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
        self.out.asks.insert(Ask { provider: provider.into(), key: key.into(), domain: Some(domain) });
    }

    /// What was told since the last time is of this need.
    fn belong_to(&mut self, need: &str) {
        for change in self.out.changes.iter_mut().filter(|c| c.need.is_empty()) {
            need.clone_into(&mut change.need);
        }
    }

    fn warn_once(&mut self, warning: Text) {
        if !self.out.warnings.contains(&warning) {
            self.out.warnings.push(warning);
        }
    }

    /// The short TTL before the cut-over.
    fn lower(&mut self, at: usize) {
        if let Some(r) = &mut self.before[at] {
            self.out.longest_ttl = self.out.longest_ttl.max(lasts(self.job.zone.records[at].ttl));
            r.ttl = r.ttl.min(SHORT);
        }
    }

    /// The short TTL for all records of one owner and type: they share one (RFC 2181 §5.2).
    fn lower_set(&mut self, at: usize) {
        let records = &self.job.zone.records;
        let (key, rtype) = (records[at].key(), &records[at].rtype);
        for i in (0..records.len()).filter(|i| records[*i].key() == key && records[*i].rtype == *rtype) {
            self.lower(i);
        }
    }

    /// Replaces the records at `places` (of one owner) by new values.
    fn replace(&mut self, places: &[usize], rtype: &str, values: &[String], why: Text) {
        let Some(&first) = places.first() else { return };
        let zone = self.job.zone;
        let owner = zone.records[first].owner.clone();
        for &at in places {
            // A new set of name servers takes hold at the parent, whose TTL is its own.
            if rtype != "NS" {
                self.lower(at);
            }
            self.after[at] = None;
        }
        // The new set keeps the old one's TTL.
        let ttl = zone.records[first].ttl;
        for value in values {
            self.added_after.push(record(zone, &owner, ttl, rtype, &words(value)));
        }
        self.out.changes.push(Change {
            what: "change",
            step: 2,
            name: zone.records[first].relative(&zone.name),
            rtype: rtype.to_owned(),
            old: places.iter().map(|at| zone.records[*at].shown()).collect(),
            new: values.to_vec(),
            why,
            ..Change::default()
        });
    }

    fn website(&mut self, a: &Assignment, provider: &str) {
        let (job, name) = (self.job, self.provider_name(provider));
        let served = self.positions(&a.from, |r| {
            matches!(r.data, Data::Cname(_) | Data::Address(_)) && is_site(&r.relative(&job.zone.name))
        });
        if served.is_empty() {
            return;
        }
        let why = text(&format!("The website is now at {name}."), &format!("El sitio web está ahora en {name}."));
        let addresses = job.settings.list(job.catalog, provider, "web_address");
        let alias = job.settings.text(job.catalog, provider, "web_cname");
        for owner in [job.zone.name.clone(), format!("www.{}", job.zone.name)] {
            let at_owner = |i: &usize| job.zone.records[*i].key() == owner;
            let is_web = |i: &usize| matches!(job.zone.records[*i].data, Data::Cname(_) | Data::Address(_));
            let places: Vec<usize> = (0..job.zone.records.len()).filter(|i| at_owner(i) && is_web(i)).collect();
            if places.is_empty() {
                continue;
            }
            self.authority(provider, &owner);
            // The apex can't be an alias (RFC 1034 §3.6.2).
            if owner != job.zone.name
                && let Some(alias) = &alias
            {
                self.replace(&places, "CNAME", &[format!("{}.", alias.trim_end_matches('.'))], why.clone());
                continue;
            }
            if addresses.is_empty() {
                self.ask(provider, "web_address", "address of the website");
                if owner != job.zone.name {
                    self.ask(provider, "web_cname", "name that www points to");
                }
                continue;
            }
            let (v6, v4): (Vec<String>, Vec<String>) = addresses.iter().cloned().partition(|a| a.contains(':'));
            self.replace(
                &places,
                if v4.is_empty() { "AAAA" } else { "A" },
                if v4.is_empty() { &v6 } else { &v4 },
                why.clone(),
            );
            if !v4.is_empty() && !v6.is_empty() {
                let ttl = job.zone.records[places[0]].ttl;
                for address in &v6 {
                    self.added_after.push(record(job.zone, &owner, ttl, "AAAA", &words(address)));
                }
                self.out.changes.push(Change {
                    what: "change",
                    step: 2,
                    name: relative(&owner, &job.zone.name),
                    rtype: "AAAA".into(),
                    old: Vec::new(),
                    new: v6,
                    why: why.clone(),
                    ..Change::default()
                });
            }
        }
    }

    fn name_servers(&mut self, a: &Assignment, provider: &str) {
        let (job, name) = (self.job, self.provider_name(provider));
        let places: Vec<usize> = (0..job.zone.records.len())
            .filter(|i| job.zone.records[*i].key() == job.zone.name && matches!(job.zone.records[*i].data, Data::Ns(_)))
            .collect();
        if !places.iter().any(|i| self.cited[*i].contains(&a.from)) {
            return;
        }
        let servers = job.settings.list(job.catalog, provider, "ns");
        if servers.is_empty() {
            self.ask(provider, "ns", "name servers (NS)");
            return;
        }
        let values: Vec<String> = servers.iter().map(|s| format!("{}.", s.trim_end_matches('.'))).collect();
        let why = text(
            &format!(
                "{name} answers for the domain now. Enter these at the registrar, and nothing else that week, when the zone is complete there."
            ),
            &format!(
                "{name} responde ahora por el dominio. Captúrenlos con el registrador, y nada más esa semana, cuando la zona esté completa allá."
            ),
        );
        self.replace(&places, "NS", &values, why);
        if job.zone.records.iter().any(|r| r.rtype == "DNSKEY" || (r.rtype == "DS" && r.key() == job.zone.name)) {
            self.out.warnings.push(text(
                "The domain is signed (DNSSEC). Remove the DS record at the registrar and wait out its TTL before the name servers change, or the domain goes dark.",
                "El dominio está firmado (DNSSEC). Quiten el registro DS con el registrador y esperen su TTL antes de cambiar los servidores de nombres, o el dominio deja de funcionar.",
            ));
        }
    }

    /// Records of services that move, which do no harm until the account is closed.
    fn later(&mut self) {
        let job = self.job;
        let moving: BTreeSet<&str> = job
            .plan
            .assignments
            .iter()
            .filter(|a| matches!(a.decision, Decision::Move | Decision::LetGo))
            .map(|a| a.from.as_str())
            .collect();
        let staying: BTreeSet<&str> = job
            .plan
            .assignments
            .iter()
            .filter(|a| matches!(a.decision, Decision::Stay | Decision::Ask))
            .map(|a| a.from.as_str())
            .collect();
        for (i, r) in job.zone.records.iter().enumerate() {
            let untouched = self.after[i].as_ref() == Some(r);
            let ends = self.cited[i].iter().any(|s| moving.contains(s.as_str()))
                && !self.cited[i].iter().any(|s| staying.contains(s.as_str()));
            // The name of the site itself is changed with the site or left alone, never taken away.
            let only_mark = match &r.data {
                Data::Txt(value) => !spf::is_spf(value),
                Data::Cname(_) => !is_site(&r.relative(&job.zone.name)),
                _ => false,
            };
            if untouched && ends && only_mark {
                self.out.changes.push(Change {
                    what: "later",
                    step: 2,
                    name: r.relative(&job.zone.name),
                    rtype: r.rtype.clone(),
                    old: vec![r.shown()],
                    new: Vec::new(),
                    why: text(
                        "Remove it when the old account is closed.",
                        "Quítenlo cuando se cierre la cuenta anterior.",
                    ),
                    ..Change::default()
                });
            }
        }
    }

    fn provider_name(&self, id: &str) -> String {
        self.job.catalog.provider(id).map_or_else(|| id.to_owned(), |p| p.name.clone())
    }

    fn finish(mut self) -> Outcome {
        let old = &self.job.zone.records;
        // Elsewhere one second is one second.
        let leaves = self.out.changes.iter().any(|c| c.need == "dns");
        self.out.left = old.iter().zip(&self.after).filter(|(r, a)| a.as_ref() == Some(*r)).count();
        let lines = |kept: &[Option<Record>], added: &[Record], remarks: &[String], by: u32| {
            let changed = !added.is_empty() || kept.iter().zip(old).any(|(k, o)| k.as_ref() != Some(o));
            let mut lines: Vec<Line> = remarks.iter().cloned().map(Line::Remark).collect();
            for r in kept.iter().flatten() {
                let mut r = r.clone();
                if leaves {
                    r.ttl = lasts(r.ttl);
                }
                if changed && r.rtype == "SOA" {
                    raise_serial(&mut r, by);
                }
                lines.push(Line::Record(Box::new(r)));
            }
            lines.extend(added.iter().cloned().map(|mut r| {
                if leaves {
                    r.ttl = lasts(r.ttl);
                }
                Line::Record(Box::new(r))
            }));
            lines
        };
        self.out.prepare = lines(&self.before, &self.added_before, &self.remarks, 1);
        self.out.after = lines(&self.after, &self.added_after, &self.remarks, 2);
        self.out
    }
}

/// How long an answer is remembered, in seconds. Cloudflare writes 1 for "automatic", which is 300
/// (<https://developers.cloudflare.com/dns/manage-dns-records/reference/ttl/>).
fn lasts(ttl: u32) -> u32 {
    if ttl == AUTOMATIC { SHORT } else { ttl }
}

fn is_site(owner: &str) -> bool {
    owner == "@" || owner == "www"
}

fn text(en: &str, es: &str) -> Text {
    Text { en: en.into(), es: es.into() }
}
