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
        let value: Value = serde_json::from_str(&json).unwrap();
        let all = given.entry(name.to_owned()).or_default();
        if !all.contains(&value) {
            all.push(value);
        }
    }
}

fn take_files(given: &mut Given, folder: &Path) {
    for (_, bytes) in crate::support::tree(folder).into_values() {
        // A bundle is no text.
        if let Ok(text) = String::from_utf8(bytes) {
            take(given, &text);
        }
    }
}

/// A group that has all: what it is planned with, and other words in the plan that is rendered.
type Turn<'t> = (&'t [&'t str], &'t [(&'t str, &'t str)], &'t [String]);

/// Plans and renders a group, in each of these ways, and takes all down.
fn group(given: &mut Given, bench: &Bench, turns: &[Turn<'_>]) {
    let telling = telling(bench);
    let run = |args: &[&str]| bench.run(&[&["--templates", &telling, "--force"], args].concat()).ok();
    bench.run(&["inventory"]).ok();
    for (args, other, sets) in turns {
        run(&[&["plan"], *args].concat());
        take(given, &bench.text("plan/plan.html"));
        for (from, to) in *other {
            bench.put("plan/plan.yaml", bench.text("plan/plan.yaml").replace(from, to));
        }
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        run(&[&["render"], &sets[..]].concat());
        take_files(given, &bench.dir().join("configs"));
    }
    for format in ["text", "md"] {
        for lang in ["en", "es"] {
            take(given, &run(&["exposure", "--format", format, "--lang", lang]).stdout);
        }
    }
}

/// A group with evidence of every kind that a template is for.
fn full() -> Bench {
    let mut bench = case("rio-claro");
    let more =
        [super::super::lists::groups(), super::super::lists::everybody(), super::super::clouds::made(&["casa-fotos"])];
    for other in more {
        for (path, (_, bytes)) in crate::support::tree(&other.dir().join("evidence")) {
            let text = String::from_utf8(bytes.clone())
                .map(|t| t.replace("casaabierta.example", "rioclaro.example").into_bytes());
            bench = bench.file(&format!("evidence/{path}"), text.unwrap_or(bytes));
        }
    }
    let users = fs::read_to_string(repository().join("templates/demo/evidence/users.csv")).unwrap();
    bench
        .file(
            "evidence/usuarios.csv",
            users.replace("casaabierta.example", "rioclaro.example") + "Ceci,Y,ceci@otra.example,/,Active,1GB\n",
        )
        .file("evidence/redirects.csv", "old,new,note\n/vieja?x=1,/nueva,\n/otra,/aquella,\n/sin,,\n/mala\u{9b},/x,\n")
}

/// All that is given to templates, for groups that have everything.
pub(super) fn given() -> Given {
    let mut given = Given::new();
    let own: &[&str] = &["--to", "own-server"];
    let (none, answered) = (Vec::new(), super::super::server::server("192.0.2.7"));
    let other = [("to: mailman", "to: sympa"), ("to: civicrm", "to: listmonk")];
    let turns: [Turn<'_>; 5] = [
        (own, &[], &answered),
        (own, &other, &none),
        (&["--to", "may-first"], &[], &none),
        (&["--to", "yunohost"], &[], &none),
        (&["--to", "coop-cloud"], &[], &none),
    ];
    group(&mut given, &full(), &turns);
    // A mail server that the group has set up itself: there mail is signed by OpenDKIM.
    let without = super::super::dkim::own_server_without_templates();
    let bench = case("rio-claro").file("own/providers/own-server.yaml", without);
    let mut sets = answered.clone();
    sets.extend(["--playbooks".to_owned(), "own".to_owned()]);
    group(&mut given, &bench, &[(&["--to", "own-server", "--playbooks", "own"], &[], &sets)]);
    group(&mut given, &case("red-raiz"), &[(own, &[], &answered)]);
    // A group of which nothing is known: few lines before the five things.
    let bench = Bench::group("casaabierta.example").file("evidence/nota.txt", "hola\n");
    let telling = telling(&bench);
    bench.run(&["inventory"]).ok();
    bench.run(&["--templates", &telling, "plan"]).ok();
    take(&mut given, &bench.text("plan/plan.html"));
    group(&mut given, &super::super::mail::microsoft(), &[(own, &[], &answered), (own, &[], &none)]);
    for name in ["clinica-amapola", "radio-cenzontle", "red-raiz", "puente"] {
        group(
            &mut given,
            &case(name),
            &[(&["--to", "may-first"], &[], &none), (&["--until", "2027-01-15"], &[], &none)],
        );
    }
    let bench = Bench::new();
    let telling = self::telling(&bench);
    let run = |args: &[&str]| bench.run(&[&["--templates", &telling], args].concat()).ok();
    for lang in ["en", "es"] {
        take(&mut given, &run(&["demo", lang, "--lang", lang]).stdout);
    }
    run(&["interview", "--html", "questions.html"]);
    run(&["interview", "--paper", "paper.html"]);
    take_files(&mut given, &bench.dir());
    let bench = crate::sealed::holders::trustees().0;
    let telling = self::telling(&bench);
    crate::sealed::holders::split(&bench, &["--templates", &telling]).ok();
    take_files(&mut given, &bench.dir());
    let plan = given.remove("plan/").unwrap();
    for name in names().into_iter().filter(|n| n.starts_with("plan/")) {
        given.insert(name, plan.clone());
    }
    given
}
