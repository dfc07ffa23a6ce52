//! What to do about a violation, as data, and in the words of each syntax in which policies are written.

use std::{borrow::Cow, fmt};

use crate::{key::Key, spec::Allow};

/// What to do about a violation: in one way, or in one of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Help {
    remedies: Vec<Remedy>,
}

/// A way to do something about a violation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Write these entries in place of the one at fault.
    Write {
        /// The entries.
        entries: Vec<Snippet>,
        /// What has to be allowed for them, by name.
        allow: Vec<Allow>,
    },
    /// Write something of this form.
    Example {
        /// What to write.
        advice: &'static str,
        /// Entries of this form.
        entries: &'static [Snippet],
    },
    /// Do this, which is the same in each syntax.
    Advice(Cow<'static, str>),
    /// Remove the value.
    Remove,
    /// Write this key, with a value of its own.
    WriteKey(Key),
    /// Write this flag for this purpose.
    WriteFlag {
        /// The flag.
        key: Key,
        /// What it is for: `to ..`.
        purpose: &'static str,
    },
    /// Remove this flag.
    RemoveFlag(Key),
    /// Allow any origin.
    AnyOrigin,
    /// Allow it by these names.
    Allow(Vec<Allow>),
}

/// An entry of a list, before it is known in which syntax it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Snippet {
    /// A text.
    Text(Cow<'static, str>),
    /// A regular expression.
    Regex(Cow<'static, str>),
    /// An environment variable of this name.
    Env(Cow<'static, str>),
}

/// In which syntax a policy is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Syntax {
    /// `#[cors(..)]` and `policy!{..}`
    Attribute,
    /// The methods of `Policy::builder()`
    Builder,
    /// A document, in the manner of TOML
    Document,
}

impl Help {
    /// One way or another; the best is first.
    pub fn new(remedies: impl Into<Vec<Remedy>>) -> Self {
        Self { remedies: remedies.into() }
    }

    /// The ways; the best is first.
    pub fn remedies(&self) -> &[Remedy] {
        &self.remedies
    }

    /// In words, for a value that is written in this syntax.
    pub fn in_syntax(&self, syntax: Syntax) -> String {
        self.in_words(Medium { syntax, is_variable: false })
    }

    /// In words, for a value in an environment variable that a policy in this syntax names.
    pub fn in_variable(&self, syntax: Syntax) -> String {
        self.in_words(Medium { syntax, is_variable: true })
    }

    /// The name under which it can be allowed as well.
    pub(crate) fn also_allow(&mut self, allow: Allow) {
        for remedy in &mut self.remedies {
            if let Remedy::Allow(names) = remedy
                && !names.contains(&allow)
            {
                names.push(allow);
            }
        }
    }

    fn in_words(&self, place: Medium) -> String {
        let remedies = self.remedies.iter().map(|remedy| place.remedy(remedy));
        remedies.collect::<Vec<_>>().join(", or ")
    }
}

impl From<Remedy> for Help {
    fn from(remedy: Remedy) -> Self {
        Self::new([remedy])
    }
}

impl Remedy {
    /// Write this text in place of the value.
    pub(crate) fn write(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Write { entries: vec![Snippet::Text(text.into())], allow: Vec::new() }
    }

    /// Write these texts, each as an entry, in place of the value.
    pub(crate) fn write_all<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let entries = texts.into_iter().map(|text| Snippet::Text(text.to_owned().into())).collect();
        Self::Write { entries, allow: Vec::new() }
    }

    /// Do this.
    pub(crate) fn advice(advice: impl Into<Cow<'static, str>>) -> Self {
        Self::Advice(advice.into())
    }

    pub(crate) fn allow(allow: Allow) -> Self {
        Self::Allow(vec![allow])
    }
}

impl Snippet {
    pub(crate) const fn text(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

/// Where a value is written.
#[derive(Clone, Copy)]
struct Medium {
    syntax: Syntax,
    /// The value is in a variable, which has its own syntax; the rest of the policy has `syntax`.
    is_variable: bool,
}

impl Medium {
    fn remedy(self, remedy: &Remedy) -> String {
        match remedy {
            Remedy::Write { entries, allow } => {
                let entries = list(entries.iter().map(|entry| self.entry(entry)), ", ");
                match allow.as_slice() {
                    [] => format!("write {entries}"),
                    allow => format!("write {entries} and add {}", self.syntax.allow(allow)),
                }
            }
            Remedy::Example { advice, entries } => {
                let mut entries: Vec<_> = entries.iter().map(|entry| self.entry(entry)).collect();
                let last = entries.pop().unwrap_or_default();
                let or = if entries.is_empty() { "" } else { " or " };
                format!("{advice}, for example {}{or}{last}", entries.join(", "))
            }
            Remedy::Advice(advice) => advice.clone().into_owned(),
            Remedy::Remove => "remove it".to_owned(),
            Remedy::WriteKey(key) => format!("write `{}`", self.syntax.example(*key)),
            Remedy::WriteFlag { key, purpose } => format!("write {} {purpose}", self.flag(*key)),
            Remedy::RemoveFlag(key) => format!("remove {}{}", self.flag(*key), self.in_the_policy("from")),
            Remedy::AnyOrigin => {
                format!("write {} to let every origin read, without credentials", self.any_origin())
            }
            Remedy::Allow(allow) => format!("add {}{}", self.syntax.allow(allow), self.in_the_policy("to")),
        }
    }

    fn in_the_policy(self, preposition: &str) -> String {
        if self.is_variable { format!(" {preposition} the policy") } else { String::new() }
    }

    fn entry(self, entry: &Snippet) -> String {
        match entry {
            Snippet::Text(text) if self.is_variable => format!("`{text}`"),
            Snippet::Text(text) => format!("\"{text}\""),
            Snippet::Regex(regex) if self.is_variable => {
                format!("{} in the policy itself", self.syntax.regex(regex))
            }
            Snippet::Regex(regex) => self.syntax.regex(regex),
            Snippet::Env(name) if self.syntax == Syntax::Document => format!("`{{ env = {name:?} }}`"),
            Snippet::Env(name) => format!("`env({name:?})`"),
        }
    }

    fn flag(self, key: Key) -> String {
        match (self.syntax, key) {
            (_, Key::None) if self.is_variable => "`none`".to_owned(),
            (Syntax::Attribute, key) => format!("`{}`", key.name()),
            (Syntax::Builder, Key::None) => "`Policy::NONE`".to_owned(),
            (Syntax::Builder, key) => format!("`.{}()`", key.name()),
            (Syntax::Document, key) => format!("`{} = true`", key.name()),
        }
    }

    fn any_origin(self) -> &'static str {
        match self.syntax {
            _ if self.is_variable => "`any`",
            Syntax::Attribute => "`any`",
            Syntax::Builder => "`.any_origin()`",
            Syntax::Document => "\"any\"",
        }
    }
}

impl Syntax {
    /// The key with a value that it may have.
    pub fn example(self, key: Key) -> String {
        let name = key.name();
        match (self, key) {
            (_, Key::Origins | Key::Headers | Key::Expose | Key::Methods) => {
                let entry = key.example_entry();
                match self {
                    Self::Attribute | Self::Document => format!("{name} = [{entry:?}]"),
                    Self::Builder => format!(".{name}([{entry:?}])"),
                }
            }
            (Self::Builder, Key::MaxAge) => ".max_age(600)".to_owned(),
            (_, Key::MaxAge) => "max_age = 600".to_owned(),
            (Self::Attribute, Key::Allow) => "allow(redundant)".to_owned(),
            (Self::Builder, Key::Allow) => ".allow(Allow::Redundant)".to_owned(),
            (Self::Document, Key::Allow) => "allow = [\"redundant\"]".to_owned(),
            (Self::Builder, Key::None) => "Policy::NONE".to_owned(),
            (_, Key::Policy) => "policy = PARTNER".to_owned(),
            (_, Key::Delegate) => "delegate = policy_of_tenant".to_owned(),
            (_, Key::State) => "state = AppState".to_owned(),
            (_, Key::Crate) => "crate = my_framework::cors".to_owned(),
            (Self::Attribute, Key::Credentials | Key::Enforce | Key::Timing | Key::None) => name.to_owned(),
            (Self::Builder, Key::Credentials | Key::Enforce | Key::Timing) => format!(".{name}()"),
            (Self::Document, Key::Credentials | Key::Enforce | Key::Timing | Key::None) => {
                format!("{name} = true")
            }
        }
    }

    /// The help for a key that there is not, and the key that was probably meant.
    pub fn unknown_key(self, name: &str) -> (Option<Key>, String) {
        let is_known = |key: &Key| key.is_literal() || self == Self::Attribute;
        let lower = name.to_ascii_lowercase();
        let any_origin = match self {
            Self::Attribute => "write `origins = any`",
            Self::Builder => "write `.any_origin()`",
            Self::Document => "write `origins = \"any\"`",
        };
        if let Some(allow) = Allow::from_name(lower.trim_start_matches("allow_")) {
            return (None, format!("write {}", self.allow(&[allow])));
        }
        match Key::suggest(name).filter(is_known) {
            Some(Key::Enforce) if lower == "strict" => {
                (Some(Key::Enforce), format!("write `{}`", self.strict()))
            }
            Some(key) => (Some(key), format!("write `{}`", key.name())),
            None if OPEN_POLICIES.contains(&lower.as_str()) => (Some(Key::Origins), any_origin.to_owned()),
            None => {
                let names =
                    Key::ALL.iter().filter(|key| is_known(key)).map(|key| format!("`{}`", key.name()));
                (None, format!("the keys are {}", list(names, ", ")))
            }
        }
    }

    /// Rules that are suspended.
    fn allow(self, allow: &[Allow]) -> String {
        let names = || allow.iter().map(|allow| allow.name());
        match self {
            Self::Attribute => format!("`allow({})`", list(names(), ", ")),
            Self::Builder => {
                let calls = allow.iter().map(|allow| format!(".allow(Allow::{allow:?})"));
                format!("`{}`", calls.collect::<String>())
            }
            Self::Document => {
                format!("`allow = [{}]`", list(names().map(|name| format!("{name:?}")), ", "))
            }
        }
    }

    /// `enforce` without exceptions.
    fn strict(self) -> &'static str {
        match self {
            Self::Attribute => "enforce(strict)",
            Self::Builder => ".enforce_strict()",
            Self::Document => "enforce = \"strict\"",
        }
    }

    /// A regular expression among the origins.
    pub fn regex(self, regex: &str) -> String {
        let hash = if regex.contains('"') { "#" } else { "" };
        match self {
            Self::Attribute => format!("`regex(r{hash}\"{regex}\"{hash})`"),
            Self::Builder => format!("`.regex(r{hash}\"{regex}\"{hash})`"),
            Self::Document => format!("`{{ regex = '{regex}' }}`"),
        }
    }
}

/// What other libraries call a policy that lets every origin read.
const OPEN_POLICIES: [&str; 6] = ["any", "all", "allow_all", "allow_any", "permissive", "very_permissive"];

fn list(entries: impl IntoIterator<Item = impl fmt::Display>, separator: &str) -> String {
    entries.into_iter().map(|entry| entry.to_string()).collect::<Vec<_>>().join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_syntax_has_its_own_words() {
        let remedies = [
            Remedy::Write {
                entries: vec![
                    Snippet::Text("https://a.example".into()),
                    Snippet::Regex(r"https://b\.c".into()),
                ],
                allow: vec![Allow::OpenDomain, Allow::InsecureOrigins],
            },
            Remedy::Example {
                advice: "write a name",
                entries: &[Snippet::Env(Cow::Borrowed("CORS_ORIGINS"))],
            },
            Remedy::advice("list each origin"),
            Remedy::Remove,
            Remedy::WriteKey(Key::Origins),
            Remedy::WriteFlag { key: Key::None, purpose: "to allow no origin" },
            Remedy::RemoveFlag(Key::Credentials),
            Remedy::AnyOrigin,
            Remedy::allow(Allow::Redundant),
        ];
        let help = Help::new(remedies);
        assert_eq!(
            help.in_syntax(Syntax::Attribute),
            r#"write "https://a.example", `regex(r"https://b\.c")` and add `allow(open_domain, insecure_origins)`, or write a name, for example `env("CORS_ORIGINS")`, or list each origin, or remove it, or write `origins = ["https://shop.example"]`, or write `none` to allow no origin, or remove `credentials`, or write `any` to let every origin read, without credentials, or add `allow(redundant)`"#
        );
        assert_eq!(
            help.in_syntax(Syntax::Builder),
            r#"write "https://a.example", `.regex(r"https://b\.c")` and add `.allow(Allow::OpenDomain).allow(Allow::InsecureOrigins)`, or write a name, for example `env("CORS_ORIGINS")`, or list each origin, or remove it, or write `.origins(["https://shop.example"])`, or write `Policy::NONE` to allow no origin, or remove `.credentials()`, or write `.any_origin()` to let every origin read, without credentials, or add `.allow(Allow::Redundant)`"#
        );
        assert_eq!(
            help.in_syntax(Syntax::Document),
            r#"write "https://a.example", `{ regex = 'https://b\.c' }` and add `allow = ["open_domain", "insecure_origins"]`, or write a name, for example `{ env = "CORS_ORIGINS" }`, or list each origin, or remove it, or write `origins = ["https://shop.example"]`, or write `none = true` to allow no origin, or remove `credentials = true`, or write "any" to let every origin read, without credentials, or add `allow = ["redundant"]`"#
        );
        assert_eq!(
            help.in_variable(Syntax::Attribute),
            r#"write `https://a.example`, `regex(r"https://b\.c")` in the policy itself and add `allow(open_domain, insecure_origins)`, or write a name, for example `env("CORS_ORIGINS")`, or list each origin, or remove it, or write `origins = ["https://shop.example"]`, or write `none` to allow no origin, or remove `credentials` from the policy, or write `any` to let every origin read, without credentials, or add `allow(redundant)` to the policy"#
        );
        // A variable has the same words, whatever its policy is written in.
        let flags = Help::new([
            Remedy::WriteFlag { key: Key::None, purpose: "to allow no origin" },
            Remedy::AnyOrigin,
            Remedy::RemoveFlag(Key::Credentials),
        ]);
        for (syntax, credentials) in [
            (Syntax::Attribute, "credentials"),
            (Syntax::Builder, ".credentials()"),
            (Syntax::Document, "credentials = true"),
        ] {
            assert_eq!(
                flags.in_variable(syntax),
                format!(
                    "write `none` to allow no origin, or write `any` to let every origin read, without credentials, or \
                     remove `{credentials}` from the policy"
                )
            );
        }
    }

    #[test]
    fn examples_of_lists() {
        for (key, example) in [
            (Key::Origins, r#"origins = ["https://shop.example"]"#),
            (Key::Headers, r#"headers = ["content-type"]"#),
            (Key::Expose, r#"expose = ["etag"]"#),
            (Key::Methods, r#"methods = ["PUT"]"#),
        ] {
            assert_eq!(Syntax::Document.example(key), example);
        }
    }

    #[test]
    fn keys_that_are_words_of_others() {
        let help = |name| Syntax::Attribute.unknown_key(name).1;
        assert_eq!(help("strict"), "write `enforce(strict)`");
        assert_eq!(help("Strict"), "write `enforce(strict)`");
        assert_eq!(help("enforced"), "write `enforce`");
        assert_eq!(help("allow_insecure_origins"), "write `allow(insecure_origins)`");
        assert_eq!(help("public_suffix"), "write `allow(public_suffix)`");
    }
}
