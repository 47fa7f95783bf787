//! What belongs to others is not taken for a service: domains drawn from a public list, and names that contain a
//! service's name.

use super::{files, playbook, services};
use crate::support::{Bench, ids, repository, zone};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

/// A company that has nothing to do with the catalog.
struct Stranger {
    domain: String,
    name: String,
}

/// Letters and digits in lower case.
fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn registrable(name: &str) -> String {
    psl::domain_str(name.trim_end_matches('.')).unwrap_or(name).to_ascii_lowercase()
}

/// Whether a name, or one above it, is among `domains`.
fn within(name: &str, domains: &BTreeSet<String>) -> bool {
    let above = name.match_indices('.').map(|(at, _)| &name[at + 1..]).filter(|n| n.contains('.'));
    domains.contains(&registrable(name)) || std::iter::once(name).chain(above).any(|n| domains.contains(n))
}

/// Registrable domains that the catalog names anywhere, and the bare names of its services and operators.
fn of_the_catalog() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut domains, mut names) = (BTreeSet::new(), BTreeSet::new());
    for folder in ["services", "operators", "providers"] {
        for path in files(&repository().join("playbooks").join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            let words =
                text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-')).map(|w| w.trim_matches('.'));
            domains.extend(words.filter(|w| w.contains('.') && w.len() > 3).map(registrable));
            names.insert(bare(playbook(&path)["name"].as_str().unwrap()));
        }
    }
    (domains, names)
}

/// The first 300 drawn ones that are not of the catalog.
fn strangers() -> Vec<Stranger> {
    let (domains, names) = of_the_catalog();
    let text = fs::read_to_string(repository().join("tests/catalog/drawn.tsv")).unwrap();
    let known =
        |name: &str| names.iter().any(|n| bare(name) == *n || (n.len() > 3 && bare(name).starts_with(n.as_str())));
    let drawn = text.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect::<Vec<_>>());
    drawn
        .filter(|row| !within(row[0], &domains) && !known(row[1]) && !known(row[2]))
        .take(300)
        .map(|row| Stranger { domain: row[0].to_owned(), name: row[1].to_owned() })
        .collect()
}

/// Evidence of every kind that names `domains`, and payees.
fn evidence(domains: &[String], payees: &[String]) -> Bench {
    let mut records = String::new();
    for (n, domain) in domains.iter().enumerate() {
        let label = registrable(domain).split('.').next().unwrap().to_owned();
        records.push_str(&format!(
            "m{n} IN MX 10 mail.{domain}.\nn{n} IN NS ns1.{domain}.\nc{n} IN CNAME custom.{domain}.\n_x._tcp.s{n} IN SRV 0 0 443 sip.{domain}.\n\
             t{n} IN TXT \"v=spf1 include:_spf.{domain} ~all\"\n_dmarc.t{n} IN TXT \"v=DMARC1; p=none; rua=mailto:a@{domain}\"\n\
             v{n} IN TXT \"{label}-domain-verification=abc123\"\nw{n} IN TXT \"{label}-site-verification=abc123\"\nx{n} IN TXT \"{label}=abc123\"\n"
        ));
    }
    let page: String = domains.iter().map(|d| format!("<script src=\"https://cdn.{d}/a.js\"></script>\n")).collect();
    let logins: String = domains.iter().map(|d| format!("{d},https://login.{d}/,ana,x\n")).collect();
    let ledger: String = payees.iter().map(|p| format!("2026-01-05,\"{}\",-10.00\n", p.replace('"', ""))).collect();
    Bench::group("casaabierta.example")
        .file("evidence/a.zone", zone(&records))
        .file("evidence/page.html", format!("<!doctype html><html><head>\n{page}</head><body></body></html>\n"))
        .file("evidence/chrome.csv", format!("name,url,username,password\n{logins}"))
        .file("evidence/bank.csv", format!("Date,Description,Amount\n{ledger}"))
}

fn reasons(made: &Value, at_least: &str) -> Vec<String> {
    let sure = ids(made, at_least);
    let services =
        made["services"].as_array().unwrap().iter().filter(|s| sure.contains(&s["id"].as_str().unwrap().to_owned()));
    services
        .map(|s| {
            let saw: Vec<&str> = s["evidence"].as_array().unwrap().iter().map(|e| e["saw"].as_str().unwrap()).collect();
            format!("{}: {}", s["id"], saw.join(" | "))
        })
        .collect()
}

#[test]
fn three_hundred_drawn_domains_match_nothing() {
    let drawn = strangers();
    assert_eq!(drawn.len(), 300, "draw more: tests/catalog/drawn.tsv holds too few that are not of the catalog");
    let domains: Vec<String> = drawn.iter().map(|s| s.domain.clone()).collect();
    let payees: Vec<String> = drawn
        .iter()
        .flat_map(|s| {
            let label = registrable(&s.domain).split('.').next().unwrap().to_uppercase();
            let name = s.name.to_uppercase();
            [
                s.domain.to_uppercase(),
                format!("{label} INC"),
                format!("{name} 0412"),
                format!("POS {name} SAN ANTONIO TX"),
            ]
        })
        .collect();
    let bench = evidence(&domains, &payees);
    let made = bench.run(&["inventory", "--json"]).ok().json();
    let rows = made["sources"].as_array().unwrap().iter().map(|s| s["rows"].as_u64().unwrap_or(0)).max();
    assert!(rows >= Some(1200), "the ledger was not read: {}", made["sources"]);
    assert!(made["unrecognized"].as_array().unwrap().len() >= 1500, "the zone was not read");
    let found = reasons(&made, "hint");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Coined words that can mean nothing else: their pattern allows anything to follow.
const COINED: &[&str] = &["CLOUDFLARE", "DIGITALOCEAN"];

#[test]
fn a_hundred_near_misses_are_at_most_hints() {
    let hosted: Vec<Value> = services().into_iter().map(|(_, s)| s).filter(|s| s["kind"] != "software").collect();
    let (mut domains, mut payees) = (Vec::new(), Vec::new());
    for service in &hosted {
        let label = registrable(
            service["homepage"]
                .as_str()
                .unwrap_or_default()
                .trim_start_matches("https://")
                .trim_end_matches('/')
                .split('/')
                .next()
                .unwrap(),
        );
        let label = label.split('.').next().unwrap();
        let name = service["name"].as_str().unwrap().to_uppercase();
        let first = name.split([' ', '(', '.']).next().unwrap();
        domains.extend([
            format!("not{label}.com"),
            format!("{label}-fans.org"),
            format!("{label}.example.net"),
            format!("my{label}s.io"),
        ]);
        payees.extend([
            format!("{first}VILLE DINER"),
            format!("UNCLE {first} TAVERN"),
            format!("OLD {first} MILL"),
            format!("{first}SON BROS"),
        ]);
        if !COINED.contains(&first) {
            payees.push(format!("{first} AND DAUGHTERS ROOFING"));
        }
    }
    assert!(domains.len() >= 100 && payees.len() >= 100, "{} {}", domains.len(), payees.len());
    let made = evidence(&domains, &payees).run(&["inventory", "--json"]).ok().json();
    let found = reasons(&made, "likely");
    assert!(found.is_empty(), "{}", found.join("\n"));
}
