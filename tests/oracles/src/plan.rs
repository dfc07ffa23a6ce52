//! Random policies of every kind, which can be built and, besides, judged without the library.

use arbitrary::Arbitrary;
use cors_runtime::{Allow, Origin, Policy, PolicyBuilder, PolicyHandle, PolicySource};
use http::{HeaderMap, HeaderValue};

use crate::{is_origin, matches};

/// The origins that requests come from, unless their bytes are random.
pub(crate) const ORIGINS: [&str; 22] = [
    "https://shop.example",
    "https://admin.shop.example",
    "https://a.b.shop.example",
    "https://shop.example:8443",
    "http://shop.example",
    "http://localhost:3000",
    "http://localhost",
    "http://127.0.0.1:5173",
    "https://partner.example",
    "https://pr-7.partner.example",
    "https://pr-.partner.example",
    "https://pr-7xpartner.example",
    "app://shop",
    "https://evil.example",
    "https://evilshop.example",
    "https://shop.example.evil.example",
    "https://shop.example@evil.example",
    "https://Shop.example",
    "https://shop.example.",
    "https://shop.example/",
    "https://api.example",
    "null",
];

const ENTRIES: [&str; 10] = [
    "https://shop.example",
    "https://*.shop.example",
    "https://admin.shop.example",
    "https://shop.example:8443",
    "http://localhost:*",
    "http://127.0.0.1:5173",
    "https://partner.example",
    "app://*",
    "http://shop.example",
    "https://*.partner.example:*",
];

pub(crate) const HEADERS: [&str; 5] = ["authorization", "content-type", "x-api-key", "x-a", "if-match"];
const EXPOSED: [&str; 3] = ["etag", "x-total", "link"];
pub(crate) const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "PURGE"];

/// How a policy gets to a handler.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlerPlan {
    /// As a value.
    Policy,
    /// As one that can be replaced.
    Handle,
    /// By a function that is asked with each request.
    Delegate,
}

/// A policy as a plan. Sets are bit masks over fixed lists.
#[derive(Arbitrary, Clone, Debug)]
pub struct PolicyPlan {
    /// Which of the entries, or nobody.
    pub entries: u16,
    /// Instead of entries, every origin.
    pub any_origin: bool,
    /// An expression among the origins: pull requests of the partner.
    pub regex: bool,
    /// A function among the origins, which accepts this machine.
    pub function: bool,
    /// Request headers.
    pub headers: u8,
    /// Every request header.
    pub any_header: bool,
    /// Response headers.
    pub expose: u8,
    /// The methods that the policy is narrowed to, or all.
    pub methods: u8,
    /// `max_age`, up to the greatest that there is.
    pub max_age: Option<u16>,
    /// `credentials`, which is left out beside anything that is for everybody.
    pub credentials: bool,
    /// `enforce`, or `enforce(strict)`.
    pub enforce: Option<bool>,
    /// `timing`.
    pub timing: bool,
    /// `allow(unenforced_websocket)`.
    pub unenforced_websocket: bool,
    /// Whether it is written to a document and read again.
    pub document: bool,
    /// How it gets to a handler.
    pub handler: HandlerPlan,
}

impl PolicyPlan {
    fn entries(&self) -> impl Iterator<Item = &'static str> + '_ {
        chosen(&ENTRIES, self.entries.into())
    }

    fn is_none(&self) -> bool {
        !self.any_origin && self.entries().next().is_none() && !self.regex && !self.function
    }

    pub(crate) fn has_credentials(&self) -> bool {
        self.credentials && !self.any_origin && !self.any_header && !self.is_none()
    }

    /// How it is enforced. The policy that allows nobody has no keys, but whoever delegates to it may have.
    pub(crate) fn enforcement(&self) -> Option<bool> {
        self.enforce.filter(|_| !self.is_none() || self.handler == HandlerPlan::Delegate)
    }

    pub(crate) fn lets_websockets_in(&self) -> bool {
        self.any_origin || self.unenforced_websocket && !self.is_none()
    }

    pub(crate) fn is_narrowed(&self) -> bool {
        chosen(&METHODS, self.methods.into()).next().is_some() && !self.is_none()
    }

    pub(crate) fn allows_method(&self, method: &str) -> bool {
        !self.is_narrowed() || chosen(&METHODS, self.methods.into()).any(|name| name == method)
    }

    /// Whether the policy lists the origin of a request.
    pub(crate) fn allows(&self, origin: &[u8]) -> bool {
        if self.any_origin {
            return true;
        }
        let is_pull_request = || {
            let rest = origin.strip_prefix(b"https://pr-");
            let number = rest.and_then(|rest| rest.strip_suffix(b".partner.example"));
            number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
        };
        let is_loopback = || {
            let host = origin.strip_prefix(b"http://").unwrap_or_default();
            let host = host.split(|byte| *byte == b':').next().unwrap_or_default();
            is_origin(origin) == Some(true) && [&b"localhost"[..], b"127.0.0.1"].contains(&host)
        };
        self.entries().any(|entry| matches(entry, origin))
            || self.regex && is_pull_request()
            || self.function && is_loopback()
    }

    /// The policy.
    pub(crate) fn build(&self) -> Policy {
        if self.is_none() {
            return Policy::NONE;
        }
        let mut builder = Policy::builder();
        if self.any_origin {
            builder = builder.any_origin();
        } else {
            builder = builder.origins(self.entries());
            if self.regex {
                builder = builder.regex(r"https://pr-[0-9]+\.partner\.example");
            }
            if self.function {
                let hosts = ["localhost", "127.0.0.1"];
                builder = builder.when(move |origin: &Origin<'_>| {
                    origin.scheme() == "http" && hosts.contains(&origin.host())
                });
            }
        }
        let star = self.any_header.then_some("*");
        builder = builder
            .headers(star.into_iter().chain(chosen(&HEADERS, self.headers.into()).filter(|name| {
                // Beside `*`, the others are of no use.
                !self.any_header || *name == "authorization"
            })))
            .expose(chosen(&EXPOSED, self.expose.into()))
            .methods(chosen(&METHODS, self.methods.into()));
        if let Some(seconds) = self.max_age {
            builder = builder.max_age(u64::from(seconds));
        }
        if self.has_credentials() {
            builder = builder.credentials();
        }
        builder = match self.enforce {
            None => builder,
            Some(false) => builder.enforce(),
            Some(true) => builder.enforce_strict(),
        };
        if self.timing {
            builder = builder.timing();
        }
        let mut allow = vec![Allow::InsecureOrigins, Allow::OpenScheme];
        if self.unenforced_websocket {
            allow.push(Allow::UnenforcedWebsocket);
        }
        let policy = allow.into_iter().fold(builder, PolicyBuilder::allow).build();
        let policy = policy.unwrap_or_else(|error| panic!("{self:?}: {error}"));
        // A function is not written to a document.
        if self.document && !self.function { self.through_document(&policy) } else { policy }
    }

    fn through_document(&self, policy: &Policy) -> Policy {
        let document = serde_json::to_string(policy).unwrap_or_else(|error| panic!("{policy}: {error}"));
        let read: Policy =
            serde_json::from_str(&document).unwrap_or_else(|error| panic!("{document}: {error}"));
        assert_eq!(read, *policy, "{document}");
        read
    }

    pub(crate) fn source(&self) -> PolicySource {
        let policy = self.build();
        match self.handler {
            HandlerPlan::Policy => policy.into(),
            HandlerPlan::Handle => {
                let handle = PolicyHandle::new(Policy::NONE);
                handle.store(policy);
                handle.into()
            }
            HandlerPlan::Delegate => {
                let delegate = cors_runtime::delegate(move |_: HeaderMap| {
                    let policy = policy.clone();
                    async move { policy }
                });
                let delegate = match self.enforce {
                    None => delegate,
                    Some(false) => delegate.enforce(),
                    Some(true) => delegate.enforce_strict(),
                };
                delegate.into()
            }
        }
    }
}

/// What a mask chooses of a list.
fn chosen<'a>(names: &'a [&'static str], mask: u32) -> impl Iterator<Item = &'static str> + 'a {
    names.iter().enumerate().filter(move |(index, _)| mask & 1 << index != 0).map(|(_, name)| *name)
}

/// The bytes of a header field as far as HTTP carries them.
pub(crate) fn header_value(bytes: &[u8]) -> HeaderValue {
    let carried: Vec<u8> =
        bytes.iter().copied().filter(|byte| HeaderValue::from_bytes(&[*byte]).is_ok()).collect();
    HeaderValue::from_bytes(&carried).unwrap_or(HeaderValue::from_static(""))
}
