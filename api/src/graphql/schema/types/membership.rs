use async_graphql::{Context, Result};
use entities::{
    body,
    membership::{Column, Entity},
    party,
    record::RecordKind,
};

use super::date_bounds::DateBounds;
use super::{body::Body, enums::MembershipRole, party::Party};
use crate::{
    graphql::{
        execution::context_ext::ContextExt,
        macros::{
            filter::{codes, db_values, filter, slugs},
            node_type::node_type,
            order::order,
            sync_fields::Obj,
        },
        schema::scalars::{EdtfDate, PartyCode, Slug},
    },
    store::{filter, load::ById},
};

node_type! {
    /// A party's membership of a body, with role and dates.
    record Membership(membership), listed by MembershipFilter, MembershipOrder;
    lists {}
    fields {
        /// The body.
        async fn body(&self, ctx: &Context<'_>) -> Result<Obj<Body>> {
            ctx.load_required(self.row.body_id).await
        }

        /// The party.
        async fn party(&self, ctx: &Context<'_>) -> Result<Obj<Party>> {
            ctx.load_required(self.row.party_id).await
        }

        /// The party's role in the body.
        fn role(&self) -> MembershipRole {
            self.row.role.into()
        }

        /// The start date; null if the sources do not say.
        fn start(&self) -> Option<EdtfDate> {
            self.row.start.clone().map(EdtfDate)
        }

        /// The days that `start` can mean; null if there is no date.
        fn start_bounds(&self) -> Option<DateBounds> {
            self.row.start.as_ref().map(DateBounds::from)
        }

        /// The end date; null while the membership lasts.
        fn end(&self) -> Option<EdtfDate> {
            self.row.end.clone().map(EdtfDate)
        }

        /// The days that `end` can mean; null if there is no date.
        fn end_bounds(&self) -> Option<DateBounds> {
            self.row.end.as_ref().map(DateBounds::from)
        }
    }
}

impl Membership {
    const KIND: RecordKind = RecordKind::Membership;

    /// The title of the record in a formatted reference.
    async fn heading(&self, ctx: &Context<'_>) -> Result<String> {
        let party = ctx.loaders().load::<ById<party::Entity>>(self.row.party_id);
        let body = ctx.loaders().load::<ById<body::Entity>>(self.row.body_id);
        let (party, body) = futures_util::future::try_join(party, body).await?;
        let party = party.map_or_else(String::new, |party| party.name.clone());
        let body = body.map_or_else(String::new, |body| body.name.clone());
        Ok(format!("Membership of {party} in the {body}"))
    }
}

filter! {
    /// A filter for memberships. All fields that are set must match. A list matches any of its
    /// values; an empty list matches nothing.
    record MembershipFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::has_slug::<Entity>(slugs(these)),
        /// In one of these bodies.
        bodies: Vec<Slug> => |bodies| filter::references_slug::<body::Entity>(Column::BodyId, slugs(bodies)),
        /// Of one of these parties.
        parties: Vec<PartyCode> => |parties| filter::references_party(Column::PartyId, codes(parties)),
        /// Has one of these roles.
        roles: Vec<MembershipRole> => |roles| filter::any_of(Column::Role, db_values(roles)),
        /// May have lasted until this date or later. A membership without an end date matches.
        from: EdtfDate => |date| filter::open(Column::LastDay, filter::from(Column::LastDay, &date.0)),
        /// May have begun on or before this date. A membership without a start date matches.
        to: EdtfDate => |date| filter::open(Column::FirstDay, filter::to(Column::FirstDay, &date.0)),
    }
}

order! {
    MembershipOrder by MembershipOrderField on membership, default Start Asc {
        /// The start date, by the earliest day that it can mean.
        Start => FirstDay,
        /// The slug, which sorts by body, role and party.
        Slug => Slug,
    }
}
