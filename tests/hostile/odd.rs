//! What is no regular file, or may not be read: named under `sources`, never followed, never waited for.

use super::measured;
use crate::support::{Bench, SOON, finish, need, zone};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

fn reason(made: &Value, path: &str) -> String {
    let all = made["sources"].as_array().unwrap();
    let one = all.iter().find(|s| s["path"] == path).unwrap_or_else(|| panic!("{path} is not named: {all:?}"));
    assert_eq!(one["kind"], "unknown", "{one}");
    one["reason"].as_str().unwrap().to_owned()
}

#[test]
fn links_and_special_files_are_named_and_never_followed() {
    let good = zone("@ IN MX 1 aspmx.l.google.com.\n");
    let bench = Bench::group("casaabierta.example").file("evidence/a.zone", &good);
    let secret = "Date,Description,Amount\n2026-01-05,ZOOM.US 888-799-9666,-1\n";
    fs::write(bench.top().join("canary/bank.csv"), secret).unwrap();
    fs::create_dir(bench.top().join("canary/mail")).unwrap();
    let evidence = bench.dir().join("evidence");
    let links = [
        ("out.csv", bench.top().join("canary/bank.csv")),
        ("near.csv", "../../canary/bank.csv".into()),
        ("folder", bench.top().join("canary")),
        ("loop", "..".into()),
        ("itself", "itself".into()),
        ("nowhere", "not/there".into()),
        ("zero", "/dev/zero".into()),
        ("passwd", "/etc/passwd".into()),
        ("proc", "/proc/self/environ".into()),
    ];
    for (name, target) in &links {
        symlink(target, evidence.join(name)).unwrap();
    }
    assert!(Command::new(need("mkfifo")).arg(evidence.join("fifo")).status().unwrap().success());
    let _socket = UnixListener::bind(evidence.join("socket")).unwrap();
    let before = bench.tree();
    let (ran, memory) = measured(&bench, &["inventory", "-o", "-", "--json", "-v"]);
    let ran = ran.ok();
    assert!(ran.took < SOON && memory < super::MEMORY, "{ran}");
    assert_eq!(bench.tree(), before);
    let made = ran.json();
    assert!(!ran.all().contains("zoom") && !ran.all().contains("root:x:"), "a link was followed: {ran}");
    for (name, _) in &links {
        assert!(reason(&made, &format!("evidence/{name}")).contains("link"));
    }
    for name in ["fifo", "socket"] {
        assert!(reason(&made, &format!("evidence/{name}")).contains("no regular file"));
    }
    assert_eq!(made["sources"].as_array().unwrap().len(), links.len() + 3);
    // What is named by itself is asked for.
    let made = bench.inventory(&["evidence/out.csv"]);
    assert_eq!(made["sources"][0]["kind"], "ledger");
    for name in ["evidence/fifo", "evidence/socket", "/dev/zero"] {
        let ran = bench.run(&["inventory", name, "-o", "-"]);
        assert!(ran.took < SOON && matches!(ran.exit, Some(0 | 2)), "{ran}");
    }
}

/// Everything else is read, and what may not be read is named.
#[test]
fn what_may_not_be_read_is_named() {
    let bench = Bench::group("casaabierta.example")
        .file("evidence/a.zone", zone("@ IN MX 1 aspmx.l.google.com.\n"))
        .file("evidence/locked.csv", "Date,Description,Amount\n2026-01-05,SLACK T1,-1\n")
        .file("evidence/closed/b.csv", "Date,Description,Amount\n2026-01-05,SLACK T1,-1\n")
        .file("evidence/m/cur/1767225600.M1P1.host", "From: a@zoom.us\nSubject: x\n\nbody\n")
        .file("evidence/m/cur/1767225601.M1P1.host", "From: a@zoom.us\nSubject: x\n\nbody\n");
    let mode = |path: &str, mode: u32| {
        fs::set_permissions(bench.dir().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("evidence/locked.csv", 0o000);
    mode("evidence/closed", 0o000);
    mode("evidence/m/cur/1767225601.M1P1.host", 0o000);
    // An administrator may read everything, so the run is somebody else's.
    let args = ["inventory", "-o", "-", "--json"];
    let mut command = Command::new(need("setpriv"));
    bench.settle(&mut command);
    let is_root = fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    if is_root {
        let program = bench.top().join("decamp");
        fs::copy(env!("CARGO_BIN_EXE_decamp"), &program).unwrap();
        fs::set_permissions(bench.top(), fs::Permissions::from_mode(0o755)).unwrap();
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
    } else {
        command.arg(env!("CARGO_BIN_EXE_decamp"));
    }
    command.args(args);
    let ran = finish(command, b"", &args).ok();
    mode("evidence/closed", 0o700);
    let made = ran.json();
    for path in ["evidence/locked.csv", "evidence/closed"] {
        assert!(reason(&made, path).contains("ermission denied"), "{ran}");
    }
    let sources = made["sources"].as_array().unwrap();
    let mailbox = sources.iter().find(|s| s["kind"] == "maildir").unwrap_or_else(|| panic!("{ran}"));
    assert!(mailbox["messages"] == 2 && mailbox["reason"].is_string(), "{mailbox}");
    assert!(sources.iter().any(|s| s["kind"] == "zone" && s["reason"].is_null()), "{ran}");
}
