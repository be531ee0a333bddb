//! Interprets the words of a query: each as typed, as a prefix, as one word written as several or
//! the other way round, or as a misspelling of a word in the knowledge base.
//!
//! Names that can be written as one or several words are first brought to one form, so that
//! `Danang` and `Da Nang` are the same query.

use std::{
    cmp::{Reverse, max, min},
    collections::{HashMap, HashSet},
};

use entities::search_word::{Column, Entity};
use icu_segmenter::{WordSegmenter, options::WordBreakInvariantOptions};
use migration::search::{Word, words};
use sea_orm::{
    ExprTrait, FromQueryResult,
    sea_query::{Expr, Func, Query, SelectStatement, SimpleExpr},
};
use unicode_normalization::UnicodeNormalization;

use super::ALL_FIELDS;
use crate::store::{
    ReadError, Store, Union,
    dialect::{self, Phrase},
};

/// Maximum number of words of a query; the rest are ignored.
pub const MAX_WORDS: usize = 12;

/// Maximum number of characters of a run in a script without spaces; the rest are ignored.
const LONGEST_RUN: usize = 100;

/// Minimum length of a word that is corrected, in characters. Shorter ones resemble too many
/// others.
const SHORTEST_SLIP: usize = 4;
/// Minimum length of a word in which two typing errors are tolerated, in characters.
const TWO_SLIPS: usize = 8;
/// Maximum number of corrections per word.
const CORRECTIONS: usize = 6;

/// Maximum length of a word that is divided, in characters.
const LONGEST_NAME: usize = 24;
/// Maximum number of words that a word is divided into or joined from.
const NAME_WORDS: usize = 4;
/// Minimum length of each word of a division, in characters.
const NAME_LETTERS: usize = 2;
/// Maximum number of divisions tried per word.
const DIVISIONS: usize = 4;
/// Words count as separate if the rarest of them is more than this many times as frequent as the
/// word that they form when joined.
const SEVERAL: i32 = 4;

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
    fn word(&self) -> Option<&str> {
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

/// An interpreted query.
#[derive(Clone, Debug, Default)]
pub(super) struct InterpretedQuery {
    pub asked: Vec<Term>,
    /// The whole query in the form of a folded name, with its words corrected; if words can be
    /// divided, also with the divided words.
    pub names: Vec<String>,
}

/// A word of a query.
#[derive(Clone, Debug)]
pub(super) struct Term {
    /// Its interpretations; empty if the knowledge base has no similar word.
    pub ways: Vec<Interpretation>,
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
    pub sureness: i32,
}

impl Interpretation {
    fn whole(words: &[String], sureness: i32) -> Self {
        Self { phrase: Phrase { words: words.to_vec(), open: false }, sureness }
    }

    fn start(words: &[String], sureness: i32) -> Self {
        Self { phrase: Phrase { words: words.to_vec(), open: true }, sureness }
    }
}

fn rarity(documents: i32) -> i32 {
    let doublings = max(documents, 1).ilog2();
    max(18_i32.saturating_sub_unsigned(doublings), 1)
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
        let goes_on = |word: &&Word| word.pair.is_some_and(|pair| pair.first < word.folded.len());
        let length = rest.iter().take_while(goes_on).count() + 1;
        let (run, beyond) = rest.split_at(length.min(rest.len()));
        rest = beyond;
        if first.pair.is_none() {
            if seen.insert(vec![first.folded.clone()]) {
                parts.push(QueryPart::Word(first.folded.clone()));
            }
            continue;
        }
        let run = &run[..run.len().min(LONGEST_RUN)];
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

/// The words of the vocabulary that were looked up, with the number of documents that have them.
type KnownWords = HashMap<String, i32>;

/// Interprets the parts, with two statements, one more if a word could be several, one more if
/// several words are joined to one, and two more if a word is misspelt.
pub(super) async fn interpret(
    store: &Store,
    parts: &[QueryPart],
) -> Result<InterpretedQuery, ReadError> {
    let mut known = KnownWords::new();
    look_up(store, sought(parts), &mut known).await?;
    let parts = divide(store, parts, &known).await?;
    let (parts, joined) = join(parts, &known);
    look_up(store, joined.iter().flat_map(|name| within(name)).collect(), &mut known).await?;

    let lasts: Vec<&str> = parts.iter().flat_map(lasts).collect();
    let mut starts = starts(store, &lasts).await?.into_iter();
    let mut question = InterpretedQuery::default();
    let mut names: Vec<[String; 2]> = Vec::new();
    // Indices, in `question.asked` and in `names`, of the words without an interpretation.
    let mut unknown: Vec<(usize, usize)> = Vec::new();
    let shared = shared(&parts, &known);
    for (part, shared) in parts.iter().zip(shared) {
        let before = question.asked.len();
        match part {
            QueryPart::Word(word) => {
                let start = starts.next().unwrap_or_default();
                let divisions = match known.contains_key(word) {
                    true => divisions(word, &known),
                    // `divide` has already checked whether it is several words.
                    false => Vec::new(),
                };
                let mut asked = asked(std::slice::from_ref(word), &known, &start, &divisions);
                asked
                    .ways
                    .extend(shared.into_iter().map(|name| Interpretation::whole(&[name], 60)));
                if asked.ways.is_empty() {
                    unknown.push((before, names.len()));
                }
                let apart = divisions.first().map_or(word.clone(), |division| division.join(" "));
                names.push([word.clone(), apart]);
                question.asked.push(asked);
            }
            QueryPart::Run { whole, pieces } => {
                for piece in pieces {
                    let start = starts.next().unwrap_or_default();
                    question.asked.push(asked(piece, &known, &start, &[]));
                }
                let found = question.asked[before..].iter().any(|asked| !asked.ways.is_empty());
                let name = if found { whole.join(" ") } else { String::new() };
                names.push([name.clone(), name]);
            }
        }
    }
    correct(store, &unknown, &mut known, &mut names, &mut question.asked).await?;
    // A word that resembles nothing in the knowledge base is ignored.
    question.asked.retain(|asked| !asked.ways.is_empty());
    let whole = |form: usize| {
        let words: Vec<&str> = names.iter().map(|forms| forms[form].as_str()).collect();
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    };
    question.names = vec![whole(0), whole(1)];
    question.names.dedup();
    question.names.retain(|name| !name.is_empty());
    Ok(question)
}

/// Interprets a word or a piece of a run.
fn asked(words: &[String], known: &KnownWords, start: &Start, divisions: &[Vec<String>]) -> Term {
    let mut ways = Vec::new();
    let mut documents = 0;
    let (last, before) = words.split_last().expect("a piece has a word");
    // No more records have the whole piece than have its rarest pair.
    let rarest = before.iter().map(|word| known.get(word).copied().unwrap_or(0)).min();
    if rarest != Some(0) {
        match known.get(last) {
            Some(exact) => {
                documents = *exact;
                match start.words {
                    1 => ways.push(Interpretation::whole(words, 100)),
                    _ => ways.extend([
                        Interpretation::whole(words, 50),
                        Interpretation::start(words, 50),
                    ]),
                }
            }
            None if start.words > 0 => {
                documents = start.documents.unwrap_or(1);
                ways.push(Interpretation::start(words, 60));
            }
            None => {}
        }
        documents = rarest.map_or(documents, |rarest| min(rarest, documents));
    }
    for division in divisions {
        ways.extend([Interpretation::whole(division, 50), Interpretation::start(division, 50)]);
        documents = max(documents, rarest_of(division, known));
    }
    Term { ways, rarity: rarity(documents) }
}

/// Number of documents that have the rarest of the words.
fn rarest_of(words: &[String], known: &KnownWords) -> i32 {
    words.iter().map(|word| known.get(word).copied().unwrap_or(0)).min().unwrap_or(0)
}

/// The word itself, and all its substrings that are long enough to be words.
fn within(word: &str) -> Vec<String> {
    let letters: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
    let mut within = vec![word.to_owned()];
    if letters.len() - 1 <= LONGEST_NAME {
        for (place, from) in letters.iter().enumerate() {
            within.extend(
                letters.iter().skip(place + NAME_LETTERS).map(|to| word[*from..*to].to_owned()),
            );
        }
    }
    within
}

/// Adjacent words of a query, joined to one.
fn neighbours(words: &[&str]) -> Vec<String> {
    (2..=NAME_WORDS).flat_map(|length| words.windows(length).map(<[&str]>::concat)).collect()
}

/// The words to look up in the vocabulary.
fn sought(parts: &[QueryPart]) -> Vec<String> {
    let mut sought: HashSet<String> = HashSet::new();
    for part in parts {
        match part {
            QueryPart::Word(word) => sought.extend(within(word)),
            QueryPart::Run { pieces, .. } => sought.extend(pieces.iter().flatten().cloned()),
        }
    }
    for stretch in stretches(parts) {
        sought.extend(neighbours(&stretch));
    }
    sought.into_iter().collect()
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

/// The ways to divide a word into words of the vocabulary, most likely first: ordered by the
/// frequency of their rarest word, descending.
fn divisions(word: &str, known: &KnownWords) -> Vec<Vec<String>> {
    if word.chars().count() > LONGEST_NAME {
        return Vec::new();
    }
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut begun: Vec<(Vec<String>, &str)> = vec![(Vec::new(), word)];
    while let Some((words, rest)) = begun.pop() {
        for (at, _) in rest.char_indices().skip(NAME_LETTERS).chain([(rest.len(), ' ')]) {
            let (next, beyond) = rest.split_at(at);
            if !known.contains_key(next) || is_within_number(next, beyond) {
                continue;
            }
            let words: Vec<String> = words.iter().cloned().chain([next.to_owned()]).collect();
            if beyond.is_empty() {
                if words.len() > 1 {
                    found.push(words);
                }
            } else if words.len() < NAME_WORDS {
                begun.push((words, beyond));
            }
        }
    }
    found.sort_by_key(|words| (Reverse(rarest_of(words, known)), words.clone()));
    found.truncate(DIVISIONS);
    found
}

/// Replaces a word by several if the knowledge base mostly has them as separate, adjacent words. If
/// it does not have the joined word at all, it is enough that each of the several has
/// [`SHORTEST_SLIP`] characters.
async fn divide(
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
        let long = words.iter().all(|word| word.chars().count() >= SHORTEST_SLIP);
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
fn shared(parts: &[QueryPart], known: &KnownWords) -> Vec<Vec<String>> {
    let mut shared = vec![Vec::new(); parts.len()];
    for length in 2..=NAME_WORDS {
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
    apart.unwrap_or(0) > known.get(name).copied().unwrap_or(0).saturating_mul(SEVERAL)
}

/// Replaces several words by one if the knowledge base mostly has them as one. Also returns the
/// joined words.
fn join(parts: Vec<QueryPart>, known: &KnownWords) -> (Vec<QueryPart>, Vec<String>) {
    let mut all: Vec<QueryPart> = Vec::new();
    let mut joined = Vec::new();
    let mut rest = parts.as_slice();
    while let [first, beyond @ ..] = rest {
        let longest = (2..=NAME_WORDS.min(rest.len())).rev().find_map(|length| {
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

/// Adds the number of documents of each of the words that the vocabulary has.
async fn look_up(
    store: &Store,
    words: Vec<String>,
    known: &mut KnownWords,
) -> Result<(), ReadError> {
    if words.is_empty() {
        return Ok(());
    }
    let select = Query::select()
        .columns([Column::Word, Column::Documents])
        .from(Entity)
        .and_where(dialect::in_string_list(store.backend(), Expr::col(Column::Word), &words))
        .to_owned();
    for row in store.rows(select).await? {
        known.insert(row.try_get("", "word")?, row.try_get("", "documents")?);
    }
    Ok(())
}

/// The words of a part that may be prefixes.
fn lasts(part: &QueryPart) -> Vec<&str> {
    match part {
        QueryPart::Word(word) => vec![word],
        QueryPart::Run { pieces, .. } => {
            pieces.iter().filter_map(|piece| piece.last()).map(String::as_str).collect()
        }
    }
}

/// The words of the vocabulary that begin with a word.
#[derive(Default, FromQueryResult)]
struct Start {
    place: i32,
    /// Number of words, including the word itself.
    words: i64,
    /// Number of documents that have the most frequent of them.
    documents: Option<i32>,
}

async fn starts(store: &Store, words: &[&str]) -> Result<Vec<Start>, ReadError> {
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

/// The column begins with a prefix.
pub(super) fn begins(column: impl sea_orm::ColumnTrait, text: &str) -> SimpleExpr {
    let column = || Expr::col(column.as_column_ref());
    // No word contains U+10FFFF, the last code point.
    column().gte(text).and(column().lt(format!("{text}\u{10ffff}")))
}

/// A possible correction of a misspelt word.
#[derive(FromQueryResult)]
struct Candidate {
    place: i32,
    word: String,
    documents: i32,
}

/// Sets the most likely corrections as the interpretations of words that have none.
async fn correct(
    store: &Store,
    unknown: &[(usize, usize)],
    known: &mut KnownWords,
    names: &mut [[String; 2]],
    asked: &mut [Term],
) -> Result<(), ReadError> {
    let slips = unknown.iter().zip(0..).filter(|((_, name), _)| {
        let word = &names[*name][0];
        word.chars().count() >= SHORTEST_SLIP && !word.contains(char::is_numeric)
    });
    let each = slips.map(|((_, name), place): (_, i32)| candidates(&names[*name][0], place));
    let each: Vec<SelectStatement> = each.collect();
    let mut nearest: HashMap<usize, Vec<(usize, Candidate)>> = HashMap::new();
    if let Some(union) = Union::all(each) {
        for candidate in store.models_of_union::<Candidate>(&union).await? {
            let place = usize::try_from(candidate.place).unwrap_or_default();
            let (_, name) = unknown[place];
            if let Some(slips) = slips_between(&names[name][0], &candidate.word) {
                nearest.entry(place).or_default().push((slips, candidate));
            }
        }
    }
    let mut corrected: Vec<(usize, usize, Vec<Candidate>)> = Vec::new();
    for (place, (_, name)) in unknown.iter().enumerate() {
        let mut near = nearest.remove(&place).unwrap_or_default();
        near.sort_by(|(a_slips, a), (b_slips, b)| {
            (a_slips, b.documents, &a.word).cmp(&(b_slips, a.documents, &b.word))
        });
        let least = near.first().map_or(0, |(slips, _)| *slips);
        near.retain(|(slips, _)| *slips == least);
        near.truncate(CORRECTIONS);
        names[*name] = Default::default();
        corrected.push((place, least, near.into_iter().map(|(_, near)| near).collect()));
    }
    let meant = corrected.iter().filter_map(|(_, _, near)| near.first());
    look_up(store, meant.flat_map(|meant| within(&meant.word)).collect(), known).await?;
    for (place, slips, near) in corrected {
        let Some(first) = near.first() else { continue };
        let (word, name) = unknown[place];
        let sureness = if slips == 1 { 60 } else { 40 };
        let divisions = divisions(&first.word, known);
        let apart = divisions.first().map_or(first.word.clone(), |division| division.join(" "));
        names[name] = [first.word.clone(), apart];
        asked[word].rarity = rarity(first.documents);
        let words = near.iter().map(|near| std::slice::from_ref(&near.word));
        let ways = words.chain(divisions.iter().map(Vec::as_slice));
        asked[word].ways = ways.map(|words| Interpretation::whole(words, sureness)).collect();
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

/// The number of characters omitted, added, replaced or transposed; `None` if there are too many.
/// `typed` may be the start of `meant`, as in a word that is still being typed.
fn slips_between(typed: &str, meant: &str) -> Option<usize> {
    let length = typed.chars().count();
    let allowed = if length >= TWO_SLIPS { 2 } else { 1 };
    let whole = strsim::osa_distance(typed, meant);
    let start: String = meant.chars().take(length).collect();
    // In a start, only one error is tolerated: many words begin alike.
    let begun = strsim::osa_distance(typed, &start);
    match (whole <= allowed, begun <= 1) {
        (true, _) => Some(whole),
        (false, true) => Some(begun + 1),
        _ => None,
    }
}
