//! `--dns`, against a real name server (nsd) on loopback, and against one that fails in chosen ways.

use crate::rendered::{CASES, REFUSED, WAYS_ANSWERED, answers, case, changes, program, render};
use crate::support::{Bench, Ran, need, tree};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// nsd with one zone, until it is dropped.
pub(crate) struct Nsd {
    child: Child,
    pub(crate) address: SocketAddr,
    _dir: tempfile::TempDir,
}

impl Nsd {
    pub(crate) fn serve(domain: &str, zone: &[u8]) -> Self {
        // A free port may be taken by another before nsd has it: then once more.
        for _ in 0..5 {
            if let Some(nsd) = Self::try_serve(domain, zone) {
                return nsd;
            }
        }
        panic!("nsd does not answer about {domain}");
    }

    fn try_serve(domain: &str, zone: &[u8]) -> Option<Self> {
        let dir = tempfile::Builder::new().prefix("decamp-nsd-").tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).display().to_string();
        fs::write(at("zone"), zone).unwrap();
        let address = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let conf = format!(
            "server:\n  ip-address: 127.0.0.1@{port}\n  server-count: 1\n  username: \"\"\n  chroot: \"\"\n  zonesdir: \"{dir}\"\n  xfrdir: \"{dir}\"\n  \
             pidfile: \"{dir}/nsd.pid\"\n  xfrdfile: \"{dir}/xfrd.state\"\n  zonelistfile: \"{dir}/zone.list\"\n  logfile: \"{dir}/log\"\n\
             remote-control:\n  control-enable: no\nzone:\n  name: \"{domain}\"\n  zonefile: \"zone\"\n",
            port = address.port(),
            dir = dir.path().display(),
        );
        fs::write(at("nsd.conf"), conf).unwrap();
        let child = Command::new(need("nsd"))
            .args(["-d", "-c", &at("nsd.conf")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut nsd = Self { child, address, _dir: dir };
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) {
            if nsd.child.try_wait().unwrap().is_some() {
                return None;
            }
            let dig = Command::new(need("dig"))
                .args([
                    "+short",
                    "+time=1",
                    "+tries=1",
                    "-p",
                    &nsd.address.port().to_string(),
                    "@127.0.0.1",
                    domain,
                    "SOA",
                ])
                .output()
                .unwrap();
            if dig.status.success() && !dig.stdout.is_empty() && dig.stdout[0] != b';' {
                return Some(nsd);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        None
    }

    pub(crate) fn resolver(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Nsd {
    fn drop(&mut self) {
        // With SIGTERM it ends its own children too.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// The number of MX (RFC 1035).
pub(crate) const MX: u16 = 15;

/// What a [`Relay`] does with a question.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Does {
    Ask,
    Refuse,
    Fail,
    Silent,
    Lie,
}

/// Passes questions on to nsd, but for those that `chooses` otherwise; it sees the name and how many came before.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Relay {
    pub(crate) fn to(nsd: &Nsd, chooses: impl Fn(&str, u16, usize) -> Does + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let address = socket.local_addr().unwrap();
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, count, upstream) = (stop.clone(), asked.clone(), nsd.address);
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while !stopped.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                let question = buffer[..length].to_vec();
                let reply = |code: u8| {
                    let mut reply = question.clone();
                    reply[2] |= 0x80;
                    reply[3] = (reply[3] & 0xf0) | code;
                    reply
                };
                let (name, rtype) = asked_for(&question);
                let answer = match chooses(&name, rtype, count.fetch_add(1, Ordering::Relaxed)) {
                    Does::Silent => continue,
                    Does::Refuse => reply(5),
                    Does::Fail => reply(2),
                    // Not an answer to any question: it must be passed over, not taken for one.
                    Does::Lie => vec![0xff; 40],
                    Does::Ask => {
                        let Some(answer) = pass_on(upstream, &question) else { continue };
                        answer
                    }
                };
                let _ = socket.send_to(&answer, from);
            }
        });
        Self { address, stop, asked, thread: Some(thread) }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

pub(crate) fn pass_on(upstream: SocketAddr, question: &[u8]) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind("127.0.0.1:0").ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    socket.send_to(question, upstream).ok()?;
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).ok()?;
    Some(buffer[..length].to_vec())
}

/// The name that is asked for, in lower case, and the type.
pub(crate) fn asked_for(question: &[u8]) -> (String, u16) {
    let (mut at, mut labels) = (12, Vec::new());
    while let Some(length) = question.get(at).map(|l| usize::from(*l)).filter(|l| *l > 0) {
        labels.push(String::from_utf8_lossy(&question[at + 1..at + 1 + length]).to_ascii_lowercase());
        at += length + 1;
    }
    (labels.join("."), u16::from_be_bytes([question[at + 1], question[at + 2]]))
}

/// Service → confidence.
fn services(inventory: &Value) -> BTreeMap<String, String> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    inventory["services"].as_array().unwrap().iter().map(|s| (text(&s["id"]), text(&s["confidence"]))).collect()
}

/// A case's zone without `$GENERATE`, which nsd does not know.
pub(crate) fn plain(bench: &Bench, domain: &str) -> Vec<u8> {
    let (good, said) = program(
        bench,
        "named-compilezone",
        &["-q", "-D", "-i", "none", "-o", "-", domain, &format!("evidence/{domain}.zone")],
    );
    assert!(good, "{said}");
    said.into_bytes()
}

fn ask(bench: &Bench, domain: &str, resolver: &str) -> Ran {
    bench.run(&["inventory", "--dns", domain, "--resolver", resolver, "-o", "-", "--json"])
}

/// A workspace for one zone, and the zone served.
fn served(domain: &str, zone: &str) -> (Bench, Nsd) {
    let bench = Bench::group(domain).file(&format!("{domain}.zone"), zone);
    let nsd = Nsd::serve(domain, zone.as_bytes());
    (bench, nsd)
}

#[test]
fn a_served_zone_gives_the_same_services_as_its_file() {
    for (name, domain) in CASES.iter().filter(|(n, _)| *n != REFUSED) {
        let bench = case(name);
        let nsd = Nsd::serve(domain, &plain(&bench, domain));
        let file = bench.inventory(&[&format!("evidence/{domain}.zone")]);
        let asked = ask(&bench, domain, &nsd.resolver()).ok().json();
        assert_eq!(services(&asked), services(&file), "{domain}");
        assert_eq!(asked["sources"][0]["kind"], "dns");
        assert_eq!(asked["zones"][0]["complete"], false);
    }
}

#[test]
fn a_name_that_answers_to_everything_proves_nothing() {
    let domain = "casaabierta.example";
    for wild in [
        "* IN CNAME hosting.example.net.\n",
        "* IN A 192.0.2.9\n",
        "* IN AAAA 2001:db8::9\n* IN A 192.0.2.9\n* IN A 192.0.2.10\n",
        "* IN TXT \"v=spf1 -all\"\n",
        "* IN MX 5 mail.example.net.\n* IN TXT \"v=DKIM1; p=MIGfMA0\"\n",
        "*._domainkey IN TXT \"v=DKIM1; p=\"\n",
        "*._domainkey IN CNAME keys.example.net.\n",
    ] {
        let zone = crate::support::zone(&format!(
            "ns IN A 192.0.2.1\n@ IN MX 1 aspmx.l.google.com.\n@ IN TXT \"v=spf1 include:_spf.google.com ~all\"\n{wild}"
        ));
        let (bench, nsd) = served(domain, &zone);
        let file = bench.inventory(&[&format!("{domain}.zone")]);
        let asked = ask(&bench, domain, &nsd.resolver()).ok().json();
        assert_eq!(services(&asked), services(&file), "with {wild}");
        assert!(!asked.to_string().contains("decamp-asks"), "the made-up name is taken for one of the group's: {wild}");
    }
}

#[test]
fn what_is_rendered_from_a_resolver_is_changes_only() {
    for (name, domain) in CASES.iter().filter(|(n, _)| *n != REFUSED) {
        let bench = case(name);
        let path = format!("evidence/{domain}.zone");
        let nsd = Nsd::serve(domain, &plain(&bench, domain));
        fs::remove_file(bench.dir().join(path)).unwrap();
        bench.run(&["inventory", "--dns", domain, "--resolver", &nsd.resolver()]).ok();
        assert!(bench.has(&format!("evidence/dns/{domain}.zone")));
        bench.run(&["plan", "--to", "may-first"]).ok();
        for sets in WAYS_ANSWERED.map(|answered| if answered { answers("may-first") } else { Vec::new() }) {
            render(&bench, &sets).ok().says("resolver");
            let zones: Vec<String> =
                tree(&bench.dir()).into_keys().filter(|p| p.starts_with("configs/") && p.ends_with(".zone")).collect();
            assert_eq!(zones, Vec::<String>::new(), "{domain}");
            for (ext, why) in [("changes.md", "asking name servers"), ("changes.es.md", "servidores de nombres")] {
                assert!(changes(&bench, domain, ext).contains(why), "{ext} does not say why there is no zone");
            }
        }
    }
}

#[test]
fn a_dead_resolver_is_the_machines_failure() {
    let domain = "casaabierta.example";
    let bench = Bench::group(domain);
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let before = bench.tree();
    let ran = bench.run(&["inventory", "--dns", domain, "--resolver", &port.to_string()]).exits(3);
    assert!(ran.all().contains("no answer") && ran.all().contains("--resolver"), "{ran}");
    assert!(before.keys().eq(bench.tree().keys().filter(|k| !k.contains(".decamp"))), "something was written");
    bench.run(&["inventory", "--dns", "not a domain", "--resolver", "127.0.0.1:53"]).exits(2);
    bench.run(&["inventory", "--dns", domain, "--resolver", "resolver.example"]).exits(2);
}

#[test]
fn no_answer_is_never_taken_for_no_record() {
    let domain = "tallernorte.example";
    std::thread::scope(|scope| {
        for does in [Does::Refuse, Does::Fail, Does::Silent, Does::Lie] {
            scope.spawn(move || one_name_fails(domain, does));
        }
    });
}

fn one_name_fails(domain: &str, does: Does) {
    let bench = case("taller-norte");
    let nsd = Nsd::serve(domain, bench.text(&format!("evidence/{domain}.zone")).as_bytes());
    let relay = Relay::to(&nsd, move |name, _, _| if name.starts_with("autodiscover.") { does } else { Does::Ask });
    let resolver = relay.address.to_string();
    let ran = bench
        .run(&["inventory", "--dns", domain, "--resolver", &resolver])
        .ok()
        .says("autodiscover.tallernorte.example");
    assert!(ran.stderr.lines().filter(|l| l.contains("no answer")).all(|l| l.contains("autodiscover")), "{ran}");
    let saved = bench.text(&format!("evidence/dns/{domain}.zone"));
    assert!(saved.lines().any(|l| l.starts_with(';') && l.contains("autodiscover")), "{saved}");
    assert!(relay.asked.load(Ordering::Relaxed) > 20);
    assert!(ran.took < Duration::from_secs(100), "{:?}", ran.took);
    // In Spanish too.
    if does == Does::Refuse {
        bench.run(&["--lang", "es", "inventory", "--dns", domain, "--resolver", &resolver]).ok().says("sin respuesta");
    }
}

#[test]
fn an_apex_that_does_not_answer_for_one_type_is_not_without_it() {
    // The MX question alone fails: then mail is unknown, and nothing may say that there is none.
    let domain = "rioclaro.example";
    let bench = case("rio-claro");
    let nsd = Nsd::serve(domain, bench.text(&format!("evidence/{domain}.zone")).as_bytes());
    let relay =
        Relay::to(&nsd, move |name, rtype, _| if name == domain && rtype == MX { Does::Refuse } else { Does::Ask });
    let ran = ask(&bench, domain, &relay.address.to_string()).ok().says("rioclaro.example MX");
    assert!(!services(&ran.json()).is_empty(), "{ran}");
}

#[test]
fn a_server_that_dies_midway_leaves_the_rest_unknown() {
    let domain = "tallernorte.example";
    let bench = case("taller-norte");
    let nsd = Nsd::serve(domain, bench.text(&format!("evidence/{domain}.zone")).as_bytes());
    // The apex is answered, then nothing any more.
    let relay = Relay::to(&nsd, |_, _, n| if n < 12 { Does::Ask } else { Does::Refuse });
    let ran = bench.run(&["inventory", "--dns", domain, "--resolver", &relay.address.to_string()]).ok();
    let unknown = ran.stderr.lines().filter(|l| l.contains("no answer")).count();
    assert!(unknown > 10, "{ran}");
    assert!(services(&bench.inventory(&[&format!("evidence/dns/{domain}.zone")])).contains_key("microsoft-365"));
    drop(relay);
    // The process itself ends while it is asked.
    let bench = case("taller-norte");
    let killed = Arc::new(AtomicBool::new(false));
    let pid = nsd.child.id();
    let once = killed.clone();
    let relay = Relay::to(&nsd, move |_, _, n| {
        if n >= 15 && !once.swap(true, Ordering::Relaxed) {
            let _ = Command::new("kill").arg(pid.to_string()).status();
            std::thread::sleep(Duration::from_millis(300));
        }
        if n >= 40 { Does::Refuse } else { Does::Ask }
    });
    let ran = bench.run(&["inventory", "--dns", domain, "--resolver", &relay.address.to_string()]);
    assert!(killed.load(Ordering::Relaxed));
    assert!(ran.exit == Some(0) && ran.stderr.contains("no answer") || ran.exit == Some(3), "{ran}");
    assert!(ran.took < Duration::from_secs(150), "{:?}", ran.took);
}
