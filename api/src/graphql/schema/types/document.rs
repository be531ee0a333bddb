use async_graphql::{Context, Result};
use entities::{
    document::{Column, Entity},
    event,
    record::RecordKind,
};

use super::date_bounds::DateBounds;
use super::{
    body::Body, enums::DocumentKind, event::Event, initiative::Initiative, provision::Provision,
    theme::Theme,
};
use crate::{
    graphql::{
        execution::context_ext::ContextExt,
        macros::{
            filter::{db_values, filter, slugs},
            node_type::node_type,
            order::order,
            sync_fields::{Obj, ObjList},
        },
        schema::scalars::{EdtfDate, Slug},
    },
    store::{filter, links, load::Themes},
};

node_type! {
    /// A declaration, concept paper, protocol, work programme, guideline or vision.
    record Document(document), listed by DocumentFilter, DocumentOrder;
    lists {
        /// The paragraphs of the document, each summarised; empty if no source gives the text.
        provisions: Provision;
        /// The provisions of other documents that cite it.
        cited_by: Provision through provision_document;
        /// The initiatives that were adopted at the same event.
        initiatives: Initiative => links::initiatives_of_same_event();
        /// The bodies that it concerns: the one whose event adopted it, and those that its
        /// provisions name.
        related_bodies: Body => links::related_bodies();
    }
    fields {
        /// The title.
        fn title(&self) -> &str {
            &self.row.title
        }

        /// The kind of document.
        fn kind(&self) -> DocumentKind {
            self.row.kind.into()
        }

        /// The date of adoption; null if the sources do not say.
        fn adopted(&self) -> Option<EdtfDate> {
            self.row.adopted.clone().map(EdtfDate)
        }

        /// The days that `adopted` can mean; null if there is no date.
        fn adopted_bounds(&self) -> Option<DateBounds> {
            self.row.adopted.as_ref().map(DateBounds::from)
        }

        /// The event that adopted it; null if none is recorded.
        async fn adopted_at(&self, ctx: &Context<'_>) -> Option<Result<Obj<Event>>> {
            ctx.load_optional(self.row.adopted_at_id).await.transpose()
        }

        /// The event at which it was presented; null if none is recorded, or if a source reports
        /// that the event adopted it.
        async fn presented_at(&self, ctx: &Context<'_>) -> Option<Result<Obj<Event>>> {
            ctx.load_optional(self.row.presented_at_id).await.transpose()
        }

        /// The web address of its text; null if the text is not on the web.
        fn url(&self) -> Option<&str> {
            self.row.url.as_deref()
        }

        /// A short summary, written for this knowledge base.
        fn summary(&self) -> &str {
            &self.row.summary
        }

        /// The themes that it is about.
        async fn themes(&self, ctx: &Context<'_>) -> Result<ObjList<Theme>> {
            ctx.load_list::<Themes, _, _>(self.row.id).await
        }
    }
}

impl Document {
    const KIND: RecordKind = RecordKind::Document;

    /// The title of the record in a formatted reference.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(self.row.title.clone())
    }
}

filter! {
    /// A filter for documents. All fields that are set must match. A list matches any of its
    /// values; an empty list matches nothing.
    record DocumentFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::has_slug::<Entity>(slugs(these)),
        /// Has one of these kinds.
        kinds: Vec<DocumentKind> => |kinds| filter::any_of(Column::Kind, db_values(kinds)),
        /// About one of these themes.
        themes: Vec<Slug> => |themes| filter::has_theme(Column::Id, slugs(themes)),
        /// Adopted at one of these events.
        adopted_at: Vec<Slug> => |events| filter::references_slug::<event::Entity>(Column::AdoptedAtId, slugs(events)),
        /// Presented at one of these events, without a reported adoption there.
        presented_at: Vec<Slug> => |events| filter::references_slug::<event::Entity>(Column::PresentedAtId, slugs(events)),
        /// Adopted at an event of one of these bodies.
        bodies: Vec<Slug> => |bodies| filter::held_by(Column::AdoptedAtId, slugs(bodies)),
        /// May have been adopted on or after this date. Undated documents do not match.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// May have been adopted on or before this date. Undated documents do not match.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Every word occurs in the title or the summary. Case is ignored, and parts of words
        /// match.
        text: String => |words| filter::text(words, &[Column::Title, Column::Summary]),
    }
}

order! {
    DocumentOrder by DocumentOrderField on document, default Adopted Desc {
        /// The date of adoption, by the earliest day that it can mean.
        Adopted => FirstDay,
        /// The title.
        Title => Title,
        /// The slug.
        Slug => Slug,
    }
}
