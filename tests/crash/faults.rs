//! Calls to the system that fail, one after the other, by `strace -e inject`.

use super::*;
use crate::support::{Ran, finish, need};
use std::process::Command;

/// Calls and the errors that disks give.
const FAULTS: &[(&str, &str)] = &[
    ("write,pwrite64,writev", "ENOSPC"),
    ("write,pwrite64,writev", "EIO"),
    ("fsync,fdatasync,syncfs", "EIO"),
    ("rename,renameat,renameat2,link,linkat", "EDQUOT"),
    ("openat,mkdir,mkdirat", "ENOSPC"),
];

/// Runs a command under strace with the `n`th of these calls failing; `None` when it ended before.
fn injected(bench: &Bench, args: &[&str], calls: &str, error: &str, n: usize) -> Option<Ran> {
    let log = bench.top().join("strace.log");
    let mut command = Command::new(need("strace"));
    bench.settle(&mut command);
    // Only calls that touch the workspace: with `-P` strace passes over the loading of the program.
    command.args(["-f", "-qq", "-o"]).arg(&log).args([
        "-e",
        &format!("trace={calls}"),
        "-e",
        &format!("inject={calls}:error={error}:when={n}"),
    ]);
    command.arg(env!("CARGO_BIN_EXE_decamp")).args(args);
    let ran = finish(command, b"", args);
    let hit = fs::read_to_string(&log).unwrap();
    hit.contains("(INJECTED)").then_some(ran)
}

fn fails(name: &str) {
    let origin = workspace();
    let old = files(&origin.dir());
    let done = copy(&origin);
    let args = arguments(&done, name);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    done.run(&args).ok();
    let new = files(&done.dir());
    let most = times(20, 200);
    let mut points = 0;
    for (calls, error) in FAULTS {
        for n in spread(most / 4, count(&origin, &args, calls)) {
            let bench = copy(&origin);
            let Some(ran) = injected(&bench, &args, calls, error, n) else { break };
            points += 1;
            let what = format!("{name}: call {n} of {calls} fails with {error}");
            // A failure to print or to look something up may also be passed over: then all must be done.
            if ran.exit == Some(0) {
                let after = files(&bench.dir());
                for (path, bytes) in &new {
                    assert!(
                        name == "seal" && path.ends_with(".age") || after.get(path) == Some(bytes),
                        "{what}: exit 0, but {path} is not written"
                    );
                }
            } else if ran.exit == Some(1) && name == "seal" {
                // Files that can't be read are left out and counted; a bundle of nothing is no bundle.
                let list = bench.run(&["bundle", "list", "old.tar.zst.age", "-i", "key.txt", "--json"]).ok().json();
                assert!(
                    list["files"].as_u64() > Some(0),
                    "{what}: the good bundle was replaced by an empty one: {ran}"
                );
            } else {
                assert!(matches!(ran.exit, Some(2 | 3 | 127)), "{what}: {ran}");
                assert!(
                    ran.exit != Some(3) || ran.stderr.contains("error") || *calls == "write,pwrite64,writev",
                    "{what}: not a word: {ran}"
                );
            }
            whole(&bench, name, &old, &new, &what);
            if ran.exit != Some(0) && name == "open" {
                assert!(
                    !bench.has("opened")
                        || files(&bench.dir()).keys().filter(|p| p.starts_with("opened/")).count() == 41,
                    "{what}: part of it is unpacked"
                );
            }
            assert!(!ran.stderr.contains("CANARY"), "{what}");
            let _ = fs::remove_dir_all(bench.dir().join("opened"));
            let again = bench.run(&args);
            assert_eq!(again.exit, Some(0), "{what}, then: {again}");
            assert_eq!(
                super::staging(&bench.dir()),
                Vec::<String>::new(),
                "{what}: staging is left after the next run"
            );
        }
    }
    println!("summary: {name}: {points} fault points");
    assert!(points >= 10, "{name}: only {points} calls could fail");
}

/// How often a run makes these calls.
fn count(origin: &Bench, args: &[&str], calls: &str) -> usize {
    let bench = copy(origin);
    let log = bench.top().join("strace.log");
    let mut command = Command::new(need("strace"));
    bench.settle(&mut command);
    command
        .args(["-f", "-qq", "-o"])
        .arg(&log)
        .args(["-e", &format!("trace={calls}"), env!("CARGO_BIN_EXE_decamp")])
        .args(args);
    finish(command, b"", args).ok();
    fs::read_to_string(&log).unwrap().lines().filter(|l| l.contains('(') && !l.contains("resumed")).count()
}

/// At most `most` of the numbers from 1 to `all`, evenly.
fn spread(most: usize, all: usize) -> Vec<usize> {
    let most = most.max(5).min(all);
    (0..most).map(|i| 1 + i * all / most.max(1)).collect()
}

#[test]
fn a_failing_disk_under_inventory() {
    fails("inventory");
}

#[test]
fn a_failing_disk_under_plan() {
    fails("plan");
}

#[test]
fn a_failing_disk_under_render() {
    fails("render");
}

#[test]
fn a_failing_disk_under_seal() {
    fails("seal");
}

#[test]
fn a_failing_disk_under_open() {
    fails("open");
}

#[test]
fn files_are_synced_before_they_get_their_name() {
    // write → fsync(file) → rename → fsync(folder)
    let bench = workspace();
    let log = bench.top().join("strace.log");
    for name in ["plan", "seal"] {
        let args = arguments(&bench, name);
        let mut command = Command::new(need("strace"));
        bench.settle(&mut command);
        command
            .args(["-f", "-y", "-qq", "-o"])
            .arg(&log)
            .args(["-e", "trace=write,fsync,fdatasync,rename,renameat,renameat2,linkat", env!("CARGO_BIN_EXE_decamp")])
            .args(&args);
        finish(command, b"", &[name]).ok();
        let text = fs::read_to_string(&log).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let mut renames = 0;
        for (n, line) in lines.iter().enumerate().filter(|(_, l)| l.contains(" rename") || l.contains(" linkat(")) {
            let Some(temp) = line.split('"').nth(1).filter(|p| p.contains(".decamp-")) else { continue };
            renames += 1;
            let stem = Path::new(temp).file_name().unwrap().to_str().unwrap();
            let synced = lines[..n].iter().rposition(|l| l.contains("sync(") && l.contains(stem));
            let written = lines[..n].iter().rposition(|l| l.contains("write(") && l.contains(stem));
            assert!(synced.is_some() && synced > written, "{name}: {temp} gets its name before it is synced");
            let folder = lines[n + 1..].iter().take(4).any(|l| l.contains("sync("));
            assert!(folder, "{name}: the folder is not synced after {line}");
        }
        assert!(renames > 0, "{name}: {text}");
    }
}

#[test]
fn a_full_disk_leaves_the_old_bundle() {
    // A limit on the size of files stands in for a disk that is full; it needs no rights to set.
    let bench = workspace();
    let before = files(&bench.dir());
    let args = arguments(&bench, "seal").join("' '");
    let ran = sh(&bench, &format!("trap '' XFSZ; ulimit -f 200; exec '{}' '{args}'", env!("CARGO_BIN_EXE_decamp")));
    assert_eq!(ran.exit, Some(3), "{ran}");
    assert!(before == files(&bench.dir()), "something changed");
    assert_eq!(super::staging(&bench.dir()), Vec::<String>::new());
    let ran = sh(
        &bench,
        &format!(
            "trap '' XFSZ; ulimit -f 150; exec '{}' bundle open old.tar.zst.age -i key.txt -o opened",
            env!("CARGO_BIN_EXE_decamp")
        ),
    );
    assert_eq!(ran.exit, Some(3), "{ran}");
    assert!(!bench.has("opened") && before == files(&bench.dir()), "part of it is unpacked");
}

#[test]
fn a_disk_that_is_full_at_any_size_leaves_no_broken_bundle() {
    // A disk of its own, in memory, in a namespace that only this run sees.
    need("unshare");
    let origin = workspace();
    let args = arguments(&origin, "seal").join("' '").replace("old.tar.zst.age", "full/new.tar.zst.age");
    let decamp = env!("CARGO_BIN_EXE_decamp");
    let whole = fs::metadata(origin.dir().join("old.tar.zst.age")).unwrap().len();
    fs::create_dir(origin.dir().join("full")).unwrap();
    let count = times(6, 50) as u64;
    let (mut failed, mut done) = (0, 0);
    for n in 1..=count {
        // From next to nothing to a little more than enough.
        let size = 16_384 + n * (whole * 3) / count;
        let script = format!(
            "unshare -rm sh -euc 'mount -t tmpfs -o size={size} tmpfs full
            '\"'{decamp}' '{args}'\"' && code=0 || code=$?
            if [ -e full/new.tar.zst.age ]; then '\"'{decamp}'\"' bundle verify full/new.tar.zst.age -i key.txt; fi
            '\"'{decamp}'\"' bundle open old.tar.zst.age -i key.txt -o full/opened && opened=0 || opened=$?
            echo \"seal $code open $opened files $(find full/opened -type f 2>/dev/null | wc -l)\"
            if find full -name \".decamp-*\" | grep .; then exit 9; fi
            if [ $code != 0 ] && grep -rl CANARY-plaintext full; then exit 8; fi'"
        );
        let ran = sh(&origin, &script).ok();
        let last = ran.stdout.lines().last().unwrap_or_default().to_owned();
        let fine =
            ["seal 0 open 0 files 41", "seal 3 open 0 files 41", "seal 0 open 3 files 0", "seal 3 open 3 files 0"];
        assert!(fine.contains(&last.as_str()), "{size} bytes: {ran}");
        failed += usize::from(last.contains('3'));
        done += usize::from(last.contains("open 0"));
    }
    println!("summary: full disk: {count} sizes, {failed} runs failed cleanly");
    assert!(failed > 0 && done > 0, "{failed} failed, {done} done");
}
