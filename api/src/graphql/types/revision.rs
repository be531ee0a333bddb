use async_graphql::ID;
use entities::{change, revision::Column};

use super::change::Change;
use crate::{
    graphql::{
        filter::filter, global_id::GlobalId, object::object, order::order, scalars::DateTime,
    },
    store::{filter, list::Link},
};

object! {
    /// One write to the knowledge base: all of it or nothing.
    part Revision(revision), listed by RevisionFilter, RevisionOrder;
    lists {
        /// What the revision did, record by record.
        changes: Change => Link::column(change::Column::RevisionId);
    }
    fields {
        /// The revision's global id, for `node` and for caches.
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

        /// Why.
        fn message(&self) -> &str {
            &self.row.message
        }

        /// The version of the dataset that it brought; null where it was no import.
        fn dataset_version(&self) -> Option<&str> {
            self.row.dataset_version.as_deref()
        }
    }
}

filter! {
    /// Which revisions. The fields that are set must all hold; a list means any of its values, an empty one fits nothing.
    RevisionFilter {
        /// Written by one of these authors.
        authors: Vec<String> => |authors| filter::any_of(Column::Author, authors.clone()),
        /// Each of these words stands in the message.
        text: String => |words| filter::text(words, &[Column::Message]),
    }
}

order! {
    RevisionOrder by RevisionOrderField on revision, default Number Desc {
        /// By number, which is by time.
        Number => Id,
    }
}
