//! What a zone checker (`named-checkzone -i local`) would refuse: such a zone is not written anew, only its changes.

use super::{Data, Record, Zone, is_below};
use std::collections::{BTreeMap, BTreeSet};

/// Why a name server would refuse the zone; empty when it would not.
pub fn refusals(zone: &Zone) -> Vec<String> {
    let index = Index::new(zone);
    let mut found = Vec::new();
    index.apex(zone, &mut found);
    index.aliases(zone, &mut found);
    index.targets(zone, &mut found);
    host_names(zone, &mut found);
    index.delegations(zone, &mut found);
    found
}

struct Index<'a> {
    names: BTreeMap<String, Vec<&'a Record>>,
}

impl<'a> Index<'a> {
    fn new(zone: &'a Zone) -> Self {
        let mut names: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
        for record in &zone.records {
            if is_below(&record.key(), &zone.name) {
                names.entry(record.key()).or_default().push(record);
            }
        }
        Self { names }
    }

    fn apex(&self, zone: &Zone, found: &mut Vec<String>) {
        let count =
            |rtype: &str| self.names.get(&zone.name).map_or(0, |all| all.iter().filter(|r| r.rtype == rtype).count());
        match count("SOA") {
            0 => found.push("there is no SOA record at the apex".into()),
            1 => {}
            n => found.push(format!("there are {n} SOA records")),
        }
        if count("NS") == 0 {
            found.push("there is no NS record at the apex".into());
        }
    }

    /// A name with a CNAME has nothing else (RFC 2181 §10.1).
    fn aliases(&self, zone: &Zone, found: &mut Vec<String>) {
        for (name, records) in &self.names {
            let targets: BTreeSet<&str> =
                records.iter().filter(|r| r.rtype == "CNAME").filter_map(|r| r.data.target()).collect();
            if targets.is_empty() {
                continue;
            }
            let shown = super::relative(name, &zone.name);
            if targets.len() > 1 {
                found.push(format!("`{shown}` has {} different CNAME records", targets.len()));
            }
            let others = records.iter().any(|r| !matches!(r.rtype.as_str(), "CNAME" | "RRSIG" | "NSEC" | "KEY"));
            if others {
                found.push(format!("`{shown}` has a CNAME record beside other records"));
            }
        }
    }

    /// Name servers inside the zone must have an address and must not be aliases. (Targets of MX and SRV without an
    /// address are remarked on, not refused.)
    fn targets(&self, zone: &Zone, found: &mut Vec<String>) {
        for record in zone.records.iter().filter(|r| r.rtype == "NS") {
            let Some(target) = record.data.target().filter(|t| !t.is_empty() && is_below(t, &zone.name)) else {
                continue;
            };
            let there = self.lookup(target, &zone.name);
            let owner = record.relative(&zone.name);
            if there.iter().any(|r| r.rtype == "CNAME") {
                found.push(format!("the name server `{target}` of `{owner}` is an alias"));
            } else if !there.iter().any(|r| matches!(r.rtype.as_str(), "A" | "AAAA")) {
                found.push(format!("`{target}`, the name server of `{owner}`, has no address"));
            }
        }
    }

    /// Names below a delegation may hold only its glue.
    fn delegations(&self, zone: &Zone, found: &mut Vec<String>) {
        for (name, records) in &self.names {
            let cut = *name != zone.name && records.iter().any(|r| r.rtype == "NS");
            if cut && records.iter().any(|r| r.rtype == "CNAME" || r.rtype == "SOA") {
                found.push(format!("`{}` is delegated and has other records", super::relative(name, &zone.name)));
            }
        }
    }

    /// The records of `name`, or those of the wildcard that covers it.
    fn lookup(&self, name: &str, zone: &str) -> Vec<&Record> {
        if let Some(records) = self.names.get(name) {
            return records.clone();
        }
        for parent in parents(name, zone).chain(std::iter::once(zone)) {
            if let Some(records) = self.names.get(&format!("*.{parent}")) {
                return records.clone();
            }
            if self.names.contains_key(parent) {
                break;
            }
        }
        Vec::new()
    }
}

/// The names between `name` and the apex, nearest first, `name` left out, the apex left out.
fn parents<'n>(name: &'n str, zone: &'n str) -> impl Iterator<Item = &'n str> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let (_, parent) = rest.split_once('.')?;
        rest = parent;
        (parent != zone && is_below(parent, zone)).then_some(parent)
    })
}

/// Owners of addresses and targets of MX must be host names (RFC 952, RFC 1123); BIND refuses others.
fn host_names(zone: &Zone, found: &mut Vec<String>) {
    for record in &zone.records {
        let key = record.key();
        match &record.data {
            Data::Address(_) if !is_host(key.strip_prefix("*.").unwrap_or(&key)) => {
                found.push(format!("`{}` has an address but is not a host name", record.relative(&zone.name)));
            }
            Data::Mx { target, .. } if !target.is_empty() && !is_host(target) => {
                found.push(format!("the mail exchanger `{target}` is not a host name"));
            }
            _ => {}
        }
    }
}

fn is_host(name: &str) -> bool {
    name == "*"
        || name.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const HEAD: &str = "$ORIGIN t.example.\n@ 60 SOA ns.invalid. h.invalid. 1 2 3 4 5\n@ NS ns.invalid.\n";

    fn refused(text: &str) -> Vec<String> {
        let text = format!("{HEAD}{text}");
        let options = super::super::Options { path: "t", origin: None, include: &super::super::no_include };
        refusals(&super::super::parse(text.as_bytes(), options).unwrap())
    }

    #[test]
    fn sound_zones_pass() {
        assert_eq!(
            refused("@ MX 1 mail\nmail A 192.0.2.1\n* CNAME @\n_dmarc TXT x\n_a._tcp SRV 0 0 1 mail\n"),
            Vec::<String>::new()
        );
        assert_eq!(refused("@ MX 1 nowhere\n"), Vec::<String>::new());
        assert_eq!(refused("@ MX 0 .\nsub NS ns.sub\nns.sub A 192.0.2.1\n@ MX 5 a.sub\n"), Vec::<String>::new());
    }

    #[test]
    fn what_bind_refuses_is_refused() {
        for text in [
            "@ CNAME x.example.net.\n",
            "a CNAME b.example.net.\na CNAME c.example.net.\n",
            "@ NS nowhere\n",
            "a_b A 192.0.2.1\n",
            "@ SOA a. b. 1 2 3 4 5\n",
            "@ MX 1 under_score.example.net.\n",
            "sub NS alias\nalias CNAME x.example.net.\n",
        ] {
            assert!(!refused(text).is_empty(), "{text}");
        }
    }
}
