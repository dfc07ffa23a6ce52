//! The handler's arguments against its policy: what no page could send, the handler cannot get. Must not know how a
//! policy is written or served.
//!
//! Types are known by their last name, as people write them, so that one of the user's own may be meant by it. Each rule
//! has a name in `allow(..)` for that.

use cors_rules::Allow;
use quote::ToTokens;
use syn::{FnArg, GenericArgument, PathArguments, PathSegment, Signature, Type, spanned::Spanned};

use crate::{
    check::Policy,
    errors::Errors,
    need::{Missing, Need},
    tokens::{Extent, code},
};

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
        let Some(need) = need_of(segment).filter(|need| !allow.contains(&need.allow())) else { continue };
        let place = Extent::from_type(&argument.ty);
        match policy {
            Policy::Shared { proven, .. } if !need.is_met_by(proven) => {
                errors.add(place, need.message(&segment.ident), need.help(None));
            }
            Policy::At { path, needs, .. } => {
                let message =
                    format!("{}\nhelp: {}", need.message(&segment.ident), need.help(Some(&code(path))));
                needs.push(Missing { need, place, message });
            }
            Policy::Wrong | Policy::SameOrigin | Policy::Delegate { .. } | Policy::Shared { .. } => {}
        }
    }
}

/// What an argument of this type needs.
fn need_of(segment: &PathSegment) -> Option<Need> {
    match segment.ident.to_string().as_str() {
        "Json" => Some(Need::ContentType),
        "TypedHeader" => {
            let header = first_argument(segment).and_then(last_segment)?;
            (header.ident == "Authorization").then_some(Need::Authorization)
        }
        "CookieJar" | "SignedCookieJar" | "PrivateCookieJar" => Some(Need::Credentials),
        _ => None,
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
