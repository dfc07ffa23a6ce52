//! The attribute `#[cors(..)]`: parse, check, expand.
//!
//! This crate is an implementation detail of `cors-runtime`, which is the crate to use and which re-exports the
//! attribute. What it generates fits that very version only.
// What a policy may contain is for `cors-rules` to say; here, its violations get their spans.

mod attr_args;
mod check;
mod doc_comment;
mod errors;
mod expand;
mod function;
mod parse;
mod requirement;
mod signature;
#[cfg(test)]
mod tests;
mod tokens;

extern crate proc_macro;

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    check::AttrPolicy,
    errors::Errors,
    function::AnnotatedFunction,
    tokens::{SpanRange, ungroup},
};

/// A CORS policy on a handler: which origins may read its responses, and what they may send.
///
/// The policy is checked at compile time and carried in the handler's type: a handler that is declared to return `R`
/// returns `Cors<R, impl HasPolicy>`. The routing functions of `cors_runtime` mount such handlers, together with the
/// answers to their preflights; those of axum refuse them.
///
/// ```
/// use axum::{extract::Path, http::StatusCode};
/// use cors_runtime::{CorsRouter, SetupError, cors, get};
///
/// #[cors(origins = ["https://shop.example", "https://*.shop.example"], expose = ["etag"])]
/// async fn show(Path(id): Path<u64>) -> String {
///     format!("product {id}")
/// }
///
/// #[cors(
///     origins = ["https://admin.shop.example"],
///     headers = ["authorization", "content-type"],
///     max_age = "10m",
///     credentials,
///     enforce,
/// )]
/// async fn rename(Path(id): Path<u64>, name: String) -> Result<StatusCode, String> {
///     if name.is_empty() {
///         return Err(format!("product {id} needs a name"));
///     }
///     Ok(StatusCode::NO_CONTENT)
/// }
///
/// # fn app() -> Result<axum::Router, SetupError> {
/// let app: axum::Router = CorsRouter::new().route("/products/{id}", get(show).put(rename)).finish()?;
/// # Ok(app)
/// # }
/// # assert!(app().is_ok());
/// ```
///
/// # Keys
///
/// In any order, each at most once:
///
/// | key | value |
/// |---|---|
/// | `origins` | a list of: origins as browsers send them (`"https://shop.example"`), also with `*.` for subdomains at any depth (`"https://*.shop.example"`, never the bare domain), with `:*` for any port or none (`"http://localhost:*"`), and `*` for any host of a scheme that is not a web scheme (`"moz-extension://*"`); [`regex("..")`](#regular-expressions); [`env("NAME")`](#the-environment); [`when(path)`](#functions). Or, instead of a list, `any` or `when(path)` |
/// | `headers` | a list of the request headers that pages may set; or `any`; or `[any, "authorization"]`, because the standard's `*` does not cover Authorization |
/// | `expose` | a list of the response headers that pages may read; or `any` |
/// | `methods` | a list, only to narrow a handler that is mounted on several methods; an empty list narrows nothing |
/// | `max_age` | how long browsers may keep the answer to a preflight: seconds from 0 to 86400, also calculated (`60 * 60`), or `"10m"`, `"2h"`; without it, they keep it for 5 seconds |
/// | `credentials` | a flag: requests may carry cookies and other credentials |
/// | `enforce` | a flag: a cross-origin request from an origin that the policy refuses gets 403, and the handler does not run. `enforce(strict)`: an `Origin` that equals `Host` counts as any other, for servers on loopback that must refuse rebound names |
/// | `timing` | a flag: the same origins may read timings, by `Timing-Allow-Origin` |
/// | `allow(..)` | what is dangerous or odd has to be said: `insecure_origins`, `public_suffix`, `redundant`, `response_header_names`, `missing_content_type`, `missing_authorization`, `missing_credentials`, `open_domain`, `open_scheme`, `unenforced_websocket` |
/// | `crate` | the path of `cors_runtime`, for a crate that has it under another name: `crate = framework::cors` |
/// | `policy` | alone, or with `enforce`, `allow(..)` and `crate`: the path of a policy that is written elsewhere by [`policy!`], or of a `PolicyHandle`, whose policy can be replaced at run time |
/// | `delegate` | the same: the path of a function that [answers with the policy](#functions) of each request. Beside it, `state = App` if it takes parts of that state |
/// | `none` | alone, or with `allow(unenforced_websocket)` and `crate`: the handler stays same-origin |
///
/// `"*"` is another way to write `any`.
///
/// # Constants and conditions
///
/// An entry of a list is a string literal, or the name of a constant that is a `&str`. A macro sees names and not values,
/// so the compiler checks constants, by the same rules: an error is at the constant's name. In front of an entry,
/// `#[cfg(..)]` limits it to some builds. What cannot be conditional, for example `credentials`, takes two policies under
/// one name, each a `static` with its own `#[cfg(..)]`.
///
/// ```
/// use cors_runtime::cors;
///
/// const SHOP: &str = "https://shop.example";
/// const X_API_KEY: &str = "x-api-key";
///
/// #[cors(origins = [SHOP, #[cfg(debug_assertions)] "http://localhost:3000"], headers = [X_API_KEY])]
/// async fn prices() -> &'static str {
///     "prices"
/// }
/// ```
///
/// # Regular expressions
///
/// `regex("..")` among the origins is an expression for whole origins, in the syntax of the crate `regex` but without
/// Unicode: `regex(r"https://preview-[0-9]+\.shop\.example")`. It is compiled at compile time, and searched in time that is
/// linear in the origin's length. It takes the feature `regex`.
///
/// The classical mistake is a dot that is not escaped: `https://www.example.com`, taken as an expression, also matches
/// `https://wwwxexample.com`, which anyone can register. Therefore it is proven that an expression matches origins of no
/// other registrable domains than those that it contains literally. One that does is refused, and the message shows such
/// an origin. A letter that may be missing is not literal: `com?` is for `com`, and matches `co`. What can be allowed:
///
/// * `allow(open_domain)`: any domain, without `credentials`; with them, ranges of IP addresses, which nobody registers;
/// * `allow(public_suffix)`: domains below a public suffix that the expression does contain, as in
///   `https://deploy-preview-[0-9]+--shop\.netlify\.app`;
/// * `allow(open_scheme)`: hosts of a scheme that is not a web scheme, together with `credentials`.
///
/// # The environment
///
/// `env("NAME")` among the origins adds those in an environment variable, with commas or white space between them.
/// `env("NAME", default = ["http://localhost:3000"])` adds the default if there is no such variable; it may be empty. The
/// variable is read once, by `CorsRouter::finish`, which checks its entries and reports all that is wrong with them.
///
/// # Enforcement
///
/// Without `enforce`, a policy decides on what pages may read, and not on what they may cause: browsers send forms and plain
/// POSTs without asking. With it, a cross-origin request from an origin that the policy refuses gets 403, and the handler
/// does not run.
///
/// What a cross-origin request is, browsers say in `Sec-Fetch-Site`. One that does not send it, as Safari before 16.4, is
/// told by its `Origin`, which is compared with the host that was asked. A server does not know whether it is reached by
/// `https` or, behind a proxy, by `http`, so both schemes count as its own there: to a service at `https://api.example`, a
/// page at `http://api.example` is of the same origin. Who is on the way can make such a page, unless
/// [`Strict-Transport-Security`](https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Strict-Transport-Security)
/// keeps the browser from loading it. Under `enforce(strict)`, neither `Sec-Fetch-Site` nor the host makes an `Origin` the
/// server's own: whoever is to be let in is listed.
///
/// # Functions
///
/// `when(path)`, in a list or instead of one, lets a function accept origins: a `fn(&Origin<'_>) -> bool`, which gets
/// scheme, host and port of an origin as a browser sends it. It is not asked about anything else. What it accepts cannot
/// be checked, and with `credentials` it decides who acts in the name of your users: compare whole hosts, or use
/// `Origin::is_subdomain_of`, and never `contains` or `ends_with` alone.
///
/// `delegate = path` asks a function for the whole policy, for each request: an `async fn` whose arguments are extractors,
/// in the manner of a handler. If it fails, panics, or takes longer than its time limit, the response is kept from the page;
/// with `enforce` beside it, the handler does not run either. A function named in `when(..)` that panics accepts nothing.
/// Both are reported.
///
/// ```
/// use cors_runtime::{Origin, Policy, RequestOrigin, cors, policy};
///
/// fn is_lan(origin: &Origin<'_>) -> bool {
///     origin.is_loopback() || origin.scheme() == "https" && origin.is_subdomain_of("lan.example")
/// }
///
/// #[cors(origins = ["https://shop.example", when(is_lan)])]
/// async fn prices() -> &'static str {
///     "prices"
/// }
///
/// static PARTNER: Policy = policy! { origins = ["https://partner.example"] };
///
/// async fn policy_of_partner(origin: RequestOrigin) -> Option<&'static Policy> {
///     (origin.parsed()?.host() == "partner.example").then_some(&PARTNER)
/// }
///
/// #[cors(delegate = policy_of_partner)]
/// async fn stock() -> &'static str {
///     "stock"
/// }
/// ```
///
/// # What it refuses
///
/// Policies that can never work, because no browser sends such an origin, header or method, and policies that are unsafe.
/// All mistakes are reported at once, each at the text to change and with what to write there. Among them are
///
/// * no origin, and anything in an origin that is not part of it: a path, a slash at the end, upper case, `:443`;
/// * `any` together with `credentials`;
/// * `http://` origins together with `credentials`, except those of the own machine (`insecure_origins`);
/// * all subdomains of a domain below which anyone can register one, for example `github.io`, together with `credentials`
///   (`public_suffix`);
/// * every host of a scheme that is not a web scheme, together with `credentials` (`open_scheme`);
/// * entries that another entry covers (`redundant`);
/// * headers that pages cannot set, for example `cookie`, or cannot read, for example `set-cookie`; a `*` inside a name;
/// * response headers in `headers`, for example `access-control-allow-headers` (`response_header_names`);
/// * methods that pages cannot use, for example `TRACE`, and `patch` for `PATCH`;
/// * a `max_age` that exceeds every browser's limit;
/// * arguments that no page could send: `Json<..>` without `content-type` among the headers (`missing_content_type`),
///   `TypedHeader<Authorization<..>>` without `authorization` (`missing_authorization`), a cookie jar or a session without
///   `credentials` (`missing_credentials`). Under `policy = PATH`, the compiler looks at the policy there.
///
/// # The function
///
/// It is an `async fn` with at most 16 arguments, free or in an `impl` block, generic or not. Its body is left as it is,
/// and in rustdoc its documentation gets a paragraph with the policy in words. A method of a trait, one with `&self`, or a
/// function that returns a future is mounted with its policy: `get(cors(&POLICY, handler))`.
///
/// Attributes that look at the return type, for example `#[axum::debug_handler]`, go above `#[cors]`, where they see the
/// one that is written:
///
/// ```
/// # use cors_runtime::cors;
/// #[axum::debug_handler]
/// #[cors(origins = any)]
/// async fn hello() -> &'static str {
///     "hello"
/// }
/// ```
///
/// # In a crate with another name
///
/// A crate that has `cors_runtime` under another name, or gets it from a framework, says where it is. A macro of the
/// framework's own does it for its users, by `crate = $crate::cors`.
///
/// ```
/// mod framework {
///     pub use cors_runtime as cors;
/// }
///
/// #[cors_runtime::cors(crate = crate::framework::cors, origins = any)]
/// async fn hello() -> &'static str {
///     "hello"
/// }
/// # fn main() {}
/// ```
///
/// # Tests
///
/// In a test that calls the handler itself, `into_inner()` gives what the body returned:
///
/// ```
/// # use cors_runtime::cors;
/// # #[cors(origins = any)]
/// # async fn hello() -> &'static str {
/// #     "hello"
/// # }
/// # async fn test() {
/// assert_eq!(hello().await.into_inner(), "hello");
/// # }
/// ```
#[proc_macro_attribute]
pub fn cors(attr: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    attribute(attr.into(), item.into()).into()
}

/// The plan: what was written, whether it is right, which function it is for, and the code for both.
///
/// Each step goes on after mistakes of the ones before: one compile shows them all.
fn attribute(attr: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = parse::policy(attr, &mut errors);
    let spec = check::to_spec(&args);
    let mut policy = check::policy(&args, &spec, &mut errors);
    let item = match AnnotatedFunction::parse(item, &mut errors) {
        Ok(function) => {
            signature::check(&function.sig, &mut policy, &args.allow, &mut errors);
            expand::function(&expand::root(&args), function, &policy)
        }
        Err(item) => item,
    };
    let errors = errors.into_compile_errors();
    quote!(#errors #item)
}

/// A CORS policy as a value, for several handlers, with the keys and the checks of [`#[cors(..)]`](macro@cors).
///
/// It is the value of a `static`:
///
/// ```
/// use cors_runtime::{CorsRouter, Policy, SetupError, cors, get, policy};
///
/// static PARTNER: Policy = policy! { origins = ["https://partner.example"], headers = ["x-api-key"] };
///
/// #[cors(policy = PARTNER)]
/// async fn prices() -> &'static str {
///     "prices"
/// }
///
/// # fn app() -> Result<axum::Router, SetupError> {
/// let app: axum::Router = CorsRouter::new()
///     .route("/prices", get(prices))
///     .route("/version", get(cors(&PARTNER, async || "1.0")))
///     .default_policy(&PARTNER)
///     .finish()?;
/// # Ok(app)
/// # }
/// # assert!(app().is_ok());
/// ```
#[proc_macro]
pub fn policy(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expression(tokens.into()).into()
}

/// The same plan, for a policy without a function.
fn expression(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = parse::policy(tokens, &mut errors);
    let spec = check::to_spec(&args);
    let mut policy = check::policy(&args, &spec, &mut errors);
    if let AttrPolicy::Reference { path, .. } | AttrPolicy::Delegate { path, .. } = &policy {
        let span = SpanRange::from_tokens(&ungroup(path.clone()));
        let message = "`policy!` needs the policy itself, not a path to one";
        errors.add(span, message, "write the path where this policy is used");
        policy = AttrPolicy::Invalid;
    }
    let policy = expand::policy(&expand::root(&args), &policy, "policy!");
    let errors = errors.into_compile_errors();
    quote!({ #errors #policy })
}
