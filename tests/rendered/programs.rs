//! The other files, each read by the program that it is for; none of them connects anywhere.

use super::*;
use std::fmt::Write as _;

/// Files below `configs/` whose name ends so.
pub(crate) fn files(bench: &Bench, end: &str) -> Vec<String> {
    crate::support::tree(&bench.dir()).into_keys().filter(|p| p.starts_with("configs/") && p.ends_with(end)).collect()
}

/// `nginx -t` with the redirects inside a server block.
pub(crate) fn nginx(bench: &Bench, path: &str) -> (bool, String) {
    let dir = bench.dir().display().to_string();
    let temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].iter().fold(String::new(), |mut t, kind| {
        let _ = writeln!(t, "    {kind}_temp_path {dir}/tmp-{kind};");
        t
    });
    let text = format!(
        "daemon off;\npid {dir}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n    access_log off;\n{temp}    server {{\n        listen unix:{dir}/nginx.sock;\n        include \"{dir}/{path}\";\n    }}\n}}\n"
    );
    bench.put("nginx.conf", text);
    program(bench, "nginx", &["-t", "-p", &dir, "-e", "stderr", "-c", &format!("{dir}/nginx.conf")])
}

/// `mbsync` reads its configuration before it misses the channel that nobody has.
pub(crate) fn mbsync(bench: &Bench, path: &str) -> (bool, String) {
    let (_, said) = program(bench, "mbsync", &["-c", path, "there-is-no-such-channel"]);
    // While the new server is unknown its channels are commented out, which mbsync says after reading all of the file.
    let after = ["there-is-no-such-channel", "No channel specified", "No channels defined"];
    let fine = said.lines().all(|l| l.trim().is_empty() || after.iter().any(|a| l.contains(a)));
    (fine && !said.trim().is_empty(), said)
}

#[test]
fn every_configuration_is_accepted_by_its_program() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (name, _) in CASES {
        for (provider, answered) in WAYS {
            let bench = case(name);
            rendered(&bench, provider, *answered);
            for path in files(&bench, ".conf").iter().filter(|p| p.contains("/web/")) {
                let (good, said) = nginx(&bench, path);
                assert!(good, "{path}: {said}");
                seen.insert("nginx");
            }
            for path in files(&bench, ".xml") {
                let (good, said) = program(&bench, "xmllint", &["--noout", "--nonet", &path]);
                assert!(good, "{path}: {said}\n{}", bench.text(&path));
                seen.insert("xmllint");
            }
            for path in files(&bench, "rclone.conf") {
                let (good, said) = program(&bench, "rclone", &["--config", &path, "config", "dump"]);
                assert!(good && said.trim_start().starts_with('{'), "{path}: {said}");
                let (good, said) = program(&bench, "rclone", &["--config", &path, "listremotes"]);
                assert!(good && !said.contains("ERROR") && !said.contains("Failed"), "{path}: {said}");
                seen.insert("rclone");
            }
            for path in files(&bench, "mbsyncrc") {
                let (good, said) = mbsync(&bench, &path);
                assert!(good, "{path}: {said}\n{}", bench.text(&path));
                seen.insert("mbsync");
            }
        }
    }
    assert_eq!(seen.len(), 4, "only {seen:?} had something to read");
}

#[test]
fn values_arrive_in_the_configurations_as_they_were_given() {
    let bench = case("rio-claro");
    rendered(&bench, "own-server", true);
    let (_, dump) = program(&bench, "rclone", &["--config", &files(&bench, "rclone.conf")[0], "config", "dump"]);
    let dump: serde_json::Value = serde_json::from_str(&dump).unwrap();
    let url = dump["new"]["url"].as_str().unwrap();
    assert!(url.starts_with("https://nube.casa-servidor.example.org/"), "{dump}");
    assert!(dump.as_object().unwrap().values().all(|r| r.get("pass").is_none() && r.get("token").is_none()), "{dump}");
    let mbsyncrc = bench.text(&files(&bench, "mbsyncrc")[0]);
    assert!(mbsyncrc.contains("\nHost imap.casa-servidor.example.org\nPort 993\n"), "{mbsyncrc}");
    for line in mbsyncrc.lines().filter(|l| !l.starts_with('#')) {
        assert!(
            !["Expunge Both", "Expunge Near", "Expunge Far", "SSLType None", "Pass "]
                .iter()
                .any(|bad| line.trim().starts_with(bad)),
            "{line}"
        );
    }
    let xml = &files(&bench, ".xml")[0];
    let (_, host) = program(&bench, "xmllint", &["--nonet", "--xpath", "string(//incomingServer/hostname)", xml]);
    let (_, port) = program(&bench, "xmllint", &["--nonet", "--xpath", "string(//outgoingServer/port)", xml]);
    let (_, kind) = program(&bench, "xmllint", &["--nonet", "--xpath", "string(//outgoingServer/socketType)", xml]);
    assert_eq!([host.trim(), port.trim(), kind.trim()], ["imap.casa-servidor.example.org", "465", "SSL"]);
}

#[test]
fn every_folder_explains_its_files() {
    let bench = case("rio-claro");
    rendered(&bench, "may-first", false);
    for readme in ["README.md", "README.es.md"] {
        let text = bench.text(&format!("configs/may-first/{readme}")).replace('\\', "");
        for path in crate::support::tree(&bench.dir().join("configs/may-first"))
            .into_keys()
            .filter(|p| p.contains('.') && !p.contains("README") && !p.contains(".es."))
        {
            // What is written for each person stands there once.
            let path = path.replace("PERSON", "ACCOUNT");
            assert!(text.contains(&path), "{readme} does not name {path}");
        }
    }
}

/// Attributes by which a page would fetch something by itself.
fn fetches(html: &str) -> Vec<String> {
    let lower = html.to_ascii_lowercase();
    let mut found = Vec::new();
    for mark in [
        "src=",
        "srcset=",
        "url(",
        "@import",
        "<link",
        "<iframe",
        "<object",
        "<embed",
        "<script",
        "<base",
        "http-equiv=\"refresh",
        "poster=",
        "action=",
        "ping=",
    ] {
        for (at, _) in lower.match_indices(mark) {
            let rest: String = lower[at..].chars().take(120).collect();
            if !rest.contains("data:") {
                found.push(rest);
            }
        }
    }
    found
}

#[test]
fn the_handout_opens_in_a_browser_and_fetches_nothing() {
    let bench = Bench::new();
    bench.run(&["demo", bench.dir().join("practica").to_str().unwrap()]).ok();
    for page in ["handout.html", "handout.es.html"] {
        let html = bench.text(&format!("practica/{page}"));
        assert_eq!(fetches(&html), Vec::<String>::new(), "{page}");
        let path = bench.dir().join("practica").join(page);
        let profile = format!("--user-data-dir={}", bench.top().join("chromium").display());
        let url = format!("file://{}", path.display());
        let mut command = Command::new(need("chromium"));
        bench.settle(&mut command);
        // Whatever it asked for would go to a proxy that is not there, and stand in the log of its network.
        let log = bench.top().join("net.json");
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--proxy-server=127.0.0.1:9",
            "--dump-dom",
            "--virtual-time-budget=2000",
        ];
        command.args(flags).arg(&profile).arg(format!("--log-net-log={}", log.display())).arg(&url);
        let ran = finish(command, b"", &["chromium", page]).ok();
        assert!(ran.stdout.contains("</html>") && ran.stdout.contains("Casa Abierta"), "{ran}");
        let text: String = ran.stdout.chars().filter(|c| !c.is_whitespace()).collect();
        assert!(text.len() > 500, "an empty page");
    }
    // Markdown that a group may turn into pages pulls in no picture from elsewhere either.
    for (path, (_, bytes)) in crate::support::tree(&bench.dir().join("practica")) {
        if path.ends_with(".md") && !path.starts_with("opened") {
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.contains("![") && !text.contains("<img") && !text.contains("<script"), "{path}");
        }
    }
}

#[test]
fn a_workspace_may_be_named_by_a_relative_path() {
    let bench = Bench::new();
    bench.run(&["demo"]).ok();
    bench.run(&["demo", "otra/practica"]).ok();
    let case = case("rio-claro");
    fs::rename(case.dir(), bench.dir().join("casa")).unwrap();
    for dir in ["casa", "./casa", "casa/", "../work/casa"] {
        for args in [&["inventory"][..], &["plan", "--to", "may-first"], &["render"], &["status"]] {
            let all: Vec<&str> = ["-C", dir].iter().chain(args).copied().collect();
            bench.run(&all).ok();
        }
        assert!(bench.has("casa/configs/may-first/dns/rioclaro.example.zone"), "{dir}");
    }
}
