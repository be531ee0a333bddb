//! Where the words of a question stand in a record.

use std::ops::Range;

use entities::search_document;
use migration::search::{Word, words};

use super::question::Asked;
use crate::store::dialect::Phrase;

/// The longest excerpt of a text, in characters, and how many of them may stand before the first hit.
const EXCERPT: usize = 240;
const LEAD: usize = 60;

/// A part of a record in which words were found.
#[derive(Clone, Debug)]
pub struct Highlight {
    pub field: HighlightField,
    pub text: String,
    /// Where the words stand, in UTF-16 code units: start and length.
    pub ranges: Vec<(usize, usize)>,
}

/// Which part of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HighlightField {
    Title,
    Name,
    Context,
    Text,
}

/// Every part of a record in which words were found.
pub(super) fn highlights(document: &search_document::Model, asked: &[Asked]) -> Vec<Highlight> {
    let phrases: Vec<&Phrase> =
        asked.iter().flat_map(|asked| &asked.ways).map(|way| &way.phrase).collect();
    let names = document.names.0.iter().map(|name| (HighlightField::Name, name));
    let context = document.context.0.iter().map(|text| (HighlightField::Context, text));
    let text = document.text.iter().map(|text| (HighlightField::Text, text));
    [(HighlightField::Title, &document.title)]
        .into_iter()
        .chain(names)
        .chain(context)
        .chain(text)
        .filter_map(|(field, text)| {
            let places = places(text, &phrases);
            (!places.is_empty()).then(|| highlight(field, text, places))
        })
        .collect()
}

/// Where the phrases stand in a text, in bytes, in its order.
fn places(text: &str, phrases: &[&Phrase]) -> Vec<Range<usize>> {
    let words = words(text);
    let mut places: Vec<Range<usize>> = Vec::new();
    for at in 0..words.len() {
        let longest = phrases
            .iter()
            .filter(|phrase| stands(phrase, &words[at..]))
            .map(|phrase| phrase.words.len())
            .max();
        for word in words[at..].iter().take(longest.unwrap_or(0)) {
            if places.last().is_none_or(|last| last.end <= word.place.start) {
                places.push(word.place.clone());
            }
        }
    }
    places
}

/// Whether the words begin with the phrase.
fn stands(phrase: &Phrase, words: &[Word]) -> bool {
    let last = phrase.words.len() - 1;
    words.len() > last
        && phrase.words.iter().zip(words).enumerate().all(|(place, (sought, word))| {
            match phrase.open && place == last {
                true => word.folded.starts_with(sought),
                false => word.folded == *sought,
            }
        })
}

fn highlight(field: HighlightField, text: &str, places: Vec<Range<usize>>) -> Highlight {
    let cut = excerpt(text, &places);
    let before = if cut.start > 0 { "…" } else { "" };
    let after = if cut.end < text.len() { "…" } else { "" };
    let units = |text: &str| text.encode_utf16().count();
    let ranges = places
        .iter()
        .filter(|place| cut.start <= place.start && place.end <= cut.end)
        .map(|place| {
            (units(before) + units(&text[cut.start..place.start]), units(&text[place.clone()]))
        })
        .collect();
    Highlight { field, ranges, text: format!("{before}{}{after}", &text[cut]) }
}

/// The part of a long text around the first hit, from the start of a word to the end of one.
fn excerpt(text: &str, places: &[Range<usize>]) -> Range<usize> {
    let whole = 0..text.len();
    if text.chars().count() <= EXCERPT {
        return whole;
    }
    let Some(first) = places.first() else { return whole };
    let lead = text[..first.start].char_indices().rev().nth(LEAD - 1).map_or(0, |(at, _)| at);
    let start = match lead {
        0 => 0,
        lead => text[lead..first.start]
            .char_indices()
            .find(|(_, c)| c.is_whitespace())
            .map_or(first.start, |(gap, c)| lead + gap + c.len_utf8()),
    };
    let limit = text[start..].char_indices().nth(EXCERPT).map_or(text.len(), |(at, _)| start + at);
    let end = match limit == text.len() {
        true => limit,
        false => text[start..limit]
            .rfind(char::is_whitespace)
            .map_or(limit, |gap| start + gap)
            .max(first.end),
    };
    start..end
}
