//! A bundle a week: each takes only what changed, and together they give the latest state.

use super::*;

/// Three states of a tree in `t`, sealed as `one.age`, `two.age`, `three.age`.
fn chain() -> (Bench, String) {
    let (bench, recipient) = keyed();
    for n in 0..30 {
        bench.put(&format!("t/correo/{n}"), format!("carta {n}\n").repeat(2_000));
    }
    bench.put("t/plan.md", "uno\n");
    bench.put("t/mover", "se mueve\n");
    bench.run(&["bundle", "seal", "t", "-o", "one.age", "-r", &recipient, "--manifest", "one.json"]).ok();
    bench.put("t/plan.md", "dos\n");
    bench.put("t/nuevo", "nuevo\n");
    fs::rename(bench.dir().join("t/mover"), bench.dir().join("t/movido")).unwrap();
    fs::remove_file(bench.dir().join("t/correo/7")).unwrap();
    let ran = bench
        .run(&[
            "bundle",
            "seal",
            "t",
            "-o",
            "two.age",
            "-r",
            &recipient,
            "--since",
            "one.age",
            "-i",
            "key.txt",
            "--manifest",
            "two.json",
            "--json",
        ])
        .ok();
    let json = ran.json();
    assert_eq!((json["files"].as_u64(), json["carried"].as_u64()), (Some(3), Some(29)), "{json}");
    bench.put("t/plan.md", "tres\n");
    let ran = bench.run(&["bundle", "seal", "t", "-o", "three.age", "-r", &recipient, "--since", "two.json"]).ok();
    assert!(ran.stderr.contains("31 files are as they were"), "{ran}");
    (bench, recipient)
}

#[test]
fn the_chain_gives_the_latest_state() {
    let (bench, _) = chain();
    let size = |n: &str| fs::metadata(bench.dir().join(n)).unwrap().len();
    assert!(size("three.age") < size("one.age"), "nothing was saved");
    // In any order.
    bench
        .run(&["bundle", "open", "three.age", "--base", "one.age", "--base", "two.age", "-i", "key.txt", "-o", "all"])
        .ok();
    sh(&bench, "diff -r t all/t").ok();
    let args = [
        "bundle",
        "open",
        "three.age",
        "t/nuevo",
        "t/correo/1",
        "t/plan.md",
        "--base",
        "two.age",
        "--base",
        "one.age",
        "-i",
        "key.txt",
        "--stdout",
    ];
    let ran = bench.run(&args).ok();
    assert!(ran.stdout.contains("tres\n") && ran.stdout.contains("nuevo\n") && ran.stdout.contains("carta 1\n"));
    // What lies in the bundle itself needs no base.
    assert_eq!(
        bench.run(&["bundle", "open", "three.age", "t/plan.md", "-i", "key.txt", "--stdout"]).ok().stdout,
        "tres\n"
    );
    bench.run(&["bundle", "verify", "three.age", "-i", "key.txt"]).ok();
    let list = bench.run(&["bundle", "list", "three.age", "-i", "key.txt"]).ok();
    assert!(list.stdout.contains("=    nuevo") && list.stderr.contains("another bundle"), "{list}");
}

#[test]
fn a_chain_with_a_gap_opens_nothing() {
    let (bench, recipient) = chain();
    let before = around(&bench);
    bench.run(&["bundle", "open", "three.age", "-i", "key.txt", "-o", "x"]).exits(2).says("--base");
    bench
        .run(&["bundle", "open", "three.age", "--base", "two.age", "-i", "key.txt", "-o", "x"])
        .exits(2)
        .says("--base");
    bench.run(&["bundle", "open", "three.age", "--base", "one.age", "-i", "key.txt", "-o", "x"]).exits(2);
    bench.run(&["bundle", "open", "three.age", "--base", "no-such", "-i", "key.txt", "-o", "x"]).exits(2);
    assert!(before == around(&bench));
    // Another bundle of the same names is not the base, however alike.
    bench.run(&["bundle", "seal", "t", "-o", "other.age", "-r", &recipient]).ok();
    bench
        .run(&["bundle", "open", "three.age", "--base", "two.age", "--base", "other.age", "-i", "key.txt", "-o", "x"])
        .exits(2);
    assert!(!bench.has("x"));
    // Damage in a base is damage.
    let mut bytes = fs::read(bench.dir().join("one.age")).unwrap();
    let at = bytes.len() / 3;
    bytes[at] ^= 1;
    bench.put("bad.age", bytes);
    bench
        .run(&["bundle", "open", "three.age", "--base", "two.age", "--base", "bad.age", "-i", "key.txt", "-o", "x"])
        .exits(2);
    assert!(!bench.has("x"));
}

#[test]
fn since_wants_something_to_build_on() {
    let (bench, recipient) = chain();
    let seal = |more: &[&str]| {
        let args: Vec<&str> =
            ["bundle", "seal", "t", "-o", "x.age", "-r", &recipient].iter().chain(more).copied().collect();
        bench.run(&args).exits(2)
    };
    seal(&["--since", "one.age"]).says("--manifest");
    seal(&["--since", "no-such.age", "-i", "key.txt"]);
    seal(&["--since", "t/plan.md", "-i", "key.txt"]).says("t/plan.md");
    bench.put("broken.json", "{\"schema\":\"decamp/manifest/1\"}");
    seal(&["--since", "broken.json"]).says("broken.json");
    sh(&bench, &format!("tar c t | zstd -q | age -r {recipient} -o stock.age")).ok();
    seal(&["--since", "stock.age", "-i", "key.txt"]).says("no manifest");
    assert!(!bench.has("x.age"));
}

#[test]
fn whole_files_are_saved_from_a_damaged_bundle() {
    let (bench, recipient) = keyed();
    let mut dice = crate::crash::Dice(9);
    for n in 0..12 {
        let bytes: Vec<u8> = (0..400_000).flat_map(|_| dice.roll().to_le_bytes()).collect();
        bench.put(&format!("big/{n:02}.bin"), bytes);
    }
    bench.run(&["bundle", "seal", "big", "-o", "b.age", "-r", &recipient]).ok();
    let good = fs::read(bench.dir().join("b.age")).unwrap();
    let damaged = |name: &str, bytes: &[u8]| {
        bench.put(name, bytes);
        bench.run(&["bundle", "open", name, "-i", "key.txt", "-o", "all"]).exits(2);
        let told = bench.run(&["bundle", "verify", name, "-i", "key.txt", "--salvage", "--json"]).exits(1).json();
        let saved =
            bench.run(&["bundle", "open", name, "-i", "key.txt", "-o", "saved", "--salvage", "--json"]).exits(1).json();
        assert_eq!(told["salvage"]["whole"], saved["whole"]);
        let whole = contents(&bench, "saved/big");
        for (path, bytes) in &whole {
            assert!(
                fs::read(bench.dir().join("big").join(path)).unwrap() == *bytes,
                "{name}: {path} is not what it was"
            );
        }
        assert_eq!(saved["whole"].as_array().unwrap().len(), whole.len(), "{saved}");
        fs::remove_dir_all(bench.dir().join("saved")).unwrap();
        assert!(!bench.has("all"));
        (whole.len(), saved)
    };
    // In the middle: the rest is there, by its hashes.
    let mut bytes = good.clone();
    bytes[good.len() / 2] ^= 4;
    let (whole, saved) = damaged("middle.age", &bytes);
    assert!((9..12).contains(&whole) && saved["by_manifest"] == true, "{saved}");
    assert_eq!(whole + saved["lost"].as_array().unwrap().len(), 12);
    // Cut off: what stands before.
    let (whole, saved) = damaged("cut.age", &good[..good.len() * 2 / 3]);
    assert!((5..9).contains(&whole) && saved["by_manifest"] == false, "{saved}");
    // Nothing at all: no folder either.
    bench.put("head.age", &good[..300]);
    bench.run(&["bundle", "open", "head.age", "-i", "key.txt", "-o", "none", "--salvage"]).exits(2);
    assert!(!bench.has("none"));
}
