//! Origins in variables of the environment: how they are written there, and what is said of those that cannot be read.

use axum::Router;
use cors_runtime::{
    CorsRouter, Policy, PolicyHandle, SetupError, cors, diagnostics::SetupProblem, get, policy, post,
};
use temp_env::{with_var, with_vars};

static PLAIN: Policy = policy! { origins = [env("CORS_PLAIN")] };

static WITH_DEFAULT: Policy =
    policy! { origins = ["https://a.example", env("CORS_OTHER", default = ["http://localhost:3000"])] };

static ANY_BY_DEFAULT: Policy = policy! { origins = [env("CORS_OTHER", default = [any])] };

static WITH_CREDENTIALS: Policy = policy! { origins = [env("CORS_PLAIN")], credentials };

fn read(policy: &Policy, text: Option<&str>) -> Result<String, String> {
    let read = || policy.with_environment();
    let read = with_vars([("CORS_PLAIN", text), ("CORS_OTHER", text)], read);
    read.map(|policy| policy.to_string()).map_err(|error| error.to_string())
}

#[test]
fn a_list_has_commas_or_white_space() {
    for (text, expected) in [
        ("https://a.example", "https://a.example"),
        ("https://a.example,https://b.example", "https://a.example, https://b.example"),
        (" https://a.example ,\n\thttps://b.example, ", "https://a.example, https://b.example"),
        ("https://a.example https://*.b.example", "https://a.example, https://*.b.example"),
        (",,https://a.example,,", "https://a.example"),
        ("any", "any"),
        ("*", "any"),
        (" any\n", "any"),
        // It is one list to the rules, so this is what each entry adds.
        ("any *", "any"),
        ("https://a.example,*,https://b.example", "any"),
        ("none", "none"),
        (" none ", "none"),
        ("", "none"),
        (" ", "none"),
        (",", "none"),
        ("\n, ,", "none"),
        ("https://a.example,https://a.example", "https://a.example"),
        ("https://b.a.example,https://*.a.example", "https://*.a.example"),
    ] {
        assert_eq!(read(&PLAIN, Some(text)).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn what_is_read_equals_what_is_written() {
    let read = with_var("CORS_PLAIN", Some("https://a.example"), || PLAIN.with_environment());
    assert_eq!(read.unwrap(), policy! { origins = ["https://a.example"] });
    let text = "http://localhost:*, https://b.example";
    let read = with_var("CORS_OTHER", Some(text), || WITH_DEFAULT.with_environment());
    let written = policy! { origins = ["https://a.example", "https://b.example", "http://localhost:*"] };
    assert_eq!(read.unwrap(), written);
}

#[test]
fn a_default_stands_in_for_a_variable_that_is_not_set() {
    assert_eq!(read(&WITH_DEFAULT, None).as_deref(), Ok("https://a.example, http://localhost:3000"));
    let set = read(&WITH_DEFAULT, Some("https://b.example"));
    assert_eq!(set.as_deref(), Ok("https://a.example, https://b.example"));
    // It does not let everybody in once the variable is set.
    assert_eq!(read(&ANY_BY_DEFAULT, None).as_deref(), Ok("any"));
    assert_eq!(read(&ANY_BY_DEFAULT, Some("https://b.example")).as_deref(), Ok("https://b.example"));
}

fn unreadable(policy: &Policy, variable: &str, reason: &str) -> String {
    format!(
        "the policy at {} reads its origins from the environment variable `{variable}`, but {reason}; set it to a list \
         of origins, with commas or spaces between them, or write `env({variable:?}, default = [..])`",
        policy.location()
    )
}

fn refused(policy: &Policy, variable: &str, problem: &str) -> String {
    let source = policy.location();
    format!(
        "the policy at {source} reads its origins from the environment variable `{variable}`, and there {problem}"
    )
}

#[test]
fn no_list() {
    assert_eq!(read(&PLAIN, None), Err(unreadable(&PLAIN, "CORS_PLAIN", "it is not set")));
    let beside = "`none` cannot be combined with other origins; remove it, or remove all others";
    assert_eq!(read(&PLAIN, Some("none,https://a.example")), Err(refused(&PLAIN, "CORS_PLAIN", beside)));
}

/// An empty variable is what `${CORS_ORIGINS:-}` makes of one that is not set. It means nobody, and not the default, which
/// is for a variable that is not there.
#[test]
fn nobody() {
    static EMPTY_BY_DEFAULT: Policy = policy! { origins = [env("CORS_OTHER", default = [])] };

    for text in ["", " ", "none"] {
        assert_eq!(read(&WITH_DEFAULT, Some(text)).as_deref(), Ok("https://a.example"), "{text:?}");
        assert_eq!(read(&WITH_CREDENTIALS, Some(text)).as_deref(), Ok("none"), "{text:?}");
        assert_eq!(read(&ANY_BY_DEFAULT, Some(text)).as_deref(), Ok("none"), "{text:?}");
    }
    assert_eq!(read(&EMPTY_BY_DEFAULT, None).as_deref(), Ok("none"));
    assert_eq!(read(&EMPTY_BY_DEFAULT, Some("https://a.example")).as_deref(), Ok("https://a.example"));
}

static TWO_VARIABLES: Policy = policy! { origins = ["https://*.shop.example", env("CORS_PLAIN"), env("CORS_OTHER", default = [])], credentials };

/// Whatever operators repeat, in one variable, in two, or after the source: it is noted, and the server starts.
#[test]
fn repeated_and_covered() {
    let read = |plain: &str, other: &str| {
        let read = with_vars([("CORS_PLAIN", Some(plain)), ("CORS_OTHER", Some(other))], || {
            TWO_VARIABLES.with_environment()
        });
        let policy = read.unwrap_or_else(|error| panic!("{plain} {other}: {error}"));
        let notes: Vec<_> = policy.notes().iter().map(ToString::to_string).collect();
        (policy.to_string(), notes)
    };
    let note = |variable: &str, what: &str| format!("origins (the variable `{variable}`): {what} (dropped)");
    for (plain, other, policy, notes) in [
        ("https://a.example", "", "https://a.example, https://*.shop.example; credentials", vec![]),
        (
            "https://a.example",
            "https://a.example",
            "https://a.example, https://*.shop.example; credentials",
            vec![note("CORS_OTHER", "`https://a.example` is already listed")],
        ),
        (
            "https://a.example https://a.example",
            "none",
            "https://a.example, https://*.shop.example; credentials",
            vec![note("CORS_PLAIN", "`https://a.example` is already listed")],
        ),
        (
            "https://www.shop.example,https://*.shop.example",
            "https://*.eu.shop.example",
            "https://*.shop.example; credentials",
            vec![
                note("CORS_PLAIN", "`https://www.shop.example` is already covered by `https://*.shop.example`"),
                note("CORS_PLAIN", "`https://*.shop.example` is already listed"),
                note("CORS_OTHER", "`https://*.eu.shop.example` is already covered by `https://*.shop.example`"),
            ],
        ),
        // A wider entry makes those before it redundant, that of the source too.
        (
            "https://*.shop.example:*",
            "",
            "https://*.shop.example:*; credentials",
            vec!["origins: `https://*.shop.example` is already covered by `https://*.shop.example:*` (dropped)".to_owned()],
        ),
    ] {
        assert_eq!(read(plain, other), (policy.to_owned(), notes), "{plain} {other}");
    }
}

#[cfg(unix)]
#[test]
fn no_text() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    let bytes = OsStr::from_bytes(b"https://a.example,\xff");
    let error = with_var("CORS_PLAIN", Some(bytes), || PLAIN.with_environment()).unwrap_err();
    assert_eq!(error.to_string(), unreadable(&PLAIN, "CORS_PLAIN", "it is not Unicode"));
}

#[test]
fn any_in_the_environment_keeps_the_rules() {
    let any = "`any` cannot be combined with credentials: browsers reject the response; list the origins that may send credentials, or remove \
               `credentials` from the policy";
    for text in ["any", "*"] {
        assert_eq!(read(&WITH_CREDENTIALS, Some(text)), Err(refused(&WITH_CREDENTIALS, "CORS_PLAIN", any)));
    }
    for text in ["https://a.example,*", "* https://a.example"] {
        assert_eq!(read(&WITH_CREDENTIALS, Some(text)), Err(refused(&WITH_CREDENTIALS, "CORS_PLAIN", any)));
    }
    assert_eq!(read(&WITH_DEFAULT, Some("any")).as_deref(), Ok("any"));
}

#[test]
fn all_problems_of_all_policies_at_once() {
    let handle = PolicyHandle::new(WITH_DEFAULT.clone());
    let router = || {
        CorsRouter::new()
            .route("/a", get(cors(&PLAIN, async || "a")).post(cors(&WITH_CREDENTIALS, async || "a")))
            // A policy at two places is one policy.
            .route("/b", get(cors(&PLAIN, async || "b")))
            .route("/c", post(cors(handle.clone(), async || "c")))
            .default_policy(&ANY_BY_DEFAULT)
    };
    let variables = [("CORS_PLAIN", None), ("CORS_OTHER", Some("b.example,https://c.example/"))];
    let finished: Result<Router, SetupError> = with_vars(variables, || router().finish());
    let error = finished.unwrap_err();
    let b = "`b.example` is missing a scheme; write `https://b.example`";
    let c = "`https://c.example/` has a slash at the end, which is not part of an origin; write `https://c.example`";
    let mut lines: Vec<_> = error.to_string().lines().map(str::to_owned).collect();
    let mut expected = vec![
        unreadable(&PLAIN, "CORS_PLAIN", "it is not set"),
        unreadable(&WITH_CREDENTIALS, "CORS_PLAIN", "it is not set"),
        refused(&WITH_DEFAULT, "CORS_OTHER", b),
        refused(&WITH_DEFAULT, "CORS_OTHER", c),
        refused(&ANY_BY_DEFAULT, "CORS_OTHER", b),
        refused(&ANY_BY_DEFAULT, "CORS_OTHER", c),
    ];
    lines.sort();
    expected.sort();
    assert_eq!(lines, expected);
    let is_variable = |problem: &&SetupProblem| matches!(problem, SetupProblem::UnreadableVariable { .. });
    assert_eq!(error.problems().iter().filter(is_variable).count(), 2);
}

#[test]
fn a_router_serves_what_it_has_read() {
    let variables = [("CORS_PLAIN", Some("https://a.example"))];
    let router = || CorsRouter::new().route("/", get(cors(&PLAIN, async || "a body"))).finish();
    let router: Router = with_vars(variables, router).unwrap();
    let request = "GET /\norigin: https://b.example";
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let response = runtime.block_on(cors_tests::send(&router, request));
    assert!(response.contains("access-control-allow-origin: https://a.example"), "{response}");
}
