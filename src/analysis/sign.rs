//! Whether the assumed sign of amounts is the right one. The source documents none, so each
//! account has to prove it.

use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::{AmountSign, Settings};
use crate::lexicon::{Term, Terms};
use crate::snapshot::{QualityFlag, Snapshot};

/// How well the data supports the assumed sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignEvidence {
    /// Current and available balance differ by exactly the pending rows.
    Proven,
    /// Fees and purchases go out and pay comes in.
    Supported,
    /// Nothing speaks for or against it.
    Unproven,
    /// Balances or descriptions speak against it.
    Conflict,
}

impl SignEvidence {
    /// The word for it in features.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Supported => "supported",
            Self::Unproven => "unproven",
            Self::Conflict => "conflict",
        }
    }
}

/// Judges the sign over all accounts: one that conflicts outweighs the others.
pub(super) fn judge(snapshots: &[Snapshot], entries: &[Entry], settings: Settings) -> SignEvidence {
    let (mut proven, mut conflict) = (false, false);
    for snapshot in snapshots.iter().filter(|snapshot| {
        snapshot
            .transactions
            .known()
            .is_ok_and(|rows| !rows.is_empty())
    }) {
        // A snapshot judges the sign that live data shows, positive for money in.
        let against = snapshot.flags.contains(&QualityFlag::SignConflict);
        let silent = snapshot.flags.contains(&QualityFlag::SignUnproven);
        let agrees = match settings.amount_sign {
            AmountSign::PositiveIsCredit => !against,
            AmountSign::NegativeIsCredit => against,
        };
        if !silent {
            proven |= agrees;
            conflict |= !agrees;
        }
    }
    let (mut with, mut without) = (0_u32, 0_u32);
    for entry in entries.iter().filter(|entry| entry.counts()) {
        match expected_in(entry.terms) {
            Some(money_in) if money_in == (entry.amount > 0) => with += 1,
            Some(_) => without += 1,
            None => {}
        }
    }
    // A few rows always read wrongly; a wrong sign turns nearly all of them.
    if conflict || (without >= 3 && without > with.saturating_mul(2)) {
        SignEvidence::Conflict
    } else if proven {
        SignEvidence::Proven
    } else if with >= 3 && with > without.saturating_mul(4) {
        SignEvidence::Supported
    } else {
        SignEvidence::Unproven
    }
}

/// The direction that a description leaves no doubt about.
fn expected_in(terms: Terms) -> Option<bool> {
    const UNSURE: Terms = Terms::any_of(&[
        Term::Refund,
        Term::Reversal,
        Term::Return,
        Term::DepositedItem,
        Term::TaxRefund,
    ]);
    const OUT: Terms = Terms::any_of(&[
        Term::CardPurchase,
        Term::CashWithdrawal,
        Term::AccountFee,
        Term::NsfWord,
    ]);
    const IN: Terms = Terms::any_of(&[
        Term::Payroll,
        Term::SocialSecurity,
        Term::Veterans,
        Term::Unemployment,
        Term::Interest,
        Term::CheckDeposit,
        Term::CashDeposit,
    ]);
    if terms.meets(UNSURE) {
        return None;
    }
    match (
        terms.meets(IN),
        terms.meets(OUT) || (terms.has(Term::Fee) && terms.has(Term::Overdraft)),
    ) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        (true, true) | (false, false) => None,
    }
}
