//! Formatted references. Formatting takes milliseconds, so it runs in chunks on blocking threads,
//! and the record cache keeps the results.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
    thread::available_parallelism,
};

use async_graphql::{Context, Result};
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::context_ext::ContextExt;
use crate::{
    cite::{Reference, Style},
    store::{ReadError, Store, load::BatchLoad},
};

/// Number of references in a chunk. An operation can be cancelled between two chunks.
const CHUNK: usize = 25;

/// Limits the chunks formatted at once, by all operations together, to the number of processors.
static FORMATTERS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, usize::from)));

/// A reference, formatted in a style.
pub(crate) async fn cite(ctx: &Context<'_>, reference: Reference, style: Style) -> Result<String> {
    match style {
        Style::Apa | Style::Chicago => {
            let text = ctx.loaders().load::<Formatted>((style, Arc::new(reference))).await?;
            Ok(text.to_string())
        }
        Style::BibTex | Style::BibLatex | Style::Ris | Style::CslJson => Ok(reference.cite(style)),
    }
}

/// Formatted references, by style and reference.
struct Formatted;

impl BatchLoad for Formatted {
    type Key = (Style, Arc<Reference>);
    type Value = Arc<str>;

    async fn fetch(
        _: &Store,
        keys: &[Self::Key],
    ) -> Result<HashMap<Self::Key, Arc<str>>, ReadError> {
        let mut formatted = HashMap::with_capacity(keys.len());
        for chunk in keys.chunks(CHUNK) {
            let _permit = FORMATTERS.acquire().await.expect("the semaphore is never closed");
            let chunk = chunk.to_vec();
            let format = move || {
                let text = |key: Self::Key| (key.clone(), Arc::from(key.1.cite(key.0)));
                chunk.into_iter().map(text).collect::<Vec<(Self::Key, Arc<str>)>>()
            };
            formatted.extend(spawn_blocking(format).await.expect("formatting does not panic"));
        }
        Ok(formatted)
    }
}
