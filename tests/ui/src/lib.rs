//! The cases are in `fail` and `pass`, and what runs them in `tests`.
