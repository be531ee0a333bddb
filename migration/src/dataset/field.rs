//! The types of the fields of records: how each is read from TOML, and which columns store it.

use std::{collections::HashMap, fmt, marker::PhantomData, ops::Deref};

use chrono::NaiveDate;
use entities::{EdtfDate, Names, record::RecordKind, span};
use sea_orm::Value;
use serde::Serialize;

use super::toml_table::TableReader;

/// A TOML table with known keys, as a struct. The macro `table!` implements it.
pub trait Table: Sized {
    /// Reads all keys; none if a value is missing or invalid.
    fn from_toml(table: &mut TableReader<'_, '_>) -> Option<Self>;

    /// Adds the columns of all fields, or nulls for no table. Their names begin with `prefix`.
    fn columns(table: Option<&Self>, prefix: &str, row: &mut Columns<'_>);
}

/// A field of a [`Table`].
pub trait Field: Sized {
    /// Reads the value of the key; none if it is invalid, or missing though required.
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self>;

    /// Whether the change log leaves the field out.
    fn is_absent(&self) -> bool;

    /// Adds the columns of the field; they are null if there is none.
    fn columns(field: Option<&Self>, name: &str, row: &mut Columns<'_>);
}

/// A single value. A field of the type `T` is required, and one of the type `Option<T>` is not.
pub trait Scalar: Sized {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self>;

    fn columns(value: Option<&Self>, name: &str, row: &mut Columns<'_>);
}

/// A row: the values of columns by their names.
pub struct Columns<'i> {
    /// The primary keys of records by slug.
    ids: &'i HashMap<String, i32>,
    pub values: Vec<(String, Value)>,
}

impl<'i> Columns<'i> {
    pub fn new(ids: &'i HashMap<String, i32>) -> Self {
        Self { ids, values: Vec::new() }
    }

    pub fn set(&mut self, column: impl Into<String>, value: impl Into<Value>) {
        self.values.push((column.into(), value.into()));
    }

    pub(super) fn days(&mut self, days: Option<(NaiveDate, NaiveDate)>) {
        self.set("first_day", days.map(|(first, _)| first));
        self.set("last_day", days.map(|(_, last)| last));
    }
}

impl<T: Scalar> Field for T {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        table.required(key, T::from_toml)
    }

    fn is_absent(&self) -> bool {
        false
    }

    fn columns(field: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        T::columns(field, name, row);
    }
}

impl<T: Scalar> Field for Option<T> {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        Some(T::from_toml(table, key))
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn columns(field: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        T::columns(field.and_then(Option::as_ref), name, row);
    }
}

/// Implements [`Scalar`] for types that are a value of one column.
macro_rules! scalars {
    ($($type:ty: $read:expr;)*) => {$(
        impl $crate::dataset::field::Scalar for $type {
            fn from_toml(
                table: &mut $crate::dataset::toml_table::TableReader<'_, '_>,
                key: &'static str,
            ) -> Option<Self> {
                $read(table, key)
            }

            fn columns(
                value: Option<&Self>,
                name: &str,
                row: &mut $crate::dataset::field::Columns<'_>,
            ) {
                row.set(name, value.cloned());
            }
        }
    )*};
}

pub(super) use scalars;

/// Declares a struct as a [`Table`] of the dataset. The attribute `check` names a function of
/// `checks` that is called with some of the fields, which are none if they are invalid or missing.
macro_rules! table {
    (
        $(#[doc = $doc:literal])*
        $(#[check($check:ident($($checked:ident),*))])?
        pub struct $name:ident {
            $($(#[$attribute:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        pub struct $name {
            $(
                $(#[$attribute])*
                #[serde(skip_serializing_if = "crate::dataset::field::Field::is_absent")]
                pub $field: $type,
            )*
        }

        impl $crate::dataset::field::Table for $name {
            fn from_toml(
                table: &mut $crate::dataset::toml_table::TableReader<'_, '_>,
            ) -> Option<Self> {
                $(
                    let $field = <$type as $crate::dataset::field::Field>::from_toml(
                        table,
                        stringify!($field),
                    );
                )*
                $($crate::dataset::checks::$check(table, $(&$checked),*);)?
                Some(Self { $($field: $field?,)* })
            }

            fn columns(
                table: Option<&Self>,
                prefix: &str,
                row: &mut $crate::dataset::field::Columns<'_>,
            ) {
                $(
                    let name = format!("{prefix}{}", stringify!($field));
                    let field = table.map(|table| &table.$field);
                    $crate::dataset::field::Field::columns(field, &name, row);
                )*
            }
        }
    };
}

pub(super) use table;

scalars! {
    String: TableReader::text;
    f64: TableReader::number;
}

/// The bounds of the day are columns too.
impl Scalar for EdtfDate {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        table.date(key)
    }

    fn columns(value: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(name, value.cloned());
        row.days(span(value, None));
    }
}

/// A whole number of at least `MIN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct AtLeast<const MIN: i32>(pub i32);

impl<const MIN: i32> Scalar for AtLeast<MIN> {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        table.integer(key, MIN).map(Self)
    }

    fn columns(value: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(name, value.map(|number| number.0));
    }
}

/// The address of a web page.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct WebAddress(String);

impl Scalar for WebAddress {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        let (url, place) = table.parsed::<String>(key)?;
        if !(url.starts_with("https://") || url.starts_with("http://")) || url.contains(' ') {
            table.report(place.problem(
                format!("`{url}` is not a web address"),
                "write the full URL, beginning with https://, without spaces",
            ));
            return None;
        }
        Some(Self(url))
    }

    fn columns(value: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(name, value.map(|url| url.0.clone()));
    }
}

/// What a slug can refer to.
pub trait Target {
    const KINDS: &'static [RecordKind];
}

/// The slug of another record of the kind `T`, or its code if it is a party. The column has the
/// name of the field with `_id`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SlugOf<T>(String, PhantomData<T>);

impl<T> SlugOf<T> {
    /// The primary key of the record. The dataset is valid, so the record exists.
    pub fn id(&self, ids: &HashMap<String, i32>) -> i32 {
        *ids.get(&self.0).expect("a valid dataset has no dangling references")
    }
}

impl<T> From<String> for SlugOf<T> {
    fn from(slug: String) -> Self {
        Self(slug, PhantomData)
    }
}

impl<T> fmt::Display for SlugOf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<T> Deref for SlugOf<T> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<T: Target> Scalar for SlugOf<T> {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        table.reference(key, T::KINDS).map(Self::from)
    }

    fn columns(value: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(format!("{name}_id"), value.map(|slug| slug.id(row.ids)));
    }
}

/// The rows of a list of references are in a table of their own.
impl<T: Target> Field for Vec<SlugOf<T>> {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        Some(table.references(key, T::KINDS).into_iter().map(SlugOf::from).collect())
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn columns(_: Option<&Self>, _: &str, _: &mut Columns<'_>) {}
}

/// Alternative names.
impl Field for Vec<String> {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        Some(table.texts(key))
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn columns(field: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(name, field.map(|names| Names(names.clone())));
    }
}

/// A key that is false if it is left out.
impl Field for bool {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        Some(table.flag(key))
    }

    fn is_absent(&self) -> bool {
        !self
    }

    fn columns(field: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(name, field.copied());
    }
}

/// Whether a record was derived from another one. Not a key of the dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Derived(pub bool);

impl Field for Derived {
    fn from_toml(_: &mut TableReader<'_, '_>, _: &'static str) -> Option<Self> {
        Some(Self(false))
    }

    fn is_absent(&self) -> bool {
        !self.0
    }

    fn columns(field: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(name, field.map(|derived| derived.0));
    }
}
