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
    diagnostics::{
        log,
        refusal::{Refusal, RefusalKind},
    },
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

/// What is known of a refusal before it is put together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// It is one, of this kind.
    Certain(RefusalKind),
    /// It is one, of this kind, unless somebody inside grants the request.
    Likely(RefusalKind),
    /// Perhaps it is none.
    Possible,
}

fn is_reported(head: Head<'_>) -> bool {
    head.extension::<Reported>().is_some_and(|Reported(reported)| reported.load(Ordering::Relaxed))
}

/// Whether anybody listens to any refusals. If not, none need be looked for.
#[inline]
pub(crate) fn has_listeners() -> bool {
    HAS_HOOKS.load(Ordering::Relaxed) || log::is_on()
}

/// Reports the refusal of a request, if it is one, somebody listens, and nobody else has reported it.
///
/// The reason is computed only then; the decision has been made and does not depend on it. Returns whether it is reported, or
/// suppressed, so that nobody else need do it.
#[inline]
pub(crate) fn report(
    head: Head<'_>,
    certainty: Certainty,
    refusal: impl FnOnce() -> Option<Refusal>,
) -> bool {
    #[cold]
    fn report_cold(listener: &Listener<'_>, refusal: impl FnOnce() -> Option<Refusal>) -> bool {
        if is_reported(listener.head) {
            return true;
        }
        let refusal = refusal();
        refusal.is_some_and(|refusal| {
            listener.report(&refusal);
            true
        })
    }

    match Listener::new(head, certainty) {
        Some(listener) => report_cold(&listener, refusal),
        None => matches!(certainty, Certainty::Certain(_)),
    }
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
        if hook.is_none() && !log::is_on() {
            return None;
        }
        // What is reported already is not suppressed.
        let is_wanted =
            || certainty == Certainty::Possible || !is_reported(head) && log::has_room(head, certainty);
        (hook.is_some() || is_wanted()).then_some(Self { head, hook })
    }

    fn report(&self, refusal: &Refusal) {
        if let Some(Reported(reported)) = self.head.extension() {
            reported.store(true, Ordering::Relaxed);
        }
        tell(self.hook, refusal, log::LogKey::new(self.head, refusal.kind()));
    }
}

/// Calls those who listen. This is outside of every layer that could catch a panic, and the answer does not depend on it, so
/// a panic ends here.
fn tell(hook: Option<&Hook>, refusal: &Refusal, key: log::LogKey) {
    let is_heard = |listener: &dyn Fn()| catch_unwind(AssertUnwindSafe(listener)).is_ok();
    let hook_panicked = hook.is_some_and(|Hook(hook)| !is_heard(&|| hook(refusal)));
    is_heard(&|| log::report(refusal, key, hook_panicked));
}

/// A refusal that is one unless somebody inside grants the request, or refuses and reports it.
pub(crate) struct Late {
    refusal: Refusal,
    origin: Option<HeaderValue>,
    hook: Option<Hook>,
    key: log::LogKey,
    reported: Reported,
}

impl Late {
    /// What may have to be reported when the response comes back. It is put together before the request is given away.
    pub(crate) fn new(
        head: Head<'_>,
        kind: RefusalKind,
        refusal: impl FnOnce() -> Refusal,
    ) -> Option<Box<Self>> {
        let listener = Listener::new(head, Certainty::Likely(kind))?;
        if is_reported(head) {
            return None;
        }
        let refusal = refusal();
        let key = log::LogKey::new(head, refusal.kind());
        let reported = head.extension::<Reported>().cloned().unwrap_or_default();
        let origin = head.headers.get(ORIGIN).cloned();
        Some(Box::new(Self { refusal, origin, hook: listener.hook.cloned(), key, reported }))
    }

    /// Lets those inside say that they have reported it.
    pub(crate) fn mark(&self, extensions: &mut Extensions) {
        extensions.insert(self.reported.clone());
    }

    /// Reports it, unless the page may read the response after all.
    pub(crate) fn report(self, status: StatusCode, response: &HeaderMap) {
        let Self { refusal, origin, hook, key, reported: Reported(reported) } = self;
        if !reported.swap(true, Ordering::Relaxed) && !headers::is_granted(response, origin.as_ref()) {
            tell(hook.as_ref(), &refusal.with_response(status, response), key);
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
