//! The state of a connection, and the decision when to close it.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    task::{Context, Waker},
    time::{Duration, Instant},
};

use super::{Limits, MinRate, registry::Slot};

/// How long a connection over the limit may take to send the head of its request.
const RESERVE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a connection has to be idle before it is closed at shutdown. By then, what has arrived
/// is read, and pending data is sent.
const SETTLE: Duration = Duration::from_millis(50);

/// Maximum number of unsent bytes in the send queue of a socket (see [`super::listen`]). The
/// progress of a client is visible in steps of at most this size.
pub const STEP: u64 = 1 << 16;

/// Whether a connection stays open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    #[default]
    Open,
    /// It closes unless another request has arrived.
    End,
    /// The head of a request is late: the client gets an error, then the connection closes.
    Late,
    /// It closes at once.
    Cut,
}

/// The state of a connection, shared by its worker thread, its stream and its requests.
#[derive(Debug)]
pub struct State {
    slot: Slot,
    is_http2: Cell<bool>,
    /// Total bytes.
    read: Cell<u64>,
    written: Cell<u64>,
    /// The value of `read` when the last request began or its response ended.
    read_before: Cell<u64>,
    /// Incremented when a request begins and when it ends.
    turn: Cell<u64>,
    /// Whether a response of the application is not written yet.
    has_response: Cell<bool>,
    /// Whether a write waits until the client has received more.
    is_blocked: Cell<bool>,
    exchanges: RefCell<Vec<Rc<RequestState>>>,
    verdict: Cell<Verdict>,
    waker: RefCell<Option<Waker>>,
    visit: Cell<Visit>,
    pace: Cell<Option<TransferRate>>,
}

/// What the worker found when it last checked the connection.
#[derive(Clone, Copy, Debug)]
struct Visit {
    turn: u64,
    /// Whether a part of a request head had been read.
    in_head: bool,
    /// When the other fields last changed.
    since: Instant,
}

/// A request, until its response has left the application.
#[derive(Debug, Default)]
pub struct RequestState {
    /// Bytes of the response that have been offered to the client.
    taken: Cell<u64>,
    /// Whether the client has yet to take the last piece that was offered.
    is_offered: Cell<bool>,
    pace: Cell<Option<TransferRate>>,
}

/// How far a client may still fall behind the minimum rate.
#[derive(Clone, Copy, Debug)]
struct TransferRate {
    /// Bytes.
    credit: u64,
    taken: u64,
    at: Instant,
}

impl TransferRate {
    /// Whether a client that has taken `taken` bytes keeps the minimum rate.
    fn holds(pace: &Cell<Option<Self>>, taken: u64, now: Instant, limit: MinRate) -> bool {
        let owed = |time: Duration| (limit.rate as f64 * time.as_secs_f64()) as u64;
        let full = owed(limit.grace) + STEP;
        let last = pace.get().unwrap_or(Self { credit: full, taken, at: now });
        let credit = last.credit.saturating_add(taken - last.taken).min(full);
        match credit.checked_sub(owed(now - last.at)) {
            Some(credit) => {
                pace.set(Some(Self { credit, taken, at: now }));
                true
            }
            None => limit.rate == 0,
        }
    }
}

impl RequestState {
    /// Records that the client has taken all that it was offered.
    pub fn took(&self) {
        self.is_offered.set(false);
    }

    /// Records that a piece of the response is offered to the client.
    pub fn offer(&self, bytes: usize) {
        self.taken.set(self.taken.get() + bytes as u64);
        self.is_offered.set(true);
    }

    fn holds_pace(&self, now: Instant, limit: MinRate) -> bool {
        if !self.is_offered.get() {
            self.pace.set(None);
            return true;
        }
        TransferRate::holds(&self.pace, self.taken.get(), now, limit)
    }
}

impl State {
    pub fn new(slot: Slot) -> Rc<Self> {
        Rc::new(Self {
            slot,
            is_http2: Cell::default(),
            read: Cell::default(),
            written: Cell::default(),
            read_before: Cell::default(),
            turn: Cell::default(),
            has_response: Cell::default(),
            is_blocked: Cell::default(),
            exchanges: RefCell::default(),
            verdict: Cell::default(),
            waker: RefCell::default(),
            visit: Cell::new(Visit { turn: 0, in_head: false, since: Instant::now() }),
            pace: Cell::default(),
        })
    }

    /// Whether the connection is over the limit, and only gets an error.
    pub fn is_reserve(&self) -> bool {
        self.slot.is_reserve()
    }

    pub fn set_http2(&self) {
        self.is_http2.set(true);
    }

    pub fn is_http2(&self) -> bool {
        self.is_http2.get()
    }

    pub fn verdict(&self) -> Verdict {
        self.verdict.get()
    }

    /// Records that bytes were read.
    pub fn has_read(&self, bytes: usize) {
        self.read.set(self.read.get() + bytes as u64);
        if self.verdict.get() == Verdict::End {
            self.verdict.set(Verdict::Open);
        }
    }

    /// Records that the socket accepted `bytes` of the `of` bytes to write.
    pub fn has_written(&self, bytes: usize, of: usize) {
        self.written.set(self.written.get() + bytes as u64);
        self.is_blocked.set(false);
        if bytes == of {
            self.has_response.set(false);
        }
    }

    /// Records that the socket accepts nothing at the moment.
    pub fn is_blocked(&self) {
        self.is_blocked.set(true);
    }

    /// Sets the task to wake when the verdict changes.
    pub fn park(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        match &mut *waker {
            Some(waker) => waker.clone_from(context.waker()),
            None => *waker = Some(context.waker().clone()),
        }
    }

    /// Records that a request has arrived.
    pub fn begin(&self) -> Rc<RequestState> {
        self.turn();
        let exchange = Rc::new(RequestState::default());
        self.exchanges.borrow_mut().push(exchange.clone());
        exchange
    }

    /// Records that the application has returned a response.
    pub fn responds(&self) {
        self.has_response.set(true);
    }

    /// Records that a response has left the application.
    pub fn end(&self, exchange: &Rc<RequestState>) {
        self.exchanges.borrow_mut().retain(|other| !Rc::ptr_eq(other, exchange));
        self.turn();
    }

    fn turn(&self) {
        self.turn.set(self.turn.get() + 1);
        self.read_before.set(self.read.get());
    }

    /// Length of the head that was read but has not reached the application, in bytes; `None` if
    /// the application is handling a request or its response is being written.
    pub fn unanswered_head(&self) -> Option<u64> {
        let is_answered = self.has_response.get() || !self.exchanges.borrow().is_empty();
        (!is_answered).then(|| self.read.get() - self.read_before.get())
    }

    /// Decides whether the connection stays open, and wakes its task if it has to close.
    pub(super) fn visit(&self, now: Instant, limits: &Limits, is_closing: bool) {
        if self.verdict.get() != Verdict::Open {
            return;
        }
        let verdict = self.judge(now, limits, is_closing);
        if verdict != Verdict::Open {
            self.verdict.set(verdict);
            if let Some(waker) = self.waker.take() {
                waker.wake();
            }
        }
    }

    fn judge(&self, now: Instant, limits: &Limits, is_closing: bool) -> Verdict {
        let blocked = self.is_blocked.get();
        if !blocked {
            self.pace.set(None);
        } else if !TransferRate::holds(&self.pace, self.written.get(), now, limits.pace) {
            return Verdict::Cut;
        }
        let exchanges = self.exchanges.borrow();
        if !exchanges.iter().all(|exchange| exchange.holds_pace(now, limits.pace)) {
            return Verdict::Cut;
        }
        let turn = self.turn.get();
        // HTTP/2 has other frames between requests.
        let in_head = !self.is_http2.get() && self.read.get() > self.read_before.get();
        let last = self.visit.get();
        let is_same = turn == last.turn && in_head == last.in_head;
        if !is_same {
            self.visit.set(Visit { turn, in_head, since: now });
        }
        if !exchanges.is_empty() || blocked {
            return Verdict::Open;
        }
        let waited = if is_same { now - last.since } else { Duration::ZERO };
        let is_first = turn == 0;
        let head = if self.is_reserve() { RESERVE_TIMEOUT } else { limits.head };
        match in_head {
            true if waited > head => Verdict::Late,
            true => Verdict::Open,
            false if is_closing && waited > SETTLE => Verdict::End,
            false if self.is_reserve() && !is_first => Verdict::End,
            false if is_first && !self.is_http2.get() && waited > head => Verdict::End,
            false if waited > limits.keep_alive => Verdict::End,
            false => Verdict::Open,
        }
    }
}
