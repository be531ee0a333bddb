//! Search over all kinds of records: interprets a query, finds and ranks records, and highlights
//! matches. Independent of GraphQL.
//!
//! A hit scores field weight × rarity of the word × likelihood of the interpretation. The sum of a
//! record's hits is multiplied by the record's own weight. All scores are integers, so that both
//! databases rank alike and a cursor can contain a score.

mod corrections;
mod highlight;
mod query_parts;
mod query_terms;
mod vocabulary;
mod word_division;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use entities::{record, record::RecordKind, search_document, search_name};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, ExprTrait, FromQueryResult, Iterable, Order,
    sea_query::{
        Alias, CommonTableExpression, Expr, Query, SelectStatement, SimpleExpr, WithClause,
    },
};

pub use highlight::{Highlight, HighlightField};
pub use query_parts::MAX_WORDS;
use query_parts::{QueryPart, parts};
use query_terms::{Interpretation, InterpretedQuery, interpret};
use vocabulary::begins;

use crate::store::{
    ReadError, Store, Union,
    dialect::{Field, Phrase, full_text_match},
    list::{CursorError, Page},
};

/// Weights of hits by field.
const FIELDS: [(&[Field], i32); 3] =
    [(&[Field::Title, Field::Names], 8), (&[Field::Context], 3), (&[Field::Text], 2)];

const ALL_FIELDS: [Field; 4] = [Field::Title, Field::Names, Field::Context, Field::Text];

/// The points of a word's hits, summed and divided by this, are added to the points of its best
/// hit.
const OTHER_FIELDS: i32 = 10;

/// Points per word of the query if the query is a whole name of the record, the start of a name, or
/// a phrase in the title or a name. On the scale of a title hit: 8 × rarity × likelihood.
const WHOLE_NAME: i32 = 30_000;
const START_OF_NAME: i32 = 3_000;
const IN_ORDER: i32 = 3_000;

/// A query, and the kinds of records to search; all kinds if `kinds` is `None`.
#[derive(Clone, Debug)]
pub struct Search {
    parts: Vec<QueryPart>,
    /// Distinct and in the order of the enum.
    kinds: Option<Vec<RecordKind>>,
}

/// The part of the results that a page covers.
#[derive(Clone, Debug)]
pub struct Window {
    pub limit: u64,
    /// Whether the page has the last results instead of the first.
    pub backward: bool,
    pub after: Option<Place>,
    pub before: Option<Place>,
}

/// A position in the results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    score: i64,
    slug: String,
}

/// A search result.
#[derive(Clone, Debug)]
pub struct SearchHit {
    pub id: i32,
    pub kind: RecordKind,
    pub slug: String,
    pub score: i64,
    pub highlights: Vec<Highlight>,
}

/// A query with the interpretations of its words.
#[derive(Clone, Debug)]
pub struct ParsedSearch {
    search: Search,
    query: InterpretedQuery,
}

#[derive(FromQueryResult)]
struct Row {
    kind: RecordKind,
    slug: String,
    score: i64,
    #[sea_orm(nested)]
    document: search_document::Model,
}

impl Search {
    pub fn new(query: &str, kinds: Option<Vec<RecordKind>>) -> Self {
        let kinds: Option<Vec<RecordKind>> =
            kinds.map(|kinds| RecordKind::iter().filter(|kind| kinds.contains(kind)).collect());
        Self { parts: parts(query), kinds }
    }

    /// Identifies the search, for cursors and cache keys: its words and its kinds.
    pub fn signature(&self) -> serde_json::Value {
        let words: Vec<String> = self.parts.iter().map(QueryPart::signature).collect();
        let kinds: Option<Vec<String>> =
            self.kinds.as_ref().map(|kinds| kinds.iter().map(|kind| kind.to_value()).collect());
        serde_json::json!([words.join(" "), kinds])
    }

    /// The cursor of a result: opaque to clients.
    pub fn cursor(&self, found: &SearchHit) -> String {
        let json = serde_json::json!([self.signature(), found.score, found.slug]);
        BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
    }

    /// Decodes the position from a cursor.
    pub fn seek(&self, cursor: &str) -> Result<Place, CursorError> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| CursorError::Unreadable)?;
        let (signature, score, slug): (serde_json::Value, i64, String) =
            serde_json::from_slice(&bytes).map_err(|_| CursorError::Unreadable)?;
        match signature == self.signature() {
            true => Ok(Place { score, slug: slug.replace('\0', "\u{fffd}") }),
            false => Err(CursorError::OtherSearch),
        }
    }

    /// Interprets the words by the vocabulary of the knowledge base, with at most six statements.
    pub async fn interpret(&self, store: &Store) -> Result<ParsedSearch, ReadError> {
        let query = match self.parts.is_empty() {
            true => InterpretedQuery::default(),
            false => interpret(store, &self.parts).await?,
        };
        Ok(ParsedSearch { search: self.clone(), query })
    }
}

impl ParsedSearch {
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// One page of the results, best first, with one statement.
    pub async fn page(&self, store: &Store, window: &Window) -> Result<Page<SearchHit>, ReadError> {
        let Some(scored) = self.scored(store) else { return Ok(Page::default()) };
        let of = |column| Expr::col((RESULT, column));
        let mut select = Query::select();
        for column in search_document::Column::iter() {
            select.column((search_document::Entity, column));
        }
        select
            .exprs([of(KIND), of(SLUG), of(SCORE)])
            .from(RESULT)
            .inner_join(
                search_document::Entity,
                Expr::col((search_document::Entity, search_document::Column::RecordId))
                    .equals((RESULT, RECORD)),
            )
            .cond_where(self.wanted())
            .with_cte(scored);
        if let Some(place) = &window.after {
            select.cond_where(past(place, true));
        }
        if let Some(place) = &window.before {
            select.cond_where(past(place, false));
        }
        let (best, tie) = match window.backward {
            false => (Order::Desc, Order::Asc),
            true => (Order::Asc, Order::Desc),
        };
        select
            .order_by((RESULT, SCORE), best)
            .order_by((RESULT, SLUG), tie)
            .limit(window.limit.saturating_add(1));
        let rows: Vec<Row> = store.models(select).await?;
        let found = rows.into_iter().map(|row| SearchHit {
            id: row.document.record_id,
            kind: row.kind,
            slug: row.slug,
            score: row.score,
            highlights: highlight::highlights(&row.document, &self.query.terms),
        });
        Ok(Page::cut(found.collect(), window.limit, window.backward))
    }

    /// Number of results over all pages.
    pub async fn count(&self, store: &Store) -> Result<i64, ReadError> {
        let Some(scored) = self.scored(store) else { return Ok(0) };
        let select = Query::select()
            .expr_as(Expr::col((RESULT, RECORD)).count(), Alias::new(SCORE))
            .from(RESULT)
            .cond_where(self.wanted())
            .with_cte(scored)
            .to_owned();
        let rows = store.rows(select).await?;
        let row = rows.first().expect("an aggregate has one row");
        Ok(row.try_get("", SCORE)?)
    }

    /// The records that match at least one word, with the number of matched words and the score;
    /// `None` if there is nothing to search for.
    fn scored(&self, store: &Store) -> Option<WithClause> {
        let hits = Union::all(self.hits(store))?.into_statement();
        // The best hit counts in full, the others only a little. Otherwise records that mention a
        // subject in several fields would rank above the subject itself.
        let best = Expr::col(POINTS).max().add(Expr::col(POINTS).sum().div(OTHER_FIELDS));
        let words = Query::select()
            .columns([RECORD, WORD])
            .expr_as(best, POINTS)
            .from_subquery(hits, "hit")
            .group_by_columns([RECORD, WORD])
            .to_owned();
        let sums = Query::select()
            .column(RECORD)
            .expr_as(Expr::col(WORD).count(), MATCHED)
            // PostgreSQL sums bigints to a numeric.
            .expr_as(Expr::col(POINTS).sum().cast_as("bigint"), POINTS)
            .from_subquery(words, "words")
            .group_by_col(RECORD)
            .to_owned();
        let sum = |column| Expr::col(("sums", column));
        let score = sum(POINTS)
            .mul(Expr::col((search_document::Entity, search_document::Column::Weight)))
            .mul(sum(MATCHED))
            .div(1000 * self.len());
        let mut results = Query::select();
        results
            .expr_as(sum(RECORD), RECORD)
            .expr_as(Expr::col((record::Entity, record::Column::Kind)), KIND)
            .expr_as(Expr::col((record::Entity, record::Column::Slug)), SLUG)
            .expr_as(sum(MATCHED), MATCHED)
            .expr_as(score, SCORE)
            .from_subquery(sums, "sums")
            .inner_join(
                search_document::Entity,
                Expr::col((search_document::Entity, search_document::Column::RecordId))
                    .equals(("sums", RECORD)),
            )
            .inner_join(
                record::Entity,
                Expr::col((record::Entity, record::Column::Id)).equals(("sums", RECORD)),
            )
            .and_where(sum(MATCHED).gt(0));
        if let Some(kinds) = &self.search.kinds {
            let kinds = kinds.iter().map(|kind| kind.to_value());
            results.and_where(Expr::col((record::Entity, record::Column::Kind)).is_in(kinds));
        }
        let results = CommonTableExpression::new()
            .query(results)
            .columns([RECORD, KIND, SLUG, MATCHED, SCORE])
            .table_name(RESULT)
            .to_owned();
        Some(WithClause::new().cte(results).to_owned())
    }

    /// Number of words that have an interpretation.
    fn len(&self) -> i32 {
        i32::try_from(self.query.terms.len()).expect("a query has few words")
    }

    /// Records that match all words; if there are none, those that match some.
    fn wanted(&self) -> Condition {
        let all = |table: &'static str| Expr::col((table, MATCHED)).eq(self.len());
        let any_has_all = Query::select()
            .expr(Expr::value(1))
            .from_as(RESULT, "other")
            .and_where(all("other"))
            .to_owned();
        Condition::any().add(all(RESULT)).add(Expr::exists(any_has_all).not())
    }

    /// The statements that select hits: word, record and points. The bonuses for names have no
    /// word.
    fn hits(&self, store: &Store) -> Vec<SelectStatement> {
        let backend = store.backend();
        let mut hits = Vec::new();
        for (word, term) in (0..).zip(&self.query.terms) {
            for (likelihood, phrases) in by_likelihood(&term.interpretations) {
                for (fields, weight) in FIELDS {
                    let points = weight * term.rarity * likelihood;
                    let records = full_text_match(backend, fields, &phrases);
                    hits.push(hit(Some(word), points, records));
                }
            }
        }
        let names = &self.query.names;
        if self.len() > 1 {
            let phrases: Vec<Phrase> = names
                .iter()
                .map(|name| Phrase {
                    words: name.split(' ').map(str::to_owned).collect(),
                    open: true,
                })
                .collect();
            let phrases: Vec<&Phrase> = phrases.iter().collect();
            let named = full_text_match(backend, &[Field::Title, Field::Names], &phrases);
            hits.push(hit(None, IN_ORDER * self.len(), named));
        }
        if self.len() > 0 {
            let start = names.iter().map(|name| begins(search_name::Column::Name, name));
            let starts = start.reduce(|one, other| one.or(other));
            let whole = search_name::Column::Name.is_in(names.iter().map(String::as_str));
            let fits = starts.into_iter().map(|start| (START_OF_NAME, start));
            for (points, fits) in fits.chain([(WHOLE_NAME, whole)]) {
                hits.push(hit(None, points * self.len(), self::names(fits)));
            }
        }
        hits
    }
}

/// Groups interpretations by likelihood, prefixes and whole words separately: a prefix also matches
/// the whole word, and then both score.
fn by_likelihood(interpretations: &[Interpretation]) -> Vec<(i32, Vec<&Phrase>)> {
    let mut groups: Vec<(i32, Vec<&Phrase>)> = Vec::new();
    for Interpretation { phrase, likelihood } in interpretations {
        let alike = |(other, phrases): &&mut (i32, Vec<&Phrase>)| {
            other == likelihood && phrases.iter().all(|other| other.open == phrase.open)
        };
        match groups.iter_mut().find(alike) {
            Some((_, phrases)) => phrases.push(phrase),
            None => groups.push((*likelihood, vec![phrase])),
        }
    }
    groups
}

const RESULT: &str = "result";
const RECORD: &str = "record_id";
const KIND: &str = "kind";
const SLUG: &str = "slug";
const SCORE: &str = "score";
const MATCHED: &str = "matched";
const POINTS: &str = "points";
const WORD: &str = "word";

/// Selects the distinct records that have a matching name.
fn names(fits: SimpleExpr) -> SelectStatement {
    Query::select()
        .distinct()
        .column(search_name::Column::RecordId)
        .from(search_name::Entity)
        .and_where(fits)
        .to_owned()
}

fn hit(word: Option<i32>, points: i32, records: SelectStatement) -> SelectStatement {
    Query::select()
        .expr_as(Expr::value(word), WORD)
        .column(RECORD)
        .expr_as(Expr::value(points), POINTS)
        .from_subquery(records, "found")
        .to_owned()
}

/// The results after a position, or before it if `beyond` is false.
fn past(place: &Place, beyond: bool) -> Condition {
    let score = || Expr::col((RESULT, SCORE));
    let slug = Expr::col((RESULT, SLUG));
    let (further, tie) = match beyond {
        true => (score().lt(place.score), slug.gt(place.slug.as_str())),
        false => (score().gt(place.score), slug.lt(place.slug.as_str())),
    };
    let same = Condition::all().add(score().eq(place.score)).add(tie);
    Condition::any().add(further).add(same)
}
