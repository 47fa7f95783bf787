//! Bad inputs that others gathered, which `.ci/install` fetches into `target/corpora`: JSONTestSuite, the YAML test suite, the
//! Big List of Naughty Strings, and the letters with which `mail-parser` is tested.

use super::{Input, Wanted, measured, read};
use crate::support::{Bench, SOON, repository};
use std::fs;
use std::path::PathBuf;

#[derive(Debug, serde::Deserialize)]
struct Json {
    name: String,
    input: String,
}

#[derive(Debug, serde::Deserialize)]
struct Yaml {
    name: Option<String>,
    yaml: String,
}

fn corpora() -> PathBuf {
    let found = repository().join("target/corpora");
    assert!(found.is_dir(), "the public lists are missing; fetch them: .ci/install does");
    found
}

fn list<T: serde::de::DeserializeOwned>(name: &str) -> Vec<T> {
    serde_json::from_slice(&fs::read(corpora().join(name)).unwrap()).unwrap()
}

/// The naughty strings.
pub fn strings() -> Vec<String> {
    let all: Vec<String> = list("strings.json");
    assert!(all.len() >= 480, "{}", all.len());
    all
}

fn letters() -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(corpora().join("letters")).unwrap().map(|e| e.unwrap());
    let mut all: Vec<(String, Vec<u8>)> =
        files.map(|f| (f.file_name().into_string().unwrap(), fs::read(f.path()).unwrap())).collect();
    all.sort();
    assert!(all.len() >= 100, "{}", all.len());
    all
}

/// How many there are.
pub fn count() -> usize {
    let json: Vec<Json> = list("json.json");
    let yaml: Vec<Yaml> = list("yaml.json");
    json.len() + yaml.len() + letters().len() + strings().len()
}

/// What is no JSON is named as damaged, and what is JSON is read: each as a part of exports that are read by streaming.
#[test]
fn the_json_test_suite() {
    let all: Vec<Json> = list("json.json");
    assert_eq!(all.len(), 318);
    let around = [
        ("har", "a.har", "{\"log\":{\"version\":\"1.2\",\"entries\":[],\"comment\":", "}}"),
        ("logins", "a.json", "{\"encrypted\":false,\"folders\":[],\"items\":[{\"name\":", "}]}"),
        ("bookmarks", "Bookmarks", "{\"roots\":{\"bookmark_bar\":{\"children\":[{\"meta_info\":", "}]}}}"),
        ("aws", "a.json", "{\"ResourceTagMappingList\":[{\"Tags\":", "}]}"),
    ];
    let mut inputs = Vec::new();
    for (kind, file, before, behind) in around {
        for Json { name, input } in &all {
            let wanted = Wanted {
                // What a parser may do as it likes with may be taken for anything.
                kind: (!name.starts_with("i_")).then(|| kind.to_owned()),
                reason: name.starts_with("n_").then(|| "export it again".to_owned()),
                sound: name.starts_with("y_"),
            };
            let bytes = format!("{before}{input}{behind}").into_bytes();
            inputs.push(Input { name: format!("{kind} {name}"), file: file.into(), bytes, wanted, alone: false });
        }
    }
    read(inputs, "JSON files of the public suite");
}

#[test]
fn the_letters_of_the_mail_parser() {
    let mut inputs = Vec::new();
    let mut mailbox = Vec::new();
    for (name, bytes) in letters() {
        mailbox.extend_from_slice(b"From a@b.example Mon Jan  5 10:00:00 2026\n");
        mailbox.extend_from_slice(&bytes);
        mailbox.extend_from_slice(b"\n\n");
        inputs.push(Input { name: name.clone(), file: name, bytes, wanted: Wanted::default(), alone: false });
    }
    let wanted = Wanted { kind: Some("mbox".into()), ..Wanted::default() };
    inputs.push(Input {
        name: "all in one mailbox".into(),
        file: "all.mbox".into(),
        bytes: mailbox,
        wanted,
        alone: true,
    });
    read(inputs, "public letters");
}

/// As evidence (octoDNS's files), as what people write by hand, and as playbooks.
#[test]
fn the_yaml_test_suite() {
    let all: Vec<Yaml> = list("yaml.json");
    assert!(all.len() >= 84, "{}", all.len());
    let mut inputs = Vec::new();
    for Yaml { name, yaml } in &all {
        let below: String = yaml.lines().map(|l| format!("  {l}\n")).collect();
        let bytes = format!("www:\n  type: A\n  value: 192.0.2.1\nbad:\n{below}").into_bytes();
        inputs.push(Input {
            name: name.clone().unwrap_or_default(),
            file: "casa.example.yaml".into(),
            bytes,
            wanted: Wanted::default(),
            alone: false,
        });
    }
    read(inputs, "YAML files of the public suite");
    let bench = Bench::new();
    let mut args = vec!["catalog".to_owned(), "check".to_owned()];
    for (n, Yaml { name, yaml }) in all.iter().enumerate() {
        bench.put("group.yaml", yaml);
        let before = bench.tree();
        let (ran, _) = measured(&bench, &["status"]);
        let ran = ran.exits(2).says("group.yaml");
        assert!(ran.took < SOON && bench.tree() == before, "{name:?}: {ran}");
        super::assert_printable(&ran);
        bench.put(&format!("ours/services/s{n}.yaml"), yaml);
        args.push(format!("ours/services/s{n}.yaml"));
    }
    fs::remove_file(bench.dir().join("group.yaml")).unwrap();
    let ran = bench.run(&args.iter().map(String::as_str).collect::<Vec<_>>()).exits(1);
    for n in 0..all.len() {
        assert!(ran.all().contains(&format!("s{n}.yaml")), "s{n}.yaml is not named: {ran}");
    }
}
