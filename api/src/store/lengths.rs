//! Maximum lengths of the lists without pagination, for the estimated cost of an operation.

use sea_orm::{
    EntityTrait, ExprTrait,
    sea_query::{Alias, Expr, Query, SelectStatement},
};

use entities::*;

use super::{ReadError, Store, Union};

/// Defines the lengths, in the order of the statement that reads them.
macro_rules! list_lengths {
    ($($(#[$doc:meta])* $length:ident,)*) => {
        /// The length of the longest list of each kind at a revision, each at least 1.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct ListLengths {
            $($(#[$doc])* pub $length: u64,)*
        }

        impl From<[u64; KINDS]> for ListLengths {
            fn from([$($length,)*]: [u64; KINDS]) -> Self {
                Self { $($length,)* }
            }
        }
    };
}

/// Number of kinds of lists.
const KINDS: usize = 13;

list_lengths! {
    /// Citations of a record.
    citations,
    /// Themes of a record.
    themes,
    /// Parties of an event in one role.
    parties_in_role,
    /// Parties of an event in all roles.
    parties,
    /// Bodies of an event.
    bodies,
    /// Seats of a chair term.
    seats,
    /// Beneficiaries of a contribution.
    beneficiaries,
    /// Proposers of an initiative.
    proposers,
    /// Bodies that a provision names.
    mechanisms,
    /// Documents that a provision cites.
    instruments,
    /// Areas of a work programme.
    areas,
    /// Claims about a subject.
    claims,
    /// Groups of a dimension: the number of parties, themes or bodies, whichever is greatest.
    groups,
}

impl Default for ListLengths {
    fn default() -> Self {
        Self::from([1; KINDS])
    }
}

const LIST: &str = "list";
const LONGEST: &str = "longest";
const LENGTH: &str = "length";

impl ListLengths {
    /// Reads the lengths with one statement.
    pub async fn fetch(store: &Store) -> Result<Self, ReadError> {
        macro_rules! longest {
            ($($entity:ident by $($owner:ident)+;)*) => {
                [$(longest::<$entity::Entity>(&[$($entity::Column::$owner),+]),)*]
            };
        }
        let lists = longest! {
            citation by RecordId;
            record_theme by RecordId;
            event_party by EventId Role;
            event_party by EventId;
            event_body by EventId;
            chair_seat by ChairTermId;
            contribution_beneficiary by ContributionId;
            initiative_proposer by InitiativeId;
            provision_body by ProvisionId;
            provision_document by ProvisionId;
            work_area by ProgrammeId;
            claim by SubjectId;
        };
        let groups = lists.len();
        let sizes = [size::<party::Entity>(), size::<theme::Entity>(), size::<body::Entity>()];
        let lists = lists.into_iter().enumerate();
        let statements = lists.chain(sizes.map(|size| (groups, size))).map(|(list, mut select)| {
            let list = i32::try_from(list).expect("the number of lists fits an i32");
            select.expr_as(Expr::value(list), Alias::new(LIST)).take()
        });
        let union = Union::all(statements).expect("there are lists");
        let mut lengths = [1_u64; KINDS];
        for row in store.rows_of_union(&union).await? {
            let list: i32 = row.try_get("", LIST)?;
            let longest: Option<i64> = row.try_get("", LONGEST)?;
            let longest = longest.and_then(|longest| u64::try_from(longest).ok()).unwrap_or(0);
            if let Some(length) = usize::try_from(list).ok().and_then(|list| lengths.get_mut(list))
            {
                *length = Ord::max(*length, longest);
            }
        }
        Ok(lengths.into())
    }
}

/// Selects the greatest number of rows that an owner has.
fn longest<E: EntityTrait>(owner: &[E::Column]) -> SelectStatement {
    let mut lengths = Query::select();
    lengths.expr_as(Expr::val(1).count(), Alias::new(LENGTH)).from(E::default().table_ref());
    for column in owner {
        use sea_orm::ColumnTrait;
        lengths.add_group_by([Expr::col(column.as_column_ref())]);
    }
    Query::select()
        .expr_as(Expr::col(LENGTH).max(), Alias::new(LONGEST))
        .from_subquery(lengths, "lengths")
        .take()
}

/// Selects the number of rows.
fn size<E: EntityTrait>() -> SelectStatement {
    Query::select()
        .expr_as(Expr::val(1).count(), Alias::new(LONGEST))
        .from(E::default().table_ref())
        .take()
}
