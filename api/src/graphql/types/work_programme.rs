use async_graphql::{Context, Result};
use entities::{claim, event, record::RecordKind, work_area, work_programme::Column};

use super::{claim::Claim, event::Event, work_area::WorkArea};
use crate::{
    graphql::{
        filter::{filter, slugs},
        object::object,
        order::order,
        plain::{Many, One},
        reads::Reads,
        scalars::{EdtfDate, Slug},
    },
    store::{filter, list::Link, load::WorkAreas},
};

object! {
    /// A work programme of the ADMM, or the work plans of the ADMM-Plus Experts' Working Groups.
    record WorkProgramme(work_programme), listed by WorkProgrammeFilter, WorkProgrammeOrder;
    lists {
        /// Figures that sources report of it; never mixed with what is recorded. Those on all of the ADMM's programmes hang on the body `admm`.
        claims: Claim => Link::column(claim::Column::SubjectId);
    }
    fields {
        /// The title.
        fn title(&self) -> &str {
            &self.row.title
        }

        /// When it begins.
        fn start(&self) -> EdtfDate {
            EdtfDate(self.row.start.clone())
        }

        /// When it ends; null where the sources do not say.
        fn end(&self) -> Option<EdtfDate> {
            self.row.end.clone().map(EdtfDate)
        }

        /// The event that adopted it; null where none is recorded.
        async fn adopted_at(&self, ctx: &Context<'_>) -> Option<Result<One<Event>>> {
            ctx.maybe(self.row.adopted_at_id).await.transpose()
        }

        /// The areas that our sources name. A programme may have more.
        async fn areas(&self, ctx: &Context<'_>) -> Result<Many<WorkArea>> {
            ctx.all::<WorkAreas, _, _>(self.row.id).await
        }
    }
}

impl WorkProgramme {
    const KIND: RecordKind = RecordKind::WorkProgramme;

    /// What a reference to the record is called.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(self.row.title.clone())
    }
}

filter! {
    /// Which work programmes. The fields that are set must all hold; a list means any of its values, an empty one fits nothing.
    WorkProgrammeFilter {
        /// One of these.
        slugs: Vec<Slug> => |these| filter::any_of(Column::Slug, slugs(these)),
        /// Has an area about one of these themes.
        themes: Vec<Slug> => |themes| filter::linked::<work_area::Entity>(
            Column::Id,
            work_area::Column::ProgrammeId,
            filter::names::<entities::theme::Entity>(work_area::Column::ThemeId, slugs(themes)),
        ),
        /// Adopted at one of these events.
        adopted_at: Vec<Slug> => |events| filter::names::<event::Entity>(Column::AdoptedAtId, slugs(events)),
        /// Can have lasted then or later.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// Can have begun then or earlier.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Each of these words stands in the title, whatever its case.
        text: String => |words| filter::text(words, &[Column::Title]),
    }
}

order! {
    WorkProgrammeOrder by WorkProgrammeOrderField on work_programme, default Start Desc {
        /// By the earliest day that the start can mean.
        Start => FirstDay,
        /// By title.
        Title => Title,
        /// By slug.
        Slug => Slug,
    }
}
