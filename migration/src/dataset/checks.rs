//! Checks of single records that the types of the fields do not express.

use entities::party::PartyKind;

use super::{iso_3166, record::Chair, toml_table::TableReader};

/// The code of a country is one of ISO 3166-1.
pub(super) fn country_code(table: &mut TableReader<'_, '_>, kind: &Option<PartyKind>) {
    if let (Some(PartyKind::Country), Some((code, place))) = (kind, table.name.clone())
        && !iso_3166::is_country(&code)
    {
        table.report(place.problem(
            format!("`{code}` is not a country code of ISO 3166-1"),
            "write the country's two-letter code, or `kind = \"organisation\"`",
        ));
    }
}

/// A chair term has a chair.
pub(super) fn chairs(
    table: &mut TableReader<'_, '_>,
    asean: &Option<Option<Chair>>,
    plus: &Option<Option<Chair>>,
) {
    if [asean, plus].into_iter().flatten().flatten().next().is_none() {
        let problem = table
            .place
            .problem("the term has no chair", "add `asean_co_chair`, `plus_co_chair` or both");
        table.report(problem);
    }
}

/// Coordinates are degrees, and both or none are known.
pub(super) fn coordinates(
    table: &mut TableReader<'_, '_>,
    latitude: &Option<Option<f64>>,
    longitude: &Option<Option<f64>>,
) {
    let (latitude, longitude) = (latitude.flatten(), longitude.flatten());
    let is_valid = match (latitude, longitude) {
        (Some(latitude), Some(longitude)) => latitude.abs() <= 90.0 && longitude.abs() <= 180.0,
        (None, None) => true,
        _ => false,
    };
    if !is_valid {
        let problem = table.place.problem(
            "the coordinates are not a point",
            "write `latitude` from -90 to 90 and `longitude` from -180 to 180, or neither",
        );
        table.report(problem);
    }
}

/// An amount is not negative, and its currency is a code.
pub(super) fn amount(
    table: &mut TableReader<'_, '_>,
    value: &Option<f64>,
    currency: &Option<String>,
) {
    let place = table.place.clone();
    if let Some(currency) = currency
        && (currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()))
    {
        table.report(place.problem(
            format!("`{currency}` is not a currency code"),
            "write the three capital letters of the ISO 4217 code, for example USD",
        ));
    }
    if value.is_some_and(|value| value < 0.0) {
        table.report(place.problem("the amount is negative", "write an amount of 0 or more"));
    }
}
