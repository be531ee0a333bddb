//! The tables of the knowledge base. Their entities document them.

use sea_orm::DbBackend;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// In the order of creation; dropped in reverse.
const TABLES: [&str; 26] = [
    "revision",
    "record",
    "slug_alias",
    "change",
    "source",
    "citation",
    "party",
    "body",
    "theme",
    "record_theme",
    "membership",
    "chair_term",
    "chair_seat",
    "event",
    "event_party",
    "document",
    "provision",
    "provision_body",
    "provision_document",
    "initiative",
    "initiative_proposer",
    "work_programme",
    "work_area",
    "contribution",
    "contribution_beneficiary",
    "claim",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for mut table in tables(backend) {
            manager.create_table(table.take()).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.iter().rev() {
            manager.drop_table(Table::drop().table(*table).to_owned()).await?;
        }
        Ok(())
    }
}

/// A text column that lists are sorted by. Both databases compare it byte by byte, so their order is the same.
fn ordered(backend: DbBackend, name: &'static str) -> ColumnDef {
    let mut column = text(name);
    if backend == DbBackend::Postgres {
        column.extra(r#"COLLATE "C""#);
    }
    column
}

fn one_of(column: &'static str, values: &[&'static str]) -> SimpleExpr {
    Expr::col(column).is_in(values.iter().copied())
}

/// A table whose rows are records: each shares its primary key and slug with a row of `record`.
fn record_table(backend: DbBackend, name: &'static str) -> TableCreateStatement {
    let mut slug = ordered(backend, "slug");
    slug.unique_key();
    let mut table = Table::create();
    table.table(name).col(integer("id").primary_key()).col(slug).foreign_key(
        ForeignKey::create()
            .from(name, ("id", "slug"))
            .to("record", ("id", "slug"))
            .on_update(ForeignKeyAction::Cascade),
    );
    table
}

/// A junction table, whose rows are deleted with their owner.
fn link_table(
    name: &'static str,
    (owner_column, owner): (&'static str, &'static str),
    (other_column, other): (&'static str, &'static str),
) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(name)
        .col(integer(owner_column))
        .col(integer(other_column))
        .foreign_key(
            ForeignKey::create()
                .from(name, owner_column)
                .to(owner, "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(ForeignKey::create().from(name, other_column).to(other, "id"));
    table
}

trait Columns {
    /// A nullable foreign key.
    fn reference(
        &mut self,
        table: &'static str,
        column: &'static str,
        to: &'static str,
    ) -> &mut Self;
    /// A NOT NULL foreign key.
    fn belongs_to(
        &mut self,
        table: &'static str,
        column: &'static str,
        to: &'static str,
    ) -> &mut Self;
    /// `start` and `end`, with the first and the last day that they can mean. `dated` makes `start`
    /// and the days NOT NULL.
    fn period(&mut self, dated: bool) -> &mut Self;
    /// A nullable date, with the first and the last day that it can mean.
    fn date(&mut self, column: &'static str) -> &mut Self;
}

impl Columns for TableCreateStatement {
    fn reference(
        &mut self,
        table: &'static str,
        column: &'static str,
        to: &'static str,
    ) -> &mut Self {
        self.col(integer_null(column))
            .foreign_key(ForeignKey::create().from(table, column).to(to, "id"))
    }

    fn belongs_to(
        &mut self,
        table: &'static str,
        column: &'static str,
        to: &'static str,
    ) -> &mut Self {
        self.col(integer(column)).foreign_key(ForeignKey::create().from(table, column).to(to, "id"))
    }

    fn period(&mut self, dated: bool) -> &mut Self {
        if dated {
            self.col(string("start"))
                .col(string_null("end"))
                .col(date("first_day"))
                .col(date("last_day"));
        } else {
            self.col(string_null("start"))
                .col(string_null("end"))
                .col(date_null("first_day"))
                .col(date_null("last_day"));
        }
        self.check(Expr::col("first_day").lte(Expr::col("last_day")))
    }

    fn date(&mut self, column: &'static str) -> &mut Self {
        self.col(string_null(column))
            .col(date_null("first_day"))
            .col(date_null("last_day"))
            .check(Expr::col("first_day").lte(Expr::col("last_day")))
    }
}

fn confidence() -> SimpleExpr {
    one_of("confidence", &["confirmed", "reported"])
}

fn tables(backend: DbBackend) -> Vec<TableCreateStatement> {
    let ordered = |name| ordered(backend, name);
    let record_table = |name| record_table(backend, name);
    vec![
        Table::create()
            .table("revision")
            .col(pk_auto("id"))
            .col(timestamp_with_time_zone("created_at"))
            .col(text("author"))
            .col(text("message"))
            .col(text_null("dataset_version"))
            .to_owned(),
        Table::create()
            .table("record")
            .col(pk_auto("id"))
            .col(text("kind"))
            .col(ordered("slug").unique_key())
            .belongs_to("record", "created_in", "revision")
            .belongs_to("record", "updated_in", "revision")
            .reference("record", "removed_in", "revision")
            .check(one_of(
                "kind",
                &[
                    "party",
                    "theme",
                    "source",
                    "body",
                    "membership",
                    "chair-term",
                    "event",
                    "document",
                    "provision",
                    "initiative",
                    "work-programme",
                    "contribution",
                    "claim",
                ],
            ))
            .index(Index::create().unique().name("record_id_slug").col("id").col("slug"))
            .to_owned(),
        Table::create()
            .table("slug_alias")
            .col(ordered("slug").primary_key())
            .belongs_to("slug_alias", "record_id", "record")
            .to_owned(),
        Table::create()
            .table("change")
            .col(pk_auto("id"))
            .belongs_to("change", "revision_id", "revision")
            .belongs_to("change", "record_id", "record")
            .col(text("action"))
            .col(json_null("before"))
            .col(json_null("after"))
            .check(one_of("action", &["created", "updated", "removed"]))
            .to_owned(),
        record_table("source")
            .col(ordered("title"))
            .col(text("kind"))
            .date("published")
            .col(text_null("url"))
            .col(text_null("publisher"))
            .col(text_null("note"))
            .check(one_of(
                "kind",
                &["asean", "government", "think-tank", "academic", "news", "encyclopedia", "other"],
            ))
            .to_owned(),
        Table::create()
            .table("citation")
            .col(pk_auto("id"))
            .belongs_to("citation", "record_id", "record")
            .col(integer("position"))
            .belongs_to("citation", "source_id", "source")
            .col(text_null("locator"))
            .to_owned(),
        record_table("party")
            .col(ordered("code").unique_key())
            .col(ordered("name"))
            .col(text_null("official_name"))
            .col(text("kind"))
            .col(json("aliases"))
            .check(one_of("kind", &["country", "organisation"]))
            .to_owned(),
        record_table("body")
            .col(ordered("name"))
            .col(text_null("acronym"))
            .col(text("kind"))
            .reference("body", "parent_id", "body")
            .date("established")
            .col(json("aliases"))
            .col(text("summary"))
            .col(text_null("note"))
            .check(one_of(
                "kind",
                &[
                    "ministerial",
                    "senior-officials",
                    "working-group",
                    "expert-working-group",
                    "centre",
                    "network",
                    "dialogue",
                    "law-enforcement-forum",
                    "other",
                ],
            ))
            .to_owned(),
        record_table("theme")
            .col(ordered("name"))
            .col(text("summary"))
            .col(json("aliases"))
            .reference("theme", "parent_id", "theme")
            .reference("theme", "working_group_id", "body")
            .to_owned(),
        link_table("record_theme", ("record_id", "record"), ("theme_id", "theme"))
            .col(integer("position"))
            .primary_key(Index::create().col("record_id").col("theme_id"))
            .to_owned(),
        record_table("membership")
            .belongs_to("membership", "body_id", "body")
            .belongs_to("membership", "party_id", "party")
            .col(text("role"))
            .period(false)
            .col(text_null("note"))
            .check(one_of("role", &["member", "plus-member", "observer", "dialogue-partner"]))
            .to_owned(),
        record_table("chair_term")
            .belongs_to("chair_term", "body_id", "body")
            .col(ordered("cycle"))
            .period(true)
            .col(text("confidence"))
            .col(text_null("note"))
            .check(confidence())
            .to_owned(),
        link_table("chair_seat", ("chair_term_id", "chair_term"), ("party_id", "party"))
            .col(text("seat"))
            .primary_key(Index::create().col("chair_term_id").col("seat").col("party_id"))
            .check(one_of("seat", &["asean", "plus"]))
            .to_owned(),
        record_table("event")
            .col(ordered("title"))
            .col(text("kind"))
            .reference("event", "body_id", "body")
            .col(integer_null("ordinal"))
            .period(true)
            .col(text_null("city"))
            .reference("event", "country_id", "party")
            .col(text_null("format"))
            .col(integer_null("participant_count"))
            .col(boolean("planned"))
            .col(text("summary"))
            .col(text("confidence"))
            .col(text_null("note"))
            .check(one_of(
                "kind",
                &[
                    "ministerial-meeting",
                    "retreat",
                    "informal-meeting",
                    "senior-officials-meeting",
                    "working-group-meeting",
                    "expert-working-group-meeting",
                    "planning-conference",
                    "conference",
                    "dialogue",
                    "workshop",
                    "seminar",
                    "symposium",
                    "training-course",
                    "tabletop-exercise",
                    "staff-exercise",
                    "field-training-exercise",
                    "maritime-exercise",
                    "sports-meet",
                    "launch",
                    "other",
                ],
            ))
            .check(one_of("format", &["in-person", "virtual", "hybrid"]))
            .check(Expr::col("ordinal").gte(1))
            .check(Expr::col("participant_count").gte(0))
            .check(confidence())
            .to_owned(),
        link_table("event_party", ("event_id", "event"), ("party_id", "party"))
            .col(text("role"))
            .col(integer("position"))
            .primary_key(Index::create().col("event_id").col("role").col("party_id"))
            .check(one_of(
                "role",
                &["host", "co-host", "chair", "co-chair", "participant", "observer"],
            ))
            .to_owned(),
        record_table("document")
            .col(ordered("title"))
            .col(text("kind"))
            .date("adopted")
            .reference("document", "adopted_at_id", "event")
            .reference("document", "presented_at_id", "event")
            .col(text_null("url"))
            .col(text("summary"))
            .col(text_null("note"))
            .check(one_of(
                "kind",
                &[
                    "joint-declaration",
                    "joint-statement",
                    "concept-paper",
                    "work-programme",
                    "action-plan",
                    "guidelines",
                    "protocol",
                    "terms-of-reference",
                    "vision",
                    "other",
                ],
            ))
            .to_owned(),
        record_table("provision")
            .belongs_to("provision", "document_id", "document")
            .col(text("kind"))
            .col(integer("position"))
            .col(text("path"))
            .col(text("summary"))
            .col(text_null("note"))
            .check(one_of(
                "kind",
                &[
                    "principle",
                    "purpose",
                    "objective",
                    "activity",
                    "scope",
                    "reporting",
                    "instrument",
                    "exclusion",
                ],
            ))
            .check(Expr::col("position").gte(1))
            .to_owned(),
        link_table("provision_body", ("provision_id", "provision"), ("body_id", "body"))
            .col(integer("position"))
            .primary_key(Index::create().col("provision_id").col("body_id"))
            .to_owned(),
        link_table(
            "provision_document",
            ("provision_id", "provision"),
            ("document_id", "document"),
        )
        .col(integer("position"))
        .primary_key(Index::create().col("provision_id").col("document_id"))
        .to_owned(),
        record_table("initiative")
            .col(ordered("name"))
            .col(text_null("acronym"))
            .col(text("framework"))
            .col(text("status"))
            .date("started")
            .reference("initiative", "adopted_at_id", "event")
            .col(json("aliases"))
            .col(text("summary"))
            .col(text_null("note"))
            .check(one_of("framework", &["admm", "admm-plus", "asean", "partner"]))
            .check(one_of("status", &["proposed", "active", "ended", "unknown"]))
            .to_owned(),
        link_table("initiative_proposer", ("initiative_id", "initiative"), ("party_id", "party"))
            .col(integer("position"))
            .primary_key(Index::create().col("initiative_id").col("party_id"))
            .to_owned(),
        record_table("work_programme")
            .col(ordered("title"))
            .period(true)
            .reference("work_programme", "adopted_at_id", "event")
            .col(text_null("note"))
            .to_owned(),
        Table::create()
            .table("work_area")
            .col(pk_auto("id"))
            .col(integer("programme_id"))
            .col(integer("position"))
            .col(ordered("name"))
            .reference("work_area", "theme_id", "theme")
            .col(text_null("summary"))
            .foreign_key(
                ForeignKey::create()
                    .from("work_area", "programme_id")
                    .to("work_programme", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .check(Expr::col("position").gte(1))
            .to_owned(),
        record_table("contribution")
            .col(ordered("title"))
            .col(text("kind"))
            .belongs_to("contribution", "partner_id", "party")
            .period(false)
            .col(double_null("amount_value"))
            .col(text_null("amount_currency"))
            .reference("contribution", "event_id", "event")
            .reference("contribution", "body_id", "body")
            .reference("contribution", "initiative_id", "initiative")
            .reference("contribution", "work_area_id", "work_area")
            .reference("contribution", "chair_term_id", "chair_term")
            .col(boolean("derived"))
            .col(text("summary"))
            .col(text("confidence"))
            .col(text_null("note"))
            .check(one_of(
                "kind",
                &[
                    "hosting",
                    "co-chairing",
                    "funding",
                    "training",
                    "equipment",
                    "personnel",
                    "scholarship",
                    "technical-assistance",
                    "facility",
                    "proposal",
                    "exercise",
                    "dialogue",
                ],
            ))
            .check(Expr::col("amount_value").is_null().eq(Expr::col("amount_currency").is_null()))
            .check(Expr::col("amount_value").gte(0))
            .check(confidence())
            .to_owned(),
        link_table(
            "contribution_beneficiary",
            ("contribution_id", "contribution"),
            ("party_id", "party"),
        )
        .col(integer("position"))
        .primary_key(Index::create().col("contribution_id").col("party_id"))
        .to_owned(),
        record_table("claim")
            .belongs_to("claim", "subject_id", "record")
            .col(ordered("measure"))
            .col(double("value"))
            .col(text("unit"))
            .period(false)
            .col(text("statement"))
            .col(text_null("note"))
            .to_owned(),
    ]
}

/// One index for every foreign key, filter and sort order of the API. The index of a sort order
/// ends with the slug, the tiebreaker.
const INDEXES: &[(&str, &[&str])] = &[
    ("record", &["kind", "slug"]),
    ("record", &["created_in"]),
    ("record", &["updated_in"]),
    ("record", &["removed_in"]),
    ("slug_alias", &["record_id"]),
    ("change", &["record_id", "id"]),
    ("change", &["revision_id", "id"]),
    ("source", &["kind"]),
    ("source", &["title", "slug"]),
    ("source", &["first_day", "slug"]),
    ("source", &["last_day"]),
    ("source", &["publisher"]),
    ("citation", &["source_id", "record_id"]),
    ("party", &["kind"]),
    ("party", &["name", "slug"]),
    ("body", &["kind"]),
    ("body", &["name", "slug"]),
    ("body", &["acronym"]),
    ("body", &["parent_id"]),
    ("body", &["first_day", "slug"]),
    ("body", &["last_day"]),
    ("theme", &["name", "slug"]),
    ("theme", &["parent_id"]),
    ("theme", &["working_group_id"]),
    ("record_theme", &["theme_id", "record_id"]),
    ("membership", &["body_id", "first_day", "slug"]),
    ("membership", &["party_id", "first_day", "slug"]),
    ("membership", &["role"]),
    ("membership", &["first_day", "slug"]),
    ("membership", &["last_day"]),
    ("chair_term", &["body_id", "first_day", "slug"]),
    ("chair_term", &["cycle"]),
    ("chair_term", &["first_day", "slug"]),
    ("chair_term", &["last_day"]),
    ("chair_term", &["confidence"]),
    ("chair_seat", &["party_id", "seat", "chair_term_id"]),
    ("event", &["first_day", "slug"]),
    ("event", &["last_day"]),
    ("event", &["title", "slug"]),
    ("event", &["ordinal", "slug"]),
    ("event", &["kind", "first_day", "slug"]),
    ("event", &["body_id", "first_day", "slug"]),
    ("event", &["country_id", "first_day", "slug"]),
    ("event", &["city"]),
    ("event", &["format"]),
    ("event", &["confidence"]),
    ("event", &["planned"]),
    ("event_party", &["party_id", "role", "event_id"]),
    ("document", &["kind"]),
    ("document", &["title", "slug"]),
    ("document", &["first_day", "slug"]),
    ("document", &["last_day"]),
    ("document", &["adopted_at_id"]),
    ("document", &["presented_at_id"]),
    ("provision", &["kind"]),
    ("provision_body", &["body_id", "provision_id"]),
    ("provision_document", &["document_id", "provision_id"]),
    ("initiative", &["framework"]),
    ("initiative", &["status"]),
    ("initiative", &["name", "slug"]),
    ("initiative", &["acronym"]),
    ("initiative", &["first_day", "slug"]),
    ("initiative", &["last_day"]),
    ("initiative", &["adopted_at_id"]),
    ("initiative_proposer", &["party_id", "initiative_id"]),
    ("work_programme", &["title", "slug"]),
    ("work_programme", &["first_day", "slug"]),
    ("work_programme", &["last_day"]),
    ("work_programme", &["adopted_at_id"]),
    ("work_area", &["programme_id", "position"]),
    ("work_area", &["theme_id"]),
    ("contribution", &["kind"]),
    ("contribution", &["title", "slug"]),
    ("contribution", &["first_day", "slug"]),
    ("contribution", &["last_day"]),
    ("contribution", &["partner_id", "first_day", "slug"]),
    ("contribution", &["event_id"]),
    ("contribution", &["body_id"]),
    ("contribution", &["initiative_id"]),
    ("contribution", &["work_area_id"]),
    ("contribution", &["chair_term_id"]),
    ("contribution", &["derived"]),
    ("contribution", &["confidence"]),
    ("contribution_beneficiary", &["party_id", "contribution_id"]),
    ("claim", &["subject_id", "first_day", "slug"]),
    ("claim", &["measure", "slug"]),
    ("claim", &["value", "slug"]),
    ("claim", &["unit"]),
    ("claim", &["first_day", "slug"]),
    ("claim", &["last_day"]),
];

/// Unique keys other than the primary keys.
const UNIQUE: &[(&str, &[&str])] = &[
    ("citation", &["record_id", "position"]),
    ("provision", &["document_id", "position"]),
    ("work_area", &["programme_id", "name"]),
];

fn indexes() -> impl Iterator<Item = IndexCreateStatement> {
    let named = |table: &'static str, columns: &'static [&'static str]| {
        let mut index = Index::create();
        index.name(format!("{table}_by_{}", columns.join("_"))).table(table);
        for column in columns {
            index.col(*column);
        }
        index
    };
    let plain = INDEXES.iter().map(move |(table, columns)| named(table, columns));
    let unique =
        UNIQUE.iter().map(move |(table, columns)| named(table, columns).unique().to_owned());
    plain.chain(unique)
}
