use async_graphql::{Context, Result, SimpleObject};
use entities::{
    record::RecordKind,
    source,
    source::{Column, Entity},
};

use super::date_bounds::DateBounds;
use super::{
    citation::Citation,
    citation_style::CitationStyle,
    enums::{AuthorKind, SourceKind},
};
use crate::{
    cite::Reference,
    graphql::{
        execution::{context_ext::ContextExt, references},
        macros::{
            filter::{db_values, filter, slugs},
            node_type::node_type,
            order::order,
            sync_fields::Obj,
        },
        schema::scalars::{EdtfDate, Slug},
    },
    store::{filter, list::ParentLink},
};

node_type! {
    /// A source of facts: a web page, paper or book.
    reference Source(source), listed by SourceFilter, SourceOrder;
    lists {
        /// The citations of the source: the records that it supports, and the place in the source.
        citations: Citation;
        /// The sources that repeat its text, such as papers that print an agency's report.
        copies: Source => ParentLink::relation(source::Relation::CopyOf);
    }
    fields {
        /// The source's slug, its identifier in URLs.
        fn slug(&self) -> Slug {
            Slug(self.row.slug.clone())
        }

        /// The title.
        fn title(&self) -> &str {
            &self.row.title
        }

        /// The kind of publisher.
        fn kind(&self) -> SourceKind {
            self.row.kind.into()
        }

        /// The date of publication; null if the source is undated.
        fn published(&self) -> Option<EdtfDate> {
            self.row.published.clone().map(EdtfDate)
        }

        /// The days that `published` can mean; null if there is no date.
        fn published_bounds(&self) -> Option<DateBounds> {
            self.row.published.as_ref().map(DateBounds::from)
        }

        /// Its web address; null if it has none.
        fn url(&self) -> Option<&str> {
            self.row.url.as_deref()
        }

        /// The publisher's name; null if it is not recorded.
        fn publisher(&self) -> Option<&str> {
            self.row.publisher.as_deref()
        }

        /// The authors, in the order of the title page; empty if none is recorded.
        fn authors(&self) -> Vec<Author> {
            self.row.authors.0.iter().cloned().map(Author::from).collect()
        }

        /// The language of the text, as a BCP 47 tag such as `en` or `zh-Hans`; null if it is not
        /// known.
        fn language(&self) -> Option<&str> {
            self.row.language.as_deref()
        }

        /// The journal, book, series or site that it appeared in; null if that is its publisher.
        fn container(&self) -> Option<&str> {
            self.row.container.as_deref()
        }

        /// The volume of the journal or book; null if it has none.
        fn volume(&self) -> Option<&str> {
            self.row.volume.as_deref()
        }

        /// The issue of the journal, or the number in a series; null if it has none.
        fn issue(&self) -> Option<&str> {
            self.row.issue.as_deref()
        }

        /// The pages, such as `12-34`; null if they are not known.
        fn pages(&self) -> Option<&str> {
            self.row.pages.as_deref()
        }

        /// The digital object identifier, such as `10.1355/cs33-2a`; null if it has none.
        fn doi(&self) -> Option<&str> {
            self.row.doi.as_deref()
        }

        /// When the source was read; null if that is not recorded.
        fn accessed(&self) -> Option<EdtfDate> {
            self.row.accessed.clone().map(EdtfDate)
        }

        /// The days that `accessed` can mean; null if there is no date.
        fn accessed_bounds(&self) -> Option<DateBounds> {
            self.row.accessed.as_ref().map(DateBounds::from)
        }

        /// The web address of an archived copy; null if none is recorded.
        fn archived_url(&self) -> Option<&str> {
            self.row.archived_url.as_deref()
        }

        /// The source whose text it repeats, with which it counts as one; null if it is no copy.
        async fn copy_of(&self, ctx: &Context<'_>) -> Option<Result<Obj<Source>>> {
            ctx.load_optional(self.row.copy_of_id).await.transpose()
        }

        /// A formatted reference to the source, for a bibliography. The author of an official page
        /// without authors is the institution that publishes it.
        async fn cite(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The format of the reference.")] style: CitationStyle,
        ) -> Result<String> {
            references::cite(ctx, Reference::from(self.row.as_ref()), style.into()).await
        }

        /// A remark on the source; null if there is none.
        fn note(&self) -> Option<&str> {
            self.row.note.as_deref()
        }
    }
}

/// An author of a source.
#[derive(SimpleObject)]
pub struct Author {
    /// The name as the source writes it.
    name: String,
    /// Whether the author is a person.
    kind: AuthorKind,
    /// The part of a person's name that it is sorted by; null for institutions, and if it is not
    /// known which part that is.
    family: Option<String>,
}

impl From<entities::Author> for Author {
    fn from(entities::Author { name, kind, family }: entities::Author) -> Self {
        Self { name, kind: kind.into(), family }
    }
}

impl Source {
    const KIND: RecordKind = RecordKind::Source;
}

filter! {
    /// A filter for sources. All fields that are set must match. A list matches any of its values;
    /// an empty list matches nothing.
    SourceFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::has_slug::<Entity>(slugs(these)),
        /// Has one of these kinds.
        kinds: Vec<SourceKind> => |kinds| filter::any_of(Column::Kind, db_values(kinds)),
        /// Has one of these publishers, spelt exactly as in `publisher`.
        publishers: Vec<String> => |publishers| filter::any_of(Column::Publisher, publishers.clone()),
        /// Written in one of these languages, as in `language`: `zh-Hans`.
        languages: Vec<String> => |languages| filter::any_of(Column::Language, languages.clone()),
        /// True: repeats the text of another source. False: is no copy.
        is_copy: bool => |is_copy| filter::is_set(Column::CopyOfId, *is_copy),
        /// May have been published on or after this date. Undated sources do not match.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// May have been published on or before this date. Undated sources do not match.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Every word occurs in the title, the publisher or the web address. Case is ignored, and
        /// parts of words match.
        text: String => |words| filter::text(words, &[Column::Title, Column::Publisher, Column::Url]),
    }
}

order! {
    SourceOrder by SourceOrderField on source, default Published Desc {
        /// The date of publication, by the earliest day that it can mean.
        Published => FirstDay,
        /// The title.
        Title => Title,
        /// The slug.
        Slug => Slug,
    }
}
