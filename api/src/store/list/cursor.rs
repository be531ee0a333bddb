//! The order of a list, and cursors: positions in it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use entities::TableRow;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, Iden, ModelTrait, Value,
    sea_query::{ColumnType, Expr, NullOrdering, Order, SelectStatement, SimpleExpr},
};

use crate::store::dialect;

/// The column and direction of an order. Nulls come last.
#[derive(Clone, Copy, Debug)]
pub struct Sort<E: EntityTrait> {
    pub column: E::Column,
    pub descending: bool,
}

/// A position in a list: a row's value of the sort column, and its tie-breaker.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    value: Value,
    tie: Value,
}

/// Why a cursor is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    #[error("the cursor is invalid: pass `startCursor` or `endCursor` of a page unchanged")]
    Unreadable,
    #[error("the cursor belongs to a list with another order: use the same `orderBy` throughout")]
    OtherOrder,
    #[error("the cursor belongs to another search: use the same `query` and `kinds` throughout")]
    OtherSearch,
}

impl<E: TableRow> Sort<E> {
    /// The position of a row in this order.
    pub fn position(&self, row: &E::Model) -> Position {
        Position { value: row.get(self.column), tie: row.get(E::TIEBREAK) }
    }

    /// The cursor of a row: opaque to clients.
    pub fn cursor(&self, row: &E::Model) -> String {
        let position = self.position(row);
        let json = serde_json::json!([
            Iden::unquoted(&self.column),
            to_json(&position.value),
            to_json(&position.tie)
        ]);
        BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
    }

    /// Decodes the position from a cursor.
    pub fn seek(&self, cursor: &str) -> Result<Position, CursorError> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| CursorError::Unreadable)?;
        let (column, value, tie): (String, serde_json::Value, serde_json::Value) =
            serde_json::from_slice(&bytes).map_err(|_| CursorError::Unreadable)?;
        if column != Iden::unquoted(&self.column) {
            return Err(CursorError::OtherOrder);
        }
        let value = from_json(self.column.def().get_column_type(), value);
        let tie = from_json(E::TIEBREAK.def().get_column_type(), tie);
        match (value, tie) {
            (Some(value), Some(tie)) => {
                Ok(Position { value: dialect::without_nul(value), tie: dialect::without_nul(tie) })
            }
            _ => Err(CursorError::Unreadable),
        }
    }

    pub(super) fn nullable(&self) -> bool {
        self.column.def().is_null()
    }

    /// The rows after a position in the list's order, or before it if `beyond` is false.
    pub(super) fn after(&self, position: &Position, beyond: bool) -> Condition {
        let column = || Expr::col(self.column.as_column_ref());
        let tie = || Expr::col(E::TIEBREAK.as_column_ref());
        let up = self.descending != beyond;
        let further = |column: SimpleExpr, value: &Value| {
            if up { column.gt(value.clone()) } else { column.lt(value.clone()) }
        };
        let tie_further = further(tie(), &position.tie);
        if Iden::unquoted(&self.column) == Iden::unquoted(&E::TIEBREAK) {
            return Condition::all().add(tie_further);
        }
        if is_null(&position.value) {
            let within = Condition::all().add(column().is_null()).add(tie_further);
            return match beyond {
                true => within,
                false => Condition::any().add(column().is_not_null()).add(within),
            };
        }
        let same = Condition::all().add(column().eq(position.value.clone())).add(tie_further);
        let mut past = Condition::any().add(further(column(), &position.value)).add(same);
        if self.nullable() {
            if beyond {
                past = past.add(column().is_null());
            }
            return past;
        }
        // Implied by the rest; lets the database seek in an index.
        let reach = match up {
            true => column().gte(position.value.clone()),
            false => column().lte(position.value.clone()),
        };
        Condition::all().add(reach).add(past)
    }

    pub(super) fn directions(&self, backward: bool) -> (Order, NullOrdering) {
        let order = if self.descending != backward { Order::Desc } else { Order::Asc };
        let nulls = if backward { NullOrdering::First } else { NullOrdering::Last };
        (order, nulls)
    }

    pub(super) fn apply(&self, select: &mut SelectStatement, backward: bool) {
        let (order, nulls) = self.directions(backward);
        if self.nullable() {
            select.order_by_with_nulls(self.column.as_column_ref(), order.clone(), nulls);
        } else {
            select.order_by(self.column.as_column_ref(), order.clone());
        }
        select.order_by(E::TIEBREAK.as_column_ref(), order);
    }
}

fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Int(value) => (*value).into(),
        Value::Double(value) => (*value).into(),
        Value::String(value) => value.as_deref().into(),
        Value::ChronoDate(value) => value.map(|day| day.to_string()).into(),
        _ => serde_json::Value::Null,
    }
}

fn from_json(column: &ColumnType, json: serde_json::Value) -> Option<Value> {
    use serde_json::Value as Json;
    Some(match (column, json) {
        (ColumnType::Integer, Json::Null) => Value::Int(None),
        (ColumnType::Integer, Json::Number(number)) => {
            Value::Int(Some(i32::try_from(number.as_i64()?).ok()?))
        }
        (ColumnType::Double, Json::Null) => Value::Double(None),
        (ColumnType::Double, Json::Number(number)) => Value::Double(Some(number.as_f64()?)),
        (ColumnType::Date, Json::Null) => Value::ChronoDate(None),
        (ColumnType::Date, Json::String(day)) => {
            Value::ChronoDate(Some(day.parse::<NaiveDate>().ok()?))
        }
        (ColumnType::String(_) | ColumnType::Text, Json::String(text)) => Value::String(Some(text)),
        _ => return None,
    })
}

fn is_null(value: &Value) -> bool {
    *value == value.as_null()
}
