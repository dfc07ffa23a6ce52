//! Where refusals are told: to a hook of the user's, and to `tracing`. Must not know why anything is refused.

use std::{fmt, sync::Arc};

use crate::explanation::refusal::Refusal;

/// What the user wants to be called with each refusal.
#[derive(Clone)]
pub(crate) struct Hook(pub(crate) Arc<dyn Fn(&Refusal) + Send + Sync>);

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}

/// Whether anybody listens, so that it is worth finding out why something is refused.
pub(crate) fn is_listened_to(hook: Option<&Hook>) -> bool {
    hook.is_some() || log::is_on()
}

/// Tells a refusal to all who listen.
pub(crate) fn tell(refusal: &Refusal, hook: Option<&Hook>) {
    if let Some(Hook(hook)) = hook {
        hook(refusal);
    }
    log::tell(refusal);
}

#[cfg(feature = "tracing")]
mod log {
    use std::{
        hash::{DefaultHasher, Hash, Hasher},
        sync::Mutex,
        time::{Duration, Instant},
    };

    use cors_rules::Engine;

    use crate::explanation::refusal::Refusal;

    /// One event for a route, an origin and a kind in this time.
    const PERIOD: Duration = Duration::from_secs(10);
    /// And no more than this many events in it altogether, for anybody can make up origins.
    const MAX_EVENTS: u32 = 32;

    static LIMITER: Mutex<Limiter> = Mutex::new(Limiter::new());

    pub(super) fn is_on() -> bool {
        tracing::enabled!(target: "cors", tracing::Level::WARN)
    }

    pub(super) fn tell(refusal: &Refusal) {
        if !is_on() {
            return;
        }
        let admitted = match LIMITER.lock() {
            Ok(mut limiter) => limiter.admit(refusal, Instant::now()),
            // Somebody panicked while it was held; the numbers in it are as good as any.
            Err(poisoned) => poisoned.into_inner().admit(refusal, Instant::now()),
        };
        let Some(left_out) = admitted else { return };
        let policy = refusal.policy().map(|source| source.to_string());
        tracing::warn!(
            target: "cors",
            kind = refusal.kind().as_str(),
            preflight = refusal.is_preflight(),
            method = refusal.method(),
            path = refusal.path(),
            route = refusal.route(),
            origin = refusal.origin(),
            value = refusal.value(),
            policy,
            chrome = refusal.console_message(Engine::Chromium),
            firefox = refusal.console_message(Engine::Firefox),
            safari = refusal.console_message(Engine::WebKit),
            help = refusal.help(),
            left_out,
            "{}",
            refusal.message(),
        );
    }

    /// Keeps the number of events down: a fixed amount of memory, whatever is sent.
    struct Limiter {
        /// Since when the events are counted.
        since: Option<Instant>,
        events: u32,
        /// What has been told in this time, by its hash.
        told: [u64; MAX_EVENTS as usize],
        /// How many events were left out since the last one.
        left_out: u64,
    }

    impl Limiter {
        const fn new() -> Self {
            Self { since: None, events: 0, told: [0; MAX_EVENTS as usize], left_out: 0 }
        }

        /// How many events were left out before this one, if this one is to be told.
        fn admit(&mut self, refusal: &Refusal, now: Instant) -> Option<u64> {
            if self.since.is_none_or(|since| now.duration_since(since) >= PERIOD) {
                self.since = Some(now);
                self.events = 0;
            }
            let mut hasher = DefaultHasher::new();
            (refusal.route(), refusal.origin(), refusal.kind()).hash(&mut hasher);
            let hash = hasher.finish();
            if self.events == MAX_EVENTS || self.told[..self.events as usize].contains(&hash) {
                self.left_out += 1;
                return None;
            }
            self.told[self.events as usize] = hash;
            self.events += 1;
            Some(std::mem::take(&mut self.left_out))
        }
    }

    #[cfg(test)]
    mod tests {
        use http::Request;

        use super::*;
        use crate::Policy;

        fn refusal(origin: &str) -> Refusal {
            let request = Request::get("/").header("origin", origin).body(()).unwrap();
            Policy::NONE.explain(&request).refusal().unwrap().clone()
        }

        #[test]
        fn one_event_for_one_origin_in_a_time_and_then_how_many_were_left_out() {
            let mut limiter = Limiter::new();
            let start = Instant::now();
            let (one, other) = (refusal("https://one.example"), refusal("https://other.example"));
            assert_eq!(limiter.admit(&one, start), Some(0));
            assert_eq!(limiter.admit(&one, start + PERIOD / 2), None);
            assert_eq!(limiter.admit(&one, start + PERIOD / 2), None);
            assert_eq!(limiter.admit(&other, start + PERIOD / 2), Some(2));
            assert_eq!(limiter.admit(&one, start + PERIOD), Some(0));
        }

        #[test]
        fn origins_that_are_made_up_fill_no_log() {
            let mut limiter = Limiter::new();
            let start = Instant::now();
            let told = (0..1_000)
                .filter(|number| {
                    limiter.admit(&refusal(&format!("https://{number}.example")), start).is_some()
                })
                .count();
            assert_eq!(told, MAX_EVENTS as usize);
            assert_eq!(limiter.admit(&refusal("https://one.example"), start + PERIOD), Some(968));
        }
    }
}

/// Without the feature `tracing`, nobody listens there.
#[cfg(not(feature = "tracing"))]
mod log {
    use crate::explanation::refusal::Refusal;

    pub(super) fn is_on() -> bool {
        false
    }

    pub(super) fn tell(_refusal: &Refusal) {}
}
