//! The analysis as a whole, on households made up here.

mod employers;
pub(crate) mod fixtures;
mod forecast;
mod laws;
mod obligations;
mod payers;
mod quality;
mod returned;
mod reviews;
mod robustness;
mod sandbox_users;
mod stories;
