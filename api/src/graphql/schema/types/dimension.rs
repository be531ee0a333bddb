use async_graphql::Enum;

use crate::analysis::{self, Axis, contributions, events};

/// A dimension by which contributions are counted. A contribution with several values of a
/// dimension counts once for each value, and once in totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum Dimension {
    /// The partner that made it; keys are party codes.
    Partner,
    /// The themes that it serves; keys are slugs.
    Theme,
    /// The top-level themes of the themes that it serves; keys are slugs.
    TopTheme,
    /// The kind of contribution; keys are values of `ContributionKind`.
    Kind,
    /// The year in which it began, or ended if the start is not known. A contribution over several
    /// years counts in the first one.
    Year,
    /// The body that it was for; keys are slugs.
    Body,
    /// The beneficiaries; keys are party codes.
    Beneficiary,
    /// The framework of its initiative, or else of its body; keys are values of `Framework`. The
    /// framework of a body is `ADMM_PLUS` for the ADMM-Plus and its subordinate bodies, `ADMM` for
    /// the ADMM and its other subordinate bodies.
    Framework,
}

impl From<Dimension> for Axis {
    fn from(dimension: Dimension) -> Self {
        match dimension {
            Dimension::Partner => contributions::partner(),
            Dimension::Theme => contributions::theme(),
            Dimension::TopTheme => contributions::top_theme(),
            Dimension::Kind => contributions::kind(),
            Dimension::Year => contributions::period(analysis::Interval::Year),
            Dimension::Body => contributions::body(),
            Dimension::Beneficiary => contributions::beneficiary(),
            Dimension::Framework => contributions::framework(),
        }
    }
}

/// A dimension by which events are counted. An event with several values of a dimension counts once
/// for each value, and once in totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum EventDimension {
    /// The kind of event; keys are values of `EventKind`.
    Kind,
    /// The body that held it; keys are slugs.
    Body,
    /// The themes that it was about; keys are slugs.
    Theme,
    /// The top-level themes of the themes that it was about; keys are slugs.
    TopTheme,
    /// The parties that hosted or co-hosted it; keys are party codes.
    Host,
    /// The country in which it took place; keys are party codes.
    Country,
    /// In person, virtual or hybrid; keys are values of `EventFormat`.
    Format,
}

impl From<EventDimension> for Axis {
    fn from(dimension: EventDimension) -> Self {
        match dimension {
            EventDimension::Kind => events::kind(),
            EventDimension::Body => events::body(),
            EventDimension::Theme => events::theme(),
            EventDimension::TopTheme => events::top_theme(),
            EventDimension::Host => events::host(),
            EventDimension::Country => events::country(),
            EventDimension::Format => events::format(),
        }
    }
}

crate::heap_size::heap_size! {
    Dimension {}
    EventDimension {}
}
