//! Padding: the length of a bundle says little about what is in it.
//!
//! Lengths are rounded up as in Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication
//! with PURBs", 2019): at most 12 % longer, and only O(log log n) bits of the length are told.

/// Magic number and length of a zstd skippable frame, in bytes.
const HEAD: u64 = 8;
/// What one more frame adds to the table of frames, in bytes.
const ENTRY: u64 = 8;
/// A padding frame is at most so long, in bytes.
const LONGEST: u64 = 1024 * 1024;
/// The first of the magic numbers of skippable frames.
const MAGIC: u32 = 0x184D_2A50;

/// `length` rounded up.
pub(super) fn padme(length: u64) -> u64 {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let bits = exponent - (exponent.ilog2() + 1);
    let mask = (1_u64 << bits) - 1;
    length.checked_add(mask).map_or(length, |sum| sum & !mask)
}

/// The skippable frames that bring `length` bytes, table of frames included, to a rounded length. Each frame also needs an
/// entry in that table.
pub(super) fn frames(length: u64) -> impl Iterator<Item = Vec<u8>> {
    // A frame has a least length, so the goal may have to be the next one.
    let mut goal = padme(length);
    while goal != length && goal - length < HEAD + ENTRY {
        goal = padme(goal + 1);
    }
    let mut missing = goal - length;
    std::iter::from_fn(move || {
        if missing == 0 {
            return None;
        }
        let mut take = missing.min(LONGEST);
        // What is left over must be room enough for a frame.
        if missing - take > 0 && missing - take < HEAD + ENTRY {
            take -= HEAD + ENTRY;
        }
        missing -= take;
        let content = usize::try_from(take - ENTRY - HEAD).unwrap_or(0);
        let mut frame = Vec::with_capacity(content + 8);
        frame.extend_from_slice(&MAGIC.to_le_bytes());
        frame.extend_from_slice(&u32::try_from(content).unwrap_or(0).to_le_bytes());
        frame.resize(content + 8, 0);
        Some(frame)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_rounded_as_the_paper_says() {
        // Worked by hand from the paper's algorithm 1.
        for (length, rounded) in [(0, 0), (1, 1), (2, 2), (9, 10), (100, 104), (1000, 1024), (1_048_577, 1_081_344)] {
            assert_eq!(padme(length), rounded, "{length}");
        }
    }

    #[test]
    fn padding_adds_up() {
        for length in (100..5000).chain([1 << 20, (1 << 24) + 1, 123_456_789]) {
            let added: u64 = frames(length).map(|f| f.len() as u64 + ENTRY).sum();
            assert_eq!(padme(length + added), length + added, "{length}");
            assert!(added <= length / 8 + 40, "{length}: {added}");
        }
    }
}
