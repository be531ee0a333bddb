use async_graphql::{Context, Result};
use entities::{citation, record::RecordKind, source::Column};

use super::{citation::Citation, citation_style::CitationStyle, kinds::SourceKind};
use crate::{
    cite::Reference,
    graphql::{
        filter::{filter, slugs, stored},
        object::object,
        order::order,
        references,
        scalars::{EdtfDate, Slug},
    },
    store::{filter, list::Link},
};

object! {
    /// Where facts are from: a page, a paper, a book.
    reference Source(source), listed by SourceFilter, SourceOrder;
    lists {
        /// What the source supports, and where in it.
        citations: Citation => Link::column(citation::Column::SourceId);
    }
    fields {
        /// The source's name in addresses.
        fn slug(&self) -> Slug {
            Slug(self.row.slug.clone())
        }

        /// The title.
        fn title(&self) -> &str {
            &self.row.title
        }

        /// Who publishes it.
        fn kind(&self) -> SourceKind {
            self.row.kind.into()
        }

        /// When it was published; null where it bears no date.
        fn published(&self) -> Option<EdtfDate> {
            self.row.published.clone().map(EdtfDate)
        }

        /// Its web address; null where it has none.
        fn url(&self) -> Option<&str> {
            self.row.url.as_deref()
        }

        /// The publisher's name; null where it is not recorded.
        fn publisher(&self) -> Option<&str> {
            self.row.publisher.as_deref()
        }

        /// A reference to the source, ready for a bibliography. Who wrote it is not recorded; official pages are by the institution that publishes them.
        async fn cite(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "How the reference is written.")] style: CitationStyle,
        ) -> Result<String> {
            references::cite(ctx, Reference::from(self.row.as_ref()), style.into()).await
        }

        /// What a reader should know of the source; mostly null.
        fn note(&self) -> Option<&str> {
            self.row.note.as_deref()
        }
    }
}

impl Source {
    const KIND: RecordKind = RecordKind::Source;
}

filter! {
    /// Which sources. The fields that are set must all hold; a list means any of its values, an empty one fits nothing.
    SourceFilter {
        /// One of these.
        slugs: Vec<Slug> => |these| filter::any_of(Column::Slug, slugs(these)),
        /// Of one of these kinds.
        kinds: Vec<SourceKind> => |kinds| filter::any_of(Column::Kind, stored(kinds)),
        /// From one of these publishers, by their full names.
        publishers: Vec<String> => |publishers| filter::any_of(Column::Publisher, publishers.clone()),
        /// Can have been published then or later. Undated sources don't fit.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// Can have been published then or earlier. Undated sources don't fit.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Each of these words stands in the title, the publisher or the address, whatever its case.
        text: String => |words| filter::text(words, &[Column::Title, Column::Publisher, Column::Url]),
    }
}

order! {
    SourceOrder by SourceOrderField on source, default Published Desc {
        /// By the earliest day of publication that its date can mean.
        Published => FirstDay,
        /// By title.
        Title => Title,
        /// By slug.
        Slug => Slug,
    }
}
