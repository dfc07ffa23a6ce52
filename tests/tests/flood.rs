//! A log that is flooded with refusals. How many events there are is counted for the whole process, so this is a process of
//! its own.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use axum::{Router, routing};
use cors_runtime::{CorsRouter, Policy, any, cors, delegate, policy};
use cors_tests::send;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

static POLICY: Policy = policy! { origins = ["https://shop.example", "https://other.example"] };

async fn fails() -> Result<Policy, &'static str> {
    Err("the database is away")
}

/// Keeps kind and route of each event.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<(String, String)>>>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "cors"
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = KindAndRoute::default();
        event.record(&mut fields);
        self.0.lock().unwrap().push((fields.0, fields.1));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct KindAndRoute(String, String);

impl Visit for KindAndRoute {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "kind" => self.0 = value.to_owned(),
            "route" => self.1 = value.to_owned(),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// Whoever makes up origins, paths and headers is not heard of for long, and everybody else still is.
#[tokio::test]
async fn made_up_origins_hide_no_other_refusal() {
    let listener = Listener::default();
    let _guard = tracing::subscriber::set_default(listener.clone());
    let heard = || std::mem::take(&mut *listener.0.lock().unwrap());
    let routes = || {
        ["/flooded", "/quiet"]
            .into_iter()
            .fold(CorsRouter::new(), |router, path| router.route(path, any(cors(&POLICY, async || ()))))
            .route("/delegated", any(cors(delegate(fails), async || ())))
            .merge(Router::new().route("/opaque", routing::get(async || ())))
    };
    let layered = || routes().layer(tower::layer::util::Identity::new());
    let apps = [routes().finish().unwrap(), layered().finish().unwrap()];
    for (number, app) in (0..2_000).zip(apps.iter().cycle()) {
        let origin = format!("origin: https://{number}.example");
        for request in [
            format!("GET /flooded\n{origin}"),
            format!("OPTIONS /flooded\n{origin}\naccess-control-request-method: PUT"),
            format!("GET /flooded\n{origin}\nupgrade: websocket"),
            format!("GET /made-up/{number}\n{origin}"),
            format!("GET /opaque\n{origin}"),
            format!("GET /delegated\n{origin}"),
            format!(
                "OPTIONS /flooded\norigin: https://shop.example\naccess-control-request-method: PUT\n\
                 access-control-request-headers: x-{number}"
            ),
        ] {
            send(app, &request).await;
        }
    }
    let flood = heard();
    // The first of each kind, those that there is room for beyond them, and eight of the delegate.
    assert!((6..=5 + 32 + 8).contains(&flood.len()), "{}: {flood:?}", flood.len());
    // Others are still heard of, by whichever router.
    for request in [
        "GET /quiet\norigin: https://friend.example",
        "OPTIONS /quiet\norigin: https://shop.example\naccess-control-request-method: PUT\n\
         access-control-request-headers: x-api-key",
        "OPTIONS /quiet\norigin: https://shop.example\norigin: null\naccess-control-request-method: PUT",
        "GET /quiet\norigin: https://friend.example\nupgrade: websocket",
        "OPTIONS /opaque\norigin: https://friend.example\naccess-control-request-method: PUT",
    ] {
        for app in &apps {
            send(app, request).await;
        }
    }
    let kinds: Vec<_> = heard().into_iter().map(|(kind, route)| format!("{kind} {route}")).collect();
    assert_eq!(kinds, ["origin /quiet", "header /quiet", "malformed_origin /quiet", "websocket /quiet"]);
}
