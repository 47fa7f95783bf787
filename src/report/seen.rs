//! What the evidence itself shows of what stops when accounts close: for `breaks.md`.

use crate::evidence::Kind;
use crate::inventory::{Found, Inventory};
use serde_json::{Value, json};

/// Names of services by how they were seen, and what nobody could name. Nothing here names a person.
pub(super) fn seen(inventory: &Inventory) -> Value {
    let by = |fits: &dyn Fn(&Found) -> bool| -> Vec<&str> {
        inventory.services.iter().filter(|s| fits(s)).map(|s| s.name.as_str()).collect()
    };
    let of = |s: &Found, kinds: &[Kind]| s.evidence.iter().any(|e| kinds.contains(&e.kind));
    let says = |s: &Found, starts: &[&str]| s.evidence.iter().any(|e| starts.iter().any(|w| e.saw.starts_with(w)));
    let grants = [Kind::GoogleOauth, Kind::M365Apps];
    // The console is not entered by its own sign-in.
    let sign_in = by(&|s| of(s, &grants) && says(s, &["app "]));
    let apps: Vec<&str> = inventory
        .unrecognized
        .iter()
        .filter(|u| grants.contains(&u.kind))
        .filter_map(|u| u.saw.strip_prefix("app "))
        .take(40)
        .collect();
    let page = by(&|s| of(s, &[Kind::Html, Kind::Site, Kind::Har]));
    let senders = by(&|s| {
        s.evidence.iter().any(|e| {
            matches!(e.kind, Kind::Zone | Kind::Dns) && (e.saw.contains("include:") || e.saw.contains("._domainkey"))
        })
    });
    let accounts = by(&|s| of(s, &[Kind::Logins]));
    let paid = by(&|s| s.yearly_cost.is_some());
    let unnamed: Vec<&str> =
        inventory.unrecognized.iter().filter(|u| !grants.contains(&u.kind)).map(|u| u.saw.as_str()).take(40).collect();
    let any = [&sign_in, &apps, &page, &senders, &accounts, &paid, &unnamed].iter().any(|l| !l.is_empty());
    json!({"any": any, "sign_in": sign_in, "apps": apps, "page": page, "senders": senders, "accounts": accounts,
        "paid": paid, "unnamed": unnamed})
}
