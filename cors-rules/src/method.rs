//! Rules for the names of methods, each by itself.

use crate::{
    ascii,
    header::is_token,
    help::{Remedy, Snippet},
    printable::Printable,
    violation::{Fault, Rule},
};

/// The methods whose spelling browsers correct before they send them.
///
/// <https://fetch.spec.whatwg.org/#concept-method-normalize>
const NORMALIZED: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];

/// The methods that no page can use.
const FORBIDDEN: [&str; 3] = ["CONNECT", "TRACE", "TRACK"];

/// Whether no page can use this method, in whatever case it is written.
///
/// <https://fetch.spec.whatwg.org/#forbidden-method>
pub fn is_forbidden_method(method: &[u8]) -> bool {
    FORBIDDEN.iter().any(|forbidden| method.eq_ignore_ascii_case(forbidden.as_bytes()))
}

/// Whether pages can use this method without a preflight.
///
/// <https://fetch.spec.whatwg.org/#cors-safelisted-method>
#[inline]
pub fn is_safelisted_method(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"HEAD" | b"POST")
}

/// Whether browsers send this method for pages, and in this spelling.
pub(crate) const fn is_sent_as_written(name: &str) -> bool {
    let is_other_spelling = ascii::has_lower_case(name)
        && (ascii::is_one_of_in_any_case(name, &NORMALIZED) || ascii::is_equal_in_any_case(name, "PATCH"));
    !is_other_spelling && !ascii::is_one_of_in_any_case(name, &FORBIDDEN)
}

/// Whether pages can use this method; `*` alone is for the caller to deal with.
pub(crate) fn check(name: &str) -> Result<(), Fault> {
    const EXAMPLE: Remedy =
        Remedy::Example { advice: "write a method", entries: const { &[Snippet::text("PUT")] } };

    if name.trim().is_empty() {
        return Err(Fault::new(Rule::Empty, "empty method", EXAMPLE));
    }
    if !is_token(name) {
        let message = format!("`{}` is not a valid method", Printable(name));
        let parts: Vec<_> = name.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()).collect();
        let is_list = parts.len() > 1 && parts.len() < 16 && parts.iter().all(|part| check(part).is_ok());
        let help = if is_list { Remedy::write_all(parts) } else { EXAMPLE };
        return Err(Fault::new(Rule::NotAToken, message, help));
    }
    let shown = Printable(name);
    if name.contains('*') {
        let message = format!("browsers take `{shown}` literally: `*` is a wildcard only by itself");
        return Err(Fault::new(
            Rule::MisplacedWildcard,
            message,
            Remedy::advice("write each method in full"),
        ));
    }
    if is_sent_as_written(name) {
        return Ok(());
    }
    let upper = name.to_ascii_uppercase();
    if FORBIDDEN.contains(&upper.as_str()) {
        return Err(Fault::new(
            Rule::ForbiddenMethod,
            format!("browsers do not let pages use `{shown}`"),
            Remedy::Remove,
        ));
    }
    if NORMALIZED.contains(&upper.as_str()) {
        let message = format!("`{shown}` never matches: browsers send `{upper}`");
        return Err(Fault::new(Rule::MethodCase, message, Remedy::write(upper)));
    }
    let message =
        format!("`{shown}` is not `PATCH`: methods are case-sensitive, and browsers do not upper-case it");
    Err(Fault::new(Rule::MethodCase, message, Remedy::advice("write \"PATCH\", in the page as well")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::help::Syntax;

    #[test]
    fn methods() {
        for name in ["GET", "HEAD", "PATCH", "OPTIONS", "CHICKEN", "Egg", "PROPFIND", "postal"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for (name, rule, help) in [
            ("", Rule::Empty, "write a method, for example \"PUT\""),
            ("GET POST", Rule::NotAToken, "write \"GET\", \"POST\""),
            ("GET,POST", Rule::NotAToken, "write \"GET\", \"POST\""),
            ("GET, post", Rule::NotAToken, "write a method, for example \"PUT\""),
            ("()", Rule::NotAToken, "write a method, for example \"PUT\""),
            ("GET\n", Rule::NotAToken, "write a method, for example \"PUT\""),
            ("P*", Rule::MisplacedWildcard, "write each method in full"),
            ("connect", Rule::ForbiddenMethod, "remove it"),
            ("trACk", Rule::ForbiddenMethod, "remove it"),
            ("get", Rule::MethodCase, "write \"GET\""),
            ("Options", Rule::MethodCase, "write \"OPTIONS\""),
            ("patch", Rule::MethodCase, "write \"PATCH\", in the page as well"),
        ] {
            let fault = check(name).unwrap_err();
            assert_eq!((fault.rule, &*fault.help.in_syntax(Syntax::Attribute)), (rule, help), "{name}");
        }
        for (methods, is_taken_apart) in [(15, true), (16, false)] {
            let help = check(&vec!["GET"; methods].join(" ")).unwrap_err().help.in_syntax(Syntax::Attribute);
            assert_eq!(help.starts_with("write \"GET\", "), is_taken_apart, "{help}");
        }
    }
}
