//! `--webdav`, at Apache's `mod_dav`, at Radicale, and at servers that say what they like.

use super::servers::{Apache, PASSWORD, Radicale, bench, certified};
use super::{named, word};
use crate::support::{Bench, Ran, finish, need};
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Names that a file can have, and that travel badly.
fn names() -> Vec<String> {
    let long = ["carpeta con un nombre muy muy largo"; 8].join("/");
    let mut names = vec![
        "plain.txt".to_owned(),
        "with spaces and  two.txt".to_owned(),
        "emoji \u{1f335}\u{1f3fd} cactus.txt".to_owned(),
        "Caf\u{e9}.txt".to_owned(),
        "a.TXT".to_owned(),
        "a.txt".to_owned(),
        "percent %20 and #hash?.txt".to_owned(),
        "quote's & <angle> \"double\".txt".to_owned(),
        "a+b;c=d,e@f!.txt".to_owned(),
        "empty".to_owned(),
        format!("{long}/el archivo.txt"),
    ];
    assert!(names.iter().any(|n| n.len() > 260));
    names.extend((0..30).map(|n| format!("folder {}/sub {n}/file-{n}.bin", n % 3)));
    names
}

fn fill(top: &Path) {
    for name in names() {
        let path = top.join(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, if name == "empty" { String::new() } else { format!("the content of {name}") }).unwrap();
    }
}

fn check(bench: &Bench, url: &str, export: &str, dir: &Path, more: &[&str]) -> Ran {
    let ca = dir.join("ca.pem").display().to_string();
    let mut args = vec!["check", "--webdav", url, "--export", export, "--ca", &ca, "--allow-private"];
    args.extend(["--password-command", "cat password"]);
    args.extend(more);
    bench.run(&args)
}

#[test]
fn what_rclone_copied_to_mod_dav_is_there_and_what_is_not_is_named() {
    let bench = bench();
    fill(&bench.dir().join("export"));
    let apache = Apache::serve();
    let url = format!("https://localhost:{}/dav/", apache.port);
    let mut obscure = Command::new(need("rclone"));
    bench.settle(&mut obscure);
    obscure.args(["obscure", "-"]);
    let obscured = finish(obscure, PASSWORD.as_bytes(), &["obscure"]).ok().stdout;
    bench.put(
        "rclone.conf",
        format!("[new]\ntype = webdav\nurl = {url}\nvendor = other\nuser = ana\npass = {obscured}\n"),
    );
    let mut rclone = Command::new(need("rclone"));
    bench.settle(&mut rclone);
    let ca = apache.dir.path().join("ca.pem").display().to_string();
    let args = [
        "--config",
        "rclone.conf",
        "--ca-cert",
        &ca,
        "--retries",
        "1",
        "--low-level-retries",
        "2",
        "copy",
        "export",
        "new:",
    ];
    rclone.args(args);
    finish(rclone, b"", &args).ok();

    let address = format!("https://ana@127.0.0.1:{}/dav", apache.port);
    let ran = check(&bench, &address, "export", apache.dir.path(), &[]).ok();
    assert_eq!(word(&ran), "safe", "{ran}");
    let report = check(&bench, &address, "export", apache.dir.path(), &["--json"]).ok().json();
    assert_eq!(report["checked"]["files"]["found"].as_u64().unwrap() as usize, names().len());

    let there = apache.dir.path().join("dav");
    fs::remove_file(there.join("a.txt")).unwrap();
    fs::remove_dir_all(there.join("folder 1")).unwrap();
    fs::write(there.join("plain.txt"), "shorter").unwrap();
    fs::write(there.join("new since then"), "x").unwrap();
    let report = check(&bench, &address, "export", apache.dir.path(), &["--json"]).exits(1).json();
    let mut expected: Vec<String> = names().into_iter().filter(|n| n.starts_with("folder 1/")).collect();
    expected.extend(["a.txt".to_owned(), "plain.txt".to_owned()]);
    expected.sort();
    assert_eq!(named(&report, "missing"), expected);
    let ran = check(&bench, &address, "export", apache.dir.path(), &["--lang", "es"]).exits(1);
    assert!(
        word(&ran) == "no se sabe" && ran.stdout.contains("plain.txt") && ran.stdout.contains("12 no llegaron"),
        "{ran}"
    );

    // A folder that the server does not give is unknown, and so is what lies in it.
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(there.join("folder 2"), fs::Permissions::from_mode(0o000)).unwrap();
    let report = check(&bench, &address, "export", apache.dir.path(), &["--json"]).exits(1).json();
    fs::set_permissions(there.join("folder 2"), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(named(&report, "missing").iter().all(|n| !n.starts_with("folder 2/")), "{report:#}");
    assert_eq!(named(&report, "unknown").len(), 10, "{report:#}");
    bench.put("password", "wrong");
    check(&bench, &address, "export", apache.dir.path(), &[]).exits(2).says("sign-in");
    let ran = bench.run(&["check", "--webdav", "https://ana:c4n4ry@127.0.0.1/", "--export", "export"]).exits(2);
    assert!(ran.stderr.contains("password in the address") && !ran.all().contains("c4n4ry"), "{ran}");
}

fn event(n: usize) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//casa//es\r\nBEGIN:VEVENT\r\nUID:asamblea-{n}@casaabierta.example\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:202601{:02}T100000Z\r\nSUMMARY:Asamblea n\u{fa}mero {n} & <m\u{e1}s>\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        1 + n % 28
    )
}

fn card(n: usize) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:persona-{n}\r\nFN:Persona {n}\r\nN:{n};Persona;;;\r\nEND:VCARD\r\n")
}

/// Calendars and contacts as one file each, as a vendor exports them.
fn exports(bench: &Bench) {
    let (mut ics, mut vcf) = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//casa//es\r\n".to_owned(), String::new());
    for n in 0..300 {
        let one = event(n);
        let inner = &one[one.find("BEGIN:VEVENT").unwrap()..one.find("END:VCALENDAR").unwrap()];
        ics.push_str(inner);
    }
    ics.push_str("END:VCALENDAR\r\n");
    (0..200).for_each(|n| vcf.push_str(&card(n)));
    bench.put("export/casa.ics", ics);
    bench.put("export/casa.vcf", vcf);
}

#[test]
fn calendars_and_contacts_at_radicale_are_held_against_the_export() {
    let bench = bench();
    exports(&bench);
    let radicale = Radicale::serve(|own| {
        for (folder, props) in [
            ("calendario", r#"{"tag": "VCALENDAR", "D:displayname": "Calendario"}"#),
            ("contactos", r#"{"tag": "VADDRESSBOOK", "D:displayname": "Contactos"}"#),
        ] {
            fs::create_dir(own.join(folder)).unwrap();
            fs::write(own.join(folder).join(".Radicale.props"), props).unwrap();
        }
        (0..300).for_each(|n| fs::write(own.join(format!("calendario/e{n}.ics")), event(n)).unwrap());
        (0..200).for_each(|n| fs::write(own.join(format!("contactos/c{n}.vcf")), card(n)).unwrap());
    });
    let home = format!("https://ana@127.0.0.1:{}/ana/", radicale.port);
    let ran = check(&bench, &home, "export", radicale.dir.path(), &["--json"]).ok();
    assert_eq!(ran.json()["checked"]["calendar"]["found"], 300, "{ran}");
    assert_eq!(ran.json()["checked"]["contacts"]["found"], 200, "{ran}");
    let one = format!("{home}calendario/");
    let ran = check(&bench, &one, "export/casa.ics", radicale.dir.path(), &[]).ok();
    assert!(word(&ran) == "safe" && ran.stdout.contains("300 exported, 300 found"), "{ran}");
    for (folder, file) in [("calendario", "e7.ics"), ("calendario", "e299.ics"), ("contactos", "c3.vcf")] {
        fs::remove_file(radicale.dir.path().join("store/collection-root/ana").join(folder).join(file)).unwrap();
    }
    let ran = check(&bench, &home, "export", radicale.dir.path(), &["--json"]).exits(1);
    let expected = ["asamblea-299@casaabierta.example", "asamblea-7@casaabierta.example", "persona-3"];
    assert_eq!(named(&ran.json(), "missing"), expected, "{ran}");
    bench.put("none/readme.txt", "x");
    check(&bench, &home, "none", radicale.dir.path(), &[]).exits(2).says("no calendar");
}

/// An HTTPS server that answers each request by `answers` (from its head), until the test ends.
pub(super) fn https(
    answers: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> (tempfile::TempDir, u16, Arc<AtomicUsize>) {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let dir = certified("decamp-https-");
    let certificate = CertificateDer::from_pem_file(dir.path().join("cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(dir.path().join("key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let (config, answers, asked) = (Arc::new(config), Arc::new(answers), Arc::new(AtomicUsize::new(0)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, count) = (listener.local_addr().unwrap().port(), asked.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let (config, answers, count) = (config.clone(), answers.clone(), count.clone());
            std::thread::spawn(move || {
                let connection = rustls::ServerConnection::new(config).unwrap();
                let mut tls = rustls::StreamOwned::new(connection, stream);
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") && tls.read_exact(&mut byte).is_ok() {
                    head.push(byte[0]);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                let length = head
                    .lines()
                    .find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
                // What is not read would reset the connection.
                let mut body = vec![0; length.unwrap_or(0)];
                let _ = tls.read_exact(&mut body);
                count.fetch_add(1, Ordering::Relaxed);
                let _ = tls.write_all(&answers(&head));
                tls.conn.send_close_notify();
                let _ = tls.flush();
            });
        }
    });
    (dir, port, asked)
}

fn multistatus(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[test]
fn checksums_are_compared_where_the_server_gives_them() {
    let bench = bench().file("export/good.txt", "hola").file("export/bad.txt", "hola");
    // Of "hola": sha1sum, md5sum, sha256sum.
    let sums = [
        "SHA1:99800B85D3383E3A2FB45EB7D0066A4879A9DAD0 MD5:00000000000000000000000000000000",
        "MD5:4d186321c1a7f0f354b297e8914ab240",
        "SHA256:b221d9dbb083a7f33428d7c2a3c3198ae925614d70210e28716ccaa7cd4ddb79",
    ];
    for sum in sums {
        let mut body = "<?xml version=\"1.0\"?><d:multistatus xmlns:d=\"DAV:\" xmlns:oc=\"http://owncloud.org/ns\"><d:response><d:href>/dav/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop></d:propstat></d:response>".to_owned();
        for (name, sum) in [("good", sum), ("bad", "SHA1:DA39A3EE5E6B4B0D3255BFEF95601890AFD80709")] {
            let _ = write!(
                body,
                "<d:response><d:href>/dav/{name}.txt</d:href><d:propstat><d:prop><d:resourcetype/><d:getcontentlength>4</d:getcontentlength><oc:checksums><oc:checksum>{sum}</oc:checksum></oc:checksums></d:prop></d:propstat></d:response>"
            );
        }
        body.push_str("</d:multistatus>");
        let (dir, port, _) = https(move |_| multistatus(&body));
        let ran =
            check(&bench, &format!("https://ana@127.0.0.1:{port}/dav/"), "export", dir.path(), &["--json"]).exits(1);
        assert_eq!(named(&ran.json(), "missing"), ["bad.txt"], "{ran}");
        assert!(ran.stdout.contains("another content") && ran.stdout.contains("2 compared by checksum"), "{ran}");
    }
}

#[test]
fn a_password_goes_to_its_own_server_only() {
    let bench = bench().file("export/a.txt", "hola");
    let heard = Arc::new(std::sync::Mutex::new(String::new()));
    let kept = heard.clone();
    let (other_dir, other, _) = https(move |head| {
        kept.lock().unwrap().push_str(head);
        multistatus("<d:multistatus xmlns:d=\"DAV:\"/>")
    });
    let first = Arc::new(std::sync::Mutex::new(String::new()));
    let kept = first.clone();
    let (dir, port, _) = https(move |head| {
        kept.lock().unwrap().push_str(head);
        format!("HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.1:{other}/dav/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
    });
    // Both authorities in one file.
    let both =
        [fs::read(dir.path().join("ca.pem")).unwrap(), fs::read(other_dir.path().join("ca.pem")).unwrap()].concat();
    fs::write(dir.path().join("ca.pem"), both).unwrap();
    let ran = check(&bench, &format!("https://ana@127.0.0.1:{port}/dav/"), "export", dir.path(), &["--json"]).exits(1);
    assert!(first.lock().unwrap().to_ascii_lowercase().contains("authorization: basic"), "{ran}");
    let heard = heard.lock().unwrap().to_ascii_lowercase();
    assert!(heard.contains("propfind") && !heard.contains("authorization"), "{heard}");
}

#[test]
fn hostile_listings_are_unknown() {
    let bench = bench().file("export/a.txt", "hola");
    let endless = "<d:response><d:href>/dav/x/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop></d:propstat></d:response>";
    for body in [
        "<!DOCTYPE x [<!ENTITY a \"a\"><!ENTITY b \"&a;&a;&a;\">]><d:multistatus xmlns:d=\"DAV:\">&b;</d:multistatus>"
            .to_owned(),
        "<d:multistatus xmlns:d=\"DAV:\">".to_owned(),
        "<a>".repeat(2_000_000),
        "no xml at all".to_owned() + &"<".repeat(1000),
    ] {
        let (dir, port, _) = https(move |_| multistatus(&body));
        let ran =
            check(&bench, &format!("https://ana@127.0.0.1:{port}/dav/"), "export", dir.path(), &["--json"]).exits(1);
        assert_eq!(named(&ran.json(), "missing"), Vec::<String>::new(), "{ran}");
        assert_eq!(ran.json()["checked"]["files"]["unknown"], 1, "{ran}");
    }
    // A folder that is its own sub-folder is read once.
    let body = format!("<d:multistatus xmlns:d=\"DAV:\">{}</d:multistatus>", endless.repeat(50));
    let (dir, port, asked) = https(move |_| multistatus(&body));
    let ran = check(&bench, &format!("https://ana@127.0.0.1:{port}/dav/"), "export", dir.path(), &["--json"]).exits(1);
    assert_eq!(named(&ran.json(), "missing"), ["a.txt"], "{ran}");
    assert!(asked.load(Ordering::Relaxed) < 10);
}
