//! Formatted references to sources and records, in five styles, as a client receives them. Unit
//! tests compare the styles with the examples of their authors.

use harness::{Service, number, on_both, texts};
use serde_json::Value;

on_both! {
    async fn a_source_has_a_reference_in_five_styles(service: &'static Service) {
        let data = service
            .query(r#"{ sources(first: 1, filter: { kinds: [GOVERNMENT], text: "PIONEER ADMM-Plus navies" }) { nodes {
                bibtex: cite(style: BIBTEX) ris: cite(style: RIS) json: cite(style: CSL_JSON)
                apa: cite(style: APA) chicago: cite(style: CHICAGO) slug title url published
            } } }"#)
            .await;
        let source = &data["sources"]["nodes"][0];
        let text = |name: &str| source[name].as_str().unwrap();
        let (slug, title, url) = (text("slug"), text("title"), text("url"));
        assert!(text("bibtex").starts_with(&format!("@online{{{slug},")), "{}", text("bibtex"));
        assert!(text("bibtex").contains(&format!("title = {{{{{title}}}}}")), "{}", text("bibtex"));
        let ris: Vec<&str> = text("ris").split("\r\n").collect();
        assert_eq!(ris[0], "TY  - ELEC");
        assert!(ris.contains(&format!("TI  - {title}").as_str()));
        assert!(ris.contains(&format!("UR  - {url}").as_str()));
        assert_eq!(ris[ris.len() - 2..], ["ER  - ", ""]);
        let json: Value = serde_json::from_str(text("json")).unwrap();
        assert_eq!(json[0]["title"], title);
        assert_eq!(json[0]["type"], "webpage");
        assert_eq!(json[0]["issued"]["date-parts"][0][0], number(&Value::from(text("published")[..4].parse::<i64>().unwrap())));
        assert!(text("apa").starts_with("Ministry of Defence, Singapore. (2019, May). "), "{}", text("apa"));
        assert!(text("apa").ends_with(url), "{}", text("apa"));
        // Chicago style capitalises titles.
        let chicago = text("chicago").to_lowercase();
        assert!(chicago.contains(&format!("“{}.”", title.to_lowercase())), "{chicago}");
    }

    async fn every_source_has_a_reference_in_every_style(service: &'static Service) {
        let sources = service
            .all(
                "sources",
                "",
                "slug title bibtex: cite(style: BIBTEX) ris: cite(style: RIS)
                 json: cite(style: CSL_JSON) apa: cite(style: APA) chicago: cite(style: CHICAGO)",
            )
            .await;
        assert!(sources.len() > 900);
        let mut whole = String::new();
        for source in &sources {
            for style in ["bibtex", "ris", "json", "apa", "chicago"] {
                assert!(source[style].as_str().unwrap().len() > 10, "{style}: {source}");
            }
            let json: Value = serde_json::from_str(source["json"].as_str().unwrap()).unwrap();
            assert_eq!(json[0]["id"], source["slug"]);
            let ris = source["ris"].as_str().unwrap();
            assert!(ris.lines().all(|line| line.is_char_boundary(6) && &line[2..6] == "  - "), "{ris}");
            whole.push_str(source["bibtex"].as_str().unwrap());
            whole.push('\n');
        }
        let bibliography = biblatex::Bibliography::parse(&whole).unwrap();
        assert_eq!(bibliography.len(), sources.len());
        for source in &sources {
            use biblatex::ChunksExt;
            let entry = bibliography.get(source["slug"].as_str().unwrap()).unwrap();
            assert_eq!(entry.title().unwrap().format_verbatim(), source["title"].as_str().unwrap());
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
            fragment reference on Record { __typename slug apa: cite(style: APA) bibtex: cite(style: BIBTEX) }"#)
            .await;
        let version = format!(
            "{}, revision {}",
            data["dataset"]["version"].as_str().unwrap(),
            data["dataset"]["revision"],
        );
        let mut kinds = 0;
        for list in data.as_object().unwrap().values().filter(|value| value.get("nodes").is_some()) {
            let slug = texts(&list["nodes"], "/slug")[0];
            for style in ["/apa", "/bibtex"] {
                let reference = texts(&list["nodes"], style)[0];
                assert!(reference.contains(slug), "{reference}");
                assert!(reference.contains(&version), "{reference}");
                assert!(reference.contains("ASEAN Defence Cooperation Knowledge Base"), "{reference}");
            }
            kinds += 1;
        }
        assert_eq!(kinds, 10);
    }
}
