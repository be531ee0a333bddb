//! Slugs and party codes: the identifiers of records in URLs, queries and the dataset.

use std::{fmt, str::FromStr};

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// Groups of lower-case ASCII letters and digits, joined by single hyphens: `admm-plus-01-hanoi-2010`.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, DeriveValueType,
)]
#[serde(try_from = "String", into = "String")]
// Validated on import: values from the database are not parsed again.
pub struct Slug(String);

/// Why a string is not a valid slug. The message says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a slug: use lower-case letters, digits and single hyphens between them, at most {MAX} in all, for example admm-plus-01-hanoi-2010"
)]
pub struct SlugError(String);

/// The maximum length of a slug, in characters.
const MAX: usize = 120;

impl Slug {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        let fits = text.len() <= MAX
            && text.split('-').all(|group| {
                !group.is_empty()
                    && group.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        if fits { Ok(Self(text.to_owned())) } else { Err(SlugError(shorten(text))) }
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> String {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The code of a country or an organisation: ISO 3166-1 alpha-2 for countries, the usual abbreviation for
/// organisations (EU, UNODC). 2 to 10 capital letters.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, DeriveValueType,
)]
#[serde(try_from = "String", into = "String")]
// Validated on import: values from the database are not parsed again.
pub struct PartyCode(String);

/// Why a string is not a valid party code. The message says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a party code: use 2 to 10 capital letters, for example AU, KR, EU or UNODC")]
pub struct PartyCodeError(String);

impl PartyCode {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PartyCode {
    type Err = PartyCodeError;

    fn from_str(text: &str) -> Result<Self, PartyCodeError> {
        if (2..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PartyCodeError(shorten(text)))
        }
    }
}

impl TryFrom<String> for PartyCode {
    type Error = PartyCodeError;

    fn try_from(text: String) -> Result<Self, PartyCodeError> {
        text.parse()
    }
}

impl From<PartyCode> for String {
    fn from(code: PartyCode) -> String {
        code.0
    }
}

impl fmt::Display for PartyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shortens an invalid string for an error message to 60 characters.
fn shorten(text: &str) -> String {
    if text.chars().count() <= 60 {
        text.to_owned()
    } else {
        text.chars().take(60).chain(['…']).collect()
    }
}
