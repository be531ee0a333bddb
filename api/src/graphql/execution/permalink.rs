//! Permanent addresses.

use async_graphql::Context;

use crate::store::dataset::Summary;

/// The address at which users reach the service, without a slash at its end, if it is known.
#[derive(Clone, Debug, Default)]
pub struct PublicUrl(pub Option<String>);

/// The permanent address of a state: relative to the service, if its public address is not known.
pub(crate) fn permalink(ctx: &Context<'_>, at: &Summary) -> String {
    let PublicUrl(public) = ctx.data_unchecked();
    format!("{}{}", public.as_deref().unwrap_or_default(), at.path())
}

/// The permanent address of something in a state, if the public address is known.
pub(crate) fn permanent_url(ctx: &Context<'_>, at: &Summary, path: &str) -> Option<String> {
    let PublicUrl(public) = ctx.data_unchecked();
    Some(format!("{}{}{path}", public.as_deref()?, at.path()))
}
