//! The types of the fields of records: how each is read from TOML, and which columns store it.

use std::{collections::HashMap, fmt, marker::PhantomData, ops::Deref};

use chrono::NaiveDate;
use entities::{
    Author, AuthorKind, Authors, EdtfDate, Names, event::EventStatus, record::RecordKind, span,
};
use sea_orm::Value;
use serde::{Deserialize, Serialize};

use super::{record::Body, toml_table::TableReader};

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
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// What a slug can refer to.
pub trait Target {
    const KINDS: &'static [RecordKind];
}

/// The slug of another record of the kind `T`, or its code if it is a party. The column has the
/// name of the field with `_id`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// The bodies of an event, which have a table of their own. The first is the leading one; its
/// column is `body_id`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bodies(Vec<SlugOf<Body>>);

impl From<Vec<SlugOf<Body>>> for Bodies {
    fn from(bodies: Vec<SlugOf<Body>>) -> Self {
        Self(bodies)
    }
}

impl Deref for Bodies {
    type Target = [SlugOf<Body>];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Field for Bodies {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        Field::from_toml(table, key).map(Self)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn columns(field: Option<&Self>, _: &str, row: &mut Columns<'_>) {
        Scalar::columns(field.and_then(|bodies| bodies.first()), "body", row);
    }
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

/// The authors of a source.
impl Field for Vec<Author> {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        Some(table.tables(key, AuthorEntry::from_toml).into_iter().map(Author::from).collect())
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn columns(field: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(name, field.map(|authors| Authors(authors.clone())));
    }
}

table! {
    /// One author, as in the dataset.
    pub struct AuthorEntry {
        pub name: String,
        pub kind: AuthorKind,
        pub family: Option<String>,
    }
}

impl From<AuthorEntry> for Author {
    fn from(AuthorEntry { name, kind, family }: AuthorEntry) -> Self {
        Self { name, kind, family }
    }
}

scalars! {
    AuthorKind: TableReader::choice;
}

/// The status of an event. One that was held has no key.
impl Field for EventStatus {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        match table.has(key) {
            true => table.choice(key),
            false => Some(Self::Held),
        }
    }

    fn is_absent(&self) -> bool {
        *self == Self::Held
    }

    fn columns(field: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(name, field.copied());
    }
}

/// The status of the event that a contribution was derived from. Not a key of the dataset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DerivedStatus(pub EventStatus);

impl Field for DerivedStatus {
    fn from_toml(_: &mut TableReader<'_, '_>, _: &'static str) -> Option<Self> {
        Some(Self(EventStatus::Held))
    }

    fn is_absent(&self) -> bool {
        self.0.is_absent()
    }

    fn columns(field: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(name, field.map(|status| status.0));
    }
}

/// A date that records are not sorted or filtered by, so that it has no columns of days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlainDate(pub EdtfDate);

impl Scalar for PlainDate {
    fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
        table.date(key).map(Self)
    }

    fn columns(value: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(name, value.map(|date| date.0.clone()));
    }
}

/// Declares a text with a form of its own.
macro_rules! formed_text {
    ($($(#[$doc:meta])* $name:ident: $is_valid:expr, $what:literal, $help:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl Scalar for $name {
            fn from_toml(table: &mut TableReader<'_, '_>, key: &'static str) -> Option<Self> {
                let (text, place) = table.parsed::<String>(key)?;
                let is_valid: fn(&str) -> bool = $is_valid;
                if !is_valid(&text) {
                    let message = format!("`{text}` is not {}", $what);
                    table.report(place.problem(message, $help));
                    return None;
                }
                Some(Self(text))
            }

            fn columns(value: Option<&Self>, name: &str, row: &mut Columns<'_>) {
                row.set(name, value.map(|text| text.0.clone()));
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

formed_text! {
    /// The version of a dataset. It is part of addresses, where a number is that of a revision.
    DatasetVersion: |version| {
        version.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_+".contains(&b))
            && version.bytes().any(|b| !b.is_ascii_digit())
            && version.len() <= 40
    }, "a version", "write letters, digits, full stops and hyphens, at most 40, for example 2026.11.30";

    /// The address of a web page.
    WebAddress: |url| {
        (url.starts_with("https://") || url.starts_with("http://")) && !url.contains(' ')
    }, "a web address", "write the full URL, beginning with https://, without spaces";

    /// A language, as a tag of BCP 47.
    LanguageTag: is_language_tag, "a language tag",
        "write the tag of BCP 47, for example en, vi or zh-Hans";

    /// A digital object identifier, without the address of a resolver.
    Doi: |doi| doi.starts_with("10.") && doi.contains('/') && !doi.contains(' '), "a DOI",
        "write it without an address, for example 10.1355/cs33-2a";
}

/// A language of two or three letters; then scripts and regions.
fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let is_language = parts.next().is_some_and(|language| {
        (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase())
    });
    is_language
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

/// Whether a record was derived from another one. Not a key of the dataset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
