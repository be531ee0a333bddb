//! How the rows of a list relate to a parent: by a foreign key, a junction table, or a statement.

use sea_orm::{
    Condition, DbBackend, EntityTrait, Related, RelationDef, RelationTrait,
    sea_query::{DynIden, Expr, IntoIden, Query, SelectStatement},
};

use crate::store::dialect;

pub(super) const PARENT: &str = "parent";
pub(super) const CHILD: &str = "child";

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

/// The column of a foreign key.
fn foreign_key(relation: RelationDef) -> DynIden {
    relation.from_col.into_iter().next().expect("a relation has a column")
}

impl ParentLink {
    /// The column of the parent's key in the pairs.
    pub const PARENT: &str = PARENT;
    /// The column of the row's key in the pairs.
    pub const CHILD: &str = CHILD;

    /// The rows of `C` that belong to a row of `P`.
    pub fn belongs_to<C: Related<P>, P: EntityTrait>() -> Self {
        Self::Column(foreign_key(C::to()))
    }

    /// The rows that have a relation to the parent, if their entity has several to its table.
    pub fn relation(relation: impl RelationTrait) -> Self {
        Self::Column(foreign_key(relation.def()))
    }

    /// The rows of `C` that the junction table `J` relates to a row of `P`.
    pub fn through<J, P: EntityTrait, C: EntityTrait>() -> Self
    where
        J: EntityTrait + Related<P> + Related<C>,
    {
        Self::Through {
            table: J::default().into_iden(),
            parent: foreign_key(<J as Related<P>>::to()),
            child: foreign_key(<J as Related<C>>::to()),
            only: None,
        }
    }

    pub fn pairs(pairs: SelectStatement) -> Self {
        Self::Pairs(Box::new(pairs))
    }

    /// Restricts a link by a junction table to the rows of the table that match a condition.
    pub fn only(self, condition: Condition) -> Self {
        match self {
            Self::Through { table, parent, child, .. } => {
                Self::Through { table, parent, child, only: Some(condition) }
            }
            other => other,
        }
    }

    /// The distinct pairs of parent and child of some parents; `None` for a link by column.
    pub(super) fn pairs_of(&self, backend: DbBackend, parents: &[i32]) -> Option<SelectStatement> {
        match self {
            Self::Column(_) => None,
            Self::Through { table, parent, child, only } => {
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
            Self::Pairs(pairs) => {
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
}
