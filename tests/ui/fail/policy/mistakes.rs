use cors_runtime::{Policy, policy};

static PARTNER: Policy = policy! { origins = ["https://partner.example/"], exposed_headers = ["etag"] };

fn main() {
    let _ = &PARTNER;
}
