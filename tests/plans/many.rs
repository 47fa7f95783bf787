//! `plan --group-dirs`: many workspaces in one run.

use crate::support::Bench;
use serde_json::Value;

fn groups(n: usize) -> Bench {
    let bench = Bench::new();
    for i in 0..n {
        bench.put(
            &format!("groups/g{i:03}/group.yaml"),
            format!("name: Grupo {i}\ndomains: [g{i}.example]\npeople: 9\n"),
        );
        let zone = format!(
            "$ORIGIN g{i}.example.\n$TTL 3600\n@ IN SOA a.example.org. b.example.org. 1 2 3 4 5\n@ IN NS a.example.org.\n@ IN MX 1 aspmx.l.google.com.\n"
        );
        bench.put(&format!("groups/g{i:03}/evidence/a.zone"), zone);
    }
    bench.run(&["inventory", "--group-dirs", "groups"]).ok();
    bench
}

#[test]
fn one_bad_folder_does_not_stop_the_rest() {
    let bench = groups(6);
    bench.put("groups/g002/inventory.yaml", "schema: [\n");
    bench.put("groups/g004/group.yaml", "name: ''\n");
    let ran = bench.run(&["plan", "--group-dirs", "groups", "--json"]).exits(2);
    let rows: Value = ran.json();
    assert_eq!(rows["failed"], 2);
    for (i, row) in rows["groups"].as_array().unwrap().iter().enumerate() {
        let bad = i == 2 || i == 4;
        assert_eq!(row["error"].is_null(), !bad, "{row}");
        assert_eq!(bench.has(&format!("groups/g{i:03}/plan/plan.md")), !bad);
    }
    assert!(ran.stderr.contains("g002") && ran.stderr.contains("g004"), "{ran}");
}

#[test]
fn each_plan_is_the_same_as_alone() {
    let bench = groups(3);
    bench.run(&["plan", "--group-dirs", "groups"]).ok();
    let together = bench.text("groups/g001/plan/plan.md");
    bench.run(&["-C", "groups/g001", "plan"]).ok();
    assert_eq!(together, bench.text("groups/g001/plan/plan.md"));
}
