//! The references are compared with examples of the styles' own manuals where those have one:
//! Publication Manual of the American Psychological Association (APA, 7th edition) and
//! <https://apastyle.apa.org/style-grammar-guidelines/references/examples>; The Chicago Manual of
//! Style (CMOS, 17th and 18th edition) and
//! <https://www.chicagomanualofstyle.org/tools_citationguide/citation-guide-1.html>.

use biblatex::{Bibliography, ChunksExt};
use serde_json::Value;

use super::*;

fn reference(kind: Kind, title: &str) -> Reference {
    Reference {
        key: "key".to_owned(),
        kind,
        title: title.to_owned(),
        identifier: None,
        authors: Vec::new(),
        container: None,
        publisher: None,
        volume: None,
        issue: None,
        pages: None,
        doi: None,
        language: Some("en".to_owned()),
        issued: None,
        accessed: None,
        version: None,
        url: None,
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn person(name: &str, family: &str) -> Author {
    Author { name: name.to_owned(), kind: AuthorKind::Person, family: Some(family.to_owned()) }
}

fn group(name: &str) -> Vec<Author> {
    vec![institution(name.to_owned())]
}

fn newspaper_article(title: &str, newspaper: &str, issued: &str) -> Reference {
    Reference {
        container: text(newspaper),
        issued: issued.parse().ok(),
        ..reference(Kind::NewspaperArticle, title)
    }
}

fn causes_of_death() -> Reference {
    Reference {
        authors: group("World Health Organization"),
        issued: "2018-05-24".parse().ok(),
        url: text("https://www.who.int/news-room/fact-sheets/detail/the-top-10-causes-of-death"),
        ..reference(Kind::WebPage, "The top 10 causes of death")
    }
}

fn media_use() -> Reference {
    Reference {
        authors: vec![
            person("S. M. Grady", "Grady"),
            person("R. Tamborini", "Tamborini"),
            person("A. Eden", "Eden"),
        ],
        container: text("Media Psychology"),
        volume: text("25"),
        issue: text("1"),
        pages: text("1-25"),
        doi: text("10.1080/15213269.2021.1930060"),
        issued: "2022".parse().ok(),
        ..reference(Kind::JournalArticle, "The social factors and functions of media use")
    }
}

fn media_report() -> Reference {
    Reference {
        authors: vec![person("Tan See Seng", "Tan")],
        container: text("RSIS Commentary"),
        issue: text("CO15257"),
        publisher: text("S. Rajaratnam School of International Studies"),
        issued: "2015-11-26".parse().ok(),
        url: text("https://rsis.edu.sg/co15257"),
        ..reference(Kind::Report, "The 3rd ADMM-Plus: Did the Media Get it Right?")
    }
}

fn release() -> Summary {
    Summary {
        revision: 7,
        updated_at: "2026-11-30T18:00:00Z".parse().expect("a date"),
        content_hash: String::new(),
        version: text("2026.11.30"),
        collected_until: None,
    }
}

/// APA, webpage on a website, with a group author.
#[test]
fn a_page_by_an_institution_is_as_apa_shows_it() {
    assert_eq!(
        causes_of_death().cite(Style::Apa),
        "World Health Organization. (2018, May 24). The top 10 causes of death. \
         https://www.who.int/news-room/fact-sheets/detail/the-top-10-causes-of-death",
    );
}

/// APA, webpage on a website: without a date, and with a retrieval date.
#[test]
fn an_undated_page_is_as_apa_shows_it() {
    let page = Reference {
        authors: group("National Nurses United"),
        url: text("https://www.nationalnursesunited.org/pages/zika"),
        ..reference(Kind::WebPage, "What employers should do to protect nurses from Zika")
    };
    assert_eq!(
        page.cite(Style::Apa),
        "National Nurses United. (n.d.). What employers should do to protect nurses from Zika. \
         https://www.nationalnursesunited.org/pages/zika",
    );
    let clock = Reference {
        authors: group("U.S. Census Bureau"),
        container: text("U.S. Department of Commerce"),
        accessed: "2020-01-09".parse().ok(),
        url: text("https://www.census.gov/popclock/"),
        ..reference(Kind::WebPage, "U.S. and world population clock")
    };
    assert_eq!(
        clock.cite(Style::Apa),
        "U.S. Census Bureau. (n.d.). U.S. and world population clock. U.S. Department of Commerce. \
         Retrieved January 9, 2020, from https://www.census.gov/popclock/",
    );
}

#[test]
fn a_date_is_as_precise_in_apa_as_it_is_known() {
    let date = |date: &str| {
        let page = Reference { issued: date.parse().ok(), url: None, ..causes_of_death() };
        page.cite(Style::Apa)
    };
    let cited = |date| format!("World Health Organization. {date}. The top 10 causes of death.");
    assert_eq!(date("2018-05-24"), cited("(2018, May 24)"));
    assert_eq!(date("2018-05"), cited("(2018, May)"));
    assert_eq!(date("2018"), cited("(2018)"));
    assert_eq!(date(""), cited("(n.d.)"));
}

/// APA, newspaper article; the manual's example 16.
#[test]
fn a_newspaper_article_is_as_apa_shows_it() {
    let article = Reference {
        authors: vec![person("B. Guarino", "Guarino")],
        url: text(
            "https://www.washingtonpost.com/news/speaking-of-science/wp/2017/12/04/alien-life",
        ),
        ..newspaper_article(
            "How will humanity react to alien life? Psychologists have some predictions",
            "The Washington Post",
            "2017-12-04",
        )
    };
    assert_eq!(
        article.cite(Style::Apa),
        "Guarino, B. (2017, December 4). How will humanity react to alien life? Psychologists have \
         some predictions. The Washington Post. \
         https://www.washingtonpost.com/news/speaking-of-science/wp/2017/12/04/alien-life",
    );
}

/// APA, missing reference information: without an author, the title moves to the author's place.
#[test]
fn an_unsigned_newspaper_article_begins_with_its_title_in_apa() {
    let article = newspaper_article("What's next for ADMM-Plus?", "BenarNews", "2020");
    assert_eq!(article.cite(Style::Apa), "What’s next for ADMM-Plus? (2020). BenarNews.");
}

/// APA, journal article.
#[test]
fn a_journal_article_is_as_apa_shows_it() {
    assert_eq!(
        media_use().cite(Style::Apa),
        "Grady, S. M., Tamborini, R., & Eden, A. (2022). The social factors and functions of media \
         use. Media Psychology, 25(1), 1–25. https://doi.org/10.1080/15213269.2021.1930060",
    );
}

/// APA, government report; the manual's example 50.
#[test]
fn a_report_is_as_apa_shows_it() {
    let report = Reference {
        authors: group("National Cancer Institute"),
        container: text("NIH Publication"),
        issue: text("No. 18-2424"),
        publisher: text(
            "U.S. Department of Health and Human Services, National Institutes of Health",
        ),
        issued: "2018".parse().ok(),
        url: text("https://www.cancer.gov/publications/patient-education/life-after-treatment.pdf"),
        ..reference(Kind::Report, "Facing forward: Life after cancer treatment")
    };
    assert_eq!(
        report.cite(Style::Apa),
        "National Cancer Institute. (2018). Facing forward: Life after cancer treatment (NIH \
         Publication No. 18-2424). U.S. Department of Health and Human Services, National \
         Institutes of Health. \
         https://www.cancer.gov/publications/patient-education/life-after-treatment.pdf",
    );
    let by_institute = Reference {
        authors: group("The Asan Institute for Policy Studies"),
        publisher: None,
        url: None,
        ..media_report()
    };
    assert_eq!(
        by_institute.cite(Style::Apa),
        "The Asan Institute for Policy Studies. (2015). The 3rd ADMM-Plus: Did the Media Get it \
         Right? (RSIS Commentary CO15257).",
    );
    assert!(by_institute.cite(Style::BibTex).contains("institution = {The Asan Institute"));
    let brief = Reference { issue: text("2024-08(S)"), url: None, ..media_report() };
    assert_eq!(
        brief.cite(Style::Apa),
        "Tan, S. S. (2015). The 3rd ADMM-Plus: Did the Media Get it Right? (RSIS Commentary \
         2024-08(S)). S. Rajaratnam School of International Studies.",
    );
}

/// APA, data set.
#[test]
fn a_data_set_is_as_apa_shows_it() {
    let data = Reference {
        authors: group("Pew Research Center"),
        issued: "2018".parse().ok(),
        url: text("https://www.pewsocialtrends.org/dataset/american-trends-panel-wave-26"),
        ..reference(Kind::Dataset, "American trends panel Wave 26")
    };
    assert_eq!(
        data.cite(Style::Apa),
        "Pew Research Center. (2018). American trends panel Wave 26 [Data set]. \
         https://www.pewsocialtrends.org/dataset/american-trends-panel-wave-26",
    );
}

/// CMOS, citation guide: news or magazine article.
#[test]
fn a_newspaper_article_is_as_chicago_shows_it() {
    let article = Reference {
        authors: vec![person("Dani Blum", "Blum")],
        url: text("https://www.nytimes.com/2023/12/13/well/eat/flax-seeds-benefits.html"),
        ..newspaper_article("Are flax seeds all that?", "New York Times", "2023-12-13")
    };
    assert_eq!(
        article.cite(Style::Chicago),
        "Blum, Dani. “Are Flax Seeds All That?” New York Times, December 13, 2023. \
         https://www.nytimes.com/2023/12/13/well/eat/flax-seeds-benefits.html.",
    );
}

/// CMOS 17, 14.199: the newspaper stands in place of the author.
#[test]
fn an_unsigned_newspaper_article_is_as_chicago_shows_it() {
    let article = newspaper_article(
        "In Texas, ad heats up race for governor",
        "New York Times",
        "2002-07-30",
    );
    assert_eq!(
        article.cite(Style::Chicago),
        "New York Times. “In Texas, Ad Heats Up Race for Governor.” July 30, 2002.",
    );
}

/// CMOS, citation guide: website content.
#[test]
fn an_undated_page_is_as_chicago_shows_it() {
    let page = Reference {
        authors: group("Yale University"),
        accessed: "2022-03-08".parse().ok(),
        url: text("https://www.yale.edu/about-yale/yale-facts"),
        ..reference(Kind::WebPage, "About Yale: Yale Facts")
    };
    assert_eq!(
        page.cite(Style::Chicago),
        "Yale University. “About Yale: Yale Facts.” Accessed March 8, 2022. \
         https://www.yale.edu/about-yale/yale-facts.",
    );
}

/// CMOS, citation guide: journal article.
#[test]
fn a_journal_article_is_as_chicago_shows_it() {
    let article = Reference {
        authors: vec![
            person("Emily L. Dittmar", "Dittmar"),
            person("Douglas W. Schemske", "Schemske"),
        ],
        container: text("American Naturalist"),
        volume: text("202"),
        issue: text("4"),
        pages: text("471-485"),
        doi: text("10.1086/725865"),
        issued: "2023".parse().ok(),
        ..reference(
            Kind::JournalArticle,
            "Temporal variation in selection influences microgeographic local adaptation",
        )
    };
    assert_eq!(
        article.cite(Style::Chicago),
        "Dittmar, Emily L., and Douglas W. Schemske. “Temporal Variation in Selection Influences \
         Microgeographic Local Adaptation.” American Naturalist 202, no. 4 (2023): 471–85. \
         https://doi.org/10.1086/725865.",
    );
}

/// CMOS 17, 14.98: a title in another language keeps its capitals, and so does the journal.
#[test]
fn a_dutch_article_is_as_chicago_shows_it() {
    let article = Reference {
        authors: vec![person("W. Kern", "Kern")],
        container: text("Tijdschrift voor Indische taal-, land- en volkenkunde"),
        volume: text("78"),
        pages: text("271-273"),
        language: text("nl"),
        issued: "1938".parse().ok(),
        ..reference(Kind::JournalArticle, "Waar verzamelde Pigafetta zijn Maleise woorden?")
    };
    assert_eq!(
        article.cite(Style::Chicago),
        "Kern, W. “Waar verzamelde Pigafetta zijn Maleise woorden?” Tijdschrift voor Indische \
         taal-, land- en volkenkunde 78 (1938): 271–73.",
    );
}

#[test]
fn titles_in_other_languages_and_names_keep_their_capitals() {
    let cited = |language: Option<&str>, title: &str, newspaper: &str| {
        let article = Reference {
            language: language.map(str::to_owned),
            ..newspaper_article(title, newspaper, "2021-12")
        };
        let apa = article.cite(Style::Apa);
        assert_eq!(apa, format!("{title}. (2021, December). {newspaper}."));
        article.cite(Style::Chicago)
    };
    for (language, title, newspaper) in [
        (Some("id"), "Latihan perdana bersama AL Rusia, TNI AL kerahkan 500 personel", "IDN Times"),
        (Some("vi"), "Lần đầu tiên Việt Nam tổ chức Hội nghị ADMM+", "VietnamPlus"),
        (Some("ru"), "Россия и АСЕАН рассмотрели направления сотрудничества", "ТАСС"),
        (Some("zh-Hans"), "第十一次中国—东盟防长非正式会晤举行", "新华网"),
        (Some("th"), "ประวิตร ชวน สปป.ลาว เข้าร่วมศูนย์การแพทย์ทหารอาเซียน", "llpch.news"),
        (None, "A title in an unknown language", "iLaw"),
    ] {
        assert_eq!(
            cited(language, title, newspaper),
            format!("{newspaper}. “{title}.” December 2021."),
        );
    }
    assert_eq!(
        cited(
            Some("en-GB"),
            "ADMM-Plus, ASEAN+3 and medex-lucknow-2019 on thediplomat.com",
            "BenarNews"
        ),
        "BenarNews. “ADMM-Plus, ASEAN+3 and medex-lucknow-2019 on thediplomat.com.” December 2021.",
    );
}

/// CMOS 6.9 and 6.11: a quotation in a title has single quotation marks, and a full stop stands
/// inside both.
#[test]
fn quotation_marks_in_titles_are_curly() {
    let article = newspaper_article("ASEAN's \"centrality\" and 'unity'", "Bernama", "2020");
    assert_eq!(article.cite(Style::Apa), "ASEAN’s “centrality” and ‘unity’. (2020). Bernama.");
    assert_eq!(article.cite(Style::Chicago), "Bernama. “ASEAN’s ‘Centrality’ and ‘Unity.’” 2020.",);
    let article = newspaper_article("\"'ADMM' plus\"'s (\"all\") words", "Bernama", "2020");
    assert_eq!(article.cite(Style::Apa), "“‘ADMM’ plus”’s (“all”) words. (2020). Bernama.");
    let article = newspaper_article("A meeting of 'ministers?'", "Bernama", "2020");
    assert_eq!(article.cite(Style::Chicago), "Bernama. “A Meeting of ‘Ministers?’” 2020.");
    let article = newspaper_article("A meeting of the ministers'", "Bernama", "2020");
    assert_eq!(article.cite(Style::Chicago), "Bernama. “A Meeting of the Ministers’.” 2020.");
}

/// CMOS: a name that begins with the family name has no comma (18th edition, 13.74).
#[test]
fn a_family_name_that_comes_first_stays_first_in_chicago() {
    assert_eq!(
        media_report().cite(Style::Chicago),
        "Tan See Seng. The 3rd ADMM-Plus: Did the Media Get It Right? RSIS Commentary CO15257. \
         S. Rajaratnam School of International Studies, 2015. https://rsis.edu.sg/co15257.",
    );
    let page = Reference { authors: vec![person("Panetta", "Panetta")], ..causes_of_death() };
    assert!(page.cite(Style::Apa).starts_with("Panetta. (2018, May 24). "));
    assert!(page.cite(Style::Chicago).starts_with("Panetta. “The Top"));
}

/// CMOS 18, 8.160 and 8.162.
#[test]
fn headlines_are_as_chicago_shows_them() {
    for title in [
        "Mnemonics That Work Are Better Than Rules That Do Not",
        "Singing While You Work",
        "A Little Learning Is a Dangerous Thing",
        "Under-the-Counter Transactions and Out-of-Fashion Initiatives",
        "Bed-and-Breakfast Options in Upstate New York",
        "Record-Breaking Borrowings from Medium-Sized Libraries",
    ] {
        let lowercase = title.to_lowercase().replace("new york", "New York");
        assert_eq!(headline::headline(&lowercase), title);
    }
    assert_eq!(headline::headline("an end: a start - the rest"), "An End: A Start - The Rest");
    assert_eq!(headline::headline("ministers' (joint) 'drill'"), "Ministers' (Joint) 'Drill'");
}

#[test]
fn a_newspaper_article_has_the_fields_of_bibtex() {
    let article = Reference {
        url: text("https://a.example/100%25_#1"),
        language: text("id"),
        ..newspaper_article("TNI & ASEAN: 50% _siap_", "Antara", "2019-03-05")
    };
    assert_eq!(
        article.cite(Style::BibTex),
        r"@article{key,
  title = {{TNI \& ASEAN: 50\% \_siap\_}},
  key = {Antara},
  journal = {Antara},
  note = {\url{https://a.example/100%25_#1}},
  year = {2019},
  month = mar # {~5},
}",
    );
    assert_eq!(
        article.cite(Style::BibLatex),
        r"@article{key,
  title = {{TNI \& ASEAN: 50\% \_siap\_}},
  journaltitle = {{Antara}},
  date = {2019-03-05},
  langid = {id},
  url = {https://a.example/100%25_#1},
}",
    );
}

#[test]
fn each_kind_has_its_type_and_fields_in_bibtex() {
    let page = Reference {
        container: text("ADMM website"),
        issued: "2018-05".parse().ok(),
        url: text("https://a.example/"),
        ..causes_of_death()
    };
    assert_eq!(
        page.cite(Style::BibTex),
        r"@misc{key,
  author = {{World Health Organization}},
  title = {{The top 10 causes of death}},
  howpublished = {ADMM website, \url{https://a.example/}},
  year = {2018},
  month = may,
}",
    );
    assert_eq!(
        Reference { issued: None, ..media_report() }.cite(Style::BibTex),
        r"@techreport{key,
  author = {Tan, See Seng},
  title = {{The 3rd ADMM-Plus: Did the Media Get it Right?}},
  institution = {S. Rajaratnam School of International Studies},
  type = {RSIS Commentary},
  number = {CO15257},
  note = {\url{https://rsis.edu.sg/co15257}},
  year = {n.d.},
}",
    );
    assert_eq!(
        media_use().cite(Style::BibTex),
        r"@article{key,
  author = {Grady, S. M. and Tamborini, R. and Eden, A.},
  title = {{The social factors and functions of media use}},
  journal = {Media Psychology},
  volume = {25},
  number = {1},
  pages = {1--25},
  doi = {10.1080/15213269.2021.1930060},
  year = {2022},
}",
    );
}

#[test]
fn bibtex_can_be_parsed() {
    let title = r#"ASEAN & "friends", Hà Nội: 50% $more #1 _x_"#;
    let article = newspaper_article(title, "R&D_News", "2019-03-05");
    for style in [Style::BibTex, Style::BibLatex] {
        let file = Bibliography::parse(&article.cite(style)).expect("a bibliography file");
        let entry = file.get("key").expect("the entry");
        assert_eq!(entry.title().expect("a title").format_verbatim(), title);
        assert_eq!(entry.journal().expect("a journal").format_verbatim(), "R&D_News");
    }
    let file = Bibliography::parse(&article.cite(Style::BibTex)).expect("a bibliography file");
    let month = file.get("key").and_then(|entry| entry.get("month")).expect("a month");
    assert!(month.format_verbatim().starts_with("March"), "{}", month.format_verbatim());
}

#[test]
fn braces_and_backslashes_are_balanced_in_bibtex() {
    let page =
        Reference { url: text("https://a.example/{x"), ..reference(Kind::WebPage, r"a{b\c~") };
    assert_eq!(
        page.cite(Style::BibTex),
        r"@misc{key,
  title = {{a\textbraceleft{}b\textbackslash{}c\textasciitilde{}}},
  key = {a\textbraceleft{}b\textbackslash{}c\textasciitilde{}},
  howpublished = {\url{https://a.example/%7Bx}},
  year = {n.d.},
}",
    );
}

#[test]
fn an_institution_is_one_name_in_ris() {
    let name = |author: Author| {
        let page = Reference { authors: vec![author], ..causes_of_death() };
        let ris = page.cite(Style::Ris);
        ris.lines()
            .filter_map(|line| line.strip_prefix("AU  - "))
            .map(str::to_owned)
            .collect::<String>()
    };
    let group = |name: &str| institution(name.to_owned());
    assert_eq!(name(group("World Health Organization")), "World Health Organization,");
    assert_eq!(name(group("Ministry of Defence, Singapore")), "Ministry of Defence (Singapore),");
    assert_eq!(name(group("HQ, Ministry, India")), "HQ (Ministry) (India),");
    assert_eq!(name(person("Ian Storey", "Storey")), "Storey, Ian");
    assert_eq!(name(person("Panetta", "Panetta")), "Panetta,");
    let unknown = Author { family: None, ..person("Hakim Hayat", "") };
    assert_eq!(name(unknown), "Hakim Hayat,");
}

/// Date fields of RIS: <https://en.wikipedia.org/wiki/RIS_(file_format)>.
#[test]
fn a_date_is_as_precise_in_ris_as_it_is_known() {
    let lines = |date: &str| {
        let page = Reference { issued: date.parse().ok(), ..causes_of_death() };
        let ris = page.cite(Style::Ris);
        ris.lines().filter(|line| line.starts_with("DA")).map(str::to_owned).collect::<String>()
    };
    assert_eq!(lines("2018-05-24"), "DA  - 2018/05/24/");
    assert_eq!(lines("2018-05"), "DA  - 2018/05//");
    assert_eq!(lines("2018"), "DA  - 2018///");
}

#[test]
fn pages_and_report_numbers_have_their_tags_in_ris() {
    let article = media_use().cite(Style::Ris);
    assert!(article.contains("VL  - 25\r\nIS  - 1\r\nSP  - 1\r\nEP  - 25\r\n"), "{article}");
    let report = media_report().cite(Style::Ris);
    assert!(report.starts_with("TY  - RPRT\r\n"), "{report}");
    assert!(report.contains("T2  - RSIS Commentary\r\n"), "{report}");
    assert!(report.contains("SN  - CO15257\r\n"), "{report}");
}

#[test]
fn a_record_is_cited_with_release_and_address() {
    let url = text("https://adkb.example/event/medex-lucknow-2019?revision=7");
    let title = "Field training exercise of ADMM-Plus".to_owned();
    let record =
        Reference::to_record(RecordKind::Event, "medex-lucknow-2019", title, &release(), url);
    assert_eq!(
        record.cite(Style::Apa),
        "ASEAN Defence Cooperation Knowledge Base. (2026). Field training exercise of ADMM-Plus \
         [event medex-lucknow-2019] (Version 2026.11.30, revision 7) [Data set]. \
         https://adkb.example/event/medex-lucknow-2019?revision=7",
    );
    assert_eq!(
        record.cite(Style::Chicago),
        "ASEAN Defence Cooperation Knowledge Base. “Field training exercise of ADMM-Plus [event \
         medex-lucknow-2019].” Version 2026.11.30, revision 7. November 30, 2026. \
         https://adkb.example/event/medex-lucknow-2019?revision=7.",
    );
    assert_eq!(
        record.cite(Style::BibTex),
        r"@misc{medex-lucknow-2019,
  author = {{ASEAN Defence Cooperation Knowledge Base}},
  title = {{Field training exercise of ADMM-Plus [event medex-lucknow-2019]}},
  howpublished = {\url{https://adkb.example/event/medex-lucknow-2019?revision=7}},
  note = {Version 2026.11.30, revision 7},
  year = {2026},
  month = nov # {~30},
}",
    );
    // Other processors change the case of a title, but not of this span.
    let json: Value = serde_json::from_str(&record.cite(Style::CslJson)).expect("JSON");
    assert_eq!(
        json[0]["title"],
        "Field training exercise of ADMM-Plus \
         <span class=\"nocase\">[event medex-lucknow-2019]</span>",
    );
    assert!(record.cite(Style::Ris).contains("ET  - 2026.11.30, revision 7\r\n"));
}

#[test]
fn the_dataset_is_cited_without_repeating_its_name() {
    let dataset = Reference::to_dataset(&release(), text("https://adkb.example/?revision=7"));
    assert_eq!(
        dataset.cite(Style::Apa),
        "ASEAN Defence Cooperation Knowledge Base (Version 2026.11.30, revision 7) [Data set]. \
         (2026). https://adkb.example/?revision=7",
    );
    assert_eq!(
        dataset.cite(Style::Chicago),
        "“ASEAN Defence Cooperation Knowledge Base.” Version 2026.11.30, revision 7. November 30, \
         2026. https://adkb.example/?revision=7.",
    );
    assert!(
        dataset.cite(Style::BibTex).contains("  key = {ASEAN Defence Cooperation Knowledge Base},")
    );
}

#[test]
fn a_comparison_has_a_key_from_its_title() {
    let title = "Australia and Viet Nam, 2010–2020".to_owned();
    let comparison = Reference::to_comparison(title, &release(), None);
    assert_eq!(comparison.key, "adkb-comparison-australia-and-viet-nam-2010-2020");
    assert_eq!(
        comparison.cite(Style::Apa),
        "ASEAN Defence Cooperation Knowledge Base. (2026). Australia and Viet Nam, 2010–2020 \
         (Version 2026.11.30, revision 7) [Data set].",
    );
}

#[test]
fn a_reference_that_knows_only_its_title_is_still_one() {
    let page = reference(Kind::WebPage, "A page");
    assert_eq!(page.cite(Style::Apa), "A page. (n.d.).");
    assert_eq!(page.cite(Style::Chicago), "“A Page.”");
    for kind in [Kind::NewspaperArticle, Kind::JournalArticle, Kind::Report, Kind::Dataset] {
        for style in
            [Style::BibTex, Style::BibLatex, Style::Ris, Style::CslJson, Style::Apa, Style::Chicago]
        {
            assert!(reference(kind, "A page").cite(style).to_lowercase().contains("a page"));
        }
    }
}
