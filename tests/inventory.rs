//! What `inventory` finds in made-up evidence, where it says that it stands, and what it leaves to people.

use crate::support::{Bench, FIRST, ids, service, unrecognized, zip, zone};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn found(records: &str) -> Value {
    Bench::group("casaabierta.example").file("casa.zone", zone(records)).inventory(&["casa.zone"])
}

#[test]
fn working_records_are_certain_and_tokens_likely() {
    let made = found(
        "@ IN MX 1 aspmx.l.google.com.\n@ IN TXT \"v=spf1 include:servers.mcsv.net ~all\"\n@ IN TXT \"slack-domain-verification=abc123\"\nwww IN CNAME ext-cust.squarespace.com.\n",
    );
    for (id, sure) in
        [("google-workspace", "certain"), ("mailchimp", "likely"), ("slack", "likely"), ("squarespace", "certain")]
    {
        assert_eq!(service(&made, id)["confidence"], sure, "{id}");
    }
    assert_eq!(made["group"], json!({"name": "Casa Abierta", "domains": ["casaabierta.example"]}));
    assert_eq!(made["zones"][0]["domain"], "casaabierta.example");
    assert_eq!(made["zones"][0]["complete"], true);
    assert_eq!(made["sources"][0]["records"], 6);
    assert_eq!(made["sources"][0]["care"], "open");
}

#[test]
fn every_finding_points_at_file_and_line() {
    let made = found("@ IN MX 1 aspmx.l.google.com.\nwww IN CNAME ext-cust.squarespace.com.\n");
    assert_eq!(service(&made, "google-workspace")["evidence"][0]["source"], format!("casa.zone:{FIRST}"));
    let squarespace = &service(&made, "squarespace")["evidence"][0];
    assert_eq!(squarespace["source"], format!("casa.zone:{}", FIRST + 1));
    assert_eq!(squarespace["saw"], "CNAME ext-cust.squarespace.com.");
    assert_eq!(squarespace["kind"], "zone");
}

#[test]
fn members_of_an_archive_are_named_with_their_line() {
    let inner = zone("@ IN MX 1 aspmx.l.google.com.\n");
    let ledger = b"Date,Description,Amount\n2026-01-05,SLACK T02ABC123,-87.00\n";
    let archive = zip(&[("dns/casa.zone", inner.as_bytes()), ("bank/2026.csv", ledger)]);
    let bench = Bench::group("casaabierta.example").file("evidence/all.zip", archive);
    let made = bench.inventory(&[]);
    assert_eq!(
        service(&made, "google-workspace")["evidence"][0]["source"],
        format!("evidence/all.zip!dns/casa.zone:{FIRST}")
    );
    assert_eq!(service(&made, "slack")["evidence"][0]["source"], "evidence/all.zip!bank/2026.csv:2");
    let paths: Vec<&str> = made["sources"].as_array().unwrap().iter().map(|s| s["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["evidence/all.zip!dns/casa.zone", "evidence/all.zip!bank/2026.csv"]);
}

#[test]
fn paths_are_as_given_and_relative_inside_the_workspace() {
    let bench = Bench::group("casaabierta.example").file("evidence/casa.zone", zone("@ IN MX 1 aspmx.l.google.com.\n"));
    let whole = bench.dir().join("evidence/casa.zone");
    let outside = bench.top().join("outside.zone");
    std::fs::write(&outside, zone("@ IN MX 1 aspmx.l.google.com.\n")).unwrap();
    for (given, shown) in [
        ("evidence/casa.zone", "evidence/casa.zone".to_owned()),
        ("./evidence/casa.zone", "evidence/casa.zone".to_owned()),
        ("evidence", "evidence/casa.zone".to_owned()),
        (whole.to_str().unwrap(), "evidence/casa.zone".to_owned()),
        (outside.to_str().unwrap(), outside.to_str().unwrap().to_owned()),
        ("../outside.zone", "../outside.zone".to_owned()),
    ] {
        assert_eq!(bench.inventory(&[given])["sources"][0]["path"], shown, "{given}");
    }
}

const SLACK_LEDGER: &str = "Date,Description,Amount\n2026-01-05,SLACK T02ABC123,-87.00\n2026-02-05,SLACK T02ABC123,-87.00\n2026-02-06,MERCADO LA PALOMA,-12.00\n";

#[test]
fn two_independent_kinds_make_certain_and_two_of_one_do_not() {
    let token = "@ IN TXT \"slack-domain-verification=abc123\"\n";
    let bench = Bench::group("casaabierta.example")
        .file("a.zone", zone(token))
        .file("b.zone", zone(token).replace("casaabierta.example", "otra.example"))
        .file("bank.csv", SLACK_LEDGER)
        .file("bank2.csv", SLACK_LEDGER.replace("2026", "2025"))
        .file("logins.csv", "name,url,username,password\nx,https://casa.slack.com/,u,p\n");
    for (paths, sure) in [
        (&["a.zone"][..], "likely"),
        (&["a.zone", "b.zone"], "likely"),
        (&["bank.csv", "bank2.csv"], "likely"),
        (&["a.zone", "bank.csv"], "certain"),
        (&["bank.csv", "logins.csv"], "certain"),
    ] {
        assert_eq!(service(&bench.inventory(paths), "slack")["confidence"], sure, "{paths:?}");
    }
}

#[test]
fn ledgers_give_counts_cost_and_renewal() {
    let ledger =
        "Fecha;Descripción;Importe\n05/01/2026;\"SLACK T02ABC123\";-1.087,50\n20/11/2026;\"PANADERÍA\";-3,20\n";
    let made = Bench::group("casaabierta.example").file("banco.csv", ledger).inventory(&["banco.csv"]);
    let source = &made["sources"][0];
    assert_eq!(
        (&source["kind"], &source["care"], &source["rows"], &source["matched"]),
        (&json!("ledger"), &json!("private"), &json!(2), &json!(1))
    );
    let cost = &service(&made, "slack")["yearly_cost"];
    assert_eq!(cost, &json!({"amount": 1087.5, "currency": "USD", "renews": "2027-01"}));
    assert_eq!(made["unrecognized"], json!([]));
    assert_eq!(made["zones"], json!([]));
}

#[test]
fn pages_and_archives_show_third_parties_and_never_our_own() {
    let page = "<!doctype html><html><head>\n<link rel=stylesheet href=\"https://fonts.googleapis.com/css?family=Inter\">\n<script src=\"https://www.google-analytics.com/analytics.js\"></script>\n<script src=\"https://cdn.unheard.example/x.js\"></script>\n<img src=\"https://img.casaabierta.example/a.png\">\n</head><body></body></html>\n";
    let har = r#"{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[{"request":{"method":"GET","url":"https://www.casaabierta.example/?q=1","headers":[],"cookies":[]},"response":{"status":200,"cookies":[]}},{"request":{"method":"GET","url":"https://fonts.gstatic.com/s/a.woff2","headers":[],"cookies":[]},"response":{"status":200,"cookies":[]}}]}}"#;
    let bench = Bench::group("casaabierta.example").file("page.html", page).file("visit.har", har);
    let made = bench.inventory(&["page.html", "visit.har"]);
    assert_eq!(service(&made, "google-fonts")["confidence"], "certain");
    assert_eq!(service(&made, "google-analytics")["evidence"][0]["source"], "page.html:3");
    assert_eq!(unrecognized(&made), ["page.html:4 script cdn.unheard.example"]);
    assert_eq!(made["sources"][1]["kind"], "har");
    assert_eq!(made["sources"][1]["care"], "secret");
}

#[test]
fn user_lists_give_accounts_and_no_person() {
    let google = "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Org Unit Path [Required],Status [READ ONLY],Last Sign In [READ ONLY],Email Usage [READ ONLY]\nAna,Flores,ana@casaabierta.example,****,/,Active,2026,1GB\nBeto,Ruiz,beto@casaabierta.example,****,/,Suspended,2025,1GB\n";
    let made = Bench::group("casaabierta.example").file("users.csv", google).inventory(&["users.csv"]);
    let found = service(&made, "google-workspace");
    assert_eq!((&found["accounts"], &found["confidence"]), (&json!(1), &json!("certain")));
    assert_eq!(made["sources"][0]["kind"], "google-users");
    let text = made.to_string();
    assert!(!text.contains("ana@") && !text.contains("Flores") && !text.contains("Ruiz"), "{text}");
}

#[test]
fn a_file_that_is_none_of_the_kinds_is_named_with_the_reason() {
    let bench = Bench::new().file("notes.txt", "call Ana\n").file("photo.jpg", b"\xff\xd8\xff\xe0").file("empty", "");
    let made = bench.inventory(&["notes.txt", "photo.jpg", "empty"]);
    for source in made["sources"].as_array().unwrap() {
        assert_eq!(source["kind"], "unknown", "{source}");
        assert!(!source["reason"].as_str().unwrap().is_empty());
    }
}

#[test]
fn stdin_is_read_and_named_by_a_dash() {
    let bench = Bench::group("casaabierta.example");
    let logins = b"name,url,username,password\nx,https://casa.slack.com/,u,p\ny,https://private.example/,u,p\n";
    let made = bench.run_with(&["inventory", "-", "-o", "-", "--json"], logins).ok().json();
    assert_eq!(ids(&made, "hint"), ["slack"]);
    assert_eq!(
        made["sources"][0],
        json!({"path": "-", "kind": "logins", "care": "secret", "entries": 2, "matched": 1, "sites": 2})
    );
}

/// What the contract says that `unrecognized` holds, read again from the text by other means: no record below is one
/// that the catalog knows. Each record stands on one line with its owner.
fn candidates(name: &str, text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let own = "casaabierta.example";
    let outside = |host: &str| {
        let host = host.trim_end_matches('.').to_lowercase();
        host != own && !host.ends_with(&format!(".{own}"))
    };
    for (n, line) in text.lines().enumerate() {
        let Some((_, rest)) = line.split_once(" IN ") else { continue };
        let (kind, value) = rest.split_once(' ').unwrap();
        let mut add = |saw: String| found.insert(format!("{name}:{} {saw}", n + 1));
        match kind {
            "MX" | "NS" | "CNAME" | "SRV" => {
                let target = value.split(' ').next_back().unwrap();
                if target.ends_with('.') && target != "." && outside(target) {
                    add(format!("{kind} {value}"));
                }
            }
            "TXT" => {
                let value = value.trim_matches('"');
                if value.starts_with("v=spf1") {
                    for term in value.split(' ') {
                        let host = term.trim_start_matches(['+', '-', '~', '?']).strip_prefix("include:");
                        if let Some(host) = host.filter(|h| outside(h)) {
                            add(format!("SPF include:{host}"));
                        }
                    }
                } else if value.starts_with("v=DMARC1") {
                    for tag in value.split(';').map(str::trim) {
                        let Some((tag @ ("rua" | "ruf"), list)) = tag.split_once('=') else { continue };
                        for uri in list.split(',').map(str::trim) {
                            if outside(uri.rsplit('@').next().unwrap()) {
                                add(format!("DMARC {tag}={uri}"));
                            }
                        }
                    }
                } else if !value.starts_with("v=") && (value.contains('=') || value.contains("-verification")) {
                    add(format!("TXT {value}"));
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn unrecognized_holds_what_the_contract_says_neither_more_nor_less() {
    let records = "@ IN MX 10 mail.unheard.example.\n@ IN MX 20 mail.casaabierta.example.\n@ IN MX 30 mail\n\
        shop IN CNAME shop.some-host.example.\nblog IN CNAME www.casaabierta.example.\nwww IN A 192.0.2.1\nwww IN AAAA 2001:db8::1\n\
        _sip._tls IN SRV 100 1 443 sip.unheard.example.\n_imap._tcp IN SRV 0 0 0 .\n_imaps._tcp IN SRV 0 1 993 mail\n\
        sub IN NS ns1.unheard.example.\n@ IN TXT \"v=spf1 mx a:mail.casaabierta.example include:spf.unheard.example ?include:spf.second.example include:_spf.casaabierta.example ~all\"\n\
        _dmarc IN TXT \"v=DMARC1; p=none; rua=mailto:d@reports.unheard.example,mailto:own@casaabierta.example; ruf=mailto:f@casaabierta.example\"\n\
        @ IN TXT \"unheard-site-verification-7f3a\"\n@ IN TXT \"unheard-token=7f3a9\"\n@ IN TXT \"just some words\"\n@ IN TXT \"dGhpcyBpcyBub2lzZQ\"\n\
        x._domainkey IN TXT \"v=DKIM1; k=rsa; p=MIGf\"\nhost IN HINFO \"PC\" \"Linux\"\n@ IN CAA 0 issue \"unheard-ca.example\"\nodd IN TYPE65280 \\# 2 0102\n\
        notours IN CNAME www.notcasaabierta.example.\n";
    let text = zone(records);
    let made = found(records);
    assert_eq!(ids(&made, "hint"), Vec::<String>::new());
    let expected: Vec<String> = candidates("casa.zone", &text).into_iter().collect();
    assert!(expected.len() >= 10, "{expected:?}");
    assert_eq!(unrecognized(&made), expected);
}

#[test]
fn what_a_finding_cites_is_not_unrecognized() {
    let made = found(
        "@ IN MX 1 aspmx.l.google.com.\n@ IN TXT \"v=spf1 include:_spf.google.com include:spf.unheard.example ~all\"\n",
    );
    assert_eq!(unrecognized(&made), [format!("casa.zone:{} SPF include:spf.unheard.example", FIRST + 1)]);
}

#[test]
fn a_type_that_nobody_knows_is_carried_and_never_fatal() {
    let made = found(
        "a IN LOC 51 30 12.748 N 0 7 39.612 W 0.00m\nb IN SPF \"v=spf1 -all\"\nc IN URI 10 1 \"https://x.example/\"\nd IN DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118\n@ IN ALIAS x.unheard.example.\n",
    );
    assert_eq!(made["sources"][0]["records"], 7);
}

/// Corrections as people write them: comments, odd spacing, quotes.
const CORRECTIONS: &str = "# what the group knows better (Ana, 3 May)\ncorrections:\n  remove:   # not ours\n    - {id: squarespace, why: \"old site, gone since 2024\"}\n  add:\n  - id: zoom\n    accounts: 2     # the board\n  - {id: paper-files, name: \"Paper files\", needs: [files]}\n  set:\n    slack: { name: 'Slack (old)', note: read only, accounts: 9, care: could-hurt }\n# the end\n";

fn corrected() -> Bench {
    let records = "@ IN MX 1 aspmx.l.google.com.\n@ IN TXT \"slack-domain-verification=abc123\"\nwww IN CNAME ext-cust.squarespace.com.\n";
    let bench = Bench::group("casaabierta.example").file("evidence/casa.zone", zone(records));
    bench.run(&["inventory"]).ok();
    bench
}

fn with_corrections() -> Bench {
    let bench = corrected();
    let text = bench.text("inventory.yaml");
    let above = text.split("corrections:").next().unwrap();
    bench.put("inventory.yaml", format!("{above}{CORRECTIONS}"));
    bench
}

#[test]
fn corrections_are_applied_on_every_run_and_kept_byte_for_byte() {
    let bench = with_corrections();
    for _ in 0..3 {
        let made = bench.run(&["inventory", "--json"]).ok().json();
        assert_eq!(ids(&made, "hint").len(), 4, "{made}");
        assert!(!ids(&made, "hint").contains(&"squarespace".to_owned()));
        assert_eq!(service(&made, "zoom")["accounts"], 2);
        assert_eq!(service(&made, "paper-files")["needs"], json!(["files"]));
        let slack = service(&made, "slack");
        assert_eq!(
            (&slack["name"], &slack["note"], &slack["accounts"], &slack["care"]),
            (&json!("Slack (old)"), &json!("read only"), &json!(9), &json!("could-hurt"))
        );
        let text = bench.text("inventory.yaml");
        assert!(text.ends_with(CORRECTIONS), "{text}");
    }
}

#[test]
fn a_service_deleted_above_moves_into_the_corrections_and_is_reported() {
    let bench = corrected();
    let text = bench.text("inventory.yaml");
    let start = text.find("- id: squarespace").expect("a block a service");
    let end =
        text[start + 1..].find("\n- id: ").map_or_else(|| text.find("unrecognized:").unwrap(), |at| start + 2 + at);
    bench.put("inventory.yaml", format!("{}{}", &text[..start], &text[end..]));
    let ran = bench.run(&["inventory"]).ok().says("`squarespace` was deleted");
    assert!(ran.stderr.contains("warning"), "{ran}");
    let made = bench.run(&["inventory", "--json"]).ok().json();
    assert_eq!(made["corrections"]["remove"][0]["id"], "squarespace");
    assert!(!ids(&made, "hint").contains(&"squarespace".to_owned()));
}

#[test]
fn a_service_changed_above_moves_into_the_corrections_and_is_reported() {
    let bench = with_corrections();
    bench.run(&["inventory"]).ok();
    let text = bench.text("inventory.yaml");
    bench.put("inventory.yaml", text.replacen("name: Google Workspace", "name: Google (ours)", 1));
    bench.run(&["inventory"]).ok().says("`google-workspace` was changed");
    let text = bench.text("inventory.yaml");
    assert!(
        text.contains("# what the group knows better (Ana, 3 May)") && text.contains("# the end"),
        "comments are lost: {text}"
    );
    let made = bench.run(&["inventory", "--json"]).ok().json();
    assert_eq!(made["corrections"]["set"]["google-workspace"]["name"], "Google (ours)");
    assert_eq!(service(&made, "google-workspace")["name"], "Google (ours)");
    assert_eq!(service(&made, "slack")["note"], "read only");
}

#[test]
fn comments_inside_the_corrections_survive_a_move() {
    let bench = with_corrections();
    bench.run(&["inventory"]).ok();
    let text = bench.text("inventory.yaml");
    bench.put("inventory.yaml", text.replacen("name: Google Workspace", "name: Google (ours)", 1));
    bench.run(&["inventory"]).ok();
    let text = bench.text("inventory.yaml");
    for comment in ["# not ours", "# the board"] {
        assert!(text.contains(comment), "`{comment}` is lost: {text}");
    }
}

#[test]
fn corrections_that_cannot_be_read_are_refused_with_their_line() {
    for (wrong, says) in [
        ("remove: [{id: slack}]", "why"),
        ("rmeove: []", "rmeove"),
        ("set: {slack: {nmae: x}}", "nmae"),
        ("remove: [", ""),
    ] {
        let bench = corrected();
        let text = bench
            .text("inventory.yaml")
            .replace("corrections: {remove: [], add: [], set: {}}", &format!("corrections:\n  {wrong}"));
        bench.put("inventory.yaml", text);
        let before = bench.tree();
        let ran = bench.run(&["inventory"]).exits(2).says(says).says("inventory.yaml:");
        assert!(bench.tree() == before, "{ran}");
    }
}

#[test]
fn a_plan_edited_by_hand_is_refused_without_force() {
    let bench = corrected();
    bench.run(&["plan"]).ok();
    let ours = format!("{}\nOur own remark.\n", bench.text("plan/plan.md"));
    bench.put("plan/plan.md", &ours);
    let before = bench.tree();
    bench.run(&["plan", "--start", "2027-02-01"]).exits(2).says("`plan/plan.md`").says("--force");
    assert!(bench.tree() == before, "something was written");
    bench.run(&["plan", "--start", "2027-02-01", "--force"]).ok();
    assert!(!bench.text("plan/plan.md").contains("Our own remark."));
}

#[test]
fn explain_says_why_and_what_would_settle_it() {
    let bench = corrected();
    let ran = bench.run(&["inventory", "--explain", "slack"]).ok();
    assert!(ran.stdout.contains("evidence/casa.zone:6") && ran.stdout.contains("settle"), "{ran}");
    let json = bench.run(&["inventory", "--explain", "zoom", "--json"]).ok().json();
    assert_eq!((&json["schema"], &json["found"]), (&json!("decamp/explain/1"), &Value::Null));
    bench.run(&["inventory", "--explain", "slak"]).exits(2).says("did you mean `slack`?");
}

#[test]
fn a_lone_token_may_be_stale_and_a_working_record_beside_it_is_not() {
    let remarks = |records: &str, id: &str| -> Vec<Value> {
        let made = found(records);
        let all = made["services"].as_array().unwrap().clone();
        let service = all.iter().find(|s| s["id"] == id).unwrap_or_else(|| panic!("{made}")).clone();
        service["evidence"].as_array().unwrap().iter().map(|e| e["remark"].clone()).collect()
    };
    for lone in ["@ IN TXT \"MS=ms12345678\"\n", "@ IN TXT \"v=spf1 include:spf.protection.outlook.com -all\"\n"] {
        let said = remarks(lone, "microsoft-365");
        assert!(said.iter().all(|r| r.as_str().is_some_and(|r| r.starts_with("may be stale"))), "{said:?}");
    }
    let both = "@ IN TXT \"MS=ms12345678\"\n@ IN MX 0 casaabierta-example.mail.protection.outlook.com.\n";
    assert!(remarks(both, "microsoft-365").iter().all(Value::is_null));
}

#[test]
fn an_address_range_is_a_hint_with_the_reason() {
    let made = found("www IN A 1.178.1.1\n");
    let pieces: Vec<&Value> =
        made["services"].as_array().unwrap().iter().flat_map(|s| s["evidence"].as_array().unwrap()).collect();
    assert!(!pieces.is_empty(), "{made}");
    assert!(pieces.iter().all(|e| e["strength"] == "hint" && e["remark"].is_string()), "{pieces:?}");
}

#[test]
fn two_mail_hosts_are_shown_as_a_question() {
    let two = "@ IN MX 1 aspmx.l.google.com.\n@ IN MX 20 casaabierta-example.mail.protection.outlook.com.\n";
    let bench = Bench::group("casaabierta.example").file("evidence/a.zone", zone(two));
    let made = bench.inventory(&[]);
    assert_eq!(made["conflicts"][0]["need"], "mail");
    let services: Vec<&str> =
        made["conflicts"][0]["services"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    assert_eq!(services, ["google-workspace", "microsoft-365"]);
    for (lang, said) in
        [("en", "More than one place seems to serve mail"), ("es", "Más de un lugar parece servir para correo")]
    {
        let ran = bench.run(&["inventory", "--lang", lang]).ok();
        assert!(ran.stdout.contains(said), "{ran}");
    }
    // What people correct ends it.
    let text = bench.text("inventory.yaml").replace("remove: []", "remove: [{id: google-workspace, why: left in May}]");
    bench.put("inventory.yaml", text);
    bench.run(&["inventory"]).ok();
    assert!(bench.text("inventory.yaml").contains("conflicts: []"), "{}", bench.text("inventory.yaml"));
    assert!(found("@ IN MX 1 aspmx.l.google.com.\n")["conflicts"] == json!([]));
}

#[test]
fn explain_says_whom_to_ask() {
    let bench = Bench::group("casaabierta.example").file("evidence/a.zone", zone("@ IN TXT \"MS=ms12345678\"\n"));
    bench.run(&["inventory"]).ok();
    let ran = bench.run(&["inventory", "--explain", "microsoft-365"]).ok();
    for said in ["[may be stale", "ask whoever can sign in at the registrar", "does anyone use Microsoft 365?"] {
        assert!(ran.stdout.contains(said), "{said}: {ran}");
    }
    let ran = bench.run(&["inventory", "--explain", "microsoft-365", "--lang", "es"]).ok();
    assert!(ran.stdout.contains("[puede ser viejo") && ran.stdout.contains("¿alguien usa Microsoft 365?"), "{ran}");
}

/// A letter as a service's machine sends it.
fn receipt(from: &str, date: &str) -> String {
    let domain = from.split_once('@').unwrap().1;
    format!(
        "From x@x {date}\nReturn-Path: <{from}>\nDKIM-Signature: v=1; d={domain}; s=x; b=y\nFrom: <{from}>\nSubject: Your receipt\nDate: {date}\n\nx\n\n"
    )
}

#[test]
fn a_sender_is_old_by_the_newest_letter_of_whomever() {
    let ana = "From x@x Sun, 15 Nov 2026 10:00:00 +0000\nFrom: <ana@vecinas.example>\nSubject: hola\nDate: Sun, 15 Nov 2026 10:00:00 +0000\n\nx\n\n";
    let old = receipt("no-reply@zoom.us", "Sun, 20 Oct 2024 10:00:00 +0000");
    let bench = Bench::group("casaabierta.example").file("evidence/a.mbox", format!("\u{feff}{ana}{old}"));
    let made = bench.inventory(&[]);
    assert_eq!(made["sources"][0]["messages"], 2, "a mark hides no letter: {made}");
    let zoom = service(&made, "zoom");
    assert_eq!(zoom["confidence"], "hint");
    assert_eq!(zoom["evidence"][0]["remark"], "not heard from for two years");
}

#[test]
fn what_an_answer_denies_is_not_found_and_each_of_two_names_is() {
    let bench = Bench::group("casaabierta.example").file(
        "evidence/answers.csv",
        "question,answer\n06-newsletter,No usamos Mailchimp\n08-money,PayPal and Stripe\n03-chat,WhatsApp y Signal\n\
         How do I reach you?,by Zoom\n",
    );
    let made = bench.inventory(&[]);
    let mut found = ids(&made, "hint");
    found.sort();
    assert_eq!(found, ["paypal", "signal", "stripe", "whatsapp"]);
}
