//! Keyset pagination: a page begins where the previous one ended, even if rows were inserted in
//! between. One statement fetches a page, or the pages of many parents.

mod cursor;
mod parent_link;
pub mod tree;

use entities::TableRow;
use std::{collections::HashMap, sync::Arc};

use sea_orm::{
    ColumnTrait, Condition, DbBackend, ExprTrait,
    sea_query::{
        Alias, Expr, IntoIden, Order, OverStatement, Query, SelectStatement, SimpleExpr,
        WindowStatement,
    },
};

pub use cursor::{CursorError, Position, Sort};
pub use parent_link::ParentLink;
use parent_link::{CHILD, PARENT};

use super::{ReadError, Store, dialect};
use crate::heap_size::HeapSize;

/// The part of a list that a page covers.
#[derive(Clone, Debug)]
pub struct Window {
    pub limit: u64,
    /// Whether the page has the last rows instead of the first.
    pub backward: bool,
    pub after: Option<Position>,
    pub before: Option<Position>,
}

const LINK: &str = "link";
const RANK: &str = "rank_in_parent";

/// A list, of all rows or of the rows of a parent: its filter and order.
#[derive(Clone, Debug)]
pub struct List<E: TableRow> {
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

impl<M: HeapSize> HeapSize for Page<M> {
    fn heap_size(&self) -> u64 {
        self.rows.heap_size()
    }
}

impl<M: HeapSize> HeapSize for Arc<Page<M>> {
    fn heap_size(&self) -> u64 {
        size_of::<Page<M>>() as u64 + Page::heap_size(self)
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

impl<E: TableRow> List<E> {
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
                let pairs = link.pairs_of(backend, &[parent]).expect("a link by pairs has pairs");
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
                let pairs = link.pairs_of(backend, parents).expect("a link by table has pairs");
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
