//! Building blocks of filters: conditions on an entity's columns and on related rows. A list of
//! values matches any of them; an empty list matches nothing.

use std::collections::HashSet;

use entities::{
    EdtfDate, TableRow, body, event::EventStatus, event_body, event_party, party, record_theme,
    slug_alias, theme,
};
use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, EntityTrait, ExprTrait, Value,
    sea_query::{
        CommonTableExpression, Expr, Func, LikeExpr, Query, SelectStatement, SimpleExpr, UnionType,
        WithClause,
    },
};
use unicode_normalization::UnicodeNormalization;

use super::dialect;

/// A column, qualified by its table.
pub(crate) fn col(column: impl ColumnTrait) -> SimpleExpr {
    Expr::col(column.as_column_ref())
}

/// Combines conditions in a tree of logarithmic depth. SeaQuery and SQLite both recurse over
/// expressions, and a flat list of conditions becomes an expression as deep as the list is long.
pub fn balanced(mut conditions: Vec<Condition>, join: fn() -> Condition) -> Condition {
    match conditions.len() {
        0 => join(),
        1 => conditions.swap_remove(0),
        length => {
            let right = conditions.split_off(length / 2);
            join().add(balanced(conditions, join)).add(balanced(right, join))
        }
    }
}

/// The column is one of the values. Duplicate values are removed.
pub fn any_of<V: Into<Value>>(
    column: impl ColumnTrait,
    values: impl IntoIterator<Item = V>,
) -> SimpleExpr {
    let mut distinct = HashSet::new();
    let mut values: Vec<Value> =
        values.into_iter().map(|value| dialect::without_nul(value.into())).collect();
    values.retain(|value| distinct.insert(value.clone()));
    col(column).is_in(values.into_iter().map(Expr::value))
}

/// The record has one of the slugs, or had it before: for a party, one of the codes.
pub fn has_slug<E: TableRow>(slugs: Vec<String>) -> SimpleExpr {
    let former = select_ids::<slug_alias::Entity>(
        slug_alias::Column::RecordId,
        any_of(slug_alias::Column::Slug, slugs.clone()),
    );
    any_of(E::TIEBREAK, slugs).or(col(E::PRIMARY_KEY).in_subquery(former))
}

/// The column is not null, or is null if `set` is false.
pub fn is_set(column: impl ColumnTrait, set: bool) -> SimpleExpr {
    if set { col(column).is_not_null() } else { col(column).is_null() }
}

/// Selects `key` of the rows of `E` that match a condition.
fn select_ids<E: EntityTrait>(key: E::Column, picks: SimpleExpr) -> SelectStatement {
    Query::select()
        .column(key.as_column_ref())
        .from(E::default().table_ref())
        .and_where(picks)
        .to_owned()
}

/// The column references a row of `E` that matches a condition.
pub fn references<E: TableRow>(column: impl ColumnTrait, picks: SimpleExpr) -> SimpleExpr {
    col(column).in_subquery(select_ids::<E>(E::PRIMARY_KEY, picks))
}

/// The column references a row of `E` with one of the slugs.
pub fn references_slug<E: TableRow>(column: impl ColumnTrait, slugs: Vec<String>) -> SimpleExpr {
    named::<E>(column, slugs)
}

/// The column references a party with one of the codes.
pub fn references_party(column: impl ColumnTrait, codes: Vec<String>) -> SimpleExpr {
    named::<party::Entity>(column, codes)
}

/// The column references a row of `E` with one of the slugs, or of the codes of parties.
fn named<E: TableRow>(column: impl ColumnTrait, names: Vec<String>) -> SimpleExpr {
    let one = names.len() == 1;
    let picks = has_slug::<E>(names);
    match one {
        // A scalar subquery, which the database evaluates once instead of for every row.
        true => col(column).eq(SimpleExpr::from(select_ids::<E>(E::PRIMARY_KEY, picks))),
        false => references::<E>(column, picks),
    }
}

/// The junction table `L` has a row that matches a condition and whose `owner` is the column.
pub fn linked<L: EntityTrait>(
    column: impl ColumnTrait,
    owner: L::Column,
    picks: SimpleExpr,
) -> SimpleExpr {
    col(column).in_subquery(select_ids::<L>(owner, picks))
}

/// The record has one of the themes.
pub fn has_theme(key: impl ColumnTrait, themes: Vec<String>) -> SimpleExpr {
    let picks = references_slug::<theme::Entity>(record_theme::Column::ThemeId, themes);
    linked::<record_theme::Entity>(key, record_theme::Column::RecordId, picks)
}

/// The record has one of the themes or of their subthemes, at any depth.
pub fn has_theme_within(key: impl ColumnTrait, themes: Vec<String>) -> SimpleExpr {
    let themes = tree::<theme::Entity>(theme::Column::ParentId, themes);
    let picks = col(record_theme::Column::ThemeId).in_subquery(themes);
    linked::<record_theme::Entity>(key, record_theme::Column::RecordId, picks)
}

/// The column references one of the bodies or of their subordinate bodies, at any depth.
pub fn in_subtree(column: impl ColumnTrait, bodies: Vec<String>) -> SimpleExpr {
    col(column).in_subquery(tree::<body::Entity>(body::Column::ParentId, bodies))
}

/// The event was held by one of the bodies.
pub fn held_by(key: impl ColumnTrait, bodies: Vec<String>) -> SimpleExpr {
    let picks = references_slug::<body::Entity>(event_body::Column::BodyId, bodies);
    linked::<event_body::Entity>(key, event_body::Column::EventId, picks)
}

/// The event was held by one of the bodies or of their subordinate bodies, at any depth.
pub fn held_within(key: impl ColumnTrait, bodies: Vec<String>) -> SimpleExpr {
    let picks = in_subtree(event_body::Column::BodyId, bodies);
    linked::<event_body::Entity>(key, event_body::Column::EventId, picks)
}

/// The event took place, or did not if `not` is true.
pub fn not_held(status: impl ColumnTrait, not: bool) -> SimpleExpr {
    let held = EventStatus::Held.to_value();
    if not { col(status).ne(held) } else { col(status).eq(held) }
}

/// Selects the keys of the rows with these slugs and of all their descendants; `above` is the
/// parent.
fn tree<E: TableRow>(above: E::Column, slugs: Vec<String>) -> SelectStatement {
    const TREE: &str = "subtree";
    const ID: &str = "id";
    let mut rows = select_ids::<E>(E::PRIMARY_KEY, has_slug::<E>(slugs));
    let below = Query::select()
        .column(E::PRIMARY_KEY.as_column_ref())
        .from(E::default().table_ref())
        .inner_join(TREE, col(above).eq(Expr::col((TREE, ID))))
        .to_owned();
    // UNION, not UNION ALL, so that the recursion ends even if the data has a cycle.
    rows.union(UnionType::Distinct, below);
    let tree = CommonTableExpression::new().query(rows).columns([ID]).table_name(TREE).to_owned();
    Query::select()
        .column((TREE, ID))
        .from(TREE)
        .with_cte(WithClause::new().recursive(true).cte(tree).to_owned())
        .to_owned()
}

/// One of the parties has one of the roles in the event, or any role if `roles` is empty.
pub fn has_participant(
    key: impl ColumnTrait,
    codes: Vec<String>,
    roles: &[event_party::EventRole],
) -> SimpleExpr {
    let mut picks = references_party(event_party::Column::PartyId, codes);
    if !roles.is_empty() {
        let roles = roles.iter().map(|role| role.to_value());
        picks = picks.and(any_of(event_party::Column::Role, roles));
    }
    linked::<event_party::Entity>(key, event_party::Column::EventId, picks)
}

/// The row's last possible day is on or after the first possible day of `from`.
pub fn from(last_day: impl ColumnTrait, from: &EdtfDate) -> SimpleExpr {
    col(last_day).gte(from.first_day())
}

/// The row's first possible day is on or after the first possible day of `from`.
pub fn started_from(first_day: impl ColumnTrait, from: &EdtfDate) -> SimpleExpr {
    col(first_day).gte(from.first_day())
}

/// The row's first possible day is on or before the last possible day of `to`.
pub fn to(first_day: impl ColumnTrait, to: &EdtfDate) -> SimpleExpr {
    col(first_day).lte(to.last_day())
}

/// `bound`, or the column is null: a missing start or end means an open interval.
pub fn open(column: impl ColumnTrait + Copy, bound: SimpleExpr) -> Condition {
    Condition::any().add(col(column).is_null()).add(bound)
}

/// The city is one of these, or the JSON of its place has one of them among the names.
pub fn in_cities(
    city: impl ColumnTrait,
    place: impl ColumnTrait + Copy,
    cities: &[String],
) -> Condition {
    let named = |name: &String| {
        let quoted = serde_json::Value::from(name.replace('\0', "\u{fffd}")).to_string();
        let pattern = format!("%{}%", escape(&quoted));
        let text = col(place).cast_as("text");
        Condition::all().add(text.like(LikeExpr::new(pattern).escape('\\')))
    };
    let distinct: HashSet<&String> = cities.iter().collect();
    let mut any: Vec<Condition> = distinct.into_iter().map(named).collect();
    any.push(Condition::all().add(any_of(city, cities.to_vec())));
    balanced(any, Condition::any)
}

/// A text as a pattern of LIKE that matches only itself.
fn escape(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

/// Every word occurs in one of the columns, ignoring case.
pub fn text<C: ColumnTrait>(words: &str, columns: &[C]) -> Condition {
    let mut all = Condition::all();
    for word in words.split_whitespace() {
        let word = Word::of(word);
        let pattern = word.pattern();
        let mut any = Condition::any();
        for column in columns {
            let text = word.lowered(col(*column).cast_as("text"));
            any = any.add(text.like(LikeExpr::new(pattern.clone()).escape('\\')));
        }
        all = all.add(any);
    }
    all
}

/// A word of a text filter in lower case, normalised to Unicode NFC like the strings in the
/// database.
struct Word {
    letters: Vec<char>,
    /// Pairs of another case of a letter and the letter.
    ///
    /// The statement itself replaces them in the column: `LOWER` handles only ASCII in SQLite, and
    /// in PostgreSQL only what the database's locale supports.
    cases: Vec<(String, char)>,
}

/// Maximum number of nested `REPLACE` calls for a word: more than the non-ASCII letters of a real
/// word need. Letters beyond it match any letter.
const MOST_LETTERS: usize = 24;

impl Word {
    fn of(word: &str) -> Self {
        let word: String = word.replace('\0', "\u{fffd}").nfc().collect();
        if word.is_ascii() {
            let letters = word.chars().map(|c| c.to_ascii_lowercase()).collect();
            return Self { letters, cases: Vec::new() };
        }
        let letters: Vec<char> = word.chars().map(lower).collect();
        let mut seen: HashSet<char> = HashSet::new();
        let mut cases = Vec::new();
        for letter in &letters {
            if seen.insert(*letter) {
                cases.extend(other_cases(*letter).into_iter().map(|case| (case, *letter)));
            }
        }
        cases.truncate(MOST_LETTERS);
        Self { letters, cases }
    }

    fn pattern(&self) -> String {
        let mut pattern = String::from("%");
        for letter in &self.letters {
            if matches!(letter, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            let unlike = other_cases(*letter)
                .into_iter()
                .any(|case| !letter.is_ascii() && !self.cases.contains(&(case, *letter)));
            pattern.push(if unlike { '_' } else { *letter });
        }
        pattern.push('%');
        pattern
    }

    /// The column's value with every letter of the word in lower case.
    fn lowered(&self, text: SimpleExpr) -> SimpleExpr {
        let lower = Expr::expr(Func::lower(text));
        self.cases.iter().fold(lower, |text, (case, letter)| {
            Func::cust("REPLACE")
                .args([text, case.as_str().into(), letter.to_string().into()])
                .into()
        })
    }
}

/// The lower-case letter that represents all cases of a letter: σ also for ς, i for İ and ı.
fn lower(letter: char) -> char {
    if matches!(letter, 'İ' | 'ı') {
        return 'i';
    }
    let lower = letter.to_lowercase().next().unwrap_or(letter);
    let mut upper = lower.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) if !lower.is_ascii() => {
            let back = upper.to_lowercase().next().unwrap_or(lower);
            if back.is_ascii() { lower } else { back }
        }
        _ => lower,
    }
}

/// The other cases of a lower-case letter, except ASCII capitals, which `LOWER` handles.
fn other_cases(letter: char) -> Vec<String> {
    match letter {
        // First the result of LOWER for İ where it supports it, then İ itself where it does not.
        'i' => ["i\u{307}", "İ", "ı"].map(str::to_owned).to_vec(),
        _ if letter.is_ascii() => Vec::new(),
        _ => {
            let mut class = ClassUnicode::new([ClassUnicodeRange::new(letter, letter)]);
            class.case_fold_simple();
            let all = class.ranges().iter().flat_map(|range| range.start()..=range.end());
            all.filter(|case| *case != letter).map(String::from).collect()
        }
    }
}
