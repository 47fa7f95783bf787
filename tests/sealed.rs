//! Bundles, through the binary: stock tools open what it seals, it opens what stock tools make, and damage leaves
//! nothing behind.

mod attack;
mod chain;
mod damage;
pub(crate) mod holders;
mod size;
mod testkit;
mod volumes;

use crate::support::{Bench, Ran, finish, need};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

/// A workspace with a key in `key.txt` and a small tree in `casa/`; the key's recipient.
pub(crate) fn keyed() -> (Bench, String) {
    let bench = Bench::new()
        .file("casa/plan.md", "# plan\n")
        .file(
            "casa/fotos/mil.bin",
            (0..200_000_u32).flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 7).to_le_bytes()).collect::<Vec<u8>>(),
        )
        .file("casa/correo/cur/1600000000.M1P2.casa:2,S", "From: a@example.org\n\nhola\n")
        .file("casa/vacío.txt", "");
    fs::create_dir_all(bench.dir().join("casa/nada")).unwrap();
    let ran = bench.run(&["key", "new", "-o", "key.txt"]).ok();
    let recipient = ran.stdout.trim().to_owned();
    (bench, recipient)
}

/// The same with `casa/` sealed into `b.tar.zst.age`.
pub(crate) fn sealed() -> (Bench, String) {
    let (bench, recipient) = keyed();
    bench.run(&["bundle", "seal", "casa", "-o", "b.tar.zst.age", "-r", &recipient]).ok();
    (bench, recipient)
}

/// A shell pipeline in the workspace.
pub(crate) fn sh(bench: &Bench, script: &str) -> Ran {
    for program in ["age", "zstd", "tar"] {
        need(program);
    }
    let mut command = Command::new(need("bash"));
    bench.settle(&mut command);
    command.args(["-o", "pipefail", "-euc", script]);
    finish(command, b"", &["sh", script])
}

/// Files below a folder: path → content.
pub(crate) fn contents(bench: &Bench, folder: &str) -> BTreeMap<String, Vec<u8>> {
    crate::support::tree(&bench.dir().join(folder)).into_iter().map(|(path, (_, bytes))| (path, bytes)).collect()
}

/// All but what `keep` says, to be compared before and after.
pub(crate) fn around(bench: &Bench) -> BTreeMap<String, (u32, Vec<u8>)> {
    bench.tree()
}

#[test]
fn a_key_is_the_owners_and_never_overwritten() {
    let (bench, recipient) = keyed();
    assert!(recipient.starts_with("age1") && recipient.len() == 62, "{recipient}");
    let key = bench.text("key.txt");
    assert!(key.contains(&recipient) && key.lines().any(|l| l.starts_with("AGE-SECRET-KEY-1")));
    assert_eq!(fs::metadata(bench.dir().join("key.txt")).unwrap().permissions().mode() & 0o777, 0o600);
    for args in [&["key", "new", "-o", "key.txt"][..], &["key", "new", "-o", "key.txt", "--force"]] {
        let ran = bench.run(args).exits(2);
        assert!(!ran.all().contains("AGE-SECRET-KEY"), "{ran}");
        assert_eq!(bench.text("key.txt"), key);
    }
    // `age` itself takes it.
    assert!(sh(&bench, "age-keygen -y key.txt").ok().stdout.contains(&recipient));
}

#[test]
fn stock_tools_open_what_is_sealed() {
    let (bench, _) = sealed();
    fs::create_dir(bench.dir().join("stock")).unwrap();
    sh(&bench, "age -d -i key.txt b.tar.zst.age | zstd -d | tar x -C stock").ok();
    assert_eq!(contents(&bench, "stock/casa"), contents(&bench, "casa"));
    let manifest: serde_json::Value = serde_json::from_str(&bench.text("stock/.decamp/manifest.json")).unwrap();
    assert_eq!(manifest["schema"], "decamp/manifest/1");
    assert_eq!(manifest["files"], 4);
    bench.run(&["bundle", "open", "b.tar.zst.age", "-i", "key.txt", "-o", "opened"]).ok();
    assert_eq!(contents(&bench, "opened/casa"), contents(&bench, "casa"));
    assert!(!bench.has("opened/.decamp"), "the manifest is not unpacked");
    for (path, (mode, _)) in crate::support::tree(&bench.dir().join("opened")) {
        assert!(mode == 0o600 || mode == 0o700, "{path}: {mode:o}");
    }
    assert_eq!(fs::metadata(bench.dir().join("b.tar.zst.age")).unwrap().permissions().mode() & 0o077, 0);
}

#[test]
fn what_stock_tools_make_is_opened_and_said_to_have_no_manifest() {
    let (bench, recipient) = keyed();
    sh(&bench, &format!("tar c casa | zstd -q | age -r {recipient} -o stock.tar.zst.age; tar c -C casa . | zstd -q -19 | age -a -r {recipient} -o dot.tar.zst.age")).ok();
    let ran = bench.run(&["bundle", "open", "stock.tar.zst.age", "-i", "key.txt", "-o", "opened"]).ok();
    assert!(ran.all().contains("none"), "{ran}");
    assert_eq!(contents(&bench, "opened/casa"), contents(&bench, "casa"));
    bench.run(&["bundle", "open", "dot.tar.zst.age", "-i", "key.txt", "-o", "dot"]).ok();
    assert_eq!(contents(&bench, "dot"), contents(&bench, "casa"));
    for command in ["verify", "list"] {
        let json = bench.run(&["bundle", command, "stock.tar.zst.age", "-i", "key.txt", "--json"]).ok().json();
        assert_eq!(json["manifest"], "none", "{json}");
        assert_eq!(json["schema"], "decamp/bundle/1");
    }
}

#[test]
fn two_seals_hold_the_same_archive() {
    let (bench, recipient) = sealed();
    // Other times and modes outside change nothing inside.
    sh(&bench, "touch -d 2001-01-01 casa/plan.md; chmod 644 casa/plan.md; chmod 755 casa").ok();
    bench.run(&["bundle", "seal", "casa", "-o", "c.tar.zst.age", "-r", &recipient]).ok();
    sh(&bench, "age -d -i key.txt b.tar.zst.age | zstd -d > b.tar; age -d -i key.txt c.tar.zst.age | zstd -d > c.tar; cmp b.tar c.tar").ok();
    let listing = sh(&bench, "TZ=UTC tar tvf b.tar --numeric-owner").ok().stdout;
    for line in listing.lines() {
        assert!(line.contains(" 0/0 ") && line.contains("1970-01-01 00:00"), "{line}");
    }
    let names: Vec<String> = sh(&bench, "tar tf b.tar").ok().stdout.lines().map(str::to_owned).collect();
    assert_eq!(names.last().map(String::as_str), Some(".decamp/manifest.json"));
}

#[test]
fn members_are_listed() {
    let (bench, _) = sealed();
    let ran = bench.run(&["bundle", "list", "b.tar.zst.age", "-i", "key.txt"]).ok();
    for line in [
        "                 casa/\n",
        "             7     plan.md\n",
        "        800000       mil.bin\n",
        "                   nada/\n",
    ] {
        assert!(ran.stdout.contains(line), "{line:?}: {ran}");
    }
    assert!(!ran.stdout.contains("manifest.json"), "{ran}");
    let json = bench.run(&["bundle", "list", "b.tar.zst.age", "-i", "key.txt", "--json"]).ok().json();
    assert_eq!(json["files"], 4);
    assert_eq!(json["bytes"], 7 + 800_000 + 26, "{json}");
    // Only some of it.
    bench.run(&["bundle", "open", "b.tar.zst.age", "casa/correo/**", "-i", "key.txt", "-o", "some"]).ok();
    let some: Vec<String> = contents(&bench, "some").into_keys().collect();
    assert!(some.iter().any(|p| p.ends_with(":2,S")) && !some.iter().any(|p| p.contains("plan.md")), "{some:?}");
    let ran = bench.run(&["bundle", "open", "b.tar.zst.age", "casa/plan.md", "-i", "key.txt", "--stdout"]).ok();
    assert_eq!(ran.stdout, "# plan\n");
}

#[test]
fn nothing_is_replaced_without_being_told() {
    let (bench, recipient) = sealed();
    let old = fs::read(bench.dir().join("b.tar.zst.age")).unwrap();
    let same = || assert!(fs::read(bench.dir().join("b.tar.zst.age")).unwrap() == old, "the old bundle is gone");
    bench.run(&["bundle", "seal", "casa", "-o", "b.tar.zst.age", "-r", &recipient]).exits(2);
    same();
    // With `--force` the old one survives whatever goes wrong.
    for args in [
        &["bundle", "seal", "no-such-folder", "-o", "b.tar.zst.age", "-r", &recipient, "--force"][..],
        &["bundle", "seal", "casa", "-o", "b.tar.zst.age", "-r", "age1typo", "--force"],
        &["bundle", "seal", "casa", "-o", "b.tar.zst.age", "--force"],
    ] {
        bench.run(args).exits(2);
        same();
    }
    bench.run(&["bundle", "seal", "casa", "-o", "b.tar.zst.age", "-r", &recipient, "--force"]).ok();
    assert!(fs::read(bench.dir().join("b.tar.zst.age")).unwrap() != old);
    bench.run(&["bundle", "open", "b.tar.zst.age", "-i", "key.txt", "-o", "opened"]).ok();
    bench.put("opened/casa/plan.md", "mine\n");
    bench.run(&["bundle", "open", "b.tar.zst.age", "-i", "key.txt", "-o", "opened"]).exits(2);
    assert_eq!(bench.text("opened/casa/plan.md"), "mine\n");
}

#[test]
fn a_bundle_streams() {
    let (bench, recipient) = keyed();
    let mut command = bench.command(&["bundle", "seal", "casa", "-o", "-", "-r", &recipient]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    bench.put("s.tar.zst.age", &output.stdout);
    assert!(!String::from_utf8_lossy(&output.stderr).is_empty() && output.stdout.starts_with(b"age-encryption.org/v1"));
    bench.run(&["bundle", "verify", "s.tar.zst.age", "-i", "key.txt"]).ok();
    assert!(!bench.has("-"));
    // A reader that goes away is no error worth words.
    let ran = sh(
        &bench,
        &format!(
            "set +o pipefail; '{}' bundle seal casa -o - -r {recipient} | head -c 100 | wc -c",
            env!("CARGO_BIN_EXE_decamp")
        ),
    )
    .ok();
    assert!(!ran.stderr.contains("error"), "{ran}");
}

#[test]
fn a_passphrase_seals_for_those_who_know_it() {
    let (bench, recipient) = keyed();
    bench.put("pass.txt", "caballo correcto batería grapa\nsecond line\n");
    bench.put("wrong.txt", "otra\n");
    bench.put("empty.txt", "\n");
    bench.run(&["bundle", "seal", "casa", "-o", "p.tar.zst.age", "--passphrase-file", "pass.txt"]).ok();
    let ran = bench.run(&["bundle", "open", "p.tar.zst.age", "--passphrase-file", "pass.txt"]).ok();
    assert!(!ran.all().contains("caballo"));
    assert_eq!(contents(&bench, "p/casa"), contents(&bench, "casa"));
    bench.run(&["bundle", "open", "p.tar.zst.age", "--passphrase-file", "wrong.txt", "-o", "q"]).exits(2);
    assert!(!bench.has("q"));
    bench.run(&["bundle", "seal", "casa", "-o", "q.age", "--passphrase-file", "empty.txt"]).exits(2);
    bench.run(&["bundle", "seal", "casa", "-o", "q.age", "--passphrase-file", "pass.txt", "-r", &recipient]).exits(2);
    let ran = bench
        .run_with(
            &["bundle", "open", "p.tar.zst.age", "--passphrase-file", "-", "-o", "r"],
            "caballo correcto batería grapa\n".as_bytes(),
        )
        .ok();
    assert!(bench.has("r/casa/plan.md") && !bench.has("q.age"), "{ran}");
    // No terminal and no key: a plain refusal, not a wait.
    bench.run(&["bundle", "open", "p.tar.zst.age", "-o", "s"]).exits(2).says("key");
}

#[test]
fn mistakes_about_recipients_are_named_and_secrets_are_not_echoed() {
    let (bench, recipient) = keyed();
    let mut typo = recipient.clone();
    let last = if typo.ends_with('q') { "p" } else { "q" };
    typo.replace_range(61.., last);
    bench.put("trustees.txt", format!("# Ana\r\n{recipient}\r\n\r\n{typo}\r\n"));
    let ran =
        bench.run(&["bundle", "seal", "casa", "-o", "x.age", "-R", "trustees.txt"]).exits(2).says("trustees.txt:4");
    assert!(ran.stderr.lines().count() <= 6, "{ran}");
    let secret = bench.text("key.txt").lines().find(|l| l.starts_with("AGE-SECRET")).unwrap().to_owned();
    for args in [&["-r", secret.as_str()][..], &["-R", "key.txt"]] {
        for json in [&[][..], &["--json"]] {
            let all: Vec<&str> =
                ["bundle", "seal", "casa", "-o", "x.age"].iter().chain(args).chain(json).copied().collect();
            let ran = bench.run(&all).exits(2);
            assert!(!ran.all().to_uppercase().contains(&secret[16..40].to_uppercase()), "the secret key is echoed");
            assert!(ran.all().contains("identity"), "{ran}");
        }
    }
    for bad in ["age1../../x", "age1", "", "ssh-dss AAAA", "age1x\n", "-----BEGIN OPENSSH PRIVATE KEY-----"] {
        bench.run(&["bundle", "seal", "casa", "-o", "x.age", "-r", bad]).exits(2);
    }
    bench.put("nobody.txt", "# nobody\n");
    bench.run(&["bundle", "seal", "casa", "-o", "x.age", "-R", "nobody.txt"]).exits(2).says("nobody.txt");
    assert!(!bench.has("x.age"));
    // Duplicates, a byte order mark, the group's own list, many.
    bench.put("good.txt", format!("\u{feff}# Ana\r\n{recipient}\r\n{recipient}\r\n"));
    bench.run(&["bundle", "seal", "casa", "-o", "x.age", "-R", "good.txt", "-r", &recipient]).ok();
    bench.put("group.yaml", format!("name: Casa\nrecipients: [{recipient}]\n"));
    bench.run(&["bundle", "seal", "casa", "-o", "y.age"]).ok();
    let many: String = (0..21).map(|n| bench.run(&["key", "new", "-o", &format!("k{n}.txt")]).ok().stdout).collect();
    bench.put("many.txt", many);
    bench.run(&["bundle", "seal", "casa", "-o", "z.age", "-R", "many.txt"]).ok();
    bench.run(&["bundle", "verify", "z.age", "-i", "k20.txt"]).ok();
}

#[test]
fn secret_evidence_stays_out_unless_it_is_named() {
    let (bench, recipient) = keyed();
    bench.put("group.yaml", "name: Casa Abierta\ndomains: [casaabierta.example]\n");
    bench.put("evidence/logins.csv", "name,url,username,password\nZoom,https://zoom.us/,CANARY-user,CANARY-pass\n");
    bench.put("evidence/casaabierta.example.zone", crate::support::zone("@ IN MX 1 aspmx.l.google.com.\n"));
    let ran = bench.run(&["inventory"]).ok();
    assert!(ran.stderr.contains("evidence/logins.csv"), "{ran}");
    let ran = bench
        .run(&["bundle", "seal", "evidence", "inventory.yaml", "-o", "e.age", "-r", &recipient])
        .exits(1)
        .says("logins.csv");
    assert!(!ran.all().contains("CANARY"));
    let list = bench.run(&["bundle", "list", "e.age", "-i", "key.txt"]).ok().stdout;
    assert!(list.contains("casaabierta.example.zone") && !list.contains("logins.csv"), "{list}");
    bench.run(&["bundle", "seal", "evidence", "evidence/logins.csv", "-o", "f.age", "-r", &recipient]).ok();
    let list = bench.run(&["bundle", "list", "f.age", "-i", "key.txt"]).ok().stdout;
    assert!(list.contains("logins.csv"), "{list}");
    // By way of a link to the folder it is the same secret.
    std::os::unix::fs::symlink("evidence", bench.dir().join("atajo")).unwrap();
    let ran = bench.run(&["bundle", "seal", "atajo", "-o", "g.age", "-r", &recipient]);
    if ran.exit != Some(2) {
        let list = bench.run(&["bundle", "list", "g.age", "-i", "key.txt"]).ok().stdout;
        assert!(!list.contains("logins.csv"), "{list}");
    }
}

#[test]
fn what_cannot_be_taken_along_is_counted() {
    let (bench, recipient) = keyed();
    sh(&bench, "mkfifo casa/tubo; ln -s /etc/passwd casa/fuera; ln -s plan.md casa/dentro").ok();
    let ran = bench.run(&["bundle", "seal", "casa", "-o", "b.age", "-r", &recipient, "--json"]).exits(1);
    let json = ran.json();
    let left: Vec<&str> = json["left_out"].as_array().unwrap().iter().map(|l| l["path"].as_str().unwrap()).collect();
    assert_eq!(left, ["casa/fuera", "casa/tubo"], "{json}");
    bench.run(&["bundle", "open", "b.age", "-i", "key.txt", "-o", "o"]).ok();
    assert_eq!(fs::read_link(bench.dir().join("o/casa/dentro")).unwrap().to_str(), Some("plan.md"));
}

#[test]
fn one_writer_at_a_time() {
    let (bench, _) = keyed();
    bench.put("group.yaml", "name: Casa Abierta\ndomains: [casaabierta.example]\n");
    bench.put("evidence/casaabierta.example.zone", crate::support::zone("@ IN MX 1 aspmx.l.google.com.\n"));
    bench.run(&["inventory"]).ok();
    let lock = fs::File::create(bench.dir().join(".decamp/lock")).unwrap();
    lock.lock().unwrap();
    for args in [&["inventory"][..], &["plan", "--to", "may-first"]] {
        let before = around(&bench);
        bench.run(args).exits(2).says("another decamp");
        assert!(before == around(&bench), "{args:?} wrote beside another");
    }
    drop(lock);
    // The lock file that is left behind by a dead process holds nobody up.
    bench.run(&["plan", "--to", "may-first"]).ok();
    // Eight at once: each ends well or is told to wait, and the result is whole.
    let running: Vec<_> = (0..8)
        .map(|_| {
            bench
                .command(&["plan", "--to", "may-first"])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    let codes: Vec<Option<i32>> = running.into_iter().map(|mut c| c.wait().unwrap().code()).collect();
    assert!(codes.iter().all(|c| *c == Some(0) || *c == Some(2)) && codes.contains(&Some(0)), "{codes:?}");
    bench.run(&["plan", "--to", "may-first"]).ok();
}
