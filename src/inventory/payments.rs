//! What a service was paid, by day: a ledger has any number of rows, and few days.

use crate::evidence::Amount;
use jiff::civil::Date;
use rustc_hash::FxHashMap;

/// What was paid on one day.
#[derive(Debug, Default)]
struct Day {
    cents: i64,
    /// How many payments were no refunds.
    paid: u64,
    /// The currency that was named last, and how many had been named anywhere before.
    currency: Option<(u64, String)>,
}

/// Payments to one service.
#[derive(Debug, Default)]
pub struct Payments {
    days: FxHashMap<Date, Day>,
    /// How many named a currency.
    named: u64,
}

/// What was paid in some time.
#[derive(Debug, PartialEq, Eq)]
pub struct Paid<'a> {
    /// All of it.
    pub cents: i64,
    /// The day of the only payment.
    pub once: Option<Date>,
    /// The currency that was named last.
    pub currency: Option<&'a str>,
}

impl Payments {
    /// Adds one.
    pub fn add(&mut self, date: Date, amount: &Amount) {
        let day = self.days.entry(date).or_default();
        day.cents = day.cents.saturating_add(amount.cents);
        day.paid += u64::from(amount.cents > 0);
        if let Some(currency) = &amount.currency {
            self.named += 1;
            match &mut day.currency {
                Some((at, old)) => {
                    *at = self.named;
                    old.clone_from(currency);
                }
                None => day.currency = Some((self.named, currency.clone())),
            }
        }
    }

    /// What was paid after `start`, up to and on `end`.
    pub fn between(&self, start: Date, end: Date) -> Paid<'_> {
        let days = || self.days.iter().filter(|(date, _)| **date > start && **date <= end);
        let paid: u64 = days().map(|(_, day)| day.paid).sum();
        let last = days().filter_map(|(_, day)| day.currency.as_ref()).max_by_key(|(at, _)| *at);
        let cents: i128 = days().map(|(_, day)| i128::from(day.cents)).sum();
        Paid {
            cents: i64::try_from(cents).unwrap_or(if cents > 0 { i64::MAX } else { i64::MIN }),
            once: days().find(|(_, day)| day.paid > 0).filter(|_| paid == 1).map(|(date, _)| *date),
            currency: last.map(|(_, currency)| currency.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_last_currency_counts_in_the_order_of_rows() {
        let mut payments = Payments::default();
        for (day, cents, currency) in
            [(5, 100, Some("EUR")), (3, 200, Some("USD")), (4, -50, None), (1, 7, Some("MXN"))]
        {
            payments.add(date(2026, 1, day), &Amount { cents, currency: currency.map(str::to_owned) });
        }
        let paid = payments.between(date(2026, 1, 1), date(2026, 1, 5));
        assert_eq!(paid, Paid { cents: 250, once: None, currency: Some("USD") });
        let paid = payments.between(date(2026, 1, 2), date(2026, 1, 4));
        assert_eq!(paid, Paid { cents: 150, once: Some(date(2026, 1, 3)), currency: Some("USD") });
        assert_eq!(payments.between(date(2026, 1, 5), date(2026, 1, 1)), Paid { cents: 0, once: None, currency: None });
    }
}
