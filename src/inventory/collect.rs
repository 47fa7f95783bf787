//! Gathers what the readers offer: matches become findings, third parties that nobody knows are listed, all else is
//! forgotten at once.

use super::Unrecognized;
use super::gathered::Gathered;
use crate::catalog::index::{Hit, Index, Sign};
use crate::catalog::model::Confidence;
use crate::catalog::payee::Words;
use crate::catalog::signs::{pointers, registrable, shortened};
use crate::evidence::zone::is_below;
use crate::evidence::{Amount, Kind, Place, Signal, Sink, answers};
use jiff::civil::Date;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How sure a name makes a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Most {
    /// As its sign says.
    Own,
    /// Somebody was there; whether it is the group's, nobody knows.
    Hint,
    /// As sure as a working record, when the pattern has a source.
    Working,
}

/// The gatherer.
#[derive(Debug)]
pub struct Collector<'a> {
    index: &'a Index,
    domains: Vec<String>,
    /// By service.
    found: FxHashMap<String, usize>,
    gathered: Vec<Gathered>,
    /// Numbers of the files in which something was found; the last of them.
    files: HashMap<String, usize>,
    file: Option<(String, usize)>,
    /// The words of the last payee, and what they gave: memory for the next one's.
    words: Words,
    hits: Vec<&'a Hit>,
    /// Third parties that nobody knows.
    pub unrecognized: Vec<Unrecognized>,
    listed: BTreeSet<Unrecognized>,
    /// The last date of any ledger row.
    pub ledger_end: Option<Date>,
    /// The last date of any letter.
    pub mail_end: Option<Date>,
}

impl<'a> Collector<'a> {
    /// An empty one, for a group with these domains (lower case).
    pub fn new(index: &'a Index, domains: &[String]) -> Self {
        Self {
            index,
            domains: domains.iter().map(|d| registrable(d)).collect(),
            found: FxHashMap::default(),
            gathered: Vec::new(),
            files: HashMap::new(),
            file: None,
            words: Words::default(),
            hits: Vec::new(),
            unrecognized: Vec::new(),
            listed: BTreeSet::new(),
            ledger_end: None,
            mail_end: None,
        }
    }

    /// What was gathered, by service; takes it away.
    pub fn take(&mut self) -> impl Iterator<Item = (String, Gathered)> {
        let mut gathered = std::mem::take(&mut self.gathered);
        let mut found: Vec<(String, usize)> = std::mem::take(&mut self.found).into_iter().collect();
        found.sort_unstable();
        found.into_iter().map(move |(id, at)| (id, std::mem::take(&mut gathered[at])))
    }

    /// What is gathered about a service.
    fn gathered(&mut self, service: &str) -> &mut Gathered {
        let at = match self.found.get(service) {
            Some(at) => *at,
            None => {
                self.found.insert(service.to_owned(), self.gathered.len());
                self.gathered.push(Gathered::default());
                self.gathered.len() - 1
            }
        };
        &mut self.gathered[at]
    }

    /// The number of a file. Findings come in the order of files, so the last one is kept at hand.
    fn file(&mut self, path: &str) -> usize {
        if let Some((_, n)) = self.file.as_ref().filter(|(last, _)| last == path) {
            return *n;
        }
        let next = self.files.len();
        let n = *self.files.entry(path.to_owned()).or_insert(next);
        self.file = Some((path.to_owned(), n));
        n
    }

    /// Adds a finding that stands by itself.
    fn add(&mut self, kind: Kind, place: Place<'_>, hit: &Hit, saw: String) {
        self.gathered(&hit.service).add(kind, place, hit, saw, None);
    }

    /// Adds a finding, or counts it with those of the same file, kind and `key`.
    fn merge(
        &mut self,
        (kind, place): (Kind, Place<'_>),
        hit: &Hit,
        key: &str,
        date: Option<Date>,
        saw: impl FnOnce() -> String,
    ) -> &mut Gathered {
        let file = self.file(place.path);
        let gathered = self.gathered(&hit.service);
        gathered.merge((kind, place, file), hit, key, date, saw);
        gathered
    }

    fn list(&mut self, kind: Kind, place: Place<'_>, saw: String) {
        let entry = Unrecognized { kind, source: place.to_string(), saw };
        if self.listed.insert(entry.clone()) {
            self.unrecognized.push(entry);
        }
    }

    fn payee(
        &mut self,
        kind: Kind,
        place: Place<'_>,
        payee: &str,
        date: Option<Date>,
        amount: Option<&Amount>,
    ) -> bool {
        self.ledger_end = self.ledger_end.max(date);
        let index = self.index;
        let mut hits = std::mem::take(&mut self.hits);
        index.payee(payee, &mut self.words, &mut hits);
        for hit in &hits {
            // A payee's reference numbers differ from row to row: one entry a ledger is enough.
            let key = if date.is_some() { "" } else { &masked(payee) };
            let gathered = self.merge((kind, place), hit, key, date, || masked(payee));
            if let (Some(date), Some(amount)) = (date, amount) {
                gathered.payments.add(date, amount);
            }
        }
        self.hits = hits;
        !self.hits.is_empty()
    }

    /// Adds every service that `name` speaks for, at most as sure as `most`; whether there is one.
    fn named(
        &mut self,
        at: (Kind, Place<'_>),
        sign: Sign,
        name: &str,
        how: &str,
        date: Option<Date>,
        most: Most,
    ) -> bool {
        let index = self.index;
        let hits = index.name(sign, name, None);
        for hit in &hits {
            let sure = match most {
                Most::Hint => Confidence::Hint,
                Most::Working if hit.remark.is_none() => Confidence::Certain,
                Most::Own | Most::Working => hit.confidence,
            };
            let hit = if sure == hit.confidence {
                Cow::Borrowed(*hit)
            } else {
                Cow::Owned(Hit { confidence: sure, ..(*hit).clone() })
            };
            let saw = format!("{how} {}", shortened(name));
            self.merge(at, &hit, if date.is_some() && !at.0.is_mail() { "" } else { &saw }, date, || saw.clone());
        }
        !hits.is_empty()
    }

    fn host(&mut self, kind: Kind, place: Place<'_>, host: &str, how: &str) -> bool {
        if self.domains.iter().any(|d| is_below(host, d)) {
            return false;
        }
        let known = self.named((kind, place), Sign::Web, host, how, None, Most::Own);
        if !known {
            self.list(kind, place, format!("{how} {}", shortened(host)));
        }
        known
    }

    fn users(&mut self, kind: Kind, place: Place<'_>, accounts: u64, bytes: Option<u64>, largest: Option<u64>) -> bool {
        let index = self.index;
        let Some(hit) = index.export(kind.id()) else { return false };
        self.add(kind, place, hit, format!("{accounts} active accounts"));
        let gathered = self.gathered(&hit.service);
        gathered.accounts = Some(gathered.accounts.unwrap_or(0).max(accounts));
        gathered.bytes = gathered.bytes.max(bytes);
        gathered.largest = gathered.largest.max(largest);
        true
    }
}

impl Collector<'_> {
    fn app(&mut self, kind: Kind, place: Place<'_>, name: &str, users: Option<u64>) -> bool {
        let index = self.index;
        let Some(hit) = index.app(name) else {
            self.list(kind, place, format!("app {}", shortened(name)));
            return false;
        };
        let saw = format!("app {}", shortened(name));
        let gathered = self.merge((kind, place), hit, &saw, None, || saw.clone());
        gathered.accounts = gathered.accounts.max(users);
        true
    }

    /// A resource of a cloud; what is only planned is at most likely.
    fn resource(
        &mut self,
        (kind, place): (Kind, Place<'_>),
        what: &str,
        count: u64,
        bytes: Option<u64>,
        monthly: Option<&Amount>,
        most: Confidence,
    ) -> bool {
        let shown = shortened(what);
        let index = self.index;
        let Some(hit) = index.resource(what) else {
            self.list(kind, place, format!("resource {shown}"));
            return false;
        };
        let mut hit = hit.clone();
        hit.confidence = hit.confidence.min(most);
        self.add(kind, place, &hit, format!("{count} × {shown}"));
        let gathered = self.gathered(&hit.service);
        if let Some(bytes) = bytes {
            gathered.bytes = Some(gathered.bytes.unwrap_or(0).saturating_add(bytes));
        }
        if let Some(cost) = monthly {
            match &mut gathered.monthly {
                Some(sum) => sum.cents = sum.cents.saturating_add(cost.cents),
                None => gathered.monthly = Some(cost.clone()),
            }
        }
        true
    }

    fn said(&mut self, place: Place<'_>, question: &str, name: &str, accounts: Option<u64>) -> bool {
        let index = self.index;
        let hits = index.said(name);
        let saw = if question.is_empty() { "said so".to_owned() } else { format!("said so ({question})") };
        for hit in &hits {
            let gathered = self.merge((Kind::Answers, place), hit, &saw, None, || saw.clone());
            gathered.accounts = gathered.accounts.max(accounts);
        }
        // What was said stays in the answers: it may name a person. That something was said is told, with its line.
        if hits.is_empty() && asks_for_services(question) {
            self.list(Kind::Answers, place, format!("{saw}, and no service is known by that name"));
        }
        !hits.is_empty()
    }

    fn export(
        &mut self,
        kind: Kind,
        place: Place<'_>,
        name: Option<&str>,
        counts: &BTreeMap<String, u64>,
        last: Option<Date>,
    ) -> bool {
        let index = self.index;
        let Some(hit) = index.export(name.unwrap_or(kind.id())) else { return false };
        let told: Vec<String> = counts.iter().map(|(what, n)| format!("{n} {what}")).collect();
        let told = if told.is_empty() { "its own list".to_owned() } else { told.join(", ") };
        self.gathered(&hit.service).add(kind, place, hit, told, last);
        true
    }
}

impl Sink for Collector<'_> {
    fn offer(&mut self, kind: Kind, place: Place<'_>, signal: &Signal<'_>) -> bool {
        match signal {
            Signal::Record { record, zone } => {
                let mut any = false;
                for pointer in pointers(self.index, record, zone) {
                    for hit in &pointer.hits {
                        any = true;
                        self.add(kind, place, hit, pointer.saw.clone());
                    }
                    if pointer.hits.is_empty() && pointer.listed {
                        self.list(kind, place, pointer.saw);
                    }
                }
                any
            }
            Signal::Host { host, how } => self.host(kind, place, host, how),
            Signal::Payee { payee, date, amount } => self.payee(kind, place, payee, *date, amount.as_ref()),
            Signal::Newest { date } => {
                self.mail_end = self.mail_end.max(Some(*date));
                false
            }
            Signal::Sender { domain, letter, date } => {
                let most = if letter.is_account() { Most::Own } else { Most::Hint };
                let how = format!("{} from", letter.word());
                self.named((kind, place), Sign::Domain, domain, &how, *date, most)
            }
            Signal::Mailbox { domain, date } => {
                self.named((kind, place), Sign::Mailbox, domain, "mailbox at", *date, Most::Own)
            }
            Signal::Through { domain, date } => {
                self.named((kind, place), Sign::Through, domain, "own mail through", *date, Most::Own)
            }
            Signal::App { name, users } => self.app(kind, place, name, *users),
            Signal::Resource { what, count, bytes, monthly, planned } => {
                let most = if *planned { Confidence::Likely } else { Confidence::Certain };
                self.resource((kind, place), what, *count, *bytes, monthly.as_ref(), most)
            }
            Signal::Visited { host } => self.named((kind, place), Sign::Domain, host, "visited", None, Most::Hint),
            Signal::Said { question, name, accounts } => self.said(place, question, name, *accounts),
            Signal::Export { name, counts, last } => self.export(kind, place, *name, counts, *last),
            Signal::Login { host } => {
                // A service's own export that names its site there is as good as a working record.
                let most = if matches!(kind, Kind::Export(_)) { Most::Working } else { Most::Own };
                self.named((kind, place), Sign::Domain, host, "account at", None, most)
            }
            Signal::Users { accounts, bytes, largest, .. } => self.users(kind, place, *accounts, *bytes, *largest),
        }
    }
}

/// Whether a question (`04-files`; nothing: it is not known which) asks what a group uses.
fn asks_for_services(question: &str) -> bool {
    answers::number(question).map_or(question.is_empty(), |n| n <= answers::SERVICES)
}

/// A matched payee with long runs of digits (cards, phones, references) taken out.
fn masked(payee: &str) -> String {
    let mut out = String::new();
    // Digits with at most two marks between them are one number, and marks after it that may still be within it.
    let (mut digits, mut marks) = (String::new(), String::new());
    for c in payee.chars().chain(std::iter::once('\n')) {
        if c.is_ascii_digit() {
            digits.push_str(&std::mem::take(&mut marks));
            digits.push(c);
            continue;
        }
        if !digits.is_empty() && matches!(c, ' ' | '-' | '.' | '/' | '_' | '#' | '*') && marks.len() < 2 {
            marks.push(c);
            continue;
        }
        let count = digits.chars().filter(char::is_ascii_digit).count();
        out.push_str(if count >= 7 { "…" } else { &digits });
        out.push_str(&std::mem::take(&mut marks));
        digits.clear();
        if c != '\n' {
            out.push(c);
        }
    }
    let address = |w: &str| w.split_once('@').is_some_and(|(_, host)| host.contains('.'));
    let words: Vec<&str> = out.split_whitespace().map(|w| if address(w) { "…@…" } else { w }).collect();
    shortened(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_taken_out_of_payees() {
        assert_eq!(masked("ZOOM.US 888-799-9666 CA"), "ZOOM.US … CA");
        assert_eq!(masked("SLACK T02 4111 1111 1111 1111"), "SLACK T…");
        assert_eq!(masked("NOTION LABS #4111 #1111 #1111 #1113"), "NOTION LABS #…");
        assert_eq!(masked("ADOBE 4111/1111/1111/1111 US"), "ADOBE … US");
        assert_eq!(masked("MAILCHIMP *MISC 41 11 11 11 11 11 11 11"), "MAILCHIMP *MISC …");
        assert_eq!(masked("AIRTABLE.COM ana.flores@gmail.com"), "AIRTABLE.COM …@…");
        assert_eq!(masked("AWS EMEA 2024"), "AWS EMEA 2024");
    }
}
