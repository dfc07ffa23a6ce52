//! Without the feature `tokio`, there is no timer, and a delegate is waited for as long as it takes.

use std::{
    task::{Context, Poll},
    time::Duration,
};

pub(super) struct TimeLimit;

impl TimeLimit {
    pub(super) fn new(_limit: Duration) -> Self {
        Self
    }

    pub(super) fn poll(&mut self, _context: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}
