#![allow(clippy::unwrap_used, clippy::panic, clippy::format_collect, clippy::large_stack_arrays)]

use super::*;
use crate::evidence::table::split_line;
use crate::evidence::text::Encoding;
use proptest::prelude::*;

#[derive(Debug, Default)]
struct Seen(Vec<(Option<u64>, String)>);

impl Sink for Seen {
    fn offer(&mut self, kind: Kind, place: Place<'_>, signal: &Signal<'_>) -> bool {
        assert_eq!(kind, Kind::Logins);
        let Signal::Login { host } = signal else { return false };
        self.0.push((place.line, (*host).to_owned()));
        host.contains("slack")
    }
}

fn run(text: &str, format: LoginFormat) -> Result<(Seen, Counts)> {
    let mut seen = Seen::default();
    let mut input = std::io::BufReader::with_capacity(9, text.as_bytes());
    let about = Input::new("vault", &[]);
    let counts = read(Text::new(&mut input, Encoding::of(text.as_bytes())), format, &about, &mut seen)?;
    Ok((seen, counts))
}

fn csv_of(text: &str) -> LoginFormat {
    let header = split_line(text.lines().next().unwrap(), b',');
    LoginFormat::Csv(csv::Source::of(&header).unwrap(), Layout { delimiter: b',', header: 1 })
}

/// A marker secret in every field but the address, one export a format.
fn exports() -> Vec<(String, LoginFormat)> {
    let headers = [
        "folder,favorite,type,name,notes,fields,reprompt,archivedDate,login_uri,login_username,login_password,login_totp",
        "collections,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp",
        "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes",
        "Account,Login Name,Password,Web Site,Comments",
        "Group,Title,Username,Password,URL,Notes,TOTP,Icon,Last Modified,Created",
        "name,url,username,password,note",
        "url,username,password,httpRealm,formActionOrigin,guid,timeCreated,timeLastUsed,timePasswordChanged",
        "Title,URL,Username,Password,Notes,OTPAuth",
        "url,username,password,totp,extra,name,grouping,fav",
        "username,title,password,note,url,category,otpSecret",
    ];
    let mut all: Vec<(String, LoginFormat)> = headers
        .iter()
        .map(|header| {
            let cells: Vec<String> = split_line(header, b',')
                .iter()
                .map(|name| match name.to_lowercase().as_str() {
                    "url" | "web site" | "login_uri" => {
                        "https://SECRET1:SECRET2@app.slack.com/SECRET3?t=SECRET4#SECRET5".to_owned()
                    }
                    other => format!("\"SECRET-{other}.com https://secret.SECRET.com/\nSECRET\""),
                })
                .collect();
            let text = format!("{header}\n{}\n", cells.join(","));
            let format = csv_of(&text);
            (text, format)
        })
        .collect();
    all.push((BITWARDEN.to_owned(), LoginFormat::BitwardenJson));
    all.push((KEEPASS.to_owned(), LoginFormat::KeePassXml));
    all
}

const BITWARDEN: &str = r#"{"encrypted":false,"folders":[{"id":"SECRET","name":"SECRET"}],
"items":[{"id":"SECRET","type":1,"name":"SECRET.com","notes":"https://SECRET.com","fields":[{"name":"SECRET","value":"SECRET"}],
"login":{"fido2Credentials":[{"rpId":"secret.SECRET.com"}],"uris":[{"match":null,"uri":"https://SECRET1:SECRET2@app.slack.com/SECRET3"},{"uri":null}],"username":"SECRET","password":"SECRET","totp":"otpauth://SECRET"},
"passwordHistory":[{"password":"SECRET"}]},
{"type":3,"name":"SECRET","card":{"number":"SECRET","code":"SECRET"},"login":null},{"type":2,"secureNote":{"type":0},"notes":"SECRET"}]}"#;

const KEEPASS: &str = "<?xml version=\"1.0\"?>\n<KeePassFile><Root><Group><Name>SECRET</Name><Entry><UUID>SECRET</UUID>\n\
<String><Key>Title</Key><Value>SECRET.com</Value></String><String><Key>Password</Key><Value ProtectInMemory=\"True\">SECRET.com</Value></String>\
<String><Key>URL</Key><Value>https://SECRET1:SECRET2@app.slack.com/?a&amp;SECRET</Value></String>\
<String><Key>KP2A_URL_1</Key><Value>https://SECRET.com</Value></String>\
<History><Entry><String><Key>URL</Key><Value>https://secret.SECRET.org</Value></String></Entry></History></Entry></Group></Root></KeePassFile>";

#[test]
fn no_marker_leaves_any_format() {
    for (text, format) in exports() {
        let (seen, counts) = run(&text, format).unwrap_or_else(|e| panic!("{e}: {text}"));
        let hosts: Vec<&str> = seen.0.iter().map(|s| s.1.as_str()).collect();
        assert_eq!(hosts, ["app.slack.com"], "{text}");
        assert!(!format!("{seen:?}{counts:?}").to_lowercase().contains("secret"), "{text}");
        assert_eq!(counts.0["matched"], 1);
    }
}

#[test]
fn no_marker_leaves_in_an_error_wherever_a_file_is_cut() {
    for (text, format) in exports() {
        for end in (0..text.len()).filter(|n| text.is_char_boundary(*n)) {
            let shown = format!("{:?}", run(&text[..end], format)).to_lowercase();
            assert!(!shown.contains("secret"), "{shown}");
        }
        let broken = text.replace("SECRET", "SECRET\0");
        let e = run(&broken, format).unwrap_err();
        assert!(!format!("{e:?}").to_lowercase().contains("secret") && !e.hints.is_empty());
    }
    for text in [
        r#"{"encrypted":"SECRET"}"#,
        r#"{"items":"SECRET"}"#,
        r#"{"items":[{"login":"SECRET"}]}"#,
        r#"{"items":[{"login":{"uris":[{"uri":{"SECRET":1}}]}}]}"#,
        r#"{"items":[SECRET]}"#,
    ] {
        let shown = format!("{:?}", run(text, LoginFormat::BitwardenJson).unwrap_err());
        assert!(!shown.contains("SECRET"), "{shown}");
    }
}

#[test]
fn entries_and_sites_are_counted() {
    let text = "name,url,username,password\n1,https://slack.com,u,p\n2,https://slack.com/x,u,p\n3,android://x@com.slack,u,p\n4,http://192.0.2.1,u,p\n5,,u,p\n";
    let (seen, counts) = run(text, csv_of(text)).unwrap();
    assert_eq!(seen.0.iter().map(|s| s.0.unwrap()).collect::<Vec<_>>(), [2, 3]);
    let want = [("entries", 5), ("sites", 1), ("matched", 2), ("addresses", 1)];
    assert_eq!(counts.0, want.iter().map(|(n, c)| ((*n).to_owned(), *c)).collect());
}

#[test]
fn an_encrypted_export_is_named_as_such() {
    for text in [
        r#"{"encrypted":true,"passwordProtected":true,"salt":"x","data":"2.SECRET"}"#,
        r#"{"encrypted":true,"folders":[],"items":[{"login":{"uris":[{"uri":"2.SECRET|x"}]}}]}"#,
    ] {
        let e = run(text, LoginFormat::BitwardenJson).unwrap_err();
        assert!(e.to_string().contains("encrypted") && !e.to_string().contains("SECRET"));
    }
}

#[test]
fn bombs_are_refused() {
    let deep = format!("<KeePassFile>{}", "<Group>".repeat(1_000_000));
    assert!(run(&deep, LoginFormat::KeePassXml).unwrap_err().to_string().contains("nested"));
    let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><KeePassFile>&b;</KeePassFile>";
    assert!(run(laughs, LoginFormat::KeePassXml).is_err());
    assert!(run(&"[".repeat(10_000_000), LoginFormat::BitwardenJson).is_err());
    let nested = format!("{{\"items\":[{{\"x\":{}", "[".repeat(1_000_000));
    assert!(run(&nested, LoginFormat::BitwardenJson).unwrap_err().to_string().contains("cut off"));
}

#[test]
fn doubled_keys_do_not_hide_encryption() {
    let text = r#"{"encrypted":false,"items":[],"encrypted":true}"#;
    assert!(run(text, LoginFormat::BitwardenJson).is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[\\PC\n\"<>{}\\[\\]:,]{0,200}", which in 0_usize..12) {
        let (head, format) = exports().swap_remove(which);
        let cut: String = head.chars().take(text.len() * 3).collect();
        let _ = run(&text, format);
        let _ = run(&format!("{cut}{text}"), format);
    }
}
