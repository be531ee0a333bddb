//! Counts of what is open or running.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// Counts while it lives.
pub struct Counted(Arc<AtomicU32>);

impl Counted {
    pub fn new(counter: &Arc<AtomicU32>) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(counter.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
