//! How long a delegate is waited for.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    time::{Sleep, sleep},
};

/// The time in which a future has to be ready. It begins when the future was first seen not to be, because most delegates are
/// ready at once, and need no timer.
pub(super) struct TimeLimit {
    limit: Duration,
    timer: Option<Timer>,
}

enum Timer {
    Runs(Pin<Box<Sleep>>),
    /// There is no runtime of tokio, or it has no timers.
    Missing,
}

impl TimeLimit {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, timer: None }
    }

    /// Ready when the time is over.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self.timer.get_or_insert_with(|| Timer::start(self.limit)) {
            Timer::Runs(sleep) => sleep.as_mut().poll(context),
            Timer::Missing => Poll::Pending,
        }
    }
}

impl Timer {
    fn start(limit: Duration) -> Self {
        if Handle::try_current().is_err() {
            return Self::Missing;
        }
        // It panics in a runtime that was built without timers, which nothing tells beforehand.
        match catch_unwind(AssertUnwindSafe(|| Box::pin(sleep(limit)))) {
            Ok(sleep) => Self::Runs(sleep),
            Err(_) => Self::Missing,
        }
    }
}
