//! What a look-up in the catalog's signs costs, with few services and with ten times as many: it should stay the same. The few
//! are spread over the many, so that both have signs of all kinds, and both give the same answers: what is measured is the
//! size of the catalog, not how much is found.
//! Use: `cargo bench --bench matching`.

#![allow(clippy::print_stdout)]

use decamp::catalog::Catalog;
use decamp::catalog::index::{Index, Sign};
use decamp::catalog::load::embedded;
use decamp::catalog::payee::Words;
use decamp::error::{Error, Result};
use std::hint::black_box;
use std::time::Instant;

const FEW: usize = 11;
const MANY: usize = 110;
/// Look-ups of each kind in one round, and rounds: the fastest of these counts, so that other work of the machine doesn't.
const LOOKS: usize = 20_000;
const ROUNDS: usize = 15;

/// A kind of look-up: what it is called, what it looks for the `n`th time, and how many services it found.
type Look = (&'static str, fn(usize) -> String, fn(&Index, &str) -> usize);

const KINDS: [Look; 9] = [
    ("payee", payee, |index, text| {
        let mut found = Vec::new();
        index.payee(text, &mut Words::default(), &mut found);
        found.len()
    }),
    ("sender", host, |index, text| index.name(Sign::Domain, text, None).len()),
    ("page", host, |index, text| index.name(Sign::Web, text, None).len()),
    ("mail host", host, |index, text| index.name(Sign::Mx, text, Some("@")).len()),
    ("name server", host, |index, text| index.name(Sign::Ns, text, Some("@")).len()),
    ("TXT", token, |index, text| index.txt(text, "@").len()),
    ("DKIM", |n| format!("key{n}"), |index, text| index.dkim(text).len()),
    ("resource", |n| format!("Nobody::Thing{n}::Table"), |index, text| usize::from(index.resource(text).is_some())),
    ("address", address, |index, text| text.parse().map_or(0, |a| usize::from(index.address(a, "@").is_some()))),
];

fn payee(n: usize) -> String {
    let name =
        ["COMPRA TARJETA 0412 LA PALOMA", "PANADERIA LA LUZ", "POS DEBIT ABARROTES", "RENT", "Teléfonos del Sur"]
            [n % 5];
    format!("{name} {n}")
}

fn host(n: usize) -> String {
    format!(
        "mail{}.{}{n}.{}",
        n % 7,
        ["vecinas", "clinica", "huerta"][n % 3],
        ["example", "example.org", "org.example"][n % 3]
    )
}

fn token(n: usize) -> String {
    format!("{}={n}{}", ["some-verification", "key", "v=x; p"][n % 3], "0123456789abcdef".repeat(2))
}

fn address(n: usize) -> String {
    format!("{}.{}.{}.{}", 1 + n % 223, n / 7 % 256, n / 3 % 256, n % 256)
}

/// The catalog with `count` of the first [`MANY`] services that have signs, and with as large a part of the address ranges.
fn part(count: usize) -> Result<Catalog> {
    let mut catalog = embedded()?;
    catalog.services.retain(|_, s| !s.value.fingerprints.is_empty());
    let kept: Vec<String> = catalog.services.keys().take(MANY).step_by(MANY / count).cloned().collect();
    catalog.services.retain(|id, _| kept.contains(id));
    catalog.ranges.retain(|id, _| kept.contains(id));
    Ok(catalog)
}

/// The nanoseconds of one look-up, in the fastest round.
fn cost(index: &Index, texts: &[String], look: fn(&Index, &str) -> usize) -> f64 {
    let start = Instant::now();
    for text in texts {
        black_box(look(black_box(index), black_box(text)));
    }
    #[allow(clippy::cast_precision_loss)]
    let each = texts.len() as f64;
    start.elapsed().as_secs_f64() * 1e9 / each
}

fn main() -> Result<()> {
    let (few, many) = (part(FEW)?, part(MANY)?);
    println!("services: {} and {}", few.services.len(), many.services.len());
    let (few, many) = (Index::new(&few), Index::new(&many));
    let (mut all_few, mut all_many) = (0.0, 0.0);
    for (what, text, look) in KINDS {
        let mut texts: Vec<String> = (0..LOOKS).map(text).collect();
        texts.retain(|text| look(&few, text) == look(&many, text));
        if texts.len() < LOOKS / 2 {
            return Err(Error::machine(format!("{what}: the answers differ for most texts")));
        }
        let (mut least_few, mut least_many) = (f64::MAX, f64::MAX);
        // The two take turns, so that whatever else the machine does falls on both.
        for _ in 0..ROUNDS {
            least_few = least_few.min(cost(&few, &texts, look));
            least_many = least_many.min(cost(&many, &texts, look));
        }
        (all_few, all_many) = (all_few + least_few, all_many + least_many);
        println!("{what:<12} {least_few:>7.1} ns, {least_many:>7.1} ns, ratio {:.2}", least_many / least_few);
    }
    println!(
        "all          {all_few:>7.1} ns, {all_many:>7.1} ns, ratio {:.2} (wanted at most 1.3)",
        all_many / all_few
    );
    Ok(())
}
