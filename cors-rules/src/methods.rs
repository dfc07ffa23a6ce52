//! Rules for the names of methods. Knows nothing of the other keys.

use crate::{
    headers::is_token,
    violation::{Field, Kind, Place, Violation},
};

/// The methods whose spelling browsers correct before they send them.
///
/// <https://fetch.spec.whatwg.org/#concept-method-normalize>
const NORMALIZED: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];

/// The methods that no page can use.
///
/// <https://fetch.spec.whatwg.org/#forbidden-method>
const FORBIDDEN: [&str; 3] = ["CONNECT", "TRACE", "TRACK"];

/// Whether this may stand among the methods; `*` is for the caller to deal with.
pub(crate) fn check(name: &str, index: usize) -> Result<(), Violation> {
    let violation = |kind, message, help: String| {
        let place = Place { field: Field::Methods, index: Some(index) };
        Err(Violation { kind, place, message, help })
    };

    if name.trim().is_empty() {
        return violation(
            Kind::Empty,
            "empty method".to_owned(),
            "write a method such as `\"PUT\"`".to_owned(),
        );
    }
    if !is_token(name) {
        let help = if name.contains(',') {
            "write each method as an entry of its own".to_owned()
        } else {
            "write a method such as `\"PUT\"`".to_owned()
        };
        return violation(Kind::NotAToken, format!("{name:?} is no method"), help);
    }

    let upper = name.to_ascii_uppercase();
    if FORBIDDEN.contains(&upper.as_str()) {
        let message = format!("`{name}` is a method that browsers let no page use");
        return violation(Kind::ForbiddenMethod, message, "remove it".to_owned());
    }
    if name != upper && NORMALIZED.contains(&upper.as_str()) {
        let message = format!("browsers send `{upper}` for `{name}`, so that `{name}` never matches");
        return violation(Kind::MethodCase, message, format!("write \"{upper}\""));
    }
    if name != upper && upper == "PATCH" {
        let message =
            format!("`{name}` is not `PATCH`: methods are case-sensitive and browsers do not upper-case it");
        return violation(Kind::MethodCase, message, "write \"PATCH\", in the page as well".to_owned());
    }
    Ok(())
}
