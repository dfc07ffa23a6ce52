//! A page fetches from a policy that is served, in the model of each browser.

#![no_main]

use arbitrary::{Result, Unstructured};
use cors_fuzz::{
    cases::{PolicyCase, origin},
    served::{Way, block_on, browse, method},
};
use libfuzzer_sys::fuzz_target;

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let way = *u.choose(&Way::ALL)?;
    let method = method(u)?;
    let origin = origin(u)?;
    let case = PolicyCase::arbitrary(u)?;
    block_on(browse(&case, way, &origin, method, &case.headers));
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    // Where the bytes end, so does the case.
    let _ = run(&mut Unstructured::new(data));
});
