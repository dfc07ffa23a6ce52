//! The handler's arguments against its policy: what no page could send, the handler cannot get. Must not know how a
//! policy is written or served.
//!
//! Types are known by their last name, as people write them, so that one of the user's own may be meant by it. Each rule
//! has a name in `allow(..)` for that.

use cors_rules::{Allow, Proven};
use quote::ToTokens;
use syn::{FnArg, GenericArgument, PathArguments, PathSegment, Signature, Type, spanned::Spanned};

use crate::{check::Policy, describe::code, errors::Errors, tokens::Extent};

/// Reports arguments that the policy keeps pages from sending, and enforces it where a WebSocket is opened.
///
/// What a policy that is written elsewhere has to grant is noted, for the compiler to check.
pub(crate) fn check(sig: &Signature, policy: &mut Policy<'_>, allow: &[Allow], errors: &mut Errors) {
    for input in &sig.inputs {
        let FnArg::Typed(argument) = input else { continue };
        let Some(segment) = extractor(&argument.ty) else { continue };
        if segment.ident == "WebSocketUpgrade" {
            policy.enforce();
        }
        let Some(need) = Need::of(segment).filter(|need| !allow.contains(&need.allow())) else { continue };
        let place = Extent::from_type(&argument.ty);
        match policy {
            Policy::Shared { proven, .. } if !need.is_met_by(proven) => {
                errors.add(place, need.message(segment), need.help(None));
            }
            Policy::At { path, needs, .. } => {
                let message = format!("{}\nhelp: {}", need.message(segment), need.help(Some(&code(path))));
                needs.push(Missing { need, place, message });
            }
            Policy::Wrong | Policy::SameOrigin | Policy::Delegate { .. } | Policy::Shared { .. } => {}
        }
    }
}

/// What an argument needs of a policy that is not known here.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) need: Need,
    /// The argument's type.
    pub(crate) place: Extent,
    /// What to say if the policy does not grant it.
    pub(crate) message: String,
}

/// What an argument needs of a policy.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Need {
    ContentType,
    Authorization,
    Credentials,
}

impl Need {
    fn of(segment: &PathSegment) -> Option<Self> {
        match segment.ident.to_string().as_str() {
            "Json" => Some(Self::ContentType),
            "TypedHeader" => {
                let header = first_argument(segment).and_then(last_segment)?;
                (header.ident == "Authorization").then_some(Self::Authorization)
            }
            "CookieJar" | "SignedCookieJar" | "PrivateCookieJar" => Some(Self::Credentials),
            _ => None,
        }
    }

    /// The request header that it is, and whether `any` covers it; `None` for credentials.
    pub(crate) fn header(self) -> Option<(&'static str, bool)> {
        match self {
            Self::ContentType => Some(("content-type", true)),
            // The standard's `*` does not cover it.
            Self::Authorization => Some(("authorization", false)),
            Self::Credentials => None,
        }
    }

    fn is_met_by(self, policy: &Proven<'_>) -> bool {
        match self.header() {
            Some((wanted, covered_by_any)) => {
                let list = &policy.headers;
                covered_by_any && list.any || list.names.iter().any(|name| name == wanted)
            }
            None => policy.credentials,
        }
    }

    fn allow(self) -> Allow {
        match self {
            Self::ContentType => Allow::MissingContentType,
            Self::Authorization => Allow::MissingAuthorization,
            Self::Credentials => Allow::MissingCredentials,
        }
    }

    fn message(self, segment: &PathSegment) -> String {
        let name = &segment.ident;
        match self {
            Self::ContentType => {
                format!("pages cannot send a `{name}` body, because `content-type` is not in `headers`")
            }
            Self::Authorization => {
                "pages cannot send `Authorization`, because `authorization` is not in `headers`".to_owned()
            }
            Self::Credentials => {
                format!("pages cannot send the cookies of a `{name}`, because `credentials` is missing")
            }
        }
    }

    /// `policy` is the path of the policy, if it is written elsewhere.
    fn help(self, policy: Option<&str>) -> String {
        let what = match self {
            Self::ContentType => "\"content-type\" to `headers`",
            Self::Authorization => "\"authorization\" to `headers`",
            Self::Credentials => "`credentials`",
        };
        let allow = self.allow().name();
        match policy {
            Some(policy) => format!("add {what} in `{policy}`, or `allow({allow})` here"),
            None => format!("add {what}, or `allow({allow})`"),
        }
    }
}

/// The last name of an argument's type, without the `Option` or `Result` around it.
fn extractor(ty: &Type) -> Option<&PathSegment> {
    let segment = last_segment(ty)?;
    match segment.ident.to_string().as_str() {
        "Option" | "Result" => extractor(first_argument(segment)?),
        _ => Some(segment),
    }
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

fn first_argument(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

impl Extent {
    fn from_type(ty: &Type) -> Self {
        let tokens: Vec<_> = ty.to_token_stream().into_iter().collect();
        if tokens.is_empty() { ty.span().into() } else { Self::of(&tokens) }
    }
}
