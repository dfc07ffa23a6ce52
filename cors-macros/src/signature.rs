//! The handler's arguments against its policy: what no page could send, the handler cannot get. How a policy is written or
//! served is for others.
//!
//! Types are known by their last name, as people write them. One of the user's own may have that name too, and each rule
//! has a name in `allow(..)` for that.

use cors_rules::Allow;
use quote::ToTokens;
use syn::{FnArg, GenericArgument, PathArguments, PathSegment, Signature, Type, spanned::Spanned};

use crate::{
    check::AttrPolicy,
    errors::Errors,
    requirement::{DeferredRequirement, Requirement},
    tokens::{SpanRange, to_source},
};

/// Reports arguments that the policy keeps pages from sending.
///
/// What is not known here, because a policy is written elsewhere or has constants in it, is noted for the compiler to
/// check.
pub(crate) fn check(sig: &Signature, policy: &mut AttrPolicy<'_>, allow: &[Allow], errors: &mut Errors) {
    for input in &sig.inputs {
        let FnArg::Typed(argument) = input else { continue };
        // Under a condition, it may not be there.
        if argument.attrs.iter().any(|attr| attr.path().is_ident("cfg")) {
            continue;
        }
        for (ty, segment) in extractors(&argument.ty) {
            check_extractor(ty, segment, policy, allow, errors);
        }
    }
}

fn check_extractor(
    ty: &Type,
    segment: &PathSegment,
    policy: &mut AttrPolicy<'_>,
    allow: &[Allow],
    errors: &mut Errors,
) {
    let requirement = requirement(segment).filter(|requirement| !allow.contains(&requirement.allow()));
    let Some(requirement) = requirement else { return };
    let span = SpanRange::from_type(ty);
    let message = requirement.message(&segment.ident);
    let text = |policy| format!("{message}\nhelp: {}", requirement.help(policy));
    match policy {
        AttrPolicy::Inline { checked, args, requirements } if !requirement.is_satisfied_by(checked) => {
            let has_constants = args.headers.as_ref().is_some_and(|list| list.constants().next().is_some());
            match has_constants && requirement.header().is_some() {
                true => requirements.push(DeferredRequirement { requirement, span, message: text(None) }),
                false => errors.add_text(span, text(None)),
            }
        }
        AttrPolicy::Reference { path, requirements, .. } => {
            let message = text(Some(&to_source(path)));
            requirements.push(DeferredRequirement { requirement, span, message });
        }
        AttrPolicy::Invalid
        | AttrPolicy::SameOrigin { .. }
        | AttrPolicy::Delegate { .. }
        | AttrPolicy::Inline { .. } => {}
    }
}

/// What an argument of this type requires.
fn requirement(segment: &PathSegment) -> Option<Requirement> {
    match segment.ident.to_string().as_str() {
        "Json" | "JsonDeserializer" => Some(Requirement::ContentType),
        "TypedHeader" => {
            let header = first_argument(segment).and_then(last_segment)?;
            (header.ident == "Authorization").then_some(Requirement::Authorization)
        }
        // The jars of axum-extra and tower-cookies, and the sessions of tower-sessions and axum-login.
        "CookieJar" | "SignedCookieJar" | "PrivateCookieJar" | "Cookies" | "Session" | "AuthSession" => {
            Some(Requirement::Credentials)
        }
        _ => None,
    }
}

/// The types of extractors in an argument: it is one, or several in a tuple. With each comes the last name of what extracts, without
/// what is around it: an `Option`, a `Result`, or an extractor that adds something to another one.
fn extractors(ty: &Type) -> Vec<(&Type, &PathSegment)> {
    match ty {
        Type::Tuple(tuple) => tuple.elems.iter().flat_map(extractors).collect(),
        Type::Group(group) => extractors(&group.elem),
        Type::Paren(paren) => extractors(&paren.elem),
        ty => innermost(ty).map(|segment| (ty, segment)).into_iter().collect(),
    }
}

fn innermost(ty: &Type) -> Option<&PathSegment> {
    let segment = last_segment(ty)?;
    match segment.ident.to_string().as_str() {
        "Option" | "Result" | "WithRejection" | "Cached" | "Valid" => innermost(first_argument(segment)?),
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

impl SpanRange {
    fn from_type(ty: &Type) -> Self {
        let tokens: Vec<_> = ty.to_token_stream().into_iter().collect();
        if tokens.is_empty() { ty.span().into() } else { Self::from_tokens(&tokens) }
    }
}
