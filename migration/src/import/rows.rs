//! Converts the records of a dataset to table rows and writes them.

use std::{
    collections::{BTreeMap, HashMap},
    mem::take,
};

use entities::{
    chair_seat::{self, Seat},
    citation, contribution, contribution_beneficiary, event_body,
    event_party::{self, EventRole},
    initiative_proposer, provision_body, provision_document,
    record::RecordKind,
    record_theme, slug_alias, work_area,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait,
    IdenStatic, IntoActiveModel, Iterable, PrimaryKeyToColumn, QueryFilter, QuerySelect, Value,
    sea_query::OnConflict,
};

use super::{
    CHUNK, Progress,
    plan::{Ids, Plan},
};
use crate::dataset::{
    Columns, Record,
    record::{Content, SlugOf, WorkAreaKey, kinds},
};

/// Writes the rows of all created and updated records.
pub(crate) async fn write(
    txn: &DatabaseTransaction,
    plan: &Plan<'_>,
    ids: &Ids,
    progress: &dyn Progress,
) -> Result<(), DbErr> {
    let mut records = Records::default();
    let mut links = Links::default();
    for record in plan.records() {
        records.add(record, ids)?;
        links.add(record, ids);
    }
    let updated: Vec<i32> = plan.updated.iter().map(|update| update.id).collect();
    for ids in updated.chunks(CHUNK) {
        unlink(txn, ids).await?;
    }
    progress.begin(records.count() + links.count());
    records.write(txn, progress).await?;
    links.write(txn, progress).await?;
    insert(txn, aliases(plan, ids), progress).await?;
    drop_areas(txn, plan, ids).await?;
    progress.end();
    Ok(())
}

/// The aliases that the database does not have yet. One that it has is never deleted: the meaning of
/// a slug never changes.
fn aliases(plan: &Plan<'_>, ids: &Ids) -> Vec<slug_alias::ActiveModel> {
    let mut aliases: BTreeMap<&str, i32> = BTreeMap::new();
    for update in &plan.updated {
        aliases.extend(update.renamed_from.as_deref().map(|slug| (slug, update.id)));
    }
    for record in plan.records() {
        let id = ids[&record.slug];
        aliases.extend(record.former_slugs.iter().map(|slug| (slug.as_str(), id)));
    }
    let new = aliases.into_iter().filter(|(slug, _)| !plan.aliases.contains_key(*slug));
    let row =
        |(slug, record_id): (&str, i32)| slug_alias::Model { slug: slug.to_owned(), record_id };
    new.map(row).map(IntoActiveModel::into_active_model).collect()
}

/// Deletes the work areas that updated work programmes no longer have.
async fn drop_areas(txn: &DatabaseTransaction, plan: &Plan<'_>, ids: &Ids) -> Result<(), DbErr> {
    for update in &plan.updated {
        if let Content::WorkProgramme(programme) = &update.record.content {
            work_area::Entity::delete_many()
                .filter(work_area::Column::ProgrammeId.eq(ids[&update.record.slug]))
                .filter(
                    work_area::Column::Name
                        .is_not_in(programme.areas.iter().map(|area| area.name.as_str())),
                )
                .exec(txn)
                .await?;
        }
    }
    Ok(())
}

/// The tables of the kinds of records. Rows are written in the order of the list and deleted in the
/// reverse order, because a kind refers only to itself and to kinds before it.
macro_rules! tables {
    ($($kind:ident $table:ident,)*) => {
        /// The rows of records.
        #[derive(Default)]
        struct Records {
            $($table: Vec<entities::$table::ActiveModel>,)*
            areas: Areas,
        }

        impl Records {
            fn add(&mut self, record: &Record, ids: &Ids) -> Result<(), DbErr> {
                let columns = columns(record, ids);
                self.areas.add(record, ids, self.contribution.len());
                match record.kind() {
                    $(RecordKind::$kind => self.$table.push(row(columns)?),)*
                }
                Ok(())
            }

            fn count(&self) -> usize {
                self.areas.rows.len() $(+ self.$table.len())*
            }

            async fn write(
                mut self,
                txn: &DatabaseTransaction,
                progress: &dyn Progress,
            ) -> Result<(), DbErr> {
                $(
                    let key = primary_key::<entities::$table::Entity>();
                    upsert(txn, take(&mut self.$table), &key, progress).await?;
                    if RecordKind::$kind == RecordKind::WorkProgramme {
                        take(&mut self.areas).write(txn, &mut self.contribution, progress).await?;
                    }
                )*
                Ok(())
            }
        }

        /// Deletes the rows of removed records.
        pub(super) async fn delete(
            txn: &DatabaseTransaction,
            plan: &Plan<'_>,
        ) -> Result<(), DbErr> {
            tables!(@delete txn plan $($kind $table,)*);
            Ok(())
        }
    };
    (@delete $txn:ident $plan:ident $kind:ident $table:ident, $($rest:tt)*) => {
        tables!(@delete $txn $plan $($rest)*);
        let removed = $plan.removed.iter().filter(|removal| removal.kind == RecordKind::$kind);
        let ids: Vec<i32> = removed.map(|removal| removal.id).collect();
        for ids in ids.chunks(CHUNK) {
            delete_by($txn, entities::$table::Column::Id, ids).await?;
        }
    };
    (@delete $txn:ident $plan:ident) => {};
}

kinds!(tables);

/// The work areas of programmes, and the contributions to them.
#[derive(Default)]
struct Areas {
    rows: Vec<work_area::ActiveModel>,
    /// The positions of contributions in their list, with the programme and the name of the area.
    contributions: Vec<(usize, i32, String)>,
}

impl Areas {
    fn add(&mut self, record: &Record, ids: &Ids, contributions: usize) {
        match &record.content {
            Content::WorkProgramme(programme) => {
                let programme_id = ids[&record.slug];
                let rows = programme.areas.iter().zip(1..).map(|(area, position)| {
                    work_area::ActiveModel {
                        programme_id: Set(programme_id),
                        position: Set(position),
                        name: Set(area.name.clone()),
                        theme_id: Set(area.theme.as_ref().map(|theme| theme.id(ids))),
                        summary: Set(area.summary.clone()),
                        ..Default::default()
                    }
                });
                self.rows.extend(rows);
            }
            Content::Contribution(contribution) => {
                if let Some(WorkAreaKey { programme, name }) = &contribution.work_area {
                    self.contributions.push((contributions, programme.id(ids), name.clone()));
                }
            }
            _ => {}
        }
    }

    /// Writes the areas, and their primary keys into the contributions. An area with the same
    /// programme and name keeps its primary key.
    async fn write(
        self,
        txn: &DatabaseTransaction,
        contributions: &mut [contribution::ActiveModel],
        progress: &dyn Progress,
    ) -> Result<(), DbErr> {
        use work_area::Column::{Id, Name, ProgrammeId};
        upsert(txn, self.rows, &[ProgrammeId, Name], progress).await?;
        let rows: Vec<(i32, String, i32)> = work_area::Entity::find()
            .select_only()
            .columns([ProgrammeId, Name, Id])
            .into_tuple()
            .all(txn)
            .await?;
        let ids: HashMap<(i32, String), i32> =
            rows.into_iter().map(|(programme, name, id)| ((programme, name), id)).collect();
        for (contribution, programme, name) in self.contributions {
            contributions[contribution].work_area_id = Set(Some(ids[&(programme, name)]));
        }
        Ok(())
    }
}

/// The tables of rows that belong to a record, each with the column of the record. The rows of an
/// updated record are deleted and inserted again.
macro_rules! link_tables {
    ($($table:ident $owner:ident,)*) => {
        #[derive(Default)]
        struct Links {
            $($table: Vec<entities::$table::ActiveModel>,)*
        }

        impl Links {
            fn count(&self) -> usize {
                0 $(+ self.$table.len())*
            }

            async fn write(
                self,
                txn: &DatabaseTransaction,
                progress: &dyn Progress,
            ) -> Result<(), DbErr> {
                $(insert(txn, self.$table, progress).await?;)*
                Ok(())
            }
        }

        async fn unlink(txn: &DatabaseTransaction, ids: &[i32]) -> Result<(), DbErr> {
            $(delete_by(txn, entities::$table::Column::$owner, ids).await?;)*
            Ok(())
        }
    };
}

link_tables! {
    record_theme RecordId,
    citation RecordId,
    chair_seat ChairTermId,
    event_party EventId,
    event_body EventId,
    provision_body ProvisionId,
    provision_document ProvisionId,
    initiative_proposer InitiativeId,
    contribution_beneficiary ContributionId,
}

impl Links {
    fn add(&mut self, record: &Record, ids: &Ids) {
        let id = ids[&record.slug];
        self.record_theme.extend(keys(ids, &record.themes).map(|(theme_id, position)| {
            record_theme::Model { record_id: id, theme_id, position }.into_active_model()
        }));
        self.citation.extend(record.citations.iter().zip(0..).map(|(citation, position)| {
            citation::ActiveModel {
                record_id: Set(id),
                position: Set(position),
                source_id: Set(citation.source.id(ids)),
                locator: Set(citation.locator.clone()),
                ..Default::default()
            }
        }));
        match &record.content {
            Content::ChairTerm(term) => {
                let seats =
                    [(Seat::Asean, &term.asean_co_chair), (Seat::Plus, &term.plus_co_chair)];
                self.chair_seat.extend(seats.into_iter().filter_map(|(seat, party)| {
                    let party_id = party.as_ref()?.0.id(ids);
                    let row = chair_seat::Model { chair_term_id: id, seat, party_id };
                    Some(row.into_active_model())
                }));
            }
            Content::Event(event) => {
                let bodies = keys(ids, &event.bodies).map(|(body_id, position)| {
                    event_body::Model { event_id: id, body_id, position }.into_active_model()
                });
                self.event_body.extend(bodies);
                let roles = [
                    (EventRole::Host, &event.hosts),
                    (EventRole::CoHost, &event.co_hosts),
                    (EventRole::Chair, &event.chairs),
                    (EventRole::CoChair, &event.co_chairs),
                    (EventRole::Participant, &event.participants),
                    (EventRole::Observer, &event.observers),
                ];
                for (role, parties) in roles {
                    self.event_party.extend(keys(ids, parties).map(|(party_id, position)| {
                        event_party::Model { event_id: id, role, party_id, position }
                            .into_active_model()
                    }));
                }
            }
            Content::Provision(provision) => {
                let bodies = keys(ids, &provision.mechanisms).map(|(body_id, position)| {
                    provision_body::Model { provision_id: id, body_id, position }
                        .into_active_model()
                });
                self.provision_body.extend(bodies);
                let documents = keys(ids, &provision.instruments).map(|(document_id, position)| {
                    provision_document::Model { provision_id: id, document_id, position }
                        .into_active_model()
                });
                self.provision_document.extend(documents);
            }
            Content::Initiative(initiative) => {
                let proposers = keys(ids, &initiative.proposed_by).map(|(party_id, position)| {
                    initiative_proposer::Model { initiative_id: id, party_id, position }
                        .into_active_model()
                });
                self.initiative_proposer.extend(proposers);
            }
            Content::Contribution(contribution) => {
                let beneficiaries =
                    keys(ids, &contribution.beneficiaries).map(|(party_id, position)| {
                        contribution_beneficiary::Model { contribution_id: id, party_id, position }
                            .into_active_model()
                    });
                self.contribution_beneficiary.extend(beneficiaries);
            }
            _ => {}
        }
    }
}

/// The primary keys of the records of a list, and their positions in it.
fn keys<'i, T>(ids: &'i Ids, slugs: &'i [SlugOf<T>]) -> impl Iterator<Item = (i32, i32)> + 'i {
    slugs.iter().zip(0..).map(|(slug, position)| (slug.id(ids), position))
}

/// The columns of the row of a record.
fn columns(record: &Record, ids: &Ids) -> Vec<(String, Value)> {
    let kind = record.kind();
    let mut row = Columns::new(ids);
    row.set("id", ids[&record.slug]);
    row.set("slug", record.slug.clone());
    if kind == RecordKind::Party {
        row.set("code", record.slug.clone());
    }
    if kind.has_note() {
        row.set("note", record.note.clone());
    }
    record.content.columns(&mut row);
    row.values
}

/// A row with these columns. It must have all columns of the table and no others.
fn row<A: ActiveModelTrait>(columns: Vec<(String, Value)>) -> Result<A, DbErr> {
    let mut row = <A as ActiveModelTrait>::default();
    for (name, value) in columns {
        let column = name.parse::<<A::Entity as EntityTrait>::Column>();
        row.try_set(column.map_err(|_| DbErr::Type(format!("no column {name}")))?, value)?;
    }
    match <A::Entity as EntityTrait>::Column::iter().find(|column| row.is_not_set(*column)) {
        Some(column) => Err(DbErr::AttrNotSet(column.as_str().to_owned())),
        None => Ok(row),
    }
}

fn primary_key<E: EntityTrait>() -> Vec<E::Column> {
    E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect()
}

/// Inserts rows, or updates those with the same values of the key columns.
async fn upsert<A>(
    txn: &DatabaseTransaction,
    rows: Vec<A>,
    key: &[<A::Entity as EntityTrait>::Column],
    progress: &dyn Progress,
) -> Result<(), DbErr>
where
    A: ActiveModelTrait + Send,
{
    let Some(first) = rows.first() else { return Ok(()) };
    let rest = <A::Entity as EntityTrait>::Column::iter().filter(|column| {
        !first.is_not_set(*column) && key.iter().all(|key| key.as_str() != column.as_str())
    });
    let over = OnConflict::columns(key.iter().copied()).update_columns(rest).to_owned();
    for chunk in rows.chunks(CHUNK) {
        <A::Entity as EntityTrait>::insert_many(chunk.iter().cloned())
            .on_conflict(over.clone())
            .exec_without_returning(txn)
            .await?;
        progress.advance(chunk.len());
    }
    Ok(())
}

async fn insert<A>(
    txn: &DatabaseTransaction,
    rows: Vec<A>,
    progress: &dyn Progress,
) -> Result<(), DbErr>
where
    A: ActiveModelTrait + Send,
{
    for chunk in rows.chunks(CHUNK) {
        <A::Entity as EntityTrait>::insert_many(chunk.iter().cloned())
            .exec_without_returning(txn)
            .await?;
        progress.advance(chunk.len());
    }
    Ok(())
}

/// Deletes the rows with these keys in a column.
pub(super) async fn delete_by<C>(
    txn: &DatabaseTransaction,
    column: C,
    keys: &[i32],
) -> Result<(), DbErr>
where
    C: ColumnTrait<EntityName: EntityTrait>,
{
    let rows = <C::EntityName as EntityTrait>::delete_many();
    rows.filter(column.is_in(keys.iter().copied())).exec(txn).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Dataset;

    #[test]
    fn the_fields_of_every_record_are_the_columns_of_its_table() {
        let dataset = Dataset::embedded().expect("the embedded dataset is valid");
        let slugs = dataset.records.iter().map(|record| record.slug.clone());
        let ids: Ids = slugs.zip(1..).collect();
        let mut records = Records::default();
        for record in &dataset.records {
            records.add(record, &ids).expect("the columns match");
        }
        assert!(records.count() > dataset.records.len(), "records and work areas have rows");
    }
}
