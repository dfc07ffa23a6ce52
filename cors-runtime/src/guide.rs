//! The guide: chapters on what a type's documentation has no place for.
//!
//! * [`serving`]: how a request is served, and which layers go where.
//! * [`policies`]: policies from the environment, from configurations, by request, and policies that are replaced.
//! * [`enforcement`]: requests that must not arrive, and WebSockets.
//! * [`refused`]: when something is refused.
//! * [`testing`]: testing as a browser would.
//! * [`types`]: about type parameters.
//! * [`routers`]: putting routers together.
//! * [`cookbook`]: short answers to what comes up.
//! * [`coming_from`]: each option of Express, actix-cors, rocket_cors, Spring and ASP.NET Core, and where it went.
//! * [`choices`]: choices that differ from common practice, and limits.

// A chapter refers to others by names, which are defined at its end for readers of the files. The first definition counts.

#[doc = "[picture]: #picture"]
#[doc = ""]
#[doc = include_str!("../docs/serving.md")]
#[doc = "# Picture"]
#[doc = ""]
#[doc = "<div>"]
#[doc = include_str!("../docs/serving.svg")]
#[doc = "</div>"]
pub mod serving {}

// Its examples need the feature.
#[cfg_attr(feature = "serde", doc = include_str!("../docs/policies.md"))]
#[cfg_attr(not(feature = "serde"), doc = "Policies from outside the source; shown with the feature `serde`.")]
pub mod policies {}

#[doc = include_str!("../docs/enforcement.md")]
pub mod enforcement {}

#[doc = include_str!("../docs/refused.md")]
pub mod refused {}

#[doc = "[refused]: mod@refused"]
#[doc = ""]
#[cfg_attr(feature = "browser", doc = include_str!("../docs/testing.md"))]
#[cfg_attr(not(feature = "browser"), doc = "Testing as a browser would; shown with the feature `browser`.")]
pub mod testing {}

#[doc = include_str!("../docs/types.md")]
pub mod types {}

#[doc = include_str!("../docs/routers.md")]
pub mod routers {}

#[cfg_attr(all(feature = "browser", feature = "regex"), doc = include_str!("../docs/cookbook.md"))]
#[cfg_attr(
    not(all(feature = "browser", feature = "regex")),
    doc = "Short answers to what comes up; shown with the features `browser` and `regex`."
)]
pub mod cookbook {}

#[doc = "[readme]: crate#coming-from-a-corslayer"]
#[doc = ""]
#[doc = include_str!("../docs/coming-from.md")]
pub mod coming_from {}

#[doc = include_str!("../docs/choices.md")]
pub mod choices {}
