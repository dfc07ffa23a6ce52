//! Why a text is not an entry of `origins`, and what was probably meant. Whether it is one, `grammar` says.

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::{
    grammar::{self, MAX_ORIGIN_BYTES, MAX_SCHEME_BYTES},
    help::{Help, Remedy, Snippet},
    host::{self, MAX_HOST_BYTES, MAX_LABEL_BYTES},
    pattern::Pattern,
    printable::Printable,
    public_suffix::registrable_domain,
    violation::{Fault, Rule},
};

/// What is wrong with a text that is not a pattern.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    pub(crate) fault: Fault,
    /// A regular expression that may have been meant. It has not been judged.
    pub(crate) expression: Option<String>,
}

/// How many mistakes of one text are repaired for the help. Each repair leaves a text that is nearer to an origin.
const MAX_REPAIRS: u8 = 6;

/// Texts beyond this are not looked into. It leaves room for a few origins in one text.
const MAX_TEXT_BYTES: usize = 4 * MAX_ORIGIN_BYTES;

/// The first thing that is wrong with this text, which is not a pattern, and the help for all that is.
pub(crate) fn explain(text: &str) -> Diagnosis {
    Doctor { text, repairs_left: MAX_REPAIRS }.explain()
}

/// `subject` is what has that origin or matches it, with its verb.
pub(crate) fn null(subject: &str) -> Fault {
    let message =
        format!("{subject} the origin of every sandboxed frame and local file, and anyone can create one");
    let help = Help::new([Remedy::advice("list the origins that you mean"), Remedy::AnyOrigin]);
    Fault::new(Rule::NullOrigin, message, help)
}

pub(crate) fn non_ascii(text: &str) -> Fault {
    let message =
        format!("`{}` is not ASCII: browsers send the punycode form of such a host", Printable(text));
    Fault::new(Rule::NonAscii, message, PUNYCODE_HELP)
}

const PUNYCODE_HELP: Remedy = Remedy::Advice(std::borrow::Cow::Borrowed(
    "write the host as `new URL(\"https://…\").host` prints it in a browser, for example `xn--mnchen-3ya.example`",
));

const EXPECTED_FORM: Remedy = Remedy::Example {
    advice: "write scheme, host and port as browsers send them",
    entries: const {
        &[
            Snippet::text("https://shop.example"),
            Snippet::text("https://*.shop.example"),
            Snippet::text("http://localhost:3000"),
        ]
    },
};

const SUBDOMAINS: Remedy = Remedy::Example {
    advice: "write the subdomains of one domain",
    entries: const { &[Snippet::text("https://*.shop.example")] },
};

#[derive(Clone, Copy)]
struct Doctor<'a> {
    text: &'a str,
    repairs_left: u8,
}

impl From<Fault> for Diagnosis {
    fn from(fault: Fault) -> Self {
        Self { fault, expression: None }
    }
}

/// Each step looks for one kind of mistake, and relies on the steps in front of it.
impl<'a> Doctor<'a> {
    fn explain(self) -> Diagnosis {
        let steps = || {
            self.check_text()?;
            let (scheme, rest) = self.check_scheme()?;
            let (host, port) = self.check_authority(scheme, rest)?;
            let host = self.check_wildcards(scheme, host, port)?;
            self.check_port(scheme, host, port)?;
            self.check_host(scheme, host)
        };
        match steps() {
            Err(diagnosis) => diagnosis,
            // Each part is right: it can only be the whole.
            Ok(()) => Fault::new(
                Rule::TooLong,
                format!(
                    "an origin has at most {MAX_ORIGIN_BYTES} bytes, and this one has {}",
                    self.text.len()
                ),
                Remedy::advice("shorten it: no browser sends it"),
            )
            .into(),
        }
    }

    /// A mistake of which we know what was meant: this, or what is left of it after further repairs.
    fn repair(self, rule: Rule, message: impl Into<String>, meant: &str) -> Diagnosis {
        if Pattern::parse(meant).is_some() {
            return Fault::new(rule, message, Remedy::write(meant.to_owned())).into();
        }
        match self.repairs_left.checked_sub(1) {
            Some(repairs_left) => {
                let Diagnosis { fault, expression } = Doctor { text: meant, repairs_left }.explain();
                Diagnosis { fault: Fault::new(rule, message, fault.help), expression }
            }
            None => Fault::new(rule, message, EXPECTED_FORM).into(),
        }
    }

    /// Several origins, each of which is to be an entry.
    fn separate(self, rule: Rule, message: impl Into<String>) -> Diagnosis {
        let is_separator = |char: char| char.is_whitespace() || matches!(char, ',' | ';' | '|');
        let origins: Vec<_> = self.text.split(is_separator).filter(|part| !part.is_empty()).collect();
        if let [only] = origins.as_slice()
            && *only != self.text
        {
            return self.repair(rule, message, only);
        }
        let help = match !origins.is_empty() && origins.iter().all(|origin| Pattern::parse(origin).is_some())
        {
            true => Remedy::write_all(origins),
            false => Remedy::advice("write each origin as an entry of its own"),
        };
        Fault::new(rule, message, help).into()
    }

    /// What can be said of the text before it is taken apart.
    fn check_text(self) -> Result<(), Diagnosis> {
        let text = self.text;
        let shown = Printable(text);
        if text.trim().is_empty() {
            return Err(Fault::new(Rule::Empty, "empty origin", EXPECTED_FORM).into());
        }
        if text.len() > MAX_TEXT_BYTES {
            let message =
                format!("an origin has at most {MAX_ORIGIN_BYTES} bytes, and this one has {}", text.len());
            return Err(Fault::new(Rule::TooLong, message, EXPECTED_FORM).into());
        }
        if text.trim().eq_ignore_ascii_case("null") {
            return Err(null("`null` is").into());
        }
        if text.chars().any(|char| char.is_whitespace() || char.is_control()) {
            let message = format!("`{shown}` contains white space or control characters");
            if text.matches("://").count() > 1 {
                return Err(self.separate(Rule::WhiteSpace, message));
            }
            let without = text.chars().filter(|char| !char.is_whitespace() && !char.is_control());
            return Err(self.repair(Rule::WhiteSpace, message, &without.collect::<String>()));
        }
        let quotes = ['"', '\'', '`'];
        if text.starts_with(quotes) || text.ends_with(quotes) {
            let message = format!("`{shown}` has quotes of its own");
            return Err(self.repair(Rule::BadScheme, message, text.trim_matches(quotes)));
        }
        if ["\\.", "\\d", "[a-z", "[0-9", "[^", ".+", "://.*", "(.*"]
            .iter()
            .any(|syntax| text.contains(syntax))
        {
            let message = format!("`{shown}` is a regular expression, and is written as a plain text");
            let fault = Fault::new(Rule::MisplacedWildcard, message, Help::new([SUBDOMAINS]));
            return Err(Diagnosis { fault, expression: Some(text.to_owned()) });
        }
        if !text.is_ascii() {
            return Err(non_ascii(text).into());
        }
        self.check_braces()?;
        self.check_case()
    }

    /// Braces around alternatives, or around a name that a template should have replaced.
    fn check_braces(self) -> Result<(), Diagnosis> {
        let text = self.text;
        let placeholders = ["${", "{{", "$(", "<"];
        let braces = text.split_once('{').and_then(|(front, rest)| Some((front, rest.split_once('}')?)));
        if let Some((front, (inner, rest))) = braces
            && inner.contains(',')
            && !placeholders.iter().any(|start| text.contains(start))
        {
            let origins: Vec<_> =
                inner.split(',').map(|one| format!("{front}{}{rest}", one.trim())).collect();
            let help =
                match origins.len() < 16 && origins.iter().all(|origin| Pattern::parse(origin).is_some()) {
                    true => Remedy::write_all(origins.iter().map(String::as_str)),
                    false => Remedy::advice("write each origin as an entry of its own"),
                };
            let message = format!("`{}` has alternatives in braces", Printable(text));
            return Err(Fault::new(Rule::BadHost, message, help).into());
        }
        if braces.is_some() || placeholders.iter().any(|start| text.contains(start)) {
            let message = format!("`{}` contains a placeholder that nothing has replaced", Printable(text));
            return Err(Fault::new(Rule::BadHost, message, EXPECTED_FORM).into());
        }
        Ok(())
    }

    /// Upper case is right in opaque hosts only.
    fn check_case(self) -> Result<(), Diagnosis> {
        let text = self.text;
        let lower = match text.split_once("://") {
            Some((scheme, rest)) if !grammar::is_web_scheme(&scheme.to_ascii_lowercase()) => {
                format!("{}://{rest}", scheme.to_ascii_lowercase())
            }
            _ => text.to_ascii_lowercase(),
        };
        if lower == text {
            return Ok(());
        }
        let message = format!("`{text}` has upper case, which browsers never send in an origin");
        Err(self.repair(Rule::UpperCase, message, &lower))
    }

    /// The scheme, and what follows `://`.
    fn check_scheme(self) -> Result<(&'a str, &'a str), Diagnosis> {
        let text = self.text;
        let Some((scheme, rest)) = text.split_once("://") else { return Err(self.without_scheme()) };
        if scheme.is_empty() {
            return Err(self.missing_scheme(rest));
        }
        // `*://`, `http*://`, `http(s)://`, `https?://`, `{http,https}://`
        if scheme.contains(['*', '?', '(']) {
            let both = ["https", "http"].map(|scheme| format!("{scheme}://{rest}"));
            let help = match both.iter().all(|origin| Pattern::parse(origin).is_some()) {
                true => Remedy::write_all(both.iter().map(String::as_str)),
                false => Remedy::advice("write an entry for each scheme"),
            };
            let message = format!("the scheme of `{}` cannot be a pattern", Printable(text));
            return Err(Fault::new(Rule::MisplacedWildcard, message, help).into());
        }
        if scheme.len() > MAX_SCHEME_BYTES {
            let message =
                format!("a scheme has at most {MAX_SCHEME_BYTES} bytes, and this one has {}", scheme.len());
            return Err(Fault::new(Rule::TooLong, message, EXPECTED_FORM).into());
        }
        if !grammar::is_scheme(scheme) {
            let message = format!("`{}` is not a valid scheme", Printable(scheme));
            return Err(Fault::new(Rule::BadScheme, message, EXPECTED_FORM).into());
        }
        if grammar::is_scheme_without_origins(scheme) {
            return Err(scheme_without_origins(scheme).into());
        }
        if let Some(secure) = scheme.strip_prefix("ws").filter(|rest| matches!(*rest, "" | "s")) {
            let message =
                format!("no page has a `{scheme}` origin: a WebSocket request has the origin of its page");
            return Err(self.repair(Rule::BadScheme, message, &format!("http{secure}://{rest}")));
        }
        Ok((scheme, rest))
    }

    fn without_scheme(self) -> Diagnosis {
        let text = self.text;
        let shown = Printable(text);
        let scheme = text.split(':').next().unwrap_or(text);
        if grammar::is_scheme_without_origins(scheme) && scheme.len() < text.len() {
            return scheme_without_origins(scheme).into();
        }
        if text.contains('*') && !text.contains(['.', ':']) {
            let message = format!("`{shown}` is not a valid pattern");
            let help = Help::new([Remedy::AnyOrigin, EXPECTED_FORM]);
            return Fault::new(Rule::MisplacedWildcard, message, help).into();
        }
        if ["all", "every", "everyone", "everything"].contains(&text) {
            let help = Help::new([Remedy::AnyOrigin, EXPECTED_FORM]);
            return Fault::new(Rule::MissingScheme, format!("`{shown}` is not an origin"), help).into();
        }
        if grammar::is_web_scheme(scheme) && scheme.len() < text.len() {
            let rest = text[scheme.len() + 1..].trim_start_matches('/');
            let message = format!("`{shown}` is missing `//`");
            return self.repair(Rule::MissingScheme, message, &format!("{scheme}://{rest}"));
        }
        if let Some((scheme, rest)) =
            text.split_once("//").filter(|(scheme, _)| grammar::is_web_scheme(scheme))
        {
            let message = format!("`{shown}` is missing a `:`");
            return self.repair(Rule::MissingScheme, message, &format!("{scheme}://{rest}"));
        }
        self.missing_scheme(text.trim_start_matches('/'))
    }

    /// `rest` is what there is.
    fn missing_scheme(self, rest: &str) -> Diagnosis {
        let message = format!("`{}` is missing a scheme", Printable(self.text));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, port) = grammar::split_port(&rest[..end]);
        let is_local = host::is_loopback(host) || host::is_ip_address(host);
        // A single word is rather a slip than a host.
        if !is_local && port.is_none() && !host.contains(['.', '*']) {
            return Fault::new(Rule::MissingScheme, message, EXPECTED_FORM).into();
        }
        let scheme = if is_local { "http" } else { "https" };
        self.repair(Rule::MissingScheme, message, &format!("{scheme}://{rest}"))
    }

    /// Host and port, with nothing in front or behind.
    fn check_authority(self, scheme: &str, rest: &'a str) -> Result<(&'a str, Option<&'a str>), Diagnosis> {
        let text = self.text;
        let shown = Printable(text);
        if text.matches("://").count() > 1 {
            return Err(self.separate(Rule::Path, format!("`{shown}` is more than one origin")));
        }
        let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        if let Some((_, host)) = authority.rsplit_once('@') {
            let message = format!("`{shown}` has a user name, which is not part of an origin");
            return Err(self.repair(Rule::UserInfo, message, &format!("{scheme}://{host}")));
        }
        if authority.is_empty()
            && !tail.trim_start_matches(['/', '\\']).is_empty()
            && !tail.starts_with(['?', '#'])
        {
            let rest = tail.trim_start_matches(['/', '\\']);
            let message = format!("`{shown}` has more than two slashes behind its scheme");
            return Err(self.repair(Rule::EmptyHost, message, &format!("{scheme}://{rest}")));
        }
        let (rule, what) = match tail.chars().next() {
            None => return Ok(grammar::split_port(authority)),
            Some('?') if authority.is_empty() || tail.starts_with("?.") => {
                return Err(question_mark());
            }
            Some('?') => (Rule::Query, "a query"),
            Some('#') => (Rule::Fragment, "a fragment"),
            Some(_) if authority.is_empty() => return Ok(("", None)),
            Some(_) if tail.len() == 1 => (Rule::Path, "a slash at the end"),
            Some(_) => (Rule::Path, "a path"),
        };
        let message = format!("`{shown}` has {what}, which is not part of an origin");
        Err(self.repair(rule, message, &format!("{scheme}://{authority}")))
    }

    /// The host without `*.` in front.
    fn check_wildcards(self, scheme: &str, host: &'a str, port: Option<&str>) -> Result<&'a str, Diagnosis> {
        let shown = Printable(self.text);
        let is_web = grammar::is_web_scheme(scheme);
        if host == "*" && is_web {
            let message = format!("`{shown}` would match every {scheme} origin");
            return Err(Fault::new(
                Rule::MisplacedWildcard,
                message,
                Help::new([Remedy::AnyOrigin, SUBDOMAINS]),
            )
            .into());
        }
        if let Some(port) = port.filter(|port| port.contains('*') && *port != "*") {
            let message = format!("the `*` in `{port}` must replace the whole port");
            return Err(self.repair(Rule::MisplacedWildcard, message, &format!("{scheme}://{host}:*")));
        }
        let rest = host.strip_prefix("*.").unwrap_or(host);
        if !rest.contains('*') {
            return Ok(rest);
        }
        if host == "*" {
            return Ok("any");
        }
        if !is_web {
            let message = format!("`{shown}`: `*` is only allowed as the whole host or as the port `:*`");
            let help = Remedy::advice("write each host in full");
            return Err(Fault::new(Rule::MisplacedWildcard, message, help).into());
        }
        let message = format!("`{shown}`: `*` is only allowed as the leading `*.` or as the port `:*`");
        // `*shop.example`: this asks for whatever ends so, which others can register. Subdomains were meant.
        if let Some(domain) = host.strip_prefix('*').filter(|domain| is_registrable(domain)) {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            return Err(self.repair(
                Rule::MisplacedWildcard,
                message,
                &format!("{scheme}://*.{domain}{port}"),
            ));
        }
        let fault =
            Fault::new(Rule::MisplacedWildcard, message, Remedy::advice("list the origins one by one"));
        Err(Diagnosis { fault, expression: expression(scheme, host, port) })
    }

    fn check_port(self, scheme: &str, host: &str, port: Option<&str>) -> Result<(), Diagnosis> {
        let Some(port) = port else { return Ok(()) };
        let shown = Printable(self.text);
        // It may have a wildcard.
        let without =
            self.text.strip_suffix(port).and_then(|text| text.strip_suffix(':')).unwrap_or(self.text);
        if host.is_empty() {
            return Err(Fault::new(Rule::EmptyHost, format!("`{shown}` has no host"), EXPECTED_FORM).into());
        }
        if port.is_empty() {
            return Err(self.repair(Rule::BadPort, format!("`{shown}` has a colon but no port"), without));
        }
        if port == "*" {
            return Ok(());
        }
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        let Some(number) = port.parse::<u16>().ok().filter(|number| *number != 0 && is_number) else {
            let message = format!("`{}` is not a valid port", Printable(port));
            let help = Remedy::advice("write a port from 1 to 65535, or `*` for any");
            return Err(Fault::new(Rule::BadPort, message, help).into());
        };
        if port.starts_with('0') {
            let message = format!("`{port}` has leading zeros, which browsers never send");
            return Err(self.repair(Rule::BadPort, message, &format!("{without}:{number}")));
        }
        if grammar::default_port(scheme) == Some(number) {
            let message = format!("{number} is the default port of `{scheme}`, and browsers omit it");
            return Err(self.repair(Rule::DefaultPort, message, without));
        }
        Ok(())
    }

    fn check_host(self, scheme: &str, host: &str) -> Result<(), Diagnosis> {
        let text = self.text;
        let is_web = grammar::is_web_scheme(scheme);
        let has_wildcard = text.contains("://*.");
        let bad = |message: String| Diagnosis::from(Fault::new(Rule::BadHost, message, EXPECTED_FORM));
        if host.is_empty() {
            let message = format!("`{}` has no host", Printable(text));
            return Err(Fault::new(Rule::EmptyHost, message, EXPECTED_FORM).into());
        }
        if has_wildcard && host::is_ip_address(host) {
            let message = format!("`{host}` is an IP address, which has no subdomains");
            return Err(self.repair(Rule::MisplacedWildcard, message, &text.replacen("*.", "", 1)));
        }
        if let Some(rest) = host.strip_prefix('[') {
            return self.check_ipv6(host, rest);
        }
        if host.len() > MAX_HOST_BYTES {
            let message =
                format!("a host has at most {MAX_HOST_BYTES} bytes, and this one has {}", host.len());
            return Err(Fault::new(Rule::TooLong, message, EXPECTED_FORM).into());
        }
        if has_wildcard && host.len() + 2 > MAX_HOST_BYTES {
            let message =
                format!("no subdomain of a host of {} bytes fits into {MAX_HOST_BYTES}", host.len());
            return Err(Fault::new(
                Rule::TooLong,
                message,
                Remedy::advice("shorten it: no browser sends it"),
            )
            .into());
        }
        if !is_web {
            let other = host.chars().find(|char| !char.is_ascii() || !host::is_opaque_host_byte(*char as u8));
            return other.map_or(Ok(()), |char| Err(bad(format!("`{char}` cannot be in a host"))));
        }
        let is_host_char = |char: &char| matches!(char, 'a'..='z' | '0'..='9' | '-' | '_' | '.');
        if let Some(char) = host.chars().find(|char| !is_host_char(char)) {
            return Err(match char {
                '%' => bad("browsers never send a percent-encoded host".to_owned()),
                ',' | ';' | '|' => self.separate(Rule::BadHost, format!("`{char}` cannot be in a host")),
                _ => bad(format!("`{char}` cannot be in a host")),
            });
        }
        let name = host.strip_suffix('.').unwrap_or(host);
        if name.split('.').any(str::is_empty) {
            return Err(bad(format!("the host `{host}` has an empty label")));
        }
        if let Some(label) = name.split('.').find(|label| label.len() > MAX_LABEL_BYTES) {
            let message =
                format!("a label has at most {MAX_LABEL_BYTES} bytes, and `{label}` has {}", label.len());
            return Err(Fault::new(Rule::TooLong, message, EXPECTED_FORM).into());
        }
        if host::ends_in_a_number(host) && !host::is_ip_address(host) {
            let message = format!("`{host}` is not a valid IPv4 address in the form that browsers send");
            return Err(match ipv4_number(name) {
                Some(address) => {
                    self.repair(Rule::BadIpAddress, message, &text.replacen(host, &address.to_string(), 1))
                }
                None => Fault::new(Rule::BadIpAddress, message, EXPECTED_FORM).into(),
            });
        }
        if let Some(label) = name.split('.').find(|label| !host::is_web_host(&format!("{label}.example"))) {
            let message = format!("`{label}` is not valid punycode, so no browser sends it");
            return Err(Fault::new(Rule::BadHost, message, PUNYCODE_HELP).into());
        }
        Ok(())
    }

    /// `rest` is what follows the bracket in the host.
    fn check_ipv6(self, host: &str, rest: &str) -> Result<(), Diagnosis> {
        let bad = |message: String| Diagnosis::from(Fault::new(Rule::BadIpAddress, message, EXPECTED_FORM));
        let Some(address) = rest.strip_suffix(']') else {
            return Err(bad(format!("`{}` is not a valid IPv6 address in brackets", Printable(host))));
        };
        if address.contains('%') {
            return Err(bad("browsers never send the zone of an IPv6 address".to_owned()));
        }
        let Ok(parsed) = address.parse::<Ipv6Addr>() else {
            return Err(bad(format!("`{}` is not a valid IPv6 address", Printable(address))));
        };
        let canonical = serialize_ipv6(parsed);
        if canonical == address {
            return Ok(());
        }
        let message = format!("`{address}` is not in the form in which browsers send IPv6 addresses");
        let meant = self.text.replacen(host, &format!("[{canonical}]"), 1);
        Err(self.repair(Rule::BadIpAddress, message, &meant))
    }
}

/// Whether this is a domain that somebody registered, and not a part of its name: `-shop.com` is what follows a `*`.
fn is_registrable(domain: &str) -> bool {
    !domain.starts_with(['-', '_']) && registrable_domain(domain) == Some(domain)
}

fn scheme_without_origins(scheme: &str) -> Fault {
    let message = match scheme {
        "file" => {
            "all local files share one origin: `null`, or `file://` in Electron and old WebViews".to_owned()
        }
        _ => format!("`{scheme}:` documents have the origin `null`, and anyone can create one"),
    };
    let help = "serve the page from a web server, for example from `http://localhost:8000`, or under a scheme of your \
                own, and list that origin";
    Fault::new(Rule::BadScheme, message, Remedy::advice(help))
}

fn question_mark() -> Diagnosis {
    Fault::new(Rule::BadHost, "`?` is not a wildcard, and cannot be in a host", SUBDOMAINS).into()
}

/// The expression that was probably meant by a host with a `*` inside of a label: one that matches no more than that.
fn expression(scheme: &str, host: &str, port: Option<&str>) -> Option<String> {
    let is_part = |char: char| matches!(char, 'a'..='z' | '0'..='9' | '-' | '_' | '*');
    if host.len() > MAX_HOST_BYTES
        || !host.split('.').all(|label| !label.is_empty() && label.chars().all(is_part))
    {
        return None;
    }
    let labels: Vec<_> = host.split('.').collect();
    let is_address = labels.len() == 4
        && labels.iter().all(|label| label.bytes().all(|byte| byte == b'*' || byte.is_ascii_digit()));
    let any = if is_address { "[0-9]+" } else { "[a-z0-9-]+" };
    let (front, labels) = match labels.as_slice() {
        ["*", rest @ ..] if !is_address => (r"([a-z0-9-]+\.)+", rest),
        labels => ("", labels),
    };
    let labels: Vec<_> = labels
        .iter()
        .map(|label| {
            let mut parts = label.split('*').peekable();
            let mut expression = parts.next().unwrap_or_default().to_owned();
            while let Some(part) = parts.next() {
                // `**` is one.
                if !part.is_empty() || parts.peek().is_none() {
                    expression += any;
                }
                expression += part;
            }
            expression
        })
        .collect();
    let port = match port {
        None => String::new(),
        Some("*") => "(:[0-9]+)?".to_owned(),
        Some(port) => match port.parse::<u16>().ok()? {
            number if grammar::default_port(scheme) == Some(number) => String::new(),
            number => format!(":{number}"),
        },
    };
    Some(format!(r"{scheme}://{front}{}{port}", labels.join(r"\.")))
}

/// The address that browsers make of a name like `127.1`, `0x7f.1` or `127.0.0.01`.
///
/// <https://url.spec.whatwg.org/#concept-ipv4-parser>
fn ipv4_number(name: &str) -> Option<Ipv4Addr> {
    let mut numbers = Vec::new();
    for part in name.split('.') {
        let number = match (part.strip_prefix("0x"), part.strip_prefix('0')) {
            (Some(""), _) | (_, Some("")) => Ok(0),
            (Some(hex), _) => u32::from_str_radix(hex, 16),
            (None, Some(octal)) => u32::from_str_radix(octal, 8),
            (None, None) => part.parse(),
        };
        numbers.push(number.ok()?);
    }
    // The last number is as many bytes as the others leave.
    let (last, first) = numbers.split_last()?;
    let mut bytes = last.to_be_bytes();
    let (taken, _) = bytes.split_at_mut_checked(first.len()).filter(|(_, left)| !left.is_empty())?;
    for (byte, number) in taken.iter_mut().zip(first) {
        if *byte != 0 {
            return None;
        }
        *byte = u8::try_from(*number).ok()?;
    }
    Some(Ipv4Addr::from(bytes))
}

/// The form that browsers send, which differs from the standard library's where an IPv4 address is mapped.
///
/// <https://url.spec.whatwg.org/#concept-ipv6-serializer>
fn serialize_ipv6(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => format!("::ffff:{high:x}:{low:x}"),
        _ => address.to_string(),
    }
}
