//! Zones in other forms than a master file: Route 53's JSON, `dnsconfig.js` of DNSControl, octoDNS's YAML. Each is turned
//! into a master file, so that there is one reader of records.
//!
//! What a master file can't say (an alias at the apex, a value that is computed) makes the zone incomplete: then only
//! changes are written from it.

mod dnscontrol;
mod octodns;
mod route53;

use super::{Options, Zone, no_include, parse};
use crate::error::{Error, Result};
use std::fmt::Write as _;

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
}

/// A zone that was read from any form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    /// The zone.
    pub zone: Zone,
    /// Whether everything could be said as records.
    pub complete: bool,
    /// The master file that it was turned into.
    pub text: String,
}

impl Draft {
    fn new(domain: &str) -> Self {
        let domain = domain.trim_end_matches('.').to_ascii_lowercase();
        Self { text: format!("$ORIGIN {domain}.\n"), domain, lines: Vec::new(), complete: true }
    }

    /// Adds a record; `owner` is absolute with a dot, or relative, or `@`. What can't stand on one line is left out.
    fn add(&mut self, line: u64, owner: &str, ttl: u64, rtype: &str, value: &str) {
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
        let mut zone = parse(self.text.as_bytes(), options).map_err(|e| {
            let mut e = Error::input(e.message).in_file(path);
            e = e.hint("export it again, or give the zone as a master file (BIND)");
            e
        })?;
        for (record, line) in zone.records.iter_mut().zip(&self.lines) {
            record.line = *line;
        }
        Ok(Turned { zone, complete: self.complete, text: self.text })
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
/// With file and line when it can't be read.
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
