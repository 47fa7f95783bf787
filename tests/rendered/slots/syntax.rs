//! In which syntax a template writes, who reads it back, and which form its values have.

use super::super::tools::python;
use super::places::Place;
use super::*;
use decamp::evidence::{host, people};
use pulldown_cmark::{Event, Options, Parser};

/// The reader of a template's output. A template of another kind has none yet: say here who reads it.
pub(super) fn of(name: &str) -> &'static str {
    let file = name.rsplit('/').next().unwrap();
    match file {
        "rclone.conf" => "rclone",
        "vdirsyncer.conf" => "vdirsyncer",
        "redirects.conf" => "nginx",
        "redirects.htaccess" => "apache",
        "mbsyncrc" => "mbsync",
        "members.txt" => "members",
        "opendkim.conf" | "KeyTable" | "SigningTable" | "TrustedHosts" | "decamp_lists.py" => "lines",
        _ => match file.rsplit('.').next().unwrap() {
            "md" => "md",
            "html" => "html",
            "xml" | "mobileconfig" => "xml",
            "yaml" | "yml" => "yaml",
            "csv" => "csv",
            "sh" => "sh",
            "js" => "js",
            "txt" => "lines",
            _ => panic!("who reads what templates/{name}.hbs writes?"),
        },
    }
}

/// What a value may be.
pub(super) enum Form {
    /// Anything.
    Text,
    /// An address of mail, as the program takes one from evidence.
    Address,
    /// A domain.
    Domain,
    /// What the program makes, of letters and digits.
    Made,
}

/// The form of the values at a place.
pub(super) fn form(name: &str, place: &Place) -> Form {
    let last = place.path.rsplit('.').next().unwrap();
    match (name, place.path.as_str()) {
        // By `provider::word`, from a group's name.
        ("own-server/inventory.yaml", "group.id")
        | ("own-server/ansible/README.md" | "own-server/ansible/README.es.md", "id") => {
            return Form::Made;
        }
        // By `redirects`: expressions in which all but letters and digits is escaped, and addresses as a browser sends them.
        ("web/redirects.htaccess", "redirects.www_is" | "path_is" | "query_is") => return Form::Made,
        ("web/redirects.htaccess", "to_rewrite") if !place.under.contains("rules") => return Form::Made,
        // A picture that the program draws.
        ("trustees/sheet.html" | "trustees/sheet.es.html", "qr") => return Form::Made,
        // Words of the program that reads the file, from the catalog; no value.
        ("nextcloud/rclone.conf" | "nextcloud/vdirsyncer.conf" | "configs/octodns.yaml", "key") => return Form::Made,
        ("nextcloud/vdirsyncer.conf", "word") | ("clouds/copy-buckets.sh", "env") => return Form::Made,
        // From the catalog: the end of a channel's name, and the word of a language.
        ("imap-mail/mbsyncrc", "channel") => return Form::Made,
        ("imap-mail/mbsyncrc", "imap.words") => return Form::Made,
        _ => {}
    }
    match last {
        // By `Slugs`: letters, digits and a few signs.
        "slug" => Form::Made,
        // Ids of the catalog: kebab-case, or refused when it is read.
        "id" => Form::Made,
        // Types of records, as the reader of zones names them.
        "rtype" => Form::Made,
        // Numbers, or refused by `--set`.
        "imap_port" | "smtp_port" => Form::Made,
        "address" | "aliases" | "owners" | "moderators" => Form::Address,
        "domain" | "domains" | "imap_host" | "smtp_host" | "host" => Form::Domain,
        _ => Form::Text,
    }
}

impl Form {
    /// The hostile value of this form that is nearest to a string.
    pub(super) fn nearest(&self, text: &str) -> Option<String> {
        match self {
            Self::Text => Some(text.to_owned()),
            Self::Address => {
                let local: String = text.chars().filter(|c| c.is_ascii_graphic() && *c != '@').take(64).collect();
                let rough = people::address(&format!("{local}@casa.example")).map(|_| local.clone());
                let local = rough.unwrap_or_else(|| {
                    local.replace(['"', '(', ')', ',', ':', ';', '<', '>', '[', ']', '\\', '.'], "")
                });
                people::address(&format!("{local}@casa.example")).map(|(l, d)| format!("{l}@{d}"))
            }
            Self::Domain => host::valid(text).name(),
            Self::Made => None,
        }
    }
}

/// What a reader must find where a helper wrote a value.
pub(super) fn read_back(place: &Place, value: &str) -> String {
    let bidi = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    match place.helpers.last().map(String::as_str).unwrap_or_default() {
        "html" => value.chars().map(|c| if c.is_control() && c != '\n' || bidi(c) { '\u{fffd}' } else { c }).collect(),
        "md" => value
            .trim_matches(|c: char| c.is_whitespace() || c.is_control())
            .chars()
            .map(|c| {
                if c.is_control() {
                    ' '
                } else if bidi(c) {
                    '\u{fffd}'
                } else {
                    c
                }
            })
            .collect(),
        "remark" => decamp::render::quote::remark::quote(value).unwrap(),
        "csv" => {
            let cell = decamp::render::quote::csv::quote(value).unwrap();
            let cell = cell[1..cell.len() - 1].replace("\"\"", "\"");
            assert!(cell == value || cell.strip_prefix('\'') == Some(value), "{cell:?} is not {value:?}");
            cell
        }
        _ => value.to_owned(),
    }
}

/// What each file says, as its reader reads it.
pub(super) fn read(bench: &Bench, syntax: &str, paths: &[String]) -> Vec<Result<Vec<String>, String>> {
    if syntax == "md" {
        return paths.iter().map(|p| Ok(markdown(&bench.text(p)))).collect();
    }
    let readers = repository().join("tests/rendered/readers");
    let mut command = if syntax == "js" { Command::new(need("node")) } else { Command::new(python()) };
    if syntax == "js" {
        command.arg(readers.join("read_structure.js"));
    } else {
        command.arg(readers.join("read_structure.py")).arg(syntax);
    }
    bench.settle(&mut command);
    let ran = finish(command, paths.join("\n").as_bytes(), &[syntax]).ok();
    let told: Vec<_> = ran
        .stdout
        .lines()
        .map(|l| {
            let said: serde_json::Value = serde_json::from_str(l).unwrap();
            let words = said["words"].as_array().ok_or_else(|| said["error"].to_string())?;
            Ok(words.iter().map(|w| w.as_str().unwrap().to_owned()).collect())
        })
        .collect();
    assert_eq!(told.len(), paths.len(), "{syntax}: {ran}");
    told
}

/// Markdown as CommonMark with tables reads it: blocks and marks, and texts with one space between words.
fn markdown(text: &str) -> Vec<String> {
    let (mut words, mut texts) = (Vec::new(), String::new());
    let end = |texts: &mut String, words: &mut Vec<String>| {
        if !texts.is_empty() {
            words.push(std::mem::take(texts));
        }
    };
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Text(t) => texts.push_str(&t),
            Event::Code(t) => {
                end(&mut texts, &mut words);
                words.push(format!("`{t}"));
            }
            Event::SoftBreak => texts.push('\n'),
            other => {
                end(&mut texts, &mut words);
                words.push(format!("<{other:?}>"));
            }
        }
    }
    end(&mut texts, &mut words);
    words
}

/// A text as Markdown shows it: any white space is one space.
pub(super) fn shown(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text without control characters: what of it could be seen.
pub(super) fn flat(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
