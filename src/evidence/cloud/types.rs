//! What is counted of each type of resource.

use crate::evidence::{Amount, Counts, Input, Kind, Place, Signal, Sink};
use std::collections::BTreeMap;

/// The most types that are told apart.
const TYPES: usize = 10_000;

/// What one type of resource adds up to.
#[derive(Debug, Default)]
struct Sum {
    count: u64,
    bytes: Option<u64>,
    monthly: Option<Amount>,
}

/// All types of one list.
#[derive(Debug, Default)]
pub(super) struct Types {
    all: BTreeMap<String, Sum>,
    /// Resources whose type is only told in words for people ("Virtual machine").
    untold: u64,
    /// They are to be made: nothing proves that they stand.
    pub(super) planned: bool,
}

impl Types {
    /// One resource of the type `what`.
    pub(super) fn add(&mut self, what: &str, bytes: Option<u64>) {
        if what.is_empty() || what.len() > 200 || what.chars().any(char::is_control) {
            return;
        }
        if self.all.len() >= TYPES && !self.all.contains_key(what) {
            return;
        }
        let sum = self.all.entry(what.to_owned()).or_default();
        sum.count += 1;
        if let Some(bytes) = bytes {
            sum.bytes = Some(sum.bytes.unwrap_or(0).saturating_add(bytes));
        }
    }

    /// One resource by what a table says of it: its ARN, its type, or its type in words for people.
    pub(super) fn listed(&mut self, said: &str) {
        let is_type = |t: &str| {
            t.bytes().all(|b| b.is_ascii_graphic())
                && (t.contains("::") || t.split_once('/').is_some_and(|(space, _)| space.contains('.')))
        };
        match arn_type(said) {
            Some(what) => self.add(&what, None),
            None if is_type(said) => self.add(said, None),
            None => self.untold += u64::from(!said.is_empty()),
        }
    }

    /// What the service `what` cost.
    pub(super) fn cost(&mut self, what: &str, amount: &Amount) {
        if what.is_empty() || what.len() > 200 || self.all.len() >= TYPES {
            return;
        }
        let sum = self.all.entry(what.to_owned()).or_default();
        sum.count += 1;
        match &mut sum.monthly {
            Some(old) => old.cents = old.cents.saturating_add(amount.cents),
            None => sum.monthly = Some(amount.clone()),
        }
    }

    /// Offers them all; `months` is how many months the costs are of.
    pub(super) fn offer(self, kind: Kind, about: &Input<'_>, months: u64, sink: &mut dyn Sink) -> Counts {
        let mut counts = Counts::default();
        let (mut resources, mut matched) = (0, 0);
        for (what, sum) in &self.all {
            resources += sum.count;
            let monthly =
                sum.monthly.clone().map(|a| Amount { cents: a.cents / i64::try_from(months.max(1)).unwrap_or(1), ..a });
            let signal = Signal::Resource { what, count: sum.count, bytes: sum.bytes, monthly, planned: self.planned };
            if sink.offer(kind, Place { path: about.path, line: None }, &signal) {
                matched += sum.count;
            }
        }
        if self.untold > 0 {
            // Which resources they are can't be told, but the list is the cloud's own.
            let told = BTreeMap::from([("resources".to_owned(), self.untold)]);
            let signal = Signal::Export { name: None, counts: &told, last: None };
            resources += self.untold;
            matched += if sink.offer(kind, Place { path: about.path, line: None }, &signal) { self.untold } else { 0 };
        }
        counts.add("resources", resources);
        counts.add("types", self.all.len() as u64);
        counts.add("matched", matched);
        counts
    }
}

/// The kind of a resource, without region, account and name: `arn:aws:s3:::bucket` → `arn:aws:s3:::`,
/// `arn:aws:rds:us-east-1:1234:db:name` → `arn:aws:rds:::db:`.
pub(super) fn arn_type(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, service, _, _, resource] = parts[..] else { return None };
    // A kind stands before a slash or a colon; a bare name is the resource's own.
    let kind = resource.find(['/', ':']).map_or("", |at| &resource[..=at]);
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/' | b':'));
    (partition.starts_with("aws") && plain(partition) && plain(service) && plain(kind))
        .then(|| format!("arn:{partition}:{service}:::{kind}"))
}
