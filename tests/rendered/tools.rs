//! The rendered zones, given to a name server and asked back; and the same zones as other programs keep them, read by
//! those programs.

use super::*;
use crate::servers::Nsd;
use serde_json::Value;

/// The Python that `.ci/install` fills with the programs that come from there.
pub(crate) fn python() -> std::path::PathBuf {
    let path = repository().join("target/python/bin/python");
    assert!(path.is_file(), "`{}` is missing; .ci/install makes it", path.display());
    path
}

/// A zone in which everything stands that is hard to say.
const HARD: &str = "@ IN MX 1 aspmx.l.google.com.\n@ IN TXT \"v=spf1 include:_spf.google.com ~all\"\n@ IN CAA 0 issue \"sectigo.com\"\n\
    @ IN CAA 128 iodef \"mailto:ana@casaabierta.example\"\nlargo IN TXT ( \"uno; dos\" \" tres \\\"x\\\"\" )\nbarra IN TXT \"a\\\\b\"\n\
    byte IN TXT \"\\200\\010\"\ne\\.x IN TXT \"punto\"\n*.todo IN A 192.0.2.9\n_25._tcp IN TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n\
    host IN SSHFP 4 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\nsitio IN LOC 19 25 0 N 99 7 0 W 2240m\n\
    hijo IN NS ns1.example.net.\n_sip._tls IN SRV 1 2 443 sip.example.net.\nns IN A 192.0.2.1\na10 IN A 192.0.2.10\na2 IN A 192.0.2.2\n\
    ene IN TXT \"{{x}} $(id) `id` ; ${a} <b>\"\n";

/// Every case that has zones, with all answers, and the hard one.
fn each(look: impl Fn(&Bench, &str)) {
    for (name, domain) in CASES.iter().filter(|(n, _)| *n != REFUSED) {
        let bench = case(name);
        rendered(&bench, "own-server", true);
        look(&bench, domain);
    }
    let domain = "casaabierta.example";
    let bench = Bench::group(domain).file(&format!("evidence/{domain}.zone"), crate::support::zone(HARD));
    rendered(&bench, "own-server", true);
    look(&bench, domain);
}

#[test]
fn a_name_server_gives_back_every_record() {
    each(|bench, domain| {
        // The third is the group's own file, which it has from a server of its own.
        for path in &zone_files(bench, domain).unwrap()[..2] {
            let wanted = canonical(bench, domain, path);
            let server = Nsd::serve(domain, bench.text(path).as_bytes());
            let questions: BTreeSet<String> = wanted.iter().map(|(o, _, t, _)| format!("{o} {t}\n")).collect();
            bench.put("questions", questions.iter().map(String::as_str).collect::<String>());
            let port = server.address.port().to_string();
            let args = [
                "-p",
                &port,
                "@127.0.0.1",
                "+noall",
                "+answer",
                "+authority",
                "+additional",
                "+norecurse",
                "+tcp",
                "-f",
                "questions",
            ];
            let (good, said) = program(bench, "dig", &args);
            assert!(good, "{said}");
            bench.put("answers", format!("$ORIGIN .\n{said}"));
            let got: Canonical =
                said.lines().filter(|l| !l.trim().is_empty() && !l.starts_with(';')).map(line).collect();
            // A server may spell names as it has met them before; a TXT value is no name.
            let folded = |all: &Canonical| -> Canonical {
                let fold = |(o, n, t, v): &(String, u32, String, String)| {
                    (o.clone(), *n, t.clone(), if t == "TXT" { v.clone() } else { v.to_ascii_lowercase() })
                };
                all.iter().map(fold).collect()
            };
            let got = folded(&got);
            for one in &folded(&wanted) {
                assert!(got.contains(one), "{path}: not given back: {one:?}\n{said}");
            }
        }
    });
}

/// `owner TTL IN TYPE value`, as `dig` shows it.
fn line(text: &str) -> (String, u32, String, String) {
    let mut words = text.split_ascii_whitespace();
    let owner = words.next().unwrap().to_ascii_lowercase();
    let ttl = words.next().unwrap().parse().unwrap();
    assert_eq!(words.next(), Some("IN"), "{text}");
    let rtype = words.next().unwrap().to_owned();
    (owner, ttl, rtype, words.collect::<Vec<_>>().join(" "))
}

/// A record in words that all can be compared in: relative name, type, TTL, value.
type Plain = BTreeSet<(String, String, Option<u64>, String)>;

/// The rendered zone in those words, without the SOA and what `left` names.
fn plain(bench: &Bench, domain: &str, path: &str, left: &BTreeSet<(String, String)>) -> Plain {
    let apex = format!("{domain}.");
    let mut all = Plain::new();
    for (owner, ttl, rtype, value) in canonical(bench, domain, path) {
        let name = owner.strip_suffix(&apex).unwrap().trim_end_matches('.').to_owned();
        let name = if name.is_empty() { "@".to_owned() } else { name };
        if rtype != "SOA" && !left.contains(&(name.clone(), rtype.clone())) {
            let value = if rtype == "TXT" { joined(&value) } else { value.replace('"', "") };
            all.insert((name, rtype, Some(u64::from(ttl)), value.to_ascii_lowercase().replace(' ', "")));
        }
    }
    all
}

/// `"a" "b"` → `ab`, with the escapes of master files resolved.
fn joined(value: &str) -> String {
    let (mut text, mut chars, mut inside) = (String::new(), value.chars(), false);
    while let Some(c) = chars.next() {
        match c {
            '"' => inside = !inside,
            '\\' => text.extend(chars.next()),
            c if inside => text.push(c),
            _ => {}
        }
    }
    text
}

fn same(got: &Plain, wanted: &Plain, path: &str) {
    let wrong: Vec<_> = got.symmetric_difference(wanted).collect();
    assert!(wrong.is_empty(), "{path}: file and zone disagree on {wrong:#?}");
}

/// What the file itself says that it leaves out.
fn left(text: &str, mark: &str) -> BTreeSet<(String, String)> {
    let lines = text.lines().filter_map(|l| l.strip_prefix(mark)?.strip_prefix("   \""));
    let word = |w: &str| serde_json::from_str::<String>(&format!("\"{w}\"")).unwrap();
    lines
        .map(|l| {
            let (name, rtype) = l.trim_end_matches('"').split_once("\" \"").unwrap();
            (word(name), word(rtype))
        })
        .collect()
}

fn folder(bench: &Bench, domain: &str) -> String {
    let files = zone_files(bench, domain).unwrap();
    files[1].strip_suffix(".zone").unwrap().to_owned()
}

#[test]
fn dnscontrol_s_file_runs_and_says_what_the_zone_says() {
    each(|bench, domain| {
        let base = folder(bench, domain);
        let reader = repository().join("tests/rendered/readers/dnscontrol.js");
        let path = format!("{base}.dnsconfig.js");
        let (good, said) = program(bench, "node", &[reader.to_str().unwrap(), &path]);
        assert!(good, "{path}: {said}\n{}", bench.text(&path));
        let mut got = Plain::new();
        for line in said.lines().filter(|l| !l.is_empty()) {
            let one: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            let values = one["values"].as_array().unwrap().iter();
            let words: Vec<String> = values.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            let value = words.join(" ").to_ascii_lowercase().replace(' ', "");
            got.insert((text("name"), text("type"), one["ttl"].as_u64(), value));
        }
        let left = left(&bench.text(&path), "//");
        // Name servers of the zone itself are told without a TTL.
        let wanted: Plain = plain(bench, domain, &format!("{base}.zone"), &left)
            .into_iter()
            .map(|(n, t, ttl, v)| if n == "@" && t == "NS" { (n, t, None, v) } else { (n, t, ttl, v) })
            .collect();
        same(&got, &wanted, &path);
        for (name, rtype) in &left {
            assert!(
                bench.text(&path).contains(&format!("IGNORE({name:?}, {rtype:?})")),
                "{name} {rtype} is not ignored"
            );
        }
    });
}

#[test]
fn octodns_reads_its_file_back_as_the_zone() {
    each(|bench, domain| {
        let base = folder(bench, domain);
        let path = format!("{base}.octodns.yaml");
        let text = bench.text(&path);
        let (good, said) = program(bench, "yamllint", &["-d", YAMLLINT, &path]);
        assert!(good, "{path}: {said}\n{text}");
        bench.put(&format!("octodns/{domain}.yaml"), &text);
        let reader = repository().join("tests/rendered/readers/read_octodns.py");
        let mut command = Command::new(python());
        bench.settle(&mut command);
        command.args([reader.to_str().unwrap(), "octodns", domain]);
        let ran = finish(command, b"", &["octodns.py"]).ok();
        let mut got = Plain::new();
        for line in ran.stdout.lines() {
            let one: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            let name = if text("name").is_empty() { "@".to_owned() } else { text("name") };
            let value = text("value").replace(if text("type") == "TXT" { '\0' } else { '"' }, "");
            got.insert((name, text("type"), one["ttl"].as_u64(), value.to_ascii_lowercase().replace(' ', "")));
        }
        let left: BTreeSet<_> = left(&text, "#");
        same(&got, &plain(bench, domain, &format!("{base}.zone"), &left), &path);
    });
}

#[test]
fn what_a_program_has_no_words_for_is_told() {
    let domain = "casaabierta.example";
    let bench = Bench::group(domain).file(&format!("evidence/{domain}.zone"), crate::support::zone(HARD));
    planned(&bench, "own-server");
    let ran = render(&bench, &answers("own-server")).ok();
    for word in ["dnsconfig.js", "octodns.yaml", "sitio LOC", "byte TXT"] {
        assert!(ran.stderr.contains(word), "{word} is not told: {ran}");
    }
}

/// The authorities that may issue certificates, by the zone.
fn authorities(bench: &Bench, domain: &str, path: &str) -> Vec<String> {
    let zone = canonical(bench, domain, path);
    of(&zone, &format!("{domain}."), "CAA").into_iter().map(|(_, v)| v.to_owned()).collect()
}

#[test]
fn an_authority_that_is_not_allowed_is_let_in_or_asked_about() {
    let domain = "rioclaro.example";
    let bench = case("rio-claro");
    let path = format!("evidence/{domain}.zone");
    let zone = bench.text(&path);
    bench.put(&path, format!("{zone}@ IN CAA 0 issue \"sectigo.com\"\n@ IN CAA 0 issuewild \";\"\n"));
    planned(&bench, "own-server");
    let json = bench.run(&["render", "--json"]).ok().json();
    assert!(json["asks"].to_string().contains("caa_issuer"), "{json}");
    assert!(json["warnings"].to_string().contains("sectigo.com"), "{json}");
    for (issuer, added) in [("letsencrypt.org", true), ("sectigo.com", false)] {
        let mut sets = answers("own-server");
        sets.extend(["--set".to_owned(), format!("own-server.caa_issuer={issuer}")]);
        render(&bench, &sets).ok();
        let [prepare, after, old] = zone_files(&bench, domain).unwrap();
        for path in [&prepare, &after] {
            let now = authorities(&bench, domain, path);
            assert!(now.contains(&format!("0 issue \"{issuer}\"")), "{path}: {now:?}");
            assert_eq!(now.len(), authorities(&bench, domain, &old).len() + usize::from(added), "{path}: {now:?}");
        }
    }
    // Without any CAA none is added, unless the group asks for it.
    let bench = case("rio-claro");
    planned(&bench, "own-server");
    let mut sets = answers("own-server");
    sets.extend(["--set", "own-server.caa_issuer=letsencrypt.org"].map(str::to_owned));
    render(&bench, &sets).ok();
    let after = zone_files(&bench, "rioclaro.example").unwrap()[1].clone();
    assert_eq!(authorities(&bench, "rioclaro.example", &after), Vec::<String>::new());
    sets.extend(["--set", "own-server.caa=add"].map(str::to_owned));
    render(&bench, &sets).ok();
    assert_eq!(authorities(&bench, "rioclaro.example", &after), ["0 issue \"letsencrypt.org\""]);
}

#[test]
fn records_that_need_a_yes_come_only_with_it() {
    let bench = case("rio-claro");
    let domain = "rioclaro.example";
    let marks = ["_mta-sts", "_smtp._tls", "mta-sts", "autoconfig", "autodiscover"];
    rendered(&bench, "own-server", true);
    let after = zone_files(&bench, domain).unwrap()[1].clone();
    let owners = |bench: &Bench| -> BTreeSet<String> {
        canonical(bench, domain, &after)
            .into_iter()
            .map(|(o, _, t, _)| format!("{} {t}", o.trim_end_matches(&format!(".{domain}."))))
            .collect()
    };
    let plain = owners(&bench);
    for wanted in ["_imaps._tcp SRV", "_submissions._tcp SRV", "_caldavs._tcp SRV", "_carddavs._tcp TXT"] {
        assert!(plain.contains(wanted), "{wanted}: {plain:?}");
    }
    assert!(!plain.iter().any(|o| marks.iter().any(|m| o.starts_with(&format!("{m} ")))), "{plain:?}");
    let mut sets = answers("own-server");
    for set in [
        "mta_sts_id=20261201",
        "mta_sts_host=web.casa-servidor.example.org",
        "tls_rpt=mailto:avisos@rioclaro.example",
        "autoconfig_host=web.casa-servidor.example.org",
        "autodiscover_host=web.casa-servidor.example.org",
    ] {
        sets.extend(["--set".to_owned(), format!("own-server.{set}")]);
    }
    render(&bench, &sets).ok();
    accepted(&bench, domain, &after);
    let all = owners(&bench);
    for mark in marks {
        assert!(all.iter().any(|o| o.starts_with(&format!("{mark} "))), "{mark}: {all:?}");
    }
}
