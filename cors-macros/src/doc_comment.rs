//! A policy in words, for the handler's documentation.

use cors_rules::{AllowedOrigins, CheckedPolicy, Enforce, NameList, Pattern, Settings};

use crate::{
    attr_args::{AttrArgs, List},
    check::AttrPolicy,
    tokens::to_source,
};

/// Lists beyond this are cut, because nobody reads them in the documentation of a handler.
const MAX_NAMES: usize = 8;

/// What the policy says; nothing if it is not valid.
pub(crate) fn policy(policy: &AttrPolicy<'_>) -> Option<String> {
    match policy {
        AttrPolicy::Invalid => None,
        AttrPolicy::Reference { path, .. } => Some(format!("as `{}` says.", to_source(path))),
        AttrPolicy::Delegate { path, .. } => {
            Some(format!("as `{}` answers, for each request.", to_source(path)))
        }
        AttrPolicy::SameOrigin { .. } => Some("pages of other origins cannot read this.".to_owned()),
        AttrPolicy::Inline { checked, args, .. } => Some(inline(checked, args)),
    }
}

fn inline(checked: &CheckedPolicy<'_>, args: &AttrArgs) -> String {
    let CheckedPolicy {
        origins,
        headers,
        expose,
        methods,
        settings: Settings { max_age, credentials, enforce, timing },
        unenforced_websocket,
        notes: _,
    } = checked;
    let pages = match origins {
        AllowedOrigins::Nobody => "no origin".to_owned(),
        AllowedOrigins::Any => "any origin".to_owned(),
        AllowedOrigins::List(list) => {
            let patterns = list.patterns.iter().map(Pattern::to_string);
            let constants = list.constants.iter().map(|path| (*path).to_owned());
            let regexes = list.regexes.iter().map(|regex| format!("regex({:?})", regex.as_str()));
            let variables = list.variables.iter().map(|name| format!("env({name:?})"));
            let functions = list.functions.iter().map(|path| format!("when({path})"));
            let origins = patterns.chain(constants).chain(regexes).chain(variables).chain(functions);
            code_list(&origins.collect::<Vec<_>>())
        }
    };
    let credentials = if *credentials { ", with credentials" } else { "" };
    let mut text = format!("pages of {pages} can read this{credentials}.");
    let methods = with_constants(methods, args.methods.as_ref());
    if !methods.is_empty() {
        text += &format!(" Methods: {}.", code_list(&methods));
    }
    if let Some(headers) = names(headers, args.headers.as_ref()) {
        text += &format!(" Request headers: {headers}.");
    }
    if let Some(expose) = names(expose, args.expose.as_ref()) {
        text += &format!(" Exposed response headers: {expose}.");
    }
    if let Some(seconds) = max_age {
        text += &format!(" Answers to preflights are kept for {seconds} s.");
    }
    text += match enforce {
        Enforce::Off => "",
        Enforce::CrossOrigin => " Requests from other origins are refused.",
        Enforce::Strict => " Requests from other origins are refused, even if they are the server's own.",
    };
    if *timing {
        text += " Timings can be read.";
    }
    if *unenforced_websocket {
        text += " WebSockets can be opened by pages of every origin.";
    }
    text
}

fn with_constants(names: &[String], list: Option<&List>) -> Vec<String> {
    let constants = list.into_iter().flat_map(List::constants).map(to_source);
    names.iter().cloned().chain(constants).collect()
}

fn names(NameList { any, names }: &NameList, list: Option<&List>) -> Option<String> {
    let names = &with_constants(names, list);
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
