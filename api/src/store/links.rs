//! Links of lists to their parents that need more than one foreign key or junction table.

use entities::{
    body, document, event, event_body, event_party, event_party::EventRole, initiative, party,
    provision, provision_body, record, record_theme, theme,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, ExprTrait,
    sea_query::{Query, UnionType},
};

use super::{
    filter::{any_of, col},
    list::{ParentLink, tree},
};

/// The records that have a theme.
pub fn with_theme() -> ParentLink {
    ParentLink::through::<record_theme::Entity, theme::Entity, record::Entity>()
}

/// The events in which a party has one of the roles.
pub fn in_roles(roles: &[EventRole]) -> ParentLink {
    let roles = roles.iter().map(|role| role.to_value());
    ParentLink::through::<event_party::Entity, party::Entity, event::Entity>()
        .only(Condition::all().add(any_of(event_party::Column::Role, roles)))
}

/// The bodies that report to a body, directly or through others.
pub fn descendants() -> ParentLink {
    ParentLink::pairs(tree::descendants::<body::Entity>(body::Column::ParentId))
}

/// The bodies that a body reports to, directly or through others.
pub fn ancestors() -> ParentLink {
    ParentLink::pairs(tree::ancestors::<body::Entity>(body::Column::ParentId))
}

/// The documents that an event of a body adopted.
pub fn adopted_documents() -> ParentLink {
    let pairs = Query::select()
        .expr_as(col(event_body::Column::BodyId), ParentLink::PARENT)
        .expr_as(col(document::Column::Id), ParentLink::CHILD)
        .from(event_body::Entity)
        .inner_join(
            document::Entity,
            col(document::Column::AdoptedAtId).equals(event_body::Column::EventId.as_column_ref()),
        )
        .to_owned();
    ParentLink::pairs(pairs)
}

/// The initiatives that the same event adopted as a document.
pub fn initiatives_of_same_event() -> ParentLink {
    let pairs = Query::select()
        .expr_as(col(document::Column::Id), ParentLink::PARENT)
        .expr_as(col(initiative::Column::Id), ParentLink::CHILD)
        .from(document::Entity)
        .inner_join(
            initiative::Entity,
            col(initiative::Column::AdoptedAtId)
                .equals(document::Column::AdoptedAtId.as_column_ref()),
        )
        .to_owned();
    ParentLink::pairs(pairs)
}

/// The bodies that a document concerns: those whose event adopted it, and those that its
/// provisions name.
pub fn related_bodies() -> ParentLink {
    let mut adopting = Query::select();
    adopting
        .expr_as(col(document::Column::Id), ParentLink::PARENT)
        .expr_as(col(event_body::Column::BodyId), ParentLink::CHILD)
        .from(document::Entity)
        .inner_join(
            event_body::Entity,
            col(document::Column::AdoptedAtId).equals(event_body::Column::EventId.as_column_ref()),
        );
    let named = Query::select()
        .expr_as(col(provision::Column::DocumentId), ParentLink::PARENT)
        .expr_as(col(provision_body::Column::BodyId), ParentLink::CHILD)
        .from(provision::Entity)
        .inner_join(
            provision_body::Entity,
            col(provision_body::Column::ProvisionId).equals(provision::Column::Id.as_column_ref()),
        )
        .to_owned();
    ParentLink::pairs(adopting.union(UnionType::All, named).to_owned())
}
