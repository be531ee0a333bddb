//! The problems that `adkb check` reports, each with file, line, offending text and advice.

use harness::{Adkb, Dataset, Output, flatten};

fn check(dataset: &Dataset) -> Output {
    Adkb::new(["check".as_ref(), dataset.path().as_os_str()]).run()
}

/// Asserts that the check fails with one problem, and that its report contains all of `expected`:
/// the location (`file:line`), the offending text and the advice.
#[track_caller]
fn reports(dataset: &Dataset, expected: &[&str]) {
    let output = check(dataset);
    assert_eq!(output.code, Some(1), "{output:?}");
    assert_eq!(output.stdout, "", "problems go to standard error");
    let report = flatten(&output.stderr);
    for part in expected {
        assert!(report.contains(part), "`{part}` is not in the report:\n{}", output.stderr);
    }
    for internal in ["panicked", ".rs:", "Error("] {
        assert!(!report.contains(internal), "the report contains `{internal}`:\n{}", output.stderr);
    }
    assert!(
        report.ends_with("the dataset has 1 problem; nothing was written"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_valid_dataset_passes() {
    let output = check(&Dataset::minimal()).success();
    // Ten records in the files, and one that is derived from them.
    assert_eq!(output.stdout, "no problems: 11 records, dataset version 1\n");
    assert_eq!(output.stderr, "");
}

#[test]
fn the_shipped_dataset_passes() {
    let output = Adkb::new(["check"]).run().success();
    assert!(output.stdout.contains("dataset version 2026.11.22"), "{}", output.stdout);
}

#[test]
fn an_unknown_key_is_reported_with_the_nearest_known_key() {
    let dataset = Dataset::minimal().replacing("events.toml", "hosts = ", "host = ");
    reports(&dataset, &["events.toml:8", "unknown key `host`", "did you mean `hosts`?"]);
}

#[test]
fn an_unknown_record_kind_is_reported_with_the_nearest_known_kind() {
    let dataset = Dataset::minimal().replacing("events.toml", "[[event]]", "[[evnt]]");
    reports(&dataset, &["events.toml:1", "`evnt`", "did you mean `event`?"]);
}

#[test]
fn a_reference_to_an_unknown_slug_is_reported_with_the_nearest_slug() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""ewg""#, r#""ewgg""#);
    reports(&dataset, &["events.toml:5", "there is no body `ewgg`", "did you mean `ewg`?"]);
}

#[test]
fn a_reference_to_a_record_of_the_wrong_kind_is_rejected() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""ewg""#, r#""hadr""#);
    reports(&dataset, &["events.toml:5", "`hadr` is of the kind theme", "write the slug"]);
}

#[test]
fn a_duplicate_slug_is_reported_with_both_locations() {
    let dataset = Dataset::minimal().with(
        "themes.toml",
        "[[theme]]\nslug = \"meeting-2019\"\nname = \"Meetings\"\nsummary = \"They meet.\"\n",
    );
    reports(
        &dataset,
        &[
            "themes.toml:7",
            "`meeting-2019` is already the slug of a record in events.toml, line 2",
            "choose another",
        ],
    );
}

#[test]
fn a_month_above_12_is_rejected() {
    let dataset = Dataset::minimal().replacing("events.toml", "2019-03-11", "2013-13");
    reports(&dataset, &["events.toml:6", "`2013-13`", "months go from 01 to 12"]);
}

#[test]
fn a_date_that_does_not_exist_is_rejected() {
    let dataset = Dataset::minimal().replacing("events.toml", "2019-03-11", "2019-02-29");
    reports(&dataset, &["events.toml:6", "`2019-02-29`", "that month has no such day"]);
}

#[test]
fn a_date_without_quotes_is_rejected() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""2019-03-11""#, "2019-03-11");
    reports(&dataset, &["events.toml:6", "`start` is a datetime", "write a string in quotes"]);
}

#[test]
fn an_end_before_the_start_is_rejected() {
    let dataset = Dataset::minimal().replacing("events.toml", "2019-03-12", "2019-03-10");
    reports(
        &dataset,
        &["events.toml:7", "the end, 2019-03-10, is before the start, 2019-03-11", "correct one"],
    );
}

/// The end of 2019-03 is after 2019-03-11, so the period may be valid.
#[test]
fn an_imprecise_end_that_may_be_after_the_start_passes() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""2019-03-12""#, r#""2019-03""#);
    check(&dataset).success();
}

#[test]
fn a_country_code_that_is_not_in_iso_3166_1_is_rejected() {
    let dataset = Dataset::minimal()
        .with("parties.toml", "[[party]]\ncode = \"QQ\"\nname = \"Nowhere\"\nkind = \"country\"\n");
    reports(
        &dataset,
        &[
            "parties.toml:20",
            "`QQ` is not a country code of ISO 3166-1",
            "write the country's two-letter code",
        ],
    );
}

#[test]
fn a_party_that_is_not_in_the_dataset_is_rejected() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""AU""#, r#""NZ""#);
    reports(&dataset, &["events.toml:8", "there is no party `NZ`", "add the party `NZ`"]);
}

#[test]
fn a_record_without_a_citation_is_rejected() {
    let dataset = Dataset::minimal().replacing(
        "events.toml",
        "citations = [{ source = \"gazette\", locator = \"p. 1\" }]\n",
        "",
    );
    reports(&dataset, &["events.toml:1", "there is no citation", "no fact without a source"]);
}

#[test]
fn a_record_with_an_empty_list_of_citations_is_rejected() {
    let dataset = Dataset::minimal().replacing(
        "events.toml",
        "[{ source = \"gazette\", locator = \"p. 1\" }]",
        "[]",
    );
    reports(
        &dataset,
        &["events.toml:1", "`citations` names no source", "no fact without a source"],
    );
}

#[test]
fn a_citation_of_an_unknown_source_is_rejected() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""gazette""#, r#""gazete""#);
    reports(
        &dataset,
        &["events.toml:12", "there is no source `gazete`", "did you mean `gazette`?"],
    );
}

#[test]
fn a_cycle_of_parents_is_rejected() {
    let dataset = Dataset::minimal().replacing(
        "bodies.toml",
        "kind = \"other\"\n",
        "kind = \"other\"\nparent = \"ewg\"\n",
    );
    reports(&dataset, &["bodies.toml:1", "forms a cycle: asean → ewg → asean", "remove one"]);
}

#[test]
fn a_record_that_is_its_own_parent_is_rejected() {
    let dataset = Dataset::minimal().with("themes.toml", "parent = \"hadr\"\n");
    reports(&dataset, &["themes.toml:1", "forms a cycle: hadr → hadr"]);
}

#[test]
fn invalid_utf_8_is_reported_with_its_byte_offset() {
    let dataset = Dataset::minimal().with_bytes("latin1.toml", b"# caf\xe9\n");
    reports(&dataset, &["latin1.toml:1", "byte 5 is not UTF-8", "save the file as UTF-8"]);
}

#[test]
fn an_empty_file_is_rejected() {
    let dataset = Dataset::minimal().with_bytes("empty.toml", b"");
    reports(&dataset, &["empty.toml:1", "the file is empty", "add a record"]);
}

#[test]
fn a_file_of_fifty_mebibytes_is_rejected_without_reading_it() {
    let dataset = Dataset::minimal().with_bytes("huge.toml", &vec![b'#'; 50 << 20]);
    reports(&dataset, &["huge.toml", "50 MiB", "split it"]);
}

#[test]
fn a_slug_with_spaces_is_rejected() {
    let dataset = Dataset::minimal().replacing("events.toml", "meeting-2019", "meeting 2019");
    reports(
        &dataset,
        &["events.toml:2", "`meeting 2019` is not a slug", "use lower-case letters, digits"],
    );
}

#[test]
fn a_string_in_place_of_an_integer_is_rejected() {
    let dataset =
        Dataset::minimal().replacing("events.toml", "kind = ", "ordinal = \"3\"\nkind = ");
    reports(
        &dataset,
        &["events.toml:4", "`ordinal` is a string", "write a whole number without quotes"],
    );
}

#[test]
fn a_string_in_place_of_a_list_is_rejected() {
    let dataset = Dataset::minimal().replacing("events.toml", r#"["AU"]"#, r#""AU""#);
    reports(&dataset, &["events.toml:8", "`hosts` is a string", "write a list in square brackets"]);
}

#[test]
fn a_missing_key_is_reported_with_the_line_to_add() {
    let dataset = Dataset::minimal().replacing("events.toml", "title = \"A meeting\"\n", "");
    reports(&dataset, &["events.toml:1", "`title` is missing", "add a line `title = …`"]);
}

#[test]
fn an_unknown_enum_value_is_reported_with_the_known_values() {
    let dataset = Dataset::minimal().replacing("events.toml", r#""workshop""#, r#""workshp""#);
    reports(
        &dataset,
        &[
            "events.toml:4",
            "`workshp` is not a valid kind",
            "did you mean `workshop`?",
            "maritime-exercise",
        ],
    );
}

#[test]
fn an_unclosed_quote_is_reported_with_its_line() {
    let dataset = Dataset::minimal().replacing("events.toml", "\"A meeting\"", "\"A meeting");
    let output = check(&dataset);
    assert_eq!(output.code, Some(1));
    assert!(flatten(&output.stderr).contains("events.toml:3"), "{}", output.stderr);
}

#[test]
fn a_contribution_by_an_asean_member_is_rejected() {
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
    reports(
        &dataset,
        &["contributions.toml:1", "`SG` was a member of ASEAN", "a party outside ASEAN"],
    );
}

#[test]
fn a_dataset_without_dataset_toml_is_rejected() {
    let dataset = Dataset::minimal().without("dataset.toml");
    reports(&dataset, &["there is no dataset.toml", "add one with name, version, licence"]);
}

#[test]
fn a_missing_folder_is_reported_in_one_line() {
    let line = Adkb::new(["check", "no/such/folder"]).run().refused();
    assert!(line.contains("no/such/folder is not a readable folder"), "{line}");
}

#[test]
fn a_folder_without_a_dataset_is_reported_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let line = Adkb::new(["check".as_ref(), folder.path().as_os_str()]).run().refused();
    assert!(line.contains("give the folder that contains dataset.toml"), "{line}");
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
    let report = flatten(&output.stderr);
    for problem in [
        "there is no body `ewgg`",
        "`2013-13`",
        "unknown key `host`",
        "`sure` is not a valid confidence",
        "`name` is missing",
        "the file is empty",
    ] {
        assert!(report.contains(problem), "`{problem}` is not in the report:\n{}", output.stderr);
    }
    assert!(!report.contains("there is no theme `hadr`"), "a problem is reported twice: {report}");
    assert!(report.ends_with("the dataset has 6 problems; nothing was written"), "{report}");
}

/// References to records that the file may contain are not reported as unknown.
#[test]
fn an_unreadable_file_is_one_problem_even_if_other_records_refer_to_its_content() {
    let dataset = Dataset::minimal().with_bytes("sources.toml", b"\xff");
    reports(&dataset, &["sources.toml:1", "byte 0 is not UTF-8", "save the file as UTF-8"]);
}
