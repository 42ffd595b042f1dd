//! What a loan costs: its payments, its finance charge and its annual percentage rate.
//!
//! Exact decimals over minor units of one currency. It is arithmetic and law, and no policy: what
//! a lender offers, and which rate it may not exceed, is said elsewhere.
//!
//! The annual percentage rate is that of Regulation Z (12 CFR 1026.22 and its appendix J, the
//! actuarial method): the yearly rate at which the payments are worth what the borrower has the
//! use of, compounded with each unit-period. The MAPR is found the same way with more charges
//! counted (32 CFR 232.4(c)).

mod actuarial;
mod kept;
mod price;
mod schedule;
mod timing;

#[cfg(test)]
pub(crate) mod tests;

pub use price::{Basis, Charge, CountsIn, Paid, Price, PriceError, Repayment};
pub use schedule::Schedule;
pub use timing::{Timing, UnitPeriod, due_after};
