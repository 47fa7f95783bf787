//! Whole bundles: sealed and opened again, and built by hand to do harm. All go through the functions that the
//! commands use.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::large_stack_arrays,
    clippy::format_collect
)]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

mod hostile;

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
    let report = seal(&options, to, None, &mut out, &|_| {}).unwrap();
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
    let opened = open(&mut Cursor::new(&bundle), &mut [], &pair.keys, &out, &OpenOptions::default()).unwrap();
    assert_eq!((opened.files, opened.folders, opened.manifest), (4, 4, "decamp"));
    assert_eq!(tree(&out.join("move")), tree(&top));
    let listed = list(&mut Cursor::new(&bundle), &pair.keys, None).unwrap();
    let verified = verify(&mut Cursor::new(&bundle), &pair.keys, None, None).unwrap();
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
        ..SealOptions::default()
    };
    let mut bundle = Vec::new();
    let report = seal(&options, &pair.to, None, &mut bundle, &|_| {}).unwrap();
    let left: Vec<&str> = report.left_out.iter().map(|l| l.path.as_str()).collect();
    assert_eq!(left, ["t/passwords.csv", "t/socket", "t/sub/out"]);
    assert_eq!(report.excluded.len(), 1);
    assert_eq!(report.renamed[0].to, "t/a%5Cb");
    let taken = report.files + report.folders + report.links;
    assert_eq!(report.found, taken + (report.left_out.len() + report.excluded.len()) as u64);
    let out = dir.path().join("out");
    open(&mut Cursor::new(&bundle), &mut [], &pair.keys, &out, &OpenOptions::default()).unwrap();
    assert_eq!(fs::read(out.join("t/sub/in")).unwrap(), b"2");
    assert_eq!(fs::read(out.join("t/a%5Cb")).unwrap(), b"1");
    // Named itself, a secret file is sealed.
    let named = SealOptions { paths: vec![top.join("passwords.csv")], ..options };
    assert_eq!(seal(&named, &pair.to, None, std::io::sink(), &|_| {}).unwrap().files, 1);
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
    let listing = verify(&mut Cursor::new(&bundle), &pair.keys, None, None).unwrap();
    assert_eq!(listing.files, 3);
}

#[test]
fn a_bundle_does_not_seal_itself() {
    let dir = tempfile::tempdir().unwrap();
    let files = crate::files::Files::new(dir.path().to_path_buf(), false);
    files.write("a", b"a").unwrap();
    let pair = pair();
    let mut out = files.create("bundles/b.tar.zst.age").unwrap();
    let options = SealOptions { paths: vec![dir.path().to_path_buf()], ..SealOptions::default() };
    let report = seal(&options, &pair.to, None, &mut out, &|_| {}).unwrap();
    assert_eq!((report.files, report.needs_attention()), (1, false));
}

/// Needs 3 GiB of logical size and half a minute: `cargo test --lib large -- --ignored`.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "slow"]
fn a_large_file_takes_little_memory() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sparse");
    fs::File::create(&path).unwrap().set_len(3 << 30).unwrap();
    let pair = pair();
    let options = SealOptions { paths: vec![path], ..SealOptions::default() };
    let bundle = dir.path().join("b");
    let report = seal(&options, &pair.to, None, fs::File::create(&bundle).unwrap(), &|_| {}).unwrap();
    assert_eq!(report.bytes, 3 << 30);
    verify(&mut fs::File::open(&bundle).unwrap(), &pair.keys, None, None).unwrap();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap().trim().trim_end_matches(" kB").to_owned();
    assert!(peak.parse::<u64>().unwrap() < 128 * 1024, "{peak} kB");
    eprintln!("peak: {peak} kB");
}

#[test]
fn the_last_parts_of_paths_must_differ() {
    let dir = tempfile::tempdir().unwrap();
    for sub in ["a/x", "b/X"] {
        fs::create_dir_all(dir.path().join(sub)).unwrap();
    }
    let paths = vec![dir.path().join("a/x"), dir.path().join("b/X")];
    let options = SealOptions { paths, ..SealOptions::default() };
    assert!(seal(&options, &pair().to, None, std::io::sink(), &|_| {}).unwrap_err().message.contains("same name"));
}

#[cfg(unix)]
#[test]
fn what_is_opened_is_the_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let pair = pair();
    let tar = ended(&[member(b'5', "d/", b"", ""), member(b'0', "d/s", b"x", ""), member(b'1', "d/h", b"", "d/s")]);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("deep/out");
    open(&mut Cursor::new(wrapped(&tar, &pair)), &mut [], &pair.keys, &out, &OpenOptions::default()).unwrap();
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
    assert!(open(&mut Cursor::new(&good), &mut [], &pair.keys, dir.path(), &OpenOptions::default()).is_err());
    assert!(open(&mut Cursor::new(&good[..good.len() - 1]), &mut [], &pair.keys, dir.path(), &force).is_err());
    let in_the_way = wrapped(&ended(&[member(b'0', "c", b"x", ""), member(b'0', "d/a/x", b"x", "")]), &pair);
    assert!(open(&mut Cursor::new(&in_the_way), &mut [], &pair.keys, dir.path(), &force).is_err());
    assert_eq!(tree(dir.path()), before);
    open(&mut Cursor::new(&good), &mut [], &pair.keys, dir.path(), &force).unwrap();
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
    open(&mut Cursor::new(&good), &mut [], &pair.keys, &dir.path().join("out"), &OpenOptions::default()).unwrap();
    assert!(!stale.exists() && held.exists());
}

#[test]
fn patterns_choose_and_stdout_gets_only_what_was_checked() {
    let pair = pair();
    let good = wrapped(&ended(&[member(b'0', "m/a.csv", b"a", ""), member(b'0', "m/sub/b.csv", b"b", "")]), &pair);
    let only = |patterns: &[&str]| OpenOptions {
        patterns: patterns.iter().map(|p| (*p).to_owned()).collect(),
        ..OpenOptions::default()
    };
    let mut out = Vec::new();
    let report = to_output(&mut Cursor::new(&good), &mut [], &pair.keys, &only(&["m/sub"]), &mut out).unwrap();
    assert_eq!((out.as_slice(), report.passed_over), (&b"b"[..], 1));
    let mut out = Vec::new();
    assert!(to_output(&mut Cursor::new(&good[..good.len() - 1]), &mut [], &pair.keys, &only(&[]), &mut out).is_err());
    assert!(out.is_empty());
    let dir = tempfile::tempdir().unwrap();
    assert!(open(&mut Cursor::new(&good), &mut [], &pair.keys, &dir.path().join("out"), &only(&["nothing"])).is_err());
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
        verify(&mut Cursor::new(&bundle), &keys, None, None)
    };
    assert!(with(pass(), MAX_WORK_FACTOR).is_ok());
    assert!(
        matches!(with(SecretString::from("otra".to_owned()), MAX_WORK_FACTOR), Err(Failure::Error(e)) if e.exit() == 2)
    );
    assert!(matches!(with(pass(), 17), Err(Failure::Error(e)) if e.message.contains("too much work")));
    let keys = pair().keys;
    assert!(
        matches!(verify(&mut Cursor::new(&bundle), &keys, None, None), Err(Failure::Error(e)) if e.message.contains("passphrase"))
    );
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
    let all =
        ["age", "zstd", "tar"].iter().all(|tool| std::process::Command::new(tool).arg("--version").output().is_ok());
    if !all {
        return None;
    }
    let out = std::process::Command::new("bash")
        .args(["-ec", &format!("set -o pipefail; {script}")])
        .current_dir(dir)
        .output()
        .unwrap();
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
        panic!("install age, zstd and tar: .ci/install does");
    };
    assert_eq!(tree(&dir.path().join("out/casa")), tree(&top));
    let listed = stock("age -d -i key b | zstd -d | tar tv --numeric-owner --utc", dir.path()).unwrap();
    assert!(listed.lines().all(|l| l.contains(" 0/0 ") && l.contains(" 1970-01-01 00:00 ")), "{listed}");
    for (n, format) in ["gnu", "pax", "ustar"].iter().enumerate() {
        let pick = if *format == "ustar" { "casa/mail casa/link" } else { "casa" };
        stock(&format!("tar c --format={format} {pick} | zstd -19 | age -r {recipient} > t{n}"), dir.path()).unwrap();
        let theirs = fs::read(dir.path().join(format!("t{n}"))).unwrap();
        let out = dir.path().join(format!("theirs{n}"));
        let report = open(&mut Cursor::new(theirs), &mut [], &keys, &out, &OpenOptions::default()).unwrap();
        assert_eq!(report.manifest, "none");
        if *format != "ustar" {
            assert_eq!(tree(&out.join("casa")), tree(&top));
        }
    }
    let dotted = stock(&format!("cd casa; tar c . | zstd | age -a -r {recipient}"), dir.path()).unwrap();
    let out = dir.path().join("dotted");
    open(&mut Cursor::new(dotted.into_bytes()), &mut [], &keys, &out, &OpenOptions::default()).unwrap();
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
        let opened = open(&mut Cursor::new(&bundle), &mut [], &pair.keys, &out, &OpenOptions::default()).unwrap();
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
