//! Limits the operations that run at once. Others wait for a slot, or are refused.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::Overloaded;
use crate::{counted::Counted, metrics::METRICS};

/// How long an operation may wait for a slot while the queue was empty within the last [`BURST`].
const BURST: Duration = Duration::from_millis(100);
/// How long it may wait under sustained load.
const SUSTAINED: Duration = Duration::from_millis(10);
/// How many operations with [`Wait::UntilAdmitted`] wait among the others, so that many of them do not
/// keep the queue full.
const UNTIL_ADMITTED_AT_ONCE: usize = 4;

/// How long an operation waits for a slot.
#[derive(Clone, Copy, Debug)]
pub enum Wait {
    /// Until the service counts as overloaded.
    Briefly,
    /// Until there is a slot, for clients that would only retry.
    UntilAdmitted,
}

/// Slots for operations.
///
/// The time that an operation may wait is controlled as in CoDel (RFC 8289), in the form that servers use
/// it: a burst may wait long, because the queue empties again; under sustained load the queue never
/// empties, so waiting long would only make every response late.
pub struct Admission {
    slots: Arc<Semaphore>,
    until_admitted: Semaphore,
    /// Operations that run or wait.
    admitted: Arc<AtomicU32>,
    /// When the queue was last empty.
    empty: Mutex<Instant>,
}

/// A slot, free again when dropped.
pub struct Slot {
    _permit: OwnedSemaphorePermit,
    _counted: Counted,
}

impl Admission {
    pub fn new(slots: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(slots)),
            until_admitted: Semaphore::new(UNTIL_ADMITTED_AT_ONCE),
            admitted: Arc::default(),
            empty: Mutex::new(Instant::now()),
        }
    }

    /// How many operations run or wait.
    pub fn admitted(&self) -> u32 {
        self.admitted.load(Ordering::Relaxed)
    }

    /// Waits for a slot.
    pub async fn admit(&self, wait: Wait) -> Result<Slot, Overloaded> {
        let counted = Counted::new(&self.admitted);
        let permit = match self.slots.clone().try_acquire_owned() {
            Ok(permit) => {
                *self.empty() = Instant::now();
                permit
            }
            Err(_) => match wait {
                Wait::Briefly => self.in_time().await?,
                Wait::UntilAdmitted => {
                    let _turn = self.until_admitted.acquire().await.map_err(|_| Overloaded)?;
                    self.next().await?
                }
            },
        };
        Ok(Slot { _permit: permit, _counted: counted })
    }

    async fn in_time(&self) -> Result<OwnedSemaphorePermit, Overloaded> {
        let is_burst = self.empty().elapsed() < BURST;
        let patience = if is_burst { BURST } else { SUSTAINED };
        timeout(patience, self.next()).await.unwrap_or_else(|_| {
            METRICS.shed();
            Err(Overloaded)
        })
    }

    async fn next(&self) -> Result<OwnedSemaphorePermit, Overloaded> {
        self.slots.clone().acquire_owned().await.map_err(|_| Overloaded)
    }

    fn empty(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.empty.lock().expect("nothing panics while the lock is held")
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::time::{self, sleep};

    use super::*;

    async fn waited(admission: &Admission) -> Option<Duration> {
        let began = time::Instant::now();
        admission.admit(Wait::Briefly).await.err().map(|_| began.elapsed())
    }

    #[tokio::test]
    async fn a_burst_waits_longer_than_sustained_load() {
        let admission = Admission::new(2);
        let _slots = join_all([(); 2].map(|()| admission.admit(Wait::Briefly))).await;
        assert!(waited(&admission).await.is_some_and(|waited| waited >= BURST));
        let sustained = waited(&admission).await.expect("no slot is free");
        assert!((SUSTAINED..BURST).contains(&sustained), "{sustained:?}");
        assert_eq!(admission.admitted(), 2);
    }

    #[tokio::test]
    async fn a_free_slot_goes_to_who_waits() {
        let admission = Admission::new(1);
        let slot = admission.admit(Wait::Briefly).await.expect("a slot is free");
        let release = async {
            sleep(SUSTAINED / 2).await;
            drop(slot);
        };
        let (admitted, ()) = tokio::join!(admission.admit(Wait::Briefly), release);
        assert!(admitted.is_ok());
    }

    #[tokio::test]
    async fn many_that_wait_until_admitted_leave_slots_to_others() {
        let admission = Admission::new(1);
        let hold = async |slot: Result<Slot, Overloaded>| {
            let slot = slot?;
            sleep(Duration::from_millis(1)).await;
            drop(slot);
            Ok::<_, Overloaded>(())
        };
        let patient = (0..50).map(async |_| hold(admission.admit(Wait::UntilAdmitted).await).await);
        let brief = async {
            sleep(Duration::from_millis(5)).await;
            hold(admission.admit(Wait::Briefly).await).await
        };
        let (patient, brief) = tokio::join!(join_all(patient), brief);
        assert!(patient.into_iter().all(|done| done.is_ok()));
        assert!(brief.is_ok(), "it waits behind few of them");
    }
}
