//! Relay's global ids: opaque to clients, and the same on every database with the same records.

use async_graphql::ID;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use entities::record::RecordKind;
use sea_orm::ActiveEnum;

/// The object that an id identifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GlobalId {
    Record(RecordKind, String),
    Revision(i32),
}

const REVISION: &str = "revision";

impl GlobalId {
    pub fn record(kind: RecordKind, slug: &str) -> ID {
        encode(&kind.to_value(), slug)
    }

    pub fn revision(number: i32) -> ID {
        encode(REVISION, &number.to_string())
    }

    pub fn parse(id: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(id).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (kind, name) = text.split_once(':')?;
        if kind == REVISION {
            return Some(Self::Revision(name.parse().ok()?));
        }
        Some(Self::Record(RecordKind::try_from_value(&kind.to_owned()).ok()?, name.to_owned()))
    }
}

fn encode(kind: &str, name: &str) -> ID {
    ID(BASE64_URL_SAFE_NO_PAD.encode(format!("{kind}:{name}")))
}
