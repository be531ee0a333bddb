//! CSL-JSON, and the styles of APA and Chicago, formatted by hayagriva.

use std::sync::LazyLock;

use hayagriva::{
    BibliographyDriver, BibliographyRequest, BufWriteFormat, CitationItem, CitationRequest,
    archive::{self, ArchivedStyle},
    citationberg::{
        ChooseMatch, DatePartName, IndependentStyle, LayoutRenderingElement as Element, Locale,
        Style as AnyStyle,
        json::Item,
        taxonomy::{DateVariable, Kind as CslKind},
    },
};
use serde_json::{Value, json};

use super::{Kind, Reference, date_parts, headline::headline, name_parts};

impl Kind {
    fn csl(self) -> &'static str {
        match self {
            Self::WebPage => "webpage",
            Self::NewspaperArticle => "article-newspaper",
            Self::JournalArticle => "article-journal",
            Self::Report => "report",
            Self::Dataset => "dataset",
        }
    }
}

impl Reference {
    pub(super) fn csl_json(&self) -> String {
        let mut item = self.item();
        if let Some(identifier) = &self.identifier {
            let title = format!("{} <span class=\"nocase\">[{identifier}]</span>", self.title);
            item["title"] = Value::String(title);
        }
        Value::Array(vec![item]).to_string()
    }

    pub(super) fn apa(&self) -> String {
        let mut item = self.item();
        // A publisher that is the author is omitted.
        if self.publisher.is_none() {
            remove(&mut item, "publisher");
        }
        if self.kind == Kind::Dataset {
            item["genre"] = json!("Data set");
            // Without an author, the title comes first. Then hayagriva omits the version, and the
            // style prints the description after the date. A report has neither.
            if let (Some(version), true) = (&self.version, self.authors.is_empty()) {
                let title = format!("{} (Version {version}) [Data set]", self.full_title());
                item["title"] = Value::String(title);
                item["type"] = json!("report");
                remove(&mut item, "version");
                remove(&mut item, "genre");
            }
        }
        format(item, &APA)
    }

    pub(super) fn chicago(&self) -> String {
        let mut item = self.item();
        let mut title = self.full_title();
        if self.language.as_ref().is_some_and(|tag| tag.split('-').next() == Some("en")) {
            title = headline(&title);
        }
        // The style puts titles in quotation marks, except those of reports.
        if self.kind != Kind::Report {
            title = curly_quotes(&title, ['‘', '’']);
        }
        item["title"] = Value::String(title);
        // A name that begins with the family name is not inverted, so it has no comma.
        for (place, author) in self.authors.iter().enumerate() {
            if author.family.as_ref().is_some_and(|family| author.name.starts_with(family)) {
                item["author"][place] = json!({ "literal": author.name });
            }
        }
        format(item, &CHICAGO)
    }

    fn item(&self) -> Value {
        let mut item =
            json!({ "id": self.key, "type": self.kind.csl(), "title": self.full_title() });
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                item[name] = value;
            }
        };
        let text = |text: &Option<String>| text.clone().map(Value::String);
        let date = |date| Some(json!({ "date-parts": [date_parts(date)] }));
        let author = |author| match name_parts(author) {
            Some((family, given)) => json!({ "family": family, "given": given }),
            None => json!({ "literal": author.name }),
        };
        if !self.authors.is_empty() {
            set("author", Some(self.authors.iter().map(author).collect()));
        }
        let (container, issue) = match self.kind {
            Kind::Report => ("collection-title", "collection-number"),
            _ => ("container-title", "issue"),
        };
        set(container, text(&self.container));
        set(issue, text(&self.issue));
        set("publisher", self.publisher().map(Value::from));
        set("volume", text(&self.volume));
        set("page", text(&self.pages));
        set("language", text(&self.language));
        set("issued", self.issued.as_ref().and_then(date));
        set("accessed", self.accessed.as_ref().and_then(date));
        set("version", text(&self.version));
        set("DOI", text(&self.doi));
        set("URL", text(&self.url));
        item
    }
}

/// An invisible character that keeps two marks apart while an item is formatted.
const SEPARATOR: char = '\u{2060}';

/// Formats an item in a style.
fn format(mut item: Value, style: &IndependentStyle) -> String {
    // The names and titles keep their capitals: hayagriva's title case changes BenarNews and
    // ASEAN+3. It applies to texts in English only.
    item["language"] = json!("und");
    // hayagriva takes a number such as 2024-08(S) apart, and omits a parenthesis after another.
    if let (Some(series), Some(number)) =
        (item["collection-title"].as_str(), item["collection-number"].as_str())
    {
        item["collection-title"] = Value::String(format!("{series} {number}{SEPARATOR}"));
        remove(&mut item, "collection-number");
    }
    for name in ["title", "author", "container-title", "collection-title", "publisher"] {
        if let Some(value) = item.get_mut(name) {
            for_each_text(value, &|text| *text = curly_quotes(text, ['“', '”']));
        }
    }
    let item: Item = serde_json::from_value(item).expect("the item is CSL-JSON");
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
    tidy_marks(&text.trim().replace(SEPARATOR, ""))
}

fn remove(item: &mut Value, variable: &str) {
    item.as_object_mut().expect("an item is an object").remove(variable);
}

fn for_each_text(value: &mut Value, change: &impl Fn(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(values) => values.iter_mut().for_each(|value| for_each_text(value, change)),
        Value::Object(fields) => fields.values_mut().for_each(|value| for_each_text(value, change)),
        _ => {}
    }
}

/// Replaces straight quotation marks and apostrophes by curly ones, and double quotation marks by
/// the given pair. CSL requires this, but the processor does not do it.
fn curly_quotes(text: &str, [open, close]: [char; 2]) -> String {
    let mut opens = true;
    let curly = |c: char| match c {
        '„' => open,
        '"' | '“' | '”' if opens => open,
        '"' | '“' | '”' => close,
        '\'' if opens => '‘',
        '\'' => '’',
        _ => {
            opens = c.is_whitespace() || matches!(c, '(' | '[' | '-' | '–' | '—' | '/');
            c
        }
    };
    text.chars().map(curly).collect()
}

/// Moves a full stop inside the marks of a quotation that ends a title, and removes one after
/// another mark. CSL requires this, but the processor does not do it.
fn tidy_marks(text: &str) -> String {
    let mut text = text.to_owned();
    if text.contains('‘') {
        text = text.replace("’.”", ".’”");
    }
    for mark in ['.', '?', '!', '？', '！', '。'] {
        for behind in [" ", "”", "’"] {
            text = text.replace(&format!("{mark}.{behind}"), &format!("{mark}{behind}"));
        }
    }
    text
}

static APA: LazyLock<IndependentStyle> = LazyLock::new(|| {
    let mut style = independent(ArchivedStyle::AmericanPsychologicalAssociation);
    // hayagriva prints the delimiter before the month of a date that has none, so the delimiter
    // becomes a prefix of the month.
    edit_macro(&mut style, "date", &mut |element| {
        if let Element::Group(group) = element {
            group.delimiter.take_if(|delimiter| delimiter == ", ");
        }
    });
    edit_macro(&mut style, "date-issued-month-day", &mut |element| {
        if let Element::Date(date) = element {
            for part in date.date_part.iter_mut().filter(|part| part.name == DatePartName::Month) {
                part.affixes.prefix = Some(", ".to_owned());
            }
        }
    });
    // The style prints `Retrieved` also where no date of access follows, so the word becomes a
    // prefix of that date.
    edit_macro(&mut style, "source-DOI-URL", &mut |element| match element {
        Element::Choose(choose) if choose.if_.match_ == ChooseMatch::None => {
            choose.if_.children.retain(|child| !matches!(child, Element::Text(_)));
        }
        Element::Date(date) if date.variable == Some(DateVariable::Accessed) => {
            date.affixes.prefix = Some("Retrieved ".to_owned());
        }
        _ => {}
    });
    style
});

static CHICAGO: LazyLock<IndependentStyle> = LazyLock::new(|| {
    let mut style = independent(ArchivedStyle::ChicagoNotes);
    // A newspaper that stands in the place of the author counts as empty in hayagriva, and the
    // style quotes the titles of articles only where they have a container.
    edit_macro(&mut style, "title-primary", &mut |element| {
        if let Element::Choose(choose) = element {
            let kinds = choose.else_if.iter_mut().filter_map(|branch| branch.type_.as_mut());
            for kinds in kinds.filter(|kinds| kinds.contains(&CslKind::Webpage)) {
                kinds.push(CslKind::ArticleNewspaper);
            }
        }
    });
    // Names of publishers keep their case.
    edit_macro(&mut style, "source-publication-publisher-bib", &mut |element| {
        if let Element::Text(text) = element {
            text.text_case = None;
        }
    });
    style
});

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

/// Applies an edit to each element of a macro.
fn edit_macro(style: &mut IndependentStyle, name: &str, edit: &mut dyn FnMut(&mut Element)) {
    let found = style.macros.iter_mut().find(|found| found.name == name);
    edit_all(&mut found.expect("the style has the macro").children, edit);
}

fn edit_all(elements: &mut [Element], edit: &mut dyn FnMut(&mut Element)) {
    for element in elements {
        edit(element);
        match element {
            Element::Group(group) => edit_all(&mut group.children, edit),
            Element::Choose(choose) => {
                edit_all(&mut choose.if_.children, edit);
                choose.else_if.iter_mut().for_each(|branch| edit_all(&mut branch.children, edit));
                choose.otherwise.iter_mut().for_each(|branch| edit_all(&mut branch.children, edit));
            }
            _ => {}
        }
    }
}
