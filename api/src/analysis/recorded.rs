//! Counts of the records that correspond to reported figures: same measure, subject and period.

use std::{collections::HashMap, sync::Arc};

use entities::{
    TableRow, body, claim, contribution, contribution::ContributionKind, event, event::EventKind,
    event_body, event_party, membership, membership::MembershipRole,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType,
    sea_query::{Alias, Expr, Order, Query, SelectStatement, SimpleExpr},
};

use crate::store::{
    ReadError, Store, Union, dialect,
    filter::{self, col},
    list::{ParentLink, tree},
    load::{BatchLoad, evidence},
};

/// Counts by claim; `None` if no records can be counted in the same way.
pub struct Recorded;

impl BatchLoad for Recorded {
    type Key = i32;
    type Value = Option<i64>;

    async fn fetch(store: &Store, claims: &[i32]) -> Result<HashMap<i32, Option<i64>>, ReadError> {
        let among = dialect::in_list(store.backend(), col(claim::Column::Id), claims);
        let counts = counts(store, &among).await?;
        let records = |count: Option<Count>| count.map(|count| count.records);
        Ok(counts.into_iter().map(|(claim, count)| (claim, records(count))).collect())
    }
}

/// The claims about a party that can be compared with a count of the records, sorted by slug.
pub struct ComparableClaims;

impl BatchLoad for ComparableClaims {
    type Key = i32;
    type Value = Arc<[Arc<claim::Model>]>;

    async fn fetch(store: &Store, parties: &[i32]) -> Result<HashMap<i32, Self::Value>, ReadError> {
        let mut select = Query::select();
        select
            .columns(claim::Entity::columns())
            .from(claim::Entity)
            .and_where(dialect::in_list(store.backend(), col(claim::Column::SubjectId), parties))
            .and_where(col(claim::Column::Measure).is_in(MEASURES))
            .order_by(claim::Column::Slug.as_column_ref(), Order::Asc);
        let mut lists: HashMap<i32, Vec<Arc<claim::Model>>> = HashMap::new();
        for claim in store.rows_of::<claim::Entity>(select).await? {
            lists.entry(claim.subject_id).or_default().push(Arc::new(claim));
        }
        Ok(lists.into_iter().map(|(party, claims)| (party, claims.into())).collect())
    }
}

/// The records that correspond to a claim.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    pub records: i64,
    /// Whether none of them cites a source of the claim.
    pub is_independent: bool,
}

/// The counts of the records that correspond to the claims that match the condition.
pub(super) async fn counts(
    store: &Store,
    claims: &SimpleExpr,
) -> Result<HashMap<i32, Option<Count>>, ReadError> {
    let parts = parts().into_iter().map(|mut part| part.and_where(claims.clone()).take());
    let union = Union::all(parts).expect("there are measures");
    let mut found = HashMap::new();
    for row in store.rows_of_union(&union).await? {
        let records: Option<i64> = row.try_get("", COUNT)?;
        let shared: Option<i32> = row.try_get("", SHARED)?;
        let is_independent = shared == Some(0);
        let count = records.map(|records| Count { records, is_independent });
        found.insert(row.try_get("", CLAIM)?, count);
    }
    Ok(found)
}

const CLAIM: &str = "claim_id";
const COUNT: &str = "recorded";
const SHARED: &str = "shared";

/// The measures that the records can be counted by, as written in the dataset.
const MEASURES: [&str; 9] = [
    HOSTED,
    MEETINGS,
    FIELD_EXERCISES,
    TABLETOP_EXERCISES,
    EXERCISE_PARTICIPANTS,
    MEETING_PARTICIPANTS,
    COUNTRIES_IN_EXERCISE,
    COUNTRIES_AT_MEETING,
    COUNTRIES_IN_FORUM,
];
const HOSTED: &str = "ADMM-Plus meetings hosted";
const MEETINGS: &str = "meetings held";
const FIELD_EXERCISES: &str = "field training exercises held";
const TABLETOP_EXERCISES: &str = "table-top exercises held";
const EXERCISE_PARTICIPANTS: &str = "exercise participants";
const MEETING_PARTICIPANTS: &str = "meeting participants";
const COUNTRIES_IN_EXERCISE: &str = "countries in exercise";
const COUNTRIES_AT_MEETING: &str = "countries at meeting";
const COUNTRIES_IN_FORUM: &str = "countries in the forum";

/// The row's period can overlap the claim's. A missing start or end, of the claim or of the row,
/// means an open interval.
fn overlaps<C: ColumnTrait + Copy>(first_day: C, last_day: C) -> Condition {
    let bounded = |open: SimpleExpr, bound: SimpleExpr, holds: SimpleExpr| {
        Condition::any().add(open.is_null()).add(bound.is_null()).add(holds)
    };
    let (from, to) = (col(claim::Column::FirstDay), col(claim::Column::LastDay));
    Condition::all()
        .add(bounded(col(claim::Column::Start), col(last_day), col(last_day).gte(from)))
        .add(bounded(to.clone(), col(first_day), col(first_day).lte(to)))
}

/// One statement per group of measures: its claims, each with the count of the records that match
/// it.
fn parts() -> Vec<SelectStatement> {
    let hosted = Condition::all()
        .add(col(contribution::Column::PartnerId).eq(col(claim::Column::SubjectId)))
        .add(col(contribution::Column::Kind).eq(ContributionKind::Hosting.to_value()))
        .add(filter::in_subtree(contribution::Column::BodyId, vec!["admm-plus".to_owned()]))
        .add(filter::not_held(contribution::Column::Status, false))
        .add(overlaps(contribution::Column::FirstDay, contribution::Column::LastDay));
    let member = [MembershipRole::Member, MembershipRole::PlusMember].map(|role| role.to_value());
    let members = Condition::all()
        .add(col(membership::Column::BodyId).eq(col(claim::Column::SubjectId)))
        .add(col(membership::Column::Role).is_in(member))
        .add(overlaps(membership::Column::FirstDay, membership::Column::LastDay));
    let taking_part =
        Condition::all().add(col(event_party::Column::EventId).eq(col(claim::Column::SubjectId)));
    use EventKind::*;
    let meetings = [
        MinisterialMeeting,
        Retreat,
        InformalMeeting,
        SeniorOfficialsMeeting,
        WorkingGroupMeeting,
        ExpertWorkingGroupMeeting,
    ];
    vec![
        distinct::<contribution::Entity>(
            &[HOSTED],
            contribution::Column::Id,
            contribution::Column::Id,
            hosted,
        ),
        distinct::<event::Entity>(
            &[MEETINGS],
            event::Column::Id,
            event::Column::Id,
            held(&meetings),
        ),
        distinct::<event::Entity>(
            &[FIELD_EXERCISES],
            event::Column::Id,
            event::Column::Id,
            held(&[FieldTrainingExercise, MaritimeExercise]),
        ),
        distinct::<event::Entity>(
            &[TABLETOP_EXERCISES],
            event::Column::Id,
            event::Column::Id,
            held(&[TabletopExercise]),
        ),
        head_count(),
        distinct::<event_party::Entity>(
            &[COUNTRIES_IN_EXERCISE, COUNTRIES_AT_MEETING],
            event_party::Column::PartyId,
            event_party::Column::EventId,
            taking_part,
        ),
        distinct::<membership::Entity>(
            &[COUNTRIES_IN_FORUM],
            membership::Column::PartyId,
            membership::Column::Id,
            members,
        ),
    ]
}

/// Events of some kinds that were held by the claim's subject or its subordinate bodies.
fn held(kinds: &[EventKind]) -> Condition {
    let below = Query::select()
        .column(("below", ParentLink::CHILD))
        .from_subquery(tree::descendants::<body::Entity>(body::Column::ParentId), "below")
        .and_where(Expr::col(("below", ParentLink::PARENT)).eq(col(claim::Column::SubjectId)))
        .to_owned();
    let body = Condition::any()
        .add(col(event_body::Column::BodyId).eq(col(claim::Column::SubjectId)))
        .add(col(event_body::Column::BodyId).in_subquery(below));
    let held_by = Query::select()
        .expr(col(event_body::Column::EventId))
        .from(event_body::Entity)
        .cond_where(body)
        .to_owned();
    Condition::all()
        .add(col(event::Column::Kind).is_in(kinds.iter().map(|kind| kind.to_value())))
        .add(filter::not_held(event::Column::Status, false))
        .add(col(event::Column::Id).in_subquery(held_by))
        .add(overlaps(event::Column::FirstDay, event::Column::LastDay))
}

fn of_measures(measures: &[&str]) -> SelectStatement {
    Query::select()
        .expr_as(col(claim::Column::Id), Alias::new(CLAIM))
        .from(claim::Entity)
        .and_where(col(claim::Column::Measure).is_in(measures.iter().copied()))
        .to_owned()
}

/// 1 if a record cites a source of the claim, or another copy of it, else 0.
fn shares_a_source(record: SimpleExpr) -> SimpleExpr {
    let shared = evidence::originals(record)
        .and_where(evidence::original().in_subquery(evidence::originals(col(claim::Column::Id))))
        .take();
    Expr::case(Expr::exists(shared), 1).finally(0).into()
}

/// Number of distinct values of a column in the rows of `E` that match a claim; `record` is the
/// record of each.
fn distinct<E: EntityTrait>(
    measures: &[&str],
    column: E::Column,
    record: E::Column,
    fits: Condition,
) -> SelectStatement {
    let mut select = of_measures(measures);
    select
        .expr_as(col(column).count_distinct(), Alias::new(COUNT))
        .expr_as(shares_a_source(col(record)).max(), Alias::new(SHARED))
        .join(JoinType::LeftJoin, E::default().table_ref(), fits)
        .add_group_by([col(claim::Column::Id)]);
    select
}

/// The participant count of the event itself; null if it is not known.
fn head_count() -> SelectStatement {
    let mut select = of_measures(&[EXERCISE_PARTICIPANTS, MEETING_PARTICIPANTS]);
    select
        .expr_as(col(event::Column::ParticipantCount).cast_as("bigint"), Alias::new(COUNT))
        .expr_as(shares_a_source(col(event::Column::Id)), Alias::new(SHARED))
        .inner_join(event::Entity, col(event::Column::Id).eq(col(claim::Column::SubjectId)));
    select
}
