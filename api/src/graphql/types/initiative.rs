use async_graphql::{Context, Result};
use entities::{contribution, event, initiative::Column, initiative_proposer, record::RecordKind};

use super::{
    contribution::Contribution,
    event::Event,
    kinds::{Framework, InitiativeStatus},
    party::Party,
    theme::Theme,
};
use crate::{
    graphql::{
        filter::{codes, filter, slugs, stored},
        object::object,
        order::order,
        plain::{Many, One},
        reads::Reads,
        scalars::{EdtfDate, PartyCode, Slug},
    },
    store::{
        filter,
        list::Link,
        load::{Proposers, Themes},
    },
};

object! {
    /// A centre, network, exercise or framework that somebody proposed and ministers took up.
    record Initiative(initiative), listed by InitiativeFilter, InitiativeOrder;
    lists {
        /// What partners gave to it.
        contributions: Contribution => Link::column(contribution::Column::InitiativeId);
    }
    fields {
        /// The name.
        fn name(&self) -> &str {
            &self.row.name
        }

        /// The acronym; null where none is in use.
        fn acronym(&self) -> Option<&str> {
            self.row.acronym.as_deref()
        }

        /// Other names in use.
        fn aliases(&self) -> &[String] {
            &self.row.aliases.0
        }

        /// In whose framework it stands.
        fn framework(&self) -> Framework {
            self.row.framework.into()
        }

        /// How far it has come.
        fn status(&self) -> InitiativeStatus {
            self.row.status.into()
        }

        /// When it started; null where the sources do not say.
        fn started(&self) -> Option<EdtfDate> {
            self.row.started.clone().map(EdtfDate)
        }

        /// The event that adopted it; null where none is recorded.
        async fn adopted_at(&self, ctx: &Context<'_>) -> Option<Result<One<Event>>> {
            ctx.maybe(self.row.adopted_at_id).await.transpose()
        }

        /// Who proposed it; empty where the sources do not say.
        async fn proposers(&self, ctx: &Context<'_>) -> Result<Many<Party>> {
            ctx.all::<Proposers, _, _>(self.row.id).await
        }

        /// The themes that it is about.
        async fn themes(&self, ctx: &Context<'_>) -> Result<Many<Theme>> {
            ctx.all::<Themes, _, _>(self.row.id).await
        }

        /// What it is, in a few sentences of our own.
        fn summary(&self) -> &str {
            &self.row.summary
        }
    }
}

impl Initiative {
    const KIND: RecordKind = RecordKind::Initiative;

    /// What a reference to the record is called.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(self.row.name.clone())
    }
}

filter! {
    /// Which initiatives. The fields that are set must all hold; a list means any of its values, an empty one fits nothing.
    InitiativeFilter {
        /// One of these.
        slugs: Vec<Slug> => |these| filter::any_of(Column::Slug, slugs(these)),
        /// Known by one of these acronyms, as they are written.
        acronyms: Vec<String> => |acronyms| filter::any_of(Column::Acronym, acronyms.clone()),
        /// In one of these frameworks.
        frameworks: Vec<Framework> => |frameworks| filter::any_of(Column::Framework, stored(frameworks)),
        /// So far along.
        statuses: Vec<InitiativeStatus> => |statuses| filter::any_of(Column::Status, stored(statuses)),
        /// About one of these themes.
        themes: Vec<Slug> => |themes| filter::bears(Column::Id, slugs(themes)),
        /// Proposed by one of these parties, alone or with others.
        proposers: Vec<PartyCode> => |proposers| filter::linked::<initiative_proposer::Entity>(
            Column::Id,
            initiative_proposer::Column::InitiativeId,
            filter::names_party(initiative_proposer::Column::PartyId, codes(proposers)),
        ),
        /// Adopted at one of these events.
        adopted_at: Vec<Slug> => |events| filter::names::<event::Entity>(Column::AdoptedAtId, slugs(events)),
        /// Can have started then or later. Undated initiatives don't fit.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// Can have started then or earlier. Undated initiatives don't fit.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Each of these words stands in a name, the acronym or the summary, whatever its case.
        text: String => |words| filter::text(
            words, &[Column::Name, Column::Acronym, Column::Aliases, Column::Summary],
        ),
    }
}

order! {
    InitiativeOrder by InitiativeOrderField on initiative, default Name Asc {
        /// By name.
        Name => Name,
        /// By the earliest day that the start can mean.
        Started => FirstDay,
        /// By slug.
        Slug => Slug,
    }
}
