//! Networks of parties: parties are nodes, and their joint activities are weighted links.

use std::collections::BTreeMap;

use entities::{chair_seat, chair_term, event, event_body, event_party, event_party::EventRole};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, ExprTrait, JoinType,
    sea_query::{Alias, CommonTableExpression, Expr, Query, SelectStatement, WithClause},
};

use crate::store::{ReadError, Store};

/// The joint activity that links parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They host or co-host the same event.
    Hosts,
    /// They hold seats of the same chair term.
    CoChairs,
    /// They take part in the same event, in any role.
    TakesPart,
}

/// Parties and the links between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// By weighted degree, then degree, both descending, then code.
    pub nodes: Vec<NetworkNode>,
    /// By weight, descending, then codes.
    pub links: Vec<NetworkEdge>,
}

/// A party with at least one link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkNode {
    /// The party's primary key.
    pub party: i32,
    /// Number of its links.
    pub degree: i64,
    /// Sum of the weights of its links.
    pub weighted_degree: i64,
}

/// Two parties and their number of joint activities. `a` has the code that sorts first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkEdge {
    pub a: i32,
    pub b: i32,
    pub codes: [String; 2],
    pub weight: i64,
}

crate::heap_size::heap_size! {
    Network { nodes links }
    NetworkNode {}
    NetworkEdge { codes }
}

const A: &str = "a";
const B: &str = "b";
const A_PARTY: &str = "a_party";
const B_PARTY: &str = "b_party";
const WEIGHT: &str = "weight";

/// The network over the events that match the filter. If there is a filter, a chair term counts if
/// its body held a matching event during the term.
pub async fn network(
    store: &Store,
    relation: Relation,
    filter: Option<Condition>,
) -> Result<Network, ReadError> {
    let select = match relation {
        Relation::Hosts => at_events(&[EventRole::Host, EventRole::CoHost], filter),
        Relation::TakesPart => at_events(&[], filter),
        Relation::CoChairs => in_terms(filter),
    };
    let mut links = Vec::new();
    for row in store.rows(select).await? {
        let mut ends: [(String, i32); 2] = [
            (row.try_get("", "a_code")?, row.try_get("", A)?),
            (row.try_get("", "b_code")?, row.try_get("", B)?),
        ];
        ends.sort();
        let [(a_code, a), (b_code, b)] = ends;
        links.push(NetworkEdge { a, b, codes: [a_code, b_code], weight: row.try_get("", WEIGHT)? });
    }
    links.sort_by(|x, y| y.weight.cmp(&x.weight).then_with(|| x.codes.cmp(&y.codes)));
    Ok(Network { nodes: nodes(&links), links })
}

/// The nodes of the links, in the order of [`Network::nodes`].
fn nodes(links: &[NetworkEdge]) -> Vec<NetworkNode> {
    let mut nodes: BTreeMap<&str, NetworkNode> = BTreeMap::new();
    for link in links {
        for (party, code) in [link.a, link.b].into_iter().zip(&link.codes) {
            let node =
                nodes.entry(code).or_insert(NetworkNode { party, degree: 0, weighted_degree: 0 });
            node.degree += 1;
            node.weighted_degree += link.weight;
        }
    }
    let mut nodes: Vec<NetworkNode> = nodes.into_values().collect();
    // The sort is stable: equal nodes stay ordered by code.
    nodes.sort_by_key(|node| std::cmp::Reverse((node.weighted_degree, node.degree)));
    nodes
}

/// Pairs of parties by the events in which both have one of the roles, or any role if `roles` is
/// empty.
fn at_events(roles: &[EventRole], filter: Option<Condition>) -> SelectStatement {
    use event_party::{Column, Entity};
    // A party with two roles in an event counts once.
    let mut parts = Query::select();
    parts
        .distinct()
        .columns([Column::EventId.as_column_ref(), Column::PartyId.as_column_ref()])
        .from(Entity);
    if !roles.is_empty() {
        let roles = roles.iter().map(|role| role.to_value());
        parts.and_where(Expr::col(Column::Role.as_column_ref()).is_in(roles));
    }
    if let Some(filter) = filter {
        parts
            .inner_join(
                event::Entity,
                Expr::col(Column::EventId.as_column_ref())
                    .eq(Expr::col(event::Column::Id.as_column_ref())),
            )
            .cond_where(filter);
    }
    pairs(parts, "event_id")
}

/// Pairs of parties by the chair terms in which both have a seat.
fn in_terms(filter: Option<Condition>) -> SelectStatement {
    use chair_seat::{Column, Entity};
    let mut seats = Query::select();
    seats
        .distinct()
        .columns([Column::ChairTermId.as_column_ref(), Column::PartyId.as_column_ref()])
        .from(Entity);
    if let Some(filter) = filter {
        let term = |column: chair_term::Column| Expr::col(column.as_column_ref());
        let of_event = |column: event::Column| Expr::col(column.as_column_ref());
        let fitting = Query::select()
            .expr(Expr::value(1))
            .from(event::Entity)
            .inner_join(
                event_body::Entity,
                Expr::col(event_body::Column::EventId.as_column_ref())
                    .eq(of_event(event::Column::Id)),
            )
            .and_where(
                Expr::col(event_body::Column::BodyId.as_column_ref())
                    .eq(term(chair_term::Column::BodyId)),
            )
            .and_where(of_event(event::Column::FirstDay).lte(term(chair_term::Column::LastDay)))
            .and_where(of_event(event::Column::LastDay).gte(term(chair_term::Column::FirstDay)))
            .cond_where(filter)
            .to_owned();
        seats
            .inner_join(
                chair_term::Entity,
                Expr::col(Column::ChairTermId.as_column_ref()).eq(term(chair_term::Column::Id)),
            )
            .and_where(Expr::exists(fitting));
    }
    pairs(seats, "chair_term_id")
}

/// Distinct pairs of parties that share an occasion (event or chair term), and the number of
/// occasions.
fn pairs(parts: SelectStatement, occasion: &'static str) -> SelectStatement {
    use entities::party::{Column, Entity};
    const PARTS: &str = "parts";
    let same = Condition::all()
        .add(Expr::col((A, occasion)).eq(Expr::col((B, occasion))))
        .add(Expr::col((A, "party_id")).lt(Expr::col((B, "party_id"))));
    let counted = Query::select()
        .expr_as(Expr::col((A, "party_id")), Alias::new(A_PARTY))
        .expr_as(Expr::col((B, "party_id")), Alias::new(B_PARTY))
        .expr_as(Expr::cust("COUNT(*)"), Alias::new(WEIGHT))
        .from_as(PARTS, A)
        .join_as(JoinType::InnerJoin, PARTS, B, same)
        .add_group_by([Expr::col((A, "party_id")), Expr::col((B, "party_id"))])
        .to_owned();
    // Materialised, so that both sides of the self-join use one read.
    let parts =
        CommonTableExpression::new().query(parts).table_name(PARTS).materialized(true).to_owned();
    let is = |alias: &'static str, key: &'static str| {
        Expr::col((alias, Column::Id)).eq(Expr::col(("counted", key)))
    };
    Query::select()
        .expr_as(Expr::col(("counted", A_PARTY)), Alias::new(A))
        .expr_as(Expr::col(("counted", B_PARTY)), Alias::new(B))
        .expr_as(Expr::col(("of_a", Column::Code)), Alias::new("a_code"))
        .expr_as(Expr::col(("of_b", Column::Code)), Alias::new("b_code"))
        .expr_as(Expr::col(("counted", WEIGHT)), Alias::new(WEIGHT))
        .from_subquery(counted, "counted")
        .join_as(JoinType::InnerJoin, Entity, "of_a", is("of_a", A_PARTY))
        .join_as(JoinType::InnerJoin, Entity, "of_b", is("of_b", B_PARTY))
        .with_cte(WithClause::new().cte(parts).to_owned())
        .to_owned()
}
