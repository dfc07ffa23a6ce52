//! Origins that look like one that is allowed.

use axum::http::HeaderValue;
use cors_runtime::{CorsRouter, Origin, Policy, any, cors, policy};
use cors_tests::{as_text, check, respond, send};

use crate::{both, preflight, request};

/// A policy of each kind, under each of which the attacker would gain something.
static ONE: Policy = policy! { origins = ["https://shop.example"], expose = ["etag"], credentials };
static LIST: Policy = policy! {
    origins = [
        "https://shop.example",
        "https://foo.example",
        "https://bar.example",
        "https://shop.example:8443",
        "https://xn--bcher-kva.example",
    ],
    headers = ["content-type"],
    credentials,
};
static SUBDOMAINS: Policy =
    policy! { origins = ["https://shop.example", "https://*.shop.example"], credentials };
static PORTS: Policy = policy! { origins = ["http://localhost:*", "https://*.shop.example:*"], credentials };
static REGEX: Policy = policy! { origins = [regex(r"https://(www\.)?shop\.example")], credentials };
static FUNCTION: Policy = policy! { origins = when(is_ours), credentials };
static ENFORCED: Policy = policy! { origins = ["https://shop.example", "https://*.shop.example"], enforce };

fn is_ours(origin: &Origin<'_>) -> bool {
    origin.scheme() == "https" && origin.host() == "shop.example" && origin.port() == Some(443)
}

const PATHS: [&str; 7] = ["/one", "/list", "/subdomains", "/ports", "/regex", "/function", "/enforced"];

fn app() -> CorsRouter {
    [&ONE, &LIST, &SUBDOMAINS, &PORTS, &REGEX, &FUNCTION, &ENFORCED]
        .into_iter()
        .zip(PATHS)
        .fold(CorsRouter::new(), |router, (policy, path)| {
            router.route(path, any(cors(policy, async || "a secret")))
        })
}

const VARY: &str = "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// What a stranger is told, in full. Everything else here is compared with it.
#[tokio::test]
async fn a_stranger_gets_no_grant() {
    let secret = "200\ncontent-type: text/plain; charset=utf-8";
    let of_one = "200\naccess-control-allow-origin: https://shop.example\ncontent-type: text/plain; charset=utf-8\nvary: Origin".to_owned();
    let preflight_of_one = format!("403\naccess-control-allow-origin: https://shop.example\n{VARY}");
    let preflight_of_many = format!("403\n{VARY}");
    let of_many = format!("{secret}\nvary: Origin");
    for app in both(app) {
        for path in PATHS {
            let (response, preflight) = match path {
                // The name of the one who is allowed grants nothing to another.
                "/one" => (&of_one, &preflight_of_one),
                "/enforced" => (&"403\nvary: Origin, Sec-Fetch-Site".to_owned(), &preflight_of_many),
                _ => (&of_many, &preflight_of_many),
            };
            let stranger = "origin: https://evil.example";
            check(
                app.clone(),
                &[
                    ("a request", &format!("GET {path}\n{stranger}"), response),
                    (
                        "a preflight",
                        &format!("OPTIONS {path}\n{stranger}\naccess-control-request-method: PUT"),
                        preflight,
                    ),
                ],
            )
            .await;
        }
    }
}

/// Each of these origins is answered as a stranger's, by each policy, to requests and preflights of several methods.
async fn are_strangers(origins: &[impl AsRef<[u8]>]) {
    for app in both(app) {
        for path in PATHS {
            for method in ["GET", "POST", "PUT"] {
                let stranger = b"https://evil.example";
                let response = as_text(&respond(&app, request(method, path, stranger)).await);
                let preflighted = as_text(&respond(&app, preflight(method, path, stranger)).await);
                for origin in origins.iter().map(AsRef::as_ref) {
                    let name = origin.escape_ascii();
                    let other = as_text(&respond(&app, request(method, path, origin)).await);
                    assert_eq!(other, response, "{method} {path} from {name}");
                    let other = as_text(&respond(&app, preflight(method, path, origin)).await);
                    assert_eq!(other, preflighted, "preflight of {method} {path} from {name}");
                }
            }
        }
    }
}

/// The tests here would say nothing if nobody were allowed.
#[tokio::test]
async fn those_who_are_allowed_are() {
    for app in both(app) {
        for (path, origin) in [
            ("/one", "https://shop.example"),
            ("/list", "https://foo.example"),
            ("/list", "https://bar.example"),
            ("/list", "https://shop.example:8443"),
            ("/list", "https://xn--bcher-kva.example"),
            ("/subdomains", "https://a.b.shop.example"),
            ("/ports", "http://localhost:5173"),
            ("/ports", "https://a.shop.example:8443"),
            ("/regex", "https://www.shop.example"),
            ("/function", "https://shop.example"),
            ("/enforced", "https://a.shop.example"),
        ] {
            let response = send(&app, &format!("GET {path}\norigin: {origin}")).await;
            let grant = format!(
                "200\naccess-control-allow-{}",
                if path == "/enforced" { "origin" } else { "credentials: true" }
            );
            assert!(response.starts_with(&grant), "{path} {origin}: {response}");
            assert!(response.contains(&format!("access-control-allow-origin: {origin}")), "{path} {origin}");
        }
    }
}

/// Whatever the attacker's own origin is, it is not given back.
///
/// CVE-2017-20146 (gorilla/handlers), CVE-2018-20744 (rs/cors), CVE-2024-25124 (fiber)
#[tokio::test]
async fn reflected_origin_with_credentials() {
    are_strangers(&["https://attacker.example", "http://attacker.example", "https://a", "app://attacker"])
        .await;
}

/// `*` together with credentials is refused, and never repaired by reflection, whoever writes the policy.
///
/// CVE-2018-20744 (rs/cors), CVE-2018-8014 (Tomcat), CVE-2024-25124 (fiber)
#[test]
fn any_origin_with_credentials_is_not_a_policy() {
    for builder in [
        Policy::builder().any_origin().credentials(),
        Policy::builder().origins(["https://shop.example", "*"]).credentials(),
        Policy::builder().origins(["*"]).headers(["*"]).expose(["*"]).credentials(),
    ] {
        assert!(builder.build().is_err());
    }
    for document in ["origins = [\"*\"]\ncredentials = true", "origins = \"any\"\ncredentials = true"] {
        assert!(toml::from_str::<Policy>(document).is_err(), "{document}");
    }
}

/// Nor is a pattern that is nearly any origin: rs/cors takes `h*` for one.
///
/// <https://github.com/rs/cors/issues/197>
#[test]
fn nearly_any_origin_is_not_an_origin() {
    for origin in [
        "h*",
        "http*",
        "https*",
        "https://*",
        "https://*.",
        "https://**",
        "https://*:*",
        "*://*",
        "*.example",
        "https://*.*",
        "https://*example",
        "https://shop.*",
        "https://shop.example*",
        "https://shop.example/*",
    ] {
        for builder in
            [Policy::builder().origins([origin]), Policy::builder().origins([origin]).credentials()]
        {
            assert!(builder.build().is_err(), "{origin}");
        }
    }
    // These are patterns, but not with credentials: anyone can register a name below them.
    for origin in ["https://*.com", "https://*.co.uk", "https://*.github.io", "moz-extension://*"] {
        assert!(Policy::builder().origins([origin]).credentials().build().is_err(), "{origin}");
    }
}

/// Sandboxed frames, local files and redirects have it, so anybody can.
#[tokio::test]
async fn null_origin() {
    are_strangers(&["null", "NULL", "Null", "null ", "\"null\"", "null,https://shop.example", ""]).await;
    for null in ["null", "NULL"] {
        assert!(Policy::builder().origins([null]).build().is_err(), "{null}");
    }
}

/// A domain that ends in the one that is allowed.
#[tokio::test]
async fn origin_that_ends_like_an_allowed_one() {
    are_strangers(&[
        "https://evilshop.example",
        "https://evil-shop.example",
        "https://evil_shop.example",
        "https://evil.example#shop.example",
        "https://evil.example/shop.example",
        "https://evil.example?.shop.example",
        "https://evil.example\\.shop.example",
        "https://evil.example%2eshop.example",
        "https://.shop.example",
        "https://..shop.example",
        "https://a..shop.example",
        "https://*.shop.example",
        "https://-.shop.example.evil.example",
        "http://evillocalhost:3000",
        "http://evil.localhost:3000",
    ])
    .await;
}

/// A domain that begins with the one that is allowed. gin-contrib/cors took what came behind a `*` at the end for anything.
///
/// CVE-2019-25211 (gin-contrib/cors)
#[tokio::test]
async fn origin_that_begins_like_an_allowed_one() {
    are_strangers(&[
        "https://shop.example.evil.example",
        "https://shop.example.",
        "https://shop.exampleevil",
        "https://shop.example-evil.example",
        "https://shop.example_.evil.example",
        "https://shop.example%00.evil.example",
        "https://shop.example/",
        "https://shop.example/.evil.example",
        "https://shop.example?",
        "https://shop.example#",
        "https://shop.example,https://evil.example",
        "https://shop.example https://evil.example",
        "https://shop.examplea",
        "https://shop.exampl",
        "http://localhost.evil.example",
        "http://localhost:3000.evil.example",
        "http://localhost:3000evil.example",
    ])
    .await;
}

/// The allowed origin inside of another one.
#[tokio::test]
async fn origin_that_contains_an_allowed_one() {
    are_strangers(&[
        "https://evil.example/https://shop.example",
        "https://evil.example?https://shop.example",
        "https://evil.example#https://shop.example",
        "https://evilhttps://shop.example",
        "evil:https://shop.example",
        "view-source:https://shop.example",
        "blob:https://shop.example",
        "filesystem:https://shop.example",
        "https://www.shop.example.evil.example",
        "https://wwwxshop.example",
        "https://shopxexample",
        "https://wwwashop.example",
    ])
    .await;
}

/// What is in front of an `@` is a user's name, and the host is behind it.
#[tokio::test]
async fn user_name_that_looks_like_an_allowed_host() {
    are_strangers(&[
        "https://shop.example@evil.example",
        "https://shop.example:443@evil.example",
        "https://shop.example%40evil.example",
        "https://evil.example@shop.example",
        "https://me:secret@shop.example",
        "https://@shop.example",
        "https://a@b.shop.example",
    ])
    .await;
}

/// Whoever is on the way can answer for an `http` page.
#[tokio::test]
async fn scheme_downgrade() {
    are_strangers(&[
        "http://shop.example",
        "http://a.shop.example",
        "http://foo.example",
        "http://www.shop.example",
        "ws://shop.example",
        "wss://shop.example",
        "ftp://shop.example",
        "file://shop.example",
        "data://shop.example",
        "javascript://shop.example",
        "chrome-extension://shop.example",
        "shttps://shop.example",
        "https:/shop.example",
        "https:shop.example",
        "//shop.example",
        "shop.example",
    ])
    .await;
}

/// Another port is another origin, perhaps of another user of the same machine.
#[tokio::test]
async fn port_confusion() {
    are_strangers(&[
        "https://shop.example:1",
        "https://shop.example:443",
        "https://shop.example:0443",
        "https://shop.example:80",
        "https://shop.example:",
        "https://shop.example:0",
        "https://shop.example:65536",
        "https://shop.example:08443",
        "https://shop.example:8443:8443",
        "https://shop.example:8443.evil.example",
        "https://shop.example:8443@evil.example",
        "https://shop.example:+8443",
        "https://shop.example:*",
        "https://foo.example:8443",
        // 443 and 8443, if only 16 bits of a number were kept.
        "https://shop.example:65979",
        "https://shop.example:73979",
        "http://localhost:80",
        "http://localhost:",
        "http://localhost:65616",
        "https://localhost:3000",
    ])
    .await;
}

/// Browsers send lower case, so whatever is not is no browser's. Comparing without regard to case is how allowed hosts
/// came to be confused with others.
#[tokio::test]
async fn upper_case() {
    are_strangers(&[
        "HTTPS://shop.example",
        "Https://shop.example",
        "https://SHOP.example",
        "https://shop.Example",
        "https://FOO.EXAMPLE",
        "https://A.shop.example",
        "https://a.SHOP.example",
        "http://LOCALHOST:3000",
        // The Kelvin sign is a `k` in lower case, and the long `s` an `S` in upper case.
        "https://\u{17f}hop.example",
    ])
    .await;
}

/// To DNS it may be the same name; to browsers it is another origin.
#[tokio::test]
async fn trailing_dot() {
    are_strangers(&[
        "https://shop.example.",
        "https://shop.example..",
        "https://shop.example.:8443",
        "https://a.shop.example.",
        "https://foo.example.",
        "http://localhost.:3000",
    ])
    .await;
}

/// `bücher.example` is allowed, by its punycode form.
#[tokio::test]
async fn punycode_and_unicode_lookalikes() {
    are_strangers(&[
        "https://bücher.example",
        "https://bucher.example",
        "https://xn--bcher-kva.example.evil.example",
        "https://XN--BCHER-KVA.example",
        "https://xn--bchr-hra.example",
        "https://xn--shop.example",
        "https://xn--.example",
        // A Cyrillic `о`, full-width letters, a zero-width joiner, a soft hyphen, an ideographic full stop.
        "https://sh\u{43e}p.example",
        "https://xn--shp-tmc.example",
        "https://\u{ff53}\u{ff48}\u{ff4f}\u{ff50}.example",
        "https://sh\u{200d}op.example",
        "https://sh\u{ad}op.example",
        "https://shop\u{3002}example",
        "https://a.sh\u{43e}p.example",
        "https://a\u{2024}shop.example",
    ])
    .await;
}

/// Two allowed origins whose ends are alike must not admit what has the beginning of one and the end of the other.
///
/// GHSA-vhxv-fg4m-p2w8 (jub0bs/cors), GHSA-v84h-653v-4pq9 (jub0bs/fcors)
#[tokio::test]
async fn radix_confusion() {
    are_strangers(&[
        "https://barfoo.example",
        "https://foobar.example",
        "https://oo.example",
        "https://ar.example",
        "https://fooo.example",
        "https://fbar.example",
        "https://bfoo.example",
        "https://.example",
        "https://example",
        "https://shopfoo.example",
        "https://fooshop.example",
        "https://shop.example:8443.foo.example",
    ])
    .await;
}

/// Bytes that end a string, a line or a value in other languages.
#[tokio::test]
async fn bytes_that_separate() {
    let mut origins: Vec<Vec<u8>> = Vec::new();
    // Every byte that HTTP carries, at both ends and in the middle.
    for byte in (0..=255).filter(|byte| HeaderValue::from_bytes(&[*byte]).is_ok()) {
        origins.push([b"https://shop.example", &[byte][..]].concat());
        origins.push([&[byte][..], b"https://shop.example"].concat());
        origins.push([b"https://shop", &[byte][..], b"example"].concat());
        origins.push([b"https://evil.example", &[byte][..], b".shop.example"].concat());
    }
    // Of the last, these are the ones with a name in front of the domain.
    let is_below = |origin: &Vec<u8>| {
        origin.ends_with(b".shop.example") && matches!(origin[20], b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')
    };
    // Those are of the shop, whatever they are called. A dot makes an empty label.
    let (below, others): (Vec<_>, Vec<_>) =
        origins.into_iter().filter(|origin| origin != b"https://shop.example").partition(is_below);
    assert_eq!(below.len(), 38);
    are_strangers(&others).await;
}

/// HTTP says that there is one. Two are no browser's, and which of them counts is a matter of taste.
#[tokio::test]
async fn two_origins() {
    for app in both(app) {
        for path in PATHS {
            for (first, second) in [
                ("https://shop.example", "https://evil.example"),
                ("https://evil.example", "https://shop.example"),
                ("https://shop.example", "https://shop.example"),
                ("", "https://shop.example"),
            ] {
                let request = format!("GET {path}\norigin: {first}\norigin: {second}");
                let response = send(&app, &request).await;
                let preflight = format!(
                    "OPTIONS {path}\norigin: {first}\norigin: {second}\naccess-control-request-method: PUT"
                );
                let preflighted = send(&app, &preflight).await;
                for (response, is_static) in [(response, path == "/one"), (preflighted, path == "/one")] {
                    assert!(!response.contains("credentials"), "{request}: {response}");
                    let names_one = response.contains("allow-origin: https://shop.example");
                    assert!(
                        !response.contains("allow-origin") || is_static && names_one,
                        "{request}: {response}"
                    );
                }
            }
        }
    }
}

/// Only the response's own `Vary` counts; a request's is not given back.
///
/// GHSA-q7jf-gf43-6x6p (Hono)
#[tokio::test]
async fn vary_of_the_request() {
    for app in both(app) {
        for path in PATHS {
            let with = send(&app, &format!("GET {path}\norigin: https://shop.example\nvary: X-Evil")).await;
            let without = send(&app, &format!("GET {path}\norigin: https://shop.example")).await;
            assert_eq!(with, without, "{path}");
        }
    }
}

/// Headers that the response has, sent with the request.
///
/// CVE-2024-6221 (flask-cors: `Access-Control-Allow-Private-Network` by default)
#[tokio::test]
async fn response_headers_in_the_request() {
    let extra = "access-control-allow-origin: https://evil.example\naccess-control-allow-credentials: true\n\
                 access-control-request-private-network: true\naccess-control-request-local-network: true\n\
                 forwarded: host=shop.example\nx-forwarded-host: evil.example\nx-forwarded-proto: https\n\
                 x-original-url: /any\nx-http-method-override: GET\nreferer: https://shop.example/";
    for app in both(app) {
        for path in PATHS {
            for request in [
                format!("GET {path}\norigin: https://evil.example"),
                format!("POST {path}\norigin: https://evil.example"),
                format!("OPTIONS {path}\norigin: https://evil.example\naccess-control-request-method: PUT"),
                format!("OPTIONS {path}\norigin: https://foo.example\naccess-control-request-method: PUT"),
            ] {
                let without = send(&app, &request).await;
                assert_eq!(send(&app, &format!("{request}\n{extra}")).await, without, "{request}");
                assert!(!without.contains("private-network"), "{without}");
            }
        }
    }
}
