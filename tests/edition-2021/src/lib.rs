//! Annotated handlers in a crate of edition 2021: it is enough that they compile and mount.

use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use cors_runtime::{cors, get, CorsRouter, SetupError};

/// A handler with arguments.
#[cors(origins = ["https://shop.example"], headers = ["authorization"], credentials)]
pub async fn show(Path(id): Path<u64>) -> Result<impl IntoResponse, String> {
    let id = u8::try_from(id).map_err(|error| error.to_string())?;
    Ok(id.to_string())
}

/// A generic handler.
#[cors(origins = any)]
pub async fn generic<S: ToString + Send>(State(state): State<S>) -> String {
    state.to_string()
}

/// Both of them, mounted.
///
/// # Errors
///
/// None, as the test says.
pub fn app() -> Result<axum::Router, SetupError> {
    CorsRouter::new().route("/{id}", get(show)).route("/", get(generic::<u32>)).with_state(7).finish()
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_set_up() {
        assert!(super::app().is_ok());
    }
}
