//! Files, calendars and contacts, copied by the programs that the rendered files are for, to real servers on loopback.

use super::programs::files;
use super::web::{script, stubs};
use super::*;
use crate::check::servers::{Apache, PASSWORD, Radicale};
use std::os::unix::fs::PermissionsExt as _;

/// Answers with Nextcloud at this port of the machine.
fn answered(port: u16) -> Vec<String> {
    let pairs: Vec<String> =
        answers("own-server").chunks(2).filter(|p| !p[1].contains("nextcloud_url")).flatten().cloned().collect();
    pairs
        .into_iter()
        .chain(["--set".to_owned(), format!("own-server.nextcloud_url=https://localhost:{port}")])
        .collect()
}

/// A program that gives the password out, as a password manager would.
fn pass(bench: &Bench) -> String {
    bench.put("password", format!("{PASSWORD}\n"));
    bench.put("stubs/pass", format!("#!/bin/sh\nhead -n 1 '{}'\n", bench.dir().join("password").display()));
    fs::set_permissions(bench.dir().join("stubs/pass"), fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", bench.dir().join("stubs").display(), std::env::var("PATH").unwrap())
}

/// Names that travel badly.
fn names() -> Vec<String> {
    let long = ["carpeta con un nombre muy muy largo"; 8].join("/");
    let mut names: Vec<String> = [
        "plain.txt",
        "con espacios y  dos.txt",
        "emoji \u{1f335}\u{1f3fd} cactus.txt",
        "Caf\u{e9}.txt",
        "acta.TXT",
        "acta.txt",
        "Acta.txt",
        "empty",
        "a+b;c=d,e@f!.txt",
    ]
    .map(str::to_owned)
    .into();
    names.push(format!("{long}/el archivo.txt"));
    names.extend((0..30).map(|n| format!("carpeta {}/sub {n}/archivo-{n}.bin", n % 3)));
    assert!(names.iter().any(|n| n.len() > 260));
    names
}

#[test]
fn files_arrive_by_the_rendered_script_and_check_agrees() {
    let bench = case("rio-claro");
    planned(&bench, "own-server");
    let apache = Apache::serve();
    render(&bench, &answered(apache.port)).ok();
    for name in names() {
        let content = if name == "empty" { String::new() } else { format!("lo que dice {name}") };
        bench.put(&format!("viejo/{name}"), content);
    }
    for name in [".DS_Store", "carpeta 1/Thumbs.db", "~$acta.docx"] {
        bench.put(&format!("viejo/{name}"), "no es de nadie");
    }
    let search = pass(&bench);
    let ca = apache.dir.path().join("ca.pem");
    let run = |args: &[&str]| {
        let mut command = Command::new(need("sh"));
        bench.settle(&mut command);
        command.env("PATH", &search).env("PASSWORD_COMMAND", "pass show nuevo").env("RCLONE_CA_CERT", &ca);
        command.env("RCLONE_RETRIES", "1").arg("configs/own-server/files/copy.sh").args(args);
        finish(command, b"", args)
    };
    let here = |path: &str| bench.dir().join(path).display().to_string();
    let old = format!(":local:{}", here("viejo"));
    let said = run(&["left", &old]).ok().stdout;
    assert!(said.contains("Thumbs.db") && said.contains("~$acta.docx") && !said.contains("plain.txt"), "{said}");
    // Without the word nothing is done.
    run(&["fetch", &old, "copia"]).ok();
    assert!(!bench.has("copia"), "looking has copied");
    run(&["fetch", &old, "copia", "--really"]).ok();
    let copied: BTreeSet<String> = crate::support::tree(&bench.dir().join("copia"))
        .into_iter()
        .filter(|(n, _)| bench.dir().join("copia").join(n).is_file())
        .map(|(n, _)| n)
        .collect();
    assert_eq!(copied, names().into_iter().collect());
    run(&["put", "copia", "ana", "casa"]).ok();
    assert!(!apache.dir.path().join("dav/casa").exists(), "looking has copied");
    let ran = run(&["put", "copia", "ana", "casa", "--really"]).ok();
    assert!(!ran.all().contains(PASSWORD), "{ran}");
    let ran = run(&["compare", "copia", "ana", "casa"]).ok();
    let equal = ran.stdout.lines().filter(|l| l.starts_with("= ")).count();
    assert_eq!(equal, names().len(), "{ran}");
    let url = format!("https://ana@localhost:{}/remote.php/dav/files/ana/casa/", apache.port);
    // Apart from the group's questions, which are open here.
    let alone = crate::check::servers::bench();
    let copy = here("copia");
    let args = [
        "check",
        "--webdav",
        &url,
        "--export",
        &copy,
        "--ca",
        ca.to_str().unwrap(),
        "--allow-private",
        "--password-command",
        "cat password",
    ];
    let ran = alone.run(&args).ok();
    assert!(ran.stdout.starts_with("safe"), "{ran}");
    // While a question of the group is open, nothing is safe, whatever has arrived.
    let ran = bench.run(&args).exits(1);
    assert!(ran.stdout.starts_with("can't tell") && ran.stdout.contains("still open"), "{ran}");
    // What is missing is named by both.
    fs::remove_file(apache.dir.path().join("dav/casa/Acta.txt")).unwrap();
    assert!(run(&["compare", "copia", "ana", "casa"]).exits(1).stdout.contains("+ Acta.txt"));
    let ran = alone.run(&args).exits(1);
    assert!(ran.stdout.contains("Acta.txt") && !ran.stdout.contains("acta.txt"), "{ran}");
    // What somebody has changed at the new place since is not written over; what changed at the old one comes along.
    let there = apache.dir.path().join("dav/casa/plain.txt");
    fs::write(&there, "cambiado en el lugar nuevo, después").unwrap();
    bench.put("viejo/empty", "ya no está vacío");
    run(&["fetch", &old, "copia", "--really"]).ok();
    run(&["put", "copia", "ana", "casa", "--really"]).ok();
    assert_eq!(fs::read_to_string(&there).unwrap(), "cambiado en el lugar nuevo, después");
    assert_eq!(fs::read_to_string(apache.dir.path().join("dav/casa/empty")).unwrap(), "ya no está vacío");
    let script = bench.text("configs/own-server/files/copy.sh");
    let options = script.lines().filter(|l| l.trim_start().starts_with("exec rclone"));
    assert!(options.into_iter().all(|l| !l.contains("--checksum")), "Google's documents have none: {script}");
    // Nothing that the script holds is a password, and what it needs it asks for.
    for path in files(&bench, "").iter().filter(|p| bench.dir().join(p).is_file()) {
        assert!(!bench.text(path).contains(PASSWORD), "{path}");
    }
    for bad in
        [&["put", "copia", "a b", "x"][..], &["put", "nada", "ana", "x"], &["fetch", &old, "x:y"], &["compare"], &[]]
    {
        run(bad).exits(2);
    }
}

#[test]
fn what_no_program_reaches_gets_no_file() {
    let bench = case("red-raiz");
    rendered(&bench, "may-first", true);
    assert!(files(&bench, ".conf").iter().all(|p| !p.contains("vdirsyncer")), "{:?}", files(&bench, ".conf"));
    for (page, why) in [("README.md", "**calendar**: No file:"), ("README.es.md", "**calendar**: Ningún archivo:")] {
        let page = bench.text(&format!("configs/may-first/{page}"));
        assert_eq!(page.matches(why).count(), 1, "{page}");
    }
}

/// A collection in Radicale's own folders.
fn collection(top: &Path, name: &str, props: &str, items: impl Iterator<Item = (String, String)>) {
    let dir = top.join(name);
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join(".Radicale.props"), props).unwrap();
    for (file, text) in items {
        fs::write(dir.join(file), text).unwrap();
    }
}

fn event(n: usize) -> (String, String) {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//casa//es\r\nBEGIN:VEVENT\r\nUID:cita-{n}@viejo.example\r\nDTSTAMP:20261101T120000Z\r\n\
         DTSTART;TZID=America/Mexico_City:2027{:02}{:02}T1{}0000\r\nSUMMARY:Reunión {n}\\, ñandú 🌵\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        n % 12 + 1,
        n % 28 + 1,
        n % 10
    );
    (format!("cita-{n}.ics"), text)
}

fn card(n: usize) -> (String, String) {
    let text = format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:persona-{n}\r\nFN:Persona Nº {n} \\; Núñez\r\nN:Núñez;Persona {n};;;\r\nEMAIL:p{n}@viejo.example\r\nEND:VCARD\r\n"
    );
    (format!("persona-{n}.vcf"), text)
}

/// All items of a user, by what they hold.
fn items(radicale: &Radicale) -> BTreeSet<String> {
    let top = radicale.dir.path().join("store/collection-root/ana");
    let all = crate::support::tree(&top);
    let is_item = |n: &str| (n.ends_with(".ics") || n.ends_with(".vcf")) && !n.contains(".Radicale.cache");
    all.into_iter()
        .filter(|(n, _)| is_item(n))
        .map(|(_, (_, bytes))| {
            let text = String::from_utf8(bytes).unwrap();
            let mut lines: Vec<&str> = text
                .lines()
                .filter(|l| l.starts_with("UID:") || l.starts_with("SUMMARY") || l.starts_with("FN"))
                .collect();
            lines.sort_unstable();
            lines.join("|")
        })
        .collect()
}

#[test]
fn calendars_and_contacts_arrive_by_the_rendered_configuration() {
    let zone = crate::support::zone("ns IN A 192.0.2.1\n@ IN MX 10 mail.otra.example.\n");
    let bench = Bench::group("casaabierta.example").file("evidence/casaabierta.example.zone", zone);
    let old = Radicale::serve(|top| {
        let calendar = "{\"tag\": \"VCALENDAR\", \"D:displayname\": \"Asambleas\", \"C:supported-calendar-component-set\": \"VEVENT,VTODO\"}";
        collection(top, "asambleas", calendar, (0..300).map(event));
        collection(top, "personas", "{\"tag\": \"VADDRESSBOOK\", \"D:displayname\": \"Personas\"}", (0..200).map(card));
    });
    let new = Radicale::serve(|_| ());
    bench.run(&["inventory"]).ok();
    let inventory = bench.text("inventory.yaml");
    let above = inventory.split("corrections:").next().unwrap();
    bench.put("inventory.yaml", format!("{above}corrections:\n  add:\n  - id: icloud\n"));
    planned(&bench, "own-server");
    render(&bench, &answered(new.port)).ok();
    let conf = "configs/own-server/calendar/vdirsyncer-PERSON.conf";
    let text = bench.text(conf);
    assert!(text.contains("https://caldav.icloud.com/") && text.contains("https://contacts.icloud.com/"), "{text}");
    // What a person fills in; and the test's server in the place of the company's.
    let text = text
        .replace("\"USER\"", "\"ana\"")
        .replace("PERSON@casaabierta.example", "ana")
        .replace("https://caldav.icloud.com/", &format!("https://localhost:{}/", old.port))
        .replace("https://contacts.icloud.com/", &format!("https://localhost:{}/", old.port));
    // Each server has an authority of its own here.
    let ca = |r: &Radicale| format!("verify = \"{}\"\n", r.dir.path().join("ca.pem").display());
    let text = [
        ("old_calendars_icloud", &old),
        ("old_contacts_icloud", &old),
        ("new_calendars", &new),
        ("new_contacts", &new),
    ]
    .iter()
    .fold(text, |t, (name, r)| t.replace(&format!("[storage {name}]\n"), &format!("[storage {name}]\n{}", ca(r))));
    bench.put("vdirsyncer.conf", text);
    let search = pass(&bench);
    // It asks before it makes a collection; on a busy machine 500 items take their minutes.
    let run = |word: &str| {
        let mut command = Command::new(need("sh"));
        bench.settle(&mut command);
        command.env("PATH", &search).env("LC_ALL", "C.UTF-8");
        command.args(["-c", "yes | timeout 600 vdirsyncer -c vdirsyncer.conf \"$0\" 2>&1", word]);
        let ran = command.output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(ran.status.success(), "{word}: {said}");
        assert!(!said.contains(PASSWORD), "{said}");
    };
    run("discover");
    run("sync");
    let (was, is) = (items(&old), items(&new));
    assert_eq!(was.len(), 500);
    assert_eq!(was, is);
    // Run again it changes nothing.
    let before = crate::support::tree(&new.dir.path().join("store/collection-root"));
    run("sync");
    assert!(crate::support::tree(&new.dir.path().join("store/collection-root")).keys().eq(before.keys()));
}

#[test]
fn accounts_are_made_with_passwords_that_nobody_sees() {
    let bench = case("rio-claro");
    rendered(&bench, "own-server", true);
    let path = "configs/own-server/files/accounts.sh";
    let text =
        bench.text(path).replace("#account 'ana@example.org' 'Ana'", "account 'ana@example.org' \"Ana d'Arc \\$(id)\"");
    bench.put("accounts.sh", text);
    bench.put("occ", "<?php");
    let search = stubs(&bench, &["php"]);
    bench.put(
        "stubs/php",
        "#!/bin/sh\nprintf 'php' >> calls\nprintf ' <%s>' \"$@\" >> calls\necho >> calls\n[ -z \"${OC_PASS:-}\" ] || echo \"$OC_PASS\" >> secrets\n\
         case $3 in\n    user:info | group:info) exit 1 ;;\n    groupfolders:create) echo 3 ;;\nesac\n",
    );
    let calls = |bench: &Bench| {
        let said = fs::read_to_string(bench.dir().join("calls")).unwrap_or_default();
        let _ = fs::remove_file(bench.dir().join("calls"));
        said
    };
    script(&bench, "accounts.sh", &["look"], &search).ok();
    let said = calls(&bench);
    assert!(
        !["user:add", "group:add", "groupfolders:create", "user:welcome"].iter().any(|w| said.contains(w)),
        "{said}"
    );
    script(&bench, "accounts.sh", &["make"], &search).ok();
    let said = calls(&bench);
    let secret = bench.text("secrets");
    assert!(secret.trim().len() >= 40 && !said.contains(secret.trim()), "{said}");
    assert!(said.contains("<user:add> <--password-from-env> <--display-name=Ana d'Arc $(id)>"), "{said}");
    assert!(said.contains("<groupfolders:group> <3>") && !said.contains("user:welcome"), "{said}");
    script(&bench, "accounts.sh", &["invite"], &search).ok();
    assert!(calls(&bench).contains("<user:welcome> <--reset-password> <--> <ana@example.org>"));
    script(&bench, "accounts.sh", &[], &search).exits(2);
}

#[test]
fn guests_are_taken_out_of_calendars_and_nothing_else() {
    let bench = case("rio-claro");
    rendered(&bench, "own-server", true);
    let script = "configs/own-server/calendar/without-guests.sh";
    let (good, said) = program(&bench, "shellcheck", &[script]);
    assert!(good, "{said}");
    // Long lines are cut, and what follows begins with a space or a tab; words in a text are no property.
    let kept = "BEGIN:VEVENT\r\nUID:1@viejo.example\r\nSUMMARY:Asamblea\r\nDESCRIPTION:ATTENDEE: nadie\r\n  sigue ORGANIZER:\r\n";
    let gone = "ATTENDEE;CN=\"Ana\";RSVP=TRUE:mail\r\n to:ana@casa.example\r\nORGANIZER;CN=B:mailto:b@casa.example\r\n\tx\r\nattendee:mailto:c@casa.example\r\n";
    let end = "DTSTART:20270101T100000Z\r\nEND:VEVENT\r\n";
    bench.put("viejo.ics", format!("{kept}{gone}{end}"));
    let (good, said) = program(&bench, "sh", &[script, "viejo.ics", "nuevo.ics"]);
    assert!(good && said.contains("tasks: 1, then 1") && said.contains("taken out: 2"), "{said}");
    assert_eq!(bench.text("nuevo.ics"), format!("{kept}{end}"));
    let (good, said) = program(&bench, "sh", &[script, "viejo.ics", "nuevo.ics"]);
    assert!(!good && said.contains("there already"), "{said}");
}
