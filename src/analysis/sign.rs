//! Whether the assumed sign of amounts is the right one. The source documents none, so each
//! account has to prove it.

use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::{AccountFacts, AmountSign, Settings};
use crate::lexicon::{Term, TermSet};
use crate::snapshot::{QualityFlag, Snapshot};

/// How well the data supports the assumed sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignEvidence {
    /// Two balances differ by exactly the rows between them: those pending, or those that posted.
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

/// What was found about the sign.
pub(super) struct Signs {
    /// Of each account, by its own data; `None` where it has no rows.
    pub(super) accounts: Vec<Option<SignEvidence>>,
    /// Of the accounts whose rows count, together.
    pub(super) household: SignEvidence,
}

/// Judges the sign of each account and over those that count: there, one that conflicts outweighs
/// the others.
pub(super) fn judge(
    snapshots: &[Snapshot],
    facts: &[AccountFacts],
    entries: &[Entry],
    settings: Settings,
) -> Signs {
    let mut accounts: Vec<Evidence> = snapshots
        .iter()
        .map(|snapshot| Evidence::by_balances(snapshot, settings))
        .collect();
    for entry in entries.iter().filter(|entry| entry.is_settled()) {
        let index = usize::from(entry.snapshot);
        let cash = facts.get(index).is_some_and(|facts| facts.cash);
        if let Some((evidence, money_in)) =
            accounts.get_mut(index).zip(expected_in(entry.terms, cash))
        {
            evidence.add(money_in == (entry.amount > 0));
        }
    }
    let usable = || {
        let counted = accounts.iter().zip(facts);
        counted.filter_map(|(evidence, facts)| facts.usable().then_some(evidence))
    };
    let conflict = usable().any(|evidence| evidence.verdict() == SignEvidence::Conflict);
    let together = usable().fold(Evidence::default(), Evidence::and);
    Signs {
        household: if conflict {
            SignEvidence::Conflict
        } else {
            together.verdict()
        },
        accounts: accounts
            .iter()
            .map(|evidence| evidence.any_rows.then(|| evidence.verdict()))
            .collect(),
    }
}

/// What speaks for the assumed sign and what against it.
#[derive(Debug, Clone, Copy, Default)]
struct Evidence {
    any_rows: bool,
    proven: bool,
    disproven: bool,
    /// Descriptions that agree, and that do not.
    with: u32,
    without: u32,
}

impl Evidence {
    fn by_balances(snapshot: &Snapshot, settings: Settings) -> Self {
        let rows = snapshot.transactions.known();
        if !rows.is_ok_and(|rows| !rows.is_empty()) {
            return Self::default();
        }
        // A snapshot judges the sign that live data shows, positive for money in.
        let against = snapshot.flags.contains(&QualityFlag::SignConflict);
        let silent = snapshot.flags.contains(&QualityFlag::SignUnproven);
        let agrees = match settings.amount_sign {
            AmountSign::PositiveIsCredit => !against,
            AmountSign::NegativeIsCredit => against,
        };
        Self {
            any_rows: true,
            proven: !silent && agrees,
            disproven: !silent && !agrees,
            ..Self::default()
        }
    }

    fn add(&mut self, agrees: bool) {
        let count = if agrees {
            &mut self.with
        } else {
            &mut self.without
        };
        *count = count.saturating_add(1);
    }

    fn and(self, other: &Self) -> Self {
        Self {
            any_rows: self.any_rows || other.any_rows,
            proven: self.proven || other.proven,
            disproven: self.disproven || other.disproven,
            with: self.with.saturating_add(other.with),
            without: self.without.saturating_add(other.without),
        }
    }

    fn verdict(&self) -> SignEvidence {
        let (with, without) = (self.with, self.without);
        // A few rows always read wrongly; a wrong sign turns nearly all of them.
        if self.disproven || (without >= 3 && without > with.saturating_mul(2)) {
            SignEvidence::Conflict
        } else if self.proven {
            SignEvidence::Proven
        } else if with >= 3 && with > without.saturating_mul(4) {
            SignEvidence::Supported
        } else {
            SignEvidence::Unproven
        }
    }
}

/// The direction that a description leaves no doubt about. On a credit account interest is charged
/// and a payment is money in, so that only what goes out is sure there.
fn expected_in(terms: TermSet, cash: bool) -> Option<bool> {
    const UNSURE: TermSet = TermSet::any_of(&[
        Term::Refund,
        Term::Reversal,
        Term::Return,
        Term::DepositedItem,
        Term::TaxRefund,
    ]);
    const OUT: TermSet = TermSet::any_of(&[
        Term::CardPurchase,
        Term::CashWithdrawal,
        Term::AccountFee,
        Term::NsfWord,
    ]);
    const IN: TermSet = TermSet::any_of(&[
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
        cash && terms.meets(IN),
        terms.meets(OUT) || (terms.has(Term::Fee) && terms.has(Term::Overdraft)),
    ) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        (true, true) | (false, false) => None,
    }
}
