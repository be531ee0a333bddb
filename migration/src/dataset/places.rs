//! The gazetteer: the places that the cities of events are found in, with other spellings and
//! coordinates.

use std::collections::HashMap;

use entities::{Place, PlaceKind};
use macro_rules_attribute::apply;
use serde::{Deserialize, Serialize};

use super::{
    field::{AtLeast, Columns, Field, scalars, table},
    record::{Content, Party, Record, SlugOf},
    toml_table::TableReader,
};

/// A place, as in `[[place]]`.
#[apply(table)]
#[check(coordinates(latitude, longitude))]
pub struct GazetteerEntry {
    pub name: String,
    pub kind: PlaceKind,
    pub country: Option<SlugOf<Party>>,
    #[serde(default)]
    pub aliases: Vec<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    /// The number of the place in GeoNames, where its coordinates are from.
    pub geonames_id: Option<AtLeast<1>>,
}

scalars! {
    PlaceKind: TableReader::choice;
}

/// The place of an event, found by its city and country. Not a key of the dataset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FoundPlace(pub Option<Place>);

impl Field for FoundPlace {
    fn from_toml(_: &mut TableReader<'_, '_>, _: &'static str) -> Option<Self> {
        Some(Self(None))
    }

    fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    fn columns(field: Option<&Self>, name: &str, row: &mut Columns<'_>) {
        row.set(name, field.and_then(|found| found.0.clone()));
    }
}

/// The places by their names, in lower case.
pub(super) struct Gazetteer<'e>(HashMap<String, Vec<&'e GazetteerEntry>>);

impl<'e> Gazetteer<'e> {
    pub(super) fn of(entries: &'e [GazetteerEntry]) -> Self {
        let mut places: HashMap<String, Vec<&GazetteerEntry>> = HashMap::new();
        for entry in entries {
            for name in std::iter::once(&entry.name).chain(&entry.aliases) {
                places.entry(name.to_lowercase()).or_default().push(entry);
            }
        }
        Self(places)
    }

    /// The place with a name in a country. A place or an event without a country fits any.
    pub(super) fn find(&self, city: &str, country: Option<&str>) -> Option<&'e GazetteerEntry> {
        let places = self.0.get(&city.to_lowercase())?;
        let fits = |entry: &&&GazetteerEntry| match (entry.country.as_deref(), country) {
            (Some(own), Some(asked)) => own == asked,
            _ => true,
        };
        places.iter().find(fits).copied()
    }

    /// Sets the places of events.
    pub(super) fn settle(&self, records: &mut [Record]) {
        for record in records {
            let Content::Event(event) = &mut record.content else { continue };
            let Some(city) = &event.city else { continue };
            event.place = FoundPlace(self.find(city, event.country.as_deref()).map(Place::from));
        }
    }
}

impl From<&GazetteerEntry> for Place {
    fn from(entry: &GazetteerEntry) -> Self {
        Self {
            name: entry.name.clone(),
            kind: entry.kind,
            aliases: entry.aliases.clone(),
            latitude: entry.latitude,
            longitude: entry.longitude,
            geonames_id: entry.geonames_id.map(|id| id.0),
        }
    }
}
