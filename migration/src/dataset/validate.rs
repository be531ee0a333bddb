//! Validation across records, after all files are read: duplicate slugs, references without a target, cycles of
//! parents.

use std::collections::{HashMap, HashSet};

use entities::record::RecordKind;
use sea_orm::ActiveEnum;

use super::{
    parse::LocatedRecord,
    record::{Content, WorkAreaKey},
    toml_table::{Diagnostics, Location, Reference, closest},
};

/// `complete` is false if a file could not be read. References are then not checked, because their
/// targets may be in that file.
pub(super) fn all(records: &[LocatedRecord], complete: bool, findings: &mut Diagnostics) {
    let mut known: HashMap<&str, &LocatedRecord> = HashMap::new();
    for placed in records {
        if let Some(first) = known.get(placed.slug.as_str()) {
            let problem = placed.slug_place.problem(
                format!(
                    "`{}` is already the slug of a record in {}, line {}",
                    placed.slug,
                    first.place.file.name(),
                    line(&first.slug_place),
                ),
                "slugs are unique across all kinds: choose another, or delete one of the two records",
            );
            findings.problems.push(problem);
        } else {
            known.insert(&placed.slug, placed);
        }
    }
    former_slugs(records, &known, findings);
    if complete {
        references(&known, findings);
    }
    circles(records, findings);
    positions(records, findings);
    work_areas(records, findings);
    partners(records, findings);
}

fn content(placed: &LocatedRecord) -> Option<&Content> {
    placed.record.as_ref().map(|record| &record.content)
}

fn line(place: &Location) -> usize {
    place.problem("", "").line()
}

fn former_slugs<'r>(
    records: &'r [LocatedRecord],
    known: &HashMap<&'r str, &'r LocatedRecord>,
    findings: &mut Diagnostics,
) {
    let mut former = HashSet::new();
    for placed in records {
        for slug in placed.record.iter().flat_map(|record| &record.former_slugs) {
            if known.contains_key(slug.as_str()) || !former.insert(slug.as_str()) {
                findings.problems.push(placed.place.problem(
                    format!("the former slug `{slug}` is already used by another record"),
                    "remove it from `former_slugs`: a slug identifies only one record",
                ));
            }
        }
    }
}

/// The name of a kind in messages: `chair-term` becomes `chair term`.
fn name(kind: RecordKind) -> String {
    kind.to_value().replace('-', " ")
}

fn references(known: &HashMap<&str, &LocatedRecord>, findings: &mut Diagnostics) {
    let mut problems = Vec::new();
    for Reference { place, key, target, kinds } in &findings.references {
        let wanted = kinds.iter().map(|kind| name(*kind)).collect::<Vec<_>>().join(" or ");
        match known.get(target.as_str()) {
            Some(placed) if kinds.contains(&placed.kind) => {}
            Some(placed) => problems.push(place.problem(
                format!(
                    "`{key}` needs the kind {wanted}, but `{target}` is of the kind {}",
                    name(placed.kind)
                ),
                format!("write the slug of a record of the kind {wanted}"),
            )),
            None => {
                let candidates = known
                    .iter()
                    .filter(|(_, placed)| kinds.contains(&placed.kind))
                    .map(|(slug, _)| *slug);
                let help = match closest(target, candidates) {
                    Some(near) => format!("did you mean `{near}`? Or add the {wanted} `{target}`"),
                    None => format!("correct it, or add the {wanted} `{target}`"),
                };
                problems.push(place.problem(format!("there is no {wanted} `{target}`"), help));
            }
        }
    }
    findings.problems.extend(problems);
}

/// Reports cycles: bodies and themes must form trees.
fn circles(records: &[LocatedRecord], findings: &mut Diagnostics) {
    fn parent(placed: &LocatedRecord) -> Option<&str> {
        match content(placed)? {
            Content::Body(body) => body.parent.as_deref(),
            Content::Theme(theme) => theme.parent.as_deref(),
            _ => None,
        }
    }
    let parents: HashMap<&str, &str> =
        records.iter().filter_map(|placed| Some((placed.slug.as_str(), parent(placed)?))).collect();
    let mut reported: HashSet<&str> = HashSet::new();
    for placed in records {
        let start = placed.slug.as_str();
        let mut path = vec![start];
        let mut at = start;
        while let Some(&up) = parents.get(at) {
            if up == start {
                if path.iter().all(|slug| !reported.contains(slug)) {
                    findings.problems.push(placed.place.problem(
                        format!("`parent` forms a cycle: {} → {start}", path.join(" → ")),
                        "remove one of these parents",
                    ));
                }
                reported.extend(path);
                break;
            }
            let Some((next, _)) = parents.get_key_value(up) else { break };
            if path.contains(next) {
                break;
            }
            path.push(next);
            at = next;
        }
    }
}

fn positions(records: &[LocatedRecord], findings: &mut Diagnostics) {
    let mut seen = HashSet::new();
    for placed in records {
        if let Some(Content::Provision(provision)) = content(placed)
            && !seen.insert((&*provision.document, provision.position))
        {
            findings.problems.push(placed.place.problem(
                format!(
                    "`{}` has two provisions at position {}",
                    provision.document, provision.position.0
                ),
                "number the provisions of a document 1, 2, 3 … in order",
            ));
        }
    }
}

fn work_areas(records: &[LocatedRecord], findings: &mut Diagnostics) {
    let areas: HashSet<(&str, &str)> = records
        .iter()
        .filter_map(|placed| match content(placed)? {
            Content::WorkProgramme(programme) => Some((placed.slug.as_str(), programme)),
            _ => None,
        })
        .flat_map(|(slug, programme)| {
            programme.areas.iter().map(move |area| (slug, area.name.as_str()))
        })
        .collect();
    for placed in records {
        if let Some(Content::Contribution(contribution)) = content(placed)
            && let Some(WorkAreaKey { programme, name }) = &contribution.work_area
            && !areas.contains(&(&**programme, name.as_str()))
        {
            findings.problems.push(placed.place.problem(
                format!("`{programme}` has no area `{name}`"),
                "write the name of the area exactly as in the work programme",
            ));
        }
    }
}

/// Reports contributions whose partner was a member of ASEAN at the start.
fn partners(records: &[LocatedRecord], findings: &mut Diagnostics) {
    let asean = super::derived_contributions::AseanMembers::of(
        records.iter().filter_map(|placed| placed.record.as_ref()),
    );
    for placed in records {
        if let Some(Content::Contribution(contribution)) = content(placed) {
            let day = contribution.period.start.as_ref().map(|start| start.first_day());
            if day.is_some_and(|day| asean.is_inside(&contribution.partner, day)) {
                findings.problems.push(placed.place.problem(
                    format!("`{}` was a member of ASEAN at that time", contribution.partner),
                    "write a party outside ASEAN as the partner, or delete the contribution",
                ));
            }
        }
    }
}
