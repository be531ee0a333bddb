use async_graphql::{Context, Result};
use entities::{body, membership::Column, party, record::RecordKind};

use super::{body::Body, kinds::MembershipRole, party::Party};
use crate::{
    graphql::{
        filter::{codes, filter, slugs, stored},
        object::object,
        order::order,
        plain::One,
        reads::Reads,
        scalars::{EdtfDate, PartyCode, Slug},
    },
    store::{filter, load::Rows},
};

object! {
    /// That a party belongs to a body: as what, from when to when.
    record Membership(membership), listed by MembershipFilter, MembershipOrder;
    lists {}
    fields {
        /// The body.
        async fn body(&self, ctx: &Context<'_>) -> Result<One<Body>> {
            ctx.one(self.row.body_id).await
        }

        /// The party.
        async fn party(&self, ctx: &Context<'_>) -> Result<One<Party>> {
            ctx.one(self.row.party_id).await
        }

        /// As what it belongs to the body.
        fn role(&self) -> MembershipRole {
            self.row.role.into()
        }

        /// Since when; null where the sources do not say.
        fn start(&self) -> Option<EdtfDate> {
            self.row.start.clone().map(EdtfDate)
        }

        /// Until when; null while it lasts.
        fn end(&self) -> Option<EdtfDate> {
            self.row.end.clone().map(EdtfDate)
        }
    }
}

impl Membership {
    const KIND: RecordKind = RecordKind::Membership;

    /// What a reference to the record is called.
    async fn heading(&self, ctx: &Context<'_>) -> Result<String> {
        let party = ctx.loaders().load::<Rows<party::Entity>>(self.row.party_id);
        let body = ctx.loaders().load::<Rows<body::Entity>>(self.row.body_id);
        let (party, body) = futures_util::future::try_join(party, body).await?;
        let party = party.map_or_else(String::new, |party| party.name.clone());
        let body = body.map_or_else(String::new, |body| body.name.clone());
        Ok(format!("Membership of {party} in the {body}"))
    }
}

filter! {
    /// Which memberships. The fields that are set must all hold; a list means any of its values, an empty one fits nothing.
    MembershipFilter {
        /// One of these.
        slugs: Vec<Slug> => |these| filter::any_of(Column::Slug, slugs(these)),
        /// In one of these bodies.
        bodies: Vec<Slug> => |bodies| filter::names::<body::Entity>(Column::BodyId, slugs(bodies)),
        /// Of one of these parties.
        parties: Vec<PartyCode> => |parties| filter::names_party(Column::PartyId, codes(parties)),
        /// As one of these.
        roles: Vec<MembershipRole> => |roles| filter::any_of(Column::Role, stored(roles)),
        /// Can have lasted then or later. One without an end lasts.
        from: EdtfDate => |date| filter::open(Column::LastDay, filter::from(Column::LastDay, &date.0)),
        /// Can have begun then or earlier. One without a start fits.
        to: EdtfDate => |date| filter::open(Column::FirstDay, filter::to(Column::FirstDay, &date.0)),
    }
}

order! {
    MembershipOrder by MembershipOrderField on membership, default Start Asc {
        /// By the earliest day that the start can mean.
        Start => FirstDay,
        /// By slug, which is by body, role and party.
        Slug => Slug,
    }
}
