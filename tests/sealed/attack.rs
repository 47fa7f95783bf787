//! Bundles made to do harm, each with one defect, which is its name. Every one is refused as a whole: nothing escapes,
//! nothing is left, nothing takes long.

mod archives;
mod layers;

use super::*;
use archives::Case;
use std::io::Write as _;

/// Encrypts to a recipient.
pub(crate) fn encrypt(plain: &[u8], recipient: &str) -> Vec<u8> {
    let key: age::x25519::Recipient = recipient.parse().unwrap();
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&key as &dyn age::Recipient)).unwrap();
    let mut sealed = Vec::new();
    let mut out = encryptor.wrap_output(&mut sealed).unwrap();
    out.write_all(plain).unwrap();
    out.finish().unwrap();
    sealed
}

/// Runs all cases and holds every one to the same.
fn refused(cases: Vec<Case>, least: usize) {
    let (bench, recipient) = keyed();
    let before = around(&bench);
    let mut names = std::collections::BTreeSet::new();
    let mut accepted = Vec::new();
    let count = cases.len();
    for Case { name, bytes, sealed, layer } in cases {
        assert!(names.insert(name.clone()), "two cases are called {name}");
        let bundle = if sealed { bytes } else { encrypt(&bytes, &recipient) };
        bench.put("evil.age", bundle);
        let open = bench.run(&["bundle", "open", "evil.age", "-i", "key.txt", "-o", "target"]);
        let some = bench.run(&["bundle", "open", "evil.age", "**", "-i", "key.txt", "-o", "target"]);
        let verify = bench.run(&["bundle", "verify", "evil.age", "-i", "key.txt", "--json"]);
        fs::remove_file(bench.dir().join("evil.age")).unwrap();
        if open.exit == Some(0) || verify.exit == Some(0) {
            accepted.push(name);
            let _ = fs::remove_dir_all(bench.dir().join("target"));
            continue;
        }
        assert_eq!(open.exit, Some(2), "{name}: {open}");
        assert!(matches!(some.exit, Some(0 | 2)), "{name}: {some}");
        assert!(matches!(verify.exit, Some(1 | 2)), "{name}: {verify}");
        assert!(!open.stderr.contains('\u{1b}') && open.stderr.lines().count() < 8, "{name}: {open}");
        for ran in [&open, &some, &verify] {
            assert!(ran.took < crate::support::SOON, "{name}: {ran}");
        }
        if verify.exit == Some(1) {
            let json = verify.json();
            assert!(layer.split('|').any(|l| json["failure"]["layer"] == l), "{name}: not in {layer}: {json}");
        }
        // By patterns only some members are read: what those are is right, and nothing else is there.
        let _ = fs::remove_dir_all(bench.dir().join("target"));
        assert!(before == around(&bench), "{name}: something is left or changed");
    }
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
    assert!(count >= least, "only {count} cases");
    println!("summary: hostile bundles: {count} refused, each with its error, nothing left");
}

#[test]
fn hostile_archives_are_refused() {
    refused(archives::all(), 240);
}

#[test]
fn hostile_layers_are_refused() {
    let (bench, recipient) = keyed();
    refused(layers::all(&recipient), 60);
    drop(bench);
}
