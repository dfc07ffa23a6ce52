//! Pages fetch from a policy that is served, in the model of each browser.

#![no_main]

use arbitrary::{Result, Unstructured};
use cors_fuzz::{
    cases::{PolicyCase, origin},
    count,
    served::{Served, Way, block_on, method},
};
use libfuzzer_sys::fuzz_target;

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let way = *u.choose(&Way::ALL)?;
    let case = PolicyCase::arbitrary(u)?;
    for served in Served::in_ways(&case, &[way]) {
        while !u.is_empty() {
            let (method, origin) = (method(u)?, origin(u)?);
            let headers = *u.choose(&[&case.headers[..], &["x-other"], &[]])?;
            count(block_on(served.browse(&origin, method, headers)));
        }
    }
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    // Where the bytes end, so does the case.
    let _ = run(&mut Unstructured::new(data));
});
