//! The attribute `#[cors(..)]`: parse, check, expand.
//!
//! This crate is an implementation detail of `cors-runtime`, which is the crate to use and which re-exports
//! the attribute. What it generates names `::cors_runtime` and fits that very version only.
//!
//! It knows the syntax of policies and the code that stands for them. What may stand in a policy is for
//! `cors-rules` to say; here, its verdicts only get their spans.

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
    function::Function,
    tokens::{SpanRange, ungroup},
};

/// Writes a CORS policy on a handler: which origins may call it, and what they may send and read.
///
/// The policy is checked when the handler is compiled, and it travels in the handler's type: a handler that
/// is declared to return `R` returns `Cors<R, impl HasPolicy>`. The routing functions of `cors_runtime` mount
/// such handlers, together with the answers to their preflights; those of axum refuse them.
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
/// | `origins` | a list of origins as browsers send them, such as `"https://shop.example"`. `"https://*.shop.example"` stands for all subdomains at any depth, but not for `shop.example` itself; `"http://localhost:*"` stands for all ports; [`regex("..")`](#regular-expressions) for what matches an expression; [`env("NAME")`](#the-environment) for what stands in a variable. Instead of a list, `any` or [`when(path)`](#functions) |
/// | `headers` | a list of the request headers that pages may set; or `any`, which does not cover `authorization`: for both write `[any, "authorization"]` |
/// | `expose` | a list of the response headers that pages may read; or `any` |
/// | `methods` | a list of methods, only to narrow a handler that is mounted on several; otherwise its policy is that of each method that it is mounted on |
/// | `max_age` | how long browsers may keep the answer to a preflight: seconds from 0 to 86400, or a text such as `"10m"` or `"2h"` |
/// | `credentials` | a flag: requests may bear cookies and the like |
/// | `enforce` | a flag: a request from an origin that may not read the response is refused, and the handler does not run |
/// | `allow(..)` | a policy is meant, although a rule speaks against it. The names are `insecure_origins`, `public_suffix`, `redundant`, `response_header_names`, `missing_content_type`, `missing_authorization`, `missing_credentials` and `open_domain` |
///
/// Or one of these alone; `enforce` and `allow(..)` may stand beside the second and the third:
///
/// | key | value |
/// |---|---|
/// | `none` | a flag: the handler stays same-origin |
/// | `policy` | the path of a policy that is written elsewhere by [`policy!`], or of a `PolicyHandle`, whose policy can be replaced while requests run |
/// | `delegate` | the path of a function that is [asked for the policy](#functions) with each request |
///
/// `"*"` is another way to write `any`.
///
/// # Regular expressions
///
/// `regex("..")` among the origins is an expression for whole origins, in the syntax of the crate `regex` but without
/// Unicode: `regex(r"https://preview-[0-9]+\.shop\.example")`. It is compiled when the handler is, and searched in time
/// that is linear in the origin's length. It takes the feature `regex`, which is on by default.
///
/// The classical mistake is a dot that is not escaped: `https://www.example.com`, taken as an expression, also accepts
/// `https://wwwxexample.com`, which anybody can register. So it is proven that an expression accepts origins of no other
/// registrable domains than those that can be read in it, letter by letter; one that does is refused, and the message
/// shows such an origin. `allow(open_domain)` is for those who mean it, though never together with `credentials`. An
/// expression that accepts nothing, or no origin that a browser sends, is refused as well.
///
/// # The environment
///
/// `env("NAME")` among the origins stands for those in a variable of the environment, with commas or white space between
/// them. `env("NAME", default = ["http://localhost:3000"])` says what holds if there is no such variable. The variable is
/// read once, by `CorsRouter::finish`, which checks its entries by the same rules and reports all that is wrong with them.
///
/// # Functions
///
/// `origins = when(path)` lets a function decide on origins: a `fn(&Origin<'_>) -> bool`, which gets scheme, host and port
/// of an origin as a browser sends it; others are refused unasked. What it accepts cannot be proven, and with
/// `credentials` it decides who acts in the name of your users: compare whole hosts, or take
/// `Origin::is_subdomain_of`, and never `contains` or `ends_with` alone.
///
/// `delegate = path` asks a function for the whole policy, with each request: an `async fn` whose arguments are
/// extractors, in the manner of a handler. If it fails, the response is kept from the page; with `enforce` beside it, the
/// handler does not run either.
///
/// ```
/// use cors_runtime::{Origin, Policy, RequestOrigin, cors, policy};
///
/// fn is_ours(origin: &Origin<'_>) -> bool {
///     origin.is_loopback() || origin.scheme() == "https" && origin.is_subdomain_of("shop.example")
/// }
///
/// #[cors(origins = when(is_ours))]
/// async fn prices() -> &'static str {
///     "prices"
/// }
///
/// static PARTNER: Policy = policy! { origins = ["https://partner.example"] };
///
/// async fn of_partner(origin: RequestOrigin) -> Option<&'static Policy> {
///     origin.as_str()?.ends_with("://partner.example").then_some(&PARTNER)
/// }
///
/// #[cors(delegate = of_partner)]
/// async fn stock() -> &'static str {
///     "stock"
/// }
/// ```
///
/// # What it refuses
///
/// Policies that can never work, because no browser sends such an origin, header or method, and policies that
/// are unsafe. All mistakes are reported at once, each at the text to change and with what to write there.
/// Among them are
///
/// * no origin, and anything in an origin that is not part of it: a path, a slash at the end, upper case,
///   `:443`;
/// * `any` together with `credentials`;
/// * `http://` origins together with `credentials`, save for the own machine's (`insecure_origins`);
/// * all subdomains of a domain such as `github.io`, where anybody can have one, together with `credentials`
///   (`public_suffix`);
/// * entries that say what another one says (`redundant`);
/// * headers that pages cannot set, such as `cookie`, or cannot read, such as `set-cookie`;
/// * names in `headers` that are response headers, such as `access-control-allow-headers`
///   (`response_header_names`);
/// * methods that pages cannot use, such as `TRACE`, and `patch` for `PATCH`;
/// * a `max_age` that is longer than any browser keeps;
/// * arguments that no page could send: `Json<..>` without `content-type` among the headers
///   (`missing_content_type`), `TypedHeader<Authorization<..>>` without `authorization`
///   (`missing_authorization`), a cookie jar without `credentials` (`missing_credentials`). Under `policy = PATH`, the
///   compiler looks at the policy there.
///
/// # The function
///
/// It is an `async fn`, free or in an `impl` block, generic or not. Its body is left as it is, and its
/// documentation gets a paragraph with the policy in words. A `WebSocketUpgrade` among its arguments turns
/// `enforce` on, because browsers open WebSockets to any server without asking.
///
/// Attributes that look at the return type, such as `#[axum::debug_handler]` and `#[utoipa::path]`, stand
/// above `#[cors]`, so that they see the one that is written:
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
    let item = match Function::parse(item, &mut errors) {
        Ok(function) => {
            signature::check(&function.sig, &mut policy, &args.allow, &mut errors);
            expand::function(&expand::root(&args), function, &policy)
        }
        Err(item) => item,
    };
    let errors = errors.into_compile_errors();
    quote!(#errors #item)
}

/// A CORS policy that stands by itself, for several handlers, with the keys and the checks of
/// [`#[cors(..)]`](macro@cors).
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
