//! Rules by what they look at, so that a look-up costs the same however many there are.

use super::Hit;
use super::pieces::{Pieces, piece};
use crate::catalog::pattern::{NamePattern, anchor_of, glob, owner_matches};
use crate::catalog::payee::{PayeePattern, Words};
use rustc_hash::FxHashMap;

/// A pattern and what it gives.
#[derive(Debug)]
pub(super) struct Rule<P> {
    pub(super) pattern: P,
    /// Of which owners in a zone (empty: any).
    pub(super) name: Option<String>,
    pub(super) hit: Hit,
}

impl<P> Rule<P> {
    fn is_of(&self, owner: Option<&str>) -> bool {
        match (self.name.as_deref(), owner) {
            (None, _) => true,
            (Some(pattern), Some(owner)) => owner_matches(pattern, owner),
            (Some(_), None) => false,
        }
    }
}

/// Rules for texts.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) rules: Vec<Rule<String>>,
    /// By what they say of the text; where that is anything, by what they say of the owner.
    values: Pieces,
    owners: Pieces,
}

impl Texts {
    /// Prepares the look-up, once all rules are there.
    pub(super) fn finish(&mut self) {
        let all = || self.rules.iter().enumerate();
        let owned = |r: &Rule<String>| piece(&r.pattern).is_none() && r.name.is_some();
        let values = Pieces::new(all().filter(|(_, r)| !owned(r)).map(|(n, r)| (n, r.pattern.as_str())));
        let owners = all().filter(|(_, r)| owned(r)).filter_map(|(n, r)| Some((n, r.name.as_deref()?)));
        let owners = Pieces::new(owners);
        (self.values, self.owners) = (values, owners);
    }

    /// The rules that fit all of a text, in order.
    pub(super) fn fitting<'s>(&'s self, text: &str, owner: Option<&str>) -> impl Iterator<Item = &'s Rule<String>> {
        let mut near = self.values.near(text);
        if let Some(owner) = owner {
            near.append(&mut self.owners.near(owner));
            near.sort_unstable();
        }
        let near = near.into_iter().map(|n| &self.rules[n]);
        near.filter(move |r| r.is_of(owner) && glob(&r.pattern, text))
    }
}

/// Rules for domain names.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By the last two labels.
    anchored: FxHashMap<String, Vec<Rule<NamePattern>>>,
    /// Those that have a `*` there.
    loose: Vec<Rule<NamePattern>>,
    pieces: Pieces,
}

impl Names {
    pub(super) fn add(&mut self, rule: Rule<NamePattern>) {
        match rule.pattern.anchor() {
            Some(anchor) => self.anchored.entry(anchor).or_default().push(rule),
            None => self.loose.push(rule),
        }
    }

    /// Prepares the look-up, once all rules are there.
    pub(super) fn finish(&mut self) {
        let texts: Vec<String> = self.loose.iter().map(|r| r.pattern.text()).collect();
        self.pieces = Pieces::new(texts.iter().map(String::as_str).enumerate());
    }

    /// The rules that fit a name.
    pub(super) fn fitting<'s>(
        &'s self,
        name: &str,
        owner: Option<&str>,
    ) -> impl Iterator<Item = &'s Rule<NamePattern>> {
        let anchored = self.anchored.get(anchor_of(name)).into_iter().flatten();
        let loose = self.pieces.near(name).into_iter().map(|n| &self.loose[n]);
        anchored.chain(loose).filter(move |r| r.is_of(owner) && r.pattern.matches(name))
    }

    /// The owners that rules ask for.
    pub(super) fn owners(&self) -> impl Iterator<Item = &String> {
        self.anchored.values().flatten().filter_map(|r| r.name.as_ref())
    }
}

/// A pattern, the runs of words that veto it and those that may stand behind it, and what it gives.
#[derive(Debug)]
pub(super) struct PayeeRule {
    pub(super) pattern: PayeePattern,
    pub(super) vetoes: Vec<Vec<String>>,
    pub(super) tails: Vec<Vec<String>>,
    pub(super) hit: Hit,
}

/// Rules for payees.
#[derive(Debug, Default)]
pub(super) struct Payees {
    /// By the first word.
    anchored: FxHashMap<String, Vec<PayeeRule>>,
    /// Those that have a `*` there.
    loose: Vec<PayeeRule>,
    pieces: Pieces,
}

impl Payees {
    pub(super) fn add(&mut self, rule: PayeeRule) {
        match rule.pattern.first().map(str::to_owned) {
            Some(first) => self.anchored.entry(first).or_default().push(rule),
            None => self.loose.push(rule),
        }
    }

    /// Prepares the look-up, once all rules are there.
    pub(super) fn finish(&mut self) {
        self.pieces = Pieces::new(self.loose.iter().map(|r| r.pattern.beginning()).enumerate());
    }

    /// What fits a payee gives.
    pub(super) fn hits(&self, payee: &Words) -> Vec<&Hit> {
        let fits = |r: &PayeeRule, skip| {
            r.pattern.matches_at(payee, skip, &r.tails) && !r.vetoes.iter().any(|v| payee.has_run(v))
        };
        // A payee begins with its first word, or behind a bank's words.
        let starts = payee.from(0).take(payee.bank() + 1).enumerate();
        let anchored = starts.filter_map(|(skip, word)| Some((skip, self.anchored.get(word)?)));
        let anchored = anchored.flat_map(|(skip, rules)| rules.iter().filter(move |r| fits(r, skip)));
        let loose = self.pieces.near(payee.text()).into_iter().map(|n| &self.loose[n]);
        let loose = loose.filter(|r| (0..=payee.bank()).any(|skip| fits(r, skip)));
        distinct(anchored.chain(loose).map(|r| &r.hit))
    }
}

/// One hit a service, the surest.
pub(super) fn distinct<'a>(hits: impl Iterator<Item = &'a Hit>) -> Vec<&'a Hit> {
    let mut found: Vec<&Hit> = Vec::new();
    for hit in hits {
        match found.iter_mut().find(|h| h.service == hit.service) {
            Some(old) if old.confidence < hit.confidence => *old = hit,
            Some(_) => {}
            None => found.push(hit),
        }
    }
    found
}
