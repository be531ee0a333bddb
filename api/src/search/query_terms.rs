//! Interprets the words of a query: each as typed, as a prefix, as one word written as several or
//! the other way round, or as a misspelling of a word in the knowledge base.
//!
//! Names that can be written as one or several words are first brought to one form, so that
//! `Danang` and `Da Nang` are the same query.

use std::cmp::{max, min};

use super::{
    corrections::correct,
    query_parts::QueryPart,
    vocabulary::{KnownWords, Start, look_up, rarest_of, starts},
    word_division::{divide, divisions, join, shared, substrings, words_to_look_up},
};
use crate::store::{ReadError, Store, dialect::Phrase};

/// An interpreted query.
#[derive(Clone, Debug, Default)]
pub(super) struct InterpretedQuery {
    pub terms: Vec<Term>,
    /// The whole query in the form of a folded name, with its words corrected; if words can be
    /// divided, also with the divided words.
    pub names: Vec<String>,
}

/// A word of a query.
#[derive(Clone, Debug)]
pub(super) struct Term {
    /// Its interpretations; empty if the knowledge base has no similar word.
    pub interpretations: Vec<Interpretation>,
    /// Weight of a hit: 18 if one document has the word, and 1 less for each doubling of that
    /// number. Steps, so that one more record rarely changes the ranking.
    pub rarity: i32,
}

/// One interpretation of a word.
#[derive(Clone, Debug)]
pub(super) struct Interpretation {
    pub phrase: Phrase,
    /// How likely the interpretation is, in percent. Several interpretations of a word can match
    /// the same record.
    pub likelihood: i32,
}

impl Interpretation {
    pub(super) fn whole(words: &[String], likelihood: i32) -> Self {
        Self { phrase: Phrase { words: words.to_vec(), open: false }, likelihood }
    }

    fn start(words: &[String], likelihood: i32) -> Self {
        Self { phrase: Phrase { words: words.to_vec(), open: true }, likelihood }
    }
}

pub(super) fn rarity(documents: i32) -> i32 {
    let doublings = max(documents, 1).ilog2();
    max(18_i32.saturating_sub_unsigned(doublings), 1)
}

/// Interprets the parts, with two statements, one more if a word could be several, one more if
/// several words are joined to one, and two more if a word is misspelt.
pub(super) async fn interpret(
    store: &Store,
    parts: &[QueryPart],
) -> Result<InterpretedQuery, ReadError> {
    let mut known = KnownWords::new();
    look_up(store, words_to_look_up(parts), &mut known).await?;
    let parts = divide(store, parts, &known).await?;
    let (parts, joined) = join(parts, &known);
    look_up(store, joined.iter().flat_map(|name| substrings(name)).collect(), &mut known).await?;

    let last_words: Vec<&str> = parts.iter().flat_map(last_words).collect();
    let mut starts = starts(store, &last_words).await?.into_iter();
    let mut query = InterpretedQuery::default();
    let mut names: Vec<[String; 2]> = Vec::new();
    // Indices, in `query.terms` and in `names`, of the words without an interpretation.
    let mut unknown: Vec<(usize, usize)> = Vec::new();
    let shared = shared(&parts, &known);
    for (part, shared) in parts.iter().zip(shared) {
        let before = query.terms.len();
        match part {
            QueryPart::Word(word) => {
                let start = starts.next().unwrap_or_default();
                let divisions = match known.contains_key(word) {
                    true => divisions(word, &known),
                    // `divide` has already checked whether it is several words.
                    false => Vec::new(),
                };
                let mut term = term(std::slice::from_ref(word), &known, &start, &divisions);
                term.interpretations
                    .extend(shared.into_iter().map(|name| Interpretation::whole(&[name], 60)));
                if term.interpretations.is_empty() {
                    unknown.push((before, names.len()));
                }
                let apart = divisions.first().map_or(word.clone(), |division| division.join(" "));
                names.push([word.clone(), apart]);
                query.terms.push(term);
            }
            QueryPart::Run { whole, pieces } => {
                for piece in pieces {
                    let start = starts.next().unwrap_or_default();
                    query.terms.push(term(piece, &known, &start, &[]));
                }
                let found =
                    query.terms[before..].iter().any(|term| !term.interpretations.is_empty());
                let name = if found { whole.join(" ") } else { String::new() };
                names.push([name.clone(), name]);
            }
        }
    }
    correct(store, &unknown, &mut known, &mut names, &mut query.terms).await?;
    // A word that resembles nothing in the knowledge base is ignored.
    query.terms.retain(|term| !term.interpretations.is_empty());
    let whole = |form: usize| {
        let words: Vec<&str> = names.iter().map(|forms| forms[form].as_str()).collect();
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    };
    query.names = vec![whole(0), whole(1)];
    query.names.dedup();
    query.names.retain(|name| !name.is_empty());
    Ok(query)
}

/// Interprets a word or a piece of a run.
fn term(words: &[String], known: &KnownWords, start: &Start, divisions: &[Vec<String>]) -> Term {
    let mut interpretations = Vec::new();
    let mut documents = 0;
    let (last, before) = words.split_last().expect("a piece has a word");
    // No more records have the whole piece than have its rarest pair.
    let rarest = before.iter().map(|word| known.get(word).copied().unwrap_or(0)).min();
    if rarest != Some(0) {
        match known.get(last) {
            Some(exact) => {
                documents = *exact;
                match start.words {
                    1 => interpretations.push(Interpretation::whole(words, 100)),
                    _ => interpretations.extend([
                        Interpretation::whole(words, 50),
                        Interpretation::start(words, 50),
                    ]),
                }
            }
            None if start.words > 0 => {
                documents = start.documents.unwrap_or(1);
                interpretations.push(Interpretation::start(words, 60));
            }
            None => {}
        }
        documents = rarest.map_or(documents, |rarest| min(rarest, documents));
    }
    for division in divisions {
        interpretations
            .extend([Interpretation::whole(division, 50), Interpretation::start(division, 50)]);
        documents = max(documents, rarest_of(division, known));
    }
    Term { interpretations, rarity: rarity(documents) }
}

/// The words of a part that may be prefixes.
fn last_words(part: &QueryPart) -> Vec<&str> {
    match part {
        QueryPart::Word(word) => vec![word],
        QueryPart::Run { pieces, .. } => {
            pieces.iter().filter_map(|piece| piece.last()).map(String::as_str).collect()
        }
    }
}
