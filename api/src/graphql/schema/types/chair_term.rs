use async_graphql::{Context, Result, SimpleObject};
use entities::{
    body, chair_seat,
    chair_term::{Column, Entity},
    record::RecordKind,
};

use super::date_bounds::DateBounds;
use super::{
    body::Body,
    contribution::Contribution,
    enums::{Confidence, Seat},
    party::Party,
};
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
    store::{
        filter,
        load::{ById, Seats},
    },
};

node_type! {
    /// A term in which parties chair or co-chair a body.
    record ChairTerm(chair_term), listed by ChairTermFilter, ChairTermOrder;
    lists {
        /// The contributions that belong to the term, above all co-chairing by partners outside
        /// ASEAN.
        contributions: Contribution;
    }
    fields {
        /// The body.
        async fn body(&self, ctx: &Context<'_>) -> Result<Obj<Body>> {
            ctx.load_required(self.row.body_id).await
        }

        /// The name of the cycle, for example `2011-2013`. The dates of the term may differ.
        fn cycle(&self) -> &str {
            &self.row.cycle
        }

        /// The start date of the term.
        fn start(&self) -> EdtfDate {
            EdtfDate(self.row.start.clone())
        }

        /// The days that `start` can mean.
        fn start_bounds(&self) -> DateBounds {
            DateBounds::from(&self.row.start)
        }

        /// The end date of the term, past or planned; null if the sources do not say.
        fn end(&self) -> Option<EdtfDate> {
            self.row.end.clone().map(EdtfDate)
        }

        /// The days that `end` can mean; null if there is no date.
        fn end_bounds(&self) -> Option<DateBounds> {
            self.row.end.as_ref().map(DateBounds::from)
        }

        /// The seats and the parties that hold them, the ASEAN seat first.
        async fn seats(&self, ctx: &Context<'_>) -> Result<Vec<ChairSeat>> {
            let seats = ctx.loaders().load::<Seats>(self.row.id).await?;
            let seat = |(seat, party): &(chair_seat::Seat, _)| ChairSeat {
                seat: (*seat).into(),
                party: Party::from(std::sync::Arc::clone(party)),
            };
            Ok(seats.iter().map(seat).collect())
        }

        /// How well the sources support the term.
        fn confidence(&self) -> Confidence {
            self.row.confidence.into()
        }

        /// Why `confidence` differs from what follows from the citations; null if it does not.
        fn confidence_reason(&self) -> Option<&str> {
            self.row.confidence_reason.as_deref()
        }
    }
}

/// A seat of a chair term and the party that holds it.
#[derive(SimpleObject)]
pub struct ChairSeat {
    /// Whether it is the ASEAN seat or the Plus seat.
    seat: Seat,
    /// The party that holds the seat.
    party: Party,
}

impl ChairTerm {
    const KIND: RecordKind = RecordKind::ChairTerm;

    /// The title of the record in a formatted reference.
    async fn heading(&self, ctx: &Context<'_>) -> Result<String> {
        let body = ctx.loaders().load::<ById<body::Entity>>(self.row.body_id).await?;
        let body = body.map_or_else(String::new, |body| body.name.clone());
        Ok(format!("Chairs of the {body}, {}", self.row.cycle))
    }
}

filter! {
    /// A filter for chair terms. All fields that are set must match. A list matches any of its
    /// values; an empty list matches nothing.
    record ChairTermFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::has_slug::<Entity>(slugs(these)),
        /// Belongs to one of these bodies.
        bodies: Vec<Slug> => |bodies| filter::references_slug::<body::Entity>(Column::BodyId, slugs(bodies)),
        /// One of these parties holds a seat.
        parties: Vec<PartyCode> => |parties| filter::linked::<chair_seat::Entity>(
            Column::Id,
            chair_seat::Column::ChairTermId,
            filter::references_party(chair_seat::Column::PartyId, codes(parties)),
        ),
        /// Has one of these cycles, spelt exactly as in `cycle`.
        cycles: Vec<String> => |cycles| filter::any_of(Column::Cycle, cycles.clone()),
        /// Has this confidence.
        confidence: Confidence => |confidence| filter::any_of(Column::Confidence, db_values(&[*confidence])),
        /// May have lasted until this date or later.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// May have begun on or before this date.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
    }
}

order! {
    ChairTermOrder by ChairTermOrderField on chair_term, default Start Asc {
        /// The start date, by the earliest day that it can mean.
        Start => FirstDay,
        /// The slug, which sorts by body and cycle.
        Slug => Slug,
    }
}
