//! What every type of the schema shares, written once: the fields of a record, and the lists that
//! hang on it.

/// Defines the type of an entity and its resolvers.
///
/// `record` gives a type the fields of the interface `Record` and takes its kind; `reference` those
/// of reference data; `part` none. `lists` are connections: a name, the type of the entries and
/// the link that leads from the row's key to them. `fields` are resolvers as `#[Object]` has them.
macro_rules! object {
    (
        $(#[$doc:meta])*
        $class:ident $name:ident($entity:ident), listed by $filter:ty, $order:ty;
        lists { $($(#[$list_doc:meta])* $list:ident: $entry:ident => $link:expr;)* }
        fields { $($fields:tt)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            row: std::sync::Arc<entities::$entity::Model>,
        }

        impl From<std::sync::Arc<entities::$entity::Model>> for $name {
            fn from(row: std::sync::Arc<entities::$entity::Model>) -> Self {
                Self { row }
            }
        }

        impl crate::graphql::pagination::Entry for $name {
            type Entity = entities::$entity::Entity;
            type Filter = $filter;
            type Order = $order;
        }

        crate::graphql::object::object! {
            @$class $(#[$doc])* $name
            { $($(#[$list_doc])* $list: $entry => $link;)* }
            { $($fields)* }
        }
    };

    (@record $(#[$doc:meta])* $name:ident $lists:tt $fields:tt) => {
        crate::graphql::object::object! {
            @identified $(#[$doc])* $name $lists
            [
                ("slug", |object, ctx| {
                    let slug = crate::graphql::scalars::Slug(object.row.slug.clone());
                    crate::graphql::plain::given(&slug, ctx)
                }),
                ("note", |object, ctx| crate::graphql::plain::given(&object.row.note.as_deref(), ctx)),
            ]
            {
                /// The record's name in addresses.
                pub async fn slug(&self) -> crate::graphql::scalars::Slug {
                    crate::graphql::scalars::Slug(self.row.slug.clone())
                }

                /// The sources that support the record, at least one.
                pub async fn citations(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                ) -> async_graphql::Result<
                    crate::graphql::plain::Many<crate::graphql::types::citation::Citation>,
                > {
                    crate::graphql::types::record::citations(ctx, self.row.id).await
                }

                /// The revisions that wrote the record, newest first.
                pub async fn revisions(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "How many from the start: 0 to 100; 20 where neither `first` nor `last` is given.")]
                    first: Option<i32>,
                    #[graphql(desc = "A cursor: begin behind it.")] after: Option<String>,
                    #[graphql(desc = "How many from the end: 0 to 100.")] last: Option<i32>,
                    #[graphql(desc = "A cursor: stop before it.")] before: Option<String>,
                ) -> async_graphql::Result<
                    crate::graphql::pagination::Connection<crate::graphql::types::revision::Revision>,
                > {
                    let args = crate::graphql::pagination::PageArgs { first, after, last, before };
                    crate::graphql::types::record::revisions(ctx, self.row.id, args).await
                }

                /// A reference to the record as this knowledge base has it, at its newest revision, ready for a bibliography. Cite the sources too: they are the evidence.
                pub async fn cite(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "How the reference is written.")]
                    style: crate::graphql::types::citation_style::CitationStyle,
                ) -> async_graphql::Result<String> {
                    let heading = self.heading(ctx).await?;
                    crate::graphql::types::record::cite(ctx, Self::KIND, self.row.slug.as_str(), heading, style)
                        .await
                }

                /// Where sources disagree or leave something open; null where there is nothing to say.
                pub async fn note(&self) -> Option<&str> {
                    self.row.note.as_deref()
                }
            }
            $fields
        }
    };

    (@reference $(#[$doc:meta])* $name:ident $lists:tt $fields:tt) => {
        crate::graphql::object::object! { @identified $(#[$doc])* $name $lists [] {} $fields }
    };

    (
        @identified $(#[$doc:meta])* $name:ident $lists:tt
        [$($plain:tt)*] { $($own:tt)* } { $($fields:tt)* }
    ) => {
        impl $name {
            fn global_id(&self) -> async_graphql::ID {
                crate::graphql::global_id::GlobalId::record(Self::KIND, self.row.slug.as_str())
            }
        }

        crate::graphql::object::object! {
            @fields $(#[$doc])* $name $lists
            [
                ("id", |object, ctx| crate::graphql::plain::given(&object.global_id(), ctx)),
                $($plain)*
            ]
            {
                /// The record's global id, for `node` and for caches. The same wherever the record is served.
                pub async fn id(&self) -> async_graphql::ID {
                    self.global_id()
                }

                $($own)*

                /// When the record was last written.
                pub async fn updated_at(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                ) -> async_graphql::Result<crate::graphql::scalars::DateTime> {
                    crate::graphql::types::record::updated_at(ctx, self.row.id).await
                }

                /// What each revision did to the record, newest first: the whole record before and after.
                pub async fn changes(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "How many from the start: 0 to 100; 20 where neither `first` nor `last` is given.")]
                    first: Option<i32>,
                    #[graphql(desc = "A cursor: begin behind it.")] after: Option<String>,
                    #[graphql(desc = "How many from the end: 0 to 100.")] last: Option<i32>,
                    #[graphql(desc = "A cursor: stop before it.")] before: Option<String>,
                ) -> async_graphql::Result<
                    crate::graphql::pagination::Connection<crate::graphql::types::change::Change>,
                > {
                    let args = crate::graphql::pagination::PageArgs { first, after, last, before };
                    crate::graphql::types::record::changes(ctx, self.row.id, args).await
                }

                $($fields)*
            }
        }
    };

    (@part $(#[$doc:meta])* $name:ident $lists:tt $fields:tt) => {
        crate::graphql::object::object! { @fields $(#[$doc])* $name $lists [] $fields }
    };

    (
        @fields $(#[$doc:meta])* $name:ident
        { $($(#[$list_doc:meta])* $list:ident: $entry:ident => $link:expr;)* }
        [$($plain:tt)*]
        { $($fields:tt)* }
    ) => {
        crate::graphql::plain::plain! { $name [$($plain)*] $($fields)* }

        $(#[$doc])*
        #[async_graphql::Object]
        impl $name {
            $($fields)*

            $(
                $(#[$list_doc])*
                async fn $list(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "Keep only the records that fit.")]
                    filter: Option<Box<<$entry as crate::graphql::pagination::Entry>::Filter>>,
                    #[graphql(desc = "The order of the list.")]
                    order_by: Option<<$entry as crate::graphql::pagination::Entry>::Order>,
                    #[graphql(desc = "How many from the start: 0 to 100; 20 where neither `first` nor `last` is given.")]
                    first: Option<i32>,
                    #[graphql(desc = "A cursor: begin behind it.")] after: Option<String>,
                    #[graphql(desc = "How many from the end: 0 to 100.")] last: Option<i32>,
                    #[graphql(desc = "A cursor: stop before it.")] before: Option<String>,
                ) -> async_graphql::Result<crate::graphql::pagination::Connection<$entry>> {
                    let args = crate::graphql::pagination::PageArgs { first, after, last, before };
                    let relation = concat!(stringify!($name), ".", stringify!($list));
                    Box::pin(crate::graphql::pagination::Connection::below(
                        ctx, relation, self.row.id, $link, filter, order_by, args,
                    ))
                    .await
                }
            )*
        }
    };
}

pub(crate) use object;
