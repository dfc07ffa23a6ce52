//! A service of 35 routes, before and after it moves from tower-http's `CorsLayer` to this crate: the same 200 requests
//! to both, over sockets, with every difference and its reason.

mod app_wide;
mod before;
mod per_handler;
mod requests;
mod service;

use std::collections::BTreeMap;

use axum::Router;
use cors_tests::serve;

use crate::{
    requests::{Request, Response, requests, send},
    service::Config,
};

async fn responses(app: Router, requests: &[Request]) -> Vec<Response> {
    let address = serve(app).await;
    let mut responses = Vec::new();
    for request in requests {
        responses.push(send(address, request).await);
    }
    responses
}

#[tokio::test]
async fn scratch() {
    let config = Config::default();
    let requests = requests();
    println!("{}", requests.len());
    let before = responses(before::app(&config).unwrap(), &requests).await;
    for (name, app) in
        [("app-wide", app_wide::app(&config).unwrap()), ("per handler", per_handler::app(&config).unwrap())]
    {
        let after = responses(app, &requests).await;
        let mut changes: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for ((request, before), after) in requests.iter().zip(&before).zip(&after) {
            for change in before.changes(after) {
                changes.entry(change).or_default().push(&request.name);
            }
        }
        println!("==== {name}");
        for (change, requests) in changes {
            println!(
                "{:3} {change}\n      {}",
                requests.len(),
                requests[..requests.len().min(3)].join(" | ")
            );
        }
    }
}
