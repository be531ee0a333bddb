//! Formatted references to sources and records, in six styles, as a client receives them. Unit
//! tests compare the styles with the examples of their authors.

use biblatex::{Bibliography, ChunksExt};
use harness::{Service, number, on_both, texts};
use serde_json::Value;

on_both! {
    async fn a_source_has_a_reference_in_six_styles(service: &'static Service) {
        let data = service
            .query(r#"{ sources(first: 1, filter: { kinds: [GOVERNMENT], text: "PIONEER ADMM-Plus navies" }) { nodes {
                bibtex: cite(style: BIBTEX) biblatex: cite(style: BIBLATEX) ris: cite(style: RIS) json: cite(style: CSL_JSON)
                apa: cite(style: APA) chicago: cite(style: CHICAGO) slug title url published
            } } }"#)
            .await;
        let source = &data["sources"]["nodes"][0];
        let text = |name: &str| source[name].as_str().unwrap();
        let (slug, title, url, published) = (text("slug"), text("title"), text("url"), text("published"));
        assert_eq!(
            text("bibtex"),
            format!(
                "@misc{{{slug},\n  author = {{{{Ministry of Defence, Singapore}}}},\n  title = {{{{{title}}}}},\n  \
                 howpublished = {{PIONEER, \\url{{{url}}}}},\n  year = {{{}}},\n  month = may,\n}}",
                &published[..4],
            ),
        );
        assert_eq!(
            text("biblatex"),
            format!(
                "@online{{{slug},\n  author = {{{{Ministry of Defence, Singapore}}}},\n  title = {{{{{title}}}}},\n  \
                 organization = {{{{PIONEER}}}},\n  date = {{{published}}},\n  langid = {{en}},\n  url = {{{url}}},\n}}",
            ),
        );
        let ris: Vec<&str> = text("ris").split("\r\n").collect();
        assert_eq!(ris[0], "TY  - ELEC");
        assert!(ris.contains(&format!("TI  - {title}").as_str()));
        // One name in one field, not family name and given name.
        assert!(ris.contains(&"AU  - Ministry of Defence (Singapore),"), "{ris:?}");
        assert!(ris.contains(&format!("UR  - {url}").as_str()));
        assert_eq!(ris[ris.len() - 2..], ["ER  - ", ""]);
        let json: Value = serde_json::from_str(text("json")).unwrap();
        assert_eq!(json[0]["title"], title);
        assert_eq!(json[0]["type"], "webpage");
        assert_eq!(json[0]["issued"]["date-parts"][0][0], number(&Value::from(published[..4].parse::<i64>().unwrap())));
        assert_eq!(
            text("apa"),
            format!("Ministry of Defence, Singapore. (2019, May). {title}. PIONEER. {url}"),
        );
        // Chicago style capitalises English titles.
        let chicago = text("chicago");
        assert!(chicago.to_lowercase().contains(&format!("“{}.”", title.to_lowercase())), "{chicago}");
        assert!(chicago.starts_with("Ministry of Defence, Singapore. “ADMM-Plus Navies "), "{chicago}");
        assert!(chicago.ends_with(&format!(" PIONEER, May 2019. {url}.")), "{chicago}");
    }

    async fn every_source_has_a_reference_in_every_style(service: &'static Service) {
        let sources = service
            .all(
                "sources",
                "",
                "slug title kind language published publisher container authors { name }
                 bibtex: cite(style: BIBTEX) biblatex: cite(style: BIBLATEX) ris: cite(style: RIS)
                 json: cite(style: CSL_JSON) apa: cite(style: APA) chicago: cite(style: CHICAGO)",
            )
            .await;
        assert!(sources.len() > 900);
        let (mut bibtex, mut biblatex) = (String::new(), String::new());
        for source in &sources {
            let text = |name: &str| source[name].as_str().unwrap();
            for style in ["bibtex", "biblatex", "ris", "json", "apa", "chicago"] {
                assert!(text(style).len() > 10, "{style}: {source}");
            }
            let json: Value = serde_json::from_str(text("json")).unwrap();
            assert_eq!(json[0]["id"], source["slug"]);
            let ris = text("ris");
            assert!(ris.lines().all(|line| line.is_char_boundary(6) && &line[2..6] == "  - "), "{ris}");
            bibtex.push_str(text("bibtex"));
            bibtex.push('\n');
            biblatex.push_str(text("biblatex"));
            biblatex.push('\n');

            // The year alone is followed by no comma. No page has a date of access.
            let date = match source["published"].as_str() {
                None => "(n.d.).".to_owned(),
                Some(year) if year.len() == 4 => format!("({year})."),
                Some(longer) => format!("({}", &longer[..4]),
            };
            assert!(text("apa").contains(&date), "{}", text("apa"));
            assert!(!text("apa").contains("Retrieved "), "{}", text("apa"));

            // The newspaper stands in place of the author, and the title in quotation marks.
            let place = source["container"].as_str().or(source["publisher"].as_str());
            let is_signed = !source["authors"].as_array().unwrap().is_empty();
            if let ("NEWS", false, Some(newspaper)) = (text("kind"), is_signed, place) {
                let start = format!("{}. “", newspaper.replace('\'', "’"));
                assert!(text("chicago").starts_with(&start), "{}", text("chicago"));
            }
            // A title in another language keeps its capitals.
            if !source["language"].as_str().is_some_and(|tag| tag.starts_with("en")) {
                let plain = |text: &str| text.replace(['\'', '‘', '’', '"', '“', '”'], "");
                assert!(plain(text("chicago")).contains(&plain(text("title"))), "{}", text("chicago"));
            }
        }
        let bibtex = Bibliography::parse(&bibtex).unwrap();
        let biblatex = Bibliography::parse(&biblatex).unwrap();
        assert_eq!((bibtex.len(), biblatex.len()), (sources.len(), sources.len()));
        for source in &sources {
            let slug = source["slug"].as_str().unwrap();
            for bibliography in [&bibtex, &biblatex] {
                let entry = bibliography.get(slug).unwrap();
                assert_eq!(entry.title().unwrap().format_verbatim(), source["title"].as_str().unwrap());
            }
            // What the classic styles need.
            let entry = bibtex.get(slug).unwrap();
            let field = |name: &str| entry.get(name).map(|field| field.format_verbatim());
            assert_eq!(field("year").unwrap(), source["published"].as_str().map_or("n.d.", |date| &date[..4]));
            assert!(field("author").or(field("key")).is_some(), "{slug}");
            assert!(source["kind"] != "NEWS" || field("journal").is_some(), "{slug}");
        }
    }

    async fn a_reference_to_each_kind_of_record_names_the_dataset_version(service: &'static Service) {
        let data = service
            .query(r#"{ dataset { version revision }
                bodies(first: 1) { nodes { ...reference } } memberships(first: 1) { nodes { ...reference } }
                chairTerms(first: 1) { nodes { ...reference } } events(first: 1) { nodes { ...reference } }
                documents(first: 1) { nodes { ...reference } } provisions(first: 1) { nodes { ...reference } }
                initiatives(first: 1) { nodes { ...reference } } workProgrammes(first: 1) { nodes { ...reference } }
                contributions(first: 1) { nodes { ...reference } } claims(first: 1) { nodes { ...reference } }
            }
            fragment reference on Record { __typename slug
                apa: cite(style: APA) chicago: cite(style: CHICAGO)
                bibtex: cite(style: BIBTEX) biblatex: cite(style: BIBLATEX) }"#)
            .await;
        let version = format!(
            "{}, revision {}",
            data["dataset"]["version"].as_str().unwrap(),
            data["dataset"]["revision"],
        );
        let mut kinds = 0;
        for list in data.as_object().unwrap().values().filter(|value| value.get("nodes").is_some()) {
            let slug = texts(&list["nodes"], "/slug")[0];
            for style in ["/apa", "/chicago", "/bibtex", "/biblatex"] {
                let reference = texts(&list["nodes"], style)[0];
                // The slug keeps its case.
                assert!(reference.contains(&format!(" {slug}]")), "{reference}");
                assert!(reference.contains(&version), "{reference}");
                assert!(reference.contains("ASEAN Defence Cooperation Knowledge Base"), "{reference}");
            }
            kinds += 1;
        }
        assert_eq!(kinds, 10);
    }
}
