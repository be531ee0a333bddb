//! Finds the words of a query in a record.

use std::ops::Range;

use entities::search_document;
use migration::search::{Word, words};

use super::query_terms::Term;
use crate::store::dialect::Phrase;

/// Maximum length of an excerpt, in characters.
const EXCERPT: usize = 240;
/// Maximum number of characters of an excerpt before the first hit.
const LEAD: usize = 60;

/// A field of a record that contains words of the query.
#[derive(Clone, Debug)]
pub struct Highlight {
    pub field: HighlightField,
    pub text: String,
    /// Start and length of each match in `text`, in UTF-16 code units.
    pub ranges: Vec<(usize, usize)>,
}

/// The kind of field of a highlight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HighlightField {
    Title,
    Name,
    Context,
    Text,
}

/// The highlights of all fields of a record that contain words of the query.
pub(super) fn highlights(document: &search_document::Model, terms: &[Term]) -> Vec<Highlight> {
    let phrases: Vec<&Phrase> =
        terms.iter().flat_map(|term| &term.interpretations).map(|one| &one.phrase).collect();
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

/// The byte ranges of the phrases in a text, in order.
fn places(text: &str, phrases: &[&Phrase]) -> Vec<Range<usize>> {
    let words = words(text);
    let mut places: Vec<Range<usize>> = Vec::new();
    for at in 0..words.len() {
        let longest = phrases.iter().filter_map(|phrase| reach(phrase, &words[at..])).max();
        let Some((length, end)) = longest else { continue };
        let found = &words[at..at + length];
        for (place, word) in found.iter().enumerate() {
            let end = if place + 1 == length { end } else { word.place.end };
            match places.last_mut() {
                // Adjacent characters of a run form one range.
                Some(last)
                    if word.pair.is_some()
                        && (last.end >= word.place.start
                            || place > 0 && found[place - 1].pair.is_some()) =>
                {
                    last.end = last.end.max(end);
                }
                Some(last) if last.end > word.place.start => {}
                _ => places.push(word.place.start..end),
            }
        }
    }
    places
}

/// If the words begin with the phrase: the number of words that it spans, and the byte offset of
/// its end.
fn reach(phrase: &Phrase, words: &[Word]) -> Option<(usize, usize)> {
    let (last_of_phrase, before) = phrase.words.split_last()?;
    let last = words.get(before.len())?;
    let fits = before.iter().zip(words).all(|(expected, word)| word.folded == *expected)
        && match phrase.open {
            true => last.folded.starts_with(last_of_phrase),
            false => last.folded == *last_of_phrase,
        };
    let end = match last.pair {
        Some(pair) if last_of_phrase.len() > pair.first => pair.end,
        _ => last.place.end,
    };
    fits.then_some((phrase.words.len(), end))
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

/// The byte range of an excerpt around the first hit, from the start of a word to the end of one.
/// The whole text if it is short.
fn excerpt(text: &str, places: &[Range<usize>]) -> Range<usize> {
    let whole = 0..text.len();
    if text.chars().count() <= EXCERPT {
        return whole;
    }
    let Some(first) = places.first() else { return whole };
    let words = words(text);
    let lead = text[..first.start].char_indices().rev().nth(LEAD - 1).map_or(0, |(at, _)| at);
    let gap = || text[lead..first.start].char_indices().find(|(_, c)| c.is_whitespace());
    // Without a space nearby, a script without spaces is cut between two characters.
    let begins = || words.iter().map(|word| word.place.start).find(|start| *start >= lead);
    let start = match lead {
        0 => 0,
        lead => gap()
            .map(|(gap, c)| lead + gap + c.len_utf8())
            .or_else(begins)
            .map_or(first.start, |start| start.min(first.start)),
    };
    let limit = text[start..].char_indices().nth(EXCERPT).map_or(text.len(), |(at, _)| start + at);
    let near = |gap: &usize| text[*gap..limit].chars().count() <= LEAD;
    let gap = || text[start..limit].rfind(char::is_whitespace).map(|gap| start + gap);
    let ends = || words.iter().map(|word| word.place.end).rfind(|end| *end <= limit);
    let end = match limit == text.len() {
        true => limit,
        false => gap().filter(near).or_else(ends).unwrap_or(limit).max(first.end),
    };
    start..end
}
