//! The rules for entries that are constants of a program. Only the compiler knows their values, and const code is how it is
//! asked. Each rule is the one that `check` applies; what cannot be found out in const code is refused.

use crate::{
    ascii,
    grammar::{self, Hosts, Parts},
    header, host, method,
    spec::Allow,
};

/// What is wrong with an origin, a name or a method: the message, and the help in a second line.
pub type Message = &'static str;

/// What is wrong with this text as an entry of `origins`.
pub const fn origin(text: &str, credentials: bool, allow: &[Allow]) -> Option<Message> {
    let Some(Parts { scheme, hosts, host, .. }) = grammar::pattern(text) else {
        return Some(explain_origin(text));
    };
    if !credentials {
        return None;
    }
    let is_http = matches!(scheme.as_bytes(), b"http");
    if is_http && !host::is_loopback(host) && !has(allow, Allow::InsecureOrigins) {
        return Some(
            "this origin is not encrypted: anyone on the network path can send credentialed requests from it\n\
             help: write it with `https://`, or add `allow(insecure_origins)`",
        );
    }
    let is_web = grammar::is_web_scheme(scheme);
    if !is_web && !matches!(hosts, Hosts::One) && !has(allow, Allow::OpenScheme) {
        return Some(
            "every origin of this scheme could send credentialed requests\n\
             help: list the hosts that are yours, or add `allow(open_scheme)`",
        );
    }
    // The Public Suffix List is searched at run time.
    if is_web && matches!(hosts, Hosts::Subdomains) && !has(allow, Allow::PublicSuffix) {
        return Some(
            "subdomains in a constant cannot be checked against the Public Suffix List, as credentials require\n\
             help: write the text itself in place of the constant, or add `allow(public_suffix)`",
        );
    }
    None
}

/// What is wrong with this text as an entry of `headers`.
pub const fn header(name: &str, allow: &[Allow]) -> Option<Message> {
    if header::is_forbidden_request_header(name) {
        return Some("browsers do not let pages set this header\nhelp: remove it");
    }
    if header::is_response_header_in_requests(name) && !has(allow, Allow::ResponseHeaderNames) {
        return Some(
            "this is a response header, and a page sets it on its request only by mistake\n\
             help: remove it, or add `allow(response_header_names)`",
        );
    }
    explain_name(name)
}

/// What is wrong with this text as an entry of `expose`.
pub const fn exposed_header(name: &str) -> Option<Message> {
    if header::is_unexposable(name) || header::is_never_on_responses(name) {
        return Some("pages can never read this header\nhelp: remove it");
    }
    explain_name(name)
}

/// What is wrong with this text as an entry of `methods`.
pub const fn method(name: &str) -> Option<Message> {
    if !method::is_sent_as_written(name) {
        return Some(
            "browsers never send this method in this spelling\n\
             help: write methods in upper case, and none of CONNECT, TRACE and TRACK",
        );
    }
    explain_name(name)
}

const fn explain_name(name: &str) -> Option<Message> {
    if !header::is_token(name) {
        return Some(
            "this is not a valid name\nhelp: give the constant one name, for example \"content-type\"",
        );
    }
    if ascii::contains(name, b'*') {
        return Some(
            "browsers take a `*` in a name literally\n\
             help: write `any` in place of the constant, or each name in full",
        );
    }
    None
}

/// The most frequent mistakes; the others are explained by the form.
const fn explain_origin(text: &str) -> Message {
    const FORM: Message = "this is not an origin as browsers send it\n\
                        help: give the constant scheme, host and port, for example \"https://shop.example\"";
    let Some((scheme, authority)) = grammar::split(text) else {
        return match text.as_bytes() {
            b"*" => "a constant cannot be `*`\nhelp: write `any` in place of it",
            b"null" => {
                "every sandboxed frame and local file has the origin `null`, and anyone can create one\n\
                        help: list the origins that you mean"
            }
            _ => {
                "this origin is missing a scheme\nhelp: give the constant a scheme, for example \"https://shop.example\""
            }
        };
    };
    if ascii::contains(authority, b'/') {
        return "this origin has a path or a slash at its end\nhelp: end the constant with the host or the port";
    }
    if ascii::has_upper_case(text) {
        return "this origin has upper case, which browsers never send\nhelp: write the constant in lower case";
    }
    match (grammar::default_port(scheme), grammar::split_port(authority).1) {
        (Some(443), Some(port)) if matches!(port.as_bytes(), b"443") => DEFAULT_PORT,
        (Some(80), Some(port)) if matches!(port.as_bytes(), b"80") => DEFAULT_PORT,
        _ => FORM,
    }
}

const DEFAULT_PORT: Message = "this origin has the default port of its scheme, which browsers omit\n\
                            help: end the constant with the host";

const fn has(allow: &[Allow], wanted: Allow) -> bool {
    let mut rest = allow;
    while let [first, after @ ..] = rest {
        if *first as u8 == wanted as u8 {
            return true;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Author, OriginSpec, PolicySpec, Settings, check};

    const _: () = {
        assert!(origin("https://shop.example", true, &[]).is_none());
        assert!(origin("http://localhost:3000", true, &[]).is_none());
        assert!(origin("http://shop.example", true, &[Allow::InsecureOrigins]).is_none());
        assert!(origin("https://*.shop.example", false, &[]).is_none());
        assert!(header("X-Api-Key", &[]).is_none());
        assert!(exposed_header("etag").is_none());
        assert!(method("PURGE").is_none());
    };

    /// A constant is never allowed where its text is not.
    #[test]
    fn origins_are_those_of_texts() {
        for text in [
            "https://shop.example",
            "https://*.shop.example",
            "http://localhost:*",
            "http://a.localhost",
            "http://127.0.0.1:80",
            "http://127.0.0.1",
            "http://10.0.0.1",
            "http://[::1]",
            "app://.",
            "app://*",
            "tauri://localhost",
            "https://*.com",
            "shop.example",
            "https://shop.example/",
            "https://Shop.example",
            "https://shop.example:443",
            "http://shop.example:80",
            "https://shop.example:0",
            "https://xn--a.example",
            "null",
            "",
            "file://",
            "https://a-*.example",
        ] {
            for credentials in [false, true] {
                let origins = Some(vec![OriginSpec::Text(text.to_owned())]);
                let spec = PolicySpec {
                    origins,
                    settings: Settings { credentials, ..Settings::NONE },
                    ..PolicySpec::default()
                };
                let is_right = check(&spec, Author::Developer).is_ok();
                let message = origin(text, credentials, &[]);
                // Here, this one cannot be distinguished from a public suffix.
                let expected = is_right && !(credentials && text == "https://*.shop.example");
                assert_eq!(message.is_none(), expected, "{text} {credentials} {message:?}");
                assert!(message.is_none_or(|message| message.contains("\nhelp: ")), "{text}");
            }
        }
    }

    #[test]
    fn the_most_frequent_mistakes() {
        for (text, start) in [
            ("*", "a constant cannot be `*`"),
            ("null", "every sandboxed frame and local file has the origin `null`"),
            ("shop.example", "this origin is missing a scheme"),
            ("https://shop.example/", "this origin has a path or a slash at its end"),
            ("https://Shop.example", "this origin has upper case"),
            ("https://shop.example:443", "this origin has the default port of its scheme"),
            ("http://shop.example:80", "this origin has the default port of its scheme"),
            ("https://shop.example:0443", "this is not an origin as browsers send it"),
            ("http://shop.example:080", "this is not an origin as browsers send it"),
            ("https://shop_.example:99999", "this is not an origin as browsers send it"),
        ] {
            let message = origin(text, false, &[]).unwrap();
            assert!(message.starts_with(start), "{text}: {message}");
        }
    }

    #[test]
    fn exceptions_are_those_that_are_allowed() {
        for (text, allowed) in [
            ("http://shop.example", Allow::InsecureOrigins),
            ("https://*.github.io", Allow::PublicSuffix),
            ("app://*", Allow::OpenScheme),
        ] {
            for allow in [&[][..], &[Allow::Redundant], &[Allow::Redundant, allowed], &[allowed]] {
                let is_right = origin(text, true, allow).is_none();
                assert_eq!(is_right, allow.contains(&allowed), "{text} {allow:?}");
            }
        }
    }

    #[test]
    fn names_are_those_of_texts() {
        let names = [
            "x-a",
            "X-A",
            "Cookie",
            "host",
            "Sec-Fetch-Mode",
            "proxy-a",
            "Access-Control-Allow-Origin",
            "",
            "a b",
            "x-*",
            "*",
            "Set-Cookie",
            "Origin",
            "etag",
            "content-type",
            "GET",
            "get",
            "patch",
            "PATCH",
            "TRACE",
            "connect",
        ];
        for name in names {
            let found = [header(name, &[]).is_none(), exposed_header(name).is_none(), method(name).is_none()];
            let expected = [
                header::check_request_header(name, false).is_ok(),
                header::check_exposed_header(name).is_ok(),
                method::check(name).is_ok(),
            ];
            assert_eq!(found, expected, "{name}");
        }
    }
}
