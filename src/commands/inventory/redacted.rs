//! `--redact`: what leaves the team names no people, addresses, amounts or accounts.

use crate::evidence::Kind;
use crate::inventory::Inventory;

/// Takes out, consistently, what could point at people.
pub fn redact(inventory: &mut Inventory) {
    let domains = inventory.group.domains.clone();
    let hide = |text: &str| {
        let mut out = text.to_owned();
        for (i, domain) in domains.iter().enumerate() {
            out = out.replace(domain.as_str(), &format!("domain-{}.example", i + 1));
        }
        out.split(' ').map(|w| if w.contains('@') { "…@…" } else { w }).collect::<Vec<_>>().join(" ")
    };
    inventory.group.name = "group".into();
    for source in &mut inventory.sources {
        source.path = hide(&source.path);
    }
    for zone in &mut inventory.zones {
        zone.domain = hide(&zone.domain);
        zone.source = hide(&zone.source);
    }
    for service in &mut inventory.services {
        service.yearly_cost = None;
        service.note = None;
        service.accounts = None;
        service.bytes = None;
        for e in &mut service.evidence {
            e.source = hide(&e.source);
            // Payees and amounts of accounts are the group's own business.
            let open = matches!(
                e.kind,
                Kind::Zone | Kind::Dns | Kind::Html | Kind::Site | Kind::Har | Kind::GoogleOauth | Kind::M365Apps
            );
            e.saw = if open { hide(&e.saw) } else { "…".into() };
        }
    }
    for u in &mut inventory.unrecognized {
        u.source = hide(&u.source);
        u.saw = hide(&u.saw);
    }
    inventory.group.domains = (1..=domains.len()).map(|i| format!("domain-{i}.example")).collect();
}
