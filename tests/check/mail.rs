//! `--imap`, between two Dovecots.

use super::servers::{Dovecot, PASSWORD, bench, port};
use super::{named, word};
use crate::support::{Bench, Ran, finish, need, tree, zip};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Folders as Gmail has them, and nested ones with other letters than ASCII: on the disk, and as people read them.
const FOLDERS: [(&str, &str); 6] = [
    ("", "INBOX"),
    ("[Gmail]/Sent Mail", "[Gmail]/Sent Mail"),
    ("[Gmail]/All Mail", "[Gmail]/All Mail"),
    ("Jardiner&AO0-a", "Jardiner\u{ed}a"),
    ("Jardiner&AO0-a/Ni&APE-os y ni&APE-as/2026", "Jardiner\u{ed}a/Ni\u{f1}os y ni\u{f1}as/2026"),
    ("Recibos", "Recibos"),
];
/// The one that repeats the others.
const ALL: usize = 2;
/// How many letters there are in all.
const LETTERS: usize = 2000;

/// The folder of the `n`th letter: one in three also lies in "All Mail", as Gmail shows it.
fn folder(n: usize) -> usize {
    [0, 1, 3, 4, 5][n % 5]
}

fn id(n: usize) -> String {
    format!("<letter-{n}@casaabierta.example>")
}

/// The `n`th letter, the same wherever it lies.
fn letter(n: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let subject: &[u8] = match n % 4 {
        0 => b"Asamblea",
        1 => b"=?UTF-8?Q?Reuni=C3=B3n_ma=C3=B1ana?=",
        // Eight bits in a header, in two encodings.
        2 => b"Reuni\xf3n",
        _ => "Reuni\u{f3}n".as_bytes(),
    };
    out.extend(b"From: Ana <ana@casaabierta.example>\r\nTo: todas@casaabierta.example\r\nSubject: ");
    out.extend(subject);
    // Every 100th is a copy of the letter before: the same id in the same folder. Some have no id at all.
    match n % 100 {
        7 => {}
        50 => out.extend(format!("\r\nMessage-ID: {}", id(n - 5)).bytes()),
        _ if n.is_multiple_of(3) => out.extend(format!("\r\nMessage-ID:\r\n {}", id(n)).bytes()),
        _ => out.extend(format!("\r\nMessage-ID: {}", id(n)).bytes()),
    }
    out.extend(
        format!("\r\nDate: Tue, {} Jan 2026 10:{:02}:{:02} +0000\r\n\r\n", 1 + n % 28, n / 60 % 60, n % 60).bytes(),
    );
    out.extend(format!("From the {n}th letter.\r\n").bytes());
    if n == 1234 {
        for _ in 0..30 * 1024 {
            out.extend([b'x'; 1022]);
            out.extend(b"\r\n");
        }
    }
    out
}

/// Writes the whole mailbox into a Maildir.
fn fill(mail: &Path) {
    for (path, _) in FOLDERS {
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(mail.join(path).join(part)).unwrap();
        }
        fs::write(mail.join(path).join("dovecot-keywords"), "0 $Forwarded\n").unwrap();
    }
    for n in 0..LETTERS {
        let flags = ["", "S", "RS", "FS", "Sa", "PS"][n % 6];
        let bytes = letter(n);
        let mut places = vec![folder(n)];
        places.extend((n % 3 == 0).then_some(ALL));
        for place in places {
            let name = format!("cur/17670{n:05}.M{n}P1.host:2,{flags}");
            fs::write(mail.join(FOLDERS[place].0).join(name), &bytes).unwrap();
        }
    }
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").args(["-r", "--no-preserve=mode,ownership"]).arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

/// Runs `check --imap` with the password from a command.
fn check(bench: &Bench, server: &Dovecot, export: &str, more: &[&str]) -> Ran {
    let (account, ca) = (format!("ana@127.0.0.1:{}", server.port), server.ca());
    let mut args = vec!["check", "--imap", &account, "--export", export, "--ca", &ca, "--allow-private"];
    args.extend(["--password-command", "cat password"]);
    args.extend(more);
    bench.run(&args)
}

/// A group at Google with Ana's mailbox in its list of users, rendered.
fn group() -> Bench {
    let group = Bench::group("casaabierta.example");
    group.put(
        "evidence/casa.zone",
        crate::support::zone("@ IN MX 1 aspmx.l.google.com.\n@ IN TXT \"v=spf1 include:_spf.google.com ~all\"\n"),
    );
    group.put(
        "evidence/users.csv",
        "First Name [Required],Last Name [Required],Email Address [Required],Org Unit Path [Required],Status [READ ONLY],Email Usage [READ ONLY]\nAna,Ruiz,ana@casaabierta.example,/,Active,0.1GB\n",
    );
    crate::rendered::rendered(&group, "may-first", true);
    group
}

/// A rendered configuration of mbsync with the servers of this test in place of the real ones; all else stays.
pub(crate) fn with_servers(rendered: &str, old: &Dovecot, new: &Dovecot) -> String {
    let mut server = new;
    let mut text = String::new();
    for line in rendered.lines() {
        match line.split_once(' ') {
            Some(("IMAPAccount", name)) => server = if name.starts_with("new-") { new } else { old },
            Some(("Host", _)) => {
                text.push_str(&format!("Host localhost\nPort {}\nCertificateFile {}\n", server.port, server.ca()));
                continue;
            }
            Some(("Port", _)) => continue,
            _ => {}
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Runs mbsync, which keeps what it knows in this test's home, with the programs of `bin/` before others.
pub(crate) fn mbsync(bench: &Bench, args: &[&str]) -> Ran {
    let mut command = Command::new(need("mbsync"));
    bench.settle(&mut command);
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", bench.dir().join("bin").display()));
    let all = [&["-c", "mbsyncrc"], args].concat();
    command.args(&all);
    finish(command, b"", &all)
}

/// Puts a `pass` into `bin/` that knows one password and notes what it was asked for.
pub(crate) fn pass(bench: &Bench) {
    bench.put("bin/pass", "#!/bin/sh\necho \"$@\" >>asked\nhead -n1 password\n");
    fs::set_permissions(bench.dir().join("bin/pass"), fs::Permissions::from_mode(0o755)).unwrap();
}

/// The channel of Ana's sent mail, in English.
const SENT: &str = "google-workspace-ana@casaabierta.example-sent-en";

/// The names of all letters that lie on a server.
fn letters(server: &Dovecot) -> BTreeSet<String> {
    tree(&server.mail()).into_keys().filter(|p| p.contains("cur/") || p.contains("new/")).collect()
}

#[test]
fn the_rendered_mbsync_moves_all_and_what_is_deleted_is_named_exactly() {
    let bench = bench();
    let old = Dovecot::serve(fill);
    copy(&old.mail(), &bench.dir().join("export"));
    let new = Dovecot::serve(|_| {});
    bench.put("mbsyncrc", with_servers(&group().text("configs/may-first/mail/mbsyncrc"), &old, &new));
    pass(&bench);
    let copy = || {
        for group in ["google-workspace", "google-workspace-everything", SENT] {
            mbsync(&bench, &[group]).ok();
        }
        letters(&new)
    };
    // Nothing arrived yet: everything is missing, and nothing is unknown.
    let ran = check(&bench, &new, "export", &["--json"]).exits(1);
    assert_eq!(ran.json()["checked"]["mail"]["found"], 0, "{ran}");
    assert_eq!(ran.json()["checked"]["mail"]["unknown"], 0, "{ran}");
    // A look at the folders copies nothing.
    let looked = mbsync(&bench, &["--list", "google-workspace"]).ok();
    assert!(looked.stdout.contains("Recibos") && letters(&new).is_empty(), "{looked}");
    let before = tree(&old.mail());
    let arrived = copy();
    assert_eq!(copy(), arrived, "a second run changes something");
    // What was sent lies where mail programs look for it; a channel for a name that is not there says so, and makes nothing.
    let below = |folder: &str| arrived.iter().filter(|p| p.starts_with(folder)).count();
    assert_eq!((below("Sent/"), below("[Gmail]/Sent Mail/")), (LETTERS / 5, 0));
    let ran = mbsync(&bench, &[&SENT.replace("-en", "-es")]).exits(1);
    assert!(ran.stderr.contains("[Gmail]/Enviados") && letters(&new) == arrived, "{ran}");
    assert_eq!(bench.text("asked").lines().collect::<BTreeSet<_>>().len(), 2, "{}", bench.text("asked"));
    // At the old side nothing has changed: no letter, no flag.
    let names = |tree: &std::collections::BTreeMap<String, (u32, Vec<u8>)>| {
        tree.keys().filter(|p| p.contains("cur/") || p.contains("new/")).cloned().collect::<BTreeSet<_>>()
    };
    assert_eq!(names(&tree(&old.mail())), names(&before), "the old side changed");
    // Flags and keywords came along.
    let flagged =
        |flag: &str| arrived.iter().filter(|p| p.rsplit_once(":2,").is_some_and(|(_, f)| f.contains(flag))).count();
    for flag in ["S", "R", "F", "a"] {
        assert!(flagged(flag) >= LETTERS / 6, "{flag}: {}", flagged(flag));
    }
    assert!(
        tree(&new.mail())
            .iter()
            .any(|(p, (_, b))| p.ends_with("dovecot-keywords") && b.windows(10).any(|w| w == b"$Forwarded"))
    );

    let ran = check(&bench, &new, "export", &[]).ok();
    assert_eq!(word(&ran), "safe", "{ran}");
    let report = check(&bench, &new, "export", &["--json"]).ok().json();
    let groups = report["groups"].as_array().unwrap();
    assert_eq!(report["checked"]["mail"]["found"].as_u64().unwrap() as usize, LETTERS + LETTERS.div_ceil(3));
    let names: BTreeSet<&str> = groups.iter().map(|g| g["name"].as_str().unwrap()).collect();
    assert_eq!(names, FOLDERS.iter().map(|(_, n)| *n).collect());
    let duplicates: u64 = groups.iter().map(|g| g["duplicates"].as_u64().unwrap()).sum();
    // Every 100th letter repeats an id of its own folder.
    assert!(duplicates >= (LETTERS / 100) as u64, "{report:#}");

    // Three letters go: a plain one, one of a nested folder, one of two with the same id.
    let gone = [20, 23, 250];
    for n in gone {
        let name = format!("From the {n}th letter.");
        let path = letters(&new)
            .into_iter()
            .find(|p| {
                p.starts_with(FOLDERS[folder(n)].0)
                    && fs::read(new.mail().join(p)).unwrap().windows(name.len()).any(|w| w == name.as_bytes())
                    && !p.starts_with(FOLDERS[ALL].0)
            })
            .unwrap();
        fs::remove_file(new.mail().join(path)).unwrap();
    }
    let report = check(&bench, &new, "export", &["--json"]).exits(1).json();
    let expected: BTreeSet<String> = gone
        .iter()
        .map(|n| format!("{}: {}", FOLDERS[folder(*n)].1, id(if n % 100 == 50 { n - 5 } else { *n })))
        .collect();
    assert_eq!(named(&report, "missing").into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(report["checked"]["mail"]["missing"], 3);
    assert_eq!(named(&report, "unknown"), Vec::<String>::new());
    let ran = check(&bench, &new, "export", &["--lang", "es"]).exits(1);
    assert_eq!(word(&ran), "no se sabe", "{ran}");
    assert!(ran.stdout.contains("3 no llegaron") && expected.iter().all(|e| ran.stdout.contains(e)), "{ran}");
    let redacted = check(&bench, &new, "export", &["--redact"]).exits(1);
    assert!(ran.stdout.contains("Asamblea") && !redacted.all().contains("Asamblea"), "{redacted}");
    assert!(!ran.all().contains(PASSWORD));
}

/// A small mailbox, for questions about connections and exports.
fn small(mail: &Path) {
    for n in 0..6 {
        fs::write(mail.join(format!("cur/17670{n:05}.M{n}P1.host:2,S")), letter(n)).unwrap();
    }
}

#[test]
fn every_form_of_export_is_read() {
    let bench = bench();
    let server = Dovecot::serve(small);
    let mut mbox = Vec::new();
    for n in 0..7 {
        mbox.extend(b"From - Tue Jan  6 10:00:00 2026\r\n");
        mbox.extend(letter(n));
        mbox.extend(b"\r\n");
    }
    bench.put("Inbox", &mbox);
    bench.put("thunderbird/Inbox", &mbox);
    bench.put("letters/a.eml", letter(6));
    bench.put("letters/b.eml", letter(1));
    bench.put(
        "takeout.zip",
        zip(&[
            ("Takeout/Mail/All mail Including Spam and Trash.mbox", &mbox),
            ("Takeout/archive_browser.html", b"<html>"),
        ]),
    );
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(mbox.len() as u64);
    header.set_mode(0o600);
    header.set_cksum();
    tar.append_data(&mut header, "Takeout/Mail/Todos.mbox", mbox.as_slice()).unwrap();
    bench.put("takeout.tgz", tar.into_inner().unwrap().finish().unwrap());
    copy(&server.mail(), &bench.dir().join("maildir"));
    fs::write(bench.dir().join("maildir/cur/1767000006.M6P1.host:2,S"), letter(6)).unwrap();
    for (export, folder) in [
        ("Inbox", "Inbox"),
        ("thunderbird", "Inbox"),
        ("letters", "INBOX"),
        ("takeout.zip", "Takeout/Mail/All mail Including Spam and Trash"),
        ("takeout.tgz", "Takeout/Mail/Todos"),
        ("maildir", "INBOX"),
    ] {
        let ran = check(&bench, &server, export, &["--json"]).exits(1);
        let found = if export == "letters" { 1 } else { 6 };
        assert_eq!(ran.json()["checked"]["mail"]["found"], found, "{ran}");
        assert_eq!(named(&ran.json(), "missing"), [format!("{folder}: {}", id(6))], "{ran}");
    }
    bench.put("nothing/readme.txt", "There is no mail here.");
    check(&bench, &server, "nothing", &[]).exits(2).says("no mail");
    check(&bench, &server, "not-there", &[]).exits(2).says("does not exist");
}

#[test]
fn connections_are_encrypted_and_certificates_are_verified() {
    let bench =
        bench().file("other.pem", fs::read(super::servers::certified("decamp-ca-").path().join("ca.pem")).unwrap());
    let server = Dovecot::serve(small);
    copy(&server.mail(), &bench.dir().join("export"));
    let (ca, tls, starttls) =
        (server.ca(), format!("ana@127.0.0.1:{}", server.port), format!("ana@127.0.0.1:{}", server.starttls));
    let run = |more: &[&str]| {
        let mut args = vec!["check", "--export", "export", "--allow-private", "--password-command", "cat password"];
        args.extend(more);
        bench.run(&args)
    };
    let ok = |more: &[&str]| assert_eq!(word(&run(more).ok()), "safe");
    ok(&["--imap", &tls, "--ca", &ca]);
    ok(&["--imap", &starttls, "--starttls", "--ca", &ca]);
    // A stranger's certificate, TLS where none is offered, and the other way round: no answer, so nothing is known.
    for (account, more) in
        [(&tls, &["--ca", "other.pem"][..]), (&starttls, &["--ca", &ca]), (&tls, &["--starttls", "--ca", &ca])]
    {
        let ran = run(&[&["--imap", account], more].concat()).exits(1);
        assert_eq!(word(&ran), "can't tell", "{ran}");
        assert!(!ran.stdout.contains("missing  "), "{ran}");
        assert!(ran.took < Duration::from_secs(50), "{:?}", ran.took);
    }
    // A wrong password is the command's fault; no password at all as well. No password is ever shown.
    bench.put("password", "wrong-c4n4ry");
    let ran = run(&["--imap", &tls, "--ca", &ca]).exits(2).says("refuses");
    assert!(!ran.all().contains("c4n4ry"), "{ran}");
    bench
        .run(&["check", "--imap", &tls, "--export", "export", "--allow-private", "--ca", &ca])
        .exits(2)
        .says("--password-command");
    for command in ["false", "true"] {
        let args = [
            "check",
            "--imap",
            &tls,
            "--export",
            "export",
            "--allow-private",
            "--ca",
            &ca,
            "--password-command",
            command,
        ];
        bench.run(&args).exits(2).says("password command");
    }
    let ran = bench.run(&["check", "--imap", "ana:c4n4ry@127.0.0.1", "--export", "export"]).exits(2);
    assert!(ran.stderr.contains("is not USER@HOST"), "{ran}");
    run(&["--imap", &tls, "--ca", "password"]).exits(2).says("no certificate");
    // Without the flag this machine is not connected to.
    let args = ["check", "--imap", &tls, "--export", "export", "--ca", &ca, "--password-command", "cat password"];
    let ran = bench.run(&args).exits(1);
    assert!(word(&ran) == "can't tell" && ran.stdout.contains("--allow-private"), "{ran}");
    // A rehearsal asks for no password.
    let args = ["check", "--imap", &tls, "--export", "export", "--dry-run", "--password-command", "touch asked"];
    bench.run(&args).ok().says("would connect to 127.0.0.1");
    assert!(!bench.has("asked"));
}

/// A mail server that says the same to everybody, or nothing.
fn says(greeting: &'static [u8], again: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(3) {
            let Ok(mut stream) = stream else { return };
            let _ = stream.set_write_timeout(Some(Duration::from_secs(5)));
            while stream.write_all(greeting).is_ok() && again {}
            std::thread::sleep(Duration::from_secs(30));
        }
    });
    port
}

#[test]
fn hostile_mail_servers_leave_everything_unknown() {
    let bench = bench();
    bench.put("export/cur/1.a:2,S", letter(1));
    std::thread::scope(|scope| {
        for (port, starttls) in [
            (says(b"", false), false),
            (says(b"", false), true),
            (says(b"* OK hello\r\n", false), true),
            (says(b"* OK hello\r\na NO never\r\n", false), true),
            (says(b"* OK x", true), true),
            (says(b"* OK hello\r\n", true), true),
            (says(b"a OK begin\r\n* OK injected\r\n", false), true),
            (port(), false),
        ] {
            let bench = &bench;
            scope.spawn(move || {
                let account = format!("ana@127.0.0.1:{port}");
                let mut args = vec!["check", "--imap", &account, "--export", "export", "--allow-private"];
                args.extend(["--password-command", "cat password", "--json"]);
                args.extend(starttls.then_some("--starttls"));
                let ran = bench.run(&args).exits(1);
                let report = ran.json();
                assert_eq!(report["checked"]["mail"]["missing"], 0, "{ran}");
                assert_eq!(report["word"], "cant-tell", "{ran}");
                assert!(ran.took < Duration::from_secs(45), "{:?}", ran.took);
            });
        }
    });
}
