use async_graphql::{Context, Result};
use entities::{
    body,
    body::{Column, Entity},
    claim, membership,
    record::RecordKind,
};

use super::date_bounds::DateBounds;
use super::{
    chair_term::ChairTerm, claim::Claim, contribution::Contribution, dataset::NumberedSeries,
    document::Document, enums::BodyKind, event::Event, membership::Membership,
    provision::Provision, theme::Theme,
};
use crate::{
    analysis::SeriesOfBody,
    graphql::{
        execution::context_ext::ContextExt,
        macros::{
            filter::{codes, db_values, filter, slugs},
            node_type::node_type,
            order::order,
            sync_fields::{Obj, ObjList},
        },
        schema::scalars::{EdtfDate, PartyCode, Slug},
    },
    store::{filter, links, list::ParentLink, load::Themes},
};

node_type! {
    /// A meeting, working group, centre or network of ASEAN defence cooperation, or a related
    /// mechanism.
    record Body(body), listed by BodyFilter, BodyOrder;
    lists {
        /// The bodies that report to it directly.
        children: Body => ParentLink::relation(body::Relation::Parent);
        /// The bodies that report to it, directly or through others.
        descendants: Body => links::descendants();
        /// The bodies that it reports to, directly or through others.
        ancestors: Body => links::ancestors();
        /// The memberships of parties in it, with role and dates.
        memberships: Membership;
        /// The terms in which parties chaired or co-chaired it.
        chair_terms: ChairTerm;
        /// The events that it held, alone or with others, without those of its subordinate bodies.
        events: Event through event_body;
        /// The documents that its events adopted.
        documents: Document => links::adopted_documents();
        /// The provisions of documents that name it.
        mentioned_in: Provision through provision_body;
        /// The contributions of partners to it, without those to its subordinate bodies.
        contributions: Contribution;
        /// Figures that sources report about it; never mixed with figures counted from records.
        claims: Claim => ParentLink::relation(claim::Relation::Subject);
        /// The themes whose Experts' Working Group it is.
        working_group_of: Theme;
    }
    fields {
        /// The full name.
        fn name(&self) -> &str {
            &self.row.name
        }

        /// The acronym; null if none is in use.
        fn acronym(&self) -> Option<&str> {
            self.row.acronym.as_deref()
        }

        /// The kind of body.
        fn kind(&self) -> BodyKind {
            self.row.kind.into()
        }

        /// Other names in use.
        fn aliases(&self) -> &[String] {
            &self.row.aliases.0
        }

        /// A short description, written for this knowledge base.
        fn summary(&self) -> &str {
            &self.row.summary
        }

        /// The date of establishment; null if the sources do not say.
        fn established(&self) -> Option<EdtfDate> {
            self.row.established.clone().map(EdtfDate)
        }

        /// The days that `established` can mean; null if there is no date.
        fn established_bounds(&self) -> Option<DateBounds> {
            self.row.established.as_ref().map(DateBounds::from)
        }

        /// The date on which it ended; null if it exists, or if the sources do not say.
        fn dissolved(&self) -> Option<EdtfDate> {
            self.row.dissolved.clone().map(EdtfDate)
        }

        /// The days that `dissolved` can mean; null if there is no date.
        fn dissolved_bounds(&self) -> Option<DateBounds> {
            self.row.dissolved.as_ref().map(DateBounds::from)
        }

        /// Its numbered series of events, with the numbers that are missing; those that miss most
        /// first.
        async fn series(&self, ctx: &Context<'_>) -> Result<Vec<NumberedSeries>> {
            let series = ctx.loaders().load::<SeriesOfBody>(self.row.id).await?;
            Ok(series.iter().cloned().map(NumberedSeries).collect())
        }

        /// The body that it reports to; null if no parent body is on record.
        async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Obj<Body>>> {
            ctx.load_optional(self.row.parent_id).await.transpose()
        }

        /// The themes that it deals with.
        async fn themes(&self, ctx: &Context<'_>) -> Result<ObjList<Theme>> {
            ctx.load_list::<Themes, _, _>(self.row.id).await
        }
    }
}

impl Body {
    const KIND: RecordKind = RecordKind::Body;

    /// The title of the record in a formatted reference.
    async fn heading(&self, _: &Context<'_>) -> Result<String> {
        Ok(self.row.name.clone())
    }
}

filter! {
    /// A filter for bodies. All fields that are set must match. A list matches any of its values;
    /// an empty list matches nothing.
    record BodyFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::has_slug::<Entity>(slugs(these)),
        /// Has one of these kinds.
        kinds: Vec<BodyKind> => |kinds| filter::any_of(Column::Kind, db_values(kinds)),
        /// Has one of these acronyms, spelt exactly as in `acronym`.
        acronyms: Vec<String> => |acronyms| filter::any_of(Column::Acronym, acronyms.clone()),
        /// Reports directly to one of these bodies.
        parents: Vec<Slug> => |parents| filter::references_slug::<body::Entity>(Column::ParentId, slugs(parents)),
        /// True: has no parent body on record. False: reports to another body.
        top: bool => |top| filter::is_set(Column::ParentId, !top),
        /// Deals with one of these themes.
        themes: Vec<Slug> => |themes| filter::has_theme(Column::Id, slugs(themes)),
        /// One of these parties belongs or belonged to it, in any role.
        members: Vec<PartyCode> => |members| filter::linked::<membership::Entity>(
            Column::Id,
            membership::Column::BodyId,
            filter::references_party(membership::Column::PartyId, codes(members)),
        ),
        /// May have been established on or after this date. Undated bodies do not match.
        from: EdtfDate => |date| filter::from(Column::LastDay, &date.0),
        /// May have been established on or before this date. Undated bodies do not match.
        to: EdtfDate => |date| filter::to(Column::FirstDay, &date.0),
        /// Every word occurs in a name, the acronym or the summary. Case is ignored, and parts of
        /// words match.
        text: String => |words| filter::text(
            words, &[Column::Name, Column::Acronym, Column::Aliases, Column::Summary],
        ),
    }
}

order! {
    BodyOrder by BodyOrderField on body, default Name Asc {
        /// The full name.
        Name => Name,
        /// The date of establishment, by the earliest day that it can mean.
        Established => FirstDay,
        /// The slug.
        Slug => Slug,
    }
}
