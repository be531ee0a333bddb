//! Rate limiting of repeated log lines. Under overload, or while a database is unreachable, the
//! same warning would be written thousands of times a second. A limited number of each kind is
//! logged; the others are counted.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tracing::{
    Event, Level, Subscriber,
    callsite::Identifier,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// How long it takes until a used-up allowance is full again.
const REFILL: Duration = Duration::from_secs(180);
/// How often the numbers of suppressed lines are logged.
const REPORT: Duration = Duration::from_secs(10);
/// The maximum length of the example message of a kind, in characters.
const MESSAGE_LENGTH: usize = 100;

/// A token bucket for each kind of line. Lines of one kind come from the same place in the code (callsite).
#[derive(Clone)]
pub(super) struct Repeats {
    /// How many lines of a kind are logged in a burst; 0 logs all.
    allowance: u32,
    kinds: Arc<Mutex<HashMap<Identifier, Kind>>>,
}

struct Kind {
    target: &'static str,
    message: String,
    /// How many lines could still be logged at `since`.
    left: f64,
    since: Instant,
    left_out: u64,
}

impl Repeats {
    pub fn new(allowance: u32) -> Self {
        Self { allowance, kinds: Arc::default() }
    }

    fn kinds(&self) -> MutexGuard<'_, HashMap<Identifier, Kind>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn passes(&self, event: &Event<'_>, now: Instant) -> bool {
        let metadata = event.metadata();
        // DEBUG and TRACE are opt-in, so their lines are never suppressed.
        if self.allowance == 0
            || *metadata.level() > Level::INFO
            || metadata.target() == module_path!()
        {
            return true;
        }
        let most = f64::from(self.allowance);
        let mut kinds = self.kinds();
        let kind = kinds.entry(metadata.callsite()).or_insert_with(|| Kind {
            target: metadata.target(),
            message: String::new(),
            left: most,
            since: now,
            left_out: 0,
        });
        let refilled = now.duration_since(kind.since).as_secs_f64() / REFILL.as_secs_f64() * most;
        kind.left = (kind.left + refilled).min(most);
        kind.since = now;
        if kind.left >= 1.0 {
            kind.left -= 1.0;
            return true;
        }
        if kind.left_out == 0 {
            kind.message.clear();
            event.record(&mut Message(&mut kind.message));
        }
        kind.left_out += 1;
        false
    }

    /// Logs how many lines were suppressed since the last report, one line per kind.
    pub fn report(&self) {
        let left_out: Vec<_> = self
            .kinds()
            .values_mut()
            .filter(|kind| kind.left_out > 0)
            .map(|kind| (kind.target, kind.message.clone(), std::mem::take(&mut kind.left_out)))
            .collect();
        for (of, message, left_out) in left_out {
            tracing::warn!(left_out, of, like = message, "repeated lines were suppressed");
        }
    }

    pub async fn report_regularly(self) {
        loop {
            tokio::time::sleep(REPORT).await;
            self.report();
        }
    }
}

/// An event format that writes nothing for suppressed lines.
///
/// A per-layer filter does not work: in tracing-subscriber 0.3.23 its rejection of an event also
/// applies to the next.
pub(super) struct Limited<F> {
    pub format: F,
    pub repeats: Repeats,
}

impl<S, N, F> FormatEvent<S, N> for Limited<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        match self.repeats.passes(event, Instant::now()) {
            true => self.format.format_event(context, writer, event),
            false => Ok(()),
        }
    }
}

/// Stores the message of an event.
struct Message<'m>(&'m mut String);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0.extend(format!("{value:?}").chars().take(MESSAGE_LENGTH));
        }
    }
}
