use async_graphql::{Context, Result};
use entities::{
    claim, event,
    record::RecordKind,
    work_area,
    work_programme::{Column, Entity},
};

use super::date_bounds::DateBounds;
use super::{claim::Claim, event::Event, work_area::WorkArea};
use crate::{
    graphql::{
        execution::context_ext::ContextExt,
        macros::{
            filter::{filter, slugs},
            node_type::node_type,
            order::order,
            sync_fields::{Obj, ObjList},
        },
        schema::scalars::{EdtfDate, Slug},
    },
    store::{filter, list::ParentLink, load::WorkAreas},
};

node_type! {
    /// A work programme of the ADMM, or the work plans of the ADMM-Plus Experts' Working Groups.
    record WorkProgramme(work_programme), listed by WorkProgrammeFilter, WorkProgrammeOrder;
    lists {
        /// Figures that sources report about it; never mixed with figures counted from records.
        /// Figures about all work programmes of the ADMM together are claims of the body `admm`.
        claims: Claim => ParentLink::relation(claim::Relation::Subject);
    }
    fields {
        /// The title.
        fn title(&self) -> &str {
            &self.row.title
        }

        /// The start date.
        fn start(&self) -> EdtfDate {
            EdtfDate(self.row.start.clone())
        }

        /// The days that `start` can mean.
        fn start_bounds(&self) -> DateBounds {
            DateBounds::from(&self.row.start)
        }

        /// The end date; null if the sources do not say.
        fn end(&self) -> Option<EdtfDate> {
            self.row.end.clone().map(EdtfDate)
        }

        /// The days that `end` can mean; null if there is no date.
        fn end_bounds(&self) -> Option<DateBounds> {
            self.row.end.as_ref().map(DateBounds::from)
        }

        /// The event that adopted it; null if none is recorded.
        async fn adopted_at(&self, ctx: &Context<'_>) -> Option<Result<Obj<Event>>> {
            ctx.load_optional(self.row.adopted_at_id).await.transpose()
        }

        /// The areas that the sources name. The programme may have more.
        async fn areas(&self, ctx: &Context<'_>) -> Result<ObjList<WorkArea>> {
            ctx.load_list::<WorkAreas, _, _>(self.row.id).await
        }
    }
}

impl WorkProgramme {
    const KIND: RecordKind = RecordKind::WorkProgramme;

    /// The title of the record in a formatted reference.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(self.row.title.clone())
    }
}

filter! {
    /// A filter for work programmes. All fields that are set must match. A list matches any of its
    /// values; an empty list matches nothing.
    record WorkProgrammeFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::has_slug::<Entity>(slugs(these)),
        /// Has an area about one of these themes.
        themes: Vec<Slug> => |themes| filter::linked::<work_area::Entity>(
            Column::Id,
            work_area::Column::ProgrammeId,
            filter::references_slug::<entities::theme::Entity>(work_area::Column::ThemeId, slugs(themes)),
        ),
        /// Adopted at one of these events.
        adopted_at: Vec<Slug> => |events| filter::references_slug::<event::Entity>(Column::AdoptedAtId, slugs(events)),
        /// May have lasted until this date or later.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// May have begun on or before this date.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Every word occurs in the title. Case is ignored, and parts of words match.
        text: String => |words| filter::text(words, &[Column::Title]),
    }
}

order! {
    WorkProgrammeOrder by WorkProgrammeOrderField on work_programme, default Start Desc {
        /// The start date, by the earliest day that it can mean.
        Start => FirstDay,
        /// The title.
        Title => Title,
        /// The slug.
        Slug => Slug,
    }
}
