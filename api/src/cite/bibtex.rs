//! BibTeX, for the classic styles (`plain`, `abbrv`, natbib's), and BibLaTeX.

use std::fmt::Write;

use entities::EdtfDate;

use super::{Kind, Reference, date_parts, name_parts};

/// The macros that BibTeX styles define for the months.
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// An entry of a bibliography file.
struct Entry(String);

impl Entry {
    fn new(kind: &str, key: &str) -> Self {
        Self(format!("@{kind}{{{key},\n"))
    }

    /// Adds a field with a value in BibTeX's syntax, if there is one.
    fn raw(&mut self, field: &str, value: Option<String>) {
        if let Some(value) = value {
            writeln!(self.0, "  {field} = {value},").expect("writing to a String does not fail");
        }
    }

    fn text(&mut self, field: &str, text: Option<&str>) {
        self.raw(field, text.map(|text| format!("{{{}}}", escape(text))));
    }

    /// Adds a field whose capitals and words BibTeX must keep: a title or the name of an
    /// institution.
    fn protected(&mut self, field: &str, text: Option<&str>) {
        self.raw(field, text.map(|text| format!("{{{{{}}}}}", escape(text))));
    }

    /// Adds a field that BibLaTeX and `\doi` read verbatim.
    fn verbatim(&mut self, field: &str, text: Option<&str>) {
        self.raw(field, text.map(|text| format!("{{{}}}", verbatim(text))));
    }

    fn finish(self) -> String {
        self.0 + "}"
    }
}

/// Escapes the special characters of LaTeX. Other characters stay as UTF-8.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' => escaped.extend(['\\', c]),
            '\\' => escaped.push_str("\\textbackslash{}"),
            // Braces must be balanced even if they are escaped.
            '{' => escaped.push_str("\\textbraceleft{}"),
            '}' => escaped.push_str("\\textbraceright{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// A web address or DOI for a verbatim field or for `\url`, where nothing can be escaped.
fn verbatim(text: &str) -> String {
    text.replace('{', "%7B").replace('}', "%7D").replace('\\', "%5C")
}

impl Kind {
    fn bibtex(self) -> &'static str {
        match self {
            Self::WebPage | Self::Dataset => "misc",
            Self::NewspaperArticle | Self::JournalArticle => "article",
            Self::Report => "techreport",
        }
    }

    fn biblatex(self) -> &'static str {
        match self {
            Self::WebPage => "online",
            Self::NewspaperArticle | Self::JournalArticle => "article",
            Self::Report => "report",
            Self::Dataset => "dataset",
        }
    }
}

impl Reference {
    /// An entry for the classic styles. They print an address only in a field for free text.
    pub(super) fn bibtex(&self) -> String {
        let mut entry = Entry::new(self.kind.bibtex(), &self.key);
        self.authors_and_title(&mut entry);
        if self.authors.is_empty() {
            // Styles sort and label by the key if there is no author.
            entry.text("key", self.container.as_deref().or(Some(&self.title)));
        }
        let address = self.url.as_deref().map(|url| format!("\\url{{{}}}", verbatim(url)));
        match self.kind {
            Kind::WebPage | Kind::Dataset => {
                let names = [&self.container, &self.publisher].into_iter().flatten();
                let places = names.map(|name| escape(name)).chain(address).collect::<Vec<_>>();
                let places = (!places.is_empty()).then(|| format!("{{{}}}", places.join(", ")));
                entry.raw("howpublished", places);
                let version = self.version.as_ref().map(|version| format!("Version {version}"));
                entry.text("note", version.as_deref());
            }
            Kind::NewspaperArticle | Kind::JournalArticle => {
                entry.text("journal", self.container.as_deref());
                entry.text("volume", self.volume.as_deref());
                entry.text("number", self.issue.as_deref());
                entry.text("pages", self.page_range().as_deref());
                entry.raw("note", address.map(|address| format!("{{{address}}}")));
            }
            Kind::Report => {
                entry.text("institution", self.publisher());
                entry.text("type", self.container.as_deref());
                entry.text("number", self.issue.as_deref());
                entry.raw("note", address.map(|address| format!("{{{address}}}")));
            }
        }
        entry.verbatim("doi", self.doi.as_deref());
        let parts = self.issued.as_ref().map(date_parts).unwrap_or_default();
        // Articles and reports must have a year.
        let year = parts.first().map_or_else(|| "n.d.".to_owned(), |year| format!("{year:04}"));
        entry.text("year", Some(&year));
        let month = parts.get(1).and_then(|month| MONTHS.get(*month as usize - 1));
        entry.raw(
            "month",
            month.map(|month| match parts.get(2) {
                Some(day) => format!("{month} # {{~{day}}}"),
                None => (*month).to_owned(),
            }),
        );
        entry.finish()
    }

    pub(super) fn biblatex(&self) -> String {
        let mut entry = Entry::new(self.kind.biblatex(), &self.key);
        self.authors_and_title(&mut entry);
        let (container, publisher) = match self.kind {
            Kind::WebPage | Kind::Dataset => ("organization", "publisher"),
            Kind::NewspaperArticle | Kind::JournalArticle => ("journaltitle", "publisher"),
            Kind::Report => ("type", "institution"),
        };
        entry.protected(container, self.container.as_deref());
        entry.protected(publisher, self.publisher());
        entry.text("volume", self.volume.as_deref());
        entry.text("number", self.issue.as_deref());
        entry.text("pages", self.page_range().as_deref());
        entry.text("version", self.version.as_deref());
        entry.text("date", self.issued.as_ref().map(EdtfDate::as_str));
        entry.text("langid", self.language.as_deref());
        entry.verbatim("doi", self.doi.as_deref());
        entry.verbatim("url", self.url.as_deref());
        entry.text("urldate", self.accessed.as_ref().map(EdtfDate::as_str));
        entry.finish()
    }

    fn authors_and_title(&self, entry: &mut Entry) {
        let names = self.authors.iter().map(|author| match name_parts(author) {
            Some((family, given)) => escape(&format!("{family}, {given}")),
            // BibTeX keeps a name in braces whole.
            None => format!("{{{}}}", escape(&author.name)),
        });
        let names = names.collect::<Vec<_>>();
        entry.raw("author", (!names.is_empty()).then(|| format!("{{{}}}", names.join(" and "))));
        entry.protected("title", Some(&self.full_title()));
    }

    /// The pages with BibTeX's mark of a range.
    fn page_range(&self) -> Option<String> {
        let pages = self.pages.as_deref()?;
        Some(pages.replace("--", "-").replace(['-', '–'], "--"))
    }
}
