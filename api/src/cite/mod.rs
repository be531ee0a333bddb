//! References to sources and to the knowledge base: in the formats of reference managers, and
//! formatted in citation styles by the Citation Style Language (CSL 1.0.2).

mod bibtex;
mod csl;
mod headline;
mod ris;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use entities::{
    Author, AuthorKind, EdtfDate,
    record::RecordKind,
    source::{self, SourceKind},
};
use sea_orm::ActiveEnum;

use crate::{
    heap_size::heap_size,
    store::dataset::{self, Summary},
};

/// The format or citation style of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    BibTex,
    BibLatex,
    Ris,
    CslJson,
    Apa,
    Chicago,
}

/// Bibliographic data of a source, a record or the dataset.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Citation key in reference managers, such as a slug.
    pub key: String,
    pub kind: Kind,
    pub title: String,
    /// The kind and the slug of a record, which follow its title in brackets. Their case is never
    /// changed.
    pub identifier: Option<String>,
    pub authors: Vec<Author>,
    /// The journal, newspaper, website or series that contains it.
    pub container: Option<String>,
    /// Who published it, if that is neither an author nor the container.
    pub publisher: Option<String>,
    pub volume: Option<String>,
    /// The issue of the journal, or the number in the series.
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
        key title identifier authors container publisher volume issue pages doi language issued
        accessed version url
    }
}

/// The kind of publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    WebPage,
    NewspaperArticle,
    /// An article in a numbered periodical.
    JournalArticle,
    /// A paper in a numbered series.
    Report,
    Dataset,
}

fn institution(name: String) -> Author {
    Author { name, kind: AuthorKind::Institution, family: None }
}

/// The family name and the rest of a person's name; `None` for a name that stays in one piece.
fn name_parts(author: &Author) -> Option<(&str, String)> {
    let family = author.family.as_deref()?;
    let given = author.name.replacen(family, "", 1);
    let given = given.split_whitespace().collect::<Vec<_>>().join(" ");
    (!given.is_empty()).then_some((family, given))
}

/// Year, month and day, as precise as the date is known.
fn date_parts(date: &EdtfDate) -> Vec<u32> {
    date.as_str().split('-').filter_map(|part| part.parse().ok()).collect()
}

impl From<&source::Model> for Reference {
    /// The publisher of an official page or a report without authors is its author. For any other
    /// source without a container, the publisher is the container.
    fn from(source: &source::Model) -> Self {
        let is_numbered = source.container.is_some() && source.issue.is_some();
        let kind = match source.kind {
            SourceKind::News => Kind::NewspaperArticle,
            SourceKind::Academic if source.container.is_some() => Kind::JournalArticle,
            SourceKind::ThinkTank if is_numbered => Kind::Report,
            _ if is_numbered => Kind::JournalArticle,
            _ => Kind::WebPage,
        };
        let is_official = matches!(source.kind, SourceKind::Asean | SourceKind::Government);
        let mut authors = source.authors.0.clone();
        let mut container = source.container.clone();
        let mut publisher = source.publisher.clone();
        if authors.is_empty() && (is_official || kind == Kind::Report) {
            authors.extend(publisher.take().map(institution));
        } else if container.is_none() {
            container = publisher.take();
        }
        Self {
            key: source.slug.to_string(),
            kind,
            title: source.title.clone(),
            identifier: None,
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

impl Reference {
    /// A reference to a record of the knowledge base at a revision, with its permanent address.
    pub fn to_record(
        kind: RecordKind,
        slug: &str,
        title: String,
        at: &Summary,
        url: Option<String>,
    ) -> Self {
        Self {
            identifier: Some(format!("{} {slug}", kind.to_value().replace('-', " "))),
            ..Self::to_part(slug.to_owned(), title, at, url)
        }
    }

    /// A reference to the whole dataset at a revision, with its permanent address. It has no
    /// author: that would repeat the title.
    pub fn to_dataset(at: &Summary, url: Option<String>) -> Self {
        Self {
            authors: Vec::new(),
            ..Self::to_part("adkb".to_owned(), dataset::NAME.to_owned(), at, url)
        }
    }

    /// A reference to a comparison of parties or groups at a revision, with its permanent address.
    pub fn to_comparison(title: String, at: &Summary, url: Option<String>) -> Self {
        let lowercase = title.to_lowercase();
        let words = lowercase.split(|c: char| !c.is_ascii_alphanumeric());
        let words = words.filter(|word| !word.is_empty()).collect::<Vec<_>>();
        let key = [&["adkb", "comparison"], words.as_slice()].concat().join("-");
        Self::to_part(key, title, at, url)
    }

    /// A reference to a part of the knowledge base, which is its author.
    fn to_part(key: String, title: String, at: &Summary, url: Option<String>) -> Self {
        let revision = format!("revision {}", at.revision);
        let version = match &at.version {
            Some(version) => format!("{version}, {revision}"),
            None => revision,
        };
        Self {
            key,
            kind: Kind::Dataset,
            title,
            identifier: None,
            authors: vec![institution(dataset::NAME.to_owned())],
            container: None,
            publisher: None,
            volume: None,
            issue: None,
            pages: None,
            doi: None,
            language: None,
            issued: Some(at.updated_at.date_naive().into()),
            accessed: None,
            version: Some(version),
            url,
        }
    }

    /// Formats the reference in a style.
    pub fn cite(&self, style: Style) -> String {
        match style {
            Style::BibTex => self.bibtex(),
            Style::BibLatex => self.biblatex(),
            Style::Ris => self.ris(),
            Style::CslJson => self.csl_json(),
            Style::Apa => self.apa(),
            Style::Chicago => self.chicago(),
        }
    }

    /// Who published it. A report without a publisher is published by the institution that wrote it.
    fn publisher(&self) -> Option<&str> {
        let is_institution = |author: &&Author| author.kind == AuthorKind::Institution;
        let author = match self.kind {
            Kind::Report => self.authors.iter().find(is_institution),
            _ => None,
        };
        self.publisher.as_deref().or(author.map(|author| author.name.as_str()))
    }

    /// The title with the identifier of a record.
    fn full_title(&self) -> String {
        match &self.identifier {
            Some(identifier) => format!("{} [{identifier}]", self.title),
            None => self.title.clone(),
        }
    }
}
