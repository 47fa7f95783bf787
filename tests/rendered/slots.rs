//! Every string of the big list of naughty strings at every place of every template: what is written passes the checker of its
//! syntax, and reads back as the same file with those values in it; or the value is refused, and the place is named.

mod checkers;
mod data;
mod places;
mod richer;
mod spreadsheet;
mod syntax;

use super::naughty::strings;
use super::*;
use decamp::render::engine::{Data, Engine};
use places::Place;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use syntax::Form;

/// Places that no data reaches: template, path, and why.
const UNREACHED: &[(&str, &str, &str)] = &[
    // What stands there needs a group of which little is decided and much is lacking at once.
    ("plan/plan.md", "done_when.en", SHORT),
    ("plan/plan.html", "done_when.en", SHORT),
    ("plan/plan.es.md", "done_when.es", SHORT),
    ("plan/plan.es.html", "done_when.es", SHORT),
    (
        "own-server/inventory.yaml",
        "aliases",
        "a mailbox that nobody signs in to, with a second address of the group's own",
    ),
];

const SHORT: &str = "the five things are told whole only where the rest of page one is short";

/// At least so many strings stand at each place.
const FEW: usize = if cfg!(debug_assertions) { 5 } else { 36 };

/// A template with the data that reach all its places.
struct Subject {
    name: String,
    syntax: &'static str,
    places: Vec<Place>,
    /// Data, and the places at which they stand.
    given: Vec<(Value, BTreeSet<usize>)>,
}

impl Subject {
    /// How many of these places take any text.
    fn texts(&self, here: &BTreeSet<usize>) -> usize {
        here.iter().filter(|n| matches!(syntax::form(&self.name, &self.places[**n]), Form::Text)).count()
    }
}

/// How a place is known in what is written while the values are tame.
fn tame(n: usize) -> String {
    format!("slot{n}slot")
}

/// The value as the helpers of a place write it.
fn quote(place: &Place, value: &str) -> Result<String, String> {
    let known = |helper: &String| decamp::render::quote::ALL.iter().find(|(name, _)| name == helper).unwrap().1;
    place.helpers.iter().map(known).try_fold(value.to_owned(), |value, quote| quote(&value))
}

/// All templates; fails when a place is reached by no data.
fn subjects() -> Vec<Subject> {
    let all = data::given();
    let samples = richer::samples(&all);
    let (mut found, mut without) = (Vec::new(), Vec::new());
    for name in data::names() {
        let text = template(&name);
        let places = places::places(&text);
        let mut engine = Engine::new([(name.clone(), places::marked(&text, &places))].into());
        engine.prepare(&name).unwrap();
        // What shows only numbers is no text that anybody could write.
        let number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let mut texts = BTreeSet::new();
        let mut reached = |value: &Value| -> Result<BTreeSet<usize>, decamp::error::Error> {
            let filled = engine.fill(&name, value)?;
            let seen = places::seen(&filled);
            texts.extend(seen.iter().filter(|(n, s)| !number(s) || !places[*n].helpers.is_empty()).map(|(n, _)| *n));
            Ok(seen.into_iter().map(|(n, _)| n).collect())
        };
        let real = all.get(&name).map(Vec::as_slice).unwrap_or_default();
        if real.is_empty() {
            without.push(format!("templates/{name}.hbs: all of it"));
        }
        let mut open: BTreeSet<usize> = (0..places.len()).collect();
        let mut chosen: Vec<(Value, BTreeSet<usize>)> = Vec::new();
        // First what was given, as it is and with what is empty filled; then that turned round, once and twice.
        let rich: Vec<Value> = real.iter().map(|value| richer::filled(value, &samples)).collect();
        // What can't be is no data.
        let mut given: Vec<_> = rich.into_iter().filter_map(|v| reached(&v).ok().map(|here| (v, here))).collect();
        given.extend(real.iter().map(|v| (v.clone(), reached(v).unwrap())));
        while let Some(n) = (0..given.len()).max_by_key(|n| given[*n].1.intersection(&open).count()) {
            let (value, mut here) = given.swap_remove(n);
            here.retain(|n| open.remove(n));
            if here.is_empty() && !chosen.is_empty() {
                break;
            }
            chosen.push((value, here));
        }
        for _ in 0..2 {
            for base in chosen.iter().map(|(value, _)| value.clone()).take(8).collect::<Vec<_>>() {
                let under = open.iter().flat_map(|n| places[*n].under.clone()).collect();
                for turned in richer::turned(&base, &under) {
                    let Ok(mut here) = reached(&turned) else { continue };
                    here.retain(|n| open.remove(n));
                    if !here.is_empty() {
                        chosen.push((turned, here));
                    }
                }
            }
        }
        for (value, here) in &mut chosen {
            // As short as reaches the same places.
            let all = [1, 2, 3, 6].map(|most| richer::short(value, most));
            if let Some(short) = all.into_iter().find(|s| reached(s).is_ok_and(|now| now.is_superset(here))) {
                *value = short;
            }
        }
        for (_, here) in &mut chosen {
            here.retain(|n| texts.contains(n) && !matches!(syntax::form(&name, &places[*n]), Form::Made));
        }
        for p in open.iter().map(|n| &places[*n]) {
            if !UNREACHED.iter().any(|(t, path, _)| *t == name && *path == p.path) {
                without.push(format!("templates/{name}.hbs:{}: {}", p.line, p.path));
            }
        }

        found.push(Subject { syntax: syntax::of(&name), name, places, given: chosen });
    }
    assert!(without.is_empty(), "no data reaches these places:\n{}", without.join("\n"));
    found
}

/// One file that was filled, and what stands at each place.
struct Filled {
    path: String,
    values: BTreeMap<usize, String>,
}

/// What was done with one syntax.
#[derive(Default)]
struct Tally {
    places: usize,
    files: usize,
    refused: usize,
    strings: BTreeSet<usize>,
}

/// A template with one set of data.
struct Filler<'a> {
    bench: &'a Bench,
    engine: Engine,
    subject: &'a Subject,
    set: usize,
    data: Data,
}

impl Filler<'_> {
    fn fill(&mut self, values: &BTreeMap<usize, String>) -> Result<String, decamp::error::Error> {
        let slots: Map<String, Value> = values.iter().map(|(n, v)| (format!("s{n}"), json!(v))).collect();
        self.data.value()["slots"] = slots.into();
        self.engine.fill_with(&self.subject.name, &self.data)
    }

    fn write(&mut self, round: usize, values: BTreeMap<usize, String>) -> Filled {
        let name = &self.subject.name;
        let text = self.fill(&values).unwrap_or_else(|e| panic!("{name}: {e:?} with {values:?}"));
        let path = format!("{}/{}-{round}-{}", name.replace('/', "-"), self.set, name.rsplit('/').next().unwrap());
        self.bench.put(&path, text);
        Filled { path, values }
    }

    /// It is refused, with this place named.
    fn refuses(&mut self, n: usize, hostile: &str, mut values: BTreeMap<usize, String>) {
        values.insert(n, hostile.to_owned());
        let (name, line) = (&self.subject.name, self.subject.places[n].line);
        let wanted = (format!("templates/{name}.hbs"), Some(line));
        let error = self.fill(&values).expect_err("what the helper refuses is refused");
        let at = error.at.unwrap();
        assert_eq!((at.file, at.line), wanted, "{hostile:?}");
    }
}

/// Fills one template with tame values, and again and again with hostile ones: the tame file first, a list for each set of data.
/// Before each place stands how many places of this syntax came before, so that all of them together see all strings.
fn fill(
    bench: &Bench,
    subject: &Subject,
    all: &[String],
    rounds: usize,
    before: &mut usize,
    tally: &mut Tally,
) -> Vec<Vec<Filled>> {
    let name = &subject.name;
    let text = template(name);
    let mut sets = Vec::new();
    for (set, (value, here)) in subject.given.iter().enumerate() {
        let kept: Vec<usize> = (0..subject.places.len()).filter(|n| !here.contains(n)).collect();
        let mut engine = Engine::new([(name.clone(), places::slotted(&text, &subject.places, &kept))].into());
        engine.prepare(name).unwrap();
        let mut filler = Filler { bench, engine, subject, set, data: Data::new(value.clone()) };
        let mild: BTreeMap<usize, String> = here.iter().map(|n| (*n, tame(*n))).collect();
        let mut files = vec![filler.write(0, mild.clone())];
        for round in 0..rounds {
            let mut values = mild.clone();
            let mut texts = *before;
            for n in here {
                let place = &subject.places[*n];
                let form = syntax::form(name, place);
                let from = texts * rounds + round;
                texts += usize::from(matches!(form, Form::Text));
                for at in (from..from + all.len()).map(|at| at % all.len()) {
                    let Some(hostile) = form.nearest(&all[at]) else { continue };
                    // What is blank is no value: it is left away by `{{#if}}` where a place needs one.
                    if (subject.syntax == "md" || place.helpers == ["remark"])
                        && syntax::shown(&syntax::flat(&hostile)).is_empty()
                    {
                        continue;
                    }
                    tally.strings.insert(at);
                    if quote(place, &hostile).is_ok() {
                        values.insert(*n, hostile);
                        break;
                    }
                    tally.refused += 1;
                    filler.refuses(*n, &hostile, mild.clone());
                }
            }
            files.push(filler.write(round + 1, values));
        }
        tally.places += here.len();
        tally.files += files.len();
        *before += subject.texts(here);
        sets.push(files);
    }
    sets
}

fn template(name: &str) -> String {
    fs::read_to_string(repository().join(format!("templates/{name}.hbs"))).unwrap()
}

/// The word of the tame file with the values in the places of their marks.
fn expected(word: &str, subject: &Subject, values: &BTreeMap<usize, String>) -> String {
    let mut pieces = word.split("slot");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    while let Some(piece) = pieces.next() {
        let known = piece.parse::<usize>().ok();
        let Some((place, value)) = known.and_then(|n| Some((&subject.places[n], values.get(&n)?))) else {
            text = text + "slot" + piece;
            continue;
        };
        // In a remark, and in code that is shown for another program, it stands as it is written; the marks around it are in
        // the tame one, too.
        let written = || {
            let quoted = quote(place, value).unwrap();
            let marks = place.helpers.iter().any(|h| matches!(h.as_str(), "js" | "sh" | "apache"));
            if marks { quoted[1..quoted.len() - 1].to_owned() } else { quoted }
        };
        let remark = word.starts_with(match subject.syntax {
            "js" => "//",
            "xml" => "<!--",
            _ => "#",
        });
        text += &match subject.syntax {
            "js" | "xml" | "apache" if remark => written(),
            "md" if place.helpers.iter().any(|h| h == "sh") => written(),
            "sh" if ["sh", "remark"].iter().all(|w| place.helpers.iter().any(|h| h == w)) => written(),
            _ => syntax::read_back(place, value),
        };
        text += pieces.next().unwrap_or_default();
    }
    text
}

/// What differs between the tame file and a hostile one beside the values.
fn differs(subject: &Subject, tame: &[String], got: &[String], file: &Filled) -> Option<String> {
    let text = |t: &str| if subject.syntax == "md" { syntax::shown(t) } else { t.to_owned() };
    let some = |w: &String| !matches!(w.as_str(), "" | "#");
    let wanted: Vec<String> = tame.iter().map(|w| text(&expected(w, subject, &file.values))).filter(some).collect();
    let got: Vec<String> = got.iter().map(|w| text(w)).filter(some).collect();
    let n = (0..wanted.len().max(got.len())).find(|n| wanted.get(*n) != got.get(*n))?;
    Some(format!("wanted {:?}, got {:?}; it was {:?}", wanted.get(n), got.get(n), tame.get(n)))
}

#[test]
fn every_string_at_every_place_of_every_template_is_a_value_or_is_refused() {
    let all = strings();
    let subjects = subjects();
    let long = std::env::var_os("DECAMP_LONG").is_some();
    let mut wrong: Vec<String> = Vec::new();
    let kinds: BTreeSet<&str> = subjects.iter().map(|s| s.syntax).collect();
    for kind in kinds {
        let start = std::time::Instant::now();
        let bench = Bench::new();
        let of_kind: Vec<&Subject> = subjects.iter().filter(|s| s.syntax == kind).collect();
        let places: usize = of_kind.iter().flat_map(|s| s.given.iter().map(|(_, here)| s.texts(here))).sum();
        let rounds = if places == 0 {
            0
        } else if long {
            all.len()
        } else {
            FEW.max(all.len().div_ceil(places))
        };
        let (mut tally, mut before) = (Tally::default(), 0);
        for subject in &of_kind {
            for files in fill(&bench, subject, &all, rounds, &mut before, &mut tally) {
                let paths: Vec<String> = files.iter().map(|f| f.path.clone()).collect();
                let read = syntax::read(&bench, kind, &paths);
                let tame =
                    read[0].as_ref().unwrap_or_else(|e| panic!("{}: {e}\n{}", subject.name, bench.text(&paths[0])));
                let mut told = BTreeSet::new();
                for (file, got) in files.iter().zip(&read).skip(1) {
                    let bad = match got {
                        Ok(got) => differs(subject, tame, got, file),
                        Err(e) => Some(e.clone()),
                    };
                    if let Some(bad) = bad.filter(|_| told.len() < 4) {
                        told.insert(format!("{} ({}): {bad}", subject.name, file.path));
                    }
                }
                wrong.extend(told);
                wrong.extend(checkers::check(&bench, kind, &paths).map(|e| format!("{}: {e}", subject.name)));
            }
        }
        println!(
            "summary: {kind}: {} strings at {} places, {} files, {} refusals, {:.1?}",
            tally.strings.len(),
            tally.places,
            tally.files,
            tally.refused,
            start.elapsed()
        );
        let blank = |s: &String| syntax::shown(&syntax::flat(s)).is_empty();
        if places > 0 && (0..all.len()).any(|n| !tally.strings.contains(&n) && !blank(&all[n])) {
            wrong.push(format!("{kind}: only {} strings", tally.strings.len()));
        }
    }
    assert!(wrong.is_empty(), "{} places:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_table_of_a_network_holds_no_formula() {
    let bench = Bench::new();
    let starts = [
        "=1+1",
        "+1",
        "-1+1",
        "@SUM(1)",
        " =1+1",
        "\"=1+1",
        "'=1+1",
        ";=1",
        "\u{ff1d}1+1",
        "\u{ff0b}1",
        "=cmd|' /C calc'!A0",
        "=HYPERLINK(\"http://evil.example\")",
    ];
    for (n, name) in starts.iter().enumerate() {
        bench.put(
            &format!("groups/g{n}/group.yaml"),
            format!("name: {}\ndomains: [casaabierta.example]\n", json!(name)),
        );
        bench.put(&format!("groups/g{n}/evidence/z.zone"), crate::support::zone("@ IN MX 1 aspmx.l.google.com.\n"));
    }
    bench.run(&["inventory", "--group-dirs", "groups"]).ok();
    let text = bench.text("groups/services.csv");
    assert!(text.lines().count() > starts.len(), "{text}");
    assert_eq!(spreadsheet::check(&bench, &["groups/services.csv".to_owned()]), None);
}
