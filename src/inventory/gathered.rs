//! What was gathered about one service, and how sure it makes.

use super::payments::Payments;
use super::{Evidence, Sure};
use crate::catalog::index::Hit;
use crate::catalog::model::Confidence;
use crate::evidence::{Amount, Kind, Place};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What was gathered about one service.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The reasons, in the order seen.
    pub evidence: Vec<Evidence>,
    /// Matched payments.
    pub payments: Payments,
    /// Accounts by user lists.
    pub accounts: Option<u64>,
    /// Bytes by user lists.
    pub bytes: Option<u64>,
    /// Bytes of the largest account.
    pub largest: Option<u64>,
    /// What a month costs, by a cloud's own books.
    pub monthly: Option<Amount>,
    /// Needs that the signs show, and how surely.
    pub needs: BTreeMap<String, Confidence>,
    /// How sure the best sign is that shows all of the service's needs.
    pub all_needs: Option<Confidence>,
    /// Repeated sightings: (kind, number of the file, saw) → place in `evidence`.
    seen: HashMap<(Kind, usize, String), usize>,
    /// The last of them that had nothing in the third place: a ledger has many rows.
    last: Option<(Kind, usize, usize)>,
}

impl Gathered {
    /// Adds a finding that stands by itself.
    pub(super) fn add(&mut self, kind: Kind, place: Place<'_>, hit: &Hit, saw: String, date: Option<Date>) {
        self.note(hit);
        self.push(kind, place, hit, saw, date);
    }

    fn push(&mut self, kind: Kind, place: Place<'_>, hit: &Hit, saw: String, date: Option<Date>) {
        self.evidence.push(Evidence {
            kind,
            source: place.to_string(),
            saw,
            strength: Sure(hit.confidence),
            times: None,
            first: date,
            last: date,
            remark: hit.remark.map(str::to_owned),
        });
    }

    /// Takes note of what a sign shows.
    fn note(&mut self, hit: &Hit) {
        if hit.needs.is_empty() {
            self.all_needs = self.all_needs.max(Some(hit.confidence));
        }
        for need in &hit.needs {
            match self.needs.get_mut(need) {
                Some(sure) => *sure = (*sure).max(hit.confidence),
                None => drop(self.needs.insert(need.clone(), hit.confidence)),
            }
        }
    }

    /// Adds a finding, or counts it with those of the same file, kind and `key`.
    pub(super) fn merge(
        &mut self,
        (kind, place, file): (Kind, Place<'_>, usize),
        hit: &Hit,
        key: &str,
        date: Option<Date>,
        saw: impl FnOnce() -> String,
    ) {
        self.note(hit);
        let at = match self.last {
            Some((last, of, at)) if key.is_empty() && last == kind && of == file => Some(at),
            _ => self.seen.get(&(kind, file, key.to_owned())).copied(),
        };
        let next = self.evidence.len();
        if key.is_empty() {
            self.last = Some((kind, file, at.unwrap_or(next)));
        }
        if let Some(at) = at {
            let old = &mut self.evidence[at];
            old.times = Some(old.times.unwrap_or(1) + 1);
            old.first = earlier(old.first, date, Ord::min);
            old.last = earlier(old.last, date, Ord::max);
        } else {
            self.seen.insert((kind, file, key.to_owned()), next);
            self.push(kind, place, hit, saw(), date);
        }
    }
}

fn earlier(a: Option<Date>, b: Option<Date>, pick: impl Fn(Date, Date) -> Date) -> Option<Date> {
    match (a, b) {
        (Some(a), Some(b)) => Some(pick(a, b)),
        (a, b) => a.or(b),
    }
}

/// The surest of several, with the rule of two independent kinds.
pub fn confidence(evidence: &[Evidence]) -> Confidence {
    let best = evidence.iter().map(|e| e.strength.0).max().unwrap_or(Confidence::Hint);
    let families: BTreeSet<&str> =
        evidence.iter().filter(|e| e.strength.0 >= Confidence::Likely).map(|e| e.kind.family()).collect();
    if families.len() >= 2 { Confidence::Certain } else { best }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(kind: Kind, strength: Confidence) -> Evidence {
        let source = "x:1".to_owned();
        Evidence {
            kind,
            source,
            saw: String::new(),
            strength: Sure(strength),
            times: None,
            first: None,
            last: None,
            remark: None,
        }
    }

    #[test]
    fn two_independent_kinds_make_certain() {
        use Confidence::{Certain, Hint, Likely};
        assert_eq!(confidence(&[piece(Kind::Zone, Likely), piece(Kind::Zone, Likely)]), Likely);
        assert_eq!(confidence(&[piece(Kind::Zone, Likely), piece(Kind::Dns, Likely)]), Likely);
        assert_eq!(confidence(&[piece(Kind::Zone, Likely), piece(Kind::Ledger, Likely)]), Certain);
        assert_eq!(confidence(&[piece(Kind::Zone, Hint), piece(Kind::Ledger, Likely)]), Likely);
    }
}
