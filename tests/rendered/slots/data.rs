//! What each template is given: the program runs on groups that have everything, with templates that write down what they see.

use super::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// Template → what it was given, each time.
pub(super) type Given = BTreeMap<String, Vec<Value>>;

/// All names of templates, as the engine knows them.
pub(super) fn names() -> Vec<String> {
    decamp::render::engine::Engine::new(BTreeMap::new()).names("")
}

/// A template that writes down all that it is given.
const TELLS: &str = "{{js this}}\u{e002}\n";

/// A folder of such templates. All of `plan/` is given the same: one of them tells, the others are left out, but for the one
/// by which the program measures two pages.
fn telling(bench: &Bench) -> String {
    for name in names() {
        let text = match name.as_str() {
            "plan/plan.md" | "plan/plan.es.md" => continue,
            "plan/plan.html" => format!("\u{e000}plan/\u{e001}{TELLS}"),
            n if n.starts_with("plan/") => String::new(),
            n => format!("\u{e000}{n}\u{e001}{TELLS}"),
        };
        bench.put(&format!("../telling/{name}.hbs"), text);
    }
    bench.top().join("telling").display().to_string()
}

/// Takes down what was told in a text.
fn take(given: &mut Given, text: &str) {
    for piece in text.split('\u{e000}').skip(1) {
        let (name, rest) = piece.split_once('\u{e001}').unwrap();
        let json: String = serde_json::from_str(rest.split_once('\u{e002}').unwrap().0).unwrap();
        let value = serde_json::from_str(&json).unwrap();
        let all = given.entry(name.to_owned()).or_default();
        if !all.contains(&value) {
            all.push(value);
        }
    }
}

fn take_files(given: &mut Given, bench: &Bench) {
    for (path, (_, bytes)) in crate::support::tree(&bench.dir()) {
        if !path.starts_with("evidence/") {
            take(given, &String::from_utf8_lossy(&bytes));
        }
    }
}

/// Plans and renders a group, and takes all down.
fn group(given: &mut Given, bench: &Bench, provider: &str, answered: bool) {
    let telling = telling(bench);
    bench.run(&["inventory"]).ok();
    let run = |args: &[&str]| bench.run(&[&["--templates", &telling, "--force"], args].concat()).ok();
    run(&["plan", "--to", provider]);
    let sets = if answered { answers(provider) } else { Vec::new() };
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    run(&[&["render"], &sets[..]].concat());
    for format in ["text", "md"] {
        for lang in ["en", "es"] {
            take(given, &run(&["exposure", "--format", format, "--lang", lang]).stdout);
        }
    }
    take_files(given, bench);
}

/// All that is given to templates, for groups that have everything.
pub(super) fn given() -> Given {
    let mut given = Given::new();
    for (provider, answered) in [("own-server", true), ("may-first", false)] {
        for entry in fs::read_dir(repository().join("tests/cases")).unwrap() {
            group(&mut given, &case(entry.unwrap().file_name().to_str().unwrap()), provider, answered);
        }
        for bench in [super::super::lists::groups(), super::super::clouds::made(&["casa-fotos"]), super::super::mail::microsoft()] {
            group(&mut given, &bench, provider, answered);
        }
    }
    let bench = Bench::new();
    let telling = telling(&bench);
    let run = |args: &[&str]| bench.run(&[&["--templates", &telling], args].concat()).ok();
    for lang in ["en", "es"] {
        take(&mut given, &run(&["demo", lang, "--lang", lang]).stdout);
    }
    run(&["interview", "--html", "questions.html"]);
    run(&["interview", "--paper", "paper.html"]);
    take_files(&mut given, &bench);
    let bench = crate::sealed::holders::trustees().0;
    let telling = self::telling(&bench);
    crate::sealed::holders::split(&bench, &["--templates", &telling]).ok();
    take_files(&mut given, &bench);
    let plan = given.remove("plan/").unwrap();
    for name in names().into_iter().filter(|n| n.starts_with("plan/")) {
        given.insert(name, plan.clone());
    }
    given
}
