//! SQL that differs between SQLite and PostgreSQL.

use entities::search_document;
use sea_orm::{
    DbBackend, ExprTrait, Value,
    sea_query::{ArrayType, Expr, Query, SelectStatement, SimpleExpr, extension::postgres::PgFunc},
};

/// Replaces U+0000 in strings, which PostgreSQL rejects, by U+FFFD. No record contains either
/// character, so the value still matches nothing.
pub(crate) fn without_nul(value: Value) -> Value {
    match value {
        Value::String(Some(text)) if text.contains('\0') => {
            Value::String(Some(text.replace('\0', "\u{fffd}")))
        }
        other => other,
    }
}

/// `column` is one of `keys`. The SQL is the same for any number of keys, so that the statement is
/// prepared only once.
pub(crate) fn in_list(backend: DbBackend, column: SimpleExpr, keys: &[i32]) -> SimpleExpr {
    match backend {
        DbBackend::Postgres => {
            let keys = keys.iter().map(|key| Value::Int(Some(*key))).collect();
            let array = Value::Array(ArrayType::Int, Some(Box::new(keys)));
            column.eq(PgFunc::any(Expr::value(array)))
        }
        _ => column.in_json(serde_json::to_string(keys)),
    }
}

/// Like [`among`], for strings.
pub(crate) fn in_string_list(
    backend: DbBackend,
    column: SimpleExpr,
    texts: &[String],
) -> SimpleExpr {
    match backend {
        DbBackend::Postgres => {
            let texts = texts.iter().map(|text| without_nul(Value::from(text.as_str()))).collect();
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
        let array = array.expect("numbers and strings serialise to JSON");
        Expr::cust_with_exprs("? IN (SELECT value FROM json_each(?))", [self, Expr::value(array)])
    }
}

/// A field of a search document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Title,
    Names,
    Context,
    Text,
}

/// A sequence of folded words. They consist of letters and digits, so they need no escaping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phrase {
    pub words: Vec<String>,
    /// Whether the last word is a prefix.
    pub open: bool,
}

/// Selects the `record_id` of the records that have one of the phrases in one of the fields.
pub(crate) fn full_text_match(
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

/// A `tsquery` such as `('cyber':A <-> 'secur':*A) | ('cybersecurity':A)`.
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

/// An FTS5 query such as `{title_words} : ("cyber secur" * OR "cybersecurity")`.
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
