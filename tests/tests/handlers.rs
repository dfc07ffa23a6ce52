//! Annotated handlers together with other attributes.
#![deny(warnings, clippy::all)]
// The code that `debug_handler` writes.
#![allow(clippy::diverging_sub_expression)]

use std::fmt;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::IntoResponse,
};
use cors_runtime::{CorsRouter, cors, get, post};
use cors_tests::send;

const GRANTED: &str = "access-control-allow-origin: *";

async fn assert_served(app: CorsRouter, request: &str, status: &str) {
    let app = app.finish().unwrap();
    let response = send(&app, request).await;
    assert!(response.starts_with(status) && response.contains(GRANTED), "{response}");
}

#[axum::debug_handler]
#[cors(origins = any)]
async fn debugged(Path(id): Path<u64>) -> Result<String, StatusCode> {
    if id == 0 { Err(StatusCode::NOT_FOUND) } else { Ok(id.to_string()) }
}

#[tracing::instrument(skip_all)]
#[cors(origins = any)]
async fn instrumented_above(headers: HeaderMap) -> Result<String, StatusCode> {
    let host = headers.get("host").ok_or(StatusCode::BAD_REQUEST)?;
    Ok(format!("{host:?}"))
}

#[cors(origins = any)]
#[tracing::instrument(skip_all)]
async fn instrumented_below(headers: HeaderMap) -> Result<String, StatusCode> {
    let host = headers.get("host").ok_or(StatusCode::BAD_REQUEST)?;
    Ok(format!("{host:?}"))
}

#[utoipa::path(get, path = "/documented", responses((status = 200, body = String)))]
#[cors(origins = any)]
async fn documented() -> &'static str {
    "documented"
}

/// Shows a product.
#[utoipa::path(get, path = "/documented", responses((status = 200, body = String)))]
#[cors(origins = ["https://internal.shop.example"])]
async fn documented_above() -> &'static str {
    "documented"
}

/// Shows a product.
#[cors(origins = ["https://internal.shop.example"])]
#[utoipa::path(get, path = "/documented", responses((status = 200, body = String)))]
async fn documented_below() -> &'static str {
    "documented"
}

/// Shows a product.
#[utoipa::path(get, path = "/documented", responses((status = 200, body = String)))]
async fn documented_without_a_policy() -> &'static str {
    "documented"
}

#[tokio::test]
async fn other_attributes() {
    let app = || {
        CorsRouter::new()
            .route("/debugged/{id}", get(debugged))
            .route("/above", get(instrumented_above))
            .route("/below", get(instrumented_below))
            .route("/documented", get(documented).post(documented_below).put(documented_above))
    };
    assert_served(app(), "GET /debugged/1", "200").await;
    assert_served(app(), "GET /debugged/0", "404").await;
    assert_served(app(), "GET /above", "200").await;
    assert_served(app(), "GET /below", "200").await;
    assert_served(app(), "GET /documented", "200").await;
}

/// A document for the public does not name internal origins, whatever the order of the attributes.
#[tokio::test]
async fn a_public_document_does_not_contain_the_policy() {
    use utoipa::Path;

    fn operation<P: Path>() -> serde_json::Value {
        let mut operation = serde_json::to_value(P::operation()).unwrap();
        // It is the function's name.
        operation.as_object_mut().unwrap().remove("operationId");
        operation
    }

    let _ = documented_without_a_policy().await;
    let without = operation::<__path_documented_without_a_policy>();
    assert_eq!(without["summary"], "Shows a product.");
    assert_eq!(operation::<__path_documented_above>(), without);
    assert_eq!(operation::<__path_documented_below>(), without);
    assert_eq!(__path_documented::path(), "/documented");
}

trait Store: Clone + Send + Sync + 'static {
    fn name(&self) -> &'static str;
}

#[derive(Clone)]
struct Memory;

impl Store for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }
}

#[cors(origins = any)]
async fn generic<S>(State(store): State<S>) -> impl IntoResponse
where
    S: Store,
{
    store.name()
}

struct Shop;

impl Shop {
    const NAME: &'static str = "shop";

    #[cors(origins = any)]
    async fn name() -> &'static str {
        Self::NAME
    }

    #[cors(origins = any)]
    async fn maybe<const N: usize>(State(_): State<Memory>) -> Result<impl IntoResponse + use<N>, Failure> {
        let number: u8 = "300".parse()?;
        Ok([number; N])
    }
}

#[derive(Debug)]
struct Failure(Box<dyn std::error::Error + Send + Sync>);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> axum::response::Response {
        (StatusCode::UNPROCESSABLE_ENTITY, self.to_string()).into_response()
    }
}

/// What a plain function lets the compiler infer.
#[cors(origins = any)]
async fn inferred(State(_): State<Memory>) -> Result<Vec<u8>, Box<dyn fmt::Debug + Send>>
where
{
    let bytes: Result<Vec<u8>, _> = "1 2 3".split(' ').map(str::parse).collect();
    match bytes {
        Ok(bytes) if bytes.len() == 7 => Ok(bytes),
        Ok(bytes) => Err(Box::new(bytes)),
        Err(error) => Err(Box::new(error)),
    }
}

#[cors(origins = any)]
async fn loops(Query(pairs): Query<Vec<(String, u32)>>) -> Json<u32> {
    let mut sum = 0;
    'pairs: for (name, value) in &pairs {
        for char in name.chars() {
            if char == 'x' {
                continue 'pairs;
            }
            if char == 'q' {
                return Json(0);
            }
        }
        sum += value;
        tokio::task::yield_now().await;
    }
    Json(sum)
}

#[tokio::test]
async fn signatures() {
    let app = || {
        CorsRouter::new()
            .route("/generic", get(generic::<Memory>))
            .route("/name", get(Shop::name))
            .route("/maybe", get(Shop::maybe::<2>))
            .route("/loops", get(loops))
            .with_state(Memory)
    };
    assert_served(app(), "GET /generic", "200").await;
    assert_served(app(), "GET /name", "200").await;
    assert_served(app(), "GET /maybe", "422").await;
    assert_served(app(), "GET /loops?a=1&x=2&b=3", "200").await;
}

#[tokio::test]
async fn a_handler_can_be_called_by_its_own_test() {
    assert_eq!(Shop::name().await.into_inner(), "shop");
    assert_eq!(debugged(Path(7)).await.into_inner(), Ok("7".to_owned()));
    let error = inferred(State(Memory)).await.into_inner().unwrap_err();
    assert_eq!(format!("{error:?}"), "[1, 2, 3]");
}

macro_rules! handlers_of_arity {
    ($($name:ident($($argument:ident),*))*) => {
        $(
            #[cors(origins = any)]
            #[allow(clippy::too_many_arguments)]
            async fn $name($($argument: Method),*) -> String {
                let methods: &[Method] = &[$($argument),*];
                methods.len().to_string()
            }
        )*

        #[tokio::test]
        async fn arities() {
            $(assert_served(CorsRouter::new().route("/", get($name)), "GET /", "200").await;)*
        }
    };
}

handlers_of_arity! {
    arity_0()
    arity_1(a)
    arity_2(a, b)
    arity_3(a, b, c)
    arity_4(a, b, c, d)
    arity_5(a, b, c, d, e)
    arity_6(a, b, c, d, e, f)
    arity_7(a, b, c, d, e, f, g)
    arity_8(a, b, c, d, e, f, g, h)
    arity_9(a, b, c, d, e, f, g, h, i)
    arity_10(a, b, c, d, e, f, g, h, i, j)
    arity_11(a, b, c, d, e, f, g, h, i, j, k)
    arity_12(a, b, c, d, e, f, g, h, i, j, k, l)
    arity_13(a, b, c, d, e, f, g, h, i, j, k, l, m)
    arity_14(a, b, c, d, e, f, g, h, i, j, k, l, m, n)
    arity_15(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
    arity_16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
}

#[cors(origins = any, headers = ["content-type"])]
async fn last_takes_the_body(_: Uri, State(_): State<Memory>, Json(text): Json<String>) -> String {
    text
}

#[tokio::test]
async fn a_body() {
    let app = CorsRouter::new().route("/", post(last_takes_the_body)).with_state(Memory);
    assert_served(app, "POST /\ncontent-type: application/json\n\n\"tea\"", "200").await;
}

#[tokio::test]
async fn any_handler_gets_a_policy_at_the_route() {
    let policy = documented().await.policy();
    let closure = async |State(_): State<Memory>, method: Method| method.to_string();
    let app = CorsRouter::new()
        .route("/closure", get(cors(policy.clone(), closure)))
        .route("/value", get(cors(policy.clone(), "value")).post(cors(policy, async |body: String| body)))
        .with_state(Memory);
    let app = app.finish().unwrap();
    for request in ["GET /closure", "GET /value", "POST /value\n\nbody"] {
        let response = send(&app, request).await;
        assert!(response.starts_with("200") && response.contains(GRANTED), "{response}");
    }
}
