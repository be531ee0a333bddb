use async_graphql::{Context, Result};
use entities::{
    body, document, document::Column, event, initiative, provision, provision_body,
    provision_document, record::RecordKind,
};
use sea_orm::{
    ColumnTrait, ExprTrait,
    sea_query::{Expr, Query, SelectStatement, UnionType},
};

use super::{
    body::Body, event::Event, initiative::Initiative, kinds::DocumentKind, provision::Provision,
    theme::Theme,
};
use crate::{
    graphql::{
        filter::{filter, slugs, stored},
        object::object,
        order::order,
        plain::{Many, One},
        reads::Reads,
        scalars::{EdtfDate, Slug},
    },
    store::{filter, list::Link, load::Themes},
};

object! {
    /// A declaration, concept paper, protocol, work programme, guideline or vision.
    record Document(document), listed by DocumentFilter, DocumentOrder;
    lists {
        /// What the document says, paragraph by paragraph, in our own words; only where a source gives its text.
        provisions: Provision => Link::column(provision::Column::DocumentId);
        /// The provisions of other documents that cite it.
        cited_by: Provision => Link::through(
            provision_document::Entity,
            provision_document::Column::DocumentId,
            provision_document::Column::ProvisionId,
        );
        /// The initiatives that were adopted at the same event.
        initiatives: Initiative => Link::pairs(adopted_with());
        /// The bodies that it concerns: the one whose event adopted it, and those that its provisions name.
        related_bodies: Body => Link::pairs(concerned());
    }
    fields {
        /// The title.
        fn title(&self) -> &str {
            &self.row.title
        }

        /// What kind of document.
        fn kind(&self) -> DocumentKind {
            self.row.kind.into()
        }

        /// When it was adopted; null where the sources do not say.
        fn adopted(&self) -> Option<EdtfDate> {
            self.row.adopted.clone().map(EdtfDate)
        }

        /// The event that adopted it; null where none is recorded.
        async fn adopted_at(&self, ctx: &Context<'_>) -> Option<Result<One<Event>>> {
            ctx.maybe(self.row.adopted_at_id).await.transpose()
        }

        /// The event that it was presented at, where no source reports that the event adopted it; else null.
        async fn presented_at(&self, ctx: &Context<'_>) -> Option<Result<One<Event>>> {
            ctx.maybe(self.row.presented_at_id).await.transpose()
        }

        /// Where its text is; null where it is not on the web.
        fn url(&self) -> Option<&str> {
            self.row.url.as_deref()
        }

        /// What it is about, in a few sentences of our own.
        fn summary(&self) -> &str {
            &self.row.summary
        }

        /// The themes that it is about.
        async fn themes(&self, ctx: &Context<'_>) -> Result<Many<Theme>> {
            ctx.all::<Themes, _, _>(self.row.id).await
        }
    }
}

impl Document {
    const KIND: RecordKind = RecordKind::Document;

    /// What a reference to the record is called.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(self.row.title.clone())
    }
}

/// Pairs of a document and an initiative that the same event adopted.
fn adopted_with() -> SelectStatement {
    Query::select()
        .expr_as(Expr::col(Column::Id.as_column_ref()), Link::PARENT)
        .expr_as(Expr::col(initiative::Column::Id.as_column_ref()), Link::CHILD)
        .from(document::Entity)
        .inner_join(
            initiative::Entity,
            Expr::col(initiative::Column::AdoptedAtId.as_column_ref())
                .equals(Column::AdoptedAtId.as_column_ref()),
        )
        .to_owned()
}

/// Pairs of a document and a body that it concerns.
fn concerned() -> SelectStatement {
    let mut adopting = Query::select();
    adopting
        .expr_as(Expr::col(Column::Id.as_column_ref()), Link::PARENT)
        .expr_as(Expr::col(event::Column::BodyId.as_column_ref()), Link::CHILD)
        .from(document::Entity)
        .inner_join(
            event::Entity,
            Expr::col(Column::AdoptedAtId.as_column_ref())
                .equals(event::Column::Id.as_column_ref()),
        )
        .and_where(Expr::col(event::Column::BodyId.as_column_ref()).is_not_null());
    let named = Query::select()
        .expr_as(Expr::col(provision::Column::DocumentId.as_column_ref()), Link::PARENT)
        .expr_as(Expr::col(provision_body::Column::BodyId.as_column_ref()), Link::CHILD)
        .from(provision::Entity)
        .inner_join(
            provision_body::Entity,
            Expr::col(provision_body::Column::ProvisionId.as_column_ref())
                .equals(provision::Column::Id.as_column_ref()),
        )
        .to_owned();
    adopting.union(UnionType::All, named).to_owned()
}

filter! {
    /// Which documents. The fields that are set must all hold; a list means any of its values, an empty one fits nothing.
    DocumentFilter {
        /// One of these.
        slugs: Vec<Slug> => |these| filter::any_of(Column::Slug, slugs(these)),
        /// Of one of these kinds.
        kinds: Vec<DocumentKind> => |kinds| filter::any_of(Column::Kind, stored(kinds)),
        /// About one of these themes.
        themes: Vec<Slug> => |themes| filter::bears(Column::Id, slugs(themes)),
        /// Adopted at one of these events.
        adopted_at: Vec<Slug> => |events| filter::names::<event::Entity>(Column::AdoptedAtId, slugs(events)),
        /// Presented at one of these events, without a reported adoption there.
        presented_at: Vec<Slug> => |events| filter::names::<event::Entity>(Column::PresentedAtId, slugs(events)),
        /// Adopted at an event of one of these bodies.
        bodies: Vec<Slug> => |bodies| filter::refers::<event::Entity>(
            Column::AdoptedAtId,
            filter::names::<body::Entity>(event::Column::BodyId, slugs(bodies)),
        ),
        /// Can have been adopted then or later. Undated documents don't fit.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// Can have been adopted then or earlier. Undated documents don't fit.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Each of these words stands in the title or the summary, whatever its case.
        text: String => |words| filter::text(words, &[Column::Title, Column::Summary]),
    }
}

order! {
    DocumentOrder by DocumentOrderField on document, default Adopted Desc {
        /// By the earliest day of adoption that the date can mean.
        Adopted => FirstDay,
        /// By title.
        Title => Title,
        /// By slug.
        Slug => Slug,
    }
}
