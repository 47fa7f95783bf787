//! Days, and dates in words, by country.

use crate::catalog::model::Text;
use jiff::ToSpan as _;
use jiff::civil::Date;

/// A day so many days later.
pub fn plus(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap_or(day)
}

const EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const ES: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// A month in words: `March 2027`, `marzo de 2027`.
pub fn month_text(year: i16, month: i8) -> Text {
    let at = usize::try_from(month - 1).unwrap_or(0).min(11);
    Text { en: format!("{} {year}", EN[at]), es: format!("{} de {year}", ES[at]) }
}

/// A date in words, by the group's country: `December 1, 2026` (US), `1 December 2026`; `1 de diciembre de 2026`.
pub fn date_text(date: Date, country: Option<&str>) -> Text {
    let month = usize::try_from(date.month() - 1).unwrap_or(0).min(11);
    let (day, year) = (date.day(), date.year());
    let en = if country == Some("MX") {
        format!("{day} {} {year}", EN[month])
    } else {
        format!("{} {day}, {year}", EN[month])
    };
    Text { en, es: format!("{day} de {} de {year}", ES[month]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_go_by_country() {
        assert_eq!(date_text(date(2027, 1, 2), Some("US")).en, "January 2, 2027");
        assert_eq!(date_text(date(2027, 1, 2), Some("MX")).en, "2 January 2027");
        assert_eq!(date_text(date(2027, 1, 2), None).es, "2 de enero de 2027");
    }
}
