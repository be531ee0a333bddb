use async_graphql::{Context, Result};
use entities::{
    claim::{Column, Entity},
    record,
    record::RecordKind,
};

use super::date_bounds::DateBounds;
use super::node::{self, Node};
use crate::{
    analysis::Recorded,
    graphql::{
        execution::context_ext::ContextExt,
        macros::{
            filter::{filter, slugs},
            node_type::node_type,
            order::order,
        },
        schema::scalars::{EdtfDate, Slug},
    },
    store::filter,
};

node_type! {
    /// A figure that a source reports. It is never mixed with figures counted from the records of
    /// the knowledge base.
    record Claim(claim), listed by ClaimFilter, ClaimOrder;
    lists {}
    fields {
        /// What the figure is about: a party, a body, an event or a work programme.
        async fn subject(&self, ctx: &Context<'_>) -> Result<Node> {
            Box::pin(node::by_key(ctx, self.row.subject_id)).await
        }

        /// What is measured, for example `ADMM-Plus meetings hosted`.
        fn measure(&self) -> &str {
            &self.row.measure
        }

        /// The figure, in `unit`.
        fn value(&self) -> f64 {
            self.row.value
        }

        /// The unit of `value`, for example `meetings`, `people` or an ISO 4217 currency code.
        fn unit(&self) -> &str {
            &self.row.unit
        }

        /// The start of the period that the figure is for; null if the source does not say.
        fn start(&self) -> Option<EdtfDate> {
            self.row.start.clone().map(EdtfDate)
        }

        /// The days that `start` can mean; null if there is no date.
        fn start_bounds(&self) -> Option<DateBounds> {
            self.row.start.as_ref().map(DateBounds::from)
        }

        /// The end of the period that the figure is for; null if the source does not say, or gives
        /// one date only.
        fn end(&self) -> Option<EdtfDate> {
            self.row.end.clone().map(EdtfDate)
        }

        /// The days that `end` can mean; null if there is no date.
        fn end_bounds(&self) -> Option<DateBounds> {
            self.row.end.as_ref().map(DateBounds::from)
        }

        /// The count from the records of the knowledge base for the same measure, subject and
        /// period; null if the measure cannot be counted from records, or if the event has no
        /// `participantCount`.
        ///
        /// These measures are counted:
        /// - `ADMM-Plus meetings hosted`: the party's contributions of kind `HOSTING` for the
        ///   ADMM-Plus or its subordinate bodies.
        /// - `meetings held`: meetings of ministers, senior officials and working groups, including
        ///   retreats and informal meetings.
        /// - `field training exercises held`: field training exercises and maritime exercises.
        /// - `table-top exercises held`: table-top exercises.
        /// - `exercise participants`, `meeting participants`: the event's `participantCount`.
        /// - `countries in exercise`, `countries at meeting`: parties with any role in the event.
        /// - `countries in the forum`: members and Plus members of the body.
        ///
        /// Meetings and exercises count if the body or one of its subordinate bodies held them;
        /// those that are only announced do not count. Meetings, exercises, contributions and
        /// memberships count if they may fall within the claim's period; undated ones count. A
        /// claim with only a start is for that date, a claim with only an end has no lower limit,
        /// and a claim without dates has no limits.
        async fn recorded(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
            let recorded = ctx.loaders().load::<Recorded>(self.row.id).await;
            recorded.map_err(Into::into).transpose()
        }

        /// `value` minus `recorded`: negative if the records count more than the source reports.
        /// Null if `recorded` is null.
        async fn difference(&self, ctx: &Context<'_>) -> Option<Result<f64>> {
            let recorded = ctx.loaders().load::<Recorded>(self.row.id).await;
            let difference = recorded.transpose()?.map(|recorded| self.row.value - recorded as f64);
            Some(difference.map_err(Into::into))
        }

        /// What the source says, paraphrased.
        fn statement(&self) -> &str {
            &self.row.statement
        }
    }
}

impl Claim {
    const KIND: RecordKind = RecordKind::Claim;

    /// The title of the record in a formatted reference.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(format!("{}: {} {}", self.row.measure, self.row.value, self.row.unit))
    }
}

filter! {
    /// A filter for claims. All fields that are set must match. A list matches any of its values;
    /// an empty list matches nothing.
    record ClaimFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::has_slug::<Entity>(slugs(these)),
        /// About one of these subjects: the code of a party, or the slug of a body, event or work
        /// programme.
        subjects: Vec<String> => |subjects| filter::references_slug::<record::Entity>(Column::SubjectId, subjects.clone()),
        /// Has one of these measures, spelt exactly as in `measure`.
        measures: Vec<String> => |measures| filter::any_of(Column::Measure, measures.clone()),
        /// Has one of these units, spelt exactly as in `unit`.
        units: Vec<String> => |units| filter::any_of(Column::Unit, units.clone()),
        /// Its period may last until this date or later. Claims without a period do not match.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// Its period may begin on or before this date. Claims without a period do not match.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Every word occurs in the measure or the statement. Case is ignored, and parts of words
        /// match.
        text: String => |words| filter::text(words, &[Column::Measure, Column::Statement]),
    }
}

order! {
    ClaimOrder by ClaimOrderField on claim, default Start Desc {
        /// The start of the period, by the earliest day that it can mean.
        Start => FirstDay,
        /// The measure.
        Measure => Measure,
        /// The figure, regardless of its unit.
        Value => Value,
        /// The slug.
        Slug => Slug,
    }
}
