//! `catalog ranges --from FILE`: a newer list comes into the group's own folder, or is refused whole.

use super::files;
use crate::support::{Bench, ids, repository, service, zone};
use serde_json::json;
use std::fs;

const AMAZON: &str = r#"{"syncToken": "1793041392", "createDate": "2026-11-20-19-03-12",
  "prefixes": [
    {"ip_prefix": "192.0.2.0/25", "region": "us-east-1", "service": "EC2", "network_border_group": "us-east-1"},
    {"ip_prefix": "192.0.2.128/25", "region": "us-east-1", "service": "EC2", "network_border_group": "us-east-1"},
    {"ip_prefix": "192.0.2.0/24", "region": "us-east-1", "service": "AMAZON", "network_border_group": "us-east-1"},
    {"ip_prefix": "198.51.100.0/24", "region": "GLOBAL", "service": "CLOUDFRONT", "network_border_group": "GLOBAL"}],
  "ipv6_prefixes": [{"ipv6_prefix": "2001:db8::/40", "region": "x", "service": "EC2", "network_border_group": "x"}]}"#;

#[test]
fn a_newer_list_comes_into_the_groups_folder_and_is_used() {
    let bench =
        Bench::group("casaabierta.example").file("ip-ranges.json", AMAZON).file("a.zone", zone("@ IN A 192.0.2.7\n"));
    assert!(!ids(&bench.inventory(&["a.zone"]), "hint").contains(&"aws-ec2".to_owned()));
    let made =
        bench.run(&["--playbooks", "ours", "catalog", "ranges", "--from", "ip-ranges.json", "--json"]).ok().json();
    assert_eq!(
        (&made["schema"], &made["date"], &made["passed_over"]),
        (&json!("decamp/catalog-ranges/1"), &json!("2026-11-20"), &json!(1))
    );
    let listed: u64 = made["services"].as_array().unwrap().iter().map(|s| s["listed"].as_u64().unwrap()).sum();
    assert_eq!(listed + 1, 5, "the counts do not add up: {made}");
    let text = bench.text("ours/ranges/aws-ec2.txt");
    for part in [
        "# source: https://ip-ranges.amazonaws.com/ip-ranges.json\n",
        "# date: 2026-11-20\n",
        "# licence: ",
        "\n192.0.2.0/24\n2001:db8::/40\n",
    ] {
        assert!(text.contains(part), "{part} {text}");
    }
    assert!(bench.text("ours/ranges/aws-cloudfront.txt").contains("cannot be told"));
    bench.run(&["--playbooks", "ours", "catalog", "check", "ours"]).ok();
    let found = bench.run(&["--playbooks", "ours", "inventory", "a.zone", "-o", "-", "--json"]).ok().json();
    assert_eq!(service(&found, "aws-ec2")["confidence"], "hint");
    // Again, and the same bytes.
    bench.run(&["--playbooks", "ours", "catalog", "ranges", "--from", "ip-ranges.json"]).ok();
    assert_eq!(bench.text("ours/ranges/aws-ec2.txt"), text);
}

#[test]
fn without_a_folder_it_only_says_what_it_would_write() {
    let bench = Bench::new().file("ip-ranges.json", AMAZON);
    let before = bench.tree();
    let ran = bench.run(&["catalog", "ranges", "--from", "ip-ranges.json"]).ok();
    assert!(ran.stdout.contains("aws-ec2: 3 networks, 2 once") && ran.stdout.contains("Nothing was written"), "{ran}");
    assert!(ran.stdout.contains("proves nothing") && ran.stdout.contains("stays unknown"), "{ran}");
    let ran = bench.run(&["catalog", "ranges", "--from", "ip-ranges.json", "--playbooks", "ours", "--dry-run"]).ok();
    assert!(ran.stderr.contains("would write") && bench.tree() == before, "{ran}");
    let ran = bench.run(&["catalog", "ranges", "--from", "ip-ranges.json", "--lang", "es"]).ok();
    assert!(ran.stdout.contains("No se escribió nada"), "{ran}");
}

#[test]
fn a_plain_list_is_told_by_what_is_known_already() {
    for (service, form) in [("cloudflare", "plain"), ("digitalocean", "csv"), ("oracle-cloud", "array")] {
        let known = fs::read_to_string(repository().join(format!("playbooks/ranges/{service}.txt"))).unwrap();
        let networks: Vec<&str> = known.lines().filter(|l| !l.starts_with('#')).take(20).collect();
        let text = match form {
            "plain" => networks.join("\n"),
            "csv" => networks.iter().map(|n| format!("{n},NL,NL-NH,Amsterdam,1098 XH\n")).collect(),
            _ => json!(networks).to_string(),
        };
        let bench = Bench::new().file("list", text);
        let made = bench.run(&["--playbooks", "ours", "catalog", "ranges", "--from", "list", "--json"]).ok().json();
        assert_eq!(made["services"][0]["service"], service, "{made}");
        let written = files(&bench.dir().join("ours/ranges"));
        assert!(written.len() == 1 && written[0].ends_with(format!("{service}.txt")), "{written:?}");
    }
    let bench = Bench::new().file("list.txt", "192.0.2.0/24\n");
    bench.run(&["--playbooks", "ours", "catalog", "ranges", "--from", "list.txt"]).exits(2).says("--service");
    bench
        .run(&["--playbooks", "ours", "catalog", "ranges", "--from", "list.txt", "--service", "hetzneer"])
        .exits(2)
        .says("did you mean `hetzner`?");
    bench
        .run(&[
            "--playbooks",
            "ours",
            "catalog",
            "ranges",
            "--from",
            "list.txt",
            "--service",
            "hetzner",
            "--dated",
            "2026-11-20",
            "--source",
            "https://lists.example/h.txt",
        ])
        .ok();
    let text = bench.text("ours/ranges/hetzner.txt");
    assert!(text.contains("# source: https://lists.example/h.txt\n# date: 2026-11-20\n"), "{text}");
}

#[test]
fn hostile_lists_are_refused_and_nothing_is_written() {
    let many = "192.0.2.0/24\n".repeat(500_001);
    for (text, said) in [
        ("192.0.2.0/24\n0.0.0.0/0\n", "list:2"),
        ("192.0.2.0/24\n10.0.0.0/9\n", "list:2"),
        ("192.0.2.0/24\n192.0.2.0/24 evil\n", "list:2"),
        ("{\"prefixes\": [\n{\"ip_prefix\": \"::/0\", \"service\": \"EC2\"}]}", "list:2"),
        ("{\"prefixes\": [{\"ip_prefix\": 7, \"service\": \"EC2\"}]}", "not a network"),
        ("{\"values\": {}}", "list:1"),
        ("\u{1b}]52;c;x\u{7}\n", "list:1"),
        ("", "no networks"),
        (&many, "more than"),
    ] {
        let bench = Bench::new().file("list", text);
        let before = bench.tree();
        let ran = bench
            .run(&["--playbooks", "ours", "catalog", "ranges", "--from", "list", "--service", "hetzner"])
            .exits(2)
            .says(said);
        assert!(bench.tree() == before && !ran.stderr.contains('\u{1b}'), "{ran}");
    }
    let bench = Bench::new().file("list", [0xff, 0xfe, b'1']).file("big", vec![b'#'; 33 * 1024 * 1024]);
    bench.run(&["catalog", "ranges", "--from", "list"]).exits(2).says("UTF-8");
    bench.run(&["catalog", "ranges", "--from", "big"]).exits(2).says("longer than");
    bench.run(&["catalog", "ranges", "--from", "missing"]).exits(2).says("does not exist");
}

#[test]
fn a_file_written_by_hand_is_kept() {
    let bench =
        Bench::new().file("list", "192.0.2.0/24\n").file("ours/ranges/hetzner.txt", "# ours\n198.51.100.0/24\n");
    let args = ["--playbooks", "ours", "catalog", "ranges", "--from", "list", "--service", "hetzner"];
    bench.run(&args).exits(2).says("by hand");
    assert_eq!(bench.text("ours/ranges/hetzner.txt"), "# ours\n198.51.100.0/24\n");
    bench.run(&[&args[..], &["--force"]].concat()).ok();
    assert!(bench.text("ours/ranges/hetzner.txt").contains("192.0.2.0/24"));
}

#[test]
fn a_front_says_that_the_origin_is_unknown_and_a_miss_proves_nothing() {
    let bench = Bench::group("casaabierta.example").file("evidence/a.zone", zone("@ IN A 104.16.1.1\n"));
    bench.run(&["inventory"]).ok();
    let found = bench.run(&["inventory", "--explain", "cloudflare"]).ok().stdout;
    assert!(found.contains("origin unknown") && !found.contains("proves nothing"), "{found}");
    let missed = bench.run(&["inventory", "--explain", "hetzner"]).ok().stdout;
    assert!(missed.contains("That proves nothing"), "{missed}");
}
