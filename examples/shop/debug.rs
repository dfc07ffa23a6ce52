//! What the API has seen lately, for the pages to show. Knows nothing of the shop.
//!
//! This is for development: a page sees neither the preflights of its requests nor why they are refused, and whoever may
//! read this log sees what others have sent. A service that is open to others leaves it out and reads the `tracing`
//! events of the target `cors` instead.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json,
    extract::{Query, Request, State},
    http::{HeaderMap, HeaderName, Method, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use cors_runtime::{
    CorsRouter, MethodRouter, Policy, PolicyError, cors,
    diagnostics::{Engine, Refusal},
    get,
};
use serde::{Deserialize, Serialize};

use crate::store::Pages;

/// How many events are kept. The oldest make room for new ones.
const MAX_EVENTS: usize = 200;

/// How much is kept of what a client has sent.
const MAX_CHARS: usize = 200;

/// The last events. Clones are one log.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Events>>);

#[derive(Default)]
struct Events {
    kept: VecDeque<Event>,
    /// How many have made room; events are numbered from the first one on.
    gone: usize,
}

#[derive(Clone, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event {
    Request {
        origin: Option<String>,
        method: String,
        path: String,
        /// What it asks for, if it is a preflight.
        preflight: Option<Preflight>,
        /// Whether there are any; what is in them is nobody's business.
        cookies: bool,
        status: u16,
    },
    Refusal {
        origin: String,
        /// What is refused and why, and what would allow it.
        explanation: [String; 2],
        /// What the console of each engine is expected to say, if that is known.
        consoles: Vec<Console>,
    },
}

#[derive(Clone, Serialize)]
struct Console {
    engine: &'static str,
    /// A browser that is built on it.
    browser: &'static str,
    reason: String,
}

#[derive(Clone, Serialize)]
struct Preflight {
    method: String,
    headers: Option<String>,
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: usize,
}

#[derive(Serialize)]
struct News {
    events: Vec<Event>,
    /// What to ask for next time.
    next: usize,
}

impl Log {
    /// Notes what the router refuses. It calls this while it answers: the reason is listed before the request.
    pub(crate) fn hear(&self, router: CorsRouter) -> CorsRouter {
        let log = self.clone();
        router.on_refusal(move |refusal| log.note(Event::of_refusal(refusal)))
    }

    /// Notes each request. This layer is around the finished router, because those inside see no preflights.
    pub(crate) fn watch(&self, app: axum::Router) -> axum::Router {
        app.layer(from_fn_with_state(self.clone(), note_request))
    }

    /// The handler that lists the events from number `since` on, for the pages alone.
    pub(crate) fn route(&self, pages: &Pages) -> Result<MethodRouter, PolicyError> {
        let readers = Policy::builder().origins([&pages.storefront, &pages.back_office]).build()?;
        let log = self.clone();
        let tell = async move |Query(Since { since }): Query<Since>| Json(log.since(since));
        Ok(get(cors(readers, tell)))
    }

    fn note(&self, event: Event) {
        let mut events = self.events();
        if events.kept.len() == MAX_EVENTS {
            events.kept.pop_front();
            events.gone += 1;
        }
        events.kept.push_back(event);
    }

    fn since(&self, since: usize) -> News {
        let events = self.events();
        let skipped = since.saturating_sub(events.gone);
        News {
            events: events.kept.iter().skip(skipped).cloned().collect(),
            next: events.gone + events.kept.len(),
        }
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        // Whoever panicked while it was held has left nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn note_request(State(log): State<Log>, request: Request, next: Next) -> Response {
    // The pages' own requests for the log are not part of it.
    if request.uri().path() == "/debug/log" {
        return next.run(request).await;
    }
    let event = Event::of_request(&request);
    let response = next.run(request).await;
    log.note(event(response.status().as_u16()));
    response
}

impl Event {
    /// The event, once the status of the response is known.
    fn of_request(request: &Request) -> impl FnOnce(u16) -> Self + use<> {
        let headers = request.headers();
        let asked = (request.method() == Method::OPTIONS)
            .then(|| value(headers, header::ACCESS_CONTROL_REQUEST_METHOD))
            .flatten();
        let preflight = asked.map(|method| Preflight {
            method,
            headers: value(headers, header::ACCESS_CONTROL_REQUEST_HEADERS),
        });
        let origin = value(headers, header::ORIGIN);
        let (method, path) = (cut(request.method().as_str()), cut(request.uri().path()));
        let cookies = headers.contains_key(header::COOKIE);
        move |status| Self::Request { origin, method, path, preflight, cookies, status }
    }

    fn of_refusal(refusal: &Refusal) -> Self {
        let console = |engine: Engine| {
            let reason = refusal.console_message(engine)?;
            Some(Console { engine: engine.name(), browser: engine.browser(), reason })
        };
        Self::Refusal {
            origin: refusal.origin().unwrap_or("no origin").to_owned(),
            explanation: [refusal.message(), format!("help: {}", refusal.help())],
            consoles: Engine::ALL.iter().copied().filter_map(console).collect(),
        }
    }
}

fn value(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).map(|value| cut(&String::from_utf8_lossy(value.as_bytes())))
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}
