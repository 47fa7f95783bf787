//! Delimited ledgers with any column names in English or Spanish, and those that PayPal's downloads have in German
//! (github.com/replikativ/kontor, modules/bank-de/test/resources/paypal.csv, read 2026-11).

use super::Rows;
use super::amount;
use super::date::{self, Order};
use crate::error::Result;
use crate::evidence::table::{DELIMITERS, Layout, Row, Table, no_header, plain_name, split_line};
use crate::evidence::text::{Encoding, Text};
use crate::evidence::{Amount, Kind};

/// How many lines may stand before the column names.
const PREAMBLE: usize = 20;

/// Names of the date's column, the best first: the day something was bought says more than the day it was booked.
const DATE: [&str; 27] = [
    "transaction date",
    "trans date",
    "fecha de operacion",
    "fecha operacion",
    "fecha de transaccion",
    "fecha transaccion",
    "fecha de compra",
    "date",
    "fecha",
    "posting date",
    "posted date",
    "post date",
    "date posted",
    "posted",
    "posted on",
    "booking date",
    "fecha de cargo",
    "fecha de movimiento",
    "fecha movimiento",
    "fecha contable",
    "fecha valor",
    "f valor",
    "value date",
    "completed date",
    "started date",
    "dia",
    "datum",
];
/// Names of columns that say who was paid, or what for, the best first.
const PAYEE: [&str; 46] = [
    "payee",
    "merchant",
    "merchant name",
    "vendor",
    "vendor name",
    "beneficiary",
    "beneficiario",
    "comercio",
    "establecimiento",
    "proveedor",
    "counterparty",
    "counterparty name",
    "supplier",
    "name",
    "nombre",
    "payee name",
    "description",
    "transaction description",
    "original description",
    "extended description",
    "statement description",
    "descripcion",
    "descripcion del movimiento",
    "concepto",
    "narrative",
    "details",
    "transaction details",
    "detalle",
    "detalles",
    "movimiento",
    "glosa",
    "memo description",
    "appears on your statement as",
    "memo",
    "notes",
    "reference",
    "referencia",
    "observaciones",
    "concepto ampliado",
    "concepto referencia",
    "concepto referencia ampliada",
    "descripcion concepto",
    "detalle del movimiento",
    "descripcion de la operacion",
    "transaction name",
    "motivo",
];
const AMOUNT: [&str; 17] = [
    "amount",
    "transaction amount",
    "importe",
    "monto",
    "cantidad",
    "valor",
    "importe eur",
    "amount usd",
    "gross",
    "bruto",
    "brutto",
    "net",
    "neto",
    "netto",
    "net amount",
    "total",
    "value",
];
const DEBIT: [&str; 24] = [
    "debit",
    "debits",
    "debit amount",
    "withdrawal",
    "withdrawals",
    "withdrawal amount",
    "withdrawal amt",
    "money out",
    "paid out",
    "payments",
    "charge",
    "charges",
    "cargo",
    "cargos",
    "debe",
    "debito",
    "debitos",
    "egreso",
    "egresos",
    "retiro",
    "retiros",
    "gasto",
    "gastos",
    "salidas",
];
const CREDIT: [&str; 20] = [
    "credit",
    "credits",
    "credit amount",
    "deposit",
    "deposits",
    "deposit amount",
    "deposit amt",
    "money in",
    "paid in",
    "receipts",
    "abono",
    "abonos",
    "haber",
    "credito",
    "creditos",
    "ingreso",
    "ingresos",
    "deposito",
    "depositos",
    "entradas",
];
const CURRENCY: [&str; 6] = ["currency", "currency code", "moneda", "divisa", "transaction currency", "wahrung"];
const DIRECTION: [&str; 7] =
    ["transaction type", "debit credit", "dr cr", "credit debit indicator", "type", "tipo", "tipo de movimiento"];
const BALANCE: [&str; 7] =
    ["balance", "running balance", "running bal", "saldo", "account balance", "available balance", "guthaben"];

/// The most columns whose names may say who was paid.
const PAYEES: usize = 4;

/// Which column holds what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Columns {
    date: usize,
    payees: Vec<usize>,
    amount: Option<usize>,
    debit: Option<usize>,
    credit: Option<usize>,
    currency: Option<usize>,
    /// Says of amounts without sign which way they went.
    direction: Option<usize>,
    balance: bool,
    spanish: bool,
}

/// What the beginning of a delimited ledger tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    layout: Layout,
    columns: Columns,
    /// The first row holds the columns' names.
    named: bool,
    order: Order,
    /// A card's list of purchases has them positive; a bank account has them negative.
    spent_is_positive: bool,
}

impl Plan {
    /// Looks for column names among the first lines of a ledger.
    pub fn find(head: &str) -> Option<Self> {
        let (layout, columns) = DELIMITERS.iter().find_map(|&delimiter| {
            head.lines().take(PREAMBLE + 1).enumerate().find_map(|(n, line)| {
                let columns = Columns::of(&split_line(line, delimiter))?;
                Some((Layout { delimiter, header: n as u64 + 1 }, columns))
            })
        })?;
        Some(Self::learned(layout, columns, true, head))
    }

    /// The plan of a table whose column names stand in a known line.
    pub fn at(head: &str, layout: Layout) -> Option<Self> {
        let line = head.lines().nth(usize::try_from(layout.header).ok()?.checked_sub(1)?)?;
        let columns = Columns::of(&split_line(line, layout.delimiter))?;
        Some(Self::learned(layout, columns, true, head))
    }

    /// A table without column names, as some banks give it: a date, an amount and a text in every row.
    pub fn headless(head: &str) -> Option<Self> {
        DELIMITERS.iter().find_map(|&delimiter| {
            let rows: Vec<Vec<String>> =
                head.lines().filter(|l| !l.trim().is_empty()).take(50).map(|l| split_line(l, delimiter)).collect();
            // The last line may be cut.
            let rows = if rows.len() > 1 && !head.ends_with('\n') { &rows[..rows.len() - 1] } else { &rows[..] };
            let width = rows.first().map(Vec::len).filter(|n| (3..=20).contains(n))?;
            if rows.iter().any(|r| r.len() != width) {
                return None;
            }
            let all = |n: usize, fits: &dyn Fn(&str) -> bool| rows.iter().all(|r| fits(&r[n]));
            let is_date = |t: &str| t.len() >= 8 && date::parse(t, Order::MonthFirst).is_some() && !t.contains(' ');
            let is_money = |t: &str| t.contains(['.', ',']) && amount::parse(t).is_some();
            let date = (0..width).find(|n| all(*n, &is_date))?;
            let amount = (0..width).find(|n| *n != date && all(*n, &is_money))?;
            let wordy =
                |n: &usize| rows.iter().map(|r| r[*n].chars().filter(|c| c.is_alphabetic()).count()).sum::<usize>();
            let payee = (0..width).filter(|n| *n != date && *n != amount).max_by_key(wordy)?;
            if wordy(&payee) < rows.len() * 3 {
                return None;
            }
            let columns =
                Columns { date, payees: vec![payee], amount: Some(amount), balance: true, ..Columns::default() };
            let layout = Layout { delimiter, header: 1 };
            Some(Self::learned(layout, columns, false, head))
        })
    }

    fn learned(layout: Layout, columns: Columns, named: bool, head: &str) -> Self {
        let mut plan = Self { layout, columns, named, order: Order::MonthFirst, spent_is_positive: false };
        plan.learn(head);
        plan
    }

    /// Learns the order of dates and the sign of spending from the rows at hand.
    fn learn(&mut self, head: &str) {
        let mut dates = Vec::new();
        let (mut negative, mut positive) = (0_u64, 0_u64);
        let mut bytes = head.as_bytes();
        let text = Text::new(&mut bytes, Encoding::Utf8);
        if let Ok(mut table) = Table::open(text, self.layout, "") {
            let mut row = Row::default();
            // The last row may be cut, so what is wrong there doesn't matter here.
            while let Ok(true) = table.next_into(&mut row) {
                dates.push(row.cell(self.columns.date).to_owned());
                if let Some(amount) = self.columns.amount.and_then(|n| amount::parse(row.cell(n))) {
                    negative += u64::from(amount.cents < 0);
                    positive += u64::from(amount.cents > 0);
                }
            }
        }
        let latin = self.layout.delimiter == b';' || self.columns.spanish;
        let likely = if latin { Order::DayFirst } else { Order::MonthFirst };
        self.order = Order::of(dates.iter().map(String::as_str), likely);
        // A statement with a balance is an account's; without one, a list with few negatives is a card's or a book's.
        self.spent_is_positive = negative == 0 || (!self.columns.balance && negative * 6 < positive);
    }

    fn amount(&self, row: &Row) -> Option<Amount> {
        let columns = &self.columns;
        let cell = |n: Option<usize>| n.and_then(|n| amount::parse(row.cell(n)));
        // Some banks write a debit negative in its own column: what left is what left.
        let mut amount = if let Some(debit) = cell(columns.debit).filter(|a| a.cents != 0) {
            Amount { cents: debit.cents.checked_abs()?, ..debit }
        } else if let Some(credit) = cell(columns.credit).filter(|a| a.cents != 0) {
            Amount { cents: credit.cents.checked_abs()?.checked_neg()?, ..credit }
        } else {
            let amount = cell(columns.amount).or_else(|| cell(columns.debit)).or_else(|| cell(columns.credit))?;
            let came_in = columns.direction.is_some_and(|n| is_credit(row.cell(n)));
            let cents = if self.spent_is_positive && !came_in { amount.cents } else { amount.cents.checked_neg()? };
            Amount { cents, ..amount }
        };
        let said = columns.currency.map(|n| row.cell(n).to_ascii_uppercase()).filter(|c| amount::is_code(c));
        amount.currency = said.or(amount.currency);
        Some(amount)
    }
}

/// Whether a word of the column of directions says that money came in.
fn is_credit(word: &str) -> bool {
    matches!(plain_name(word).as_str(), "credit" | "cr" | "c" | "deposit" | "abono" | "ingreso" | "deposito")
}

impl Columns {
    fn of(names: &[String]) -> Option<Self> {
        let names: Vec<String> = names.iter().map(|n| column_name(n)).collect();
        let find = |known: &[&str]| known.iter().find_map(|k| names.iter().position(|n| n == k));
        let columns = Self {
            date: find(&DATE)?,
            payees: PAYEE
                .iter()
                .flat_map(|k| names.iter().enumerate().filter(move |(_, n)| n == k).map(|(at, _)| at))
                .take(PAYEES)
                .collect(),
            amount: find(&AMOUNT),
            debit: find(&DEBIT),
            credit: find(&CREDIT),
            currency: find(&CURRENCY),
            direction: find(&DIRECTION),
            balance: find(&BALANCE).is_some(),
            spanish: names.iter().any(|n| {
                n.split(' ')
                    .any(|w| matches!(w, "fecha" | "dia" | "concepto" | "descripcion" | "importe" | "monto" | "saldo"))
            }),
        };
        let paid = columns.amount.or(columns.debit).or(columns.credit).is_some();
        (paid && !columns.payees.is_empty()).then_some(columns)
    }
}

/// A column's name for comparing; of `Amount (debit)` and `Amount (credit)` what stands in brackets says which it is.
fn column_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let way = ["debit", "credit"].into_iter().find(|way| lower.ends_with(&format!("amount ({way})")));
    way.map_or_else(|| plain_name(name), str::to_owned)
}

/// Offers each row after the column names.
pub(super) fn read(text: Text<'_>, plan: &Plan, rows: &mut Rows<'_>) -> Result<()> {
    let path = rows.path();
    let mut table = Table::open(text, plan.layout, path)?;
    let mut row = Row::default();
    if plan.named && !table.next_into(&mut row)? {
        return Err(no_header(path));
    }
    let mut heading = String::new();
    // In a statement whose first column is the date, a lone cell is a remark.
    let is_report = matches!(rows.kind(), Kind::Export(_));
    while table.next_into(&mut row)? {
        let filled = row.cells().filter(|c| !c.is_empty()).take(2).count();
        if filled == 0 {
            continue;
        }
        // Reports of bookkeeping put the payee above the rows that belong to it.
        if filled == 1 && !row.cell(0).is_empty() {
            let undated = plan.columns.date != 0 || (is_report && date::parse(row.cell(0), plan.order).is_none());
            if undated {
                row.cell(0).clone_into(&mut heading);
                continue;
            }
        }
        let mut names = [""; PAYEES + 1];
        for (name, column) in names.iter_mut().zip(&plan.columns.payees) {
            *name = row.cell(*column);
        }
        names[plan.columns.payees.len().min(PAYEES)] = &heading;
        rows.offer(row.line, &names, date::parse(row.cell(plan.columns.date), plan.order), plan.amount(&row).as_ref());
    }
    Ok(())
}
