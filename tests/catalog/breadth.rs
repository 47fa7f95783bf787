//! How much the catalog holds, and that what it says is backed and what is not backed is not said.

use super::{playbook, playbooks, services};
use crate::support::{Bench, repository};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The needs of the contract.
const NEEDS: &str = "mail mailing-lists newsletter calendar contacts files documents chat video crm donations payments events forms \
    website analytics embeds domain dns passwords tasks code accounting signatures scheduling social phone compute storage database \
    design backup sign-in";

/// Hosted services that show in one kind of evidence only, and why there is no second.
const ONE_KIND: &[(&str, &str)] = &[
    ("cloudflare-dmarc-management", "part of a Cloudflare account: free, and signed in to as Cloudflare"),
    ("google-fonts", "free and without an account: only pages show it"),
    ("recaptcha", "free, and signed in to as Google: only pages show it"),
];

#[test]
fn the_catalog_is_as_broad_as_a_small_group_needs() {
    let (hosted, software): (Vec<_>, Vec<_>) = services().into_iter().partition(|(_, s)| s["kind"] != "software");
    let count = |folder: &str| playbooks(folder).len();
    let (operators, providers) = (count("operators"), count("providers"));
    println!("{} hosted, {} software, {operators} operators, {providers} providers", hosted.len(), software.len());
    assert!(hosted.len() >= 90, "{} services to leave", hosted.len());
    assert!(software.len() >= 25, "{} pieces of software", software.len());
    assert!(operators >= 25 && providers >= 20, "{operators} operators, {providers} providers");
    let needs: BTreeSet<String> = playbooks("needs").into_keys().collect();
    assert_eq!(needs, NEEDS.split_whitespace().map(str::to_owned).collect());
    let services = playbooks("services");
    for (operator, service) in [("palantir", ""), ("devtech", ""), ("bi2-technologies", ""), ("", "amazon-rekognition")]
    {
        let there = playbooks("operators").contains_key(operator) || services.contains_key(service);
        assert!(there, "neither operator `{operator}` nor service `{service}`");
    }
}

#[test]
fn every_hosted_service_shows_in_two_kinds_of_evidence() {
    let kinds: [(&str, &[&str]); 8] = [
        ("dns", &["mx", "ns", "cname", "srv", "spf", "dmarc", "txt", "dkim", "address"]),
        ("web", &["web"]),
        ("payee", &["payee"]),
        ("account", &["domain"]),
        ("export", &["export_kind"]),
        ("app", &["app"]),
        ("resource", &["resource"]),
        ("mail", &["mailbox", "mail_through"]),
    ];
    let mut thin = Vec::new();
    for (id, service) in services().iter().filter(|(_, s)| s["kind"] != "software") {
        let has = |keys: &[&str]| {
            let prints = service["fingerprints"].as_array().into_iter().flatten();
            prints
                .flat_map(|f| keys.iter().map(move |k| &f[*k]))
                .any(|list| list.as_array().is_some_and(|l| !l.is_empty()))
        };
        let ranges = repository().join(format!("playbooks/ranges/{id}.txt")).exists();
        let shown: BTreeSet<&str> = kinds
            .iter()
            .filter(|(kind, keys)| has(keys) || (*kind == "dns" && ranges))
            .map(|(kind, _)| *kind)
            .collect();
        let excused = ONE_KIND.iter().any(|(known, why)| known == id && !why.is_empty());
        if (shown.len() < 2) != excused {
            thin.push(format!("{id}: {shown:?}"));
        }
    }
    assert!(thin.is_empty(), "{}", thin.join("\n"));
}

/// Calls `see` with every object that says how it is backed.
fn pieces(value: &Value, see: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(map) => {
            if map.contains_key("source") || map.contains_key("sourced") {
                see(value);
            }
            map.values().for_each(|v| pieces(v, see));
        }
        Value::Array(list) => list.iter().for_each(|v| pieces(v, see)),
        _ => {}
    }
}

#[test]
fn nothing_is_claimed_without_source_and_date() {
    let (mut count, mut wrong) = (0, Vec::new());
    for folder in ["services", "providers", "operators"] {
        for (id, item) in playbooks(folder) {
            pieces(&item, &mut |piece| {
                // What is retired names the source of its end only.
                if piece.get("since").is_some() {
                    return;
                }
                count += 1;
                let backed = piece["sourced"].as_str().is_some_and(|s| s != "none");
                let text = |key: &str| piece[key].as_str().is_some_and(|t| !t.trim().is_empty());
                let dated = text("date") || piece["date"].is_number();
                if backed && !(text("source") && dated) {
                    wrong.push(format!("{folder}/{id}: {piece}"));
                }
            });
        }
    }
    assert!(count > 1500 && wrong.is_empty(), "{count}\n{}", wrong.join("\n"));
}

/// English sentences of pieces that nobody backs, and of those that somebody backs.
fn sentences() -> (BTreeMap<String, String>, BTreeSet<String>) {
    let (mut unbacked, mut backed) = (BTreeMap::new(), BTreeSet::new());
    for folder in ["services", "providers", "operators"] {
        for (id, item) in playbooks(folder) {
            pieces(&item, &mut |piece| {
                let none = piece["sourced"].as_str().is_none_or(|s| s == "none");
                for key in ["says", "limits", "missing", "note", "sign_in"] {
                    if let Some(text) = piece[key]["en"].as_str().filter(|t| t.len() > 12) {
                        if none && piece.get("ask").is_none() {
                            unbacked.insert(text.to_owned(), format!("{folder}/{id} {key}"));
                        } else {
                            backed.insert(text.to_owned());
                        }
                    }
                }
            });
        }
    }
    unbacked.retain(|text, _| !backed.iter().any(|b| b.contains(text.as_str())));
    (unbacked, backed)
}

#[test]
fn what_nobody_backs_is_printed_nowhere() {
    let (unbacked, backed) = sentences();
    assert!(unbacked.len() > 20 && backed.len() > 300, "{} {}", unbacked.len(), backed.len());
    let all: Vec<String> = playbooks("services").into_keys().collect();
    let added: String = all.iter().map(|id| format!("    - id: {id}\n")).collect();
    let bench = Bench::new()
        .file("group.yaml", "name: Casa Abierta\ncountry: US\ndomains: [casaabierta.example]\npeople: 14\n")
        .file("evidence/none.txt", "nothing\n");
    bench.run(&["inventory"]).ok();
    let text = bench.text("inventory.yaml");
    let (head, _) = text.split_once("\ncorrections:").unwrap();
    bench.put("inventory.yaml", format!("{head}\ncorrections:\n  remove: []\n  add:\n{added}  set: {{}}\n"));
    bench.run(&["inventory"]).ok();
    let mut printed = vec![("exposure".to_owned(), bench.run(&["exposure"]).ok().stdout)];
    for provider in playbooks("providers").into_keys() {
        bench.run(&["plan", "--to", &provider]).ok();
        for file in ["plan/plan.md", "plan/plan.yaml", "plan/breaks.md", "plan/decision.md"] {
            printed.push((format!("plan --to {provider}: {file}"), bench.text(file)));
        }
    }
    for folder in ["services", "providers", "operators"] {
        for id in playbooks(folder).into_keys() {
            let name = format!("{folder}/{id}");
            printed.push((name.clone(), bench.run(&["catalog", "show", &name]).ok().stdout));
            let shown = bench.run(&["catalog", "show", &name, "--json"]).ok().stdout;
            assert!(!shown.contains("\"sourced\": \"none\""), "{name}");
            printed.push((format!("{name} --json"), shown));
        }
    }
    let mut wrong = Vec::new();
    for (text, from) in &unbacked {
        let needle = json!(text).to_string();
        let needle = needle.trim_matches('"');
        for (place, out) in printed.iter().filter(|(_, out)| out.contains(text.as_str()) || out.contains(needle)) {
            wrong.push(format!("{place} prints {from}: {text} ({} bytes)", out.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_need_of_each_service_says_where_it_can_go() {
    let bench = Bench::new();
    for (id, service) in services().iter().filter(|(_, s)| s["kind"] != "software") {
        let name = format!("services/{id}");
        let shown = bench.run(&["catalog", "show", &name, "--json"]).ok().json();
        let item = &shown["items"][0];
        assert!(item["folder"] == "services" && item["id"] == id.as_str() && item["layer"].is_string(), "{id}");
        let ways = item["ways"].as_array().unwrap();
        let needs: Vec<&str> = ways.iter().map(|w| w["need"].as_str().unwrap()).collect();
        let wanted: Vec<&str> = service["needs"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        assert_eq!(needs, wanted, "{id}");
        for lang in ["en", "es"] {
            let text = bench.run(&["catalog", "show", &name, "--lang", lang]).ok().stdout;
            for way in ways {
                let head = format!("  {} ({})\n", way["name"][lang].as_str().unwrap(), way["need"].as_str().unwrap());
                let (_, part) = text.split_once(&head).unwrap_or_else(|| panic!("{id}: no {head}: {text}"));
                let part = part.split("\n\n").next().unwrap();
                let sure = way["to"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .flat_map(|t| t["at"].as_array().unwrap())
                    .any(|a| a["offered"] == "yes");
                let nothing = part.contains("staying for now is a good answer")
                    || part.contains("quedarse por ahora es una buena respuesta");
                assert!(nothing != sure, "{id} {}: {part}", way["need"]);
                for target in way["to"].as_array().unwrap() {
                    assert!(part.contains(target["name"].as_str().unwrap()), "{id}: {target}");
                }
            }
        }
    }
}

#[test]
fn a_closed_provider_is_no_place_to_go_to() {
    let closed: Vec<String> =
        playbooks("providers").into_iter().filter(|(_, p)| p["status"] == "closed").map(|(id, _)| id).collect();
    assert!(!closed.is_empty());
    let bench = Bench::new();
    for service in ["google-workspace", "slack", "zoom"] {
        let shown = bench.run(&["catalog", "show", service, "--json"]).ok().stdout;
        for id in &closed {
            assert!(!shown.contains(&format!("\"provider\": \"{id}\"")), "{service}: {id}");
        }
    }
}

#[test]
fn the_committed_page_is_what_the_catalog_says() {
    let bench = Bench::new();
    for (lang, file) in [("en", "docs/catalog.md"), ("es", "docs/catalog.es.md")] {
        let made = bench.run(&["catalog", "list", "--markdown", "--lang", lang]).ok().stdout;
        let committed = fs::read_to_string(repository().join(file)).unwrap_or_default();
        assert!(
            made == committed,
            "{file} is old; write it anew: cargo run -- catalog list --markdown --lang {lang} > {file}"
        );
    }
}

#[test]
fn the_page_is_sound_markdown() {
    let page = Bench::new().run(&["catalog", "list", "--markdown"]).ok().stdout;
    let mut columns = 0;
    for line in page.lines() {
        if !line.starts_with('|') {
            columns = 0;
            continue;
        }
        let cells = line.replace("\\|", "").matches('|').count();
        assert!(columns == 0 || columns == cells, "{line}");
        columns = cells;
    }
    for id in playbooks("services")
        .into_keys()
        .chain(playbooks("providers").into_keys())
        .chain(playbooks("operators").into_keys())
    {
        assert!(page.contains(&format!("(`{id}`")), "{id}");
    }
    let shown = playbook(&repository().join("playbooks/services/slack.yaml"));
    assert!(page.contains(shown["name"].as_str().unwrap()));
}
