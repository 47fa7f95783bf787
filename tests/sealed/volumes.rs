//! Names, volumes, stdin, padding, labels, hard links and holes.

use super::*;
use std::os::unix::fs::MetadataExt as _;

#[test]
fn a_bundle_is_named_after_nothing() {
    let (bench, recipient) = keyed();
    bench.put("group.yaml", "name: Casa Abierta\n");
    let ran = bench.run(&["bundle", "seal", "casa", "-r", &recipient]).ok();
    let path = ran.stdout.trim().to_owned();
    let name = path.strip_prefix("bundles/2026-12-01-").and_then(|n| n.strip_suffix(".tar.zst.age")).unwrap();
    assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase()), "{path}");
    let other = bench.run(&["bundle", "seal", "casa", "-r", &recipient, "--lang", "es"]).ok();
    assert!(other.stdout.trim() != path && !other.all().contains("casa-abierta"), "{other}");
    bench.run(&["bundle", "seal", "casa", "-r", &recipient, "-o", "casa/fotos"]).ok();
    let inside = contents(&bench, "casa/fotos").into_keys().any(|n| n.starts_with("2026-12-01-"));
    assert!(inside, "a folder named with -o takes the bundle");
}

#[test]
fn volumes_are_one_stream() {
    let (bench, recipient) = keyed();
    let ran =
        bench.run(&["bundle", "seal", "casa", "-o", "v.tar.zst.age", "--volume-size", "100K", "-r", &recipient]).ok();
    let names: Vec<&str> = ran.stdout.lines().collect();
    assert!(names.len() > 5 && names[0] == "v.tar.zst.age.001" && !bench.has("v.tar.zst.age"), "{ran}");
    for (n, name) in names.iter().enumerate() {
        let size = fs::metadata(bench.dir().join(name)).unwrap().len();
        assert!(size == 100 * 1024 || n + 1 == names.len(), "{name}: {size}");
    }
    // Stock tools need only `cat`.
    sh(&bench, "mkdir stock; cat v.tar.zst.age.* | age -d -i key.txt | zstd -d | tar x -C stock").ok();
    assert_eq!(contents(&bench, "stock/casa"), contents(&bench, "casa"));
    for name in ["v.tar.zst.age", "v.tar.zst.age.001"] {
        bench.run(&["bundle", "verify", name, "-i", "key.txt"]).ok();
    }
    bench.run(&["bundle", "open", "v.tar.zst.age.001", "-i", "key.txt"]).ok();
    assert_eq!(contents(&bench, "v/casa"), contents(&bench, "casa"));
    // Never over others, whatever is said.
    let before = around(&bench);
    bench
        .run(&["bundle", "seal", "casa", "-o", "v.tar.zst.age", "--volume-size", "1M", "-r", &recipient, "--force"])
        .exits(2);
    bench.run(&["bundle", "seal", "casa", "-o", "-", "--volume-size", "1M", "-r", &recipient]).exits(2);
    bench.run(&["bundle", "seal", "casa", "-o", "w", "--volume-size", "0", "-r", &recipient]).exits(2);
    assert!(before == around(&bench));
    // One that is missing or swapped is damage.
    fs::rename(bench.dir().join(names[2]), bench.dir().join("kept")).unwrap();
    bench.run(&["bundle", "verify", "v.tar.zst.age", "-i", "key.txt"]).exits(1);
    fs::copy(bench.dir().join(names[3]), bench.dir().join(names[2])).unwrap();
    bench.run(&["bundle", "verify", "v.tar.zst.age", "-i", "key.txt"]).exits(1);
}

#[test]
fn what_comes_on_stdin_is_sealed_too() {
    let (bench, recipient) = keyed();
    let dump: Vec<u8> = b"INSERT INTO members VALUES ('CANARY-name');\n".repeat(40_000);
    let args = ["bundle", "seal", "casa", "--from-stdin", "members.sql", "-o", "s.age", "-r", &recipient];
    bench.run_with(&args, &dump).ok();
    let ran = bench.run(&["bundle", "open", "s.age", "members.sql", "-i", "key.txt", "--stdout"]).ok();
    assert!(ran.stdout.as_bytes() == dump);
    bench.run_with(&["bundle", "seal", "--from-stdin", "empty.sql", "-o", "t.age", "-r", &recipient], b"").ok();
    bench.run(&["bundle", "verify", "t.age", "-i", "key.txt"]).ok();
    for name in ["../x", "a/b", "", "casa", ".decamp", "CON"] {
        bench
            .run_with(&["bundle", "seal", "casa", "--from-stdin", name, "-o", "u.age", "-r", &recipient], b"x")
            .exits(2);
    }
    assert!(!bench.has("u.age"));
    for (path, (_, bytes)) in bench.tree() {
        assert!(!bytes.windows(11).any(|w| w == b"CANARY-name"), "{path} holds what came on stdin, readable");
    }
}

#[test]
fn a_padded_bundle_tells_little_of_its_size() {
    let (bench, recipient) = keyed();
    let mut sizes = std::collections::BTreeSet::new();
    let mut seed = 1_u64;
    for extra in [0, 7_000, 15_000, 22_000] {
        let noise: Vec<u8> = (0..800_000 + extra)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 56) as u8
            })
            .collect();
        bench.put("lista/a.bin", noise);
        bench.run(&["bundle", "seal", "lista", "-o", "p.age", "--pad", "--force", "-r", &recipient]).ok();
        bench.run(&["bundle", "verify", "p.age", "-i", "key.txt"]).ok();
        bench.run(&["bundle", "list", "p.age", "-i", "key.txt"]).ok();
        sh(&bench, "age -d -i key.txt p.age | zstd -d | tar t").ok();
        // Without the header, whose length age varies by itself.
        let size: u64 = sh(&bench, "age -d -i key.txt p.age | wc -c").ok().stdout.trim().parse().unwrap();
        assert_eq!(size % (16 * 1024), 0, "{size}");
        sizes.insert(size);
    }
    assert!(sizes.len() <= 3, "{sizes:?}");
}

#[test]
fn people_can_write_on_it() {
    let (bench, recipient) = keyed();
    let args = [
        "bundle",
        "seal",
        "casa",
        "-o",
        "l.age",
        "-r",
        &recipient,
        "--keeper",
        "Ana",
        "--place",
        "caja fuerte",
        "--destroy-by",
        "2026-11-30",
    ];
    bench.run(&args).ok();
    let json = bench.run(&["bundle", "list", "l.age", "-i", "key.txt", "--json"]).ok().json();
    assert_eq!(
        (&json["keeper"], &json["place"], &json["destroy_by"]),
        (&"Ana".into(), &"caja fuerte".into(), &"2026-11-30".into())
    );
    // The day has passed, and what must be kept is asked about before anything is destroyed.
    let ran = bench.run(&["bundle", "verify", "l.age", "-i", "key.txt"]).ok().says("Ana").says("2026-11-30");
    assert!(ran.stderr.contains("lawsuit"), "{ran}");
    for bad in ["mañana", "2026-13-01"] {
        bench.run(&["bundle", "seal", "casa", "-o", "m.age", "-r", &recipient, "--destroy-by", bad]).exits(2);
    }
    assert!(!sh(&bench, "strings l.age || cat l.age").stdout.contains("Ana"), "the label is readable from outside");
}

#[test]
fn names_are_given_back_where_the_disk_takes_them() {
    let (bench, recipient) = keyed();
    let odd: [&[u8]; 5] = [b"a\\b", b"line\nfeed", b"\xff\xfe", b"C:x", b"con.txt"];
    use std::os::unix::ffi::OsStrExt as _;
    let top = bench.dir().join("odd");
    for folder in [&b"plain"[..], b"fold\\er"] {
        let dir = top.join(std::ffi::OsStr::from_bytes(folder));
        fs::create_dir_all(&dir).unwrap();
        for name in odd {
            fs::write(dir.join(std::ffi::OsStr::from_bytes(name)), name).unwrap();
        }
    }
    bench.run(&["bundle", "seal", "odd", "-o", "o.age", "-r", &recipient]).ok();
    bench.run(&["bundle", "open", "o.age", "-i", "key.txt", "-o", "safe"]).ok();
    assert!(bench.has("safe/odd/fold%5Cer/a%5Cb"));
    bench.run(&["bundle", "open", "o.age", "-i", "key.txt", "-o", "back", "--original-names"]).ok();
    sh(&bench, "diff -r odd back/odd").ok();
}

#[test]
fn hard_links_and_holes_stay_what_they_are() {
    let (bench, recipient) = keyed();
    sh(&bench, "mkdir h; truncate -s 40M h/hueco; printf x >> h/hueco; cp casa/fotos/mil.bin h/uno; ln h/uno h/dos; ln h/uno h/tres").ok();
    bench.run(&["bundle", "seal", "h", "-o", "h.age", "-r", &recipient]).ok();
    let sealed = fs::metadata(bench.dir().join("h.age")).unwrap().len();
    assert!(sealed < 1_000_000, "{sealed}: the content is there more than once");
    bench.run(&["bundle", "open", "h.age", "-i", "key.txt", "-o", "o"]).ok();
    let meta = |p: &str| fs::metadata(bench.dir().join(p)).unwrap();
    assert_eq!(meta("o/h/uno").ino(), meta("o/h/tres").ino());
    assert!(meta("o/h/hueco").blocks() * 512 < 1_000_000, "the hole is filled");
    sh(&bench, "cmp h/hueco o/h/hueco; cmp h/dos o/h/dos").ok();
    // Only a second name: its content comes along.
    let first = ["h/dos", "h/tres", "h/uno"];
    for name in first {
        let out = format!("only-{}", name.replace('/', "-"));
        bench.run(&["bundle", "open", "h.age", name, "-i", "key.txt", "-o", &out]).ok();
        sh(&bench, &format!("cmp h/uno {out}/{name}")).ok();
    }
    bench.run(&["bundle", "open", "h.age", "h/tres", "h/uno", "-i", "key.txt", "-o", "two"]).ok();
    sh(&bench, "cmp h/uno two/h/uno; cmp h/uno two/h/tres; mkdir stock; age -d -i key.txt h.age | zstd -d | tar x -C stock; diff -r h stock/h").ok();
}

#[test]
fn a_file_that_changes_while_it_is_read_is_named() {
    let (bench, recipient) = keyed();
    bench.put("vivo/grande.log", vec![b'x'; 60_000_000]);
    let path = bench.dir().join("vivo/grande.log");
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                use std::io::Write as _;
                fs::File::options().append(true).open(&path).unwrap().write_all(b"more\n").unwrap();
            }
        });
        let ran = bench.run(&["bundle", "seal", "vivo", "-o", "v.age", "-r", &recipient]);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        // It may also have changed before it was opened: then it is left out. Either way it is named.
        ran.exits(1).says("vivo/grande.log");
    });
    bench.run(&["bundle", "verify", "v.age", "-i", "key.txt"]).ok();
}

#[test]
fn what_is_swapped_for_a_link_leads_nowhere() {
    // The target's folder is exchanged for a link to the canary's while bundles are opened into it.
    let (bench, _) = sealed();
    fs::create_dir(bench.dir().join("real")).unwrap();
    let (real, link, target) = (bench.dir().join("real"), bench.dir().join("link"), bench.dir().join("target"));
    std::os::unix::fs::symlink(bench.top().join("canary"), &link).unwrap();
    fs::rename(&real, &target).unwrap();
    let before = crate::support::tree(&bench.top().join("canary"));
    let stop = std::sync::atomic::AtomicBool::new(false);
    let rounds = std::thread::scope(|scope| {
        let swapper = scope.spawn(|| {
            let mut rounds = 0_u64;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = fs::rename(&target, &real);
                let _ = fs::rename(&link, &target);
                let _ = fs::rename(&target, &link);
                let _ = fs::rename(&real, &target);
                rounds += 1;
            }
            rounds
        });
        for n in 0..crate::crash::times(20, 200) {
            let out = if n % 2 == 0 { "target".to_owned() } else { format!("target/deep-{n}") };
            bench.run(&["bundle", "open", "b.tar.zst.age", "-i", "key.txt", "-o", &out, "--force"]);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        swapper.join().unwrap()
    });
    // A link that a person names is followed: only what was swapped in between must not be. So whole trees may stand in the
    // canary, but nothing that was there has changed.
    let after = crate::support::tree(&bench.top().join("canary"));
    for (path, was) in before {
        assert_eq!(after.get(&path), Some(&was), "{path} was changed");
    }
    assert!(rounds > 100, "{rounds}");
}

#[test]
fn no_picture_of_the_memory_is_written() {
    let (bench, _) = sealed();
    need("strace");
    let decamp = env!("CARGO_BIN_EXE_decamp");
    for args in ["bundle verify b.tar.zst.age -i key.txt", "key new -o other.txt"] {
        let log = sh(&bench, &format!("strace -f -e trace=prlimit64,setrlimit '{decamp}' {args} 2>&1")).ok().stdout;
        assert!(log.contains("RLIMIT_CORE, {rlim_cur=0, rlim_max=0}"), "{log}");
    }
}
