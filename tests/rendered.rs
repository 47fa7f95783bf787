//! What `render` writes, held against the programs that will read it: made-up groups in `tests/cases/`, and the zones
//! of `DECAMP_CORPUS` where it is set.

mod clouds;
mod copies;
mod dkim;
mod hostile;
mod lists;
mod mail;
mod naughty;
mod programs;
mod server;
mod slots;
mod tools;
mod web;
mod zones;

use crate::support::{Bench, finish, need, repository};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The made-up groups with their domains; the checker refuses the last one's zone.
pub(crate) const CASES: &[(&str, &str)] = &[
    ("rio-claro", "rioclaro.example"),
    ("taller-norte", "tallernorte.example"),
    ("semilla", "semilla.example"),
    ("faro", "faro.example"),
    ("puente", "puente.example"),
];
pub(crate) const REFUSED: &str = "puente";

/// Both providers, without and with answers to what the catalog does not know.
const WAYS: &[(&str, bool)] = &[("may-first", false), ("may-first", true), ("own-server", false), ("own-server", true)];

/// What every rendered YAML file must pass; long values stand on long lines.
pub(crate) const YAMLLINT: &str = "{extends: default, rules: {line-length: disable}}";

/// Without answers, then with them.
pub(crate) const WAYS_ANSWERED: [bool; 2] = [false, true];

pub(crate) const DKIM: &str = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyIDAQAB";

/// Answers to every question, on names outside the group's domain.
pub(crate) fn answers(provider: &str) -> Vec<String> {
    let all = [
        "mx=10 mx1.casa-servidor.example.org,20 mx2.casa-servidor.example.org",
        "spf=include:_spf.casa-servidor.example.org",
        "dkim_selector=nueva1",
        &format!("dkim_value={DKIM}"),
        "imap_host=imap.casa-servidor.example.org",
        "imap_port=993",
        "smtp_host=smtp.casa-servidor.example.org",
        "smtp_port=465",
        "smtp_security=tls",
        "mail_login=address",
        "web_address=192.0.2.200,2001:db8::200",
        "web_cname=web.casa-servidor.example.org",
        "nextcloud_url=https://nube.casa-servidor.example.org",
    ];
    all.iter().flat_map(|s| ["--set".to_owned(), format!("{provider}.{s}")]).collect()
}

/// A workspace with a case's files.
pub(crate) fn case(name: &str) -> Bench {
    let mut bench = Bench::new();
    let top = repository().join("tests/cases").join(name);
    for (path, (_, bytes)) in crate::support::tree(&top) {
        if top.join(&path).is_file() {
            bench = bench.file(&path, bytes);
        }
    }
    bench
}

/// `inventory` and `plan`.
pub(crate) fn planned(bench: &Bench, provider: &str) {
    bench.run(&["inventory"]).ok();
    bench.run(&["plan", "--to", provider]).ok();
}

/// `render` with these `--set`.
pub(crate) fn render(bench: &Bench, sets: &[String]) -> crate::support::Ran {
    let args: Vec<&str> = ["render"].into_iter().chain(sets.iter().map(String::as_str)).collect();
    bench.run(&args)
}

/// All three steps.
pub(crate) fn rendered(bench: &Bench, provider: &str, answered: bool) {
    planned(bench, provider);
    render(bench, &if answered { answers(provider) } else { Vec::new() }).ok();
}

/// Runs another program in a workspace: whether it was content, and all that it said.
pub(crate) fn program(bench: &Bench, name: &str, args: &[&str]) -> (bool, String) {
    let mut command = Command::new(need(name));
    bench.settle(&mut command);
    // Some can't even say what they dislike without it.
    command.env("LC_ALL", "C.UTF-8").args(args);
    let ran = finish(command, b"", args);
    (ran.exit == Some(0), ran.all())
}

/// The rendered zones, as paths in the workspace: prepare, after, old.
pub(crate) fn zone_files(bench: &Bench, domain: &str) -> Option<[String; 3]> {
    let configs = bench.dir().join("configs");
    let folder = fs::read_dir(configs)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .find(|p| bench.has(&format!("configs/{p}/dns")))?;
    let base = format!("configs/{folder}/dns/{domain}");
    bench
        .has(&format!("{base}.zone"))
        .then(|| [format!("{base}.prepare.zone"), format!("{base}.zone"), format!("{base}.old.zone")])
}

/// The path of the changes, in a language.
pub(crate) fn changes(bench: &Bench, domain: &str, ext: &str) -> String {
    let found = crate::support::tree(&bench.dir())
        .into_keys()
        .find(|p| p.starts_with("configs/") && p.ends_with(&format!("/dns/{domain}.{ext}")));
    bench.text(&found.unwrap_or_else(|| panic!("no {domain}.{ext}")))
}

/// `named-checkzone -i local` must accept it.
pub(crate) fn accepted(bench: &Bench, domain: &str, path: &str) {
    let (good, said) = program(bench, "named-checkzone", &["-i", "local", domain, path]);
    assert!(good, "{path}: {said}\n{}", bench.text(path));
}

/// A record as every program reads it: owner, TTL, type, value.
pub(crate) type Canonical = BTreeSet<(String, u32, String, String)>;

/// The zone in canonical form, by `named-compilezone -D`.
pub(crate) fn canonical(bench: &Bench, domain: &str, path: &str) -> Canonical {
    let (good, said) = program(bench, "named-compilezone", &["-q", "-D", "-i", "none", "-o", "-", domain, path]);
    assert!(good, "{path}: {said}");
    let record = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let owner = words.next().unwrap().to_ascii_lowercase();
        let ttl = words.next().unwrap().parse().unwrap();
        assert_eq!(words.next(), Some("IN"), "{line}");
        let rtype = words.next().unwrap().to_owned();
        (owner, ttl, rtype, words.collect::<Vec<_>>().join(" "))
    };
    said.lines().filter(|l| !l.trim().is_empty() && !l.starts_with(';')).map(record).collect()
}

/// The records of a type at a name.
pub(crate) fn of<'c>(zone: &'c Canonical, owner: &str, rtype: &str) -> Vec<(u32, &'c str)> {
    zone.iter().filter(|(o, _, t, _)| o == owner && t == rtype).map(|(_, ttl, _, v)| (*ttl, v.as_str())).collect()
}

/// The records without their TTLs and without the SOA.
pub(crate) fn values(zone: &Canonical) -> BTreeSet<(&str, &str, &str)> {
    zone.iter().filter(|(_, _, t, _)| t != "SOA").map(|(o, _, t, v)| (o.as_str(), t.as_str(), v.as_str())).collect()
}

/// Every zone of the corpus, where there is one: domain and path.
pub(crate) fn corpus() -> Vec<(String, std::path::PathBuf)> {
    let Some(top) = std::env::var_os("DECAMP_CORPUS") else {
        println!("DECAMP_CORPUS is not set: real zones are not read");
        return Vec::new();
    };
    let top = repository().join(Path::new(&top)).join("evidence");
    let paths =
        fs::read_dir(&top).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "zone"));
    let mut found: Vec<_> = paths.map(|p| (p.file_stem().unwrap().to_str().unwrap().to_owned(), p)).collect();
    found.sort();
    assert!(!found.is_empty(), "DECAMP_CORPUS holds no evidence/*.zone");
    found
}
