//! From what was written to a policy that code can be generated for. The rules are those of `cors_rules`; here, its
//! violations get their spans.

use std::iter;

use cors_rules::{
    Allow, Author, CheckedPolicy, Enforce, Key, OriginSpec, PolicySpec, Rule, Syntax, Violation,
};
use proc_macro2::{Span, TokenStream};

use crate::{
    attr_args::{AttrArgs, EntryKind, List, ListEntry},
    errors::Errors,
    requirement::DeferredRequirement,
    tokens::SpanRange,
};

/// A policy that code can be generated for.
#[derive(Debug)]
pub(crate) enum AttrPolicy<'a> {
    /// It has mistakes, and the code that is generated in its place grants nothing.
    Invalid,
    /// `none`
    SameOrigin {
        /// The exceptions that it names: WebSockets are not a matter of CORS.
        allow: &'a [Allow],
    },
    /// It is written elsewhere, at this path.
    Reference {
        /// The path.
        path: TokenStream,
        /// What the handler adds to it.
        added: AddedKeys,
        /// What the handler's arguments require of it.
        requirements: Vec<DeferredRequirement>,
    },
    /// A function answers with it, for each request.
    Delegate {
        /// The function's path.
        path: TokenStream,
        /// The type of the state that the function takes parts of, if it is given.
        state: Option<TokenStream>,
        /// What the handler adds to it.
        added: AddedKeys,
    },
    /// It is written here, and has been checked.
    Inline {
        /// What the rules made of it.
        checked: Box<CheckedPolicy<'a>>,
        /// What is written, for all that is known later: variables, functions, constants and conditions.
        args: &'a AttrArgs,
        /// What the handler's arguments require of it, where constants may satisfy it.
        requirements: Vec<DeferredRequirement>,
    },
}

/// What a handler adds to a policy that is written elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddedKeys {
    /// Whether it is enforced, whatever it says itself.
    pub(crate) enforce: Enforce,
    /// Whether pages of refused origins may open WebSockets.
    pub(crate) unenforced_websocket: bool,
}

/// The policy as the rules take it, without spans.
pub(crate) fn to_spec(args: &AttrArgs) -> PolicySpec {
    // A new key has to be dealt with here.
    let AttrArgs {
        origins,
        headers,
        expose,
        methods,
        settings,
        max_age: _, // The place is for messages.
        allow,
        none: _,     // `policy` knows it,
        policy: _,   // this,
        delegate: _, // this,
        state: _,    // this,
        unparsed: _, // and this;
        root: _,     // and this is a matter of the generated code.
    } = args;
    PolicySpec {
        origins: origins
            .as_ref()
            .map(|list| flatten(list).map(|(entry, is_default)| origin(entry, is_default)).collect()),
        headers: headers.as_ref().map(texts).unwrap_or_default(),
        expose: expose.as_ref().map(texts).unwrap_or_default(),
        methods: methods.as_ref().map(texts).unwrap_or_default(),
        settings: settings.clone(),
        allow: match has_conditions(args) {
            // Of two entries that say the same, each may be there without the other. `policy` looks into it.
            true => allow.iter().copied().chain([Allow::Redundant]).collect(),
            false => allow.clone(),
        },
    }
}

/// Whether some entries are there in some builds only.
fn has_conditions(args: &AttrArgs) -> bool {
    let lists = [&args.origins, &args.headers, &args.expose, &args.methods];
    lists.into_iter().flatten().flat_map(|list| &list.entries).any(|entry| !entry.cfg.is_empty())
}

/// The entries of `origins`, each with the defaults of its variable behind it, because all of them are one list to the
/// rules; and whether it is such a default.
fn flatten(list: &List) -> impl Iterator<Item = (&ListEntry, bool)> {
    list.entries.iter().flat_map(|entry| {
        let default = match &entry.kind {
            EntryKind::Env { default: Some(default) } => default.as_slice(),
            _ => &[],
        };
        iter::once((entry, false)).chain(default.iter().map(|entry| (entry, true)))
    })
}

fn origin(ListEntry { kind, text, .. }: &ListEntry, is_default: bool) -> OriginSpec {
    let text = text.clone();
    match kind {
        EntryKind::Plain if is_default => OriginSpec::EnvDefault(text),
        EntryKind::Plain => OriginSpec::Text(text),
        EntryKind::Regex => OriginSpec::Regex(text),
        EntryKind::Env { .. } => OriginSpec::Env(text),
        EntryKind::When { .. } => OriginSpec::When(text),
        EntryKind::Constant { .. } => OriginSpec::Constant(text),
    }
}

fn texts(list: &List) -> Vec<String> {
    list.texts().map(|entry| entry.text.clone()).collect()
}

/// The policy, if nothing is wrong with it; `spec` is what [`to_spec`] made of it.
pub(crate) fn policy<'a>(args: &'a AttrArgs, spec: &'a PolicySpec, errors: &mut Errors) -> AttrPolicy<'a> {
    let checked = cors_rules::check(spec, Author::Developer);
    let violations = match has_conditions(args) {
        true => {
            let with_redundant = PolicySpec { allow: args.allow.clone(), ..spec.clone() };
            cors_rules::check(&with_redundant, Author::Developer).err()
        }
        false => checked.as_ref().err().cloned(),
    };
    for violation in violations.unwrap_or_default() {
        if !is_consequence(&violation, args) && !is_conditional(&violation, args) {
            errors.add_text(span(&violation, args), violation.in_syntax(Syntax::Attribute));
        }
    }
    let added = || AddedKeys {
        enforce: args.settings.enforce,
        unenforced_websocket: args.allow.contains(&Allow::UnenforcedWebsocket),
    };
    match (checked, &args.policy, &args.delegate) {
        _ if errors.len() > 0 => AttrPolicy::Invalid,
        (_, Some(path), _) => {
            AttrPolicy::Reference { path: path.clone(), added: added(), requirements: Vec::new() }
        }
        (_, None, Some(path)) => {
            AttrPolicy::Delegate { path: path.clone(), state: args.state.clone(), added: added() }
        }
        (Ok(checked), None, None) => {
            AttrPolicy::Inline { checked: checked.into(), args, requirements: Vec::new() }
        }
        (Err(_), None, None) => AttrPolicy::SameOrigin { allow: &args.allow },
    }
}

/// Whether the violation disappears once the reported mistakes are fixed.
fn is_consequence(violation: &Violation, args: &AttrArgs) -> bool {
    let is_elsewhere = args.none || args.policy.is_some() || args.delegate.is_some();
    let is_unparsed =
        [Key::Origins, Key::Policy, Key::Delegate].iter().any(|key| args.unparsed.contains(key));
    violation.rule == Rule::NoOrigins && (is_elsewhere || is_unparsed)
}

/// Whether the entry that makes another one redundant may be missing where that one is there.
fn is_conditional(violation: &Violation, args: &AttrArgs) -> bool {
    let entry = |index| entry(args, violation.path.key, index);
    let covered = violation.path.index.and_then(entry);
    let by = violation.covered_by.as_ref().and_then(|by| entry(by.index));
    by.zip(covered).is_some_and(|(by, covered)| !by.cfg.is_empty() && !by.is_beside(covered))
}

/// The smallest thing to edit.
fn span(violation: &Violation, args: &AttrArgs) -> SpanRange {
    let path = violation.path;
    let entry = path.index.and_then(|index| entry(args, path.key, index)).map(|entry| entry.span);
    let max_age = args.max_age.filter(|_| path.key == Key::MaxAge);
    let list = list(args, path.key).map(|list| list.span);
    entry.or(max_age).or(list).unwrap_or(Span::call_site().into())
}

fn list(args: &AttrArgs, key: Key) -> Option<&List> {
    match key {
        Key::Origins => args.origins.as_ref(),
        Key::Headers => args.headers.as_ref(),
        Key::Expose => args.expose.as_ref(),
        Key::Methods => args.methods.as_ref(),
        _ => None,
    }
}

/// The entry that the rules know by this index.
fn entry(args: &AttrArgs, key: Key, index: usize) -> Option<&ListEntry> {
    let list = list(args, key)?;
    match key {
        Key::Origins => flatten(list).nth(index).map(|(entry, _)| entry),
        _ => list.texts().nth(index),
    }
}
