//! Which policy is where, for people to read.

use std::{collections::BTreeMap, fmt};

use crate::{any_policy::AnyPolicy, path_policies::Mounts, policy::Source};

/// The routes of a [`CorsRouter`](crate::CorsRouter) with their policies.
///
/// Displayed, it is a table:
///
/// ```
/// use cors_runtime::{CorsRouter, cors, get};
///
/// #[cors(origins = any)]
/// async fn hello() -> &'static str {
///     "hello"
/// }
///
/// let router: CorsRouter = CorsRouter::new().route("/", get(hello));
/// assert!(router.audit().to_string().starts_with("GET  /  any  at "));
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
}

impl Audit {
    pub(crate) fn new(mounts: &BTreeMap<String, Mounts>, default: Option<&AnyPolicy>) -> Self {
        let row = |path: &str, method: &str, policy: Option<&AnyPolicy>| AuditRow {
            path: path.to_owned(),
            method: method.to_owned(),
            policy: policy.map(ToString::to_string),
            source: policy.map(AnyPolicy::source),
        };
        let mut rows = Vec::new();
        for (path, Mounts { mounts, plain }) in mounts {
            for mount in mounts {
                let policy = Some(&mount.policy);
                match mount.is_any() {
                    true => rows.push(row(path, "any", policy)),
                    false => rows.extend(mount.named().names().map(|method| row(path, method, policy))),
                }
            }
            rows.extend(plain.names().map(|method| row(path, method, default)));
        }
        if default.is_some() {
            rows.push(row("*", "any", default));
        }
        Self { rows }
    }

    /// The rows, sorted by path.
    pub fn rows(&self) -> &[AuditRow] {
        &self.rows
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width =
            |cell: fn(&AuditRow) -> &str| self.rows.iter().map(|row| cell(row).len()).max().unwrap_or(0);
        let (path_width, method_width) = (width(|row| &row.path), width(|row| &row.method));
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let policy = row.policy.as_deref().unwrap_or("same-origin: no policy");
            write!(f, "{:method_width$}  {:path_width$}  {policy}", row.method, row.path)?;
            if let Some(source) = &row.source {
                write!(f, "  at {source}")?;
            }
        }
        Ok(())
    }
}
