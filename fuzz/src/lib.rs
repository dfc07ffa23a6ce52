//! What the fuzz targets share with the property tests: made-up policies and requests, and what has to hold of them.

#[path = "../../tests/tests/properties/cases.rs"]
pub mod cases;
#[path = "../../tests/tests/properties/naive.rs"]
pub mod naive;
#[path = "../../tests/tests/properties/served.rs"]
pub mod served;
