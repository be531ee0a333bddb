//! The memory of values, for caches that are limited in bytes.

use std::{collections::HashMap, sync::Arc};

use entities::{EdtfDate, PartyCode, Slug, chair_seat::Seat, event_party::EventRole};
use sea_orm::{EntityTrait, Iterable, ModelTrait, Value};

/// A value whose memory can be counted.
pub trait HeapSize {
    /// The bytes that the value owns besides its own size. What several values share counts for
    /// each of them.
    fn heap_size(&self) -> u64;
}

/// Implements [`HeapSize`] for structs by the fields that own memory, and for other types by none.
macro_rules! heap_size {
    ($($type:ty { $($field:tt)* })*) => {
        $(
            impl crate::heap_size::HeapSize for $type {
                fn heap_size(&self) -> u64 {
                    0 $(+ crate::heap_size::HeapSize::heap_size(&self.$field))*
                }
            }
        )*
    };
}

pub(crate) use heap_size;

heap_size! {
    () {}
    bool {}
    i32 {}
    i64 {}
    u64 {}
    usize {}
    &'static str {}
    Seat {}
    EventRole {}
    entities::AuthorKind {}
    entities::Confidence {}
    entities::record::RecordKind {}
    entities::source::SourceKind {}
}

/// The number of bytes of a type.
fn size_of<T>() -> u64 {
    std::mem::size_of::<T>() as u64
}

fn of_all<'t, T: HeapSize + 't>(values: impl IntoIterator<Item = &'t T>) -> u64 {
    values.into_iter().map(|value| size_of::<T>() + value.heap_size()).sum()
}

macro_rules! strings {
    ($($type:ty)*) => {
        $(
            impl HeapSize for $type {
                fn heap_size(&self) -> u64 {
                    self.as_str().len() as u64
                }
            }
        )*
    };
}

strings! { String Slug PartyCode EdtfDate }

impl HeapSize for serde_json::Value {
    fn heap_size(&self) -> u64 {
        match self {
            Self::String(text) => text.heap_size(),
            Self::Array(entries) => entries.heap_size(),
            Self::Object(fields) => of_all(fields.keys()) + of_all(fields.values()),
            Self::Null | Self::Bool(_) | Self::Number(_) => 0,
        }
    }
}

impl HeapSize for Arc<str> {
    fn heap_size(&self) -> u64 {
        self.len() as u64
    }
}

impl<T: HeapSize> HeapSize for Option<T> {
    fn heap_size(&self) -> u64 {
        self.as_ref().map_or(0, T::heap_size)
    }
}

impl<T: HeapSize> HeapSize for Box<T> {
    fn heap_size(&self) -> u64 {
        of_all([&**self])
    }
}

impl<T: HeapSize> HeapSize for Vec<T> {
    fn heap_size(&self) -> u64 {
        of_all(self)
    }
}

impl<T: HeapSize> HeapSize for Arc<[T]> {
    fn heap_size(&self) -> u64 {
        of_all(self.iter())
    }
}

impl<T: HeapSize, const N: usize> HeapSize for [T; N] {
    fn heap_size(&self) -> u64 {
        self.iter().map(T::heap_size).sum()
    }
}

impl<K: HeapSize, V: HeapSize> HeapSize for HashMap<K, V> {
    fn heap_size(&self) -> u64 {
        of_all(self.keys()) + of_all(self.values())
    }
}

macro_rules! tuples {
    ($(($($name:ident $place:tt)+))*) => {
        $(
            impl<$($name: HeapSize),+> HeapSize for ($($name,)+) {
                fn heap_size(&self) -> u64 {
                    0 $(+ self.$place.heap_size())+
                }
            }
        )*
    };
}

tuples! { (A 0 B 1) (A 0 B 1 C 2) (A 0 B 1 C 2 D 3) }

/// A row.
impl<M: ModelTrait> HeapSize for Arc<M> {
    fn heap_size(&self) -> u64 {
        let columns = <M::Entity as EntityTrait>::Column::iter();
        size_of::<M>() + columns.map(|column| of_value(&self.get(column))).sum::<u64>()
    }
}

fn of_value(value: &Value) -> u64 {
    match value {
        Value::String(Some(text)) => text.len() as u64,
        Value::Json(Some(json)) => of_json(json),
        _ => 0,
    }
}

fn of_json(json: &serde_json::Value) -> u64 {
    use serde_json::Value as Json;
    match json {
        Json::String(text) => text.len() as u64,
        Json::Array(entries) => {
            entries.iter().map(|entry| size_of::<Json>() + of_json(entry)).sum()
        }
        Json::Object(fields) => {
            let entry = |(name, value): (&String, &Json)| {
                size_of::<(String, Json)>() + name.len() as u64 + of_json(value)
            };
            fields.iter().map(entry).sum()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_with_all_that_it_owns() {
        assert_eq!(7.heap_size(), 0);
        assert_eq!("seven".to_owned().heap_size(), 5);
        let string = size_of::<String>();
        assert_eq!(vec!["a".to_owned(), "bc".to_owned()].heap_size(), 2 * string + 3);
        assert_eq!(Some(Box::new(("abc".to_owned(), 7_i64))).heap_size(), string + 8 + 3);
        assert_eq!(of_json(&serde_json::json!(["ab", 1])), 2 * size_of::<serde_json::Value>() + 2);
    }
}
