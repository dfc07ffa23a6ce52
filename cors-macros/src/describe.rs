//! A policy in words, for the handler's documentation. Must not know code.

use cors_rules::{AllowedOrigins, NameList, Pattern, Proven};

use crate::check::Policy;

/// Lists beyond this are cut, because nobody reads them in the documentation of a handler.
const MAX_NAMES: usize = 8;

/// What the policy says, or nothing if it says nothing that counts.
pub(crate) fn policy(policy: &Policy<'_>) -> Option<String> {
    match policy {
        Policy::Wrong => None,
        Policy::At(path) => Some(format!("as `{}` says.", path.to_string().replace(' ', ""))),
        Policy::SameOrigin => Some("pages of other origins cannot read this.".to_owned()),
        Policy::Shared { proven, enforce } => Some(shared(proven, *enforce)),
    }
}

fn shared(proven: &Proven<'_>, enforce: bool) -> String {
    let Proven { origins, headers, expose, methods, max_age, credentials } = proven;
    let pages = match origins {
        AllowedOrigins::Any => "any origin".to_owned(),
        AllowedOrigins::List(patterns) => code_list(patterns.iter().map(Pattern::to_string)),
    };
    let credentials = if *credentials { ", with credentials" } else { "" };
    let mut text = format!("pages of {pages} can read this{credentials}.");
    if !methods.is_empty() {
        text += &format!(" Methods: {}.", code_list(methods.iter().cloned()));
    }
    if let Some(headers) = names(headers) {
        text += &format!(" Request headers: {headers}.");
    }
    if let Some(expose) = names(expose) {
        text += &format!(" Exposed response headers: {expose}.");
    }
    if let Some(seconds) = max_age {
        text += &format!(" Preflights are kept for {seconds} s.");
    }
    if enforce {
        text += " Requests of other origins are refused.";
    }
    text
}

fn names(list: &NameList) -> Option<String> {
    let NameList { any, names } = list;
    match (any, names.as_slice()) {
        (false, []) => None,
        (true, []) => Some("any".to_owned()),
        (false, _) => Some(code_list(names.iter().cloned())),
        (true, _) => Some(format!("any, and {}", code_list(names.iter().cloned()))),
    }
}

fn code_list(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MAX_NAMES);
    let named: Vec<_> = names.take(MAX_NAMES).map(|name| format!("`{name}`")).collect();
    match more {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
