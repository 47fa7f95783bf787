//! Naughty strings where people write names: the organisation, its domains, accounts, files. None is taken for a path, none
//! drives a terminal, none is markup in a report.

use super::made::gzip;
use super::public::strings;
use super::{assert_printable, measured};
use crate::crash::times;
use crate::support::{Bench, SOON, tree, zip, zone};
use std::collections::BTreeSet;
use std::path::Path;

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// The names of all that a run wrote: plain letters, digits and a few signs.
fn assert_plain_names(dir: &Path, why: &str) {
    for path in tree(dir).into_keys() {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
        assert!(path.chars().all(plain) && !path.contains(".."), "{why}: `{path}` was written");
    }
}

/// Many groups in one run, and the whole way for some.
#[test]
fn organisations() {
    let bench = Bench::new();
    let all: Vec<String> = strings().into_iter().step_by(times(5, 1)).collect();
    let evidence = zone("@ IN MX 1 aspmx.l.google.com.\nwww IN CNAME ext-cust.squarespace.com.\n");
    for (n, name) in all.iter().enumerate() {
        bench.put(
            &format!("groups/g{n:03}/group.yaml"),
            format!(
                "name: {}\ndomains: [casaabierta.example]\npeople: 9\nwishes: {{providers: [may-first]}}\n",
                quoted(name)
            ),
        );
        bench.put(&format!("groups/g{n:03}/evidence/casa.zone"), &evidence);
    }
    let outside = |b: &Bench| tree(&b.top().join("canary"));
    let before = outside(&bench);
    for args in [&["inventory", "--group-dirs", "groups"][..], &["plan", "--group-dirs", "groups"]] {
        let (ran, _) = measured(&bench, args);
        // A name of nothing but blanks is refused, and told of; the others are read.
        assert!(matches!(ran.exit, Some(0..=3)), "{ran}");
        assert_printable(&ran);
    }
    assert_eq!(outside(&bench), before);
    assert_plain_names(&bench.dir(), "all");
    let planned = (0..all.len()).filter(|n| bench.has(&format!("groups/g{n:03}/plan/plan.yaml"))).count();
    assert!(planned + 10 >= all.len(), "only {planned} of {} have a plan", all.len());
    for (n, name) in all.iter().enumerate() {
        let page = bench.dir().join(format!("groups/g{n:03}/plan/plan.html"));
        let Ok(page) = std::fs::read_to_string(page) else { continue };
        assert_escaped(name, &page);
    }
    let mut walked = 0;
    for (n, name) in all.iter().enumerate().filter(|(n, _)| n % times(6, 1) == 0) {
        let folder = format!("groups/g{n:03}");
        if !bench.has(&format!("{folder}/plan/plan.yaml")) {
            continue;
        }
        walked += 1;
        for args in [&["exposure", "--format", "md"][..], &["exposure", "-v"], &["next"], &["status"], &["render"]] {
            let args: Vec<&str> = ["-C", folder.as_str()].iter().chain(args).copied().collect();
            let ran = bench.run(&args);
            // What a syntax can't say is refused, and the place named.
            let refused =
                ran.exit == Some(2) && ran.stderr.contains("can't be written") && ran.stderr.contains("--> templates/");
            assert!(ran.exit == Some(0) || args.contains(&"render") && refused, "{name:?}: {ran}");
            assert!(ran.took < SOON, "{name:?}: {ran}");
            assert_printable(&ran);
            if args.contains(&"md") {
                assert_escaped(name, &ran.stdout);
            }
        }
    }
    assert_eq!(outside(&bench), before);
    assert_plain_names(&bench.dir(), "all");
    println!("summary: hostile: {planned} names of organisations planned for, {walked} of them the whole way");
}

/// What is markup in a name is none in a page.
fn assert_escaped(name: &str, page: &str) {
    let tags = |text: &str| -> BTreeSet<String> {
        let lower = text.to_lowercase();
        lower.split('<').skip(1).map(|t| t.chars().take(12).collect()).collect()
    };
    // Tags that a page has anyway.
    let own = ["<b>", "<i>", "<br>", "<p>", "<a ", "<div", "<style", "<script>\n"];
    for tag in tags(name).iter().filter(|t| t.len() > 6 && t.starts_with(|c: char| c.is_ascii_alphabetic())) {
        let tag = format!("<{tag}");
        assert!(
            own.contains(&tag.as_str()) || !page.to_lowercase().contains(&tag),
            "{name:?}: `{tag}` stands in a page"
        );
    }
}

/// A domain is one, or it is refused and nothing is written.
#[test]
fn domains() {
    let mut taken = 0;
    for name in strings().iter().filter(|s| !s.contains('\0')) {
        let bench = Bench::new();
        let before = bench.tree();
        let ran = bench.run(&["init", "--name", "Casa", "--to", "may-first", &format!("--domain={name}")]);
        assert_printable(&ran);
        match ran.exit {
            Some(0) => {
                taken += 1;
                assert!(!name.contains(['/', '<', '"', '\'', ' ', '$', '`']), "{name:?} was taken for a domain: {ran}");
            }
            Some(2) => assert_eq!(bench.tree(), before, "{ran}"),
            _ => panic!("{ran}"),
        }
        assert_plain_names(&bench.dir(), name);
    }
    println!("summary: hostile: {taken} naughty strings are domains, the others are refused");
}

/// Files by these names, and members of archives.
#[test]
fn files() {
    let ledger = "Date,Description,Amount\n2026-01-05,SLACK T02ABC123,-87.00\n";
    let bench = Bench::group("casaabierta.example");
    let mut names = BTreeSet::new();
    for name in strings() {
        // What can be the name of a file: longer ones are cut, folders become signs.
        let name: String = name.replace(['/', '\0'], "\u{2215}");
        let name: String = name
            .chars()
            .scan(0, |n, c| {
                *n += c.len_utf8();
                (*n <= 200).then_some(c)
            })
            .collect();
        if !matches!(name.as_str(), "" | "." | "..") && !name.starts_with(".decamp-") {
            names.insert(name);
        }
    }
    let members: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), ledger.as_bytes())).collect();
    bench.put("evidence/all.zip", zip(&members));
    let mut tar = tar::Builder::new(Vec::new());
    for name in &names {
        let mut header = tar::Header::new_gnu();
        header.set_size(ledger.len() as u64);
        header.set_mode(0o644);
        // Names that lead out are made elsewhere.
        if tar.append_data(&mut header, name, ledger.as_bytes()).is_err() {
            panic!("{name:?}");
        }
    }
    bench.put("evidence/all.tgz", gzip(&tar.into_inner().unwrap()));
    for name in &names {
        bench.put(&format!("evidence/{name}"), ledger);
    }
    let before = bench.tree();
    let (ran, memory) = measured(&bench, &["inventory", "-o", "-", "--json", "-v"]);
    let ran = ran.ok();
    assert!(ran.took < SOON * 2 && memory < super::MEMORY, "{memory}: {ran}");
    assert_printable(&ran);
    assert_eq!(bench.tree(), before);
    let made = ran.json();
    let ledgers = made["sources"].as_array().unwrap().iter().filter(|s| s["kind"] == "ledger" && s["matched"] == 1);
    assert_eq!(ledgers.count(), 3 * names.len());
    for args in [&["inventory", "-v"][..], &["plan"], &["exposure", "-v"], &["inventory", "--explain", "slack"]] {
        let ran = bench.run(args).ok();
        assert_printable(&ran);
    }
    println!("summary: hostile: {} names of files, each also in a zip and in a tar", names.len());
}

/// In cells, addresses and letters.
#[test]
fn accounts() {
    let cell = |s: &String| format!("\"{}\"", s.replace('"', "\"\""));
    let all = strings();
    let rows = |row: &dyn Fn(&String) -> String| all.iter().map(row).collect::<String>();
    let line = |s: &String| s.replace(['\r', '\n'], " ");
    let bench = Bench::group("casaabierta.example");
    bench.put(
        "evidence/users.csv",
        format!(
            "First Name [Required],Last Name [Required],Email Address [Required],Status [READ ONLY]\n{}",
            rows(&|s| format!("{0},{0},{1},Active\n", cell(s), cell(&format!("{s}@casaabierta.example"))))
        ),
    );
    bench.put(
        "evidence/ledger.csv",
        format!("Date,Description,Amount\n{}", rows(&|s| format!("2026-01-05,{},-1\n", cell(s)))),
    );
    bench.put(
        "evidence/logins.csv",
        format!("name,url,username,password\n{}", rows(&|s| format!("{0},{0},{0},{0}\n", cell(s)))),
    );
    bench.put("evidence/answers.csv", format!("question,answer\n{}", rows(&|s| format!("01-mail,{}\n", cell(s)))));
    bench.put(
        "evidence/mail.mbox",
        rows(&|s| {
            format!("From a@b.example Mon Jan  5 10:00:00 2026\nFrom: {0} <{0}@{0}>\nSubject: {0}\n\n{0}\n\n", line(s))
        }),
    );
    bench.put(
        "evidence/page.html",
        format!(
            "<!doctype html><html>{}</html>",
            rows(&|s| format!("<img src=\"https://{0}/\" alt=\"{0}\"><p>{0}</p>\n", s))
        ),
    );
    bench.put(
        "evidence/bookmarks.html",
        format!(
            "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n{}</DL>\n",
            rows(&|s| format!("<DT><A HREF=\"{0}\">{0}</A>\n", line(s)))
        ),
    );
    bench.put("evidence/casa.zone", zone(&rows(&|s| format!("a IN TXT {}\n", zone_text(s)))));
    let (ran, memory) = measured(&bench, &["inventory", "-o", "-", "--json", "-v"]);
    let ran = ran.ok();
    assert!(ran.took < SOON && memory < super::MEMORY, "{memory}: {ran}");
    assert_printable(&ran);
    let made = ran.json();
    assert_eq!(made["sources"].as_array().unwrap().len(), 8, "{made}");
    let outside = tree(&bench.top().join("canary"));
    for args in [&["inventory", "-v"][..], &["plan"], &["exposure", "-v"], &["exposure", "--format", "md"], &["render"]]
    {
        let ran = bench.run(args).ok();
        assert_printable(&ran);
    }
    assert_eq!(tree(&bench.top().join("canary")), outside);
}

/// A text of a master file (RFC 1035 §5.1), at most 255 bytes.
fn zone_text(text: &str) -> String {
    let bytes = text.bytes().take(255);
    let out: String = bytes
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("\\{b:03}") })
        .collect();
    format!("\"{out}\"")
}
