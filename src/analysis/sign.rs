//! Whether the assumed sign of amounts is the right one. The source documents none, so each
//! account has to prove it.

use serde::{Deserialize, Serialize};

use super::account::{AccountAnalysis, AccountInput};
use super::entry::Entry;
use super::settings::{AmountSign, Settings};
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

/// Fewer descriptions that agree, or do not, show nothing: a judgement.
const DESCRIPTIONS_MIN: u32 = 3;
/// More than so many descriptions against one for it are a wrong sign: a few rows always read
/// wrongly, and a wrong sign turns nearly all of them.
const AGAINST_EACH_FOR: u32 = 2;
/// More than so many descriptions for it to one against support a sign: a judgement, at four in
/// five.
const FOR_EACH_AGAINST: u32 = 4;

/// Judges the sign of each account, and returns that over those that count: there, one that
/// conflicts outweighs the others.
pub(super) fn judge(
    inputs: &[AccountInput<'_>],
    accounts: &mut [AccountAnalysis],
    entries: &[Entry],
    settings: Settings,
) -> SignEvidence {
    let (mut conflict, mut together) = (false, Evidence::default());
    for (account, input) in accounts.iter_mut().zip(inputs) {
        let mut evidence = Evidence::by_balances(input.snapshot, settings);
        let own = entries.get(account.entries.clone()).unwrap_or_default();
        for entry in own.iter().filter(|entry| entry.is_settled()) {
            if let Some(money_in) = expected_in(entry.terms, account.facts.cash) {
                evidence.add(money_in == (entry.amount > 0));
            }
        }
        account.sign = evidence.any_rows.then(|| evidence.verdict());
        if account.facts.usable() {
            conflict |= evidence.verdict() == SignEvidence::Conflict;
            together = together.and(&evidence);
        }
    }
    if conflict {
        SignEvidence::Conflict
    } else {
        together.verdict()
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
        let wrong = without >= DESCRIPTIONS_MIN && without > with.saturating_mul(AGAINST_EACH_FOR);
        if self.disproven || wrong {
            SignEvidence::Conflict
        } else if self.proven {
            SignEvidence::Proven
        } else if with >= DESCRIPTIONS_MIN && with > without.saturating_mul(FOR_EACH_AGAINST) {
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
