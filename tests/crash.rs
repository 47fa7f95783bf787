//! Killed at any moment, or with a disk that fails at any call: what was there is whole, what is new is complete, and the
//! next run goes on as if nothing had happened. `DECAMP_LONG=1` takes the full numbers.

mod faults;

use crate::rendered::case;
use crate::sealed::sh;
use crate::support::{Bench, tree};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// The short number, or the full one.
pub(crate) fn times(short: usize, long: usize) -> usize {
    if std::env::var_os("DECAMP_LONG").is_some_and(|v| v == "1") { long } else { short }
}

/// The same numbers on every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.roll() % n.max(1)
    }
}

/// Path → bytes, without decamp's own state and without staging.
pub(crate) fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let all = tree(dir).into_iter().filter(|(path, _)| dir.join(path).is_file());
    all.map(|(path, (_, bytes))| (path, bytes))
        .filter(|(path, _)| !path.starts_with(".decamp/") && !is_staging(path))
        .collect()
}

/// What a killed run may leave until the next one: never under a final name.
pub(crate) fn is_staging(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with(".decamp-"))
}

fn staging(dir: &Path) -> Vec<String> {
    tree(dir).into_keys().filter(|p| is_staging(p)).collect()
}

/// One writing command: what stands before it, and how it is run.
pub(crate) struct Writing {
    pub(crate) name: &'static str,
    pub(crate) args: &'static [&'static str],
}

pub(crate) const WRITING: &[Writing] = &[
    Writing { name: "inventory", args: &["inventory"] },
    Writing { name: "plan", args: &["plan", "--to", "own-server"] },
    Writing { name: "render", args: &["render", "--set", "may-first.imap_port=993"] },
    Writing { name: "seal", args: &["bundle", "seal", "big", "-o", "old.tar.zst.age", "-i-is-not-a-flag"] },
    Writing { name: "open", args: &["bundle", "open", "old.tar.zst.age", "-i", "key.txt", "-o", "opened"] },
];

/// A workspace in which everything was done once, with a bundle of some megabytes.
pub(crate) fn workspace() -> Bench {
    let bench = case("rio-claro");
    bench.run(&["inventory"]).ok();
    bench.run(&["plan", "--to", "may-first"]).ok();
    bench.run(&["render"]).ok();
    bench.run(&["key", "new", "-o", "key.txt"]).ok();
    let mut dice = Dice(7);
    for n in 0..40 {
        let bytes: Vec<u8> = (0..25_000).flat_map(|_| dice.roll().to_le_bytes()).collect();
        bench.put(&format!("big/{n:02}.bin"), bytes);
    }
    bench.put("big/canary.txt", "CANARY-plaintext");
    let args = arguments(&bench, "seal");
    bench.run(&args.iter().map(String::as_str).collect::<Vec<_>>()).ok();
    bench
}

/// The command line of one of [`WRITING`].
pub(crate) fn arguments(bench: &Bench, name: &str) -> Vec<String> {
    let writing = WRITING.iter().find(|w| w.name == name).unwrap();
    let mut args: Vec<String> = writing.args.iter().map(|a| (*a).to_owned()).collect();
    if name == "seal" {
        let key = bench.text("key.txt");
        let recipient = key.lines().find_map(|l| l.strip_prefix("# public key: ")).unwrap().to_owned();
        args.truncate(5);
        args.extend(["-r".to_owned(), recipient, "--force".to_owned()]);
    }
    args
}

/// A fresh copy of a workspace, so that every attempt begins alike.
pub(crate) fn copy(from: &Bench) -> Bench {
    let bench = Bench::new();
    sh(&bench, &format!("cp -a '{}/.' .", from.dir().display())).ok();
    bench
}

/// Checks what a broken-off run left: every file is the old one or the new one.
pub(crate) fn whole(
    bench: &Bench,
    name: &str,
    old: &BTreeMap<String, Vec<u8>>,
    new: &BTreeMap<String, Vec<u8>>,
    what: &str,
) {
    for (path, bytes) in files(&bench.dir()) {
        if name == "seal" && path == "old.tar.zst.age" {
            bench.run(&["bundle", "verify", "old.tar.zst.age", "-i", "key.txt"]).ok();
            continue;
        }
        let known = old.get(&path) == Some(&bytes) || new.get(&path) == Some(&bytes);
        assert!(known, "{what}: {path} is neither the old nor the new file");
    }
    for path in old.keys().filter(|p| new.contains_key(*p)) {
        assert!(bench.has(path), "{what}: {path} is gone");
    }
}

/// Kills one command at many moments.
fn kills(name: &str) {
    let origin = workspace();
    let old = files(&origin.dir());
    let done = copy(&origin);
    let args = arguments(&done, name);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let took = {
        let start = Instant::now();
        done.run(&args).ok();
        start.elapsed()
    };
    let new = files(&done.dir());
    let mut dice = Dice(0x5eed + name.len() as u64);
    // Bundles are what a group carries away: those are struck twice as often.
    let count = times(20, if matches!(name, "seal" | "open") { 200 } else { 100 });
    let (mut struck, mut left) = (0, 0);
    for n in 0..count {
        let bench = copy(&origin);
        let mut child =
            bench.command(&args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(dice.below(took.as_micros() as u64 * 11 / 10)));
        // SIGKILL.
        child.kill().unwrap();
        struck += usize::from(!child.wait().unwrap().success());
        let what = format!("{name} killed, attempt {n}");
        whole(&bench, name, &old, &new, &what);
        left += usize::from(!staging(&bench.dir()).is_empty());
        if name == "open" {
            // All or nothing under the final name.
            let there = files(&bench.dir()).into_keys().filter(|p| p.starts_with("opened/")).count();
            assert!(there == 0 || there == 41, "{what}: {there} of 41 files were unpacked");
            let _ = fs::remove_dir_all(bench.dir().join("opened"));
        }
        let again = bench.run(&args);
        assert!(!again.stderr.contains("edited by hand"), "{what}, then: {again}");
        assert_eq!(again.exit, Some(0), "{what}, then: {again}");
        let after = files(&bench.dir());
        for (path, bytes) in &new {
            assert!(
                name == "seal" && path.ends_with(".age") || after.get(path) == Some(bytes),
                "{what}: the next run makes another {path}"
            );
        }
        assert_eq!(staging(&bench.dir()), Vec::<String>::new(), "{what}: the next run leaves the staging behind");
    }
    println!(
        "summary: {name}: {struck} of {count} runs were killed in time, {left} left staging that the next run removed"
    );
    assert!(struck > 0, "{name}: no kill came in time");
}

#[test]
fn a_killed_inventory_leaves_whole_files() {
    kills("inventory");
}

#[test]
fn a_killed_plan_leaves_whole_files() {
    kills("plan");
}

#[test]
fn a_killed_render_leaves_whole_files() {
    kills("render");
}

#[test]
fn a_killed_seal_leaves_the_old_bundle_or_the_new() {
    kills("seal");
}

#[test]
fn a_killed_open_leaves_nothing_or_all() {
    kills("open");
}
