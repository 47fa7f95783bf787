//! The samples of every kind (`tests/evidence`) hold canaries in all that is personal or secret in them: passwords, tokens in
//! addresses, bodies of letters, notes, card numbers, access keys, connection strings, names. None may be anywhere but in the
//! evidence, whichever command is run, and whatever is wrong with the file.

use super::{assert_clean_of, base64};
use crate::crash::times;
use crate::support::{Bench, Ran, repository, tree};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What every canary of the samples begins with.
const CORE: &str = "c4n4ry";

/// The forms in which a canary could hide, lower case.
fn forms() -> Vec<String> {
    let hex: String = CORE.bytes().map(|b| format!("{b:02x}")).collect();
    let url: String = CORE.bytes().map(|b| format!("%{b:02x}")).collect();
    let reversed: String = CORE.chars().rev().collect();
    let mut all = vec![CORE.to_owned(), hex, url, reversed];
    for core in [CORE.to_owned(), CORE.to_uppercase()] {
        for skip in 0..3 {
            let padded: Vec<u8> = std::iter::repeat_n(0, skip).chain(core.bytes()).collect();
            // The outer signs depend on the neighbours.
            let from = if skip == 0 { 0 } else { skip + 1 };
            all.push(base64(&padded)[from..padded.len() / 3 * 4].to_lowercase());
        }
    }
    all.retain(|f| f.len() > 4);
    all
}

/// The files of one kind's samples that are files, under names that say nothing.
fn samples(kind: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<PathBuf> = fs::read_dir(kind).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    let mut found = Vec::new();
    for (n, path) in all.iter().filter(|p| !p.to_str().unwrap().ends_with(".expect.yaml")).enumerate() {
        if path.is_dir() {
            for (below, (_, bytes)) in tree(path).into_iter().filter(|(below, _)| path.join(below).is_file()) {
                found.push((format!("{n:02}/{below}"), bytes));
            }
        } else {
            let ending = path.extension().map_or(String::new(), |e| format!(".{}", e.to_str().unwrap()));
            found.push((format!("{n:02}/sample{ending}"), fs::read(path).unwrap()));
        }
    }
    // A name that holds one is shown as the path that it is.
    found.retain(|(name, _)| !name.to_lowercase().contains(CORE));
    found
}

fn kinds() -> Vec<PathBuf> {
    let root = repository().join("tests/evidence");
    let mut all: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    // Zones are public, and the contract lists what they hold; their comments are looked at below.
    all.retain(|p| !p.ends_with("zone-like"));
    all.sort();
    all
}

/// The name of an app that nobody knows is no secret: it stands among what nobody recognised.
const APP: &str = "tienda c4n4ry";

/// Neither what was printed nor what was written holds a canary.
fn assert_kept(bench: &Bench, ran: &Ran) {
    assert_kept_but(bench, ran, &BTreeSet::new());
}

/// The same, but for those that `render` is given on purpose.
fn assert_kept_but(bench: &Bench, ran: &Ran, given: &BTreeSet<String>) {
    let forms = forms();
    let plain = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase().replace(APP, "");
    // The longest first: one may begin as another does.
    let without = |text: String| {
        if given.is_empty() || !text.contains(CORE) {
            return text;
        }
        let mut all: Vec<&String> = given.iter().collect();
        all.sort_by_key(|w| std::cmp::Reverse(w.len()));
        all.into_iter().fold(text, |text, word| text.replace(word.as_str(), ""))
    };
    let said = without(plain(ran.all().as_bytes()));
    assert_clean_of(&forms, &format!("decamp {}", ran.args.join(" ")), said.as_bytes());
    for (path, (_, content)) in bench.tree().into_iter().filter(|(p, _)| !p.starts_with("work/evidence")) {
        let rendered = path.starts_with("work/configs") || path.starts_with("work/.decamp/state.json");
        let text = plain(&content);
        assert_clean_of(&forms, &path, if rendered { without(text) } else { text }.as_bytes());
    }
}

/// What configurations need of a kind, and nothing else of it may be in them: addresses and names of lists of people, names of
/// cloud resources with what says what they are for.
fn given(kind: &Path, samples: &[(String, Vec<u8>)]) -> BTreeSet<String> {
    const CLOUDS: [&str; 4] = ["aws", "azure", "gcp", "terraform"];
    const PEOPLE: [&str; 3] = ["google-groups", "google-users", "m365-users"];
    let kind = kind.file_name().unwrap().to_str().unwrap();
    let mut found = BTreeSet::new();
    for (_, bytes) in samples {
        let text = match bytes.as_slice() {
            [0xff, 0xfe, ..] => encoding_rs::UTF_16LE.decode(bytes).0,
            [0xfe, 0xff, ..] => encoding_rs::UTF_16BE.decode(bytes).0,
            _ => String::from_utf8_lossy(bytes),
        };
        if CLOUDS.contains(&kind) {
            named(&text, &mut found);
        } else if PEOPLE.contains(&kind) {
            columns(&text, &mut found);
        }
    }
    found
}

/// The canaries in what names a resource, also of a list that is cut off: by the pairs `"key": "value"` in their order.
fn named(text: &str, found: &mut BTreeSet<String>) {
    const KEYS: [&str; 17] = [
        "id",
        "name",
        "arn",
        "resourcearn",
        "resourceid",
        "resourcename",
        "physicalresourceid",
        "instanceid",
        "bucket",
        "identifier",
        "dbinstanceidentifier",
        "username",
        "masterusername",
        "endpoint",
        "address",
        "host",
        "self_link",
    ];
    // What stands between quotation marks, and what follows each.
    let parts: Vec<&str> = text.split('"').collect();
    let mut tag = "";
    for at in (1..parts.len().saturating_sub(2)).step_by(2) {
        let (key, between, value) = (parts[at].to_lowercase(), parts[at + 1].trim(), parts[at + 2]);
        if between != ":" {
            continue;
        }
        if KEYS.contains(&key.as_str()) || (key == "value" && tag == "Name") {
            found.append(&mut canaries(value.as_bytes()));
        }
        if key == "key" {
            tag = value;
        }
    }
}

/// The canaries in the columns of addresses and names, and in the lines above, where the list's own name stands.
fn columns(text: &str, found: &mut BTreeSet<String>) {
    let is = |cell: &str| {
        let cell = cell.to_lowercase();
        ["mail", "principal", "name", "alias", "proxy", "nombre", "correo", "nom", "group"]
            .iter()
            .any(|w| cell.contains(w))
    };
    for delimiter in [b',', b';', b'\t'] {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut wanted: Option<Vec<usize>> = None;
        for row in reader.records().map_while(Result::ok) {
            match &wanted {
                None => {
                    row.iter().for_each(|c| found.append(&mut canaries(c.as_bytes())));
                    let known: Vec<usize> = (0..row.len()).filter(|n| is(&row[*n])).collect();
                    wanted = (row.len() > 1 && !known.is_empty()).then_some(known);
                }
                Some(known) => {
                    for cell in known.iter().filter_map(|n| row.get(*n)) {
                        found.append(&mut canaries(cell.as_bytes()));
                    }
                }
            }
        }
    }
}

/// The distinct canaries in some bytes.
fn canaries(bytes: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let word = |at: usize| text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    text.match_indices(CORE).map(|(at, _)| word(at)).collect()
}

#[test]
fn no_canary_of_any_kind_leaves_the_evidence_on_the_whole_way() {
    let mut all = BTreeSet::new();
    let mut kinds_with = 0;
    for kind in kinds() {
        let bench = Bench::group("casanorte.example");
        let mut own = BTreeSet::new();
        let samples = samples(&kind);
        let given = given(&kind, &samples);
        for (name, bytes) in samples {
            own.append(&mut canaries(&bytes));
            bench.put(&format!("evidence/{name}"), bytes);
        }
        kinds_with += usize::from(!own.is_empty());
        all.append(&mut own);
        // A history is read only when it is named.
        for args in [
            &["inventory", "-v"][..],
            &["inventory", "--json", "-v"],
            &["inventory", "-o", "-", "-v"],
            &["inventory", "--show-unmatched", "-v"],
            &["inventory", "--redact", "-o", "-"],
            &["exposure", "-v"],
            &["exposure", "--format", "md"],
            &["plan", "-v"],
            &["next"],
            &["status"],
            &["render", "-v"],
        ] {
            let ran = bench.run(args);
            assert!(matches!(ran.exit, Some(0 | 2)), "{}: {ran}", kind.display());
            if args[0] == "render" {
                assert_kept_but(&bench, &ran, &given);
            } else {
                assert_kept(&bench, &ran);
            }
        }
        // What was rendered names people; what follows does not.
        if bench.dir().join("configs").exists() {
            fs::remove_dir_all(bench.dir().join("configs")).unwrap();
            fs::remove_dir_all(bench.dir().join(".decamp")).unwrap();
        }
        let made = bench.inventory(&[]);
        for service in made["services"].as_array().unwrap().iter().take(times(3, 1000)) {
            let id = service["id"].as_str().unwrap();
            assert_kept(&bench, &bench.run(&["inventory", "--explain", id, "-v"]).ok());
        }
    }
    println!("summary: {} canaries in {kinds_with} kinds of evidence, none of them anywhere else", all.len());
    assert!(all.len() >= 200 && kinds_with >= 25, "{} canaries in {kinds_with} kinds", all.len());
}

/// Cut off, with signs that break every format, and with bytes that are no text.
#[test]
fn no_canary_is_in_the_errors_of_damaged_files_of_any_kind() {
    let mut count = 0;
    for kind in kinds() {
        let bench = Bench::group("casanorte.example");
        let samples = samples(&kind);
        let mut meant = given(&kind, &samples);
        for (name, bytes) in samples {
            let (folder, file) = name.split_once('/').unwrap();
            let at = |share: usize| bytes.len() * share / 100;
            let with = |at: usize, what: &[u8]| [&bytes[..at], what, &bytes[at..]].concat();
            let damaged = [
                bytes[..at(30)].to_vec(),
                bytes[..at(55)].to_vec(),
                bytes[..at(90)].to_vec(),
                with(at(50), b"\""),
                with(at(50), b"\0"),
                with(at(60), b"}]>,<"),
                with(at(40), b"\xff\xfe\x01\x02"),
            ];
            for (n, bad) in damaged.into_iter().enumerate() {
                // A damage may stand in the middle of a name.
                let bad = [(file.to_owned(), bad)];
                meant.append(&mut given(&kind, &bad));
                let [(_, bad)] = bad;
                bench.put(&format!("evidence/{n}/{folder}/{file}"), bad);
                count += 1;
            }
        }
        for args in [&["inventory", "-v"][..], &["inventory", "--json", "-v"], &["plan"], &["render"]] {
            let ran = bench.run(args);
            assert!(matches!(ran.exit, Some(0 | 2)), "{}: {ran}", kind.display());
            if args[0] == "render" {
                assert_kept_but(&bench, &ran, &meant);
            } else {
                assert_kept(&bench, &ran);
            }
        }
    }
    println!("summary: {count} damaged files with canaries");
}

/// Comments of a zone are somebody's notes; a page holds tokens of whoever saved it.
#[test]
fn no_canary_leaves_the_comments_of_a_zone_or_the_fields_of_a_page() {
    let head = "; c4n4ry-note\n$ORIGIN casanorte.example. ; c4n4ry-pass\n$TTL 3600\n@ IN SOA ns root ( 1 ; c4n4ry-serial\n 2 3 4 5 )\n@ IN NS ns\nns IN A 192.0.2.1\n@ IN MX 1 aspmx.l.google.com. ; c4n4ry-login\n";
    let wrong = [
        "",
        "x IN TXT \"open ; c4n4ry-a\n",
        "x IN A ( 192.0.2.1 ; c4n4ry-b\n",
        "x IN A 999.0.2.1 ; c4n4ry-c\n",
        "x IN FOO-? y ; c4n4ry-d\n",
        "x IN MX ten a ; c4n4ry-e\n",
        "x ) ; c4n4ry-f\n",
        "x IN TXT a\\ ; c4n4ry-g\n$INCLUDE /etc/passwd ; c4n4ry-h\n",
        "$FOO ; c4n4ry-i\n",
        "a..b IN A 192.0.2.1 ; c4n4ry-j\n",
    ];
    for tail in wrong {
        let bench = Bench::group("casanorte.example").file("evidence/a.zone", format!("{head}{tail}"));
        for args in [
            &["inventory", "-v"][..],
            &["inventory", "--json"],
            &["inventory", "--explain", "google-workspace"],
            &["plan", "-v"],
            &["exposure"],
        ] {
            assert_kept(&bench, &bench.run(args).ok());
        }
    }
    let page = "<!doctype html><html><!-- c4n4ry-comment --><head><title>c4n4ry</title><meta name=\"csrf\" content=\"c4n4ry-csrf\">\
        <script src=\"https://user:c4n4ry@js.stripe.com/v3?key=c4n4ry#c4n4ry\"></script><script>var token = \"c4n4ry-token\";</script>\
        <style>a{background:url(https://fonts.googleapis.com/css?k=c4n4ry)}</style></head><body data-user=\"c4n4ry\">\
        <form action=\"https://casa.us1.list-manage.com/subscribe?u=c4n4ry\"><input type=\"hidden\" value=\"c4n4ry-hidden\"></form>\
        <iframe src=\"https://www.youtube.com/embed/c4n4ry\"></iframe><img src=\"https://c4n4ry:c4n4ry@unheard.example/c4n4ry.png\">";
    let bench = Bench::group("casanorte.example").file("evidence/page.html", page);
    for args in [&["inventory", "-v"][..], &["inventory", "--json"], &["inventory", "--explain", "stripe"], &["plan"]] {
        assert_kept(&bench, &bench.run(args).ok());
    }
    assert!(crate::support::ids(&bench.inventory(&[]), "likely").contains(&"stripe".to_owned()));
}

#[test]
fn the_forms_of_a_canary_are_found_when_they_are_there() {
    for text in ["c4n4ry-x", "zz C4N4RY-7"] {
        for skip in 0..3 {
            let hidden = base64(format!("{}{text} and more", "x".repeat(skip)).as_bytes()).to_lowercase();
            assert!(forms().iter().any(|f| hidden.contains(f.as_str())), "{hidden}");
        }
    }
}
