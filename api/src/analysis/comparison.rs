//! Compares the contributions of partners.

use std::collections::HashMap;

use entities::contribution;
use sea_orm::Condition;

use super::{
    axis::{Interval, contributions},
    breadth::Breadth,
    count::{Cell, Counts, Tally, sort},
};
use crate::store::{ReadError, Store, filter};

/// The contributions of several partners.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Contributions of all partners, including those that are not compared.
    pub total: i64,
    /// By code; only partners with contributions.
    pub partners: HashMap<String, PartnerFigures>,
}

/// The contributions of a partner.
#[derive(Clone, Debug, Default)]
pub struct PartnerFigures {
    pub total: i64,
    /// 1 for the most contributions, among all partners. Partners with the same total share a rank.
    pub rank: Option<i64>,
    /// The earliest and the latest start date.
    pub span: Option<(String, String)>,
    pub by_theme: Vec<Tally>,
    pub by_kind: Vec<Tally>,
    pub by_year: Vec<Tally>,
}

crate::heap_size::heap_size! {
    Comparison { partners }
    PartnerFigures { span by_theme by_kind by_year }
}

impl PartnerFigures {
    pub fn breadth(&self) -> Breadth {
        let themes = self.by_theme.iter().filter(|tally| tally.group.key.is_some());
        Breadth::of(themes.map(|tally| tally.count))
    }
}

/// Counts the contributions of the partners that match the filter.
pub async fn compare(
    store: &Store,
    codes: &[String],
    filter: &Condition,
) -> Result<Comparison, ReadError> {
    let partner = contributions::partner();
    let theme = contributions::theme();
    let [kind, year] = [contributions::kind(), contributions::period(Interval::Year)];
    let compared = Condition::all()
        .add(filter.clone())
        .add(filter::references_party(contribution::Column::PartnerId, codes.to_vec()));
    let mut counts = Counts::default();
    let all = counts.of::<contribution::Entity>(filter);
    let compared = counts.of::<contribution::Entity>(&compared);
    counts
        .add(all, &[&partner], Some(contributions::start()))
        .add(compared, &[&partner, &theme], None)
        // For all partners: these are read together with the totals.
        .add(all, &[&partner, &kind], None)
        .add(all, &[&partner, &year], None);
    let (totals, rest): (Vec<Cell>, Vec<Cell>) =
        counts.read(store).await?.into_iter().partition(|cell| cell.part == 0);
    let total = totals.iter().map(|cell| cell.count).sum();
    let mut partners: HashMap<String, PartnerFigures> = HashMap::new();
    for cell in &totals {
        let rank = 1 + totals.iter().filter(|other| other.count > cell.count).count() as i64;
        let [Some(code), _] = cell.groups.each_ref().map(|group| group.key.clone()) else {
            continue;
        };
        let figures = partners.entry(code).or_default();
        figures.total = cell.count;
        figures.rank = Some(rank);
        figures.span = cell.span.clone();
    }
    for cell in rest {
        let [partner, group] = cell.groups;
        let Some(figures) = partner.key.and_then(|code| partners.get_mut(&code)) else { continue };
        figures.facet(cell.part).push(Tally { group, count: cell.count });
    }
    for figures in partners.values_mut() {
        for (axis, part) in [&theme, &kind, &year].into_iter().zip(1..) {
            sort(figures.facet(part), axis);
        }
    }
    Ok(Comparison { total, partners })
}

impl PartnerFigures {
    /// The list of a part. Parts are numbered in the order in which they were added.
    fn facet(&mut self, part: usize) -> &mut Vec<Tally> {
        match part {
            1 => &mut self.by_theme,
            2 => &mut self.by_kind,
            _ => &mut self.by_year,
        }
    }
}
