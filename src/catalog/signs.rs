//! What a DNS record says about services: the signs in it, and what must be shown when nobody knows them.

use crate::catalog::index::{Hit, Index, Sign};
use crate::evidence::zone::{Data, Record, is_below};

/// One thing a record points at, and whether it must be listed when no service claims it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// What was seen, for people.
    pub saw: String,
    /// The services that claim it.
    pub hits: Vec<Hit>,
    /// Third party, or a token: listed under `unrecognized` when `hits` is empty.
    pub listed: bool,
}

/// The registrable domain that a zone belongs to (`www.example.co.uk` → `example.co.uk`).
pub fn registrable(name: &str) -> String {
    psl::domain_str(name).unwrap_or(name).to_owned()
}

/// All that a record points at.
pub fn pointers(index: &Index, record: &Record, zone: &str) -> Vec<Pointer> {
    let own = registrable(zone);
    let owner = record.relative(zone);
    let outside = |name: &str| !name.is_empty() && !is_below(name, &own) && !is_below(name, zone);
    let named = |sign: Sign, target: &str| {
        let hits = if outside(target) { index.name(sign, target, Some(&owner)) } else { Vec::new() };
        vec![Pointer { saw: record.shown(), hits: hits.into_iter().cloned().collect(), listed: outside(target) }]
    };
    match &record.data {
        Data::Mx { target, .. } => named(Sign::Mx, target),
        Data::Ns(target) => named(Sign::Ns, target),
        Data::Cname(target) => named(Sign::Cname, target),
        Data::Srv { target, .. } => named(Sign::Srv, target),
        Data::Address(address) => {
            let hit = index.address(*address, &owner);
            vec![Pointer { saw: record.shown(), hits: hit.into_iter().cloned().collect(), listed: false }]
        }
        Data::Txt(value) => text(index, &owner, value, &outside),
        Data::Other => Vec::new(),
    }
}

/// The services that a record speaks for, with what was seen.
pub fn record_hits(index: &Index, record: &Record, zone: &str) -> Vec<(Hit, String)> {
    let all = pointers(index, record, zone);
    all.into_iter().flat_map(|p| p.hits.into_iter().map(move |h| (h, p.saw.clone()))).collect()
}

fn text(index: &Index, owner: &str, value: &str, outside: &dyn Fn(&str) -> bool) -> Vec<Pointer> {
    let lower = value.to_ascii_lowercase();
    if lower == "v=spf1" || lower.starts_with("v=spf1 ") {
        return spf(index, value, outside);
    }
    if lower.starts_with("v=dmarc1") || lower.starts_with("v=tlsrptv1") {
        let dmarc = lower.starts_with("v=dmarc1");
        return reports(index, value, dmarc, outside);
    }
    let tokens = || index.txt(value, owner).into_iter().cloned().collect::<Vec<_>>();
    let saw = format!("TXT {}", shortened(value));
    if let Some(selector) = selector(owner) {
        let mut hits: Vec<Hit> = index.dkim(selector).into_iter().cloned().collect();
        hits.extend(tokens());
        let saw = format!("TXT {selector}._domainkey (DKIM)");
        return vec![Pointer { saw, hits, listed: false }];
    }
    let policy = ["v=dkim1", "v=stsv1", "v=bimi1", "spf2.0/"].iter().any(|p| lower.starts_with(p));
    let listed = !policy && is_token(value);
    vec![Pointer { saw, hits: tokens(), listed }]
}

/// `google` of `google._domainkey` or `google._domainkey.sub`.
fn selector(owner: &str) -> Option<&str> {
    let at = owner.find("._domainkey")?;
    let rest = &owner[at + "._domainkey".len()..];
    (rest.is_empty() || rest.starts_with('.')).then(|| &owner[..at])
}

/// The domains of an SPF record (RFC 7208): `include` and `redirect` are third parties to be shown; `exists`, `a` and
/// `mx` only speak when somebody knows them.
fn spf(index: &Index, value: &str, outside: &dyn Fn(&str) -> bool) -> Vec<Pointer> {
    let mut found = Vec::new();
    for term in value.split_ascii_whitespace().skip(1).take(200) {
        let bare = term.trim_start_matches(['+', '-', '~', '?']);
        let Some((mechanism, domain)) = bare.split_once([':', '=']) else { continue };
        let mechanism = mechanism.to_ascii_lowercase();
        let domain = without_macros(domain);
        if domain.is_empty() {
            continue;
        }
        let listed = match mechanism.as_str() {
            "include" | "redirect" => true,
            "exists" | "a" | "mx" => false,
            _ => continue,
        };
        let third = outside(&domain);
        let hits = if third { index.name(Sign::Spf, &domain, None) } else { Vec::new() };
        found.push(Pointer {
            saw: format!("SPF {}", shortened(bare)),
            hits: hits.into_iter().cloned().collect(),
            listed: listed && third,
        });
    }
    found
}

/// The literal end of a domain with SPF macros: `%{i}._spf.mta.example` → `_spf.mta.example`; without prefix length.
fn without_macros(domain: &str) -> String {
    let domain = domain.split('/').next().unwrap_or_default();
    let tail = match domain.rfind(['}', '%']) {
        Some(at) => domain[at + 1..].split_once('.').map_or("", |(_, t)| t),
        None => domain,
    };
    tail.trim_matches('.').to_ascii_lowercase()
}

/// The domains of report addresses (RFC 7489 §6.3 `rua`, `ruf`; RFC 8460 §3 `rua`).
fn reports(index: &Index, value: &str, dmarc: bool, outside: &dyn Fn(&str) -> bool) -> Vec<Pointer> {
    let mut found: Vec<Pointer> = Vec::new();
    for tag in value.split(';').take(50) {
        let Some((name, list)) = tag.split_once('=') else { continue };
        let name = name.trim().to_ascii_lowercase();
        if name != "rua" && name != "ruf" {
            continue;
        }
        for uri in list.split(',').take(50) {
            let uri = uri.trim();
            let scheme = uri.get(..7).is_some_and(|s| s.eq_ignore_ascii_case("mailto:"));
            let Some(address) = scheme.then(|| &uri[7..]) else { continue };
            let address = address.split('!').next().unwrap_or_default();
            let Some((_, domain)) = address.rsplit_once('@') else { continue };
            let domain = domain.trim_end_matches('.').to_ascii_lowercase();
            if !outside(&domain) {
                continue;
            }
            let what = if dmarc { "DMARC" } else { "TLSRPT" };
            let saw = format!("{what} {name}=mailto:{}", shortened(address));
            if found.iter().any(|p| p.saw == saw) {
                continue;
            }
            let hits = index.name(Sign::Dmarc, &domain, None).into_iter().cloned().collect();
            found.push(Pointer { saw, hits, listed: dmarc });
        }
    }
    found
}

/// `name=value`, or anything with `-verification` in it.
fn is_token(value: &str) -> bool {
    if value.to_ascii_lowercase().contains("-verification") {
        return true;
    }
    let Some((name, rest)) = value.split_once('=') else { return false };
    // Base64 may end in `=`; a name is a word and a value is more than padding.
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && rest.trim_matches('=').chars().any(|c| !c.is_whitespace())
}

/// At most 200 characters, on one line.
pub fn shortened(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match clean.char_indices().nth(200) {
        Some((at, _)) => format!("{}…", &clean[..at]),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_from_noise() {
        for token in [
            "asv=93e4",
            "_globalsign-domain-verification=x",
            "citrix.mobile.ads.otp=k",
            "x-verification-abc",
            "did=did:plc:x",
        ] {
            assert!(is_token(token), "{token}");
        }
        for noise in ["n+rGfPXv0394s7Mav6==", "t35wwdky16ymmmcg", "https://github.com/a/b?x=1", "abc==", "=x"] {
            assert!(!is_token(noise), "{noise}");
        }
    }

    #[test]
    fn macros_are_cut_off() {
        assert_eq!(without_macros("%{i}._spf.mta.salesforce.com"), "_spf.mta.salesforce.com");
        assert_eq!(without_macros("_spf.google.com/24"), "_spf.google.com");
        assert_eq!(without_macros("%{d}"), "");
    }

    #[test]
    fn selectors() {
        assert_eq!(selector("google._domainkey"), Some("google"));
        assert_eq!(selector("k1._domainkey.news"), Some("k1"));
        assert_eq!(selector("x._domainkeys"), None);
    }

    #[test]
    fn registrable_domains() {
        assert_eq!(registrable("www.example.co.uk"), "example.co.uk");
        assert_eq!(registrable("co.uk"), "co.uk");
    }
}
