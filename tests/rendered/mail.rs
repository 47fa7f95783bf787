//! What is rendered for each mailbox of the group's lists of users, and what real programs do with it.

use super::programs::{files, mbsync};
use super::*;
use crate::check::mail::{mbsync as run_mbsync, pass, with_servers};
use crate::check::servers::{Dovecot, PASSWORD, Way, token};
use std::os::unix::fs::PermissionsExt as _;

const GOOGLE: &str = "First Name [Required],Last Name [Required],Email Address [Required],Org Unit Path [Required],Status [READ ONLY],Email Usage [READ ONLY]\n";

/// A group at Google whose list of users has these rows.
fn google(rows: &str) -> Bench {
    Bench::group("casaabierta.example")
        .file(
            "evidence/casa.zone",
            crate::support::zone("@ IN MX 1 aspmx.l.google.com.\n@ IN TXT \"v=spf1 include:_spf.google.com ~all\"\n"),
        )
        .file("evidence/users.csv", format!("{GOOGLE}{rows}"))
}

/// A group at Microsoft with Ana's mailbox and one that can't sign in.
pub(super) fn microsoft() -> Bench {
    Bench::group("casaabierta.example")
        .file(
            "evidence/casa.zone",
            crate::support::zone("@ IN MX 1 casaabierta-example.mail.protection.outlook.com.\n@ IN TXT \"v=spf1 include:spf.protection.outlook.com ~all\"\n"),
        )
        .file("evidence/users.csv", "Block credential,Display name,Licenses,Proxy addresses,User principal name\nFalse,Ana Ruiz,Business Basic,SMTP:ana@casaabierta.example+smtp:citas@casaabierta.example+smtp:ana@casa.onmicrosoft.com,ana@casaabierta.example\nTrue,Recepción,Unlicensed,,recepcion@casaabierta.example\nFalse,Fuera,,,fuera_otra.example#EXT#@casa.onmicrosoft.com\n")
}

const MAIL: &str = "configs/may-first/mail";

/// The names of the files for people.
fn people(bench: &Bench) -> BTreeSet<String> {
    let all = crate::support::tree(&bench.dir().join(MAIL).join("people"));
    all.into_keys().filter(|p| p.contains('.')).collect()
}

/// Rows of a rendered table, read by a reader of CSV.
pub(crate) fn rows(bench: &Bench, path: &str) -> Vec<Vec<String>> {
    let text = bench.text(path);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn each_mailbox_of_the_list_gets_its_files_and_nobody_is_forgotten() {
    let bench = google(
        "Ana,Ruiz,ana@casaabierta.example,/,Active,6GB\nPatricia,O'Neil,p.o'neil+x@casaabierta.example,/,Active,\n\"=HYPERLINK(\"\"http://evil.example\"\")\",<script>alert(1)</script>,eva@casaabierta.example,/,Active,1GB\nBea,X,bea@casaabierta.example,/,Suspended,1GB\nCeci,Y,ceci@otra.example,/,Active,1GB\nÑandú,Z,ñandú@casaabierta.example,/,Active,1GB\n",
    );
    planned(&bench, "may-first");
    let ran = render(&bench, &answers("may-first")).ok();
    // An address that no configuration can hold is told by file and line, and shown nowhere.
    assert!(ran.stderr.contains("evidence/users.csv:7") && !ran.all().contains("ñandú"), "{ran}");
    let names = ["ana@casaabierta.example", "p.o_neil+x@casaabierta.example", "eva@casaabierta.example"];
    let wanted: BTreeSet<String> =
        names.iter().flat_map(|n| ["html", "es.html", "mobileconfig"].map(|e| format!("{n}.{e}"))).collect();
    assert_eq!(people(&bench), wanted);

    let mbsyncrc = format!("{MAIL}/mbsyncrc");
    let (good, said) = mbsync(&bench, &mbsyncrc);
    let text = bench.text(&mbsyncrc);
    assert!(good, "{said}\n{text}");
    // A channel a mailbox, one more for what has no label; by the list Ana's 6 GB take three days at Google's pace.
    assert_eq!(
        text.lines()
            .filter(|l| l.starts_with("Channel google-workspace-") && l.ends_with("@casaabierta.example"))
            .count(),
        6,
        "{text}"
    );
    assert!(
        text.contains("at least 3 day(s)") && text.contains("\nUser \"p.o'neil+x@casaabierta.example\"\n"),
        "{text}"
    );
    for (address, why) in [("bea@casaabierta.example", "can't sign in"), ("ceci@otra.example", "not the group's")] {
        let line = text.lines().find(|l| l.contains(address)).unwrap();
        assert!(line.starts_with("# ") && line.contains(why), "{line}");
    }
    for page in ["copy.md", "copy.es.md"] {
        let page = bench.text(&format!("{MAIL}/{page}"));
        assert!(
            page.contains("bea@casaabierta.example")
                && page.contains("evidence/users.csv")
                && !page.contains("<script"),
            "{page}"
        );
    }
    let table = rows(&bench, &format!("{MAIL}/accounts.csv"));
    let addresses: Vec<&str> = table[1..].iter().map(|r| r[0].as_str()).collect();
    assert_eq!(
        addresses,
        [
            "ana@casaabierta.example",
            "eva@casaabierta.example",
            "p.o'neil+x@casaabierta.example",
            "bea@casaabierta.example",
            "ceci@otra.example"
        ]
    );
    assert_eq!(table[2][2], "'=HYPERLINK(\"http://evil.example\") <script>alert(1)</script>");
    assert!(table.iter().flatten().all(|c| !c.starts_with(['=', '+', '-', '@'])), "{table:?}");
}

#[test]
fn aliases_come_along_where_their_domain_does() {
    let bench = microsoft();
    rendered(&bench, "may-first", true);
    let table = rows(&bench, &format!("{MAIL}/accounts.csv"));
    assert_eq!(table[1][..4], ["ana@casaabierta.example", "ana", "Ana Ruiz", "citas@casaabierta.example"]);
    assert_eq!(table[2][0], "recepcion@casaabierta.example");
    assert_eq!(table.len(), 3, "{table:?}");
}

#[test]
fn shared_mailboxes_keep_their_addresses_and_their_mail_can_be_copied() {
    let bench = case("red-raiz");
    rendered(&bench, "may-first", true);
    let table = rows(&bench, &format!("{MAIL}/accounts.csv"));
    for (address, aliases) in [
        ("info", "contact@redraiz.example hola@redraiz.example"),
        ("intake", "denuncias@redraiz.example"),
        ("finance", "invoices@redraiz.example"),
        ("marlene", "press@redraiz.example"),
    ] {
        let row = table.iter().find(|r| r[0] == format!("{address}@redraiz.example")).unwrap();
        assert_eq!((row[1].as_str(), row[3].as_str()), (address, aliases), "{row:?}");
        assert_eq!(row[5].contains("shared mailbox"), address != "marlene", "{row:?}");
    }
    for page in ["copy.md", "copy.es.md"] {
        let page = bench.text(&format!("{MAIL}/{page}"));
        assert!(page.contains("denuncias@redraiz.example") && page.contains("Manage mailbox permissions"), "{page}");
    }
    let mbsyncrc = bench.text(&format!("{MAIL}/mbsyncrc"));
    let (good, said) = mbsync(&bench, &format!("{MAIL}/mbsyncrc"));
    assert!(good, "{said}");
    assert!(
        mbsyncrc.contains(
            "\nUser \"info@redraiz.example\"\nPassCmd \"python3 mutt_oauth2.py tokens/info@redraiz.example\"\n"
        )
    );
    // Nobody has said that they are copied: they stand in a group of their own.
    let group = |name: &str| {
        let all = mbsyncrc.split(&format!("\nGroup {name}\n")).nth(1).unwrap();
        all.lines().take_while(|l| l.starts_with("Channel ")).filter(|l| l.ends_with("-info@redraiz.example")).count()
    };
    assert_eq!((group("microsoft-365"), group("microsoft-365-blocked")), (0, 1));
}

#[test]
fn what_google_does_not_list_is_asked_for() {
    let bench = google("Ana,Ruiz,ana@casaabierta.example,/,Active,\n");
    rendered(&bench, "may-first", true);
    assert!(rows(&bench, &format!("{MAIL}/accounts.csv"))[1][5].contains("look them up"));
    assert!(bench.text(&format!("{MAIL}/copy.es.md")).contains("el correo a un alias que no se crea regresa"));
}

#[test]
fn without_a_setting_nothing_is_copied() {
    let bench = google("Ana,Ruiz,ana@casaabierta.example,/,Active,\n");
    // May First's port is not on record; its server is.
    rendered(&bench, "may-first", false);
    let mbsyncrc = bench.text(&format!("{MAIL}/mbsyncrc"));
    assert!(!mbsyncrc.contains("\nIMAPAccount new-") && !mbsyncrc.contains("\nChannel "), "{mbsyncrc}");
    assert!(mbsyncrc.contains("\n# ASK may-first: imap_port. The new mailbox"), "{mbsyncrc}");
    let (good, said) = program(&bench, "shellcheck", &[&format!("{MAIL}/imapsync.sh")]);
    assert!(good, "{said}");
    let (ran, calls) = imapsync(&bench, &["--copy"]);
    assert!(ran.exit == Some(2) && ran.stderr.contains("ASK may-first: imap_port") && calls.is_empty(), "{ran}");
    let sheet = bench.text(&format!("{MAIL}/people/ana@casaabierta.example.html"));
    assert!(sheet.contains("port <b>ASK</b>, encryption <b>ASK</b>"), "{sheet}");
}

#[test]
fn half_a_list_of_users_is_none() {
    let bench = google("Ana,Ruiz,ana@casaabierta.example,/,Active,\nBea,Paz,\"bea@casaabierta.example,/,Active,\n");
    planned(&bench, "may-first");
    let ran = render(&bench, &[]).ok();
    assert!(ran.stderr.contains("evidence/users.csv:3"), "{ran}");
    let json = bench.run(&["render", "--json", "--force"]).ok().json();
    assert!(
        json["warnings"].as_array().unwrap().iter().any(|w| w["es"].as_str().unwrap().contains("quedó fuera")),
        "{json}"
    );
    let text = bench.text(&format!("{MAIL}/mbsyncrc"));
    assert!(text.contains("# ASK group: evidence/users.csv:3 could not be read"), "{text}");
    assert!(text.contains("old-google-workspace-PERSON") && !text.contains("ana@"), "{text}");
    assert!(bench.text(&format!("{MAIL}/copy.es.md")).contains("línea 3"));
    assert_eq!(people(&bench), ["PERSON.es.html", "PERSON.html", "PERSON.mobileconfig"].map(str::to_owned).into());
    // A list that is gone (as after it was sealed away) is told, too, and one that is another is used and told.
    let bench = google("Ana,Ruiz,ana@casaabierta.example,/,Active,\n");
    planned(&bench, "may-first");
    fs::remove_file(bench.dir().join("evidence/users.csv")).unwrap();
    let ran = render(&bench, &[]).ok();
    assert!(ran.stderr.contains("users.csv` does not exist"), "{ran}");
    let two = "Ana,Ruiz,ana@casaabierta.example,/,Active,\nBea,Paz,bea@casaabierta.example,/,Active,\n";
    bench.put("evidence/users.csv", format!("{GOOGLE}{two}"));
    let ran = render(&bench, &["--force".to_owned()]).ok();
    assert!(ran.stderr.contains("not the list that the inventory was made from"), "{ran}");
    assert!(people(&bench).contains("ana@casaabierta.example.html"));
}

#[test]
fn lists_in_archives_are_read_again() {
    let csv = format!("{GOOGLE}Ana,Ruiz,ana@casaabierta.example,/,Active,\n");
    let bench = google("");
    fs::remove_file(bench.dir().join("evidence/users.csv")).unwrap();
    bench.put("evidence/all!.zip", crate::support::zip(&[("a/users.csv", csv.as_bytes()), ("b/readme.txt", b"x")]));
    rendered(&bench, "may-first", true);
    assert!(people(&bench).contains("ana@casaabierta.example.html"), "{:?}", people(&bench));
}

#[test]
fn a_server_that_takes_only_tokens_is_served() {
    let bench = microsoft();
    rendered(&bench, "may-first", true);
    let old = Dovecot::serve_by(Way::Token, |mail| {
        for folder in ["", "Archivo", "Calendar", "Calendar de turnos"] {
            for part in ["cur", "new", "tmp"] {
                fs::create_dir_all(mail.join(folder).join(part)).unwrap();
            }
            for n in 0..20 {
                let letter =
                    format!("From: a@b.example\r\nMessage-ID: <{n}-{folder}@b.example>\r\nSubject: {n}\r\n\r\n{n}\r\n");
                fs::write(mail.join(folder).join(format!("cur/17670{n:05}.M{n}P1.host:2,S")), letter).unwrap();
            }
        }
    });
    let new = Dovecot::serve(|_| {});
    bench.put("mbsyncrc", with_servers(&bench.text(&format!("{MAIL}/mbsyncrc")), &old, &new));
    bench.put("password", format!("{PASSWORD}\n"));
    pass(&bench);
    // The token program as Debian's mutt has it, with `cat` in place of the encryption, and a token that is still good.
    let program = fs::read_to_string("/usr/share/doc/mutt/examples/mutt_oauth2.py").unwrap();
    let program = program.replace("['gpg', '--encrypt', '--recipient', 'YOUR_GPG_IDENTITY']", "['cat']");
    assert!(
        program.contains("['gpg', '--decrypt']") && program.matches("common").count() >= 4,
        "another program than copy.md tells of"
    );
    bench.put("mutt_oauth2.py", program.replace("['gpg', '--decrypt']", "['cat']"));
    let file = "tokens/ana@casaabierta.example";
    bench.put(file, format!("{{\"registration\": \"microsoft\", \"authflow\": \"devicecode\", \"email\": \"ana@casaabierta.example\", \"access_token\": \"{}\", \"access_token_expiration\": \"2999-01-01T00:00:00\", \"refresh_token\": \"\"}}", token("ana@casaabierta.example")));
    fs::set_permissions(bench.dir().join(file), fs::Permissions::from_mode(0o600)).unwrap();
    let arrived = || {
        crate::support::tree(&new.mail())
            .into_keys()
            .filter(|p| p.contains("cur/") || p.contains("new/"))
            .collect::<BTreeSet<_>>()
    };
    run_mbsync(&bench, &["--list", "microsoft-365"]).ok();
    assert!(arrived().is_empty());
    run_mbsync(&bench, &["microsoft-365"]).ok();
    let first = arrived();
    // What is no mail is left behind; a folder of mail that only begins so is not.
    assert_eq!(first.len(), 60, "{first:?}");
    assert!(
        first.iter().any(|p| p.starts_with("Calendar de turnos/")) && !first.iter().any(|p| p.starts_with("Calendar/"))
    );
    run_mbsync(&bench, &["microsoft-365"]).ok();
    assert_eq!(arrived(), first);
    // A password is no use there.
    bench.put("mutt_oauth2.py", "print('no token')\n");
    assert_ne!(run_mbsync(&bench, &["microsoft-365"]).exit, Some(0));
}

/// Runs the rendered script with an `imapsync` that only notes what it is given.
fn imapsync(bench: &Bench, args: &[&str]) -> (crate::support::Ran, Vec<Vec<String>>) {
    bench.put("bin/imapsync", "#!/bin/sh\nprintf '%s\\n' \"$@\" '--end' >>calls\nwhile [ $# -gt 0 ]; do\n  case $1 in --passfile1|--passfile2|--oauthaccesstoken1) stat -c '%a %n' \"$2\" >>modes; cat \"$2\" >>secrets;; esac\n  shift\ndone\n");
    fs::set_permissions(bench.dir().join("bin/imapsync"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir_all(bench.top().join("memory")).unwrap();
    bench.put("calls", "");
    let mut command = Command::new("sh");
    bench.settle(&mut command);
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", bench.dir().join("bin").display()));
    command.env("XDG_RUNTIME_DIR", bench.top().join("memory"));
    let script = format!("{MAIL}/imapsync.sh");
    let all = [&[script.as_str()], args].concat();
    command.args(&all);
    let ran = finish(command, b"", &all);
    let calls = bench.text("calls");
    let calls =
        calls.split("--end\n").filter(|c| !c.is_empty()).map(|c| c.lines().map(str::to_owned).collect()).collect();
    (ran, calls)
}

#[test]
fn imapsync_rehearses_deletes_nothing_and_sees_no_password_in_its_arguments() {
    for (bench, service, accounts) in [
        (
            google("Ana,Ruiz,ana@casaabierta.example,/,Active,\nBea,Paz,bea@casaabierta.example,/,Active,\n"),
            "imap.gmail.com",
            2,
        ),
        (microsoft(), "outlook.office365.com", 1),
    ] {
        rendered(&bench, "may-first", true);
        let (good, said) = program(&bench, "shellcheck", &[&format!("{MAIL}/imapsync.sh")]);
        assert!(good, "{said}");
        bench.put("password", format!("{PASSWORD}\n"));
        bench.put("mutt_oauth2.py", format!("print({PASSWORD:?})\n"));
        pass(&bench);
        let (ran, calls) = imapsync(&bench, &[]);
        let passes = if service == "imap.gmail.com" { 2 } else { 1 };
        assert_eq!((ran.exit, calls.len()), (Some(0), accounts * passes), "{ran}");
        let (_, copied) = imapsync(&bench, &["--copy", "ana@casaabierta.example"]);
        assert_eq!(copied.len(), passes);
        for (call, dry) in calls.iter().map(|c| (c, true)).chain(copied.iter().map(|c| (c, false))) {
            let has = |flag: &str| call.iter().any(|a| a == flag);
            assert_eq!(has("--dry"), dry, "{call:?}");
            assert!(
                has("--noreleasecheck") && has("--nolog") && has("--ssl1") && has("--ssl2") && has(service),
                "{call:?}"
            );
            assert_eq!(call.iter().filter(|a| *a == "SSL_verify_mode=1").count(), 2, "{call:?}");
            let bad = ["--delete", "--expunge", "--password", "--nossl", "--notls"];
            assert!(!call.iter().any(|a| bad.iter().any(|b| a.starts_with(b)) || a.contains("c4n4ry")), "{call:?}");
        }
        // Passwords lay in memory, for the owner only, and are gone.
        assert!(bench.text("secrets").contains("c4n4ry"));
        let memory = bench.top().join("memory");
        assert!(
            bench.text("modes").lines().all(|l| l.starts_with(&format!("600 {}", memory.display()))),
            "{}",
            bench.text("modes")
        );
        assert_eq!(fs::read_dir(&memory).unwrap().count(), 0);
        if passes == 2 {
            // First without the folder of all mail, then of it only what did not come.
            assert!(
                calls[0].iter().any(|a| a == "^\\[Gmail\\]/All Mail$")
                    && !calls[0].iter().any(|a| a == "--skipcrossduplicates"),
                "{calls:?}"
            );
            assert!(
                calls[1].iter().any(|a| a == "--skipcrossduplicates")
                    && calls[1].windows(2).any(|w| w == ["--folderlast", "[Gmail]/All Mail"]),
                "{calls:?}"
            );
            assert!(calls[0].windows(2).any(|w| w == ["--maxbytesafter", "2500000000"]), "{calls:?}");
        }
        // Who has no folder in memory is told so before any password is fetched.
        let mut command = Command::new("sh");
        bench.settle(&mut command);
        command.arg(format!("{MAIL}/imapsync.sh"));
        let ran = finish(command, b"", &["imapsync.sh"]);
        assert!(ran.exit != Some(0) && ran.stderr.contains("memory"), "{ran}");
    }
}

#[test]
fn profiles_are_property_lists_and_hold_no_password() {
    let bench = google("Ana & <Ruiz>,\"]]> 'x' \"\"y\"\"\",ana@casaabierta.example,/,Active,\n");
    rendered(&bench, "may-first", true);
    let path = format!("{MAIL}/people/ana@casaabierta.example.mobileconfig");
    let (good, said) = program(&bench, "xmllint", &["--noout", "--nonet", &path]);
    assert!(good, "{said}");
    const READ: &str = "import json, plistlib, sys\nprint(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
    let (good, said) = program(&bench, "python3", &["-c", READ, &path]);
    assert!(good, "{said}");
    let read: serde_json::Value = serde_json::from_str(&said).unwrap();
    let mail = &read["PayloadContent"][0];
    assert_eq!(mail["PayloadType"], "com.apple.mail.managed");
    assert_eq!(mail["EmailAccountName"], "Ana & <Ruiz> ]]> 'x' \"y\"");
    assert_eq!(
        (&mail["IncomingMailServerHostName"], &mail["IncomingMailServerPortNumber"]),
        (&"imap.casa-servidor.example.org".into(), &993.into())
    );
    assert_eq!((&mail["IncomingMailServerUseSSL"], &mail["OutgoingMailServerUseSSL"]), (&true.into(), &true.into()));
    assert_eq!(mail["IncomingMailServerUsername"], "ana@casaabierta.example");
    assert!(mail.as_object().unwrap().keys().all(|k| k != "IncomingPassword" && k != "OutgoingPassword"), "{mail}");
    assert_ne!(mail["PayloadUUID"], read["PayloadUUID"]);
    // While a setting is unknown the profile sets nothing up.
    let bench = google("Ana,Ruiz,ana@casaabierta.example,/,Active,\n");
    rendered(&bench, "own-server", false);
    let path = &files(&bench, ".mobileconfig")[0];
    let (_, said) = program(&bench, "python3", &["-c", READ, path]);
    let read: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(read["PayloadContent"], serde_json::json!([]));
    assert!(bench.text(path).contains("ASK own-server"));
}

#[test]
fn autoconfig_fits_its_schema() {
    let schema = repository().join("tests/rendered/autoconfig.rng");
    for (name, _) in CASES {
        let bench = case(name);
        rendered(&bench, "own-server", true);
        for path in files(&bench, ".xml") {
            let args = ["--noout", "--nonet", "--relaxng", schema.to_str().unwrap(), &path];
            let (good, said) = program(&bench, "xmllint", &args);
            assert!(good, "{said}\n{}", bench.text(&path));
            // The schema itself holds: a word that Thunderbird does not know is refused.
            bench.put("bad.xml", bench.text(&path).replace("password-cleartext", "password"));
            let (good, _) =
                program(&bench, "xmllint", &["--noout", "--nonet", "--relaxng", schema.to_str().unwrap(), "bad.xml"]);
            assert!(!good, "{path}");
        }
    }
}

#[test]
fn a_sheet_is_one_page_for_each_person_in_both_languages() {
    let long = "María de los Ángeles Fernández-Villalobos y Gutiérrez";
    let bench = google(&format!("{long},de la Cruz,angeles.fernandez-villalobos@casaabierta.example,/,Active,\n"));
    rendered(&bench, "may-first", true);
    for (name, word) in [("html", "Your mail, from now on"), ("es.html", "Su correo, de ahora en adelante")] {
        let path = format!("{MAIL}/people/angeles.fernandez-villalobos@casaabierta.example.{name}");
        let html = bench.text(&path);
        assert!(
            html.contains(word) && html.contains(long) && html.contains("imap.casa-servidor.example.org"),
            "{html}"
        );
        assert!(
            html.contains("default-src 'none'")
                && !html.contains("<script")
                && !html.contains("src=")
                && !html.contains("<link")
        );
        let pdf = bench.dir().join("sheet.pdf");
        let mut command = Command::new(need("chromium"));
        bench.settle(&mut command);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]);
        command.args(["--proxy-server=127.0.0.1:9", "--enable-logging=stderr", "--no-pdf-header-footer"]);
        command.arg(format!("--print-to-pdf={}", pdf.display())).arg(bench.dir().join(&path));
        let ran = finish(command, b"", &["chromium", name]).ok();
        assert!(!ran.stderr.contains("CONSOLE"), "{ran}");
        let bytes = fs::read(&pdf).unwrap();
        let pages = String::from_utf8_lossy(&bytes).matches("/Type /Page\n").count();
        assert_eq!(pages, 1, "{path}: {} bytes", bytes.len());
    }
}

#[test]
fn a_group_without_a_domain_is_told_of_a_new_address() {
    let bench = case("calle-ocho");
    rendered(&bench, "may-first", true);
    for (name, new, stays) in [
        ("html", "You get a new address.", "address stays"),
        ("es.html", "Recibe una dirección nueva.", "dirección sigue igual"),
    ] {
        let sheet = bench.text(&format!("{MAIL}/people/PERSON.{name}"));
        assert!(sheet.contains(new) && !sheet.contains(stays), "{sheet}");
    }
    for (name, new) in [("md", "with a new address"), ("es.md", "con una dirección nueva")] {
        assert!(bench.text(&format!("plan/messages/mail-cutover.{name}")).contains(new));
    }
}

#[test]
fn an_export_becomes_a_maildir_that_holds_all_of_it() {
    let bench = google("Ana,Ruiz,ana@casaabierta.example,/,Active,\n");
    rendered(&bench, "may-first", true);
    let script = format!("{MAIL}/from-mbox.sh");
    let (good, said) = program(&bench, "shellcheck", &[&script]);
    assert!(good, "{said}");
    let letter = |n: usize| {
        let read = if n == 1 { "Status: RO\n" } else { "" };
        format!(
            "From a@b.example Tue Dec  1 10:00:00 2026\nFrom: a@b.example\nMessage-ID: <{n}@b.example>\n{read}\nhola {n}\n\n"
        )
    };
    let mbox: String = (0..7).map(letter).collect();
    bench.put("todo.mbox", &mbox);
    let run = |name: &str| {
        let mut command = Command::new(need("sh"));
        bench.settle(&mut command);
        command.args([script.as_str(), "todo.mbox", name]);
        finish(command, b"", &["from-mbox.sh", name])
    };
    let ran = run("ana-2025");
    assert!(ran.exit == Some(0), "{ran}");
    let all = crate::support::tree(&bench.dir().join("converted/ana-2025"));
    let letters: Vec<&String> = all.keys().filter(|p| p.starts_with("cur/") || p.starts_with("new/")).collect();
    assert_eq!(letters.len(), 7, "{all:?}");
    assert_eq!(letters.iter().filter(|p| p.ends_with(":2,S")).count(), 1, "{letters:?}");
    assert_eq!(bench.text("todo.mbox"), mbox);
    // A second run would bring everything twice.
    assert_eq!(run("ana-2025").exit, Some(2));
    assert_eq!(run("../x").exit, Some(2));
}
