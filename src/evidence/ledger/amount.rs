//! Amounts as people and banks write them: `1.234,56`, `(12.00)`, `$1,234.00`, `12.00-`, `MX$ 5`.

use crate::evidence::Amount;

/// Signs of currencies, the longest first. A lone `$` says nothing: it is the peso's and a dozen dollars'.
const SIGNS: [(&str, &str); 16] = [
    ("US$", "USD"),
    ("MX$", "MXN"),
    ("CA$", "CAD"),
    ("AU$", "AUD"),
    ("NZ$", "NZD"),
    ("R$", "BRL"),
    ("C$", "CAD"),
    ("A$", "AUD"),
    ("M.N.", "MXN"),
    ("S/.", "PEN"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₡", "CRC"),
    ("₲", "PYG"),
    ("₹", "INR"),
];

/// The most that a payment can be, in hundredths: ten thousand million of whatever currency. More is damage.
const MOST: u64 = 1_000_000_000_000;

/// Reads an amount. Positive as written positive; `DR` and `CR` behind it make it negative and positive.
pub fn parse(text: &str) -> Option<Amount> {
    read(text).filter(|amount| amount.cents.unsigned_abs() <= MOST)
}

fn read(text: &str) -> Option<Amount> {
    if text.len() > 64 {
        return None;
    }
    if let Some(cents) = plain(text) {
        return Some(Amount { cents, currency: None });
    }
    let upper = text.trim().to_uppercase();
    let mut rest = upper.as_str();
    let mut negative = false;
    let mut currency = None;
    let mut signed = false;
    if let Some(inner) = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')')) {
        rest = inner;
        (negative, signed) = (true, true);
    }
    // Signs, currencies and words may stand on either side, in any order.
    loop {
        let before = rest.len();
        rest = rest.trim_matches(|c: char| c.is_whitespace());
        if let Some((tail, minus)) = strip_sign(rest) {
            if signed {
                return None;
            }
            (rest, negative, signed) = (tail, minus, true);
        }
        if let Some((tail, code)) = strip_currency(rest) {
            if currency.is_some() && code.is_some() && currency != code {
                return None;
            }
            currency = currency.or(code);
            rest = tail;
        }
        if let Some(inner) = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')')) {
            if signed {
                return None;
            }
            rest = inner;
            (negative, signed) = (true, true);
        }
        if rest.len() == before {
            break;
        }
    }
    let cents = digits(rest)?;
    Some(Amount { cents: if negative { cents.checked_neg()? } else { cents }, currency })
}

/// `-1234.56`, as most tables have it: the quick way for it, with the same result.
fn plain(text: &str) -> Option<i64> {
    let (minus, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, cents) = digits.split_at_checked(digits.len().checked_sub(3)?)?;
    let cents = cents.strip_prefix('.')?;
    if whole.is_empty() || whole.len() > 12 {
        return None;
    }
    let mut n = 0;
    for b in whole.bytes().chain(cents.bytes()) {
        if !b.is_ascii_digit() {
            return None;
        }
        n = n * 10 + i64::from(b - b'0');
    }
    Some(if minus { -n } else { n })
}

fn strip_sign(text: &str) -> Option<(&str, bool)> {
    for (sign, minus) in [("-", true), ("\u{2212}", true), ("\u{2013}", true), ("+", false)] {
        if let Some(rest) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
            return Some((rest, minus));
        }
    }
    for (word, minus) in [("DR", true), ("CR", false), ("DB", true)] {
        let rest = text.strip_suffix(word).filter(|r| r.ends_with(|c: char| c.is_ascii_digit() || c.is_whitespace()));
        if let Some(rest) = rest {
            return Some((rest, minus));
        }
    }
    None
}

fn strip_currency(text: &str) -> Option<(&str, Option<String>)> {
    for (sign, code) in SIGNS {
        if let Some(rest) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
            return Some((rest, Some(code.to_owned())));
        }
    }
    if let Some(rest) = text.strip_prefix('$').or_else(|| text.strip_suffix('$')) {
        return Some((rest, None));
    }
    if let Some(code) =
        text.get(..3).filter(|c| is_code(c)).filter(|_| !text[3..].starts_with(|c: char| c.is_ascii_alphabetic()))
    {
        return Some((&text[3..], Some(code.to_owned())));
    }
    let at = text.len().checked_sub(3)?;
    let code = text.get(at..).filter(|c| is_code(c))?;
    if text[..at].ends_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    Some((&text[..at], Some(code.to_owned())))
}

/// Whether a text has the form of a currency's code: three capital letters.
pub fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// `1.234,56` → 123456. The last of `.` and `,` is the decimal sign, unless three digits or another of it follow.
fn digits(text: &str) -> Option<i64> {
    let text: String =
        text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '\u{2019}')).collect();
    if !text.bytes().any(|b| b.is_ascii_digit())
        || !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
    {
        return None;
    }
    let (whole, fraction) = match text.rfind(['.', ',']) {
        None => (text.as_str(), ""),
        Some(at) => {
            let (head, tail) = (&text[..at], &text[at + 1..]);
            let sign = text.as_bytes()[at];
            let repeated = head.bytes().any(|b| b == sign);
            let other = head.bytes().any(|b| matches!(b, b'.' | b',') && b != sign);
            let groups = tail.len() == 3 && !other && !head.is_empty() && !head.trim_matches('0').is_empty();
            if repeated && (other || tail.len() != 3) {
                return None;
            }
            if repeated || groups { (text.as_str(), "") } else { (head, tail) }
        }
    };
    let mut cents: i64 = 0;
    for b in whole.bytes().filter(u8::is_ascii_digit) {
        cents = cents.checked_mul(10)?.checked_add(i64::from(b - b'0'))?;
    }
    cents = cents.checked_mul(100)?;
    let mut places = fraction.bytes().map(|b| i64::from(b - b'0'));
    let tens = places.next().unwrap_or(0);
    let ones = places.next().unwrap_or(0);
    let up = i64::from(places.next().is_some_and(|d| d >= 5));
    cents.checked_add(tens * 10 + ones + up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cents(text: &str) -> Option<i64> {
        parse(text).map(|a| a.cents)
    }

    #[test]
    fn both_decimal_signs() {
        for (text, want) in [
            ("1.234,56", 123_456),
            ("1,234.56", 123_456),
            ("1234.56", 123_456),
            ("1234,5", 123_450),
            ("1,234", 123_400),
            ("1.234", 123_400),
            ("0.125", 13),
            ("1.234.567", 123_456_700),
            ("12,34,567.89", 123_456_789),
            ("1'234.50", 123_450),
            ("1 234,56", 123_456),
            ("1\u{a0}234,56", 123_456),
            ("12", 1200),
            (".5", 50),
            ("5.", 500),
        ] {
            assert_eq!(cents(text), Some(want), "{text}");
        }
    }

    #[test]
    fn signs_on_either_side() {
        for text in [
            "(12.00)",
            "-12.00",
            "12.00-",
            "- 12.00",
            "-$12.00",
            "$-12.00",
            "($12.00)",
            "$(12.00)",
            "\u{2212}12,00",
            "12.00 DR",
            "MX$ -12",
        ] {
            assert_eq!(cents(text), Some(-1200), "{text}");
        }
        assert_eq!(cents("+12.00"), Some(1200));
        assert_eq!(cents("12.00CR"), Some(1200));
    }

    #[test]
    fn currency_is_what_is_said_and_no_more() {
        for (text, want) in [
            ("$1,234.00", None),
            ("MX$1,234.00", Some("MXN")),
            ("US$ 5", Some("USD")),
            ("USD 12", Some("USD")),
            ("12 eur", Some("EUR")),
            ("$12.00 MXN", Some("MXN")),
            ("12,00 €", Some("EUR")),
            ("-£3", Some("GBP")),
            ("$ 12.00 M.N.", Some("MXN")),
        ] {
            assert_eq!(parse(text).map(|a| a.currency), Some(want.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for text in [
            "",
            "-",
            "abc",
            "12abcd",
            "--12",
            "(-12)",
            "1.2.3",
            "1,2,3.4.5",
            "99999999999999999999",
            "92233720368547758.07",
            "10000000000.01",
            "=1+1",
            "USD EUR 5",
            "1e9",
        ] {
            assert_eq!(cents(text), None, "{text}");
        }
        assert_eq!(cents("10,000,000,000.00"), Some(1_000_000_000_000));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_written_is_read(n in -1_000_000_000_i64..1_000_000_000) {
            let sign = if n < 0 { "-" } else { "" };
            let (whole, part) = (n.abs() / 100, n.abs() % 100);
            prop_assert_eq!(cents(&format!("{sign}{whole}.{part:02}")), Some(n));
            prop_assert_eq!(cents(&format!("{sign}{whole},{part:02}")), Some(n));
        }
    }
}
