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
    let about = Input { path: "evidence/x", domains: &domains };
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
    use decamp::bundle::{OpenOptions, dry_run, list, verify};
    let Some((how, rest)) = bytes.split_first() else { return };
    let identity: age::x25519::Identity =
        "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33".parse().unwrap();
    let sealed = if how & 1 == 0 { seal(&identity, rest) } else { rest.to_vec() };
    let mut keys = Keys::new();
    keys.add_identity(identity);
    let options = OpenOptions { patterns: Vec::new(), max_size: 1 << 24, force: false };
    let verified = verify(&mut Cursor::new(&sealed), &keys).is_ok();
    let opened = dry_run(&mut Cursor::new(&sealed), &keys, &options).is_ok();
    assert_eq!(verified, opened, "verify and open disagree");
    let _ = list(&mut Cursor::new(&sealed), &keys);
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
