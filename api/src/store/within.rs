//! What can be let go of within its runtime only.

use std::ops::{Deref, DerefMut};

use tokio::runtime::Handle;

/// A connection, which is given back to its pool by a task of the runtime. A service that ends drops what it
/// has under way outside of that: this enters it then.
#[derive(Debug)]
pub(super) struct Within<T> {
    /// Always there, but for the moment in which it is dropped.
    held: Option<T>,
    runtime: Handle,
}

impl<T> Within<T> {
    /// Panics outside of a runtime.
    pub fn this_runtime(held: T) -> Self {
        Self { held: Some(held), runtime: Handle::current() }
    }
}

impl<T> Deref for Within<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.held.as_ref().expect("it is not dropped yet")
    }
}

impl<T> DerefMut for Within<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().expect("it is not dropped yet")
    }
}

impl<T> Drop for Within<T> {
    fn drop(&mut self) {
        let _entered = self.runtime.enter();
        self.held.take();
    }
}

#[cfg(test)]
mod tests {
    use std::{error::Error, sync::Arc, time::Duration};

    use sea_orm::sea_query::Query;
    use tokio::runtime::Builder;

    use crate::store::{Store, connect};

    /// An address of a database that lives only in memory.
    const EMPTY: &str = "sqlite::memory:";

    /// With a connection that is kept.
    async fn opened() -> Result<Store, Box<dyn Error>> {
        let lines = connect::connect_to_serve(EMPTY, 1, Duration::from_secs(1)).await?;
        lines.query_all(&Query::select().expr(1).to_owned()).await?;
        Ok(Store::on(Arc::new(lines)))
    }

    async fn snapshot() -> Result<Store, Box<dyn Error>> {
        Ok(Store::snapshot(connect::snapshot(EMPTY).await?))
    }

    #[test]
    fn connections_can_be_dropped_outside_of_their_runtime_and_after_it()
    -> Result<(), Box<dyn Error>> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        drop((runtime.block_on(opened())?, runtime.block_on(snapshot())?));
        let later = (runtime.block_on(opened())?, runtime.block_on(snapshot())?);
        drop(runtime);
        drop(later);
        Ok(())
    }
}
