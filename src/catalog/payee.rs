//! Payees on a statement, by words: `AWS EMEA` is Amazon's cloud, `AWS TRUCKING` is not.

use rustc_hash::FxHashSet;
use std::sync::LazyLock;

/// Words that a bank puts before the payee.
const BANK: &[&str] = &[
    "POS",
    "DEBIT",
    "CREDIT",
    "CARD",
    "PURCHASE",
    "RECURRING",
    "RECUR",
    "PENDING",
    "ORIG",
    "NAME",
    "PAYMENT",
    "ACH",
    "CHECKCARD",
    "VISA",
    "MASTERCARD",
    "PAYPAL",
    "PP",
    "INST",
    "XFER",
    "WEB",
    "PMT",
    "ONLINE",
    "COMPRA",
    "PAGO",
    "CARGO",
    "TARJETA",
    "AUTHORIZED",
    "ON",
    "EN",
    "TO",
    "THE",
    "BILL",
    "BILLPAY",
    "PREAUTHORIZED",
    "WITHDRAWAL",
    "SUBSCRIPTION",
    "CKCD",
    "DBT",
    "CRD",
];
/// Words after the payee that say nothing.
const LEGAL: &[&str] = &[
    "INC",
    "LLC",
    "LTD",
    "CORP",
    "CO",
    "COM",
    "GMBH",
    "SAS",
    "INCORPORATED",
    "CORPORATION",
    "LIMITED",
    "HTTPS",
    "WWW",
];
/// Months before a number of an invoice say nothing either.
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// A pattern for payees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayeePattern {
    words: Vec<String>,
    open: bool,
}

impl PayeePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it has no word.
    pub fn new(text: &str) -> Result<Self, String> {
        let (body, open) = match text.strip_suffix(" **") {
            Some(body) => (body, true),
            None => (text, false),
        };
        let words = pattern_words(body);
        if words.is_empty() {
            return Err(format!("`{text}` has no word"));
        }
        if words[0].starts_with('*') {
            return Err(format!("`{text}` begins with `*`"));
        }
        Ok(Self { words, open })
    }

    /// The first word: what an index looks up (a word with `*` has no index).
    pub fn first(&self) -> Option<&str> {
        let first = self.words[0].as_str();
        (!first.contains('*')).then_some(first)
    }

    /// The beginning of the first word that every payee it fits has somewhere.
    pub fn beginning(&self) -> &str {
        self.words[0].trim_end_matches('*')
    }

    /// Whether it fits a payee.
    pub fn matches(&self, payee: &Words) -> bool {
        (0..=payee.bank()).any(|skip| self.matches_at(payee, skip, 0, &[]))
    }

    /// Whether it fits what stands in a payee behind so many of a bank's words, when so many are `known` to fit already; the
    /// runs of words in `tails` may follow.
    pub fn matches_at(&self, payee: &Words, skip: usize, known: usize, tails: &[Vec<String>]) -> bool {
        let end = skip + self.words.len();
        let mut here = payee.from(skip + known);
        let mut own = self.words.iter().skip(known);
        if payee.len() < end || !own.all(|p| here.next().is_some_and(|w| fits(p, w))) {
            return false;
        }
        // A transfer names who began it, and then what it was: `ORIG CO NAME:STRIPE ORIG ID:1800948598 DESC DATE: …`.
        self.open || payee.from(end).take(2).eq(["ORIG", "ID"]) || payee.ends_with_nothing(end, tails)
    }
}

/// Whether a word fits a pattern's: both are upper case, and a `*` stands at the end only.
fn fits(pattern: &str, word: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => word.starts_with(beginning),
        None => pattern == word,
    }
}

/// The most words of a payee that are looked at.
const MOST: usize = 32;

/// A payee's words: runs of letters and digits, upper case, without accents; in one piece of memory, since a ledger has many.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The words, in order.
    text: String,
    /// Where each begins and ends there.
    spans: [(usize, usize); MOST],
    count: usize,
}

/// Of each byte of a text of ASCII whether it belongs to a word.
const IN_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0_u8;
    while b < 128 {
        table[b as usize] = b.is_ascii_alphanumeric() || b == b'_';
        b += 1;
    }
    table
};

impl Words {
    /// Cuts a text.
    pub fn of(text: &str) -> Self {
        let mut words = Self::default();
        words.set(text);
        words
    }

    /// Cuts another text, in the same memory.
    pub fn set(&mut self, text: &str) {
        self.text.clear();
        self.count = 0;
        if text.len() < 64 && text.is_ascii() {
            self.cut_short(text);
        } else {
            self.cut(text);
        }
        self.text.make_ascii_uppercase();
    }

    /// Cuts a text of fewer than 64 bytes, all ASCII, as most payees are: the quick way, with the same result.
    fn cut_short(&mut self, text: &str) {
        self.text.push_str(text);
        // A bit for each byte, so that how long the words are costs nothing.
        let mut left =
            text.bytes().enumerate().fold(0_u64, |bits, (n, b)| bits | u64::from(IN_WORD[usize::from(b)]) << n);
        while left != 0 && self.count < MOST {
            let start = left.trailing_zeros();
            let end = start + (left >> start).trailing_ones();
            left = left >> end << end;
            self.spans[self.count] = (start as usize, end as usize);
            self.count += 1;
        }
    }

    fn cut(&mut self, text: &str) {
        let mut start = 0;
        let mut rest = text;
        while self.count < MOST {
            let run = rest.bytes().take_while(|b| IN_WORD[usize::from(*b)]).count();
            let (word, behind) = rest.split_at(run);
            self.text.push_str(word);
            let next = behind.chars().next();
            match next {
                Some(c) if c.is_alphanumeric() => self.text.extend(plain(c).to_uppercase()),
                _ if self.text.len() > start => {
                    self.spans[self.count] = (start, self.text.len());
                    self.count += 1;
                    start = self.text.len();
                }
                _ => {}
            }
            let Some(c) = next else { break };
            rest = &behind[c.len_utf8()..];
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The words from the `n`th on.
    pub fn from(&self, n: usize) -> impl Iterator<Item = &str> {
        self.spans[n.min(self.count)..self.count].iter().map(|(start, end)| &self.text[*start..*end])
    }

    /// The text in which the words stand in order, each in one piece.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many of a bank's own words stand first.
    pub fn bank(&self) -> usize {
        self.from(0).take_while(|w| is_bank_word(w)).count()
    }

    /// Whether the words from the `n`th on say nothing, but for the runs in `tails`.
    fn ends_with_nothing(&self, n: usize, tails: &[Vec<String>]) -> bool {
        let mut at = n;
        while let Some(word) = self.from(at).next() {
            let runs = |t: &&Vec<String>| {
                !t.is_empty() && at + t.len() <= self.count && self.from(at).zip(*t).all(|(w, v)| w == v)
            };
            at += match tails.iter().find(runs) {
                Some(run) => run.len(),
                None if says_nothing(word) => 1,
                None => return false,
            };
        }
        true
    }

    /// Whether the words of `veto` stand in it as a run.
    pub fn has_run(&self, veto: &[String]) -> bool {
        let fits = |at: usize| self.from(at).zip(veto).all(|(w, v)| v == w);
        !veto.is_empty() && (0..(self.count + 1).saturating_sub(veto.len())).any(fits)
    }
}

/// How a payee's first word begins, for telling quickly most of those that no pattern fits: its first eight bytes as a
/// number. `None` when it must be cut to tell: it begins with a number or what a bank makes of one, or beyond ASCII.
pub fn beginning_of(payee: &str) -> Option<u64> {
    let bytes = payee.as_bytes();
    let start = bytes.iter().position(|b| !b.is_ascii() || IN_WORD[usize::from(*b)])?;
    let mut begin = 0;
    for b in bytes[start..].iter().take(8) {
        if !b.is_ascii() {
            return None;
        }
        if !IN_WORD[usize::from(*b)] {
            break;
        }
        begin = begin << 8 | u64::from(b.to_ascii_uppercase());
    }
    // A word of `X` and digits only is a card or a number.
    let first = bytes[start].to_ascii_uppercase();
    (first != b'X' && !first.is_ascii_digit()).then_some(begin)
}

/// The words that a bank puts before the payee.
pub fn bank_words() -> impl Iterator<Item = &'static str> {
    BANK.iter().copied().chain(["CO"])
}

/// The words of a text, each by itself.
pub fn words(text: &str) -> Vec<String> {
    Words::of(text).from(0).map(str::to_owned).collect()
}

fn pattern_words(text: &str) -> Vec<String> {
    // A `*` belongs to a word only at its end (`GSUITE*`); `GOOGLE *GSUITE` has a separator.
    let mut found = Vec::new();
    for part in text.split_whitespace() {
        let open = part.len() > 1 && part.ends_with('*');
        let mut own = words(part);
        if let (true, Some(last)) = (open, own.last_mut()) {
            last.push('*');
        }
        found.append(&mut own);
    }
    found
}

fn plain(c: char) -> char {
    match c {
        'á' | 'à' | 'ä' | 'â' | 'ã' | 'Á' | 'À' | 'Ä' | 'Â' | 'Ã' => 'A',
        'é' | 'è' | 'ë' | 'ê' | 'É' | 'È' | 'Ë' | 'Ê' => 'E',
        'í' | 'ì' | 'ï' | 'î' | 'Í' | 'Ì' | 'Ï' | 'Î' => 'I',
        'ó' | 'ò' | 'ö' | 'ô' | 'õ' | 'Ó' | 'Ò' | 'Ö' | 'Ô' | 'Õ' => 'O',
        'ú' | 'ù' | 'ü' | 'û' | 'Ú' | 'Ù' | 'Ü' | 'Û' => 'U',
        'ñ' | 'Ñ' => 'N',
        'ç' | 'Ç' => 'C',
        c => c,
    }
}

fn is_bank_word(word: &str) -> bool {
    // Numbers, and cards of which only the end is shown.
    static KNOWN: LazyLock<FxHashSet<&str>> = LazyLock::new(|| BANK.iter().copied().collect());
    KNOWN.contains(word) || word == "CO" || word.bytes().all(|b| b.is_ascii_digit() || b == b'X')
}

fn says_nothing(word: &str) -> bool {
    word.len() <= 2 || word.bytes().any(|b| b.is_ascii_digit()) || LEGAL.contains(&word) || MONTHS.contains(&word)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn fits(pattern: &str, payee: &str) -> bool {
        PayeePattern::new(pattern).unwrap().matches(&Words::of(payee))
    }

    #[test]
    fn payees_are_spelled_apart() {
        assert!(fits("SLACK", "SLACK T02ABC123") && fits("SLACK", "POS DEBIT 0311 SLACK INC CA"));
        assert!(!fits("SLACK", "SLACKWATER BREWING") && !fits("SLACK", "SLACK TIDE CAFE"));
        assert!(!fits("ORACLE", "ORACLE PARK") && fits("ORACLE AMERICA **", "ORACLE AMERICA REDWOOD CITY"));
        assert!(fits("GOOGLE GSUITE*", "GOOGLE *GSUITE_casaabi") && !fits("AWS", "AMAZON.COM*2K4"));
        assert!(fits("ZOOM US", "ZOOM.US 888-799-9666") && !fits("ZOOM", "ZOOM CAR WASH"));
        assert!(!fits("AWS", "AWS TRUCKING LLC") && fits("AWS", "AWS LLC"));
    }

    #[test]
    fn a_town_behind_the_payee_says_nothing_where_it_is_known() {
        let tails = [words("SAN FRANCISCO"), words("DB TT CCHELP")];
        let fits = |payee: &str| PayeePattern::new("SLACK").unwrap().matches_at(&Words::of(payee), 0, 0, &tails);
        assert!(fits("SLACK T02ABCDEF SAN FRANCISCO CA") && fits("SLACK DB.TT/CCHELP") && fits("SLACK"));
        assert!(!fits("SLACK TIDE CAFE SAN FRANCISCO CA") && !fits("SLACK SAN") && !fits("SLACK T02 OAKLAND CA"));
    }

    #[test]
    fn accents_do_not_matter() {
        assert_eq!(words("Compañía Telefónica*MX"), ["COMPANIA", "TELEFONICA", "MX"]);
        assert_eq!(words("--straße_9 … ŁÓDŹ"), ["STRASSE_9", "ŁODŹ"]);
    }

    #[test]
    fn at_most_so_many_words_are_looked_at() {
        assert_eq!(words(&"a ".repeat(40)).len(), MOST);
        assert!(Words::of("").is_empty() && Words::of(" - ").is_empty());
    }

    #[test]
    fn a_veto_is_a_run_of_words() {
        let has = |payee: &str, veto: &str| Words::of(payee).has_run(&words(veto));
        assert!(has("POS SLACK TIDE CAFE", "TIDE CAFE") && !has("SLACK CAFE TIDE", "TIDE CAFE"));
        assert!(!has("TIDE", "TIDE CAFE") && !has("TIDE", "") && !has("", "TIDE"));
    }

    #[test]
    fn a_look_at_the_beginning_tells_enough() {
        let begins = |text: &str| beginning_of(text);
        assert_eq!(begins("Slackwater"), begins("SLACKWATer Brewing"));
        assert_eq!(begins(" *slack*T02"), begins("SLACK"));
        assert_ne!(begins("slack"), begins("slac k"));
        for unsure in ["", " - ", "1PASSWORD", "XXXX1234 SLACK", "ñandú", "cañón", "-á"] {
            assert_eq!(begins(unsure), None, "{unsure}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_fits_begins_like_its_pattern(first in "[A-Z]{1,10}", text in "[- *]{0,2}[A-Za-z]{1,10}[- *é]{0,2}[A-Za-z0-9]{0,3}") {
            let words = Words::of(&text);
            let same = words.from(0).next() == Some(first.as_str());
            let begins = beginning_of(&text);
            proptest::prop_assert!(!same || begins.is_none() || begins == beginning_of(&first));
            let own = words.from(0).next().unwrap_or_default();
            proptest::prop_assert!(begins.is_none() || begins == beginning_of(own));
        }

        #[test]
        fn the_quick_way_gives_the_same(text in "[a-cA-C0-9_*. -]{0,63}") {
            let (mut short, mut long) = (Words::default(), Words::default());
            short.set(&text);
            long.cut(&text.to_ascii_uppercase());
            proptest::prop_assert!(short.from(0).eq(long.from(0)));
        }

        #[test]
        fn words_are_upper_case_and_hold_all_letters(text in "\\PC{0,40}") {
            let all = words(&text);
            proptest::prop_assert!(all.iter().all(|w| !w.is_empty() && !w.contains(|c: char| c.is_ascii_lowercase())));
            let letters = text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').count();
            let kept = all.concat().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').count();
            proptest::prop_assert!(kept >= letters || all.len() == MOST);
        }
    }
}
