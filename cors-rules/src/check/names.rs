//! The rules for the lists of headers and methods.

use std::collections::HashMap;

use crate::{
    check::{ANY, Checker, NameList},
    header,
    help::{Help, Remedy},
    key::Key,
    method,
    printable::Printable,
    spec::Allow,
    violation::{Fault, Outcome, Rule},
};

impl Checker<'_> {
    pub(super) fn headers(&mut self, entries: &[String]) -> NameList {
        let allow_response_headers = self.spec.allows(Allow::ResponseHeaderNames);
        let check = |name: &str| header::check_request_header(name, allow_response_headers);
        // The standard's `*` does not cover Authorization.
        // https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
        let covered_by_any = |name: &str| name != "authorization";
        self.names(Key::Headers, entries, check, covered_by_any)
    }

    pub(super) fn expose(&mut self, entries: &[String]) -> NameList {
        self.names(Key::Expose, entries, header::check_exposed_header, |_| true)
    }

    /// What the two lists of header names have in common.
    fn names(
        &mut self,
        key: Key,
        entries: &[String],
        check: impl Fn(&str) -> Result<(), Fault>,
        covered_by_any: impl Fn(&str) -> bool,
    ) -> NameList {
        let any = entries.iter().position(|entry| entry == ANY);
        let mut list = NameList { any: any.is_some(), names: Vec::new() };
        let mut seen = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if entry == ANY && self.spec.settings.credentials {
                let message =
                    "`any` has no effect with credentials: browsers then treat `*` as a literal header name";
                let help =
                    Help::new([Remedy::advice("list the names"), Remedy::RemoveFlag(Key::Credentials)]);
                self.report(Fault::new(Rule::AnyWithCredentials, message, help), key, index, Some(entry));
            }
            if entry != ANY
                && let Err(fault) = check(entry)
            {
                let is_harmless = matches!(
                    fault.rule,
                    Rule::ForbiddenHeader | Rule::UnexposableHeader | Rule::RequestHeader
                );
                let violation = fault.at(key, index, Some(entry));
                match is_harmless && self.is_lenient() {
                    true => self.note(violation, Outcome::Dropped),
                    false => self.violations.push(violation),
                }
                continue;
            }
            let name = entry.to_ascii_lowercase();
            if let Some(first) = seen.get(&name).copied() {
                if !self.spec.allows(Allow::Redundant) {
                    let message = match entry == ANY {
                        true => "any header is already listed".to_owned(),
                        false => format!(
                            "`{}` is already listed (header names are case-insensitive)",
                            Printable(&name)
                        ),
                    };
                    self.report_redundant(message, key, index, entry, first, &entries[first]);
                }
                continue;
            }
            seen.insert(name.clone(), index);
            if entry == ANY {
                continue;
            }
            match any.filter(|_| covered_by_any(&name)) {
                Some(by) if !self.spec.allows(Allow::Redundant) => {
                    let message =
                        format!("`{}` is redundant: every header is already allowed", Printable(&name));
                    self.report_redundant(message, key, index, entry, by, ANY);
                }
                _ => list.names.push(name),
            }
        }
        list
    }

    pub(super) fn methods(&mut self, entries: &[String]) -> Vec<String> {
        let any = entries.iter().position(|entry| entry == ANY);
        let mut names = Vec::new();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if entry == ANY {
                continue;
            }
            if let Err(fault) = method::check(entry) {
                self.report(fault, Key::Methods, index, Some(entry));
                continue;
            }
            let first = seen.get(entry.as_str()).copied();
            if let Some(by) = first.or(any)
                && !self.spec.allows(Allow::Redundant)
            {
                let message = match first {
                    Some(_) => format!("`{}` is already listed", Printable(entry)),
                    None => format!("`{}` is redundant: every method is already allowed", Printable(entry)),
                };
                self.report_redundant(message, Key::Methods, index, entry, by, &entries[by]);
            }
            if first.is_none() {
                seen.insert(entry, index);
                names.push(entry.clone());
            }
        }
        // Any of the methods that the handler is mounted on: a policy without `methods` says the same.
        if any.is_some() { Vec::new() } else { names }
    }
}
