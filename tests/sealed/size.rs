//! Many files, a very large sparse one, and what neither a bundle's outside nor the memory tells.

use super::*;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::process::Stdio;

/// The issue's full numbers with `DECAMP_LONG=1`.
fn many<T>(short: T, long: T) -> T {
    if std::env::var_os("DECAMP_LONG").is_some_and(|v| v == "1") { long } else { short }
}

/// Runs in the bench without the limit of a minute.
fn long(bench: &Bench, script: &str) -> String {
    let mut command = Command::new(need("bash"));
    bench.settle(&mut command);
    let decamp = env!("CARGO_BIN_EXE_decamp");
    let out = command.args(["-o", "pipefail", "-euc", &script.replace("DECAMP", decamp)]).output().unwrap();
    assert!(out.status.success(), "{script}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[test]
fn a_hundred_thousand_files_come_back() {
    let (bench, recipient) = keyed();
    let count = many(5_000, 100_000);
    for folder in 0..100 {
        let dir = bench.dir().join(format!("many/d{folder:02}"));
        fs::create_dir_all(&dir).unwrap();
        for n in 0..count / 100 {
            fs::write(dir.join(format!("carta {n} ñ.eml")), format!("Subject: {folder}/{n}\n\nhola\n")).unwrap();
        }
    }
    long(&bench, &format!("DECAMP bundle seal many -o m.tar.zst.age -r {recipient}"));
    long(&bench, "DECAMP bundle verify m.tar.zst.age -i key.txt");
    long(&bench, "DECAMP bundle open m.tar.zst.age -i key.txt -o back && diff -r many back/many");
    let files = long(&bench, "find back/many -type f | wc -l");
    assert_eq!(files.trim(), count.to_string());
}

#[test]
fn a_sparse_file_of_three_gibibytes_comes_back_with_its_holes() {
    let (bench, recipient) = keyed();
    let size: u64 = many(256 << 20, 3 << 30);
    let path = bench.dir().join("disk/image.raw");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = fs::File::create(&path).unwrap();
    for at in [0, size / 3, size - 4096] {
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&[b'x'; 4096]).unwrap();
    }
    drop(file);
    assert!(path.metadata().unwrap().blocks() * 512 < 1 << 20, "the disk has no holes");
    let time = "/usr/bin/time -f %M";
    let peak = long(
        &bench,
        &format!("{time} DECAMP bundle seal disk -o d.tar.zst.age -r {recipient} 2>&1 >/dev/null | tail -1"),
    );
    assert!(peak.trim().parse::<u64>().unwrap() < 128 * 1024, "{peak} KiB");
    long(&bench, "DECAMP bundle open d.tar.zst.age -i key.txt -o back && cmp disk/image.raw back/disk/image.raw");
    let back = bench.dir().join("back/disk/image.raw").metadata().unwrap();
    assert_eq!(back.len(), size);
    assert!(back.blocks() * 512 < size / 8, "the holes were filled: {} bytes on the disk", back.blocks() * 512);
}

/// Class A9: the outside names nobody, and the archive inside has neither people nor times nor machines.
#[test]
fn a_bundle_tells_little() {
    let (bench, recipient) = sealed();
    let bytes = fs::read(bench.dir().join("b.tar.zst.age")).unwrap();
    let end = bytes.windows(5).position(|w| w == b"\n--- ").unwrap();
    let header = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let stanzas: Vec<&str> = header.lines().filter(|l| l.starts_with("-> ")).collect();
    // Besides the recipient's stanza there is one of random words, as the format's makers advise.
    let ours = stanzas.iter().filter(|l| !l.contains("-grease"));
    assert!(header.starts_with("age-encryption.org/v1\n") && ours.clone().count() == 1, "{header}");
    assert!(ours.clone().all(|l| l.starts_with("-> X25519 ")), "{header}");
    assert!(!header.contains(&recipient), "the recipient is not named");
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let host = host.trim().as_bytes();
    let whole: Vec<u8> = {
        sh(&bench, "age -d -i key.txt b.tar.zst.age | zstd -d > plain.tar").ok();
        fs::read(bench.dir().join("plain.tar")).unwrap()
    };
    let holds = |what: &[u8]| what.len() > 3 && whole.windows(what.len()).any(|w| w == what);
    assert!(!holds(host), "the machine's name stands in it");
    assert!(!holds(bench.dir().to_str().unwrap().as_bytes()), "a path of this machine stands in it");
    let list = sh(&bench, "tar tvf plain.tar --numeric-owner --full-time --utc").ok().stdout;
    for line in list.lines() {
        assert!(line.contains(" 0/0 ") && line.contains("1970-01-01 00:00:00"), "{line}");
    }
    // Times are taken along only when that is asked for.
    bench.run(&["bundle", "seal", "casa", "-o", "t.tar.zst.age", "--keep-times", "-r", &recipient]).ok();
    let list = sh(&bench, "age -d -i key.txt t.tar.zst.age | zstd -d | tar tv --utc --full-time").ok().stdout;
    assert!(!list.lines().next().unwrap().contains("1970-01-01"), "{list}");
}

/// What a running process has in its memory, as far as it can be read.
fn memory(pid: u32) -> Vec<u8> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut file = fs::File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut all = Vec::new();
    for line in maps.lines().filter(|l| l.split(' ').nth(1).is_some_and(|m| m.starts_with("rw"))) {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut part = vec![0; usize::try_from((to - from).min(64 << 20)).unwrap()];
        if file.seek(SeekFrom::Start(from)).is_ok() && file.read_exact(&mut part).is_ok() {
            all.extend(part);
        }
    }
    all
}

/// Class C6, as far as it can be done: once a key or a passphrase has been read, its text is gone from the memory. (What
/// the key was made into must stay while it is used.)
#[test]
fn secrets_do_not_lie_around_in_the_memory() {
    let (bench, recipient) = sealed();
    let key = bench.text("key.txt");
    let key = key.lines().find(|l| l.starts_with("AGE-SECRET-KEY-1")).unwrap().to_owned();
    let words = "canario-frase-larga-de-prueba-7731";
    bench.put("words.txt", format!("{words}\n"));
    // A passphrase is held by the command and by the recipient that was made of it, as long as it seals: in memory that is
    // wiped afterwards. No copy lies anywhere else.
    let cases: [(&[&str], &str, usize); 3] = [
        // It has read the key and waits until somebody takes what it opens.
        (&["bundle", "open", "b.tar.zst.age", "casa/fotos/*", "--stdout", "-i", "key.txt"], &key, 0),
        // It has read the recipient or the passphrase and waits for what it shall seal.
        (&["bundle", "seal", "casa", "--from-stdin", "x", "-o", "r.age", "-r", &recipient], &key, 0),
        (&["bundle", "seal", "casa", "--from-stdin", "x", "-o", "p.age", "--passphrase-file", "words.txt"], words, 2),
    ];
    for (args, secret, held) in cases {
        let mut child =
            bench.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Held open, and the other end's output is not read.
        let stdin = child.stdin.take().unwrap();
        std::thread::sleep(std::time::Duration::from_secs(4));
        assert!(child.try_wait().unwrap().is_none(), "{args:?} ended before it was looked at");
        let memory = memory(child.id());
        child.kill().unwrap();
        child.wait().unwrap();
        drop(stdin);
        assert!(memory.len() > 100_000, "the memory can't be read");
        let found = memory.windows(secret.len()).filter(|w| *w == secret.as_bytes()).count();
        assert!(found <= held, "{args:?}: the secret's text lies {found} times in the memory");
    }
}
