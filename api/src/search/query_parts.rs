//! Splits a query into words and into runs of scripts without spaces.

use std::collections::HashSet;

use icu_segmenter::{WordSegmenter, options::WordBreakInvariantOptions};
use migration::search::{Word, words};
use unicode_normalization::UnicodeNormalization;

/// Maximum number of words of a query; the rest are ignored.
pub const MAX_WORDS: usize = 12;

/// Maximum number of characters of a run in a script without spaces; the rest are ignored.
const MAX_RUN: usize = 100;

/// A part of a query as typed.
#[derive(Clone, Debug)]
pub(super) enum QueryPart {
    /// A word, folded.
    Word(String),
    /// A run of characters in a script without spaces between words.
    Run {
        /// Its character pairs as indexed, to compare with whole names.
        whole: Vec<String>,
        /// Its words by dictionary, each as character pairs. The last pair of each may be a prefix.
        pieces: Vec<Vec<String>>,
    },
}

impl QueryPart {
    /// The word; `None` for a run.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Run { .. } => None,
        }
    }

    /// Identifies the part in the signature of a search.
    pub(super) fn signature(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Run { pieces, .. } => pieces.concat().join(" "),
        }
    }
}

/// Splits a query into distinct parts, with at most [`MAX_WORDS`] words.
pub(super) fn parts(query: &str) -> Vec<QueryPart> {
    let text: String = query.nfc().collect();
    let words = words(&text);
    let mut parts = Vec::new();
    let mut seen: HashSet<Vec<String>> = HashSet::new();
    let mut rest = words.as_slice();
    while let Some(first) = rest.first()
        && seen.len() < MAX_WORDS
    {
        let continues = |word: &&Word| word.pair.is_some_and(|pair| pair.first < word.folded.len());
        let length = rest.iter().take_while(continues).count() + 1;
        let (run, beyond) = rest.split_at(length.min(rest.len()));
        rest = beyond;
        if first.pair.is_none() {
            if seen.insert(vec![first.folded.clone()]) {
                parts.push(QueryPart::Word(first.folded.clone()));
            }
            continue;
        }
        let run = &run[..run.len().min(MAX_RUN)];
        let mut pieces = pieces(&text, run);
        pieces.retain(|piece| seen.len() < MAX_WORDS && seen.insert(piece.clone()));
        if !pieces.is_empty() {
            let whole = run.iter().map(|word| word.folded.clone()).collect();
            parts.push(QueryPart::Run { whole, pieces });
        }
    }
    parts
}

/// Segments a run into words by dictionary. The index has character pairs and no dictionary, so
/// even a wrong segmentation finds the records that contain the run.
fn pieces(text: &str, run: &[Word]) -> Vec<Vec<String>> {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return Vec::new() };
    let begin = first.place.start;
    let segmenter = WordSegmenter::new_dictionary(WordBreakInvariantOptions::default());
    let breaks: Vec<usize> =
        segmenter.segment_str(&text[begin..last.place.end]).map(|at| begin + at).collect();
    let of_segment = |word: &Word| breaks.partition_point(|at| *at <= word.place.start);
    let mut pieces: Vec<Vec<String>> = run
        .chunk_by(|one, next| of_segment(one) == of_segment(next))
        .map(|words| match words {
            [] => Vec::new(),
            // Only the first character of the last pair belongs to the piece, and the previous pair
            // contains it.
            [pairs @ .., _] if !pairs.is_empty() => {
                pairs.iter().map(|word| word.folded.clone()).collect()
            }
            [single, ..] => {
                let first = single.pair.map_or(single.folded.len(), |pair| pair.first);
                vec![single.folded[..first].to_owned()]
            }
        })
        .collect();
    // Particles are ignored if there are other words.
    if pieces.iter().any(|piece| !is_particle(piece)) {
        pieces.retain(|piece| !is_particle(piece));
    }
    pieces
}

/// A single Hiragana character, or one of the most frequent Chinese particles and conjunctions.
fn is_particle(piece: &[String]) -> bool {
    let [only] = piece else { return false };
    let mut letters = only.chars();
    let first = letters.next();
    letters.next().is_none()
        && first.is_some_and(|c| {
            matches!(c, 'ぁ'..='ゖ' | '的' | '了' | '和' | '与' | '與' | '及' | '在' | '之' | '等')
        })
}
