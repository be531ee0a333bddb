//! Relay connections over the lists of the store. All handling of cursors is here.

use entities::TableRow;
use std::{borrow::Cow, sync::Arc};

use async_graphql::{Context, Object, Result, SimpleObject, TypeName};
use sea_orm::Condition;

use super::node_type::{NodeType, Row};
use crate::{
    graphql::{
        execution::{context_ext::ContextExt, error::OperationError},
        macros::{
            filter::Filter,
            sync_fields::{Obj, ObjList},
        },
    },
    heap_size::heap_size,
    store::{
        list::{CursorError, List, Page, ParentLink, Sort, Window},
        load::{Counts, Key, Listing, Pages, SlugExists},
    },
};

/// The largest page size.
pub const MAX_PAGE: i32 = 100;
/// The page size if a client sets neither `first` nor `last`.
pub const DEFAULT_PAGE: i32 = 20;

/// The paging arguments of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PageArgs {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
}

heap_size! {
    PageArgs { after before }
}

impl PageArgs {
    /// The page size, and whether the page is taken from the end of the list. Fails if the size is
    /// out of range or both `first` and `last` are set.
    pub(crate) fn extent(&self) -> Result<(u64, bool), OperationError> {
        let size = |argument, value: i32| match value {
            0..=MAX_PAGE => Ok(value as u64),
            _ => Err(OperationError::PageSize { argument, value, max: MAX_PAGE }),
        };
        Ok(match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(OperationError::FirstAndLast),
            (Some(first), None) => (size("first", first)?, false),
            (None, Some(last)) => (size("last", last)?, true),
            (None, None) => (DEFAULT_PAGE as u64, false),
        })
    }

    /// The positions of the cursors `after` and `before`.
    pub(crate) fn places<P>(
        &self,
        seek: impl Fn(&str) -> Result<P, CursorError>,
    ) -> Result<(Option<P>, Option<P>), OperationError> {
        let place = |argument, cursor: &Option<String>| {
            let place = cursor.as_deref().map(&seek).transpose();
            place.map_err(|cause| OperationError::Cursor { argument, cause })
        };
        Ok((place("after", &self.after)?, place("before", &self.before)?))
    }

    fn window<E: TableRow>(&self, sort: &Sort<E>) -> Result<Window, OperationError> {
        let (limit, backward) = self.extent()?;
        let (after, before) = self.places(|cursor| sort.seek(cursor))?;
        Ok(Window { limit, backward, after, before })
    }
}

/// The filter, the order and the page of a list.
type Arguments<T> =
    (Option<Box<<T as NodeType>::Filter>>, Option<<T as NodeType>::Order>, PageArgs);

/// A page of a list, according to Relay's connection specification.
pub struct Connection<T: NodeType> {
    listing: Arc<Listing<T::Entity, Arguments<T>>>,
    parent: Option<i32>,
    page: Arc<Page<Arc<Row<T>>>>,
}

/// An entry of a list, with its cursor.
pub struct Edge<T: NodeType> {
    cursor: String,
    node: Obj<T>,
}

/// The position of a page in its list.
#[derive(SimpleObject)]
pub struct PageInfo {
    /// Whether the list has entries after this page. When paging backward, true whenever `before`
    /// is given.
    has_next_page: bool,
    /// Whether the list has entries before this page. When paging forward, true whenever `after` is
    /// given.
    has_previous_page: bool,
    /// The cursor of the page's first entry; null on an empty page.
    start_cursor: Option<String>,
    /// The cursor of the page's last entry; null on an empty page.
    end_cursor: Option<String>,
}

impl PageInfo {
    /// The info for a page; `after` and `before` say whether the client gave these cursors.
    pub(crate) fn of<M>(
        page: &Page<M>,
        backward: bool,
        (after, before): (bool, bool),
        cursor: impl Fn(&M) -> String,
    ) -> Self {
        let (has_next_page, has_previous_page) = match backward {
            false => (page.more, after),
            true => (before, page.more),
        };
        Self {
            has_next_page,
            has_previous_page,
            start_cursor: page.rows.first().map(&cursor),
            end_cursor: page.rows.last().map(&cursor),
        }
    }
}

impl<T: NodeType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

impl<T: NodeType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

/// A page of a list. A cursor marks a position in the sort order, not an offset, so records that
/// are added between two requests do not shift the pages.
#[Object(name_type)]
impl<T: NodeType> Connection<T> {
    /// The entries of the page.
    fn nodes(&self) -> ObjList<T> {
        ObjList(self.page.rows.iter().map(|row| T::from(row.clone())).collect())
    }

    /// The entries of the page, each with its cursor.
    fn edges(&self) -> Vec<Edge<T>> {
        let edge = |row: &Arc<Row<T>>| Edge {
            cursor: self.listing.list.sort.cursor(row),
            node: Obj(T::from(row.clone())),
        };
        self.page.rows.iter().map(edge).collect()
    }

    /// The position of the page in the list.
    fn page_info(&self) -> PageInfo {
        let Window { backward, after, before, .. } = &self.listing.window;
        let around = (after.is_some(), before.is_some());
        PageInfo::of(&self.page, *backward, around, |row| self.listing.list.sort.cursor(row))
    }

    /// The number of entries in the whole list, over all pages.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let key = Key { listing: self.listing.clone(), parent: self.parent };
        Ok(ctx.loaders().load::<Counts<T::Entity, Arguments<T>>>(key).await?)
    }
}

/// An entry of a list, with its cursor.
#[Object(name_type)]
impl<T: NodeType> Edge<T> {
    /// The entry's position in the list: pass it as `after` or `before`.
    fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The entry.
    fn node(&self) -> &Obj<T> {
        &self.node
    }
}

impl<T: NodeType> Connection<T> {
    /// A page of all entries of the type.
    pub async fn whole(
        ctx: &Context<'_>,
        filter: Option<Box<T::Filter>>,
        order: Option<T::Order>,
        args: PageArgs,
    ) -> Result<Self> {
        Self::page(ctx, "", None, filter, order, args).await
    }

    /// A page of the entries of one parent. `relation` names the parent's type and field, so that
    /// equal requests of different fields are not mixed up.
    pub async fn below(
        ctx: &Context<'_>,
        relation: &'static str,
        parent: i32,
        link: ParentLink,
        filter: Option<Box<T::Filter>>,
        order: Option<T::Order>,
        args: PageArgs,
    ) -> Result<Self> {
        Self::page(ctx, relation, Some((parent, link)), filter, order, args).await
    }

    async fn page(
        ctx: &Context<'_>,
        relation: &'static str,
        hangs: Option<(i32, ParentLink)>,
        filter: Option<Box<T::Filter>>,
        order: Option<T::Order>,
        args: PageArgs,
    ) -> Result<Self> {
        let referenced_keys = referenced_keys(&filter);
        let (parent, link) = hangs.unzip();
        let listing = Arc::new(listing::<T>(relation, link, (filter, order, args))?);
        let page = if wants_page(ctx) {
            let key = Key { listing: listing.clone(), parent };
            ctx.loaders().load::<Pages<T::Entity, Arguments<T>>>(key).await?
        } else {
            Arc::default()
        };
        if page.rows.is_empty() {
            all_known(ctx, referenced_keys).await?;
        }
        Ok(Self { listing, parent, page })
    }
}

/// Whether the selection set of a connection needs its page, not only `totalCount`.
pub(crate) fn wants_page(ctx: &Context<'_>) -> bool {
    let connection = ctx.field();
    connection
        .selection_set()
        .any(|field| field.name() != "totalCount" && field.name() != "__typename")
}

pub(crate) fn referenced_keys<F: Filter>(filter: &Option<Box<F>>) -> Vec<String> {
    let mut names = Vec::new();
    filter.iter().for_each(|filter| filter.referenced_keys(&mut names));
    names
}

/// Fails if one of the slugs or codes is not in the knowledge base. Called when a filter matches
/// nothing, because a misspelt name may be the reason.
pub(crate) async fn all_known(ctx: &Context<'_>, names: Vec<String>) -> Result<()> {
    let known = names.iter().map(|name| ctx.loaders().load::<SlugExists>(name.clone()));
    for (known, name) in futures_util::future::join_all(known).await.into_iter().zip(&names) {
        if !known? {
            return Err(OperationError::UnknownName(name.clone()).into());
        }
    }
    Ok(())
}

fn listing<T: NodeType>(
    relation: &'static str,
    link: Option<ParentLink>,
    arguments: Arguments<T>,
) -> Result<Listing<T::Entity, Arguments<T>>, OperationError> {
    let (filter, order, page) = &arguments;
    let sort = order.unwrap_or_default().into();
    let window = page.window(&sort)?;
    let filter = filter.as_ref().map_or_else(Condition::all, |filter| filter.condition());
    Ok(Listing { relation, arguments, list: List { filter, sort, link }, window })
}
