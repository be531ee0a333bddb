use async_graphql::Enum;

use crate::analysis::{self, Axis, contributions, events};

/// What contributions can be counted by. A contribution that has several values of a dimension counts in each of them, and once in totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Dimension {
    /// Who gave; keys are codes.
    Partner,
    /// The themes that it bears; keys are slugs.
    Theme,
    /// The top of the tree of each theme that it bears; keys are slugs.
    TopTheme,
    /// What was given; keys are values of `ContributionKind`.
    Kind,
    /// The year in which it began, or ended where its beginning is not known. One that goes on for years counts in its first.
    Year,
    /// The body that it was for; keys are slugs.
    Body,
    /// For whom it was; keys are codes.
    Beneficiary,
    /// The framework of the initiative that it belongs to; else that of its body: `ADMM_PLUS` for the ADMM-Plus and what reports to it, `ADMM` for the ADMM and what else reports to it. Keys are values of `Framework`.
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

/// What events can be counted by. An event that has several values of a dimension counts in each of them, and once in totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum EventDimension {
    /// What kind of event; keys are values of `EventKind`.
    Kind,
    /// Whose event it was; keys are slugs.
    Body,
    /// The themes that it was about; keys are slugs.
    Theme,
    /// The top of the tree of each theme that it was about; keys are slugs.
    TopTheme,
    /// Who hosted or co-hosted it; keys are codes.
    Host,
    /// The country that it took place in; keys are codes.
    Country,
    /// How people met; keys are values of `EventFormat`.
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
