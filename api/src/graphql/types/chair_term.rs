use async_graphql::{Context, Result, SimpleObject};
use entities::{body, chair_seat, chair_term::Column, contribution, record::RecordKind};

use super::{
    body::Body,
    contribution::Contribution,
    kinds::{Confidence, Seat},
    party::Party,
};
use crate::{
    graphql::{
        filter::{codes, filter, slugs, stored},
        object::object,
        order::order,
        plain::One,
        reads::Reads,
        scalars::{EdtfDate, PartyCode, Slug},
    },
    store::{
        filter,
        list::Link,
        load::{Rows, Seats},
    },
};

object! {
    /// Who chairs or co-chairs a body in a cycle.
    record ChairTerm(chair_term), listed by ChairTermFilter, ChairTermOrder;
    lists {
        /// The contributions that the term stands for: co-chairing by partners outside ASEAN.
        contributions: Contribution => Link::column(contribution::Column::ChairTermId);
    }
    fields {
        /// The body.
        async fn body(&self, ctx: &Context<'_>) -> Result<One<Body>> {
            ctx.one(self.row.body_id).await
        }

        /// The cycle as the field counts it: `2011-2013`. The term's own dates may differ.
        fn cycle(&self) -> &str {
            &self.row.cycle
        }

        /// When the term began.
        fn start(&self) -> EdtfDate {
            EdtfDate(self.row.start.clone())
        }

        /// When the term ended or is to end; null where the sources do not say.
        fn end(&self) -> Option<EdtfDate> {
            self.row.end.clone().map(EdtfDate)
        }

        /// Who sits in which seat: the ASEAN seat first.
        async fn seats(&self, ctx: &Context<'_>) -> Result<Vec<ChairSeat>> {
            let seats = ctx.loaders().load::<Seats>(self.row.id).await?;
            let seat = |(seat, party): &(chair_seat::Seat, _)| ChairSeat {
                seat: (*seat).into(),
                party: Party::from(std::sync::Arc::clone(party)),
            };
            Ok(seats.iter().map(seat).collect())
        }

        /// How well the term is supported.
        fn confidence(&self) -> Confidence {
            self.row.confidence.into()
        }
    }
}

/// A seat of a chair term and who sits in it.
#[derive(SimpleObject)]
pub struct ChairSeat {
    /// Whose chair the seat is.
    seat: Seat,
    /// Who sits in it.
    party: Party,
}

impl ChairTerm {
    const KIND: RecordKind = RecordKind::ChairTerm;

    /// What a reference to the record is called.
    async fn heading(&self, ctx: &Context<'_>) -> Result<String> {
        let body = ctx.loaders().load::<Rows<body::Entity>>(self.row.body_id).await?;
        let body = body.map_or_else(String::new, |body| body.name.clone());
        Ok(format!("Chairs of the {body}, {}", self.row.cycle))
    }
}

filter! {
    /// Which chair terms. The fields that are set must all hold; a list means any of its values, an empty one fits nothing.
    ChairTermFilter {
        /// One of these.
        slugs: Vec<Slug> => |these| filter::any_of(Column::Slug, slugs(these)),
        /// Of one of these bodies.
        bodies: Vec<Slug> => |bodies| filter::names::<body::Entity>(Column::BodyId, slugs(bodies)),
        /// One of these parties sits in a seat.
        parties: Vec<PartyCode> => |parties| filter::linked::<chair_seat::Entity>(
            Column::Id,
            chair_seat::Column::ChairTermId,
            filter::names_party(chair_seat::Column::PartyId, codes(parties)),
        ),
        /// In one of these cycles, as the field counts them: `2011-2013`.
        cycles: Vec<String> => |cycles| filter::any_of(Column::Cycle, cycles.clone()),
        /// Supported so well.
        confidence: Confidence => |confidence| filter::any_of(Column::Confidence, stored(&[*confidence])),
        /// Can have lasted then or later.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// Can have begun then or earlier.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
    }
}

order! {
    ChairTermOrder by ChairTermOrderField on chair_term, default Start Asc {
        /// By the earliest day that the start can mean.
        Start => FirstDay,
        /// By slug, which is by body and cycle.
        Slug => Slug,
    }
}
