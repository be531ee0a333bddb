//! Numbered series of events: which meetings of a body are on record, and which are missing.

use std::{cmp::Reverse, collections::HashMap, sync::Arc};

use entities::{body, event, event::EventKind, event_body};
use sea_orm::{
    ColumnTrait, ExprTrait,
    sea_query::{Expr, Order, Query, SimpleExpr},
};

use crate::{
    heap_size::heap_size,
    store::{
        ReadError, Store, dialect,
        filter::{self, col},
        load::BatchLoad,
    },
};

/// The numbers of a body's events of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberedSeries {
    /// Primary key of the body.
    pub body: i32,
    pub kind: EventKind,
    /// Ascending, without duplicates.
    pub recorded: Vec<i32>,
}

heap_size! {
    NumberedSeries { recorded }
}

impl NumberedSeries {
    pub fn highest(&self) -> i32 {
        self.recorded.last().copied().unwrap_or(0)
    }

    pub fn missing(&self) -> Vec<i32> {
        (1..self.highest()).filter(|number| self.recorded.binary_search(number).is_err()).collect()
    }
}

/// The series of a body, those that miss most first.
pub struct SeriesOfBody;

impl BatchLoad for SeriesOfBody {
    type Key = i32;
    type Value = Arc<[NumberedSeries]>;

    async fn fetch(store: &Store, bodies: &[i32]) -> Result<HashMap<i32, Self::Value>, ReadError> {
        let among = dialect::in_list(store.backend(), col(event_body::Column::BodyId), bodies);
        let mut lists: HashMap<i32, Vec<NumberedSeries>> = HashMap::new();
        for series in select(store, among).await? {
            lists.entry(series.body).or_default().push(series);
        }
        Ok(lists.into_iter().map(|(body, series)| (body, series.into())).collect())
    }
}

/// All series, those that miss most first.
pub async fn all_series(store: &Store) -> Result<Vec<NumberedSeries>, ReadError> {
    select(store, Expr::value(true)).await
}

/// The number of a joint event is that of its leading body.
async fn select(store: &Store, condition: SimpleExpr) -> Result<Vec<NumberedSeries>, ReadError> {
    let select = Query::select()
        .distinct()
        .exprs([
            col(event_body::Column::BodyId),
            col(event::Column::Kind),
            col(event::Column::Ordinal),
            col(body::Column::Slug),
        ])
        .from(event::Entity)
        .inner_join(event_body::Entity, col(event_body::Column::EventId).eq(col(event::Column::Id)))
        .inner_join(body::Entity, col(body::Column::Id).eq(col(event_body::Column::BodyId)))
        .and_where(col(event_body::Column::Position).eq(0))
        .and_where(col(event::Column::Ordinal).is_not_null())
        .and_where(filter::not_held(event::Column::Status, false))
        .and_where(condition)
        .order_by(body::Column::Slug.as_column_ref(), Order::Asc)
        .order_by(event::Column::Kind.as_column_ref(), Order::Asc)
        .order_by(event::Column::Ordinal.as_column_ref(), Order::Asc)
        .to_owned();
    let mut found: Vec<NumberedSeries> = Vec::new();
    for row in store.rows(select).await? {
        let body: i32 = row.try_get_by_index(0)?;
        let kind: EventKind = row.try_get_by_index(1)?;
        let number: i32 = row.try_get_by_index(2)?;
        match found.last_mut() {
            Some(series) if (series.body, series.kind) == (body, kind) => {
                series.recorded.push(number);
            }
            _ => found.push(NumberedSeries { body, kind, recorded: vec![number] }),
        }
    }
    // The sort is stable: series that miss as many stay ordered by body and kind.
    found.sort_by_key(|series| Reverse(series.missing().len()));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_numbers_are_those_below_the_highest() {
        let series = |recorded: &[i32]| NumberedSeries {
            body: 1,
            kind: EventKind::Conference,
            recorded: recorded.to_vec(),
        };
        assert_eq!(series(&[2, 5, 6]).missing(), [1, 3, 4]);
        assert_eq!(series(&[2, 5, 6]).highest(), 6);
        assert!(series(&[1, 2, 3]).missing().is_empty());
    }
}
