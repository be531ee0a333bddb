//! Who does things together: parties as nodes, what they did together as weighted links.

use std::collections::BTreeMap;

use entities::{chair_seat, chair_term, event, event_party, event_party::EventRole};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, ExprTrait, JoinType,
    sea_query::{Alias, CommonTableExpression, Expr, Query, SelectStatement, WithClause},
};

use crate::store::{ReadError, Store};

/// What parties do together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Host the same event.
    Hosts,
    /// Hold the seats of the same chair term.
    CoChairs,
    /// Have a part in the same event.
    TakesPart,
}

/// Parties and what binds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Most bound first.
    pub nodes: Vec<Node>,
    /// Strongest first.
    pub links: Vec<Link>,
}

/// A party that does things with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The party's key.
    pub party: i32,
    /// With how many others.
    pub degree: i64,
    /// The sum of the weights of its links.
    pub weighted_degree: i64,
}

/// Two parties and how often they did it together. `a` has the lesser code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub a: i32,
    pub b: i32,
    pub codes: [String; 2],
    pub weight: i64,
}

const A: &str = "a";
const B: &str = "b";
const A_PARTY: &str = "a_party";
const B_PARTY: &str = "b_party";
const WEIGHT: &str = "weight";

/// The network over the events that fit. Where a filter asks for anything, chair terms count if their body
/// held an event that fits while they ran.
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
        links.push(Link { a, b, codes: [a_code, b_code], weight: row.try_get("", WEIGHT)? });
    }
    links.sort_by(|x, y| y.weight.cmp(&x.weight).then_with(|| x.codes.cmp(&y.codes)));
    Ok(Network { nodes: nodes(&links), links })
}

/// The ends of links, most bound first.
fn nodes(links: &[Link]) -> Vec<Node> {
    let mut nodes: BTreeMap<&str, Node> = BTreeMap::new();
    for link in links {
        for (party, code) in [link.a, link.b].into_iter().zip(&link.codes) {
            let node = nodes.entry(code).or_insert(Node { party, degree: 0, weighted_degree: 0 });
            node.degree += 1;
            node.weighted_degree += link.weight;
        }
    }
    let mut nodes: Vec<Node> = nodes.into_values().collect();
    // The sort is stable: among equals the order of the codes stays.
    nodes.sort_by_key(|node| std::cmp::Reverse((node.weighted_degree, node.degree)));
    nodes
}

/// Pairs of parties by the events in which both have one of the roles; any role where none is named.
fn at_events(roles: &[EventRole], filter: Option<Condition>) -> SelectStatement {
    use event_party::{Column, Entity};
    // A party with two roles in an event is there once.
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
            .and_where(of_event(event::Column::BodyId).eq(term(chair_term::Column::BodyId)))
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

/// Pairs of parties that share an occasion, each pair once, and how many they share.
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
    // Both ends of the pairs come from one reading.
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
