//! Workbooks, read by another library than the one that writes them, and CSV for spreadsheets.

use std::{collections::HashMap, io::Cursor};

use calamine::{Data, ExcelDateTime, Reader, Xlsx};
use harness::{Adkb, Backend, Database, Dataset, Service, on_both};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::{csv, error_message, get, rows, text};

const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

type Workbook = Xlsx<Cursor<Vec<u8>>>;

async fn workbook(service: &Service, path: &str) -> Workbook {
    let response = get(service, path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    Xlsx::new(Cursor::new(response.bytes().await.unwrap().to_vec())).unwrap()
}

/// The header and the rows of a sheet.
fn sheet(workbook: &mut Workbook, name: &str) -> (Vec<String>, Vec<Vec<Data>>) {
    let range = workbook.worksheet_range(name).unwrap();
    let mut rows = range.rows().map(<[Data]>::to_vec);
    let header = rows.next().unwrap().iter().map(ToString::to_string).collect();
    (header, rows.collect())
}

/// The tables and their columns, in the order of the data package.
async fn columns(service: &Service) -> Vec<(String, Vec<String>)> {
    let package = text(service, "/export/datapackage.json").await;
    let package: Value = serde_json::from_str(&package).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let table = |table: &Value| {
        let fields = table["schema"]["fields"].as_array().unwrap();
        (name(table), fields.iter().map(name).collect())
    };
    package["resources"].as_array().unwrap().iter().map(table).collect()
}

/// A date or timestamp as in the API.
fn written(date: &ExcelDateTime, is_day: bool) -> String {
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    match is_day {
        true => format!("{year:04}-{month:02}-{day:02}"),
        false => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
    }
}

/// A list as in a cell.
fn joined(entries: &[Value]) -> String {
    let entry =
        |entry: &Value| entry.as_str().unwrap_or_default().replace('\\', r"\\").replace('|', r"\|");
    entries.iter().map(entry).collect::<Vec<_>>().join("|")
}

fn string(cell: &Data) -> &str {
    match cell {
        Data::Empty => "",
        Data::String(text) => text,
        other => panic!("{other:?} is not a string"),
    }
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers()[name].to_str().unwrap()
}

on_both! {
    async fn the_cells_of_a_workbook_have_the_types_of_their_columns(service: &'static Service) {
        for (table, parameters) in [
            ("events", &[("hosts", "AU,JP"), ("from", "2012")][..]),
            ("contributions", &[("partners", "JP")]),
            ("memberships", &[]),
            ("sources", &[]),
            ("revisions", &[]),
        ] {
            let query = parameters.iter().map(|(name, value)| format!("{name}={value}"));
            let path = format!("/export/{table}.xlsx?{}", query.collect::<Vec<_>>().join("&"));
            let mut workbook = workbook(service, &path).await;
            let (_, described) = sheet(&mut workbook, "Dictionary");
            let types: HashMap<&str, &str> =
                described.iter().map(|row| (string(&row[1]), string(&row[2]))).collect();
            let (header, cells) = sheet(&mut workbook, table);
            let expected = rows(service, table, parameters).await;
            assert!(!expected.is_empty(), "{path}");
            assert_eq!(cells.len(), expected.len(), "{path}");
            for (cells, row) in cells.iter().zip(&expected) {
                assert_eq!(cells.len(), row.as_object().unwrap().len(), "{path}");
                for (name, cell) in header.iter().zip(cells) {
                    let r#type = types[name.as_str()];
                    match &row[name] {
                        Value::Null => assert_eq!(*cell, Data::Empty, "{name} of {row}"),
                        Value::Bool(value) => assert_eq!(*cell, Data::Bool(*value), "{name}"),
                        Value::Number(value) => {
                            assert_eq!(*cell, Data::Float(value.as_f64().unwrap()), "{name}");
                        }
                        Value::Array(entries) => {
                            assert_eq!(string(cell), joined(entries), "{name} of {row}");
                        }
                        Value::String(text)
                            if r#type == "date and time" || (r#type == "date" && text.len() == 10) =>
                        {
                            let Data::DateTime(date) = cell else {
                                panic!("{name} of {row} is {cell:?}")
                            };
                            assert_eq!(written(date, r#type == "date"), *text, "{name}");
                        }
                        Value::String(text) => assert_eq!(string(cell), text, "{name} of {row}"),
                        Value::Object(_) => panic!("{name} of {row}"),
                    }
                }
            }
        }
    }

    async fn the_whole_workbook_has_every_row_of_every_table(service: &'static Service) {
        let mut workbook = workbook(service, "/export/adkb.xlsx").await;
        let tables = columns(service).await;
        let names: Vec<&str> = tables.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(workbook.sheet_names(), [&["About", "Dictionary"][..], &names].concat());
        for (table, columns) in &tables {
            let (header, cells) = sheet(&mut workbook, table);
            assert_eq!(header, *columns, "{table}");
            let (_, records) = csv(service, table).await;
            assert_eq!(cells.len(), records.len(), "{table}");
        }

        let (header, described) = sheet(&mut workbook, "Dictionary");
        assert_eq!(header[..3], ["table", "column", "type"]);
        let described: Vec<(String, String)> = described
            .iter()
            .map(|row| (string(&row[0]).to_owned(), string(&row[1]).to_owned()))
            .collect();
        let expected: Vec<(String, String)> = tables
            .iter()
            .flat_map(|(table, columns)| columns.iter().map(|column| (table.clone(), column.clone())))
            .collect();
        assert_eq!(described, expected);

        let (_, about) = sheet(&mut workbook, "About");
        let value = |item: &str| about.iter().find(|row| string(&row[0]) == item).unwrap()[1].clone();
        assert_eq!(string(&value("version")), "2026.11.30");
        assert_eq!(value("revision"), Data::Float(1.0));
        assert!(string(&value("licence")).contains("CC-BY-4.0"));
        assert!(string(&value("licence text")).starts_with("https://"));
    }

    async fn the_workbook_of_a_table_describes_only_that_table(service: &'static Service) {
        let mut workbook = workbook(service, "/export/chair-terms.xlsx?confidence=REPORTED").await;
        assert_eq!(workbook.sheet_names(), ["chair-terms", "Dictionary", "About"]);
        let (_, described) = sheet(&mut workbook, "Dictionary");
        assert!(described.iter().all(|row| string(&row[0]) == "chair-terms"), "{described:?}");
        let (_, about) = sheet(&mut workbook, "About");
        let about: Vec<&str> = about.iter().filter_map(|row| match &row[1] {
            Data::String(text) => Some(text.as_str()),
            _ => None,
        }).collect();
        assert!(about.iter().any(|text| text.contains("confidence=REPORTED")), "{about:?}");
    }

    async fn a_workbook_is_an_attachment_that_is_not_compressed_again(service: &'static Service) {
        for (path, file) in
            [("/export/events.xlsx?hosts=AU", "adkb-events-r1"), ("/export/adkb.xlsx", "adkb-r1")]
        {
            let head = service.client().head(service.at(path)).send().await.unwrap();
            let response = loop {
                let request = service.client().get(service.at(path));
                let response = request.header("Accept-Encoding", "gzip, br").send().await.unwrap();
                if response.status() != StatusCode::SERVICE_UNAVAILABLE {
                    break response;
                }
            };
            for response in [&head, &response] {
                assert_eq!(response.status(), StatusCode::OK);
                assert_eq!(header(response, "content-type"), MEDIA_TYPE);
                let attachment = header(response, "content-disposition");
                assert!(attachment.starts_with(&format!("attachment; filename=\"{file}")), "{attachment}");
                assert!(attachment.ends_with(".xlsx\""), "{attachment}");
                assert!(!response.headers().contains_key("content-encoding"));
                assert!(header(response, "etag").starts_with("W/"));
            }
            let tag = header(&head, "etag").to_owned();
            assert_eq!(header(&response, "etag"), tag);
            assert!(head.bytes().await.unwrap().is_empty());
            let first = response.bytes().await.unwrap();
            assert!(first.starts_with(b"PK"));
            let again = get(service, path).await.bytes().await.unwrap();
            assert_eq!(first, again, "equal content has equal bytes");

            let known = service.client().get(service.at(path)).header("If-None-Match", tag);
            assert_eq!(known.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
        }
    }

    async fn an_invalid_request_for_a_workbook_is_rejected(service: &'static Service) {
        for (path, status, expected) in [
            ("/export/meetings.xlsx", StatusCode::NOT_FOUND, "the tables are parties, themes,"),
            ("/export/events.xlsx?host=AU", StatusCode::BAD_REQUEST, "there is no parameter `host`"),
            ("/export/events.xlsx?hosts=ZZ", StatusCode::BAD_REQUEST, "`ZZ`, which is not in"),
            ("/export/adkb.xlsx?hosts=AU", StatusCode::BAD_REQUEST, "leave the parameters out"),
            ("/export/adkb.xlsx?bom=1", StatusCode::BAD_REQUEST, "leave the parameters out"),
        ] {
            let message = error_message(get(service, path).await, status).await;
            assert!(message.contains(expected), "{path}: {message}");
        }
    }

    async fn csv_can_begin_with_a_byte_order_mark(service: &'static Service) {
        for filter in ["", "hosts=AU&"] {
            let plain = text(service, &format!("/export/events.csv?{filter}")).await;
            let without = text(service, &format!("/export/events.csv?{filter}bom=0")).await;
            assert_eq!(without, plain);
            let response = get(service, &format!("/export/events.csv?{filter}bom=1")).await;
            let marked = response.bytes().await.unwrap();
            assert_eq!(marked, ["\u{feff}", &plain].concat().as_bytes());
        }
    }

    async fn an_invalid_byte_order_mark_is_rejected(service: &'static Service) {
        for (path, expected) in [
            ("/export/events.csv?bom=yes", "`bom` is `yes`: write 1 or 0"),
            ("/export/events.csv?bom=", "`bom` is ``: write 1 or 0"),
            ("/export/events.csv?bom=1&bom=1", "`bom` is given twice"),
            ("/export/events.json?bom=1", "`bom` is for CSV: leave it out"),
            ("/export/events.ndjson?bom=0", "`bom` is for CSV: leave it out"),
            ("/export/events.xlsx?bom=1", "`bom` is for CSV: leave it out"),
        ] {
            let response = get(service, path).await;
            let message = error_message(response, StatusCode::BAD_REQUEST).await;
            assert!(message.contains(expected), "{path}: {message}");
        }
    }

    async fn strings_stay_strings_and_long_ones_are_cut(backend: Backend) {
        let long = "word ".repeat(8_000) + "end";
        let awkward = format!(
            r#"[[event]]
slug = "awkward"
title = '=HYPERLINK("http://example.org","click")'
kind = "workshop"
bodies = ["ewg"]
start = "2020-02"
end = "2020-02-29"
city = "+1 (2)"
hosts = ["AU"]
themes = ["hadr"]
summary = "{long}"
note = "-5"
citations = [{{ source = "gazette", locator = "@p. 1 | 2" }}]
"#
        );
        let database = Database::empty(backend);
        let dataset = Dataset::minimal().with("events.toml", &awkward);
        Adkb::import(&dataset).database(&database).run().success();
        let service = Service::start(database);
        let mut workbook = workbook(&service, "/export/events.xlsx").await;
        let (header, cells) = sheet(&mut workbook, "events");
        let cell = |name: &str| &cells[0][header.iter().position(|column| column == name).unwrap()];
        assert_eq!(string(cell("title")), r#"=HYPERLINK("http://example.org","click")"#);
        assert_eq!(string(cell("city")), "+1 (2)");
        assert_eq!(string(cell("note")), "-5");
        assert_eq!(string(cell("locators")), r"@p. 1 \| 2");
        assert_eq!(string(cell("start")), "2020-02");
        let Data::DateTime(end) = cell("end") else { panic!("{:?}", cell("end")) };
        assert_eq!(written(end, true), "2020-02-29");
        let Data::DateTime(latest) = cell("start_latest") else { panic!("{cells:?}") };
        assert_eq!(written(latest, true), "2020-02-29");
        let summary = string(cell("summary"));
        assert_eq!(summary.encode_utf16().count(), 32_767);
        assert!(summary.starts_with("word word") && summary.ends_with("32,767 characters]"));
        assert!(workbook.worksheet_formula("events").unwrap().is_empty(), "no formulas");
    }
}
