//! Pairs for links along a tree, over any number of levels.

use entities::TableRow;
use sea_orm::{
    ColumnTrait, ExprTrait,
    sea_query::{
        Alias, CommonTableExpression, Expr, Query, SelectStatement, UnionType, WithClause,
    },
};

use super::parent_link::{CHILD, PARENT};

const TREE: &str = "tree";

/// Pairs of a row (`PARENT`) and each of its descendants (`CHILD`).
pub fn descendants<E: TableRow>(parent: E::Column) -> SelectStatement {
    closure::<E>(parent, (PARENT, CHILD))
}

/// Pairs of a row (`PARENT`) and each of its ancestors (`CHILD`).
pub fn ancestors<E: TableRow>(parent: E::Column) -> SelectStatement {
    closure::<E>(parent, (CHILD, PARENT))
}

/// The transitive closure of the column `parent`, with the given column names.
fn closure<E: TableRow>(
    parent: E::Column,
    (upper, lower): (&'static str, &'static str),
) -> SelectStatement {
    let column = |column: E::Column| Expr::col(column.as_column_ref());
    let mut pairs = Query::select()
        .expr_as(column(parent), Alias::new("upper_end"))
        .expr_as(column(E::PRIMARY_KEY), Alias::new("lower_end"))
        .from(E::default().table_ref())
        .and_where(column(parent).is_not_null())
        .to_owned();
    let further = Query::select()
        .column((TREE, "upper_end"))
        .expr_as(column(E::PRIMARY_KEY), Alias::new("lower_end"))
        .from(E::default().table_ref())
        .inner_join(TREE, column(parent).equals((TREE, "lower_end")))
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
