//! Requests to a policy that is served in one of the ways there are.

#![no_main]

use arbitrary::{Result, Unstructured};
use cors_fuzz::{
    cases::{PolicyCase, RequestCase, origin},
    count,
    served::{Served, Way, block_on},
};
use libfuzzer_sys::fuzz_target;

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let way = *u.choose(&Way::ALL)?;
    let case = PolicyCase::arbitrary(u)?;
    for served in Served::in_ways(&case, &[way]) {
        while !u.is_empty() {
            let request = RequestCase::arbitrary(u)?;
            count(block_on(served.check(&request, &[origin(u)?])));
        }
    }
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    // Where the bytes end, so does the case.
    let _ = run(&mut Unstructured::new(data));
});
