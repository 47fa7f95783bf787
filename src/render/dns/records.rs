//! Records that the new software wants, as its file in `playbooks/services/` lists them.

use super::{AFTER, Change, Work, text};
use crate::catalog::model::{DnsRecord, RecordType, Sourced};
use crate::evidence::zone::lex::Token;
use crate::evidence::zone::{Data, Record};
use crate::plan::Assignment;
use crate::render::zonefile::{record, txt, words};

impl Work<'_> {
    /// Adds what the software of a move wants in the DNS, as far as its settings are known.
    pub(super) fn wanted(&mut self, a: &Assignment, provider: &str) {
        let job = self.job;
        let Some(service) = a.to.as_deref().and_then(|to| job.catalog.service(to)) else { return };
        let fits = |r: &&DnsRecord| {
            r.sourced != Sourced::None
                && (r.needs.is_empty() || r.needs.contains(&a.need))
                && r.when.iter().all(|(key, value)| {
                    job.settings.text(job.catalog, provider, key).as_deref() == Some(value.as_str())
                })
        };
        for wanted in service.records.iter().filter(fits) {
            if let Some(value) = self.filled(&wanted.value, provider) {
                self.want(wanted, &value);
            }
        }
    }

    /// The value with its settings; none when one is not known.
    fn filled(&self, value: &str, provider: &str) -> Option<String> {
        let mut filled = String::new();
        let mut rest = value;
        while let Some((before, after)) = rest.split_once('{') {
            let (key, after) = after.split_once('}')?;
            let (key, part) = key.split_once('.').unwrap_or((key, ""));
            let said = self.job.settings.text(self.job.catalog, provider, key)?;
            filled.push_str(before);
            filled.push_str(match part {
                "host" => host_and_path(&said)?.0,
                "path" => host_and_path(&said)?.1,
                _ => said.trim_end_matches('.'),
            });
            rest = after;
        }
        filled.push_str(rest);
        Some(filled)
    }

    fn want(&mut self, wanted: &DnsRecord, value: &str) {
        let zone = self.job.zone;
        let owner = if wanted.name == "@" { zone.name.clone() } else { format!("{}.{}", wanted.name, zone.name) };
        let rtype = wanted.rtype.name();
        let tokens = tokens(wanted.rtype, value);
        let new = record(zone, &owner, AFTER, rtype, &tokens);
        if matches!(new.data, Data::Other) && wanted.rtype != RecordType::Caa {
            self.out.warnings.push(text(
                &format!("`{}` {rtype} was left out: `{value}` is no value for it.", wanted.name),
                &format!("`{}` {rtype} quedó fuera: `{value}` no es un valor para ese registro.", wanted.name),
            ));
            return;
        }
        let key = new.key();
        let standing: Vec<Record> =
            self.after.iter().flatten().chain(&self.added_after).filter(|r| r.key() == key).cloned().collect();
        if standing.iter().any(|r| r.rtype == rtype && r.rdata() == new.rdata()) {
            return;
        }
        // An alias stands alone (RFC 1034 §3.6.2).
        let alias = |r: &Record| r.rtype == "CNAME";
        if standing.iter().any(|r| alias(r) != alias(&new)) {
            self.out.warnings.push(text(
                &format!("`{}` {rtype} was left out: the name has other records already.", wanted.name),
                &format!("`{}` {rtype} quedó fuera: ese nombre ya tiene otros registros.", wanted.name),
            ));
            return;
        }
        let same_type = |r: &Record| r.key() == key && r.rtype == rtype;
        let places: Vec<usize> =
            (0..zone.records.len()).filter(|i| self.after[*i].as_ref().is_some_and(same_type)).collect();
        match wanted.rtype {
            // Where programs looked until now is the old place.
            RecordType::Srv | RecordType::Cname if !places.is_empty() => {
                self.replace(&places, rtype, &[new.rdata()], wanted.says.clone());
            }
            // What a group says of itself there already, it has said for a reason.
            RecordType::Txt | RecordType::Caa if !places.is_empty() => {}
            _ => {
                if wanted.early {
                    self.added_before.push(new.clone());
                }
                let shown = if wanted.rtype == RecordType::Txt { value.to_owned() } else { new.rdata() };
                self.added_after.push(new);
                self.out.changes.push(Change {
                    what: "add",
                    step: if wanted.early { 1 } else { 2 },
                    name: wanted.name.clone(),
                    rtype: rtype.into(),
                    old: Vec::new(),
                    new: vec![shown],
                    why: wanted.says.clone(),
                    ..Change::default()
                });
            }
        }
    }
}

/// A record's value as tokens of a master file; in a TXT value nothing is a quotation mark.
fn tokens(rtype: RecordType, value: &str) -> Vec<Token> {
    if rtype == RecordType::Txt {
        return txt(value);
    }
    let bare = |t: Token| match t.text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
        Some(inner) => Token { text: inner.to_owned(), quoted: true },
        None => t,
    };
    words(value).into_iter().map(bare).collect()
}

/// `https://nube.example.org/x/` → `nube.example.org` and `/x`, when no port is named.
fn host_and_path(address: &str) -> Option<(&str, &str)> {
    let rest = address.strip_prefix("https://")?.split(['?', '#']).next()?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    crate::group::is_domain(host).then(|| (host, path.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_taken_from_an_address_of_the_web() {
        assert_eq!(host_and_path("https://nube.example.org/n/"), Some(("nube.example.org", "/n")));
        assert_eq!(host_and_path("https://nube.example.org"), Some(("nube.example.org", "")));
        assert_eq!(host_and_path("https://nube.example.org:8443/"), None);
        assert_eq!(host_and_path("nube.example.org"), None);
    }

    #[test]
    fn quotation_marks_make_a_quoted_string() {
        let all = tokens(RecordType::Caa, "0 issue \"ca.example\"");
        assert_eq!(all.iter().map(|t| t.quoted).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(tokens(RecordType::Txt, "v=STSv1; id=1").len(), 1);
    }
}
