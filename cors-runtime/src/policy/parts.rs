//! Policies as generated code writes them: texts in a constant, which cost the compiler little, put together at their first
//! use.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Mutex, OnceLock, PoisonError},
};

use cors_rules::{
    Allow, Author, Help, Key, Origin, OriginSpec, Outcome, Pattern, PolicySpec, Rule, RuleNote, Settings,
    Violation, check,
};

use crate::{
    location::PolicyLocation,
    policy::{
        data::{
            Accepts, Entry, Methods, Names, Origins, PolicyData, Prepared, PreparedMaxAge, Unresolved, When,
        },
        regex_set::RegexSet,
    },
};

/// A policy as generated code writes it.
#[derive(Debug)]
pub struct PolicyParts {
    /// Who may read.
    pub origins: OriginParts,
    /// The request headers that pages may set.
    pub headers: NameParts,
    /// The response headers that pages may read.
    pub expose: NameParts,
    /// The methods that the policy is narrowed to; empty if it is not.
    pub methods: &'static [&'static str],
    /// The keys with one value each; `max_age` is in seconds.
    pub settings: Settings<u32>,
    /// The rules that the policy is an exception from.
    pub allow: &'static [Allow],
    /// The file that it is written in.
    pub file: &'static str,
    /// The line that it is written in.
    pub line: u32,
    /// The handler that it is written on, or the macro that it is written by.
    pub name: &'static str,
}

/// The origins of a policy, as generated code writes them.
#[derive(Debug)]
pub enum OriginParts {
    /// Nobody.
    None,
    /// Everybody.
    Any,
    /// Those of a list.
    List {
        /// The origins, patterns and variables.
        entries: &'static [Entry],
        /// The regular expressions.
        regexes: Option<RegexParts>,
        /// The functions, each with its name.
        functions: &'static [NamedFunction],
    },
}

/// A function that accepts origins, with its name in the source.
type NamedFunction = (&'static str, fn(&Origin<'_>) -> bool);

/// A list of header names, as generated code writes it.
#[derive(Debug)]
pub struct NameParts {
    /// Whether `*` is among them.
    pub any: bool,
    /// The others, in lower case.
    pub names: &'static [&'static str],
}

/// Regular expressions, and the automaton for all of them.
#[derive(Debug)]
pub struct RegexParts {
    /// The expressions.
    pub texts: &'static [Cow<'static, str>],
    /// The automaton for little-endian machines.
    pub little_endian: &'static [u8],
    /// The automaton for the others.
    pub big_endian: &'static [u8],
    /// The rules that they are exceptions from, which only the macro can find out.
    pub notes: &'static [RegexNote],
}

/// A rule that an expression is an exception from: the rule, the expression, and what is said of it.
type RegexNote = (Rule, &'static str, &'static str);

/// A policy in the source, put together at its first use.
#[derive(Debug)]
pub struct LazyPolicy {
    parts: PolicyParts,
    data: OnceLock<PolicyData>,
}

impl LazyPolicy {
    /// A policy of these parts, which the macro has checked.
    pub const fn new(parts: PolicyParts) -> Self {
        Self { parts, data: OnceLock::new() }
    }

    #[inline]
    pub(crate) fn data(&self) -> &PolicyData {
        self.data.get_or_init(|| self.parts.assemble())
    }
}

impl PolicyParts {
    /// What keeps everything same-origin.
    pub(crate) const NONE: Self = Self {
        origins: OriginParts::None,
        headers: NameParts { any: false, names: &[] },
        expose: NameParts { any: false, names: &[] },
        methods: &[],
        settings: Settings::NONE,
        allow: &[],
        file: "",
        line: 0,
        name: "Policy::NONE",
    };

    /// What the policy of a handler says, which is put together when it is mounted for the first time.
    ///
    /// There are as many as there are handlers in the program, so they may live as long as it runs.
    pub(crate) fn data(&'static self) -> &'static PolicyData {
        static POLICIES: Mutex<BTreeMap<usize, &'static PolicyData>> = Mutex::new(BTreeMap::new());
        let mut policies = POLICIES.lock().unwrap_or_else(PoisonError::into_inner);
        policies
            .entry(std::ptr::from_ref(self).addr())
            .or_insert_with(|| Box::leak(Box::new(self.assemble())))
    }

    fn assemble(&self) -> PolicyData {
        let methods = self.methods.iter().map(|name| Cow::Borrowed(*name)).collect();
        PolicyData {
            origins: self.origins.assemble(),
            headers: self.headers.assemble(),
            expose: self.expose.assemble(),
            methods: Methods::new(methods),
            settings: self.settings.with_max_age(self.settings.max_age.map(PreparedMaxAge::new)),
            allow: self.allow.to_vec(),
            location: PolicyLocation::new(self.file, self.line, self.name),
            notes: self.notes(),
            prepared: Prepared::default(),
        }
    }
}

impl PolicyParts {
    /// The exceptions that `allow` permits the origins, apart from those in the environment, which are judged when it is
    /// read, together with these.
    fn notes(&self) -> Vec<RuleNote> {
        let OriginParts::List { entries, regexes, .. } = &self.origins else { return Vec::new() };
        let regexes = regexes.iter().flat_map(|regexes| regexes.notes);
        let mut notes: Vec<_> = regexes
            .map(|(rule, regex, message)| {
                let mut violation = Violation::new(*rule, Key::Origins, *message, Help::new([]));
                violation.value = Some((*regex).to_owned());
                RuleNote::new(violation, Outcome::Allowed)
            })
            .collect();
        let is_exception =
            |allow: &Allow| matches!(allow, Allow::InsecureOrigins | Allow::PublicSuffix | Allow::OpenScheme);
        if !self.settings.credentials || !self.allow.iter().any(is_exception) {
            return notes;
        }
        let mut texts = Vec::new();
        for entry in *entries {
            match entry {
                Entry::Text(text) => texts.push(OriginSpec::Text((*text).to_owned())),
                Entry::Env { .. } => return notes,
            }
        }
        let spec = PolicySpec {
            origins: Some(texts),
            settings: Settings { credentials: true, ..Settings::NONE },
            allow: self.allow.to_vec(),
            ..PolicySpec::default()
        };
        let checked = check(&spec, Author::Operator).map(|checked| checked.notes).unwrap_or_default();
        let exceptions = checked.into_iter().filter(|note| note.outcome == Outcome::Allowed);
        notes.extend(exceptions.map(|mut note| {
            // It is counted among the texts alone.
            note.violation.path.index = None;
            note
        }));
        notes
    }
}

impl OriginParts {
    fn assemble(&self) -> Origins {
        let (entries, regexes, functions) = match self {
            Self::None => return Origins::None,
            Self::Any => return Origins::Any,
            Self::List { entries, regexes, functions } => (*entries, regexes, *functions),
        };
        let regexes = regexes.as_ref().and_then(RegexParts::assemble);
        let functions =
            functions.iter().map(|(name, accepts)| When { name, accepts: Accepts::Function(*accepts) });
        let functions = functions.collect();
        let mut patterns = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry {
                Entry::Text(text) => patterns.extend(Pattern::parse(text)),
                Entry::Env { .. } => return Origins::Unresolved(Unresolved { entries, regexes, functions }),
            }
        }
        Origins::new(patterns, regexes, functions)
    }
}

impl NameParts {
    fn assemble(&self) -> Names {
        // The names in constants have the case that somebody gave them.
        let in_lower_case = |name: &&'static str| match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(name.to_ascii_lowercase()),
            false => Cow::Borrowed(*name),
        };
        Names::new(self.any, self.names.iter().map(in_lower_case).collect())
    }
}

impl RegexParts {
    #[cfg(feature = "regex")]
    fn assemble(&self) -> Option<RegexSet> {
        let bytes = if cfg!(target_endian = "little") { self.little_endian } else { self.big_endian };
        Some(RegexSet::embedded(self.texts, bytes))
    }

    /// Without the feature, the macro lets none through.
    #[cfg(not(feature = "regex"))]
    fn assemble(&self) -> Option<RegexSet> {
        None
    }
}
