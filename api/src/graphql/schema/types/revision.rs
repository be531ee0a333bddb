use async_graphql::ID;
use entities::revision::Column;

use super::change::Change;
use crate::{
    graphql::{
        macros::{filter::filter, node_type::node_type, order::order},
        relay::global_id::GlobalId,
        schema::scalars::{DateTime, EdtfDate},
    },
    store::filter,
};

node_type! {
    /// One write to the knowledge base, applied as a whole or not at all.
    part Revision(revision), listed by RevisionFilter, RevisionOrder;
    lists {
        /// The changes that the revision made, one for each record.
        changes: Change;
    }
    fields {
        /// The revision's global id, for `node` and for client caches.
        pub async fn id(&self) -> ID {
            GlobalId::revision(self.row.id)
        }

        /// The revision's number: 1, 2, 3 …
        fn number(&self) -> i32 {
            self.row.id
        }

        /// When it was written.
        fn created_at(&self) -> DateTime {
            DateTime(self.row.created_at)
        }

        /// Who wrote it.
        fn author(&self) -> &str {
            &self.row.author
        }

        /// The reason for the revision, in the words of its author.
        fn message(&self) -> &str {
            &self.row.message
        }

        /// The version of the dataset that it imported; null if it was not an import.
        fn dataset_version(&self) -> Option<&str> {
            self.row.dataset_version.as_deref()
        }

        /// The SHA-256 of the content after the revision, in hexadecimal digits: `/at/` with it, or
        /// with the number of the revision, is the state then. Null if it is not recorded.
        fn content_hash(&self) -> Option<&str> {
            self.row.content_hash.as_deref()
        }

        /// The period of the newest facts of the imported dataset; null if the revision was not an
        /// import, or if the program that wrote it did not record it.
        fn collected_until(&self) -> Option<EdtfDate> {
            self.row.collected_until.clone().map(EdtfDate)
        }
    }
}

filter! {
    /// A filter for revisions. All fields that are set must match. A list matches any of its
    /// values; an empty list matches nothing.
    RevisionFilter {
        /// Written by one of these authors.
        authors: Vec<String> => |authors| filter::any_of(Column::Author, authors.clone()),
        /// Every word occurs in the message. Case is ignored, and parts of words match.
        text: String => |words| filter::text(words, &[Column::Message]),
    }
}

order! {
    RevisionOrder by RevisionOrderField on revision, default Number Desc {
        /// The revision number, which is chronological.
        Number => Id,
    }
}
