//! What differs between SQLite and PostgreSQL when reading.

use entities::search_document;
use sea_orm::{
    DbBackend, ExprTrait, Value,
    sea_query::{ArrayType, Expr, Query, SelectStatement, SimpleExpr, extension::postgres::PgFunc},
};

/// A value that both databases take. PostgreSQL refuses U+0000 in a text; in its place goes U+FFFD,
/// which no record has either.
pub(crate) fn holdable(value: Value) -> Value {
    match value {
        Value::String(Some(text)) if text.contains('\0') => {
            Value::String(Some(text.replace('\0', "\u{fffd}")))
        }
        other => other,
    }
}

/// `column` is one of `keys`. The statement's text is the same for any number of keys, so that the
/// database prepares it once.
pub(crate) fn among(backend: DbBackend, column: SimpleExpr, keys: &[i32]) -> SimpleExpr {
    match backend {
        DbBackend::Postgres => {
            let keys = keys.iter().map(|key| Value::Int(Some(*key))).collect();
            let array = Value::Array(ArrayType::Int, Some(Box::new(keys)));
            column.eq(PgFunc::any(Expr::value(array)))
        }
        _ => column.in_json(serde_json::to_string(keys)),
    }
}

/// `column` is one of `texts`, likewise.
pub(crate) fn among_texts(backend: DbBackend, column: SimpleExpr, texts: &[String]) -> SimpleExpr {
    match backend {
        DbBackend::Postgres => {
            let texts = texts.iter().map(|text| holdable(Value::from(text.as_str()))).collect();
            let array = Value::Array(ArrayType::String, Some(Box::new(texts)));
            column.eq(PgFunc::any(Expr::value(array)))
        }
        _ => column.in_json(serde_json::to_string(texts)),
    }
}

trait InJson {
    fn in_json(self, array: serde_json::Result<String>) -> SimpleExpr;
}

impl InJson for SimpleExpr {
    fn in_json(self, array: serde_json::Result<String>) -> SimpleExpr {
        let array = array.expect("numbers and texts are JSON");
        Expr::cust_with_exprs("? IN (SELECT value FROM json_each(?))", [self, Expr::value(array)])
    }
}

/// A part of a search document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Title,
    Names,
    Context,
    Text,
}

/// Words that follow each other, folded: letters and digits, so none has a meaning to a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phrase {
    pub words: Vec<String>,
    /// The last word may go on.
    pub open: bool,
}

/// The records that have one of the phrases in one of the fields; under the name `record_id`.
pub(crate) fn holding(
    backend: DbBackend,
    fields: &[Field],
    phrases: &[&Phrase],
) -> SelectStatement {
    let mut select = Query::select();
    match backend {
        DbBackend::Postgres => select
            .expr_as(Expr::col(search_document::Column::RecordId), "record_id")
            .from(search_document::Entity)
            .and_where(Expr::cust_with_values(
                "vector @@ CAST($1 AS tsquery)",
                [tsquery(fields, phrases)],
            )),
        _ => select
            .expr_as(Expr::col("rowid"), "record_id")
            .from("search_text")
            .and_where(Expr::cust_with_values("search_text MATCH ?", [fts5(fields, phrases)])),
    };
    select
}

/// `('cyber':A <-> 'secur':*A) | 'cybersecurity':A`
fn tsquery(fields: &[Field], phrases: &[&Phrase]) -> String {
    let letter = |field: &Field| match field {
        Field::Title => 'A',
        Field::Names => 'B',
        Field::Context => 'C',
        Field::Text => 'D',
    };
    let letters: String = fields.iter().map(letter).collect();
    let phrase = |phrase: &&Phrase| {
        let last = phrase.words.len().saturating_sub(1);
        let word = |(place, word): (usize, &String)| match phrase.open && place == last {
            true => format!("'{word}':*{letters}"),
            false => format!("'{word}':{letters}"),
        };
        let words: Vec<String> = phrase.words.iter().enumerate().map(word).collect();
        format!("({})", words.join(" <-> "))
    };
    let phrases: Vec<String> = phrases.iter().map(phrase).collect();
    phrases.join(" | ")
}

/// `{title_words} : ("cyber secur" * OR "cybersecurity")`
fn fts5(fields: &[Field], phrases: &[&Phrase]) -> String {
    let column = |field: &Field| match field {
        Field::Title => "title_words",
        Field::Names => "names_words",
        Field::Context => "context_words",
        Field::Text => "text_words",
    };
    let columns: Vec<&str> = fields.iter().map(column).collect();
    let phrase = |phrase: &&Phrase| {
        let star = if phrase.open { " *" } else { "" };
        format!("\"{}\"{star}", phrase.words.join(" "))
    };
    let phrases: Vec<String> = phrases.iter().map(phrase).collect();
    format!("{{{}}} : ({})", columns.join(" "), phrases.join(" OR "))
}
