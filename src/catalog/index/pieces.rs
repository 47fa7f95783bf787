//! Of many patterns the few that may fit a text, in one pass over the text however many patterns there are.

use aho_corasick::automaton::OverlappingState;
use aho_corasick::{AhoCorasick, AhoCorasickKind, Anchored, Input, MatchKind, StartKind};
use smallvec::SmallVec;

/// Numbers of patterns: mostly none or one, so that they take no memory of their own.
pub(super) type Few = SmallVec<[usize; 4]>;

/// Patterns by a piece of each that has no `*`: where that does not stand in a text, the pattern can't fit.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// Of patterns that begin with a piece: a text that they fit begins with it.
    first: Automaton,
    /// Of the others the longest piece, which stands anywhere.
    longest: Automaton,
    /// Whose patterns have no piece, and may fit anything.
    always: Vec<usize>,
}

impl Pieces {
    /// For patterns of whole texts in which `*` stands for anything, each with the number of its owner.
    pub(super) fn new<'p>(patterns: impl IntoIterator<Item = (usize, &'p str)>) -> Self {
        let (first, others): (Vec<_>, Vec<_>) =
            patterns.into_iter().partition(|(_, p)| !p.is_empty() && !p.starts_with('*'));
        let first = first.into_iter().map(|(owner, p)| (owner, p.split('*').next().unwrap_or_default()));
        let mut pieces = Self::anywhere(others);
        pieces.first = Automaton::new(first.collect(), true, &mut pieces.always);
        pieces.always.sort_unstable();
        pieces
    }

    /// The same for patterns that fit what stands anywhere in a text.
    pub(super) fn anywhere<'p>(patterns: impl IntoIterator<Item = (usize, &'p str)>) -> Self {
        let (mut longest, mut always) = (Vec::new(), Vec::new());
        for (owner, pattern) in patterns {
            match piece(pattern) {
                Some(piece) => longest.push((owner, piece)),
                None => always.push(owner),
            }
        }
        let longest = Automaton::new(longest, false, &mut always);
        always.sort_unstable();
        Self { first: Automaton::default(), longest, always }
    }

    /// Whose patterns may fit `text`, in order, each once.
    pub(super) fn near(&self, text: &str) -> Few {
        let mut found = Few::from_slice(&self.always);
        self.first.find(text, &mut found);
        self.longest.find(text, &mut found);
        found.sort_unstable();
        found
    }
}

/// One automaton over all pieces.
#[derive(Debug, Default)]
struct Automaton {
    inner: Option<AhoCorasick>,
    /// Whose pattern each piece is of.
    owners: Vec<usize>,
    /// A text must begin with a piece: most texts are done with after a byte or two.
    begins: bool,
    /// A byte that is no letter and stands in every piece: a text without it holds none.
    needed: Option<u8>,
}

impl Automaton {
    /// For pieces, each with the number of its owner; where they are too many, all are `always` looked at.
    fn new(pieces: Vec<(usize, &str)>, begins: bool, always: &mut Vec<usize>) -> Self {
        let (owners, pieces): (Vec<usize>, Vec<&str>) = pieces.into_iter().unzip();
        if pieces.is_empty() {
            return Self::default();
        }
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::Standard).ascii_case_insensitive(true);
        if begins {
            builder.start_kind(StartKind::Anchored).kind(Some(AhoCorasickKind::ContiguousNFA));
        }
        let everywhere = |b: &u8| !b.is_ascii_alphabetic() && pieces.iter().all(|p| p.as_bytes().contains(b));
        let needed = pieces[0].bytes().find(everywhere).filter(|_| !begins);
        match builder.build(&pieces) {
            Ok(automaton) => Self { inner: Some(automaton), owners, begins, needed },
            Err(_) => {
                always.extend(owners);
                Self::default()
            }
        }
    }

    /// Adds the owners of the pieces that stand in `text`, each once.
    fn find(&self, text: &str, found: &mut Few) {
        let Some(automaton) = &self.inner else { return };
        if self.needed.is_some_and(|b| memchr::memchr(b, text.as_bytes()).is_none()) {
            return;
        }
        let anchored = if self.begins { Anchored::Yes } else { Anchored::No };
        let input = Input::new(text).anchored(anchored);
        let mut state = OverlappingState::start();
        // It was built for this way of searching, so it can't fail.
        while automaton.try_find_overlapping(input.clone(), &mut state).is_ok() {
            let Some(hit) = state.get_match() else { break };
            // A piece that ends inside a longer one is given, too.
            let stands = !self.begins || hit.start() == 0;
            let owner = self.owners[hit.pattern().as_usize()];
            if stands && !found.contains(&owner) {
                found.push(owner);
            }
        }
    }
}

/// The longest piece of a pattern without `*`.
pub(super) fn piece(pattern: &str) -> Option<&str> {
    pattern.split('*').filter(|p| !p.is_empty()).max_by_key(|p| p.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::pattern::glob;
    use proptest::prelude::*;

    #[test]
    fn those_that_may_fit_are_found_in_order() {
        let pieces = Pieces::new([(0, "b*"), (1, "*"), (2, "abc*x"), (3, "B*"), (4, "zz")]);
        assert_eq!(pieces.near("ABCx").as_slice(), [1, 2]);
        assert_eq!(pieces.near("bx").as_slice(), [0, 1, 3]);
        assert_eq!(pieces.near("").as_slice(), [1]);
        assert!(Pieces::default().near("ab").is_empty());
    }

    proptest! {
        #[test]
        fn none_that_fits_is_missed(patterns in proptest::collection::vec("[ab*]{0,5}", 0..12), text in "[abAB]{0,12}") {
            let numbered = || patterns.iter().map(String::as_str).enumerate();
            let (near, anywhere) = (Pieces::new(numbered()).near(&text), Pieces::anywhere(numbered()).near(&text));
            for (n, pattern) in numbered() {
                prop_assert!(!glob(pattern, &text) || near.contains(&n), "{pattern} {text}");
                let inside = glob(&format!("*{pattern}*"), &text);
                prop_assert!(!inside || anywhere.contains(&n), "{pattern} inside {text}");
            }
            prop_assert!(near.is_sorted_by(|a, b| a < b) && anywhere.is_sorted_by(|a, b| a < b));
        }
    }
}
