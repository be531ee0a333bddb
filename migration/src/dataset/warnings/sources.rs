//! Warnings about sources.

use std::collections::HashMap;

use entities::{Precision, source::SourceKind};

use super::{Checked, Checks, Warning};
use crate::dataset::record::{Content, Source};

impl<'r> Checks<'r> {
    pub(super) fn source(&mut self, checked: &Checked<'r>, source: &'r Source) {
        let title = &source.title;
        let is_remark = title.starts_with('[') || title.ends_with(']');
        let in_language = title.rsplit_once(" (in ").is_some_and(|(_, rest)| rest.ends_with(')'));
        if is_remark || in_language {
            self.warn(
                checked,
                Warning::TitleRemark,
                "its title has a remark",
                "move the remark to `language` or `note`",
            );
        }
        if let Some(url) = source.url.as_deref()
            && host(url).bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        {
            self.warn(
                checked,
                Warning::BareAddress,
                "its address is a number",
                "write the address with the name of the site",
            );
        }
        let is_academic = source.kind == SourceKind::Academic;
        if is_academic && source.authors.is_empty() && source.container.is_none() {
            self.warn(
                checked,
                Warning::NoAuthor,
                "it is academic and has neither an author nor a container",
                "add `authors`, or the journal or book as `container`",
            );
        }
        if let Some(original) = &source.copy_of
            && self.sources.get(&**original).is_some_and(|source| source.copy_of.is_some())
        {
            self.warn(
                checked,
                Warning::SameSource,
                format!("`{original}`, which it copies, is a copy itself"),
                "write the original in `copy_of`",
            );
        }
    }

    pub(super) fn sources(&mut self) {
        let mut seen: HashMap<String, (&str, &Source)> = HashMap::new();
        for checked in self.records {
            let Content::Source(source) = &checked.record.content else { continue };
            let address = source.url.as_deref().map(|url| ("address", canonical(url)));
            let text =
                source.published.as_ref().filter(|date| date.precision() == Precision::Day).map(
                    |date| ("title and day", format!("{} {date}", source.title.to_lowercase())),
                );
            for (what, key) in address.into_iter().chain(text) {
                let Some((slug, first)) = seen.insert(key, (&checked.record.slug, source)) else {
                    continue;
                };
                let is_told = source.copy_of.as_deref() == Some(slug)
                    || first.copy_of.as_deref() == Some(&checked.record.slug)
                    || (source.copy_of.is_some() && source.copy_of == first.copy_of);
                if !is_told {
                    self.warn(
                        checked,
                        Warning::SameSource,
                        format!("it has the {what} of `{slug}`"),
                        "merge the two and keep the other slug in `former_slugs`, or write `copy_of`",
                    );
                }
            }
        }
    }
}

fn host(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    rest.split(['/', ':', '?']).next().unwrap_or(rest)
}

/// An address without what leads to the same page: the scheme, `www.`, and a slash at the end.
fn canonical(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    rest.trim_end_matches('/').to_owned()
}
