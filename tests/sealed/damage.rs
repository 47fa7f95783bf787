//! Damaged bundles: `verify` says so (exit 1), `open` refuses (exit 2), and nothing is left anywhere.

use super::*;

/// What every command must make of a damaged bundle.
fn refused(bench: &Bench, name: &str, bytes: &[u8], what: &str) {
    bench.put(name, bytes);
    let before = around(bench);
    let verify = bench.run(&["bundle", "verify", name, "-i", "key.txt"]);
    let open = bench.run(&["bundle", "open", name, "-i", "key.txt", "-o", "target"]);
    // What is no age file any more, or fits no key, is a wrong input; all other damage is found by `verify`.
    assert!(matches!(verify.exit, Some(1 | 2)), "{what}: {verify}");
    assert_eq!(open.exit, Some(2), "{what}: {open}");
    assert!(!open.stderr.is_empty() && open.took.as_secs() < 5 && verify.took.as_secs() < 5, "{what}: {open}");
    let after = around(bench);
    assert!(!bench.has("target"), "{what}: something is left at the target");
    let new: Vec<&String> = after.keys().filter(|k| !before.contains_key(*k)).collect();
    assert!(new.is_empty() && before == after, "{what}: left behind {new:?}");
}

/// Where the payload begins: behind the header's last line and the nonce.
fn payload(bytes: &[u8]) -> usize {
    let mac = bytes.windows(5).position(|w| w == b"\n--- ").unwrap();
    mac + 1 + bytes[mac + 1..].iter().position(|b| *b == b'\n').unwrap() + 1 + 16
}

#[test]
fn flipped_bits_are_found() {
    let (bench, _) = sealed();
    let good = fs::read(bench.dir().join("b.tar.zst.age")).unwrap();
    let start = payload(&good);
    let mut places: Vec<usize> = (0..start).step_by(7).collect();
    places.extend((start..good.len()).step_by(64 * 1024 + 16));
    places.extend([start + 1, good.len() - 1, good.len() - 8, good.len() - 17]);
    for (n, at) in places.into_iter().enumerate() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (n % 8);
        refused(&bench, "bad.tar.zst.age", &bad, &format!("bit {} of byte {at} flipped", n % 8));
    }
    // In the payload it is damage, never a wrong key.
    for at in [start, start + 70_000, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        bench.put("bad.tar.zst.age", &bad);
        let json = bench.run(&["bundle", "verify", "bad.tar.zst.age", "-i", "key.txt", "--json"]).exits(1).json();
        assert_eq!((json["ok"].as_bool(), json["failure"]["layer"].as_str()), (Some(false), Some("age")), "{json}");
    }
}

#[test]
fn truncation_is_found() {
    let (bench, _) = sealed();
    let good = fs::read(bench.dir().join("b.tar.zst.age")).unwrap();
    let start = payload(&good);
    let mut lengths: Vec<usize> = (0..start).step_by(11).collect();
    for chunk in 0..=(good.len() - start) / (64 * 1024 + 16) {
        let edge = start + chunk * (64 * 1024 + 16);
        lengths.extend([edge - 1, edge, edge + 1, edge + 16, edge + 17]);
    }
    lengths.push(good.len() - 1);
    for length in lengths.into_iter().filter(|l| *l < good.len()) {
        refused(&bench, "bad.tar.zst.age", &good[..length], &format!("cut at {length} of {}", good.len()));
    }
}

#[test]
fn what_is_appended_is_found() {
    let (bench, recipient) = sealed();
    let good = fs::read(bench.dir().join("b.tar.zst.age")).unwrap();
    for more in [&b"\0"[..], b"x", b"\n", b"age-encryption.org/v1\n", &good, &[0; 70_000]] {
        refused(&bench, "bad.tar.zst.age", &[&good, more].concat(), &format!("{} bytes appended", more.len()));
    }
    // Inside the envelope: something behind the archive, a second archive, a frame of garbage.
    for (n, script) in [
        "(age -d -i key.txt b.tar.zst.age | zstd -d; head -c 700 casa/fotos/mil.bin) | zstd -q",
        "(age -d -i key.txt b.tar.zst.age | zstd -d; tar c casa) | zstd -q",
        "age -d -i key.txt b.tar.zst.age; head -c 100 casa/fotos/mil.bin",
        "age -d -i key.txt b.tar.zst.age | zstd -d | tar --delete -f - casa/plan.md | zstd -q",
    ]
    .iter()
    .enumerate()
    {
        sh(&bench, &format!("({script}) | age -r {recipient} > inside{n}.age")).ok();
        let bytes = fs::read(bench.dir().join(format!("inside{n}.age"))).unwrap();
        refused(&bench, "bad.tar.zst.age", &bytes, script);
        bench.run(&["bundle", "verify", "bad.tar.zst.age", "-i", "key.txt"]).exits(1);
    }
}

#[test]
fn a_wrong_key_is_a_wrong_input() {
    let (bench, _) = sealed();
    bench.run(&["key", "new", "-o", "other.txt"]).ok();
    let before = around(&bench);
    for args in [&["verify"][..], &["list"], &["open", "-o", "target"]] {
        let all: Vec<&str> =
            ["bundle", args[0], "b.tar.zst.age", "-i", "other.txt"].iter().chain(&args[1..]).copied().collect();
        let ran = bench.run(&all).exits(2);
        assert!(!ran.all().contains("AGE-SECRET"), "{ran}");
    }
    bench.run(&["bundle", "open", "key.txt", "-i", "key.txt", "-o", "target"]).exits(2);
    bench.run(&["bundle", "open", "no-such-file", "-i", "key.txt", "-o", "target"]).exits(2);
    bench.run(&["bundle", "open", "b.tar.zst.age", "-i", "casa/plan.md", "-o", "target"]).exits(2).says("casa/plan.md");
    assert!(before == around(&bench));
}

#[test]
fn hostile_archives_write_nothing_anywhere() {
    let (bench, recipient) = keyed();
    let python = "
import io, sys, tarfile
def tar(name, members):
    out = tarfile.open(name, 'w', format=tarfile.PAX_FORMAT)
    for path, kind, data in members:
        info = tarfile.TarInfo(path)
        info.type = kind
        if kind == tarfile.REGTYPE:
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
        else:
            info.linkname = data.decode()
            out.addfile(info)
    out.close()
R, S, L, F, C = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE
good = ('good.txt', R, b'good')
cases = [
    [('../canary/deep/bird', R, b'dead')], [('/tmp/decamp-absolute', R, b'x')], [('a/../../canary/x', R, b'x')],
    [('l', S, b'../canary'), ('l/x', R, b'x')], [('l', S, b'/etc'), ('l/x', R, b'x')], [('l', S, b'../../canary/deep/bird')],
    [('h', L, b'../canary/deep/bird')], [('h', L, b'/etc/passwd')], [('h', L, b'later'), ('later', R, b'x')],
    [('f', F, b'')], [('c', C, b'')], [('same', R, b'1'), ('same', R, b'2')], [('Same', R, b'1'), ('sAME/x', R, b'2')],
    [('file', R, b'1'), ('file/x', R, b'2')], [('con', R, b'x')], [('nul.txt', R, b'x')], [('C:/x', R, b'x')],
    [('a\\\\b', R, b'x')], [('a\\nb', R, b'x')], [('a\\x1b]52;c;eA==\\x07', R, b'x')], [('a//b', R, b'x')], [('.decamp/manifest.json', R, b'{}')],
    [('/'.join(['d'] * 70), R, b'x')], [('n' * 300, R, b'x')], [('', R, b'x')], [('..', S, b'.')],
]
for n, case in enumerate(cases):
    tar('evil%d.tar' % n, [good] + case)
print(len(cases))
";
    need("python3");
    let mut command = Command::new(need("python3"));
    bench.settle(&mut command);
    command.args(["-c", python]);
    let count: usize = finish(command, b"", &["python3"]).ok().stdout.trim().parse().unwrap();
    for n in 0..count {
        sh(&bench, &format!("zstd -q -c evil{n}.tar | age -r {recipient} -o evil{n}.age")).ok();
        let bytes = fs::read(bench.dir().join(format!("evil{n}.age"))).unwrap();
        let before = around(&bench);
        let open = bench.run(&["bundle", "open", &format!("evil{n}.age"), "-i", "key.txt", "-o", "target"]);
        assert_eq!(open.exit, Some(2), "archive {n}: {open}");
        assert!(before == around(&bench), "archive {n} left something behind");
        assert!(!open.all().contains('\u{1b}'), "archive {n}: an escape sequence reaches the terminal");
        refused(&bench, "evil.age", &bytes, &format!("hostile archive {n}"));
    }
    assert!(!std::path::Path::new("/tmp/decamp-absolute").exists());
}

#[test]
fn a_bomb_stops_at_its_limit() {
    let (bench, recipient) = keyed();
    sh(&bench, &format!("truncate -s 300M ceros; tar c ceros | zstd -q | age -r {recipient} -o bomb.age; rm ceros"))
        .ok();
    let before = around(&bench);
    bench.run(&["bundle", "open", "bomb.age", "-i", "key.txt", "-o", "target", "--max-size", "10M"]).exits(2);
    assert!(before == around(&bench), "something is left of the bomb");
    // As little disk as zeros cost, but stored as holes: another kind of archive, and not one that is taken.
    sh(&bench, &format!("truncate -s 2G hueco; tar cS hueco | zstd -q | age -r {recipient} -o sparse.age; rm hueco"))
        .ok();
    bench.run(&["bundle", "open", "sparse.age", "-i", "key.txt", "-o", "target"]).exits(2);
    assert!(!bench.has("target"));
}
