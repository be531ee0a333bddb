//! Dimensions of counts. An axis assigns a counted row to its groups: none, one or several.

use entities::{
    TableRow, body, contribution, contribution_beneficiary, event, event_body, event_party,
    initiative, party, record_theme, theme,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, EntityTrait, ExprTrait, Iterable, JoinType,
    sea_query::{
        Alias, CommonTableExpression, DynIden, Expr, Func, IntoIden, Query, SelectStatement,
        SimpleExpr, TableRef, UnionType, WithClause,
    },
};

use crate::store::filter::col;

/// The column of the counted row's key in the pairs of a link.
const OWNER: &str = "owner";
/// The column of the group's key in the pairs of a link.
const VALUE: &str = "value";

/// A way to group the rows of an entity.
#[derive(Clone, Debug)]
pub struct Axis {
    link: Option<JunctionTable>,
    key: Key,
    /// For groups that are rows of a table: the source of their keys and labels.
    names: Option<GroupNames>,
    order: Order,
    all: All,
}

/// Pairs of a row and a group, for axes on which a row can be in several groups.
#[derive(Clone, Debug)]
struct JunctionTable {
    pairs: SelectStatement,
    owner: SimpleExpr,
}

#[derive(Clone, Debug)]
enum Key {
    /// A column of the counted row, or an expression over its columns.
    Own(SimpleExpr),
    /// The [`VALUE`] of the link.
    Linked,
}

#[derive(Clone, Debug)]
struct GroupNames {
    table: TableRef,
    id: DynIden,
    key: DynIden,
    label: DynIden,
}

/// How groups are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Largest first; groups of the same size by key.
    Size,
    /// By key.
    Key,
}

/// All groups of an axis, including empty ones.
#[derive(Clone, Debug)]
enum All {
    /// These keys.
    Texts(Vec<String>),
    /// The rows of the table of names that match a condition.
    Named(Condition),
    /// All periods between the first and the last that occur.
    Between,
}

/// The values of an enum as stored in the database.
fn texts<E: ActiveEnum<Value = String> + Iterable>() -> Vec<String> {
    E::iter().map(|value| value.to_value()).collect()
}

fn names<E: TableRow>(key: E::Column, label: E::Column) -> GroupNames {
    GroupNames {
        table: E::default().table_ref(),
        id: E::PRIMARY_KEY.into_iden(),
        key: key.into_iden(),
        label: label.into_iden(),
    }
}

impl Axis {
    fn text(key: SimpleExpr, values: Vec<String>) -> Self {
        Self {
            link: None,
            key: Key::Own(key),
            names: None,
            order: Order::Size,
            all: All::Texts(values),
        }
    }

    fn named(key: SimpleExpr, names: GroupNames) -> Self {
        Self {
            link: None,
            key: Key::Own(key),
            names: Some(names),
            order: Order::Size,
            all: All::Named(Condition::all()),
        }
    }

    fn linked(owner: impl ColumnTrait, pairs: SelectStatement, names: GroupNames) -> Self {
        Self {
            link: Some(JunctionTable { pairs, owner: col(owner) }),
            key: Key::Linked,
            names: Some(names),
            order: Order::Size,
            all: All::Named(Condition::all()),
        }
    }

    /// Lists empty groups only if they match the condition.
    fn only_if(self, condition: Condition) -> Self {
        Self { all: All::Named(condition), ..self }
    }

    /// By the year or month of the start. A date that is not precise enough has no group.
    fn period(start: SimpleExpr, interval: Interval) -> Self {
        let width = interval.width();
        let text = Func::cust("substr").args([start, Expr::value(1), Expr::value(width)]);
        let key = match interval {
            Interval::Year => SimpleExpr::from(text),
            Interval::Month => Expr::case(
                Expr::expr(Func::char_length(text.clone())).eq(width),
                SimpleExpr::from(text),
            )
            .into(),
        };
        Self { link: None, key: Key::Own(key), names: None, order: Order::Key, all: All::Between }
    }

    /// Whether a row can be in several groups.
    pub(super) fn is_linked(&self) -> bool {
        self.link.is_some()
    }

    pub(super) fn order(&self) -> Order {
        self.order
    }

    /// Joins the axis to a statement over the counted rows. Returns the expression of the group's
    /// key.
    pub(super) fn join(&self, select: &mut SelectStatement, alias: &'static str) -> SimpleExpr {
        if let Some(JunctionTable { pairs, owner }) = &self.link {
            select.join_subquery(
                JoinType::LeftJoin,
                pairs.clone(),
                alias,
                Expr::col((alias, OWNER)).eq(owner.clone()),
            );
        }
        match &self.key {
            Key::Own(key) => key.clone(),
            Key::Linked => Expr::col((alias, VALUE)),
        }
    }

    /// Joins the names of groups to a statement over their keys. Returns the public key and the
    /// label.
    pub(super) fn label(
        &self,
        select: &mut SelectStatement,
        key: SimpleExpr,
        alias: &'static str,
    ) -> [SimpleExpr; 2] {
        match &self.names {
            None => [key.cast_as("text"), no_text()],
            Some(names) => {
                let condition = Expr::col((alias, names.id.clone())).eq(key);
                select.join_as(JoinType::LeftJoin, names.table.clone(), alias, condition);
                [
                    Expr::col((alias, names.key.clone())).cast_as("text"),
                    Expr::col((alias, names.label.clone())).cast_as("text"),
                ]
            }
        }
    }

    /// Selects the public keys and labels of all named groups; `None` for axes without names.
    pub(super) fn all_named(&self) -> Option<SelectStatement> {
        let (All::Named(condition), Some(names)) = (&self.all, &self.names) else { return None };
        let mut select = Query::select();
        select
            .expr_as(Expr::col(names.key.clone()).cast_as("text"), Alias::new("key"))
            .expr_as(Expr::col(names.label.clone()).cast_as("text"), Alias::new("label"))
            .from(names.table.clone())
            .cond_where(condition.clone());
        Some(select)
    }

    /// The keys of all groups that are known without the database, given those that occur.
    pub(super) fn all_texts(&self, occurring: &[&str]) -> Vec<String> {
        match &self.all {
            All::Texts(texts) => texts.clone(),
            All::Named(_) => Vec::new(),
            All::Between => match (occurring.iter().min(), occurring.iter().max()) {
                (Some(first), Some(last)) => periods(first, last),
                _ => Vec::new(),
            },
        }
    }
}

pub(super) fn no_text() -> SimpleExpr {
    Expr::value(None::<String>).cast_as("text")
}

/// The pairs of a junction table.
fn pairs<L: EntityTrait>(owner: L::Column, value: L::Column) -> SelectStatement {
    Query::select()
        .expr_as(col(owner), Alias::new(OWNER))
        .expr_as(col(value), Alias::new(VALUE))
        .from(L::default().table_ref())
        .to_owned()
}

/// The distinct pairs of a record and the root theme of each of its themes.
fn top_themes() -> SelectStatement {
    use theme::Column;
    const TOP: &str = "top_theme";
    let mut tops = Query::select()
        .expr_as(col(Column::Id), Alias::new("theme_id"))
        .expr_as(col(Column::Id), Alias::new("top_id"))
        .from(theme::Entity)
        .and_where(col(Column::ParentId).is_null())
        .to_owned();
    let below = Query::select()
        .expr_as(col(Column::Id), Alias::new("theme_id"))
        .expr_as(Expr::col((TOP, "top_id")), Alias::new("top_id"))
        .from(theme::Entity)
        .inner_join(TOP, col(Column::ParentId).eq(Expr::col((TOP, "theme_id"))))
        .to_owned();
    tops.union(UnionType::Distinct, below);
    let tops = CommonTableExpression::new()
        .query(tops)
        .columns(["theme_id", "top_id"])
        .table_name(TOP)
        .to_owned();
    Query::select()
        .distinct()
        .expr_as(col(record_theme::Column::RecordId), Alias::new(OWNER))
        .expr_as(Expr::col((TOP, "top_id")), Alias::new(VALUE))
        .from(record_theme::Entity)
        .inner_join(TOP, col(record_theme::Column::ThemeId).eq(Expr::col((TOP, "theme_id"))))
        .with_cte(WithClause::new().recursive(true).cte(tops).to_owned())
        .to_owned()
}

fn theme_axis(owner: impl ColumnTrait) -> Axis {
    use record_theme::{Column, Entity};
    let pairs = pairs::<Entity>(Column::RecordId, Column::ThemeId);
    Axis::linked(owner, pairs, names::<theme::Entity>(theme::Column::Slug, theme::Column::Name))
}

fn top_theme_axis(owner: impl ColumnTrait) -> Axis {
    let names = names::<theme::Entity>(theme::Column::Slug, theme::Column::Name);
    let tops = Condition::all().add(Expr::col(theme::Column::ParentId).is_null());
    Axis::linked(owner, top_themes(), names).only_if(tops)
}

fn party_names() -> GroupNames {
    names::<party::Entity>(party::Column::Code, party::Column::Name)
}

fn body_names() -> GroupNames {
    names::<body::Entity>(body::Column::Slug, body::Column::Name)
}

/// A party that a column of a table references.
fn named_in<E: EntityTrait>(column: E::Column) -> Condition {
    let named = Query::select().column(column).from(E::default().table_ref()).to_owned();
    Condition::all().add(Expr::col(party::Column::Id).in_subquery(named))
}

/// Axes of contributions.
pub mod contributions {
    use contribution::Column;

    use super::*;

    /// The start of a contribution, or its end if the start is not known.
    pub fn start() -> SimpleExpr {
        Func::coalesce([col(Column::Start), col(Column::End)]).into()
    }

    pub fn partner() -> Axis {
        Axis::named(col(Column::PartnerId), party_names())
            .only_if(named_in::<contribution::Entity>(Column::PartnerId))
    }

    pub fn theme() -> Axis {
        theme_axis(Column::Id)
    }

    /// By the root of each theme.
    pub fn top_theme() -> Axis {
        top_theme_axis(Column::Id)
    }

    pub fn kind() -> Axis {
        Axis::text(col(Column::Kind), texts::<contribution::ContributionKind>())
    }

    pub fn period(interval: Interval) -> Axis {
        Axis::period(start(), interval)
    }

    pub fn body() -> Axis {
        Axis::named(col(Column::BodyId), body_names())
    }

    pub fn beneficiary() -> Axis {
        use contribution_beneficiary::{Column as JunctionTable, Entity};
        let pairs = pairs::<Entity>(JunctionTable::ContributionId, JunctionTable::PartyId);
        Axis::linked(Column::Id, pairs, party_names())
            .only_if(named_in::<Entity>(JunctionTable::PartyId))
    }

    /// By the framework of the contribution's initiative; without one, by the forum of its body:
    /// the ADMM-Plus or the ADMM, each with its subordinate bodies.
    pub fn framework() -> Axis {
        let of_initiative = Query::select()
            .expr(col(initiative::Column::Framework))
            .from(initiative::Entity)
            .and_where(col(initiative::Column::Id).eq(col(Column::InitiativeId)))
            .to_owned();
        let below = |forum: &str| {
            use crate::store::filter;
            filter::in_subtree(Column::BodyId, vec![forum.to_owned()])
        };
        let of_body = Expr::case(below("admm-plus"), initiative::Framework::AdmmPlus.to_value())
            .case(below("admm"), initiative::Framework::Admm.to_value());
        let framework = Func::coalesce([SimpleExpr::from(of_initiative), of_body.into()]);
        Axis::text(framework.into(), texts::<initiative::Framework>())
    }
}

/// Axes of events.
pub mod events {
    use event::Column;

    use super::*;

    pub fn kind() -> Axis {
        Axis::text(col(Column::Kind), texts::<event::EventKind>())
    }

    pub fn format() -> Axis {
        Axis::text(col(Column::Format), texts::<event::EventFormat>())
    }

    /// By all bodies that held the event.
    pub fn body() -> Axis {
        use event_body::{Column as JunctionTable, Entity};
        let pairs = pairs::<Entity>(JunctionTable::EventId, JunctionTable::BodyId);
        Axis::linked(Column::Id, pairs, body_names())
    }

    pub fn theme() -> Axis {
        theme_axis(Column::Id)
    }

    /// By the root of each theme.
    pub fn top_theme() -> Axis {
        top_theme_axis(Column::Id)
    }

    pub fn country() -> Axis {
        Axis::named(col(Column::CountryId), party_names())
            .only_if(named_in::<event::Entity>(Column::CountryId))
    }

    /// By hosts and co-hosts.
    pub fn host() -> Axis {
        use event_party::{Column as JunctionTable, Entity, EventRole};
        let roles = [EventRole::Host, EventRole::CoHost].map(|role| role.to_value());
        let pairs = pairs::<Entity>(JunctionTable::EventId, JunctionTable::PartyId)
            .distinct()
            .and_where(col(JunctionTable::Role).is_in(roles))
            .to_owned();
        Axis::linked(Column::Id, pairs, party_names())
            .only_if(named_in::<Entity>(JunctionTable::PartyId))
    }

    pub fn period(interval: Interval) -> Axis {
        Axis::period(col(Column::Start), interval)
    }
}

/// The length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interval {
    Year,
    Month,
}

crate::heap_size::heap_size! {
    Interval {}
}

impl Interval {
    /// Number of leading characters of a date that identify its period.
    fn width(self) -> i32 {
        match self {
            Self::Year => 4,
            Self::Month => 7,
        }
    }

    /// The period that contains a day.
    pub fn of(self, day: chrono::NaiveDate) -> String {
        let mut text = day.to_string();
        text.truncate(self.width() as usize);
        text
    }
}

/// Every period from the first to the last: years (YYYY) or months (YYYY-MM).
pub(super) fn periods(first: &str, last: &str) -> Vec<String> {
    let number = |period: &str| -> Option<i32> {
        let mut parts = period.split('-').map(str::parse::<i32>);
        let year = parts.next()?.ok()?;
        match parts.next() {
            None => Some(year),
            Some(month) => Some(year * 12 + month.ok()? - 1),
        }
    };
    let (Some(from), Some(to)) = (number(first), number(last)) else { return Vec::new() };
    let name = |number: i32| match first.contains('-') {
        false => format!("{number:04}"),
        true => format!("{:04}-{:02}", number.div_euclid(12), number.rem_euclid(12) + 1),
    };
    (from..=to).map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::periods;

    #[test]
    fn months_go_over_the_end_of_the_year() {
        assert_eq!(periods("2012-11", "2013-02"), ["2012-11", "2012-12", "2013-01", "2013-02"]);
        assert_eq!(periods("2012", "2014"), ["2012", "2013", "2014"]);
        assert!(periods("2014", "2012").is_empty());
    }
}
