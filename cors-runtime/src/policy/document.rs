//! Policies in documents, for example TOML, YAML or JSON files: by the same keys and the same rules as in the source.
// How a document is spelled is a matter of serde's formats.

mod read;
mod value;
mod write;

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser,
};

use crate::policy::Policy;

use self::value::DocumentTable;

/// Reads a policy from a document, by the feature `serde`.
///
/// The document has the keys of [`#[cors(..)]`](macro@crate::cors) and the same rules: everything that is wrong is in one
/// error, each with the path of its entry in front. What is of no use, for example an entry that is already listed, is
/// dropped with a [note](Self::notes), and never stops a server, as [`Policy::builder`] says in full.
///
/// ```
/// use cors_runtime::Policy;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Config {
///     cors: Policy,
/// }
///
/// let text = r#"
///     [cors]
///     origins = ["https://shop.example", "https://*.shop.example", { env = "MORE_ORIGINS", default = ["http://localhost:*"] }]
///     headers = ["authorization", "content-type"]
///     max_age = "10m"
///     credentials = true
/// "#;
/// let config: Config = toml::from_str(text).unwrap();
/// assert_eq!(
///     config.cors.to_string(),
///     "https://shop.example, https://*.shop.example, http://localhost:*; headers authorization, content-type; \
///      max age 600; credentials"
/// );
///
/// let text = r#"
///     [cors]
///     origins = ["https://shop.example/"]
///     allow_headers = ["authorization"]
/// "#;
/// let error = toml::from_str::<Config>(text).err().unwrap();
/// assert_eq!(
///     error.message(),
///     "allow_headers: unknown key `allow_headers`\n  \
///      help: write `headers`\n\
///      origins[0]: `https://shop.example/` has a slash at the end, which is not part of an origin\n  \
///      help: write \"https://shop.example\"\n\
///      2 mistakes in the CORS policy"
/// );
/// ```
///
/// | key | value |
/// |---|---|
/// | `origins` | a list of texts as in the attribute, `{ regex = ".." }` and `{ env = "NAME" }`; or `"any"` |
/// | `headers`, `expose`, `methods` | a list of names, among which may be `"any"`; or `"any"` |
/// | `max_age` | a number of seconds, or a text like `"10m"` |
/// | `credentials`, `timing` | `true` or `false` |
/// | `enforce` | `true`, `false` or `"strict"` |
/// | `allow` | a list of names, for example `"insecure_origins"` |
/// | `none` | `true`, and no other key but `allow`, for what stays same-origin |
///
/// `"*"` is another way to write `"any"`. An empty list of origins, `""` and `"none"` allow nobody.
///
/// `{ env = "NAME", default = [..] }` adds the origins in an environment variable, with commas or spaces between them, or
/// those of `default` if the variable is not set. It is read at once, with the document. To read `{ regex = ".." }` takes
/// the feature `runtime-regex`.
///
/// The format has to be one that describes itself, as those for people do.
impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PolicyVisitor;

        impl<'de> Visitor<'de> for PolicyVisitor {
            type Value = Policy;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a CORS policy, which is a table with keys like `origins`")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Policy, A::Error> {
                read::policy(DocumentTable::read(map)?).map_err(serde_core::de::Error::custom)
            }
        }

        deserializer.deserialize_map(PolicyVisitor)
    }
}

/// Writes the policy to a document from which an equal policy is read, by the feature `serde`.
///
/// What it is allowed by name, because a rule speaks against it, is written as well. Origins in the environment are written
/// as such as long as [`with_environment`](Self::with_environment) or a router has not read them.
///
/// ```
/// use cors_runtime::{Allow, Policy};
///
/// let policy = Policy::builder()
///     .origins(["http://shop.example", "https://*.shop.example"])
///     .max_age("10m")
///     .credentials()
///     .allow(Allow::InsecureOrigins)
///     .build()
///     .unwrap();
/// let text = toml::to_string(&policy).unwrap();
/// assert_eq!(
///     text,
///     r#"origins = ["http://shop.example", "https://*.shop.example"]
/// max_age = 600
/// credentials = true
/// allow = ["insecure_origins"]
/// "#
/// );
/// assert_eq!(toml::from_str::<Policy>(&text).unwrap(), policy);
/// ```
///
/// # Errors
///
/// A policy with a function among its origins cannot be written. One with regular expressions can be written only with the
/// feature `runtime-regex`, because it could not be read without.
impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write::policy(self).map_err(ser::Error::custom)?.serialize(serializer)
    }
}
