//! Rows that are read by position, with the columns in the order of the model's fields.

use sea_orm::{
    DbErr, EntityTrait, QueryResult, TryGetable,
    sea_query::{ColumnRef, IntoColumnRef},
};

/// An entity with an integer primary key. The macro `Row!` derives it from the model.
pub trait TableRow: EntityTrait<Model: Send + Sync + 'static, Column: Send + Sync> {
    const PRIMARY_KEY: Self::Column;
    /// A unique column that breaks ties in any order; for records, it is the slug.
    const TIEBREAK: Self::Column;
    /// The column names, in the order of the model's fields.
    const COLUMNS: &'static [&'static str];

    fn key(row: &Self::Model) -> i32;

    /// Reads a row that begins with [`columns`](Self::columns), by position: looking up each column
    /// by name takes longer than decoding the value.
    fn read(row: &QueryResult) -> Result<Self::Model, DbErr>;

    /// The columns, qualified by the table, for a select.
    fn columns() -> impl Iterator<Item = ColumnRef> {
        Self::COLUMNS.iter().map(|column| (Self::default(), *column).into_column_ref())
    }
}

/// Reads the values of a row in order.
pub(crate) struct Cells<'r> {
    row: &'r QueryResult,
    place: usize,
}

impl<'r> Cells<'r> {
    pub(crate) fn new(row: &'r QueryResult) -> Self {
        Self { row, place: 0 }
    }

    pub(crate) fn next<T: TryGetable>(&mut self) -> Result<T, DbErr> {
        let cell = self.row.try_get_by_index(self.place);
        self.place += 1;
        cell
    }
}

/// Derives [`TableRow`] from the definition of a model. Fields that are relations are not columns.
macro_rules! Row {
    ($(#[$_:meta])* pub struct Model { $($fields:tt)* }) => {
        $crate::Row! { @fields Id [] $($fields)* }
    };
    (
        @fields $tie:ident [$($column:ident)*]
        $(#[$_:meta])* pub $relation:ident: BelongsTo<$entity:ty>, $($rest:tt)*
    ) => {
        $crate::Row! { @fields $tie [$($column)*] $($rest)* }
    };
    (
        @fields $tie:ident [$($column:ident)*]
        $(#[$_:meta])* pub $relation:ident: HasMany<$entity:ty>, $($rest:tt)*
    ) => {
        $crate::Row! { @fields $tie [$($column)*] $($rest)* }
    };
    (
        @fields $tie:ident [$($column:ident)*]
        $(#[$_:meta])* pub slug: $type:ty, $($rest:tt)*
    ) => {
        $crate::Row! { @fields Slug [$($column)* slug] $($rest)* }
    };
    (
        @fields $tie:ident [$($column:ident)*]
        $(#[$_:meta])* pub $next:ident: $type:ty, $($rest:tt)*
    ) => {
        $crate::Row! { @fields $tie [$($column)* $next] $($rest)* }
    };
    (@fields $tie:ident [$($column:ident)*]) => {
        impl $crate::TableRow for Entity {
            const PRIMARY_KEY: Column = Column::Id;
            const TIEBREAK: Column = Column::$tie;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),*];

            fn key(row: &Model) -> i32 {
                row.id
            }

            fn read(row: &sea_orm::QueryResult) -> Result<Model, sea_orm::DbErr> {
                let mut cells = $crate::table_row::Cells::new(row);
                Ok(Model { $($column: cells.next()?,)* })
            }
        }
    };
}

pub(crate) use Row;
