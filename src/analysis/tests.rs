//! The analysis as a whole, on households made up here.

pub(crate) mod fixtures;
mod forecast;
mod laws;
mod payers;
mod robustness;
mod sandbox_users;
mod stories;
