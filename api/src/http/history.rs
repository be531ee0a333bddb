//! The history over HTTP: the canonical records, the differences of two states, and the feed of
//! revisions.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header::EntityTag},
    web,
};
use entities::revision;
use futures_util::TryStreamExt;
use quick_xml::{Writer, events::BytesText};
use sea_orm::ActiveEnum;
use serde::Deserialize;

use super::{
    export::{
        ExportRequestError, FileType, answer, attachment, download, format_named, ok, place,
        summary, tag, unchanged,
    },
    states::base,
};
use crate::{
    executor::Executor,
    export::{self, ExportPermit, ExportSlots},
    graphql::PublicUrl,
    store::{
        changes::{self, Changes},
        dataset::{NAME, Summary},
        states,
    },
};

/// The name of the file with the canonical records.
pub(super) const RECORDS: &str = "records.ndjson";
const NDJSON: &str = "application/x-ndjson";
const ATOM: &str = "application/atom+xml; charset=utf-8";
/// How many revisions the feed has, and how many records each lists.
const MAX_ENTRIES: u64 = 20;
const MAX_RECORDS: usize = 100;

/// The canonical form of the content.
pub(super) async fn records(
    http: HttpRequest,
    threads: web::Data<Executor>,
    slots: web::Data<ExportSlots>,
) -> Result<HttpResponse, ExportRequestError> {
    let file = FileType { table: Some("records"), extension: "ndjson", media_type: NDJSON };
    download(&http, &threads, &slots, file, &[], async |store, summary| {
        Ok(export::records(&summary, store))
    })
    .await
}

/// The extension of a file.
#[derive(Deserialize)]
pub(super) struct Extension {
    extension: String,
}

/// The states that are compared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Between {
    from: String,
    to: Option<String>,
}

/// The differences of two states.
pub(super) async fn differences(
    http: HttpRequest,
    file: web::Path<Extension>,
    threads: web::Data<Executor>,
    slots: web::Data<ExportSlots>,
) -> Result<HttpResponse, ExportRequestError> {
    let format = format_named(&file.extension)?;
    let Between { from, to } = web::Query::<Between>::from_query(http.query_string())
        .map_err(|_| ExportRequestError::Between)?
        .into_inner();
    let now = summary(threads.store()).await?;
    let tag_now = EntityTag::new_weak(tag(&http, &now));
    if let Some(unchanged) = unchanged(&http, &tag_now) {
        return Ok(unchanged);
    }
    let revisions = states::recorded(threads.store()).await?;
    let (from, to) = states::span(&revisions, &from, to.as_deref())?;
    let mut response = ok(&http, &tag_now, &now);
    response
        .content_type(format.media_type())
        .insert_header(attachment(&format!("adkb-changes-r{from}-r{to}.{}", format.extension())));
    if http.method() == Method::HEAD {
        return Ok(answer(&http, &mut response, String::new()));
    }
    let runtime = threads.runtime().clone();
    let ExportPermit { store, taken } = place(&runtime, &slots).await?;
    let rows = export::differences(format, (from, to), store);
    let parts = export::spool(runtime, rows, taken, slots.spooled().clone()).await?;
    Ok(response.streaming(parts.map_ok(web::Bytes::from)))
}

/// The newest revisions with their records, as an Atom feed (RFC 4287).
pub(super) async fn feed(
    http: HttpRequest,
    threads: web::Data<Executor>,
    public: web::Data<PublicUrl>,
) -> Result<HttpResponse, ExportRequestError> {
    let now = summary(threads.store()).await?;
    let tag = EntityTag::new_weak(tag(&http, &now));
    if let Some(unchanged) = unchanged(&http, &tag) {
        return Ok(unchanged);
    }
    let entries = changes::newest_revisions(threads.store(), MAX_ENTRIES).await?;
    let connection = http.connection_info();
    let origin = match &public.0 {
        Some(url) => url.clone(),
        None => format!("{}://{}", connection.scheme(), connection.host()),
    };
    let xml = atom(&origin, &base(&http), &now, &entries).map_err(export::ExportError::from)?;
    let mut response = ok(&http, &tag, &now);
    Ok(answer(&http, response.content_type(ATOM), xml))
}

fn atom(
    origin: &str,
    base: &str,
    now: &Summary,
    entries: &[(revision::Model, Changes)],
) -> std::io::Result<String> {
    let address = format!("{origin}{base}/feed.atom");
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    let feed =
        writer.create_element("feed").with_attribute(("xmlns", "http://www.w3.org/2005/Atom"));
    feed.write_inner_content(|feed| {
        text(feed, "id", &address)?;
        text(feed, "title", NAME)?;
        text(feed, "updated", &now.updated_at.to_rfc3339())?;
        link(feed, "self", &address)?;
        link(feed, "alternate", &format!("{origin}{base}/"))?;
        for (revision, changes) in entries {
            let permanent = format!("{origin}/at/{}/", revision.id);
            feed.create_element("entry").write_inner_content(|entry| {
                text(entry, "id", &permanent)?;
                text(entry, "title", &title(revision))?;
                text(entry, "updated", &revision.created_at.to_rfc3339())?;
                entry
                    .create_element("author")
                    .write_inner_content(|author| text(author, "name", &revision.author))?;
                link(entry, "alternate", &permanent)?;
                text(entry, "content", &records_in_words(changes))
            })?;
        }
        Ok(())
    })?;
    let xml = String::from_utf8(writer.into_inner()).map_err(std::io::Error::other)?;
    Ok(format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{xml}\n"))
}

fn title(revision: &revision::Model) -> String {
    match revision.message.trim() {
        "" => format!("Revision {}", revision.id),
        message => message.to_owned(),
    }
}

/// The changed records, one per line.
fn records_in_words(changes: &Changes) -> String {
    let line = |changed: &changes::Changed| {
        format!("{} {} {}", changed.action.to_value(), changed.kind.to_value(), changed.slug)
    };
    let mut lines: Vec<String> = changes.records.iter().take(MAX_RECORDS).map(line).collect();
    let further = changes.total - lines.len() as i64;
    if further > 0 {
        lines.push(format!("and {further} further records"));
    }
    lines.join("\n")
}

fn text(writer: &mut Writer<Vec<u8>>, name: &str, value: &str) -> std::io::Result<()> {
    // XML has no form for control characters.
    let value: String =
        value.chars().filter(|letter| !letter.is_control() || *letter == '\n').collect();
    writer.create_element(name).write_text_content(BytesText::new(&value)).map(drop)
}

fn link(writer: &mut Writer<Vec<u8>>, relation: &str, address: &str) -> std::io::Result<()> {
    writer
        .create_element("link")
        .with_attribute(("rel", relation))
        .with_attribute(("href", address))
        .write_empty()
        .map(drop)
}
