//! Documents as people write them, through the parsers that people use, with all of what these print.

use cors_runtime::{Policy, policy};
use serde::Deserialize;
use serde_json::json;
use temp_env::with_var;

#[derive(Debug, Deserialize, PartialEq)]
struct Config {
    name: String,
    cors: Policy,
}

fn expected() -> Config {
    let cors = policy! {
        origins = [
            "https://shop.example",
            "https://*.shop.example",
            "http://localhost:*",
            regex(r"https://pr-[0-9]+\.preview\.example"),
        ],
        headers = ["authorization", "content-type"],
        expose = ["etag"],
        methods = ["GET", "PUT"],
        max_age = "10m",
        credentials,
        enforce,
        allow(redundant),
    };
    Config { name: "shop".to_owned(), cors }
}

#[test]
fn toml_files() {
    let in_one_table = r#"
        name = "shop"

        [cors]
        origins = [
            "https://shop.example",
            "https://*.shop.example",
            { env = "CORS_DOCUMENTS", default = ["http://localhost:*"] },
            { regex = 'https://pr-[0-9]+\.preview\.example' },
        ]
        headers = ["authorization", "content-type"]
        expose = ["etag"]
        methods = ["GET", "PUT"]
        max_age = "10m"
        credentials = true
        enforce = true
        allow = ["redundant"]
    "#;
    assert_eq!(toml::from_str::<Config>(in_one_table).unwrap(), expected());
    let inline = r#"
        cors.origins = "any"
        cors.headers = ["any", "authorization"]
        cors.credentials = false
        name = "any"
    "#;
    let any = policy! { origins = any, headers = [any, "authorization"] };
    assert_eq!(toml::from_str::<Config>(inline).unwrap().cors, any);
    assert_eq!(toml::from_str::<Policy>("none = true").unwrap(), Policy::NONE);
    let regexes = "[[origins]]\nregex = 'https://a\\.example'\n[[origins]]\nregex = 'https://b\\.example'\n";
    let only_regexes = policy! { origins = [regex(r"https://a\.example"), regex(r"https://b\.example")] };
    assert_eq!(toml::from_str::<Policy>(regexes).unwrap(), only_regexes);
}

#[test]
fn yaml_files() {
    let text = r"
name: shop
cors:
  origins:
    - https://shop.example
    - https://*.shop.example
    - env: CORS_DOCUMENTS
      default: [http://localhost:*]
    - regex: https://pr-[0-9]+\.preview\.example
  headers: [authorization, content-type]
  expose: [etag]
  methods: [GET, PUT]
  max_age: 600
  credentials: true
  enforce: true
  allow: [redundant]
";
    assert_eq!(yaml_serde::from_str::<Config>(text).unwrap(), expected());
    let any = yaml_serde::from_str::<Policy>("origins: any\nmax_age: 2h\nmethods: '*'\n");
    assert_eq!(any.unwrap(), policy! { origins = any, max_age = 7200 });
    let list = yaml_serde::from_str::<Policy>("origins: ['*']");
    assert_eq!(list.unwrap(), policy! { origins = any });
}

#[test]
fn json_files() {
    let text = r#"{
        "cors": {
            "enforce": true,
            "credentials": true,
            "max_age": "600",
            "methods": ["GET", "PUT"],
            "expose": ["ETag"],
            "headers": ["Authorization", "Content-Type"],
            "origins": [
                {"env": "CORS_DOCUMENTS", "default": ["https://shop.example"]},
                "https://*.shop.example",
                "http://localhost:*",
                {"regex": "https://pr-[0-9]+\\.preview\\.example"}
            ],
            "allow": []
        },
        "name": "shop"
    }"#;
    assert_eq!(serde_json::from_str::<Config>(text).unwrap(), expected());
    assert_eq!(serde_json::from_str::<Policy>(r#"{"none": true}"#).unwrap(), Policy::NONE);
}

#[test]
fn a_variable_is_read_with_the_document() {
    let text = r#"origins = ["https://a.example", { env = "CORS_DOCUMENTS" }]"#;
    let read =
        with_var("CORS_DOCUMENTS", Some("https://b.example https://*.c.example"), || toml::from_str(text));
    let written = policy! { origins = ["https://a.example", "https://b.example", "https://*.c.example"] };
    assert_eq!(read, Ok::<Policy, _>(written));
    let text = r#"origins = [{ env = "CORS_DOCUMENTS", default = ["any"] }]"#;
    let not_set = with_var("CORS_DOCUMENTS", None::<&str>, || toml::from_str(text));
    assert_eq!(not_set, Ok::<Policy, _>(policy! { origins = any }));
    let set = with_var("CORS_DOCUMENTS", Some("https://b.example"), || toml::from_str(text));
    assert_eq!(set, Ok::<Policy, _>(policy! { origins = ["https://b.example"] }));
}

#[test]
fn a_bad_toml_file() {
    let text = "name = \"shop\"\n\n[cors]\norigins = [\"https://shop.example/\", 5, \"https://a.example\", \
                \"https://a.example\"]\nallow_origins = [\"https://b.example\"]\nheaders = [\"x-a\", \"cookie\"]\n\
                max-age = 600\ncredentials = \"yes\"\n";
    assert_eq!(
        toml::from_str::<Config>(text).unwrap_err().to_string(),
        "TOML parse error at line 3, column 1
  |
3 | [cors]
  | ^^^^^^
allow_origins: unknown key `allow_origins`
  help: write `origins`
max-age: unknown key `max-age`
  help: write `max_age`
origins[0]: `https://shop.example/` has a slash at the end, which is not part of an origin
  help: write \"https://shop.example\"
origins[1]: an entry of `origins` is a text, and this is a number
  help: write \"https://shop.example\"
credentials: `credentials` is `true` or `false`, and this is a text
  help: write `credentials = true`
5 mistakes in the CORS policy
"
    );
    assert_eq!(
        toml::from_str::<Config>("name = \"shop\"\ncors = \"any\"\n").unwrap_err().to_string(),
        "TOML parse error at line 2, column 8
  |
2 | cors = \"any\"
  |        ^^^^^
invalid type: string \"any\", expected a CORS policy, which is a table with keys like `origins`
"
    );
}

#[test]
fn a_bad_yaml_file() {
    let text = "
name: shop
cors:
  origins:
    - https://shop.example
    - shop.example
    - [https://a.example]
    - 
  orgins: any
  headers:
  max_age: 1.5
";
    assert_eq!(
        yaml_serde::from_str::<Config>(text).unwrap_err().to_string(),
        "cors: orgins: unknown key `orgins`
  help: write `origins`
origins[1]: `shop.example` is missing a scheme
  help: write \"https://shop.example\"
origins[2]: an entry of `origins` is a text, and this is a list
  help: write \"https://shop.example\"
origins[3]: an entry of `origins` is a text, and this is nothing
  help: write \"https://shop.example\"
headers: `headers` needs a value
  help: write `headers = [\"content-type\"]`
max_age: `1.5` is not a valid duration
  help: write whole seconds, for example 600, or a text, for example \"10m\" or \"2h\"
6 mistakes in the CORS policy at line 4 column 3"
    );
}

#[test]
fn a_bad_json_file() {
    let text = r#"{"name": "shop", "cors": {
        "origins": ["https://shop.example:443"],
        "expose": ["x-amz-*"],
        "origins": ["https://a.example"],
        "methods": "PUT"
    }}"#;
    assert_eq!(
        serde_json::from_str::<Config>(text).unwrap_err().to_string(),
        "origins: `origins` is already set
  help: put all entries into one list
origins[0]: 443 is the default port of `https`, and browsers omit it
  help: write \"https://shop.example\"
expose[0]: browsers take `x-amz-*` literally: `*` is a wildcard only by itself
  help: write each name in full
methods: `methods` takes a list, and this is a single text
  help: write `methods = [\"PUT\"]`
4 mistakes in the CORS policy at line 6 column 5"
    );
}

/// The mistakes that only documents have; each is the only one, and none causes another.
#[test]
fn the_form_of_a_document() {
    let keys = "the keys are `origins`, `headers`, `expose`, `methods`, `max_age`, `credentials`, `enforce`, `timing`, \
                `allow`, `none`";
    let names = "the names are `insecure_origins`, `public_suffix`, `redundant`, `response_header_names`, \
                 `missing_content_type`, `missing_authorization`, `missing_credentials`, `open_domain`, \
                 `open_scheme`, `unenforced_websocket`";
    let env = "`{ env = \"CORS_ORIGINS\", default = [\"http://localhost:3000\"] }`";
    let regex = r"`{ regex = 'https://[a-z]+\.shop\.example' }`";
    let origin = "https://shop.example";
    for (document, message, help) in [
        (
            json!({}),
            "origins: no origins are allowed",
            "write `origins = [\"https://shop.example\"]`, or write `none = true` to allow no origin",
        ),
        (
            json!({ "origins": [origin], "enforce": "strictly" }),
            "enforce: `enforce` is `true`, `false` or \"strict\", and this is `strictly`",
            "write `enforce = \"strict\"`",
        ),
        (
            json!({ "none": false }),
            "origins: no origins are allowed",
            "write `origins = [\"https://shop.example\"]`, or write `none = true` to allow no origin",
        ),
        (
            json!({ "origins": null }),
            "origins: `origins` needs a value",
            "write `origins = [\"https://shop.example\"]`",
        ),
        (
            json!({ "origins": true }),
            "origins: `origins` takes a list, and this is `true`",
            "write `origins = [\"https://shop.example\"]`",
        ),
        (
            json!({ "origins": { "env": "CORS_ORIGINS" } }),
            "origins: `origins` takes a list, and this is a table",
            "write `origins = [\"https://shop.example\"]`",
        ),
        (
            json!({ "origins": [{ "regexp": "x" }] }),
            "origins[0].regexp: unknown key `regexp`",
            "write `regex`",
        ),
        (
            json!({ "origins": [{ "host": "x" }] }),
            "origins[0].host: unknown key `host`",
            "the keys are `regex`, `env`, `default`",
        ),
        (
            json!({ "origins": [{}] }),
            "origins[0]: a table among the origins has the key `regex` or `env`",
            &format!("for example: write {regex}, or {env}"),
        ),
        (
            json!({ "origins": [{ "regex": "https://a\\.example", "env": "CORS_ORIGINS" }] }),
            "origins[0]: `regex` cannot be combined with other keys in its table",
            "write a table for each entry of `origins`",
        ),
        (
            json!({ "origins": [{ "regex": "https://a\\.example", "default": [origin] }] }),
            "origins[0]: `regex` cannot be combined with other keys in its table",
            "write a table for each entry of `origins`",
        ),
        (
            json!({ "origins": [{ "regex": 5 }] }),
            "origins[0].regex: `regex` takes a text, and this is a number",
            &format!("for example: write {regex}"),
        ),
        (
            json!({ "origins": [{ "env": ["CORS_ORIGINS"] }] }),
            "origins[0].env: `env` takes a text, and this is a list",
            &format!("for example: write {env}"),
        ),
        (
            json!({ "origins": [{ "env": "CORS_NOT_SET", "default": "any" }] }),
            "origins[0].default: `default` must be a list of origins",
            &format!("for example: write {env}"),
        ),
        (
            json!({ "origins": [{ "env": "CORS_NOT_SET", "default": [origin, { "regex": "x" }] }] }),
            "origins[0].default[1]: an entry of `default` is a text, and this is a table",
            &format!("for example: write {env}"),
        ),
        (
            json!({ "origins": [{ "env": "CORS_NOT_SET", "default": [origin, "https://a.example/"] }] }),
            "origins[0].default[1]: `https://a.example/` has a slash at the end, which is not part of an origin",
            "write \"https://a.example\"",
        ),
        (
            json!({ "origins": [{ "env": "CORS_NOT_SET" }] }),
            "origins[0]: the origins are in the environment variable `CORS_NOT_SET`, but it is not set",
            "set it to a list of origins, with commas or spaces between them, or write `{ env = \"CORS_NOT_SET\", \
             default = [..] }`",
        ),
        (
            json!({ "origins": [{ "env": "CORS=ORIGINS" }] }),
            "origins[0]: `CORS=ORIGINS` cannot be the name of an environment variable",
            "write a name, for example `{ env = \"CORS_ORIGINS\" }`",
        ),
        (
            json!({ "origins": [origin], "headers": [{ "env": "CORS_ORIGINS" }] }),
            "headers[0]: an entry of `headers` is a text, and this is a table",
            "write \"content-type\"",
        ),
        (
            json!({ "origins": [origin], "methods": ["PUT", 7] }),
            "methods[1]: an entry of `methods` is a text, and this is a number",
            "write \"PUT\"",
        ),
        (
            json!({ "origins": [origin], "max_age": [600] }),
            "max_age: `max_age` takes a number of seconds, or a text, and this is a list",
            "write whole seconds, for example 600, or a text, for example \"10m\" or \"2h\"",
        ),
        (
            json!({ "origins": [origin], "max_age": null }),
            "max_age: `max_age` needs a value",
            "write `max_age = 600`",
        ),
        (
            json!({ "origins": [origin], "max_age": -600 }),
            "max_age: `-600` is not a valid duration",
            "write whole seconds, for example 600, or a text, for example \"10m\" or \"2h\"",
        ),
        (
            json!({ "origins": [origin], "enforce": 1 }),
            "enforce: `enforce` is `true` or `false`, and this is a number",
            "write `enforce = true`",
        ),
        (
            json!({ "origins": [origin], "allow": "redundant" }),
            "allow: `allow` takes a list, and this is a single text",
            "write `allow = [\"redundant\"]`",
        ),
        (
            json!({ "origins": ["http://shop.example"], "credentials": true, "allow": ["insecure_origin"] }),
            "allow[0]: unknown name `insecure_origin`",
            "write `insecure_origins`",
        ),
        (json!({ "origins": [origin], "allow": ["any"] }), "allow[0]: unknown name `any`", names),
        (
            json!({ "origins": [origin], "allow": [true] }),
            "allow[0]: an entry of `allow` is a name, and this is `true`",
            names,
        ),
        (json!({ "origins": [origin], "colour": "red" }), "colour: unknown key `colour`", keys),
        (json!({ "origins": [origin], "policy": "PARTNER" }), "policy: unknown key `policy`", keys),
        (
            json!({ "origins": [origin], "none": true }),
            "none: `none` cannot be combined with `origins`",
            "remove it, or remove everything else",
        ),
    ] {
        let shown = document.to_string();
        let error = serde_json::from_value::<Policy>(document).expect_err(&shown);
        assert_eq!(
            error.to_string(),
            format!("{message}\n  help: {help}\n1 mistake in the CORS policy"),
            "{shown}"
        );
    }
}
