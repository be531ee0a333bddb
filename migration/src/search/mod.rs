//! The search index. It is updated in the transaction that writes the content.

mod document;
mod words;

use std::collections::{HashMap, HashSet};

use entities::{record, search_document, search_index, search_name, search_word};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, sea_query::OnConflict,
};

use document::Document;
pub use words::{Pair, Word, fold, words};

/// The version of the indexing rules. Increase it when the documents or the folding of words
/// change: older indexes are then rebuilt.
const VERSION: i32 = 2;

/// Rows per INSERT statement, and keys per DELETE.
const CHUNK: usize = 1000;

/// Updates the index to the content of the database. Rows that are already correct are not written.
pub async fn update(txn: &DatabaseTransaction) -> Result<(), DbErr> {
    let documents = document::of_all(txn).await?;
    let words = counted(&documents);
    let changed = replace_documents(txn, documents).await?;
    if changed {
        replace_words(txn, &words).await?;
    }
    if !is_of_today(txn).await? {
        search_index::Entity::delete_many().exec(txn).await?;
        let today = search_index::ActiveModel { version: Set(VERSION) };
        search_index::Entity::insert(today).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Builds the index if the database has content, but no index of the current version.
pub async fn ensure(txn: &DatabaseTransaction) -> Result<(), DbErr> {
    let right = is_of_today(txn).await? || record::Entity::find().count(txn).await? == 0;
    if right { Ok(()) } else { update(txn).await }
}

async fn is_of_today(txn: &DatabaseTransaction) -> Result<bool, DbErr> {
    Ok(search_index::Entity::find_by_id(VERSION).one(txn).await?.is_some())
}

/// Every word, with the number of documents that contain it.
fn counted(documents: &[Document]) -> HashMap<String, i32> {
    let mut words: HashMap<String, i32> = HashMap::new();
    for word in documents.iter().flat_map(Document::words) {
        match words.get_mut(word) {
            Some(documents) => *documents += 1,
            None => {
                words.insert(word.to_owned(), 1);
            }
        }
    }
    words
}

/// Replaces changed documents. Returns whether there were any.
async fn replace_documents(
    txn: &DatabaseTransaction,
    documents: Vec<Document>,
) -> Result<bool, DbErr> {
    let mut old: HashMap<i32, search_document::Model> = search_document::Entity::find()
        .all(txn)
        .await?
        .into_iter()
        .map(|row| (row.record_id, row))
        .collect();
    let mut gone = Vec::new();
    let mut new = Vec::new();
    for document in documents {
        match old.remove(&document.row.record_id) {
            Some(row) if row == document.row => {}
            Some(row) => {
                gone.push(row.record_id);
                new.push(document);
            }
            None => new.push(document),
        }
    }
    gone.extend(old.into_keys());
    for chunk in gone.chunks(CHUNK) {
        search_document::Entity::delete_many()
            .filter(search_document::Column::RecordId.is_in(chunk.iter().copied()))
            .exec(txn)
            .await?;
    }
    let names: Vec<search_name::ActiveModel> = new
        .iter()
        .flat_map(|document| {
            let named = |name: &String| search_name::ActiveModel {
                record_id: Set(document.row.record_id),
                name: Set(name.clone()),
            };
            document.names.iter().map(named)
        })
        .collect();
    let changed = !gone.is_empty() || !new.is_empty();
    let rows: Vec<_> = new.into_iter().map(|document| document.row.into_active_model()).collect();
    for chunk in rows.chunks(CHUNK) {
        search_document::Entity::insert_many(chunk.iter().cloned())
            .exec_without_returning(txn)
            .await?;
    }
    for chunk in names.chunks(CHUNK) {
        search_name::Entity::insert_many(chunk.iter().cloned()).exec_without_returning(txn).await?;
    }
    Ok(changed)
}

async fn replace_words(
    txn: &DatabaseTransaction,
    words: &HashMap<String, i32>,
) -> Result<(), DbErr> {
    let old = search_word::Entity::find().all(txn).await?;
    let gone: Vec<&str> =
        old.iter().map(|row| row.word.as_str()).filter(|word| !words.contains_key(*word)).collect();
    for chunk in gone.chunks(CHUNK) {
        search_word::Entity::delete_many()
            .filter(search_word::Column::Word.is_in(chunk.iter().copied()))
            .exec(txn)
            .await?;
    }
    let same: HashSet<&str> = old
        .iter()
        .filter(|row| words.get(&row.word) == Some(&row.documents))
        .map(|row| row.word.as_str())
        .collect();
    let new: Vec<search_word::ActiveModel> = words
        .iter()
        .filter(|(word, _)| !same.contains(word.as_str()))
        .map(|(word, documents)| search_word::ActiveModel {
            word: Set(word.clone()),
            reversed: Set(word.chars().rev().collect()),
            documents: Set(*documents),
        })
        .collect();
    let over = OnConflict::column(search_word::Column::Word)
        .update_column(search_word::Column::Documents)
        .to_owned();
    for chunk in new.chunks(CHUNK) {
        search_word::Entity::insert_many(chunk.iter().cloned())
            .on_conflict(over.clone())
            .exec_without_returning(txn)
            .await?;
    }
    Ok(())
}
