//! Traits of entities for reading.

use sea_orm::{
    DbErr, EntityTrait, QueryResult, TryGetable,
    sea_query::{ColumnRef, IntoColumnRef},
};

/// An entity with an integer primary key.
pub trait TableRow: EntityTrait<Model: Send + Sync + 'static, Column: Send + Sync> {
    const PRIMARY_KEY: Self::Column;
    /// The column names, the primary key first.
    const COLUMNS: &'static [&'static str];

    fn key(row: &Self::Model) -> i32;

    /// Reads a row that begins with the entity's columns, by index: looking up each column by name
    /// takes longer than decoding the value.
    fn read(row: &QueryResult) -> Result<Self::Model, DbErr>;

    /// The columns, qualified by the table, for a select.
    fn columns() -> impl Iterator<Item = ColumnRef> {
        Self::COLUMNS.iter().map(|column| (Self::default(), *column).into_column_ref())
    }
}

/// Reads the values of a row in order.
struct Cells<'r> {
    row: &'r QueryResult,
    place: usize,
}

impl Cells<'_> {
    fn next<T: TryGetable>(&mut self) -> Result<T, DbErr> {
        let cell = self.row.try_get_by_index(self.place);
        self.place += 1;
        cell
    }
}

/// An entity that can be listed. A unique column breaks ties in any order; for records, it is the
/// slug.
pub trait Sortable: TableRow {
    const TIEBREAK: Self::Column;
}

/// Lists the columns of entities, which are the fields of their models.
macro_rules! table_rows {
    ($($entity:ident { id $($field:ident)* })*) => {
        $(
            impl TableRow for entities::$entity::Entity {
                const PRIMARY_KEY: Self::Column = entities::$entity::Column::Id;
                const COLUMNS: &'static [&'static str] = &["id" $(, stringify!($field))*];

                fn key(row: &Self::Model) -> i32 {
                    row.id
                }

                fn read(row: &QueryResult) -> Result<Self::Model, DbErr> {
                    let mut cells = Cells { row, place: 0 };
                    Ok(entities::$entity::Model {
                        id: cells.next()?,
                        $($field: cells.next()?,)*
                    })
                }
            }
        )*
    };
}

table_rows! {
    party { id slug code name official_name kind aliases }
    theme { id slug name summary aliases parent_id working_group_id }
    body { id slug name acronym kind parent_id established first_day last_day aliases summary note }
    event {
        id slug title kind body_id ordinal start end first_day last_day city country_id format
        participant_count planned summary confidence note
    }
    document {
        id slug title kind adopted first_day last_day adopted_at_id presented_at_id url summary note
    }
    provision { id slug document_id kind position path summary note }
    initiative {
        id slug name acronym framework status started first_day last_day adopted_at_id aliases
        summary note
    }
    work_programme { id slug title start end first_day last_day adopted_at_id note }
    work_area { id programme_id position name theme_id summary }
    contribution {
        id slug title kind partner_id start end first_day last_day amount_value amount_currency
        event_id body_id initiative_id work_area_id chair_term_id derived summary confidence note
    }
    claim { id slug subject_id measure value unit start end first_day last_day statement note }
    source { id slug title kind published first_day last_day url publisher note }
    membership { id slug body_id party_id role start end first_day last_day note }
    chair_term { id slug body_id cycle start end first_day last_day confidence note }
    revision { id created_at author message dataset_version }
    record { id kind slug created_in updated_in removed_in }
    change { id revision_id record_id action before after }
    citation { id record_id position source_id locator }
}

macro_rules! sortable {
    ($tie:ident: $($entity:ident)*) => {
        $(
            impl Sortable for entities::$entity::Entity {
                const TIEBREAK: Self::Column = entities::$entity::Column::$tie;
            }
        )*
    };
}

sortable! {
    Slug: party theme body event document provision initiative work_programme contribution claim
    source membership chair_term record
}
sortable! { Id: work_area revision change citation }
