//! `--site`: pages of the new site, and addresses that are not connected to.

use super::dns::{ASKED, Hostile, answer};
use super::files::https;
use super::{named, word};
use crate::servers::asked_for;
use crate::support::{Bench, Ran, finish, need};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// An HTTP server that hands each connection to `serves`, until the test ends; and how many came.
fn http(serves: impl Fn(&mut std::net::TcpStream) + Send + Sync + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let (count, serves) = (asked.clone(), Arc::new(serves));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            count.fetch_add(1, Ordering::Relaxed);
            let serves = serves.clone();
            std::thread::spawn(move || {
                let _ = stream.set_write_timeout(Some(Duration::from_secs(60)));
                let mut byte = [0];
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                    head.push(byte[0]);
                }
                serves(&mut stream);
            });
        }
    });
    (address, asked)
}

/// One that always answers the same.
fn always(answer: impl Into<Vec<u8>>) -> (SocketAddr, Arc<AtomicUsize>) {
    let answer = answer.into();
    http(move |stream| drop(stream.write_all(&answer)))
}

fn page(html: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{html}",
        html.len()
    )
    .into_bytes()
}

/// A group that leaves Google's analytics and fonts, with its plan.
fn group() -> Bench {
    let bench = Bench::group("casaabierta.example");
    bench.put("evidence/old.html", OLD);
    bench.run(&["inventory"]).ok();
    bench.run(&["plan"]).ok();
    bench
}

const OLD: &str = "<!doctype html><html><head><link rel=\"stylesheet\" href=\"https://fonts.googleapis.com/css?family=X\"><script src=\"https://www.googletagmanager.com/gtag/js?id=G-1\"></script></head><body><h1>Casa Abierta</h1></body></html>";
const NEW: &str = "<!doctype html><html><head><link rel=\"stylesheet\" href=\"/fonts.css\"></head><body><h1>Casa Abierta</h1><a href=\"https://www.youtube.com/x\">a link loads nothing</a></body></html>";

fn check(bench: &Bench, url: &str, more: &[&str]) -> Ran {
    let mut args = vec!["check", "--site", url, "--allow-private"];
    args.extend(more);
    bench.run(&args)
}

#[test]
fn old_embeds_are_named_and_a_clean_page_is_safe() {
    let bench = group();
    let (clean, _) = always(page(NEW));
    let ran = check(&bench, &format!("http://{clean}/"), &[]).ok();
    assert_eq!(word(&ran), "safe", "{ran}");
    assert!(ran.stdout.contains("the DNS was not looked at"), "{ran}");
    let (old, _) = always(page(OLD));
    let ran = check(&bench, &format!("http://{old}/"), &["--json"]).exits(1);
    // What the plan leaves, and what it has no answer for yet.
    assert_eq!(named(&ran.json(), "missing"), ["Google Fonts"], "{ran}");
    assert_eq!(named(&ran.json(), "unknown"), ["Google Analytics and Tag Manager"], "{ran}");
    assert!(ran.stdout.contains("fonts.googleapis.com") && ran.stdout.contains("googletagmanager.com"), "{ran}");
    let ran =
        check(&bench, &format!("http://{old}/"), &["--lang", "es", "--site", &format!("http://{clean}/")]).exits(1);
    assert!(
        word(&ran) == "no se sabe"
            && ran.stdout.contains("todavía carga desde servicios que ustedes dejan: Google Fonts"),
        "{ran}"
    );
    // Without a plan nobody knows what may be there.
    let ran = check(&Bench::new(), &format!("http://{old}/"), &["--json"]).exits(1);
    assert_eq!(named(&ran.json(), "missing"), Vec::<String>::new(), "{ran}");
    // Over TLS, and by way of a redirect.
    let (dir, port, _) = https(|head| {
        if head.starts_with("GET / ") {
            b"HTTP/1.1 302 Found\r\nLocation: /inicio\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
        } else {
            page(OLD)
        }
    });
    let ca = dir.path().join("ca.pem").display().to_string();
    let ran = check(&bench, &format!("https://127.0.0.1:{port}/"), &["--ca", &ca]).exits(1);
    assert!(ran.stdout.contains("fonts.googleapis.com"), "{ran}");
    let ran = check(&bench, &format!("https://127.0.0.1:{port}/"), &["--json"]).exits(1);
    assert!(named(&ran.json(), "missing").is_empty() && ran.stdout.contains("unknown"), "{ran}");
}

#[test]
fn an_inventory_fetches_a_page_and_keeps_it_as_evidence() {
    let bench = Bench::group("casaabierta.example");
    let (address, asked) = always(page(OLD));
    let url = format!("http://{address}/a/b");
    let ran = bench.run(&["inventory", "--site", &url, "--allow-private", "--json"]).ok();
    let made = ran.json();
    assert_eq!((&made["sources"][0]["kind"], &made["sources"][0]["care"]), (&"site".into(), &"open".into()), "{ran}");
    let path = made["sources"][0]["path"].as_str().unwrap().to_owned();
    assert!(path.starts_with("evidence/site/127.0.0.1-a-b") && bench.has(&path), "{ran}");
    let found = crate::support::ids(&made, "likely");
    assert!(found.contains(&"google-fonts".to_owned()), "{found:?}");
    // Read again, it is the same evidence, and nobody is asked.
    let again = bench.run(&["inventory", "--json"]).ok().json();
    assert_eq!(again["services"], made["services"]);
    assert_eq!(again["sources"][0]["kind"], "site");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    // A refused address is the command's fault, a dead server the machine's; nothing is kept.
    bench.run(&["inventory", "--site", &url]).exits(2).says("--allow-private");
    bench
        .run(&["inventory", "--site", &format!("http://127.0.0.1:{}/", super::servers::port()), "--allow-private"])
        .exits(3);
    assert_eq!(std::fs::read_dir(bench.dir().join("evidence/site")).unwrap().count(), 1);
}

#[test]
fn private_addresses_are_refused_however_they_are_written() {
    let (canary, asked) = always(page(NEW));
    let port = canary.port();
    let mut hosts: Vec<String> = [
        "127.0.0.1",
        "127.1",
        "127.255.255.254",
        "0x7f.1",
        "0x7f000001",
        "0177.1",
        "0177.0.0.01",
        "2130706433",
        "017700000001",
        "127.0.0.1.",
        "１２７.0.0.1",
        "127。0。0。1",
        "127%2e0.0.1",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[::]",
        "0",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.254",
        "192.168.0.1",
        "169.254.169.254",
        "169.254.0.1",
        "0xa9fea9fe",
        "2852039166",
        "[::ffff:169.254.169.254]",
        "[fe80::1]",
        "[fe80::a9fe:a9fe]",
        "[febf::1]",
        "[fd00::1]",
        "[fd00:ec2::254]",
        "[fc00::1]",
        "[fdff:ffff::1]",
        "100.64.0.1",
        "100.127.255.254",
        "100.100.100.200",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "[ff02::1]",
        "[2001:db8::1]",
        "[2002:7f00:1::]",
        "[2001::1]",
        "[100::1]",
        "[fec0::1]",
        "0.0.0.1",
    ]
    .map(str::to_owned)
    .to_vec();
    // All of 10/8 written as one number, and parts of numbers in every base.
    hosts.extend((0..8_u32).map(|n| (0x0a00_0001 + n * 0x0010_0000).to_string()));
    hosts.extend(
        ["0xc0.0xa8.0x1.0x1", "0300.0250.1.1", "192.168.257", "0xac.0x10.1", "10.1", "0x0a.1", "012.1"]
            .map(str::to_owned),
    );
    assert!(hosts.len() >= 75);
    let bench = group();
    for scheme in ["http", "https"] {
        // All in one run: what is refused costs no time.
        let urls: Vec<String> = hosts.iter().map(|h| format!("{scheme}://{h}:{port}/")).collect();
        let mut args = vec!["check", "--json"];
        urls.iter().for_each(|url| args.extend(["--site", url]));
        let ran = bench.run(&args).exits(1);
        let count = &ran.json()["checked"]["site"];
        assert_eq!((count["found"].as_u64(), count["unknown"].as_u64()), (Some(0), Some(hosts.len() as u64)), "{ran}");
    }
    for wrong in [
        "http://user@127.0.0.1/",
        "http://a:b@127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://127.0.0.1/",
        "javascript:x",
        "http://",
        "[fe80::1%25eth0]",
    ] {
        bench.run(&["check", "--site", wrong]).exits(2);
    }
    // What is nobody's server is refused whatever a flag says.
    for never in ["169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "[::ffff:127.0.0.1]", "0.0.0.0", "224.0.0.1"]
    {
        let ran = check(&bench, &format!("http://{never}:{port}/"), &[]).exits(1);
        assert!(ran.stdout.contains("no server"), "{ran}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0, "somebody connected");
}

/// The data of an A record.
fn a(parts: [u8; 4]) -> Vec<u8> {
    parts.to_vec()
}

#[test]
fn names_that_lead_to_private_addresses_are_refused() {
    let (canary, asked) = always(page(NEW));
    let bench = group();
    let port = canary.port();
    for addresses in
        [vec![a([127, 0, 0, 1])], vec![a([169, 254, 169, 254])], vec![a([93, 184, 215, 14]), a([127, 0, 0, 1])]]
    {
        let server = Hostile::new(move |question, _| {
            let records: Vec<_> = if asked_for(question).1 == 1 {
                addresses.iter().map(|a| (ASKED.to_vec(), 1, a.clone())).collect()
            } else {
                Vec::new()
            };
            vec![answer(question, &records)]
        });
        let (resolver, url) = (server.address.to_string(), format!("http://localtest.casaabierta.example:{port}/"));
        let ran = bench.run(&["check", "--site", &url, "--resolver", &resolver]).exits(1);
        assert!(word(&ran) == "can't tell" && ran.stdout.contains("localtest.casaabierta.example is "), "{ran}");
        // The look-up is told before it is made.
        assert!(ran.stderr.contains(&format!("asking {resolver}: localtest.casaabierta.example A")), "{ran}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0, "somebody connected");
}

#[test]
fn the_address_that_was_vetted_is_the_one_connected_to() {
    // The first answer is the group's own server; the second one would be somebody else's.
    let (own, asked) = always(page(NEW));
    let first = AtomicUsize::new(0);
    let server = Hostile::new(move |question, _| {
        let records = match asked_for(question).1 {
            1 if first.fetch_add(1, Ordering::Relaxed) == 0 => vec![(ASKED.to_vec(), 1, a([127, 0, 0, 1]))],
            1 => vec![(ASKED.to_vec(), 1, a([127, 0, 0, 2]))],
            _ => Vec::new(),
        };
        vec![answer(question, &records)]
    });
    let bench = group();
    let log = bench.top().join("trace");
    let (resolver, url) = (server.address.to_string(), format!("http://nube.casaabierta.example:{}/", own.port()));
    let args = ["check", "--site", &url, "--resolver", &resolver, "--allow-private"];
    let mut command = Command::new(need("strace"));
    bench.settle(&mut command);
    command.args(["-f", "-qq", "-e", "trace=connect", "-o"]).arg(&log).arg(env!("CARGO_BIN_EXE_decamp")).args(args);
    let ran = finish(command, b"", &args).ok();
    assert_eq!(word(&ran), "safe", "{ran}");
    let calls = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    assert!(!calls.contains("127.0.0.2"), "{calls}");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn redirects_are_vetted_at_each_hop() {
    let bench = group();
    let (canary, asked) = always(page(NEW));
    for to in [
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1/".to_owned(),
        "dict://127.0.0.1:11211/".to_owned(),
        "ftp://127.0.0.1/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[fd00:ec2::254]/".to_owned(),
        format!("http://user@127.0.0.1:{}/", canary.port()),
        "http://0.0.0.0/".to_owned(),
        "http://".to_owned(),
        String::new(),
    ] {
        let (address, _) =
            always(format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        let ran = check(&bench, &format!("http://{address}/"), &["--json"]).exits(1);
        assert_eq!(ran.json()["checked"]["site"]["unknown"], 1, "{to}: {ran}");
    }
    // From https to http, even on the same machine.
    let plain = canary.to_string();
    let (dir, port, _) = https(move |_| {
        format!("HTTP/1.1 301 Moved\r\nLocation: http://{plain}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .into_bytes()
    });
    let ca = dir.path().join("ca.pem").display().to_string();
    let ran = check(&bench, &format!("https://127.0.0.1:{port}/"), &["--ca", &ca]).exits(1);
    assert!(ran.stdout.contains("not by https"), "{ran}");
    assert_eq!(asked.load(Ordering::Relaxed), 0, "somebody followed");
}

#[test]
fn hostile_web_servers_leave_the_page_unknown_in_bounded_time_and_memory() {
    let bench = group();
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![b'a'; 1024 * 1024];
    (0..300).for_each(|_| bomb.write_all(&zeros).unwrap());
    let bomb = bomb.finish().unwrap();
    let mut packed = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        bomb.len()
    )
    .into_bytes();
    packed.extend(bomb);
    let circle = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        address
    };
    let endless = |head: &'static str, piece: &'static [u8], pause: Duration| {
        http(move |stream| {
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(piece).is_ok() {
                std::thread::sleep(pause);
            }
        })
        .0
    };
    const TEN_GB: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 10000000000\r\n\r\n<html>";
    const PIECE: &[u8] = &[b'x'; 64 * 1024];
    let now = Duration::ZERO;
    let cases: Vec<(&str, SocketAddr)> = vec![
        ("nobody", circle),
        ("loop", always("HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").0),
        ("bomb", always(packed).0),
        ("ten gigabytes", endless(TEN_GB, PIECE, now)),
        ("without end", endless("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", PIECE, now)),
        (
            "headers without end",
            endless("HTTP/1.1 200 OK\r\n", b"X-More: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n", now),
        ),
        ("slow body", endless(TEN_GB, b"x", Duration::from_secs(1))),
        ("slow headers", endless("HTTP/1.1 200 OK\r\nX: ", b"x", Duration::from_secs(1))),
        ("silence", endless("", b"", Duration::from_secs(1))),
        ("noise", always(vec![0xff; 100_000]).0),
        ("cut", always("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n<html>").0),
        ("an error", always("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n").0),
        ("no page", always("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n\x01PNG").0),
    ];
    std::thread::scope(|scope| {
        for (name, address) in cases {
            let bench = &bench;
            scope.spawn(move || {
                let url = format!("http://{address}/");
                let mut command = Command::new(need("time"));
                bench.settle(&mut command);
                let args = [
                    "-f",
                    "KiB %M",
                    env!("CARGO_BIN_EXE_decamp"),
                    "check",
                    "--json",
                    "--allow-private",
                    "--site",
                    &url,
                ];
                command.args(args);
                let ran = finish(command, b"", &args).exits(1);
                assert_eq!(ran.json()["checked"]["site"]["unknown"], 1, "{name}: {ran}");
                assert!(named(&ran.json(), "missing").is_empty(), "{name}: {ran}");
                assert!(ran.took < Duration::from_secs(58), "{name} took {:?}", ran.took);
                let memory: u64 = ran.stderr.rsplit("KiB ").next().unwrap().trim().parse().unwrap();
                assert!(memory < 256 * 1024, "{name} took {memory} KiB");
            });
        }
    });
}
