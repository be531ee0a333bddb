//! The `text` field of filters ignores case in every script, on both databases and in any locale.

use harness::{Adkb, Backend, Database, Dataset, Service, number, on_both, texts};
use serde_json::json;

/// The slugs of the sources that a text filter matches.
async fn sources(service: &Service, text: &str) -> Vec<String> {
    let document =
        "query($t: String) { sources(filter: { text: $t }, first: 100) { nodes { slug } } }";
    let data = service.query_with(document, json!({ "t": text })).await;
    texts(&data["sources"]["nodes"], "/slug").into_iter().map(str::to_owned).collect()
}

/// Slugs, titles, and other spellings of a part of each title.
const WRITTEN: [(&str, &str, &[&str]); 7] = [
    (
        "vietnamese",
        "Quân y ASEAN tại Ấn Độ",
        &[
            "ấn độ",
            "ẤN ĐỘ",
            "ẤN độ",
            "QUÂN",
            "a\u{302}\u{301}n đo\u{323}\u{302}",
            "A\u{302}\u{301}N",
        ],
    ),
    ("turkish", "TÜRKİYE ve ASEAN", &["Türkiye", "türkiye", "TÜRKİYE", "türkİye"]),
    ("turkish-2", "Türkiye'nin Dışişleri", &["TÜRKİYE'NİN", "dışişleri", "DIŞİŞLERİ"]),
    ("russian", "Министры обороны стран АСЕАН", &["МИНИСТРЫ", "министры", "асеан", "ОбОрОнЫ"]),
    ("greek", "Οι υπουργοί της ΈΝΩΣΗΣ", &["υπουργοί", "ΥΠΟΥΡΓΟΊ", "ένωσης", "ένωσησ"]),
    ("german", "Große Übung der Streitkräfte", &["ÜBUNG", "GROẞE", "streitkrÄfte"]),
    (
        "decomposed",
        "Ca\u{302}\u{323}p nha\u{323}\u{302}t tie\u{302}\u{301}n tri\u{300}nh",
        &["CẬP NHẬT", "cập nhật", "tiến TRÌNH", "tie\u{302}\u{301}n"],
    ),
];

fn written() -> Dataset {
    let source = |(slug, title, _): &(&str, &str, &[&str])| {
        format!(
            "[[source]]\nslug = \"{slug}\"\ntitle = \"{title}\"\nkind = \"other\"\nurl = \"https://example.org/{slug}\"\n"
        )
    };
    let sources: Vec<String> = WRITTEN.iter().map(source).collect();
    Dataset::minimal().with("sources.toml", &sources.join("\n"))
}

async fn text_filters_match_every_spelling(database: Database) {
    Adkb::import(&written()).database(&database).run().success();
    let service = Service::start(database);
    for (slug, title, ways) in WRITTEN {
        for text in ways.iter().chain([&title]) {
            let found = sources(&service, text).await;
            assert!(found.contains(&slug.to_owned()), "{text} in {title}: {found:?}");
        }
    }
    for unlike in ["ấn đo", "asean độ ümit", "обороны%", "ü_ung", "Türk\\ye", "ấ%độ"]
    {
        assert_eq!(sources(&service, unlike).await, Vec::<String>::new(), "{unlike}");
    }
    // Many different letters, all outside ASCII.
    let alphabet: String = ('а'..='я').chain('ա'..='ֆ').chain('α'..='ω').chain('ა'..='ჰ').collect();
    let data = service
        .query_with(
            "query($t: String) { sources(filter: { text: $t }) { totalCount } }",
            json!({ "t": alphabet }),
        )
        .await;
    assert_eq!(data["sources"]["totalCount"], 0);
}

on_both! {
    async fn a_text_filter_ignores_case_in_every_script(backend: Backend) {
        text_filters_match_every_spelling(Database::empty(backend)).await;
    }

    async fn records_of_the_shipped_dataset_are_found_in_any_case(service: &'static Service) {
        for text in ["Ấn Độ", "ấn độ", "ẤN ĐỘ", "A\u{302}\u{301}n ĐO\u{323}\u{302}"] {
            assert_eq!(sources(service, text).await, ["nhandan-2016-ftx-2016"], "{text}");
        }
        let parties = "query($t: String) { parties(filter: { text: $t }) { nodes { code } } }";
        for text in ["TÜRKİYE", "türkiye", "Türkiye", "TÜRKIYE"] {
            let data = service.query_with(parties, json!({ "t": text })).await;
            assert_eq!(texts(&data["parties"]["nodes"], "/code"), ["TR"], "{text}");
        }
        let russian = "query($t: String) { sources(filter: { text: $t }) { totalCount } }";
        let data = service.query_with(russian, json!({ "t": "РАЗМИНИРОВАНИ" })).await;
        assert_eq!(number(&data["sources"]["totalCount"]), 2);
    }
}

#[test]
fn a_text_filter_ignores_case_on_postgresql_in_the_c_locale() {
    harness::run(text_filters_match_every_spelling(Database::empty_in_c_locale()));
}

#[test]
fn decomposed_strings_are_normalised_and_the_check_warns() {
    let output = Adkb::new(["check".as_ref(), written().path().as_os_str()]).run().success();
    assert!(output.stdout.starts_with("no problems: "), "{output:?}");
    let warnings: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(warnings.len(), 1, "{output:?}");
    assert!(
        warnings[0].starts_with("warning: sources.toml:") && warnings[0].contains("`title`"),
        "{output:?}"
    );
}
