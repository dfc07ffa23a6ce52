//! Where refusals are reported: to a hook of the user's, and to `tracing`.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use http::{Extensions, HeaderMap, HeaderValue, StatusCode, header::ORIGIN};

use crate::{
    diagnostics::refusal::Refusal,
    protocol::{headers, request::Head},
};

/// What the user wants to be called with each refusal. It travels with the request, so whoever refuses it finds it.
#[derive(Clone)]
pub(crate) struct Hook(Arc<dyn Fn(&Refusal) + Send + Sync>);

/// Whether there is any in this process; if not, no request need be searched for it.
static HAS_HOOKS: AtomicBool = AtomicBool::new(false);

impl Hook {
    pub(crate) fn new(hook: impl Fn(&Refusal) + Send + Sync + 'static) -> Self {
        HAS_HOOKS.store(true, Ordering::Relaxed);
        Self(Arc::new(hook))
    }

    #[inline]
    fn from_request<'a>(head: Head<'a>) -> Option<&'a Self> {
        if HAS_HOOKS.load(Ordering::Relaxed) { head.extension() } else { None }
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}

/// Whether the refusal of a request has been reported. It travels with the request, because several may know of it.
#[derive(Clone, Default)]
struct Reported(Arc<AtomicBool>);

/// Whether a refusal is certain before its reason is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    Certain,
    Possible,
}

/// Whether anybody listens to any refusals. If not, none need be looked for.
#[inline]
pub(crate) fn has_listeners() -> bool {
    HAS_HOOKS.load(Ordering::Relaxed) || log::is_on()
}

/// Reports the refusal of a request, if it is one, somebody listens, and nobody else has reported it.
///
/// The reason is computed only then; the decision has been made and does not depend on it. Returns whether it is reported.
#[inline]
pub(crate) fn report(
    head: Head<'_>,
    certainty: Certainty,
    refusal: impl FnOnce() -> Option<Refusal>,
) -> bool {
    #[cold]
    fn report_cold(listener: &Listener<'_>, refusal: impl FnOnce() -> Option<Refusal>) -> bool {
        if listener.is_reported() {
            return true;
        }
        let refusal = refusal();
        refusal.is_some_and(|refusal| {
            listener.report(&refusal);
            true
        })
    }

    Listener::new(head, certainty).is_some_and(|listener| report_cold(&listener, refusal))
}

/// Who listens to the refusals of a request.
struct Listener<'a> {
    head: Head<'a>,
    hook: Option<&'a Hook>,
}

impl<'a> Listener<'a> {
    #[inline]
    fn new(head: Head<'a>, certainty: Certainty) -> Option<Self> {
        let hook = Hook::from_request(head);
        (hook.is_some() || log::has_room(certainty)).then_some(Self { head, hook })
    }

    fn is_reported(&self) -> bool {
        self.head.extension::<Reported>().is_some_and(|Reported(reported)| reported.load(Ordering::Relaxed))
    }

    fn report(&self, refusal: &Refusal) {
        if let Some(Reported(reported)) = self.head.extension() {
            reported.store(true, Ordering::Relaxed);
        }
        tell(self.hook, refusal);
    }
}

fn tell(hook: Option<&Hook>, refusal: &Refusal) {
    if let Some(Hook(hook)) = hook {
        // It is called outside of every layer that could catch a panic, and the answer does not depend on it.
        drop(catch_unwind(AssertUnwindSafe(|| hook(refusal))));
    }
    log::report(refusal);
}

/// A refusal that is one unless somebody inside grants the request, or refuses and reports it.
pub(crate) struct Late {
    refusal: Refusal,
    origin: Option<HeaderValue>,
    hook: Option<Hook>,
    reported: Reported,
}

impl Late {
    /// What may have to be reported when the response comes back. It is put together before the request is given away.
    pub(crate) fn new(head: Head<'_>, refusal: impl FnOnce() -> Refusal) -> Option<Box<Self>> {
        let listener = Listener::new(head, Certainty::Possible)?;
        if listener.is_reported() {
            return None;
        }
        let refusal = refusal();
        let reported = head.extension::<Reported>().cloned().unwrap_or_default();
        let origin = head.headers.get(ORIGIN).cloned();
        Some(Box::new(Self { refusal, origin, hook: listener.hook.cloned(), reported }))
    }

    /// Lets those inside say that they have reported it.
    pub(crate) fn mark(&self, extensions: &mut Extensions) {
        extensions.insert(self.reported.clone());
    }

    /// Reports it, unless the page may read the response after all.
    pub(crate) fn report(self, status: StatusCode, response: &HeaderMap) {
        let Self { refusal, origin, hook, reported: Reported(reported) } = self;
        if !reported.swap(true, Ordering::Relaxed) && !headers::is_granted(response, origin.as_ref()) {
            tell(hook.as_ref(), &refusal.with_response(status, response));
        }
    }
}

/// Lets those inside know that the refusal of this request has been reported.
pub(crate) fn mark_reported(extensions: &mut Extensions) {
    match extensions.get::<Reported>() {
        Some(Reported(reported)) => reported.store(true, Ordering::Relaxed),
        None => drop(extensions.insert(Reported(Arc::new(AtomicBool::new(true))))),
    }
}

#[cfg(feature = "tracing")]
mod log {
    use std::{
        hash::{DefaultHasher, Hash, Hasher},
        sync::{Mutex, MutexGuard, OnceLock, PoisonError},
        time::Duration,
    };

    use cors_rules::Engine;

    use crate::diagnostics::{refusal::Refusal, report::Certainty};

    /// One event for a route, an origin and a kind in this time.
    const PERIOD: Duration = Duration::from_secs(10);
    /// And no more than this many events in it altogether, for anybody can make up origins.
    const MAX_EVENTS: u32 = 32;

    static LIMITER: Mutex<Limiter> = Mutex::new(Limiter::new());

    pub(super) fn is_on() -> bool {
        tracing::enabled!(target: "cors", tracing::Level::WARN)
    }

    /// Whether an event would be written, and it is worth finding out why something is refused. If not, it counts as
    /// suppressed, if it is certain that there is one.
    pub(super) fn has_room(certainty: Certainty) -> bool {
        is_on() && {
            let mut limiter = limiter();
            let has_room = limiter.has_room(now);
            if !has_room && certainty == Certainty::Certain {
                limiter.suppressed += 1;
            }
            has_room
        }
    }

    fn limiter() -> MutexGuard<'static, Limiter> {
        // If somebody panicked while it was held, the numbers in it are as good as any.
        LIMITER.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn report(refusal: &Refusal) {
        if !is_on() {
            return;
        }
        let admitted = limiter().admit(refusal, now());
        let Some(suppressed) = admitted else { return };
        let policy = refusal.policy_location().map(|location| location.to_string());
        tracing::warn!(
            target: "cors",
            kind = refusal.kind().as_str(),
            preflight = refusal.is_preflight(),
            method = refusal.method(),
            path = refusal.path(),
            route = refusal.route(),
            origin = refusal.origin(),
            value = refusal.rejected_value(),
            policy,
            chrome = refusal.console_message(Engine::Chromium),
            firefox = refusal.console_message(Engine::Firefox),
            safari = refusal.console_message(Engine::WebKit),
            help = refusal.help(),
            suppressed,
            "{}",
            refusal.message(),
        );
    }

    /// The time since the first event; `None` where there is no clock.
    fn now() -> Option<Duration> {
        // Reading the clock panics there.
        if cfg!(all(target_family = "wasm", target_os = "unknown")) {
            return None;
        }
        static START: OnceLock<std::time::Instant> = OnceLock::new();
        Some(START.get_or_init(std::time::Instant::now).elapsed())
    }

    /// Keeps the number of events down: a fixed amount of memory, whatever is sent.
    struct Limiter {
        /// When the period began.
        since: Duration,
        /// The events in this period.
        events: u32,
        /// What has been reported in this period, by its hash.
        reported: [u64; MAX_EVENTS as usize],
        /// How many events were suppressed since the last one.
        suppressed: u64,
    }

    impl Limiter {
        const fn new() -> Self {
            Self { since: Duration::ZERO, events: 0, reported: [0; MAX_EVENTS as usize], suppressed: 0 }
        }

        /// Whether an event could be admitted. Without a clock there is but one period.
        fn has_room(&self, now: impl FnOnce() -> Option<Duration>) -> bool {
            self.events < MAX_EVENTS || now().is_some_and(|now| now.saturating_sub(self.since) >= PERIOD)
        }

        /// How many events were suppressed before this one, if this one is to be written.
        fn admit(&mut self, refusal: &Refusal, now: Option<Duration>) -> Option<u64> {
            if let Some(now) = now
                && (self.events == 0 || now.saturating_sub(self.since) >= PERIOD)
            {
                self.since = now;
                self.events = 0;
            }
            let mut hasher = DefaultHasher::new();
            (refusal.route(), refusal.origin(), refusal.kind()).hash(&mut hasher);
            let hash = hasher.finish();
            if self.events == MAX_EVENTS || self.reported[..self.events as usize].contains(&hash) {
                self.suppressed += 1;
                return None;
            }
            self.reported[self.events as usize] = hash;
            self.events += 1;
            Some(std::mem::take(&mut self.suppressed))
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
        fn one_event_for_one_origin_in_a_period_and_then_how_many_were_suppressed() {
            let mut limiter = Limiter::new();
            let start = Duration::from_secs(100);
            let (one, other) = (refusal("https://one.example"), refusal("https://other.example"));
            assert_eq!(limiter.admit(&one, Some(start)), Some(0));
            assert_eq!(limiter.admit(&one, Some(start + PERIOD / 2)), None);
            assert_eq!(limiter.admit(&one, Some(start + PERIOD / 2)), None);
            assert_eq!(limiter.admit(&other, Some(start + PERIOD / 2)), Some(2));
            assert_eq!(limiter.admit(&one, Some(start + PERIOD)), Some(0));
        }

        #[test]
        fn made_up_origins_do_not_fill_a_log() {
            for now in [Some(Duration::ZERO), None] {
                let mut limiter = Limiter::new();
                let admitted = (0..1_000)
                    .filter(|number| {
                        limiter.admit(&refusal(&format!("https://{number}.example")), now).is_some()
                    })
                    .count();
                assert_eq!(admitted, MAX_EVENTS as usize);
                assert!(!limiter.has_room(|| now));
                assert!(limiter.has_room(|| Some(PERIOD)));
                assert_eq!(limiter.admit(&refusal("https://one.example"), Some(PERIOD)), Some(968));
            }
        }
    }
}

/// Without the feature `tracing`, nobody listens there.
#[cfg(not(feature = "tracing"))]
mod log {
    use crate::diagnostics::{refusal::Refusal, report::Certainty};

    pub(super) fn is_on() -> bool {
        false
    }

    pub(super) fn has_room(_certainty: Certainty) -> bool {
        false
    }

    pub(super) fn report(_refusal: &Refusal) {}
}
