//! Tables as a workbook for spreadsheet programs (Office Open XML, `.xlsx`): a sheet for each
//! table, a dictionary of their columns, and what the knowledge base is.

use std::{
    borrow::Cow,
    io::{self, BufWriter, Write},
};

use chrono::SecondsFormat;
use futures_util::{Stream, TryStreamExt, stream};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};
use sea_orm::Condition;
use serde_json::Value;
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{
    ExportError,
    column::{Field, Type},
    encode::joined,
    package::{LICENCE_TITLE, LICENCE_URL, target},
    spool::blocking,
    table::Exported,
};
use crate::store::{
    ReadError, Store,
    dataset::{LICENCE, NAME, Summary},
};

/// The name of the file with all tables.
pub const WORKBOOK: &str = "adkb.xlsx";
/// The file name extension of a workbook, without a dot.
pub const XLSX: &str = "xlsx";
pub const XLSX_MEDIA_TYPE: &str =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Excel's limit for the rows of a sheet, with its header.
const MAX_ROWS: u32 = 1_048_576;
/// Excel's limit for the string of a cell, in UTF-16 code units.
const MAX_STRING: usize = 32_767;
/// The end of a string that exceeds the limit.
const CUT: &str = "… [cut: a cell holds 32,767 characters]";

/// The widths of columns, in characters.
const MIN_WIDTH: usize = 8;
const MAX_WIDTH: usize = 60;
/// The width of the filter button in a header.
const FILTER_WIDTH: usize = 4;

/// The size of a chunk, in bytes, and how many chunks wait for the reader.
const CHUNK: usize = 1 << 16;
const CHUNKS: usize = 2;

const DICTIONARY: [&str; 7] =
    ["table", "column", "type", "required", "description", "refers to", "allowed values"];

/// The rows of a table that match a filter.
pub struct FilteredTable {
    pub table: &'static dyn Exported,
    pub condition: Condition,
    /// The filter as query parameters; empty if all rows match.
    pub parameters: String,
}

/// Why a workbook can't be written.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    #[error(
        "the table `{table}` has {rows} rows, but a sheet of a workbook holds {MAX_ROWS} with its header: filter the table with parameters, or request /export/{table}.csv"
    )]
    TooManyRows { table: &'static str, rows: i64 },
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A workbook of tables, encoded in chunks. A workbook of one table begins with it; a workbook of
/// several tables begins with the description. Rows wait in temporary files, so that only one page
/// is in memory.
pub async fn workbook(
    tables: Vec<FilteredTable>,
    store: Store,
    summary: Summary,
) -> Result<impl Stream<Item = Result<Vec<u8>, ExportError>> + Send, WorkbookError> {
    for FilteredTable { table, condition, .. } in &tables {
        let rows = table.count(&store, condition.clone()).await?;
        if rows >= i64::from(MAX_ROWS) {
            return Err(WorkbookError::TooManyRows { table: table.name(), rows });
        }
    }
    let filling = async move { fill(&tables, &store, &summary).await.map(pack) };
    Ok(stream::once(filling).try_flatten())
}

/// Writes all sheets of a workbook.
async fn fill(
    tables: &[FilteredTable],
    store: &Store,
    summary: &Summary,
) -> Result<Workbook, ExportError> {
    let mut book = new_book(summary).map_err(io::Error::other)?;
    let mut sheets = Vec::new();
    for FilteredTable { table, condition, .. } in tables {
        let fields = table.fields();
        let header = fields.iter().map(|field| field.name);
        let mut sheet = Sheet::new(&mut book, table.name(), header).map_err(io::Error::other)?;
        let mut after = None;
        loop {
            let page = table.page(store, condition.clone(), after).await?;
            sheet = blocking(move || sheet.with_page(fields, &page.rows)).await?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        sheets.push(sheet);
    }
    let about = about(&mut book, tables, summary).map_err(io::Error::other)?;
    let dictionary = dictionary(&mut book, tables).map_err(io::Error::other)?;
    if tables.len() == 1 {
        sheets.extend([dictionary, about]);
    } else {
        sheets.insert(0, dictionary);
        sheets.insert(0, about);
    }
    for sheet in sheets {
        book.push_worksheet(sheet.finish().map_err(io::Error::other)?);
    }
    Ok(book)
}

/// An empty workbook. Its properties depend only on the revision, so that equal content has equal
/// bytes.
fn new_book(summary: &Summary) -> Result<Workbook, XlsxError> {
    let updated_at = ExcelDateTime::parse_from_str(&timestamp(summary))?;
    let properties = DocProperties::new()
        .set_title(NAME)
        .set_comment(citation(summary))
        .set_creation_datetime(&updated_at);
    let mut book = Workbook::new();
    book.set_properties(&properties);
    Ok(book)
}

fn timestamp(summary: &Summary) -> String {
    summary.updated_at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// How to cite the knowledge base.
fn citation(summary: &Summary) -> String {
    let version = summary.version.as_ref().map(|version| format!(", version {version}"));
    let day = summary.updated_at.date_naive();
    format!(
        "{NAME}{}, revision {} ({day}). {LICENCE}, {LICENCE_URL}",
        version.unwrap_or_default(),
        summary.revision
    )
}

/// The sheet that says what the knowledge base is and how to read the tables.
fn about(
    book: &mut Workbook,
    tables: &[FilteredTable],
    summary: &Summary,
) -> Result<Sheet, XlsxError> {
    let mut sheet = Sheet::wrapped(book, "About", ["item", "value"])?;
    let until = summary.collected_until.as_ref().map(|date| date.as_str());
    let updated_at = Value::from(timestamp(summary));
    let facts = [
        ("name", Cell::text(NAME)),
        ("version", Cell::text(summary.version.as_deref().unwrap_or_default())),
        ("revision", Cell::Number(summary.revision.into())),
        ("content hash (SHA-256)", Cell::text(summary.content_hash.as_str())),
        ("updated (UTC)", Cell::typed(&Type::Moment, &updated_at)),
        ("facts until", Cell::text(until.unwrap_or_default())),
        ("licence", Cell::text(format!("{LICENCE_TITLE} ({LICENCE})"))),
        ("licence text", Cell::text(LICENCE_URL)),
        ("how to cite", Cell::text(citation(summary))),
        ("columns", Cell::text("The sheet Dictionary describes each column.")),
        ("empty cells", Cell::text("The value is null in the API: unknown, or not applicable.")),
        (
            "dates",
            Cell::text(
                "A day is a date. A year (2013) or a month (2013-06) is text, because its source is not more precise; the columns _earliest and _latest have the days that it can mean. Times are in UTC.",
            ),
        ),
        (
            "lists",
            Cell::text(
                r"The entries of a list are joined by |. Within an entry, | and \ are preceded by \.",
            ),
        ),
        ("long strings", Cell::text(format!("A string that does not fit ends with: {CUT}"))),
    ];
    for (item, value) in facts {
        sheet.add([Cell::text(item), value])?;
    }
    for FilteredTable { table, parameters, .. } in tables {
        let mut description = table.description();
        if !parameters.is_empty() {
            description += &format!(" Only the rows that match {parameters}");
        }
        sheet.add([Cell::text(format!("table {}", table.name())), Cell::text(description)])?;
    }
    Ok(sheet)
}

/// The sheet that describes the columns of the tables.
fn dictionary(book: &mut Workbook, tables: &[FilteredTable]) -> Result<Sheet, XlsxError> {
    let mut sheet = Sheet::wrapped(book, "Dictionary", DICTIONARY)?;
    for FilteredTable { table, .. } in tables {
        for field in table.fields() {
            let refers_to = target(field).map(|(table, key)| format!("{table}.{key}"));
            let allowed = match &field.r#type {
                Type::Choice(values) => Cell::text(values.join(", ")),
                _ => Cell::Empty,
            };
            sheet.add([
                Cell::text(table.name()),
                Cell::text(field.name),
                Cell::text(type_name(&field.r#type)),
                Cell::Boolean(field.required),
                Cell::text(field.description.as_str()),
                refers_to.map_or(Cell::Empty, Cell::text),
                allowed,
            ])?;
        }
    }
    Ok(sheet)
}

fn type_name(r#type: &Type) -> &'static str {
    match r#type {
        Type::Text => "text",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::Boolean => "boolean",
        Type::Date => "date",
        Type::Moment => "date and time",
        Type::Choice(_) => "one of the allowed values",
        Type::List => "list",
    }
}

/// The value of a cell.
enum Cell<'v> {
    Empty,
    Text(Cow<'v, str>),
    Number(f64),
    Boolean(bool),
    Day(ExcelDateTime),
    Moment(ExcelDateTime),
}

impl<'v> Cell<'v> {
    fn text(text: impl Into<Cow<'v, str>>) -> Self {
        Self::Text(fitting(text.into()))
    }

    /// A value of a column of this type. A string that the type does not describe stays a string.
    fn typed(r#type: &Type, value: &'v Value) -> Self {
        match value {
            Value::Null => Self::Empty,
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(value) => value.as_f64().map_or(Self::Empty, Self::Number),
            Value::String(text) => {
                let moment = || ExcelDateTime::parse_from_str(text).ok();
                let cell = match r#type {
                    // A year or a month is not a day.
                    Type::Date if text.len() == "2013-06-17".len() => moment().map(Self::Day),
                    Type::Moment => moment().map(Self::Moment),
                    _ => None,
                };
                cell.unwrap_or_else(|| Self::text(text.as_str()))
            }
            Value::Array(entries) => Self::text(joined(entries)),
            Value::Object(_) => Self::text(value.to_string()),
        }
    }

    /// The width of the value, in characters.
    fn width(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Text(text) => {
                let lines = text.lines().map(|line| line.chars().take(MAX_WIDTH).count());
                lines.max().unwrap_or(0)
            }
            Self::Number(number) => number.to_string().len(),
            Self::Boolean(_) => "FALSE".len(),
            Self::Day(_) => "2013-06-17".len(),
            Self::Moment(_) => "2013-06-17 12:00:00".len(),
        }
    }
}

/// Cuts a string that does not fit into a cell.
fn fitting(text: Cow<'_, str>) -> Cow<'_, str> {
    // A string has at least as many bytes as UTF-16 code units.
    if text.len() <= MAX_STRING || text.encode_utf16().count() <= MAX_STRING {
        return text;
    }
    let room = MAX_STRING - CUT.encode_utf16().count();
    let mut units = 0;
    let does_not_fit = |(_, letter): &(usize, char)| {
        units += letter.len_utf16();
        units > room
    };
    let end = text.char_indices().find(does_not_fit).map_or(text.len(), |(place, _)| place);
    Cow::Owned(format!("{}{CUT}", &text[..end]))
}

/// A sheet that is written row by row.
struct Sheet {
    worksheet: Worksheet,
    /// The number of rows, with the header.
    rows: u32,
    /// The width of each column, in characters.
    widths: Vec<usize>,
    day: Format,
    moment: Format,
}

impl Sheet {
    /// A sheet with a header.
    fn new<'n>(
        book: &mut Workbook,
        name: &str,
        header: impl IntoIterator<Item = &'n str>,
    ) -> Result<Self, XlsxError> {
        let mut worksheet = book.new_worksheet_with_constant_memory()?;
        worksheet.set_name(name)?.set_freeze_panes(1, 0)?;
        let bold = Format::new().set_bold();
        let mut widths = Vec::new();
        for (column, name) in (0..).zip(header) {
            worksheet.write_string_with_format(0, column, name, &bold)?;
            widths.push(MIN_WIDTH.max(name.len() + FILTER_WIDTH));
        }
        let format = |pattern: &str| Format::new().set_num_format(pattern);
        let (day, moment) = (format("yyyy-mm-dd"), format("yyyy-mm-dd hh:mm:ss"));
        Ok(Self { worksheet, rows: 1, widths, day, moment })
    }

    /// A sheet with a header, where long strings wrap.
    fn wrapped<const N: usize>(
        book: &mut Workbook,
        name: &str,
        header: [&str; N],
    ) -> Result<Self, XlsxError> {
        let mut sheet = Self::new(book, name, header)?;
        let aligned =
            |format: Format| format.set_align(FormatAlign::Top).set_align(FormatAlign::Left);
        let wrapped = aligned(Format::new().set_text_wrap());
        for column in (0..).take(N) {
            sheet.worksheet.set_column_format(column, &wrapped)?;
        }
        sheet.moment = aligned(sheet.moment);
        Ok(sheet)
    }

    /// Adds a row.
    fn add<'v>(&mut self, cells: impl IntoIterator<Item = Cell<'v>>) -> Result<(), XlsxError> {
        let (sheet, row) = (&mut self.worksheet, self.rows);
        for ((column, width), cell) in (0..).zip(&mut self.widths).zip(cells) {
            *width = cell.width().min(MAX_WIDTH).max(*width);
            match cell {
                Cell::Empty => continue,
                Cell::Text(text) => sheet.write_string(row, column, text)?,
                Cell::Number(number) => sheet.write_number(row, column, number)?,
                Cell::Boolean(value) => sheet.write_boolean(row, column, value)?,
                Cell::Day(day) => sheet.write_datetime_with_format(row, column, day, &self.day)?,
                Cell::Moment(moment) => {
                    sheet.write_datetime_with_format(row, column, moment, &self.moment)?
                }
            };
        }
        self.rows += 1;
        Ok(())
    }

    /// The sheet with the rows of a page.
    fn with_page(mut self, fields: &[Field], rows: &[Vec<Value>]) -> io::Result<Self> {
        for row in rows {
            let cells = fields.iter().zip(row);
            let cells = cells.map(|(field, value)| Cell::typed(&field.r#type, value));
            self.add(cells).map_err(io::Error::other)?;
        }
        Ok(self)
    }

    /// Sets what depends on all rows.
    fn finish(mut self) -> Result<Worksheet, XlsxError> {
        let mut last = 0;
        for (column, width) in (0..).zip(self.widths) {
            self.worksheet.set_column_width(column, width as u32 + 1)?;
            last = column;
        }
        self.worksheet.autofilter(0, 0, self.rows - 1, last)?;
        Ok(self.worksheet)
    }
}

/// Packs a workbook on a thread of the blocking pool. The thread ends early if nothing reads the
/// chunks.
fn pack(mut book: Workbook) -> impl Stream<Item = Result<Vec<u8>, ExportError>> + Send {
    let (sender, chunks) = mpsc::channel(CHUNKS);
    let packing = spawn_blocking(move || {
        let mut writer = BufWriter::with_capacity(CHUNK, ChunkSender(Some(sender)));
        book.save_to_writer(&mut writer).map_err(io::Error::other)?;
        writer.flush()
    });
    stream::try_unfold((chunks, packing), |(mut chunks, packing)| async move {
        match chunks.recv().await {
            Some(chunk) => Ok(Some((chunk, (chunks, packing)))),
            None => {
                packing.await.map_err(io::Error::other)??;
                Ok(None)
            }
        }
    })
}

/// Sends what is written as chunks. Empty after nothing reads them any more.
struct ChunkSender(Option<mpsc::Sender<Vec<u8>>>);

impl Write for ChunkSender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // After an error, `zip` still finishes the file, and prints to standard error if that
        // fails.
        let Some(sender) = &self.0 else { return Ok(bytes.len()) };
        if sender.blocking_send(bytes.to_vec()).is_err() {
            self.0 = None;
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
