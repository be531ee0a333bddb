//! Counts of an entity's rows by up to two axes, any number of them by one statement.

use std::{cmp::Reverse, collections::HashSet};

use sea_orm::{
    Condition, ExprTrait,
    sea_query::{Alias, Expr, Query, SelectStatement, SimpleExpr, UnionType},
};

use super::axis::{Axis, Order, no_text};
use crate::store::{ReadError, Store, entity::Keyed};

/// A group of an axis and how many rows are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub group: Group,
    pub count: i64,
}

/// What a group is called. Rows that have no value of an axis are a group without a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    pub key: Option<String>,
    pub label: Option<String>,
}

/// A count that a statement gave.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// Which of the counts, in the order in which they were asked for.
    pub part: usize,
    pub groups: [Group; 2],
    pub count: i64,
    /// The earliest and the latest date of the rows, where they were asked for.
    pub span: Option<(String, String)>,
}

/// Counts to be made together.
#[derive(Default)]
pub(super) struct Counts {
    parts: Vec<SelectStatement>,
}

const PART: &str = "part";
const COUNT: &str = "how_many";
const EARLIEST: &str = "earliest";
const LATEST: &str = "latest";
const KEYS: [&str; 2] = ["first_key", "second_key"];
const LABELS: [&str; 2] = ["first_label", "second_label"];
const LINKS: [&str; 2] = ["first_link", "second_link"];
const NAMES: [&str; 2] = ["first_names", "second_names"];
const GROUPED: &str = "grouped";

impl Counts {
    /// Adds a count of the rows of `E` that fit, by some axes. With `date`, also the earliest and
    /// the latest of it. A row counts once in every group that it is in.
    pub fn add<E: Keyed>(
        &mut self,
        filter: &Condition,
        axes: &[&Axis],
        date: Option<SimpleExpr>,
    ) -> &mut Self {
        // Grouped by keys, narrow as they are, before names are looked up.
        let mut grouped = Query::select();
        grouped.from(E::default().table_ref()).cond_where(filter.clone());
        for (axis, (key, link)) in axes.iter().zip(KEYS.into_iter().zip(LINKS)) {
            let value = axis.join(&mut grouped, link);
            grouped.expr_as(value, Alias::new(key)).add_group_by([Expr::col(Alias::new(key))]);
        }
        grouped.expr_as(Expr::cust("COUNT(*)"), Alias::new(COUNT));
        if let Some(date) = &date {
            grouped
                .expr_as(date.clone().min(), Alias::new(EARLIEST))
                .expr_as(date.clone().max(), Alias::new(LATEST));
        }

        let mut part = Query::select();
        part.expr_as(Expr::value(self.parts.len() as i32), Alias::new(PART))
            .from_subquery(grouped, GROUPED);
        for place in 0..2 {
            let [text, label] = match axes.get(place) {
                Some(axis) => {
                    axis.label(&mut part, Expr::col((GROUPED, KEYS[place])), NAMES[place])
                }
                None => [no_text(), no_text()],
            };
            part.expr_as(text, Alias::new(KEYS[place])).expr_as(label, Alias::new(LABELS[place]));
        }
        let dates = [EARLIEST, LATEST].map(|name| match date {
            Some(_) => Expr::col((GROUPED, name)).cast_as("text"),
            None => no_text(),
        });
        part.expr_as(Expr::col((GROUPED, COUNT)), Alias::new(COUNT));
        for (date, name) in dates.into_iter().zip([EARLIEST, LATEST]) {
            part.expr_as(date, Alias::new(name));
        }
        self.parts.push(part);
        self
    }

    /// Adds the groups of an axis that have a name, each with a count of none.
    pub fn add_groups(&mut self, axis: &Axis) -> &mut Self {
        let mut part = Query::select();
        part.expr_as(Expr::value(self.parts.len() as i32), Alias::new(PART));
        match axis.all_named() {
            Some(groups) => {
                part.expr_as(Expr::col("key"), Alias::new(KEYS[0]))
                    .expr_as(Expr::col("label"), Alias::new(LABELS[0]))
                    .from_subquery(groups, GROUPED);
            }
            None => {
                part.expr_as(no_text(), Alias::new(KEYS[0]))
                    .expr_as(no_text(), Alias::new(LABELS[0]))
                    .and_where(Expr::value(1).eq(0));
            }
        }
        part.expr_as(no_text(), Alias::new(KEYS[1]))
            .expr_as(no_text(), Alias::new(LABELS[1]))
            .expr_as(Expr::value(0_i64).cast_as("bigint"), Alias::new(COUNT))
            .expr_as(no_text(), Alias::new(EARLIEST))
            .expr_as(no_text(), Alias::new(LATEST));
        self.parts.push(part);
        self
    }

    /// Makes all counts, by one statement.
    pub async fn read(self, store: &Store) -> Result<Vec<Cell>, ReadError> {
        let mut parts = self.parts.into_iter();
        let Some(mut select) = parts.next() else { return Ok(Vec::new()) };
        for part in parts {
            select.union(UnionType::All, part);
        }
        let mut cells = Vec::new();
        for row in store.rows(&select).await? {
            let part: i32 = row.try_get("", PART)?;
            let group = |place: usize| -> Result<Group, ReadError> {
                Ok(Group {
                    key: row.try_get("", KEYS[place])?,
                    label: row.try_get("", LABELS[place])?,
                })
            };
            let earliest: Option<String> = row.try_get("", EARLIEST)?;
            let latest: Option<String> = row.try_get("", LATEST)?;
            cells.push(Cell {
                part: part as usize,
                groups: [group(0)?, group(1)?],
                count: row.try_get("", COUNT)?,
                span: earliest.zip(latest),
            });
        }
        Ok(cells)
    }
}

/// Puts the groups of an axis in order: largest first or by key, as the axis has it; what has no
/// value comes last.
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

/// Adds the groups of an axis that are not among the tallies.
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
