//! Routers put together in every way, and at random: whatever is around an annotated handler, its own policy decides.
//!
//! A [`Tree`] says how a unit of routes is put into other routers. [`build`](tree::Tree::build) does it, with real routers, and
//! the [oracle](oracle) says what a page gets of it, from the rules alone.

mod oracle;
mod tree;
mod unit;

use axum::body::Body;
use axum::http::{Request, Response};
use cors_tests::{alone, respond};

use oracle::Outcome;
use tree::{Container, Layer, Level, Policy, Tree, Way};
use unit::{ASKS, Ask, Form, Routes};

/// What came of a request, as far as the rules say.
fn outcome(ask: &Ask, response: &Response<Body>) -> Outcome {
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
    let allowed = header("access-control-allow-origin");
    let is_granted = ask.origin.is_some() && (allowed == Some("*") || allowed == ask.origin);
    let has_credentials = header("access-control-allow-credentials") == Some("true");
    assert!(!has_credentials || allowed.is_some_and(|allowed| allowed != "*"), "{ask:?}: {response:?}");
    let lines = |name: &str| response.headers().get_all(name).iter().count();
    for name in ["access-control-allow-origin", "access-control-allow-credentials", "vary"] {
        // Another library may write several lines of `Vary`, which is right.
        assert!(lines(name) <= 1 || name == "vary", "{ask:?}: {response:?}");
    }
    let status = response.status().as_u16();
    if ask.preflight {
        let methods = header("access-control-allow-methods").unwrap_or_default();
        let is_listed = methods.split(',').any(|method| method.trim() == ask.method) || methods == "*";
        let is_answered = (200..300).contains(&status) && is_granted;
        return Outcome::Preflight { is_granted: is_answered && (is_listed || ask.method == "GET") };
    }
    Outcome::Request {
        has_run: header("x-ran").is_some(),
        is_refused: status == 403,
        is_granted,
        has_credentials: is_granted && has_credentials,
    }
}

async fn check(tree: &Tree) -> usize {
    let (app, prefix) = tree.build();
    let asks = ASKS.iter().filter(|ask| tree.routes == Routes::All || ask.path != unit::PLAIN);
    let mut cells = 0;
    for ask in asks {
        cells += 1;
        let mut request = Request::builder()
            .method(if ask.preflight { "OPTIONS" } else { ask.method })
            .uri(format!("{prefix}{}", ask.path))
            .header("host", "api.example");
        if let Some(origin) = ask.origin {
            request = request.header("origin", origin);
        }
        if ask.preflight {
            request = request.header("access-control-request-method", ask.method);
        }
        if ask.upgrade {
            request = request.header("connection", "upgrade").header("upgrade", "websocket");
        }
        if ask.authorized {
            request = request.header("authorization", "me");
        }
        let response = respond(&app, request.body(Body::empty()).unwrap()).await;
        let expected = oracle::expect(tree, ask);
        assert_eq!(outcome(ask, &response), expected, "{ask:?} of {tree:#?}\n{response:?}");
    }
    cells
}

/// Each form of a unit, put into a router in each way, with each policy and each layer around it.
fn each_form_in_each_way(routes: Routes) -> Vec<Tree> {
    let mut trees = Vec::new();
    for form in Form::ALL {
        for container in [Container::Cors, Container::Plain] {
            for way in Way::ALL {
                for policy in Policy::ALL {
                    for layer in Layer::ALL {
                        let level = Level { container, way, policy, layer };
                        trees.push(Tree { form, routes, levels: vec![level] });
                    }
                }
            }
        }
    }
    trees.retain(Tree::is_possible);
    trees
}

#[tokio::test]
async fn every_form_in_every_way() {
    let mut cells = 0;
    for tree in each_form_in_each_way(Routes::All) {
        cells += check(&tree).await;
    }
    assert_eq!(cells, 100_640);
}

#[test]
fn every_form_in_every_way_alone() {
    let trees = each_form_in_each_way(Routes::Annotated).len();
    alone::each_case("the_tree_that_is_alone", trees);
    assert_eq!(trees, 2_960);
}

#[tokio::test]
#[ignore = "run by another one, in processes of its own"]
async fn the_tree_that_is_alone() {
    let trees = each_form_in_each_way(Routes::Annotated);
    assert_eq!(check(&trees[alone::case()]).await, 27);
}

/// Units in routers in routers, put together at random.
#[tokio::test]
async fn at_random() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut cells = 0;
    while cells < 60_000 {
        let depth = 1 + random.below(4);
        let levels = (0..depth).map(|_| Level {
            container: if random.below(3) == 0 { Container::Plain } else { Container::Cors },
            way: Way::ALL[random.below(Way::ALL.len())],
            policy: Policy::ALL[random.below(Policy::ALL.len())],
            layer: Layer::ALL[random.below(Layer::ALL.len())],
        });
        let levels = levels.collect();
        let form = Form::ALL[random.below(Form::ALL.len())];
        let tree = Tree { form, routes: Routes::All, levels };
        if tree.is_possible() {
            cells += check(&tree).await;
        }
    }
}

/// A xorshift generator: the same routers in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}
