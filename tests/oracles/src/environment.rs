//! Policies from the environment.

use cors_runtime::{Policy, policy};
use http::{HeaderMap, HeaderValue, Method};

use crate::{is_origin, matches, plan::ORIGINS};

const VARIABLE: &str = "ORACLE_ORIGINS";
static FROM_ENVIRONMENT: Policy = policy! { origins = [env("ORACLE_ORIGINS")], allow(public_suffix) };

/// A variable is a list of entries or an error, and grants what one of its entries matches. Returns how many origins asked.
pub fn check_environment(value: &str) -> usize {
    if value.contains('\0') {
        return 0;
    }
    temp_env::with_var(VARIABLE, Some(value), || {
        let Ok(policy) = FROM_ENVIRONMENT.with_environment() else { return 0 };
        let entries: Vec<&str> = value
            .split(|char: char| char == ',' || char.is_whitespace())
            .filter(|entry| !entry.is_empty())
            .collect();
        let is_any = entries.contains(&"*") || entries.contains(&"any");
        // Each entry as an origin, too.
        let mut asked = 0;
        for origin in ORIGINS.iter().copied().chain(entries.iter().copied()) {
            let Ok(header) = HeaderValue::from_str(origin) else { continue };
            let is_listed = entries.iter().any(|entry| {
                matches(entry, origin.as_bytes())
                    && is_origin(entry.replace('*', "a").as_bytes()) != Some(false)
                    || entry.contains(":*") && matches(entry, origin.as_bytes())
            });
            let (granted, _) = answer(&policy, &header);
            assert!(!granted || is_any || is_listed, "{entries:?} grants {origin}");
            asked += 1;
        }
        check_credentials(&policy);
        asked
    })
}

/// Whether the origin is granted, and whether credentials are.
fn answer(policy: &Policy, origin: &HeaderValue) -> (bool, bool) {
    let request = HeaderMap::from_iter([(http::header::ORIGIN, origin.clone())]);
    let mut response = HeaderMap::new();
    policy.answer(&Method::GET, &request).write(&mut response);
    let allowed = response.get(http::header::ACCESS_CONTROL_ALLOW_ORIGIN);
    let granted = allowed.is_some_and(|allowed| allowed == "*" || allowed == origin);
    (granted, response.contains_key(http::header::ACCESS_CONTROL_ALLOW_CREDENTIALS))
}

/// Nobody may send credentials who is not granted anything, and not everybody is.
fn check_credentials(policy: &Policy) {
    for origin in ORIGINS.iter().copied() {
        let Ok(origin) = HeaderValue::from_str(origin) else { continue };
        let (granted, has_credentials) = answer(policy, &origin);
        assert!(granted || !has_credentials, "{policy} {origin:?}");
        assert!(!(has_credentials && origin == "null"), "{policy}");
    }
    let (_, has_credentials) =
        answer(policy, &HeaderValue::from_static("https://nobody-lists.this-one.example"));
    let lists_it = policy.to_string().contains("example");
    assert!(lists_it || !has_credentials, "{policy}");
}
