//! What a record is: its envelope, its content, what the one commits to of the other, and how all
//! that is proven. Nothing here knows how it is stored.

pub(super) mod audit;
pub(super) mod bundle;
pub(super) mod content;
pub(super) mod decision;
pub(super) mod draft;
pub(super) mod envelope;
pub(super) mod follow_up;
pub(super) mod grant;
pub(super) mod history;
pub(super) mod index;
pub(super) mod intake;
pub(super) mod resumption;
pub(super) mod shadow;
pub(super) mod stored;
