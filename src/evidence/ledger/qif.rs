//! QIF: a letter and a value a line, `^` after each transaction.

use super::Rows;
use super::amount;
use super::date::{self, Order};
use crate::error::Result;
use crate::evidence::Amount;
use crate::evidence::text::{Text, failed};

#[derive(Default)]
struct Transaction {
    line: u64,
    date: String,
    amount: Option<Amount>,
    payee: String,
    memo: String,
    any: bool,
}

/// The order of dates by the first lines.
pub fn order(head: &str) -> Order {
    Order::of(head.lines().filter_map(|l| l.strip_prefix('D')), Order::MonthFirst)
}

/// Whether a section holds transactions; categories, classes and accounts do not.
fn has_transactions(section: &str) -> bool {
    let section = section.trim().to_ascii_lowercase();
    ["bank", "cash", "ccard", "oth a", "oth l"].iter().any(|s| section.starts_with(s))
}

/// Offers each transaction.
pub(super) fn read(mut text: Text<'_>, order: Order, rows: &mut Rows<'_>) -> Result<()> {
    let path = rows.path();
    let (mut line, mut bytes) = (0, Vec::new());
    let mut wanted = true;
    let mut now = Transaction::default();
    while text.read_into(&mut bytes).map_err(|e| failed(path, &e))? {
        line += 1;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim();
        let Some(letter) = text.chars().next() else { continue };
        let value = text[letter.len_utf8()..].trim();
        match letter {
            '!' => {
                let lower = value.to_ascii_lowercase();
                match lower.strip_prefix("type:") {
                    Some(section) => wanted = has_transactions(section),
                    None => wanted = wanted && !lower.starts_with("account"),
                }
                now = Transaction::default();
            }
            '^' => offer(std::mem::take(&mut now), wanted, order, rows),
            letter => {
                if !now.any {
                    (now.any, now.line) = (true, line);
                }
                now.take(letter, value);
            }
        }
    }
    // Some programs leave out the last `^`.
    offer(now, wanted, order, rows);
    Ok(())
}

fn offer(t: Transaction, wanted: bool, order: Order, rows: &mut Rows<'_>) {
    if wanted && t.any {
        let spent = t.amount.and_then(|a| Some(Amount { cents: a.cents.checked_neg()?, ..a }));
        rows.offer(t.line, &[&t.payee, &t.memo], date::parse(&t.date, order), spent.as_ref());
    }
}

impl Transaction {
    fn take(&mut self, letter: char, value: &str) {
        match letter {
            'D' => value.clone_into(&mut self.date),
            'T' => self.amount = amount::parse(value),
            'U' if self.amount.is_none() => self.amount = amount::parse(value),
            'P' => value.clone_into(&mut self.payee),
            'M' => value.clone_into(&mut self.memo),
            _ => {}
        }
    }
}
