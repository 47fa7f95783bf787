//! The 143 test vectors of age (C2SP/CCTV), through the function that `open` uses and through the binary.
//!
//! `.ci/install` unpacks them from the npm package `cctv-age` into `target/age-testkit`; `DECAMP_TESTKIT` names another copy.

use super::*;
use age::secrecy::SecretString;
use decamp::bundle::{Failure, Keys, payload};
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

/// A vector, as its file says.
struct Vector {
    name: String,
    expect: String,
    payload: Option<String>,
    identities: Vec<String>,
    passphrases: Vec<String>,
    body: Vec<u8>,
}

/// These want a hybrid post-quantum identity, which the `age` crate does not have.
const HYBRID: &[&str] = &[
    "armor_hybrid",
    "hybrid",
    "hybrid_and_x25519",
    "hybrid_bad_tag",
    "hybrid_currupted_enc_mlkem",
    "hybrid_currupted_enc_x25519",
    "hybrid_extra_argument",
    "hybrid_grease",
    "hybrid_identity",
    "hybrid_long_file_key",
    "hybrid_long_share",
    "hybrid_low_order",
    "hybrid_multiple_recipients",
    "hybrid_no_match",
    "hybrid_not_canonical_body",
    "hybrid_not_canonical_enc",
    "hybrid_short_share",
    "hybrid_uppercase",
    "hybrid_x25519_arg",
];

fn folder() -> PathBuf {
    let own = crate::support::repository().join("target/age-testkit");
    let named = std::env::var_os("DECAMP_TESTKIT").map(PathBuf::from);
    let found = named.into_iter().chain([own]).find(|p| p.is_dir());
    found.unwrap_or_else(|| panic!("the vectors of age are missing; unpack them: .ci/install does"))
}

fn vectors() -> Vec<Vector> {
    let mut all: Vec<Vector> = fs::read_dir(folder()).unwrap().map(|e| read(&e.unwrap().path())).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(all.len(), 143);
    all
}

fn read(path: &Path) -> Vector {
    let bytes = fs::read(path).unwrap();
    let cut = bytes.windows(2).position(|w| w == b"\n\n").unwrap();
    let head = std::str::from_utf8(&bytes[..cut]).unwrap();
    let all = |key: &str| -> Vec<String> {
        head.lines().filter_map(|l| l.strip_prefix(key)?.strip_prefix(": ")).map(str::to_owned).collect()
    };
    let mut body = bytes[cut + 2..].to_vec();
    if all("compressed").first().is_some_and(|c| c == "zlib") {
        let mut plain = Vec::new();
        flate2::read::ZlibDecoder::new(&body[..]).read_to_end(&mut plain).unwrap();
        body = plain;
    }
    Vector {
        name: path.file_name().unwrap().to_str().unwrap().to_owned(),
        expect: all("expect").remove(0),
        payload: all("payload").pop(),
        identities: all("identity"),
        passphrases: all("passphrase"),
        body,
    }
}

/// decamp's class for what a vector expects.
fn class(expect: &str) -> &str {
    match expect {
        "no match" => "no-match",
        "HMAC failure" => "hmac",
        other => other.strip_suffix(" failure").unwrap_or(other),
    }
}

fn keys(vector: &Vector) -> Option<Keys> {
    let mut keys = Keys::new();
    for identity in &vector.identities {
        keys.add_file("k", &SecretString::from(identity.clone())).ok()?;
    }
    for passphrase in &vector.passphrases {
        keys.add_passphrase(SecretString::from(passphrase.clone()), 20);
    }
    Some(keys)
}

#[test]
fn every_vector_gets_its_verdict() {
    let (mut count, mut hybrid) = (0, Vec::new());
    for vector in vectors() {
        let Some(keys) = keys(&vector).filter(|_| !HYBRID.contains(&vector.name.as_str())) else {
            hybrid.push(vector.name);
            continue;
        };
        count += 1;
        let (got, hash) = match payload(&mut Cursor::new(&vector.body), &keys) {
            Ok(found) => (found.fault.map_or("success", |f| f.class), Some(found.sha256)),
            Err(Failure::Damaged(fault)) => (fault.class, None),
            Err(Failure::Error(e)) => (e.refused.map_or("?", decamp::error::Refused::class), None),
        };
        assert_eq!(got, class(&vector.expect), "{}", vector.name);
        // Whatever came out before the failure must be right, too.
        if let Some(wanted) = &vector.payload {
            assert_eq!(hash.as_ref(), Some(wanted), "{}", vector.name);
        }
    }
    assert_eq!(hybrid, HYBRID, "vectors that could not be run");
    println!(
        "summary: age vectors by function: {count} of 143 as expected, {} hybrid ones not supported",
        hybrid.len()
    );
}

#[test]
fn every_vector_gets_its_verdict_from_the_binary() {
    let mut count = 0;
    for vector in vectors().into_iter().filter(|v| !HYBRID.contains(&v.name.as_str())) {
        let bench = Bench::new().file("v.age", &vector.body).file("target/mine.txt", "mine");
        let mut how: Vec<&str> = Vec::new();
        if let Some(passphrase) = vector.passphrases.first() {
            bench.put("pass.txt", format!("{passphrase}\n"));
            how.extend(["--passphrase-file", "pass.txt"]);
        } else {
            // A vector without an identity is refused before one would be asked for.
            let any = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33".to_owned();
            let all = if vector.identities.is_empty() { any } else { vector.identities.join("\n") };
            bench.put("key.txt", all);
            how.extend(["-i", "key.txt"]);
        }
        let before = around(&bench);
        let verify: Vec<&str> = ["bundle", "verify", "v.age", "--json"].iter().chain(&how).copied().collect();
        let ran = bench.run(&verify);
        let json = ran.json();
        let failure = if ran.exit == Some(2) { &json } else { &json["failure"] };
        let (layer, got) = (failure["layer"].as_str().unwrap_or("?"), failure["class"].as_str().unwrap_or("?"));
        if vector.expect == "success" {
            // None is a bundle: what is wrong lies deeper than age, and age's part is told.
            assert!(ran.exit == Some(1) && layer != "age", "{}: {ran}", vector.name);
            assert_eq!(json["payload"]["sha256"].as_str(), vector.payload.as_deref(), "{}", vector.name);
        } else {
            assert!(matches!(ran.exit, Some(1 | 2)), "{}: {ran}", vector.name);
            assert_eq!((layer, got), ("age", class(&vector.expect)), "{}: {ran}", vector.name);
        }
        for extra in [&["-o", "new"][..], &["-o", "target", "--force"], &["--stdout"]] {
            let open: Vec<&str> = ["bundle", "open", "v.age"].iter().chain(&how).chain(extra).copied().collect();
            let ran = bench.run(&open).exits(2);
            assert!(ran.stdout.is_empty(), "{}: {ran}", vector.name);
        }
        assert!(before == around(&bench), "{}: something was left or changed", vector.name);
        count += 1;
    }
    println!("summary: age vectors by the binary: {count} of 143 as expected");
}
