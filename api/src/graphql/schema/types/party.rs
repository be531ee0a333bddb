use async_graphql::{Context, Result};
use entities::{
    claim,
    event_party::EventRole,
    membership,
    party::{Column, Entity},
    record::RecordKind,
};

use super::{
    chair_term::ChairTerm, citation_style::CitationStyle, claim::Claim, contribution::Contribution,
    enums::PartyKind, event::Event, initiative::Initiative, membership::Membership, record,
};
use crate::{
    graphql::{
        macros::{
            filter::{codes, db_values, filter, slugs},
            node_type::node_type,
            order::order,
        },
        schema::scalars::{PartyCode, Slug},
    },
    store::{filter, links, list::ParentLink},
};

node_type! {
    /// A country or an organisation.
    reference Party(party), listed by PartyFilter, PartyOrder;
    lists {
        /// The party's memberships in bodies, with role and dates.
        memberships: Membership;
        /// The terms in which the party chairs or co-chairs a body.
        chair_terms: ChairTerm through chair_seat;
        /// The events in which the party has any role, for example host, chair, participant or
        /// observer.
        events: Event through event_party;
        /// The events that the party hosted or co-hosted, including planned ones, as recorded. For
        /// the figures that sources report, see `claims`.
        hosted_events: Event => links::in_roles(&[EventRole::Host, EventRole::CoHost]);
        /// The events that the party chaired or co-chaired.
        chaired_events: Event => links::in_roles(&[EventRole::Chair, EventRole::CoChair]);
        /// The contributions that the party made as a partner outside ASEAN.
        contributions: Contribution;
        /// The contributions that the party benefited from.
        received_contributions: Contribution through contribution_beneficiary;
        /// The initiatives that the party proposed, alone or with others.
        proposed_initiatives: Initiative through initiative_proposer;
        /// Figures that sources report about the party; never mixed with figures counted from
        /// records.
        claims: Claim => ParentLink::relation(claim::Relation::Subject);
    }
    fields {
        /// The party's code, its identifier throughout this API.
        fn code(&self) -> PartyCode {
            PartyCode(self.row.code.clone())
        }

        /// The short name.
        fn name(&self) -> &str {
            &self.row.name
        }

        /// A formatted reference to the party's record in this knowledge base at this revision, for a
        /// bibliography.
        async fn cite(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The format of the reference.")] style: CitationStyle,
        ) -> Result<String> {
            let (code, name) = (self.row.code.as_str(), self.row.name.clone());
            record::cite(ctx, RecordKind::Party, code, name, style).await
        }

        /// The full name; null if it is not recorded.
        fn official_name(&self) -> Option<&str> {
            self.row.official_name.as_deref()
        }

        /// Whether it is a country or an organisation.
        fn kind(&self) -> PartyKind {
            self.row.kind.into()
        }

        /// Other names in use.
        fn aliases(&self) -> &[String] {
            &self.row.aliases.0
        }
    }
}

impl Party {
    const KIND: RecordKind = RecordKind::Party;
}

filter! {
    /// A filter for parties. All fields that are set must match. A list matches any of its values;
    /// an empty list matches nothing.
    PartyFilter {
        /// Has one of these codes.
        codes: Vec<PartyCode> => |these| filter::has_slug::<Entity>(codes(these)),
        /// Has one of these kinds.
        kinds: Vec<PartyKind> => |kinds| filter::any_of(Column::Kind, db_values(kinds)),
        /// Belongs or belonged to one of these bodies, in any role.
        member_of: Vec<Slug> => |bodies| filter::linked::<membership::Entity>(
            Column::Id,
            membership::Column::PartyId,
            filter::references_slug::<entities::body::Entity>(membership::Column::BodyId, slugs(bodies)),
        ),
        /// Every word occurs in a name or the code. Case is ignored, and parts of words match.
        text: String => |words| filter::text(
            words, &[Column::Name, Column::OfficialName, Column::Aliases, Column::Code],
        ),
    }
}

order! {
    PartyOrder by PartyOrderField on party, default Name Asc {
        /// The short name.
        Name => Name,
        /// The code.
        Code => Code,
    }
}
