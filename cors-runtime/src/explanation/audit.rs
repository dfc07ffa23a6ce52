//! Which policy is where, for people to read and for tests to watch.

use std::{collections::BTreeMap, fmt};

use cors_rules::Pattern;

use crate::{
    policy::{
        Origins, Policy, Source,
        any_policy::{AnyPolicy, Kind},
        text,
    },
    routing::{methods::MethodSet, path_policies::Mounts},
};

/// What Chromium keeps of a longer max age, in seconds.
const LONGEST_OF_CHROMIUM: u32 = 7_200;

/// The routes of a [`CorsRouter`](crate::CorsRouter) with their policies, for a review.
///
/// Displayed, it is a table for a terminal, in which long policies are cut; [`to_markdown`](Self::to_markdown) cuts
/// nothing. With the feature `serde`, it is a list of its rows.
///
/// ```
/// use cors_runtime::{CorsRouter, Remark, cors, get};
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
///     audit.rows().iter().any(|row| row.remarks.contains(&Remark::Credentials) && row.remarks.contains(&Remark::Regex));
/// assert!(!is_open_with_credentials);
/// ```
///
/// It has the routes that were added with `route`, also those of nested and merged routers;
/// what is inside a plain axum `Router` cannot be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    rows: Vec<AuditRow>,
}

/// A path and a method of an [`Audit`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditRow {
    /// The path; `*` stands for whatever matches no other row.
    pub path: String,
    /// The method, or `any`.
    pub method: String,
    /// The policy in words; `None` if the handler has none and stays same-origin.
    pub policy: Option<String>,
    /// Where the policy is written.
    pub source: Option<Source>,
    /// What a reviewer should look at.
    pub remarks: Vec<Remark>,
}

/// Something about a policy that a reviewer should look at. Nothing of it is wrong by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Remark {
    /// Any origin may read.
    AnyOrigin,
    /// Requests may bear cookies and the like.
    Credentials,
    /// Pages of an origin come over plain http, and not from this machine.
    HttpOrigin,
    /// All subdomains of a domain may read.
    Subdomains,
    /// A regular expression decides on origins.
    Regex,
    /// A function decides on origins.
    When,
    /// Origins stand in the environment.
    Environment,
    /// The policy can be replaced while requests run.
    Replaceable,
    /// A function is asked for the policy with each request.
    Delegate,
    /// Browsers are told to keep answers for longer than Chromium does.
    LongMaxAge,
    /// The handler has no policy of its own.
    NoPolicy,
}

impl Remark {
    /// The remark in words, such as `any origin`.
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
            Self::NoPolicy => "no policy of its own",
        }
    }

    /// What is to be said of a policy.
    fn of(policy: &AnyPolicy) -> Vec<Self> {
        let mut remarks = match &policy.kind {
            Kind::Fixed(_) => Vec::new(),
            Kind::Handle(_) => vec![Self::Replaceable],
            Kind::Delegate(_) => vec![Self::Delegate],
        };
        remarks.extend(policy.now().iter().flat_map(Self::of_fixed));
        remarks
    }

    fn of_fixed(policy: &Policy) -> Vec<Self> {
        let data = policy.data();
        let entries = data.origins.entries();
        let patterns = || entries.iter().filter_map(|entry| Pattern::of(entry));
        let has_regexes = match &data.origins {
            Origins::Set(list) => list.regexes.is_some(),
            Origins::Unread(unread) => unread.regexes.is_some(),
            Origins::None | Origins::Any | Origins::One(_) | Origins::When(_) => false,
        };
        let max_age = data.max_age.as_ref().and_then(|max_age| text(max_age).parse::<u32>().ok());
        [
            (Self::AnyOrigin, data.origins == Origins::Any),
            (Self::Credentials, data.credentials),
            (Self::HttpOrigin, patterns().any(|pattern| pattern.is_insecure())),
            (Self::Subdomains, patterns().any(|pattern| pattern.subdomains)),
            (Self::Regex, has_regexes),
            (Self::When, matches!(data.origins, Origins::When(_))),
            (Self::Environment, matches!(data.origins, Origins::Unread(_))),
            (Self::LongMaxAge, max_age.is_some_and(|max_age| max_age > LONGEST_OF_CHROMIUM)),
        ]
        .into_iter()
        .filter_map(|(remark, holds)| holds.then_some(remark))
        .collect()
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Audit {
    pub(crate) fn new(mounts: &BTreeMap<String, Mounts>, default: Option<&AnyPolicy>) -> Self {
        let mut rows = Vec::new();
        for (path, Mounts { mounts, plain, plain_any }) in mounts {
            let with = mounts.iter().flat_map(|mount| {
                let methods: Vec<_> = match mount.is_any() {
                    true => vec!["any"],
                    false => mount.named().names().collect(),
                };
                methods.into_iter().map(|method| AuditRow::new(path, method, Some(&mount.policy), false))
            });
            let plain = plain.names().chain(plain_any.then_some("any"));
            let without = plain.map(|method| AuditRow::new(path, method, default, true));
            let first = rows.len();
            rows.extend(with.chain(without));
            rows[first..].sort_by_key(|row| MethodSet::of(row.method.as_bytes()).place());
        }
        if default.is_some() {
            rows.push(AuditRow::new("*", "any", default, false));
        }
        Self { rows }
    }

    /// The rows, sorted by path and method.
    pub fn rows(&self) -> &[AuditRow] {
        &self.rows
    }

    /// The table in Markdown, with everything that is known, for a security review.
    pub fn to_markdown(&self) -> String {
        let mut table =
            "| method | path | policy | remarks | written at |\n|---|---|---|---|---|\n".to_owned();
        for row in &self.rows {
            let source = row.source.map(|source| source.to_string()).unwrap_or_default();
            let cells = [&row.method, &row.path, row.policy(), &row.remarks(), &source];
            let cells = cells.map(|cell| cell.replace('\\', "\\\\").replace('|', "\\|"));
            table += &format!("| {} |\n", cells.join(" | "));
        }
        table
    }
}

impl AuditRow {
    fn new(path: &str, method: &str, policy: Option<&AnyPolicy>, is_plain: bool) -> Self {
        let no_policy = is_plain.then_some(Remark::NoPolicy);
        Self {
            path: path.to_owned(),
            method: method.to_owned(),
            policy: policy.map(ToString::to_string),
            source: policy.map(AnyPolicy::source),
            remarks: no_policy.into_iter().chain(policy.into_iter().flat_map(Remark::of)).collect(),
        }
    }

    fn policy(&self) -> &str {
        self.policy.as_deref().unwrap_or("same-origin")
    }

    /// The policy in so many characters.
    fn policy_in(&self, width: usize) -> String {
        let policy = self.policy();
        if policy.chars().count() <= width {
            return policy.to_owned();
        }
        policy.chars().take(width.saturating_sub(1)).chain(['…']).collect()
    }

    fn remarks(&self) -> String {
        self.remarks.iter().map(|remark| remark.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// The columns of a terminal.
const TERMINAL: usize = 100;
/// A policy is not cut to less than this, even if the line is too long for a terminal then.
const LEAST_OF_POLICY: usize = 24;

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |cell: &dyn Fn(&AuditRow) -> usize| self.rows.iter().map(cell).max().unwrap_or_default();
        let method = width(&|row| row.method.len());
        let path = width(&|row| row.path.chars().count());
        let remarks = width(&|row| row.remarks().len());
        let source = width(&|row| row.source.map_or(0, |source| source.to_string().chars().count() + 3));
        let policy = width(&|row| row.policy().chars().count());
        let room = TERMINAL.saturating_sub(method + path + remarks + source + 8).max(LEAST_OF_POLICY);
        let policy = policy.min(room);
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let mut line =
                format!("{:method$}  {:path$}  {:policy$}", row.method, row.path, row.policy_in(policy));
            if remarks > 0 {
                line += &format!("  {:remarks$}", row.remarks());
            }
            match row.source {
                Some(source) => write!(f, "{line}  at {source}")?,
                None => f.write_str(line.trim_end())?,
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

    use super::{Audit, AuditRow, Remark};
    use crate::policy::Source;

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
            let Self { path, method, policy, source, remarks } = self;
            let mut row = serializer.serialize_struct("AuditRow", 5)?;
            row.serialize_field("path", path)?;
            row.serialize_field("method", method)?;
            row.serialize_field("policy", policy)?;
            row.serialize_field("source", source)?;
            row.serialize_field("remarks", remarks)?;
            row.end()
        }
    }

    /// A map of its fields, by their names.
    impl Serialize for Source {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let Self { file, line, handler } = self;
            let mut source = serializer.serialize_struct("Source", 3)?;
            source.serialize_field("file", file)?;
            source.serialize_field("line", line)?;
            source.serialize_field("handler", handler)?;
            source.end()
        }
    }

    /// The remark in words.
    impl Serialize for Remark {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(self.as_str())
        }
    }
}
