//! The tables of the knowledge base as SeaORM entities: one file per table, with its enums.

mod edtf;
mod slug;
mod table_row;

pub mod body;
pub mod chair_seat;
pub mod chair_term;
pub mod change;
pub mod citation;
pub mod claim;
pub mod contribution;
pub mod contribution_beneficiary;
pub mod document;
pub mod event;
pub mod event_body;
pub mod event_party;
pub mod initiative;
pub mod initiative_proposer;
pub mod membership;
pub mod party;
pub mod provision;
pub mod provision_body;
pub mod provision_document;
pub mod record;
pub mod record_theme;
pub mod revision;
pub mod search_document;
pub mod search_index;
pub mod search_name;
pub mod search_word;
pub mod slug_alias;
pub mod source;
pub mod theme;
pub mod work_area;
pub mod work_programme;

use sea_orm::{DeriveActiveEnum, EnumIter, FromJsonQueryResult};
use serde::{Deserialize, Serialize};

pub use edtf::{EdtfDate, EdtfError, Precision, span};
pub use slug::{PartyCode, PartyCodeError, Slug, SlugError};
pub(crate) use table_row::Row;
pub use table_row::TableRow;

/// Alternative names of a record, in the order of the dataset. Stored as a JSON array of strings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Names(pub Vec<String>);

/// The authors of a source, in the order of its title page. Stored as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Authors(pub Vec<Author>);

/// An author of a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Author {
    /// The name as it is written: "Ian Storey".
    pub name: String,
    pub kind: AuthorKind,
    /// The part of a person's name that it is sorted by, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
}

/// Whether an author is a person.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum AuthorKind {
    Person,
    Institution,
}

/// A place in which events took place. Stored as a JSON object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Place {
    pub name: String,
    pub kind: PlaceKind,
    /// Other names and spellings.
    pub aliases: Vec<String>,
    /// Degrees north of the equator.
    pub latitude: Option<f64>,
    /// Degrees east of Greenwich.
    pub longitude: Option<f64>,
    /// The number of the place in GeoNames, where its coordinates are from.
    pub geonames_id: Option<i32>,
}

/// The kind of a place.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum PlaceKind {
    City,
    /// A province, a state or an island.
    Region,
    /// Waters.
    Sea,
}

/// How well sources support a record.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Confidence {
    /// Supported by an official source, or by two independent ones.
    Confirmed,
    /// Supported by one secondary source.
    Reported,
}
