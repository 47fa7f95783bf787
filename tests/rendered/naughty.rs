//! The big list of naughty strings, and worse ones made up here, through every syntax and every file that is written.

use super::programs::{files, mbsync, nginx};
use super::tools::python;
use super::*;
use serde_json::Value;
use std::fmt::Write as _;

/// What no list has: what would break out of the syntaxes that are written here.
const WORST: &[&str] = &[
    "$(touch canary)",
    "`touch canary`",
    "'; touch canary; '",
    "\"; touch canary; \"",
    "x\ntouch canary\n",
    "x\r\nHost: evil.example",
    "-oProxyCommand=touch canary",
    "--delete-before",
    "{{group.name}} {{{x}}} {{> x}} {{#each x}}",
    "{{ lookup('pipe', 'touch canary') }} {% raw %}",
    "]\n[new]\ntype = local",
    "x; return 200 y; #",
    "${HOME} $request_uri %{HTTP_HOST} $1 %1",
    "@ IN TXT x\n$INCLUDE /etc/passwd",
    "\\\" ) ( ; \\",
    "</script><script>alert(1)</script>",
    "]]> --> <!-- <![CDATA[",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "\u{ff1d}1+1",
    "\u{202e}gpj.exe\u{202c}",
    "\u{2066}x\u{2069}\u{200f}",
    "\u{feff}x\u{2028}y\u{2029}z",
    "a\u{0}b",
    "\u{1b}]52;c;eA==\u{7}",
    "\u{85}\u{9b}31m",
    "!unsafe |",
    "*x &y",
    "- - -",
    "null",
    "~",
    "0x1F",
    "1_000",
    "12:30:45",
    " x ",
    "",
    "#x",
    ";x",
    "it's \"both\"",
    "C:\\con",
    "../../../../etc/passwd",
];

/// All of them, each once.
pub(crate) fn strings() -> Vec<String> {
    let path = repository().join("target/naughty/blns.json");
    let text =
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}; .ci/install puts it there", path.display()));
    let list: Vec<String> = serde_json::from_str(&text).unwrap();
    assert!(list.len() > 400, "only {} strings", list.len());
    let labels = ["a".repeat(64), "a.".repeat(128), "x".repeat(5000), "ñ".repeat(300)];
    let all: BTreeSet<String> = list.into_iter().chain(WORST.iter().map(|w| (*w).to_owned())).chain(labels).collect();
    all.into_iter().collect()
}

/// Each string as one syntax writes it; what it refuses is left out, and must hold a reason in itself.
fn quoted(syntax: &str) -> Vec<(String, String)> {
    let (_, quote) = decamp::render::quote::ALL.iter().find(|(n, _)| *n == syntax).unwrap();
    let all = strings();
    let number = all.len();
    let good: Vec<_> = all.into_iter().filter_map(|s| quote(&s).ok().map(|q| (s, q))).collect();
    println!("summary: {syntax}: {} of {number} strings are written, the others refused", good.len());
    good
}

/// Runs a reader over a file and compares.
fn same(syntax: &str, bench: &Bench, mut command: Command, wanted: &[String]) {
    bench.settle(&mut command);
    let ran = finish(command, b"", &[syntax]).ok();
    let got: Vec<String> = serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{syntax}: {e}: {ran}"));
    assert_eq!(got.len(), wanted.len(), "{syntax}");
    for (got, wanted) in got.iter().zip(wanted) {
        assert_eq!(got, wanted, "{syntax}");
    }
}

fn python_reader(syntax: &str, bench: &Bench, text: &str, wanted: &[String]) {
    bench.put("values", text);
    let mut command = Command::new(python());
    command.arg(repository().join("tests/rendered/readers/read_values.py")).args([syntax, "values"]);
    same(syntax, bench, command, wanted);
}

#[test]
fn every_string_comes_back_from_every_data_syntax() {
    let bench = Bench::new();
    let values = |all: &[(String, String)]| all.iter().map(|(s, _)| s.clone()).collect::<Vec<_>>();

    let all = quoted("yaml");
    assert_eq!(all.len(), strings().len(), "YAML can say everything");
    let text = all.iter().fold("---\n".to_owned(), |t, (_, q)| t + "- " + q + "\n");
    python_reader("yaml", &bench, &text, &values(&all));

    let all = quoted("js");
    assert_eq!(all.len(), strings().len(), "JavaScript can say everything");
    let text = all.iter().map(|(_, q)| format!("  {q},\n")).collect::<String>();
    bench.put("values.js", format!("const all = [\n{text}];\nconsole.log(JSON.stringify(all));\n"));
    let mut node = Command::new(need("node"));
    node.arg("values.js");
    same("js", &bench, node, &values(&all));

    let all = quoted("xml");
    let text = all.iter().map(|(_, q)| format!("<i v=\"{q}\"/>\n")).collect::<String>();
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<all>\n{text}</all>\n");
    python_reader("xml", &bench, &text, &values(&all));
    let (good, said) = program(&bench, "xmllint", &["--noout", "--nonet", "values"]);
    assert!(good, "{said}");

    // What a page shows instead of what would command it.
    let shown = |s: &str| {
        let odd =
            |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        s.chars().map(|c| if odd(c) { '\u{fffd}' } else { c }).collect::<String>()
    };
    let all = quoted("html");
    let text = all.iter().map(|(_, q)| format!("<i v=\"{q}\">{q}</i>\n")).collect::<String>();
    python_reader("html", &bench, &text, &all.iter().map(|(s, _)| shown(s)).collect::<Vec<_>>());

    let all = quoted("csv");
    let text = all.iter().map(|(_, q)| format!("{q},\"x\"\n")).collect::<String>();
    bench.put("values", &text);
    let mut command = Command::new(python());
    command.arg(repository().join("tests/rendered/readers/read_values.py")).args(["csv", "values"]);
    bench.settle(&mut command);
    let got: Vec<String> = serde_json::from_str(&finish(command, b"", &["csv"]).ok().stdout).unwrap();
    assert_eq!(got.len(), all.len());
    for (got, (wanted, _)) in got.iter().zip(&all) {
        assert!(got == wanted || got.strip_prefix('\'') == Some(wanted), "{got:?} is not {wanted:?}");
        // ASVS 1.2.10: no spreadsheet may take it for a formula.
        let first = got.trim_start_matches([' ', '"', ',', ';']);
        assert!(
            !first.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']),
            "{got:?}"
        );
    }
}

#[test]
fn every_string_comes_back_from_shell_and_zone_and_programs() {
    let bench = Bench::new();
    let all = quoted("sh");
    let words = all.iter().map(|(_, q)| format!(" {q}")).collect::<String>();
    bench.put("words.sh", format!("#!/bin/sh\nprintf '%s\\0'{words}\n"));
    let (good, said) = program(&bench, "sh", &["-n", "words.sh"]);
    assert!(good, "{said}");
    let mut command = Command::new(need("sh"));
    bench.settle(&mut command);
    command.arg("words.sh");
    let ran = finish(command, b"", &["words.sh"]).ok();
    let got: Vec<&str> = ran.stdout.strip_suffix('\0').unwrap().split('\0').collect();
    assert_eq!(got, all.iter().map(|(s, _)| s.as_str()).collect::<Vec<_>>());
    assert!(!bench.has("canary") && !Path::new("/tmp/blns.fail").exists(), "a value was run");

    let all = quoted("zone");
    let records = all.iter().enumerate().fold(String::new(), |mut t, (n, (_, q))| {
        let _ = writeln!(t, "n{n} IN TXT {q}");
        t
    });
    bench.put("zone", crate::support::zone(&format!("ns IN A 192.0.2.1\n{records}")));
    accepted(&bench, "casaabierta.example", "zone");
    let args = ["-q", "-D", "-i", "none", "-o", "-", "casaabierta.example", "zone"];
    let (good, said) = program(&bench, "named-compilezone", &args);
    assert!(good, "{said}");
    let found: std::collections::BTreeMap<&str, &str> = said
        .lines()
        .filter_map(|l| l.split_once("TXT"))
        .map(|(head, value)| (head.split('.').next().unwrap(), value.trim_start()))
        .collect();
    for (n, (wanted, _)) in all.iter().enumerate() {
        assert_eq!(unescaped(found[format!("n{n}").as_str()]), wanted.as_bytes(), "{wanted:?}");
    }

    let all = quoted("ini");
    let text = all
        .iter()
        .enumerate()
        .map(|(n, (_, q))| format!("[old-{n}]\ntype = alias\nremote = {q}\n\n"))
        .collect::<String>();
    bench.put("rclone.conf", text);
    let (good, said) = program(&bench, "rclone", &["--config", "rclone.conf", "config", "dump"]);
    let dump: Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"));
    assert!(good && dump.as_object().unwrap().len() == all.len());
    for (n, (wanted, _)) in all.iter().enumerate() {
        assert_eq!(dump[format!("old-{n}")]["remote"], **wanted);
    }

    for syntax in ["plain", "md"] {
        for (value, quoted) in quoted(syntax) {
            assert!(!quoted.contains(['\n', '\r', '\0', '\u{1b}', '\u{85}']), "{syntax}: {value:?}");
        }
    }
    for (value, quoted) in quoted("md") {
        let plain = quoted.replace("\\\\", "");
        for mark in ["<", "`", "[", "*"] {
            let bare = plain.match_indices(mark).any(|(at, _)| !plain[..at].ends_with('\\'));
            assert!(!bare, "{mark} acts in {quoted:?}, from {value:?}");
        }
    }
}

/// The bytes of a canonical TXT value.
fn unescaped(value: &str) -> Vec<u8> {
    let (mut out, bytes, mut at, mut inside) = (Vec::new(), value.as_bytes(), 0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => inside = !inside,
            b'\\' if bytes[at + 1].is_ascii_digit() => {
                out.push(value[at + 1..at + 4].parse().unwrap());
                at += 3;
            }
            b'\\' => {
                out.push(bytes[at + 1]);
                at += 1;
            }
            b if inside => out.push(b),
            _ => {}
        }
        at += 1;
    }
    out
}

#[test]
fn nginx_answers_with_every_string_that_it_can_say() {
    let bench = Bench::new();
    let all = quoted("nginx");
    let rules = all.iter().enumerate().fold(String::new(), |mut t, (n, (_, q))| {
        let _ = writeln!(t, "location = /{n} {{ return 200 {q}; }}");
        t
    });
    bench.put("rules", rules);
    let (good, said) = nginx(&bench, "rules");
    assert!(good, "{said}");
    let server = super::web::serve_nginx(&bench, "rules");
    for (n, (wanted, _)) in all.iter().enumerate() {
        assert_eq!(super::web::body(&server, &format!("/{n}")), *wanted, "{wanted:?}");
    }
}

/// Rows of Google's user list, one a string, as people's names.
fn users(all: &[String]) -> String {
    let demo = fs::read_to_string(repository().join("templates/demo/evidence/users.csv")).unwrap();
    let header = demo.lines().next().unwrap();
    let columns: Vec<&str> = header.split(',').collect();
    let cell = |s: &str| format!("\"{}\"", s.replace('"', "\"\"").replace('\0', ""));
    all.iter().enumerate().fold(format!("{header}\n"), |mut t, (n, s)| {
        let of = |column: &&str| match *column {
            "First Name [Required]" => cell(s),
            "Last Name [Required]" => "Pérez".to_owned(),
            "Email Address [Required]" => format!("p{n}@rioclaro.example"),
            "Status [READ ONLY]" => "Active".to_owned(),
            "Email Usage [READ ONLY]" => "1.00GB".to_owned(),
            _ => String::new(),
        };
        let _ = writeln!(t, "{}", columns.iter().map(of).collect::<Vec<_>>().join(","));
        t
    })
}

/// Every rendered file goes through the checker of its syntax, once; the checkers that had something to read.
fn every_file_is_sound(bench: &Bench) -> BTreeSet<String> {
    let all = |end: &str| -> Vec<String> {
        files(bench, end).into_iter().filter(|p| bench.dir().join(p).is_file()).collect()
    };
    let mut seen = BTreeSet::new();
    let mut check = |name: &str, args: &[&str], paths: &[String]| {
        if !paths.is_empty() {
            let args: Vec<&str> = args.iter().copied().chain(paths.iter().map(String::as_str)).collect();
            let (good, said) = program(bench, name, &args);
            assert!(good, "{name}: {}", said.chars().take(3000).collect::<String>());
            seen.insert(name.to_owned());
        }
    };
    check("shellcheck", &["--shell=sh"], &all(".sh"));
    check("yamllint", &["-d", YAMLLINT], &[all(".yaml"), all(".yml")].concat());
    check("xmllint", &["--noout", "--nonet"], &[all(".xml"), all(".mobileconfig")].concat());
    for path in all(".js") {
        check("node", &["--check"], &[path]);
    }
    for path in all("rclone.conf") {
        let (good, said) = program(bench, "rclone", &["--config", &path, "config", "dump"]);
        let dump: Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"));
        assert!(good && dump.as_object().unwrap().keys().all(|k| k == "new" || k.starts_with("old-")), "{dump}");
    }
    for path in all("mbsyncrc") {
        let (good, said) = mbsync(bench, &path);
        assert!(good, "{said}");
    }
    for path in all(".conf").iter().filter(|p| p.contains("/web/")) {
        let (good, said) = nginx(bench, path);
        assert!(good, "{said}");
    }
    for path in all(".htaccess") {
        let modules = ["mpm_event", "authz_core", "rewrite"]
            .map(|m| format!("LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n"))
            .concat();
        let at = bench.dir().display().to_string();
        bench.put("apache.conf", format!("ServerRoot {at}\nErrorLog {at}/log\nPidFile {at}/pid\nListen 127.0.0.1:9\nServerName x\n{modules}Include \"{at}/{path}\"\n"));
        let (good, said) = program(bench, "apache2", &["-t", "-f", &format!("{at}/apache.conf")]);
        assert!(good, "{said}");
    }
    for path in
        all("vdirsyncer-PERSON.conf").iter().chain(all(".conf").iter().filter(|p| p.contains("vdirsyncer")).take(2))
    {
        let (good, said) = program(bench, "vdirsyncer", &["-c", path, "showconfig"]);
        assert!(good, "{path}: {said}");
    }
    for path in [all(".md"), all(".html"), all(".csv"), all(".txt")].concat() {
        let text = bench.text(&path);
        let odd =
            text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r') || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(odd, None, "{path}");
        let plain = text.to_ascii_lowercase();
        if path.ends_with(".md") || path.ends_with(".html") {
            for bad in ["<script", "<img", "<svg", "<iframe", "<object"] {
                let bare = plain.match_indices(bad).find(|(at, _)| !plain[..*at].ends_with('\\'));
                // The changes quote values of the zone in indented code.
                let quoted = |at: usize| plain[..at].rsplit('\n').next().unwrap_or_default().starts_with("    ");
                assert!(bare.is_none_or(|(at, _)| quoted(at)), "{bad} in {path}");
            }
        }
    }
    seen
}

fn all_checkers(seen: &BTreeSet<String>) {
    for wanted in ["shellcheck", "yamllint", "xmllint", "node"] {
        assert!(seen.contains(wanted), "nothing was there for {wanted}");
    }
}

#[test]
fn what_is_rendered_for_every_made_up_group_passes_every_checker() {
    let mut seen = BTreeSet::new();
    let mut number = 0;
    for entry in fs::read_dir(repository().join("tests/cases")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        for (provider, answered) in [("own-server", true), ("may-first", false)] {
            let bench = case(&name);
            rendered(&bench, provider, answered);
            seen.extend(every_file_is_sound(&bench));
            number += 1;
        }
    }
    assert!(number >= 20, "only {number} groups");
    all_checkers(&seen);
}

#[test]
fn the_evidence_may_hold_any_string_and_every_file_passes_its_checker() {
    let all = strings();
    // A table that holds what no text has is damaged from there on; such a value can't come that way.
    let text =
        |s: &&String| !s.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{80}'..='\u{9f}'));
    let told: Vec<String> = all.iter().filter(text).cloned().collect();
    assert!(told.len() > 480);
    let zone_quote = decamp::render::quote::ALL.iter().find(|(n, _)| *n == "zone").unwrap().1;
    let xml_quote = decamp::render::quote::ALL.iter().find(|(n, _)| *n == "xml").unwrap().1;
    let cell = |s: &str| format!("\"{}\"", s.replace('"', "\"\"").replace('\0', ""));
    let mut zone = case("rio-claro").text("evidence/rioclaro.example.zone");
    for (n, s) in all.iter().enumerate().filter(|(_, s)| s.len() < 4000) {
        let _ = writeln!(zone, "naughty{n} IN TXT {}", zone_quote(s).unwrap());
    }
    let pages = all.iter().filter_map(|s| xml_quote(s).ok());
    let urls = pages.map(|q| format!("<url><loc>https://rioclaro.example/{q}</loc></url>\n")).collect::<String>();
    let table = told.iter().enumerate().fold("old,new,note\n".to_owned(), |mut t, (n, s)| {
        let _ = writeln!(t, "{},/nueva/{n},", cell(&format!("/{s}")));
        let _ = writeln!(t, "/vieja/{n},{},", cell(&format!("/{s}")));
        let _ = writeln!(t, "/otra/{n},{},", cell(s));
        t
    });
    let bench = case("rio-claro")
        .file("evidence/rioclaro.example.zone", zone)
        .file("evidence/sitemap.xml", format!("<?xml version=\"1.0\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{urls}</urlset>\n"))
        .file("evidence/redirects.csv", table)
        .file("evidence/usuarios.csv", users(&told));
    rendered(&bench, "own-server", true);
    let inventory = bench.text("inventory.yaml");
    for kind in ["kind: sitemap", "kind: links", "kind: google-users"] {
        assert!(inventory.contains(kind), "{kind}");
    }
    all_checkers(&every_file_is_sound(&bench));
    for path in zone_files(&bench, "rioclaro.example").unwrap() {
        accepted(&bench, "rioclaro.example", &path);
    }
    let web = files(&bench, "redirects-rioclaro.example.conf").remove(0);
    let redirects = bench.text(&web).matches("return 302").count();
    assert!(redirects > 700, "only {redirects} redirects came through");
    println!(
        "summary: {} files from {} hostile strings pass their checkers; {redirects} redirects",
        files(&bench, "").len(),
        all.len()
    );
    // Scripts are run with programs that only take down how they were called.
    let search = super::web::stubs(&bench, &["php", "wget", "rclone", "wp", "imapsync"]);
    bench.put("occ", "<?php");
    for path in files(&bench, ".sh") {
        for word in ["look", "make", "left", "remotes", "dry"] {
            super::web::script(&bench, &path, &[word], &search);
        }
    }
    assert!(!bench.has("canary") && !Path::new("/tmp/blns.fail").exists(), "a value was run");
}

#[test]
fn a_group_may_be_called_anything_or_is_told_which_name_is_none() {
    let odd = |s: &str| s.chars().any(char::is_control);
    let all: Vec<String> = strings().into_iter().filter(|s| s.len() < 1000 && !s.trim().is_empty()).collect();
    let zone = case("rio-claro").text("evidence/rioclaro.example.zone");
    let quoted = |s: &str| serde_json::to_string(s).unwrap();
    let plain: Vec<&String> = all.iter().filter(|s| !odd(s)).collect();
    let mut taken = 0;
    for some in plain.chunks(48) {
        let name = some.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" ");
        let bench = Bench::new().file("evidence/rioclaro.example.zone", &zone).file(
            "group.yaml",
            format!(
                "name: {0}\ndomains: [rioclaro.example]\nroles: [{{name: {0}, role: technician}}]\n",
                quoted(&name)
            ),
        );
        for args in [&["inventory"][..], &["plan", "--to", "own-server"]] {
            bench.run(args).ok();
        }
        render(&bench, &answers("own-server")).ok();
        all_checkers(&every_file_is_sound(&bench));
        taken += some.len();
    }
    assert_eq!(taken, plain.len());
    // What no line can hold is refused, and the place is named.
    for value in all.iter().filter(|s| odd(s)) {
        let bench = Bench::new()
            .file("evidence/rioclaro.example.zone", &zone)
            .file("group.yaml", format!("name: {}\ndomains: [rioclaro.example]\n", quoted(value)));
        let ran = bench.run(&["inventory"]);
        let ran = if ran.exit == Some(0) { bench.run(&["plan", "--to", "own-server"]) } else { ran };
        let ran = if ran.exit == Some(0) { render(&bench, &answers("own-server")) } else { ran };
        match ran.exit {
            Some(0) => drop(every_file_is_sound(&bench)),
            Some(2) => {
                assert!(ran.stderr.contains("group.yaml") || ran.stderr.contains("templates/"), "{value:?}: {ran}")
            }
            _ => panic!("{value:?}: {ran}"),
        }
    }
}
