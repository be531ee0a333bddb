//! Warnings about events.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use entities::{
    EdtfDate, Precision,
    event::{EventFormat, EventKind, EventStatus},
    span,
};

use super::{Checked, Checks, Warning};
use crate::dataset::{
    places::Gazetteer,
    record::{ChairTerm, Content, Event, Record},
};

/// A series of numbered events: of one body and kind.
type Series<'r> = (&'r str, EventKind);

impl<'r> Checks<'r> {
    pub(super) fn event(&mut self, checked: &Checked<'r>, event: &'r Event) {
        let (first, last) = days(event);
        if event.status == EventStatus::Held {
            if first > self.reached {
                self.warn(
                    checked,
                    Warning::AfterReach,
                    "it is after the period of the data, and said to have been held",
                    "add `status = \"announced\"`, or raise `collected_until`",
                );
            } else if self.is_only_announced(checked.record, first) {
                self.warn(
                    checked,
                    Warning::NotReported,
                    "all its sources are older than its first day",
                    "add `status = \"announced\"`, or cite a source that reports it",
                );
            }
        }
        for body in event.bodies.iter() {
            let Some(facts) = self.bodies.get(&**body).copied() else { continue };
            let too_early = facts
                .established
                .as_ref()
                .is_some_and(|established| last < established.first_day());
            let too_late =
                facts.dissolved.as_ref().is_some_and(|dissolved| first > dissolved.0.last_day());
            if too_early || too_late {
                self.warn(
                    checked,
                    Warning::BeforeBody,
                    format!("it is not in the time of `{body}`"),
                    "correct the day, `bodies`, or `established` and `dissolved` of the body",
                );
            }
        }
        self.co_chairs(checked, event, first);
        self.places(checked, event);
        self.participants(checked, event);
    }

    /// Whether every dated source was published before the event began.
    fn is_only_announced(&self, record: &Record, first: NaiveDate) -> bool {
        let dates = record
            .citations
            .iter()
            .map(|citation| self.sources.get(&*citation.source)?.published.as_ref());
        let dates: Option<Vec<&EdtfDate>> = dates.collect();
        dates.is_some_and(|dates| dates.iter().all(|date| date.last_day() < first))
    }

    fn co_chairs(&mut self, checked: &Checked<'r>, event: &'r Event, day: NaiveDate) {
        if event.co_chairs.is_empty() {
            return;
        }
        let chairs: HashSet<&str> = event.co_chairs.iter().map(|party| &**party).collect();
        let of_event = |term: &&&ChairTerm| {
            let (start, end) =
                span(Some(&term.period.start), term.period.end.as_ref()).unwrap_or((day, day));
            event.bodies.contains(&term.body) && start <= day && day <= end
        };
        let terms: Vec<HashSet<&str>> = self
            .terms
            .iter()
            .filter(of_event)
            .map(|term| {
                term.asean_co_chair
                    .iter()
                    .chain(&term.plus_co_chair)
                    .map(|chair| &*chair.0)
                    .collect()
            })
            .collect();
        // Of a joint exercise, the co-chairs of every body.
        let joint: HashSet<&str> = terms.iter().flatten().copied().collect();
        if !terms.is_empty() && !terms.contains(&chairs) && joint != chairs {
            let listed = |parties: &HashSet<&str>| {
                let mut parties: Vec<&str> = parties.iter().copied().collect();
                parties.sort_unstable();
                parties.join(" and ")
            };
            self.warn(
                checked,
                Warning::CoChairs,
                format!(
                    "its co-chairs are {}, those of the term {}",
                    listed(&chairs),
                    listed(&joint)
                ),
                "correct one of the two, or accept it with the reason",
            );
        }
    }

    fn places(&mut self, checked: &Checked<'r>, event: &'r Event) {
        if event.format == Some(EventFormat::Virtual)
            && (event.city.is_some() || event.country.is_some())
        {
            self.warn(
                checked,
                Warning::VirtualPlace,
                "it was held online and has a place",
                "delete `city` and `country`: the host stays in `hosts`",
            );
        }
        let hosts: Vec<_> = event.hosts.iter().chain(&event.co_hosts).collect();
        if let Some(country) = &event.country
            && hosts.iter().any(|host| host.len() == 2)
            && !hosts.contains(&country)
        {
            self.warn(
                checked,
                Warning::HostAbroad,
                format!("it took place in {country}, which is not among its hosts"),
                "correct `country` or the hosts, or accept it with the reason",
            );
        }
    }

    pub(super) fn city(
        &mut self,
        checked: &Checked<'r>,
        event: &'r Event,
        gazetteer: &Gazetteer<'_>,
    ) {
        let Some(city) = &event.city else { return };
        match gazetteer.find(city, event.country.as_deref()) {
            Some(place) if place.name == *city => {}
            Some(place) => self.warn(
                checked,
                Warning::City,
                format!("its city `{city}` is spelt in two ways"),
                format!("write `{}`", place.name),
            ),
            None => self.warn(
                checked,
                Warning::City,
                format!("its city `{city}` is not in places.toml"),
                "correct it, add a [[place]], or accept it with the reason",
            ),
        }
    }

    fn participants(&mut self, checked: &Checked<'r>, event: &'r Event) {
        if let Some(both) = event.observers.iter().find(|party| event.participants.contains(party))
        {
            self.warn(
                checked,
                Warning::ObserverTakesPart,
                format!("{both} is both a participant and an observer"),
                "remove it from one of the two",
            );
        }
        if let [only] = &event.participants[..]
            && let Some(absent) =
                event.hosts.iter().chain(&event.chairs).find(|party| *party != only)
        {
            self.warn(
                checked,
                Warning::OnlyPartner,
                format!("{only} is the only participant, although {absent} hosted or chaired it"),
                format!("add {absent} to `participants`"),
            );
        }
    }

    /// The events of each series, in chronological order.
    fn series(&self) -> BTreeMap<(&'r str, String), Vec<(&'r Checked<'r>, &'r Event)>> {
        let mut series: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for checked in self.records {
            if let Content::Event(event) = &checked.record.content
                && let Some(body) = event.bodies.first()
            {
                let (body, kind): Series<'r> = (body, event.kind);
                series.entry((body, format!("{kind:?}"))).or_default().push((checked, event));
            }
        }
        for events in series.values_mut() {
            events.sort_by_key(|(checked, event)| (days(event), &checked.record.slug));
        }
        series
    }

    pub(super) fn twins(&mut self) {
        for ((body, _), events) in self.series() {
            let mut seen: HashMap<String, &str> = HashMap::new();
            for (checked, event) in events {
                let day = (event.period.start.precision() == Precision::Day)
                    .then(|| format!("began on {}", event.period.start));
                let number = event.ordinal.map(|ordinal| format!("has the number {}", ordinal.0));
                for same in day.into_iter().chain(number) {
                    if let Some(first) = seen.insert(same.clone(), &checked.record.slug) {
                        self.warn(
                            checked,
                            Warning::TwinEvents,
                            format!(
                                "like `{first}` it {same}, and is of `{body}` and the same kind"
                            ),
                            "merge the two, correct one, or accept it with the reason",
                        );
                    }
                }
            }
        }
    }

    pub(super) fn ordinals(&mut self) {
        for (_, events) in self.series() {
            for three in events.windows(3) {
                let [(_, before), (checked, event), (_, after)] = three else { continue };
                let (Some(before), None, Some(after)) =
                    (before.ordinal, event.ordinal, after.ordinal)
                else {
                    continue;
                };
                if after.0 == before.0 + 2 {
                    self.warn(
                        checked,
                        Warning::MissingOrdinal,
                        format!("it stands between the numbers {} and {}", before.0, after.0),
                        format!("add `ordinal = {}`, or accept it with the reason", before.0 + 1),
                    );
                }
            }
        }
    }
}

/// The first and the last day that an event can have lasted.
pub(super) fn days(event: &Event) -> (NaiveDate, NaiveDate) {
    let start = &event.period.start;
    span(Some(start), event.period.end.as_ref()).unwrap_or((start.first_day(), start.last_day()))
}
