//! Address ranges of clouds: which service an address may belong to. Always a hint.

use std::net::IpAddr;

/// Sorted ranges of both families.
#[derive(Debug, Clone, Default)]
pub struct Ranges {
    spans: Vec<(u128, u128, usize)>,
    /// Where each begins: what is searched.
    firsts: Vec<u128>,
    /// The narrowest range around each: of two, one lies in the other, or they have nothing in common.
    around: Vec<Option<usize>>,
    /// Where those of each first byte of an IPv4 address begin, and the last of them ends.
    bytes: Vec<usize>,
    services: Vec<String>,
}

impl Ranges {
    /// Adds the ranges of a file (`#` begins a comment).
    ///
    /// # Errors
    /// The line's number and the reason.
    pub fn add(&mut self, service: &str, text: &str) -> Result<(), (u64, String)> {
        for (n, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                self.add_one(service, line).map_err(|e| (n as u64 + 1, e))?;
            }
        }
        Ok(())
    }

    /// Adds one range.
    ///
    /// # Errors
    /// The reason in words.
    pub fn add_one(&mut self, service: &str, cidr: &str) -> Result<(), String> {
        let (first, last) = span(cidr).ok_or_else(|| format!("`{cidr}` is not a CIDR range"))?;
        let id = match self.services.iter().position(|s| s == service) {
            Some(id) => id,
            None => {
                self.services.push(service.to_owned());
                self.services.len() - 1
            }
        };
        self.spans.push((first, last, id));
        Ok(())
    }

    /// Sorts, once all are there.
    pub fn finish(&mut self) {
        // What lies in a range comes behind it.
        self.spans.sort_unstable_by_key(|(first, last, id)| (*first, std::cmp::Reverse(*last), *id));
        self.around = Vec::with_capacity(self.spans.len());
        for (n, (_, last, _)) in self.spans.iter().enumerate() {
            let mut outer = n.checked_sub(1);
            while let Some(at) = outer.filter(|at| self.spans[*at].1 < *last) {
                outer = self.around[at];
            }
            self.around.push(outer);
        }
        self.firsts = self.spans.iter().map(|(first, ..)| *first).collect();
        let begins = |first: u128| self.firsts.partition_point(|at| *at < first);
        let byte = |b: u8| number(IpAddr::from([b, 0, 0, 0]));
        self.bytes = (0..=u8::MAX).map(|b| begins(byte(b))).collect();
        self.bytes.push(begins(byte(0) + (1 << 32)));
    }

    /// The service with the narrowest range around `address`.
    pub fn find(&self, address: IpAddr) -> Option<&str> {
        let key = number(address);
        let within = match address {
            IpAddr::V4(v4) => {
                let byte = usize::from(v4.octets()[0]);
                *self.bytes.get(byte)?..*self.bytes.get(byte + 1)?
            }
            IpAddr::V6(_) => 0..self.firsts.len(),
        };
        // Of those that begin at or before the address, the last.
        let begun = self.firsts[within.clone()].partition_point(|first| *first <= key);
        let mut at = (within.start + begun).checked_sub(1)?;
        while self.spans[at].1 < key {
            at = (*self.around.get(at)?)?;
        }
        self.services.get(self.spans[at].2).map(String::as_str)
    }
}

/// Both families in one order: IPv4 as mapped addresses.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_ipv6_mapped()),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// First and last address of a CIDR range.
pub fn span(cidr: &str) -> Option<(u128, u128)> {
    let (address, length) = cidr.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let length: u32 = length.parse().ok()?;
    let free = match address {
        IpAddr::V4(_) => 32_u32.checked_sub(length)?,
        IpAddr::V6(_) => 128_u32.checked_sub(length)?,
    };
    let mask = if free >= 128 { u128::MAX } else { (1_u128 << free) - 1 };
    let first = number(address) & !mask;
    Some((first, first | mask))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_range_wins() {
        let mut ranges = Ranges::default();
        ranges.add("wide", "# c\n192.0.0.0/16\n2001:db8::/32\n").unwrap();
        ranges.add("narrow", "192.0.2.0/24\n").unwrap();
        ranges.finish();
        assert_eq!(ranges.find("192.0.2.7".parse().unwrap()), Some("narrow"));
        assert_eq!(ranges.find("192.0.3.7".parse().unwrap()), Some("wide"));
        assert_eq!(ranges.find("2001:db8::1".parse().unwrap()), Some("wide"));
        assert_eq!(ranges.find("198.51.100.1".parse().unwrap()), None);
        ranges.add("narrower", "192.0.2.4/31\n192.0.1.0/24\n192.0.2.4/30\n").unwrap();
        ranges.finish();
        assert_eq!(ranges.find("192.0.2.4".parse().unwrap()), Some("narrower"));
        assert_eq!(ranges.find("192.0.2.8".parse().unwrap()), Some("narrow"));
        assert_eq!(ranges.find("192.0.255.9".parse().unwrap()), Some("wide"));
        assert_eq!(ranges.find("191.0.0.1".parse().unwrap()), None);
        assert_eq!(ranges.add("bad", "\nx\n").unwrap_err().0, 2);
    }
}
