//! `plan.html` in Chromium and `plan.ics` in Python: what people open, in the programs with which they do.

use super::{GROUPS, planned};
use crate::support::{finish, need};
use std::fs;
use std::process::Command;

#[test]
fn the_page_asks_for_nothing_says_nothing_and_prints() {
    let chromium = need("chromium");
    for group in GROUPS {
        let bench = planned(group);
        for file in ["plan/plan.html", "plan/plan.es.html"] {
            let html = bench.text(file);
            for word in ["<script", "src=", "http-equiv=\"refresh\"", "@import", "url("] {
                assert!(!html.replace("url(#", "").contains(word), "{group}/{file} holds `{word}`");
            }
            assert!(!html.contains("<link"), "{group}/{file} links to something");
            assert!(html.contains("default-src 'none'"), "{group}/{file} has no policy");
        }
        // Chromium behind a proxy that does not answer: whatever it asked for would be an error on its console.
        let pdf = bench.dir().join("plan.pdf");
        let mut command = Command::new(&chromium);
        bench.settle(&mut command);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]);
        command.args(["--proxy-server=127.0.0.1:9", "--enable-logging=stderr", "--no-pdf-header-footer"]);
        command.arg(format!("--print-to-pdf={}", pdf.display())).arg(bench.dir().join("plan/plan.es.html"));
        let ran = finish(command, b"", &["chromium", group]).ok();
        assert!(!ran.stderr.contains("CONSOLE"), "{ran}");
        let bytes = fs::read(&pdf).unwrap();
        assert!(bytes.starts_with(b"%PDF") && bytes.len() > 20_000, "{} bytes", bytes.len());
    }
}

#[test]
fn nothing_is_wider_than_the_sheet_and_no_task_is_cut() {
    let chromium = need("chromium");
    // The page measures itself; its own policy would forbid the script, so it is taken out of the copy.
    const MEASURE: &str = "<script>addEventListener('load',()=>{const w=document.documentElement.clientWidth;\
        const wide=[...document.querySelectorAll('table,svg,li,p,h1,h2,h3,section')].filter(e=>!(e.matches('svg')&&w<500)).filter(e=>e.getBoundingClientRect().right>w+1);\
        document.title='WIDE:'+wide.length+':'+wide.slice(0,3).map(e=>e.outerHTML.slice(0,120)).join('|');})</script>";
    for group in GROUPS {
        let bench = planned(group);
        for file in ["plan/plan.html", "plan/plan.es.html"] {
            let html = bench.text(file);
            assert!(html.contains("break-inside: avoid") || html.contains("break-inside:avoid"), "{file}");
            let at = html.find("<meta http-equiv=\"Content-Security-Policy\"").unwrap();
            let end = html[at..].find('>').unwrap() + at + 1;
            let copy = format!("{}{}{}", &html[..at], MEASURE, &html[end..]);
            bench.put("copy.html", copy);
            // A sheet of A4 between its margins, and a phone (on which the chart is scrolled).
            for width in ["680", "400"] {
                let mut command = Command::new(&chromium);
                bench.settle(&mut command);
                command.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]);
                command.arg(format!("--window-size={width},1000")).arg(bench.dir().join("copy.html"));
                let ran = finish(command, b"", &["chromium", group]).ok();
                let title = ran.stdout.split("<title>").nth(1).and_then(|t| t.split("</title>").next()).unwrap_or("?");
                assert!(title.starts_with("WIDE:0:"), "{group}/{file} at {width}: {title}");
            }
        }
    }
}

#[test]
fn the_calendar_loads_elsewhere_with_every_dated_task() {
    // Debian's own, which has the module; another one may stand before it in the search path.
    let debian = std::path::PathBuf::from("/usr/bin/python3");
    let python = if debian.is_file() { debian } else { need("python3") };
    const READ: &str = "import sys, icalendar\n\
        c = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())\n\
        e = [x for x in c.walk('VEVENT')]\n\
        assert len({str(x['UID']) for x in e}) == len(e)\n\
        for x in e: assert x.decoded('DTEND') > x.decoded('DTSTART')\n\
        print(len(e))\nprint('\\n'.join(str(x['SUMMARY']) for x in e))";
    for group in GROUPS {
        let bench = planned(group);
        let plan = bench.run(&["plan", "--json", "--dry-run", "--today", "2026-11-26"]).ok().json();
        let dated = plan["tasks"].as_array().unwrap().iter().filter(|t| !t["start"].is_null() && t["done"].is_null());
        let dated: Vec<&serde_json::Value> = dated.collect();
        assert!(!dated.is_empty());
        for (file, neutral) in [("plan/plan.ics", "computers: "), ("plan/plan.es.ics", "computadoras: ")] {
            let mut command = Command::new(&python);
            command.args(["-c", READ]).arg(bench.dir().join(file));
            let ran = finish(command, b"", &["python3", group]).ok();
            let mut lines = ran.stdout.lines();
            assert_eq!(lines.next().unwrap(), dated.len().to_string(), "{group}/{file}");
            // Titles say nothing to whoever looks over a shoulder.
            assert!(lines.all(|l| l.starts_with(neutral)), "{group}/{file}: {ran}");
            let text = bench.text(file);
            assert!(text.lines().all(|l| l.len() <= 76), "a line is longer than the format allows");
        }
        bench.run(&["plan", "--plain-titles", "--today", "2026-11-26"]).ok();
        let first = dated[0]["title"]["en"].as_str().unwrap();
        let plain = bench.text("plan/plan.ics").replace("\r\n ", "").replace("\\,", ",");
        assert!(plain.contains(first), "{first}");
    }
}
