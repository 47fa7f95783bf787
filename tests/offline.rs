//! Nothing leaves the machine: no command but those that say so opens a socket of the internet families.

use crate::support::{Bench, Ran, finish, need, repository, zone};
use std::process::Command;

/// Runs the binary under `strace` and gives what it called.
fn traced(bench: &Bench, seconds: u32, args: &[&str]) -> (Ran, String) {
    let log = bench.top().join("trace");
    let mut command = Command::new(need("timeout"));
    bench.settle(&mut command);
    command
        .arg(seconds.to_string())
        .arg(need("strace"))
        .args(["-f", "-qq", "-e", "trace=network", "-o", log.to_str().unwrap(), env!("CARGO_BIN_EXE_decamp")])
        .args(args);
    let ran = finish(command, b"", args);
    let calls = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(log).unwrap();
    (ran, calls)
}

fn assert_offline(bench: &Bench, args: &[&str]) {
    let (ran, calls) = traced(bench, 120, args);
    let ran = ran.ok();
    let line = calls.lines().find(|l| l.contains("AF_INET") || l.contains("AF_NETLINK") || l.contains("connect("));
    assert!(line.is_none(), "{}: {ran}", line.unwrap_or_default());
}

#[test]
fn the_whole_way_opens_no_socket() {
    let records = "@ IN MX 1 aspmx.l.google.com.\n@ IN TXT \"v=spf1 include:_spf.google.com ~all\"\nwww IN CNAME ext-cust.squarespace.com.\n";
    let bench = Bench::group("casaabierta.example").file("evidence/casa.zone", zone(records));
    bench.put(
        "evidence/page.html",
        "<!doctype html><html><script src=\"https://www.google-analytics.com/x.js\"></script></html>",
    );
    bench.put("evidence/bank.csv", "Date,Description,Amount\n2026-01-05,SLACK T02ABC123,-87.00\n");
    bench.run(&["key", "new", "-o", "key.txt"]).ok();
    let key = bench.text("key.txt");
    let recipient = key.lines().find_map(|l| l.strip_prefix("# public key: ")).unwrap();
    for args in [
        &["inventory"][..],
        &["inventory", "evidence/casa.zone", "evidence/page.html", "-o", "-"],
        &["inventory", "--explain", "slack"],
        &["exposure"],
        &["plan"],
        &["next"],
        &["status"],
        &["render"],
        &["check", "--dry-run"],
        &["catalog", "check"],
        &["bundle", "seal", "plan", "configs", "inventory.yaml", "-o", "b.tar.zst.age", "-r", recipient],
        &["bundle", "list", "b.tar.zst.age", "-i", "key.txt"],
        &["bundle", "verify", "b.tar.zst.age", "-i", "key.txt"],
        &["bundle", "open", "b.tar.zst.age", "-i", "key.txt", "-o", "opened"],
        &["--version"],
    ] {
        assert_offline(&bench, args);
    }
}

/// What was written for the readers, and what was made to break them: no kind of evidence, sound or not, has anything fetched.
#[test]
fn no_kind_of_evidence_makes_inventory_open_a_socket() {
    let mut kinds = std::collections::BTreeSet::new();
    for (folder, whole) in [("tests/evidence", false), ("templates/demo/evidence", true)] {
        let bench = Bench::group("casaabierta.example");
        crate::samples::copy(&repository().join(folder), &bench.dir().join("evidence"));
        // A browser's history is read only when it is named.
        let history = "evidence/history/History.json";
        let named = if bench.has(history) { &["inventory", "evidence", history][..] } else { &["inventory"] };
        assert_offline(&bench, named);
        let made: serde_json::Value = serde_yaml::from_str(&bench.text("inventory.yaml")).unwrap();
        let sources = made["sources"].as_array().unwrap();
        kinds.extend(sources.iter().map(|s| s["kind"].as_str().unwrap().to_owned()));
        if whole {
            for args in [&["exposure"][..], &["plan"], &["render"], &["inventory", "--redact"]] {
                assert_offline(&bench, args);
            }
        }
    }
    // All kinds of the contract, and what is none.
    assert!(kinds.len() > 35, "{kinds:?}");
    let bench = Bench::group("casaabierta.example");
    for (n, input) in crate::hostile::made_up().iter().enumerate() {
        bench.put(&format!("evidence/{n:03}/{}", input.file), &input.bytes);
    }
    assert_offline(&bench, &["inventory"]);
}

#[test]
fn demo_opens_no_socket() {
    assert_offline(&Bench::new(), &["demo"]);
}

#[test]
fn a_rehearsed_check_opens_no_socket() {
    let bench = Bench::new().file("old/a.txt", "x");
    for args in [
        &["check", "--dry-run", "--site", "https://casaabierta.example/"][..],
        &["check", "--dry-run", "--imap", "ana@mail.casaabierta.example", "--export", "old"],
        &["check", "--dry-run", "--webdav", "https://ana@nube.casaabierta.example/dav/", "--export", "old"],
    ] {
        assert_offline(&bench, args);
    }
}

#[test]
fn the_trace_would_show_a_socket() {
    // A resolver that does not answer is waited for; ten seconds show what is to be seen.
    let (_, calls) =
        traced(&Bench::new(), 10, &["inventory", "--dns", "casaabierta.example", "--resolver", "127.0.0.1:9"]);
    assert!(calls.contains("AF_INET"), "{calls}");
}
