//! Which policy is where, for people to read and for tests to watch.

use std::fmt;

use cors_rules::{Allow, Engine, Hosts, Pattern, RuleNote};

use crate::{
    location::PolicyLocation,
    policy::{
        data::{Origins, PolicyData},
        source::{Kind, PolicySource},
    },
};

/// The routes of a [`CorsRouter`](crate::CorsRouter) with their policies, for a review.
///
/// Displayed, it is a table for a terminal, in which long policies are truncated, and which has a line for each rule that
/// a policy is an exception from; [`to_markdown`](Self::to_markdown) truncates nothing, and
/// [`to_snapshot`](Self::to_snapshot) is for a file that a test compares. With the feature `serde`, it is a list of its rows.
///
/// ```
/// use cors_runtime::{CorsRouter, cors, get, diagnostics::AuditNote};
///
/// #[cors(origins = any)]
/// async fn hello() -> &'static str {
///     "hello"
/// }
///
/// let router: CorsRouter = CorsRouter::new().route("/", get(hello));
/// let audit = router.audit();
/// assert!(audit.to_string().starts_with("GET  /  any  any origin  at "));
///
/// // So a test of yours can say what must not be.
/// let is_open_with_credentials =
///     audit.rows().iter().any(|row| row.notes.contains(&AuditNote::Credentials) && row.notes.contains(&AuditNote::Regex));
/// assert!(!is_open_with_credentials);
/// ```
///
/// It lists the routes that were added with `route`, also those of nested and merged routers. What is inside of a plain axum
/// `Router` cannot be seen; each such router has one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    rows: Vec<AuditRow>,
}

/// A path and a method of an [`Audit`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditRow {
    /// The path; `*` is whatever matches no other row. What does not print is escaped.
    pub path: String,
    /// The method, or `any`.
    pub method: String,
    /// The policy in words; `None` without a policy.
    pub policy: Option<String>,
    /// Where the policy is written.
    pub location: Option<PolicyLocation>,
    /// What a reviewer should look at.
    pub notes: Vec<AuditNote>,
    /// The rules that the policy breaks: what was dropped, capped, or allowed by name.
    ///
    /// If origins are in the environment, it is read for this.
    pub rule_notes: Vec<RuleNote>,
}

/// Something about a policy that a reviewer should look at. Nothing of it is wrong by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuditNote {
    /// Any origin may read.
    AnyOrigin,
    /// Requests may carry cookies and other credentials.
    Credentials,
    /// Pages of an origin are loaded over plain http, and not from this machine.
    HttpOrigin,
    /// All subdomains of a domain may read.
    Subdomains,
    /// A regular expression decides on origins.
    Regex,
    /// A function decides on origins.
    When,
    /// Origins are in the environment.
    Environment,
    /// The policy can be replaced while requests run.
    Replaceable,
    /// A function is asked for the policy with each request.
    Delegate,
    /// The policy asks browsers to keep answers for longer than Chromium does.
    LongMaxAge,
    /// WebSocket handshakes of other origins are let through.
    UnenforcedWebsocket,
    /// The handler has no policy of its own.
    NoPolicy,
    /// A plain router, whose routes and policies cannot be seen.
    OpaqueRouter,
}

impl AuditNote {
    /// The note in words, for example `any origin`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AnyOrigin => "any origin",
            Self::Credentials => "credentials",
            Self::HttpOrigin => "http origin",
            Self::Subdomains => "all subdomains",
            Self::Regex => "regular expression",
            Self::When => "decided by a function",
            Self::Environment => "from the environment",
            Self::Replaceable => "can be replaced",
            Self::Delegate => "asked for each request",
            Self::LongMaxAge => "long max age",
            Self::UnenforcedWebsocket => "unenforced websocket",
            Self::NoPolicy => "no policy of its own",
            Self::OpaqueRouter => "cannot be looked into",
        }
    }

    /// What a reviewer should know of a policy.
    fn about(source: &PolicySource) -> Vec<Self> {
        let mut notes = match &source.kind {
            Kind::Fixed(_) => Vec::new(),
            Kind::Handle(_) => vec![Self::Replaceable],
            Kind::Delegate(_) => vec![Self::Delegate],
        };
        let current = source.current();
        notes.extend(current.iter().flat_map(|policy| Self::about_data(policy.data())));
        if source.added.unenforced_websocket && !notes.contains(&Self::UnenforcedWebsocket) {
            notes.push(Self::UnenforcedWebsocket);
        }
        notes
    }

    fn about_data(policy: &PolicyData) -> Vec<Self> {
        let texts = policy.origins.texts();
        let patterns = || texts.iter().filter_map(|text| Pattern::parse(text));
        let max_age = policy.settings.max_age.as_ref().map(|max_age| max_age.seconds);
        [
            (Self::AnyOrigin, policy.origins == Origins::Any),
            (Self::Credentials, policy.settings.credentials),
            (Self::HttpOrigin, patterns().any(|pattern| pattern.is_insecure())),
            (Self::Subdomains, patterns().any(|pattern| pattern.hosts == Hosts::Subdomains)),
            (Self::Regex, !policy.origins.regexes().is_empty()),
            (Self::When, !policy.origins.functions().is_empty()),
            (Self::Environment, policy.is_unresolved()),
            (Self::LongMaxAge, max_age.is_some_and(|seconds| seconds > Engine::Chromium.max_age_cap())),
            (Self::UnenforcedWebsocket, policy.allows(Allow::UnenforcedWebsocket)),
        ]
        .into_iter()
        .filter_map(|(note, holds)| holds.then_some(note))
        .collect()
    }
}

impl fmt::Display for AuditNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Audit {
    pub(crate) fn new(rows: Vec<AuditRow>) -> Self {
        Self { rows }
    }

    /// The rows, sorted by path and method.
    pub fn rows(&self) -> &[AuditRow] {
        &self.rows
    }

    /// The table in Markdown, with everything that is known, for a security review.
    pub fn to_markdown(&self) -> String {
        let mut table = "| method | path | policy | notes | written at |\n|---|---|---|---|---|\n".to_owned();
        for row in &self.rows {
            let location = row.location.map(|location| location.to_string()).unwrap_or_default();
            let rule_notes = row.rule_notes.iter().map(ToString::to_string);
            let notes: Vec<_> =
                row.notes.iter().map(|note| note.as_str().to_owned()).chain(rule_notes).collect();
            let cells = [&row.method, &row.path, row.policy(), &notes.join(", "), &location];
            table += &format!("| {} |\n", cells.map(markdown).join(" | "));
        }
        table
    }

    /// The rows as a text to be stored, for a test that fails when a policy changes.
    ///
    /// It says everything but the files and lines, which move with every edit, and nothing in it is aligned. So what a
    /// version control system shows of a change is what has changed, and for which route. Each line is one fact:
    ///
    /// ```
    /// use cors_runtime::{CorsRouter, Policy, cors, get, policy};
    ///
    /// static PRICES: Policy = policy! { origins = any };
    ///
    /// #[cors(policy = PRICES)]
    /// async fn show() {}
    ///
    /// async fn health() {}
    ///
    /// let router: CorsRouter =
    ///     CorsRouter::new().route("/prices", get(show)).route("/health", axum::routing::get(health));
    /// let snapshot = "\
    /// GET /health
    ///   policy: same-origin
    ///   note: no policy of its own
    /// GET /prices
    ///   policy: any
    ///   written at: PRICES, used by show
    ///   note: any origin
    /// ";
    /// assert_eq!(router.audit().to_snapshot(), snapshot);
    /// ```
    ///
    /// What the environment says is in it where it breaks a rule, so a test sets the variables that policies name.
    pub fn to_snapshot(&self) -> String {
        let mut snapshot = String::new();
        let mut line = |begin: &str, text: &str| {
            snapshot += begin;
            // A path may have any character, and is not to look like other lines.
            snapshot.extend(text.chars().flat_map(|char| match char.is_control() {
                true => char.escape_debug().collect(),
                false => vec![char],
            }));
            snapshot.push('\n');
        };
        for row in &self.rows {
            line("", &format!("{} {}", row.method, row.path));
            line("  policy: ", row.policy());
            if let Some(location) = row.location {
                line("  written at: ", &location.without_line());
            }
            row.notes.iter().for_each(|note| line("  note: ", note.as_str()));
            row.rule_notes.iter().for_each(|note| line("  note: ", &note.to_string()));
        }
        snapshot
    }
}

/// The text, which means itself in a cell of a table.
fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '~' | '|' => escaped.extend(['\\', char]),
            char if char.is_control() => escaped.extend(char.escape_debug().flat_map(|char| match char {
                '\\' => vec!['\\', '\\'],
                char => vec![char],
            })),
            char => escaped.push(char),
        }
    }
    escaped
}

impl AuditRow {
    /// The row of a path and a method, or of a router that `unknown` says of that it cannot be seen.
    pub(crate) fn new(
        path: &str,
        method: &str,
        policy: Option<&PolicySource>,
        unknown: Option<AuditNote>,
    ) -> Self {
        Self {
            path: printable(path),
            method: method.to_owned(),
            policy: policy.map(ToString::to_string),
            location: policy.map(PolicySource::location),
            notes: unknown.into_iter().chain(policy.into_iter().flat_map(AuditNote::about)).collect(),
            rule_notes: policy.map(rule_notes).unwrap_or_default(),
        }
    }

    fn policy(&self) -> &str {
        match &self.policy {
            Some(policy) => policy,
            None if self.notes.contains(&AuditNote::OpaqueRouter) => "its own",
            None => "same-origin",
        }
    }

    /// The policy in so many characters.
    fn policy_in(&self, width: usize) -> String {
        let policy = self.policy();
        if policy.chars().count() <= width {
            return policy.to_owned();
        }
        policy.chars().take(width.saturating_sub(1)).chain(['…']).collect()
    }

    fn notes(&self) -> String {
        self.notes.iter().map(|note| note.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// A path in which nothing deceives the reader of a table: it may be from a configuration.
fn printable(path: &str) -> String {
    let escaped = path.chars().map(|char| match char {
        '\\' | '"' | '\'' => char.to_string(),
        char => char.escape_debug().to_string(),
    });
    escaped.collect()
}

/// What is said of the policy as it is now, with what the environment adds.
fn rule_notes(source: &PolicySource) -> Vec<RuleNote> {
    let Some(policy) = source.current() else { return Vec::new() };
    policy.with_environment().unwrap_or(policy).notes().to_vec()
}

/// The columns of a terminal.
const TERMINAL_WIDTH: usize = 100;
/// A policy is not truncated to less than this, even if the line is then too long for a terminal.
const MIN_POLICY_WIDTH: usize = 24;

/// So many are shown of a row.
const MAX_RULE_NOTES: usize = 8;

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |cell: &dyn Fn(&AuditRow) -> usize| self.rows.iter().map(cell).max().unwrap_or_default();
        let method = width(&|row| row.method.len());
        let path = width(&|row| row.path.chars().count());
        let notes = width(&|row| row.notes().len());
        let location =
            width(&|row| row.location.map_or(0, |location| location.to_string().chars().count() + 3));
        let policy = width(&|row| row.policy().chars().count());
        let room = TERMINAL_WIDTH.saturating_sub(method + path + notes + location + 8).max(MIN_POLICY_WIDTH);
        let policy = policy.min(room);
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let mut line =
                format!("{:method$}  {:path$}  {:policy$}", row.method, row.path, row.policy_in(policy));
            if notes > 0 {
                line += &format!("  {:notes$}", row.notes());
            }
            match row.location {
                Some(location) => write!(f, "{line}  at {location}")?,
                None => f.write_str(line.trim_end())?,
            }
            for note in row.rule_notes.iter().take(MAX_RULE_NOTES) {
                write!(f, "\n  {note}")?;
            }
            if let more @ 1.. = row.rule_notes.len().saturating_sub(MAX_RULE_NOTES) {
                write!(f, "\n  and {more} more")?;
            }
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
mod serialize {
    use serde_core::{
        Serialize, Serializer,
        ser::{SerializeSeq, SerializeStruct},
    };

    use super::{Audit, AuditNote, AuditRow};
    use crate::location::PolicyLocation;

    /// A list of its rows.
    impl Serialize for Audit {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut rows = serializer.serialize_seq(Some(self.rows.len()))?;
            for row in &self.rows {
                rows.serialize_element(row)?;
            }
            rows.end()
        }
    }

    /// A map of its fields, by their names.
    impl Serialize for AuditRow {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let Self { path, method, policy, location, notes, rule_notes } = self;
            let rule_notes: Vec<_> = rule_notes.iter().map(ToString::to_string).collect();
            let mut row = serializer.serialize_struct("AuditRow", 6)?;
            row.serialize_field("path", path)?;
            row.serialize_field("method", method)?;
            row.serialize_field("policy", policy)?;
            row.serialize_field("location", location)?;
            row.serialize_field("notes", notes)?;
            row.serialize_field("rule_notes", &rule_notes)?;
            row.end()
        }
    }

    /// A map of its fields, by their names.
    impl Serialize for PolicyLocation {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let Self { file, line, name, handler } = self;
            let mut location = serializer.serialize_struct("PolicyLocation", 4)?;
            location.serialize_field("file", file)?;
            location.serialize_field("line", line)?;
            location.serialize_field("name", name)?;
            location.serialize_field("handler", handler)?;
            location.end()
        }
    }

    /// The note in words.
    impl Serialize for AuditNote {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(self.as_str())
        }
    }
}
