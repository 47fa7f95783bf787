//! The cut-overs of a domain, each with its records, in the order in which the plan has them: name servers alone, then each
//! need by itself, and what is cleaned up two weeks later.

use super::{Change, Job, Outcome};
use crate::catalog::model::{TaskKind, Text};
use crate::plan::Task;
use crate::plan::settings::{Ask, question};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Records that are typed in together.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its number on the page; 1 is the preparation.
    pub n: u8,
    /// The need that moves.
    pub need: String,
    /// The plan's task.
    pub task: Option<String>,
    /// The first day that the plan has for it.
    pub date: Option<Date>,
    /// It is what comes two weeks after the cut-over.
    pub settles: bool,
    /// Questions that must be answered first, because mail would be refused, or go astray.
    pub open: Vec<Text>,
}

/// The keys without which mail from the new place is refused.
const SENDING: [&str; 3] = ["spf", "dkim_selector", "dkim_value"];

/// Numbers the changes, and tells the steps.
pub(super) fn order(job: Job<'_>, changes: &mut [Change], asks: &BTreeSet<Ask>) -> Vec<Step> {
    let of = |need: &str, fits: &dyn Fn(&&Task) -> bool| -> Option<&Task> {
        job.plan.tasks.iter().filter(|t| t.need.as_deref() == Some(need)).find(fits)
    };
    // A task of a cut-over works from the page of changes, the one that cleans up from the last zone.
    let changes_dns = |t: &Task| t.files.iter().any(|f| f.ends_with(".changes.md"));
    let last = |f: &String| f.ends_with(".zone") && !f.ends_with(".prepare.zone") && !f.ends_with(".old.zone");
    let cleans_up = |t: &Task| t.files.iter().any(last);
    let moves = |c: &&mut Change| c.what != "later" && c.step > 1;
    let needs: BTreeSet<String> = changes.iter_mut().filter(moves).map(|c| c.need.clone()).collect();
    let mut steps: Vec<Step> = needs
        .into_iter()
        .map(|need| {
            let task = of(&need, &|t| t.kind == TaskKind::CutOver && changes_dns(t))
                .or_else(|| of(&need, &|t| t.kind == TaskKind::CutOver));
            Step {
                n: 0,
                task: task.map(|t| t.id.clone()),
                date: task.and_then(|t| t.start),
                settles: false,
                open: open(job, &need, asks),
                need,
            }
        })
        .collect();
    // Name servers come first: a fault then has one cause only. A step without a date comes after those that have one.
    steps.sort_by_key(|s| (s.need != "dns", s.date.is_none(), s.date, s.need.clone()));
    let between: BTreeSet<String> =
        changes.iter().filter(|c| c.what == "change" && is_between(c)).map(|c| c.need.clone()).collect();
    for need in between {
        let task = of(&need, &|t| t.kind != TaskKind::CutOver && cleans_up(t));
        let (task, date) = (task.map(|t| t.id.clone()), task.and_then(|t| t.start));
        steps.push(Step { n: 0, task, date, settles: true, open: Vec::new(), need });
    }
    for (n, step) in (2..).zip(&mut steps) {
        step.n = n;
    }
    for change in changes {
        let at = |settles: bool| steps.iter().find(|s| s.need == change.need && s.settles == settles).map(|s| s.n);
        change.at = match (change.step, is_between(change)) {
            (_, true) if change.week_before => at(false).into_iter().chain(at(true)).collect(),
            (_, true) => std::iter::once(1).chain(at(true)).collect(),
            (1, false) => vec![1],
            (_, false) => at(false).into_iter().collect(),
        };
    }
    steps
}

/// Whether it has a value for the time between: of a TXT record, which is one value, two are told.
fn is_between(change: &Change) -> bool {
    change.what == "change" && change.rtype == "TXT" && change.new.len() == 2
}

/// What is asked, and must be answered before this need is switched.
fn open(job: Job<'_>, need: &str, asks: &BTreeSet<Ask>) -> Vec<Text> {
    let Some(provider) = job
        .plan
        .assignments
        .iter()
        .filter(|a| a.need == need && a.decision == crate::plan::Decision::Move)
        .find_map(|a| a.provider.as_deref())
    else {
        return Vec::new();
    };
    let of_domain = |a: &&Ask| a.provider == provider && a.domain.as_deref() == Some(job.zone.name.as_str());
    let mut open: Vec<Text> = match need {
        "mail" => asks
            .iter()
            .filter(of_domain)
            .filter(|a| SENDING.contains(&a.key.as_str()))
            .map(|a| question(job.catalog, provider, &a.key))
            .collect(),
        "website" => asks
            .iter()
            .filter(of_domain)
            .filter(|a| a.key == "caa_issuer")
            .map(|a| question(job.catalog, provider, &a.key))
            .collect(),
        _ => Vec::new(),
    };
    // What the catalog has only from third parties is asked about, too.
    let key = if need == "mail" { "mx" } else { "" };
    let doubted = job.catalog.provider(provider).and_then(|p| p.settings.get(key)).and_then(|s| s.ask.clone());
    open.extend(doubted.filter(|_| !job.settings.is_own(provider, key)));
    open
}

/// The schema of `DOMAIN.steps.yaml`.
const SCHEMA: &str = "decamp/steps/1";

/// `DOMAIN.steps.yaml`: which records belong to which step, for holding answers against what has been done so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// `decamp/steps/1`.
    pub schema: String,
    /// The domain.
    pub domain: String,
    /// The steps after the preparation.
    pub steps: Vec<Records>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// Its number on the page of changes.
    pub step: u8,
    /// The need that moves.
    pub need: String,
    /// The plan's task, which is ticked off when it was done.
    #[serde(default)]
    pub task: Option<String>,
    /// It cleans up after the cut-over of its need.
    #[serde(default)]
    pub settles: bool,
    /// The records.
    pub records: Vec<Set>,
}

/// The records of one name and type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// The name, absolute, without the final dot.
    pub name: String,
    /// The type.
    #[serde(rename(deserialize = "type"))]
    pub rtype: String,
    /// A value that is right until the step, and stands in none of the zones.
    #[serde(default)]
    pub meanwhile: Option<String>,
}

impl Steps {
    /// What was worked out for a domain.
    pub fn of(domain: &str, outcome: &Outcome) -> Self {
        let records = |step: &Step| -> Vec<Set> {
            let own = outcome.changes.iter().filter(|c| c.what != "later" && c.need == step.need);
            let mut sets: Vec<Set> = Vec::new();
            for c in own.filter(|c| is_between(c) == step.settles) {
                let name =
                    if c.name == "@" { domain.to_owned() } else { format!("{}.{domain}", c.name).to_lowercase() };
                // An alias that becomes an address changes both.
                let went = c.old.iter().filter_map(|o| o.split(' ').next());
                for rtype in std::iter::once(c.rtype.as_str()).chain(went) {
                    if !sets.iter().any(|s| s.name == name && s.rtype == rtype) {
                        let meanwhile = c.new.first().filter(|_| c.week_before).cloned();
                        sets.push(Set { name: name.clone(), rtype: rtype.to_owned(), meanwhile });
                    }
                }
            }
            sets
        };
        let of = |s: &Step| Records {
            step: s.n,
            need: s.need.clone(),
            task: s.task.clone(),
            settles: s.settles,
            records: records(s),
        };
        Self { schema: SCHEMA.to_owned(), domain: domain.to_owned(), steps: outcome.steps.iter().map(of).collect() }
    }
}
