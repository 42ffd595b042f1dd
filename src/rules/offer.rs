//! The offer: a grid of amounts, terms and frequencies, each of which is priced as offered, and of
//! which the best one that may be made is made.
//!
//! Nothing that makes an offer depends on what was asked for, and no rule stands against it: so an
//! offer that was made, asked for, is approved on the same terms, and asking for more buys nothing.

mod look;
mod point;
mod search;

pub(super) use look::{Lacking, Looked, Offered, lacking};
pub(super) use point::{Point, as_if_asked, at, first_payment, request};
pub(super) use search::{Found, search, stands};
