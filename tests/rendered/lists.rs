//! What is rendered for mailing lists and audiences, and what Mailman does with it.

use super::mail::rows;
use super::*;
use crate::support::zip;
use std::os::unix::fs::PermissionsExt as _;

const LISTS: &str = "configs/own-server/lists";
const NEWS: &str = "configs/own-server/newsletter";

/// Lists as groups.google.com and Google's admin console export them.
pub(super) fn groups() -> Bench {
    Bench::group("casaabierta.example").file("evidence/vecinas.csv", "Members for group Vecinas\nEmail address,Nickname,Group status,Email status,Email preference,Posting permissions\nana@casaabierta.example,\"Ana \"\"la de abajo\"\" Ruiz, x\",owner,,All email,Allowed\nbea@otra.example,,member,,All email,Allowed\ninvitada@otra.example,,invited,,All email,Allowed\nBEA@otra.example,Bea,member,,All email,Allowed\n")
        .file("evidence/groups.csv", "Group Email [Required],Member Email,Member Name,Member Role,Member Type\njunta@casaabierta.example,ana@casaabierta.example,Ana,OWNER,USER\njunta@casaabierta.example,caro@casaabierta.example,Ñandú Paz,MANAGER,USER\njunta@casaabierta.example,\"dora@otra.example\",\"x\"\" <evil@x.example>\",MEMBER,USER\nfuera@googlegroups.com,ana@casaabierta.example,,MEMBER,USER\n")
}

/// `mailman` for this test alone, with its own files.
fn mailman(bench: &Bench) -> std::path::PathBuf {
    let var = bench.top().join("mailman");
    let at = var.display();
    let dirs = ["queue", "lists", "logs", "locks", "data", "cache", "messages", "archives", "templates"];
    let names = [
        "queue_dir",
        "list_data_dir",
        "log_dir",
        "lock_dir",
        "data_dir",
        "cache_dir",
        "messages_dir",
        "archive_dir",
        "template_dir",
    ];
    let paths: String = names.iter().zip(dirs).map(|(n, d)| format!("{n}: {at}/{d}\n")).collect();
    fs::create_dir_all(&var).unwrap();
    fs::write(var.join("mailman.cfg"), format!("[mailman]\nlayout: here\nsite_owner: root@casaabierta.example\n[paths.here]\nvar_dir: {at}\netc_dir: {at}\npid_file: {at}/pid\nlock_file: {at}/lock\n{paths}[database]\nurl: sqlite:///{at}/mailman.db\n[mta]\nincoming: mailman.mta.null.NullMTA\n")).unwrap();
    // Whoever runs the tests may be root, which Mailman refuses unless told.
    let real = need("mailman");
    bench.put("bin/mailman", format!("#!/bin/sh\nexec {} --run-as-root -C {at}/mailman.cfg \"$@\"\n", real.display()));
    fs::set_permissions(bench.dir().join("bin/mailman"), fs::Permissions::from_mode(0o755)).unwrap();
    var
}

fn run(bench: &Bench, name: &str, args: &[&str]) -> crate::support::Ran {
    let mut command = Command::new(name);
    bench.settle(&mut command);
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", bench.dir().join("bin").display())).args(args);
    finish(command, b"", args)
}

/// Files in Mailman's queues: what waits to be sent.
fn waiting(var: &Path) -> Vec<String> {
    crate::support::tree(&var.join("queue")).into_keys().filter(|p| p.contains('.')).collect()
}

#[test]
fn mailman_takes_the_members_and_writes_to_nobody() {
    let bench = groups();
    rendered(&bench, "own-server", true);
    let script = format!("{LISTS}/lists.sh");
    let (good, said) = program(&bench, "shellcheck", &[&script]);
    assert!(good, "{said}");
    let var = mailman(&bench);
    // A rehearsal shows the commands and does nothing.
    let ran = run(&bench, "sh", &[&script]).ok();
    assert!(ran.stdout.contains("mailman create") && ran.stdout.contains("--no-welcome-msg"), "{ran}");
    assert!(!var.join("mailman.db").exists(), "{ran}");
    let ran = run(&bench, "sh", &[&script, "--run"]).ok();
    let list = "junta@casaabierta.example";
    let members = |role: &str| {
        run(&bench, bench.dir().join("bin/mailman").to_str().unwrap(), &["members", "--role", role, list]).ok().stdout
    };
    assert_eq!(members("owner").trim(), "ana@casaabierta.example", "{ran}");
    assert_eq!(members("moderator").trim(), "Ñandú Paz <caro@casaabierta.example>");
    assert_eq!(
        members("member").lines().collect::<Vec<_>>(),
        ["ana@casaabierta.example", "Ñandú Paz <caro@casaabierta.example>", "x\" <evil@x.example> <dora@otra.example>"]
    );
    assert_eq!(waiting(&var), Vec::<String>::new(), "a message waits to be sent");
    const READ: &str = "import sqlite3, sys\nprint(sqlite3.connect(sys.argv[1]).execute('select list_name, advertised, archive_policy, subscription_policy, send_welcome_message from mailinglist').fetchall())";
    let (_, said) = program(&bench, "python3", &["-c", READ, var.join("mailman.db").to_str().unwrap()]);
    // Only the list whose address comes along was put up, closed: not advertised, archive private (1), joining moderated (2).
    assert_eq!(said.trim(), "[('junta', 0, 1, 2, 0)]");
    let before = members("any");
    run(&bench, "sh", &[&script, "--run"]).ok();
    assert_eq!((members("any"), waiting(&var)), (before, Vec::new()), "a second run changes something");
}

#[test]
fn whose_state_is_unknown_is_on_no_list_and_is_named() {
    let bench = groups();
    rendered(&bench, "own-server", true);
    let text = bench.text(&format!("{LISTS}/vecinas.members.txt"));
    let people: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
    assert_eq!(people, ["\"Ana \\\"la de abajo\\\" Ruiz, x\" <ana@casaabierta.example>", "bea@otra.example"]);
    for page in ["lists.md", "lists.es.md"] {
        let page = bench.text(&format!("{LISTS}/{page}"));
        assert!(page.contains("invitada@otra.example") && page.contains("evidence/vecinas.csv:5 invited"), "{page}");
        assert!(page.contains("junta@casaabierta.example") && page.contains("ASK"), "{page}");
    }
    // The address of a list that stays with the vendor is asked for.
    let script = bench.text(&format!("{LISTS}/lists.sh"));
    assert!(script.lines().filter(|l| l.contains("LIST@DOMAIN")).all(|l| l.starts_with('#')), "{script}");
    assert!(script.contains("#list 'fuera@googlegroups.com' LIST@DOMAIN"), "{script}");
    // A damaged list is no list.
    let bench = groups();
    bench.put("evidence/vecinas.csv", "Members for group Vecinas\nEmail address,Nickname,Group status,Email status,Email preference,Posting permissions\nana@casaabierta.example,\"Ana,owner,,All email,Allowed\n");
    planned(&bench, "own-server");
    let ran = render(&bench, &[]).ok();
    assert!(ran.stderr.contains("evidence/vecinas.csv:3"), "{ran}");
    assert!(
        !bench.has(&format!("{LISTS}/vecinas.members.txt"))
            && bench.text(&format!("{LISTS}/lists.es.md")).contains("línea 3")
    );
}

#[test]
fn sympa_reads_each_line_as_one_person() {
    // As Sympa's own `add` cuts a line: the address up to the first space, then the name.
    let bench = groups();
    planned(&bench, "own-server");
    let plan = bench.text("plan/plan.yaml").replace("to: mailman", "to: sympa");
    bench.put("plan/plan.yaml", plan);
    render(&bench, &[]).ok();
    let text = bench.text(&format!("{LISTS}/junta@casaabierta.example.subscribers.txt"));
    let people: Vec<(&str, &str)> =
        text.lines().filter(|l| !l.starts_with('#')).map(|l| l.split_once(' ').unwrap_or((l, ""))).collect();
    assert_eq!(
        people,
        [
            ("ana@casaabierta.example", "Ana"),
            ("caro@casaabierta.example", "Ñandú Paz"),
            ("dora@otra.example", "x\" <evil@x.example>")
        ]
    );
    let page = bench.text(&format!("{LISTS}/lists.md"));
    assert!(page.contains("sympa.pl --add='junta@casaabierta.example' --role=member --quiet"), "{page}");
}

const MAILCHIMP: &str = "Email Address,First Name,Last Name,OPTIN_TIME,LEID,EUID,NOTES\n";

fn audience(subscribed: &str, more: &[(&str, &[u8])]) -> Bench {
    let subscribed = format!("{MAILCHIMP}{subscribed}");
    let mut members: Vec<(&str, &[u8])> = vec![("subscribed_email_audience_export_1.csv", subscribed.as_bytes())];
    members.extend(more);
    Bench::group("casaabierta.example").file("evidence/audience_1.zip", zip(&members))
}

/// An audience with people in every state.
pub(super) fn everybody() -> Bench {
    let left = b"Email Address,First Name,Last Name,UNSUB_TIME,LEID,EUID\nbea@otra.example,Bea,X,2026-01-01,2,b\n";
    let cleaned = b"Email Address,First Name,Last Name,CLEAN_TIME,LEID,EUID\ncaro@otra.example,Caro,X,2026-01-01,3,c\nbea@otra.example,Bea,X,2026-01-01,2,b\n";
    let never = format!("{MAILCHIMP}dora@otra.example,Dora,X,2026-01-01,4,d,\n");
    audience(
        "ana@otra.example,\"=cmd|'/c calc'!A1\",Ruiz,2026-01-01,1,a,\nBea@otra.example,Bea,X,2026-01-01,2,b,\nno address,Eva,X,2026-01-01,5,e,\ndora@otra.example,Dora,X,2026-01-01,4,d,\n",
        &[("unsubscribed_1.csv", left), ("cleaned_1.csv", cleaned), ("nonsubscribed_1.csv", never.as_bytes())],
    )
}

#[test]
fn nobody_who_has_left_is_among_the_subscribed() {
    let bench = everybody();
    for to in ["civicrm", "listmonk"] {
        planned(&bench, "own-server");
        bench.put("plan/plan.yaml", bench.text("plan/plan.yaml").replace("to: civicrm", &format!("to: {to}")));
        render(&bench, &["--force".to_owned()]).ok();
        let of = |kind: &str| rows(&bench, &format!("{NEWS}/audience_1.{kind}.csv"));
        let names = |kind: &str| of(kind)[1..].iter().map(|r| r[0].clone()).collect::<Vec<_>>();
        assert_eq!(of("subscribed")[0][..3], ["email", "name", "attributes"]);
        assert_eq!(names("subscribed"), ["ana@otra.example"]);
        assert_eq!(of("subscribed")[1][1..], ["'=cmd|'/c calc'!A1 Ruiz", "{}", "0"]);
        assert_eq!(names("unsubscribed"), Vec::<String>::new());
        assert_eq!(names("cleaned"), ["bea@otra.example", "caro@otra.example"]);
        assert_eq!(names("left-out"), ["dora@otra.example", "no address"]);
        for page in ["import.md", "import.es.md"] {
            let page = bench.text(&format!("{NEWS}/{page}"));
            let place =
                |file: &str| page.find(&format!("`NAME.{file}.csv`")).unwrap_or_else(|| panic!("{file}: {page}"));
            assert!(place("unsubscribed") < place("cleaned") && place("cleaned") < place("subscribed"), "{page}");
            assert!(!page.contains("nobody who has left is listed") && !page.contains("no aparece nadie"), "{page}");
            assert!(page.contains("| audience\\_1 | `audience_1.*.csv` | 1 | 0 | 2 | 2 |"), "{page}");
        }
    }
}

#[test]
fn an_audience_without_those_who_left_is_asked_about() {
    let bench = audience("ana@otra.example,Ana,Ruiz,2026-01-01,1,a,\n", &[]);
    rendered(&bench, "own-server", true);
    assert!(bench.text(&format!("{NEWS}/import.md")).contains("nobody who has left is listed"));
    assert!(bench.text(&format!("{NEWS}/import.es.md")).contains("no aparece nadie que se haya dado de baja"));
}

#[test]
fn an_audience_of_which_a_file_is_damaged_is_not_written() {
    let bench = audience(
        "ana@otra.example,Ana,Ruiz,2026-01-01,1,a,\n",
        &[(
            "unsubscribed_1.csv",
            b"Email Address,First Name,Last Name,UNSUB_TIME,LEID,EUID\nbea@otra.example,\"Bea,X,2026-01-01,2,b\n",
        )],
    );
    planned(&bench, "own-server");
    let ran = render(&bench, &[]).ok();
    assert!(ran.stderr.contains("unsubscribed_1.csv:2"), "{ran}");
    let all: Vec<String> = crate::support::tree(&bench.dir())
        .into_keys()
        .filter(|p| p.contains("newsletter/") && p.ends_with(".csv"))
        .collect();
    assert_eq!(all, Vec::<String>::new());
    let page = bench.text(&format!("{NEWS}/import.md"));
    assert!(page.contains("Left out") && page.contains("ASK"), "{page}");
}
