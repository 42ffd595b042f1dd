//! The analysis as a whole, on households made up here.

mod employers;
pub(crate) mod fixtures;
mod forecast;
mod laws;
mod obligations;
mod payers;
mod quality;
mod returned;
mod robustness;
mod sandbox_users;
mod stories;
