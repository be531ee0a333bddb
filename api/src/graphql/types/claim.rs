use async_graphql::{Context, Result};
use entities::{claim::Column, record, record::RecordKind};

use super::node::{self, Node};
use crate::{
    analysis::Recorded,
    graphql::{
        filter::{filter, slugs},
        object::object,
        order::order,
        reads::Reads,
        scalars::{EdtfDate, Slug},
    },
    store::filter,
};

object! {
    /// A figure that a source reports. It is never mixed with what the knowledge base counts from its own records.
    record Claim(claim), listed by ClaimFilter, ClaimOrder;
    lists {}
    fields {
        /// What the figure is about: a party, a body, an event or a work programme.
        async fn subject(&self, ctx: &Context<'_>) -> Result<Node> {
            Box::pin(node::by_key(ctx, self.row.subject_id)).await
        }

        /// What is measured: `ADMM-Plus meetings hosted`.
        fn measure(&self) -> &str {
            &self.row.measure
        }

        /// The figure, in `unit`.
        fn value(&self) -> f64 {
            self.row.value
        }

        /// What is counted: `meetings`, `people`, a currency by ISO 4217.
        fn unit(&self) -> &str {
            &self.row.unit
        }

        /// From when on the figure counts; null where the source does not say.
        fn start(&self) -> Option<EdtfDate> {
            self.row.start.clone().map(EdtfDate)
        }

        /// Until when the figure counts; null where the source does not say.
        fn end(&self) -> Option<EdtfDate> {
            self.row.end.clone().map(EdtfDate)
        }

        /// What our own records count for the same measure, subject and period; null where they hold nothing that can be counted the same way. Measures that we count: `ADMM-Plus meetings hosted` (contributions of kind `HOSTING` for the ADMM-Plus or what reports to it), `meetings held`, `field training exercises held` (those at sea included), `table-top exercises held` (by the body or one that reports to it, planned ones left out), `exercise participants` and `meeting participants` (the event's `participantCount`), `countries in exercise` and `countries at meeting` (parties with any part in the event), `countries in the forum` (members and Plus members). What may lie in the period counts; an open end reaches everywhere.
        async fn recorded(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
            let recorded = ctx.loaders().load::<Recorded>(self.row.id).await;
            recorded.map_err(Into::into).transpose()
        }

        /// `value` less `recorded`: what our records lack, or have more where it is negative; null where nothing is recorded.
        async fn difference(&self, ctx: &Context<'_>) -> Option<Result<f64>> {
            let recorded = ctx.loaders().load::<Recorded>(self.row.id).await;
            let difference = recorded.transpose()?.map(|recorded| self.row.value - recorded as f64);
            Some(difference.map_err(Into::into))
        }

        /// What the source says, in our own words.
        fn statement(&self) -> &str {
            &self.row.statement
        }
    }
}

impl Claim {
    const KIND: RecordKind = RecordKind::Claim;

    /// What a reference to the record is called.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(format!("{}: {} {}", self.row.measure, self.row.value, self.row.unit))
    }
}

filter! {
    /// Which claims. The fields that are set must all hold; a list means any of its values, an empty one fits nothing.
    ClaimFilter {
        /// One of these.
        slugs: Vec<Slug> => |these| filter::any_of(Column::Slug, slugs(these)),
        /// About one of these: a party's code, or the slug of a body, an event or a work programme.
        subjects: Vec<String> => |subjects| filter::names::<record::Entity>(Column::SubjectId, subjects.clone()),
        /// Of one of these measures, as they are written.
        measures: Vec<String> => |measures| filter::any_of(Column::Measure, measures.clone()),
        /// In one of these units, as they are written.
        units: Vec<String> => |units| filter::any_of(Column::Unit, units.clone()),
        /// The figure's period can reach until then or later. Claims without a period don't fit.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// The figure's period can begin then or earlier. Claims without a period don't fit.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Each of these words stands in the measure or the statement, whatever its case.
        text: String => |words| filter::text(words, &[Column::Measure, Column::Statement]),
    }
}

order! {
    ClaimOrder by ClaimOrderField on claim, default Start Desc {
        /// By the earliest day that the start of the period can mean.
        Start => FirstDay,
        /// By measure.
        Measure => Measure,
        /// By the figure, whatever its unit.
        Value => Value,
        /// By slug.
        Slug => Slug,
    }
}
