//! The macro that defines the object types of the schema, with the fields that records share and
//! the
//! connections of each type.

/// Defines the object type of an entity and its resolvers.
///
/// `record` adds the fields of the interface `Record`, `reference` the fields of reference data,
/// `part` none; the first two need a constant `KIND`. `lists` are connections: a name and the type of
/// the entries, which belong to the row by a relation of their entity, are related to it `through` a
/// junction table, or have another link to it. `fields` are resolvers as in `#[Object]`.
macro_rules! node_type {
    (
        $(#[$doc:meta])*
        $class:ident $name:ident($entity:ident), listed by $filter:ty, $order:ty;
        lists { $($(#[$list_doc:meta])* $list:ident: $entry:ident $(through $junction:ident)? $(=> $link:expr)?;)* }
        fields { $($fields:tt)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            pub(super) row: std::sync::Arc<entities::$entity::Model>,
        }

        impl From<std::sync::Arc<entities::$entity::Model>> for $name {
            fn from(row: std::sync::Arc<entities::$entity::Model>) -> Self {
                Self { row }
            }
        }

        impl crate::graphql::relay::node_type::NodeType for $name {
            type Entity = entities::$entity::Entity;
            type Filter = $filter;
            type Order = $order;
        }

        crate::graphql::macros::node_type::node_type! {
            @$class $(#[$doc])* $name
            { $($(#[$list_doc])* $list: $entry $(through $junction)? $(=> $link)?;)* }
            { $($fields)* }
        }
    };

    (@record $(#[$doc:meta])* $name:ident $lists:tt $fields:tt) => {
        crate::graphql::macros::node_type::node_type! {
            @identified $(#[$doc])* $name $lists
            [
                ("slug", |object, ctx| {
                    let slug = crate::graphql::schema::scalars::Slug(object.row.slug.clone());
                    crate::graphql::macros::sync_fields::resolve_now(&slug, ctx)
                }),
                ("note", |object, ctx| crate::graphql::macros::sync_fields::resolve_now(&object.row.note.as_deref(), ctx)),
            ]
            {
                /// The record's slug, its identifier in URLs.
                pub async fn slug(&self) -> crate::graphql::schema::scalars::Slug {
                    crate::graphql::schema::scalars::Slug(self.row.slug.clone())
                }

                /// The citations that support the record, at least one: each names a source and the
                /// place in it.
                pub async fn citations(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                ) -> async_graphql::Result<
                    crate::graphql::macros::sync_fields::ObjList<crate::graphql::schema::types::citation::Citation>,
                > {
                    crate::graphql::schema::types::record::citations(ctx, self.row.id).await
                }

                /// How many sources support the record. A confidence follows from it: `CONFIRMED` by an
                /// official source, or by two independent ones.
                pub async fn evidence(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                ) -> async_graphql::Result<crate::graphql::schema::types::evidence::Evidence> {
                    crate::graphql::schema::types::record::evidence(ctx, self.row.id).await
                }

                /// The revisions that created or changed the record, newest first.
                pub async fn revisions(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "Number of entries from the start: 0 to 100. Default: 20, unless `last` is set.")]
                    first: Option<i32>,
                    #[graphql(desc = "Return entries after this cursor.")] after: Option<String>,
                    #[graphql(desc = "Number of entries from the end: 0 to 100. Not together with `first`.")] last: Option<i32>,
                    #[graphql(desc = "Return entries before this cursor.")] before: Option<String>,
                ) -> async_graphql::Result<
                    crate::graphql::relay::connection::Connection<crate::graphql::schema::types::revision::Revision>,
                > {
                    let args = crate::graphql::relay::connection::PageArgs { first, after, last, before };
                    crate::graphql::schema::types::record::revisions(ctx, self.row.id, args).await
                }

                /// A formatted reference to the record in this knowledge base at its newest
                /// revision, for a bibliography. Cite the record's sources as well: they are the
                /// evidence.
                pub async fn cite(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "The format of the reference.")]
                    style: crate::graphql::schema::types::citation_style::CitationStyle,
                ) -> async_graphql::Result<String> {
                    let heading = self.heading(ctx).await?;
                    crate::graphql::schema::types::record::cite(ctx, Self::KIND, self.row.slug.as_str(), heading, style)
                        .await
                }

                /// Where the sources disagree or leave a question open; null if there is nothing to
                /// note.
                pub async fn note(&self) -> Option<&str> {
                    self.row.note.as_deref()
                }
            }
            $fields
        }
    };

    (@reference $(#[$doc:meta])* $name:ident $lists:tt $fields:tt) => {
        crate::graphql::macros::node_type::node_type! { @identified $(#[$doc])* $name $lists [] {} $fields }
    };

    (
        @identified $(#[$doc:meta])* $name:ident $lists:tt
        [$($plain:tt)*] { $($own:tt)* } { $($fields:tt)* }
    ) => {
        impl $name {
            fn global_id(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::ID {
                let renamed = ctx.data_unchecked::<std::sync::Arc<crate::store::FirstSlugs>>();
                let slug = renamed.of(self.row.id).unwrap_or(self.row.slug.as_str());
                crate::graphql::relay::global_id::GlobalId::record(Self::KIND, slug)
            }
        }

        crate::graphql::macros::node_type::node_type! {
            @fields $(#[$doc])* $name $lists
            [
                ("id", |object, ctx| crate::graphql::macros::sync_fields::resolve_now(&object.global_id(ctx), ctx)),
                $($plain)*
            ]
            {
                /// The record's global id, for `node` and for client caches. It is the same on
                /// every server that has the record, and does not change when the record is renamed.
                pub async fn id(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::ID {
                    self.global_id(ctx)
                }

                $($own)*

                /// When the record was last changed.
                pub async fn updated_at(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                ) -> async_graphql::Result<crate::graphql::schema::scalars::DateTime> {
                    crate::graphql::schema::types::record::updated_at(ctx, self.row.id).await
                }

                /// The changes of the record by each revision, newest first, with the whole record
                /// before and after.
                pub async fn changes(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "Number of entries from the start: 0 to 100. Default: 20, unless `last` is set.")]
                    first: Option<i32>,
                    #[graphql(desc = "Return entries after this cursor.")] after: Option<String>,
                    #[graphql(desc = "Number of entries from the end: 0 to 100. Not together with `first`.")] last: Option<i32>,
                    #[graphql(desc = "Return entries before this cursor.")] before: Option<String>,
                ) -> async_graphql::Result<
                    crate::graphql::relay::connection::Connection<crate::graphql::schema::types::change::Change>,
                > {
                    let args = crate::graphql::relay::connection::PageArgs { first, after, last, before };
                    crate::graphql::schema::types::record::changes(ctx, self.row.id, args).await
                }

                $($fields)*
            }
        }
    };

    (@part $(#[$doc:meta])* $name:ident $lists:tt $fields:tt) => {
        crate::graphql::macros::node_type::node_type! { @fields $(#[$doc])* $name $lists [] $fields }
    };

    (
        @fields $(#[$doc:meta])* $name:ident
        { $($(#[$list_doc:meta])* $list:ident: $entry:ident $(through $junction:ident)? $(=> $link:expr)?;)* }
        [$($plain:tt)*]
        { $($fields:tt)* }
    ) => {
        crate::graphql::macros::sync_fields::sync_fields! { $name [$($plain)*] $($fields)* }

        $(#[$doc])*
        #[async_graphql::Object]
        impl $name {
            $($fields)*

            $(
                $(#[$list_doc])*
                async fn $list(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "Return only the entries that match this filter.")]
                    filter: Option<Box<<$entry as crate::graphql::relay::node_type::NodeType>::Filter>>,
                    #[graphql(desc = "The sort order. Its type states the default.")]
                    order_by: Option<<$entry as crate::graphql::relay::node_type::NodeType>::Order>,
                    #[graphql(desc = "Number of entries from the start: 0 to 100. Default: 20, unless `last` is set.")]
                    first: Option<i32>,
                    #[graphql(desc = "Return entries after this cursor.")] after: Option<String>,
                    #[graphql(desc = "Number of entries from the end: 0 to 100. Not together with `first`.")] last: Option<i32>,
                    #[graphql(desc = "Return entries before this cursor.")] before: Option<String>,
                ) -> async_graphql::Result<crate::graphql::relay::connection::Connection<$entry>> {
                    let args = crate::graphql::relay::connection::PageArgs { first, after, last, before };
                    let relation = concat!(stringify!($name), ".", stringify!($list));
                    let link = crate::graphql::macros::node_type::node_type! {
                        @link $name, $entry $(through $junction)? $(=> $link)?
                    };
                    Box::pin(crate::graphql::relay::connection::Connection::below(
                        ctx, relation, self.row.id, link, filter, order_by, args,
                    ))
                    .await
                }
            )*
        }
    };

    (@link $name:ident, $entry:ident) => {
        crate::store::list::ParentLink::belongs_to::<
            <$entry as crate::graphql::relay::node_type::NodeType>::Entity,
            <$name as crate::graphql::relay::node_type::NodeType>::Entity,
        >()
    };

    (@link $name:ident, $entry:ident through $junction:ident) => {
        crate::store::list::ParentLink::through::<
            entities::$junction::Entity,
            <$name as crate::graphql::relay::node_type::NodeType>::Entity,
            <$entry as crate::graphql::relay::node_type::NodeType>::Entity,
        >()
    };

    (@link $name:ident, $entry:ident => $link:expr) => { $link };
}

pub(crate) use node_type;
