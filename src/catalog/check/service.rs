//! What is wrong with a service: needs and formats that nobody knows, signs that match too much, examples that do not hold.

use super::Checker;
use crate::catalog::index::{Hit, Index};
use crate::catalog::model::{Confidence, Example, Fingerprint, ImapAccess, MailSecret, Service, ServiceKind};
use crate::catalog::pattern::NamePattern;
use crate::catalog::payee::{PayeePattern, Words};
use crate::evidence::zone;

impl Checker<'_> {
    pub(super) fn service(&mut self, index: &Index, id: &str, service: &Service) {
        let catalog = self.catalog;
        self.named(&service.name);
        for need in service.needs.iter().chain(service.exports.keys()).chain(service.imports.keys()) {
            self.known("need", need, catalog.needs.keys());
        }
        if let Some(operator) = &service.operator {
            self.known("operator", operator, catalog.operators.keys());
        } else if service.kind == ServiceKind::Hosted {
            self.add("name", "a hosted service needs an operator", Some("add `operator:`, or `kind: software`".into()));
        }
        for host in &service.hosts {
            self.known("operator", &host.operator, catalog.operators.keys());
            self.sourced(&host.operator, host.sourced, &host.source, &host.date);
        }
        for (need, routes) in service.exports.iter().chain(&service.imports) {
            for route in routes {
                self.sourced(need, route.sourced, &route.source, &route.date);
                let formats = catalog.need(need).map(|n| n.formats.clone()).unwrap_or_default();
                self.known(&format!("format of `{need}`"), &route.format, formats.iter());
                if let Some(imap) = &route.imap {
                    self.imap(imap);
                }
            }
        }
        for template in &service.templates {
            for provider in &template.providers {
                self.known("provider", provider, catalog.providers.keys());
            }
        }
        for fingerprint in &service.fingerprints {
            for need in &fingerprint.needs {
                self.known("need of the service", need, service.needs.iter());
            }
            self.fingerprint(fingerprint);
        }
        self.configuration(service);
        self.examples(index, id, service);
    }

    fn imap(&mut self, imap: &ImapAccess) {
        if let Err(e) = NamePattern::new(&imap.host) {
            self.add(&imap.host, e, None);
        }
        if imap.secret == MailSecret::Token && imap.token.is_none() {
            self.add("secret", "nothing says where the token is had", Some("say it under `token:`".into()));
        }
        if let Some(blocked) = &imap.blocked {
            self.sourced("blocked", blocked.sourced, &blocked.source, &blocked.date);
        }
        for folder in &imap.renamed {
            let simple = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric());
            if !simple(&folder.to) || !simple(&folder.word) || folder.from.contains('=') {
                self.add(&folder.from, "`to` and `word` are of letters and digits, and `from` holds no `=`", None);
            }
        }
    }

    fn fingerprint(&mut self, f: &Fingerprint) {
        self.sourced(&f.source, f.sourced, &f.source, &f.date);
        for name in [&f.mx, &f.ns, &f.cname, &f.srv, &f.spf, &f.dmarc, &f.web, &f.domain].into_iter().flatten() {
            if let Err(e) = NamePattern::new(name) {
                self.add(name, e, Some("see \"Patterns\" in playbooks/README.md".into()));
            }
        }
        for payee in &f.payee {
            if let Err(e) = PayeePattern::new(payee) {
                self.add(payee, e, None);
            }
        }
        for txt in &f.txt {
            let unnamed = f.name.as_deref().is_none_or(|n| n.trim_matches('*').len() < 3);
            if unnamed && txt.trim_matches('*').len() < 3 {
                self.add(
                    txt,
                    format!("the TXT pattern `{txt}` matches nearly everything"),
                    Some("add `name:` or more letters".into()),
                );
            }
        }
        for cidr in &f.address {
            if crate::catalog::ranges::span(cidr).is_none() {
                self.add(cidr, format!("`{cidr}` is not a CIDR range"), None);
            }
        }
    }

    fn examples(&mut self, index: &Index, id: &str, service: &Service) {
        let Some(examples) = &service.examples else {
            if !service.fingerprints.is_empty() {
                self.add(
                    "fingerprints",
                    "the service has signs but no examples",
                    Some("add `examples:` with `matches` and `not`".into()),
                );
            }
            return;
        };
        for example in &examples.matches {
            if !hits(index, example).is_ok_and(|h| h.iter().any(|h| h.service == id)) {
                self.add(value(example), format!("the example `{}` does not match", value(example)), None);
            }
        }
        for example in &examples.not {
            match hits(index, example) {
                Ok(h) if h.iter().any(|h| h.service == id && h.confidence > Confidence::Hint) => {
                    self.add(value(example), format!("the example `{}` matches, and must not", value(example)), None);
                }
                Ok(_) => {}
                Err(e) => self.add(value(example), e, None),
            }
        }
    }
}

fn value(example: &Example) -> &str {
    match example {
        Example::Zone(v) | Example::Web(v) | Example::Payee(v) | Example::Domain(v) => v,
    }
}

/// What an example's evidence yields.
fn hits(index: &Index, example: &Example) -> Result<Vec<Hit>, String> {
    use crate::catalog::index::Sign;
    let cloned = |hits: Vec<&Hit>| hits.into_iter().cloned().collect();
    match example {
        Example::Web(host) => Ok(cloned(index.name(Sign::Web, &host.to_ascii_lowercase(), None))),
        Example::Payee(payee) => {
            let mut hits = Vec::new();
            index.payee(payee, &mut Words::default(), &mut hits);
            Ok(cloned(hits))
        }
        Example::Domain(host) => Ok(cloned(index.name(Sign::Domain, &host.to_ascii_lowercase(), None))),
        Example::Zone(line) => {
            let options = zone::Options { path: "example", origin: Some("example.org"), include: &zone::no_include };
            let zone = zone::parse(line.as_bytes(), options)
                .map_err(|e| format!("the example `{line}` is not a record: {}", e.message))?;
            Ok(zone
                .records
                .iter()
                .flat_map(|r| crate::catalog::signs::record_hits(index, r, &zone.name))
                .map(|(h, _)| h)
                .collect())
        }
    }
}
