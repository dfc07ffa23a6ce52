#![doc = include_str!("../README.md")]

// Arrows point one way: a page's `fetch(..)` (fetch_builder) runs a fetch, which asks by preflights, both of which use the
// network, which calls servers and keeps cookies; redirects and checks are functions of requests and responses. What engines
// do otherwise is a row of `departures` and one question where it matters.

mod browser;
mod console;
mod cookies;
mod cors_check;
mod departures;
mod failure;
mod fetch;
mod fetch_builder;
mod header_values;
mod network;
mod origin;
mod outcome;
mod page;
mod preflight;
mod preflight_cache;
mod redirect;
mod request;
mod resource_policy;
mod safelist;
mod server;
mod set_cookie;

pub use cors_rules::{CorsError, Engine};

pub use self::{
    browser::Browser,
    departures::Departure,
    fetch_builder::Fetch,
    outcome::{Blocked, FetchOutcome, ResponseType, SentRequest, VisibleResponse},
    page::Page,
    request::{BodyInit, CacheMode, Credentials, Mode, Redirect},
    server::{BoxError, RequestBody},
};
