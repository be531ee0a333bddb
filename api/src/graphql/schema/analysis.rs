//! Resolvers of the root fields that count and compare.

use std::{collections::HashSet, hash::Hash, sync::Arc};

use async_graphql::{Context, Result};
use chrono::{Datelike, NaiveDate};
use entities::{TableRow, contribution, event, party};
use futures_util::future::try_join_all;
use sea_orm::Condition;

use super::{
    scalars::{EdtfDate, PartyCode},
    types::{
        comparison::{ContributionComparison, PartnerContributions},
        contribution::ContributionFilter,
        dimension::{Dimension, EventDimension},
        enums::EventStatus,
        event::EventFilter,
        matrix::Matrix,
        network::{Network, NetworkRelation},
        series::{Interval, Series},
    },
};
use crate::graphql::{
    execution::{context_ext::ContextExt, error::OperationError},
    macros::filter::Filter,
    relay::connection::{all_known, referenced_keys},
};
use crate::{
    analysis::{self, Axis},
    heap_size::HeapSize,
    store::{Store, load::BySlug},
};

/// The largest number of partners that one comparison accepts.
const MAX_PARTNERS: usize = 50;

fn condition<F: Filter>(filter: &Option<Box<F>>) -> Condition {
    filter.as_ref().map_or_else(Condition::all, |filter| filter.condition())
}

/// A filter of what can be counted. Counts include only what took place, unless the filter names
/// statuses.
pub(crate) trait Counted: Filter {
    /// Whether the filter, or one within it, names statuses.
    fn names_statuses(&self) -> bool;

    /// Adds the status of what took place.
    fn held(self) -> Self;
}

macro_rules! counted {
    ($($filter:ident by $($status:ident)+,)*) => {
        $(
            impl Counted for $filter {
                fn names_statuses(&self) -> bool {
                    let mut within = self.and.iter().chain(&self.or).flatten().chain(self.not.as_deref());
                    $(self.$status.is_some())||+ || within.any(Self::names_statuses)
                }

                fn held(self) -> Self {
                    Self { statuses: Some(vec![EventStatus::Held]), ..self }
                }
            }
        )*
    };
}

counted! {
    ContributionFilter by statuses,
    EventFilter by statuses planned,
}

/// The filter of a count.
fn counting<F: Counted>(filter: Option<Box<F>>) -> Option<Box<F>> {
    match filter {
        Some(filter) if filter.names_statuses() => Some(filter),
        filter => Some(Box::new(filter.map_or_else(F::default, |filter| *filter).held())),
    }
}

/// Fails if nothing was counted and the filter contains an unknown slug or code, which may be the
/// reason.
async fn counted<F: Filter>(ctx: &Context<'_>, total: i64, filter: &Option<Box<F>>) -> Result<()> {
    if total > 0 {
        return Ok(());
    }
    all_known(ctx, referenced_keys(filter)).await
}

pub(crate) async fn compare(
    ctx: &Context<'_>,
    partners: Vec<PartyCode>,
    filter: Option<Box<ContributionFilter>>,
) -> Result<ContributionComparison> {
    let mut seen = HashSet::new();
    let mut codes: Vec<String> = partners.iter().map(|code| code.0.to_string()).collect();
    codes.retain(|code| seen.insert(code.clone()));
    if codes.is_empty() || codes.len() > MAX_PARTNERS {
        return Err(OperationError::Partners { asked: codes.len(), max: MAX_PARTNERS }.into());
    }
    let load = |code: &String| ctx.loaders().load::<BySlug<party::Entity>>(code.clone());
    let rows: Vec<Option<Arc<party::Model>>> = try_join_all(codes.iter().map(load)).await?;
    let rows = codes
        .iter()
        .zip(rows)
        .map(|(code, row)| row.ok_or_else(|| OperationError::UnknownPartner(code.clone())));
    let rows: Vec<Arc<party::Model>> = rows.collect::<Result<_, OperationError>>()?;
    let codes: Vec<String> = rows.iter().map(|row| row.code.to_string()).collect();
    let filter = counting(filter);
    let key = (codes.clone(), filter.clone());
    let mut comparison = ctx
        .loaders()
        .once(key, async |store| analysis::compare(&store, &codes, &condition(&filter)).await)
        .await?;
    counted(ctx, comparison.total, &filter).await?;
    let total = comparison.total;
    let figures = rows
        .into_iter()
        .map(|row| PartnerContributions::new(row, &mut comparison, filter.clone()))
        .collect();
    Ok(ContributionComparison::new(total, figures))
}

pub(crate) async fn matrix(
    ctx: &Context<'_>,
    dimensions: [Dimension; 2],
    filter: Option<Box<ContributionFilter>>,
    empty: bool,
) -> Result<Matrix> {
    let filter = counting(filter);
    let key = (dimensions, empty, filter.clone());
    let count = async |store: Store| {
        let [rows, columns] = dimensions.map(Axis::from);
        let filter = condition(&filter);
        analysis::matrix::<contribution::Entity>(&store, &filter, [&rows, &columns], empty).await
    };
    let matrix = ctx.loaders().once(key, count).await?;
    counted(ctx, matrix.total, &filter).await?;
    Ok(matrix.into())
}

/// Entries that can be counted over time.
pub(crate) trait Timed: Counted {
    type Entity: TableRow;
    type Dimension: Copy + Eq + Hash + HeapSize + Into<Axis> + Send + Sync + 'static;
    fn period(interval: analysis::Interval) -> Axis;
    /// `from` and `to` of the filter.
    fn dates(&self) -> [Option<&EdtfDate>; 2];
}

macro_rules! timed {
    ($($filter:ident by $module:ident and $dimension:ident on $entity:ident,)*) => {
        $(
            impl Timed for $filter {
                type Entity = $entity::Entity;
                type Dimension = $dimension;

                fn period(interval: analysis::Interval) -> Axis {
                    analysis::$module::period(interval)
                }

                fn dates(&self) -> [Option<&EdtfDate>; 2] {
                    [self.from.as_ref(), self.to.as_ref()]
                }
            }
        )*
    };
}

timed! {
    ContributionFilter by contributions and Dimension on contribution,
    EventFilter by events and EventDimension on event,
}

/// The first and the last step of the period in a filter. Dates outside 1900 to 2100 limit what is
/// counted, but do not extend the series.
fn bounds<F: Timed>(
    interval: analysis::Interval,
    filter: &Option<Box<F>>,
) -> (Option<String>, Option<String>) {
    let [from, to] = filter.as_ref().map(|filter| filter.dates()).unwrap_or_default();
    let step = |day: NaiveDate| (1900..=2100).contains(&day.year()).then(|| interval.of(day));
    (from.and_then(|date| step(date.0.first_day())), to.and_then(|date| step(date.0.last_day())))
}

pub(crate) async fn series<F: Timed>(
    ctx: &Context<'_>,
    interval: Interval,
    split: Option<F::Dimension>,
    filter: Option<Box<F>>,
    empty: bool,
) -> Result<Vec<Series>> {
    let interval = interval.into();
    let filter = counting(filter);
    let key = (interval, split, empty, filter.clone());
    let count = async |store: Store| {
        analysis::series::<F::Entity>(
            &store,
            &condition(&filter),
            &F::period(interval),
            split.map(Into::into).as_ref(),
            bounds(interval, &filter),
            empty,
        )
        .await
    };
    let series = ctx.loaders().once(key, count).await?;
    counted(ctx, series.iter().map(|series| series.total).sum(), &filter).await?;
    Ok(series.into_iter().map(Series::new).collect())
}

pub(crate) async fn network(
    ctx: &Context<'_>,
    relation: NetworkRelation,
    filter: Option<Box<EventFilter>>,
) -> Result<Network> {
    // A chair term counts by its seats, whatever its body held, unless a filter asks for events.
    let filter = match (relation, filter) {
        (NetworkRelation::CoChairs, filter) if condition(&filter).is_empty() => filter,
        (_, filter) => counting(filter),
    };
    let key = (relation, filter.clone());
    let count = async |store: Store| {
        let fits = filter.as_ref().map(|filter| filter.condition()).filter(|fits| !fits.is_empty());
        analysis::network(&store, relation.into(), fits).await
    };
    let network = ctx.loaders().once(key, count).await?;
    counted(ctx, network.links.len() as i64, &filter).await?;
    Ok(network.into())
}
