//! The services' signs, compiled for look-up: a name or a payee in, the services it speaks for out.

mod pieces;
mod rules;

use super::Catalog;
use super::model::{Confidence, ExportShape, Fingerprint, MemberState, Sourced};
use super::pattern::NamePattern;
use super::payee::{self, PayeePattern, Words};
use super::ranges::Ranges;
use crate::evidence::Kind;
use crate::evidence::exports::{self, Shape, Shapes};
use crate::evidence::people;
use crate::evidence::table::{full_name, plain_name};
use rules::{Names, PayeeRule, Payees, Rule, Texts, add_distinct};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

/// A kind of sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sign {
    /// A mail exchanger.
    Mx,
    /// A name server.
    Ns,
    /// An alias's target.
    Cname,
    /// A SRV target.
    Srv,
    /// A domain in SPF.
    Spf,
    /// A report address's domain.
    Dmarc,
    /// A third-party host of a page.
    Web,
    /// A site of an account, or a sender.
    Domain,
    /// The domain of an address whose mailbox lies there.
    Mailbox,
    /// What mail of the group went through.
    Through,
}

impl Sign {
    /// What such a sign gives at most.
    pub fn confidence(self) -> Confidence {
        match self {
            Self::Spf | Self::Domain | Self::Mailbox | Self::Through => Confidence::Likely,
            _ => Confidence::Certain,
        }
    }
}

/// A service that a sign speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its id.
    pub service: String,
    /// How sure the sign is.
    pub confidence: Confidence,
    /// Which of the service's needs it shows (empty: all).
    pub needs: Vec<String>,
    /// What is doubtful about the sign.
    pub remark: Option<&'static str>,
}

/// The pattern has no source.
pub const UNVERIFIED: &str = "unverified pattern";
/// An address of what stands in front of sites: where the site itself is stays unknown.
pub const FRONT: &str = "origin unknown: it only stands in front of the site";
/// An address of a service's machines.
pub const RANGE: &str = "only an address range: whose machine it is, not what runs there";

/// Names of services that are words of every day, in English or Spanish.
const EVERYDAY: [&str; 18] = [
    "APPLE",
    "BOX",
    "CLASSY",
    "GUSTO",
    "HUSTLE",
    "INTERCOM",
    "MIRO",
    "MONDAY",
    "NOTION",
    "OTTER",
    "REV",
    "SIGNAL",
    "SPOKE",
    "SQUARE",
    "STRIPE",
    "X",
    "AWS",
    "DISCOURSE",
];

/// Names that a sentence may mean otherwise when it writes them small (`give each other some slack`).
const ORDINARY: [&str; 10] =
    ["CONFLUENCE", "DISCORD", "DOODLE", "MAILMAN", "MESSENGER", "MOBILIZE", "OUTLOOK", "SLACK", "TEAMS", "ZOOM"];

/// Shorter names are not looked for with a space more or less.
const SHORT: usize = 6;

/// The compiled signs.
#[derive(Debug, Default)]
pub struct Index {
    names: BTreeMap<Sign, Names>,
    txt: Texts,
    dkim: Texts,
    payees: Payees,
    exports: HashMap<String, Hit>,
    /// Names of services and apps, by their words.
    apps: HashMap<String, Hit>,
    /// Other names that people say, by their words.
    said: HashMap<String, Hit>,
    /// All of those names, their words written together, and with a space between.
    joined: HashMap<String, String>,
    /// Types of cloud resources.
    resources: Texts,
    /// How services' own exports look.
    shapes: Shapes,
    ranges: Ranges,
    /// What an address in a service's ranges gives.
    addresses: FxHashMap<String, Hit>,
    /// Names, relative to a zone, whose addresses are looked at: `@` and what the needs ask for.
    asked: BTreeSet<String>,
}

impl Index {
    /// Compiles a catalog. Patterns that can't be read are passed over: [`super::check`] names them.
    pub fn new(catalog: &Catalog) -> Self {
        let mut index = Self::default();
        for (id, item) in &catalog.services {
            for name in [&item.value.name, id] {
                let own = Hit { service: id.clone(), confidence: Confidence::Likely, needs: Vec::new(), remark: None };
                index.name_app(name, own);
            }
            for fingerprint in &item.value.fingerprints {
                index.add(id, fingerprint);
            }
        }
        for (service, text) in &catalog.ranges {
            // A bad line is named by `catalog check`; the lines before it hold.
            let _ = index.ranges.add(service, text);
            // Whose machine it is says that something runs there, not what.
            let compute = catalog.service(service).is_some_and(|s| s.needs.iter().any(|n| n == "compute"));
            let needs = if compute { vec!["compute".to_owned()] } else { Vec::new() };
            index.addresses.insert(service.clone(), in_range(service, needs));
        }
        index.ranges.finish();
        for (id, hit) in &mut index.addresses {
            // What stands in front of sites.
            if catalog.service(id).is_some_and(|s| s.ask_first.contains_key("website")) {
                hit.remark = Some(FRONT);
            }
        }
        index.asked.insert("@".to_owned());
        for item in catalog.needs.values() {
            index.asked.extend(item.value.ask.iter().map(|n| n.to_ascii_lowercase()));
        }
        index
    }

    fn add(&mut self, id: &str, f: &Fingerprint) {
        let hit = |default: Confidence| {
            let cap = if f.sourced == Sourced::None { Confidence::Hint } else { Confidence::Certain };
            let confidence = default.min(f.strength.unwrap_or(Confidence::Certain)).min(cap);
            let unverified = f.sourced == Sourced::None;
            let remark = unverified.then_some(UNVERIFIED);
            Hit { service: id.to_owned(), confidence, needs: f.needs.clone(), remark }
        };
        for (sign, list) in [
            (Sign::Mx, &f.mx),
            (Sign::Ns, &f.ns),
            (Sign::Cname, &f.cname),
            (Sign::Srv, &f.srv),
            (Sign::Spf, &f.spf),
            (Sign::Dmarc, &f.dmarc),
            (Sign::Web, &f.web),
            (Sign::Domain, &f.domain),
            (Sign::Mailbox, &f.mailbox),
            (Sign::Through, &f.mail_through),
        ] {
            for pattern in list.iter().filter_map(|p| NamePattern::new(p).ok()) {
                let rule = Rule { pattern, name: f.name.clone(), hit: hit(sign.confidence()) };
                self.names.entry(sign).or_default().add(rule);
            }
        }
        for text in &f.txt {
            self.txt.rules.push(Rule { pattern: text.clone(), name: f.name.clone(), hit: hit(Confidence::Likely) });
        }
        for selector in &f.dkim {
            self.dkim.rules.push(Rule { pattern: selector.clone(), name: None, hit: hit(Confidence::Certain) });
        }
        let vetoes: Vec<Vec<String>> = f.payee_not.iter().map(|v| payee::words(v)).collect();
        let tails: Vec<Vec<String>> = f.payee_tail.iter().map(|t| payee::words(t)).collect();
        for pattern in f.payee.iter().filter_map(|p| PayeePattern::new(p).ok()) {
            self.payees.add(PayeeRule {
                pattern,
                vetoes: vetoes.clone(),
                tails: tails.clone(),
                hit: hit(Confidence::Likely),
            });
        }
        for cidr in &f.address {
            let _ = self.ranges.add_one(id, cidr);
            self.addresses.entry(id.to_owned()).or_insert_with(|| in_range(id, f.needs.clone()));
        }
        for kind in &f.export_kind {
            self.exports.insert(kind.clone(), hit(Confidence::Certain));
            for shape in &f.shape {
                self.shapes.0.extend(compiled(shape, kind));
            }
        }
        for app in &f.app {
            let hit = hit(Confidence::Likely);
            self.name_app(app, hit);
        }
        for name in &f.said {
            let words = payee::words(name);
            self.joined.entry(words.concat()).or_insert_with(|| words.join(" "));
            let hit = hit(Confidence::Likely);
            self.said.entry(words.join(" ")).or_insert(hit);
        }
        for what in &f.resource {
            self.resources.rules.push(Rule { pattern: what.clone(), name: None, hit: hit(Confidence::Certain) });
        }
    }

    /// The first that has a name keeps it.
    fn name_app(&mut self, name: &str, hit: Hit) {
        let words = payee::words(name);
        if !words.is_empty() {
            self.joined.entry(words.concat()).or_insert_with(|| words.join(" "));
            self.apps.entry(words.join(" ")).or_insert(hit);
        }
    }

    /// Services whose pattern fits `name` (lower case); `owner` is the record's, relative to its zone.
    pub fn name(&self, sign: Sign, name: &str, owner: Option<&str>) -> Vec<&Hit> {
        let mut found = Vec::new();
        if let Some(names) = self.names.get(&sign) {
            names.fitting(name, owner, |r| add_distinct(&r.hit, &mut found));
        }
        found
    }

    /// Services whose token stands in a TXT record.
    pub fn txt(&self, value: &str, owner: &str) -> Vec<&Hit> {
        let mut found = Vec::new();
        self.txt.fitting(value, Some(owner), |r| add_distinct(&r.hit, &mut found));
        found
    }

    /// Services that sign with a DKIM selector.
    pub fn dkim(&self, selector: &str) -> Vec<&Hit> {
        let mut found = Vec::new();
        self.dkim.fitting(selector, None, |r| add_distinct(&r.hit, &mut found));
        found
    }

    /// Services that a payee stands for. A ledger has many, so `words` is memory for cutting it, and what is found is put
    /// into `found` in place of what it held.
    pub fn payee<'s>(&'s self, payee: &str, words: &mut Words, found: &mut Vec<&'s Hit>) {
        found.clear();
        if self.payees.may_fit(payee) {
            words.set(payee);
            self.payees.hits(words, found);
        }
    }

    /// The service whose own export a kind of file is.
    pub fn export(&self, kind: &str) -> Option<&Hit> {
        self.exports.get(kind)
    }

    /// The service of an app, or of a name that people say: word by word.
    pub fn app(&self, name: &str) -> Option<&Hit> {
        let mut words = payee::words(name);
        // `Zoom for Google Workspace`, `Slack app`: what stands behind says where it runs.
        for _ in 0..4 {
            if let Some(hit) = self.apps.get(&words.join(" ")) {
                return Some(hit);
            }
            let at = words.iter().rposition(|w| matches!(w.as_str(), "FOR" | "APP" | "PARA"));
            match at {
                Some(at) if at > 0 => words.truncate(at),
                _ => return None,
            }
        }
        None
    }

    /// The services that a sentence names: all of it, or names as runs of its words. A name that is an everyday word counts
    /// only when it stands alone; one that may be an ordinary word is a hint unless it is written as a name.
    pub fn said(&self, text: &str) -> Vec<Hit> {
        if let Some(hit) = self.app(text) {
            return vec![hit.clone()];
        }
        let words = payee::words(text);
        let mut found: Vec<Hit> = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let longest = (1..=4.min(words.len() - at)).rev().find_map(|n| {
                let name = words[at..at + n].join(" ");
                let plain = n == 1 && EVERYDAY.contains(&name.as_str());
                let hit = self.said.get(&name).or_else(|| self.apps.get(&name)).filter(|_| !plain);
                hit.or_else(|| self.written_otherwise(&words[at..at + n])).map(|hit| (n, name, hit))
            });
            let Some((n, name, hit)) = longest else {
                at += 1;
                continue;
            };
            at += n;
            let mut hit = hit.clone();
            if ORDINARY.contains(&name.as_str()) && !is_named(text, &name) {
                hit.confidence = Confidence::Hint;
            }
            match found.iter_mut().find(|h| h.service == hit.service) {
                Some(old) if old.confidence < hit.confidence => *old = hit,
                Some(_) => {}
                None => found.push(hit),
            }
        }
        found
    }

    /// The service whose name has the same letters, with a space more or less: `Mail Chimp`, `Squarespace`, `GSuite`.
    fn written_otherwise(&self, words: &[String]) -> Option<&Hit> {
        let name = self.joined.get(&words.concat()).filter(|n| n.len() >= SHORT)?;
        // A word of every day is no longer one when it is cut in two.
        let hit = self.said.get(name).or_else(|| self.apps.get(name));
        hit.filter(|_| !EVERYDAY.contains(&name.as_str()) && !ORDINARY.contains(&name.as_str()))
    }

    /// The service of a type of cloud resource: of the patterns that fit, the one that says most.
    pub fn resource(&self, what: &str) -> Option<&Hit> {
        let literal = |p: &str| p.bytes().filter(|b| *b != b'*').count();
        let mut best: Option<(usize, &Hit)> = None;
        self.resources.fitting(what, None, |r| {
            let says = literal(&r.pattern);
            if best.is_none_or(|(most, _)| says >= most) {
                best = Some((says, &r.hit));
            }
        });
        best.map(|(_, hit)| hit)
    }

    /// How services' own exports look.
    pub fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    /// The service that an address may belong to, for names whose purpose is known.
    pub fn address(&self, address: IpAddr, owner: &str) -> Option<&Hit> {
        if !self.asked.contains(owner) {
            return None;
        }
        self.addresses.get(self.ranges.find(address)?)
    }

    /// The names below a domain that `--dns` asks for: what the needs name, and selectors and owners of the signs.
    pub fn asked(&self) -> BTreeSet<String> {
        let literal = |text: &String| !text.contains('*');
        let mut names = self.asked.clone();
        names.extend(
            self.dkim.rules.iter().map(|r| &r.pattern).filter(|p| literal(p)).map(|s| format!("{s}._domainkey")),
        );
        let named =
            self.names.values().flat_map(Names::owners).chain(self.txt.rules.iter().filter_map(|r| r.name.as_ref()));
        names.extend(named.filter(|n| literal(n)).cloned());
        names
    }
}

/// What an address in a service's ranges gives, when these needs are all that it can show.
fn in_range(service: &str, needs: Vec<String>) -> Hit {
    Hit { service: service.to_owned(), confidence: Confidence::Hint, needs, remark: Some(RANGE) }
}

/// A shape as the readers use it.
fn compiled(shape: &ExportShape, kind: &str) -> Option<Shape> {
    let plain = |list: &[String]| list.iter().map(|n| plain_name(n)).collect::<Vec<_>>();
    let json = !shape.keys.is_empty();
    Some(Shape {
        kind: Kind::of(kind)?,
        columns: shape.columns.iter().map(|n| exports::column(n)).collect(),
        keys: shape.keys.clone(),
        title: shape.title.as_deref().map(plain_name),
        foot: shape.foot.iter().map(|f| full_name(f)).collect(),
        counts: shape.counts.clone(),
        rows: shape.rows.clone(),
        dates: if json { shape.dates.clone() } else { plain(&shape.dates) },
        ledger: shape.ledger,
        resources: shape.resources.as_deref().map(plain_name),
        people: shape.people.as_ref().map(|p| people::Columns {
            address: plain(&p.address),
            name: plain(&p.name),
            list: p.list.as_deref().map(plain_name),
            title: p.title.as_deref().map(str::to_lowercase),
            state: p.state.as_deref().map(plain_name),
            states: p.states.iter().map(|(word, state)| (plain_name(word), state_of(*state))).collect(),
            all: p.all.map(state_of),
            file_begins: p.file_begins.clone(),
        }),
    })
}

fn state_of(state: MemberState) -> people::State {
    match state {
        MemberState::Owner => people::State::Owner,
        MemberState::Moderator => people::State::Moderator,
        MemberState::Member => people::State::Member,
        MemberState::Subscribed => people::State::Subscribed,
        MemberState::Unsubscribed => people::State::Unsubscribed,
        MemberState::Cleaned => people::State::Cleaned,
    }
}

/// Whether the word stands somewhere in the text as names are written.
fn is_named(text: &str, word: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.any(|w| w.starts_with(char::is_uppercase) && w.eq_ignore_ascii_case(word))
}
