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
    let expected = "no problems: 11 records, dataset version t";
    assert!(output.stdout.starts_with(expected), "{}", output.stdout);
    assert_eq!(output.stderr, "");
}

#[test]
fn the_shipped_dataset_passes() {
    let output = Adkb::new(["check"]).run().success();
    assert!(output.stdout.contains("dataset version 2026.11.30"), "{}", output.stdout);
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
        &["events.toml:11", "there is no source `gazete`", "did you mean `gazette`?"],
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
        .replacing("events.toml", r#""workshop""#, r#""shop""#)
        .replacing("themes.toml", "name = \"Disaster relief\"\n", "")
        .with_bytes("empty.toml", b"");
    let output = check(&dataset);
    let report = flatten(&output.stderr);
    for problem in [
        "there is no body `ewgg`",
        "`2013-13`",
        "unknown key `host`",
        "`shop` is not a valid kind",
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

/// The lines of the warnings about a dataset, which must be valid.
#[track_caller]
fn warnings(dataset: &Dataset) -> Vec<String> {
    let output = check(dataset).success();
    output.stderr.lines().map(str::to_owned).collect()
}

const SECOND_EVENT: &str = r#"[[event]]
slug = "second"
title = "A second meeting"
kind = "workshop"
bodies = ["ewg"]
start = "2019-03-11"
end = "2019-03-12"
hosts = ["AU"]
themes = ["hadr"]
summary = "They met."
citations = [{ source = "gazette" }]
"#;

const PLACE: &str = "[[place]]\nname = \"Hanoi\"\nkind = \"city\"\naliases = [\"Ha Noi\"]\n";

const SECOND_SOURCE: &str = r#"[[source]]
slug = "journal"
title = "A paper"
kind = "news"
publisher = "A publisher"
published = "2019-03-10"
url = "https://example.org/paper"
"#;

/// What is valid but probably a mistake: the name of its warning, and how the minimal dataset gets it.
fn mistakes() -> Vec<(&'static str, Dataset)> {
    let minimal = Dataset::minimal;
    let second =
        |from: &str, to: &str| minimal().with("events.toml", &SECOND_EVENT.replace(from, to));
    let source =
        |from: &str, to: &str| minimal().with("sources.toml", &SECOND_SOURCE.replace(from, to));
    let term = r#"[[chair_term]]
slug = "ewg-2017"
body = "ewg"
cycle = "2017-2020"
start = "2017"
end = "2020"
asean_co_chair = "SG"
plus_co_chair = "AU"
citations = [{ source = "gazette" }]
"#;
    let contribution = |kind: &str| {
        minimal().with(
            "contributions.toml",
            &format!(
                r#"[[contribution]]
slug = "act"
title = "An act"
kind = "{kind}"
partner = "AU"
event = "meeting-2019"
themes = ["hadr"]
summary = "It acted."
citations = [{{ source = "gazette" }}]
"#
            ),
        )
    };
    let event =
        |text: &str| minimal().replacing("events.toml", "hosts = ", &format!("{text}\nhosts = "));
    let claim = |slug: &str| {
        format!(
            "[[claim]]\nslug = \"{slug}\"\nsubject = \"AU\"\nmeasure = \"meetings held\"\nvalue = 2\n\
             unit = \"meetings\"\nstatement = \"Two.\"\ncitations = [{{ source = \"gazette\" }}]\n"
        )
    };
    vec![
        ("not-reported", minimal().with("sources.toml", SECOND_SOURCE).replacing("events.toml", "gazette", "journal")),
        ("after-reach", minimal().replacing("dataset.toml", "\"2020\"", "\"2018\"")),
        ("before-body", minimal().replacing("bodies.toml", "parent = ", "established = \"2020\"\nparent = ")),
        ("before-body", minimal().replacing("bodies.toml", "parent = ", "dissolved = \"2018\"\nparent = ")),
        ("twin-events", second("", "")),
        ("twin-events", second("start = \"2019-03-11\"\nend = \"2019-03-12\"", "start = \"2018\"\nordinal = 3")
            .replacing("events.toml", "hosts = [\"AU\"]\nthemes = [\"hadr\"]\nsummary = \"They met.\"\ncitations = [{ source = \"gazette\", locator", "ordinal = 3\nhosts = [\"AU\"]\nthemes = [\"hadr\"]\nsummary = \"They met.\"\ncitations = [{ source = \"gazette\", locator")),
        ("co-chairs", event("co_chairs = [\"AU\", \"TL\"]").with("chair_terms.toml", term)),
        ("host-abroad", event("country = \"SG\"")),
        ("virtual-place", event("format = \"virtual\"\ncountry = \"AU\"")),
        ("city", event("city = \"Atlantis\"")),
        ("city", event("city = \"Ha Noi\"").with("places.toml", PLACE)),
        ("only-partner", event("participants = [\"SG\"]")),
        ("observer-takes-part", event("participants = [\"SG\", \"AU\"]\nobservers = [\"SG\"]")),
        ("needless-confidence", event("confidence = \"confirmed\"\nconfidence_reason = \"It is clear.\"")),
        ("same-source", source("example.org/paper", "www.example.org/gazette/")),
        ("bare-address", source("example.org", "192.0.2.1")),
        ("title-remark", source("A paper", "A paper (in Thai)")),
        ("no-author", source("\"news\"", "\"academic\"")),
        ("hand-written", contribution("hosting")),
        ("offer-and-hosting", contribution("proposal")),
        ("twin-claims", minimal().with("claims.toml", &format!("{}\n{}", claim("one"), claim("two")))),
        ("reach", minimal().replacing("dataset.toml", "\"2020\"", "\"2021\"")),
        ("needless-acceptance", event("accept = [{ warning = \"host-abroad\", reason = \"No.\" }]")),
        ("needless-acceptance", event("accept = [{ warning = \"host\", reason = \"No.\" }]")),
    ]
}

#[test]
fn each_mistake_is_a_warning_with_file_line_and_what_to_do() {
    for (name, dataset) in mistakes() {
        let warnings = warnings(&dataset);
        let [warning] = &warnings[..] else { panic!("{name}: {warnings:?}") };
        assert!(warning.contains(&format!("[{name}]; ")), "{name}: {warning}");
        let (_, place) = warning.split_once("warning: ").unwrap();
        let mut place = place.split(':');
        assert!(place.next().unwrap().ends_with(".toml"), "{warning}");
        assert!(place.next().unwrap().parse::<usize>().is_ok(), "{warning}");
    }
}

#[test]
fn strict_fails_on_a_warning_and_an_accepted_warning_is_none() {
    let abroad =
        Dataset::minimal().replacing("events.toml", "hosts = ", "country = \"SG\"\nhosts = ");
    let strict = |dataset: &Dataset| {
        Adkb::new(["check".as_ref(), "--strict".as_ref(), dataset.path().as_os_str()]).run()
    };
    let output = strict(&abroad);
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stderr.contains("--strict allows none"), "{}", output.stderr);
    let accepted = abroad.replacing(
        "events.toml",
        "country = ",
        "accept = [{ warning = \"host-abroad\", reason = \"In its embassy.\" }]\ncountry = ",
    );
    assert_eq!(strict(&accepted).success().stderr, "");
}

#[test]
fn coordinates_are_a_point() {
    for coordinates in
        ["latitude = 91\nlongitude = 0", "latitude = 0\nlongitude = -181", "latitude = 5"]
    {
        let dataset = Dataset::minimal().with("places.toml", &format!("{PLACE}{coordinates}\n"));
        reports(&dataset, &["places.toml:1", "the coordinates are not a point", "latitude"]);
    }
}

#[test]
fn a_confidence_needs_a_reason() {
    let dataset = Dataset::minimal().replacing(
        "events.toml",
        "hosts = ",
        "confidence = \"reported\"\nhosts = ",
    );
    reports(&dataset, &["`confidence` and `confidence_reason` belong together", "delete both"]);
}

#[test]
fn the_forms_of_a_source_are_checked() {
    for (key, value, expected) in [
        ("language", "Vietnamese", "`Vietnamese` is not a language tag"),
        ("doi", "https://doi.org/10.1355/cs33-2a", "is not a DOI"),
        ("archived_url", "web.archive.org", "is not a web address"),
    ] {
        let dataset = Dataset::minimal().replacing(
            "sources.toml",
            "kind = ",
            &format!("{key} = \"{value}\"\nkind = "),
        );
        reports(&dataset, &["sources.toml:4", expected]);
    }
}
