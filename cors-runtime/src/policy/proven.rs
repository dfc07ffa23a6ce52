//! From what the rules have proven to a policy that is served, while the program runs. Decides nothing.

use std::borrow::Cow;

use cors_rules::{AllowedOrigins, NameList, Pattern, Proven, index_exact, index_patterns};
use http::HeaderValue;

use crate::policy::{OriginList, Origins, Policy, PolicyData, Source, When, regexes::Regexes};

/// What the rules do not speak of.
pub(crate) struct Besides {
    pub(crate) enforce: bool,
    pub(crate) when: Option<When>,
    pub(crate) source: Source,
}

/// The policy. An origin that is no header value would be left out, but the rules let none pass.
pub(crate) fn policy(proven: Proven<'_>, besides: Besides) -> Policy {
    let Proven { origins, headers, expose, methods, max_age, credentials } = proven;
    let Besides { enforce, when, source } = besides;
    let origins = match (origins, when) {
        (AllowedOrigins::When, Some(when)) => Origins::When(when),
        (AllowedOrigins::When, None) => Origins::None,
        (AllowedOrigins::Any, _) => Origins::Any,
        (AllowedOrigins::List(list), _) => {
            let regexes = Regexes::of_proven(&list);
            self::origins(list.patterns, regexes)
        }
    };
    let allow_methods = (!methods.is_empty()).then(|| methods.join(", "));
    PolicyData {
        origins,
        credentials,
        enforce,
        allow_methods: allow_methods.as_deref().and_then(value),
        methods: methods.into_iter().map(Cow::Owned).collect(),
        allow_headers: names(&headers),
        expose_headers: names(&expose),
        max_age: max_age.map(HeaderValue::from),
        source,
    }
    .into()
}

/// Several origins, or the only one.
pub(crate) fn origins(patterns: Vec<Pattern<'_>>, regexes: Option<Regexes>) -> Origins {
    if let ([only], None) = (patterns.as_slice(), &regexes)
        && only.is_exact()
    {
        return value(&only.to_string()).map_or(Origins::None, Origins::One);
    }
    let (exact, patterns): (Vec<_>, Vec<_>) = patterns.into_iter().partition(Pattern::is_exact);
    let exact: Vec<_> = exact.iter().filter_map(|origin| value(&origin.to_string())).collect();
    let patterns: Vec<_> = patterns.into_iter().map(Pattern::into_owned).collect();
    Origins::Set(OriginList {
        exact_index: index_exact(&exact).into(),
        exact: exact.into(),
        patterns_index: index_patterns(&patterns).into(),
        patterns: patterns.into(),
        regexes,
    })
}

fn names(list: &NameList) -> Option<HeaderValue> {
    list.joined().as_deref().and_then(value)
}

/// What has been proven is ASCII without control characters, so that it is always a value.
fn value(text: &str) -> Option<HeaderValue> {
    let value = HeaderValue::from_str(text).ok();
    // The first clone of a value that was made at run time moves it to where clones share it.
    value.inspect(|value| drop(value.clone()))
}
