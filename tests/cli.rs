//! The command line: help, errors, JSON, exit statuses, and that the same input gives the same bytes.

use crate::support::{Bench, Ran, SOON, zone};
use serde_json::Value;
use std::process::Stdio;

const COMMANDS: &[&[&str]] = &[
    &["demo"],
    &["init"],
    &["inventory"],
    &["exposure"],
    &["plan"],
    &["next"],
    &["done"],
    &["status"],
    &["render"],
    &["bundle"],
    &["bundle", "seal"],
    &["bundle", "list"],
    &["bundle", "verify"],
    &["bundle", "open"],
    &["key"],
    &["key", "new"],
    &["catalog"],
    &["catalog", "list"],
    &["catalog", "show"],
    &["catalog", "check"],
    &["catalog", "schema"],
    &["catalog", "ranges"],
    &["completions"],
    &["man"],
];

fn casa() -> Bench {
    let zone = zone(
        "@ IN MX 1 aspmx.l.google.com.\n@ IN TXT \"v=spf1 include:_spf.google.com include:spf.unheard.example ~all\"\nwww IN CNAME ext-cust.squarespace.com.\n",
    );
    let ledger =
        "Date,Description,Amount\n2026-01-05,GOOGLE *GSUITE_casaabi,-14.40\n2026-02-05,SLACK T02ABC123,-87.00\n";
    Bench::group("casaabierta.example").file("evidence/casa.zone", zone).file("evidence/bank.csv", ledger)
}

fn planned() -> Bench {
    let bench = casa();
    bench.run(&["inventory"]).ok();
    bench.run(&["plan"]).ok();
    bench
}

#[test]
fn every_command_has_help() {
    let bench = Bench::new();
    for command in COMMANDS {
        let args: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
        let ran = bench.run(&args).ok();
        assert!(ran.stdout.contains("Usage: decamp"), "{ran}");
        for flag in ["--json", "--dry-run", "--today", "--playbooks", "--templates", "--redact", "--force", "--color"] {
            assert!(ran.stdout.contains(flag), "{flag} is missing: {ran}");
        }
    }
}

#[test]
fn help_names_every_command_and_none_that_is_not_done() {
    let bench = Bench::new();
    for args in [&["--help"][..], &["help"], &[]] {
        let ran = bench.run(args).ok();
        let names: Vec<&str> =
            ran.stdout.lines().filter_map(|l| l.strip_prefix("  ")).filter_map(|l| l.split(' ').next()).collect();
        for command in COMMANDS.iter().map(|c| c[0]) {
            assert!(names.contains(&command), "{command}: {ran}");
        }
        for later in ["workshop", "convert"] {
            assert!(!names.contains(&later), "{later}: {ran}");
        }
    }
    for later in ["workshop", "convert"] {
        bench.run(&[later]).exits(2);
        bench.run(&["help", later]).exits(2);
    }
    let formats = bench.run(&["exposure", "--help"]).ok().stdout;
    assert!(!formats.contains("svg") && !formats.contains("html"), "{formats}");
    let key = bench.run(&["key", "--help"]).ok().stdout;
    for command in ["new", "passphrase", "split", "combine"] {
        assert!(key.contains(command), "{key}");
    }
}

#[test]
fn unknown_flags_and_words_exit_2() {
    let bench = casa();
    let before = bench.tree();
    for args in [
        &["--frobnicate"][..],
        &["inventory", "--frobnicate"],
        &["inventroy"],
        &["exposure", "--format", "pdf"],
        &["plan", "--start", "yesterday"],
        &["plan", "--hours-per-week", "many"],
        &["inventory", "--resolver", "nowhere"],
        &["done"],
        &["bundle", "seal", "x"],
        &["--lang", "fr", "status"],
        &["--today", "2026-02-30", "status"],
    ] {
        let ran = bench.run(args).exits(2);
        assert!(ran.stdout.is_empty() && ran.stderr.starts_with("error"), "{ran}");
    }
    assert_eq!(bench.tree(), before);
}

fn error_object(ran: &Ran) -> Value {
    let json = ran.json();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["schema", "exit", "message", "hints", "at"], "{ran}");
    assert_eq!(json["schema"], "decamp/error/1");
    assert_eq!(json["exit"], ran.exit.unwrap());
    assert!(json["hints"].is_array() && !json["message"].as_str().unwrap().is_empty());
    json
}

#[test]
fn a_failing_command_prints_one_json_object() {
    let bench = Bench::new()
        .file("group.yaml", "name: Casa\ndomians: [a.example]\n")
        .file("evidence/a.zone", zone("www IN A 192.0.2.1\n"));
    let json = error_object(&bench.run(&["inventory", "--json"]).exits(2));
    assert_eq!(json["at"]["file"], "group.yaml");
    assert_eq!(json["at"]["line"], 2);
    assert_eq!(json["hints"][0], "did you mean `domains`?");
    error_object(&bench.run(&["inventory", "--json", "--frobnicate"]).exits(2));
    error_object(&bench.run(&["--json", "catalog", "show", "slak"]).exits(2));
    let json = error_object(&Bench::new().run(&["plan", "--json"]).exits(2));
    assert_eq!(json["at"], Value::Null);
}

#[test]
fn every_json_result_is_one_object_with_its_schema() {
    let bench = planned();
    for (args, schema) in [
        (&["inventory"][..], "decamp/inventory/1"),
        (&["inventory", "-o", "-"], "decamp/inventory/1"),
        (&["exposure"], "decamp/exposure/1"),
        (&["plan"], "decamp/plan/1"),
        (&["next"], "decamp/next/1"),
        (&["status"], "decamp/status/1"),
        (&["render"], "decamp/render/1"),
        (&["catalog", "list"], "decamp/catalog/1"),
        (&["catalog", "check"], "decamp/catalog-check/1"),
    ] {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        let ran = bench.run(&args).ok();
        assert_eq!(ran.json()["schema"], schema, "{ran}");
    }
    let list = bench.run(&["catalog", "list", "--json"]).ok().json();
    for name in ["needs", "services", "providers", "operators"] {
        let first = &list[name][0];
        for field in ["id", "name", "layer", "last_checked", "status"] {
            assert!(first[field].is_string(), "{name}.{field}: {first}");
        }
    }
}

#[test]
fn lists_are_always_present() {
    let bench = Bench::new().file("empty.txt", "");
    let made = bench.inventory(&["empty.txt"]);
    for list in ["sources", "zones", "services", "unrecognized"] {
        assert!(made[list].is_array(), "{list}: {made}");
    }
    assert_eq!(made["group"]["domains"], Value::Array(Vec::new()));
    assert_eq!(made["corrections"], serde_json::json!({"remove": [], "add": [], "set": {}}));
}

#[test]
fn the_version_tells_the_catalogs_date() {
    let ran = Bench::new().run(&["--version"]).ok();
    let rest = ran.stdout.strip_prefix(&format!("decamp {} (catalog ", env!("CARGO_PKG_VERSION"))).unwrap();
    let date = rest.trim_end().strip_suffix(')').unwrap();
    assert_eq!((date.len(), date.matches('-').count()), (10, 2), "{ran}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bench = casa();
    for args in [
        &["catalog", "list"][..],
        &["catalog", "show", "slack"],
        &["inventory", "-o", "-"],
        &["--help"],
        &["catalog", "schema"],
    ] {
        let mut child =
            bench.command(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(0) && stderr.is_empty(), "{args:?}: {:?} {stderr}", output.status);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let bench = casa();
    for args in [&["inventory", "-o", "-"][..], &["inventory", "-o", "-", "--json"], &["catalog", "list", "--json"]] {
        assert_eq!(bench.run(args).ok().stdout, bench.run(args).ok().stdout, "{args:?}");
    }
    let days = [("2026-12-01", planned()), ("2026-12-01", planned())];
    let trees: Vec<_> = days
        .iter()
        .map(|(day, bench)| {
            bench.run(&["plan", "--today", day]).ok();
            bench.run(&["render", "--today", day]).ok();
            bench.tree()
        })
        .collect();
    assert!(trees[0] == trees[1]);
    let again = &days[0].1;
    again.run(&["inventory"]).ok();
    again.run(&["plan"]).ok();
    again.run(&["render"]).ok();
    assert!(again.tree() == trees[0], "a second run changed something");
}

#[test]
fn the_day_comes_from_the_flag_then_the_environment() {
    let bench = casa();
    bench.run(&["inventory"]).ok();
    assert_eq!(bench.run(&["plan", "--json", "--dry-run"]).ok().json()["start"], "2026-12-01");
    assert_eq!(bench.run(&["plan", "--json", "--dry-run", "--today", "2027-03-01"]).ok().json()["start"], "2027-03-01");
    let mut command = bench.command(&["plan"]);
    command.env("SOURCE_DATE_EPOCH", "soon");
    crate::support::finish(command, b"", &["plan"]).exits(2);
}

#[test]
fn no_environment_variable_changes_a_file() {
    let (plain, other) = (planned(), casa());
    for args in [&["inventory"][..], &["plan"]] {
        let mut command = other.command(args);
        for (name, value) in [
            ("LANG", "es_MX.UTF-8"),
            ("LC_ALL", "es_MX.UTF-8"),
            ("LANGUAGE", "es"),
            ("TZ", "Pacific/Kiritimati"),
            ("COLUMNS", "40"),
            ("NO_COLOR", "1"),
        ] {
            command.env(name, value);
        }
        crate::support::finish(command, b"", args).ok();
    }
    assert!(plain.tree() == other.tree());
}

#[test]
fn results_go_to_stdout_and_quiet_is_quiet() {
    let bench = casa();
    let ran = bench.run(&["inventory", "-o", "-", "-q"]).ok();
    assert!(ran.stderr.is_empty() && ran.stdout.starts_with("schema: decamp/inventory/1\n"), "{ran}");
    let ran = bench.run(&["inventory", "-o", "-", "-v"]).ok();
    assert!(ran.stderr.contains("evidence/casa.zone: zone"), "{ran}");
}

#[test]
fn what_is_printed_comes_in_spanish_too() {
    let bench = planned();
    for args in [&["inventory"][..], &["exposure"], &["plan"], &["next"], &["status"]] {
        let spanish: Vec<&str> = args.iter().copied().chain(["--lang", "es"]).collect();
        let (en, es) = (bench.run(args).ok(), bench.run(&spanish).ok());
        assert_ne!(en.stdout, es.stdout, "{en}");
    }
}

/// What a finished way leaves behind, by the contract.
const WHOLE_WAY: &[&str] = &[
    "group.yaml",
    "evidence",
    "inventory.yaml",
    "plan/plan.yaml",
    "plan/plan.md",
    "plan/plan.es.md",
    "plan/breaks.md",
    "plan/breaks.es.md",
    "plan/decision.md",
    "plan/decision.es.md",
    "plan/messages",
    "configs",
    "bundles",
    ".decamp/state.json",
    "handout.html",
    "handout.es.html",
];

#[test]
fn demo_goes_the_whole_way() {
    let bench = Bench::new();
    let ran = bench.run(&["demo"]).ok();
    assert!(ran.took < SOON, "{:?}", ran.took);
    for path in WHOLE_WAY {
        assert!(bench.has(&format!("decamp-demo/{path}")), "{path} is missing: {ran}");
    }
    let tree = bench.tree();
    let below = |folder: &str, end: &str| {
        tree.keys().any(|p| p.starts_with(&format!("work/decamp-demo/{folder}")) && p.ends_with(end))
    };
    for (folder, end) in [
        ("configs/", "README.md"),
        ("configs/", ".changes.md"),
        ("configs/", ".prepare.zone"),
        ("configs/", "casaabierta.example.zone"),
        ("configs/", ".old.zone"),
        ("bundles/", ".tar.zst.age"),
        ("plan/messages/", ".es.md"),
    ] {
        assert!(below(folder, end), "no {folder}…{end}");
    }
    let made: Value = bench.run(&["-C", "decamp-demo", "inventory", "-o", "-", "--json"]).ok().json();
    let kinds: std::collections::BTreeSet<&str> =
        made["sources"].as_array().unwrap().iter().map(|s| s["kind"].as_str().unwrap()).collect();
    assert!(kinds.iter().filter(|k| **k != "unknown").count() >= 6, "{kinds:?}");
    let outside: Vec<&String> =
        tree.keys().filter(|p| !p.starts_with("work/decamp-demo") && !p.starts_with("canary")).collect();
    assert_eq!(outside, ["home", "work"]);
    let page = bench.text("decamp-demo/handout.html");
    assert!(
        !page.contains("http://") && !page.contains("src=\"http") && !page.contains("<script"),
        "the handout loads something"
    );
}

#[test]
fn demo_tells_its_story_in_spanish() {
    let (english, spanish) = (Bench::new(), Bench::new());
    let en = english.run(&["demo"]).ok();
    let es = spanish.run(&["demo", "--lang", "es"]).ok();
    assert_ne!(en.stdout, es.stdout);
    assert!(es.stdout.contains('ó') || es.stdout.contains('í'), "{es}");
    // The language of what is printed changes no file; keys and ciphertext differ by themselves.
    let plain = |b: &Bench| {
        let mut tree = b.tree();
        tree.retain(|p, _| !p.contains("key") && !p.ends_with(".age"));
        tree
    };
    assert!(plain(&english) == plain(&spanish));
}

#[test]
fn demo_wants_a_new_folder() {
    let bench = Bench::new();
    bench.run(&["demo", "practice"]).ok();
    let before = bench.tree();
    bench.run(&["demo", "practice"]).exits(2).says("is not empty");
    assert!(bench.tree() == before);
}

#[test]
fn man_pages_and_completions_cover_every_command() {
    let bench = Bench::new();
    bench.run(&["man", "man"]).ok();
    assert!(bench.has("man/decamp.1") && bench.has("man/decamp-inventory.1"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(bench.run(&["completions", shell]).ok().stdout.contains("inventory"), "{shell}");
    }
}
