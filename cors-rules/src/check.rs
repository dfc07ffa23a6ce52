//! The validator: a written policy in, a proven one or all violations out.
//!
//! It says which rules there are for which key, and holds those that concern several entries or keys; the rules for
//! one entry alone live in the modules named after it.

use std::{collections::HashSet, fmt::Display};

use crate::{
    headers, max_age, methods,
    origin::{Pattern, Problem},
    regex::{self, Automaton, OriginRegex},
    violation::{Field, Kind, Place, Violation},
    written::{Allow, Origin, Origins, Written},
};

/// A policy that can be served: it was [`check`]ed.
#[derive(Clone, Debug)]
pub struct Proven<'a> {
    /// Who may read.
    pub origins: AllowedOrigins<'a>,
    /// The request headers that pages may set, in lower case.
    pub headers: NameList,
    /// The response headers that pages may read, in lower case.
    pub expose: NameList,
    /// The methods that the policy is narrowed to; empty if it is not.
    pub methods: Vec<String>,
    /// How long browsers may keep an answer, in seconds.
    pub max_age: Option<u32>,
    /// Whether requests may bear cookies and the like.
    pub credentials: bool,
}

/// The origins of a proven policy.
#[derive(Clone, Debug)]
pub enum AllowedOrigins<'a> {
    /// Every origin, `null` too.
    Any,
    /// Those that a function accepts.
    When,
    /// These; there is at least one.
    List(OriginList<'a>),
}

/// The entries of a proven list of origins, sorted by what they are.
#[derive(Clone, Debug, Default)]
pub struct OriginList<'a> {
    /// The origins and patterns.
    pub patterns: Vec<Pattern<'a>>,
    /// The regular expressions.
    pub regexes: Vec<OriginRegex>,
    /// The automaton for all of them, if there are any.
    pub automaton: Option<Automaton>,
    /// The environment variables that hold more entries.
    pub variables: Vec<&'a str>,
}

/// Names in lower case, in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameList {
    /// Whether `*` is among them, which stands for every name, apart from `authorization` in requests.
    pub any: bool,
    /// The names.
    pub names: Vec<String>,
}

impl NameList {
    /// The value of a header that lists the names, if there are any.
    pub fn joined(&self) -> Option<String> {
        let any = self.any.then_some("*");
        let names: Vec<_> = any.into_iter().chain(self.names.iter().map(String::as_str)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// Turns what was written into a policy that can be served, or into everything that is wrong with it.
///
/// # Errors
///
/// All violations, in the order of the keys `origins`, `headers`, `expose`, `methods`, `max_age` and of their
/// entries.
pub fn check(written: &Written) -> Result<Proven<'_>, Vec<Violation>> {
    let mut violations = Vec::new();
    let proven = Proven {
        origins: check_origins(written, &mut violations),
        headers: check_headers(written, &mut violations),
        expose: check_expose(written, &mut violations),
        methods: check_methods(written, &mut violations),
        max_age: written
            .max_age
            .as_ref()
            .and_then(|written| max_age::check(written).map_err(|violation| violations.push(violation)).ok()),
        credentials: written.credentials,
    };
    if violations.is_empty() { Ok(proven) } else { Err(violations) }
}

/// The entry that stands for everything.
const ANY: &str = "*";

fn check_origins<'a>(written: &'a Written, violations: &mut Vec<Violation>) -> AllowedOrigins<'a> {
    let list = match &written.origins {
        Origins::When => return AllowedOrigins::When,
        Origins::List(list) => list.as_slice(),
    };
    let mut report = |index, kind, message: String, help: &str| {
        violations.push(violation(Field::Origins, index, kind, message, help));
    };
    let entries = read_origins(list, written, &mut report);
    report_dangers(&entries, written, &mut report);
    if !written.allows(Allow::Redundant) {
        report_redundant(list, &entries, &mut report);
    }

    let Entries { any, patterns, regexes, variables } = entries;
    if any.is_some() {
        return AllowedOrigins::Any;
    }
    let last = regexes.last().map(|(index, _)| *index);
    let regexes: Vec<_> = regexes.into_iter().map(|(_, regex)| regex).collect();
    let automaton = last.and_then(|_| {
        let compiled = regex::compile(&regexes);
        compiled.map_err(|Problem { kind, message, help }| report(last, kind, message, &help)).ok()
    });
    let mut seen = HashSet::new();
    AllowedOrigins::List(OriginList {
        patterns: patterns
            .into_iter()
            .map(|(_, entry)| entry)
            .filter(|entry| seen.insert(entry.clone()))
            .collect(),
        regexes,
        automaton,
        variables: variables.into_iter().map(|(_, name)| name).collect(),
    })
}

/// The entries of `origins` by what they are, each with its index.
struct Entries<'a> {
    /// The first that says so.
    any: Option<usize>,
    patterns: Vec<(usize, Pattern<'a>)>,
    regexes: Vec<(usize, OriginRegex)>,
    variables: Vec<(usize, &'a str)>,
}

/// Takes the index of an entry, the rule, the message and the help.
type Report<'r> = dyn FnMut(Option<usize>, Kind, String, &str) + 'r;

/// What can be said of each entry by itself.
fn read_origins<'a>(list: &'a [Origin], written: &Written, report: &mut Report<'_>) -> Entries<'a> {
    if list.is_empty() {
        let help =
            "write `origins = [\"https://shop.example\"]`, or `none` for a handler that stays same-origin";
        report(None, Kind::NoOrigins, "no origin may call this".to_owned(), help);
    }

    let is_any = |entry: &Origin| matches!(entry, Origin::Text(text) if text == ANY);
    // As a default it is one entry of a list that is not known yet.
    let is_any_by_default = |entry: &Origin| matches!(entry, Origin::Default(text) if text == ANY);
    let any = list.iter().position(is_any);
    if written.credentials {
        for index in any.into_iter().chain(list.iter().position(is_any_by_default)) {
            let help = "list the origins that may send credentials, or remove `credentials`";
            let message = "`any` origin together with `credentials`".to_owned();
            report(Some(index), Kind::AnyWithCredentials, message, help);
        }
    }

    let mut entries = Entries { any, patterns: Vec::new(), regexes: Vec::new(), variables: Vec::new() };
    for (index, entry) in list.iter().enumerate() {
        let problem = match entry {
            _ if is_any(entry) => {
                if any != Some(index) && !written.allows(Allow::Redundant) {
                    report(Some(index), Kind::Redundant, "`any` is listed already".to_owned(), "remove it");
                }
                continue;
            }
            _ if is_any_by_default(entry) => continue,
            Origin::Text(text) | Origin::Default(text) => {
                Pattern::parse(text).map(|pattern| entries.patterns.push((index, pattern)))
            }
            Origin::Regex(text) => OriginRegex::parse(text).map(|regex| entries.regexes.push((index, regex))),
            Origin::Env(name) => check_variable(name).map(|name| entries.variables.push((index, name))),
        };
        if let Err(Problem { kind, message, help }) = problem {
            report(Some(index), kind, message, &help);
        }
    }
    entries
}

/// Entries by which somebody else may come to read, or to send credentials.
fn report_dangers(entries: &Entries<'_>, written: &Written, report: &mut Report<'_>) {
    for (index, pattern) in &entries.patterns {
        if written.credentials && pattern.is_insecure() && !written.allows(Allow::InsecureOrigins) {
            report(Some(*index), Kind::InsecureOrigin, insecure(pattern), SECURE);
        }
        if written.credentials && pattern.is_open_to_all() && !written.allows(Allow::PublicSuffix) {
            let message = format!(
                "anybody can register names below `{}` and send requests with credentials from there",
                pattern.host
            );
            let help = "list the names that are yours, or add `allow(public_suffix)`";
            report(Some(*index), Kind::PublicSuffix, message, help);
        }
    }
    for (index, regex) in &entries.regexes {
        if let Some(Problem { kind, message, help }) = regex.open_domain_problem(written.credentials)
            && (written.credentials || !written.allows(Allow::OpenDomain))
        {
            report(Some(*index), kind, message, &help);
        } else if let Some(witness) = regex.insecure_origin()
            && written.credentials
            && !written.allows(Allow::InsecureOrigins)
        {
            report(Some(*index), Kind::InsecureOrigin, insecure(witness), SECURE);
        }
    }
}

/// Entries that say what another one says.
fn report_redundant(list: &[Origin], entries: &Entries<'_>, report: &mut Report<'_>) {
    let Entries { any, patterns, regexes, variables } = entries;
    let mut covered = |index: usize, by: &str| {
        let entry = text(&list[index]);
        let message = match entry == by {
            true => format!("`{entry}` is listed already"),
            false => format!("`{entry}` is covered by `{by}` already"),
        };
        report(Some(index), Kind::Redundant, message, "remove it, or add `allow(redundant)`");
    };
    for (index, by) in redundant(patterns, any.is_some()) {
        covered(index, by.map_or("any", |by| text(&list[by])));
    }
    for (place, (index, regex)) in regexes.iter().enumerate() {
        if any.is_some() {
            covered(*index, "any");
        } else if regexes[..place].iter().any(|(_, first)| first.as_str() == regex.as_str()) {
            covered(*index, regex.as_str());
        }
        let exact = patterns.iter().filter(|(_, pattern)| pattern.is_exact());
        for (index, _) in exact.filter(|(index, _)| regex.matches(text(&list[*index]).as_bytes())) {
            covered(*index, regex.as_str());
        }
    }
    for (place, (index, name)) in variables.iter().enumerate() {
        if any.is_some() {
            covered(*index, "any");
        } else if variables[..place].iter().any(|(_, first)| first == name) {
            covered(*index, name);
        }
    }
}

const SECURE: &str = "write it with `https://`, or add `allow(insecure_origins)`";

fn insecure(origin: impl Display) -> String {
    format!(
        "pages of `{origin}` come over plain http, so that anybody on the way can send requests with credentials"
    )
}

/// The entry as it was written.
fn text(entry: &Origin) -> &str {
    match entry {
        Origin::Text(text) | Origin::Regex(text) | Origin::Env(text) | Origin::Default(text) => text,
    }
}

/// Whether an environment can have a variable of this name.
fn check_variable(name: &str) -> Result<&str, Problem> {
    if name.is_empty() || name.contains(['=', '\0']) {
        let message = format!("{name:?} is no name of an environment variable");
        return Err(Problem::new(Kind::BadVariable, message, "write such as `env(\"CORS_ORIGINS\")`"));
    }
    Ok(name)
}

/// The entries that need not be there, each with the entry that covers it, or `None` for `any`.
///
/// Of two equal ones, it is the second. Only entries with a wildcard are compared with all others, so that a long list
/// of plain origins stays cheap.
fn redundant(patterns: &[(usize, Pattern<'_>)], any: bool) -> Vec<(usize, Option<usize>)> {
    if any {
        return patterns.iter().map(|(index, _)| (*index, None)).collect();
    }
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (index, pattern) in patterns {
        let wider = || {
            patterns.iter().find(|(_, other)| !other.is_exact() && other != pattern && other.covers(pattern))
        };
        if !seen.insert(pattern) {
            let first = patterns.iter().find(|(_, other)| other == pattern);
            found.push((*index, first.map(|(first, _)| *first)));
        } else if let Some((by, _)) = wider() {
            found.push((*index, Some(*by)));
        }
    }
    found
}

fn check_headers(written: &Written, violations: &mut Vec<Violation>) -> NameList {
    let allow_response_headers = written.allows(Allow::ResponseHeaderNames);
    let check = |name: &str| headers::check_request_header(name, allow_response_headers);
    // The standard's `*` does not cover Authorization.
    // https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
    let covered_by_any = |name: &str| name != "authorization";
    check_names(Field::Headers, &written.headers, written, check, covered_by_any, violations)
}

fn check_expose(written: &Written, violations: &mut Vec<Violation>) -> NameList {
    check_names(Field::Expose, &written.expose, written, headers::check_exposed_header, |_| true, violations)
}

/// What the two lists of header names have in common.
fn check_names(
    field: Field,
    entries: &[String],
    written: &Written,
    check: impl Fn(&str) -> Result<(), headers::Problem>,
    covered_by_any: impl Fn(&str) -> bool,
    violations: &mut Vec<Violation>,
) -> NameList {
    let mut list = NameList { any: entries.iter().any(|entry| entry == ANY), names: Vec::new() };
    let mut seen = HashSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let mut report =
            |kind, message, help: &str| violations.push(violation(field, Some(index), kind, message, help));
        if entry == ANY && written.credentials {
            let message = format!(
                "`any` in `{}` together with `credentials`, where browsers take `*` for a name",
                field.name()
            );
            report(Kind::AnyWithCredentials, message, "list the names, or remove `credentials`");
        }
        if entry != ANY
            && let Err((kind, message, help)) = check(entry)
        {
            report(kind, message, &help);
            continue;
        }
        let name = entry.to_ascii_lowercase();
        if !written.allows(Allow::Redundant) {
            if seen.contains(&name) {
                let message = format!("`{name}` is listed already; the case of letters makes no difference");
                report(Kind::Redundant, message, "remove it, or add `allow(redundant)`");
            } else if list.any && entry != ANY && covered_by_any(&name) {
                let message = format!("`{name}` is covered by `any` already");
                report(Kind::Redundant, message, "remove it, or add `allow(redundant)`");
            }
        }
        if seen.insert(name.clone()) && entry != ANY {
            list.names.push(name);
        }
    }
    list
}

fn check_methods(written: &Written, violations: &mut Vec<Violation>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let any = written.methods.iter().any(|entry| entry == ANY);
    for (index, entry) in written.methods.iter().enumerate() {
        if entry == ANY {
            continue;
        }
        if let Err(violation) = methods::check(entry, index) {
            violations.push(violation);
            continue;
        }
        let duplicate = names.contains(entry);
        if (duplicate || any) && !written.allows(Allow::Redundant) {
            let message = match duplicate {
                true => format!("`{entry}` is listed already"),
                false => format!("`{entry}` is covered by `any` already"),
            };
            let help = "remove it, or add `allow(redundant)`";
            violations.push(violation(Field::Methods, Some(index), Kind::Redundant, message, help));
        }
        if !duplicate {
            names.push(entry.clone());
        }
    }
    // Any of the methods that the handler is mounted on: that is what a policy without `methods` says, too.
    if any { Vec::new() } else { names }
}

fn violation(
    field: Field,
    index: impl Into<Option<usize>>,
    kind: Kind,
    message: String,
    help: &str,
) -> Violation {
    Violation { kind, place: Place { field, index: index.into() }, message, help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(entries: &[&str]) -> Vec<String> {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    fn list(origins: &[&str]) -> Origins {
        Origins::List(origins.iter().map(|origin| Origin::Text((*origin).to_owned())).collect())
    }

    fn written(origins: &[&str]) -> Written {
        Written { origins: list(origins), ..Written::default() }
    }

    fn verdict(written: &Written) -> Vec<(Kind, String)> {
        let violations = check(written).err().unwrap_or_default();
        violations.into_iter().map(|violation| (violation.kind, violation.place.to_string())).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_reported() {
        let written = Written {
            origins: list(&["*", "https://a.example/", "http://b.example"]),
            headers: texts(&["cookie", "X-A", "x-a"]),
            expose: texts(&["set-cookie"]),
            methods: texts(&["PATCH", "patch", "TRACE"]),
            max_age: Some(crate::MaxAge::Seconds(90_000)),
            credentials: true,
            allow: Vec::new(),
        };
        let expected = [
            (Kind::AnyWithCredentials, "origins[0]"),
            (Kind::Path, "origins[1]"),
            (Kind::InsecureOrigin, "origins[2]"),
            (Kind::Redundant, "origins[2]"),
            (Kind::ForbiddenHeader, "headers[0]"),
            (Kind::Redundant, "headers[2]"),
            (Kind::UnexposableHeader, "expose[0]"),
            (Kind::MethodCase, "methods[1]"),
            (Kind::ForbiddenMethod, "methods[2]"),
            (Kind::MaxAgeTooLong, "max_age"),
        ];
        assert_eq!(verdict(&written), expected.map(|(kind, place)| (kind, place.to_owned())));
    }

    #[test]
    fn the_redundant_entry_is_the_covered_one() {
        let verdict =
            verdict(&written(&["https://b.a.example", "https://*.a.example", "https://*.a.example"]));
        let expected = ["origins[0]", "origins[2]"].map(|place| (Kind::Redundant, place.to_owned()));
        assert_eq!(verdict, expected);
    }

    #[test]
    fn dangerous_with_credentials_only() {
        for (origin, kind) in [
            ("http://shop.example", Some(Kind::InsecureOrigin)),
            ("http://localhost:3000", None),
            ("http://admin.localhost:3000", None),
            ("http://*.localhost:*", None),
            ("http://127.0.0.2", None),
            ("http://[::1]:80", Some(Kind::DefaultPort)),
            ("http://[::1]:81", None),
            ("http://10.0.0.1", Some(Kind::InsecureOrigin)),
            ("https://*.com", Some(Kind::PublicSuffix)),
            ("https://*.co.uk", Some(Kind::PublicSuffix)),
            ("https://*.github.io", Some(Kind::PublicSuffix)),
            ("https://*.me.github.io", None),
            ("https://*.amazonaws.com", Some(Kind::PublicSuffix)),
            ("https://*.shop.example", None),
            ("tauri://localhost", None),
        ] {
            let with = Written { credentials: true, ..written(&[origin]) };
            let kinds: Vec<_> = verdict(&with).into_iter().map(|(kind, _)| kind).collect();
            assert_eq!(kinds, kind.into_iter().collect::<Vec<_>>(), "{origin}");
            if kind != Some(Kind::DefaultPort) {
                assert_eq!(verdict(&written(&[origin])), [], "{origin}");
                let allow = vec![Allow::InsecureOrigins, Allow::PublicSuffix];
                assert_eq!(verdict(&Written { allow, ..with }), [], "{origin}");
            }
        }
    }

    #[test]
    fn any_by_default_is_not_any() {
        let origins = [Origin::Env("A".to_owned()), Origin::Default("*".to_owned())];
        let open = Written { origins: Origins::List(origins.to_vec()), ..Written::default() };
        let proven = check(&open).unwrap();
        assert!(matches!(proven.origins, AllowedOrigins::List(list) if list.variables == ["A"]));
        let with = Written { credentials: true, ..open };
        assert_eq!(verdict(&with), [(Kind::AnyWithCredentials, "origins[1]".to_owned())]);
    }

    #[test]
    fn any_among_headers_does_not_cover_authorization() {
        let proven = Written { headers: texts(&["*", "Authorization"]), ..written(&["*"]) };
        let headers = check(&proven).unwrap().headers;
        assert_eq!(headers, NameList { any: true, names: texts(&["authorization"]) });
        let other = Written { headers: texts(&["*", "x-a"]), ..written(&["*"]) };
        assert_eq!(verdict(&other), [(Kind::Redundant, "headers[1]".to_owned())]);
    }

    #[test]
    fn a_list_is_a_set_once_redundancy_is_allowed() {
        let written = Written {
            headers: texts(&["X-A", "x-a"]),
            methods: texts(&["PUT", "PUT"]),
            allow: vec![Allow::Redundant],
            ..written(&["https://a.example", "https://a.example"])
        };
        let proven = check(&written).unwrap();
        assert_eq!((proven.headers.names, proven.methods), (texts(&["x-a"]), texts(&["PUT"])));
        assert!(matches!(proven.origins, AllowedOrigins::List(list) if list.patterns.len() == 1));
    }
}
