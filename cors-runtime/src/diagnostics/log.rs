//! Events of `tracing`, and how many of them there are: nobody can fill a log with refusals, nor use up what there is room
//! for, so that others are not heard of.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use axum::extract::MatchedPath;
use cors_rules::Engine;
use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ORIGIN};

use crate::{
    diagnostics::{
        refusal::{Refusal, RefusalKind},
        report::Certainty,
    },
    protocol::request::Head,
};

/// One event for a route, a kind, an origin and what it asks for in this time.
const PERIOD: Duration = Duration::from_secs(10);
/// Each route has one event of each kind in a period to itself, as long as there are no more of them than this. An attacker
/// makes up origins, paths and header names, but cannot make up routes.
const SHARES: usize = 256;
/// The events beyond these, for everybody who is quick enough.
const SPARE_EVENTS: u32 = 32;
/// No route has more than this many events of one kind.
const MAX_EVENTS: usize = 8;

/// How many bytes of a path or of the requested headers tell events apart.
const MAX_BYTES: usize = 256;

/// For what clients do wrong, or pretend to.
static FOR_CLIENTS: Mutex<Limiter> = Mutex::new(Limiter::new());
/// For delegates and functions that fail. Whatever clients do, there is room for the first failure of each route.
static FOR_FAILURES: Mutex<Limiter> = Mutex::new(Limiter::new());

pub(super) fn is_on() -> bool {
    tracing::enabled!(target: "cors", tracing::Level::WARN)
}

/// Whether an event would be written, so that it is worth putting the refusal together. If not, it counts as suppressed, if
/// it is certain that there is one.
pub(super) fn has_room(head: Head<'_>, certainty: Certainty) -> bool {
    let (Certainty::Certain(kind) | Certainty::Likely(kind)) = certainty else { return true };
    let key = LogKey::new(head, kind);
    let mut limiter = key.limiter();
    let has_room = limiter.has_room(key, now);
    if !has_room && certainty == Certainty::Certain(kind) {
        limiter.suppressed += 1;
    }
    has_room
}

/// Writes an event, unless there are enough. `hook_panicked` is whether a function that was called with it did.
pub(super) fn report(refusal: &Refusal, key: LogKey, hook_panicked: bool) {
    if !is_on() {
        return;
    }
    let admitted = key.limiter().admit(key, now());
    let Some(suppressed) = admitted else { return };
    if hook_panicked {
        tracing::error!(target: "cors", "the function of `on_refusal` panicked at the refusal that follows");
    }
    let policy = refusal.policy_location().map(|location| location.to_string());
    tracing::warn!(
        target: "cors",
        kind = refusal.kind().as_str(),
        preflight = refusal.is_preflight(),
        method = refusal.method(),
        path = refusal.path(),
        route = refusal.route(),
        origin = refusal.origin_text(),
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

/// What tells events apart.
#[derive(Clone, Copy)]
pub(super) struct LogKey {
    /// The route and the kind, by which events are shared out.
    share: u64,
    /// The same with the origin and what it asks for, by which one event is as good as another.
    event: u64,
    is_failure: bool,
}

impl LogKey {
    pub(super) fn new(head: Head<'_>, kind: RefusalKind) -> Self {
        // Nobody outside can make up texts of one hash.
        static HASHER: OnceLock<RandomState> = OnceLock::new();
        let hasher = HASHER.get_or_init(RandomState::new);
        let route = head.extension::<MatchedPath>().map(MatchedPath::as_str);
        let share = hasher.hash_one((route, kind));
        let field = |name| head.headers.get(name).map(|value| beginning_of(value.as_bytes()));
        let asked = head.preflight().map(|preflight| {
            (beginning_of(preflight.method.as_bytes()), field(ACCESS_CONTROL_REQUEST_HEADERS))
        });
        let path = route.is_none().then(|| beginning_of(head.uri.path().as_bytes()));
        let event = hasher.hash_one((share, field(ORIGIN), asked, path));
        let is_failure = matches!(kind, RefusalKind::Delegate | RefusalKind::Function);
        // Zero is what an empty place has.
        Self { share: share.max(1), event, is_failure }
    }

    fn limiter(self) -> MutexGuard<'static, Limiter> {
        let limiter = if self.is_failure { &FOR_FAILURES } else { &FOR_CLIENTS };
        // If somebody panicked while it was held, the numbers in it are as good as any.
        limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn beginning_of(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(MAX_BYTES)]
}

/// Keeps the number of events down: a fixed amount of memory, whatever is sent.
struct Limiter {
    /// When the period began.
    since: Option<Duration>,
    /// The events in this period beyond the first of each share.
    spare_events: u32,
    shares: [Share; SHARES],
    /// How many events were suppressed since the last one.
    suppressed: u64,
}

/// The events of one kind on one route in a period.
#[derive(Clone, Copy)]
struct Share {
    /// Whose share it is; zero if it is nobody's yet.
    key: u64,
    count: usize,
    events: [u64; MAX_EVENTS],
}

impl Share {
    const NEW: Self = Self { key: 0, count: 0, events: [0; MAX_EVENTS] };

    fn has(&self, key: LogKey) -> bool {
        self.events[..self.count].contains(&key.event)
    }
}

impl Limiter {
    const fn new() -> Self {
        Self { since: None, spare_events: 0, shares: [Share::NEW; SHARES], suppressed: 0 }
    }

    /// Whether the period is over. Without a clock there is but one.
    fn is_over(&self, now: Option<Duration>) -> bool {
        match (self.since, now) {
            (None, _) => true,
            (Some(since), Some(now)) => now.saturating_sub(since) >= PERIOD,
            (Some(_), None) => false,
        }
    }

    /// The share of a route and a kind, or a free place for it; `None` if all places are taken.
    fn share(&self, key: LogKey) -> Option<usize> {
        let home = key.share as usize % SHARES;
        let mut places = (home..SHARES).chain(0..home);
        places.find(|place| [0, key.share].contains(&self.shares[*place].key))
    }

    /// Whether an event could be admitted.
    fn has_room(&self, key: LogKey, now: impl FnOnce() -> Option<Duration>) -> bool {
        let has_spare = self.spare_events < SPARE_EVENTS;
        let has_room = match self.share(key).map(|place| self.shares[place]) {
            Some(share) if share.has(key) || share.count == MAX_EVENTS => false,
            Some(share) if share.count == 0 => true,
            Some(_) | None => has_spare,
        };
        has_room || self.is_over(now())
    }

    /// How many events were suppressed before this one, if this one is to be written.
    fn admit(&mut self, key: LogKey, now: Option<Duration>) -> Option<u64> {
        if self.is_over(now) {
            *self = Self { since: Some(now.unwrap_or_default()), suppressed: self.suppressed, ..Self::new() };
        }
        if !self.has_room(key, || now) {
            self.suppressed += 1;
            return None;
        }
        let share = self.share(key).map(|place| &mut self.shares[place]);
        self.spare_events += u32::from(share.as_ref().is_none_or(|share| share.count > 0));
        if let Some(share) = share {
            share.key = key.share;
            share.events[share.count] = key.event;
            share.count += 1;
        }
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Option<Duration> = Some(Duration::from_secs(100));
    const LATER: Option<Duration> = Some(Duration::from_secs(105));
    const NEXT: Option<Duration> = Some(Duration::from_secs(110));

    /// The key of an origin on a route.
    fn key(route: u64, origin: u64) -> LogKey {
        // As well mixed as hashes are.
        let mix = |number: u64| number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
        LogKey { share: mix(route), event: mix(mix(route) ^ origin), is_failure: false }
    }

    fn admitted(limiter: &mut Limiter, keys: impl Iterator<Item = LogKey>, now: Option<Duration>) -> usize {
        keys.filter(|key| limiter.admit(*key, now).is_some()).count()
    }

    #[test]
    fn one_event_for_one_origin_in_a_period_and_then_how_many_were_suppressed() {
        let mut limiter = Limiter::new();
        assert_eq!(limiter.admit(key(1, 1), START), Some(0));
        assert_eq!(limiter.admit(key(1, 1), LATER), None);
        assert_eq!(limiter.admit(key(1, 1), LATER), None);
        assert!(!limiter.has_room(key(1, 1), || LATER));
        assert_eq!(limiter.admit(key(1, 2), LATER), Some(2));
        assert!(limiter.has_room(key(1, 1), || NEXT));
        assert_eq!(limiter.admit(key(1, 1), NEXT), Some(0));
        // What was suppressed at the end of a period is counted in the first event of the next one.
        assert_eq!(limiter.admit(key(1, 1), NEXT), None);
        assert_eq!(limiter.admit(key(1, 1), NEXT.map(|next| next + PERIOD)), Some(1));
    }

    #[test]
    fn the_clock_runs() {
        let start = now();
        std::thread::sleep(Duration::from_millis(2));
        assert!(start.is_some() && now() > start);
    }

    /// However many origins are made up for one route, others are heard of.
    #[test]
    fn a_flood_on_one_route_hides_no_other() {
        for now in [START, None] {
            let mut limiter = Limiter::new();
            let flood = admitted(&mut limiter, (0..1_000).map(|origin| key(1, origin)), now);
            assert_eq!(flood, MAX_EVENTS);
            assert!(!limiter.has_room(key(1, 5_000), || now));
            assert_eq!(limiter.admit(key(2, 1), now), Some(992));
            assert_eq!(limiter.admit(key(3, 1), now), Some(0));
        }
    }

    /// Floods on many routes use up what there is to spare, and still no other route's own event.
    #[test]
    fn floods_on_many_routes_hide_no_other() {
        let mut limiter = Limiter::new();
        let keys = (0..100).flat_map(|route| (0..100).map(move |origin| key(route, origin)));
        assert_eq!(admitted(&mut limiter, keys, START), 100 + SPARE_EVENTS as usize);
        for route in 100..200 {
            assert!(limiter.has_room(key(route, 1), || START));
            assert!(limiter.admit(key(route, 1), START).is_some());
            assert!(limiter.admit(key(route, 2), START).is_none());
        }
    }

    /// Memory is fixed, so the number of events is, whatever the number of routes.
    #[test]
    fn more_routes_than_there_are_shares() {
        let mut limiter = Limiter::new();
        let count = admitted(&mut limiter, (0..10_000).map(|route| key(route, 1)), START);
        assert_eq!(count, SHARES + SPARE_EVENTS as usize);
        let again = admitted(&mut limiter, (0..10_000).map(|route| key(route, 1)), NEXT);
        assert_eq!(again, count);
        assert!(size_of::<Limiter>() < 24 * 1_024);
    }

    /// The same route refuses for other reasons as well, and those are heard of, too.
    #[test]
    fn kinds_have_shares_of_their_own() {
        let headers = http::HeaderMap::new();
        let (method, uri) = (http::Method::GET, http::Uri::default());
        let head = Head { method: &method, uri: &uri, headers: &headers, extensions: None };
        let origin = LogKey::new(head, RefusalKind::Origin);
        let delegate = LogKey::new(head, RefusalKind::Delegate);
        assert_ne!(origin.share, delegate.share);
        assert_eq!(origin.share, LogKey::new(head, RefusalKind::Origin).share);
        assert_eq!(origin.event, LogKey::new(head, RefusalKind::Origin).event);
        assert!(delegate.is_failure && !origin.is_failure);
    }

    /// What somebody looks for who tries one thing after another.
    #[test]
    fn each_thing_that_is_asked_for_is_heard_of() {
        let event = |path: &'static str, method: &str, names: &str| {
            let mut headers = http::HeaderMap::new();
            headers.insert(ORIGIN, http::HeaderValue::from_static("https://shop.example"));
            headers.insert(http::header::ACCESS_CONTROL_REQUEST_METHOD, method.parse().unwrap());
            headers.insert(ACCESS_CONTROL_REQUEST_HEADERS, names.parse().unwrap());
            let (method, uri) = (http::Method::OPTIONS, http::Uri::from_static(path));
            let head = Head { method: &method, uri: &uri, headers: &headers, extensions: None };
            LogKey::new(head, RefusalKind::Header).event
        };
        let first = event("/a", "PUT", "x-a");
        assert_eq!(first, event("/a", "PUT", "x-a"));
        for other in [event("/b", "PUT", "x-a"), event("/a", "patch", "x-a"), event("/a", "PUT", "x-b")] {
            assert_ne!(first, other);
        }
    }
}
