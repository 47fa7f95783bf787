#![allow(clippy::unwrap_used)]

use super::dns::{Answer, Expected, Question};
use super::*;
use crate::evidence::zone::{Options, Record, no_include, parse};
use jiff::civil::date;

fn now() -> Zoned {
    date(2026, 12, 1).at(14, 0, 30, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap()
}

fn records(text: &str) -> Vec<Record> {
    let whole = format!("$ORIGIN casa.example.\n$TTL 3600\n@ IN SOA ns root 1 7200 900 1209600 300\n{text}");
    parse(whole.as_bytes(), Options { path: "casa.example.zone", origin: None, include: &no_include }).unwrap().records
}

fn expected(old: &str, prepare: &str, after: &str) -> Expected {
    let (old, prepare, after) = (records(old), records(prepare), records(after));
    let file = Some("configs/may-first/dns/casa.example.old.zone".to_owned());
    Expected::new("casa.example", [&mut old.iter(), &mut prepare.iter(), &mut after.iter()], file)
}

fn holds(values: &[&str], ttl: u32) -> Answer {
    Answer::Holds { values: values.iter().map(|v| (*v).to_owned()).collect(), ttl: Some(ttl) }
}

/// The report for one question with the answers of so many resolvers.
fn report(expected: &Expected, rtype: &str, answers: &[Answer]) -> Report {
    let question = Question { name: "casa.example".into(), rtype: rtype.into() };
    let answers: Vec<(String, Vec<Answer>)> =
        answers.iter().enumerate().map(|(i, a)| (format!("192.0.2.{i}:53"), vec![a.clone()])).collect();
    expected.compare(&[question], &answers, &now())
}

const OLD: &str =
    "@ IN MX 1 old.example.net.\n@ IN TXT \"v=spf1 include:old.example.net ~all\"\n@ IN TXT \"old-token=1\"\n";
const PREPARE: &str = "@ 300 IN MX 1 old.example.net.\n@ IN TXT \"v=spf1 include:old.example.net include:new.example.net ~all\"\n@ IN TXT \"old-token=1\"\n";
const NEW: &str =
    "@ IN MX 10 new.example.net.\n@ IN TXT \"v=spf1 include:new.example.net ~all\"\n@ IN TXT \"old-token=1\"\n";

#[test]
fn the_word_follows_the_answers() {
    let zones = expected(OLD, PREPARE, NEW);
    let word = |rtype: &str, answers: &[Answer]| {
        let report = report(&zones, rtype, answers);
        (report.word().says(&now()).en, report.needs_attention())
    };
    let new = holds(&["10 new.example.net"], 3600);
    let old = |ttl| holds(&["1 old.example.net"], ttl);
    for (answers, expected) in [
        (vec![new.clone()], ("safe", false)),
        (vec![new.clone(), old(1170)], ("wait until 14:20", true)),
        (vec![old(60), old(1170), old(300)], ("wait until 14:20", true)),
        (vec![new.clone(), old(40 * 3600)], ("wait until 2026-12-03 06:01", true)),
        (vec![new.clone(), Answer::Unknown], ("can't tell", true)),
        (vec![Answer::Unknown], ("can't tell", true)),
        (vec![old(1170), Answer::Unknown], ("can't tell", true)),
        (vec![new.clone(), holds(&[], 300)], ("go back", true)),
        (vec![holds(&["10 stranger.example.net"], 300)], ("go back", true)),
        (vec![holds(&["10 stranger.example.net"], 300), Answer::Unknown], ("go back", true)),
        // Some mail still comes: somebody has to look, but nothing is lost.
        (vec![holds(&["1 old.example.net", "10 new.example.net"], 300)], ("can't tell", true)),
    ] {
        assert_eq!(word("MX", &answers), (expected.0.to_owned(), expected.1), "{answers:?}");
    }
    let (old, both, new) = (
        "v=spf1 include:old.example.net ~all",
        "v=spf1 include:old.example.net include:new.example.net ~all",
        "v=spf1 include:new.example.net ~all",
    );
    for (values, expected) in [
        (vec![new, "old-token=1"], "safe"),
        (vec![new, "old-token=1", "somebody-else=2"], "safe"),
        (vec![old, "old-token=1"], "wait until 14:20"),
        (vec![both, "old-token=1"], "wait until 14:20"),
        (vec![old, new, "old-token=1"], "can't tell"),
        (vec!["v=spf1 -all", "old-token=1"], "can't tell"),
        (vec![new, "v=spf1 -all", "old-token=1"], "can't tell"),
        (vec![], "can't tell"),
    ] {
        assert_eq!(word("TXT", &[holds(&values, 1170)]).0, expected, "{values:?}");
    }
}

#[test]
fn a_record_that_is_new_may_be_remembered_as_missing() {
    let zones = expected(
        "@ IN MX 1 a.example.net.\n",
        "@ IN MX 1 a.example.net.\n",
        "@ IN MX 1 a.example.net.\n@ IN CAA 0 issue \"ca.example\"\n",
    );
    assert_eq!(report(&zones, "CAA", &[holds(&[], 1170)]).word().says(&now()).es, "esperen hasta 14:20");
    assert_eq!(report(&zones, "CAA", &[holds(&["0 issue \"ca.example\""], 60)]).word(), Word::Safe);
    // What was to go and is gone is as it should be.
    let zones = expected("@ IN A 192.0.2.1\n", "@ IN A 192.0.2.1\n", "@ IN AAAA 2001:db8::1\n");
    assert_eq!(report(&zones, "A", &[holds(&[], 60)]).word(), Word::Safe);
}

#[test]
fn what_changes_is_asked_first() {
    let zones = expected(
        &format!("b IN A 192.0.2.1\n{OLD}"),
        &format!("b IN A 192.0.2.1\n{PREPARE}"),
        &format!("b IN A 192.0.2.1\n{NEW}"),
    );
    let asked: Vec<String> = zones.questions().iter().map(ToString::to_string).collect();
    assert_eq!(asked, ["casa.example MX", "casa.example TXT", "b.casa.example A"]);
}

#[test]
fn going_back_names_the_file() {
    let zones = expected(OLD, PREPARE, NEW);
    let word = report(&zones, "MX", &[holds(&[], 300)]).word();
    assert_eq!(word, Word::GoBack(Some("configs/may-first/dns/casa.example.old.zone".into())));
}
