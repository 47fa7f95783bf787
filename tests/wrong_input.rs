//! Wrong and hostile input: refused or named, within seconds, without a panic, and nothing written.

use crate::support::{Bench, Ran, SOON, zip, zone};

/// Runs; the exit status must be one of `exits`, nothing may have been written on 2, and the canary lives.
fn run(bench: &Bench, args: &[&str], exits: &[i32]) -> Ran {
    let before = bench.tree();
    let ran = bench.run(args);
    assert!(exits.contains(&ran.exit.unwrap_or(-1)), "{exits:?}: {ran}");
    assert!(ran.took < SOON, "{:?}: {ran}", ran.took);
    let after = bench.tree();
    if ran.exit == Some(2) {
        assert!(after == before, "something was written: {ran}");
        assert!(ran.stderr.contains("error") || ran.stdout.contains("decamp/error/1"), "{ran}");
    }
    let canary = |t: &std::collections::BTreeMap<String, (u32, Vec<u8>)>| {
        t.iter().filter(|(p, _)| !p.starts_with("work")).map(|(p, v)| (p.clone(), v.clone())).collect::<Vec<_>>()
    };
    assert!(canary(&after) == canary(&before), "something outside was touched: {ran}");
    ran
}

fn with(path: &str, content: impl AsRef<[u8]>) -> Bench {
    Bench::group("casaabierta.example").file(&format!("evidence/{path}"), content)
}

/// Damaged: exit 0, named under `sources` with the reason, and warned of with its place.
fn damaged(path: &str, content: impl AsRef<[u8]>) -> Ran {
    let bench = with(path, content);
    let ran = run(&bench, &["inventory", "-o", "-", "--json"], &[0]);
    let sources = ran.json()["sources"].clone();
    assert!(sources.as_array().unwrap().iter().any(|s| s["reason"].is_string()), "{sources}");
    run(&bench, &["inventory"], &[0]).says(path)
}

/// Named under `sources` as unknown, with a reason: exit 0.
fn unknown(path: &str, content: impl AsRef<[u8]>) {
    let bench = with(path, content);
    let ran = run(&bench, &["inventory", "-o", "-", "--json"], &[0]);
    let source = &ran.json()["sources"][0];
    assert!(source["kind"] == "unknown" && source["reason"].is_string(), "{source}");
}

#[test]
fn a_cut_off_zip_is_named_wherever_it_is_cut() {
    let text = zone("@ IN MX 1 aspmx.l.google.com.\n");
    let whole = zip(&[("a.zone", text.as_bytes()), ("b.txt", b"x")]);
    for at in [5, 30, 60, whole.len() / 2, whole.len() - 60, whole.len() - 1] {
        damaged("all.zip", &whole[..at]);
    }
    let mut flipped = whole.clone();
    flipped[60] ^= 0x20;
    damaged("all.zip", flipped);
}

#[test]
fn hostile_zips_are_bounded_and_write_nothing() {
    let names: [&str; 5] = ["../../canary/deep/bird", "/etc/cron.d/x", "..\\..\\x", "a\u{1b}]52;c;x\u{7}b", "C:/x"];
    let members: Vec<(&str, &[u8])> = names.iter().map(|n| (*n, &b"dead"[..])).collect();
    let ran = run(&with("slip.zip", zip(&members)), &["inventory", "-o", "-", "--json", "-v"], &[0]);
    assert!(!ran.all().contains('\u{1b}'), "{ran}");
    let mut deep = b"x".to_vec();
    for _ in 0..6 {
        deep = zip(&[("inner.zip", &deep)]);
    }
    run(&with("deep.zip", deep), &["inventory"], &[0, 2]);
    let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let packed = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    bomb.start_file("a.csv", packed).unwrap();
    std::io::Write::write_all(&mut bomb, b"Date,Description,Amount\n").unwrap();
    for _ in 0..64 {
        std::io::Write::write_all(&mut bomb, &vec![b'\n'; 1 << 20]).unwrap();
    }
    run(&with("bomb.zip", bomb.finish().unwrap().into_inner()), &["inventory"], &[0, 2]);
}

#[test]
fn a_binary_that_is_called_a_zone_is_named_as_unknown() {
    let noise: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    unknown("a.zone", [b"\x7fELF\x02\x01\x01\0\0\0".to_vec(), noise].concat());
    unknown("b.zone", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    unknown("c.zone", b"\0\0\0\0");
}

#[test]
fn a_ledger_with_a_nul_byte_is_named_with_its_line() {
    let ran = damaged("bank.csv", b"Date,Description,Amount\n2026-01-05,SLACK T02,-8\n2026-01-06,AB\0CD,-9\n");
    assert!(ran.stderr.contains("evidence/bank.csv:3"), "{ran}");
}

#[test]
fn ten_megabytes_of_brackets_are_no_trouble() {
    for (name, unit) in [
        ("a.json", "["),
        ("b.har", "{\"log\":"),
        ("c.txt", "("),
        ("d.html", "<div>"),
        ("e.csv", "\""),
        ("f.xml", "<a>"),
    ] {
        let bench = with(name, unit.repeat(10_000_000 / unit.len()));
        run(&bench, &["inventory"], &[0, 2]);
    }
    let text = format!("{{\"encrypted\":false,\"items\":[{}", "[".repeat(10_000_000));
    run(&with("g.json", text), &["inventory"], &[0, 2]);
    let text = format!("{{\"log\":{{\"version\":\"1.2\",\"entries\":[{}", "{\"request\":".repeat(100_000));
    run(&with("h.har", text), &["inventory"], &[0]);
}

#[test]
fn hostile_markup_is_bounded() {
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE k [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]><KeePassFile><Root><Entry><String><Key>URL</Key><Value>https://&c;&x;/</Value></String></Entry></Root></KeePassFile>";
    let ran = run(&with("k.xml", laughs), &["inventory", "-v"], &[0, 2]);
    assert!(!ran.all().contains("root:"), "{ran}");
    let many: String = (0..200_000).map(|n| format!(" a{n}=1")).collect();
    run(&with("p.html", format!("<!doctype html><html><img{many}></html>")), &["inventory"], &[0, 2]);
    run(&with("k2.xml", format!("<KeePassFile><Root><Entry{many}/></Root></KeePassFile>")), &["inventory"], &[0, 2]);
    let page = "<!doctype html><base href=\"https://evil.example/\"><script src=\"data:text/javascript,x\"></script><script src=\"blob:https://a.example/1\"></script><a href=\"javascript:x\">y</a><script src=\"https://xn--e1afmkfd.example/\"></script>";
    run(&with("q.html", page), &["inventory"], &[0]);
}

/// Nine levels of aliases: more than a hundred million nodes.
fn yaml_bomb(head: &str) -> String {
    let mut text = format!("{head}a: &a [x,x,x,x,x,x,x,x,x]\n");
    for (this, last) in ('b'..='i').zip('a'..='h') {
        text.push_str(&format!("{this}: &{this} [{}]\n", vec![format!("*{last}"); 9].join(",")));
    }
    text
}

#[test]
fn yaml_bombs_are_refused_wherever_yaml_is_read() {
    let good = zone("@ IN MX 1 aspmx.l.google.com.\n");
    for bomb in [
        yaml_bomb(""),
        yaml_bomb("name: Casa\n"),
        "[".repeat(1_000_000),
        format!("name: {}", "{a: ".repeat(100_000)),
        "a: &a\n  <<: *a\n".to_owned(),
        "name: !!binary x\n? [a]\n: b\n".to_owned(),
    ] {
        let bench = Bench::new().file("group.yaml", &bomb).file("evidence/a.zone", &good);
        run(&bench, &["inventory"], &[2]).says("group.yaml");
        let bench = Bench::group("casaabierta.example").file("inventory.yaml", &bomb).file("evidence/a.zone", &good);
        bench.put(".decamp/lock", "");
        run(&bench, &["inventory"], &[2]).says("inventory.yaml");
        run(&bench, &["plan"], &[2]).says("inventory.yaml");
        run(&bench, &["exposure"], &[2]).says("inventory.yaml");
        bench.put("evidence/x", "x");
        run(
            &bench,
            &[
                "bundle",
                "seal",
                "evidence",
                "-o",
                "b.tar.zst.age",
                "-r",
                "age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq",
            ],
            &[2],
        );
        let bench = Bench::group("casaabierta.example").file("ours/services/bomb.yaml", &bomb);
        run(&bench, &["--playbooks", "ours", "catalog", "list"], &[2]).says("bomb.yaml");
        run(&bench, &["catalog", "check", "ours/services/bomb.yaml"], &[1]);
    }
}

#[test]
fn a_zone_reads_nothing_outside_its_folder() {
    let secret = "secret-of-the-canary";
    for include in [
        "/etc/passwd",
        "../../canary/deep/records",
        "../group.yaml",
        "link.zone",
        "sub/../../group.yaml",
        "linked/records",
        "./",
        "missing.zone",
    ] {
        let bench = with("a.zone", zone(&format!("$INCLUDE {include}\n")));
        let outside = bench.top().join("canary/deep/records");
        std::fs::write(&outside, format!("x IN CNAME {secret}.example.\n")).unwrap();
        std::os::unix::fs::symlink(&outside, bench.dir().join("evidence/link.zone")).unwrap();
        std::os::unix::fs::symlink(outside.parent().unwrap(), bench.dir().join("evidence/linked")).unwrap();
        let ran = run(&bench, &["inventory", "-v"], &[0]);
        assert!(!ran.all().contains(secret) && !ran.all().contains("root:"), "{include}: {ran}");
        assert!(ran.stderr.contains("a.zone:5") || include == "missing.zone", "{include}: {ran}");
    }
    let bench = with("a.zone", zone("$INCLUDE sub/more.inc\n"))
        .file("evidence/sub/more.inc", "shop IN CNAME ext-cust.squarespace.com.\n");
    let made = bench.inventory(&["evidence/a.zone"]);
    assert_eq!(crate::support::service(&made, "squarespace")["evidence"][0]["source"], "evidence/sub/more.inc:1");
    let bench = with("a.zone", zone("$INCLUDE a.zone\n"));
    run(&bench, &["inventory"], &[0]).says("8 files deep");
}

#[test]
fn broken_zones_are_named_with_file_and_line() {
    for wrong in [
        "@ IN TXT ( \"open\n",
        "@ IN A 192.0.2.1 )\n",
        "@ IN TXT \"no end\n",
        "$GENERATE 0-4294967295 h$ A 192.0.2.1\n",
        "$GENERATE 0-99999999999999999999 h$ A 192.0.2.1\n",
        "$GENERATE 1-100/0 h$ A 192.0.2.1\n",
        "$GENERATE 1-2 ${0,1000000000,d} A 192.0.2.1\n",
        "$FROBNICATE x\n",
        "@ IN A 999.0.2.1\n",
        "@ IN MX ten mail\n",
        "@ IN MX 70000 mail\n",
        "@ 99999999999 IN A 192.0.2.1\n",
        "@ IN TXT \"\\999\"\n",
        "@ IN AAAA 2001:db8:::1\n",
        "@ IN TYPE65280 \\# 3 0102\n",
        "a..b IN A 192.0.2.1\n",
        "@ IN\n",
    ] {
        let ran = damaged("a.zone", zone(wrong));
        assert!(ran.stderr.contains("evidence/a.zone:"), "{wrong}: {ran}");
        assert_eq!(ran.stderr.lines().filter(|l| l.starts_with("warning")).count(), 1, "{ran}");
    }
    let label = "a".repeat(64);
    damaged("a.zone", zone(&format!("{label} IN A 192.0.2.1\n"))).says("a.zone:5");
    damaged("a.zone", zone(&format!("{} IN A 192.0.2.1\n", ["abcdefg"; 40].join("."))));
    let text = format!("@ IN TXT {}\n", "\"0123456789\" ".repeat(6000));
    run(&with("a.zone", zone(&text)), &["inventory"], &[0, 2]);
}

#[test]
fn a_bounded_generate_is_followed() {
    let bench = with("a.zone", zone("$GENERATE 1-3 host-$ IN CNAME h$.unheard.example.\n"));
    let made = bench.inventory(&[]);
    assert_eq!(made["sources"][0]["records"], 5);
}

#[test]
fn circles_of_aliases_and_senders_end() {
    let text = zone(
        "a IN CNAME b\nb IN CNAME a\n@ IN TXT \"v=spf1 include:casaabierta.example include:casaabierta.example -all\"\n",
    );
    run(&with("a.zone", text), &["inventory"], &[0]);
}

#[test]
fn a_named_path_that_does_not_exist_is_exit_2() {
    let bench = with("a.zone", zone(""));
    for args in [
        &["inventory", "nowhere.zone"][..],
        &["inventory", "evidence/a.zone", "nowhere"],
        &["-C", "nowhere", "inventory"],
    ] {
        run(&bench, args, &[2]);
    }
    run(&bench, &["inventory", "nowhere.zone"], &[2]).says("nowhere.zone");
    run(&bench, &["--playbooks", "nowhere", "catalog", "list"], &[2]).says("nowhere");
    run(&bench, &["--templates", "nowhere", "inventory"], &[0, 2]);
    run(&bench, &["catalog", "check", "nowhere.yaml"], &[2]);
    run(&bench, &["bundle", "list", "nowhere.age"], &[2]);
}

#[test]
fn a_refused_command_makes_no_folder_and_leaves_no_lock() {
    for args in [
        &["-C", "nowhere", "plan"][..],
        &["-C", "nowhere", "done", "x"],
        &["-C", "nowhere", "render"],
        &["plan"],
        &["done", "x"],
    ] {
        run(&Bench::new(), args, &[2]);
    }
    let bench = with("a.zone", zone("")).file("inventory.yaml", "schema: [\n");
    run(&bench, &["inventory"], &[2]);
}

#[test]
fn group_yaml_is_strict_and_says_did_you_mean() {
    for (wrong, line, says) in [
        ("name: Casa\npeple: 14\n", 2, "did you mean `people`?"),
        ("name: Casa\nwishes: {provders: [may-first]}\n", 2, "did you mean `providers`?"),
        ("name: Casa\nname: Otra\n", 2, "duplicate"),
        ("people: 14\n", 1, "name"),
        ("name: Casa\npeople: many\n", 2, ""),
        ("name: Casa\nstart: next week\n", 2, ""),
        ("name: Casa\ndomains: [\"https://casa.example/\"]\n", 2, "is not a domain"),
        ("name: Casa\nhours_per_week: 0\n", 2, "hours_per_week"),
        ("name: Casa\navoid: [{from: 2026-12-20, to: 2026-01-02}]\n", 2, "avoid"),
        ("name: [Casa\n", 0, ""),
        ("name: \"\"\n", 1, "no name"),
    ] {
        let bench = Bench::new().file("group.yaml", wrong).file("evidence/a.zone", zone(""));
        for args in [&["inventory"][..], &["status"]] {
            let ran = run(&bench, args, &[2]).says("group.yaml").says(says);
            assert!(line == 0 || ran.stderr.contains(&format!("group.yaml:{line}")), "{wrong}: {ran}");
        }
    }
}

#[test]
fn names_of_all_kinds_are_kept_as_text() {
    for name in [
        "../../etc",
        "$(id)",
        "`id`",
        "a\u{202e}b",
        "{{group}}",
        "{{> x}}",
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "ÅÑ 家 🏠",
        "'; DROP TABLE",
        "-oProxyCommand=x",
        "%s%n",
        "NUL",
        "\u{1b}]52;c;x\u{7}",
    ] {
        let quoted = serde_json::to_string(name).unwrap();
        let bench = Bench::new()
            .file("group.yaml", format!("name: {quoted}\ndomains: [casaabierta.example]\n"))
            .file("evidence/a.zone", zone("@ IN MX 1 aspmx.l.google.com.\n"));
        for args in
            [&["inventory"][..], &["plan"], &["exposure"], &["exposure", "--format", "md"], &["render"], &["status"]]
        {
            let ran = run(&bench, args, &[0, 2]);
            assert!(!ran.stderr.contains('\u{1b}'), "{ran}");
        }
        for (path, _) in bench.tree() {
            assert!(!path.contains("etc") && !path.contains("id)"), "{path}");
        }
    }
}

#[test]
fn state_and_plan_that_were_broken_are_named() {
    let bench = with("a.zone", zone("@ IN MX 1 aspmx.l.google.com.\n"));
    bench.run(&["inventory"]).ok();
    bench.run(&["plan"]).ok();
    let (state, plan) = (bench.text(".decamp/state.json"), bench.text("plan/plan.yaml"));
    for wrong in ["{", "[]", "{\"schema\":1}", &"[".repeat(100_000)] {
        bench.put(".decamp/state.json", wrong);
        run(&bench, &["plan"], &[2]).says("state.json");
    }
    bench.put(".decamp/state.json", state);
    for wrong in ["tasks: [", "schema: decamp/plan/9\n", &plan.replacen("tasks:", "taskz:", 1)] {
        bench.put("plan/plan.yaml", wrong);
        for args in [&["plan"][..], &["next"], &["render"], &["done", "x"]] {
            run(&bench, args, &[2]).says("plan/plan.yaml");
        }
    }
}

#[test]
fn special_files_are_never_waited_for() {
    let bench = with("a.zone", zone(""));
    let fifo = bench.dir().join("evidence/fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    run(&bench, &["inventory"], &[0]);
    run(&bench, &["inventory", "evidence/fifo"], &[0, 2]);
    std::os::unix::fs::symlink("/dev/zero", bench.dir().join("evidence/zero")).unwrap();
    std::os::unix::fs::symlink("..", bench.dir().join("evidence/loop")).unwrap();
    run(&bench, &["inventory"], &[0]);
    run(&bench, &["inventory", "/dev/zero"], &[0, 2]);
}
