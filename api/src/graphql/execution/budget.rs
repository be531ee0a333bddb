//! The time and the response bytes that an operation may use.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use async_graphql::{Name, ServerError, Value};

use super::error::OperationError;

/// Approximate size of the punctuation around a member of a JSON object, in bytes.
const PUNCTUATION: u64 = 4;
/// Approximate size of a number, an enum value, a boolean or null, in bytes.
const SCALAR: u64 = 8;

/// Shared by all resolvers of an operation. Objects are charged when their values are known, so an
/// operation that requests too much stops long before its response is complete.
#[derive(Debug)]
pub struct Budget {
    started: Instant,
    timeout: Duration,
    max_bytes: u64,
    bytes: AtomicU64,
}

impl Budget {
    pub fn new(timeout: Duration, max_bytes: u64) -> Self {
        Self { started: Instant::now(), timeout, max_bytes, bytes: AtomicU64::new(0) }
    }

    /// Charges the values of objects, without nested objects, which are charged separately.
    pub fn charge(&self, objects: &[Value]) -> Result<(), ServerError> {
        let bytes = |object: &Value| -> u64 {
            match object {
                Value::Object(fields) => {
                    fields.iter().map(|(name, value)| own_bytes(name, value)).sum()
                }
                _ => 0,
            }
        };
        self.charge_bytes(objects.iter().map(bytes).sum())
    }

    /// Charges bytes of the response.
    pub fn charge_bytes(&self, bytes: u64) -> Result<(), ServerError> {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        match self.exceeded() {
            Some(refusal) => Err(refusal.into()),
            None => Ok(()),
        }
    }

    /// The error, if time or bytes are used up.
    pub fn exceeded(&self) -> Option<OperationError> {
        let bytes = self.bytes.load(Ordering::Relaxed);
        if bytes > self.max_bytes {
            return Some(OperationError::bytes(bytes, self.max_bytes));
        }
        let seconds = self.timeout.as_secs();
        (self.started.elapsed() > self.timeout).then_some(OperationError::Timeout { seconds })
    }
}

fn own_bytes(name: &Name, value: &Value) -> u64 {
    let value = match value {
        Value::String(text) => text.len() as u64,
        Value::List(items) => items
            .iter()
            .map(|item| match item {
                Value::String(text) => text.len() as u64 + PUNCTUATION,
                Value::Object(_) => PUNCTUATION,
                _ => SCALAR,
            })
            .sum(),
        Value::Object(_) => 0,
        _ => SCALAR,
    };
    name.len() as u64 + PUNCTUATION + value
}

#[cfg(test)]
mod tests {
    use async_graphql::indexmap::IndexMap;

    use super::*;

    #[test]
    fn an_operation_stops_at_its_bytes_and_at_its_time() {
        let budget = Budget::new(Duration::from_secs(60), 100);
        assert!(budget.charge_bytes(60).is_ok());
        assert!(budget.charge_bytes(60).is_err());
        assert!(budget.charge_bytes(0).is_err(), "it stays used up");
        let late = Budget::new(Duration::ZERO, 100);
        assert!(late.charge_bytes(1).is_err());
    }

    #[test]
    fn an_object_is_charged_for_its_own_values_only() {
        let inner = IndexMap::from([(Name::new("a"), Value::from("x".repeat(1_000)))]);
        let outer = IndexMap::from([
            (Name::new("title"), Value::from("12345")),
            (Name::new("body"), Value::Object(inner)),
        ]);
        let budget = Budget::new(Duration::from_secs(60), 100);
        assert!(budget.charge(&[Value::Object(outer)]).is_ok());
    }
}
