use async_graphql::{Context, Result};
use entities::{record::RecordKind, source::Column};

use super::{citation::Citation, citation_style::CitationStyle, enums::SourceKind};
use crate::{
    cite::Reference,
    graphql::{
        execution::references,
        macros::{
            filter::{db_values, filter, slugs},
            node_type::node_type,
            order::order,
        },
        schema::scalars::{EdtfDate, Slug},
    },
    store::filter,
};

node_type! {
    /// A source of facts: a web page, paper or book.
    reference Source(source), listed by SourceFilter, SourceOrder;
    lists {
        /// The citations of the source: the records that it supports, and the place in the source.
        citations: Citation;
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

        /// Its web address; null if it has none.
        fn url(&self) -> Option<&str> {
            self.row.url.as_deref()
        }

        /// The publisher's name; null if it is not recorded.
        fn publisher(&self) -> Option<&str> {
            self.row.publisher.as_deref()
        }

        /// A formatted reference to the source, for a bibliography. Authors are not recorded; the
        /// author of an official page is the institution that publishes it.
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

impl Source {
    const KIND: RecordKind = RecordKind::Source;
}

filter! {
    /// A filter for sources. All fields that are set must match. A list matches any of its values;
    /// an empty list matches nothing.
    SourceFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::any_of(Column::Slug, slugs(these)),
        /// Has one of these kinds.
        kinds: Vec<SourceKind> => |kinds| filter::any_of(Column::Kind, db_values(kinds)),
        /// Has one of these publishers, spelt exactly as in `publisher`.
        publishers: Vec<String> => |publishers| filter::any_of(Column::Publisher, publishers.clone()),
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
