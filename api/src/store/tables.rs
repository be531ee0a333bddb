//! The tables of the knowledge base.

/// Calls a macro with the entities of all tables that may be published. They are listed explicitly,
/// so that a table that is added later is not published by accident. The tables of the search index
/// are not listed.
///
/// `reference` and `cited` are the kinds of records: entities whose rows have a row in `record`,
/// without and with citations, and their values of `RecordKind`. Their object types have the same
/// names. `other` are the other tables.
macro_rules! for_each_table {
    ($callback:ident) => {
        $callback! {
            reference {
                party: Party,
                theme: Theme,
                source: Source,
            }
            cited {
                body: Body,
                membership: Membership,
                chair_term: ChairTerm,
                event: Event,
                document: Document,
                provision: Provision,
                initiative: Initiative,
                work_programme: WorkProgramme,
                contribution: Contribution,
                claim: Claim,
            }
            other {
                revision,
                record,
                slug_alias,
                change,
                citation,
                record_theme,
                chair_seat,
                event_party,
                event_body,
                provision_body,
                provision_document,
                initiative_proposer,
                work_area,
                contribution_beneficiary,
            }
        }
    };
}

pub(crate) use for_each_table;
