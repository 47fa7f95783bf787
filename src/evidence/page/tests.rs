#![allow(clippy::unwrap_used)]

use super::*;
use crate::error::Result;
use crate::evidence::text::{Encoding, Text};
use proptest::prelude::*;

#[derive(Debug, Default)]
struct Seen(Vec<(Option<u64>, String, String)>);

impl Sink for Seen {
    fn offer(&mut self, _: Kind, place: Place<'_>, signal: &Signal<'_>) -> bool {
        let Signal::Host { host, how } = signal else { return false };
        self.0.push((place.line, (*host).to_owned(), (*how).to_owned()));
        host.contains("google")
    }
}

fn run(kind: Kind, bytes: &[u8]) -> Result<(Seen, Counts)> {
    let mut seen = Seen::default();
    let domains = ["casaabierta.example".to_owned()];
    let about = Input::new("page", &domains);
    let mut input = std::io::BufReader::with_capacity(11, bytes);
    let text = Text::new(&mut input, Encoding::of(bytes));
    let counts = match kind {
        Kind::Har => har::read(text, &about, &mut seen)?,
        _ => html::read(text, &about, &mut seen)?,
    };
    Ok((seen, counts))
}

fn shown(seen: &Seen) -> Vec<String> {
    seen.0.iter().map(|(line, host, how)| format!("{} {host} {how}", line.unwrap_or(0))).collect()
}

#[test]
fn what_a_page_loads_is_told_by_line() {
    let page = r#"<!DOCTYPE html>
<!-- saved from url=(0042)https://www.groupsite.org/about -->
<html><head><link rel="stylesheet" href="https://fonts.googleapis.com/css?family=X&amp;y">
<link rel=preconnect href="//fonts.gstatic.com"><link rel="author" href="https://author.example">
<SCRIPT SRC='https://www.googletagmanager.com/gtag/js?id=G-X'></SCRIPT>
<script>document.write('<img src="https://not-html.example/x">')</script>
<style>
@import "https://use.typekit.net/x.css";
@font-face{src:url( 'https://cdn.fonts.example/x.woff') , URL(data:font/woff;base64,AA)}
</style></head><body>
<a href="https://clicked.example">x</a><img src="data:image/png;base64,AA" srcset="https://i0.wp.com/a 1x, https://i1.wp.com/b 2x">
<iframe
 src="https://www.youtube.com/embed/x"></iframe><form action="https://x.us1.list-manage.com/subscribe">
<img src="https://static.groupsite.org/x"><img src="https://img.casaabierta.example/x"><script src="local.js"></script>
<div style="background:url(https://bg.example/x)"></div><script src="https://www.googletagmanager.com/other.js"></script>
<noscript><img src="https://www.facebook.com/tr?id=1"></noscript><object data="https://o.example/x"></object>
<script src="https://127.0.0.1/x"></script><img src="blob:https://b.example/1">
"#;
    let (seen, counts) = run(Kind::Html, page.as_bytes()).unwrap();
    assert_eq!(
        shown(&seen),
        [
            "3 fonts.googleapis.com style",
            "4 fonts.gstatic.com link",
            "5 www.googletagmanager.com script",
            "8 use.typekit.net style",
            "9 cdn.fonts.example style",
            "11 i0.wp.com image",
            "11 i1.wp.com image",
            "12 www.youtube.com frame",
            "13 x.us1.list-manage.com form",
            "15 bg.example style",
            "16 o.example frame",
            "16 www.facebook.com image",
        ]
    );
    assert_eq!((counts.0["hosts"], counts.0["matched"]), (12, 2));
}

#[test]
fn the_page_is_known_by_canonical_and_base() {
    for head in ["<link rel=canonical href=https://www.group.org/x>", "<base href=https://group.org/>"] {
        let page = format!(
            "<html>{head}<script src=https://cdn.group.org/x></script><script src=https://a.example/x></script>"
        );
        assert_eq!(shown(&run(Kind::Html, page.as_bytes()).unwrap().0), ["1 a.example script"], "{head}");
    }
}

#[test]
fn hostile_pages_end() {
    let deep = format!("<html>{}", "<div>".repeat(1_000_000));
    let _ = run(Kind::Html, deep.as_bytes());
    let huge = format!("<html><img src=\"https://a.example/{}\">", "x".repeat(20_000_000));
    assert!(run(Kind::Html, huge.as_bytes()).unwrap_err().to_string().contains("too long"));
    let attributes = format!("<html><img {}>", "a=b ".repeat(500_000));
    let _ = run(Kind::Html, attributes.as_bytes());
    let open = format!("<html><style>{}", "url(//a.example".repeat(10_000));
    assert_eq!(run(Kind::Html, open.as_bytes()).unwrap().0.0.len(), 1);
}

#[test]
fn an_archive_gives_hosts_and_no_marker() {
    let har = r#"{"log":{"version":"1.2","pages":[{"title":"https://SECRET.example"}],"entries":[
{"request":{"url":"https://www.group.org/?SAMLResponse=SECRET","headers":[{"name":"Cookie","value":"SECRET"}],"cookies":[{"name":"SECRET","value":"SECRET","domain":".group.org"}]},"response":{"cookies":[]}},
{"request":{"url":"https://SECRET:SECRET@www.google-analytics.com/collect?cid=SECRET","queryString":[{"name":"x","value":"SECRET"}],"postData":{"text":"SECRET"}},
 "response":{"redirectURL":"https://redirect.SECRET.example","content":{"text":"https://SECRET.example"},"cookies":[{"name":"SECRET","value":"SECRET","domain":".doubleclick.net"}]}},
{"request":{"url":"blob:https://b.example/SECRET"},"response":null},{"request":{"url":null}}]}}"#;
    let (seen, counts) = run(Kind::Har, har.as_bytes()).unwrap();
    assert_eq!(shown(&seen), ["0 doubleclick.net cookie", "0 www.google-analytics.com request"]);
    assert_eq!((counts.0["hosts"], counts.0["matched"], counts.0["requests"]), (2, 1, 4));
    assert!(!format!("{seen:?}{counts:?}").to_lowercase().contains("secret"));
    for end in 0..har.len() {
        assert!(!format!("{:?}", run(Kind::Har, &har.as_bytes()[..end])).to_lowercase().contains("secret"));
    }
}

#[test]
fn broken_archives_are_refused_without_text() {
    let long =
        format!(r#"{{"log":{{"entries":[{{"request":{{"url":"https://a.example/{}"}}}}]}}}}"#, "x".repeat(3_000_000));
    assert_eq!(shown(&run(Kind::Har, long.as_bytes()).unwrap().0), Vec::<String>::new());
    let deep = format!(r#"{{"log":{{"entries":[{{"x":{}"#, "[".repeat(1_000_000));
    for text in [
        deep.as_str(),
        "{}",
        r#"{"log":{"entries":"SECRET"}}"#,
        r#"{"log":{"entries":[{"request":{"url":{"SECRET":1}}}]}}"#,
    ] {
        let e = run(Kind::Har, text.as_bytes()).unwrap_err();
        assert!(!format!("{e:?}").contains("SECRET") && !e.hints.is_empty());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400), tags in "[<>a-z=\"'/! -]{0,200}") {
        let _ = run(Kind::Html, &bytes);
        let _ = run(Kind::Html, format!("<style>{tags}</style><img {tags}").as_bytes());
        let _ = run(Kind::Har, &[&br#"{"log":{"entries":[{"request":"#[..], &bytes].concat());
    }
}
