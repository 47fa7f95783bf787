//! Bytes as words that people can write down and type: the lists of BIP 39, 2,048 words each, in English and Spanish.

use crate::error::{Error, Result, did_you_mean};
use bip39::Language;

/// A passphrase has so many words: 110 bits, as `age` makes them.
const PASSPHRASE: usize = 10;
/// Bits that a word stands for.
const BITS: usize = 11;

/// A language that has words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// English.
    En,
    /// Spanish.
    Es,
}

impl List {
    const ALL: [Self; 2] = [Self::En, Self::Es];

    fn words(self) -> &'static [&'static str; 2048] {
        match self {
            Self::En => Language::English.word_list(),
            Self::Es => Language::Spanish.word_list(),
        }
    }
}

/// Random bytes of the system.
///
/// # Errors
/// When the system has none.
pub fn random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|e| Error::machine(format!("the system gives no random numbers: {e}")))
}

/// A passphrase of random words, without accents, so that every keyboard has its letters.
///
/// # Errors
/// When the system gives no random numbers.
pub fn passphrase(list: List) -> Result<String> {
    let mut bytes = [0; (PASSPHRASE * BITS).div_ceil(8)];
    random(&mut bytes)?;
    let words: Vec<String> = write(&bytes, list).into_iter().take(PASSPHRASE).map(|w| plain(&w)).collect();
    Ok(words.join("-"))
}

/// A random word, without accents.
///
/// # Errors
/// When the system gives no random numbers.
pub fn word(list: List) -> Result<String> {
    let mut bytes = [0; 2];
    random(&mut bytes)?;
    Ok(plain(list.words()[usize::from(u16::from_le_bytes(bytes)) % 2048]))
}

/// `bytes` as words; the last one is filled up with zeros.
pub fn write(bytes: &[u8], list: List) -> Vec<String> {
    let bit = |n: usize| bytes.get(n / 8).is_some_and(|b| b & (0x80 >> (n % 8)) != 0);
    let index = |word: usize| (0..BITS).fold(0_usize, |sum, n| (sum << 1) | usize::from(bit(word * BITS + n)));
    (0..(bytes.len() * 8).div_ceil(BITS)).map(|word| list.words()[index(word)].to_owned()).collect()
}

/// The first `length` bytes that these words stand for, in every language that has them all.
///
/// # Errors
/// With the first word that is in no list, and the nearest one.
pub fn read(text: &str, length: usize) -> Result<Vec<Vec<u8>>> {
    let words: Vec<(u64, String)> = (1..)
        .zip(text.lines())
        .flat_map(|(line, text)| {
            text.split(|c: char| !c.is_alphabetic() && c != '\u{301}' && c != '\u{303}').map(move |w| (line, w))
        })
        .filter(|(_, w)| !w.is_empty())
        .map(|(line, w)| (line, plain(w)))
        .collect();
    let wanted = (length * 8).div_ceil(BITS);
    let mut found = Vec::new();
    let mut best: Option<(usize, Error)> = None;
    for list in List::ALL {
        let known: Vec<String> = list.words().iter().map(|w| plain(w)).collect();
        match bytes(&words, &known, length) {
            Ok(bytes) => found.push(bytes),
            Err(wrong) => {
                let (at, e) = *wrong;
                if best.as_ref().is_none_or(|(other, _)| *other < at) {
                    best = Some((at, e));
                }
            }
        }
    }
    match best {
        Some((_, e)) if found.is_empty() => Err(e),
        _ if words.len() != wanted => {
            Err(Error::input(format!("these are {} words, and a share has {wanted}", words.len()))
                .hint("type all of them, in their order"))
        }
        _ => Ok(found),
    }
}

fn bytes(
    words: &[(u64, String)],
    known: &[String],
    length: usize,
) -> std::result::Result<Vec<u8>, Box<(usize, Error)>> {
    let mut bits = Vec::with_capacity(words.len() * BITS);
    for (at, (line, word)) in words.iter().enumerate() {
        let Some(index) = known.iter().position(|k| k == word) else {
            let mut e = Error::input(format!("word {} is in no list", at + 1)).at("", *line);
            if let Some(near) = did_you_mean(word, known.iter().map(String::as_str)) {
                e = e.hint(format!("perhaps `{near}`: look at the sheet again"));
            }
            return Err(Box::new((at, e.hint("the words are those of the sheet, in their order"))));
        };
        bits.extend((0..BITS).rev().map(|n| index >> n & 1 == 1));
    }
    Ok(bits.chunks(8).take(length).map(|b| b.iter().fold(0, |sum, bit| (sum << 1) | u8::from(*bit))).collect())
}

/// Lower case, and without what keyboards lack.
fn plain(word: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    word.nfd().filter(char::is_ascii).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_paper() {
        let bytes: Vec<u8> = (0..52_u8).map(|n| n.wrapping_mul(37)).collect();
        for list in List::ALL {
            let words = write(&bytes, list);
            assert_eq!(words.len(), 38);
            let typed: String = words
                .iter()
                .enumerate()
                .fold(String::new(), |t, (n, w)| t + &format!("{}. {}\r\n", n + 1, w.to_uppercase()));
            assert!(read(&typed, 52).unwrap().contains(&bytes));
        }
    }

    #[test]
    fn a_wrong_word_is_named() {
        let e = read("abandon\nabilty able", 4).unwrap_err();
        assert!(e.message.contains("word 2") && e.hints[0].contains("ability") && e.at.unwrap().line == Some(2));
        assert!(read("abandon ability", 4).unwrap_err().message.contains("a share has 3"));
    }

    #[test]
    fn lists_stay_tellable_without_accents() {
        for list in List::ALL {
            let mut all: Vec<String> = list.words().iter().map(|w| plain(w)).collect();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 2048);
        }
        let made = passphrase(List::Es).unwrap();
        assert!(made.split('-').count() == 10 && made.is_ascii());
    }
}
