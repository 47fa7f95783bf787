//! The workspace: `init`, the way through it, what it keeps between runs, and what it never does.

use crate::support::{Bench, zone};
use serde_json::Value;

fn casa() -> Bench {
    let records = "@ IN MX 1 aspmx.l.google.com.\n@ IN TXT \"v=spf1 include:_spf.google.com ~all\"\nwww IN CNAME ext-cust.squarespace.com.\n";
    Bench::group("casaabierta.example").file("evidence/casa.zone", zone(records))
}

fn planned() -> Bench {
    let bench = casa();
    bench.run(&["inventory"]).ok();
    bench.run(&["plan"]).ok();
    bench
}

#[test]
fn init_makes_a_workspace_that_the_other_commands_read() {
    let bench = Bench::new();
    let ran = bench
        .run(&[
            "init",
            "--name",
            "Casa Abierta",
            "--domain",
            "casaabierta.example",
            "--people",
            "14",
            "--to",
            "may-first",
        ])
        .ok();
    assert!(ran.stdout.contains("inventory"), "{ran}");
    assert!(bench.has("evidence") && bench.has("group.yaml"));
    bench.put("evidence/casa.zone", zone("@ IN MX 1 aspmx.l.google.com.\n"));
    bench.run(&["inventory"]).ok();
    let plan = bench.run(&["plan", "--json"]).ok().json();
    assert_eq!((&plan["group"], &plan["providers"][0]), (&Value::from("Casa Abierta"), &Value::from("may-first")));
}

#[test]
fn init_takes_a_folder_relative_or_absolute() {
    for absolute in [false, true] {
        let bench = Bench::new();
        let whole = bench.dir().join("move");
        let dir = if absolute { whole.to_str().unwrap() } else { "move" };
        bench.run(&["init", dir, "--name", "Casa"]).ok();
        assert!(bench.has("move/group.yaml") && bench.has("move/evidence"), "{:?}", bench.tree().keys());
        assert!(!bench.has("move/move"));
    }
}

#[test]
fn every_command_works_from_outside_of_the_workspace() {
    let inside = planned();
    inside.run(&["render"]).ok();
    for absolute in [false, true] {
        let bench = Bench::new();
        for (path, (_, content)) in casa().tree() {
            if let Some(path) = path.strip_prefix("work/").filter(|p| p.contains('.')) {
                bench.put(&format!("w/{path}"), content);
            }
        }
        let whole = bench.dir().join("w");
        let dir = if absolute { whole.to_str().unwrap() } else { "w" };
        for command in ["inventory", "exposure", "plan", "render", "next", "status"] {
            bench.run(&["-C", dir, command]).ok();
        }
        assert_eq!(bench.text("w/inventory.yaml"), inside.text("inventory.yaml"));
        let names = |b: &Bench, below: &str| {
            b.tree()
                .into_keys()
                .filter_map(|p| p.strip_prefix(below).map(str::to_owned))
                .filter(|p| p.contains('.'))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&bench, "work/w/"), names(&inside, "work/"));
    }
}

#[test]
fn init_refuses_folders_that_a_cloud_syncs() {
    for folder in [
        "Dropbox",
        "Google Drive",
        "GoogleDrive-ana@casaabierta.example",
        "OneDrive - Casa",
        "OneDrive",
        "iCloud Drive",
        "Mi unidad",
        "My Drive",
        "Library/Mobile Documents/com~apple~CloudDocs",
    ] {
        let bench = Bench::new();
        let dir = bench.dir().join(folder).join("move");
        std::fs::create_dir_all(&dir).unwrap();
        let before = bench.tree();
        let args = ["-C", dir.to_str().unwrap(), "init", "--name", "Casa"];
        bench.run(&args).exits(2).says("--here-anyway");
        assert!(bench.tree() == before, "{folder}");
        bench.run(&[&args[..], &["--here-anyway"]].concat()).ok();
        // The other commands warn.
        bench.run(&["-C", dir.to_str().unwrap(), "status"]).ok().says("warning");
    }
    let bench = Bench::new();
    std::fs::create_dir_all(bench.dir().join("Dropbox-free/dropboxes")).unwrap();
    bench.run(&["-C", bench.dir().join("Dropbox-free/dropboxes").to_str().unwrap(), "status"]).ok();
}

#[test]
fn init_is_careful() {
    let bench = Bench::new();
    bench.run(&["init"]).exits(2).says("--name");
    bench.run(&["init", "--name", "Casa", "--to", "may-frist"]).exits(2).says("did you mean `may-first`?");
    bench.run(&["init", "--name", "Casa", "--domain", "https://x"]).exits(2);
    assert!(!bench.has("group.yaml") && !bench.has("evidence"));
    bench.run(&["init", "--name", "Casa"]).ok();
    let text = bench.text("group.yaml");
    bench.run(&["init", "--name", "Otra"]).exits(2).says("--force");
    assert_eq!(bench.text("group.yaml"), text);
    bench.run(&["init", "--name", "Otra", "--force"]).ok();
    assert!(bench.text("group.yaml").contains("Otra"));
}

#[test]
fn status_names_the_exact_next_command() {
    let bench = Bench::new();
    let next = |bench: &Bench| bench.run(&["status", "--json"]).ok().json()["next"].as_str().unwrap().to_owned();
    assert_eq!(next(&bench), "decamp init");
    bench.run(&["init", "--name", "Casa", "--domain", "casaabierta.example", "--to", "may-first"]).ok();
    bench.put("evidence/casa.zone", zone("@ IN MX 1 aspmx.l.google.com.\n"));
    for (expected, args) in
        [("decamp inventory", &["inventory"][..]), ("decamp plan", &["plan"]), ("decamp render", &["render"])]
    {
        assert_eq!(next(&bench), expected);
        bench.run(args).ok();
    }
    assert!(next(&bench).starts_with("decamp bundle seal"));
    bench.put("bundles/first.tar.zst.age", "x");
    assert_eq!(next(&bench), "decamp next");
}

#[test]
fn next_shows_three_tasks_and_done_ticks_them_off() {
    let bench = planned();
    let first = bench.run(&["next", "--json"]).ok().json();
    let tasks = first["tasks"].as_array().unwrap();
    assert!((1..=3).contains(&tasks.len()), "{first}");
    let id = tasks[0]["id"].as_str().unwrap();
    let ran = bench.run(&["done", id, "--json"]).ok().json();
    assert_eq!((&ran["task"], &ran["done"]), (&Value::from(id), &Value::from("2026-12-01")));
    let next = bench.run(&["next", "--json"]).ok().json();
    assert!(next["tasks"].as_array().unwrap().iter().all(|t| t["id"] != id), "{next}");
    assert_eq!(bench.run(&["status", "--json"]).ok().json()["done"], 1);
    // Once done, it stays done on that day.
    bench.run(&["done", id, "--today", "2027-01-01"]).ok();
    let plan = bench.run(&["plan", "--json"]).ok().json();
    assert_eq!(task(&plan, id)["done"], "2026-12-01");
    bench.run(&["done", "no-such-task"]).exits(2).says("decamp next");
    bench.run(&["next", "--role", "tehcnician"]).exits(2).says("did you mean `technician`?");
    let mine = bench.run(&["next", "--role", "technician", "--json"]).ok().json();
    assert!(mine["tasks"].as_array().unwrap().iter().all(|t| t["role"] == "technician"));
}

fn task<'p>(plan: &'p Value, id: &str) -> &'p Value {
    plan["tasks"].as_array().unwrap().iter().find(|t| t["id"] == id).unwrap_or_else(|| panic!("no `{id}`"))
}

#[test]
fn a_new_plan_keeps_done_who_and_note_by_task_id() {
    let bench = planned();
    let plan = bench.run(&["plan", "--json"]).ok().json();
    let id = plan["tasks"][1]["id"].as_str().unwrap().to_owned();
    let text = bench.text("plan/plan.yaml");
    let at = text.find(&format!("- id: {id}\n")).unwrap();
    let (head, tail) = text.split_at(at);
    let tail = tail.replacen("done: null", "done: 2026-11-30", 1).replacen("who: null", "who: Ana & Beto", 1).replacen(
        "note: null",
        "note: \"call first: 2 pm\"",
        1,
    );
    bench.put("plan/plan.yaml", format!("{head}{tail}"));
    for args in [
        &["plan", "--json", "--start", "2027-02-01"][..],
        &["plan", "--json", "--hours-per-week", "2"],
        &["plan", "--json"],
    ] {
        let plan = bench.run(args).ok().json();
        let task = task(&plan, &id);
        assert_eq!(
            (&task["done"], &task["who"], &task["note"]),
            (&Value::from("2026-11-30"), &Value::from("Ana & Beto"), &Value::from("call first: 2 pm")),
            "{args:?}"
        );
    }
}

#[test]
fn a_dry_run_writes_nothing_and_says_what_it_would() {
    let bench = casa();
    for (before, args, says) in [
        (&[][..], &["inventory"][..], "inventory.yaml"),
        (&["inventory"], &["plan"], "plan/plan.yaml"),
        (&["plan"], &["render"], "configs/"),
        (&["render"], &["demo", "practice"], "practice"),
        (&[], &["init", "new", "--name", "x"], "group.yaml"),
        (&[], &["key", "new", "-o", "key.txt"], "key.txt"),
        (&[], &["done", "decision-start"], ""),
    ] {
        if !before.is_empty() {
            bench.run(before).ok();
        }
        let tree = bench.tree();
        let args: Vec<&str> = args.iter().copied().chain(["--dry-run"]).collect();
        let ran = bench.run(&args);
        assert!(matches!(ran.exit, Some(0 | 2)), "{ran}");
        assert!(ran.all().contains(says), "`{says}` is not said: {ran}");
        assert!(bench.tree() == tree, "something was written: {ran}");
    }
}

#[test]
fn two_writers_do_not_meet() {
    let bench = planned();
    let lock = std::fs::File::create(bench.dir().join(".decamp/lock")).unwrap();
    lock.lock().unwrap();
    for args in [&["inventory"][..], &["plan"], &["done", "decision-roles"], &["render"]] {
        let before = bench.tree();
        bench.run(args).exits(2).says("another decamp");
        assert!(bench.tree() == before, "{args:?}");
    }
    // Reading needs no lock, and a dead writer's lock is gone with it.
    bench.run(&["status"]).ok();
    bench.run(&["inventory", "-o", "-"]).ok();
    drop(lock);
    bench.run(&["plan"]).ok();
}

#[test]
fn files_edited_by_hand_are_refused_and_named() {
    let bench = planned();
    bench.run(&["render"]).ok();
    let config = bench.tree().into_keys().find(|p| p.starts_with("work/configs/") && p.ends_with(".md")).unwrap();
    let config = config.strip_prefix("work/").unwrap();
    bench.put(config, "ours\n");
    bench.run(&["render"]).exits(2).says(config);
    assert_eq!(bench.text(config), "ours\n");
    bench.run(&["render", "--force"]).ok();
    assert_ne!(bench.text(config), "ours\n");
}

#[test]
fn the_zone_that_was_read_is_the_zone_that_is_rendered() {
    let bench = planned();
    bench.put("evidence/casa.zone", zone("@ IN MX 1 aspmx.l.google.com.\nnew IN A 192.0.2.9\n"));
    bench.run(&["render"]).exits(2).says("evidence/casa.zone");
    bench.run(&["inventory"]).ok();
    bench.run(&["plan"]).ok();
    bench.run(&["render"]).ok();
}

#[test]
fn groups_side_by_side_are_read_and_planned_together() {
    let bench = Bench::new();
    for group in ["norte", "sur"] {
        bench.put(&format!("groups/{group}/group.yaml"), format!("name: {group}\ndomains: [casaabierta.example]\n"));
        bench.put(&format!("groups/{group}/evidence/a.zone"), zone("@ IN MX 1 aspmx.l.google.com.\n"));
    }
    bench.put("groups/none/readme", "x");
    bench.run(&["inventory", "--group-dirs", "groups"]).ok();
    let lines = bench.text("groups/services.ndjson");
    let rows: Vec<serde_json::Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(rows.iter().filter(|r| r["service"] == "google-workspace" && r["certainty"] == "certain").count(), 2);
    let table = bench.text("groups/services.csv");
    assert_eq!(table.lines().count(), rows.len() + 1);
    assert!(table.starts_with("group,dir,service,operator,host,certainty\nnorte,groups/norte,"), "{table}");
    bench.run(&["plan", "--group-dirs", "groups"]).ok();
    for group in ["norte", "sur"] {
        assert!(
            bench.has(&format!("groups/{group}/inventory.yaml")) && bench.has(&format!("groups/{group}/plan/plan.md"))
        );
        assert!(bench.text(&format!("groups/{group}/inventory.yaml")).contains("evidence/a.zone:5"));
    }
    bench.run(&["inventory", "--group-dirs", "groups/none"]).exits(2);
}

#[test]
fn one_bad_folder_does_not_stop_the_inventory_of_the_rest_and_no_name_is_a_formula() {
    let bench = Bench::new();
    bench.put("groups/a/group.yaml", "name: \"=HYPERLINK(1)\"\n");
    bench.put("groups/a/evidence/a.zone", zone("@ IN MX 1 aspmx.l.google.com.\n"));
    bench.put("groups/b/group.yaml", "nam: x\n");
    bench.put("groups/c/group.yaml", "name: c\n");
    bench.put("groups/c/evidence/c.zone", zone("@ IN MX 1 aspmx.l.google.com.\n"));
    let ran = bench.run(&["inventory", "--group-dirs", "groups", "--json"]).exits(2);
    let made = ran.json();
    assert_eq!((made["failed"].as_u64(), made["groups"].as_array().unwrap().len()), (Some(1), 3));
    assert!(made["groups"][1]["error"].is_string(), "{made}");
    assert!(bench.has("groups/c/inventory.yaml") && !bench.has("groups/b/inventory.yaml"));
    assert!(bench.text("groups/services.csv").contains("\n'=HYPERLINK(1),"));
}
