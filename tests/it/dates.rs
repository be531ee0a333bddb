//! Dates with the precision of their sources, and filters by period.

use entities::{EdtfDate, Precision};
use harness::{Service, number, on_both};
use proptest::prelude::*;
use serde_json::json;

use crate::properties::hold;

/// Year, month, day.
type Day = (u32, u32, u32);

/// The first and last day of the date in a string, by an independent implementation.
fn model(text: &str) -> Option<(Day, Day)> {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, width: usize| {
        (part.len() == width && part.chars().all(|c| c.is_ascii_digit()))
            .then(|| part.parse().unwrap())
    };
    let year: u32 = digits(parts[0], 4)?;
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let length = |month: u32| match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    match parts[1..] {
        [] => Some(((year, 1, 1), (year, 12, 31))),
        [month] => {
            let month = digits(month, 2).filter(|month| (1..=12).contains(month))?;
            Some(((year, month, 1), (year, month, length(month))))
        }
        [month, day] => {
            let month = digits(month, 2).filter(|month| (1..=12).contains(month))?;
            let day = digits(day, 2).filter(|day| (1..=length(month)).contains(day))?;
            Some(((year, month, day), (year, month, day)))
        }
        _ => None,
    }
}

fn written((year, month, day): Day) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4096) })]

    /// Strings that look like dates, most of them invalid.
    #[test]
    fn a_string_is_a_date_exactly_if_the_calendar_has_it(
        text in "[0-9]{4}(-(0[0-9]|1[0-5]|[0-9])(-([0-3][0-9]|[0-9]))?)?[ -]?"
    ) {
        let date = text.parse::<EdtfDate>();
        match model(&text) {
            None => prop_assert!(date.is_err(), "{text} is parsed as a date"),
            Some((first, last)) => {
                let date = date.expect("the date is valid");
                prop_assert_eq!(date.first_day().to_string(), written(first));
                prop_assert_eq!(date.last_day().to_string(), written(last));
            }
        }
    }

    #[test]
    fn no_other_string_is_a_date(text in ".{0,12}") {
        prop_assert_eq!(text.parse::<EdtfDate>().is_ok(), model(&text).is_some(), "{}", text);
    }

    #[test]
    fn a_date_keeps_its_written_form_and_precision(year in 0..=9998_u32, month in 1..=12_u32, day in 1..=28_u32) {
        for (text, precision) in [
            (format!("{year:04}"), Precision::Year),
            (format!("{year:04}-{month:02}"), Precision::Month),
            (format!("{year:04}-{month:02}-{day:02}"), Precision::Day),
        ] {
            let date: EdtfDate = text.parse().unwrap();
            prop_assert_eq!(date.to_string(), text);
            prop_assert_eq!(date.precision(), precision);
            prop_assert!(date.first_day() <= date.last_day());
            prop_assert_eq!(date.first_day() == date.last_day(), precision == Precision::Day);
        }
    }
}

#[test]
fn the_year_9999_is_a_date() {
    let date: EdtfDate = "9999".parse().unwrap();
    assert_eq!(date.last_day().to_string(), "9999-12-31");
}

/// A date in the dataset's time range, of any precision.
fn dates() -> impl Strategy<Value = String> {
    (1988..=2029_u32, 1..=12_u32, 1..=28_u32, 0..3_u8).prop_map(|(year, month, day, precision)| {
        match precision {
            0 => format!("{year}"),
            1 => format!("{year}-{month:02}"),
            _ => format!("{year}-{month:02}-{day:02}"),
        }
    })
}

on_both! {
    /// An imprecise date matches unless it is certainly outside the period.
    async fn a_period_filter_matches_the_events_that_may_overlap_it(service: &'static Service) {
        let events = service.all("events", "", "slug start end").await;
        let periods: Vec<_> = events
            .iter()
            .map(|event| {
                let start = event["start"].as_str().unwrap();
                let end = event["end"].as_str().unwrap_or(start);
                (model(start).unwrap().0, model(end).unwrap().1)
            })
            .collect();
        hold(60, (dates(), dates()), async |(from, to)| {
            let (from_day, to_day) = (model(&from).unwrap().0, model(&to).unwrap().1);
            let expected =
                periods.iter().filter(|(first, last)| *last >= from_day && *first <= to_day).count();
            let data = service
                .query_with(
                    "query($f: EdtfDate, $t: EdtfDate) { events(filter: {from: $f, to: $t}, first: 1) { totalCount } }",
                    json!({ "f": from, "t": to }),
                )
                .await;
            assert_eq!(number(&data["events"]["totalCount"]), expected as i64);
        })
        .await;
    }

    async fn an_undated_record_matches_no_period(service: &'static Service) {
        let contributions = service.all("contributions", "", "start end").await;
        let dated = contributions
            .iter()
            .filter(|contribution| !contribution["start"].is_null() || !contribution["end"].is_null())
            .count();
        let data = service
            .query(r#"{ contributions(filter: {from: "0000", to: "9999"}) { totalCount } }"#)
            .await;
        assert_eq!(number(&data["contributions"]["totalCount"]), dated as i64);
        assert!(dated < contributions.len(), "some are undated");
    }
}
