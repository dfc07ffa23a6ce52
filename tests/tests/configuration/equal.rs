//! Policies that say the same are equal, by whatever way they came into the program, and a document that one is written to
//! is read as an equal one.

use cors_runtime::{Allow, Origin, Policy, PolicyBuilder, policy};
use temp_env::with_var;

fn shop() -> PolicyBuilder {
    Policy::builder().origins(["https://shop.example"])
}

/// The policy in the source, the builder, and the document as JSON, which is what the policy is written to as well.
fn rows() -> Vec<(Policy, PolicyBuilder, &'static str)> {
    vec![
        (policy! { origins = ["https://shop.example"] }, shop(), r#"{"origins":["https://shop.example"]}"#),
        (
            policy! { origins = ["https://shop.example:8443", "https://*.shop.example", "http://localhost:*"] },
            Policy::builder()
                .origins(["https://shop.example:8443"])
                .origins(["https://*.shop.example", "http://localhost:*"]),
            r#"{"origins":["https://shop.example:8443","https://*.shop.example","http://localhost:*"]}"#,
        ),
        (
            policy! { origins = ["https://*.shop.example"] },
            Policy::builder().origins(["https://*.shop.example"]),
            r#"{"origins":["https://*.shop.example"]}"#,
        ),
        (
            policy! {
                origins = [
                    "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
                    "http://[::1]:3000",
                    "https://a_b.example.",
                    "https://xn--mnchen-3ya.example",
                ]
            },
            Policy::builder().origins([
                "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
                "http://[::1]:3000",
                "https://a_b.example.",
                "https://xn--mnchen-3ya.example",
            ]),
            r#"{"origins":["chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb","http://[::1]:3000","https://a_b.example.","https://xn--mnchen-3ya.example"]}"#,
        ),
        (policy! { origins = any }, Policy::builder().any_origin(), r#"{"origins":"any"}"#),
        (
            policy! { origins = "*", headers = any, expose = any, methods = any },
            Policy::builder().origins(["*"]).headers(["*"]).expose(["*"]).methods(["*"]),
            r#"{"origins":"any","headers":"any","expose":"any"}"#,
        ),
        (
            policy! { origins = any, headers = [any, "Authorization"] },
            Policy::builder().any_origin().headers(["*", "Authorization"]),
            r#"{"origins":"any","headers":["any","authorization"]}"#,
        ),
        (
            policy! { origins = ["https://shop.example"], headers = ["Authorization", "X-Api-Key"], expose = ["ETag"] },
            shop().headers(["Authorization", "X-Api-Key"]).expose(["ETag"]),
            r#"{"origins":["https://shop.example"],"headers":["authorization","x-api-key"],"expose":["etag"]}"#,
        ),
        (
            policy! { origins = ["https://shop.example"], methods = ["PUT", "PURGE"] },
            shop().methods(["PUT"]).methods(["PURGE"]),
            r#"{"origins":["https://shop.example"],"methods":["PUT","PURGE"]}"#,
        ),
        (
            policy! { origins = ["https://shop.example"], max_age = "10m" },
            shop().max_age(600),
            r#"{"origins":["https://shop.example"],"max_age":600}"#,
        ),
        (
            policy! { origins = ["https://shop.example"], max_age = 0 },
            shop().max_age("0"),
            r#"{"origins":["https://shop.example"],"max_age":0}"#,
        ),
        (
            policy! { origins = ["https://shop.example"], max_age = 86400 },
            shop().max_age("1d"),
            r#"{"origins":["https://shop.example"],"max_age":86400}"#,
        ),
        (
            policy! { origins = ["https://shop.example"], credentials, enforce },
            shop().credentials().enforce(),
            r#"{"origins":["https://shop.example"],"credentials":true,"enforce":true}"#,
        ),
        (
            policy! { origins = ["https://shop.example"], enforce(strict) },
            shop().enforce_strict(),
            r#"{"origins":["https://shop.example"],"enforce":"strict"}"#,
        ),
        (
            policy! { origins = ["https://shop.example"], timing },
            shop().timing(),
            r#"{"origins":["https://shop.example"],"timing":true}"#,
        ),
        (
            policy! { origins = ["app://.", "moz-extension://*"] },
            Policy::builder().origins(["app://.", "moz-extension://*"]),
            r#"{"origins":["app://.","moz-extension://*"]}"#,
        ),
        (
            policy! { origins = ["https://shop.example"], headers = [], expose = [], methods = [] },
            shop().headers([""; 0]).expose([""; 0]).methods([""; 0]),
            r#"{"origins":["https://shop.example"]}"#,
        ),
        (
            policy! { origins = ["http://shop.example"], credentials, allow(insecure_origins) },
            Policy::builder().origins(["http://shop.example"]).credentials().allow(Allow::InsecureOrigins),
            r#"{"origins":["http://shop.example"],"credentials":true,"allow":["insecure_origins"]}"#,
        ),
        (
            policy! { origins = ["https://*.github.io"], credentials, allow(public_suffix, missing_content_type) },
            Policy::builder().origins(["https://*.github.io"]).credentials().allow(Allow::PublicSuffix),
            r#"{"origins":["https://*.github.io"],"credentials":true,"allow":["public_suffix"]}"#,
        ),
        (
            policy! {
                origins = ["https://a.shop.example", "https://*.shop.example"],
                headers = ["access-control-allow-origin"],
                allow(response_header_names, redundant)
            },
            Policy::builder()
                .origins(["https://a.shop.example", "https://*.shop.example"])
                .headers(["access-control-allow-origin"])
                .allow(Allow::Redundant)
                .allow(Allow::ResponseHeaderNames),
            r#"{"origins":["https://a.shop.example","https://*.shop.example"],"headers":["access-control-allow-origin"],"allow":["redundant","response_header_names"]}"#,
        ),
        // What is allowed in vain is not written: two equal entries are one entry by then.
        (
            policy! { origins = ["https://shop.example", regex(r"https://[a-z]+\.shop\.example")] },
            shop().regex(r"https://[a-z]+\.shop\.example"),
            r#"{"origins":["https://shop.example",{"regex":"https://[a-z]+\\.shop\\.example"}]}"#,
        ),
        (
            policy! { origins = [regex("https://[a-z]+")], allow(open_domain) },
            Policy::builder().regex("https://[a-z]+").allow(Allow::OpenDomain),
            r#"{"origins":[{"regex":"https://[a-z]+"}],"allow":["open_domain"]}"#,
        ),
        (
            policy! { origins = [regex(r"http://[a-z]+\.a\.example"), regex(r"https://b\.example")], credentials, allow(insecure_origins) },
            Policy::builder()
                .regex(r"http://[a-z]+\.a\.example")
                .regex(r"https://b\.example")
                .credentials()
                .allow(Allow::InsecureOrigins),
            r#"{"origins":[{"regex":"http://[a-z]+\\.a\\.example"},{"regex":"https://b\\.example"}],"credentials":true,"allow":["insecure_origins"]}"#,
        ),
    ]
}

#[test]
fn the_source_the_builder_and_documents() {
    for (in_source, builder, json) in rows() {
        let built = builder.build().unwrap_or_else(|error| panic!("{json}: {error}"));
        assert_eq!(built, in_source, "by the builder: {json}");
        let read: Policy = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
        assert_eq!(read, in_source, "from a document: {json}");
        for policy in [in_source, built, read] {
            assert_eq!(serde_json::to_string(&policy).unwrap(), json);
        }
    }
}

#[test]
fn what_is_written_is_read_as_the_same() {
    let policies = rows().into_iter().map(|(policy, ..)| policy).chain([Policy::NONE]);
    for policy in policies {
        let toml = toml::to_string(&policy).unwrap();
        assert_eq!(toml::from_str::<Policy>(&toml).unwrap(), policy, "{toml}");
        let yaml = yaml_serde::to_string(&policy).unwrap();
        assert_eq!(yaml_serde::from_str::<Policy>(&yaml).unwrap(), policy, "{yaml}");
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy, "{json}");
    }
}

/// Equality must not be a matter of what is left out.
#[test]
fn policies_that_differ_in_one_thing() {
    let rows = rows();
    for (index, (one, _, json)) in rows.iter().enumerate() {
        for (other, _, other_json) in &rows[index + 1..] {
            assert_eq!(one == other, json == other_json, "{json} and {other_json}");
        }
    }
}

fn is_local(origin: &Origin<'_>) -> bool {
    origin.is_loopback()
}

#[test]
fn a_function_cannot_be_written() {
    let policy = policy! { origins = when(is_local), max_age = 600 };
    assert_eq!(
        serde_json::to_string(&policy).unwrap_err().to_string(),
        "a policy whose origins are decided on by `when(is_local)` cannot be written to a document: it would \
         lack the function"
    );
    assert!(toml::to_string(&policy).is_err());
}

/// It is read when the document is: what comes back is what a router would make of it.
#[test]
fn a_variable_that_has_not_been_read_is_written_as_such() {
    let policy = policy! {
        origins = [
            "https://a.example",
            env("CORS_EQUAL", default = ["https://b.example", "https://*.c.example"]),
            regex(r"https://[a-z]+\.d\.example"),
        ],
        credentials,
        allow(insecure_origins),
    };
    let json = serde_json::to_string(&policy).unwrap();
    assert_eq!(
        json,
        r#"{"origins":["https://a.example",{"env":"CORS_EQUAL","default":["https://b.example","https://*.c.example"]},{"regex":"https://[a-z]+\\.d\\.example"}],"credentials":true,"allow":["insecure_origins"]}"#
    );
    for text in [None, Some("http://e.example")] {
        with_var("CORS_EQUAL", text, || {
            assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy.with_environment().unwrap());
        });
    }
}
