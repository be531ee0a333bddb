//! What `adkb check` says of a dataset that is wrong: which file and line, which text, what to do.

use harness::{Adkb, Dataset, Output, flat};

fn check(dataset: &Dataset) -> Output {
    Adkb::new(["check".as_ref(), dataset.path().as_os_str()]).run()
}

/// The check fails, and its report says all of `said`: the place (`file:line`), the offending text
/// and the advice.
#[track_caller]
fn refused(dataset: &Dataset, said: &[&str]) {
    let output = check(dataset);
    assert_eq!(output.code, Some(1), "{output:?}");
    assert_eq!(output.stdout, "", "problems go to standard error");
    let report = flat(&output.stderr);
    for part in said {
        assert!(report.contains(part), "`{part}` is not in the report:\n{}", output.stderr);
    }
    for inside in ["panicked", ".rs:", "Error("] {
        assert!(!report.contains(inside), "a user sees `{inside}`:\n{}", output.stderr);
    }
    assert!(
        report.ends_with("the dataset has 1 problem; nothing was written"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_dataset_without_a_problem_passes() {
    let output = check(&Dataset::minimal()).success();
    // Eleven records of the files and one that follows from them.
    assert_eq!(output.stdout, "no problem: 11 records, dataset version 1\n");
    assert_eq!(output.stderr, "");
}

#[test]
fn the_shipped_dataset_passes() {
    let output = Adkb::new(["check"]).run().success();
    assert!(output.stdout.contains("dataset version 2026.11.22"), "{}", output.stdout);
}

#[test]
fn an_unknown_key_is_named_with_the_key_that_was_meant() {
    let dataset = Dataset::minimal().replacing("events.toml", "hosts = ", "host = ");
    refused(&dataset, &["events.toml:8", "`host` is no known key", "did you mean `hosts`?"]);
}

#[test]
fn an_unknown_kind_of_record_is_named() {
    let dataset = Dataset::minimal().replacing("events.toml", "[[event]]", "[[evnt]]");
    refused(&dataset, &["events.toml:1", "`evnt`", "did you mean `event`?"]);
}

#[test]
fn a_slug_that_leads_nowhere_is_named_with_the_nearest() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""ewg""#, r#""ewgg""#);
    refused(&dataset, &["events.toml:5", "there is no body `ewgg`", "did you mean `ewg`?"]);
}

#[test]
fn a_reference_to_a_record_of_another_kind_is_refused() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""ewg""#, r#""hadr""#);
    refused(&dataset, &["events.toml:5", "`hadr` is a theme", "write the slug of a body"]);
}

#[test]
fn a_slug_that_is_used_twice_is_named_with_both_places() {
    let dataset = Dataset::minimal().with(
        "themes.toml",
        "[[theme]]\nslug = \"meeting-2019\"\nname = \"Meetings\"\nsummary = \"They meet.\"\n",
    );
    refused(
        &dataset,
        &[
            "themes.toml:7",
            "`meeting-2019` is already the slug of a record in events.toml, line 2",
            "choose another",
        ],
    );
}

#[test]
fn a_thirteenth_month_is_refused() {
    let dataset = Dataset::minimal().replacing("events.toml", "2019-03-11", "2013-13");
    refused(&dataset, &["events.toml:6", "`2013-13`", "months go from 01 to 12"]);
}

#[test]
fn a_day_that_no_calendar_has_is_refused() {
    let dataset = Dataset::minimal().replacing("events.toml", "2019-03-11", "2019-02-29");
    refused(&dataset, &["events.toml:6", "`2019-02-29`", "that month has no such day"]);
}

#[test]
fn a_date_without_quotes_is_refused() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""2019-03-11""#, "2019-03-11");
    refused(&dataset, &["events.toml:6", "`start` is a datetime", "write a text in quotes"]);
}

#[test]
fn an_end_before_the_start_is_refused() {
    let dataset = Dataset::minimal().replacing("events.toml", "2019-03-12", "2019-03-10");
    refused(
        &dataset,
        &["events.toml:7", "the end, 2019-03-10, is before the start, 2019-03-11", "correct one"],
    );
}

/// 2019-03 ends after 2019-03-11 begins: it may be right.
#[test]
fn an_end_that_may_be_after_the_start_passes() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""2019-03-12""#, r#""2019-03""#);
    check(&dataset).success();
}

#[test]
fn a_country_that_iso_does_not_know_is_refused() {
    let dataset = Dataset::minimal()
        .with("parties.toml", "[[party]]\ncode = \"QQ\"\nname = \"Nowhere\"\nkind = \"country\"\n");
    refused(
        &dataset,
        &[
            "parties.toml:20",
            "`QQ` is no country of ISO 3166-1",
            "write the country's two-letter code",
        ],
    );
}

#[test]
fn a_party_that_is_not_in_the_dataset_is_refused() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""AU""#, r#""NZ""#);
    refused(&dataset, &["events.toml:8", "there is no party `NZ`", "add a party `NZ`"]);
}

#[test]
fn a_record_without_a_citation_is_refused() {
    let dataset = Dataset::minimal().replacing(
        "events.toml",
        "citations = [{ source = \"gazette\", locator = \"p. 1\" }]\n",
        "",
    );
    refused(&dataset, &["events.toml:1", "there is no citation", "no fact without a source"]);
}

#[test]
fn an_empty_list_of_citations_is_no_citation() {
    let dataset = Dataset::minimal().replacing(
        "events.toml",
        "[{ source = \"gazette\", locator = \"p. 1\" }]",
        "[]",
    );
    refused(
        &dataset,
        &["events.toml:1", "`citations` names no source", "no fact without a source"],
    );
}

#[test]
fn a_citation_to_nowhere_is_refused() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""gazette""#, r#""gazete""#);
    refused(
        &dataset,
        &["events.toml:12", "there is no source `gazete`", "did you mean `gazette`?"],
    );
}

#[test]
fn a_circle_of_parents_is_refused() {
    let dataset = Dataset::minimal().replacing(
        "bodies.toml",
        "kind = \"other\"\n",
        "kind = \"other\"\nparent = \"ewg\"\n",
    );
    refused(
        &dataset,
        &["bodies.toml:1", "goes round in a circle: asean → ewg → asean", "take away one"],
    );
}

#[test]
fn a_record_that_is_its_own_parent_is_refused() {
    let dataset = Dataset::minimal().with("themes.toml", "parent = \"hadr\"\n");
    refused(&dataset, &["themes.toml:1", "goes round in a circle: hadr → hadr"]);
}

#[test]
fn bytes_that_are_not_utf_8_are_named_by_their_place() {
    let dataset = Dataset::minimal().with_bytes("latin1.toml", b"# caf\xe9\n");
    refused(&dataset, &["latin1.toml:1", "byte 5 is not UTF-8", "save the file as UTF-8"]);
}

#[test]
fn an_empty_file_is_named() {
    let dataset = Dataset::minimal().with_bytes("empty.toml", b"");
    refused(&dataset, &["empty.toml:1", "the file is empty", "add a record"]);
}

#[test]
fn a_file_of_fifty_megabytes_is_refused_and_not_read() {
    let dataset = Dataset::minimal().with_bytes("huge.toml", &vec![b'#'; 50 << 20]);
    refused(&dataset, &["huge.toml", "50 MiB", "split it"]);
}

#[test]
fn a_slug_with_spaces_is_refused() {
    let dataset = Dataset::minimal().replacing("events.toml", "meeting-2019", "meeting 2019");
    refused(
        &dataset,
        &["events.toml:2", "`meeting 2019` is not a slug", "use lower-case letters, digits"],
    );
}

#[test]
fn a_text_in_place_of_a_number_is_refused() {
    let dataset =
        Dataset::minimal().replacing("events.toml", "kind = ", "ordinal = \"3\"\nkind = ");
    refused(
        &dataset,
        &["events.toml:4", "`ordinal` is a string", "write a whole number without quotes"],
    );
}

#[test]
fn a_text_in_place_of_a_list_is_refused() {
    let dataset = Dataset::minimal().replacing("events.toml", r#"["AU"]"#, r#""AU""#);
    refused(&dataset, &["events.toml:8", "`hosts` is a string", "write a list in square brackets"]);
}

#[test]
fn a_missing_key_is_named() {
    let dataset = Dataset::minimal().replacing("events.toml", "title = \"A meeting\"\n", "");
    refused(&dataset, &["events.toml:1", "`title` is missing", "add a line `title = …`"]);
}

#[test]
fn an_unknown_enum_value_is_named_with_those_that_there_are() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""workshop""#, r#""workshp""#);
    refused(
        &dataset,
        &["events.toml:4", "`workshp` is no kind", "did you mean `workshop`?", "maritime-exercise"],
    );
}

#[test]
fn a_quote_that_is_not_closed_is_named_by_its_line() {
    let dataset = Dataset::minimal().replacing("events.toml", "\"A meeting\"", "\"A meeting");
    let output = check(&dataset);
    assert_eq!(output.code, Some(1));
    assert!(flat(&output.stderr).contains("events.toml:3"), "{}", output.stderr);
}

#[test]
fn a_partner_from_inside_asean_is_refused() {
    let dataset = Dataset::minimal().with(
        "contributions.toml",
        r#"[[contribution]]
slug = "sg-training"
title = "A course"
kind = "training"
partner = "SG"
start = "2019"
themes = ["hadr"]
summary = "It taught."
confidence = "confirmed"
citations = [{ source = "gazette" }]
"#,
    );
    refused(
        &dataset,
        &["contributions.toml:1", "`SG` belonged to ASEAN at that time", "a party outside ASEAN"],
    );
}

#[test]
fn a_dataset_without_dataset_toml_is_refused() {
    let dataset = Dataset::minimal().without("dataset.toml");
    refused(&dataset, &["there is no dataset.toml", "add one with name, version, licence"]);
}

#[test]
fn a_folder_that_is_not_there_is_refused_in_one_line() {
    let line = Adkb::new(["check", "no/such/folder"]).run().refused();
    assert!(line.contains("no/such/folder is not a folder that can be read"), "{line}");
}

#[test]
fn a_folder_without_a_dataset_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let line = Adkb::new(["check".as_ref(), folder.path().as_os_str()]).run().refused();
    assert!(line.contains("name the folder that holds dataset.toml"), "{line}");
}

#[test]
fn all_problems_are_reported_in_one_run() {
    let dataset = Dataset::minimal()
        .replacing("events.toml", r#""ewg""#, r#""ewgg""#)
        .replacing("events.toml", "2019-03-11", "2013-13")
        .replacing("events.toml", "hosts = ", "host = ")
        .replacing("events.toml", r#""confirmed""#, r#""sure""#)
        .replacing("themes.toml", "name = \"Disaster relief\"\n", "")
        .with_bytes("empty.toml", b"");
    let output = check(&dataset);
    let report = flat(&output.stderr);
    for problem in [
        "there is no body `ewgg`",
        "`2013-13`",
        "`host` is no known key",
        "`sure` is no confidence",
        "`name` is missing",
        "the file is empty",
    ] {
        assert!(report.contains(problem), "`{problem}` is not in the report:\n{}", output.stderr);
    }
    assert!(!report.contains("there is no theme `hadr`"), "a problem is told once: {report}");
    assert!(report.ends_with("the dataset has 6 problems; nothing was written"), "{report}");
}

/// What it holds is not known, so nothing that it may hold is called missing.
#[test]
fn a_file_that_cannot_be_read_is_one_problem_however_much_refers_to_it() {
    let dataset = Dataset::minimal().with_bytes("sources.toml", b"\xff");
    refused(&dataset, &["sources.toml:1", "byte 0 is not UTF-8", "save the file as UTF-8"]);
}
