//! Brings names that can be written as one word or as several to one form: divides a word into
//! words of the vocabulary, and joins adjacent words.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use sea_orm::{
    ExprTrait, FromQueryResult,
    sea_query::{Expr, Query},
};

use super::{
    ALL_FIELDS,
    query_parts::{MAX_WORDS, QueryPart},
    vocabulary::{KnownWords, rarest_of},
};
use crate::store::{
    ReadError, Store, Union,
    dialect::{self, Phrase},
};

/// Maximum length of a word that is divided, in characters.
const MAX_DIVIDED: usize = 24;
/// Maximum number of words that a word is divided into or joined from.
const MAX_NAME_WORDS: usize = 4;
/// Minimum length of each word of a division, in characters.
const MIN_NAME_LETTERS: usize = 2;
/// Maximum number of divisions tried per word.
const MAX_DIVISIONS: usize = 4;
/// Words count as separate if the rarest of them is more than this many times as frequent as the
/// word that they form when joined.
const MIN_RATIO_APART: i32 = 4;
/// Minimum length of each word of a division whose joined word is unknown, in characters.
const MIN_UNKNOWN_PART: usize = 4;

/// The word itself, and all its substrings that are long enough to be words.
pub(super) fn substrings(word: &str) -> Vec<String> {
    let letters: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
    let mut found = vec![word.to_owned()];
    if letters.len() - 1 <= MAX_DIVIDED {
        for (place, from) in letters.iter().enumerate() {
            found.extend(
                letters.iter().skip(place + MIN_NAME_LETTERS).map(|to| word[*from..*to].to_owned()),
            );
        }
    }
    found
}

/// Adjacent words of a query, joined to one.
fn neighbours(words: &[&str]) -> Vec<String> {
    (2..=MAX_NAME_WORDS).flat_map(|length| words.windows(length).map(<[&str]>::concat)).collect()
}

/// The words to look up in the vocabulary.
pub(super) fn words_to_look_up(parts: &[QueryPart]) -> Vec<String> {
    let mut words: HashSet<String> = HashSet::new();
    for part in parts {
        match part {
            QueryPart::Word(word) => words.extend(substrings(word)),
            QueryPart::Run { pieces, .. } => words.extend(pieces.iter().flatten().cloned()),
        }
    }
    for stretch in stretches(parts) {
        words.extend(neighbours(&stretch));
    }
    words.into_iter().collect()
}

/// The sequences of words without a run in between.
fn stretches(parts: &[QueryPart]) -> Vec<Vec<&str>> {
    parts
        .split(|part| part.word().is_none())
        .map(|stretch| stretch.iter().filter_map(QueryPart::word).collect())
        .collect()
}

/// Whether a number would span the boundary of two words if they were joined.
fn is_within_number(first: &str, second: &str) -> bool {
    first.ends_with(char::is_numeric) && second.starts_with(char::is_numeric)
}

/// The interpretations to divide a word into words of the vocabulary, most likely first: ordered by the
/// frequency of their rarest word, descending.
pub(super) fn divisions(word: &str, known: &KnownWords) -> Vec<Vec<String>> {
    if word.chars().count() > MAX_DIVIDED {
        return Vec::new();
    }
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut partial: Vec<(Vec<String>, &str)> = vec![(Vec::new(), word)];
    while let Some((words, rest)) = partial.pop() {
        for (at, _) in rest.char_indices().skip(MIN_NAME_LETTERS).chain([(rest.len(), ' ')]) {
            let (next, beyond) = rest.split_at(at);
            if !known.contains_key(next) || is_within_number(next, beyond) {
                continue;
            }
            let words: Vec<String> = words.iter().cloned().chain([next.to_owned()]).collect();
            if beyond.is_empty() {
                if words.len() > 1 {
                    found.push(words);
                }
            } else if words.len() < MAX_NAME_WORDS {
                partial.push((words, beyond));
            }
        }
    }
    found.sort_by_key(|words| (Reverse(rarest_of(words, known)), words.clone()));
    found.truncate(MAX_DIVISIONS);
    found
}

/// Replaces a word by several if the knowledge base mostly has them as separate, adjacent words. If
/// it does not have the joined word at all, it is enough that each of the several has
/// [`MIN_UNKNOWN_PART`] characters.
pub(super) async fn divide(
    store: &Store,
    parts: &[QueryPart],
    known: &KnownWords,
) -> Result<Vec<QueryPart>, ReadError> {
    let mut divided: HashMap<&str, (i64, Vec<String>)> = HashMap::new();
    let candidates: Vec<(&str, Vec<String>)> = parts
        .iter()
        .filter_map(QueryPart::word)
        .flat_map(|word| divisions(word, known).into_iter().map(move |words| (word, words)))
        .filter(|(word, words)| are_several(words, word, known))
        .collect();
    let each = candidates.iter().zip(0..).map(|((_, words), place): (_, i32)| {
        let phrase = Phrase { words: words.clone(), open: false };
        let records = dialect::full_text_match(store.backend(), &ALL_FIELDS, &[&phrase]);
        Query::select()
            .expr_as(Expr::value(place), "place")
            .expr_as(Expr::col("record_id").count(), "documents")
            .from_subquery(records, "found")
            .to_owned()
    });
    for (word, words) in candidates.iter().rev() {
        let long = words.iter().all(|word| word.chars().count() >= MIN_UNKNOWN_PART);
        if long && !known.contains_key(*word) {
            divided.insert(*word, (0, words.clone()));
        }
    }
    if let Some(union) = Union::all(each) {
        for found in store.models_of_union::<Divided>(&union).await? {
            let place = usize::try_from(found.place).unwrap_or_default();
            let (word, words) = &candidates[place];
            let most = divided.get(word).map_or(0, |(documents, _)| *documents);
            if found.documents > most {
                divided.insert(*word, (found.documents, words.clone()));
            }
        }
    }
    let mut all: Vec<QueryPart> = Vec::new();
    for part in parts {
        match part.word().and_then(|word| divided.get(word)) {
            Some((_, words)) => all.extend(words.iter().cloned().map(QueryPart::Word)),
            None => all.push(part.clone()),
        }
    }
    all.truncate(MAX_WORDS);
    Ok(all)
}

/// Number of documents that have the words of a division as a phrase.
#[derive(FromQueryResult)]
struct Divided {
    place: i32,
    documents: i64,
}

/// The words joined to one, if the vocabulary has it.
fn as_one(words: &[&str], known: &KnownWords) -> Option<String> {
    let number = words.windows(2).any(|pair| is_within_number(pair[0], pair[1]));
    let name = words.concat();
    (!number && known.contains_key(&name)).then_some(name)
}

/// For each part, the words of the vocabulary that it forms with adjacent parts.
pub(super) fn shared(parts: &[QueryPart], known: &KnownWords) -> Vec<Vec<String>> {
    let mut shared = vec![Vec::new(); parts.len()];
    for length in 2..=MAX_NAME_WORDS {
        for (from, window) in parts.windows(length).enumerate() {
            let words: Option<Vec<&str>> = window.iter().map(QueryPart::word).collect();
            if let Some(name) = words.and_then(|words| as_one(&words, known)) {
                shared[from..from + length].iter_mut().for_each(|names| names.push(name.clone()));
            }
        }
    }
    shared
}

/// Whether words are mostly written separately: compares the number of documents with the rarest of
/// them and with the joined word.
fn are_several<W: AsRef<str>>(words: &[W], name: &str, known: &KnownWords) -> bool {
    let apart = words.iter().map(|word| known.get(word.as_ref()).copied().unwrap_or(0)).min();
    apart.unwrap_or(0) > known.get(name).copied().unwrap_or(0).saturating_mul(MIN_RATIO_APART)
}

/// Replaces several words by one if the knowledge base mostly has them as one. Also returns the
/// joined words.
pub(super) fn join(parts: Vec<QueryPart>, known: &KnownWords) -> (Vec<QueryPart>, Vec<String>) {
    let mut all: Vec<QueryPart> = Vec::new();
    let mut joined = Vec::new();
    let mut rest = parts.as_slice();
    while let [first, beyond @ ..] = rest {
        let longest = (2..=MAX_NAME_WORDS.min(rest.len())).rev().find_map(|length| {
            let words: Option<Vec<&str>> = rest[..length].iter().map(QueryPart::word).collect();
            let words = words?;
            let name = as_one(&words, known)?;
            (!are_several(&words, &name, known)).then_some((length, name))
        });
        match longest {
            Some((length, name)) => {
                joined.push(name.clone());
                all.push(QueryPart::Word(name));
                rest = &rest[length..];
            }
            None => {
                all.push(first.clone());
                rest = beyond;
            }
        }
    }
    (all, joined)
}
