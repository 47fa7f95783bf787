//! The catalog is clean, its checker names what is wrong in a file, and its schemas and templates keep step.

use crate::support::{Bench, repository};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

mod breadth;
mod chosen;
mod published;
mod strangers;

/// A playbook file, as it stands.
fn playbook(path: &Path) -> Value {
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The items of a folder of playbooks, by id.
fn playbooks(folder: &str) -> BTreeMap<String, Value> {
    let files = files(&repository().join("playbooks").join(folder));
    let yaml = files.iter().filter(|p| p.extension().is_some_and(|e| e == "yaml"));
    yaml.map(|p| (p.file_stem().unwrap().to_str().unwrap().to_owned(), playbook(p))).collect()
}

/// All services.
fn services() -> Vec<(String, Value)> {
    playbooks("services").into_iter().collect()
}

/// All files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut stack = vec![folder.to_path_buf()];
    while let Some(dir) = stack.pop() {
        for entry in fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() { stack.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[test]
fn the_embedded_catalog_is_clean() {
    let ran = Bench::new().run(&["catalog", "check"]);
    assert!(ran.exit == Some(0) && ran.stdout.contains(" 0 errors"), "{ran}");
}

#[test]
fn the_embedded_catalog_is_clean_as_files_too() {
    let ran = Bench::new().run(&["catalog", "check", repository().join("playbooks").to_str().unwrap()]);
    assert!(ran.exit == Some(0), "{ran}");
}

#[test]
fn age_is_a_warning_unless_strict() {
    let bench = Bench::new();
    let ran = bench.run(&["catalog", "check", "--today", "2030-01-01"]).ok();
    assert!(ran.stdout.contains("warning: last checked"), "{ran}");
    bench.run(&["catalog", "check", "--strict", "--today", "2030-01-01"]).exits(1);
    bench.run(&["catalog", "check", "--strict", "--today", "2026-12-01"]).ok();
}

#[test]
fn every_invalid_file_is_refused_with_its_message() {
    let root = repository().join("tests/catalog/invalid");
    let bench = Bench::new();
    let (mut count, mut accepted) = (0, Vec::new());
    for path in files(&root) {
        count += 1;
        let ran = bench.run(&["catalog", "check", path.to_str().unwrap()]);
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        if ran.exit != Some(1) || !ran.stdout.contains("error: ") {
            accepted.push(name);
            continue;
        }
        let shown = bench.scrub(&ran.stdout).replace("[REPOSITORY]/tests/catalog/invalid/", "");
        assert!(shown.contains(&name), "the file is not named: {ran}");
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "snapshots/invalid"}, {
            insta::assert_snapshot!(name.replace(['/', '.'], "-"), shown);
        });
    }
    assert!(count >= 25, "{count}");
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
}

#[test]
fn a_problem_names_its_line() {
    let bench = Bench::new();
    let path = repository().join("tests/catalog/invalid/services/unknown-need.yaml");
    let ran = bench.run(&["catalog", "check", "--json", path.to_str().unwrap()]).exits(1).json();
    let problem = &ran["problems"][0];
    assert_eq!((&problem["line"], &problem["hint"]), (&Value::from(5), &Value::from("did you mean `chat`?")));
}

#[test]
fn a_file_that_is_no_playbook_is_refused() {
    let bench = Bench::new().file("x.yaml", "name: x\n").file("ours/service/x.yaml", "name: x\n");
    bench.run(&["catalog", "check", "x.yaml"]).exits(2).says("services");
    bench.run(&["catalog", "check", "ours/service/x.yaml"]).exits(2);
    bench.run(&["catalog", "show", "slak"]).exits(2).says("did you mean `slack`?");
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let bench = Bench::new();
    bench.run(&["catalog", "schema", "-o", "schema"]).ok();
    let made: BTreeMap<String, String> = files(&bench.dir().join("schema"))
        .iter()
        .map(|p| (p.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(p).unwrap()))
        .collect();
    let names: BTreeSet<&str> = made.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        BTreeSet::from([
            "condition.json",
            "need.json",
            "operator.json",
            "provider.json",
            "service.json",
            "stage.json",
            "text.json"
        ])
    );
    for (name, text) in made {
        let committed = fs::read_to_string(repository().join("playbooks/schema").join(&name)).unwrap_or_default();
        assert!(
            committed == text,
            "playbooks/schema/{name} is old; write it anew: cargo run -- catalog schema -o playbooks/schema"
        );
    }
}

#[test]
fn every_playbook_names_its_schema_in_its_first_line() {
    for path in files(&repository().join("playbooks")).iter().filter(|p| p.extension().is_some_and(|e| e == "yaml")) {
        let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(path).unwrap();
        let wanted = format!("# yaml-language-server: $schema=../schema/{}.json", folder.trim_end_matches('s'));
        assert_eq!(text.lines().next(), Some(wanted.as_str()), "{}", path.display());
    }
}

/// Configurations that no person reads as text, by ending.
const ONE_LANGUAGE: &[&str] = &[
    "mbsyncrc.hbs",
    ".conf.hbs",
    ".xml.hbs",
    ".sh.hbs",
    ".zone.hbs",
    ".csv.hbs",
    ".py.hbs",
    ".mobileconfig.hbs",
    "/members.txt.hbs",
    "/subscribers.txt.hbs",
    "/KeyTable.hbs",
    "/SigningTable.hbs",
    "/TrustedHosts.hbs",
    ".js.hbs",
    ".yaml.hbs",
    ".htaccess.hbs",
    "filter.txt.hbs",
];

#[test]
fn every_text_template_has_both_languages() {
    let root = repository().join("templates");
    let names: BTreeSet<String> = files(&root)
        .iter()
        .map(|p| p.strip_prefix(&root).unwrap().to_str().unwrap().to_owned())
        .filter(|n| n.ends_with(".hbs"))
        .collect();
    assert!(names.len() > 10);
    for name in names.iter().filter(|n| !ONE_LANGUAGE.iter().any(|e| n.ends_with(e))) {
        let (stem, ext) = name.trim_end_matches(".hbs").rsplit_once('.').unwrap();
        let other = match stem.strip_suffix(".es") {
            Some(english) => format!("{english}.{ext}.hbs"),
            None => format!("{stem}.es.{ext}.hbs"),
        };
        assert!(names.contains(&other), "templates/{other} is missing");
    }
}

#[test]
fn templates_have_the_same_structure_in_both_languages() {
    let root = repository().join("templates");
    let marks = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let tags = text
            .split("{{")
            .skip(1)
            .filter_map(|t| t.split("}}").next())
            .map(|t| t.trim_matches(['{', '~', ' ']).to_owned());
        // `x.en` in one is `x.es` in the other.
        let mut all: Vec<String> =
            tags.map(|t| t.replace(".es", ".en")).filter(|t| t.starts_with('#') || t.starts_with('/')).collect();
        all.sort();
        all
    };
    for path in files(&root).iter().filter(|p| p.to_str().unwrap().contains(".es.")) {
        let english = PathBuf::from(path.to_str().unwrap().replace(".es.", "."));
        assert_eq!(marks(path), marks(&english), "{}", path.display());
    }
}

#[test]
fn every_text_of_the_catalog_is_there_in_both_languages() {
    let mut count = 0;
    for path in files(&repository().join("playbooks")).iter().filter(|p| p.extension().is_some_and(|e| e == "yaml")) {
        let tree: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        walk(&tree, &mut |text| {
            count += 1;
            let (en, es) =
                (text["en"].as_str().unwrap_or_default().trim(), text["es"].as_str().unwrap_or_default().trim());
            assert!(!en.is_empty() && !es.is_empty(), "{}: {text}", path.display());
            let sentence = en.split_whitespace().count() > 6;
            assert!(!sentence || en != es, "{}: not translated: {en}", path.display());
        });
    }
    assert!(count > 1000, "{count}");
}

/// Calls `see` with every `{en, es}`.
fn walk(value: &Value, see: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(map)
            if map.contains_key("en")
                || (map.contains_key("es")
                    && map.len() <= 2
                    && map["es"].as_str().is_some_and(|s| !s.starts_with("20"))) =>
        {
            see(value)
        }
        Value::Object(map) => map.values().for_each(|v| walk(v, see)),
        Value::Array(list) => list.iter().for_each(|v| walk(v, see)),
        _ => {}
    }
}
