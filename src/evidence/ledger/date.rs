//! Dates of statements: ISO, American, day first, and with the month's name in English or Spanish.

use jiff::civil::Date;

/// Which of two numbers is the month. Decided once a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// 12/31/2026
    MonthFirst,
    /// 31/12/2026
    DayFirst,
}

impl Order {
    /// The order by a sample of the file's dates: a first number above 12 is a day; else what the file's language
    /// makes likely.
    pub fn of<'a>(sample: impl IntoIterator<Item = &'a str>, likely: Self) -> Self {
        for text in sample {
            if let Some([first, second, third]) = numbers(text)
                && third.1 != 0
                && first.1 <= 2
            {
                let (month, day) = (1..=12, 13..=31);
                if day.contains(&first.0) && month.contains(&second.0) {
                    return Self::DayFirst;
                }
                if day.contains(&second.0) && month.contains(&first.0) {
                    return Self::MonthFirst;
                }
            }
        }
        likely
    }
}

/// Months by their first letters, in English and Spanish.
const MONTHS: [(&str, i64); 16] = [
    ("jan", 1),
    ("ene", 1),
    ("feb", 2),
    ("mar", 3),
    ("apr", 4),
    ("abr", 4),
    ("may", 5),
    ("jun", 6),
    ("jul", 7),
    ("aug", 8),
    ("ago", 8),
    ("sep", 9),
    ("set", 9),
    ("oct", 10),
    ("nov", 11),
    ("d", 12),
];

/// Reads a date; what follows it (a time) is left.
pub fn parse(text: &str, order: Order) -> Option<Date> {
    let text = match text.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    };
    if text.len() > 64 {
        return None;
    }
    if let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes()
        && [y1, y2, y3, y4, m1, m2, d1, d2].into_iter().all(u8::is_ascii_digit)
    {
        // As most tables have it: the quick way for it, with the same result.
        let number = |digits: &[&u8]| digits.iter().fold(0, |n, d| n * 10 + i64::from(**d - b'0'));
        return date(number(&[y1, y2, y3, y4]), number(&[m1, m2]), number(&[d1, d2]));
    }
    if text.len() >= 8 && text.as_bytes()[..8].iter().all(u8::is_ascii_digit) && !text[8..].starts_with(['/', '-', '.'])
    {
        return compact(text);
    }
    match numbers(text) {
        Some([(year, 4), (month, _), (day, _)]) => date(year, month, day),
        Some([(first, _), (second, _), (year, digits)]) if digits == 4 || digits == 2 => {
            let year = full_year(year, digits);
            let dotted = text.contains('.') && !text.contains(['/', '-']);
            let (day, month) = if order == Order::DayFirst || dotted { (first, second) } else { (second, first) };
            // One row that can only be the other way round is read so, rather than lost.
            date(year, month, day).or_else(|| date(year, day, month))
        }
        _ => named(text),
    }
}

/// `20260102…` → 2026-01-02.
pub fn compact(text: &str) -> Option<Date> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    date(part(0..4)?, part(4..6)?, part(6..8)?)
}

fn date(year: i64, month: i64, day: i64) -> Option<Date> {
    let year = i16::try_from(year).ok().filter(|y| (1900..=2200).contains(y))?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn full_year(year: i64, digits: usize) -> i64 {
    match digits {
        2 if year >= 70 => 1900 + year,
        2 => 2000 + year,
        _ => year,
    }
}

/// The first three numbers, each with its count of digits, when nothing but `/`, `-`, `.`, `'` and blanks part them.
fn numbers(text: &str) -> Option<[(i64, usize); 3]> {
    let mut found = [(0, 0); 3];
    let mut n = 0;
    let mut at_number = false;
    for c in text.chars() {
        if let Some(d) = c.to_digit(10) {
            if !at_number {
                if n == 3 {
                    break;
                }
                n += 1;
                at_number = true;
            }
            let (value, digits): &mut (i64, usize) = &mut found[n - 1];
            *value = value.checked_mul(10)?.checked_add(i64::from(d))?;
            *digits += 1;
            continue;
        }
        at_number = false;
        match c {
            // After the third number a time may follow, with any text.
            _ if n == 3 => break,
            '/' | '-' | '.' | '\'' | ' ' if n > 0 => {}
            _ => return None,
        }
    }
    (n == 3).then_some(found)
}

/// `2 ene 2026`, `2 de enero de 2026`, `Jan 2, 2026`, `02-ENE-26`.
fn named(text: &str) -> Option<Date> {
    let lower = text.to_lowercase();
    let mut month = None;
    let mut numbers: Vec<(i64, usize)> = Vec::new();
    for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        if word.bytes().all(|b| b.is_ascii_digit()) {
            numbers.push((word.parse().ok()?, word.len()));
        } else if month.is_none() && !matches!(word, "de" | "del" | "domingo") {
            month = month_of(word);
        }
        if numbers.len() == 2 && month.is_some() {
            break;
        }
    }
    let month = month?;
    match numbers.as_slice() {
        [(year, 4), (day, _)] | [(day, _), (year, 4)] => date(*year, month, *day),
        [(day, _), (year, 2)] => date(full_year(*year, 2), month, *day),
        _ => None,
    }
}

fn month_of(word: &str) -> Option<i64> {
    if word.starts_with('d') && !word.starts_with("dec") && !word.starts_with("dic") {
        return None;
    }
    // Days of the week that begin like a month: martes, marzo.
    if matches!(word, "martes" | "sat" | "saturday") {
        return None;
    }
    MONTHS.iter().find(|(head, _)| word.starts_with(head)).map(|(_, n)| *n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;
    use proptest::prelude::*;

    #[test]
    fn every_form_is_read() {
        for text in [
            "2026-01-02",
            "2026-01-02T10:11:12Z",
            "2026/01/02 23:59",
            "20260102",
            "20260102120000[-5:EST]",
            "01/02/2026",
            "1/2/26",
            "1/ 2'26",
            "2.1.2026",
            "2 ene 2026",
            "2 de enero de 2026",
            "02-ENE-26",
            "Jan 2, 2026",
            "2 January 2026",
            "Friday, January 2, 2026",
            "02/ene/2026",
        ] {
            assert_eq!(parse(text, Order::MonthFirst), Some(day(2026, 1, 2)), "{text}");
        }
        assert_eq!(parse("02/01/2026", Order::DayFirst), Some(day(2026, 1, 2)));
        assert_eq!(parse("martes 3 de marzo de 2026", Order::DayFirst), Some(day(2026, 3, 3)));
        assert_eq!(parse("31 dic 2026", Order::DayFirst), Some(day(2026, 12, 31)));
    }

    #[test]
    fn one_day_above_twelve_decides_for_the_file() {
        assert_eq!(Order::of(["01/02/2026", "13/02/2026"], Order::MonthFirst), Order::DayFirst);
        assert_eq!(Order::of(["01/02/2026", "02/13/2026"], Order::DayFirst), Order::MonthFirst);
        assert_eq!(Order::of(["01/02/2026"], Order::DayFirst), Order::DayFirst);
        assert_eq!(Order::of(["2026-01-22"], Order::MonthFirst), Order::MonthFirst);
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "pending",
            "2026-13-40",
            "99999999",
            "0000-00-00",
            "30/02/2026",
            "1/2",
            "99999999999999999999/1/1",
            "x 1 2 3",
        ] {
            assert_eq!(parse(text, Order::DayFirst), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = parse(&text, Order::DayFirst);
            let _ = Order::of([text.as_str()], Order::MonthFirst);
        }
    }
}
