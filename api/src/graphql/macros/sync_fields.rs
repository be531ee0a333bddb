//! Resolves fields that need no I/O without a future.
//!
//! async-graphql creates a future for every field of every object, each as large as the largest
//! resolver of its type: more than a kilobyte for a title. Objects in [`Obj`] and [`ObjList`] create
//! one only for a field that has to be loaded.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::{Field, Selection},
    registry::Registry,
    resolver_utils::resolve_list,
};
use futures_util::{
    FutureExt,
    future::{BoxFuture, try_join_all},
};

use crate::graphql::execution::budget::Budget;

/// Returns the value of an object's field; `None` if it has to be loaded.
pub type SyncResolver<T> = fn(&T, &Context<'_>) -> Option<Value>;

/// An object type with fields that resolve without a future.
pub trait SyncFields: ContainerType + Sized + 'static {
    /// These fields, by their names in Rust.
    const SYNC_FIELDS: &'static [(&'static str, SyncResolver<Self>)];
}

/// The output of a synchronous resolver as a value; `None` if it has to be loaded, or fails.
pub fn resolve_now(output: &impl OutputType, ctx: &Context<'_>) -> Option<Value> {
    let selected = ctx.with_selection_set(&ctx.item.node.selection_set);
    output.resolve(&selected, ctx.item).now_or_never()?.ok()
}

/// Implements [`SyncFields`] for a type. Its fields are those in brackets and, of the resolvers that
/// follow, those that are not async and have no arguments.
macro_rules! sync_fields {
    ($name:ident [$($plain:tt)*]) => {
        impl crate::graphql::macros::sync_fields::SyncFields for $name {
            const SYNC_FIELDS: &'static [(&'static str, crate::graphql::macros::sync_fields::SyncResolver<Self>)] = &[$($plain)*];
        }
    };

    (
        $name:ident [$($plain:tt)*]
        $(#[$($meta:tt)*])* fn $field:ident(&$this:ident) -> $output:ty { $($body:tt)* }
        $($rest:tt)*
    ) => {
        crate::graphql::macros::sync_fields::sync_fields! {
            $name
            [
                $($plain)*
                (
                    stringify!($field),
                    |object, ctx| crate::graphql::macros::sync_fields::resolve_now(&object.$field(ctx), ctx),
                ),
            ]
            $($rest)*
        }
    };

    (
        $name:ident $plain:tt
        $(#[$($meta:tt)*])* $(pub)? $(async)? fn $field:ident($($parameters:tt)*) -> $output:ty { $($body:tt)* }
        $($rest:tt)*
    ) => {
        crate::graphql::macros::sync_fields::sync_fields! { $name $plain $($rest)* }
    };
}

pub(crate) use sync_fields;

/// An object whose plain fields resolve without a future.
pub struct Obj<T>(pub T);

/// A list of such objects.
pub struct ObjList<T>(pub Vec<T>);

impl<T: SyncFields> Obj<T> {
    /// The value of the object, if none of the selected fields has to be loaded.
    pub fn resolve_sync(&self, ctx: &Context<'_>) -> Option<Value> {
        let selected = ctx.with_selection_set(&ctx.item.node.selection_set);
        SelectionPlan::of(&selected)?.begin(&selected, &self.0)?.whole()
    }
}

impl<T: SyncFields> OutputType for Obj<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let plan = SelectionPlan::of(ctx);
        let begun = plan.as_ref().and_then(|plan| plan.begin(ctx, &self.0));
        match plan.zip(begun) {
            Some((plan, begun)) => plan.end(ctx, &self.0, begun).await,
            None => charge_one(ctx, self.0.resolve(ctx, field).await?),
        }
    }
}

impl<T: SyncFields> OutputType for ObjList<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let objects = &self.0;
        let plan = SelectionPlan::of(ctx);
        let begun: Option<Vec<PartialObject>> = plan
            .as_ref()
            .and_then(|plan| objects.iter().map(|object| plan.begin(ctx, object)).collect());
        let Some((plan, begun)) = plan.zip(begun) else {
            let list = resolve_list(ctx, field, objects, Some(objects.len())).await?;
            if let Value::List(items) = &list {
                charge(ctx, items)?;
            }
            return Ok(list);
        };
        let values = if begun.iter().all(PartialObject::is_whole) {
            let values: Vec<Value> = begun.into_iter().filter_map(PartialObject::whole).collect();
            charge(ctx, &values)?;
            values
        } else {
            let ends = objects.iter().zip(begun).enumerate().map(|(index, (object, begun))| {
                let (ctx, plan) = (ctx.with_index(index), &plan);
                async move {
                    let ended = plan.end(&ctx, object, begun).await;
                    ended.map_err(|error| ctx.set_error_path(error))
                }
            });
            try_join_all(ends).await?
        };
        Ok(Value::List(values))
    }
}

/// Charges objects to the budget of their operation.
fn charge(ctx: &ContextSelectionSet<'_>, objects: &[Value]) -> ServerResult<()> {
    ctx.data_opt::<Arc<Budget>>().map_or(Ok(()), |budget| budget.charge(objects))
}

fn charge_one(ctx: &ContextSelectionSet<'_>, object: Value) -> ServerResult<Value> {
    charge(ctx, std::slice::from_ref(&object))?;
    Ok(object)
}

/// The selected fields of an object type, and how each is resolved.
struct SelectionPlan<'a, T>(Vec<(&'a Positioned<Field>, FieldKind<T>)>);

enum FieldKind<T> {
    /// `__typename`.
    Type,
    Sync(SyncResolver<T>),
    Read,
}

/// A partial object, and the indexes of the fields that have to be loaded.
struct PartialObject {
    object: IndexMap<Name, Value>,
    missing: Vec<usize>,
}

impl PartialObject {
    fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }

    fn whole(self) -> Option<Value> {
        self.is_whole().then_some(Value::Object(self.object))
    }
}

impl<'a, T: SyncFields> SelectionPlan<'a, T> {
    /// `None` if a fragment is on an interface: async-graphql resolves such a selection set.
    fn of(ctx: &ContextSelectionSet<'a>) -> Option<Self> {
        let mut plan = Self(Vec::with_capacity(ctx.item.node.items.len()));
        plan.add(ctx)?;
        Some(plan)
    }

    fn add(&mut self, ctx: &ContextSelectionSet<'a>) -> Option<()> {
        for selection in &ctx.item.node.items {
            let (on, selected) = match &selection.node {
                Selection::Field(field) => {
                    self.0.push((field, FieldKind::of(&field.node.name.node)));
                    continue;
                }
                Selection::InlineFragment(fragment) => {
                    (fragment.node.type_condition.as_ref(), &fragment.node.selection_set)
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = ctx.query_env.fragments.get(&spread.node.fragment_name.node)?;
                    (Some(&fragment.node.type_condition), &fragment.node.selection_set)
                }
            };
            if on.is_some_and(|on| *on.node.on.node != *T::type_name()) {
                return None;
            }
            self.add(&ctx.with_selection_set(selected))?;
        }
        Some(())
    }

    /// Resolves the plain fields of an object. `None` if several fields have the same response key:
    /// async-graphql merges their values.
    fn begin(&self, ctx: &ContextSelectionSet<'a>, object: &T) -> Option<PartialObject> {
        let mut begun =
            PartialObject { object: IndexMap::with_capacity(self.0.len()), missing: Vec::new() };
        for (place, (field, way)) in self.0.iter().enumerate() {
            let value = match way {
                FieldKind::Type => Some(Value::String(T::type_name().into_owned())),
                FieldKind::Sync(give) => give(object, &ctx.with_field(field)),
                FieldKind::Read => None,
            };
            if value.is_none() {
                begun.missing.push(place);
            }
            let name = field.node.response_key().node.clone();
            if begun.object.insert(name, value.unwrap_or_default()).is_some() {
                return None;
            }
        }
        Some(begun)
    }

    /// Loads the missing fields of a partial object.
    async fn end(
        &self,
        ctx: &ContextSelectionSet<'_>,
        object: &T,
        begun: PartialObject,
    ) -> ServerResult<Value> {
        let PartialObject { object: mut values, missing } = begun;
        let read = |place: &usize| -> BoxFuture<'_, ServerResult<Option<Value>>> {
            let field = self.0[*place].0;
            Box::pin(async move { object.resolve_field(&ctx.with_field(field)).await })
        };
        let read = try_join_all(missing.iter().map(read)).await?;
        for (place, value) in missing.iter().zip(read) {
            values[*place] = value.unwrap_or_default();
        }
        charge_one(ctx, Value::Object(values))
    }
}

impl<T: SyncFields> FieldKind<T> {
    fn of(field: &Name) -> Self {
        if field == "__typename" {
            return Self::Type;
        }
        let plain = T::SYNC_FIELDS.iter().find(|(name, _)| is_rust_name_of(field, name));
        plain.map_or(Self::Read, |(_, give)| Self::Sync(*give))
    }
}

/// Whether a field of the schema has this name in Rust: `officialName` is `official_name`.
fn is_rust_name_of(field: &str, name: &str) -> bool {
    let mut field = field.bytes();
    let mut begins_word = false;
    for letter in name.bytes() {
        if letter == b'_' {
            begins_word = true;
            continue;
        }
        let letter = if begins_word { letter.to_ascii_uppercase() } else { letter };
        begins_word = false;
        if field.next() != Some(letter) {
            return false;
        }
    }
    field.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::schema::types::{citation::Citation, event::Event, party::Party};

    fn is_sync<T: SyncFields>(field: &str) -> bool {
        matches!(FieldKind::<T>::of(&Name::new(field)), FieldKind::Sync(_))
    }

    #[test]
    fn fields_of_the_row_resolve_at_once_and_others_are_loaded() {
        for field in ["id", "slug", "note", "title", "participantCount", "planned"] {
            assert!(is_sync::<Event>(field), "{field}");
        }
        for field in ["body", "hosts", "citations", "revisions", "cite", "documents", "no", "titl"]
        {
            assert!(!is_sync::<Event>(field), "{field}");
        }
        assert!(is_sync::<Party>("officialName") && !is_sync::<Party>("official_name"));
        assert!(is_sync::<Citation>("source") && !is_sync::<Citation>("record"));
        assert!(matches!(FieldKind::<Event>::of(&Name::new("__typename")), FieldKind::Type));
    }
}
