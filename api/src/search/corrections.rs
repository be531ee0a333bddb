//! Corrects misspelt words by the nearest words of the vocabulary.

use std::collections::HashMap;

use entities::search_word::{Column, Entity};
use sea_orm::{
    ExprTrait, FromQueryResult,
    sea_query::{Expr, Func, Query, SelectStatement},
};

use super::{
    query_terms::{Interpretation, Term, rarity},
    vocabulary::{KnownWords, begins, look_up},
    word_division::{divisions, substrings},
};
use crate::store::{ReadError, Store, Union};

/// Minimum length of a word that is corrected, in characters. Shorter ones resemble too many
/// others.
const MIN_CORRECTED: usize = 4;
/// Minimum length of a word in which two typing errors are tolerated, in characters.
const MIN_TWO_ERRORS: usize = 8;
/// Maximum number of corrections per word.
const MAX_CORRECTIONS: usize = 6;

/// A possible correction of a misspelt word.
#[derive(FromQueryResult)]
struct Candidate {
    place: i32,
    word: String,
    documents: i32,
}

/// Sets the most likely corrections as the interpretations of words that have none.
pub(super) async fn correct(
    store: &Store,
    unknown: &[(usize, usize)],
    known: &mut KnownWords,
    names: &mut [[String; 2]],
    terms: &mut [Term],
) -> Result<(), ReadError> {
    let misspelt = unknown.iter().zip(0..).filter(|((_, name), _)| {
        let word = &names[*name][0];
        word.chars().count() >= MIN_CORRECTED && !word.contains(char::is_numeric)
    });
    let each = misspelt.map(|((_, name), place): (_, i32)| candidates(&names[*name][0], place));
    let each: Vec<SelectStatement> = each.collect();
    let mut nearest: HashMap<usize, Vec<(usize, Candidate)>> = HashMap::new();
    if let Some(union) = Union::all(each) {
        for candidate in store.models_of_union::<Candidate>(&union).await? {
            let place = usize::try_from(candidate.place).unwrap_or_default();
            let (_, name) = unknown[place];
            if let Some(errors) = typing_errors(&names[name][0], &candidate.word) {
                nearest.entry(place).or_default().push((errors, candidate));
            }
        }
    }
    let mut corrected: Vec<(usize, usize, Vec<Candidate>)> = Vec::new();
    for (place, (_, name)) in unknown.iter().enumerate() {
        let mut near = nearest.remove(&place).unwrap_or_default();
        near.sort_by(|(a_errors, a), (b_errors, b)| {
            (a_errors, b.documents, &a.word).cmp(&(b_errors, a.documents, &b.word))
        });
        let fewest = near.first().map_or(0, |(errors, _)| *errors);
        near.retain(|(errors, _)| *errors == fewest);
        near.truncate(MAX_CORRECTIONS);
        names[*name] = Default::default();
        corrected.push((place, fewest, near.into_iter().map(|(_, near)| near).collect()));
    }
    let best = corrected.iter().filter_map(|(_, _, near)| near.first());
    look_up(store, best.flat_map(|best| substrings(&best.word)).collect(), known).await?;
    for (place, errors, near) in corrected {
        let Some(first) = near.first() else { continue };
        let (word, name) = unknown[place];
        let likelihood = if errors == 1 { 60 } else { 40 };
        let divisions = divisions(&first.word, known);
        let apart = divisions.first().map_or(first.word.clone(), |division| division.join(" "));
        names[name] = [first.word.clone(), apart];
        terms[word].rarity = rarity(first.documents);
        let words = near.iter().map(|near| std::slice::from_ref(&near.word));
        let interpretations = words.chain(divisions.iter().map(Vec::as_slice));
        terms[word].interpretations =
            interpretations.map(|words| Interpretation::whole(words, likelihood)).collect();
    }
    Ok(())
}

/// Selects the words that share the first or the last third with a misspelt one: two typing errors
/// rarely affect both ends. Both ends are indexed.
fn candidates(word: &str, place: i32) -> SelectStatement {
    let letters: Vec<char> = word.chars().collect();
    let third = letters.len() / 3;
    let first: String = letters[..third].iter().collect();
    let last: String = letters[letters.len() - third..].iter().rev().collect();
    let shortest = i32::try_from(letters.len() - 2).unwrap_or(i32::MAX);
    let long_enough = Expr::expr(Func::char_length(Expr::col(Column::Word))).gte(shortest);
    Query::select()
        .expr_as(Expr::value(place), "place")
        .columns([Column::Word, Column::Documents])
        .from(Entity)
        .and_where(begins(Column::Word, &first).or(begins(Column::Reversed, &last)))
        .and_where(long_enough)
        .to_owned()
}

/// The number of characters omitted, added, replaced or transposed; `None` if there are too many.
/// `typed` may be the start of `word`, as in a word that is still being typed.
fn typing_errors(typed: &str, word: &str) -> Option<usize> {
    let length = typed.chars().count();
    let allowed = if length >= MIN_TWO_ERRORS { 2 } else { 1 };
    let whole = strsim::osa_distance(typed, word);
    let start: String = word.chars().take(length).collect();
    // In a start, only one error is tolerated: many words begin alike.
    let as_start = strsim::osa_distance(typed, &start);
    match (whole <= allowed, as_start <= 1) {
        (true, _) => Some(whole),
        (false, true) => Some(as_start + 1),
        _ => None,
    }
}
