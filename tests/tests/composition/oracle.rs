//! What a page gets of a tree, from the rules alone:
//!
//! 1. Who knows the policy of a handler applies it: the handler always, and a `CorsRouter` around it, as long as only
//!    `CorsRouter`s have been handed over on the way.
//! 2. A policy that is outside of whoever knows it answers preflights at once, and lets requests in; the handler then refuses what
//!    its own policy refuses. It writes onto what nobody inside has decided on.
//! 3. A WebSocket handshake is refused by the first policy that refuses its origin.

use crate::{
    tree::{Container, Layer, Level, Policy, Tree},
    unit::{ADMIN, Ask, Form, PARTNER, SHOP},
};

/// What comes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Preflight { is_granted: bool },
    Request { has_run: bool, is_refused: bool, is_granted: bool, has_credentials: bool },
}

/// A response on its way out.
#[derive(Clone, Copy)]
struct Answer {
    has_run: bool,
    is_refused: bool,
    grant: Option<Grant>,
    /// Whether a policy, or another library, has said who may read it.
    is_decided: bool,
}

#[derive(Clone, Copy)]
struct Grant {
    credentials: bool,
}

pub(crate) fn expect(tree: &Tree, ask: &Ask) -> Outcome {
    let levels: Vec<Level> = tree.levels.iter().rev().copied().collect();
    let Answer { has_run, is_refused, grant, is_decided: _ } = answer(&levels, tree.form, ask, false);
    let is_granted = grant.is_some() && ask.origin.is_some();
    if ask.preflight {
        return Outcome::Preflight { is_granted };
    }
    let has_credentials = is_granted && grant.is_some_and(|grant| grant.credentials);
    Outcome::Request { has_run, is_refused, is_granted, has_credentials }
}

/// The answer of the routers at these levels, the outermost first; `is_spoken_for` is whether a policy outside has let the
/// request in that does not know what is inside.
fn answer(levels: &[Level], form: Form, ask: &Ask, is_spoken_for: bool) -> Answer {
    let Some(outermost) = levels.first() else { return answer_of_unit(form, ask, is_spoken_for) };
    if outermost.container == Container::Plain {
        return layered(&levels[..1], ask, is_spoken_for, &|is_spoken_for| {
            answer(&levels[1..], form, ask, is_spoken_for)
        });
    }
    // The levels that one gate is around.
    let is_handed_over =
        |pair: &[Level]| pair[0].way.takes_cors_router() && pair[1].container == Container::Cors;
    let joined = 1 + levels.windows(2).take_while(|pair| is_handed_over(pair)).count();
    let (joined, rest) = levels.split_at(joined);
    let is_known = rest.is_empty()
        && form == Form::CorsRouter
        && joined.last().is_some_and(|level| level.way.takes_cors_router());
    let own = if is_known { own_policy(form, ask) } else { None };
    let outer = joined.iter().rev().find_map(|level| match level.policy {
        Policy::DefaultOpen | Policy::GroupOpen => Some(OPEN),
        Policy::DefaultShop | Policy::GroupShop => Some(SHOP_ALONE),
        Policy::None | Policy::LayerOpen | Policy::LayerShop => None,
    });
    let inside = |is_spoken_for| {
        layered(joined, ask, is_spoken_for, &|is_spoken_for| answer(rest, form, ask, is_spoken_for))
    };
    match (own, outer) {
        // What a layer inside says of others does not matter to the handler, whose own policy has answered.
        (Some(own), _) => own.applied_to_own(ask, is_spoken_for, &|is_spoken_for| {
            layered(joined, ask, is_spoken_for, &|_| answer(rest, form, ask, is_spoken_for))
        }),
        (None, Some(outer)) => outer.applied_to_others(ask, is_spoken_for, &inside),
        (None, None) => inside(is_spoken_for),
    }
}

/// The layers of levels, around what is inside of all of them.
fn layered(levels: &[Level], ask: &Ask, is_spoken_for: bool, inside: &dyn Fn(bool) -> Answer) -> Answer {
    let Some((level, rest)) = levels.split_first() else { return inside(is_spoken_for) };
    let inside = |is_spoken_for| match level.layer {
        Layer::Auth if !ask.authorized => NOTHING,
        Layer::None | Layer::Through | Layer::Auth | Layer::Rebuild | Layer::Spawn => {
            layered(rest, ask, is_spoken_for, inside)
        }
    };
    match level.policy {
        Policy::LayerOpen => OPEN.applied_to_others(ask, is_spoken_for, &inside),
        Policy::LayerShop => SHOP_ALONE.applied_to_others(ask, is_spoken_for, &inside),
        _ => inside(is_spoken_for),
    }
}

fn answer_of_unit(form: Form, ask: &Ask, is_spoken_for: bool) -> Answer {
    if form.has_policies() {
        return match own_policy(form, ask) {
            Some(own) => own.applied_to_own(ask, is_spoken_for, &|_| RUN),
            None if ask.preflight => NOTHING,
            None => RUN,
        };
    }
    // Others decide as well, and each of these allows the shop.
    let grant = (ask.origin == Some(SHOP)).then_some(Grant { credentials: false });
    Answer { has_run: !ask.preflight, is_refused: false, grant, is_decided: true }
}

const NOTHING: Answer = Answer { has_run: false, is_refused: false, grant: None, is_decided: false };
const RUN: Answer = Answer { has_run: true, ..NOTHING };
const REFUSED: Answer = Answer { is_refused: true, is_decided: true, ..NOTHING };

/// What matters of a policy here.
#[derive(Clone, Copy)]
struct Rules {
    allows: fn(&str) -> bool,
    credentials: bool,
}

const OPEN: Rules = Rules { allows: |_| true, credentials: false };
const SHOP_ALONE: Rules = Rules { allows: |origin| origin == SHOP, credentials: false };

/// The policy that is written on the handler.
fn own_policy(form: Form, ask: &Ask) -> Option<Rules> {
    let (path, method) = (ask.path, ask.method);
    match (form.has_policies(), path, method) {
        (true, "/invoices", "PUT") => Some(Rules { allows: |origin| origin == PARTNER, credentials: false }),
        (true, "/invoices", _) => Some(Rules { allows: |origin| origin == ADMIN, credentials: true }),
        (true, "/internal", _) => Some(Rules { allows: |_| false, credentials: false }),
        _ => None,
    }
}

impl Rules {
    fn grant(self, ask: &Ask) -> Option<Grant> {
        ask.origin.filter(|origin| (self.allows)(origin)).map(|_| Grant { credentials: self.credentials })
    }

    fn refuses(self, ask: &Ask) -> bool {
        let is_cross_origin = ask.origin.is_some_and(|origin| origin != "https://api.example");
        is_cross_origin && self.grant(ask).is_none()
    }

    fn preflight(self, ask: &Ask) -> Answer {
        Answer { grant: self.grant(ask), is_decided: true, ..NOTHING }
    }

    fn applied_to_own(self, ask: &Ask, is_spoken_for: bool, inside: &dyn Fn(bool) -> Answer) -> Answer {
        if ask.preflight {
            return self.preflight(ask);
        }
        if self.refuses(ask) && (ask.upgrade || is_spoken_for) {
            return REFUSED;
        }
        Answer { grant: self.grant(ask), is_decided: true, ..inside(is_spoken_for) }
    }

    fn applied_to_others(self, ask: &Ask, is_spoken_for: bool, inside: &dyn Fn(bool) -> Answer) -> Answer {
        if ask.preflight {
            return self.preflight(ask);
        }
        if self.refuses(ask) && (ask.upgrade || is_spoken_for) {
            return REFUSED;
        }
        match inside(true) {
            decided @ Answer { is_decided: true, .. } => decided,
            undecided => Answer { grant: self.grant(ask), is_decided: true, ..undecided },
        }
    }
}
