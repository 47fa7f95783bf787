//! `interview`: the questions on paper and as a page, and what the answers give.

use crate::support::{Bench, need, repository};
use std::process::Command;

#[test]
fn the_sheet_is_one_page_in_both_languages_with_twenty_questions() {
    let bench = Bench::group("casaabierta.example");
    bench.run(&["interview", "--paper", "sheet.html"]).ok();
    for name in ["sheet.html", "sheet.es.html"] {
        let text = bench.text(name);
        assert_eq!(text.matches("class=\"no\"").count(), 20);
        let pdf = bench.dir().join("sheet.pdf");
        let done = Command::new(need("chromium"))
            .args(["--headless", "--no-sandbox", "--disable-gpu", &format!("--print-to-pdf={}", pdf.display())])
            .arg(bench.dir().join(name))
            .output()
            .unwrap();
        assert!(done.status.success());
        let bytes = std::fs::read(&pdf).unwrap();
        let pages = String::from_utf8_lossy(&bytes).matches("/Type /Page\n").count();
        assert_eq!(pages, 1, "{name}");
    }
    let table = bench.text("answers.csv");
    assert!(table.starts_with("question,answer,asked\n01-mail,,") && table.lines().count() == 21, "{table}");
}

#[test]
fn the_page_needs_nothing_from_outside_and_is_not_written_over() {
    let bench = Bench::group("casaabierta.example");
    bench.run(&["interview", "--html", "ask.html"]).ok();
    let text = bench.text("ask.es.html");
    assert!(text.contains("default-src 'none'") && !text.contains("https://") && !text.contains("http://"), "{text}");
    bench.run(&["interview", "--html", "ask.html"]).exits(2).says("--force");
    bench.run(&["interview"]).exits(2).says("--paper FILE");
}

#[test]
fn a_group_with_one_shared_mailbox_and_a_page_gets_an_inventory_from_its_answers() {
    let bench = Bench::new().file("group.yaml", "name: Calle\nlanguages: [es]\npeople: 6\n").file(
        "evidence/answers.csv",
        "question,answer,asked\n01-mail,Gmail (1),x\n02-social,una página de Facebook y un grupo de WhatsApp,x\n\
         03-chat,\"WhatsApp (6), Signal\",x\n09-video,zoom,x\n12-sign-in,\"Ana, la caja (box) y todo\",x\n18-never-lose,los expedientes,x\n",
    );
    let made = bench.inventory(&[]);
    let found: Vec<(&str, &str)> = made["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["id"].as_str().unwrap(), s["confidence"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [("facebook", "likely"), ("gmail", "likely"), ("signal", "likely"), ("whatsapp", "likely"), ("zoom", "likely")]
    );
    assert_eq!(made["sources"][0]["kind"], "answers");
    assert!(!made.to_string().contains("expedientes") && !made.to_string().contains("Ana"), "{made}");
    bench.run(&["inventory"]).ok();
    bench.run(&["plan"]).ok();
    assert!(bench.has("plan/plan.es.md"));
}

#[test]
fn words_of_a_sentence_are_no_services() {
    let bench = Bench::group("casanorte.example").file(
        "evidence/answers.csv",
        "question,answer\n03-chat,We give each other some slack and zoom out\n09-video,Zoom on Mondays\n\
         05-people,\"\u{1b}[1mAirtable\u{1b}[0m\"\nsomebody's note,Trello\n",
    );
    let made = bench.inventory(&[]);
    let sure = |id: &str| {
        let found = made["services"].as_array().unwrap().iter().find(|s| s["id"] == id);
        found.map(|s| s["confidence"].as_str().unwrap().to_owned())
    };
    assert_eq!(sure("slack").as_deref(), Some("hint"));
    assert_eq!(sure("zoom").as_deref(), Some("likely"));
    assert_eq!(sure("airtable").as_deref(), Some("likely"));
    assert_eq!(sure("trello"), None);
}

#[test]
fn every_question_is_in_both_languages() {
    let text = std::fs::read_to_string(repository().join("playbooks/texts/interview.yaml")).unwrap();
    assert_eq!((text.matches("    en: ").count(), text.matches("    es: ").count()), (20, 20));
}

#[test]
fn what_no_service_is_known_for_is_told_with_its_question_and_not_kept() {
    let bench = Bench::group("casanorte.example").file(
        "evidence/answers.csv",
        "question,answer\n03-chat,Telegram\n04-files,\"Google Drive, OneDrive\"\n06-newsletter,Mail Chimp\n07-forms,nada\n\
         09-video,la computadora de Ana\n12-sign-in,Solo Beto\n",
    );
    let made = bench.inventory(&[]);
    let services = made["services"].as_array().unwrap();
    let needs = |id: &str| services.iter().find(|s| s["id"] == id).map(|s| s["needs"].to_string());
    assert_eq!(needs("gmail").as_deref(), Some("[\"files\"]"), "{made}");
    assert_eq!(needs("microsoft-365").as_deref(), Some("[\"files\"]"), "{made}");
    assert!(needs("mailchimp").is_some(), "{made}");
    let told: Vec<&str> =
        made["unrecognized"].as_array().unwrap().iter().map(|u| u["source"].as_str().unwrap()).collect();
    assert_eq!(told, ["evidence/answers.csv:2", "evidence/answers.csv:6"], "{made}");
    let text = made.to_string();
    assert!(text.contains("(03-chat), and no service is known"), "{text}");
    assert!(!text.contains("Telegram") && !text.contains("Ana") && !text.contains("Beto"), "{text}");
}

#[test]
fn one_person_alone_with_the_keys_is_a_reason_to_wait_until_the_group_says_otherwise() {
    let bench = Bench::group("casanorte.example")
        .file("evidence/answers.csv", "question,answer\n01-mail,Gmail\n12-sign-in,Only Beto\n20-duty,seven years\n");
    bench.run(&["inventory"]).ok();
    let plan = bench.run(&["plan", "--json"]).ok().json();
    assert!(plan["why_not_yet"].to_string().contains("services: 1."), "{}", plan["why_not_yet"]);
    let about: Vec<&str> = plan["questions"].as_array().unwrap().iter().filter_map(|q| q["about"].as_str()).collect();
    assert!(about.contains(&"answered-12") && about.contains(&"answered-20"), "{about:?}");
    let group = format!("{}ready: {{admins: 2}}\n", bench.text("group.yaml"));
    bench.put("group.yaml", group);
    let plan = bench.run(&["plan", "--json"]).ok().json();
    assert!(!plan["why_not_yet"].to_string().contains("services: 1."), "{}", plan["why_not_yet"]);
}
