//! Reads a TOML table key by key, and collects all problems instead of stopping at the first.

use std::{ops::Range, str::FromStr};

use entities::{EdtfDate, record::RecordKind};
use sea_orm::{ActiveEnum, Iterable};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::problem::{Problem, SourceFile};

/// A reference to another record, by its slug or party code. Checked after all files are read.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub place: Location,
    pub key: &'static str,
    pub target: String,
    pub kinds: &'static [RecordKind],
}

/// A position in a file.
#[derive(Clone, Debug)]
pub(super) struct Location {
    pub file: SourceFile,
    pub span: Range<usize>,
}

impl Location {
    pub(super) fn problem(&self, message: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem {
            file: self.file.clone(),
            span: Some(self.span.clone()),
            message: message.into(),
            help: help.into(),
        }
    }
}

/// What parsing collects in addition to the records.
#[derive(Default)]
pub(super) struct Diagnostics {
    pub problems: Vec<Problem>,
    /// Warnings about values that are accepted but stored in another form.
    pub warnings: Vec<Problem>,
    pub references: Vec<Reference>,
}

/// One table of a dataset file. Reading a key removes it from the table; the keys that remain at the end are
/// unknown.
pub(super) struct TableReader<'a, 'i> {
    pub place: Location,
    /// The slug or code of the record, and its position, once it is read.
    pub name: Option<(String, Location)>,
    table: DeTable<'i>,
    asked: Vec<&'static str>,
    findings: &'a mut Diagnostics,
}

type Taken<'i> = (DeValue<'i>, Location);

impl<'a, 'i> TableReader<'a, 'i> {
    pub(super) fn new(table: DeTable<'i>, place: Location, findings: &'a mut Diagnostics) -> Self {
        Self { place, name: None, table, asked: Vec::new(), findings }
    }

    pub(super) fn report(&mut self, problem: Problem) {
        self.findings.problems.push(problem);
    }

    fn take(&mut self, key: &'static str) -> Option<Taken<'i>> {
        self.asked.push(key);
        let value = self.table.remove(key)?;
        let place = Location { file: self.place.file.clone(), span: value.span() };
        Some((value.into_inner(), place))
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub(super) fn expected<T>(
        &mut self,
        place: &Location,
        key: &str,
        what: &str,
        value: &DeValue<'_>,
    ) -> Option<T> {
        self.report(place.problem(
            format!("`{key}` is {} {}", article(value.type_str()), value.type_str()),
            format!("write {what}"),
        ));
        None
    }

    fn string(&mut self, key: &str, value: DeValue<'i>, place: &Location) -> Option<String> {
        let DeValue::String(text) = value else {
            return self.expected(place, key, "a string in quotes", &value);
        };
        if text.trim().is_empty() {
            self.report(place.problem(
                format!("`{key}` is empty"),
                "write a string, or omit the key if the value is unknown",
            ));
            return None;
        }
        if text.trim() != text {
            self.report(place.problem(
                format!("`{key}` begins or ends with whitespace"),
                "remove the whitespace",
            ));
        }
        Some(text.into_owned())
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let (value, place) = self.take(key)?;
        let text = self.string(key, value, &place)?;
        Some(self.composed(key, text, &place))
    }

    /// Normalises a string to Unicode NFC, because filters compare strings in NFC.
    fn composed(&mut self, key: &str, text: String, place: &Location) -> String {
        if is_nfc(&text) {
            return text;
        }
        self.findings.warnings.push(place.problem(
            format!("`{key}` is not in Unicode NFC; it is stored in NFC"),
            "save the file in NFC",
        ));
        text.nfc().collect()
    }

    /// Reports a missing key. `read` reads its value.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Self, &'static str) -> Option<T>,
    ) -> Option<T> {
        let had = self.has(key);
        let value = read(self, key);
        if value.is_none() && !had {
            let problem = self.place.problem(
                format!("`{key}` is missing"),
                format!("add a line `{key} = …` to this record"),
            );
            self.report(problem);
        }
        value
    }

    /// A string, parsed as `T`. The part of `T`'s error after `: ` becomes the help.
    pub(super) fn parsed<T>(&mut self, key: &'static str) -> Option<(T, Location)>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let (value, place) = self.take(key)?;
        let text = self.string(key, value, &place)?;
        match text.parse() {
            Ok(parsed) => Some((parsed, place)),
            Err(error) => {
                let error = T::Err::to_string(&error);
                let (message, help) = error.split_once(": ").unwrap_or((&error, "correct it"));
                self.report(place.problem(message, help));
                None
            }
        }
    }

    /// Reads the slug or code of the record itself into `name`. An invalid one is reported, but still
    /// kept, so that references to it are not reported too.
    pub(super) fn name<T>(&mut self, key: &'static str)
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        self.name = match self.table.get(key).map(|value| (value.get_ref(), value.span())) {
            Some((DeValue::String(text), span)) => {
                Some((text.to_string(), Location { file: self.place.file.clone(), span }))
            }
            _ => None,
        };
        self.required(key, Self::parsed::<T>);
    }

    /// A value of an enum.
    pub(super) fn choice<T>(&mut self, key: &'static str) -> Option<T>
    where
        T: ActiveEnum<Value = String> + Iterable,
    {
        let (value, place) = self.take(key)?;
        let text = self.string(key, value, &place)?;
        T::try_from_value(&text).ok().or_else(|| {
            let values: Vec<String> = T::iter().map(|value| value.to_value()).collect();
            let help = match closest(&text, values.iter().map(String::as_str)) {
                Some(near) => {
                    format!("did you mean `{near}`? The values are {}", values.join(", "))
                }
                None => format!("the values are {}", values.join(", ")),
            };
            self.report(place.problem(format!("`{text}` is not a valid {key}"), help));
            None
        })
    }

    pub(super) fn integer(&mut self, key: &'static str, least: i32) -> Option<i32> {
        let (value, place) = self.take(key)?;
        let DeValue::Integer(integer) = &value else {
            return self.expected(&place, key, "a whole number without quotes", &value);
        };
        let number = i32::from_str_radix(&integer.as_str().replace('_', ""), integer.radix());
        match number {
            Ok(number) if number >= least => Some(number),
            _ => {
                self.report(place.problem(
                    format!("`{key}` is {}", integer.as_str()),
                    format!("write a whole number from {least} to {}", i32::MAX),
                ));
                None
            }
        }
    }

    pub(super) fn number(&mut self, key: &'static str) -> Option<f64> {
        let (value, place) = self.take(key)?;
        let number = match &value {
            DeValue::Integer(integer) => integer.as_str().replace('_', "").parse::<f64>().ok(),
            DeValue::Float(float) => float.as_str().replace('_', "").parse::<f64>().ok(),
            _ => return self.expected(&place, key, "a number without quotes", &value),
        };
        let number = number.filter(|number| number.is_finite());
        if number.is_none() {
            self.report(place.problem(
                format!("`{key}` is not a finite number"),
                "write a decimal number, for example 12 or 8.5",
            ));
        }
        number
    }

    pub(super) fn list(&mut self, key: &'static str) -> Vec<Taken<'i>> {
        match self.take(key) {
            None => Vec::new(),
            Some((DeValue::Array(items), place)) => items
                .into_iter()
                .map(|item| {
                    let place = Location { file: place.file.clone(), span: item.span() };
                    (item.into_inner(), place)
                })
                .collect(),
            Some((value, place)) => {
                self.expected(&place, key, "a list in square brackets", &value).unwrap_or_default()
            }
        }
    }

    /// A list of strings. Duplicates are reported.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        self.texts_with_places(key).into_iter().map(|(text, _)| text).collect()
    }

    pub(super) fn texts_with_places(&mut self, key: &'static str) -> Vec<(String, Location)> {
        let mut texts: Vec<(String, Location)> = Vec::new();
        for (value, place) in self.list(key) {
            let Some(text) = self.string(key, value, &place) else { continue };
            let text = self.composed(key, text, &place);
            if texts.iter().any(|(seen, _)| *seen == text) {
                self.report(
                    place.problem(format!("`{text}` is in `{key}` twice"), "remove one of the two"),
                );
            } else {
                texts.push((text, place));
            }
        }
        texts
    }

    fn refer(
        &mut self,
        key: &'static str,
        target: &str,
        place: Location,
        kinds: &'static [RecordKind],
    ) {
        let target = target.to_owned();
        self.findings.references.push(Reference { place, key, target, kinds });
    }

    /// The slug of another record, or the code of a party.
    pub(super) fn reference(
        &mut self,
        key: &'static str,
        kinds: &'static [RecordKind],
    ) -> Option<String> {
        let (value, place) = self.take(key)?;
        let target = self.string(key, value, &place)?;
        self.refer(key, &target, place, kinds);
        Some(target)
    }

    pub(super) fn references(
        &mut self,
        key: &'static str,
        kinds: &'static [RecordKind],
    ) -> Vec<String> {
        let targets = self.texts_with_places(key);
        for (target, place) in &targets {
            self.refer(key, target, place.clone(), kinds);
        }
        targets.into_iter().map(|(target, _)| target).collect()
    }

    pub(super) fn date(&mut self, key: &'static str) -> Option<EdtfDate> {
        self.parsed(key).map(|(date, _)| date)
    }

    /// Reads a table within this one; all its keys must be known.
    pub(super) fn nested<T>(
        &mut self,
        table: DeTable<'i>,
        place: Location,
        read: impl FnOnce(&mut TableReader<'_, 'i>) -> T,
    ) -> T {
        let mut entry = TableReader::new(table, place, self.findings);
        let value = read(&mut entry);
        entry.finish();
        value
    }

    /// A nested table.
    pub(super) fn table<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut TableReader<'_, 'i>) -> Option<T>,
    ) -> Option<T> {
        let (value, place) = self.take(key)?;
        match value {
            DeValue::Table(table) => self.nested(table, place, read),
            value => self.expected(&place, key, "a table in curly brackets", &value),
        }
    }

    /// A list of tables in curly brackets.
    pub(super) fn tables<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut TableReader<'_, 'i>) -> Option<T>,
    ) -> Vec<T> {
        let mut items = Vec::new();
        self.each_table(key, |entry| items.extend(read(entry)));
        items
    }

    /// Reads each table of an array of tables: `[[…]]`.
    pub(super) fn each_table(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut TableReader<'_, 'i>),
    ) {
        for (value, place) in self.list(key) {
            match value {
                DeValue::Table(table) => self.nested(table, place, &mut read),
                value => {
                    self.expected::<()>(&place, key, &format!("it as [[{key}]]"), &value);
                }
            }
        }
    }

    /// Reports the remaining keys as unknown.
    pub(super) fn finish(self) {
        for (key, _) in &self.table {
            let place = Location { file: self.place.file.clone(), span: key.span() };
            let name: &str = key.get_ref();
            let help = match closest(name, self.asked.iter().copied()) {
                Some(near) => {
                    format!("did you mean `{near}`? The keys are {}", self.asked.join(", "))
                }
                None => format!("the keys are {}", self.asked.join(", ")),
            };
            self.findings.problems.push(place.problem(format!("unknown key `{name}`"), help));
        }
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// The candidate most similar to a misspelt word, if any is similar enough.
pub(super) fn closest<'c>(
    word: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<&'c str> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.84)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// Parses a TOML document and returns its root; none if it is not valid TOML.
pub(super) fn parse<'i>(
    file: &SourceFile,
    text: &'i str,
    findings: &mut Diagnostics,
) -> Option<Spanned<DeTable<'i>>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let sound = errors.is_empty();
    findings.problems.extend(errors.into_iter().map(|error| Problem {
        file: file.clone(),
        span: error.span(),
        message: error.message().to_owned(),
        help: "correct the TOML; the dataset's README shows the format".to_owned(),
    }));
    sound.then_some(table)
}
