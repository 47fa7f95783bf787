//! Zones in other forms than a master file: Route 53's JSON, `dnsconfig.js` of DNSControl, octoDNS's YAML. Each is turned
//! into a master file, so that there is one reader of records.
//!
//! What a master file can't say (an alias at the apex, a value that is computed) makes the zone incomplete: then only
//! changes are written from it.

mod dnscontrol;
mod octodns;
mod route53;

use super::bounds::{LONGEST, RECORDS};
use super::parse::salvage;
use super::{Options, Zone, no_include};
use crate::error::{Error, Result};
use std::fmt::Write as _;

/// From this length on nothing more is added to the master file.
const TEXT: u64 = 2 * LONGEST;

/// Which form a zone has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `aws route53 list-resource-record-sets`.
    Route53,
    /// `dnsconfig.js`.
    DnsControl,
    /// octoDNS's YAML.
    OctoDns,
}

/// A zone while it is being turned.
#[derive(Debug, Default)]
struct Draft {
    domain: String,
    text: String,
    /// The line in the source of each record; 0: not known.
    lines: Vec<u64>,
    complete: bool,
    /// What is wrong with the file behind what was read.
    damage: Option<Error>,
}

/// A zone that was read from any form.
#[derive(Debug, Clone)]
pub struct Turned {
    /// The zone.
    pub zone: Zone,
    /// Whether everything could be said as records.
    pub complete: bool,
    /// The master file that it was turned into.
    pub text: String,
    /// What is wrong with it; the records that can be read are there.
    pub damage: Option<Error>,
}

impl Draft {
    fn new(domain: &str) -> Self {
        let domain = domain.trim_end_matches('.').to_ascii_lowercase();
        Self { text: format!("$ORIGIN {domain}.\n"), domain, lines: Vec::new(), complete: true, damage: None }
    }

    /// Adds a record; `owner` is absolute with a dot, or relative, or `@`. What can't stand on one line is left out.
    fn add(&mut self, line: u64, owner: &str, ttl: u64, rtype: &str, value: &str) {
        // A record too many, which the reader of master files refuses, is enough; values grow by the signs that they need.
        if self.lines.len() > RECORDS || self.text.len() as u64 > TEXT {
            self.complete = false;
            return;
        }
        let sound = |s: &str| !s.is_empty() && !s.chars().any(char::is_control);
        let word = |s: &str| sound(s) && !s.contains([' ', ';', '(', ')', '"']);
        if !word(owner) || !word(rtype) || !sound(value) || owner.starts_with('$') {
            self.complete = false;
            return;
        }
        let _ = writeln!(self.text, "{owner} {ttl} IN {rtype} {value}");
        self.lines.push(line);
    }

    fn finish(self, path: &str) -> Result<Turned> {
        let options = Options { path, origin: Some(&self.domain), include: &no_include };
        let (mut zone, damage) = salvage(self.text.as_bytes(), options)?;
        let damage = damage.map(|e| {
            // Its line is that of the record in the source.
            let at = e.at.and_then(|at| self.lines.get(usize::try_from(at.line?).ok()?.checked_sub(2)?).copied());
            let e = Error::input(e.message).in_file(path);
            let e = match at.filter(|line| *line > 0) {
                Some(line) => e.at(path, line),
                None => e,
            };
            e.hint("export it again, or give the zone as a master file (BIND)")
        });
        // Each record of the draft is a line, the first one is the origin's.
        for record in &mut zone.records {
            let at = usize::try_from(record.line).unwrap_or(0).saturating_sub(2);
            record.line = self.lines.get(at).copied().unwrap_or(0);
        }
        let damage = self.damage.or(damage);
        Ok(Turned { zone, complete: self.complete && damage.is_none(), text: self.text, damage })
    }
}

/// A quoted string of a master file.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for (n, b) in text.bytes().enumerate() {
        if n > 0 && n % 255 == 0 {
            out.push_str("\" \"");
        }
        match b {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(b));
            }
            0x20..0x7f => out.push(char::from(b)),
            _ => {
                let _ = write!(out, "\\{b:03}");
            }
        }
    }
    out.push('"');
    out
}

/// The form of a text that is no JSON, if it is one of these.
pub fn form(text: &str) -> Option<Form> {
    let lines = || text.lines().map(str::trim_start).take(2000);
    let calls = |name: &str| lines().any(|l| l.starts_with(name) && l[name.len()..].trim_start().starts_with('('));
    let js = lines().any(|l| ["D(\"", "D('", "D_EXTEND(", "D (\""].iter().any(|p| l.starts_with(p)))
        || (calls("NewRegistrar") || calls("NewDnsProvider") || text.contains("NewRegistrar("));
    if js && (text.contains("D(") || text.contains("D_EXTEND(")) {
        return Some(Form::DnsControl);
    }
    octodns::is(text).then_some(Form::OctoDns)
}

/// Reads the zones of a file in one of these forms.
///
/// # Errors
/// With file and line when nothing of it can be read.
pub fn zones(form: Form, text: &str, path: &str, origin: Option<&str>) -> Result<Vec<Turned>> {
    let drafts = match form {
        Form::Route53 => route53::zones(text, path)?,
        Form::DnsControl => dnscontrol::zones(text, path)?,
        Form::OctoDns => octodns::zones(text, path, origin)?,
    };
    drafts.into_iter().map(|d| d.finish(path)).collect()
}

#[cfg(test)]
mod tests;
