//! Apps whose policies are this library's, with and without a layer around the handlers.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Request},
    http::{StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use cors_runtime::{CorsRouter, Policy, any, cors, get, patch, policy, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::row::{get as fetch_get, *};

#[cors(origins = any, headers = any, expose = any)]
async fn list() -> impl IntoResponse {
    ([("x-total", "3")], "list")
}

#[cors(
    origins = ["http://localhost:3000"],
    headers = ["authorization", "content-type"],
    expose = ["etag"],
    max_age = 600,
    credentials
)]
async fn show(Path(id): Path<u64>) -> impl IntoResponse {
    ([(header::ETAG, "1"), (header::SET_COOKIE, "seen=1")], format!("product {id}"))
}

#[cors(
    origins = ["http://localhost:3000", "http://*.localhost:3000"],
    headers = ["content-type"],
    max_age = 0
)]
async fn update(Path(_id): Path<u64>, Json(name): Json<String>) -> String {
    name
}

#[cors(origins = ["http://admin.localhost:3000"], credentials, max_age = 600)]
async fn remove(Path(_id): Path<u64>) -> StatusCode {
    StatusCode::NO_CONTENT
}

#[cors(origins = ["http://localhost:*"], headers = [any, "authorization"], methods = ["PUT"])]
async fn narrowed() -> &'static str {
    "narrowed"
}

#[cors(origins = ["http://localhost:3000"])]
async fn change() -> StatusCode {
    StatusCode::NO_CONTENT
}

#[cors(origins = ["http://localhost:3000"], enforce)]
async fn order() -> StatusCode {
    StatusCode::CREATED
}

#[cors(origins = ["http://localhost:3000"])]
async fn panics() -> StatusCode {
    panic!("a handler's mistake")
}

#[cors(none)]
async fn internal() -> &'static str {
    "internal"
}

static ELSEWHERE: Policy = policy! { origins = ["http://127.0.0.1:3000"] };

fn app() -> CorsRouter {
    CorsRouter::new()
        .route("/products", get(list))
        .route("/products/{id}", get(show).put(update).delete(remove))
        .route("/narrowed", any(narrowed))
        .route("/profile", patch(change))
        .route("/orders", post(order))
        .route("/internal", get(internal))
        .route("/health", axum::routing::get(async || "well"))
}

fn with_default_policy() -> Router {
    app().default_policy(&ELSEWHERE).finish().expect("a good app")
}

fn plain() -> Router {
    app().finish().expect("a good app")
}

fn gated() -> Router {
    let deny = async |request: Request, next: Next| -> Response {
        if request.uri().query() == Some("deny") {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        next.run(request).await
    };
    let app =
        app().route("/panics", get(panics)).layer(DefaultBodyLimit::max(64)).layer(CatchPanicLayer::new());
    app.layer(from_fn(deny)).finish().expect("a good app")
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = rows_of(plain);
    rows.extend(rows_of(gated));
    let row = |why, page, request, expect| {
        let server = RowServer::App(with_default_policy);
        Row { why, page, fetches: vec![request], server, expect }
    };
    rows.extend([
        row(
            "a handler without a policy has the default one",
            ADDRESS,
            fetch_get("/health"),
            sent(["GET /health"]).readable(200, ["content-type"]),
        ),
        row(
            "so has a path without a handler",
            ADDRESS,
            fetch_get("/nowhere"),
            sent(["GET /nowhere"]).readable(404, []),
        ),
        row(
            "and a method without one",
            ADDRESS,
            fetch("POST", "/products").body("tea").with_upload_listener(),
            sent(["OPTIONS /products asks for POST", "POST /products"]).readable(405, []),
        ),
        row(
            "the default policy is not for everyone",
            SHOP,
            fetch_get("/nowhere"),
            sent(["GET /nowhere"]).blocked("AllowOriginMismatch", ADDRESS),
        ),
        Row {
            why: "what a layer refuses is readable",
            page: SHOP,
            fetches: vec![fetch_get("/products/5?deny").with_credentials()],
            server: RowServer::App(gated),
            expect: sent(["GET /products/5?deny"]).readable(401, []),
        },
        Row {
            why: "no layer refuses a preflight",
            page: ADMIN,
            fetches: vec![fetch("DELETE", "/products/5?deny")],
            server: RowServer::App(gated),
            expect: sent(["OPTIONS /products/5?deny asks for DELETE", "DELETE /products/5?deny"])
                .readable(401, []),
        },
        Row {
            why: "a body that is too long is an error that is readable",
            page: SHOP,
            fetches: vec![
                fetch("PUT", "/products/5").headers(&[("content-type", "application/json")]).body(
                    "\"a name of more than 64 bytes, which is the limit that this app has set for them\"",
                ),
            ],
            server: RowServer::App(gated),
            expect: sent(["OPTIONS /products/5 asks for PUT with content-type", "PUT /products/5"])
                .readable(413, ["content-type"]),
        },
        Row {
            why: "a panic is readable",
            page: SHOP,
            fetches: vec![fetch_get("/panics")],
            server: RowServer::App(gated),
            expect: sent(["GET /panics"]).readable(500, ["content-type"]),
        },
    ]);
    rows
}

fn rows_of(app: fn() -> Router) -> Vec<Row> {
    let row = |why, page, request, expect| Row {
        why,
        page,
        fetches: vec![request],
        server: RowServer::App(app),
        expect,
    };
    let json =
        |method, url, body| fetch(method, url).headers(&[("content-type", "application/json")]).body(body);
    let all = [ACAO, ACEH, "content-type", "x-total"];
    vec![
        row(
            "any origin reads all",
            ADDRESS,
            fetch_get("/products"),
            sent(["GET /products"]).readable(200, all),
        ),
        row(
            "`null` is one of any",
            SANDBOX,
            fetch_get("/products"),
            sent(["GET /products"]).readable(200, all),
        ),
        row(
            "any origin, but not with credentials",
            SHOP,
            fetch_get("/products").with_credentials(),
            sent(["GET /products"]).blocked("WildcardOriginNotAllowed", ""),
        ),
        row(
            "any header",
            SHOP,
            fetch_get("/products").headers(&[("x-a", "1")]),
            sent(["OPTIONS /products asks for GET with x-a", "GET /products"]).readable(200, all),
        ),
        row(
            "any header but Authorization",
            SHOP,
            fetch_get("/products").headers(&[("authorization", "Bearer 1")]),
            sent(["OPTIONS /products asks for GET with authorization"])
                .blocked("HeaderDisallowedByPreflightResponse", "authorization")
                .in_engines(|| {
                    sent(["OPTIONS /products asks for GET with authorization", "GET /products"])
                        .readable(200, all)
                }),
        ),
        row(
            "someone listens to the upload, to a method that is not there",
            ADDRESS,
            fetch("POST", "/products").body("tea").with_upload_listener(),
            sent(["OPTIONS /products asks for POST"]).blocked("PreflightMissingAllowOriginHeader", ""),
        ),
        row(
            "a method that is not there: the error is readable by those who may use the path",
            ADDRESS,
            fetch("POST", "/products").body("tea"),
            sent(["POST /products"]).readable(405, [ACAO, ACEH, "allow"]),
        ),
        row(
            "and by nobody else",
            ADDRESS,
            fetch("POST", "/products/5").body("tea"),
            sent(["POST /products/5"]).blocked("AllowOriginMismatch", SHOP),
        ),
        row(
            "one origin, its header and its credentials",
            SHOP,
            fetch_get("/products/5").headers(&[("authorization", "Bearer 1")]).with_credentials(),
            sent(["OPTIONS /products/5 asks for GET with authorization", "GET /products/5"])
                .readable(200, ["content-type", "etag"]),
        ),
        row(
            "a rejected path is readable",
            SHOP,
            fetch_get("/products/tea").with_credentials(),
            sent(["GET /products/tea"]).readable(400, ["content-type"]),
        ),
        row(
            "another origin learns which one is allowed",
            ADMIN,
            fetch_get("/products/5"),
            sent(["GET /products/5"]).blocked("AllowOriginMismatch", SHOP),
        ),
        row(
            "by the preflight too",
            SHOP,
            fetch("DELETE", "/products/5").with_credentials(),
            sent(["OPTIONS /products/5 asks for DELETE"]).blocked("PreflightAllowOriginMismatch", ADMIN),
        ),
        row(
            "the same path and another method is another policy",
            ADMIN,
            fetch("DELETE", "/products/5").with_credentials(),
            sent(["OPTIONS /products/5 asks for DELETE", "DELETE /products/5"]).readable(204, []),
        ),
        row(
            "a header that the policy does not have is named",
            ADMIN,
            fetch("DELETE", "/products/5").headers(&[("x-reason", "old")]),
            sent(["OPTIONS /products/5 asks for DELETE with x-reason"])
                .blocked("HeaderDisallowedByPreflightResponse", "x-reason"),
        ),
        row(
            "a subdomain",
            ADMIN,
            json("PUT", "/products/5", "\"tea\""),
            sent(["OPTIONS /products/5 asks for PUT with content-type", "PUT /products/5"])
                .readable(200, ["content-type"]),
        ),
        row(
            "a rejected body is readable",
            SHOP,
            json("PUT", "/products/5", "tea"),
            sent(["OPTIONS /products/5 asks for PUT with content-type", "PUT /products/5"])
                .readable(400, ["content-type"]),
        ),
        row(
            "one of several origins, but without credentials",
            SHOP,
            json("PUT", "/products/5", "\"tea\"").with_credentials(),
            sent(["OPTIONS /products/5 asks for PUT with content-type"])
                .blocked("PreflightInvalidAllowCredentials", ""),
        ),
        row(
            "none of several origins",
            ADDRESS,
            json("PUT", "/products/5", "\"tea\""),
            sent(["OPTIONS /products/5 asks for PUT with content-type"])
                .blocked("PreflightMissingAllowOriginHeader", ""),
        ),
        row(
            "`null` is not one of several origins",
            SANDBOX,
            json("PUT", "/products/5", "\"tea\""),
            sent(["OPTIONS /products/5 asks for PUT with content-type"])
                .blocked("PreflightMissingAllowOriginHeader", ""),
        ),
        row(
            "a method that has no policy",
            SHOP,
            fetch("PATCH", "/products/5"),
            sent(["OPTIONS /products/5 asks for PATCH"]).blocked("PreflightMissingAllowOriginHeader", ""),
        ),
        row(
            "any port, any header and Authorization",
            SHOP,
            fetch("PUT", "/narrowed").headers(&[("authorization", "Bearer 1"), ("x-a", "1")]),
            sent(["OPTIONS /narrowed asks for PUT with authorization,x-a", "PUT /narrowed"])
                .readable(200, ["content-type"]),
        ),
        row(
            "a policy that is narrowed to another method says so",
            SHOP,
            fetch("PATCH", "/narrowed"),
            sent(["OPTIONS /narrowed asks for PATCH"])
                .blocked("MethodDisallowedByPreflightResponse", "PATCH"),
        ),
        row(
            "patch is not a method of the path",
            SHOP,
            fetch("patch", "/profile"),
            sent(["OPTIONS /profile asks for patch"]).blocked("PreflightMissingAllowOriginHeader", ""),
        ),
        row(
            "PATCH is",
            SHOP,
            fetch("PATCH", "/profile"),
            sent(["OPTIONS /profile asks for PATCH", "PATCH /profile"]).readable(204, []),
        ),
        row("an order", SHOP, fetch("POST", "/orders").body("tea"), sent(["POST /orders"]).readable(201, [])),
        row(
            "someone listens to the upload of an order: a policy without headers answers all the same",
            SHOP,
            fetch("POST", "/orders").body("tea").with_upload_listener(),
            sent(["OPTIONS /orders asks for POST", "POST /orders"]).readable(201, []),
        ),
        row(
            "an order of another origin",
            ADMIN,
            fetch("POST", "/orders").body("tea"),
            sent(["POST /orders"]).blocked("AllowOriginMismatch", SHOP),
        ),
        row(
            "an order of another origin that does not want to read: the server is all that there is to refuse it",
            ADMIN,
            fetch("POST", "/orders").body("tea").unread(),
            sent(["POST /orders"]).readable(0, []),
        ),
        row(
            "no policy on purpose",
            SHOP,
            fetch_get("/internal"),
            sent(["GET /internal"]).blocked("MissingAllowOriginHeader", ""),
        ),
        row(
            "the API's own pages need none",
            API,
            fetch_get("/internal"),
            sent(["GET /internal without origin"]).readable(200, ["content-type"]),
        ),
        Row {
            why: "an answer is kept for the methods of one policy, not for those of another at the same path",
            page: ADMIN,
            fetches: vec![
                fetch("DELETE", "/products/5"),
                fetch("DELETE", "/products/5"),
                json("PUT", "/products/5", "\"tea\""),
                json("PUT", "/products/5", "\"tea\""),
            ],
            server: RowServer::App(app),
            expect: sent([
                "OPTIONS /products/5 asks for DELETE",
                "DELETE /products/5",
                "DELETE /products/5",
                "OPTIONS /products/5 asks for PUT with content-type",
                "PUT /products/5",
                "OPTIONS /products/5 asks for PUT with content-type",
                "PUT /products/5",
            ])
            .readable(200, ["content-type"]),
        },
        Row {
            why: "an answer for another method does not take its place",
            page: SHOP,
            fetches: vec![
                fetch_get("/products/5").headers(&[("authorization", "Bearer 1")]),
                json("PUT", "/products/5", "\"tea\""),
                fetch_get("/products/5").headers(&[("authorization", "Bearer 1")]),
            ],
            server: RowServer::App(app),
            expect: sent([
                "OPTIONS /products/5 asks for GET with authorization",
                "GET /products/5",
                "OPTIONS /products/5 asks for PUT with content-type",
                "PUT /products/5",
                "GET /products/5",
            ])
            .readable(200, ["content-type", "etag"])
            .in_chromium(asked_again())
            .in_webkit(asked_again()),
        },
        Row {
            why: "a cookie that came with credentials goes with credentials alone",
            page: SHOP,
            fetches: vec![
                fetch_get("/products/5").with_credentials(),
                fetch_get("/products/5"),
                fetch_get("/products/5").with_credentials(),
            ],
            server: RowServer::App(app),
            expect: sent(["GET /products/5", "GET /products/5", "GET /products/5 bearing seen=1"])
                .readable(200, ["content-type", "etag"]),
        },
    ]
}

/// Two engines keep the last answer for each URL alone.
fn asked_again() -> Expected {
    sent([
        "OPTIONS /products/5 asks for GET with authorization",
        "GET /products/5",
        "OPTIONS /products/5 asks for PUT with content-type",
        "PUT /products/5",
        "OPTIONS /products/5 asks for GET with authorization",
        "GET /products/5",
    ])
    .readable(200, ["content-type", "etag"])
}
