use entities::{
    chair_seat, claim, contribution, contribution_beneficiary, event_party, event_party::EventRole,
    initiative_proposer, membership, party::Column, record::RecordKind,
};
use sea_orm::Condition;

use super::{
    chair_term::ChairTerm, claim::Claim, contribution::Contribution, event::Event,
    initiative::Initiative, kinds::PartyKind, membership::Membership,
};
use crate::{
    graphql::{
        filter::{codes, filter, slugs, stored},
        object::object,
        order::order,
        scalars::{PartyCode, Slug},
    },
    store::{filter, list::Link},
};

/// The link from a party to the events in which it has one of the roles.
fn in_roles(roles: &[EventRole]) -> Link {
    use sea_orm::ActiveEnum;
    let roles = roles.iter().map(|role| role.to_value());
    let only = Condition::all().add(filter::any_of(event_party::Column::Role, roles));
    Link::through(event_party::Entity, event_party::Column::PartyId, event_party::Column::EventId)
        .only(only)
}

object! {
    /// A country or an organisation.
    reference Party(party), listed by PartyFilter, PartyOrder;
    lists {
        /// What the party belongs to, as what, from when to when.
        memberships: Membership => Link::column(membership::Column::PartyId);
        /// The terms in which the party chairs or co-chairs a body.
        chair_terms: ChairTerm => Link::through(
            chair_seat::Entity, chair_seat::Column::PartyId, chair_seat::Column::ChairTermId,
        );
        /// The events in which the party has any part: host, chair, participant, observer.
        events: Event => Link::through(
            event_party::Entity, event_party::Column::PartyId, event_party::Column::EventId,
        );
        /// The events that the party hosts or hosted, alone or with others, as recorded, planned ones included. What sources report of the same stands in `claims`.
        hosted_events: Event => in_roles(&[EventRole::Host, EventRole::CoHost]);
        /// The events that the party chaired or co-chaired.
        chaired_events: Event => in_roles(&[EventRole::Chair, EventRole::CoChair]);
        /// What the party gave, as a partner outside ASEAN.
        contributions: Contribution => Link::column(contribution::Column::PartnerId);
        /// The contributions that were for the party.
        received_contributions: Contribution => Link::through(
            contribution_beneficiary::Entity,
            contribution_beneficiary::Column::PartyId,
            contribution_beneficiary::Column::ContributionId,
        );
        /// The initiatives that the party proposed, alone or with others.
        proposed_initiatives: Initiative => Link::through(
            initiative_proposer::Entity,
            initiative_proposer::Column::PartyId,
            initiative_proposer::Column::InitiativeId,
        );
        /// Figures that sources report of the party; never mixed with what is recorded.
        claims: Claim => Link::column(claim::Column::SubjectId);
    }
    fields {
        /// The party's code, by which it is known everywhere in this API.
        fn code(&self) -> PartyCode {
            PartyCode(self.row.code.clone())
        }

        /// The short name.
        fn name(&self) -> &str {
            &self.row.name
        }

        /// The full name; null where it is not recorded.
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
    /// Which parties. The fields that are set must all hold; a list means any of its values, an empty one fits nothing.
    PartyFilter {
        /// One of these.
        codes: Vec<PartyCode> => |these| filter::any_of(Column::Code, codes(these)),
        /// Of one of these kinds.
        kinds: Vec<PartyKind> => |kinds| filter::any_of(Column::Kind, stored(kinds)),
        /// Belongs, or belonged, to one of these bodies in any role.
        member_of: Vec<Slug> => |bodies| filter::linked::<membership::Entity>(
            Column::Id,
            membership::Column::PartyId,
            filter::names::<entities::body::Entity>(membership::Column::BodyId, slugs(bodies)),
        ),
        /// Each of these words stands in a name, whatever its case.
        text: String => |words| filter::text(
            words, &[Column::Name, Column::OfficialName, Column::Aliases, Column::Code],
        ),
    }
}

order! {
    PartyOrder by PartyOrderField on party, default Name Asc {
        /// By the short name.
        Name => Name,
        /// By the code.
        Code => Code,
    }
}
