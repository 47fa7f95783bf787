//! Rules by what they look at, so that a look-up costs the same however many there are.

use super::Hit;
use super::pieces::{Pieces, piece};
use crate::catalog::pattern::{NamePattern, anchor_of, glob, owner_matches};
use crate::catalog::payee::{PayeePattern, Words, bank_words, beginning_of};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::OnceLock;

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
    /// By what they say of the text; where that is anything, by what they say of the owner. Made when the first text is
    /// looked up: most runs need few of them.
    near: OnceLock<(Pieces, Pieces)>,
}

impl Texts {
    fn prepared(&self) -> (Pieces, Pieces) {
        let all = || self.rules.iter().enumerate();
        let owned = |r: &Rule<String>| piece(&r.pattern).is_none() && r.name.is_some();
        let values = Pieces::new(all().filter(|(_, r)| !owned(r)).map(|(n, r)| (n, r.pattern.as_str())));
        let owners = all().filter(|(_, r)| owned(r)).filter_map(|(n, r)| Some((n, r.name.as_deref()?)));
        (values, Pieces::new(owners))
    }

    /// The rules that fit all of a text, in order.
    pub(super) fn fitting<'s>(&'s self, text: &str, owner: Option<&str>) -> impl Iterator<Item = &'s Rule<String>> {
        let (values, owners) = self.near.get_or_init(|| self.prepared());
        let mut near = values.near(text);
        if let Some(owner) = owner {
            near.append(&mut owners.near(owner));
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
    /// Of these, made when the first name is looked up.
    near: OnceLock<Pieces>,
}

impl Names {
    pub(super) fn add(&mut self, rule: Rule<NamePattern>) {
        match rule.pattern.anchor() {
            Some(anchor) => self.anchored.entry(anchor).or_default().push(rule),
            None => self.loose.push(rule),
        }
    }

    fn near(&self) -> &Pieces {
        self.near.get_or_init(|| {
            let texts: Vec<String> = self.loose.iter().map(|r| r.pattern.text()).collect();
            Pieces::anywhere(texts.iter().map(String::as_str).enumerate())
        })
    }

    /// The rules that fit a name.
    pub(super) fn fitting<'s>(
        &'s self,
        name: &str,
        owner: Option<&str>,
    ) -> impl Iterator<Item = &'s Rule<NamePattern>> {
        let anchored = self.anchored.get(anchor_of(name)).into_iter().flatten();
        let loose = self.near().near(name).into_iter().map(|n| &self.loose[n]);
        anchored.chain(loose).filter(move |r| r.is_of(owner) && r.pattern.matches(name))
    }

    /// The owners that rules ask for.
    pub(super) fn owners(&self) -> impl Iterator<Item = &String> {
        self.anchored.values().flatten().filter_map(|r| r.name.as_ref())
    }
}

/// A pattern, the runs of words that veto it, and what it gives.
#[derive(Debug)]
pub(super) struct PayeeRule {
    pub(super) pattern: PayeePattern,
    pub(super) vetoes: Vec<Vec<String>>,
    pub(super) hit: Hit,
}

/// Rules for payees.
#[derive(Debug, Default)]
pub(super) struct Payees {
    /// By the first word.
    anchored: FxHashMap<String, Vec<PayeeRule>>,
    /// Those that have a `*` there.
    loose: Vec<PayeeRule>,
    /// Of these, made when the first payee is looked up.
    near: OnceLock<Pieces>,
    /// How the first words begin of payees that any of the others may fit, made then, too.
    begins: OnceLock<FxHashSet<u64>>,
}

impl Payees {
    pub(super) fn add(&mut self, rule: PayeeRule) {
        match rule.pattern.first().map(str::to_owned) {
            Some(first) => self.anchored.entry(first).or_default().push(rule),
            None => self.loose.push(rule),
        }
    }

    fn near(&self) -> &Pieces {
        self.near.get_or_init(|| Pieces::anywhere(self.loose.iter().map(|r| r.pattern.beginning()).enumerate()))
    }

    /// Whether any rule may fit a payee, by a look at its beginning: most payees are people and shops.
    pub(super) fn may_fit(&self, payee: &str) -> bool {
        let begins = self.begins.get_or_init(|| {
            let own = self.anchored.keys().filter_map(|first| beginning_of(first));
            own.chain(bank_words().filter_map(beginning_of)).collect()
        });
        !self.loose.is_empty() || beginning_of(payee).is_none_or(|b| begins.contains(&b))
    }

    /// Adds to `found` what fits a payee gives.
    pub(super) fn hits<'s>(&'s self, payee: &Words, found: &mut Vec<&'s Hit>) {
        let fits = |r: &PayeeRule, skip, known| {
            r.pattern.matches_at(payee, skip, known) && !r.vetoes.iter().any(|v| payee.has_run(v))
        };
        // A payee begins with its first word, or behind a bank's words.
        let bank = payee.bank();
        for (skip, word) in payee.from(0).take(bank + 1).enumerate() {
            let rules = self.anchored.get(word).into_iter().flatten();
            rules.filter(|r| fits(r, skip, 1)).for_each(|r| add_distinct(&r.hit, found));
        }
        if !self.loose.is_empty() {
            let near = self.near().near(payee.text()).into_iter().map(|n| &self.loose[n]);
            near.filter(|r| (0..=bank).any(|skip| fits(r, skip, 0))).for_each(|r| add_distinct(&r.hit, found));
        }
    }
}

/// One hit a service, the surest.
pub(super) fn distinct<'a>(hits: impl Iterator<Item = &'a Hit>) -> Vec<&'a Hit> {
    let mut found = Vec::new();
    hits.for_each(|hit| add_distinct(hit, &mut found));
    found
}

fn add_distinct<'a>(hit: &'a Hit, found: &mut Vec<&'a Hit>) {
    match found.iter_mut().find(|h| h.service == hit.service) {
        Some(old) if old.confidence < hit.confidence => *old = hit,
        Some(_) => {}
        None => found.push(hit),
    }
}
