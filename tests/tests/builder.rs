//! What the builder takes: the types that users have, and closures that capture a configuration.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::http::{HeaderName, HeaderValue, Method, header};
use cors_runtime::{CorsRouter, Origin, Policy, PolicyBuilder, cors, get, policy, rules::Rule};
use cors_tests::send;

fn shop() -> PolicyBuilder {
    Policy::builder().origins(["https://shop.example"])
}

/// Each with whatever it is equal to in the source.
#[test]
fn types() {
    let origins = policy! { origins = ["https://a.example", "https://b.example"] };
    let (a, b) = ("https://a.example", "https://b.example");
    let strings = [a.to_owned(), b.to_owned()];
    let values = [HeaderValue::from_static(a), HeaderValue::from_static(b)];
    for (what, builder) in [
        ("&str", Policy::builder().origins([a, b])),
        ("&&str", Policy::builder().origins([a, b].iter())),
        ("String", Policy::builder().origins(strings.clone())),
        ("&String", Policy::builder().origins(&strings)),
        ("Vec<String>", Policy::builder().origins(strings.to_vec())),
        ("&[String]", Policy::builder().origins(strings.as_slice())),
        ("Cow<str>", Policy::builder().origins([Cow::Borrowed(a), Cow::Owned(b.to_owned())])),
        ("Box<str>", Policy::builder().origins([Box::from(a), Box::<str>::from(b)])),
        ("Arc<str>", Policy::builder().origins([Arc::from(a), Arc::<str>::from(b)])),
        ("HeaderValue", Policy::builder().origins(values.clone())),
        ("&HeaderValue", Policy::builder().origins(&values)),
        (
            "an iterator",
            Policy::builder().origins("a b".split(' ').map(|host| format!("https://{host}.example"))),
        ),
        ("one by one", Policy::builder().origins(Some(a)).origins(Some(b.to_owned()))),
    ] {
        assert_eq!(builder.build().as_ref(), Ok(&origins), "{what}");
    }

    let headers = policy! { origins = ["https://shop.example"], headers = ["content-type", "x-api-key"] };
    let key = HeaderName::from_static("x-api-key");
    for (what, builder) in [
        ("HeaderName", shop().headers([header::CONTENT_TYPE, key.clone()])),
        ("&HeaderName", shop().headers(&[header::CONTENT_TYPE, key.clone()])),
        ("&str", shop().headers(["Content-Type", "X-Api-Key"])),
        ("both", shop().headers([header::CONTENT_TYPE]).headers([String::from("X-API-KEY")])),
    ] {
        assert_eq!(builder.build().as_ref(), Ok(&headers), "{what}");
    }

    let expose = policy! { origins = ["https://shop.example"], expose = ["etag"] };
    assert_eq!(shop().expose([header::ETAG]).build(), Ok(expose.clone()));
    assert_eq!(shop().expose(vec!["ETag".to_owned()]).build(), Ok(expose));

    let methods = policy! { origins = ["https://shop.example"], methods = ["PUT", "PURGE"] };
    let purge = Method::from_bytes(b"PURGE").unwrap();
    for (what, builder) in [
        ("Method", shop().methods([Method::PUT, purge.clone()])),
        ("&Method", shop().methods([&Method::PUT, &purge])),
        ("&str", shop().methods(["PUT", "PURGE"])),
    ] {
        assert_eq!(builder.build().as_ref(), Ok(&methods), "{what}");
    }
}

#[test]
fn max_ages() {
    let minutes = policy! { origins = ["https://shop.example"], max_age = "10m" };
    for (what, builder) in [
        ("i32", shop().max_age(600)),
        ("u8, and no less", shop().max_age(200_u8)),
        ("u16", shop().max_age(600_u16)),
        ("u32", shop().max_age(600_u32)),
        ("u64", shop().max_age(600_u64)),
        ("u128", shop().max_age(600_u128)),
        ("usize", shop().max_age(600_usize)),
        ("i16", shop().max_age(600_i16)),
        ("i64", shop().max_age(600_i64)),
        ("i128", shop().max_age(600_i128)),
        ("isize", shop().max_age(600_isize)),
        ("Duration", shop().max_age(Duration::from_secs(600))),
        ("&str", shop().max_age("10m")),
        ("String", shop().max_age("600s".to_owned())),
    ] {
        let built = builder.build().unwrap_or_else(|error| panic!("{what}: {error}"));
        match what {
            "u8, and no less" => assert_eq!(built.to_string(), "https://shop.example; max age 200"),
            _ => assert_eq!(built, minutes, "{what}"),
        }
    }
    for (what, builder, expected) in [
        ("the greatest", shop().max_age(u128::MAX), "https://shop.example; max age 86400"),
        ("the longest", shop().max_age(Duration::MAX), ""),
        ("weeks", shop().max_age(Duration::from_secs(1 << 40)), "https://shop.example; max age 86400"),
        ("nothing", shop().max_age(Duration::ZERO), "https://shop.example; max age 0"),
        ("negative", shop().max_age(-1), ""),
        ("a part of a second", shop().max_age(Duration::from_millis(1500)), ""),
    ] {
        let built = builder.build();
        match expected {
            "" => assert_eq!(built.unwrap_err().violations()[0].rule, Rule::BadMaxAge, "{what}"),
            expected => assert_eq!(built.unwrap().to_string(), expected, "{what}"),
        }
    }
}

/// What is not text is refused, and not taken for something else.
#[test]
fn a_value_that_is_not_text() {
    let value = HeaderValue::from_bytes(b"https://\xffshop.example").unwrap();
    let error = Policy::builder().origins([value]).build().unwrap_err();
    assert_eq!(error.violations()[0].rule, Rule::NonAscii);
}

/// Closures that capture, several of them, beside a list and an expression.
#[tokio::test]
async fn closures_beside_a_list() {
    struct Config {
        domains: Vec<String>,
    }

    let config = Arc::new(Config { domains: vec!["lan.example".to_owned(), "vpn.example".to_owned()] });
    let ports = Vec::from([3000_u16, 5173]);
    let policy = Policy::builder()
        .origins(["https://shop.example", "https://*.partner.example"])
        .when({
            let config = Arc::clone(&config);
            move |origin| config.domains.iter().any(|domain| origin.is_subdomain_of(domain))
        })
        .regex(r"https://pr-[0-9]+\.preview\.example")
        .when(move |origin| origin.is_loopback() && origin.port().is_some_and(|port| ports.contains(&port)))
        .build()
        .unwrap();
    assert_eq!(
        policy.to_string(),
        r#"https://shop.example, https://*.partner.example, regex("https://pr-[0-9]+\\.preview\\.example"), when(a function), when(a function)"#
    );
    let app: axum::Router = CorsRouter::new().route("/", get(cors(policy, async || {}))).finish().unwrap();
    for (origin, is_allowed) in [
        ("https://shop.example", true),
        ("https://eu.partner.example", true),
        ("https://pr-7.preview.example", true),
        ("https://printer.lan.example", true),
        ("http://a.vpn.example", true),
        ("http://localhost:5173", true),
        ("http://localhost:5174", false),
        ("https://evil.example", false),
        ("https://lan.example.evil.example", false),
    ] {
        let response = send(&app, &format!("GET /\norigin: {origin}")).await;
        let expected = match is_allowed {
            true => format!("200\naccess-control-allow-origin: {origin}\nvary: Origin"),
            false => "200\nvary: Origin".to_owned(),
        };
        assert_eq!(response, expected, "{origin}");
    }
}

fn is_local(origin: &Origin<'_>) -> bool {
    origin.is_loopback()
}

fn is_shop(origin: &Origin<'_>) -> bool {
    origin.host() == "shop.example"
}

/// Functions are compared by what they are, and closures by whether they are the same one.
#[test]
fn policies_with_functions_are_equal_to_their_clones() {
    static OF_FUNCTION: Policy = policy! { origins = [env("BUILDER_NOT_SET", default = []), when(is_local)] };
    static OF_ANOTHER: Policy = policy! { origins = [env("BUILDER_NOT_SET", default = []), when(is_shop)] };
    let [function, again, another] =
        [&OF_FUNCTION, &OF_FUNCTION, &OF_ANOTHER].map(|policy| policy.with_environment().unwrap());
    assert_eq!(function, again);
    assert_ne!(function, another);

    let builder = || Policy::builder().when(|origin: &Origin<'_>| origin.is_loopback());
    let closure = builder();
    let [closure, again, another] =
        [closure.clone(), closure, builder()].map(|builder| builder.build().unwrap());
    assert_eq!(closure, again);
    assert_ne!(closure, another);
    assert_ne!(closure, function);
}

#[test]
fn nobody_by_a_list() {
    assert_eq!(Policy::builder().origins(Vec::<String>::new()).build(), Ok(Policy::NONE));
    assert_eq!(Policy::builder().origins(["none"]).build(), Ok(Policy::NONE));
    // An empty configuration takes nothing away.
    let with_more = Policy::builder().origins(Vec::<String>::new()).origins(["https://a.example"]).build();
    assert_eq!(with_more, Ok(policy! { origins = ["https://a.example"] }));
    // That nothing is said at all is a slip of the developer.
    assert_eq!(Policy::builder().build().unwrap_err().violations()[0].rule, Rule::NoOrigins);
    // What any covers is dropped, functions too.
    let any = Policy::builder().any_origin().when(|_| true).build().unwrap();
    assert_eq!(any, policy! { origins = any });
    assert_eq!(
        any.notes()[0].to_string(),
        "origins[1]: `a function` is redundant: every origin is already allowed (dropped)"
    );
}

/// What is printed while somebody looks for a mistake has the facts in it, and no test of an application breaks for lack of it.
#[test]
fn debug_has_the_facts() {
    use cors_runtime::{PolicyHandle, delegate};

    async fn ask() -> Policy {
        Policy::NONE
    }

    let policy = shop().headers(["x-a"]).regex(r"https://pr-[0-9]+\.shop\.example").build().unwrap();
    let router: CorsRouter =
        CorsRouter::new().route("/products/{id}", get(cors(&policy, async || ()))).on_refusal(|_| ());
    let request = axum::http::Request::get("/").header("origin", "https://evil.example").body(()).unwrap();
    for (what, printed, facts) in [
        ("a policy", format!("{policy:?}"), &["https://shop.example", "x-a", r"pr-[0-9]+"][..]),
        ("a handle", format!("{:?}", PolicyHandle::new(policy.clone())), &["https://shop.example"]),
        ("a delegate", format!("{:?}", delegate(ask)), &["ask"]),
        ("a handler", format!("{:?}", cors(&policy, "a handler")), &["https://shop.example"]),
        ("a router", format!("{router:?}"), &["/products/{id}"]),
        ("a refusal", format!("{:?}", policy.explain(&request)), &["https://evil.example", "Origin"]),
        ("an audit", format!("{:?}", router.audit()), &["/products/{id}", "GET"]),
    ] {
        for fact in facts {
            assert!(printed.contains(fact), "{what}: {fact} is not in {printed}");
        }
    }
}
