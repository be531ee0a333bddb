//! The interface `Record` and the resolvers that its types share.

use async_graphql::{Context, ID, Interface, Result};
use entities::{change, record, record::RecordKind, revision};
use sea_orm::ActiveEnum;

use super::{
    change::{Change, ChangeOrder, ChangeOrderField},
    citation::Citation,
    citation_style::CitationStyle,
    evidence::Evidence,
    revision::Revision,
};
use crate::{
    cite::Reference,
    graphql::{
        execution::{context_ext::ContextExt, permalink::permanent_url, references},
        macros::{order::OrderDirection, sync_fields::ObjList},
        relay::connection::{Connection, PageArgs},
        schema::scalars::{DateTime, Slug},
    },
    store::{
        list::ParentLink,
        load::{self, Citations, DatasetSummary, RecordMetaById},
        tables::for_each_table,
    },
};

macro_rules! define_record {
    (
        reference { $($reference_module:ident: $reference:ident,)* }
        cited { $($module:ident: $kind:ident,)* }
        other { $($other:ident,)* }
    ) => {
        /// A record of the knowledge base: a fact with its sources.
        #[derive(Interface)]
        #[graphql(
            field(
                name = "id",
                ty = "ID",
                desc = "The record's global id, for `node` and for client caches. It is the same on every server that has the record, and does not change when the record is renamed."
            ),
            field(name = "slug", ty = "Slug", desc = "The record's slug, its identifier in URLs."),
            field(
                name = "citations",
                ty = "ObjList<Citation>",
                desc = "The citations that support the record, at least one: each names a source and the place in it."
            ),
            field(
                name = "evidence",
                ty = "Evidence",
                desc = "How many sources support the record. A confidence follows from it: `CONFIRMED` by an official source, or by two independent ones."
            ),
            field(
                name = "revisions",
                ty = "Connection<Revision>",
                desc = "The revisions that created or changed the record, newest first.",
                arg(
                    name = "first",
                    ty = "Option<i32>",
                    desc = "Number of entries from the start: 0 to 100. Default: 20, unless `last` is set."
                ),
                arg(name = "after", ty = "Option<String>", desc = "Return entries after this cursor."),
                arg(
                    name = "last",
                    ty = "Option<i32>",
                    desc = "Number of entries from the end: 0 to 100. Not together with `first`."
                ),
                arg(name = "before", ty = "Option<String>", desc = "Return entries before this cursor.")
            ),
            field(name = "updated_at", ty = "DateTime", desc = "When the record was last changed."),
            field(
                name = "cite",
                ty = "String",
                desc = "A formatted reference to the record in this knowledge base at its newest revision, for a bibliography. Cite the record's sources as well: they are the evidence.",
                arg(name = "style", ty = "CitationStyle", desc = "The format of the reference.")
            ),
            field(
                name = "note",
                ty = "Option<&str>",
                desc = "Where the sources disagree or leave a question open; null if there is nothing to note."
            ),
            field(
                name = "changes",
                ty = "Connection<Change>",
                desc = "The changes of the record by each revision, newest first, with the whole record before and after.",
                arg(
                    name = "first",
                    ty = "Option<i32>",
                    desc = "Number of entries from the start: 0 to 100. Default: 20, unless `last` is set."
                ),
                arg(name = "after", ty = "Option<String>", desc = "Return entries after this cursor."),
                arg(
                    name = "last",
                    ty = "Option<i32>",
                    desc = "Number of entries from the end: 0 to 100. Not together with `first`."
                ),
                arg(name = "before", ty = "Option<String>", desc = "Return entries before this cursor.")
            )
        )]
        #[derive(Clone)]
        pub enum Record {
            $($kind(super::$module::$kind),)*
        }
    };
}

for_each_table!(define_record);

pub(crate) async fn citations(ctx: &Context<'_>, id: i32) -> Result<ObjList<Citation>> {
    let cited = ctx.loaders().load::<Citations>(id).await?;
    Ok(ObjList(cited.iter().map(|cited| Citation::new(id, cited)).collect()))
}

pub(crate) async fn evidence(ctx: &Context<'_>, id: i32) -> Result<Evidence> {
    Ok(ctx.loaders().load::<load::Evidence>(id).await?.into())
}

pub(crate) async fn revisions(
    ctx: &Context<'_>,
    id: i32,
    args: PageArgs,
) -> Result<Connection<Revision>> {
    let link = ParentLink::through::<change::Entity, record::Entity, revision::Entity>();
    Box::pin(Connection::below(ctx, "Record.revisions", id, link, None, None, args)).await
}

pub(crate) async fn changes(
    ctx: &Context<'_>,
    id: i32,
    args: PageArgs,
) -> Result<Connection<Change>> {
    let newest_first =
        ChangeOrder { field: ChangeOrderField::Recorded, direction: OrderDirection::Desc };
    let link = ParentLink::belongs_to::<change::Entity, record::Entity>();
    let order = Some(newest_first);
    Box::pin(Connection::below(ctx, "Record.changes", id, link, None, order, args)).await
}

pub(crate) async fn updated_at(ctx: &Context<'_>, id: i32) -> Result<DateTime> {
    let head = ctx.loaders().load::<RecordMetaById>(id).await?;
    let head = head.ok_or("the record was removed; retry the query")?;
    Ok(DateTime(head.updated_at))
}

pub(crate) async fn cite(
    ctx: &Context<'_>,
    kind: RecordKind,
    slug: &str,
    heading: String,
    style: CitationStyle,
) -> Result<String> {
    let summary = ctx.loaders().load::<DatasetSummary>(()).await?;
    let summary = summary.ok_or("the record was removed; retry the query")?;
    let path = format!("/{}/{slug}", kind.to_value());
    let url = permanent_url(ctx, &summary, &path);
    references::cite(ctx, Reference::to_record(kind, slug, heading, &summary, url), style.into())
        .await
}
