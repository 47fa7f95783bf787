//! What the fuzzers call, as plain functions over bytes: libFuzzer by way of `fuzz_targets/`, `cargo test` by way of
//! `tests/fuzz.rs`. None may panic, hang, or eat the memory; some hold more.

use decamp::bundle::Keys;
use decamp::evidence::zone::{self, Options, Record};
use decamp::evidence::{Input, Kind, Place, Signal, Sink, read};
use decamp::group::Group;
use decamp::inventory::Inventory;
use decamp::render::{spf as senders, zonefile};
use std::io::{Cursor, Write as _};

/// A target: name and function.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const ALL: &[Target] = &[
    ("zone", zone),
    ("evidence", evidence),
    ("group", group),
    ("inventory", inventory),
    ("bundle", bundle),
    ("spf", spf),
    ("manifest", manifest),
    ("recipients", recipients),
    ("signers", signers),
    ("share", share),
];

/// A zone that can be read is written so that it reads the same.
pub fn zone(bytes: &[u8]) {
    let read =
        |bytes: &[u8]| zone::parse(bytes, Options { path: "z.example.zone", origin: None, include: &zone::no_include });
    let Ok(first) = read(bytes) else { return };
    // Refusals are looked for in whatever can be read.
    let _ = zone::check::refusals(&first);
    let lines: Vec<_> = first.records.iter().cloned().map(|r| zonefile::Line::Record(Box::new(r))).collect();
    let text = zonefile::write(&first.name, &lines);
    let second = read(text.as_bytes()).unwrap_or_else(|e| panic!("what was written can't be read: {e}\n{text}"));
    let seen = |r: &Record| (r.key(), r.ttl, r.rtype.clone(), r.rdata());
    let (one, two): (Vec<_>, Vec<_>) =
        (first.records.iter().map(seen).collect(), second.records.iter().map(seen).collect());
    assert_eq!(one, two, "{text}");
}

/// Takes everything and keeps nothing.
struct Nowhere;

impl Sink for Nowhere {
    fn offer(&mut self, _: Kind, place: Place<'_>, signal: &Signal<'_>) -> bool {
        let _ = (place.to_string(), format!("{signal:?}"));
        false
    }
}

/// Any evidence: its kind is told, and it is read.
pub fn evidence(bytes: &[u8]) {
    let domains = ["casa.example".to_owned()];
    let about = Input::new("evidence/x", &domains);
    let _ = read::read_stream(&mut Cursor::new(bytes), &about, &mut Nowhere, &zone::no_include);
    let _ = read::read_file(Cursor::new(bytes), &about, &mut Nowhere, &zone::no_include);
}

/// `group.yaml`.
pub fn group(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Group::parse(text, "group.yaml");
    }
}

/// `inventory.yaml`.
pub fn inventory(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = decamp::yaml::from_str::<Inventory>(text, "inventory.yaml");
    }
}

/// A bundle: by the last bit of the first byte the bytes are an archive in a sound envelope, or the envelope itself.
pub fn bundle(bytes: &[u8]) {
    use decamp::bundle::{OpenOptions, dry_run, list, payload, salvage, verify};
    let Some((how, rest)) = bytes.split_first() else { return };
    let identity: age::x25519::Identity =
        "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33".parse().unwrap();
    let sealed = if how & 1 == 0 { seal(&identity, rest) } else { rest.to_vec() };
    let mut keys = Keys::new();
    keys.add_identity(identity);
    let options = OpenOptions { max_size: Some(1 << 24), ..OpenOptions::default() };
    let verified = verify(&mut Cursor::new(&sealed), &keys, Some(1 << 24), None).is_ok();
    let opened = dry_run(&mut Cursor::new(&sealed), &mut [], &keys, &options).is_ok();
    assert_eq!(verified, opened, "verify and open disagree");
    let _ = list(&mut Cursor::new(&sealed), &keys, None);
    // By way of the manifest: whatever it says, nothing but an error may come of it.
    let some = OpenOptions { patterns: vec!["**".into()], max_size: Some(1 << 24), ..OpenOptions::default() };
    let _ = dry_run(&mut Cursor::new(&sealed), &mut [], &keys, &some);
    let _ = payload(&mut Cursor::new(&sealed), &keys);
    if let Ok(saved) = salvage(&mut Cursor::new(&sealed), &keys, None) {
        assert!(!verified || saved.lost.is_empty(), "a good bundle has lost files");
    }
}

fn seal(identity: &age::x25519::Identity, archive: &[u8]) -> Vec<u8> {
    let packed = zstd::encode_all(archive, 1).unwrap();
    let recipient = identity.to_public();
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient)).unwrap();
    let mut sealed = Vec::new();
    let mut out = encryptor.wrap_output(&mut sealed).unwrap();
    out.write_all(&packed).unwrap();
    out.finish().unwrap();
    sealed
}

/// A manifest, as `--since` takes it.
pub fn manifest(bytes: &[u8]) {
    let _ = decamp::bundle::Since::from_manifest(bytes);
}

/// Recipients, identities and trustees; no message may hold a line of a secret key.
pub fn recipients(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let secret = age::secrecy::SecretString::from(text);
    let said = [
        decamp::bundle::Recipients::new().add_file("f", text).err(),
        Keys::new().add_file("f", &secret).err(),
        decamp::trustees::Trustees::read("f", text, &[]).err(),
    ];
    for error in said.into_iter().flatten() {
        for line in text.lines().filter(|l| l.len() > 40 && l.contains("AGE-SECRET-KEY-1")) {
            assert!(!error.to_string().contains(line), "a secret is echoed");
        }
    }
}

/// Whose signatures count, and keys that sign.
pub fn signers(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = decamp::bundle::Signers::new("f", text);
    let secret = age::secrecy::SecretString::from(text);
    // Keys behind a passphrase take time on purpose, so none is given.
    let _ = decamp::bundle::Signer::new("f", &secret, &|| None);
}

/// A share of a key, as text or words: what is read is written so that it reads the same.
pub fn share(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(share) = decamp::trustees::read("f", text) {
        let words = share.words(decamp::words::List::Es).join(" ");
        let again = decamp::trustees::read("f", &words).unwrap_or_else(|e| panic!("its words can't be read: {e}"));
        assert_eq!((again.set, again.index), (share.set, share.index));
        if share.public.is_some() {
            assert!(decamp::trustees::read("f", &share.text()).is_ok_and(|s| s == share), "its text reads differently");
        }
        let _ = decamp::trustees::combine(vec![("a".into(), share.clone()), ("b".into(), share)]);
    }
}

/// A sender that is put in is there, once, and goes out again.
pub fn spf(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = senders::is_spf(text);
    let add = "include:_spf.casa.example";
    let both = senders::with(text, add);
    assert!(both.split_ascii_whitespace().any(|t| t.trim_start_matches('+').eq_ignore_ascii_case(add)), "{both}");
    assert_eq!(senders::with(&both, add), both, "put in twice");
    assert!(senders::lookups(&both) <= senders::lookups(text) + 1);
    let gone = senders::without(&both, |t| t.eq_ignore_ascii_case(add));
    assert!(
        !gone
            .split_ascii_whitespace()
            .skip(1)
            .any(|t| t.trim_start_matches(['+', '-', '~', '?']).eq_ignore_ascii_case(add)),
        "{gone}"
    );
}
