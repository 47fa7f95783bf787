//! Evidence as a stranger would make it. Every input is read or named with the reason, within seconds and 256 MiB; nothing is
//! written, no link is followed, and nothing that could drive a terminal is printed.
//!
//! The made-up ones are described in `tests/hostile/*.yaml`; public ones come from packages that `.ci/install` fetches. Small
//! inputs share a run, each in a folder of its own; `DECAMP_LONG=1` gives each its own run.

mod made;
mod names;
mod odd;
mod public;

use crate::crash::times;
use crate::support::{Bench, Ran, SOON, finish, need, repository};
use made::Made;
use serde_json::Value;
use std::fs;
use std::process::Command;
use std::time::Duration;

/// What a run may take of the memory, in KiB.
const MEMORY: u64 = 256 * 1024;
/// From this size on an input has a run of its own.
const LARGE: usize = 128 * 1024;
/// The most inputs of one run.
const TOGETHER: usize = 60;

/// A bad input.
#[derive(Debug)]
pub struct Input {
    pub name: String,
    pub file: String,
    pub bytes: Vec<u8>,
    pub wanted: Wanted,
    /// It has a run of its own, although it is small.
    pub alone: bool,
}

/// How it must stand under `sources`.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// As this kind.
    pub kind: Option<String>,
    /// With a reason that holds this.
    pub reason: Option<String>,
    /// Without a reason.
    pub sound: bool,
}

/// What some runs took at most.
#[derive(Debug, Default)]
pub struct Most {
    inputs: usize,
    runs: usize,
    memory: u64,
    time: Duration,
    slowest: String,
}

impl Most {
    /// Says it.
    pub fn say(&self, of: &str) {
        println!(
            "summary: hostile: {} {of} in {} runs, {} MiB at most, {:.1} s at most ({})",
            self.inputs,
            self.runs,
            self.memory / 1024,
            self.time.as_secs_f64(),
            self.slowest
        );
    }
}

/// Runs the binary with its memory measured; nothing outside may change, and nothing at all when it prints only.
pub fn measured(bench: &Bench, args: &[&str]) -> (Ran, u64) {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(need("time"));
    bench.settle(&mut command);
    command.args(["-q", "-f", "%M", "-o"]).arg(log.path()).arg(env!("CARGO_BIN_EXE_decamp")).args(args);
    let ran = finish(command, b"", args);
    let said = fs::read_to_string(log.path()).unwrap();
    let memory = said.trim().lines().last().and_then(|l| l.parse().ok());
    (ran, memory.unwrap_or_else(|| panic!("`time` says {said:?}")))
}

/// No message holds a sign that drives a terminal or turns text around. Results are printed so on a terminal, too; elsewhere
/// they are as they are.
pub fn assert_printable(ran: &Ran) {
    let drives = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let bad: Vec<char> = ran.stderr.chars().filter(|c| drives(*c)).collect();
    assert!(bad.is_empty(), "{bad:?} was printed: {ran}");
}

/// Reads some inputs in one run; says what is wrong.
fn together(inputs: &[Input], most: &mut Most) -> Vec<String> {
    let bench = Bench::group("casaabierta.example");
    for (n, input) in inputs.iter().enumerate() {
        bench.put(&format!("evidence/{n:03}/{}", input.file), &input.bytes);
    }
    let what = || inputs.iter().map(|i| i.name.as_str()).collect::<Vec<_>>().join(" | ");
    let before = bench.tree();
    let (ran, memory) = measured(&bench, &["inventory", "-o", "-", "--json", "-v"]);
    most.inputs += inputs.len();
    most.runs += 1;
    most.memory = most.memory.max(memory);
    if ran.took > most.time {
        (most.time, most.slowest) = (ran.took, what().chars().take(60).collect());
    }
    let mut wrong = Vec::new();
    if ran.exit != Some(0) {
        return vec![format!("{}: {ran}", what())];
    }
    if ran.took > SOON {
        wrong.push(format!("{} took {:?}", what(), ran.took));
    }
    if memory > MEMORY {
        wrong.push(format!("{} took {} MiB", what(), memory / 1024));
    }
    if bench.tree() != before {
        wrong.push(format!("{}: something was left behind", what()));
    }
    if ran.all().contains("root:x:") {
        wrong.push(format!("{}: a file outside was read", what()));
    }
    assert_printable(&ran);
    let made = ran.json();
    let sources = made["sources"].as_array().unwrap();
    for (n, input) in inputs.iter().enumerate() {
        let folder = format!("evidence/{n:03}/");
        let own: Vec<&Value> = sources.iter().filter(|s| s["path"].as_str().unwrap().starts_with(&folder)).collect();
        wrong.extend(differs(input, &own));
    }
    wrong
}

fn differs(input: &Input, own: &[&Value]) -> Option<String> {
    let reason = |s: &Value| s["reason"].as_str().unwrap_or_default().to_owned();
    let said = || own.iter().map(|s| format!("{} ({})", s["kind"], reason(s))).take(3).collect::<Vec<_>>().join(", ");
    let Wanted { kind, reason: why, sound } = &input.wanted;
    let long = own.iter().any(|s| reason(s).len() > 1500);
    let fits = own.iter().any(|s| {
        let why_not = reason(s);
        let told = if s["kind"] == "unknown" { !why_not.is_empty() } else { !*sound || why_not.is_empty() };
        told && kind.as_ref().is_none_or(|k| s["kind"] == k.as_str())
            && why.as_ref().is_none_or(|w| why_not.contains(w.as_str()))
    });
    (long || !fits).then(|| format!("{}: wanted {kind:?} {why:?}, got {}", input.name, said()))
}

/// Reads all inputs, small ones together.
pub fn read(inputs: Vec<Input>, of: &str) {
    let mut most = Most::default();
    let mut wrong = Vec::new();
    let (large, small): (Vec<_>, Vec<_>) = inputs.into_iter().partition(|i| i.alone || i.bytes.len() >= LARGE);
    for one in &large {
        wrong.extend(together(std::slice::from_ref(one), &mut most));
    }
    for some in small.chunks(times(TOGETHER, 1)) {
        wrong.extend(together(some, &mut most));
    }
    most.say(of);
    assert!(wrong.is_empty(), "{} of {} {of}:\n{}", wrong.len(), most.inputs, wrong.join("\n"));
}

/// One list of made-up ones.
fn list(name: &str) -> Vec<Made> {
    let path = repository().join(format!("tests/hostile/{name}.yaml"));
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn listed(name: &str) -> Vec<Input> {
    for made in list(name) {
        let says = made.kind.is_some() || made.reason.is_some() || made.sound;
        assert!(says, "{name}: {:?} does not say how it must stand", made.name);
    }
    let input = |made: Made| Input {
        name: made.name.clone().unwrap(),
        file: made.file.clone().unwrap(),
        bytes: made.bytes(),
        wanted: Wanted { kind: made.kind.clone(), reason: made.reason.clone(), sound: made.sound },
        alone: made.alone,
    };
    list(name).into_iter().map(input).collect()
}

#[test]
fn json() {
    read(listed("json"), "made-up JSON files");
}

#[test]
fn tables() {
    read(listed("tables"), "made-up tables");
}

#[test]
fn letters() {
    read(listed("mail"), "made-up letters");
}

#[test]
fn zones() {
    read(listed("zones"), "made-up zones");
}

#[test]
fn pages() {
    read(listed("pages"), "made-up pages");
}

#[test]
fn markup() {
    read(listed("markup"), "made-up XML files and workbooks");
}

#[test]
fn archives() {
    read(listed("archives"), "made-up archives and other files");
}

/// The lists of made-up ones.
const LISTS: [&str; 7] = ["json", "tables", "mail", "zones", "pages", "markup", "archives"];

/// All of them that can share a run.
pub fn made_up() -> Vec<Input> {
    LISTS.into_iter().flat_map(listed).filter(|i| !i.alone && i.bytes.len() < LARGE).collect()
}

/// Lists that shrink are noticed: the contract of the issue is 600 inputs, without those that are changed by chance.
#[test]
fn there_are_enough() {
    let own: usize = LISTS.iter().map(|l| list(l).len()).sum();
    let public = public::count();
    println!("summary: hostile: {} inputs, {own} of them made up, {public} from public lists", own + public);
    assert!(own >= 400 && own + public >= 1300, "{own} and {public}");
}
