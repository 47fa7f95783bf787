//! The layers, held by reading the sources: data moves one way, one module prints, one touches the disk, one connects.

use crate::support::repository;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Module → the modules of the crate that it may use, in data order. Nothing below a line is known above it.
const MAY_USE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("ui", &["error"]),
    ("yaml", &["error", "ui"]),
    ("files", &["error"]),
    // `catalog check` runs the examples of a service with the reader of zones.
    ("catalog", &["error", "yaml", "evidence"]),
    ("dates", &["catalog"]),
    ("group", &["catalog", "error", "yaml"]),
    ("evidence", &["yaml", "error", "ui"]),
    ("inventory", &["catalog", "evidence"]),
    ("exposure", &["catalog", "inventory", "plan"]),
    ("plan", &["catalog", "dates", "error", "group", "inventory", "ui"]),
    ("render", &["catalog", "dates", "error", "evidence", "group", "inventory", "plan", "ui"]),
    ("report", &["catalog", "dates", "evidence", "group", "inventory", "plan"]),
    // Quotes the TXT values of the zone that it saves, and answers what `check` asks.
    ("net", &["catalog", "check", "error", "group", "render"]),
    // Holds what was rendered against what answers.
    ("check", &["catalog", "evidence", "ui"]),
    ("words", &["error"]),
    ("bundle", &["error"]),
    // Shares are read with the bundles' keys, and encrypted to recipients.
    ("trustees", &["bundle", "error", "words", "yaml"]),
    ("workspace", &["error", "files", "group", "inventory", "plan", "yaml"]),
    ("cli", &["bundle", "ui"]),
    (
        "commands",
        &[
            "bundle",
            "catalog",
            "check",
            "cli",
            "error",
            "evidence",
            "exposure",
            "files",
            "group",
            "inventory",
            "net",
            "plan",
            "render",
            "report",
            "trustees",
            "ui",
            "words",
            "workspace",
            "yaml",
        ],
    ),
    ("lib", &[]),
    ("main", &["cli", "commands", "error"]),
];

/// Files that may use what only their module is for.
const DISK: &[&str] = &["files.rs", "files/", "bundle/disk.rs", "bundle/disk/"];
const PRINTS: &[&str] = &["ui.rs"];

/// The sources below `src/`, without comments and without unit tests.
fn sources() -> Vec<(String, String)> {
    let root = repository().join("src");
    let mut found = Vec::new();
    let mut stack = vec![root.clone()];
    while let Some(dir) = stack.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                found.push((name, code(&fs::read_to_string(&path).unwrap())));
            }
        }
    }
    found.retain(|(name, _)| !name.ends_with("/tests.rs") && !name.contains("/tests/"));
    found.sort();
    found
}

fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\n#[allow(clippy::unwrap_used)]\nmod tests {").next().unwrap();
    let before_tests = before_tests.split("#[cfg(test)]\nmod tests {").next().unwrap();
    // A handle on an open folder may be handed on; only the disk modules open one.
    let before_tests = before_tests.replace("use cap_std::fs::Dir;", "");
    before_tests.lines().filter(|l| !l.trim_start().starts_with("//")).map(|l| format!("{l}\n")).collect()
}

fn module(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Modules that a source names by `crate::x`, `decamp::x` or `crate::{x, y}`.
fn uses(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for start in ["crate::", "decamp::"] {
        for (at, _) in text.match_indices(start) {
            let rest = &text[at + start.len()..];
            let list = rest.strip_prefix('{').map(|r| r.split('}').next().unwrap_or_default().to_owned());
            for part in
                list.unwrap_or_else(|| rest.to_owned()).split(',').take(if rest.starts_with('{') { 99 } else { 1 })
            {
                let word: String = part.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                found.insert(word);
            }
        }
    }
    found.remove("");
    found
}

#[test]
fn modules_use_only_what_comes_before_them() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let own = module(&file).to_owned();
        let Some((_, allowed)) = MAY_USE.iter().find(|(m, _)| *m == own) else {
            wrong.push(format!("{file}: the module `{own}` is not in the list"));
            continue;
        };
        for used in uses(&text) {
            if used != own && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{file}: `{own}` may not use `{used}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_list_allows_nothing_that_nobody_uses() {
    let all = sources();
    let mut spare = Vec::new();
    for (own, allowed) in MAY_USE {
        let used: BTreeSet<String> = all.iter().filter(|(f, _)| module(f) == *own).flat_map(|(_, t)| uses(t)).collect();
        spare.extend(allowed.iter().filter(|a| !used.contains(**a)).map(|a| format!("`{own}` does not use `{a}`")));
    }
    assert!(spare.is_empty(), "{}", spare.join("\n"));
}

#[test]
fn stages_are_pure() {
    for (file, text) in sources() {
        if ["inventory", "plan", "exposure", "catalog", "check", "group", "report"].contains(&module(&file)) {
            for word in [
                "crate::files",
                "crate::net",
                "std::fs",
                "std::io",
                "fs::",
                "std::env",
                "::now()",
                "SystemTime",
                "Instant::",
            ] {
                let prompt = word == "fs::"
                    && !text.split(|c: char| !(c.is_alphanumeric() || c == ':')).any(|w| w.starts_with("fs::"));
                assert!(prompt || !text.contains(word), "{file} uses `{word}`");
            }
        }
        if module(&file) == "plan" || module(&file) == "inventory" {
            assert!(!text.contains("Ui"), "{file} speaks");
        }
    }
}

fn only_in(words: &[&str], allowed: &[&str], said: &str) {
    for (file, text) in sources() {
        if allowed.iter().any(|a| file == *a || (a.ends_with('/') && file.starts_with(a))) {
            continue;
        }
        for word in words {
            let hit = text.lines().find(|l| l.contains(word));
            assert!(hit.is_none(), "{file} {said} (`{word}`): {}", hit.unwrap_or_default().trim());
        }
    }
}

#[test]
fn only_ui_prints() {
    only_in(
        &["println!", "print!(", "eprintln!", "eprint!(", "stdout().lock", "stderr().lock", "dbg!"],
        PRINTS,
        "prints",
    );
    // Asking whether stdout is a terminal is no printing.
    only_in(&["io::stdout()", "io::stderr()"], &["ui.rs", "commands/bundle.rs", "commands/bundle/"], "takes a stream");
}

#[test]
fn only_files_and_the_bundles_disk_touch_the_disk() {
    only_in(
        &[
            "std::fs",
            "tempfile::",
            "cap_std",
            "open_ambient",
            "rustix",
            "File::open",
            "File::create",
            "fs::OpenOptions",
        ],
        DISK,
        "touches the disk",
    );
    only_in(
        &["canonicalize("],
        &["files.rs", "bundle/disk.rs", "bundle/disk/", "commands/inventory/sources.rs"],
        "resolves paths",
    );
}

#[test]
fn only_net_connects() {
    only_in(
        &["hickory_resolver", "tokio", "TcpStream", "UdpSocket", "TcpListener", "ToSocketAddrs"],
        &["net.rs", "net/"],
        "connects",
    );
}

#[test]
fn only_the_commands_look_at_clock_and_environment() {
    only_in(
        &["Zoned::now", "Timestamp::now", "SystemTime", "Instant::now"],
        &["commands.rs", "net/"],
        "looks at the clock",
    );
    only_in(&["env::var"], &["commands.rs", "ui.rs"], "looks at the environment");
}

#[test]
fn only_yaml_reads_and_writes_yaml() {
    only_in(&["serde_yaml"], &["yaml.rs"], "calls the YAML crate");
}

#[test]
fn files_keep_their_sizes() {
    let lines = |path: &Path| fs::read_to_string(path).unwrap().lines().count();
    assert!(lines(&repository().join("src/main.rs")) <= 40);
    for (file, _) in sources() {
        let count = lines(&repository().join("src").join(&file));
        assert!(count <= 450, "src/{file} has {count} lines; split it along a noun");
    }
}

#[test]
fn every_test_file_is_listed() {
    let main = fs::read_to_string(repository().join("tests/main.rs")).unwrap();
    for entry in fs::read_dir(repository().join("tests")).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_some_and(|e| e == "rs") && stem != "main" {
            assert!(main.contains(&format!("mod {stem};")), "tests/{stem}.rs is forgotten in tests/main.rs");
        }
    }
}
