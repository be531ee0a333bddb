use async_graphql::{Context, Result};
use entities::{
    body, document,
    provision::{Column, Entity},
    provision_body,
    record::RecordKind,
};

use super::{body::Body, document::Document, enums::ProvisionKind, theme::Theme};
use crate::{
    graphql::{
        execution::context_ext::ContextExt,
        macros::{
            filter::{db_values, filter, slugs},
            node_type::node_type,
            order::order,
            sync_fields::{Obj, ObjList},
        },
        schema::scalars::Slug,
    },
    store::{
        filter,
        load::{ById, Instruments, Mechanisms, Themes},
    },
};

node_type! {
    /// A numbered paragraph of a document, summarised.
    record Provision(provision), listed by ProvisionFilter, ProvisionOrder;
    lists {}
    fields {
        /// The document.
        async fn document(&self, ctx: &Context<'_>) -> Result<Obj<Document>> {
            ctx.load_required(self.row.document_id).await
        }

        /// The kind of provision: a principle, objective or activity, for example.
        fn kind(&self) -> ProvisionKind {
            self.row.kind.into()
        }

        /// Its position within the document, from 1.
        fn position(&self) -> i32 {
            self.row.position
        }

        /// The paragraph's number in the document, for example `8(a)(i)`.
        fn path(&self) -> &str {
            &self.row.path
        }

        /// What it says, summarised for this knowledge base.
        fn summary(&self) -> &str {
            &self.row.summary
        }

        /// The bodies that it names, in order of appearance.
        async fn mechanisms(&self, ctx: &Context<'_>) -> Result<ObjList<Body>> {
            ctx.load_list::<Mechanisms, _, _>(self.row.id).await
        }

        /// The documents that it cites, in order of appearance.
        async fn instruments(&self, ctx: &Context<'_>) -> Result<ObjList<Document>> {
            ctx.load_list::<Instruments, _, _>(self.row.id).await
        }

        /// The themes that it is about.
        async fn themes(&self, ctx: &Context<'_>) -> Result<ObjList<Theme>> {
            ctx.load_list::<Themes, _, _>(self.row.id).await
        }
    }
}

impl Provision {
    const KIND: RecordKind = RecordKind::Provision;

    /// The title of the record in a formatted reference.
    async fn heading(&self, ctx: &Context<'_>) -> Result<String> {
        let key = self.row.document_id;
        let document = ctx.loaders().load::<ById<document::Entity>>(key).await?;
        let document = document.map_or_else(String::new, |document| document.title.clone());
        Ok(format!("{document}, paragraph {}", self.row.path))
    }
}

filter! {
    /// A filter for provisions. All fields that are set must match. A list matches any of its
    /// values; an empty list matches nothing.
    record ProvisionFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::has_slug::<Entity>(slugs(these)),
        /// Has one of these kinds.
        kinds: Vec<ProvisionKind> => |kinds| filter::any_of(Column::Kind, db_values(kinds)),
        /// Belongs to one of these documents.
        documents: Vec<Slug> => |documents| filter::references_slug::<document::Entity>(Column::DocumentId, slugs(documents)),
        /// About one of these themes.
        themes: Vec<Slug> => |themes| filter::has_theme(Column::Id, slugs(themes)),
        /// Names one of these bodies.
        mechanisms: Vec<Slug> => |bodies| filter::linked::<provision_body::Entity>(
            Column::Id,
            provision_body::Column::ProvisionId,
            filter::references_slug::<body::Entity>(provision_body::Column::BodyId, slugs(bodies)),
        ),
        /// Every word occurs in the summary. Case is ignored, and parts of words match.
        text: String => |words| filter::text(words, &[Column::Summary]),
    }
}

order! {
    ProvisionOrder by ProvisionOrderField on provision, default Position Asc {
        /// The position within the document.
        Position => Position,
        /// The slug.
        Slug => Slug,
    }
}
