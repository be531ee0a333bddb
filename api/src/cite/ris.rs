//! RIS, as EndNote, Zotero and Mendeley read it: one tag and value per line.

use std::fmt::Write;

use entities::Author;

use super::{Kind, Reference, date_parts, name_parts};

impl Reference {
    pub(super) fn ris(&self) -> String {
        let mut lines = format!("TY  - {}\r\n", self.kind.ris());
        let mut line = |tag: &str, value: Option<&str>| {
            if let Some(value) = value {
                // A value must not contain line breaks.
                let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
                write!(lines, "{tag}  - {value}\r\n").expect("writing to a String does not fail");
            }
        };
        line("ID", Some(&self.key));
        line("TI", Some(&self.full_title()));
        for author in &self.authors {
            line("AU", Some(&ris_name(author)));
        }
        line("T2", self.container.as_deref());
        line("PB", self.publisher());
        line("VL", self.volume.as_deref());
        let number = match self.kind {
            Kind::Report => "SN",
            _ => "IS",
        };
        line(number, self.issue.as_deref());
        if let Some(pages) = &self.pages {
            let (first, last) = match pages.split_once(['-', '–']) {
                Some((first, last)) => (first, Some(last)),
                None => (pages.as_str(), None),
            };
            line("SP", Some(first));
            line("EP", last);
        }
        line("DO", self.doi.as_deref());
        line("LA", self.language.as_deref());
        if let Some(date) = &self.issued {
            let parts = date_parts(date);
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

impl Kind {
    fn ris(self) -> &'static str {
        match self {
            Self::WebPage => "ELEC",
            Self::NewspaperArticle => "NEWS",
            Self::JournalArticle => "JOUR",
            Self::Report => "RPRT",
            Self::Dataset => "DATA",
        }
    }
}

/// A name as `Family, Given`. Everything before the first comma is the family name, so a name that
/// stays in one piece ends with a comma, as EndNote requires for institutions: otherwise EndNote
/// takes the last word for the family name. It must have no other comma, because Zotero and
/// Mendeley split it there: `Ministry of Defence (Singapore),`.
fn ris_name(author: &Author) -> String {
    if let Some((family, given)) = name_parts(author) {
        return format!("{family}, {given}");
    }
    let mut parts = author.name.split(',').map(str::trim).filter(|part| !part.is_empty());
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        write!(name, " ({part})").expect("writing to a String does not fail");
    }
    name + ","
}
