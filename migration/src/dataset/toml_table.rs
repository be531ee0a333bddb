//! Reads a TOML table key by key, and collects all problems instead of stopping at the first.

use std::{ops::Range, str::FromStr};

use entities::{EdtfDate, record::RecordKind};
use sea_orm::{ActiveEnum, Iterable};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{
    problem::{Problem, SourceFile},
    record::{Citation, Period},
};

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
    pub remarks: Vec<Problem>,
    pub references: Vec<Reference>,
}

/// One table of a dataset file. Reading a key removes it from the table; the keys that remain at the end are
/// unknown.
pub(super) struct TableReader<'a, 'i> {
    pub place: Location,
    table: DeTable<'i>,
    asked: Vec<&'static str>,
    findings: &'a mut Diagnostics,
}

type Taken<'i> = (DeValue<'i>, Location);

impl<'a, 'i> TableReader<'a, 'i> {
    pub(super) fn new(table: DeTable<'i>, place: Location, findings: &'a mut Diagnostics) -> Self {
        Self { place, table, asked: Vec::new(), findings }
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

    fn missing<T>(&mut self, key: &'static str, value: Option<T>, had: bool) -> Option<T> {
        if value.is_none() && !had {
            let problem = self.place.problem(
                format!("`{key}` is missing"),
                format!("add a line `{key} = …` to this record"),
            );
            self.report(problem);
        }
        value
    }

    fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn expected<T>(
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
        self.findings.remarks.push(place.problem(
            format!("`{key}` is not in Unicode NFC; it is stored in NFC"),
            "save the file in NFC",
        ));
        text.nfc().collect()
    }

    pub(super) fn required_text(&mut self, key: &'static str) -> Option<String> {
        let had = self.has(key);
        let value = self.text(key);
        self.missing(key, value, had)
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

    pub(super) fn required_parsed<T>(&mut self, key: &'static str) -> Option<(T, Location)>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let had = self.has(key);
        let value = self.parsed(key);
        self.missing(key, value, had)
    }

    /// The slug or code of the record itself. An invalid one is reported, but still returned, so
    /// that references to it are not reported too.
    pub(super) fn name<T>(&mut self, key: &'static str) -> Option<(String, Location)>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let written = match self.table.get(key).map(|value| (value.get_ref(), value.span())) {
            Some((DeValue::String(text), span)) => {
                Some((text.to_string(), Location { file: self.place.file.clone(), span }))
            }
            _ => None,
        };
        self.required_parsed::<T>(key);
        written
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

    pub(super) fn required_choice<T>(&mut self, key: &'static str) -> Option<T>
    where
        T: ActiveEnum<Value = String> + Iterable,
    {
        let had = self.has(key);
        let value = self.choice(key);
        self.missing(key, value, had)
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

    pub(super) fn required_integer(&mut self, key: &'static str, least: i32) -> Option<i32> {
        let had = self.has(key);
        let value = self.integer(key, least);
        self.missing(key, value, had)
    }

    pub(super) fn required_number(&mut self, key: &'static str) -> Option<f64> {
        let had = self.has(key);
        let value = self.take(key).and_then(|(value, place)| {
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
        });
        self.missing(key, value, had)
    }

    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        match self.take(key) {
            None => false,
            Some((DeValue::Boolean(flag), _)) => flag,
            Some((value, place)) => {
                self.expected(&place, key, "true or false, without quotes", &value).unwrap_or(false)
            }
        }
    }

    fn list(&mut self, key: &'static str) -> Vec<Taken<'i>> {
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

    pub(super) fn required_reference(
        &mut self,
        key: &'static str,
        kinds: &'static [RecordKind],
    ) -> Option<String> {
        let had = self.has(key);
        let value = self.reference(key, kinds);
        self.missing(key, value, had)
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

    /// `start` and `end`. An end before the start is reported.
    pub(super) fn period(&mut self) -> Period {
        let start = self.date("start");
        let end = self.parsed::<EdtfDate>("end");
        if let (Some(start), Some((end, place))) = (&start, &end)
            && end.last_day() < start.first_day()
        {
            self.report(place.problem(
                format!("the end, {end}, is before the start, {start}"),
                "correct one of the two",
            ));
        }
        Period { start, end: end.map(|(end, _)| end) }
    }

    /// A period with a required start.
    pub(super) fn required_period(&mut self) -> Option<Period> {
        let had = self.has("start");
        let period = self.period();
        let start = period.start.clone();
        self.missing("start", start, had)?;
        Some(period)
    }

    pub(super) fn citations(&mut self, required: bool) -> Vec<Citation> {
        let had = self.has("citations");
        let mut citations: Vec<Citation> = Vec::new();
        for (value, place) in self.list("citations") {
            let DeValue::Table(table) = value else {
                let help = r#"a table: { source = "…", locator = "…" }"#;
                self.expected::<()>(&place, "citations", help, &value);
                continue;
            };
            let mut entry = TableReader::new(table, place.clone(), self.findings);
            let source = entry.required_reference("source", &[RecordKind::Source]);
            let locator = entry.text("locator");
            entry.finish();
            let Some(source) = source else { continue };
            let citation = Citation { source, locator };
            if citations.contains(&citation) {
                self.report(place.problem(
                    format!("`{}` is cited twice with the same locator", citation.source),
                    "remove one of the two",
                ));
            } else {
                citations.push(citation);
            }
        }
        if required && citations.is_empty() {
            let message = if had { "`citations` names no source" } else { "there is no citation" };
            let problem = self.place.problem(
                message,
                r#"no fact without a source: add `citations = [{ source = "slug of the source" }]`"#,
            );
            self.report(problem);
        }
        citations
    }

    /// A nested table.
    pub(super) fn table(&mut self, key: &'static str) -> Option<TableReader<'_, 'i>> {
        let (value, place) = self.take(key)?;
        match value {
            DeValue::Table(table) => Some(TableReader::new(table, place, self.findings)),
            value => self.expected(&place, key, "a table in curly brackets", &value),
        }
    }

    /// Reads each table of an array of tables: `[[…]]`.
    pub(super) fn each_table(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut TableReader<'_, 'i>),
    ) {
        for (value, place) in self.list(key) {
            match value {
                DeValue::Table(table) => {
                    let mut entry = TableReader::new(table, place, self.findings);
                    read(&mut entry);
                    entry.finish();
                }
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
