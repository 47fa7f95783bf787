//! Conformance: real zones that lie outside of the repository, in the folder that `DECAMP_CORPUS` names, with what an
//! expert reads in them (`evidence/*.zone`, `evidence/expected.yaml`).

use crate::support::{Bench, SOON, ids, repository};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const RANK: [&str; 3] = ["hint", "likely", "certain"];

/// The services that the catalog must know by now.
const LIST: &[&str] = &[
    "google-workspace",
    "microsoft-365",
    "slack",
    "zoom",
    "dropbox",
    "nationbuilder",
    "salesforce",
    "mailchimp",
    "action-network",
    "squarespace",
    "wordpress-com",
    "github",
    "stripe",
    "quickbooks",
    "aws",
    "amazon-ses",
    "azure",
    "google-cloud",
    "oracle-cloud",
    "ibm-cloud",
    "adobe",
    "heroku",
    "cloudflare",
    "google-analytics",
    "google-fonts",
    "facebook",
];

#[derive(Deserialize)]
struct Corpus {
    /// Services that a small group plausibly uses.
    in_scope: BTreeSet<String>,
    zones: Vec<Zone>,
}

#[derive(Deserialize)]
struct Zone {
    file: String,
    expected: Vec<Expected>,
    never: Vec<String>,
}

#[derive(Deserialize)]
struct Expected {
    id: String,
    strength: String,
}

/// `aws-route53` and its like count as `aws`: what can be told apart differs from reader to reader.
fn family(id: &str) -> &str {
    if id.starts_with("aws-") { "aws" } else { id }
}

fn rank(strength: &str) -> usize {
    RANK.iter().position(|r| *r == strength).unwrap_or_else(|| panic!("`{strength}` is no confidence"))
}

/// Family → the surest of its services.
fn surest<'a>(services: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for (id, strength) in services {
        let best = found.entry(family(id).to_owned()).or_insert(0);
        *best = rank(strength).max(*best);
    }
    found
}

#[test]
fn zones_of_the_corpus_are_read_as_an_expert_reads_them() {
    let Some(folder) = std::env::var_os("DECAMP_CORPUS").map(PathBuf::from) else {
        println!("DECAMP_CORPUS is not set: no conformance with real zones was tested");
        return;
    };
    let evidence = folder.join("evidence");
    let text = std::fs::read_to_string(evidence.join("expected.yaml")).unwrap();
    let corpus: Corpus = serde_yaml::from_str(&text).unwrap();
    let files = std::fs::read_dir(&evidence)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "zone"))
        .count();
    assert!(files > 0 && files == corpus.zones.len(), "{files} zones, {} expectations", corpus.zones.len());
    let (mut wrong, mut recall) = (Vec::new(), Recall::default());
    for zone in &corpus.zones {
        wrong.extend(differences(&evidence, zone, &corpus.in_scope, &mut recall));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let Recall { expected, missed } = recall;
    println!("recall: {} of {expected}; missed: {missed:?}", expected - missed.len());
    assert!(missed.len() * 20 <= expected, "fewer than 95 % of what is in scope are recognised: {missed:?}");
    println!("{files} zones of the corpus were read");
}

/// What is in scope and certain or likely by an expert, and what of it was not recognised.
#[derive(Default)]
struct Recall {
    expected: usize,
    missed: Vec<String>,
}

fn differences(evidence: &Path, zone: &Zone, in_scope: &BTreeSet<String>, recall: &mut Recall) -> Vec<String> {
    let path = evidence.join(&zone.file);
    let bench = Bench::new();
    let ran = bench.run(&["inventory", path.to_str().unwrap(), "-o", "-", "--json"]).ok();
    let made: Value = ran.json();
    let services = made["services"].as_array().unwrap();
    let found = surest(services.iter().map(|s| (s["id"].as_str().unwrap(), s["confidence"].as_str().unwrap())));
    let expected = surest(zone.expected.iter().map(|e| (e.id.as_str(), e.strength.as_str())));
    for (id, _) in expected.iter().filter(|(id, s)| **s > 0 && in_scope.contains(id.as_str())) {
        recall.expected += 1;
        if !found.contains_key(id) {
            recall.missed.push(format!("{}: {id}", zone.file));
        }
    }
    let mut wrong = Vec::new();
    for (id, strength) in expected.iter().filter(|(id, s)| **s > 0 && LIST.contains(&id.as_str())) {
        match found.get(id) {
            None => wrong.push(format!("{}: `{id}` was not found", zone.file)),
            Some(f) if f > strength => {
                wrong.push(format!("{}: `{id}` is {} and not {}", zone.file, RANK[*f], RANK[*strength]))
            }
            Some(_) => {}
        }
    }
    for (id, f) in &found {
        if expected.get(id).is_some_and(|s| f > s) && !LIST.contains(&id.as_str()) {
            wrong.push(format!("{}: `{id}` is {}, more than an expert says", zone.file, RANK[*f]));
        }
    }
    let never: BTreeSet<&str> = zone.never.iter().map(String::as_str).collect();
    wrong.extend(
        ids(&made, "hint")
            .iter()
            .filter(|id| never.contains(id.as_str()) || never.contains(family(id)))
            .map(|id| format!("{}: `{id}` is not there", zone.file)),
    );
    assert!(ran.took < SOON, "{}: {:?}", zone.file, ran.took);
    wrong
}

/// Words of letters and digits, long enough to be nobody else's.
fn tokens(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    let has = |w: &str, test: fn(&u8) -> bool| w.bytes().any(|b| test(&b));
    words
        .filter(|w| w.len() >= 12 && has(w, u8::is_ascii_digit) && has(w, u8::is_ascii_alphabetic))
        .map(str::to_ascii_lowercase)
        .collect()
}

#[test]
fn nothing_of_the_corpus_stands_in_the_playbooks() {
    let Some(folder) = std::env::var_os("DECAMP_CORPUS").map(PathBuf::from) else {
        println!("DECAMP_CORPUS is not set: the playbooks were not compared with real zones");
        return;
    };
    let (mut real, mut domains) = (BTreeSet::new(), Vec::new());
    for entry in std::fs::read_dir(folder.join("evidence")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "zone") {
            real.extend(tokens(&String::from_utf8_lossy(&std::fs::read(&path).unwrap())));
            domains.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    assert!(real.len() > 100, "{}", real.len());
    for folder in ["services", "providers", "operators"] {
        for entry in std::fs::read_dir(repository().join("playbooks").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let taken: Vec<String> = tokens(&text).intersection(&real).cloned().collect();
            assert!(taken.is_empty(), "{} holds what stands in a real zone: {taken:?}", path.display());
            let named = domains
                .iter()
                .find(|d| text.contains(&format!("DNS of {d}")) || text.contains(&format!("zone of {d}")));
            assert!(named.is_none(), "{} names whose zone it read", path.display());
        }
    }
}
