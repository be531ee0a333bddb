//! What a user's words can mean: each as it stands, as the start of a longer one, or as a slip for
//! one that the knowledge base has.

use std::{
    cmp::{max, min},
    collections::HashMap,
};

use entities::search_word::{Column, Entity};
use sea_orm::{
    ExprTrait, FromQueryResult,
    sea_query::{Expr, Func, Query, SelectStatement, SimpleExpr},
};

use crate::store::{
    ReadError, Store, Union,
    dialect::{self, Phrase},
};

/// The most words of a query that are looked at; the rest say nothing more.
pub const MAX_WORDS: usize = 12;

/// A shorter word is not corrected: too many others are near.
const SHORTEST_SLIP: usize = 4;
/// From so many letters on, two slips are forgiven.
const TWO_SLIPS: usize = 8;
/// How many corrections of one word are tried.
const CORRECTIONS: usize = 6;

/// One word of a question.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// What it can mean; nothing where the knowledge base has nothing like it.
    pub ways: Vec<Way>,
    /// The rarer the word, the more a hit counts: 18 for a single document, one less each time that
    /// their number doubles. In steps, so that a record more does not shift the ranks.
    pub rarity: i32,
    /// The word as it was most likely meant.
    pub meant: String,
    /// The word as two, where the knowledge base has them: cyber security for cybersecurity.
    pub apart: Option<String>,
}

/// One thing that a word can mean.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub phrase: Phrase,
    /// How sure that is, in percent. The ways of a word add up where they hit the same.
    pub sureness: i32,
}

impl Way {
    fn word(word: &str, sureness: i32) -> Self {
        Self { phrase: Phrase { words: vec![word.to_owned()], open: false }, sureness }
    }

    fn start(word: &str, sureness: i32) -> Self {
        Self { phrase: Phrase { words: vec![word.to_owned()], open: true }, sureness }
    }

    fn pair((first, second): (&str, &str), sureness: i32) -> Self {
        let words = vec![first.to_owned(), second.to_owned()];
        Self { phrase: Phrase { words, open: false }, sureness }
    }
}

fn rarity(documents: i32) -> i32 {
    let doublings = max(documents, 1).ilog2();
    max(18_i32.saturating_sub_unsigned(doublings), 1)
}

/// The words of a query that are looked at, folded, each once.
pub(super) fn asked(query: &str) -> Vec<String> {
    let mut asked: Vec<String> = Vec::new();
    for word in migration::search::words(query) {
        if !asked.contains(&word.folded) {
            asked.push(word.folded);
        }
        if asked.len() == MAX_WORDS {
            break;
        }
    }
    asked
}

/// What the words can mean, by at most three statements.
pub(super) async fn understand(store: &Store, words: &[String]) -> Result<Vec<Asked>, ReadError> {
    let known = known(store, words).await?;
    let starts = starts(store, words).await?;
    let mut all = Vec::with_capacity(words.len());
    for (place, word) in words.iter().enumerate() {
        let mut ways = Vec::new();
        let mut documents = 0;
        let start = &starts[place];
        match known.get(word) {
            Some(exact) if start.words == 1 => {
                ways.push(Way::word(word, 100));
                documents = *exact;
            }
            Some(exact) => {
                ways.extend([Way::word(word, 50), Way::start(word, 50)]);
                documents = *exact;
            }
            None if start.words > 0 => {
                ways.push(Way::start(word, 60));
                documents = start.documents.unwrap_or(1);
            }
            None => {}
        }
        let apart = best_split(word, &known);
        if let Some((first, second)) = apart {
            ways.push(Way::pair((first, second), 60));
            documents = max(documents, min(known[first], known[second]));
        }
        // Two words that the knowledge base has as one.
        let beside = [place.checked_sub(1).map(|left| (left, place)), Some((place, place + 1))];
        for (left, right) in beside.into_iter().flatten() {
            let Some(right) = words.get(right) else { continue };
            let joined = format!("{}{right}", words[left]);
            if known.contains_key(&joined) {
                ways.push(Way::word(&joined, 60));
            }
        }
        all.push(Asked {
            ways,
            rarity: rarity(documents),
            meant: word.clone(),
            apart: apart.map(|(first, second)| format!("{first} {second}")),
        });
    }
    correct(store, words, &mut all).await?;
    Ok(all)
}

/// The places within a word where it could be two.
fn splits(word: &str) -> impl Iterator<Item = (&str, &str)> {
    const SHORTEST: usize = 3;
    word.char_indices()
        .skip(SHORTEST)
        .map(|(at, _)| word.split_at(at))
        .filter(|(_, second)| second.chars().nth(SHORTEST - 1).is_some())
}

fn best_split<'w>(word: &'w str, known: &HashMap<String, i32>) -> Option<(&'w str, &'w str)> {
    splits(word)
        .filter_map(|(first, second)| {
            Some((*min(known.get(first)?, known.get(second)?), (first, second)))
        })
        .max_by_key(|(documents, _)| *documents)
        .map(|(_, halves)| halves)
}

/// How many documents have each of the words, of two words as one, and of one word as two.
async fn known(store: &Store, words: &[String]) -> Result<HashMap<String, i32>, ReadError> {
    let mut sought = words.to_vec();
    sought.extend(words.windows(2).map(|pair| pair.concat()));
    for (first, second) in words.iter().flat_map(|word| splits(word)) {
        sought.extend([first.to_owned(), second.to_owned()]);
    }
    let select = Query::select()
        .columns([Column::Word, Column::Documents])
        .from(Entity)
        .and_where(dialect::among_texts(store.backend(), Expr::col(Column::Word), &sought))
        .to_owned();
    let rows = store.rows(select).await?;
    Ok(rows
        .iter()
        .map(|row| Ok((row.try_get("", "word")?, row.try_get("", "documents")?)))
        .collect::<Result<_, sea_orm::DbErr>>()?)
}

/// What begins with a word.
#[derive(FromQueryResult)]
struct Start {
    place: i32,
    /// How many words, the word itself included.
    words: i64,
    /// Of the most frequent one.
    documents: Option<i32>,
}

async fn starts(store: &Store, words: &[String]) -> Result<Vec<Start>, ReadError> {
    let each = words.iter().zip(0..).map(|(word, place): (_, i32)| {
        Query::select()
            .expr_as(Expr::value(place), "place")
            .expr_as(Expr::col(Column::Word).count(), "words")
            .expr_as(Expr::col(Column::Documents).max(), "documents")
            .from(Entity)
            .and_where(begins(Column::Word, word))
            .to_owned()
    });
    let Some(union) = Union::all(each) else { return Ok(Vec::new()) };
    let mut starts: Vec<Start> = store.models_of_union(&union).await?;
    starts.sort_by_key(|start| start.place);
    Ok(starts)
}

/// The column begins with a text.
pub(super) fn begins(column: impl sea_orm::ColumnTrait, text: &str) -> SimpleExpr {
    let column = || Expr::col(column.as_column_ref());
    // No word has the last of all characters.
    column().gte(text).and(column().lt(format!("{text}\u{10ffff}")))
}

/// A word that a misspelt one could be.
#[derive(FromQueryResult)]
struct Candidate {
    place: i32,
    word: String,
    documents: i32,
}

/// Gives the words that nothing begins with the ways that they were most likely meant.
async fn correct(store: &Store, words: &[String], all: &mut [Asked]) -> Result<(), ReadError> {
    let slips = words.iter().zip(0..).zip(all.iter()).filter(|((word, _), asked)| {
        let length = word.chars().count();
        let number = word.contains(char::is_numeric);
        asked.ways.is_empty() && length >= SHORTEST_SLIP && !number
    });
    let each = slips.map(|((word, place), _): ((&String, i32), _)| candidates(word, place));
    let Some(union) = Union::all(each) else { return Ok(()) };
    let mut nearest: HashMap<usize, Vec<(usize, Candidate)>> = HashMap::new();
    for candidate in store.models_of_union::<Candidate>(&union).await? {
        let place = usize::try_from(candidate.place).unwrap_or_default();
        if let Some(slips) = slips_between(&words[place], &candidate.word) {
            nearest.entry(place).or_default().push((slips, candidate));
        }
    }
    for (place, mut near) in nearest {
        near.sort_by(|(a_slips, a), (b_slips, b)| {
            (a_slips, b.documents, &a.word).cmp(&(b_slips, a.documents, &b.word))
        });
        let least = near.first().map_or(0, |(slips, _)| *slips);
        near.retain(|(slips, _)| *slips == least);
        near.truncate(CORRECTIONS);
        let asked = &mut all[place];
        if let Some((_, first)) = near.first() {
            asked.meant.clone_from(&first.word);
            asked.rarity = rarity(first.documents);
        }
        let sureness = if least == 1 { 60 } else { 40 };
        asked.ways = near.iter().map(|(_, near)| Way::word(&near.word, sureness)).collect();
    }
    Ok(())
}

/// The words that share the first or the last third with a misspelt one: whoever makes two slips
/// leaves, but for bad luck, one of the ends whole. The database finds both ends by an index.
fn candidates(word: &str, place: i32) -> SelectStatement {
    let letters: Vec<char> = word.chars().collect();
    let third = letters.len() / 3;
    let first: String = letters[..third].iter().collect();
    let last: String = letters[letters.len() - third..].iter().rev().collect();
    let least = i32::try_from(letters.len() - 2).unwrap_or(i32::MAX);
    let long_enough = Expr::expr(Func::char_length(Expr::col(Column::Word))).gte(least);
    Query::select()
        .expr_as(Expr::value(place), "place")
        .columns([Column::Word, Column::Documents])
        .from(Entity)
        .and_where(begins(Column::Word, &first).or(begins(Column::Reversed, &last)))
        .and_where(long_enough)
        .to_owned()
}

/// How many letters were left out, added, changed or swapped; none where it is too many. A word
/// that is still being typed may be the start of the one meant.
fn slips_between(typed: &str, meant: &str) -> Option<usize> {
    let length = typed.chars().count();
    let allowed = if length >= TWO_SLIPS { 2 } else { 1 };
    let whole = strsim::osa_distance(typed, meant);
    let start: String = meant.chars().take(length).collect();
    // Of a start one slip at most is forgiven: many words begin alike.
    let begun = strsim::osa_distance(typed, &start);
    match (whole <= allowed, begun <= 1) {
        (true, _) => Some(whole),
        (false, true) => Some(begun + 1),
        _ => None,
    }
}
