//! Evidence as groups have it: each sample in `tests/evidence/` was written, with what must be found in it, before its reader
//! was. Precision and recall on certain and likely are one: nothing missing, nothing else.

use crate::support::{Bench, repository};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    kind: String,
    #[serde(default)]
    domains: Vec<String>,
    services: BTreeMap<String, String>,
    #[serde(default)]
    hints: Vec<String>,
    #[serde(default)]
    counts: BTreeMap<String, u64>,
    #[serde(default)]
    reason: bool,
    #[serde(default)]
    canaries: Vec<String>,
    #[allow(dead_code)]
    note: Option<String>,
}

pub(crate) fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

/// A secret as it is, in hexadecimal, in base64 at each of its three places, and as an address has it; lower case.
fn forms(secret: &str) -> Vec<String> {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
    let url: String = secret.bytes().map(|b| format!("%{b:02x}")).collect();
    let mut all = vec![secret.to_lowercase(), hex, url];
    for skip in 0..3_usize {
        let bytes: Vec<u8> = std::iter::repeat_n(0, skip).chain(secret.bytes()).collect();
        let bits: Vec<u8> = bytes.iter().flat_map(|b| (0..8).rev().map(move |n| b >> n & 1)).collect();
        let signs = bits.chunks_exact(6).map(|c| c.iter().fold(0_u8, |n, bit| n << 1 | bit));
        let text: String = signs.map(|n| char::from(SIGNS[usize::from(n)])).collect();
        // The first signs depend on what stands before.
        all.push(text[(skip * 8).div_ceil(6)..].to_lowercase());
    }
    all.retain(|f| f.len() > 5);
    all
}

/// What differs from what was expected.
fn differs(kind: &str, expect: &Path) -> Vec<String> {
    let wanted: Expect = serde_yaml::from_str(&fs::read_to_string(expect).unwrap()).unwrap();
    let stem = expect.file_name().unwrap().to_str().unwrap().strip_suffix(".expect.yaml").unwrap();
    let dir = expect.parent().unwrap();
    let fits = |p: &PathBuf| {
        let name = p.file_name().unwrap().to_str().unwrap();
        !name.ends_with(".expect.yaml") && (name == stem || name.rsplit_once('.').is_some_and(|(s, _)| s == stem))
    };
    let sample = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).find(fits);
    let Some(sample) = sample else { return vec![format!("{kind}/{stem}: no sample")] };
    let group = format!("name: Grupo\ndomains: [{}]\npeople: 9\n", wanted.domains.join(", "));
    let bench = Bench::new().file("group.yaml", group);
    let name = format!("evidence/{}", sample.file_name().unwrap().to_str().unwrap());
    copy(&sample, &bench.dir().join(&name));
    let ran = bench.run(&["inventory", &name, "-o", "-", "--json"]);
    if ran.exit != Some(0) {
        return vec![format!("{kind}/{stem}: {ran}")];
    }
    let made = ran.json();
    let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
    let mut wrong = Vec::new();
    let sure: BTreeMap<String, String> = list(&made["services"])
        .iter()
        .filter(|s| s["confidence"] != "hint")
        // How far the good part of a damaged file counts was left open where both would be true.
        .filter(|s| !(wanted.reason && wanted.hints.iter().any(|h| s["id"] == h.as_str())))
        .map(|s| (s["id"].as_str().unwrap().into(), s["confidence"].as_str().unwrap().into()))
        .collect();
    if sure != wanted.services {
        wrong.push(format!("services {sure:?}, wanted {:?}", wanted.services));
    }
    let sources = list(&made["sources"]);
    let own: Vec<&Value> = sources.iter().filter(|s| s["kind"] == wanted.kind.as_str()).collect();
    if own.is_empty() {
        let kinds: Vec<String> = sources.iter().map(|s| format!("{} ({})", s["kind"], s["reason"])).collect();
        wrong.push(format!("kinds {kinds:?}, wanted {}", wanted.kind));
    }
    for (what, n) in &wanted.counts {
        let sum: u64 = own.iter().filter_map(|s| s[what].as_u64()).sum();
        if sum != *n {
            wrong.push(format!("{what}: {sum}, wanted {n}"));
        }
    }
    // A stray file beside the sample's own is rightly unknown, with a reason.
    let judged = if own.is_empty() { sources.iter().collect() } else { own };
    if wanted.reason != judged.iter().any(|s| s["reason"].is_string()) && wanted.kind != "unknown" {
        wrong.push(format!(
            "reason: wanted {}, got {:?}",
            wanted.reason,
            judged.iter().map(|s| s["reason"].clone()).collect::<Vec<_>>()
        ));
    }
    // Zones are public, and the contract lists what they hold.
    if wanted.kind != "zone" && !wanted.canaries.is_empty() {
        // Also in what is written, and in the loudest output.
        let loud = bench.run(&["inventory", &name, "-v"]);
        let written: String = bench
            .tree()
            .into_iter()
            .filter(|(path, _)| !path.starts_with("work/evidence"))
            .map(|(_, (_, bytes))| String::from_utf8_lossy(&bytes).into_owned())
            .collect();
        let all = format!("{}{}{written}", ran.all(), loud.all()).to_lowercase();
        for canary in wanted.canaries.iter().filter(|c| !name.contains(c.as_str())) {
            for form in forms(canary) {
                if all.contains(&form) {
                    wrong.push(format!("canary {canary} as {form}"));
                }
            }
        }
    }
    wrong.into_iter().map(|w| format!("{kind}/{stem}: {w}")).collect()
}

#[test]
fn every_sample_gives_what_its_writer_expected() {
    let root = repository().join("tests/evidence");
    let mut wrong = Vec::new();
    let mut count = 0;
    let mut kinds: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    kinds.sort();
    for kind in kinds.iter().filter(|k| k.is_dir()) {
        let name = kind.file_name().unwrap().to_str().unwrap();
        if std::env::var("DECAMP_SAMPLE").is_ok_and(|only| only != name) {
            continue;
        }
        let mut expects: Vec<PathBuf> = fs::read_dir(kind).unwrap().map(|e| e.unwrap().path()).collect();
        expects.retain(|p| p.to_str().unwrap().ends_with(".expect.yaml"));
        expects.sort();
        for expect in &expects {
            count += 1;
            wrong.extend(differs(name, expect));
        }
    }
    println!("summary: {count} samples");
    assert!(wrong.is_empty(), "{} of {count} samples:\n{}", wrong.len(), wrong.join("\n"));
}

/// Every sample that is one file, cut off, with bytes changed, and with something behind it: read or named, never a panic, and
/// nothing is left behind.
#[test]
fn damaged_samples_are_read_or_named() {
    let root = repository().join("tests/evidence");
    let mut count = 0;
    let mut kinds: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    kinds.sort();
    for kind in &kinds {
        let bench = Bench::group("casanorte.example");
        let mut files: Vec<PathBuf> = fs::read_dir(kind).unwrap().map(|e| e.unwrap().path()).collect();
        files.retain(|p| p.is_file() && !p.to_str().unwrap().ends_with(".expect.yaml"));
        files.sort();
        let mut own = 0;
        for (n, file) in files.iter().enumerate() {
            let bytes = fs::read(file).unwrap();
            let name = file.file_name().unwrap().to_str().unwrap();
            let mut seed = 0x9e37_79b9_7f4a_7c15_u64 ^ (n as u64 + 1);
            let mut random = |below: usize| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                usize::try_from(seed % below.max(1) as u64).unwrap()
            };
            let mut made = vec![bytes[..random(bytes.len())].to_vec()];
            let mut changed = bytes.clone();
            for _ in 0..8 {
                let at = random(changed.len());
                if let Some(b) = changed.get_mut(at) {
                    *b = u8::try_from(random(256)).unwrap();
                }
            }
            made.push(changed);
            made.push([&bytes[..], b"\0\xff{[\"<!--"].concat());
            for (v, bad) in made.into_iter().enumerate() {
                bench.put(&format!("evidence/{n}-{v}/{name}"), bad);
                own += 1;
            }
        }
        if own == 0 {
            continue;
        }
        count += own;
        let before = bench.tree();
        let ran = bench.run(&["inventory", "-o", "-", "--json"]).ok();
        assert!(ran.took < crate::support::SOON * 3, "{}: {:?}", kind.display(), ran.took);
        assert!(before == bench.tree(), "{}: something was left behind", kind.display());
        let listed = ran.json()["sources"].as_array().unwrap().len();
        assert!(listed > 0, "{}", kind.display());
    }
    println!("summary: {count} damaged inputs");
    assert!(count >= 600, "only {count}");
}
