//! Shares: any K of them are enough, fewer are nothing, and what is wrong is named.
#![allow(clippy::panic)]

use super::*;
use crate::words::List;
use proptest::prelude::*;

fn set(threshold: u8, count: u8) -> (age::x25519::Identity, Vec<Share>) {
    let identity = age::x25519::Identity::generate();
    let shares = split(&identity, threshold, count).unwrap();
    (identity, shares)
}

fn named(shares: &[&Share]) -> Vec<(String, Share)> {
    shares.iter().map(|s| (format!("s{}", s.index), (*s).clone())).collect()
}

#[test]
fn any_three_of_five_are_enough() {
    let (identity, shares) = set(3, 5);
    for a in 0..5 {
        for b in a + 1..5 {
            assert!(combine(named(&[&shares[a], &shares[b]])).unwrap_err().message.contains("3 shares are needed"));
            for c in b + 1..5 {
                let (text, recipient) = combine(named(&[&shares[c], &shares[a], &shares[b]])).unwrap();
                assert_eq!(recipient, identity.to_public().to_string());
                assert_eq!(text.expose_secret(), identity_file(&identity).expose_secret());
            }
        }
    }
    assert!(combine(named(&shares.iter().collect::<Vec<_>>())).is_ok(), "all of them");
}

#[test]
fn text_and_words_are_read_again() {
    let (_, shares) = set(2, 3);
    let text = shares[1].text();
    assert_eq!(read("f", &text).unwrap(), shares[1]);
    assert_eq!(read("f", &format!("<pre>\n{}</pre>", *text)).unwrap(), shares[1]);
    assert_eq!(read("f", &text.replace('\n', "\r\n")).unwrap(), shares[1]);
    for list in [List::En, List::Es] {
        let words = shares[2].words(list);
        assert_eq!(words.len(), 38);
        let typed = read("f", &words.join(" ")).unwrap();
        assert_eq!(Share { public: None, ..shares[2].clone() }, typed);
        // Words and text mix.
        assert!(combine(vec![("t".into(), shares[0].clone()), ("w".into(), typed.clone())]).is_ok());
        let other = read("f", &shares[0].words(list).join("\n")).unwrap();
        assert!(combine(vec![("a".into(), other), ("b".into(), typed)]).is_ok());
    }
}

#[test]
fn what_is_wrong_is_named() {
    let (_, shares) = set(3, 5);
    let (_, others) = set(3, 5);
    let mut bad = shares[1].clone();
    bad.part[7] ^= 1;
    let e = combine(named(&[&shares[0], &bad, &shares[2]])).unwrap_err();
    assert!(e.message.contains("`s2` is damaged"), "{e}");
    let e = combine(named(&[&shares[0], &shares[2], &others[1]])).unwrap_err();
    assert!(e.message.contains("`s2` is of another set"), "{e}");
    let e = combine(named(&[&shares[0], &shares[0], &shares[2]])).unwrap_err();
    assert!(e.message.contains("same share"), "{e}");
    // One who changes the share and what it says of itself is outvoted.
    let hash = bad.hash();
    bad.public.as_mut().unwrap().hashes[1] = hash;
    let e = combine(named(&[&shares[0], &bad, &shares[2]])).unwrap_err();
    assert!(e.message.contains("`s2` is damaged"), "{e}");
    // All changed alike, in words: the set's id knows the key.
    let changed = |n: usize| {
        let mut s = Share { public: None, ..shares[n].clone() };
        s.part[0] ^= 0x55;
        (format!("s{n}"), s)
    };
    assert!(combine(vec![changed(0), changed(1), changed(2)]).unwrap_err().message.contains("another key"));
    assert!(split(&age::x25519::Identity::generate(), 1, 3).is_err());
    assert!(split(&age::x25519::Identity::generate(), 4, 3).is_err());
}

#[test]
fn damaged_text_names_its_line() {
    let (_, shares) = set(2, 2);
    let text = shares[0].text();
    let e = read("f", &text.replace("set: ", "set: x")).unwrap_err();
    assert_eq!(e.at.unwrap().line, Some(2));
    assert!(read("f", &text.replace("threshold: 2", "threshold: 9")).is_err());
    assert!(read("f", &text.lines().take(4).collect::<Vec<_>>().join("\n")).is_err());
    let mut words = shares[0].words(List::En);
    words.swap(20, 21);
    assert!(words[20] == words[21] || read("f", &words.join(" ")).unwrap_err().message.contains("wrong"));
}

#[test]
fn who_gets_a_share_is_checked() {
    let key = age::x25519::Identity::generate().to_public().to_string();
    let list = format!("- name: Ana\n  recipient: {key}\n- name: José Peña\n");
    let paper = ["José Peña".to_owned()];
    let all = Trustees::read("t.yaml", &list, &paper).unwrap();
    assert_eq!(all.0[1].stem().unwrap(), "share-jose-pena");
    let e = Trustees::read("t.yaml", &list, &[]).unwrap_err();
    assert!(e.message.contains("José Peña") && e.at.unwrap().line == Some(3));
    assert!(
        Trustees::read("t.yaml", &list, &["Jose Peña".into(), paper[0].clone()]).unwrap_err().hints[0].contains("José")
    );
    assert!(Trustees::read("t.yaml", &list, &["Ana".into(), paper[0].clone()]).is_err());
    assert!(Trustees::read("t.yaml", "- {name: Ana}\n- {name: ana}\n", &["Ana".into(), "ana".into()]).is_err());
    assert!(Trustees::read("t.yaml", "- {name: Ana, key: x}\n", &[]).is_err());
    assert!(Trustees::read("t.yaml", "- {name: ../..}\n", &["../..".into()]).is_err());
    let typo = list.replace(&key, &key.replace("age1", "age1q"));
    assert_eq!(Trustees::read("t.yaml", &typo, &paper).unwrap_err().at.unwrap().line, Some(2));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn k_of_n_for_all_numbers(k in 2_u8..8, more in 0_u8..8, pick in any::<u64>()) {
        let (identity, shares) = set(k, k + more);
        let mut order: Vec<&Share> = shares.iter().collect();
        order.sort_by_key(|s| (u64::from(s.index)).wrapping_mul(pick | 1) >> 7 & 0xff);
        order.truncate(usize::from(k));
        let (_, recipient) = combine(named(&order)).unwrap();
        prop_assert_eq!(recipient, identity.to_public().to_string());
        order.pop();
        prop_assert!(combine(named(&order)).is_err());
    }

    #[test]
    fn any_text_is_no_share_or_one(text in "\\PC{0,300}", cut in 0_usize..400) {
        let _ = read("f", &text);
        let (_, shares) = set(2, 2);
        let whole = shares[0].text();
        let _ = read("f", &format!("{}{text}", whole.get(..cut.min(whole.len())).unwrap_or("")));
    }
}
