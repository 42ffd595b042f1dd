//! Whatever becomes of the process and of its disk: what was acknowledged is there, once, and what
//! is pending ends.

#[path = "crash/disk.rs"]
mod disk;
#[path = "crash/full_disk.rs"]
mod full_disk;
#[path = "crash/kills.rs"]
mod kills;
#[cfg(debug_assertions)]
#[path = "crash/new_version.rs"]
mod new_version;
#[path = "crash/place.rs"]
mod place;
#[path = "crash/proof.rs"]
mod proof;
#[path = "crash/soak.rs"]
mod soak;
#[cfg(debug_assertions)]
#[path = "crash/steps.rs"]
mod steps;
#[path = "crash/traffic.rs"]
mod traffic;
