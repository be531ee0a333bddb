//! Keyset pagination: a page begins where the previous one ended, even if rows were inserted in
//! between. One statement fetches a page, or the pages of many parents.

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait, ExprTrait, Iden, ModelTrait, Value,
    sea_query::{
        Alias, ColumnType, DynIden, Expr, IntoIden, NullOrdering, Order, OverStatement, Query,
        SelectStatement, SimpleExpr, WindowStatement,
    },
};

use super::{ReadError, Store, dialect, entity::Sortable};

/// The column and direction of an order. Nulls come last.
#[derive(Clone, Copy, Debug)]
pub struct Sort<E: EntityTrait> {
    pub column: E::Column,
    pub descending: bool,
}

/// The part of a list that a page covers.
#[derive(Clone, Debug)]
pub struct Window {
    pub limit: u64,
    /// Whether the page has the last rows instead of the first.
    pub backward: bool,
    pub after: Option<Position>,
    pub before: Option<Position>,
}

/// A position in a list: a row's value of the sort column, and its tie-breaker.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    value: Value,
    tie: Value,
}

/// Why a cursor is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    #[error("the cursor is invalid: pass `startCursor` or `endCursor` of a page unchanged")]
    Unreadable,
    #[error("the cursor belongs to a list with another order: use the same `orderBy` throughout")]
    OtherOrder,
    #[error("the cursor belongs to another search: use the same `query` and `kinds` throughout")]
    OtherSearch,
}

impl<E: Sortable> Sort<E> {
    /// The position of a row in this order.
    pub fn position(&self, row: &E::Model) -> Position {
        Position { value: row.get(self.column), tie: row.get(E::TIEBREAK) }
    }

    /// The cursor of a row: opaque to clients.
    pub fn cursor(&self, row: &E::Model) -> String {
        let position = self.position(row);
        let json = serde_json::json!([
            Iden::unquoted(&self.column),
            to_json(&position.value),
            to_json(&position.tie)
        ]);
        BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
    }

    /// Decodes the position from a cursor.
    pub fn seek(&self, cursor: &str) -> Result<Position, CursorError> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| CursorError::Unreadable)?;
        let (column, value, tie): (String, serde_json::Value, serde_json::Value) =
            serde_json::from_slice(&bytes).map_err(|_| CursorError::Unreadable)?;
        if column != Iden::unquoted(&self.column) {
            return Err(CursorError::OtherOrder);
        }
        let value = from_json(self.column.def().get_column_type(), value);
        let tie = from_json(E::TIEBREAK.def().get_column_type(), tie);
        match (value, tie) {
            (Some(value), Some(tie)) => {
                Ok(Position { value: dialect::without_nul(value), tie: dialect::without_nul(tie) })
            }
            _ => Err(CursorError::Unreadable),
        }
    }

    fn nullable(&self) -> bool {
        self.column.def().is_null()
    }

    /// The rows after a position in the list's order, or before it if `beyond` is false.
    fn after(&self, position: &Position, beyond: bool) -> Condition {
        let column = || Expr::col(self.column.as_column_ref());
        let tie = || Expr::col(E::TIEBREAK.as_column_ref());
        let up = self.descending != beyond;
        let further = |column: SimpleExpr, value: &Value| {
            if up { column.gt(value.clone()) } else { column.lt(value.clone()) }
        };
        let tie_further = further(tie(), &position.tie);
        if Iden::unquoted(&self.column) == Iden::unquoted(&E::TIEBREAK) {
            return Condition::all().add(tie_further);
        }
        if is_null(&position.value) {
            let within = Condition::all().add(column().is_null()).add(tie_further);
            return match beyond {
                true => within,
                false => Condition::any().add(column().is_not_null()).add(within),
            };
        }
        let same = Condition::all().add(column().eq(position.value.clone())).add(tie_further);
        let mut past = Condition::any().add(further(column(), &position.value)).add(same);
        if self.nullable() {
            if beyond {
                past = past.add(column().is_null());
            }
            return past;
        }
        // Implied by the rest; lets the database seek in an index.
        let reach = match up {
            true => column().gte(position.value.clone()),
            false => column().lte(position.value.clone()),
        };
        Condition::all().add(reach).add(past)
    }

    fn directions(&self, backward: bool) -> (Order, NullOrdering) {
        let order = if self.descending != backward { Order::Desc } else { Order::Asc };
        let nulls = if backward { NullOrdering::First } else { NullOrdering::Last };
        (order, nulls)
    }

    fn apply(&self, select: &mut SelectStatement, backward: bool) {
        let (order, nulls) = self.directions(backward);
        if self.nullable() {
            select.order_by_with_nulls(self.column.as_column_ref(), order.clone(), nulls);
        } else {
            select.order_by(self.column.as_column_ref(), order.clone());
        }
        select.order_by(E::TIEBREAK.as_column_ref(), order);
    }
}

fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Int(value) => (*value).into(),
        Value::Double(value) => (*value).into(),
        Value::String(value) => value.as_deref().into(),
        Value::ChronoDate(value) => value.map(|day| day.to_string()).into(),
        _ => serde_json::Value::Null,
    }
}

fn from_json(column: &ColumnType, json: serde_json::Value) -> Option<Value> {
    use serde_json::Value as Json;
    Some(match (column, json) {
        (ColumnType::Integer, Json::Null) => Value::Int(None),
        (ColumnType::Integer, Json::Number(number)) => {
            Value::Int(Some(i32::try_from(number.as_i64()?).ok()?))
        }
        (ColumnType::Double, Json::Null) => Value::Double(None),
        (ColumnType::Double, Json::Number(number)) => Value::Double(Some(number.as_f64()?)),
        (ColumnType::Date, Json::Null) => Value::ChronoDate(None),
        (ColumnType::Date, Json::String(day)) => {
            Value::ChronoDate(Some(day.parse::<NaiveDate>().ok()?))
        }
        (ColumnType::String(_) | ColumnType::Text, Json::String(text)) => Value::String(Some(text)),
        _ => return None,
    })
}

fn is_null(value: &Value) -> bool {
    *value == value.as_null()
}

/// How the rows of a list relate to a parent.
#[derive(Clone, Debug)]
pub enum ParentLink {
    /// By a foreign key of the rows.
    Column(DynIden),
    /// By a junction table: the table, its foreign keys to the parent and to the row, and an
    /// optional condition on it.
    Through { table: DynIden, parent: DynIden, child: DynIden, only: Option<Condition> },
    /// By a statement that returns pairs of `PARENT` and `CHILD`.
    Pairs(Box<SelectStatement>),
}

impl ParentLink {
    /// The column of the parent's key in the pairs.
    pub const PARENT: &str = PARENT;
    /// The column of the row's key in the pairs.
    pub const CHILD: &str = CHILD;

    pub fn column(column: impl IntoIden) -> Self {
        Self::Column(column.into_iden())
    }

    pub fn through(table: impl IntoIden, parent: impl IntoIden, child: impl IntoIden) -> Self {
        Self::Through {
            table: table.into_iden(),
            parent: parent.into_iden(),
            child: child.into_iden(),
            only: None,
        }
    }

    pub fn pairs(pairs: SelectStatement) -> Self {
        Self::Pairs(Box::new(pairs))
    }

    pub fn only(self, condition: Condition) -> Self {
        match self {
            Self::Through { table, parent, child, .. } => {
                Self::Through { table, parent, child, only: Some(condition) }
            }
            other => other,
        }
    }
}

const PARENT: &str = "parent";
const CHILD: &str = "child";
const LINK: &str = "link";
const RANK: &str = "rank_in_parent";

/// A list, of all rows or of the rows of a parent: its filter and order.
#[derive(Clone, Debug)]
pub struct List<E: Sortable> {
    pub filter: Condition,
    pub sort: Sort<E>,
    pub link: Option<ParentLink>,
}

/// The rows of one page.
#[derive(Clone, Debug)]
pub struct Page<M> {
    pub rows: Vec<M>,
    /// Whether the list has more rows beyond the page, in the direction of paging.
    pub more: bool,
}

impl<M> Default for Page<M> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: false }
    }
}

impl<M> Page<M> {
    /// Makes a page from rows in the direction of paging. If the list goes on, `rows` has one more
    /// than `limit`.
    pub(crate) fn cut(mut rows: Vec<M>, limit: u64, backward: bool) -> Self {
        let more = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        if backward {
            rows.reverse();
        }
        Self { rows, more }
    }
}

impl<E: Sortable> List<E> {
    fn columns(select: &mut SelectStatement) {
        select.columns(E::columns()).from(E::default().table_ref());
    }

    fn window(&self, select: &mut SelectStatement, window: &Window) {
        if let Some(position) = &window.after {
            select.cond_where(self.sort.after(position, true));
        }
        if let Some(position) = &window.before {
            select.cond_where(self.sort.after(position, false));
        }
    }

    /// The distinct pairs of parent and child of some parents; `None` for a link by column.
    fn pairs(link: &ParentLink, backend: DbBackend, parents: &[i32]) -> Option<SelectStatement> {
        match link {
            ParentLink::Column(_) => None,
            ParentLink::Through { table, parent, child, only } => {
                let mut select = Query::select();
                select
                    .distinct()
                    .expr_as(Expr::col((table.clone(), parent.clone())), PARENT)
                    .expr_as(Expr::col((table.clone(), child.clone())), CHILD)
                    .from(table.clone())
                    .and_where(dialect::in_list(
                        backend,
                        Expr::col((table.clone(), parent.clone())),
                        parents,
                    ));
                if let Some(only) = only {
                    select.cond_where(only.clone());
                }
                Some(select)
            }
            ParentLink::Pairs(pairs) => {
                let mut select = Query::select();
                select
                    .distinct()
                    .columns([PARENT, CHILD])
                    .from_subquery(SelectStatement::clone(pairs), "all_pairs")
                    .and_where(dialect::in_list(backend, Expr::col(PARENT), parents));
                Some(select)
            }
        }
    }

    /// Restricts a statement over the entity to one parent.
    fn restrict_to_parent(&self, select: &mut SelectStatement, backend: DbBackend, parent: i32) {
        match &self.link {
            None => {}
            Some(ParentLink::Column(column)) => {
                select.and_where(Expr::col((E::default().into_iden(), column.clone())).eq(parent));
            }
            Some(ParentLink::Through { table, parent: owner, child, only }) => {
                let mut children = Query::select();
                children
                    .column((table.clone(), child.clone()))
                    .from(table.clone())
                    .and_where(Expr::col((table.clone(), owner.clone())).eq(parent));
                if let Some(only) = only {
                    children.cond_where(only.clone());
                }
                select.and_where(Expr::col(E::PRIMARY_KEY.as_column_ref()).in_subquery(children));
            }
            Some(link @ ParentLink::Pairs(_)) => {
                let pairs =
                    Self::pairs(link, backend, &[parent]).expect("a link by pairs has pairs");
                let children = Query::select().column(CHILD).from_subquery(pairs, LINK).to_owned();
                select.and_where(Expr::col(E::PRIMARY_KEY.as_column_ref()).in_subquery(children));
            }
        }
    }

    /// One page of the list; of one parent if `parent` is given.
    pub async fn page(
        &self,
        store: &Store,
        parent: Option<i32>,
        window: &Window,
    ) -> Result<Page<E::Model>, ReadError> {
        let mut part = Query::select();
        part.from(E::default().table_ref()).cond_where(self.filter.clone());
        if let Some(parent) = parent {
            self.restrict_to_parent(&mut part, store.backend(), parent);
        }
        self.window(&mut part, window);
        self.sort.apply(&mut part, window.backward);
        part.limit(window.limit.saturating_add(1));
        let select = match &self.link {
            // No index has the order of such a list. SQLite would sort whole rows, so the inner
            // statement sorts keys, and the outer one reads the rows of the page.
            Some(ParentLink::Through { .. } | ParentLink::Pairs(_))
                if store.backend() == DbBackend::Sqlite =>
            {
                let keys = part.column(E::PRIMARY_KEY.as_column_ref()).take();
                let mut select = Query::select();
                Self::columns(&mut select);
                select.and_where(Expr::col(E::PRIMARY_KEY.as_column_ref()).in_subquery(keys));
                self.sort.apply(&mut select, window.backward);
                select
            }
            _ => part.columns(E::columns()).take(),
        };
        Ok(Page::cut(store.rows_of::<E>(select).await?, window.limit, window.backward))
    }

    /// The pages of many parents, with one statement.
    pub async fn pages(
        &self,
        store: &Store,
        parents: &[i32],
        window: &Window,
    ) -> Result<HashMap<i32, Page<E::Model>>, ReadError> {
        if let [parent] = parents {
            let page = self.page(store, Some(*parent), window).await?;
            return Ok(HashMap::from([(*parent, page)]));
        }
        let backend = store.backend();
        let mut ranked = Query::select();
        Self::columns(&mut ranked);
        let parent = self.attach(&mut ranked, backend, parents);
        ranked.cond_where(self.filter.clone());
        self.window(&mut ranked, window);
        ranked.expr_as(parent.clone(), Alias::new(PARENT));
        let (order, nulls) = self.sort.directions(window.backward);
        let mut over = WindowStatement::new();
        over.add_partition_by(parent);
        if self.sort.nullable() {
            over.order_by_with_nulls(self.sort.column.as_column_ref(), order.clone(), nulls);
        } else {
            over.order_by(self.sort.column.as_column_ref(), order.clone());
        }
        over.order_by(E::TIEBREAK.as_column_ref(), order);
        ranked.expr_window_as(Expr::cust("ROW_NUMBER()"), over, Alias::new(RANK));

        let select = Query::select()
            .columns(E::COLUMNS.iter().copied())
            .column(PARENT)
            .from_subquery(ranked, "ranked")
            .and_where(Expr::col(RANK).lte(window.limit.saturating_add(1)))
            .order_by(PARENT, Order::Asc)
            .order_by(RANK, Order::Asc)
            .take();
        let mut rows: HashMap<i32, Vec<E::Model>> = HashMap::new();
        for row in store.rows(select).await? {
            let parent = row.try_get("", PARENT).map_err(ReadError::from)?;
            let model = E::read(&row).map_err(ReadError::from)?;
            rows.entry(parent).or_default().push(model);
        }
        let cut = |rows| Page::cut(rows, window.limit, window.backward);
        Ok(rows.into_iter().map(|(parent, rows)| (parent, cut(rows))).collect())
    }

    /// Joins the parents to a statement over the entity. Returns the expression of the parent's
    /// key.
    fn attach(
        &self,
        select: &mut SelectStatement,
        backend: DbBackend,
        parents: &[i32],
    ) -> SimpleExpr {
        match self.link.as_ref().expect("a list without a link has no parents") {
            ParentLink::Column(column) => {
                let parent = Expr::col((E::default().into_iden(), column.clone()));
                select.and_where(dialect::in_list(backend, parent.clone(), parents));
                parent
            }
            link => {
                let pairs = Self::pairs(link, backend, parents).expect("a link by table has pairs");
                select.join_subquery(
                    sea_orm::JoinType::InnerJoin,
                    pairs,
                    LINK,
                    Expr::col((LINK, CHILD)).equals(E::PRIMARY_KEY.as_column_ref()),
                );
                Expr::col((LINK, PARENT))
            }
        }
    }

    /// The length of the whole list, over all pages.
    pub async fn count(&self, store: &Store, parent: Option<i32>) -> Result<i64, ReadError> {
        let mut select = Query::select();
        select
            .expr_as(Expr::col(E::PRIMARY_KEY.as_column_ref()).count(), Alias::new(CHILD))
            .from(E::default().table_ref())
            .cond_where(self.filter.clone());
        if let Some(parent) = parent {
            self.restrict_to_parent(&mut select, store.backend(), parent);
        }
        let rows = store.rows(select).await?;
        let row = rows.first().expect("an aggregate has one row");
        row.try_get("", CHILD).map_err(ReadError::from)
    }

    /// The length of the list of each of many parents, with one statement.
    pub async fn counts(
        &self,
        store: &Store,
        parents: &[i32],
    ) -> Result<HashMap<i32, i64>, ReadError> {
        if let [parent] = parents {
            let count = self.count(store, Some(*parent)).await?;
            return Ok(HashMap::from([(*parent, count)]));
        }
        let mut select = Query::select();
        select
            .expr_as(Expr::col(E::PRIMARY_KEY.as_column_ref()).count(), Alias::new(CHILD))
            .from(E::default().table_ref())
            .cond_where(self.filter.clone());
        let parent = self.attach(&mut select, store.backend(), parents);
        select.expr_as(parent.clone(), Alias::new(PARENT)).add_group_by([parent]);
        let counts = store.rows(select).await?;
        counts
            .iter()
            .map(|row| Ok((row.try_get("", PARENT)?, row.try_get("", CHILD)?)))
            .collect::<Result<_, sea_orm::DbErr>>()
            .map_err(ReadError::from)
    }
}

/// Pairs for links along a tree, over any number of levels.
pub mod tree {
    use sea_orm::{
        ColumnTrait, EntityTrait, ExprTrait,
        sea_query::{
            Alias, CommonTableExpression, Expr, Query, SelectStatement, UnionType, WithClause,
        },
    };

    use super::{CHILD, PARENT};

    const TREE: &str = "tree";

    /// Pairs of a row (`PARENT`) and each of its descendants (`CHILD`).
    pub fn descendants<E: EntityTrait>(key: E::Column, above: E::Column) -> SelectStatement {
        closure::<E>(key, above, (PARENT, CHILD))
    }

    /// Pairs of a row (`PARENT`) and each of its ancestors (`CHILD`).
    pub fn ancestors<E: EntityTrait>(key: E::Column, above: E::Column) -> SelectStatement {
        closure::<E>(key, above, (CHILD, PARENT))
    }

    /// The transitive closure of the parent column `above`, with the given column names.
    fn closure<E: EntityTrait>(
        key: E::Column,
        above: E::Column,
        (upper, lower): (&'static str, &'static str),
    ) -> SelectStatement {
        let column = |column: E::Column| Expr::col(column.as_column_ref());
        let mut pairs = Query::select()
            .expr_as(column(above), Alias::new("upper_end"))
            .expr_as(column(key), Alias::new("lower_end"))
            .from(E::default().table_ref())
            .and_where(column(above).is_not_null())
            .to_owned();
        let further = Query::select()
            .column((TREE, "upper_end"))
            .expr_as(column(key), Alias::new("lower_end"))
            .from(E::default().table_ref())
            .inner_join(TREE, column(above).equals((TREE, "lower_end")))
            .to_owned();
        // UNION, not UNION ALL, so that the recursion ends even if the data has a cycle.
        pairs.union(UnionType::Distinct, further);
        let closure = CommonTableExpression::new()
            .query(pairs)
            .columns(["upper_end", "lower_end"])
            .table_name(TREE)
            .to_owned();
        Query::select()
            .expr_as(Expr::col("upper_end"), Alias::new(upper))
            .expr_as(Expr::col("lower_end"), Alias::new(lower))
            .from(TREE)
            .with_cte(WithClause::new().recursive(true).cte(closure).to_owned())
            .to_owned()
    }
}
