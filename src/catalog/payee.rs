//! Payees on a statement, by words: `AWS EMEA` is Amazon's cloud, `AWS TRUCKING` is not.

use std::collections::HashSet;
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

    /// Whether it fits a payee cut by [`words`].
    pub fn matches(&self, payee: &[String]) -> bool {
        self.matches_from(payee, bank_words(payee))
    }

    /// The same when it is known how many of a bank's words stand before the payee.
    pub fn matches_from(&self, payee: &[String], bank: usize) -> bool {
        (0..=bank).any(|skip| self.matches_here(&payee[skip..]))
    }

    fn matches_here(&self, payee: &[String]) -> bool {
        if payee.len() < self.words.len() {
            return false;
        }
        let (head, tail) = payee.split_at(self.words.len());
        self.words.iter().zip(head).all(|(p, w)| super::pattern::glob(p, w))
            // A transfer names who began it, and then what it was: `ORIG CO NAME:STRIPE ORIG ID:1800948598 DESC DATE: …`.
            && (self.open || tail.starts_with(&["ORIG".to_owned(), "ID".to_owned()]) || tail.iter().all(|w| says_nothing(w)))
    }
}

/// A payee's words: runs of letters and digits, upper case, without accents.
pub fn words(payee: &str) -> Vec<String> {
    cut(payee, |c| c == '_')
}

/// How many of a bank's own words stand first.
pub fn bank_words(words: &[String]) -> usize {
    words.iter().take_while(|w| is_bank_word(w)).count()
}

/// Where a payee begins, for an index: the first word and those behind a bank's words.
pub fn starts(words: &[String], bank: usize) -> impl Iterator<Item = &str> {
    words.iter().take(bank + 1).map(String::as_str)
}

fn pattern_words(text: &str) -> Vec<String> {
    // A `*` belongs to a word only at its end (`GSUITE*`); `GOOGLE *GSUITE` has a separator.
    let mut found = Vec::new();
    for part in text.split_whitespace() {
        let open = part.len() > 1 && part.ends_with('*');
        let mut own = cut(part, |c| c == '_');
        if let (true, Some(last)) = (open, own.last_mut()) {
            last.push('*');
        }
        found.append(&mut own);
    }
    found
}

fn cut(text: &str, keep: impl Fn(char) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() || keep(c) {
            word.extend(plain(c).to_uppercase());
        } else if !word.is_empty() {
            found.push(std::mem::take(&mut word));
        }
        if found.len() >= 32 {
            return found;
        }
    }
    if !word.is_empty() {
        found.push(word);
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
    static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| BANK.iter().copied().collect());
    KNOWN.contains(word) || word == "CO" || word.bytes().all(|b| b.is_ascii_digit() || b == b'X')
}

fn says_nothing(word: &str) -> bool {
    word.len() <= 2 || word.bytes().any(|b| b.is_ascii_digit()) || LEGAL.contains(&word) || MONTHS.contains(&word)
}

/// Whether the words of `veto` stand in `payee` as a run.
pub fn has_run(payee: &[String], veto: &[String]) -> bool {
    !veto.is_empty() && payee.windows(veto.len()).any(|w| w.iter().zip(veto).all(|(a, b)| super::pattern::glob(b, a)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn fits(pattern: &str, payee: &str) -> bool {
        PayeePattern::new(pattern).unwrap().matches(&words(payee))
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
    fn accents_do_not_matter() {
        assert_eq!(words("Compañía Telefónica*MX"), ["COMPANIA", "TELEFONICA", "MX"]);
    }
}
