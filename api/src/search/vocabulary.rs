//! Looks up words in the vocabulary of the knowledge base.

use std::collections::HashMap;

use entities::search_word::{Column, Entity};
use sea_orm::{
    ColumnTrait, ExprTrait, FromQueryResult,
    sea_query::{Expr, Query, SimpleExpr},
};

use crate::store::{ReadError, Store, Union, dialect};

/// The words of the vocabulary that were looked up, with the number of documents that have them.
pub(super) type KnownWords = HashMap<String, i32>;

/// Adds the number of documents of each of the words that the vocabulary has.
pub(super) async fn look_up(
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

/// Number of documents that have the rarest of the words.
pub(super) fn rarest_of(words: &[String], known: &KnownWords) -> i32 {
    words.iter().map(|word| known.get(word).copied().unwrap_or(0)).min().unwrap_or(0)
}

/// The words of the vocabulary that begin with a word.
#[derive(Default, FromQueryResult)]
pub(super) struct Start {
    place: i32,
    /// Number of words, including the word itself.
    pub words: i64,
    /// Number of documents that have the most frequent of them.
    pub documents: Option<i32>,
}

/// The words that begin with each of these words, in their order.
pub(super) async fn starts(store: &Store, words: &[&str]) -> Result<Vec<Start>, ReadError> {
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
pub(super) fn begins(column: impl ColumnTrait, text: &str) -> SimpleExpr {
    let column = || Expr::col(column.as_column_ref());
    // No word contains U+10FFFF, the last code point.
    column().gte(text).and(column().lt(format!("{text}\u{10ffff}")))
}
