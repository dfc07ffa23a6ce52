//! What is probably meant by an entry that is not a string literal.

use cors_rules::Key;
use proc_macro2::TokenTree;
use syn::Lit;

use super::name;
use crate::tokens::{is_punct, is_word, string, ungroup};

/// The name of the environment variable in `env!("NAME")`, `option_env!("NAME")` or `std::env::var("NAME")`, and what it is
/// asked by.
pub(super) fn environment_variable(tokens: &[TokenTree]) -> Option<(&'static str, String)> {
    let (called, arguments) = match tokens {
        [.., name, bang, TokenTree::Group(arguments)] if is_punct(bang, '!') => match name {
            name if is_word(name, "env") => ("env!(..)", arguments),
            name if is_word(name, "option_env") => ("option_env!(..)", arguments),
            _ => return None,
        },
        [.., name, TokenTree::Group(arguments)] if is_word(name, "var") => ("env::var(..)", arguments),
        _ => return None,
    };
    let name = ungroup(arguments.stream()).first().and_then(string)?;
    Some((called, name))
}

/// The text that was probably meant by something that is not a string literal: by `authorization`, `content-type`,
/// `header::CONTENT_TYPE`, `Method::PUT`, `b"etag"` or `HeaderName::from_static("etag")`.
pub(super) fn guessed_text(key: Key, tokens: &[TokenTree]) -> Option<String> {
    if let [TokenTree::Literal(literal)] = tokens {
        return match Lit::new(literal.clone()) {
            Lit::Str(literal) => Some(literal.value()),
            Lit::ByteStr(literal) => String::from_utf8(literal.value()).ok(),
            Lit::CStr(literal) => literal.value().into_string().ok(),
            _ => None,
        };
    }
    // `HeaderName::from_static("etag")`, `String::from("https://shop.example")`
    if let [TokenTree::Ident(_), .., TokenTree::Ident(_), TokenTree::Group(arguments)] = tokens
        && let [only] = ungroup(arguments.stream()).as_slice()
        && environment_variable(tokens).is_none()
    {
        return string(only);
    }
    if !matches!(key, Key::Headers | Key::Expose | Key::Methods) {
        return None;
    }
    let path = tokens.iter().rposition(|token| is_punct(token, ':')).map_or(0, |colon| colon + 1);
    let (name, rest) = name(&tokens[path..])?;
    if !rest.is_empty() {
        return None;
    }
    let is_constant = name.text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    // Those of the crate `http` are not texts, and neither are methods without their quotes.
    let is_of_http = match path {
        0 => HTTP_CONSTANTS.contains(&name.text.as_str()),
        path => {
            let is_http = |token| ["header", "http", "Method"].iter().any(|word| is_word(token, word));
            tokens[..path].iter().any(is_http)
        }
    };
    match key {
        _ if is_constant && !is_of_http => None,
        Key::Methods => Some(name.text.to_ascii_uppercase()),
        _ if is_constant => Some(name.text.to_ascii_lowercase().replace('_', "-")),
        _ => Some(name.text),
    }
}

/// The constants of the crate `http` that people have in mind, by their own names.
const HTTP_CONSTANTS: [&str; 28] = [
    "ACCEPT",
    "ACCEPT_LANGUAGE",
    "AUTHORIZATION",
    "CACHE_CONTROL",
    "CONTENT_DISPOSITION",
    "CONTENT_LANGUAGE",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "COOKIE",
    "ETAG",
    "HOST",
    "IF_MATCH",
    "IF_MODIFIED_SINCE",
    "IF_NONE_MATCH",
    "LAST_MODIFIED",
    "LOCATION",
    "ORIGIN",
    "RANGE",
    "RETRY_AFTER",
    "USER_AGENT",
    "DELETE",
    "GET",
    "HEAD",
    "OPTIONS",
    "PATCH",
    "POST",
    "PUT",
    "TRACE",
];
