//! References to sources and to records of the knowledge base: in the formats of reference
//! managers, and formatted in citation styles by the Citation Style Language (CSL 1.0.2).

use std::{
    fmt::Write,
    sync::{Arc, LazyLock},
};

use biblatex::{Chunk, Entry, EntryType, Spanned};
use entities::{
    Author, AuthorKind, EdtfDate,
    record::RecordKind,
    source::{self, SourceKind},
};
use hayagriva::{
    BibliographyDriver, BibliographyRequest, BufWriteFormat, CitationItem, CitationRequest,
    archive::{self, ArchivedStyle},
    citationberg::{IndependentStyle, Locale, Style as AnyStyle, json::Item},
};
use sea_orm::ActiveEnum;
use serde_json::{Value, json};

use crate::{
    heap_size::heap_size,
    store::dataset::{self, Summary},
};

/// The format or citation style of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    BibTex,
    Ris,
    CslJson,
    Apa,
    Chicago,
}

/// Bibliographic data of a source or record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Citation key in reference managers: the slug.
    pub key: String,
    pub kind: Kind,
    pub title: String,
    pub authors: Vec<Author>,
    /// The journal, newspaper or website that contains it.
    pub container: Option<String>,
    /// Who published it, if that is neither an author nor the container.
    pub publisher: Option<String>,
    pub volume: Option<String>,
    pub issue: Option<String>,
    pub pages: Option<String>,
    pub doi: Option<String>,
    pub language: Option<String>,
    pub issued: Option<EdtfDate>,
    pub accessed: Option<EdtfDate>,
    pub version: Option<String>,
    pub url: Option<String>,
}

heap_size! {
    Style {}
    Author { name family }
    Arc<Reference> {
        key title authors container publisher volume issue pages doi language issued accessed version url
    }
}

fn institution(name: String) -> Author {
    Author { name, kind: AuthorKind::Institution, family: None }
}

/// The two parts of a person's name, if it is known which part is sorted by.
fn parts(author: &Author) -> Option<(&str, String)> {
    let family = author.family.as_deref()?;
    let given = author.name.replacen(family, "", 1);
    Some((family, given.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// The name as it is sorted by: `Storey, Ian`.
fn inverted(author: &Author) -> String {
    match parts(author) {
        Some((family, given)) if !given.is_empty() => format!("{family}, {given}"),
        _ => author.name.clone(),
    }
}

/// The kind of publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    WebPage,
    NewspaperArticle,
    JournalArticle,
    Dataset,
}

impl Kind {
    fn csl(self) -> &'static str {
        match self {
            Self::WebPage => "webpage",
            Self::NewspaperArticle => "article-newspaper",
            Self::JournalArticle => "article-journal",
            Self::Dataset => "dataset",
        }
    }

    fn ris(self) -> &'static str {
        match self {
            Self::WebPage => "ELEC",
            Self::NewspaperArticle => "NEWS",
            Self::JournalArticle => "JOUR",
            Self::Dataset => "DATA",
        }
    }
}

impl From<&source::Model> for Reference {
    /// The publisher of an official page without authors is its author. For any other source
    /// without a container, the publisher is the container.
    fn from(source: &source::Model) -> Self {
        let kind = match source.kind {
            SourceKind::News => Kind::NewspaperArticle,
            SourceKind::Academic if source.container.is_some() => Kind::JournalArticle,
            _ => Kind::WebPage,
        };
        let is_official = matches!(source.kind, SourceKind::Asean | SourceKind::Government);
        let mut authors = source.authors.0.clone();
        let mut container = source.container.clone();
        let mut publisher = source.publisher.clone();
        if authors.is_empty() && is_official {
            authors.extend(publisher.take().map(institution));
        } else if container.is_none() {
            container = publisher.take();
        }
        Self {
            key: source.slug.to_string(),
            kind,
            title: source.title.clone(),
            authors,
            container,
            publisher,
            volume: source.volume.clone(),
            issue: source.issue.clone(),
            pages: source.pages.clone(),
            doi: source.doi.clone(),
            language: source.language.clone(),
            issued: source.published.clone(),
            accessed: source.accessed.clone(),
            version: None,
            url: source.url.clone(),
        }
    }
}

/// Year, month and day, as precise as the date is known.
fn date_parts(date: &Option<EdtfDate>) -> Option<Vec<i32>> {
    date.as_ref()?.as_str().split('-').map(|part| part.parse().ok()).collect()
}

impl Reference {
    /// A reference to a record of the knowledge base at a revision.
    pub fn to_record(kind: RecordKind, slug: &str, title: String, at: &Summary) -> Self {
        let revision = format!("revision {}", at.revision);
        let version = match &at.version {
            Some(version) => format!("{version}, {revision}"),
            None => revision,
        };
        Self {
            key: slug.to_owned(),
            kind: Kind::Dataset,
            title: format!("{title} (record {}/{slug})", kind.to_value()),
            authors: vec![institution(dataset::NAME.to_owned())],
            container: None,
            publisher: None,
            volume: None,
            issue: None,
            pages: None,
            doi: None,
            language: None,
            issued: at.updated_at.date_naive().to_string().parse().ok(),
            accessed: None,
            version: Some(version),
            url: None,
        }
    }

    /// Formats the reference in a style.
    pub fn cite(&self, style: Style) -> String {
        match style {
            Style::BibTex => self.bibtex(),
            Style::Ris => self.ris(),
            Style::CslJson => Value::Array(vec![self.csl()]).to_string(),
            Style::Apa => self.formatted(&APA),
            Style::Chicago => self.formatted(&CHICAGO),
        }
    }

    fn csl(&self) -> Value {
        let mut item = json!({ "id": self.key, "type": self.kind.csl(), "title": self.title });
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                item[name] = value;
            }
        };
        let text = |text: &Option<String>| text.clone().map(Value::String);
        let date = |date| date_parts(date).map(|parts| json!({ "date-parts": [parts] }));
        let author = |author| match parts(author) {
            Some((family, given)) => json!({ "family": family, "given": given }),
            None => json!({ "literal": author.name }),
        };
        if !self.authors.is_empty() {
            set("author", Some(self.authors.iter().map(author).collect()));
        }
        set("container-title", text(&self.container));
        set("publisher", text(&self.publisher));
        set("volume", text(&self.volume));
        set("issue", text(&self.issue));
        set("page", text(&self.pages));
        set("language", text(&self.language));
        set("issued", date(&self.issued));
        set("accessed", date(&self.accessed));
        set("version", text(&self.version));
        set("DOI", text(&self.doi));
        set("URL", text(&self.url));
        item
    }

    fn formatted(&self, style: &IndependentStyle) -> String {
        let item: Item = serde_json::from_value(self.csl()).expect("the item is CSL-JSON");
        let mut driver = BibliographyDriver::new();
        let items = vec![CitationItem::with_entry(&item)];
        driver.citation(CitationRequest::from_items(items, style, &LOCALES));
        let request = BibliographyRequest { style, locale: None, locale_files: &LOCALES };
        let rendered = driver.finish(request);
        let mut text = String::new();
        for entry in rendered.bibliography.iter().flat_map(|bibliography| &bibliography.items) {
            entry
                .content
                .write_buf(&mut text, BufWriteFormat::Plain)
                .expect("writing to a String does not fail");
        }
        single_mark(text.trim())
    }

    fn bibtex(&self) -> String {
        let kind = match self.kind {
            Kind::NewspaperArticle | Kind::JournalArticle => EntryType::Article,
            Kind::WebPage => EntryType::Online,
            Kind::Dataset => EntryType::Dataset,
        };
        let mut entry = Entry::new(self.key.clone(), kind);
        let mut set = |name: &str, text: Option<&str>, protected: bool| {
            let Some(text) = text else { return };
            let chunk = match protected {
                // In braces, so that BibTeX keeps institution names whole and the capitals of
                // titles.
                true => Chunk::Verbatim(text.to_owned()),
                false => Chunk::Normal(text.to_owned()),
            };
            entry.set(name, vec![Spanned::detached(chunk)]);
        };
        set("title", Some(&self.title), true);
        let container = match self.kind {
            Kind::NewspaperArticle | Kind::JournalArticle => "journaltitle",
            Kind::WebPage | Kind::Dataset => "organization",
        };
        set(container, self.container.as_deref(), true);
        set("publisher", self.publisher.as_deref(), true);
        set("volume", self.volume.as_deref(), false);
        set("number", self.issue.as_deref(), false);
        set("pages", self.pages.as_deref(), false);
        set("doi", self.doi.as_deref(), false);
        set("langid", self.language.as_deref(), false);
        set("date", self.issued.as_ref().map(EdtfDate::as_str), false);
        set("urldate", self.accessed.as_ref().map(EdtfDate::as_str), false);
        set("version", self.version.as_deref(), false);
        set("url", self.url.as_deref(), false);
        if !self.authors.is_empty() {
            entry.set("author", self.bibtex_authors());
        }
        entry.to_biblatex_string()
    }

    /// The authors, joined by `and`. Those without a known family name are in braces, so that BibTeX
    /// keeps them whole.
    fn bibtex_authors(&self) -> Vec<Spanned<Chunk>> {
        let mut chunks = Vec::new();
        for author in &self.authors {
            if !chunks.is_empty() {
                chunks.push(Chunk::Normal(" and ".to_owned()));
            }
            chunks.push(match author.family {
                Some(_) => Chunk::Normal(inverted(author)),
                None => Chunk::Verbatim(author.name.clone()),
            });
        }
        chunks.into_iter().map(Spanned::detached).collect()
    }

    /// RIS, as EndNote, Zotero and Mendeley read it: one tag and value per line.
    fn ris(&self) -> String {
        let mut lines = format!("TY  - {}\r\n", self.kind.ris());
        let mut line = |tag: &str, value: Option<&str>| {
            if let Some(value) = value {
                // A value must not contain line breaks.
                let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
                write!(lines, "{tag}  - {value}\r\n").expect("writing to a String does not fail");
            }
        };
        line("ID", Some(&self.key));
        line("TI", Some(&self.title));
        for author in &self.authors {
            line("AU", Some(&inverted(author)));
        }
        line("T2", self.container.as_deref());
        line("PB", self.publisher.as_deref());
        line("VL", self.volume.as_deref());
        line("IS", self.issue.as_deref());
        line("SP", self.pages.as_deref());
        line("DO", self.doi.as_deref());
        line("LA", self.language.as_deref());
        if let Some(parts) = date_parts(&self.issued) {
            let part =
                |place: usize| parts.get(place).map_or_else(String::new, |n| format!("{n:02}"));
            line("PY", Some(&format!("{:04}", parts[0])));
            line("DA", Some(&format!("{:04}/{}/{}/", parts[0], part(1), part(2))));
        }
        line("ET", self.version.as_deref());
        line("UR", self.url.as_deref());
        line("ER", Some(""));
        lines
    }
}

/// Removes a full stop after a question or exclamation mark that ends a title. CSL requires this,
/// but the processor does not do it.
fn single_mark(text: &str) -> String {
    let mut text = text.to_owned();
    for mark in ['?', '!'] {
        for behind in [" ", "”"] {
            text = text.replace(&format!("{mark}.{behind}"), &format!("{mark}{behind}"));
        }
    }
    text
}

static APA: LazyLock<IndependentStyle> =
    LazyLock::new(|| independent(ArchivedStyle::AmericanPsychologicalAssociation));
static CHICAGO: LazyLock<IndependentStyle> =
    LazyLock::new(|| independent(ArchivedStyle::ChicagoNotes));
/// American English, which both styles use.
static LOCALES: LazyLock<Vec<Locale>> = LazyLock::new(|| {
    let mut locales = archive::locales();
    locales.retain(|locale| locale.lang.as_ref().is_some_and(|lang| lang.0 == "en-US"));
    locales
});

fn independent(style: ArchivedStyle) -> IndependentStyle {
    match style.get() {
        AnyStyle::Independent(style) => style,
        AnyStyle::Dependent(_) => unreachable!("the APA and Chicago styles are independent styles"),
    }
}

/// Tested against examples published by the authors of the styles.
#[cfg(test)]
mod tests {
    use super::*;

    fn reference(kind: Kind, title: &str) -> Reference {
        Reference {
            key: "key".to_owned(),
            kind,
            title: title.to_owned(),
            authors: Vec::new(),
            container: None,
            publisher: None,
            volume: None,
            issue: None,
            pages: None,
            doi: None,
            language: None,
            issued: None,
            accessed: None,
            version: None,
            url: None,
        }
    }

    fn person(name: &str, family: &str) -> Author {
        Author { name: name.to_owned(), kind: AuthorKind::Person, family: Some(family.to_owned()) }
    }

    fn causes_of_death() -> Reference {
        Reference {
            authors: vec![institution("World Health Organization".to_owned())],
            issued: "2018-05-24".parse().ok(),
            url: Some(
                "https://www.who.int/news-room/fact-sheets/detail/the-top-10-causes-of-death"
                    .to_owned(),
            ),
            ..reference(Kind::WebPage, "The top 10 causes of death")
        }
    }

    /// https://apastyle.apa.org/style-grammar-guidelines/references/examples/webpage-website-references
    #[test]
    fn a_page_by_an_institution_is_as_apa_shows_it() {
        assert_eq!(
            causes_of_death().cite(Style::Apa),
            "World Health Organization. (2018, May 24). The top 10 causes of death. \
             https://www.who.int/news-room/fact-sheets/detail/the-top-10-causes-of-death",
        );
    }

    /// https://apastyle.apa.org/style-grammar-guidelines/references/examples/newspaper-article-references
    #[test]
    fn a_newspaper_article_is_as_apa_shows_it() {
        let article = Reference {
            authors: vec![person("B. Carey", "Carey")],
            container: Some("The New York Times".to_owned()),
            issued: "2019-03-22".parse().ok(),
            url: Some(
                "https://www.nytimes.com/2019/03/22/health/memory-forgetting-psychology.html"
                    .to_owned(),
            ),
            ..reference(Kind::NewspaperArticle, "Can we get better at forgetting?")
        };
        assert_eq!(
            article.cite(Style::Apa),
            "Carey, B. (2019, March 22). Can we get better at forgetting? The New York Times. \
             https://www.nytimes.com/2019/03/22/health/memory-forgetting-psychology.html",
        );
    }

    /// https://www.chicagomanualofstyle.org/tools_citationguide/citation-guide-1.html
    #[test]
    fn a_newspaper_article_is_as_chicago_shows_it() {
        let article = Reference {
            authors: vec![person("Dani Blum", "Blum")],
            container: Some("New York Times".to_owned()),
            issued: "2023-12-13".parse().ok(),
            url: Some(
                "https://www.nytimes.com/2023/12/13/well/eat/flax-seeds-benefits.html".to_owned(),
            ),
            ..reference(Kind::NewspaperArticle, "Are Flax Seeds All That?")
        };
        assert_eq!(
            article.cite(Style::Chicago),
            "Blum, Dani. “Are Flax Seeds All That?” New York Times, December 13, 2023. \
             https://www.nytimes.com/2023/12/13/well/eat/flax-seeds-benefits.html.",
        );
    }

    /// https://apastyle.apa.org/style-grammar-guidelines/references/examples/journal-article-references
    #[test]
    fn a_journal_article_is_as_apa_shows_it() {
        let article = Reference {
            authors: vec![
                person("S. M. Grady", "Grady"),
                person("R. Tamborini", "Tamborini"),
                person("A. Eden", "Eden"),
            ],
            container: Some("Media Psychology".to_owned()),
            volume: Some("25".to_owned()),
            issue: Some("1".to_owned()),
            pages: Some("1-25".to_owned()),
            doi: Some("10.1080/15213269.2021.1930060".to_owned()),
            issued: "2022".parse().ok(),
            ..reference(Kind::JournalArticle, "The social factors and functions of media use")
        };
        assert_eq!(
            article.cite(Style::Apa),
            "Grady, S. M., Tamborini, R., & Eden, A. (2022). The social factors and functions of \
             media use. Media Psychology, 25(1), 1–25. https://doi.org/10.1080/15213269.2021.1930060",
        );
        assert!(
            article
                .cite(Style::BibTex)
                .contains("author = {Grady, S. M. and Tamborini, R. and Eden, A.}")
        );
    }

    /// Date fields of RIS: https://en.wikipedia.org/wiki/RIS_(file_format).
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
    fn characters_special_in_latex_survive_bibtex() {
        use biblatex::{Bibliography, ChunksExt};
        let title = r#"ASEAN & "friends" {meet}: 50% $more #1 _x_"#;
        let bibtex = reference(Kind::WebPage, title).cite(Style::BibTex);
        let parsed = Bibliography::parse(&bibtex).expect("it is BibTeX");
        let entry = parsed.get("key").expect("the entry is there");
        assert_eq!(entry.title().expect("it has a title").format_verbatim(), title);
    }

    #[test]
    fn a_reference_that_knows_only_its_title_is_still_one() {
        let page = reference(Kind::WebPage, "A page");
        assert_eq!(page.cite(Style::Apa), "A page. (n.d.).");
        assert_eq!(page.cite(Style::Chicago), "“A Page.”");
    }
}
