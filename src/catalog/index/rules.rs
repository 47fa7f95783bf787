//! Rules by what they look at, so that a look-up costs the same however many there are.

use super::Hit;
use super::pieces::{Few, Pieces, piece};
use crate::catalog::pattern::{NamePattern, ends_of, glob, owner_matches};
use crate::catalog::payee::{PayeePattern, Words, bank_words, beginning_of};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
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

    /// Gives the rules that fit all of a text, in order.
    pub(super) fn fitting<'s>(&'s self, text: &str, owner: Option<&str>, mut take: impl FnMut(&'s Rule<String>)) {
        let (values, owners) = self.near.get_or_init(|| self.prepared());
        let mut near = values.near(text);
        if let Some(owner) = owner {
            near.extend_from_slice(&owners.near(owner));
            near.sort_unstable();
        }
        for rule in near.iter().map(|n| &self.rules[*n]) {
            if rule.is_of(owner) && glob(&rule.pattern, text) {
                take(rule);
            }
        }
    }
}

/// Rules for domain names.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By the last two labels.
    anchored: FxHashMap<String, Vec<Rule<NamePattern>>>,
    /// Those that have a `*` there.
    loose: Vec<Rule<NamePattern>>,
    /// Of these, by the last label, what they say of the one before it; made when the first name is looked up.
    near: OnceLock<Loose>,
}

/// Rules whose last two labels are not both literal.
#[derive(Debug, Default)]
struct Loose {
    by_last: FxHashMap<String, Pieces>,
    /// Those whose last label has a `*`, too.
    others: Vec<usize>,
}

impl Loose {
    fn new(rules: &[Rule<NamePattern>]) -> Self {
        let mut sorted: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
        let mut others = Vec::new();
        for (n, rule) in rules.iter().enumerate() {
            let (before, last) = rule.pattern.last_two();
            if last.contains('*') {
                others.push(n);
            } else {
                sorted.entry(last).or_default().push((n, before));
            }
        }
        let by_last = sorted.into_iter().map(|(last, of)| (last.to_owned(), Pieces::new(of))).collect();
        Self { by_last, others }
    }

    /// The rules that may fit a name, by its last two labels, in order.
    fn near(&self, before: &str, last: &str) -> Few {
        let mut near = self.by_last.get(last).map_or_else(Few::new, |pieces| pieces.near(before));
        if !self.others.is_empty() {
            near.extend_from_slice(&self.others);
            near.sort_unstable();
        }
        near
    }
}

impl Names {
    pub(super) fn add(&mut self, rule: Rule<NamePattern>) {
        match rule.pattern.anchor() {
            Some(anchor) => self.anchored.entry(anchor).or_default().push(rule),
            None => self.loose.push(rule),
        }
    }

    /// Gives the rules that fit a name.
    pub(super) fn fitting<'s>(&'s self, name: &str, owner: Option<&str>, mut take: impl FnMut(&'s Rule<NamePattern>)) {
        let mut give = |rule: &'s Rule<NamePattern>| {
            if rule.is_of(owner) && rule.pattern.matches(name) {
                take(rule);
            }
        };
        let (anchor, before, last) = ends_of(name);
        self.anchored.get(anchor).into_iter().flatten().for_each(&mut give);
        if !self.loose.is_empty() {
            let near = self.near.get_or_init(|| Loose::new(&self.loose)).near(before, last);
            near.iter().for_each(|n| give(&self.loose[*n]));
        }
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
            r.pattern.matches_at(payee, skip, known, &r.tails) && !r.vetoes.iter().any(|v| payee.has_run(v))
        };
        // A payee begins with its first word, or behind a bank's words.
        let bank = payee.bank();
        for (skip, word) in payee.from(0).take(bank + 1).enumerate() {
            let rules = self.anchored.get(word).into_iter().flatten();
            rules.filter(|r| fits(r, skip, 1)).for_each(|r| add_distinct(&r.hit, found));
        }
        if !self.loose.is_empty() {
            for rule in self.near().near(payee.text()).iter().map(|n| &self.loose[*n]) {
                if (0..=bank).any(|skip| fits(rule, skip, 0)) {
                    add_distinct(&rule.hit, found);
                }
            }
        }
    }
}

/// Adds a hit: one a service, the surest.
pub(super) fn add_distinct<'a>(hit: &'a Hit, found: &mut Vec<&'a Hit>) {
    match found.iter_mut().find(|h| h.service == hit.service) {
        Some(old) if old.confidence < hit.confidence => *old = hit,
        Some(_) => {}
        None => found.push(hit),
    }
}
