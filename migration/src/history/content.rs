//! The identity of a content: the SHA-256 of its canonical form, which is equal for equal content,
//! whichever database, machine or sequence of imports it comes from.
//!
//! The canonical form is text in UTF-8. The first line is the reach of the data,
//! `{"collected_until":"2026-02"}`. Each further line is a record, in the order of their slugs by
//! bytes: the keys of the dataset files and `type`, the kind of the record, as canonical JSON
//! (RFC 8785). Each line ends in a line feed.

use std::{collections::BTreeMap, fmt, str::FromStr};

use entities::{EdtfDate, record::RecordKind};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, Statement};
use serde_json::{Number, Value, json};
use sha2::{Digest, Sha256};

use super::newest::newest_contents;

/// The SHA-256 of a content. Zero for a database that does not record it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

/// A string is not a content hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a content hash has 64 hexadecimal digits")]
pub struct ContentHashError;

impl ContentHash {
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

impl FromStr for ContentHash {
    type Err = ContentHashError;

    fn from_str(text: &str) -> Result<Self, ContentHashError> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ContentHashError);
        }
        let byte = |place: usize| u8::from_str_radix(&text[2 * place..2 * place + 2], 16);
        let mut bytes = [0; 32];
        for (place, target) in bytes.iter_mut().enumerate() {
            *target = byte(place).map_err(|_| ContentHashError)?;
        }
        Ok(Self(bytes))
    }
}

/// The first line of the canonical form, without its end.
pub fn canonical_reach(collected_until: Option<&str>) -> String {
    json!({ "collected_until": collected_until }).to_string()
}

/// The line of a record, without its end.
pub fn canonical_line(kind: RecordKind, mut logged: Value) -> String {
    if let Value::Object(fields) = &mut logged {
        fields.insert("type".to_owned(), kind.to_value().into());
    }
    whole_numbers(&mut logged);
    logged.sort_all_objects();
    logged.to_string()
}

/// Writes numbers without a fraction as RFC 8785 does.
fn whole_numbers(value: &mut Value) {
    /// Below it, every whole number is exact in 64-bit floating point.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) => {
            if let Some(float) = number.as_f64().filter(|_| number.is_f64())
                && float.fract() == 0.0
                && float.abs() < EXACT
            {
                *number = Number::from(float as i64);
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(whole_numbers),
        Value::Object(fields) => fields.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

/// The hash of the lines of records in the order of their slugs.
fn hash(reach: &str, lines: impl IntoIterator<Item = impl AsRef<str>>) -> ContentHash {
    let mut hash = Sha256::new();
    let mut add = |line: &str| {
        hash.update(line);
        hash.update("\n");
    };
    add(reach);
    lines.into_iter().for_each(|line| add(line.as_ref()));
    ContentHash(hash.finalize().into())
}

/// The hash of the newest content.
pub(crate) async fn content_hash(
    db: &impl ConnectionTrait,
    collected_until: Option<&EdtfDate>,
) -> Result<ContentHash, DbErr> {
    let contents = newest_contents(db).await?;
    let lines = contents.into_iter().map(|(kind, _, content)| canonical_line(kind, content));
    Ok(hash(&canonical_reach(collected_until.map(EdtfDate::as_str)), lines))
}

/// The hash of the content of every revision, from the change log. Only for a migration: it uses
/// no entities, whose columns the database may not have yet.
pub(crate) async fn record_hashes(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let query = |sql: &str| Statement::from_string(backend, sql);
    let revisions =
        db.query_all_raw(query("SELECT id, collected_until FROM revision ORDER BY id")).await?;
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    let mut slugs: BTreeMap<i32, String> = BTreeMap::new();
    for revision in revisions {
        let id: i32 = revision.try_get_by_index(0)?;
        let reach: Option<String> = revision.try_get_by_index(1)?;
        let changes = db
            .query_all_raw(query(&format!(
                "SELECT c.record_id, r.kind, c.after FROM change c \
                 JOIN record r ON r.id = c.record_id WHERE c.revision_id = {id} ORDER BY c.id"
            )))
            .await?;
        for change in changes {
            let record: i32 = change.try_get_by_index(0)?;
            let kind: RecordKind = change.try_get_by_index(1)?;
            let after: Option<Value> = change.try_get_by_index(2)?;
            if let Some(before) = slugs.remove(&record) {
                lines.remove(&before);
            }
            if let Some(after) = after {
                let slug = after["slug"].as_str().unwrap_or_default().to_owned();
                lines.insert(slug.clone(), canonical_line(kind, after));
                slugs.insert(record, slug);
            }
        }
        let reach = canonical_reach(reach.as_deref());
        let hash = hash(&reach, lines.values());
        db.execute_unprepared(&format!(
            "UPDATE revision SET content_hash = '{hash}' WHERE id = {id}"
        ))
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_canonical_json() {
        let logged =
            json!({ "value": 20.0, "slug": "a", "share": 0.5, "list": [{ "b": 1, "a": "é\n" }] });
        assert_eq!(
            canonical_line(RecordKind::Claim, logged),
            r#"{"list":[{"a":"é\n","b":1}],"share":0.5,"slug":"a","type":"claim","value":20}"#
        );
    }

    #[test]
    fn a_hash_is_written_and_read() {
        let hash = hash(&canonical_reach(Some("2026-02")), [r#"{"slug":"a"}"#]);
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!("é".repeat(32).parse::<ContentHash>(), Err(ContentHashError));
        // printf '{"collected_until":"2026-02"}\n{"slug":"a"}\n' | sha256sum
        assert_eq!(hash.to_string(), EXPECTED);
    }

    const EXPECTED: &str = "64a1394a33d3d3a2bd48d495e3ee297b7358dfdbf6345cc25033d84905efc8ef";
}
