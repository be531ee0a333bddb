//! The columns of exported tables. Most follow from the columns of the entity and from the API's
//! fields of the same name; `tables` declares the others.

use async_graphql::registry::MetaType;
use chrono::{Datelike, SecondsFormat};
use entities::{EdtfDate, TableRow};
use sea_orm::{
    ActiveEnum, ColumnTrait, ColumnType, EntityName, IdenStatic, Identity, Iterable, RelationTrait,
    sea_query::sea_value_to_json_value,
};
use serde_json::Value;

use super::related::{RelatedList, enum_value};
use crate::{
    graphql::{REGISTRY, relay::node_type::NodeType},
    store::load::{AreaName, RecordMeta},
};

/// The type of a column's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    Integer,
    Number,
    Boolean,
    /// A year, a month or a day.
    Date,
    /// A timestamp in UTC.
    Moment,
    /// One of these values.
    Choice(Vec<&'static str>),
    /// A list of strings.
    List,
}

/// The public definition of a column.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: &'static str,
    pub description: String,
    pub r#type: Type,
    pub required: bool,
    /// The database table of the record that the value identifies by its slug or code.
    pub refers_to: Option<String>,
}

/// A column and the source of its values.
pub(super) struct Column<E: TableRow> {
    pub field: Field,
    pub source: ValueSource<E>,
}

/// The source of a column's values. The column of the entity is a key, except in `Own` and
/// `Choice`.
pub(super) enum ValueSource<E: TableRow> {
    /// A column of the row itself.
    Own(E::Column),
    /// A column of the row itself that has an enum's value.
    Choice(E::Column),
    /// Metadata of the row's own record, or of a record that it refers to.
    Record(E::Column, fn(&RecordMeta) -> Value),
    /// A work area that the row refers to.
    Area(E::Column, fn(&AreaName) -> &str),
    /// What follows from a date of the row itself.
    Date(E::Column, fn(&EdtfDate) -> Value),
    /// What follows from the row itself.
    Computed(fn(&E::Model) -> Value),
    /// The names of authors.
    Authors(E::Column),
    /// A list of related rows.
    List(E::Column, RelatedList),
}

/// Columns that are not exported: the database's keys, and the days that a date can mean.
const INTERNAL: [&str; 3] = ["id", "first_day", "last_day"];

impl<E: TableRow> Column<E> {
    /// An optional column without a description.
    fn new(name: &'static str, r#type: Type, source: ValueSource<E>) -> Self {
        let field =
            Field { name, description: String::new(), r#type, required: false, refers_to: None };
        Self { field, source }
    }

    pub fn required(mut self, required: bool) -> Self {
        // An empty list is an empty cell.
        self.field.required = required && self.field.r#type != Type::List;
        self
    }

    fn to(mut self, table: Option<impl Into<String>>) -> Self {
        self.field.refers_to = table.map(Into::into);
        self
    }

    pub fn described(mut self, description: &str) -> Self {
        self.field.description = description.to_owned();
        self
    }

    /// A column of what follows from the row itself.
    pub fn computed(name: &'static str, r#type: Type, value: fn(&E::Model) -> Value) -> Self {
        Self::new(name, r#type, ValueSource::Computed(value)).required(true)
    }

    /// A column with the values of the entity's column, with its type in the database, and under
    /// another name.
    pub fn own(name: &'static str, column: E::Column) -> Self {
        let def = column.def();
        let r#type = match def.get_column_type() {
            ColumnType::Integer => Type::Integer,
            ColumnType::Double => Type::Number,
            ColumnType::Boolean => Type::Boolean,
            ColumnType::String(_) | ColumnType::Text => Type::Text,
            ColumnType::TimestampWithTimeZone => Type::Moment,
            ColumnType::Json | ColumnType::JsonBinary => Type::List,
            other => panic!("the column {name} has the type {other:?}: define its export"),
        };
        Self::new(name, r#type, ValueSource::Own(column)).required(!def.is_null())
    }

    /// The columns of the type's entity, except internal ones: references as slugs or codes, and
    /// other values as they are.
    pub fn derived<T: NodeType<Entity = E>>() -> impl Iterator<Item = Self> {
        let external = E::Column::iter().filter(|column| !INTERNAL.contains(&column.as_str()));
        external.flat_map(|column| {
            let name = column.as_str();
            if let Some(table) = referenced_table::<E>(column) {
                let name = name.strip_suffix("_id").unwrap_or(name);
                let reference = Self::new(name, Type::Text, ValueSource::Record(column, slug))
                    .required(!column.def().is_null())
                    .to(Some(table));
                return vec![reference];
            }
            let mut own = Self::own(name, column);
            match api_field::<T>(name).map(|field| field.ty.trim_matches(['[', ']', '!'])) {
                Some("EdtfDate") => {
                    own.field.r#type = Type::Date;
                    let bounds = bounds(name, column);
                    return std::iter::once(own).chain(bounds).collect();
                }
                Some("Author") => own.source = ValueSource::Authors(column),
                Some(name) => {
                    if let Some(values) = choice(name) {
                        own.field.r#type = values;
                        own.source = ValueSource::Choice(column);
                    }
                }
                None => {}
            }
            vec![own]
        })
    }
}

/// The columns of what a date means: its earliest and latest day, its precision and its year.
fn bounds<E: TableRow>(name: &str, column: E::Column) -> [Column<E>; 4] {
    let precisions = choice("DatePrecision").expect("the schema has the enum");
    let value = |date: &EdtfDate| Value::from(format!("{:?}", date.precision()).to_uppercase());
    type Part = (&'static str, Type, fn(&EdtfDate) -> Value, &'static str);
    let parts: [Part; 4] = [
        (
            "earliest",
            Type::Date,
            |date| date.first_day().to_string().into(),
            "The earliest day that",
        ),
        ("latest", Type::Date, |date| date.last_day().to_string().into(), "The latest day that"),
        ("precision", precisions, value, "How precise the date is that"),
        ("year", Type::Integer, |date| date.first_day().year().into(), "The year of the date that"),
    ];
    parts.map(|(part, r#type, value, what)| {
        // Columns are few, and live as long as the program.
        let column_name: &'static str = format!("{name}_{part}").leak();
        Column::new(column_name, r#type, ValueSource::Date(column, value))
            .required(!column.def().is_null())
            .described(&format!("{what} `{name}` gives."))
    })
}

/// The table that a column is a foreign key to.
fn referenced_table<E: TableRow>(column: E::Column) -> Option<String> {
    let relations = E::Relation::iter().map(|relation| relation.def());
    let mut own = relations.filter(|relation| match &relation.from_col {
        Identity::Unary(from) => from.inner() == column.as_str() && !relation.is_owner,
        _ => false,
    });
    Some(own.next()?.to_tbl.sea_orm_table().to_string())
}

/// The type of a column with the values of an enum of the API.
fn choice(name: &str) -> Option<Type> {
    match REGISTRY.types.get(name)? {
        MetaType::Enum { enum_values, .. } => {
            Some(Type::Choice(enum_values.keys().map(String::as_str).collect()))
        }
        _ => None,
    }
}

/// The API's field of the same name as a column.
pub(super) fn api_field<T: NodeType>(
    column: &str,
) -> Option<&'static async_graphql::registry::MetaField> {
    match REGISTRY.types.get(T::type_name().as_ref())? {
        MetaType::Object { fields, .. } => fields.get(&camel_case(column)),
        _ => None,
    }
}

/// Converts a column name from snake_case to the API's camelCase.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at(1);
        name + &initial.to_uppercase() + rest
    })
}

/// The value of a cell, from a value of the row.
pub(super) fn own_value(value: sea_orm::Value) -> Value {
    match value {
        sea_orm::Value::ChronoDateTimeUtc(moment) => {
            moment.map(|moment| moment.to_rfc3339_opts(SecondsFormat::Secs, true)).into()
        }
        other => sea_value_to_json_value(&other),
    }
}

fn slug(record: &RecordMeta) -> Value {
    Value::from(record.slug.as_str())
}

/// The kind of the record with a key.
pub(super) fn record_kind<E: TableRow>(name: &'static str, key: E::Column) -> Column<E> {
    let kinds = choice("RecordKind").expect("the schema has the enum");
    let value = |record: &RecordMeta| Value::from(enum_value(&record.kind.to_value()));
    Column::new(name, kinds, ValueSource::Record(key, value)).required(true)
}

/// The columns for the last change of the record with a key.
pub(super) fn last_change<E: TableRow>(key: E::Column) -> [Column<E>; 2] {
    let revision = ValueSource::Record(key, |record| Value::from(record.updated_in));
    let updated_at = ValueSource::Record(key, |record| own_value(record.updated_at.into()));
    [
        Column::new("revision", Type::Integer, revision)
            .required(true)
            .to(Some(entities::revision::Entity.table_name()))
            .described("The revision that last wrote the record."),
        Column::new("updated_at", Type::Moment, updated_at)
            .required(true)
            .described("When the record was last written."),
    ]
}

/// The work programme of the work area that a row may refer to, and the work area.
pub(super) fn work_area<E: TableRow>(key: E::Column) -> [Column<E>; 2] {
    let programme = ValueSource::Area(key, |area| &area.programme);
    [
        Column::new("work_programme", Type::Text, programme)
            .to(Some(entities::work_programme::Entity.table_name()))
            .described("The work programme of `work_area`; null if the sources name none."),
        Column::new("work_area", Type::Text, ValueSource::Area(key, |area| &area.name)),
    ]
}

/// A list of rows that are related to a row, or to the record with another key.
pub(super) fn list<E: TableRow>(name: &'static str, list: RelatedList) -> Column<E> {
    list_of(name, list, E::PRIMARY_KEY)
}

pub(super) fn list_of<E: TableRow>(
    name: &'static str,
    list: RelatedList,
    key: E::Column,
) -> Column<E> {
    Column::new(name, Type::List, ValueSource::List(key, list)).to(list.target())
}
