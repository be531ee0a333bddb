use async_graphql::{Context, Result};
use entities::{
    record::RecordKind,
    theme,
    theme::{Column, Entity},
};

use super::{
    body::Body, contribution::Contribution, document::Document, event::Event,
    initiative::Initiative, provision::Provision, work_area::WorkArea,
};
use crate::{
    graphql::{
        execution::context_ext::ContextExt,
        macros::{
            filter::{filter, slugs},
            node_type::node_type,
            order::order,
            sync_fields::Obj,
        },
        schema::scalars::Slug,
    },
    store::{filter, links, list::ParentLink},
};

node_type! {
    /// An area of cooperation. Themes form a tree.
    reference Theme(theme), listed by ThemeFilter, ThemeOrder;
    lists {
        /// The themes directly below it.
        children: Theme => ParentLink::relation(theme::Relation::Parent);
        /// The bodies that deal with it.
        bodies: Body => links::with_theme();
        /// The events that were about it.
        events: Event => links::with_theme();
        /// The documents that are about it.
        documents: Document => links::with_theme();
        /// The provisions that are about it.
        provisions: Provision => links::with_theme();
        /// The initiatives that are about it.
        initiatives: Initiative => links::with_theme();
        /// The areas of the work programmes that are about it.
        work_areas: WorkArea;
        /// The contributions that serve it.
        contributions: Contribution => links::with_theme();
    }
    fields {
        /// The theme's slug, its identifier in URLs.
        fn slug(&self) -> Slug {
            Slug(self.row.slug.clone())
        }

        /// The name.
        fn name(&self) -> &str {
            &self.row.name
        }

        /// What the theme covers.
        fn summary(&self) -> &str {
            &self.row.summary
        }

        /// Other names in use.
        fn aliases(&self) -> &[String] {
            &self.row.aliases.0
        }

        /// The theme above it; null for a top-level theme.
        async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Obj<Theme>>> {
            ctx.load_optional(self.row.parent_id).await.transpose()
        }

        /// The ADMM-Plus Experts' Working Group of the theme; null if there is none.
        async fn working_group(&self, ctx: &Context<'_>) -> Option<Result<Obj<Body>>> {
            ctx.load_optional(self.row.working_group_id).await.transpose()
        }
    }
}

impl Theme {
    const KIND: RecordKind = RecordKind::Theme;
}

filter! {
    /// A filter for themes. All fields that are set must match. A list matches any of its values;
    /// an empty list matches nothing.
    ThemeFilter {
        /// Has one of these slugs.
        slugs: Vec<Slug> => |these| filter::has_slug::<Entity>(slugs(these)),
        /// Is directly below one of these themes.
        parents: Vec<Slug> => |parents| filter::references_slug::<theme::Entity>(Column::ParentId, slugs(parents)),
        /// True: is a top-level theme. False: is below another theme.
        top: bool => |top| filter::is_set(Column::ParentId, !top),
        /// Every word occurs in a name or the summary. Case is ignored, and parts of words match.
        text: String => |words| filter::text(words, &[Column::Name, Column::Aliases, Column::Summary]),
    }
}

order! {
    ThemeOrder by ThemeOrderField on theme, default Name Asc {
        /// The name.
        Name => Name,
        /// The slug.
        Slug => Slug,
    }
}
