use async_graphql::{Context, Result};
use entities::{
    event,
    initiative::{Column, Entity},
    initiative_proposer,
    record::RecordKind,
};

use super::date_bounds::DateBounds;
use super::{
    contribution::Contribution,
    enums::{Framework, InitiativeStatus},
    event::Event,
    party::Party,
    theme::Theme,
};
use crate::{
    graphql::{
        execution::context_ext::ContextExt,
        macros::{
            filter::{codes, db_values, filter, slugs},
            node_type::node_type,
            order::order,
            sync_fields::{Obj, ObjList},
        },
        schema::scalars::{EdtfDate, PartyCode, Slug},
    },
    store::{
        filter,
        load::{Proposers, Themes},
    },
};

node_type! {
    /// A centre, network, exercise or framework of cooperation, proposed or in operation.
    record Initiative(initiative), listed by InitiativeFilter, InitiativeOrder;
    lists {
        /// The contributions of partners to it.
        contributions: Contribution;
    }
    fields {
        /// The name.
        fn name(&self) -> &str {
            &self.row.name
        }

        /// The acronym; null if none is in use.
        fn acronym(&self) -> Option<&str> {
            self.row.acronym.as_deref()
        }

        /// Other names in use.
        fn aliases(&self) -> &[String] {
            &self.row.aliases.0
        }

        /// The framework that it belongs to.
        fn framework(&self) -> Framework {
            self.row.framework.into()
        }

        /// Its status.
        fn status(&self) -> InitiativeStatus {
            self.row.status.into()
        }

        /// The start date; null if the sources do not say.
        fn started(&self) -> Option<EdtfDate> {
            self.row.started.clone().map(EdtfDate)
        }

        /// The days that `started` can mean; null if there is no date.
        fn started_bounds(&self) -> Option<DateBounds> {
            self.row.started.as_ref().map(DateBounds::from)
        }

        /// The event that adopted it; null if none is recorded.
        async fn adopted_at(&self, ctx: &Context<'_>) -> Option<Result<Obj<Event>>> {
            ctx.load_optional(self.row.adopted_at_id).await.transpose()
        }

        /// The parties that proposed it; empty if the sources do not say.
        async fn proposers(&self, ctx: &Context<'_>) -> Result<ObjList<Party>> {
            ctx.load_list::<Proposers, _, _>(self.row.id).await
        }

        /// The themes that it is about.
        async fn themes(&self, ctx: &Context<'_>) -> Result<ObjList<Theme>> {
            ctx.load_list::<Themes, _, _>(self.row.id).await
        }

        /// A short description, written for this knowledge base.
        fn summary(&self) -> &str {
            &self.row.summary
        }
    }
}

impl Initiative {
    const KIND: RecordKind = RecordKind::Initiative;

    /// The title of the record in a formatted reference.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(self.row.name.clone())
    }
}

filter! {
    /// A filter for initiatives. All fields that are set must match. A list matches any of its
    /// values; an empty list matches nothing.
    record InitiativeFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::has_slug::<Entity>(slugs(these)),
        /// Has one of these acronyms, spelt exactly as in `acronym`.
        acronyms: Vec<String> => |acronyms| filter::any_of(Column::Acronym, acronyms.clone()),
        /// Belongs to one of these frameworks.
        frameworks: Vec<Framework> => |frameworks| filter::any_of(Column::Framework, db_values(frameworks)),
        /// Has one of these statuses.
        statuses: Vec<InitiativeStatus> => |statuses| filter::any_of(Column::Status, db_values(statuses)),
        /// About one of these themes.
        themes: Vec<Slug> => |themes| filter::has_theme(Column::Id, slugs(themes)),
        /// Proposed by one of these parties, alone or with others.
        proposers: Vec<PartyCode> => |proposers| filter::linked::<initiative_proposer::Entity>(
            Column::Id,
            initiative_proposer::Column::InitiativeId,
            filter::references_party(initiative_proposer::Column::PartyId, codes(proposers)),
        ),
        /// Adopted at one of these events.
        adopted_at: Vec<Slug> => |events| filter::references_slug::<event::Entity>(Column::AdoptedAtId, slugs(events)),
        /// May have started on or after this date. Undated initiatives do not match.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// May have started on or before this date. Undated initiatives do not match.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Every word occurs in a name, the acronym or the summary. Case is ignored, and parts of
        /// words match.
        text: String => |words| filter::text(
            words, &[Column::Name, Column::Acronym, Column::Aliases, Column::Summary],
        ),
    }
}

order! {
    InitiativeOrder by InitiativeOrderField on initiative, default Name Asc {
        /// The name.
        Name => Name,
        /// The start date, by the earliest day that it can mean.
        Started => FirstDay,
        /// The slug.
        Slug => Slug,
    }
}
