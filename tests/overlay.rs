//! What a group adds from its own folder: the walkthrough of CONTRIBUTING.md as it stands, and which layer wins.

use crate::support::{Bench, ids, repository, service, zone};
use serde_json::Value;

/// A fenced block: its language and its lines without the indentation.
struct Block {
    language: String,
    text: String,
}

/// The blocks of the section "Add a service".
fn walkthrough() -> Vec<Block> {
    let text = std::fs::read_to_string(repository().join("CONTRIBUTING.md")).unwrap();
    let section = text.split("\n## Add a service\n").nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    let mut found = Vec::new();
    let mut open: Option<(usize, Block)> = None;
    for line in section.lines() {
        let indent = line.len() - line.trim_start().len();
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                open = Some((indent, Block { language: language.to_owned(), text: String::new() }))
            }
            (Some(_), Some(_)) => found.push(open.take().unwrap().1),
            (None, Some((indent, block))) => {
                block.text.push_str(&format!("{}\n", line.get(*indent..).unwrap_or_default()))
            }
            (None, None) => {}
        }
    }
    found
}

#[test]
fn the_walkthrough_adds_a_service_without_a_rebuild() {
    let bench = Bench::new();
    bench.run(&["init", "--name", "Casa Abierta", "--domain", "casaabierta.example", "--to", "may-first"]).ok();
    let (mut files, mut commands) = (0, 0);
    for block in walkthrough() {
        if block.language == "sh" {
            for line in block.text.lines() {
                let args: Vec<&str> = line.strip_prefix("decamp ").expect("a command of decamp").split(' ').collect();
                bench.run(&args).ok();
                commands += 1;
            }
        } else {
            // A zone knows other comments than YAML.
            let (first, rest) = block.text.split_once('\n').unwrap();
            let path = first.strip_prefix("# ").expect("a block begins with its path");
            bench.put(path, if block.language == "zone" { rest } else { &block.text });
            files += 1;
            if block.language == "zone" {
                let made = bench.inventory(&[]);
                assert_eq!(made["unrecognized"].as_array().unwrap().len(), 1, "it is known already: {made}");
            }
        }
    }
    assert_eq!((files, commands), (3, 4));
    let made = bench.run(&["--playbooks", "ours", "inventory", "--json"]).ok().json();
    assert_eq!(
        (&service(&made, "river-chat")["confidence"], &service(&made, "river-chat")["needs"]),
        (&Value::from("certain"), &serde_json::json!(["chat"]))
    );
    assert_eq!(made["unrecognized"], serde_json::json!([]));
    let plan = bench.run(&["--playbooks", "ours", "plan", "--json"]).ok().json();
    let about = |a: &&Value| a["from"] == "river-chat" && a["need"] == "chat";
    assert!(plan["assignments"].as_array().unwrap().iter().any(|a| about(&a)), "{}", plan["assignments"]);
    assert!(bench.text("plan/plan.md").contains("River Chat"));
    let check = bench.run(&["--playbooks", "ours", "catalog", "check", "--json", "ours"]).ok().json();
    assert_eq!((&check["checked"], &check["problems"]), (&Value::from(2), &serde_json::json!([])));
    let shown = bench.run(&["--playbooks", "ours", "exposure"]).ok().stdout;
    assert!(shown.contains("River Chat"), "{shown}");
}

#[test]
fn an_overlay_replaces_an_item_and_says_so() {
    let slack = std::fs::read_to_string(repository().join("playbooks/services/slack.yaml")).unwrap();
    let bench = Bench::new().file("ours/services/slack.yaml", slack.replacen("name: Slack", "name: Slack (ours)", 1));
    let layer = |args: &[&str]| {
        let list = bench.run(args).ok().json();
        let slack = list["services"].as_array().unwrap().iter().find(|s| s["id"] == "slack").cloned().unwrap();
        (slack["name"].as_str().unwrap().to_owned(), slack["layer"].as_str().unwrap().to_owned())
    };
    assert_eq!(layer(&["catalog", "list", "--json"]), ("Slack".into(), "embedded".into()));
    let (name, from) = layer(&["--playbooks", "ours", "catalog", "list", "--json"]);
    assert!(name == "Slack (ours)" && from.ends_with("ours"), "{name} {from}");
}

#[test]
fn playbooks_are_taken_from_the_callers_folder_not_the_workspace() {
    let bench =
        Bench::new().file("ours/operators/x-corp.yaml", "name: X Corp\ncountry: US\nlast_checked: 2026-11-22\n");
    bench.put("w/group.yaml", "name: Casa\n");
    let list = bench.run(&["-C", "w", "--playbooks", "ours", "catalog", "list", "--json"]).ok().json();
    assert!(list["operators"].as_array().unwrap().iter().any(|o| o["id"] == "x-corp"));
}

#[test]
fn a_playbooks_folder_that_holds_none_is_refused() {
    let bench = Bench::new().file("ours/readme.txt", "x");
    bench.run(&["--playbooks", "ours", "catalog", "list"]).exits(2).says("holds no playbooks").says("services");
}

#[test]
fn a_broken_overlay_is_refused_with_file_and_line_before_anything_is_read() {
    let bench = Bench::group("casaabierta.example")
        .file("ours/services/x.yaml", "name: X\nneedz: [chat]\n")
        .file("evidence/a.zone", zone(""));
    let before = bench.tree();
    bench.run(&["--playbooks", "ours", "inventory"]).exits(2).says("x.yaml:2").says("did you mean `needs`?");
    assert!(bench.tree() == before);
}

#[test]
fn an_overlay_of_ranges_gives_hints() {
    let bench = Bench::group("casaabierta.example")
        .file("ours/ranges/hetzner.txt", "# made up\n192.0.2.0/24\n")
        .file("a.zone", zone("@ IN A 192.0.2.7\n"));
    assert!(!ids(&bench.inventory(&["a.zone"]), "hint").contains(&"hetzner".to_owned()));
    let made = bench.run(&["--playbooks", "ours", "inventory", "a.zone", "-o", "-", "--json"]).ok().json();
    assert_eq!(service(&made, "hetzner")["confidence"], "hint");
}

#[test]
fn templates_of_the_group_replace_the_embedded_ones() {
    let bench = Bench::group("casaabierta.example").file("evidence/a.zone", zone("@ IN MX 1 aspmx.l.google.com.\n"));
    bench.put("ours/plan/decision.md.hbs", "Our own words for {{md group}}.\n");
    bench.run(&["inventory"]).ok();
    bench.run(&["--templates", "ours", "plan"]).ok();
    assert_eq!(bench.text("plan/decision.md"), "Our own words for Casa Abierta.\n");
    bench.put("ours/plan/decision.md.hbs", "{{no_such_name}}\n");
    let before = bench.tree();
    let ran = bench.run(&["--templates", "ours", "plan"]);
    assert!(ran.exit == Some(2) && ran.stderr.contains("decision.md") && bench.tree() == before, "{ran}");
}
