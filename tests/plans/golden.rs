//! The plans of five groups, both languages, as they were read. `DECAMP_BLESS=1` writes them anew: read what changed.

use super::{GROUPS, planned};
use crate::support::repository;
use std::collections::BTreeSet;
use std::fs;

/// What people read; `plan.yaml` and `plan.html` hold the same again.
fn read_by_people(path: &str) -> bool {
    path.starts_with("plan/") && (path.ends_with(".md") || path.ends_with(".ics"))
}

#[test]
fn the_plans_are_as_they_were_read() {
    let bless = std::env::var_os("DECAMP_BLESS").is_some();
    for group in GROUPS {
        let bench = planned(group);
        let top = repository().join("tests/plans/golden").join(group);
        let made: BTreeSet<String> =
            crate::support::tree(&bench.dir()).into_keys().filter(|p| read_by_people(p)).collect();
        assert!(made.len() >= 20, "{group}: {made:?}");
        if bless {
            let _ = fs::remove_dir_all(&top);
        }
        for path in &made {
            let text = bench.text(path);
            let golden = top.join(path.strip_prefix("plan/").unwrap());
            if bless {
                fs::create_dir_all(golden.parent().unwrap()).unwrap();
                fs::write(&golden, text).unwrap();
                continue;
            }
            let wanted =
                fs::read_to_string(&golden).unwrap_or_else(|e| panic!("{group}/{path}: {e}; DECAMP_BLESS=1 writes it"));
            let line = text.lines().zip(wanted.lines()).position(|(a, b)| a != b);
            assert!(
                text == wanted,
                "{group}/{path} differs at line {:?}:\n  is  {:?}\n  was {:?}\nread it, then run with DECAMP_BLESS=1",
                line.map(|n| n + 1),
                line.and_then(|n| text.lines().nth(n)),
                line.and_then(|n| wanted.lines().nth(n))
            );
        }
    }
}

#[test]
fn the_first_two_pages_have_at_most_700_words_and_no_technical_ones() {
    // Words that somebody who answers the phones need not know.
    const TECHNICAL: &[&str] = &[
        "DNS",
        "MX",
        "SPF",
        "DKIM",
        "DMARC",
        "TTL",
        "IMAP",
        "SMTP",
        "API",
        "OAuth",
        "CSV",
        "SSH",
        "registrar",
        "resolver",
        "nameserver",
        "selector",
        "CNAME",
        "TXT",
        "zone",
        "zona",
        "registrador",
    ];
    for group in GROUPS {
        let bench = planned(group);
        for file in ["plan/plan.md", "plan/plan.es.md"] {
            let text = bench.text(file);
            let (first, rest) = text.split_once("<!-- end of page two -->").expect("the pages have an end");
            let count = first.split_whitespace().count();
            assert!((200..=700).contains(&count), "{group}/{file}: {count} words");
            assert!(rest.split_whitespace().count() > 1000);
            // Names of services are not ours.
            let inventory = bench.run(&["inventory", "-o", "-", "--json"]).ok().json();
            let names = inventory["services"].as_array().unwrap().iter();
            let mut names: Vec<String> = names.map(|s| s["name"].as_str().unwrap().to_owned()).collect();
            names.sort_by_key(|n| std::cmp::Reverse(n.len()));
            let first = names.iter().fold(first.to_owned(), |text, name| text.replace(name.as_str(), ""));
            for word in first.split(|c: char| !c.is_alphanumeric()) {
                assert!(!TECHNICAL.contains(&word), "{group}/{file}: `{word}` on the first pages");
            }
        }
    }
}

#[test]
fn every_task_is_a_short_line_with_role_hours_and_an_end() {
    for group in GROUPS {
        let bench = planned(group);
        let plan = bench.run(&["plan", "--json", "--dry-run", "--today", "2026-11-26"]).ok().json();
        for task in plan["tasks"].as_array().unwrap() {
            let id = task["id"].as_str().unwrap();
            for lang in ["en", "es"] {
                let title = task["title"][lang].as_str().unwrap();
                // Names of services count as one word each: their length is not ours.
                assert!(title.split_whitespace().count() <= 20, "{group} {id}: {title}");
                assert!(!title.contains('{'), "{group} {id}: {title}");
            }
            let done = |s: &serde_json::Value| s["en"].as_str().unwrap().starts_with("Done when: ");
            assert!(task["steps"].as_array().unwrap().iter().any(done), "{group} {id} has no end");
            assert!(task["hours"].as_f64().unwrap() >= 0.0 && !task["role"].as_str().unwrap().is_empty());
        }
    }
}
