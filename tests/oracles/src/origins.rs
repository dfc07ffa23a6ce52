//! Origins against entries of `origins`.

use arbitrary::{Arbitrary, Result, Unstructured};
use cors_runtime::{Allow, Origin, Policy};
use http::{HeaderMap, HeaderValue, Method};

use crate::{is_origin, matches};

/// Entries, and an `Origin` that was made from one of them, or of anything.
#[derive(Clone, Debug)]
pub struct OriginsInput {
    /// The entries, right or wrong.
    pub entries: Vec<String>,
    /// The header's bytes.
    pub origin: Vec<u8>,
}

const SCHEMES: [&str; 6] = ["https", "http", "app", "moz-extension", "ftp", "HTTPS"];
const LABELS: [&str; 16] = [
    "a",
    "shop",
    "example",
    "evil",
    "com",
    "localhost",
    "xn--mnchen-3ya",
    "127",
    "0",
    "1",
    "0x1",
    "a_b",
    "-",
    "",
    "Shop",
    "github",
];
const HOSTS: [&str; 10] =
    ["[::1]", "[2001:db8::1]", "[::ffff:7f00:1]", "[0:0::1]", "127.0.0.1", "127.1", ".", "My.App", "*", "**"];
const PORTS: [&str; 10] = ["", "", "", ":*", ":80", ":443", ":8080", ":0", ":", ":65536"];
/// What attackers put between, in front of and behind the parts of origins.
const INSERTIONS: [&str; 14] =
    [".", "*.", "@", "/", "#", "?", "\\", ":", "%2e", "\u{3002}", "x", "https://", "\0", " "];

impl<'a> Arbitrary<'a> for OriginsInput {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut entries = Vec::new();
        for _ in 0..u.int_in_range(1..=5)? {
            entries.push(text(u)?);
        }
        let origin = match u.int_in_range(0..=5)? {
            // Bytes without any plan.
            0 => u.bytes(u.len().min(80))?.to_vec(),
            1 => text(u)?.into_bytes(),
            // An entry, with something done to it.
            _ => {
                let mut origin = u.choose(&entries)?.clone();
                if origin.contains('*') {
                    origin = origin.replacen(":*", u.choose(&["", ":8080", ":80", ":1"])?, 1);
                    origin =
                        origin.replacen('*', u.choose(&["a", "b.c", "", "evil.example/", "x_y", "."])?, 1);
                }
                let mut origin = origin.into_bytes();
                for _ in 0..u.int_in_range(0..=2)? {
                    let at = u.int_in_range(0..=origin.len())?;
                    let end = u.int_in_range(at..=origin.len().min(at + 3))?;
                    let insertion = match u.ratio(1, 4)? {
                        true => vec![u.arbitrary()?],
                        false => u.choose(&INSERTIONS)?.as_bytes().to_vec(),
                    };
                    origin.splice(at..end, insertion);
                }
                origin
            }
        };
        Ok(Self { entries, origin })
    }
}

fn text(u: &mut Unstructured<'_>) -> Result<String> {
    let mut text = format!("{}://", u.choose(&SCHEMES)?);
    if u.ratio(1, 3)? {
        text.push_str("*.");
    }
    if u.ratio(1, 4)? {
        text.push_str(u.choose(&HOSTS)?);
    } else {
        let mut labels = Vec::new();
        for _ in 0..u.int_in_range(1..=4)? {
            labels.push(*u.choose(&LABELS)?);
        }
        text.push_str(&labels.join("."));
    }
    text.push_str(u.choose(&PORTS)?);
    Ok(text)
}

/// Each origin is allowed that an entry matches, and no other; what is an entry without wildcards is an origin as well.
pub fn check_origins(OriginsInput { entries, origin }: &OriginsInput) {
    let parsed = Origin::parse(origin);
    if let Some(is_origin) = is_origin(origin) {
        assert_eq!(parsed.is_some(), is_origin, "{}", origin.escape_ascii());
    }
    if let Some(parsed) = parsed {
        assert_eq!(parsed.to_string().as_bytes(), origin, "an origin is written as it was sent");
    }

    // An entry that is refused must not hide what is wrong with the others.
    let is_entry = |entry: &&String| Policy::builder().origins([entry.as_str()]).build().is_ok();
    let entries: Vec<&String> = entries.iter().filter(is_entry).collect();
    for entry in &entries {
        let is_exact = !entry.contains('*');
        assert_eq!(Origin::parse(entry.as_bytes()).is_some(), is_exact, "{entry}");
        if is_exact {
            assert_ne!(is_origin(entry.as_bytes()), Some(false), "{entry}");
        }
    }
    let Ok(header) = HeaderValue::from_bytes(origin) else { return };
    if is_origin(origin).is_none() {
        return;
    }
    for credentials in [false, true] {
        let mut builder = Policy::builder().origins(entries.iter().map(|entry| entry.as_str()));
        if credentials {
            // Whether they are dangerous is another matter.
            let allow = [Allow::InsecureOrigins, Allow::PublicSuffix, Allow::OpenScheme];
            builder = allow.into_iter().fold(builder.credentials(), cors_runtime::PolicyBuilder::allow);
        }
        let policy = match builder.build() {
            Ok(policy) => policy,
            Err(_) if entries.is_empty() => return,
            Err(error) => panic!("each of {entries:?} is right by itself, and together: {error}"),
        };
        let is_expected = entries.iter().any(|entry| matches(entry, origin));
        let mut request = HeaderMap::new();
        request.insert("origin", header.clone());
        let mut response = HeaderMap::new();
        policy.answer(&Method::GET, &request).write(&mut response);
        let allowed = response.get("access-control-allow-origin");
        let is_granted = allowed.is_some_and(|allowed| allowed == header);
        assert_eq!(is_granted, is_expected, "{entries:?} {}", origin.escape_ascii());
        assert_eq!(response.contains_key("access-control-allow-credentials"), is_granted && credentials);
        // Another origin is named to a stranger only if it is the only one there is.
        assert!(
            allowed.is_none()
                || is_granted
                || entries.len() >= 1 && !allowed.is_some_and(|allowed| allowed == "*")
        );
    }
}
