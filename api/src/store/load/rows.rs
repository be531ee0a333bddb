//! Single rows, by primary key or by slug.

use std::{collections::HashMap, marker::PhantomData, sync::Arc};

use chrono::{DateTime, Utc};
use entities::{
    TableRow, record, record::RecordKind, revision, slug_alias, work_area, work_programme,
};
use sea_orm::{
    ActiveEnum, ExprTrait, FromQueryResult,
    sea_query::{Alias, Expr, Query},
};

use super::BatchLoad;
use crate::{
    heap_size::heap_size,
    store::{
        ReadError, Store,
        dataset::{self, Summary},
        dialect,
    },
};

/// Rows by primary key.
pub struct ById<E>(PhantomData<fn() -> E>);

impl<E: TableRow> BatchLoad for ById<E> {
    type Key = i32;
    type Value = Option<Arc<E::Model>>;

    async fn fetch(
        store: &Store,
        keys: &[i32],
    ) -> Result<HashMap<i32, Option<Arc<E::Model>>>, ReadError> {
        use sea_orm::ColumnTrait;
        let select = Query::select()
            .columns(E::columns())
            .from(E::default().table_ref())
            .and_where(dialect::in_list(
                store.backend(),
                Expr::col(E::PRIMARY_KEY.as_column_ref()),
                keys,
            ))
            .take();
        let rows = store.rows_of::<E>(select).await?;
        Ok(rows.into_iter().map(|row| (E::key(&row), Some(Arc::new(row)))).collect())
    }
}

/// Rows by slug, current or former.
pub struct BySlug<E>(PhantomData<fn() -> E>);

impl<E: TableRow> BatchLoad for BySlug<E> {
    type Key = String;
    type Value = Option<Arc<E::Model>>;

    async fn fetch(
        store: &Store,
        slugs: &[String],
    ) -> Result<HashMap<String, Option<Arc<E::Model>>>, ReadError> {
        use sea_orm::{ColumnTrait, ModelTrait};
        let slug = || Expr::col(E::TIEBREAK.as_column_ref());
        let mut select =
            Query::select().columns(E::columns()).from(E::default().table_ref()).take();
        let today = select
            .clone()
            .and_where(dialect::in_string_list(store.backend(), slug(), slugs))
            .to_owned();
        let mut found = HashMap::new();
        for row in store.rows_of::<E>(today).await? {
            let name = row.get(E::TIEBREAK).unwrap::<String>();
            found.insert(name, Some(Arc::new(row)));
        }
        if slugs.iter().any(|slug| !found.contains_key(slug)) {
            let alias = || Expr::col((slug_alias::Entity, slug_alias::Column::Slug));
            select
                .expr_as(alias(), Alias::new("former"))
                .inner_join(
                    slug_alias::Entity,
                    Expr::col((slug_alias::Entity, slug_alias::Column::RecordId))
                        .equals(E::PRIMARY_KEY.as_column_ref()),
                )
                .and_where(dialect::in_string_list(store.backend(), alias(), slugs));
            for row in store.rows(select).await? {
                let former = row.try_get("", "former")?;
                let model = E::read(&row)?;
                found.entry(former).or_insert_with(|| Some(Arc::new(model)));
            }
        }
        Ok(found)
    }
}

/// Primary keys of records by kind and slug, current or former.
pub struct IdBySlug;

impl BatchLoad for IdBySlug {
    type Key = (RecordKind, String);
    type Value = Option<i32>;

    async fn fetch(
        store: &Store,
        keys: &[(RecordKind, String)],
    ) -> Result<HashMap<(RecordKind, String), Option<i32>>, ReadError> {
        let slugs: Vec<String> = keys.iter().map(|(_, slug)| slug.clone()).collect();
        let column = |column: record::Column| (record::Entity, column);
        let mut today = Query::select();
        today
            .columns([column(record::Column::Id), column(record::Column::Kind)])
            .expr_as(Expr::col(column(record::Column::Slug)), Alias::new("name"))
            .from(record::Entity)
            .and_where(Expr::col(column(record::Column::RemovedIn)).is_null())
            .and_where(dialect::in_string_list(
                store.backend(),
                Expr::col(column(record::Column::Slug)),
                &slugs,
            ));
        let mut found = Self::read(store, today).await?;
        if keys.iter().any(|key| !found.contains_key(key)) {
            let alias = || Expr::col((slug_alias::Entity, slug_alias::Column::Slug));
            let mut former = Query::select();
            former
                .columns([column(record::Column::Id), column(record::Column::Kind)])
                .expr_as(alias(), Alias::new("name"))
                .from(slug_alias::Entity)
                .inner_join(
                    record::Entity,
                    Expr::col((slug_alias::Entity, slug_alias::Column::RecordId))
                        .equals(column(record::Column::Id)),
                )
                .and_where(Expr::col(column(record::Column::RemovedIn)).is_null())
                .and_where(dialect::in_string_list(store.backend(), alias(), &slugs));
            for (key, id) in Self::read(store, former).await? {
                found.entry(key).or_insert(id);
            }
        }
        Ok(found)
    }
}

impl IdBySlug {
    async fn read(
        store: &Store,
        select: sea_orm::sea_query::SelectStatement,
    ) -> Result<HashMap<(RecordKind, String), Option<i32>>, ReadError> {
        let mut found = HashMap::new();
        for row in store.rows(select).await? {
            let id: i32 = row.try_get("", "id")?;
            let kind: String = row.try_get("", "kind")?;
            let name: String = row.try_get("", "name")?;
            found.insert((RecordKind::try_from_value(&kind)?, name), Some(id));
        }
        Ok(found)
    }
}

/// Whether a slug (for a party, a code) is one of a record, or was before.
pub struct SlugExists;

impl BatchLoad for SlugExists {
    type Key = String;
    type Value = bool;

    async fn fetch(store: &Store, names: &[String]) -> Result<HashMap<String, bool>, ReadError> {
        let slug = || Expr::col((record::Entity, record::Column::Slug));
        let select = Query::select()
            .expr(slug())
            .from(record::Entity)
            .and_where(Expr::col((record::Entity, record::Column::RemovedIn)).is_null())
            .and_where(dialect::in_string_list(store.backend(), slug(), names))
            .to_owned();
        let alias = || Expr::col((slug_alias::Entity, slug_alias::Column::Slug));
        let former = Query::select()
            .expr(alias())
            .from(slug_alias::Entity)
            .and_where(dialect::in_string_list(store.backend(), alias(), names))
            .to_owned();
        let mut rows = store.rows(select).await?;
        rows.extend(store.rows(former).await?);
        Ok(rows
            .iter()
            .map(|row| Ok((row.try_get("", "slug")?, true)))
            .collect::<Result<_, sea_orm::DbErr>>()?)
    }
}

/// A record's identity, and the revision that last updated it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct RecordMeta {
    pub id: i32,
    pub kind: RecordKind,
    pub slug: String,
    pub updated_in: i32,
    pub updated_at: DateTime<Utc>,
}

heap_size! {
    RecordMeta { slug }
    AreaName { programme name }
}

/// The metadata of records, by primary key.
pub struct RecordMetaById;

impl BatchLoad for RecordMetaById {
    type Key = i32;
    type Value = Option<RecordMeta>;

    async fn fetch(
        store: &Store,
        keys: &[i32],
    ) -> Result<HashMap<i32, Option<RecordMeta>>, ReadError> {
        let column = |column: record::Column| (record::Entity, column);
        let mut select = Query::select();
        select
            .columns([
                column(record::Column::Id),
                column(record::Column::Kind),
                column(record::Column::Slug),
                column(record::Column::UpdatedIn),
            ])
            .expr_as(
                Expr::col((revision::Entity, revision::Column::CreatedAt)),
                Alias::new("updated_at"),
            )
            .from(record::Entity)
            .inner_join(
                revision::Entity,
                Expr::col(column(record::Column::UpdatedIn))
                    .equals((revision::Entity, revision::Column::Id)),
            )
            .and_where(dialect::in_list(
                store.backend(),
                Expr::col(column(record::Column::Id)),
                keys,
            ));
        let records: Vec<RecordMeta> = store.models(select).await?;
        Ok(records.into_iter().map(|record| (record.id, Some(record))).collect())
    }
}

/// The summary of the dataset; it has no key.
pub struct DatasetSummary;

impl BatchLoad for DatasetSummary {
    type Key = ();
    type Value = Option<Summary>;

    async fn fetch(store: &Store, _: &[()]) -> Result<HashMap<(), Option<Summary>>, ReadError> {
        Ok(HashMap::from([((), dataset::summary(store).await?)]))
    }
}

/// The public name of a work area: the slug of its work programme, and its own name.
#[derive(Clone, Debug, FromQueryResult)]
pub struct AreaName {
    pub id: i32,
    pub programme: String,
    pub name: String,
}

/// The names of work areas, by primary key.
pub struct AreaNames;

impl BatchLoad for AreaNames {
    type Key = i32;
    type Value = Option<AreaName>;

    async fn fetch(
        store: &Store,
        keys: &[i32],
    ) -> Result<HashMap<i32, Option<AreaName>>, ReadError> {
        let area = |column: work_area::Column| (work_area::Entity, column);
        let mut select = Query::select();
        select
            .columns([area(work_area::Column::Id), area(work_area::Column::Name)])
            .expr_as(
                Expr::col((work_programme::Entity, work_programme::Column::Slug)),
                Alias::new("programme"),
            )
            .from(work_area::Entity)
            .inner_join(
                work_programme::Entity,
                Expr::col(area(work_area::Column::ProgrammeId))
                    .equals((work_programme::Entity, work_programme::Column::Id)),
            )
            .and_where(dialect::in_list(
                store.backend(),
                Expr::col(area(work_area::Column::Id)),
                keys,
            ));
        let names: Vec<AreaName> = store.models(select).await?;
        Ok(names.into_iter().map(|area| (area.id, Some(area))).collect())
    }
}
