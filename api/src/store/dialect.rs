//! What differs between SQLite and PostgreSQL when reading.

use sea_orm::{
    DbBackend, ExprTrait, Value,
    sea_query::{ArrayType, Expr, SimpleExpr, extension::postgres::PgFunc},
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
