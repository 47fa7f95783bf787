//! The records: as rendered, served by nsd.

use super::{named, word};
use crate::rendered::{CASES, REFUSED, case, rendered, zone_files};
use crate::servers::{Does, MX, Nsd, Relay, asked_for, plain};
use crate::support::{Bench, Ran, finish, need};
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A made-up group with everything answered, and its rendered zones.
fn moved(name: &str) -> (Bench, [String; 3]) {
    let bench = case(name);
    rendered(&bench, "may-first", true);
    let domain = CASES.iter().find(|(n, _)| *n == name).unwrap().1;
    let files = zone_files(&bench, domain).unwrap();
    (bench, files)
}

/// nsd with the zone of a file.
fn serve(bench: &Bench, domain: &str, path: &str) -> Nsd {
    let zone = if path.ends_with(".old.zone") { plain(bench, domain) } else { bench.text(path).into_bytes() };
    Nsd::serve(domain, &zone)
}

/// Runs `check`, with a resolver for each of `addresses`.
fn check(bench: &Bench, addresses: &[SocketAddr], more: &[&str]) -> Ran {
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let mut args = vec!["check"];
    for address in &addresses {
        args.extend(["--resolver", address]);
    }
    args.extend(more);
    bench.run(&args)
}

#[test]
fn a_zone_that_is_served_as_rendered_is_safe() {
    for (name, domain) in CASES.iter().filter(|(n, _)| *n != REFUSED) {
        let (bench, [_, after, _]) = moved(name);
        let nsd = serve(&bench, domain, &after);
        let ran = check(&bench, &[nsd.address], &[]).ok();
        assert_eq!(word(&ran), "safe", "{domain}: {ran}");
        let spanish = check(&bench, &[nsd.address], &["--lang", "es"]).ok();
        assert_eq!(word(&spanish), "seguro");
        let report = check(&bench, &[nsd.address], &["--json"]).ok().json();
        assert_eq!((&report["schema"], &report["word"]), (&"decamp/check/1".into(), &"safe".into()));
        assert!(report["checked"]["dns"]["found"].as_u64().unwrap() > 4);
        assert_eq!(named(&report, "missing"), Vec::<String>::new());
    }
}

#[test]
fn a_resolver_that_holds_old_answers_is_waited_for() {
    let (name, domain) = ("taller-norte", "tallernorte.example");
    let (bench, [prepare, after, old]) = moved(name);
    let (new, before) = (serve(&bench, domain, &after), serve(&bench, domain, &prepare));
    // The clock stands at midnight UTC. The prepared records are remembered for five minutes, what only goes for its hour.
    let ran = check(&bench, &[new.address, before.address], &[]).exits(1);
    assert_eq!(word(&ran), "wait until 01:00", "{ran}");
    assert!(ran.stdout.contains("tallernorte.example MX @") && ran.stdout.contains("until 00:05"), "{ran}");
    let report = check(&bench, &[new.address, before.address], &["--json"]).exits(1).json();
    assert_eq!((&report["word"], &report["until"]), (&"wait".into(), &"2026-12-01T01:00:00+00:00".into()));
    let late = report["findings"].as_array().unwrap().iter().filter(|f| f["state"] == "missing");
    assert!(late.clone().count() > 0 && late.clone().all(|f| f["at"] == before.address.to_string()), "{report:#}");
    let mx = format!("{domain} MX");
    assert!(late.clone().any(|f| f["name"] == mx.as_str() && f["until"].is_string()), "{report:#}");
    // Nothing was changed at all: the longest of the old TTLs.
    let untouched = serve(&bench, domain, &old);
    let ran = check(&bench, &[untouched.address], &["--lang", "es"]).exits(1);
    assert!(word(&ran).starts_with("esperen hasta "), "{ran}");
    assert!(ran.stdout.contains("nadie tiene todavía la respuesta nueva"), "{ran}");
    // The time of day goes with the clock, not with the day that is given.
    let ran = check(&bench, &[new.address, before.address], &["--today", "2026-12-24"]).exits(1);
    assert_eq!(word(&ran), "wait until 01:00", "{ran}");
}

/// A zone's text without its lines of a type (and a mark), and with those of another zone instead.
fn with(zone: &str, other: &str, fits: impl Fn(&str) -> bool) -> String {
    let kept = zone.lines().filter(|l| !fits(l)).chain(other.lines().filter(|l| fits(l)));
    kept.map(|l| format!("{l}\n")).collect()
}

#[test]
fn each_cut_over_has_its_own_time() {
    let (domain, mail) = ("redraiz.example", "mail-microsoft-365-cut-over");
    let bench = case("red-raiz");
    rendered(&bench, "may-first", true);
    let [prepare, after, old] = zone_files(&bench, domain).unwrap().map(|f| bench.text(&f));
    // January: the name servers moved, and nothing else.
    let names = with(&prepare, &after, |l| l.starts_with(&format!("{domain}.")) && l.contains("\tNS\t"));
    let nsd = Nsd::serve(domain, names.as_bytes());
    let ran = check(&bench, &[nsd.address], &[]).ok();
    assert_eq!(word(&ran), "safe", "{ran}");
    assert!(ran.stdout.contains("Mail has not been switched yet") && ran.stdout.contains(mail), "{ran}");
    let ran = check(&bench, &[nsd.address], &["--lang", "es"]).ok();
    assert!(word(&ran) == "seguro" && ran.stdout.contains("Correo todavía no se cambia"), "{ran}");
    // Who says that the mail was switched is told that nobody sees it.
    let plan = bench.text("plan/plan.yaml");
    bench.run(&["done", mail, "--force"]);
    let ticked = bench.text("plan/plan.yaml");
    assert_ne!(plan, ticked);
    let ran = check(&bench, &[nsd.address], &[]).exits(1);
    assert!(word(&ran).starts_with("wait until ") && ran.stdout.contains("redraiz.example MX"), "{ran}");
    bench.put("plan/plan.yaml", &plan);
    // August: mail moved; both may send, and DMARC is relaxed, until the records are cleaned.
    let moved = with(&after, &prepare, |l| l.contains("v=spf1"));
    let relaxed = moved.replace("p=reject", "p=none");
    assert_ne!(relaxed, moved);
    let nsd = Nsd::serve(domain, relaxed.as_bytes());
    let ran = check(&bench, &[nsd.address], &[]).ok();
    assert_eq!(word(&ran), "safe", "{ran}");
    assert!(ran.stdout.contains("cleaned up later") && !ran.stdout.contains(mail), "{ran}");
    // The new place must be let in by then.
    let refused = with(&after, &old, |l| l.contains("v=spf1"));
    let nsd = Nsd::serve(domain, refused.as_bytes());
    check(&bench, &[nsd.address], &[]).exits(1);
    // DMARC as it was in the end, and no other.
    let strict = Nsd::serve(domain, after.as_bytes());
    assert_eq!(word(&check(&bench, &[strict.address], &[]).ok()), "safe");
    let other = Nsd::serve(domain, after.replace("p=reject", "p=quarantine").as_bytes());
    assert_eq!(word(&check(&bench, &[other.address], &[]).exits(1)), "can't tell");
}

#[test]
fn a_domain_without_mail_goes_back_with_the_file() {
    let (name, domain) = ("taller-norte", "tallernorte.example");
    let (bench, [_, after, old]) = moved(name);
    let without: String =
        bench.text(&after).lines().filter(|l| !l.contains("\tMX\t")).map(|l| format!("{l}\n")).collect();
    let nsd = Nsd::serve(domain, without.as_bytes());
    let ran = check(&bench, &[nsd.address], &[]).exits(1);
    assert_eq!(word(&ran), "go back", "{ran}");
    assert!(ran.stdout.lines().nth(1).unwrap().contains(&old), "{ran}");
    let report = check(&bench, &[nsd.address], &["--json"]).exits(1).json();
    assert_eq!((&report["word"], &report["file"]), (&"go-back".into(), &old.as_str().into()));
    assert!(named(&report, "missing").contains(&format!("{domain} MX")), "{report:#}");
    // Going back: the old zone as it was, and nobody has to move again to see that mail works.
    let back = Nsd::serve(domain, &plain(&bench, domain));
    let report = check(&bench, &[back.address], &["--json"]).exits(1).json();
    assert_eq!(report["word"], "wait", "{report:#}");
}

#[test]
fn a_typo_is_named() {
    let (name, domain) = ("taller-norte", "tallernorte.example");
    let (bench, [_, after, _]) = moved(name);
    let typo = bench.text(&after).replace("include:_spf.casa-servidor", "include:_spf.cassa-servidor");
    let nsd = Nsd::serve(domain, typo.as_bytes());
    let ran = check(&bench, &[nsd.address], &[]).exits(1);
    assert_eq!(word(&ran), "can't tell", "{ran}");
    assert!(ran.stdout.contains(&format!("{domain} TXT")) && ran.stdout.contains("cassa-servidor"), "{ran}");
}

#[test]
fn silence_is_unknown_and_never_missing() {
    let (name, domain) = ("taller-norte", "tallernorte.example");
    let (bench, [_, after, _]) = moved(name);
    let nsd = serve(&bench, domain, &after);
    std::thread::scope(|scope| {
        for does in [Does::Silent, Does::Refuse, Does::Fail, Does::Lie] {
            let (bench, nsd) = (&bench, &nsd);
            scope.spawn(move || {
                let relay =
                    Relay::to(nsd, move |name, rtype, _| if name == domain && rtype == MX { does } else { Does::Ask });
                let ran = check(bench, &[relay.address], &[]).exits(1);
                assert_eq!(word(&ran), "can't tell", "{ran}");
                let report = check(bench, &[relay.address], &["--json"]).exits(1).json();
                assert_eq!(named(&report, "missing"), Vec::<String>::new());
                assert_eq!(named(&report, "unknown"), [format!("{domain} MX")]);
            });
        }
    });
}

#[test]
fn an_open_question_is_never_safe() {
    for (name, domain) in CASES.iter().filter(|(n, _)| *n != REFUSED) {
        let bench = case(name);
        rendered(&bench, "may-first", false);
        let [_, after, _] = zone_files(&bench, domain).unwrap();
        let nsd = serve(&bench, domain, &after);
        let ran = check(&bench, &[nsd.address], &[]).exits(1);
        assert_eq!(word(&ran), "can't tell", "{domain}: {ran}");
        assert!(ran.stdout.contains("still open: may-first: "), "{ran}");
        let ran = check(&bench, &[nsd.address], &["--lang", "es"]).exits(1);
        assert!(word(&ran) == "no se sabe" && ran.stdout.contains("sigue abierto: may-first: "), "{ran}");
    }
}

#[test]
fn a_domain_of_which_only_the_changes_are_known_is_checked_too() {
    let (name, domain) = ("taller-norte", "tallernorte.example");
    let bench = case(name);
    let nsd = Nsd::serve(domain, &plain(&bench, domain));
    std::fs::remove_file(bench.dir().join(format!("evidence/{domain}.zone"))).unwrap();
    bench.run(&["inventory", "--dns", domain, "--resolver", &nsd.resolver()]).ok();
    bench.run(&["plan", "--to", "may-first"]).ok();
    bench.run(&["render"]).ok();
    let ran = check(&bench, &[nsd.address], &[]).exits(1);
    assert_eq!(word(&ran), "can't tell", "{ran}");
    assert!(ran.stdout.contains("still open: may-first: ") && ran.stdout.contains("DNS: "), "{ran}");
    let nothing = Nsd::serve(domain, crate::support::zone("").replace("casaabierta", "tallernorte").as_bytes());
    let ran = check(&bench, &[nothing.address], &[]).exits(1);
    assert_eq!(word(&ran), "go back", "{ran}");
    assert!(ran.stdout.contains("changes.md"), "{ran}");
}

#[test]
fn without_anything_rendered_there_is_nothing_to_check() {
    let bench = Bench::group("casaabierta.example");
    bench.run(&["check"]).exits(2).says("decamp render");
    bench.run(&["check", "--resolver", "resolver.example"]).exits(2);
}

#[test]
fn lookups_are_listed_before_they_are_made_and_go_only_to_the_chosen_resolver() {
    let (name, domain) = ("taller-norte", "tallernorte.example");
    let (bench, [_, after, _]) = moved(name);
    let nsd = serve(&bench, domain, &after);
    let (address, log) = (nsd.address.to_string(), bench.top().join("trace"));
    let args = ["check", "--resolver", &address];
    let mut command = Command::new(need("strace"));
    bench.settle(&mut command);
    command.args(["-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg,write", "-s", "200", "-o"]);
    command.arg(&log).arg(env!("CARGO_BIN_EXE_decamp")).args(args);
    finish(command, b"", &args).ok();
    let calls = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    let sent = |l: &str| l.contains("sin_port") || l.contains("sin6_port");
    let to_nsd = format!("sin_port=htons({}), sin_addr=inet_addr(\"127.0.0.1\")", nsd.address.port());
    assert!(calls.lines().any(sent), "{calls}");
    for line in calls.lines().filter(|l| sent(l)) {
        assert!(line.contains(&to_nsd), "somebody else is asked: {line}");
    }
    let first = calls.lines().position(sent).unwrap();
    let told = calls.lines().take(first).filter(|l| l.contains("asking ")).count();
    let all = calls.lines().filter(|l| l.contains("asking ")).count();
    assert!(told == all && all > 4, "{told} of {all} look-ups are told before the first is made");
    // A rehearsal lists the same, and asks nobody.
    let rehearsed = check(&bench, &["127.0.0.1:9".parse().unwrap()], &["--dry-run"]).ok();
    assert_eq!(rehearsed.stderr.lines().filter(|l| l.starts_with("asking ")).count(), all, "{rehearsed}");
    assert!(rehearsed.took < Duration::from_secs(2));
}

/// A name server of the worst kind: each question is answered by `answers`, until it is dropped.
pub(super) struct Hostile {
    pub(super) address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Hostile {
    pub(super) fn new(answers: impl Fn(&[u8], usize) -> Vec<Vec<u8>> + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let (address, stop) = (socket.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            let mut n = 0;
            while !stopped.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                n += 1;
                for answer in answers(&buffer[..length], n) {
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        Self { address, stop, thread: Some(thread) }
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// An answer to `question` with these records: owner, type, data.
pub(super) fn answer(question: &[u8], records: &[(Vec<u8>, u16, Vec<u8>)]) -> Vec<u8> {
    let end = 12 + question[12..].iter().position(|b| *b == 0).unwrap() + 5;
    let mut out = question[..end].to_vec();
    out[2] = 0x81;
    out[3] = 0x80;
    out[6..8].copy_from_slice(&u16::try_from(records.len()).unwrap().to_be_bytes());
    // No authority, nothing additional.
    out[8..12].fill(0);
    for (owner, rtype, data) in records {
        out.extend(owner);
        out.extend(rtype.to_be_bytes());
        out.extend([0, 1, 0, 0, 1, 44]);
        out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(data);
    }
    out
}

fn wire(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for label in name.split('.') {
        out.push(u8::try_from(label.len()).unwrap());
        out.extend(label.bytes());
    }
    out.push(0);
    out
}

/// CNAME (RFC 1035).
const CNAME: u16 = 5;

/// The owner of a record, when it is the name that was asked for.
pub(super) const ASKED: [u8; 2] = [0xc0, 12];

#[test]
fn hostile_name_servers_give_unknown_in_bounded_time() {
    let (bench, _) = moved("taller-norte");
    let alias = |question: &[u8], to: Vec<u8>| vec![answer(question, &[(ASKED.to_vec(), CNAME, to)])];
    let servers = [
        ("endless", Hostile::new(move |q, n| alias(q, wire(&format!("n{n}.tallernorte.example"))))),
        ("circle", Hostile::new(move |q, _| alias(q, ASKED.to_vec()))),
        (
            "many",
            Hostile::new(|q, _| vec![answer(q, &vec![(ASKED.to_vec(), asked_for(q).1, vec![192, 0, 2, 7]); 4000])]),
        ),
        ("strange", Hostile::new(|q, _| vec![answer(q, &[(ASKED.to_vec(), asked_for(q).1, vec![0xff; 300])])])),
        ("noise", Hostile::new(|q, _| vec![answer(&[&[q[0] ^ 0xff], &q[1..]].concat(), &[]); 400])),
        ("cut", Hostile::new(|q, _| vec![q[..7].to_vec()])),
    ];
    std::thread::scope(|scope| {
        for (name, server) in servers {
            let bench = &bench;
            scope.spawn(move || {
                let ran = check(bench, &[server.address], &["--json"]).exits(1);
                let report = ran.json();
                // An alias that leads nowhere is an answer about other types, but never one that all is well.
                assert_ne!(report["word"], "safe", "{name}: {ran}");
                if !["endless", "circle"].contains(&name) {
                    assert_eq!(named(&report, "missing"), Vec::<String>::new(), "{name}");
                }
                assert!(ran.took < Duration::from_secs(55), "{name} took {:?}", ran.took);
            });
        }
    });
}
