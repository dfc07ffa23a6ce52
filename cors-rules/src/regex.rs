//! Regular expressions for origins: which of them a policy may have, and their automata.
//!
//! An expression is always for the whole serialised origin, in ASCII, and case-sensitive. It is refused if it matches no
//! origin, or `null`. And it knows whether it matches an origin of a domain that it does not contain literally, because
//! that is how expressions go wrong: by a dot that matches any character, or a `.*` with no dot behind it.
//!
//! # The proof
//!
//! 1. [`LiteralHosts`] are the hosts that the expression contains, letter by letter. They come from its text alone: a
//!    range of letters, `\d` or `.*` is not literal, and neither is a letter of a public suffix that may be missing.
//! 2. Whoever has a *registrable domain*, by the Public Suffix List, has all names below it. Each literal host that has
//!    one covers its domain; in `a.amazonaws.com`, where other parts of the domain are other people's, it covers itself
//!    and what is below it. A host without one covers itself alone: a name of one label, a public suffix, an IP address.
//! 3. [`witness::witnesses`] looks for the shortest origin that the expression matches and no literal host covers. It
//!    walks through the expression's automaton, those of the literal hosts and those of the grammar of origins, side by
//!    side, until it is at the goal or has visited each joint state that there is.
//!
//! If it finds none, there is none, and each origin that is matched has a domain that can be read in the expression. If
//! it finds one, the expression does match it, though it may be longer than browsers send.
//!
//! The search distinguishes four kinds, because they differ in who can have such an origin: a domain below a public suffix
//! that is literal, as with `*.github.io`; any other domain; an IP address, which nobody registers; and the hosts of a
//! scheme that is not a web scheme, which have no domains.
//!
//! What does not leave the machine need not be literal: `localhost`, the names below it, and loopback addresses. Nobody
//! else can have them. Every other IP address has to be, private ones too, because the next machine in a local network
//! is not the developer's own either. The same holds for a name of one label, which is somebody else's in another
//! network.

use std::fmt;

use regex_automata::{
    Anchored, Input,
    dfa::{Automaton as _, sparse},
};
use regex_syntax::{
    ast::{self, Ast},
    hir::{Hir, translate::TranslatorBuilder},
};

use crate::{
    danger::Danger,
    diagnosis, grammar,
    help::{Help, Remedy},
    key::Key,
    origin::Origin,
    pattern::Pattern,
    printable::Printable,
    public_suffix::{has_public_suffix_below, registrable_domain},
    spec::Allow,
    violation::{Fault, Rule},
};

use self::{
    automaton::{DenseDfa, MAX_BYTES, TooLarge},
    literal_hosts::LiteralHosts,
    witness::Witnesses,
};

mod automaton;
mod literal_hosts;
mod product;
#[cfg(test)]
mod soundness;
#[cfg(test)]
mod tests;
mod witness;

/// How deep the groups of an expression may be nested.
const MAX_DEPTH: u32 = 32;

/// How long an expression may be.
const MAX_EXPRESSION_BYTES: usize = 4 * 1024;

/// A regular expression for whole serialised origins.
///
/// It is valid, it matches at least one origin, and it does not match `null`.
#[derive(Clone)]
pub struct OriginRegex {
    text: String,
    expression: Hir,
    automaton: sparse::DFA<Vec<u8>>,
    witnesses: Witnesses,
}

/// The automaton of several expressions, as bytes for `regex_automata::dfa::sparse::DFA::from_bytes`.
///
/// Its patterns are the expressions, in their order. It is searched anchored, and each match is of the whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automaton {
    /// For processors whose least significant byte comes first.
    pub little_endian: Vec<u8>,
    /// For the others.
    pub big_endian: Vec<u8>,
}

impl OriginRegex {
    /// The expression that this text is, or the first thing that is wrong with it.
    pub(crate) fn parse(pattern: &str) -> Result<Self, Fault> {
        check_text(pattern)?;
        let (ast, expression) = parse(pattern)?;
        let expression = automaton::anchored(expression);
        let dense = automaton::build(std::slice::from_ref(&expression)).map_err(too_large)?;
        let automaton = to_sparse(&dense).map_err(too_large)?;
        if is_match(&automaton, b"null") {
            return Err(diagnosis::null(&format!("`{}` matches `null`, which is", Printable(pattern))));
        }
        let witnesses = witness::witnesses(&dense, &LiteralHosts::from_ast(&ast)).map_err(too_complex)?;
        match &witnesses.origin {
            // Of punycode, the search knows the letters only; other origins of the expression may be right.
            Some(origin) if Pattern::parse(origin).is_some() || origin.contains("xn--") => {}
            _ => return Err(no_origin(pattern, &dense)),
        }
        Ok(Self { text: pattern.to_owned(), expression, automaton, witnesses })
    }

    /// The expression as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches this origin, from its first byte to its last.
    pub(crate) fn matches(&self, origin: &[u8]) -> bool {
        is_match(&self.automaton, origin)
    }

    /// What of it is dangerous in a policy with or without credentials.
    pub(crate) fn dangers(&self, credentials: bool) -> Vec<Danger> {
        let Witnesses { origin: _, open, below_suffix, address, open_scheme, insecure } = &self.witnesses;
        // Without credentials, others read what anyone could ask for: that can be allowed.
        let (open_domain, public_suffix): (&[_], &[_]) = match credentials {
            true => (&[], &[Allow::PublicSuffix]),
            false => (&[Allow::OpenDomain], &[Allow::OpenDomain, Allow::PublicSuffix]),
        };
        // Of both kinds, the first is the worse, and the second is the plainer example.
        let open_domain = match (open, below_suffix) {
            (Some(open), below_suffix) => {
                Some(self.open_domain(below_suffix.as_ref().unwrap_or(open), open_domain))
            }
            (None, Some(below_suffix)) => Some(self.open_domain(below_suffix, public_suffix)),
            (None, None) => None,
        };
        let address = address.as_deref().map(|witness| self.open_address(witness));
        let open_scheme = open_scheme.as_deref().map(|witness| self.open_scheme(witness));
        let insecure = insecure.as_deref().map(Danger::insecure);
        let with_credentials = open_scheme.into_iter().chain(insecure).filter(|_| credentials);
        open_domain.into_iter().chain(address).chain(with_credentials).collect()
    }

    fn open_domain(&self, witness: &str, allowed_by: &[Allow]) -> Danger {
        let host = Origin::parse(witness.as_bytes()).map_or(witness, |origin| origin.host());
        let domain =
            registrable_domain(host).filter(|domain| !has_public_suffix_below(domain)).unwrap_or(host);
        let what = match domain == host {
            true => "a domain that the expression does not contain literally".to_owned(),
            false => format!("and the expression does not contain the domain `{domain}` literally"),
        };
        let message = format!("`{}` also matches `{witness}`, {what}", Printable(&self.text));
        // That a whole top-level domain is meant is less likely than a slip.
        let is_below_suffix = allowed_by.contains(&Allow::PublicSuffix);
        let may_be_meant =
            is_below_suffix && domain.split_once('.').is_some_and(|(_, suffix)| suffix.contains('.'));
        let way_out = match allowed_by.first() {
            Some(allow) if may_be_meant || *allow == Allow::OpenDomain => Remedy::allow(*allow),
            _ => Remedy::RemoveFlag(Key::Credentials),
        };
        let help = match self.with_literal_dots() {
            Some(text) => Remedy::advice(format!("write `\\.` for a dot: `{text}`")).into(),
            None => Help::new([Remedy::advice(OWN_DOMAIN), way_out]),
        };
        let rule = match allowed_by {
            [Allow::PublicSuffix] => Rule::PublicSuffix,
            _ => Rule::OpenDomain,
        };
        Danger { fault: Fault::new(rule, message, help), allowed_by: allowed_by.to_vec(), may_be_meant }
    }

    fn open_address(&self, witness: &str) -> Danger {
        let shown = Printable(&self.text);
        let message =
            format!("`{shown}` also matches `{witness}`, an address that it does not contain literally");
        let help =
            Help::new([Remedy::advice("write each address in full"), Remedy::allow(Allow::OpenDomain)]);
        let fault = Fault::new(Rule::OpenDomain, message, help);
        Danger { fault, allowed_by: vec![Allow::OpenDomain], may_be_meant: true }
    }

    fn open_scheme(&self, witness: &str) -> Danger {
        let shown = Printable(&self.text);
        let message =
            format!("`{shown}` also matches `{witness}`, a host that it does not contain literally");
        let help = Help::new([Remedy::advice("write each host in full"), Remedy::allow(Allow::OpenScheme)]);
        let fault = Fault::new(Rule::OpenScheme, message, help);
        Danger { fault, allowed_by: vec![Allow::OpenScheme], may_be_meant: true }
    }

    /// What was meant, if dots that match any character are all that is wrong.
    fn with_literal_dots(&self) -> Option<String> {
        let (ast, _) = parse(&self.text).ok()?;
        let text = literal_hosts::with_literal_dots(&self.text, &ast)?;
        let Witnesses { open, below_suffix, .. } = Self::parse(&text).ok()?.witnesses;
        (open.is_none() && below_suffix.is_none()).then_some(text)
    }
}

impl fmt::Debug for OriginRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OriginRegex").field(&self.text).finish()
    }
}

impl Automaton {
    /// The automaton of these expressions together.
    pub(crate) fn new(expressions: &[OriginRegex]) -> Result<Self, Fault> {
        let automaton = match expressions {
            // It has been built to prove it.
            [only] => only.automaton.clone(),
            several => {
                let several: Vec<Hir> = several.iter().map(|regex| regex.expression.clone()).collect();
                automaton::build(&several).and_then(|automaton| to_sparse(&automaton)).map_err(too_large)?
            }
        };
        Ok(Self {
            little_endian: automaton.to_bytes_little_endian(),
            big_endian: automaton.to_bytes_big_endian(),
        })
    }
}

/// The form in which it is carried.
fn to_sparse(automaton: &DenseDfa) -> Result<sparse::DFA<Vec<u8>>, TooLarge> {
    let automaton = automaton.to_sparse().map_err(|_| TooLarge)?;
    if automaton.write_to_len() > MAX_BYTES { Err(TooLarge) } else { Ok(automaton) }
}

fn is_match(automaton: &sparse::DFA<Vec<u8>>, text: &[u8]) -> bool {
    let end = automaton.try_search_fwd(&Input::new(text).anchored(Anchored::Yes));
    end.is_ok_and(|end| end.is_some_and(|end| end.offset() == text.len()))
}

/// What can be said of the text before it is parsed.
fn check_text(pattern: &str) -> Result<(), Fault> {
    if pattern.trim().is_empty() {
        return Err(Fault::new(Rule::Empty, "empty regular expression", EXPECTED_FORM));
    }
    if pattern.len() > MAX_EXPRESSION_BYTES {
        let message = format!(
            "an expression has at most {MAX_EXPRESSION_BYTES} bytes, and this one has {}",
            pattern.len()
        );
        return Err(Fault::new(Rule::RegexTooLarge, message, SMALLER));
    }
    if !pattern.is_ascii() {
        return Err(diagnosis::non_ascii(pattern));
    }
    Ok(())
}

const EXPECTED_FORM: Remedy = Remedy::Advice(std::borrow::Cow::Borrowed(
    r"write an expression for the whole origin, for example `https://([a-z0-9-]+\.)*shop\.example`",
));

const SMALLER: Remedy = Remedy::Advice(std::borrow::Cow::Borrowed(
    "write fewer counted repetitions like `{1,63}`, or list the origins one by one",
));

const OWN_DOMAIN: &str = "let the host end in a domain that is yours, as in \
                          `https://([a-z0-9-]+\\.)*shop\\.example`";

/// The expression as it is written, and as it is meant.
fn parse(pattern: &str) -> Result<(Ast, Hir), Fault> {
    let ast = ast::parse::ParserBuilder::new()
        .nest_limit(MAX_DEPTH)
        .build()
        .parse(pattern)
        .map_err(|error| syntax_error(pattern, &error))?;
    if let Some(part) = literal_hosts::empty_alternative(&ast) {
        return Err(empty_alternative(pattern, part));
    }
    let expression = TranslatorBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .translate(pattern, &ast)
        .ok()
        // Nothing else can go wrong there.
        .filter(|expression| !expression.properties().look_set().contains_word_unicode())
        .ok_or_else(|| {
            let message = format!("`{}` uses a Unicode feature, and origins are ASCII", Printable(pattern));
            Fault::new(Rule::BadRegex, message, Remedy::advice(r"remove `\p` and `(?u)`"))
        })?;
    Ok((ast, expression))
}

fn syntax_error(pattern: &str, error: &ast::Error) -> Fault {
    let rest: String = pattern[error.span().start.offset..].chars().take(16).collect();
    let place = if rest.is_empty() { "its end".to_owned() } else { format!("`{}`", Printable(&rest)) };
    let (what, help) = match error.kind() {
        ast::ErrorKind::UnsupportedLookAround => {
            ("uses look-around".to_owned(), "write what is allowed: an expression cannot make exceptions")
        }
        ast::ErrorKind::UnsupportedBackreference => {
            ("uses a backreference".to_owned(), "write the alternatives in full")
        }
        ast::ErrorKind::NestLimitExceeded(limit) => {
            (format!("nests groups more than {limit} deep"), "write it with fewer groups")
        }
        kind => (
            format!("is not a valid regular expression: {kind}"),
            r"write `\` in front of each character that is meant literally, and close each group and class",
        ),
    };
    let message = format!("`{}` {what}, at {place}", Printable(pattern));
    Fault::new(Rule::BadRegex, message, Remedy::advice(help))
}

fn empty_alternative(pattern: &str, part: &Ast) -> Fault {
    let part = &pattern[part.span().start.offset..part.span().end.offset];
    let message = format!("an alternative of `{}` is empty", Printable(part));
    let rest = part.trim_matches('|');
    let help = match rest.contains("||") || rest.is_empty() || rest.len() == pattern.len() - 1 {
        true => "remove the dangling `|`".to_owned(),
        false => format!("remove the dangling `|`, or write `({rest})?` if it is optional"),
    };
    Fault::new(Rule::RegexEmptyAlternative, message, Remedy::advice(help))
}

/// The message shows a text that the expression does match.
fn no_origin(pattern: &str, automaton: &DenseDfa) -> Fault {
    let shown = Printable(pattern);
    match witness::any_text(automaton) {
        Err(error) => too_complex(error),
        Ok(None) => {
            Fault::new(Rule::RegexMatchesNothing, format!("`{shown}` matches nothing"), EXPECTED_FORM)
        }
        Ok(Some(text)) => {
            let because = match grammar::pattern(&text) {
                None => format!(": {}", diagnosis::explain(&text).fault.message),
                Some(_) => String::new(),
            };
            let message = format!(
                "`{shown}` only matches texts that are not origins, for example `{}`{because}",
                Printable(&text)
            );
            Fault::new(Rule::RegexMatchesNothing, message, EXPECTED_FORM)
        }
    }
}

fn too_large(_: TooLarge) -> Fault {
    let message = format!("the expression is too complex: it compiles to more than {} KiB", MAX_BYTES / 1024);
    Fault::new(Rule::RegexTooLarge, message, SMALLER)
}

fn too_complex(_: TooLarge) -> Fault {
    let message = "the expression is too complex to determine which domains it matches";
    Fault::new(Rule::RegexTooLarge, message, SMALLER)
}
