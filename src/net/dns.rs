//! `--dns`: asks a resolver for the names that the catalog needs, and writes the answers as a zone.
//!
//! "There is no such record" and "there was no answer" are told apart; the second is named, never taken for the first.

use crate::error::{Error, Result};
use crate::render::quote;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, Record, RecordType};
use hickory_resolver::{Resolver, TokioResolver};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long all look-ups together may take.
const DEADLINE: Duration = Duration::from_secs(120);
/// How long a look-up that got no answer may take the second time.
const AGAIN: Duration = Duration::from_secs(4);
/// How many SPF look-ups a receiver makes at most (RFC 7208 §4.6.4).
const SPF_LOOKUPS: usize = 10;
/// The most records that are kept of one answer.
const ANSWERS: usize = 200;

/// What a resolver said.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// A master file; never the whole zone.
    pub zone: String,
    /// Look-ups that got no answer: `NAME TYPE`.
    pub unknown: Vec<String>,
}

enum Answer {
    Records(Vec<Record>),
    None,
    Unknown,
}

struct Asker {
    resolver: TokioResolver,
    domain: String,
    deadline: Instant,
    lines: BTreeSet<(String, String)>,
    /// What got no answer: owner, full name, type.
    unknown: Vec<(String, String, RecordType)>,
    /// Values that names which nobody has answer too.
    wild: BTreeSet<String>,
}

/// Asks for `names` below `domain`.
///
/// # Errors
/// When no resolver can be used, or none of the look-ups got an answer.
pub fn look_up(domain: &str, names: &[String], resolver: Option<SocketAddr>) -> Result<Found> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::machine(format!("could not start the resolver: {e}")))?;
    runtime.block_on(async {
        let mut asker = Asker {
            resolver: build(resolver)?,
            domain: domain.to_owned(),
            deadline: Instant::now() + DEADLINE,
            lines: BTreeSet::new(),
            unknown: Vec::new(),
            wild: BTreeSet::new(),
        };
        asker.all(names).await?;
        Ok(asker.finish())
    })
}

pub(super) fn build(address: Option<SocketAddr>) -> Result<TokioResolver> {
    let failed = |e: &dyn std::fmt::Display| {
        Error::machine(format!("no resolver can be used: {e}")).hint("name one with --resolver ADDR:PORT")
    };
    let mut builder = match address {
        Some(address) => {
            let with_port = |mut c: ConnectionConfig| {
                c.port = address.port();
                c
            };
            let mut server = NameServerConfig::udp_and_tcp(address.ip());
            server.connections = std::mem::take(&mut server.connections).into_iter().map(with_port).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
            Resolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
        None => Resolver::builder_tokio().map_err(|e| failed(&e))?,
    };
    let options: &mut ResolverOpts = builder.options_mut();
    options.timeout = Duration::from_secs(3);
    options.attempts = 2;
    options.use_hosts_file = hickory_resolver::config::ResolveHosts::Never;
    builder.build().map_err(|e| failed(&e))
}

impl Asker {
    async fn all(&mut self, names: &[String]) -> Result<()> {
        let apex = self.domain.clone();
        for kind in [RecordType::SOA, RecordType::NS] {
            self.take("@", &apex, kind).await;
        }
        if self.unknown.len() == 2 {
            return Err(Error::machine(format!("no answer about `{apex}`")).hint(
                "is this machine connected, and is the resolver the right one? name one with --resolver ADDR:PORT",
            ));
        }
        for kind in [RecordType::MX, RecordType::TXT, RecordType::A, RecordType::AAAA, RecordType::CAA] {
            self.take("@", &apex, kind).await;
        }
        // The DS record stands at the parent; it decides how the name servers may be changed.
        self.take("@", &apex, RecordType::DS).await;
        self.wildcards().await;
        for name in names.iter().filter(|n| *n != "@") {
            self.name(name).await;
        }
        self.again().await;
        self.senders().await;
        Ok(())
    }

    async fn name(&mut self, name: &str) {
        let full = format!("{name}.{}", self.domain);
        let kinds: &[RecordType] = if name.contains("._tcp") || name.contains("._udp") {
            &[RecordType::SRV]
        } else if name.starts_with('_') || name.contains("._") {
            &[RecordType::TXT]
        } else {
            &[RecordType::A, RecordType::AAAA]
        };
        let alias = self.lookup(&full, RecordType::CNAME).await;
        let aliased = matches!(alias, Answer::Records(_));
        self.keep(name, alias, &full, RecordType::CNAME);
        for kind in kinds.iter().filter(|_| !aliased) {
            self.take(name, &full, *kind).await;
        }
    }

    /// Asks once more, and shortly, for what got no answer: one lost packet is no silence.
    async fn again(&mut self) {
        for (name, full, kind) in std::mem::take(&mut self.unknown) {
            let answer = tokio::time::timeout(AGAIN, self.lookup(&full, kind)).await.unwrap_or(Answer::Unknown);
            self.keep(&name, answer, &full, kind);
        }
    }

    /// Asks for names that nobody has: what is answered for them says nothing when other names answer it too.
    async fn wildcards(&mut self) {
        for scope in ["*", "*._domainkey", "*._tcp"] {
            let full = format!("{}.{}", scope.replace('*', "decamp-asks-for-a-wildcard"), self.domain);
            for kind in
                [RecordType::CNAME, RecordType::A, RecordType::AAAA, RecordType::TXT, RecordType::MX, RecordType::SRV]
            {
                let answer = self.lookup(&full, kind).await;
                let aliased = kind == RecordType::CNAME && matches!(answer, Answer::Records(_));
                let before = self.lines.clone();
                self.keep(scope, answer, &full, kind);
                let new: Vec<String> = self.lines.difference(&before).map(|(_, value)| value.clone()).collect();
                self.wild.extend(new);
                if aliased {
                    break;
                }
            }
        }
    }

    /// Follows SPF within its limit of look-ups; records of the group's own names are kept, others only counted.
    async fn senders(&mut self) {
        let mut queue: Vec<String> =
            self.lines.iter().filter(|(n, _)| n == "@").flat_map(|(_, v)| includes(v)).collect();
        let mut seen = BTreeSet::new();
        let mut count = 0;
        while let Some(next) = queue.pop() {
            if !seen.insert(next.clone()) || count >= SPF_LOOKUPS {
                continue;
            }
            count += 1;
            let Answer::Records(records) = self.lookup(&next, RecordType::TXT).await else { continue };
            let own = next.strip_suffix(&format!(".{}", self.domain)).map(str::to_owned);
            for record in records {
                let Some((_, value)) = shown(&record.data) else { continue };
                queue.extend(includes(&value));
                if let Some(own) = &own {
                    self.lines.insert((own.clone(), format!("TXT {value}")));
                }
            }
        }
    }

    async fn take(&mut self, name: &str, full: &str, kind: RecordType) {
        let answer = self.lookup(full, kind).await;
        self.keep(name, answer, full, kind);
    }

    /// Keeps the records of an answer; whether there were any.
    fn keep(&mut self, name: &str, answer: Answer, full: &str, kind: RecordType) -> bool {
        match answer {
            Answer::Records(records) => {
                let before = self.lines.len();
                let own = |r: &&Record| {
                    r.name.to_ascii().trim_end_matches('.').eq_ignore_ascii_case(full) && r.record_type() == kind
                };
                for record in records.iter().filter(own).take(ANSWERS) {
                    let Some((rtype, value)) = shown(&record.data) else { continue };
                    let value = format!("{rtype} {value}");
                    if name == "@" || !self.wild.contains(&value) {
                        self.lines.insert((name.to_owned(), value));
                    }
                }
                self.lines.len() > before
            }
            Answer::None => false,
            Answer::Unknown => {
                self.unknown.push((name.to_owned(), full.to_owned(), kind));
                false
            }
        }
    }

    async fn lookup(&self, name: &str, kind: RecordType) -> Answer {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Answer::Unknown;
        }
        match tokio::time::timeout(left, self.resolver.lookup(format!("{name}."), kind)).await {
            Ok(Ok(found)) => {
                let records: Vec<Record> = found.answers().iter().take(ANSWERS).cloned().collect();
                if records.is_empty() { Answer::None } else { Answer::Records(records) }
            }
            Ok(Err(e)) if e.is_no_records_found() || e.is_nx_domain() => Answer::None,
            _ => Answer::Unknown,
        }
    }

    fn finish(self) -> Found {
        let mut zone = format!(
            "; answers of a resolver about {0}: not the whole zone, only the names that were asked for\n$ORIGIN {0}.\n$TTL 3600\n",
            self.domain
        );
        for (name, value) in &self.lines {
            zone.push_str(&format!("{name}\tIN\t{}\n", value.replacen(' ', "\t", 1)));
        }
        let unknown: Vec<String> = self.unknown.iter().map(|(_, full, kind)| format!("{full} {kind}")).collect();
        for name in &unknown {
            zone.push_str(&format!("; no answer: {name}\n"));
        }
        Found { zone, unknown }
    }
}

/// Type and value as a master file writes them, for the types that are asked for.
fn shown(data: &RData) -> Option<(&'static str, String)> {
    let name = |n: &hickory_resolver::proto::rr::Name| n.to_ascii();
    Some(match data {
        RData::A(a) => ("A", a.0.to_string()),
        RData::AAAA(a) => ("AAAA", a.0.to_string()),
        RData::NS(n) => ("NS", name(&n.0)),
        RData::CNAME(n) => ("CNAME", name(&n.0)),
        RData::MX(mx) => ("MX", format!("{} {}", mx.preference, name(&mx.exchange))),
        RData::SRV(s) => ("SRV", format!("{} {} {} {}", s.priority, s.weight, s.port, name(&s.target))),
        RData::SOA(s) => (
            "SOA",
            format!(
                "{} {} {} {} {} {} {}",
                name(&s.mname),
                name(&s.rname),
                s.serial,
                s.refresh,
                s.retry,
                s.expire,
                s.minimum
            ),
        ),
        RData::TXT(t) => {
            let bytes: Vec<u8> = t.txt_data.iter().flat_map(|piece| piece.iter().copied()).collect();
            ("TXT", quote::zone::quote(&String::from_utf8_lossy(&bytes)).ok()?)
        }
        RData::CAA(c) => ("CAA", c.to_string()),
        // Carried as RFC 3597 writes what is not looked into.
        RData::Unknown { code: RecordType::DS, rdata } => {
            let hex = rdata.anything.iter().fold(String::new(), |hex, b| format!("{hex}{b:02x}"));
            ("DS", format!("\\# {} {hex}", hex.len() / 2))
        }
        _ => return None,
    })
}

/// Domains that an SPF record includes.
fn includes(value: &str) -> Vec<String> {
    let clean = value.trim_start_matches("TXT ").replace('"', "");
    if !clean.to_ascii_lowercase().starts_with("v=spf1") {
        return Vec::new();
    }
    let domains = clean.split_ascii_whitespace().filter_map(|t| {
        let bare = t.trim_start_matches(['+', '-', '~', '?']);
        bare.strip_prefix("include:").or_else(|| bare.strip_prefix("redirect="))
    });
    domains.filter(|d| crate::group::is_domain(&d.replace('_', "a"))).map(str::to_ascii_lowercase).collect()
}
