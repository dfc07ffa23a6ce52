//! The handler's arguments against its policy: what no page could send, the handler cannot get. Must not know how a
//! policy is written or served.
//!
//! Types are known by their last name, as people write them, so that one of the user's own may be meant by it. Each rule
//! has a name in `allow(..)` for that.

use cors_rules::{Allow, Proven};
use quote::ToTokens;
use syn::{FnArg, GenericArgument, PathArguments, PathSegment, Signature, Type, spanned::Spanned};

use crate::{check::Policy, errors::Errors, tokens::Extent};

/// Reports arguments that the policy keeps pages from sending, and enforces it where a WebSocket is opened.
pub(crate) fn check(sig: &Signature, policy: &mut Policy<'_>, allow: &[Allow], errors: &mut Errors) {
    let Policy::Shared { proven, enforce } = policy else { return };
    for input in &sig.inputs {
        let FnArg::Typed(argument) = input else { continue };
        let Some(segment) = extractor(&argument.ty) else { continue };
        if segment.ident == "WebSocketUpgrade" {
            *enforce = true;
        }
        if let Some(need) = Need::of(segment)
            && !need.is_met_by(proven)
            && !allow.contains(&need.allow())
        {
            errors.add(Extent::from_type(&argument.ty), need.message(segment), need.help());
        }
    }
}

/// What an argument needs of a policy.
#[derive(Clone, Copy)]
enum Need {
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

    fn is_met_by(self, policy: &Proven<'_>) -> bool {
        let names = |wanted: &str| policy.headers.names.iter().any(|name| name == wanted);
        match self {
            Self::ContentType => policy.headers.any || names("content-type"),
            // The standard's `*` does not cover it.
            Self::Authorization => names("authorization"),
            Self::Credentials => policy.credentials,
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

    fn help(self) -> String {
        let key = match self {
            Self::ContentType => "\"content-type\" to `headers`",
            Self::Authorization => "\"authorization\" to `headers`",
            Self::Credentials => "`credentials`",
        };
        format!("add {key}, or `allow({})`", self.allow().name())
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
