//! Whole bundles: sealed and opened again, and built by hand to do harm. All go through the functions that the
//! commands use.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

struct Pair {
    to: Recipients,
    keys: Keys,
}

fn pair() -> Pair {
    let (text, recipient) = new_identity();
    let (mut to, mut keys) = (Recipients::new(), Keys::new());
    to.add(&recipient, 1).unwrap();
    keys.add_file("k", &text).unwrap();
    Pair { to, keys }
}

fn sealed(path: &Path, to: &Recipients) -> (Vec<u8>, SealReport) {
    let options = SealOptions { paths: vec![path.to_path_buf()], ..SealOptions::default() };
    let mut out = Vec::new();
    let report = seal(&options, to, &mut out, &|_| {}).unwrap();
    (out, report)
}

/// Encrypts what a hostile hand put together.
fn encrypted(plain: &[u8], pair: &Pair) -> Vec<u8> {
    let mut out = Vec::new();
    let mut age = pair.to.encryptor().unwrap().wrap_output(&mut out).unwrap();
    age.write_all(plain).unwrap();
    age.finish().unwrap();
    out
}

fn wrapped(tar: &[u8], pair: &Pair) -> Vec<u8> {
    encrypted(&zstd::encode_all(tar, 3).unwrap(), pair)
}

fn tree(at: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut stack = vec![at.to_path_buf()];
    while let Some(dir) = stack.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(at).unwrap().to_string_lossy().into_owned();
            let meta = path.symlink_metadata().unwrap();
            if meta.is_symlink() {
                found.insert(name, fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes());
            } else if meta.is_dir() {
                found.insert(name + "/", Vec::new());
                stack.push(path);
            } else {
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Opens into a folder that must stay empty, and gives the defect.
fn refused(bundle: &[u8], keys: &Keys) -> Failure {
    let dir = tempfile::tempdir().unwrap();
    let result = open(&mut Cursor::new(bundle), keys, &dir.path().join("out"), &OpenOptions::default());
    assert_eq!(tree(dir.path()), BTreeMap::new(), "something was left behind");
    let failure = result.expect_err("a hostile bundle was opened");
    if let Failure::Damaged(_) = failure {
        assert!(verify(&mut Cursor::new(bundle), keys).is_err(), "`verify` accepts what `open` refuses");
    }
    failure
}

fn fault(bundle: &[u8], keys: &Keys) -> Fault {
    match refused(bundle, keys) {
        Failure::Damaged(fault) => fault,
        Failure::Error(e) => panic!("not taken for damage: {e}"),
    }
}

fn head(letter: u8, path: &[u8], size: u64, target: &[u8]) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..path.len()].copy_from_slice(path);
    header.as_old_mut().linkname[..target.len()].copy_from_slice(target);
    header.set_entry_type(tar::EntryType::new(letter));
    header.set_mode(0o4777);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_cksum();
    header
}

fn member(letter: u8, path: &str, data: &[u8], target: &str) -> Vec<u8> {
    let mut out = head(letter, path.as_bytes(), data.len() as u64, target.as_bytes()).as_bytes().to_vec();
    out.extend_from_slice(data);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let length = rest + if rest + 2 < 100 { 2 } else { 3 };
        body.extend_from_slice(format!("{length} {key}={value}\n").as_bytes());
    }
    member(b'x', "pax", &body, "")
}

fn ended(members: &[Vec<u8>]) -> Vec<u8> {
    let mut tar = members.concat();
    tar.extend_from_slice(&[0; 1024]);
    tar
}

#[test]
fn what_is_sealed_comes_out_again() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().join("move");
    fs::create_dir_all(top.join("mail/cur")).unwrap();
    fs::create_dir_all(top.join("empty")).unwrap();
    fs::write(top.join("mail/cur/1700000000.M1P2.host:2,S"), b"Subject: hola\n").unwrap();
    fs::write(top.join("año.csv"), vec![b'x'; 9 * 1024 * 1024]).unwrap();
    fs::write(top.join("zero"), b"").unwrap();
    fs::write(top.join("n".repeat(180)), b"long").unwrap();
    let pair = pair();
    let (bundle, report) = sealed(&top, &pair.to);
    assert_eq!((report.files, report.folders, report.found), (4, 4, 8));
    assert!(!report.needs_attention());
    let out = dir.path().join("out");
    let opened = open(&mut Cursor::new(&bundle), &pair.keys, &out, &OpenOptions::default()).unwrap();
    assert_eq!((opened.files, opened.folders, opened.manifest), (4, 4, "decamp"));
    assert_eq!(tree(&out.join("move")), tree(&top));
    let listed = list(&mut Cursor::new(&bundle), &pair.keys).unwrap();
    let verified = verify(&mut Cursor::new(&bundle), &pair.keys).unwrap();
    assert_eq!(listed.members, verified.members);
    assert_eq!(listed.members.len(), 8);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_taken_along_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().join("t");
    fs::create_dir_all(top.join("sub")).unwrap();
    fs::write(top.join("a\\b"), b"1").unwrap();
    fs::write(top.join("keep"), b"2").unwrap();
    fs::write(top.join("x.tmp"), b"3").unwrap();
    fs::write(top.join("passwords.csv"), b"4").unwrap();
    std::os::unix::fs::symlink("../keep", top.join("sub/in")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", top.join("sub/out")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(top.join("socket")).unwrap();
    let pair = pair();
    let options = SealOptions {
        paths: vec![top.clone()],
        exclude: vec!["*.tmp".into()],
        leave_out: vec![(top.join("passwords.csv"), "secret evidence".into())],
        keep_times: false,
    };
    let mut bundle = Vec::new();
    let report = seal(&options, &pair.to, &mut bundle, &|_| {}).unwrap();
    let left: Vec<&str> = report.left_out.iter().map(|l| l.path.as_str()).collect();
    assert_eq!(left, ["t/passwords.csv", "t/socket", "t/sub/out"]);
    assert_eq!(report.excluded.len(), 1);
    assert_eq!(report.renamed[0].to, "t/a%5Cb");
    let taken = report.files + report.folders + report.links;
    assert_eq!(report.found, taken + (report.left_out.len() + report.excluded.len()) as u64);
    let out = dir.path().join("out");
    open(&mut Cursor::new(&bundle), &pair.keys, &out, &OpenOptions::default()).unwrap();
    assert_eq!(fs::read(out.join("t/sub/in")).unwrap(), b"2");
    assert_eq!(fs::read(out.join("t/a%5Cb")).unwrap(), b"1");
    // Named itself, a secret file is sealed.
    let named = SealOptions { paths: vec![top.join("passwords.csv")], ..options };
    assert_eq!(seal(&named, &pair.to, std::io::sink(), &|_| {}).unwrap().files, 1);
}

#[cfg(unix)]
#[test]
fn names_that_some_systems_take_for_one_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().join("t");
    for sub in ["Docs", "docs", "DOCS"] {
        fs::create_dir_all(top.join(sub)).unwrap();
        fs::write(top.join(sub).join("f"), sub).unwrap();
    }
    let pair = pair();
    let (bundle, report) = sealed(&top, &pair.to);
    assert_eq!(report.renamed.len(), 2, "{:?}", report.renamed);
    let listing = verify(&mut Cursor::new(&bundle), &pair.keys).unwrap();
    assert_eq!(listing.files, 3);
}

#[test]
fn the_last_parts_of_paths_must_differ() {
    let dir = tempfile::tempdir().unwrap();
    for sub in ["a/x", "b/X"] {
        fs::create_dir_all(dir.path().join(sub)).unwrap();
    }
    let paths = vec![dir.path().join("a/x"), dir.path().join("b/X")];
    let options = SealOptions { paths, ..SealOptions::default() };
    assert!(seal(&options, &pair().to, std::io::sink(), &|_| {}).unwrap_err().message.contains("same name"));
}

#[test]
fn hostile_archives_are_refused_as_a_whole() {
    let pair = pair();
    let good = || member(b'0', "good", b"good", "");
    let deep = ["d"; 65].join("/");
    let cases: Vec<(&str, Vec<Vec<u8>>)> = vec![
        ("absolute", vec![good(), member(b'0', "/tmp/decamp-canary", b"x", "")]),
        ("up", vec![good(), member(b'0', "../canary", b"x", "")]),
        ("up in the middle", vec![good(), member(b'0', "a/../../canary", b"x", "")]),
        ("up by pax", vec![good(), pax(&[("path", "../canary")]), member(b'0', "x", b"x", "")]),
        ("up by GNU long name", vec![good(), member(b'L', "././@LongLink", b"../canary\0", ""), member(b'0', "x", b"x", "")]),
        ("empty name", vec![good(), member(b'0', "", b"x", "")]),
        ("drive", vec![good(), member(b'0', "C:/x", b"x", "")]),
        ("backslash", vec![good(), member(b'0', "..\\x", b"x", "")]),
        ("device name", vec![good(), member(b'0', "a/CON.txt", b"x", "")]),
        ("line feed", vec![good(), member(b'0', "a\nb", b"x", "")]),
        ("escape", vec![good(), member(b'0', "a\x1b[2Jb", b"x", "")]),
        ("too deep", vec![good(), pax(&[("path", &deep)]), member(b'0', "x", b"x", "")]),
        ("link out", vec![good(), member(b'2', "l", b"", "../canary")]),
        ("absolute link", vec![good(), member(b'2', "l", b"", "/etc")]),
        ("link by way of a link", vec![good(), member(b'2', "a/b/s", b"", "../.."), member(b'2', "t", b"", "a/b/s/../x")]),
        ("file below a link", vec![good(), member(b'2', "l", b"", "good"), member(b'0', "l/x", b"x", "")]),
        ("link, then file", vec![good(), member(b'2', "l", b"", "good"), member(b'0', "l", b"x", "")]),
        ("file below a file", vec![good(), member(b'0', "good/x", b"x", "")]),
        ("duplicate", vec![good(), good()]),
        ("case", vec![good(), member(b'2', "A", b"", "good"), member(b'0', "a/x", b"x", "")]),
        ("normal form", vec![good(), member(b'2', "\u{e9}", b"", "good"), member(b'0', "e\u{301}/x", b"x", "")]),
        ("hard link out", vec![good(), member(b'1', "h", b"", "../canary")]),
        ("hard link ahead", vec![member(b'1', "h", b"", "good"), good()]),
        ("hard link to a link", vec![good(), member(b'2', "l", b"", "good"), member(b'1', "h", b"", "l")]),
        ("pipe", vec![good(), member(b'6', "p", b"", "")]),
        ("character device", vec![good(), member(b'3', "c", b"", "")]),
        ("block device", vec![good(), member(b'4', "b", b"", "")]),
        ("contiguous", vec![good(), member(b'7', "c", b"x", "")]),
        ("GNU sparse", vec![good(), member(b'S', "s", b"x", "")]),
        ("pax sparse", vec![good(), pax(&[("GNU.sparse.major", "1")]), member(b'0', "s", b"x", "")]),
        ("volume", vec![good(), member(b'V', "v", b"", "")]),
        ("global header", vec![member(b'g', "g", b"16 path=../canar\n", ""), good()]),
        ("size twice", vec![pax(&[("size", "1024")]), member(b'0', "x", b"", ""), good()]),
        ("key twice", vec![pax(&[("path", "a"), ("path", "b")]), member(b'0', "x", b"", "")]),
        ("two extensions", vec![pax(&[("path", "a")]), pax(&[("path", "b")]), member(b'0', "x", b"", "")]),
        ("unknown key", vec![pax(&[("hdrcharset", "BINARY")]), member(b'0', "x", b"", "")]),
        ("folder with content", vec![member(b'5', "d/", b"x", "")]),
        ("extension at the end", vec![good(), pax(&[("path", "a")])]),
    ];
    for (name, members) in cases {
        let fault = fault(&wrapped(&ended(&members), &pair), &pair.keys);
        assert_eq!(fault.layer, Layer::Tar, "{name}: {fault}");
    }
}

#[test]
fn archives_that_end_badly_are_refused() {
    let pair = pair();
    let good = member(b'0', "good", b"good", "");
    let whole = ended(std::slice::from_ref(&good));
    let second = [whole.clone(), whole.clone()].concat();
    let mut wrong_sum = whole.clone();
    wrong_sum[0] ^= 1;
    let mut behind_name = head(b'0', b"good", 4, b"");
    behind_name.as_old_mut().name[20] = b'x';
    behind_name.set_cksum();
    let behind_name = [behind_name.as_bytes().to_vec(), good[512..].to_vec(), vec![0; 1024]].concat();
    let claims = ended(&[head(b'0', b"big", 1 << 32, b"").as_bytes().to_vec()]);
    for tar in [&whole[..512], &whole[..700], &whole[..1024], &whole[..1536], &second, &wrong_sum, &behind_name, &claims, &[]] {
        assert_eq!(fault(&wrapped(tar, &pair), &pair.keys).layer, Layer::Tar);
    }
}

#[test]
fn damage_is_found_in_each_layer() {
    let pair = pair();
    let whole = ended(&[member(b'0', "good", &[7; 200_000], "")]);
    let packed = zstd::encode_all(&whole[..], 3).unwrap();
    // Other tools' frames, padding and the lack of a manifest are fine.
    let listing = verify(&mut Cursor::new(wrapped(&whole, &pair)), &pair.keys).unwrap();
    assert_eq!((listing.manifest, listing.files), ("none", 1));

    let garbage = [packed.clone(), b"garbage".to_vec()].concat();
    let cut = &packed[..packed.len() - 3];
    for plain in [&garbage[..], cut, b"no zstd at all"] {
        assert_eq!(fault(&encrypted(plain, &pair), &pair.keys).layer, Layer::Zstd);
    }
    let bundle = wrapped(&ended(&[member(b'0', "noise", &noise(300_000), "")]), &pair);
    let mut flipped = bundle.clone();
    flipped[100_000] ^= 1;
    let longer = [bundle.clone(), b"x".to_vec()].concat();
    let twice = [bundle.clone(), bundle.clone()].concat();
    for damaged in [&flipped[..], &bundle[..bundle.len() - 1], &bundle[..150_000], &bundle[..60], &longer, &twice] {
        assert_eq!(fault(damaged, &pair.keys).layer, Layer::Age);
    }
    let other = pair_of_somebody_else();
    assert!(matches!(refused(&bundle, &other), Failure::Error(e) if e.exit() == 2 && e.message.contains("no key")));
    assert!(matches!(refused(b"PK\x03\x04", &other), Failure::Error(e) if e.message.contains("not an age file")));
}

fn pair_of_somebody_else() -> Keys {
    pair().keys
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(state >> 56).unwrap_or(0)
    })
    .take(length)
    .collect()
}

#[test]
fn a_chunk_that_fills_the_end_hides_nothing_behind_it() {
    // The last chunk of an age file may be full: what follows it must still be seen.
    let pair = pair();
    let mut plain = zstd::encode_all(&ended(&[member(b'0', "a", b"a", "")])[..], 3).unwrap();
    let fill = u32::try_from(65_536 - plain.len() - 8).unwrap();
    plain.extend_from_slice(&0x184D_2A50_u32.to_le_bytes());
    plain.extend_from_slice(&fill.to_le_bytes());
    plain.resize(65_536, 0);
    let bundle = encrypted(&plain, &pair);
    verify(&mut Cursor::new(&bundle), &pair.keys).unwrap();
    for tail in [&b"x"[..], &[0; 70_000]] {
        let longer = [&bundle[..], tail].concat();
        assert_eq!(fault(&longer, &pair.keys).layer, Layer::Age);
    }
}

#[test]
fn a_manifest_that_lies_is_found() {
    let pair = pair();
    let a = member(b'0', "a", b"aa", "");
    let b = member(b'0', "b", b"bb", "");
    let hash = |text: &[u8]| names::hex(&sha2::Sha256::digest(text));
    use sha2::Digest as _;
    let entry = |path: &str, size: u64, hash: &str| format!(r#"{{"path":"{path}","type":"file","size":{size},"sha256":"{hash}"}}"#);
    let (ea, eb) = (entry("a", 2, &hash(b"aa")), entry("b", 2, &hash(b"bb")));
    let json = |members: &str| format!(r#"{{"schema":"decamp/manifest/1","files":2,"bytes":4,"members":[{members}]}}"#);
    let with = |json: &str| member(b'0', MANIFEST, json.as_bytes(), "");
    let right = with(&json(&format!("{ea},{eb}")));
    let fine = wrapped(&ended(&[a.clone(), b.clone(), right.clone()]), &pair);
    assert_eq!(verify(&mut Cursor::new(fine), &pair.keys).unwrap().manifest, "decamp");
    let offset = ea.replace('}', r#","offset":512}"#);
    let cases = [
        ("missing", vec![a.clone(), right.clone()]),
        ("extra", vec![a.clone(), b.clone(), member(b'0', "c", b"c", ""), right.clone()]),
        ("reordered", vec![b.clone(), a.clone(), right.clone()]),
        ("renamed", vec![a.clone(), member(b'0', "bb", b"bb", ""), right.clone()]),
        ("changed", vec![a.clone(), member(b'0', "b", b"bx", ""), right.clone()]),
        ("longer", vec![a.clone(), member(b'0', "b", b"bbb", ""), right.clone()]),
        ("type", vec![a.clone(), member(b'5', "b/", b"", ""), right.clone()]),
        ("after it", vec![a.clone(), right.clone(), b.clone()]),
        ("twice in it", vec![a.clone(), b.clone(), with(&json(&format!("{ea},{ea},{eb}")))]),
        ("totals", vec![a.clone(), b.clone(), with(&json(&format!("{ea},{eb}")).replace("\"bytes\":4", "\"bytes\":5"))]),
        ("no hash", vec![a.clone(), b.clone(), with(&json(&format!("{ea},{eb}")).replace(&hash(b"bb"), ""))]),
        ("offset", vec![a.clone(), b.clone(), with(&json(&format!("{offset},{eb}")))]),
        ("schema", vec![a.clone(), b.clone(), with(&json(&format!("{ea},{eb}")).replace("manifest/1", "manifest/9"))]),
        ("no JSON", vec![a.clone(), b.clone(), with("{")]),
    ];
    for (name, members) in cases {
        let fault = fault(&wrapped(&ended(&members), &pair), &pair.keys);
        assert_eq!(fault.layer, Layer::Manifest, "{name}: {fault}");
    }
    let two = fault(&wrapped(&ended(&[a, b, right.clone(), right]), &pair), &pair.keys);
    assert_eq!(two.layer, Layer::Manifest);
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let pair = pair();
    let bomb = wrapped(&ended(&[member(b'0', "zeros", &vec![0; 8 << 20], "")]), &pair);
    assert!(bomb.len() < 4096);
    let dir = tempfile::tempdir().unwrap();
    let options = OpenOptions { max_size: 1 << 20, ..OpenOptions::default() };
    let error = open(&mut Cursor::new(&bomb), &pair.keys, &dir.path().join("out"), &options).unwrap_err().into_error();
    assert!(error.message.contains("larger than"), "{error}");
    assert_eq!(tree(dir.path()), BTreeMap::new());
}

#[test]
fn a_forged_table_of_frames_is_found() {
    let pair = pair();
    let packed = zstd::encode_all(&ended(&[member(b'0', "a", b"a", "")])[..], 3).unwrap();
    let table = |entries: &[(u32, u32)], count: u32| {
        let mut out = packed.clone();
        out.extend_from_slice(&0x184D_2A5E_u32.to_le_bytes());
        out.extend_from_slice(&u32::try_from(entries.len() * 8 + 9).unwrap().to_le_bytes());
        for (c, d) in entries {
            out.extend_from_slice(&c.to_le_bytes());
            out.extend_from_slice(&d.to_le_bytes());
        }
        out.extend_from_slice(&count.to_le_bytes());
        out.push(0);
        out.extend_from_slice(&0x8F92_EAB1_u32.to_le_bytes());
        out
    };
    let c = u32::try_from(packed.len()).unwrap();
    verify(&mut Cursor::new(encrypted(&table(&[(c, 2048)], 1), &pair)), &pair.keys).unwrap();
    for plain in [table(&[(c, 2048)], u32::MAX), table(&[(c + 1, 2048)], 1), table(&[], 0), table(&[(c, 2048)], 2)] {
        assert_eq!(fault(&encrypted(&plain, &pair), &pair.keys).layer, Layer::Zstd);
    }
    assert!(verify(&mut Cursor::new(encrypted(&table(&[(c, 1024)], 1), &pair)), &pair.keys).is_err());
}

#[cfg(unix)]
#[test]
fn what_is_opened_is_the_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let pair = pair();
    let tar = ended(&[member(b'5', "d/", b"", ""), member(b'0', "d/s", b"x", ""), member(b'1', "d/h", b"", "d/s")]);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("deep/out");
    open(&mut Cursor::new(wrapped(&tar, &pair)), &pair.keys, &out, &OpenOptions::default()).unwrap();
    let mode = |p: &str| fs::metadata(out.join(p)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(""), mode("d"), mode("d/s"), mode("d/h")), (0o700, 0o700, 0o600, 0o600));
}

#[test]
fn a_folder_with_content_needs_force_and_survives_a_failed_run() {
    let pair = pair();
    let good = wrapped(&ended(&[member(b'0', "d/a", b"new", "")]), &pair);
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("d")).unwrap();
    fs::write(dir.path().join("d/a"), b"old").unwrap();
    fs::write(dir.path().join("d/b"), b"old").unwrap();
    let before = tree(dir.path());
    let force = OpenOptions { force: true, ..OpenOptions::default() };
    assert!(open(&mut Cursor::new(&good), &pair.keys, dir.path(), &OpenOptions::default()).is_err());
    assert!(open(&mut Cursor::new(&good[..good.len() - 1]), &pair.keys, dir.path(), &force).is_err());
    let in_the_way = wrapped(&ended(&[member(b'0', "c", b"x", ""), member(b'0', "d/a/x", b"x", "")]), &pair);
    assert!(open(&mut Cursor::new(&in_the_way), &pair.keys, dir.path(), &force).is_err());
    assert_eq!(tree(dir.path()), before);
    open(&mut Cursor::new(&good), &pair.keys, dir.path(), &force).unwrap();
    assert_eq!(fs::read(dir.path().join("d/a")).unwrap(), b"new");
    assert_eq!(fs::read(dir.path().join("d/b")).unwrap(), b"old");
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let pair = pair();
    let dir = tempfile::tempdir().unwrap();
    let stale = dir.path().join(".decamp-open-dead");
    fs::create_dir_all(stale.join("tree")).unwrap();
    fs::write(stale.join("lock"), b"").unwrap();
    let held = dir.path().join(".decamp-open-live");
    fs::create_dir_all(&held).unwrap();
    let lock = fs::File::create(held.join("lock")).unwrap();
    lock.lock().unwrap();
    let good = wrapped(&ended(&[member(b'0', "a", b"a", "")]), &pair);
    open(&mut Cursor::new(&good), &pair.keys, &dir.path().join("out"), &OpenOptions::default()).unwrap();
    assert!(!stale.exists() && held.exists());
}

#[test]
fn patterns_choose_and_stdout_gets_only_what_was_checked() {
    let pair = pair();
    let good = wrapped(&ended(&[member(b'0', "m/a.csv", b"a", ""), member(b'0', "m/sub/b.csv", b"b", "")]), &pair);
    let only = |patterns: &[&str]| OpenOptions { patterns: patterns.iter().map(|p| (*p).to_owned()).collect(), ..OpenOptions::default() };
    let mut out = Vec::new();
    let report = to_output(&mut Cursor::new(&good), &pair.keys, &only(&["m/sub"]), &mut out).unwrap();
    assert_eq!((out.as_slice(), report.passed_over), (&b"b"[..], 1));
    let mut out = Vec::new();
    assert!(to_output(&mut Cursor::new(&good[..good.len() - 1]), &pair.keys, &only(&[]), &mut out).is_err());
    assert!(out.is_empty());
    let dir = tempfile::tempdir().unwrap();
    assert!(open(&mut Cursor::new(&good), &pair.keys, &dir.path().join("out"), &only(&["nothing"])).is_err());
    assert_eq!(tree(dir.path()), BTreeMap::new());
}

#[test]
fn a_passphrase_opens_what_it_sealed() {
    use age::secrecy::SecretString;
    let pass = || SecretString::from("correo limpio".to_owned());
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("f"), b"x").unwrap();
    let (bundle, report) = sealed(&dir.path().join("f"), &Recipients::with_passphrase(pass()));
    assert!(report.passphrase);
    let with = |text: SecretString, factor| {
        let mut keys = Keys::new();
        keys.add_passphrase(text, factor);
        verify(&mut Cursor::new(&bundle), &keys)
    };
    assert!(with(pass(), MAX_WORK_FACTOR).is_ok());
    assert!(matches!(with(SecretString::from("otra".to_owned()), MAX_WORK_FACTOR), Err(Failure::Error(e)) if e.exit() == 2));
    assert!(matches!(with(pass(), 17), Err(Failure::Error(e)) if e.message.contains("too much work")));
    let keys = pair().keys;
    assert!(matches!(verify(&mut Cursor::new(&bundle), &keys), Err(Failure::Error(e)) if e.message.contains("passphrase")));
}

#[test]
fn the_same_tree_gives_the_same_archive() {
    let dir = tempfile::tempdir().unwrap();
    let pair = pair();
    let mut archives = Vec::new();
    for top in ["one/t", "two/t"] {
        let top = dir.path().join(top);
        fs::create_dir_all(&top).unwrap();
        for name in ["b", "a", "c"] {
            fs::write(top.join(name), name).unwrap();
        }
        let bundle = sealed(&top, &pair.to).0;
        let mut plain = layers::decrypt(Cursor::new(bundle), &pair.keys).unwrap();
        let mut out = Vec::new();
        std::io::Read::read_to_end(&mut plain, &mut out).unwrap();
        archives.push(out);
    }
    assert_eq!(archives[0], archives[1]);
}

/// Runs a pipeline of stock tools; `None` where one of them is not installed.
fn stock(script: &str, dir: &Path) -> Option<String> {
    let all = ["age", "zstd", "tar"].iter().all(|tool| std::process::Command::new(tool).arg("--version").output().is_ok());
    if !all {
        return None;
    }
    let out = std::process::Command::new("bash").args(["-ec", &format!("set -o pipefail; {script}")]).current_dir(dir).output().unwrap();
    assert!(out.status.success(), "{script}: {}", String::from_utf8_lossy(&out.stderr));
    Some(String::from_utf8(out.stdout).unwrap())
}

#[cfg(unix)]
#[test]
fn stock_tools_open_ours_and_we_open_theirs() {
    use age::secrecy::ExposeSecret as _;
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().join("casa");
    fs::create_dir_all(top.join("mail/cur")).unwrap();
    fs::write(top.join("mail/cur/17.host:2,S"), b"hola").unwrap();
    fs::write(top.join("año"), vec![b'y'; 5 << 20]).unwrap();
    fs::write(top.join(format!("{}é", "n".repeat(150))), b"long").unwrap();
    std::os::unix::fs::symlink("mail", top.join("link")).unwrap();
    let (text, recipient) = new_identity();
    fs::write(dir.path().join("key"), text.expose_secret()).unwrap();
    let (mut to, mut keys) = (Recipients::new(), Keys::new());
    to.add(&recipient, 1).unwrap();
    keys.add_file("key", &text).unwrap();
    fs::write(dir.path().join("b"), sealed(&top, &to).0).unwrap();
    let Some(_) = stock("mkdir out; age -d -i key b | zstd -d | tar x -C out", dir.path()) else {
        eprintln!("age, zstd or tar is not installed: not tried with stock tools");
        return;
    };
    assert_eq!(tree(&dir.path().join("out/casa")), tree(&top));
    let listed = stock("age -d -i key b | zstd -d | tar tv --numeric-owner --utc", dir.path()).unwrap();
    assert!(listed.lines().all(|l| l.contains(" 0/0 ") && l.contains(" 1970-01-01 00:00 ")), "{listed}");
    for (n, format) in ["gnu", "pax", "ustar"].iter().enumerate() {
        let pick = if *format == "ustar" { "casa/mail casa/link" } else { "casa" };
        stock(&format!("tar c --format={format} {pick} | zstd -19 | age -r {recipient} > t{n}"), dir.path()).unwrap();
        let theirs = fs::read(dir.path().join(format!("t{n}"))).unwrap();
        let out = dir.path().join(format!("theirs{n}"));
        let report = open(&mut Cursor::new(theirs), &keys, &out, &OpenOptions::default()).unwrap();
        assert_eq!(report.manifest, "none");
        if *format != "ustar" {
            assert_eq!(tree(&out.join("casa")), tree(&top));
        }
    }
    let dotted = stock(&format!("cd casa; tar c . | zstd | age -a -r {recipient}"), dir.path()).unwrap();
    let out = dir.path().join("dotted");
    open(&mut Cursor::new(dotted.into_bytes()), &keys, &out, &OpenOptions::default()).unwrap();
    assert_eq!(tree(&out), tree(&top));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[cfg(unix)]
    #[test]
    fn any_tree_comes_out_as_it_went_in(
        files in proptest::collection::vec(
            (proptest::collection::vec("[^/\0]{1,12}", 1..5), proptest::collection::vec(any::<u8>(), 0..3000)), 0..12),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("t");
        fs::create_dir(&top).unwrap();
        for (parts, data) in &files {
            let path = parts.iter().filter(|p| *p != "." && *p != "..").fold(top.clone(), |at, p| at.join(p));
            // Names that collide, or that this disk can't store, are not made.
            if path != top && fs::create_dir_all(path.parent().unwrap()).is_ok() && !path.exists() {
                let _ = fs::write(&path, data);
            }
        }
        let pair = pair();
        let (bundle, report) = sealed(&top, &pair.to);
        prop_assert!(!report.needs_attention(), "{:?}", report.left_out);
        let out = dir.path().join("out");
        let opened = open(&mut Cursor::new(&bundle), &pair.keys, &out, &OpenOptions::default()).unwrap();
        prop_assert_eq!(report.files, opened.files);
        prop_assert_eq!(report.bytes, opened.bytes);
        let before = tree(&top);
        let mut contents: Vec<Vec<u8>> = before.values().cloned().collect();
        let after = tree(&out.join("t"));
        let mut back: Vec<Vec<u8>> = after.values().cloned().collect();
        contents.sort();
        back.sort();
        prop_assert_eq!(contents, back);
        for (name, data) in &before {
            if report.renamed.is_empty() {
                prop_assert_eq!(after.get(name), Some(data));
            }
        }
    }
}
