//! From what the rules have checked to what is served. Decides nothing.

use std::borrow::Cow;

use cors_rules::{Allow, AllowedOrigins, Author, CheckedPolicy, NameList, Pattern, PolicySpec, Violation};

use crate::{
    location::PolicyLocation,
    policy::{
        data::{Methods, Names, Origins, PolicyData, Prepared, PreparedMaxAge, When},
        regex_set::RegexSet,
    },
};

/// The policy of an operator by the rules. Expressions are compiled if the feature says so, even if another crate has
/// enabled it for the rules.
pub(crate) fn check(spec: &PolicySpec) -> Result<CheckedPolicy<'_>, Vec<Violation>> {
    match cfg!(feature = "runtime-regex") {
        true => cors_rules::check(spec, Author::Operator),
        false => cors_rules::check_without_expressions(spec),
    }
}

/// What the rules do not speak of.
#[derive(Default)]
pub(crate) struct Extras {
    pub(crate) functions: Vec<When>,
    pub(crate) allow: Vec<Allow>,
}

/// The policy that was checked at run time.
pub(crate) fn policy(checked: CheckedPolicy<'_>, extras: Extras, location: PolicyLocation) -> PolicyData {
    let CheckedPolicy {
        origins,
        headers,
        expose,
        methods,
        settings,
        unenforced_websocket: _, // It is in `allow`.
        notes,
    } = checked;
    let Extras { functions, allow } = extras;
    PolicyData {
        origins: self::origins(origins, functions),
        headers: names(headers),
        expose: names(expose),
        methods: Methods::new(methods.into_iter().map(Cow::Owned).collect()),
        settings: settings.with_max_age(settings.max_age.map(PreparedMaxAge::new)),
        allow,
        location,
        notes,
        prepared: Prepared::default(),
    }
}

/// Checked origins, and the functions beside them.
pub(crate) fn origins(origins: AllowedOrigins<'_>, functions: Vec<When>) -> Origins {
    match origins {
        AllowedOrigins::Nobody => Origins::None,
        AllowedOrigins::Any => Origins::Any,
        AllowedOrigins::List(list) => {
            let regexes = RegexSet::from_checked(&list);
            Origins::new(list.patterns.into_iter().map(Pattern::into_owned).collect(), regexes, functions)
        }
    }
}

fn names(list: NameList) -> Names {
    Names::new(list.any, list.names.into_iter().map(Cow::Owned).collect())
}
