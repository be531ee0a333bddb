use async_graphql::{Context, Result};
use entities::{work_area::Column, work_programme};

use super::{
    citation::Citation, contribution::Contribution, theme::Theme, work_programme::WorkProgramme,
};
use crate::{
    graphql::{
        execution::context_ext::ContextExt,
        macros::{
            filter::{filter, slugs},
            node_type::node_type,
            order::order,
            sync_fields::{Obj, ObjList},
        },
        schema::scalars::Slug,
    },
    store::filter,
};

node_type! {
    /// An area of a work programme, as a source names it.
    part WorkArea(work_area), listed by WorkAreaFilter, WorkAreaOrder;
    lists {
        /// The contributions of partners within the area.
        contributions: Contribution;
    }
    fields {
        /// The name; unique within the programme.
        fn name(&self) -> &str {
            &self.row.name
        }

        /// Its position within the programme, from 1, in the order of the sources.
        fn position(&self) -> i32 {
            self.row.position
        }

        /// What it covers; null if the sources only name it.
        fn summary(&self) -> Option<&str> {
            self.row.summary.as_deref()
        }

        /// The programme.
        async fn programme(&self, ctx: &Context<'_>) -> Result<Obj<WorkProgramme>> {
            ctx.load_required(self.row.programme_id).await
        }

        /// The theme; null if no theme fits.
        async fn theme(&self, ctx: &Context<'_>) -> Option<Result<Obj<Theme>>> {
            ctx.load_optional(self.row.theme_id).await.transpose()
        }

        /// The citations of the programme, which also support its areas.
        async fn citations(&self, ctx: &Context<'_>) -> Result<ObjList<Citation>> {
            super::record::citations(ctx, self.row.programme_id).await
        }
    }
}

filter! {
    /// A filter for work programme areas. All fields that are set must match. A list matches any of
    /// its values; an empty list matches nothing.
    WorkAreaFilter {
        /// Belongs to one of these programmes.
        programmes: Vec<Slug> => |programmes| filter::references_slug::<work_programme::Entity>(
            Column::ProgrammeId, slugs(programmes),
        ),
        /// Every word occurs in the name or the summary. Case is ignored, and parts of words match.
        text: String => |words| filter::text(words, &[Column::Name, Column::Summary]),
    }
}

order! {
    WorkAreaOrder by WorkAreaOrderField on work_area, default Position Asc {
        /// The position within the programme.
        Position => Position,
        /// The name.
        Name => Name,
    }
}
