//! Short lists of related rows without pagination: themes, citations, parties.

use entities::TableRow;
use std::{collections::HashMap, hash::Hash, sync::Arc};

use entities::*;
use sea_orm::{
    ActiveEnum, ColumnTrait, EntityTrait, ExprTrait, QueryResult,
    sea_query::{Alias, Expr, Order, Query, SelectStatement},
};

use super::BatchLoad;
use crate::{
    heap_size::heap_size,
    store::{ReadError, Store, dialect},
};

/// A short list, shared by all resolvers that load it.
pub type Shared<T> = Arc<[T]>;

const OWNER: &str = "owner";

/// `SELECT target.*, link.owner AS owner FROM link JOIN target … WHERE link.owner IN (keys)`, in
/// the order of the links' positions.
fn linked<L: EntityTrait, T: TableRow>(
    store: &Store,
    (owner, target, position): (L::Column, L::Column, L::Column),
    keys: &[i32],
) -> SelectStatement {
    Query::select()
        .columns(T::columns())
        .expr_as(Expr::col(owner.as_column_ref()), Alias::new(OWNER))
        .from(L::default().table_ref())
        .inner_join(
            T::default().table_ref(),
            Expr::col(target.as_column_ref()).equals(T::PRIMARY_KEY.as_column_ref()),
        )
        .and_where(dialect::in_list(store.backend(), Expr::col(owner.as_column_ref()), keys))
        .order_by(position.as_column_ref(), Order::Asc)
        .take()
}

/// Groups rows by owner. A target that several owners share is decoded only once.
fn group<K: Eq + Hash, T: TableRow, V>(
    rows: Vec<QueryResult>,
    mut item: impl FnMut(&QueryResult, Arc<T::Model>) -> Result<(K, V), sea_orm::DbErr>,
) -> Result<HashMap<K, Shared<V>>, ReadError> {
    let mut targets: HashMap<i32, Arc<T::Model>> = HashMap::new();
    let mut lists: HashMap<K, Vec<V>> = HashMap::new();
    for row in &rows {
        let key: i32 = row.try_get_by_index(0)?;
        let target = match targets.get(&key) {
            Some(target) => target.clone(),
            None => {
                let target = Arc::new(T::read(row)?);
                targets.insert(key, target.clone());
                target
            }
        };
        let (owner, value) = item(row, target)?;
        lists.entry(owner).or_default().push(value);
    }
    Ok(lists.into_iter().map(|(owner, list)| (owner, list.into())).collect())
}

macro_rules! linked {
    ($($(#[$doc:meta])* $name:ident: $link:ident($owner:ident, $target:ident) -> $entity:ident;)*) => {
        $(
            $(#[$doc])*
            pub struct $name;

            impl BatchLoad for $name {
                type Key = i32;
                type Value = Shared<Arc<$entity::Model>>;

                async fn fetch(
                    store: &Store,
                    keys: &[i32],
                ) -> Result<HashMap<i32, Self::Value>, ReadError> {
                    use $link::Column;
                    let select = linked::<$link::Entity, $entity::Entity>(
                        store,
                        (Column::$owner, Column::$target, Column::Position),
                        keys,
                    );
                    let rows = store.rows(select).await?;
                    group::<_, $entity::Entity, _>(rows, |row, target| {
                        Ok((row.try_get("", OWNER)?, target))
                    })
                }
            }
        )*
    };
}

linked! {
    /// The themes of a record.
    Themes: record_theme(RecordId, ThemeId) -> theme;
    /// The bodies that held an event.
    Bodies: event_body(EventId, BodyId) -> body;
    /// The proposers of an initiative.
    Proposers: initiative_proposer(InitiativeId, PartyId) -> party;
    /// The beneficiaries of a contribution.
    Beneficiaries: contribution_beneficiary(ContributionId, PartyId) -> party;
    /// The bodies that a provision names.
    Mechanisms: provision_body(ProvisionId, BodyId) -> body;
    /// The documents that a provision cites.
    Instruments: provision_document(ProvisionId, DocumentId) -> document;
}

/// A citation and its source.
#[derive(Clone, Debug)]
pub struct Cited {
    pub locator: Option<String>,
    pub source: Arc<source::Model>,
}

heap_size! {
    Cited { locator source }
}

/// The citations of a record.
pub struct Citations;

impl BatchLoad for Citations {
    type Key = i32;
    type Value = Shared<Cited>;

    async fn fetch(store: &Store, keys: &[i32]) -> Result<HashMap<i32, Self::Value>, ReadError> {
        use citation::Column;
        let columns = (Column::RecordId, Column::SourceId, Column::Position);
        let mut select = linked::<citation::Entity, source::Entity>(store, columns, keys);
        select.column(Column::Locator.as_column_ref());
        let rows = store.rows(select).await?;
        group::<_, source::Entity, _>(rows, |row, source| {
            Ok((row.try_get("", OWNER)?, Cited { locator: row.try_get("", "locator")?, source }))
        })
    }
}

/// The parties of an event in one role.
pub struct Parties;

impl BatchLoad for Parties {
    type Key = (i32, event_party::EventRole);
    type Value = Shared<Arc<party::Model>>;

    async fn fetch(
        store: &Store,
        keys: &[Self::Key],
    ) -> Result<HashMap<Self::Key, Self::Value>, ReadError> {
        use event_party::Column;
        let mut roles: Vec<_> = Vec::new();
        let mut events: Vec<i32> = Vec::with_capacity(keys.len());
        for (event, role) in keys {
            events.push(*event);
            if !roles.contains(role) {
                roles.push(*role);
            }
        }
        if roles.len() > 1 {
            events.sort_unstable();
            events.dedup();
        }
        roles.sort_by_key(|role| *role as u8);
        let columns = (Column::EventId, Column::PartyId, Column::Position);
        let mut select = linked::<event_party::Entity, party::Entity>(store, columns, &events);
        select.column(Column::Role.as_column_ref()).and_where(
            Expr::col(Column::Role.as_column_ref()).is_in(roles.iter().map(|role| role.to_value())),
        );
        let rows = store.rows(select).await?;
        group::<_, party::Entity, _>(rows, |row, party| {
            Ok(((row.try_get("", OWNER)?, row.try_get("", "role")?), party))
        })
    }
}

/// The seats of a chair term and their parties.
pub struct Seats;

impl BatchLoad for Seats {
    type Key = i32;
    type Value = Shared<(chair_seat::Seat, Arc<party::Model>)>;

    async fn fetch(store: &Store, keys: &[i32]) -> Result<HashMap<i32, Self::Value>, ReadError> {
        use chair_seat::Column;
        let columns = (Column::ChairTermId, Column::PartyId, Column::Seat);
        let mut select = linked::<chair_seat::Entity, party::Entity>(store, columns, keys);
        select.column(Column::Seat.as_column_ref());
        let rows = store.rows(select).await?;
        group::<_, party::Entity, _>(rows, |row, party| {
            Ok((row.try_get("", OWNER)?, (row.try_get("", "seat")?, party)))
        })
    }
}

/// The areas of a work programme.
pub struct WorkAreas;

impl BatchLoad for WorkAreas {
    type Key = i32;
    type Value = Shared<Arc<work_area::Model>>;

    async fn fetch(store: &Store, keys: &[i32]) -> Result<HashMap<i32, Self::Value>, ReadError> {
        use work_area::Column;
        let select = Query::select()
            .columns(work_area::Entity::columns())
            .from(work_area::Entity)
            .and_where(dialect::in_list(
                store.backend(),
                Expr::col(Column::ProgrammeId.as_column_ref()),
                keys,
            ))
            .order_by(Column::Position, Order::Asc)
            .take();
        let mut lists: HashMap<i32, Vec<Arc<work_area::Model>>> = HashMap::new();
        for area in store.rows_of::<work_area::Entity>(select).await? {
            lists.entry(area.programme_id).or_default().push(Arc::new(area));
        }
        Ok(lists.into_iter().map(|(programme, areas)| (programme, areas.into())).collect())
    }
}
