//! Reads the records of the change log, which older programs may have written with other keys.

use entities::{event::EventStatus, record::RecordKind};
use serde_json::{Value, json};

use crate::dataset::Record;

/// The record of an entry of the change log.
pub(super) fn record(kind: RecordKind, logged: Value) -> serde_json::Result<Record> {
    Record::from_log(kind, &current_keys(kind, logged))
}

/// The record with the keys of today's dataset. Until 2026.11.29, an event had one `body`, and
/// `planned` instead of a status.
pub fn current_keys(kind: RecordKind, mut logged: Value) -> Value {
    let Some(fields) = logged.as_object_mut().filter(|_| kind == RecordKind::Event) else {
        return logged;
    };
    if let Some(body) = fields.remove("body") {
        fields.insert("bodies".to_owned(), json!([body]));
    }
    if fields.remove("planned") == Some(Value::Bool(true)) {
        fields.insert("status".to_owned(), json!(EventStatus::Announced));
    }
    logged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Dataset;

    #[test]
    fn every_record_is_read_from_its_entry_in_the_log() {
        let dataset = Dataset::embedded().expect("the embedded dataset is valid");
        for written in dataset.records {
            let logged = serde_json::to_value(&written).expect("a record is JSON");
            assert_eq!(record(written.kind(), logged).expect("it is read"), written);
        }
    }

    #[test]
    fn an_event_of_an_older_program_has_a_list_of_bodies_and_a_status() {
        let logged = json!({ "slug": "a", "body": "admm", "planned": true });
        let expected = json!({ "slug": "a", "bodies": ["admm"], "status": "announced" });
        assert_eq!(current_keys(RecordKind::Event, logged), expected);
        let contribution = json!({ "slug": "a", "body": "admm" });
        assert_eq!(current_keys(RecordKind::Contribution, contribution.clone()), contribution);
    }
}
