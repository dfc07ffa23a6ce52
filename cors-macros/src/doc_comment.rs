//! A policy in words, for the handler's documentation. Must not know code.

use cors_rules::{AllowedOrigins, NameList, Pattern, Proven};

use crate::{check::Policy, tokens::code, written::Written};

/// Lists beyond this are cut, because nobody reads them in the documentation of a handler.
const MAX_NAMES: usize = 8;

/// What the policy says, or nothing if it says nothing that counts.
pub(crate) fn policy(policy: &Policy<'_>) -> Option<String> {
    match policy {
        Policy::Wrong => None,
        Policy::At { path, .. } => Some(format!("as `{}` says.", code(path))),
        Policy::Delegate { path, .. } => Some(format!("as `{}` answers, for each request.", code(path))),
        Policy::SameOrigin => Some("pages of other origins cannot read this.".to_owned()),
        Policy::Shared { proven, enforce, written } => Some(shared(proven, *enforce, written)),
    }
}

fn shared(proven: &Proven<'_>, enforce: bool, written: &Written) -> String {
    let Proven { origins, headers, expose, methods, max_age, credentials } = proven;
    let pages = match origins {
        AllowedOrigins::Any => "any origin".to_owned(),
        AllowedOrigins::When => {
            format!("origins that `{}` accepts", written.when.as_ref().map(code).unwrap_or_default())
        }
        AllowedOrigins::List(list) => {
            let patterns = list.patterns.iter().map(Pattern::to_string);
            let regexes = list.regexes.iter().map(|regex| format!("regex({:?})", regex.as_str()));
            let variables = list.variables.iter().map(|name| format!("env({name:?})"));
            code_list(&patterns.chain(regexes).chain(variables).collect::<Vec<_>>())
        }
    };
    let credentials = if *credentials { ", with credentials" } else { "" };
    let mut text = format!("pages of {pages} can read this{credentials}.");
    if !methods.is_empty() {
        text += &format!(" Methods: {}.", code_list(methods));
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
        (false, _) => Some(code_list(names)),
        (true, _) => Some(format!("any, and {}", code_list(names))),
    }
}

fn code_list(names: &[String]) -> String {
    let more = names.len().saturating_sub(MAX_NAMES);
    let named: Vec<_> = names.iter().take(MAX_NAMES).map(|name| format!("`{name}`")).collect();
    match more {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
