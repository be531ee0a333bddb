//! Counts of an entity's rows by up to two axes; one statement makes any number of counts.
//!
//! On an axis that is not linked, a row is in exactly one group. Counts by more such axes can
//! therefore be summed to counts by fewer, so counts that differ only in such axes are read from
//! the tables once.

use entities::TableRow;
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    ptr,
};

use sea_orm::{
    Condition, ExprTrait, QueryResult,
    sea_query::{Alias, Expr, Query, SelectStatement, SimpleExpr},
};

use super::axis::{Axis, Order, no_text};
use crate::store::{ReadError, Store, Union};

/// A group of an axis and its number of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub group: Group,
    pub count: i64,
}

/// A group of an axis. Rows without a value on the axis form a group without a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    pub key: Option<String>,
    pub label: Option<String>,
}

crate::heap_size::heap_size! {
    Tally { group }
    Group { key label }
}

/// One counted combination of groups.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// Index of the count, in the order in which the counts were added.
    pub part: usize,
    pub groups: [Group; 2],
    pub count: i64,
    /// The earliest and the latest date of the rows, if a date was given to [`Counts::add`].
    pub span: Option<(String, String)>,
}

/// Counts that are made with one statement.
#[derive(Default)]
pub(super) struct Counts<'a> {
    scopes: Vec<SelectStatement>,
    parts: Vec<Partition<'a>>,
}

/// A set of rows that is counted: an index into [`Counts::scopes`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope(usize);

enum Partition<'a> {
    /// A count of rows by some axes; with `date`, also its earliest and latest values.
    Rows { scope: Scope, axes: Vec<&'a Axis>, date: Option<SimpleExpr> },
    /// The named groups of an axis.
    Groups(&'a Axis),
}

/// A `GROUP BY` query that is read once, for one or more parts.
struct CountQuery<'a> {
    scope: Scope,
    axes: Vec<&'a Axis>,
    date: Option<SimpleExpr>,
    /// The index of each part, and the positions of its axes in `axes`.
    parts: Vec<(usize, Vec<usize>)>,
}

/// Maximum number of axes of a query: each multiplies the number of its rows.
const MOST_AXES: usize = 3;

const QUERY: &str = "query_number";
const COUNT: &str = "how_many";
const EARLIEST: &str = "earliest";
const LATEST: &str = "latest";
const KEYS: [&str; MOST_AXES] = ["first_key", "second_key", "third_key"];
const LABELS: [&str; MOST_AXES] = ["first_label", "second_label", "third_label"];
const LINKS: [&str; MOST_AXES] = ["first_link", "second_link", "third_link"];
const NAMES: [&str; MOST_AXES] = ["first_names", "second_names", "third_names"];
const GROUPED: &str = "grouped";

impl<'a> Counts<'a> {
    /// Adds the rows of `E` that match the filter as a scope.
    pub fn of<E: TableRow>(&mut self, filter: &Condition) -> Scope {
        let mut rows = Query::select();
        rows.from(E::default().table_ref()).cond_where(filter.clone());
        self.scopes.push(rows);
        Scope(self.scopes.len() - 1)
    }

    /// Adds a count by at most two axes. With `date`, also its earliest and latest values. A row
    /// counts once in each of its groups.
    pub fn add(&mut self, scope: Scope, axes: &[&'a Axis], date: Option<SimpleExpr>) -> &mut Self {
        self.parts.push(Partition::Rows { scope, axes: axes.to_vec(), date });
        self
    }

    /// Adds the named groups of an axis, each with a count of 0.
    pub fn add_groups(&mut self, axis: &'a Axis) -> &mut Self {
        self.parts.push(Partition::Groups(axis));
        self
    }

    /// Makes all counts with one statement. A count without axes always has a cell.
    pub async fn read(self, store: &Store) -> Result<Vec<Cell>, ReadError> {
        let queries = self.queries();
        let groups =
            self.parts.iter().enumerate().filter_map(|(part, partition)| match partition {
                Partition::Groups(axis) => Some((part, *axis)),
                Partition::Rows { .. } => None,
            });
        let groups: Vec<(usize, &Axis)> = groups.collect();
        let statements = queries.iter().map(|query| query.statement(&self.scopes));
        let statements = statements.chain(groups.iter().map(|(_, axis)| all_groups(axis)));
        let numbered = statements.zip(0_i32..).map(|(mut statement, number)| {
            statement.expr_as(Expr::value(number), Alias::new(QUERY)).take()
        });
        let mut cells = HashMap::new();
        for (part, partition) in self.parts.iter().enumerate() {
            if matches!(partition, Partition::Rows { axes, .. } if axes.is_empty()) {
                cells.insert((part, [EMPTY; 2]), (0, None));
            }
        }
        let union = Union::all(numbered).expect("something is counted");
        for row in store.rows_of_union(&union).await? {
            let found = CountRow::new(&row)?;
            match queries.get(found.query) {
                Some(query) => {
                    for (part, places) in &query.parts {
                        let mut groups = [EMPTY; 2];
                        for (group, place) in groups.iter_mut().zip(places) {
                            *group = found.groups[*place].clone();
                        }
                        let cell = cells.entry((*part, groups)).or_insert((0, None));
                        cell.0 += found.count;
                        cell.1 = rollup(cell.1.take(), found.span.clone());
                    }
                }
                None => {
                    let (part, _) = groups[found.query - queries.len()];
                    let [group, ..] = found.groups;
                    cells.insert((part, [group, EMPTY]), (0, None));
                }
            }
        }
        let cell = |((part, groups), (count, span))| Cell { part, groups, count, span };
        Ok(cells.into_iter().map(cell).collect())
    }

    /// Parts of a scope with the same linked axes share a query, up to [`MOST_AXES`] axes.
    fn queries(&self) -> Vec<CountQuery<'a>> {
        let mut queries: Vec<CountQuery<'a>> = Vec::new();
        for (part, partition) in self.parts.iter().enumerate() {
            let Partition::Rows { scope, axes, date } = partition else { continue };
            let fits = |query: &&mut CountQuery<'a>| {
                let new = axes.iter().filter(|axis| place(&query.axes, axis).is_none());
                let others = query.axes.iter().filter(|axis| place(axes, axis).is_none());
                query.scope == *scope
                    && query.axes.len() + new.clone().count() <= MOST_AXES
                    && new.chain(others).all(|axis| !axis.is_linked())
            };
            let query = match queries.iter_mut().find(fits) {
                Some(query) => query,
                None => {
                    let parts = Vec::new();
                    queries.push(CountQuery { scope: *scope, axes: Vec::new(), date: None, parts });
                    queries.last_mut().expect("one was pushed")
                }
            };
            let places = axes.iter().map(|axis| {
                place(&query.axes, axis).unwrap_or_else(|| {
                    query.axes.push(axis);
                    query.axes.len() - 1
                })
            });
            let places = places.collect();
            query.parts.push((part, places));
            query.date = query.date.take().or_else(|| date.clone());
        }
        queries
    }
}

/// The position of an axis among others, by identity: both sides of a matrix can be the same kind
/// of axis.
fn place(axes: &[&Axis], axis: &Axis) -> Option<usize> {
    axes.iter().position(|other| ptr::eq(*other, axis))
}

impl CountQuery<'_> {
    fn statement(&self, scopes: &[SelectStatement]) -> SelectStatement {
        // Groups by the narrow keys before the names are joined.
        let mut grouped = scopes[self.scope.0].clone();
        for (axis, (key, link)) in self.axes.iter().zip(KEYS.into_iter().zip(LINKS)) {
            let value = axis.join(&mut grouped, link);
            grouped.expr_as(value, Alias::new(key)).add_group_by([Expr::col(Alias::new(key))]);
        }
        grouped.expr_as(Expr::cust("COUNT(*)"), Alias::new(COUNT));
        if let Some(date) = &self.date {
            grouped
                .expr_as(date.clone().min(), Alias::new(EARLIEST))
                .expr_as(date.clone().max(), Alias::new(LATEST));
        }
        let mut statement = Query::select();
        statement.from_subquery(grouped, GROUPED);
        for place in 0..MOST_AXES {
            let [text, label] = match self.axes.get(place) {
                Some(axis) => {
                    let key = Expr::col((GROUPED, KEYS[place]));
                    axis.label(&mut statement, key, NAMES[place])
                }
                None => [no_text(), no_text()],
            };
            statement
                .expr_as(text, Alias::new(KEYS[place]))
                .expr_as(label, Alias::new(LABELS[place]));
        }
        statement.expr_as(Expr::col((GROUPED, COUNT)), Alias::new(COUNT));
        for name in [EARLIEST, LATEST] {
            let date = match self.date {
                Some(_) => Expr::col((GROUPED, name)).cast_as("text"),
                None => no_text(),
            };
            statement.expr_as(date, Alias::new(name));
        }
        statement
    }
}

/// Selects the named groups of an axis; no rows if it has none.
fn all_groups(axis: &Axis) -> SelectStatement {
    let mut statement = Query::select();
    let first = match axis.all_named() {
        Some(groups) => {
            statement.from_subquery(groups, GROUPED);
            [Expr::col("key"), Expr::col("label")]
        }
        None => {
            statement.and_where(Expr::value(1).eq(0));
            [no_text(), no_text()]
        }
    };
    let others = [(); MOST_AXES - 1].map(|()| [no_text(), no_text()]);
    for ([key, label], place) in [first].into_iter().chain(others).zip(0..) {
        statement.expr_as(key, Alias::new(KEYS[place])).expr_as(label, Alias::new(LABELS[place]));
    }
    statement
        .expr_as(Expr::value(0_i64).cast_as("bigint"), Alias::new(COUNT))
        .expr_as(no_text(), Alias::new(EARLIEST))
        .expr_as(no_text(), Alias::new(LATEST));
    statement
}

/// Placeholder group of counts by fewer axes.
const EMPTY: Group = Group { key: None, label: None };

type Span = Option<(String, String)>;

fn rollup(a: Span, b: Span) -> Span {
    match (a, b) {
        (Some(a), Some(b)) => Some((Ord::min(a.0, b.0), Ord::max(a.1, b.1))),
        (a, b) => a.or(b),
    }
}

/// A row of the result.
struct CountRow {
    query: usize,
    groups: [Group; MOST_AXES],
    count: i64,
    span: Span,
}

impl CountRow {
    fn new(row: &QueryResult) -> Result<Self, ReadError> {
        let query: i32 = row.try_get("", QUERY)?;
        let mut groups = [EMPTY; MOST_AXES];
        for (place, group) in groups.iter_mut().enumerate() {
            group.key = row.try_get("", KEYS[place])?;
            group.label = row.try_get("", LABELS[place])?;
        }
        let earliest: Option<String> = row.try_get("", EARLIEST)?;
        let latest: Option<String> = row.try_get("", LATEST)?;
        let span = earliest.zip(latest);
        Ok(Self { query: query as usize, groups, count: row.try_get("", COUNT)?, span })
    }
}

/// Sorts the groups of an axis, largest first or by key, depending on the axis. The group without a
/// key comes last.
pub(super) fn sort(tallies: &mut [Tally], axis: &Axis) {
    let size = |tally: &Tally| match axis.order() {
        Order::Size => Reverse(tally.count),
        Order::Key => Reverse(0),
    };
    tallies.sort_by(|a, b| {
        let order = |tally: &Tally| (tally.group.key.is_none(), size(tally));
        order(a).cmp(&order(b)).then_with(|| a.group.key.cmp(&b.group.key))
    });
}

/// Adds the groups of an axis that are missing from the tallies, with a count of 0.
pub(super) fn complete(tallies: &mut Vec<Tally>, axis: &Axis, named: Vec<Group>) {
    let known: HashSet<Option<String>> =
        tallies.iter().map(|tally| tally.group.key.clone()).collect();
    let occurring: Vec<&str> =
        tallies.iter().filter_map(|tally| tally.group.key.as_deref()).collect();
    let texts = axis.all_texts(&occurring).into_iter();
    let groups: Vec<Group> = texts
        .map(|text| Group { key: Some(text), label: None })
        .chain(named)
        .filter(|group| !known.contains(&group.key))
        .collect();
    tallies.extend(groups.into_iter().map(|group| Tally { group, count: 0 }));
}
