//! What goes wrong with wishes and evidence gives a useful plan or a clear error.

use crate::support::Bench;
use serde_json::Value;

fn bench(group: &str) -> Bench {
    let zone = "$ORIGIN casaabierta.example.\n$TTL 3600\n@ IN SOA ns1.example.org. admin.example.org. 1 2 3 4 5\n@ IN NS ns1.example.org.\n@ IN MX 1 aspmx.l.google.com.\n@ IN TXT \"v=spf1 include:_spf.google.com ~all\"\n";
    let bench = Bench::new().file("group.yaml", group).file("evidence/casa.zone", zone);
    bench.run(&["inventory"]).ok();
    bench
}

fn json(bench: &Bench, args: &[&str]) -> Value {
    bench.run(&[&["plan", "--json"], args].concat()).ok().json()
}

const CASA: &str =
    "name: Casa Abierta\ncountry: US\ndomains: [casaabierta.example]\npeople: 14\nwishes: {providers: [may-first]}\n";

#[test]
fn without_a_provider_s_offer_the_plan_asks_or_stays() {
    let bench = bench(CASA);
    // An overlay that takes away what May First offers.
    let own = "name: May First\nlast_checked: 2026-11-26\nstatus: closed\n";
    bench.put("own/providers/may-first.yaml", own);
    let plan = json(&bench, &["--playbooks", "own"]);
    let decisions: Vec<&str> =
        plan["assignments"].as_array().unwrap().iter().map(|a| a["decision"].as_str().unwrap()).collect();
    assert!(!decisions.is_empty() && !decisions.contains(&"move"), "{decisions:?}");
    let text = bench.text("plan/plan.md");
    assert!(text.contains("Stays for now") && !text.contains("{{"), "{text}");
}

#[test]
fn a_closed_provider_that_was_wished_for_is_a_question_and_not_a_move() {
    let bench = bench("name: Casa\ndomains: [casaabierta.example]\nwishes: {providers: [gaia-host]}\n");
    let plan = json(&bench, &[]);
    for a in plan["assignments"].as_array().unwrap() {
        assert_ne!(a["decision"], "move", "{a}");
    }
}

#[test]
fn a_plan_that_outlasts_the_known_days_to_avoid_asks_for_more() {
    let asked = |avoid: &str| {
        let bench = crate::rendered::case("rio-claro");
        let group = bench.text("group.yaml");
        let lines: Vec<&str> = group.lines().filter(|l| !l.starts_with("avoid:")).collect();
        let bench = bench.file("group.yaml", format!("{}\n{avoid}\n", lines.join("\n")));
        bench.run(&["inventory", "--today", "2026-12-01"]).ok();
        let plan = bench.run(&["plan", "--json", "--today", "2026-12-01"]).ok().json();
        let found = plan["questions"].as_array().unwrap().iter().find(|q| q["about"] == "avoid").cloned();
        found.map(|q| q["draft"]["en"].as_str().unwrap().to_owned())
    };
    assert!(asked("").unwrap().starts_with("Until "));
    assert!(asked("avoid: [{from: 2026-12-20, to: 2027-01-02, why: holidays}]").unwrap().contains("2 January 2027"));
    assert_eq!(
        asked("avoid: [{from: 2026-12-20, to: 2026-12-21, why: a}, {from: 2039-12-20, to: 2040-01-02, why: b}]"),
        None
    );
}

#[test]
fn impossible_dates_are_named() {
    let bench = bench(CASA);
    bench.run(&["plan", "--until", "2026-01-01"]).exits(2).says("can't end on 2026-01-01");
    bench.run(&["plan", "--start", "9999-12-31"]).exits(2).says("can't begin on 9999-12-31");
    bench.run(&["plan", "--start", "2026-02-30"]).exits(2);
    bench.put("group.yaml", format!("{CASA}avoid: [{{from: 2027-01-02, to: 2026-12-20}}]\n"));
    bench.run(&["plan"]).exits(2).says("group.yaml:6");
    assert!(!bench.has("plan/plan.yaml"), "nothing was written");
}

#[test]
fn an_end_that_is_too_near_says_on_page_one_what_is_lost() {
    let bench = bench(CASA);
    let plan = json(&bench, &["--until", "2027-01-10"]);
    assert!(plan["tasks"].as_array().unwrap().iter().any(|t| t["blocked"] == "until"));
    let first = bench.text("plan/plan.md");
    let first = first.split("<!-- end of page two -->").next().unwrap();
    assert!(first.contains("can't be saved in time") && first.contains("Mail (Google Workspace)"), "{first}");
    // Only what is switched by then is a milestone; the hours are those that fit.
    let switched = |need: &str| {
        let own = plan["tasks"].as_array().unwrap().iter().filter(|t| t["need"] == need && t["kind"] == "cut-over");
        own.clone().count() > 0 && own.clone().all(|t| t["start"].is_string())
    };
    let moved: Vec<&str> = first.lines().filter(|l| l.contains(": Moved: ")).collect();
    for (need, name) in [("mail", "Mail"), ("calendar", "alendar"), ("files", "iles")] {
        assert!(switched(need) || !moved.iter().any(|l| l.contains(name)), "{need}: {moved:?}");
    }
    assert!(first.contains("save first, move later") && !first.contains("**In short: yes.**"), "{first}");
    // A far end changes nothing.
    let far = json(&bench, &["--until", "2090-01-01"]);
    assert!(far["tasks"].as_array().unwrap().iter().all(|t| t["blocked"] != "until"));
}

#[test]
fn an_empty_inventory_and_no_domain_give_a_plan() {
    let bench = Bench::new().file("group.yaml", "name: Casa\n").file("evidence/nothing.txt", "nothing");
    bench.run(&["inventory"]).ok();
    let plan = json(&bench, &[]);
    assert_eq!(plan["assignments"], Value::Array(Vec::new()));
    assert!(plan["tasks"].as_array().unwrap().len() >= 5, "the keys are for everybody");
    let text = bench.text("plan/plan.md");
    assert!(text.contains("Casa") && !text.contains("{{"));
    // Nobody goes before anybody knows what is there, and nothing secret was left that would have to be cleared away.
    assert!(text.contains("**In short: not yet.**") && text.contains("decamp interview"), "{text}");
    assert!(!text.contains("secret evidence"), "{text}");
    let spanish = bench.text("plan/plan.es.md");
    assert!(spanish.contains("decamp interview") && spanish.contains("todavía no"), "{spanish}");
    for (lang, said) in [("en", "No evidence was read."), ("es", "No se leyó ninguna evidencia.")] {
        let ran = bench.run(&["inventory", "--lang", lang]).ok();
        assert!(ran.stdout.contains(said) && ran.stdout.contains("decamp interview"), "{ran}");
    }
}

#[test]
fn without_a_domain_nobody_is_asked_about_zones() {
    let bench =
        Bench::new().file("group.yaml", "name: Casa\ncountry: US\npeople: 6\nwishes: {providers: [may-first]}\n");
    bench.put(
        "inventory.yaml",
        "schema: decamp/inventory/1\ngroup: {name: Casa, domains: []}\nsources: []\nzones: []\nservices:\n  - {id: google-workspace, name: Gmail, needs: [mail], care: could-hurt, confidence: certain}\nunrecognized: []\n",
    );
    let plan = json(&bench, &[]);
    assert_eq!(plan["verdict"], "go", "a group may go without a domain");
    let ids: Vec<&str> = plan["tasks"].as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap()).collect();
    assert!(!ids.iter().any(|id| id.ends_with("-prepare-dns") || id.ends_with("-mta-sts")), "{ids:?}");
    assert!(ids.iter().any(|id| id.ends_with("-keep-year")), "the old address is kept for a year: {ids:?}");
}

#[test]
fn not_yet_gives_five_things_and_goes_when_they_are_in_place() {
    let bench = bench(&format!("{CASA}ready: {{domain: false, admins: 1}}\n"));
    let plan = json(&bench, &[]);
    assert_eq!(plan["verdict"], "not-yet");
    assert_eq!(plan["why_not_yet"].as_array().unwrap().len(), 2, "{}", plan["why_not_yet"]);
    let dated: Vec<&Value> = plan["tasks"].as_array().unwrap().iter().filter(|t| !t["start"].is_null()).collect();
    assert_eq!(dated.iter().filter(|t| t["first"] == true).count(), 5);
    assert!(dated.iter().all(|t| t["stage"] == 0) && dated.len() < 10, "{dated:?}");
    let first = bench.text("plan/plan.es.md");
    let first = first.split("<!-- end of page two -->").next().unwrap();
    assert!(first.contains("todavía no"), "{first}");
    let next = bench.run(&["next"]).ok().stdout;
    assert!(next.contains("decision-"), "{next}");
    bench.put("group.yaml", format!("{CASA}ready: {{domain: true, admins: 2}}\n"));
    assert_eq!(json(&bench, &[])["verdict"], "go");
}

#[test]
fn the_question_of_the_hold_wants_an_answer() {
    let bench = bench(CASA);
    json(&bench, &[]);
    bench.run(&["done", "decision-hold-asked"]).exits(2).says("--answer");
    bench.run(&["done", "decision-roles", "--answer", "no"]).exits(2).says("no question");
    bench.run(&["done", "decision-hold-asked", "--answer", "yes"]).ok();
    let plan = json(&bench, &[]);
    let close = |plan: &Value| {
        let mut all = plan["tasks"].as_array().unwrap().iter().filter(|t| t["kind"] == "close");
        all.all(|t| t["start"].is_null() && t["blocked"] == "hold")
    };
    assert!(close(&plan), "records must be kept: nothing is closed");
    bench.run(&["done", "decision-hold-asked", "--answer", "no"]).ok();
    let plan = json(&bench, &[]);
    assert!(plan["tasks"].as_array().unwrap().iter().any(|t| t["kind"] == "close" && !t["start"].is_null()));
}

#[test]
fn explain_says_why_not_elsewhere() {
    let bench = bench(CASA);
    json(&bench, &[]);
    let text = bench.run(&["plan", "--explain", "mail"]).ok().stdout;
    assert!(text.contains("May First") && text.contains("takes no new groups") && text.contains("by invitation only"));
    let all = bench.run(&["plan", "--explain", "mail", "--json"]).ok().json();
    assert!(all["alternatives"].as_array().unwrap().iter().any(|a| a["unfit"] == "company"));
    assert_eq!(all["chosen"][0]["provider"], "may-first");
}

#[test]
fn a_company_that_carries_only_ciphertext_is_not_left_in_a_hurry() {
    let bench = Bench::new().file("group.yaml", "name: Casa\nwishes: {providers: [own-server], self_host: true}\n");
    let csv = "url,username,password\nhttps://start.1password.com/,ana,x\n";
    bench.put("evidence/logins.csv", csv);
    bench.run(&["inventory"]).ok();
    let plan = json(&bench, &[]);
    let own: Vec<&Value> =
        plan["assignments"].as_array().unwrap().iter().filter(|a| a["from"] == "1password").collect();
    assert!(
        own.iter().any(|a| a["decision"] == "stay" && a["why"]["en"].as_str().unwrap().contains("can't read")),
        "{own:?}"
    );
}

#[test]
fn a_start_that_has_passed_is_told_and_the_fortnight_begins_today() {
    let bench = bench(&format!("{CASA}start: 2026-06-01\n"));
    let ran = bench.run(&["plan", "--today", "2026-12-01"]).ok();
    assert!(ran.stdout.contains("2026-06-01 has passed: what is not done is planned from 2026-12-01 on"), "{ran}");
    let plan = bench.text("plan/plan.md");
    let plan = plan.split("<!-- end of page two -->").next().unwrap();
    assert!(!plan.contains("June"), "{plan}");
    bench.run(&["plan", "--today", "2026-12-01", "--until", "2026-11-01"]).exits(2).says("it begins on 2026-12-01");
}

#[test]
fn a_provider_without_a_known_price_is_named_and_no_currency_is_made_up() {
    let bench = Bench::new();
    bench.run(&["demo", "d", "--today", "2026-11-27"]).ok();
    for file in ["d/plan/plan.md", "d/plan/decision.md"] {
        assert!(bench.text(file).contains("PowerBase (Progressive Technology Project): not known, ask"), "{file}");
    }
    let group = bench.text("d/group.yaml").replace("country: US\n", "");
    bench.put("d/group.yaml", group);
    bench.run(&["-C", "d", "inventory", "--today", "2026-11-27"]).ok();
    bench.run(&["-C", "d", "plan", "--today", "2026-11-27"]).ok();
    let plan = bench.text("d/plan/plan.md");
    assert!(plan.contains("(currency not known)") && !plan.contains("XXX"), "{plan}");
}

#[test]
fn a_setting_that_nothing_reads_is_refused_with_the_one_that_was_meant() {
    let bench = bench(CASA);
    bench.run(&["plan"]).ok();
    bench.run(&["render", "--set", "may-first.spff=x"]).exits(2).says("did you mean `spf`?");
    bench.run(&["render", "--set", "may-frist.spf=mx"]).exits(2).says("did you mean `may-first`?");
    bench.put("group.yaml", format!("{CASA}settings: {{may-first: {{imapport: 993}}}}\n"));
    for command in ["plan", "render"] {
        bench.run(&[command]).exits(2).says("did you mean `imap_port`?").says("group.yaml").says("known are: ");
    }
    bench.put("group.yaml", format!("{CASA}settings: {{may-first: {{imap_port: 993, caa_issuer: ca.example}}}}\n"));
    bench.run(&["plan"]).ok();
}
