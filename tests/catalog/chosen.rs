//! Whom a plan may choose without being told to.

use super::playbooks;
use crate::support::{Bench, zone};
use serde_json::Value;

/// A provider that offers a mail service and a Nextcloud, and says so first of all.
fn provider(head: &str, sourced: &str) -> String {
    let offer = format!("{{offered: yes, source: https://aaa.example/, date: 2026-11, sourced: {sourced}}}");
    let all = [
        "imap-mail",
        "nextcloud",
        "civicrm",
        "mailman",
        "wordpress",
        "static-site",
        "jitsi-meet",
        "dns-zone",
        "listmonk",
        "matomo",
        "zulip",
        "local-fonts",
        "vaultwarden",
    ];
    let offers: String = all.iter().map(|id| format!("  {id}: {offer}\n")).collect();
    format!("name: Aaa\nlast_checked: 2026-11-26\ncountries: [US]\nlanguages: [en]\n{head}offers:\n{offers}")
}

fn plan(head: &str, sourced: &str, group: &str, to: &[&str]) -> Value {
    let bench = Bench::new()
        .file(
            "group.yaml",
            format!("name: Casa Abierta\ncountry: US\ndomains: [casaabierta.example]\npeople: 14\n{group}"),
        )
        .file("ours/providers/aaa.yaml", provider(head, sourced))
        .file("evidence/a.zone", zone("@ IN MX 1 aspmx.l.google.com.\n"));
    bench.run(&["--playbooks", "ours", "inventory"]).ok();
    let args: Vec<&str> = ["--playbooks", "ours", "plan", "--json"].iter().chain(to).copied().collect();
    bench.run(&args).ok().json()
}

/// Whether a plan may choose it without being told to.
fn may_be_chosen(head: &str, group: &str) -> bool {
    let bench = Bench::new().file("group.yaml", format!("name: Casa Abierta\ncountry: US\npeople: 14\n{group}"));
    bench.put("ours/providers/aaa.yaml", provider(head, "verified"));
    let all = bench.run(&["--playbooks", "ours", "plan", "--explain", "mail", "--json"]).ok().json();
    let own = all["alternatives"].as_array().unwrap().iter().find(|a| a["provider"] == "aaa").unwrap().clone();
    own["unfit"].is_null()
}

fn chosen(plan: &Value) -> bool {
    plan["providers"].as_array().unwrap().iter().any(|p| p == "aaa")
}

#[test]
fn only_an_open_movement_host_is_chosen_in_silence() {
    for (head, group, silent) in [
        ("status: open\n", "", true),
        ("status: unknown\n", "", true),
        ("status: open\nkind: movement\n", "languages: [es, en]\n", true),
        ("status: open\nkind: company\n", "", false),
        ("status: open\nkind: company\n", "wishes: {self_host: true}\n", false),
        ("status: open\nkind: own\n", "", false),
        ("status: open\nkind: own\n", "wishes: {self_host: true}\n", true),
        ("status: invitation\n", "", false),
        ("status: closed\n", "", false),
        ("status: open\n", "languages: [es]\n", false),
        ("status: open\n", "wishes: {countries: [MX]}\n", false),
    ] {
        assert_eq!(may_be_chosen(head, group), silent, "{head}{group}");
        assert!(silent || !chosen(&plan(head, "verified", group, &[])), "{head}{group}");
        assert!(chosen(&plan(head, "verified", group, &["--to", "aaa"])), "named: {head}{group}");
        let wished = "wishes: {providers: [aaa]}\n";
        assert!(chosen(&plan(head, "verified", wished, &[])), "wished: {head}");
    }
}

#[test]
fn a_yes_that_nobody_backs_is_asked() {
    let decided = |sourced: &str| {
        let made = plan("status: open\n", sourced, "", &["--to", "aaa"]);
        let mail = made["assignments"].as_array().unwrap().iter().find(|a| a["need"] == "mail").unwrap().clone();
        mail["decision"].as_str().unwrap().to_owned()
    };
    assert_eq!((decided("reported").as_str(), decided("none").as_str()), ("move", "ask"));
}

#[test]
fn the_companies_of_the_catalog_are_marked() {
    let kind = |id: &str| playbooks("providers")[id]["kind"].as_str().unwrap_or("movement").to_owned();
    for id in ["infomaniak", "greenhost", "the-good-cloud", "cloud68"] {
        assert_eq!(kind(id), "company", "{id}");
    }
    for id in ["own-server", "yunohost", "coop-cloud", "mash-playbook"] {
        assert_eq!(kind(id), "own", "{id}");
    }
    for id in ["may-first", "riseup", "electric-embers", "koumbit", "hostsharing"] {
        assert_eq!(kind(id), "movement", "{id}");
    }
    // Whoever calls itself a company in its own file is one.
    for (id, p) in playbooks("providers") {
        let says = p["who"]["says"]["en"].as_str().unwrap_or_default();
        assert!(!says.contains("company") || p["kind"] == "company" || says.contains("not a company"), "{id}: {says}");
    }
}
