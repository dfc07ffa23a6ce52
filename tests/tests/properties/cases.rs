//! Policies and requests, made up from bytes: those of a property test, or those of a fuzzer.
//!
//! They are close to each other, because a policy and an origin that have nothing in common say little.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use cors_runtime::{Allow, Policy, PolicyBuilder};
use regex::bytes::Regex;

use crate::naive;

/// A policy as it is written, to build it from and to compare it with.
#[derive(Clone, Debug, Default)]
pub struct PolicyCase {
    pub any_origin: bool,
    pub origins: Vec<String>,
    pub regexes: Vec<&'static str>,
    /// Origins with this host are accepted by a function.
    pub when: Option<&'static str>,
    pub headers: Vec<&'static str>,
    pub expose: Vec<&'static str>,
    pub methods: Vec<&'static str>,
    pub max_age: Option<u32>,
    pub credentials: bool,
    pub enforce: Enforce,
    pub timing: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Enforce {
    #[default]
    Off,
    CrossOrigin,
    Strict,
}

impl Enforce {
    const SOME: [Self; 4] = [Self::Off, Self::Off, Self::CrossOrigin, Self::Strict];
}

/// The head of a request to the one path that there is.
#[derive(Clone, Debug)]
pub struct RequestCase {
    pub method: &'static str,
    pub origins: Vec<Vec<u8>>,
    pub others: Vec<(&'static str, String)>,
}

/// The origin of the server.
pub const HOST: &str = "api.example";

const SCHEMES: [&str; 8] = ["https", "https", "https", "http", "http", "app", "moz-extension", "ftp"];
const HOSTS: [&str; 22] = [
    "shop.example",
    "shop.example",
    "a.shop.example",
    "b.a.shop.example",
    "example",
    "ashop.example",
    "shop.example.",
    "a.shop.example.",
    "shop.example.evil.example",
    "localhost",
    "a.localhost",
    "127.0.0.1",
    "[::1]",
    "[2001:db8::1]",
    "xn--mnchen-3ya.example",
    "github.io",
    "a.github.io",
    ".",
    ".a",
    "a_b.-c-.example",
    "co.uk",
    "a.b.c.d.e.f.g.h.shop.example",
];
const PORTS: [&str; 10] = ["", "", "", "", ":8443", ":3000", ":443", ":80", ":65535", ":1"];
const REGEXES: [&str; 4] = [
    r"https://(www\.)?shop\.example",
    r"https://[a-c]+\.shop\.example(:8443)?",
    r"http://localhost:[0-9]{4}",
    r"https://([a-z]\.){0,3}example",
];
/// The same expressions, by another engine than the crate's own automaton.
static MATCHERS: LazyLock<[Regex; REGEXES.len()]> = LazyLock::new(|| {
    REGEXES.map(|regex| Regex::new(&format!("^(?:{regex})$")).expect("a regular expression"))
});
const WHEN: [&str; 3] = ["shop.example", "a.shop.example", "localhost"];
pub const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "QUERY"];
const HEADERS: [&str; 5] = ["content-type", "authorization", "x-a", "x-b", "*"];
const EXPOSE: [&str; 3] = ["etag", "x-total", "*"];

impl PolicyCase {
    pub fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        let any_origin = u.ratio(1, 10)?;
        let count = if any_origin { 0 } else { u.int_in_range(0..=4)? };
        let mut origins = (0..count).map(|_| entry(u)).collect::<Result<Vec<_>>>()?;
        if u.ratio(9, 10)? {
            // One that is refused would be the end of the whole policy.
            origins.retain(|entry| allow_dangers(Policy::builder()).origins([entry]).build().is_ok());
        }
        // Credentials go with neither of these, and there is nobody to enforce anything against.
        let credentials = !any_origin && u.arbitrary()?;
        let known = |names: &[&'static str]| {
            names.iter().copied().filter(|name| !credentials || *name != "*").collect()
        };
        Ok(Self {
            any_origin,
            origins,
            regexes: if !any_origin && u.ratio(1, 8)? { vec![*u.choose(&REGEXES)?] } else { Vec::new() },
            when: if !any_origin && u.ratio(1, 8)? { Some(*u.choose(&WHEN)?) } else { None },
            headers: known(&some(u, &HEADERS)?),
            expose: known(&some(u, &EXPOSE)?),
            methods: if u.ratio(1, 3)? { some(u, &METHODS)? } else { Vec::new() },
            max_age: if u.arbitrary()? { Some(u.int_in_range(0..=86_400)?) } else { None },
            credentials,
            enforce: if any_origin { Enforce::Off } else { *u.choose(&Enforce::SOME)? },
            timing: u.ratio(1, 4)?,
        })
    }

    /// The policy, if the rules let it be one. Dangers are allowed by name, because they make for more policies.
    pub fn build(&self) -> Option<Policy> {
        self.builder().build().ok()
    }

    pub fn builder(&self) -> PolicyBuilder {
        let mut builder = allow_dangers(Policy::builder());
        builder = if self.any_origin { builder.any_origin() } else { builder.origins(&self.origins) };
        for regex in &self.regexes {
            builder = builder.regex(*regex);
        }
        if let Some(host) = self.when {
            builder = builder.when(move |origin| origin.host() == host);
        }
        builder = builder.headers(&self.headers).expose(&self.expose).methods(&self.methods);
        if let Some(max_age) = self.max_age {
            builder = builder.max_age(max_age);
        }
        if self.credentials {
            builder = builder.credentials();
        }
        builder = match self.enforce {
            Enforce::Off => builder,
            Enforce::CrossOrigin => builder.enforce(),
            Enforce::Strict => builder.enforce_strict(),
        };
        if self.timing { builder.timing() } else { builder }
    }

    /// Whether an origin may read, by the words of the documentation.
    pub fn lists(&self, origin: &[u8]) -> bool {
        let by_regex = |regex: &&str| {
            let index = REGEXES.iter().position(|known| known == regex).expect("one of those");
            MATCHERS[index].is_match(origin)
        };
        self.any_origin
            || self.origins.iter().any(|entry| naive::matches(entry, origin))
            || naive::origin(origin).is_some_and(|parts| {
                self.regexes.iter().any(by_regex) || self.when.is_some_and(|host| host == parts.host)
            })
    }

    pub fn has_method(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.contains(&method)
    }
}

impl RequestCase {
    /// A request to a server with this policy.
    pub fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        let is_preflight = u.arbitrary()?;
        let mut others = Vec::new();
        if is_preflight {
            others.push(("access-control-request-method", (*u.choose(&METHODS)?).to_owned()));
            for _ in 0..u.int_in_range(0..=2)? {
                let names = some(u, &HEADERS[..4])?.join(*u.choose(&[",", ", ", ",,"])?);
                others.push(("access-control-request-headers", names));
            }
        }
        if u.ratio(1, 4)? {
            let site = *u.choose(&["same-origin", "same-site", "cross-site", "none", "?"])?;
            others.push(("sec-fetch-site", site.to_owned()));
        }
        if u.ratio(1, 6)? {
            others.push(("sec-fetch-mode", "navigate".to_owned()));
        }
        if u.ratio(1, 8)? {
            others.push(("connection", "upgrade".to_owned()));
            others.push(("upgrade", "websocket".to_owned()));
        }
        let count = *u.choose(&[1, 1, 1, 1, 1, 0, 2])?;
        Ok(Self {
            method: if is_preflight { "OPTIONS" } else { *u.choose(&METHODS)? },
            origins: (0..count).map(|_| origin(u)).collect::<Result<_>>()?,
            others,
        })
    }

    pub fn is_preflight(&self) -> bool {
        self.method == "OPTIONS"
            && !self.origins.is_empty()
            && self.field("access-control-request-method").is_some()
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        self.others.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }

    /// The request. Bytes that HTTP does not carry in a field are left out.
    pub fn build(&self) -> http::Request<axum::body::Body> {
        let mut request = http::Request::builder().method(self.method).uri("/path").header("host", HOST);
        for origin in &self.origins {
            if let Ok(origin) = http::HeaderValue::from_bytes(origin) {
                request = request.header("origin", origin);
            }
        }
        for (name, value) in &self.others {
            request = request.header(*name, value);
        }
        request.body(axum::body::Body::empty()).expect("a request")
    }
}

/// Allows everything by name that can be, apart from one, which changes what is served.
fn allow_dangers(builder: PolicyBuilder) -> PolicyBuilder {
    let allowed = Allow::ALL.iter().copied().filter(|allow| *allow != Allow::UnenforcedWebsocket);
    allowed.fold(builder, PolicyBuilder::allow)
}

/// Whether both implementations agree that this is an origin.
///
/// Of labels in punycode, the crate refuses some more: those with characters that are never in a domain.
pub fn is_comparable(origin: &[u8]) -> bool {
    let is_punycode = origin.windows(4).any(|window| window == b"xn--");
    !is_punycode || cors_runtime::Origin::parse(origin).is_some() == naive::origin(origin).is_some()
}

/// Some of these, in any order, each at most once.
fn some(u: &mut Unstructured<'_>, from: &[&'static str]) -> Result<Vec<&'static str>> {
    let mut found = Vec::new();
    for _ in 0..u.int_in_range(0..=3)? {
        let one = *u.choose(from)?;
        if !found.contains(&one) {
            found.push(one);
        }
    }
    Ok(found)
}

/// An entry of `origins`, mostly right.
pub fn entry(u: &mut Unstructured<'_>) -> Result<String> {
    let (scheme, host) = (*u.choose(&SCHEMES)?, *u.choose(&HOSTS)?);
    let (front, host) = match u.int_in_range(0..=7)? {
        0..=4 => ("", host),
        5 | 6 => ("*.", host),
        _ => ("*", ""),
    };
    let port = if u.ratio(1, 6)? { ":*" } else { u.choose(&PORTS)? };
    let entry = format!("{scheme}://{front}{host}{port}").into_bytes();
    Ok(String::from_utf8_lossy(&perhaps_changed(u, entry)?).into_owned())
}

/// The origin of a request, mostly one that browsers send.
pub fn origin(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    if u.ratio(1, 20)? {
        return Ok((*u.choose(&["null", "", "*", "https://api.example", "http://api.example"])?).into());
    }
    let (scheme, host, port) = (u.choose(&SCHEMES)?, u.choose(&HOSTS)?, u.choose(&PORTS)?);
    perhaps_changed(u, format!("{scheme}://{host}{port}").into_bytes())
}

/// Sometimes, a few bytes of it are others.
fn perhaps_changed(u: &mut Unstructured<'_>, mut text: Vec<u8>) -> Result<Vec<u8>> {
    if u.ratio(3, 4)? {
        return Ok(text);
    }
    for _ in 0..u.int_in_range(1..=3)? {
        let at = u.int_in_range(0..=text.len())?;
        let byte = if u.arbitrary()? { *u.choose(b".:/*-@%#?[]a0A_x \\")? } else { u.arbitrary()? };
        match u.int_in_range(0..=2)? {
            0 => text.insert(at, byte),
            1 if at < text.len() => text[at] = byte,
            _ if at < text.len() => drop(text.remove(at)),
            _ => {}
        }
    }
    Ok(text)
}
