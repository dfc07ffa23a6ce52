//! Regular expressions that spell their domains out, or that are allowed not to.
#![deny(warnings, clippy::all)]

use cors_runtime::{MethodRouter, Policy, cors, get, policy};

#[cors(origins = [regex(r"https://example\.(com|org)")], credentials)]
async fn two_domains() {}

#[cors(origins = [regex(r"https://.*\.example\.com(:\d+)?")], credentials)]
async fn below_one() {}

#[cors(origins = ["https://shop.example", regex(r"^https://(www|admin)\.shop\.example$")])]
async fn beside_a_text() {}

#[cors(origins = [regex(r"http://localhost:\d+"), regex(r"https://preview-[0-9]+\.shop\.example")], credentials)]
async fn several() {}

#[cors(origins = [regex(r"https?://([a-z0-9-]+\.)*shop\.example")], credentials, allow(insecure_origins))]
async fn insecure() {}

#[cors(origins = [regex("https://.*")], allow(open_domain))]
async fn open() {}

#[cors(origins = [regex(r"https://[a-z]+\.shop\.example"), "https://a.shop.example"], allow(redundant))]
async fn covered() {}

#[cors(origins = [regex(r"https://deploy-preview-[0-9]+--shop\.netlify\.app")], credentials, allow(public_suffix))]
async fn previews() {}

#[cors(
    origins = [regex(r"http://192\.168\.[0-9]+\.[0-9]+(:[0-9]+)?")],
    credentials,
    allow(open_domain, insecure_origins)
)]
async fn addresses() {}

#[cors(origins = [regex("chrome-extension://[a-p]{32}")])]
async fn extensions() {}

static SHARED: Policy = policy! { origins = [regex(r"https://[a-z]+\.shop\.example")] };
const CONSTANT: Policy = policy! { origins = [regex(r"https://[a-z]+\.shop\.example")] };

#[cors(policy = SHARED)]
async fn shared() {}

#[cors(policy = CONSTANT)]
async fn constant() {}

fn main() {
    let _: [MethodRouter; 12] = [
        get(two_domains),
        get(below_one),
        get(beside_a_text),
        get(several),
        get(insecure),
        get(open),
        get(covered),
        get(previews),
        get(addresses),
        get(extensions),
        get(shared),
        get(constant),
    ];
}
