//! `--redact`: what leaves the team names no people, addresses, amounts or accounts.

use crate::catalog::Catalog;
use crate::evidence::Kind;
use crate::evidence::host::of_company;
use crate::evidence::zone::is_below;
use crate::inventory::{Corrections, Inventory};
use std::collections::BTreeMap;

/// Takes out, consistently, what could point at people: what people wrote, names of files, payees, and of names in DNS all
/// but the part that a company registered.
pub fn redact(inventory: &mut Inventory, catalog: &Catalog) {
    let hidden = Hidden::of(inventory);
    inventory.group.name = "group".into();
    for (source, path) in inventory.sources.iter_mut().zip(&hidden.files) {
        source.path.clone_from(path);
        source.reason = source.reason.as_deref().map(|r| hidden.within(r));
    }
    for zone in &mut inventory.zones {
        zone.domain = hidden.host(&zone.domain);
        zone.source = hidden.file(&zone.source);
    }
    for (n, service) in inventory.services.iter_mut().enumerate() {
        service.yearly_cost = None;
        service.note = None;
        service.accounts = None;
        service.bytes = None;
        // A service that people wrote in has the name that they gave it.
        match catalog.service(&service.id) {
            Some(known) => service.name.clone_from(&known.name),
            None => {
                let id = format!("service-{}", n + 1);
                for named in inventory.conflicts.iter_mut().flat_map(|c| &mut c.services).filter(|s| **s == service.id)
                {
                    named.clone_from(&id);
                }
                service.name.clone_from(&id);
                service.id = id;
            }
        }
        for e in &mut service.evidence {
            e.source = hidden.file(&e.source);
            e.saw = hidden.saw(e.kind, &e.saw);
        }
    }
    for u in &mut inventory.unrecognized {
        u.source = hidden.file(&u.source);
        u.saw = hidden.saw(u.kind, &u.saw);
    }
    inventory.corrections = Corrections::default();
    inventory.group.domains = (1..=hidden.domains.len()).map(own).collect();
}

/// What stands for the group's domain of this number.
fn own(n: usize) -> String {
    format!("domain-{n}.example")
}

/// What stands for what.
struct Hidden {
    domains: Vec<String>,
    /// In the order of the sources.
    files: Vec<String>,
    by_path: BTreeMap<String, String>,
}

impl Hidden {
    fn of(inventory: &Inventory) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut files = Vec::new();
        let mut by_path = BTreeMap::new();
        for source in &inventory.sources {
            let kind = source.kind.id();
            let n = counts.entry(kind).or_default();
            *n += 1;
            let name = format!("{kind}-{n}");
            by_path.entry(source.path.clone()).or_insert_with(|| name.clone());
            files.push(name);
        }
        let domains = inventory.group.domains.iter().map(|d| d.to_ascii_lowercase()).collect();
        Self { domains, files, by_path }
    }

    /// `PATH`, or `PATH:LINE`.
    fn file(&self, source: &str) -> String {
        if let Some(name) = self.by_path.get(source) {
            return name.clone();
        }
        let line =
            source.rsplit_once(':').filter(|(_, line)| !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()));
        match line.and_then(|(path, line)| Some((self.by_path.get(path)?, line))) {
            Some((name, line)) => format!("{name}:{line}"),
            None => "…".into(),
        }
    }

    /// A sentence in which a file or a domain may be named.
    fn within(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (path, name) in self.by_path.iter().rev() {
            out = out.replace(path.as_str(), name);
        }
        let word =
            |w: &str| if w.contains('@') || self.of_group(w).is_some() { "…".to_owned() } else { w.to_owned() };
        out.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    /// The number of the group's domain that a text names.
    fn of_group(&self, text: &str) -> Option<usize> {
        let text = text.to_ascii_lowercase();
        self.domains.iter().position(|d| text.contains(d.as_str())).map(|n| n + 1)
    }

    /// What stood there: of records and pages the type and whose names they are; payees, apps and all else are the group's own
    /// business.
    fn saw(&self, kind: Kind, saw: &str) -> String {
        if !matches!(kind, Kind::Zone | Kind::Dns | Kind::Html | Kind::Site | Kind::Har) {
            return "…".into();
        }
        let mut words: Vec<String> = Vec::new();
        for (n, word) in saw.split_whitespace().enumerate() {
            let (tag, rest) = word.split_once(':').map_or(("", word), |(tag, rest)| (tag, rest));
            let kept =
                if n == 0 && word.len() <= 12 && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
                    word.to_owned()
                } else if rest.contains('.') && !word.contains(['@', '/', '=']) {
                    let tag = if tag.is_empty() { String::new() } else { format!("{tag}:") };
                    tag + &self.host(rest)
                } else {
                    "…".to_owned()
                };
            if kept != "…" || words.last().is_none_or(|last| last != "…") {
                words.push(kept);
            }
        }
        words.join(" ")
    }

    /// Of a name only what a registry gave to a company; the group's own domains have a number.
    fn host(&self, name: &str) -> String {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if let Some(n) = self.domains.iter().position(|d| is_below(&name, d)) {
            return own(n + 1);
        }
        // A domain that is named for the group is as good as its name.
        match of_company(&name).filter(|of| self.of_group(of).is_none()) {
            Some(of) if of == name => of.to_owned(),
            Some(of) => format!("….{of}"),
            None => "…".into(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn hidden() -> Hidden {
        let inventory = serde_json::from_value(serde_json::json!({
            "schema": "decamp/inventory/1", "group": {"name": "Casa", "domains": ["casa-abierta.example"]},
            "sources": [{"path": "evidence/Ana Flores.mbox", "kind": "mbox", "care": "private"}],
            "zones": [], "services": [], "unrecognized": [],
        }));
        Hidden::of(&inventory.unwrap())
    }

    #[test]
    fn of_names_in_dns_only_the_company_stays() {
        let hidden = hidden();
        let saw = |s: &str| hidden.saw(Kind::Zone, s);
        assert_eq!(saw("MX 1 casaabierta-example.mail.protection.outlook.com."), "MX … ….outlook.com");
        assert_eq!(saw("CNAME ana-flores.wordpress.com."), "CNAME ….wordpress.com");
        assert_eq!(saw("TXT owner=Ana Flores"), "TXT …");
        assert_eq!(saw("TXT include:_spf.google.com"), "TXT include:….google.com");
        assert_eq!(saw("CNAME www.casa-abierta.example."), "CNAME domain-1.example");
        assert_eq!(hidden.saw(Kind::Ledger, "ZOOM.US ANA"), "…");
    }

    #[test]
    fn files_are_called_by_their_kind() {
        let hidden = hidden();
        assert_eq!(hidden.file("evidence/Ana Flores.mbox:12"), "mbox-1:12");
        assert_eq!(hidden.file("evidence/Ana Flores.mbox"), "mbox-1");
        assert_eq!(hidden.file("evidence/other"), "…");
        assert_eq!(hidden.within("evidence/Ana Flores.mbox is cut; ask a@b.c"), "mbox-1 is cut; ask …");
    }
}
