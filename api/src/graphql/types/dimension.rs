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

impl Dimension {
    pub(crate) fn axis(self) -> Axis {
        match self {
            Self::Partner => contributions::partner(),
            Self::Theme => contributions::theme(),
            Self::TopTheme => contributions::top_theme(),
            Self::Kind => contributions::kind(),
            Self::Year => contributions::period(analysis::Interval::Year),
            Self::Body => contributions::body(),
            Self::Beneficiary => contributions::beneficiary(),
            Self::Framework => contributions::framework(),
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

impl EventDimension {
    pub(crate) fn axis(self) -> Axis {
        match self {
            Self::Kind => events::kind(),
            Self::Body => events::body(),
            Self::Theme => events::theme(),
            Self::TopTheme => events::top_theme(),
            Self::Host => events::host(),
            Self::Country => events::country(),
            Self::Format => events::format(),
        }
    }
}
