//! Payees and domains that only sound like a service. `AMAZON.COM*2K4` is shopping, `notslack.com` is not Slack.

use crate::support::{Bench, ids, zone};
use serde_json::Value;
use std::collections::BTreeSet;

/// Service → payees that only sound like it.
const FAKE: &[(&str, &[&str])] = &[
    (
        "google-workspace",
        &[
            "GOOGOLPLEX TOYS",
            "WORKSPACE INTERIORS LLC",
            "GOOGLE *YOUTUBE PREMIUM",
            "GOOGLE FIBER KANSAS CITY",
            "G SUITES HOTEL",
        ],
    ),
    (
        "microsoft-365",
        &[
            "MICROSOFT*XBOX GAME PASS",
            "365 MARKET VENDING",
            "OFFICE DEPOT 365",
            "MICROSOFT STORE SEATTLE",
            "MICROSOFTWARE TUTORS",
        ],
    ),
    ("slack", &["SLACKWATER BREWING", "SLACK TIDE CAFE", "SLACKS AND TIES", "SLACK JAW BBQ", "CUT SOME SLACK SALON"]),
    ("zoom", &["ZOOM CAR WASH", "ZOOM TAN 44", "ZOOMERS BAR", "ZOOM ROOM DOG TRAINING", "ZOOMCAR INDIA"]),
    ("dropbox", &["DROP BOX STORAGE RENTAL", "DROPBOX MOVERS PORTLAND", "DROPBOXES UNLIMITED"]),
    ("nationbuilder", &["NATION BUILDERS SUPPLY", "NATIONAL BUILDER CO", "NATIONBUILDERS GYM"]),
    ("salesforce", &["SALESFORCE TOWER PARKING", "SALES FORCE STAFFING", "SALESFORCE PARK CAFE"]),
    ("mailchimp", &["MAIL CHIMPANZEE CARDS", "MAILCHIMPS CAFE", "ROCKET SCIENCE TOYS"]),
    ("action-network", &["ACTION NETWORKING EVENTS", "ACTION SQUARE DANCE", "ACTION NETWORK FITNESS GYM"]),
    ("squarespace", &["SQUARE SPACE STORAGE", "SQ *SPACE CAFE", "SQUARESPACES COWORKING"]),
    ("wordpress-com", &["WORD PRESS PRINTING", "WP FEED STORE", "WORDPRESSED TEES"]),
    ("github", &["GIT HUB CAFE", "GITHUBBARD PLUMBING", "GITHUB TAVERN AUSTIN"]),
    ("stripe", &["STRIPES CONVENIENCE", "STRIPE A LOT PAVING", "PINSTRIPE TAILORS"]),
    ("quickbooks", &["QUICK BOOKS USED", "INTUIT *TURBOTAX", "INTUITION YOGA", "QUICKBOOKSTORE"]),
    ("aws", &["AMAZON.COM*2K4", "AMZN MKTP US*RT4Y", "AWS TRUCKING LLC", "AWSOME BURGERS", "AMAZON PRIME*2B3"]),
    ("amazon-ses", &["SES ENGINEERING", "AMAZON MKTPLACE PMTS"]),
    ("azure", &["AZURE SKY SPA", "AZURE TIDE SEAFOOD", "COTE D AZUR TRAVEL"]),
    ("google-cloud", &["CLOUD NINE CAFE", "GOOGLE STORE MOUNTAIN VIEW", "GOOGLE CLOUDBERRY JAM"]),
    ("oracle-cloud", &["ORACLE PARK", "ORACLE ARENA PARKING", "ORACLE TAROT SHOP", "DELPHI ORACLE DINER"]),
    ("ibm-cloud", &["IBM SOUTHEAST EMPLOYEES CU", "IBMS PIZZA", "CLOUD IBMEC"]),
    ("adobe", &["ADOBE ROSE INN", "ADOBE GRILL SANTA FE", "ADOBES MUD SUPPLY"]),
    ("heroku", &["HEROKU SUSHI BAR", "HEROKUNI RAMEN"]),
    ("cloudflare", &["CLOUD FLARE FIREWORKS", "CLOUDFLARES BAR"]),
    ("google-analytics", &["GOOGLE PLAY APPS", "ANALYTICS COFFEE LAB"]),
    ("google-fonts", &["FONTS AND FRAMES", "GOOGIE FONTANA DINER"]),
    ("facebook", &["FACE BOOK STORE", "META PLATFORM TENNIS CLUB", "METAL ADS AND SIGNS", "FACEBOOKS USED BOOKS"]),
    ("digitalocean", &["DIGITAL OCEAN AQUARIUM", "DIGITALOCEANS DIVE SHOP"]),
    ("postmark", &["POST MARK STATIONERY", "POSTMARK STAMP SHOP"]),
];

/// Payees as banks write them, and the service that each stands for.
const REAL: &[(&str, &str)] = &[
    ("SLACK T019XW2LQ SLACK.COM", "slack"),
    ("POS DEBIT 0311 SLACK INC CA", "slack"),
    ("ZOOM.US 888-799-9666", "zoom"),
    ("GOOGLE *GSUITE_casaabi", "google-workspace"),
    ("GOOGLE *Workspace_casaabi", "google-workspace"),
    ("AMAZON WEB SERVICES AWS.AMAZON.CO WA", "aws"),
    ("AWS EMEA aws.amazon.co", "aws"),
    ("DROPBOX*1AB2C3D4", "dropbox"),
    ("NATIONBUILDER", "nationbuilder"),
    ("SALESFORCE.COM 415-901-7000", "salesforce"),
    ("INTUIT *MAILCHIMP", "mailchimp"),
    ("SQSP* INV12345678", "squarespace"),
    ("GITHUB, INC.", "github"),
    ("INTUIT *QBooks Online", "quickbooks"),
    ("GOOGLE*CLOUD 3KD8F2", "google-cloud"),
    ("FACEBK *ABC123XYZ", "facebook"),
    ("CLOUDFLARE", "cloudflare"),
    ("DIGITALOCEAN.COM", "digitalocean"),
    ("HEROKU* OCT-12345678", "heroku"),
    ("STRIPE TRANSFER", "stripe"),
    ("ADOBE *CREATIVE CLOUD", "adobe"),
];

/// Above a hint, of a ledger with these payees.
fn sure(payees: &[String]) -> Vec<String> {
    let mut ledger = String::from("Date,Description,Amount\n");
    for payee in payees {
        ledger.push_str(&format!("2026-01-05,\"{payee}\",-10.00\n"));
    }
    let made = Bench::group("casaabierta.example").file("bank.csv", ledger).inventory(&["bank.csv"]);
    ids(&made, "likely")
}

#[test]
fn payees_that_only_sound_like_a_service_give_nothing() {
    let prefixes = ["", "POS DEBIT 0412 ", "PAYPAL *", "RECURRING PAYMENT AUTHORIZED ON 01/05 ", "SQ *", "TST* "];
    for (service, payees) in FAKE {
        assert!(payees.len() >= 2, "{service}");
        let all: Vec<String> = payees.iter().flat_map(|p| prefixes.iter().map(move |x| format!("{x}{p}"))).collect();
        // Together they are quick; one at a time they say which.
        if !sure(&all).is_empty() {
            let wrong: Vec<(&String, Vec<String>)> =
                all.iter().map(|p| (p, sure(std::slice::from_ref(p)))).filter(|(_, s)| !s.is_empty()).collect();
            panic!("{service}: {wrong:?}");
        }
    }
}

#[test]
fn real_payees_are_recognised() {
    // Where the catalog has no source for a payee, the finding is a hint.
    let found = |payee: &str| {
        ids(
            &Bench::new()
                .file("bank.csv", format!("Date,Description,Amount\n2026-01-05,\"{payee}\",-10.00\n"))
                .inventory(&["bank.csv"]),
            "hint",
        )
    };
    let missed: Vec<&(&str, &str)> = REAL.iter().filter(|(payee, service)| found(payee) != [*service]).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

/// All services of the catalog, as `catalog show` gives them.
fn services() -> Vec<(String, Value)> {
    let bench = Bench::new();
    let list = bench.run(&["catalog", "list", "--json"]).ok().json();
    let ids = list["services"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap().to_owned());
    ids.map(|id| {
        let shown = bench.run(&["catalog", "show", &format!("services/{id}"), "--json"]).ok().json();
        (id, shown["items"][0]["item"].clone())
    })
    .collect()
}

#[test]
fn every_payee_of_the_catalogs_examples_holds() {
    let (mut count, mut wrong) = (0, Vec::new());
    for (id, item) in services() {
        for (list, must) in [("matches", true), ("not", false)] {
            for payee in item["examples"][list].as_array().into_iter().flatten().filter_map(|e| e["payee"].as_str()) {
                count += 1;
                let ledger = format!("Date,Description,Amount\n2026-01-05,\"{payee}\",-10.00\n");
                let made = Bench::new().file("bank.csv", ledger).inventory(&["bank.csv"]);
                let found = if must { ids(&made, "hint") } else { ids(&made, "likely") };
                if found.contains(&id) != must {
                    wrong.push(format!("{id}: {payee} ({list})"));
                }
            }
        }
    }
    assert!(count > 40 && wrong.is_empty(), "{count}: {wrong:?}");
}

/// Names that are near one of the catalog's, and belong to somebody else.
fn near_misses() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, item) in services() {
        for fingerprint in item["fingerprints"].as_array().into_iter().flatten() {
            for sign in ["mx", "ns", "cname", "srv", "spf", "dmarc", "web", "domain"] {
                for pattern in fingerprint[sign].as_array().into_iter().flatten() {
                    let pattern = pattern.as_str().unwrap();
                    let name = pattern.trim_start_matches('=').trim_start_matches("*.").replace('*', "1");
                    // The last two labels: what is near `x.cloudfront.net` must not be CloudFront's either.
                    let at = name.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
                    let (below, own) = name.split_at(at);
                    if pattern.rsplit('.').take(2).any(|l| l.contains('*')) {
                        continue;
                    }
                    let (first, rest) = own.split_once('.').unwrap();
                    found.extend([
                        format!("{below}not{own}"),
                        format!("{below}my-{own}"),
                        format!("{below}{first}s.{rest}"),
                        format!("{below}{first}-{}.example", rest.replace('.', "-")),
                        format!("{below}{first}.example"),
                        format!("{name}.unheard.example"),
                        format!("{}.unheard.example", name.replace('.', "-")),
                    ]);
                }
            }
        }
    }
    found
}

#[test]
fn near_miss_domains_give_nothing() {
    let all = near_misses();
    assert!(all.len() >= 100, "{}", all.len());
    let (mut records, mut logins, mut page) =
        (String::new(), String::from("name,url,username,password\n"), String::from("<!doctype html><html><body>\n"));
    for (n, name) in all.iter().enumerate() {
        records.push_str(&format!(
            "c{n} IN CNAME {name}.\nm{n} IN MX 10 {name}.\nn{n} IN NS {name}.\n_x._tcp.s{n} IN SRV 0 0 443 {name}.\nt{n} IN TXT \"v=spf1 include:{name} a:{name} redirect={name}\"\n_dmarc.d{n} IN TXT \"v=DMARC1; p=none; rua=mailto:x@{name}\"\n"
        ));
        logins.push_str(&format!("x,https://{name}/login,u,p\n"));
        page.push_str(&format!("<script src=\"https://{name}/x.js\"></script><img src=\"//{name}/x.png\">\n"));
    }
    let bench = Bench::group("casaabierta.example")
        .file("near.zone", zone(&records))
        .file("logins.csv", logins)
        .file("page.html", page);
    let made = bench.inventory(&["near.zone", "logins.csv", "page.html"]);
    let wrong: Vec<&Value> = made["services"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|s| s["confidence"] != "hint")
        .map(|s| &s["evidence"])
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_word_in_front_of_a_name_makes_it_another_name() {
    let names = [
        "notslack.com",
        "slack.com.unheard.example",
        "slackcom.net",
        "xgoogle.com",
        "aspmx.l.google.com.unheard.example",
        "mail-protection.outlook.com.unheard.example",
        "notzoom.us",
        "amazon.com",
        "www.amazon.com",
        "smile.amazon.com",
    ];
    let rows: String = names.iter().map(|n| format!("x,https://{n}/,u,p\n")).collect();
    let made =
        Bench::new().file("logins.csv", format!("name,url,username,password\n{rows}")).inventory(&["logins.csv"]);
    assert_eq!(ids(&made, "hint"), Vec::<String>::new());
    assert_eq!(made["sources"][0]["matched"], 0);
}
