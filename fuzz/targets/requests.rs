//! A request to a policy that is served in one of the ways there are.

#![no_main]

use arbitrary::{Result, Unstructured};
use cors_fuzz::{
    cases::{PolicyCase, RequestCase, origin},
    served::{Way, block_on, check},
};
use libfuzzer_sys::fuzz_target;

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let way = *u.choose(&Way::ALL)?;
    let case = PolicyCase::arbitrary(u)?;
    let request = RequestCase::arbitrary(u)?;
    block_on(check(&case, &request, &[origin(u)?], &[way]));
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    // Where the bytes end, so does the case.
    let _ = run(&mut Unstructured::new(data));
});
