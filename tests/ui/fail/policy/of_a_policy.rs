use cors_runtime::{Policy, policy};

static PARTNER: Policy = policy! { origins = ["https://partner.example"] };
static OTHER: Policy = policy! { policy = PARTNER };

fn main() {
    let _ = (&PARTNER, &OTHER);
}
