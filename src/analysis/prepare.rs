//! From snapshots to classified entries.

use chrono::NaiveDate;

use super::account::{AccountAnalysis, AccountFacts, AccountInput};
use super::classify::{self, Words};
use super::counterparty::{Counterparty, Holders};
use super::duplicates;
use super::entry::{Entry, EntryKind, Exclusion};
use super::ownership;
use super::settings::{AmountSign, Settings};
use super::texts::Texts;
use crate::application::ApplicationWithAccounts;
use crate::calendar::{AsOf, civil_date};
use crate::lexicon::Lexicon;
use crate::money::Currency;
use crate::snapshot::{
    self, Category, Coverage, QualityFlag, Snapshot, Subcategory, TransactionRef, TransactionStatus,
};

/// Credits up to this many major units prove an account and are no pay: what is sent for that is
/// below one.
const MICRO_MAJOR_MAX: i64 = 1;
/// Bank fees are up to this many major units. Fees for overdraft and returned items are about 35 in
/// the United States; the rest is room for several charged in one. A judgement.
const FEE_MAJOR_MAX: i64 = 60;

/// Everything known of the rows before the accounts are compared with each other.
pub(super) struct Prepared {
    pub(super) entries: Vec<Entry>,
    pub(super) counterparties: Vec<Counterparty>,
    pub(super) accounts: Vec<AccountAnalysis>,
}

/// Reads the rows of all snapshots.
pub(super) fn prepare(
    application: &ApplicationWithAccounts,
    inputs: &[AccountInput<'_>],
    as_of: AsOf,
    settings: Settings,
    lexicon: &Lexicon,
) -> Prepared {
    let rows = inputs.iter().map(|input| input.snapshot.row_count()).sum();
    let mut reader = Reader {
        texts: Texts::new(lexicon, holders(application, inputs), rows),
        currency: application.currency(),
        unit: 10_i64.pow(application.currency().exponent()),
        as_of,
        today: as_of.date(),
        sign: settings.amount_sign,
        entries: Vec::with_capacity(rows),
    };
    let mut accounts: Vec<AccountAnalysis> = Vec::with_capacity(inputs.len());
    for (index, input) in (0u16..).zip(inputs) {
        let facts = facts(input.snapshot, reader.currency, reader.today);
        let first = reader.entries.len();
        reader.read(index, input.snapshot, &facts);
        reader.leave_out_twins(first, input.snapshot);
        accounts.push(AccountAnalysis {
            facts,
            ownership: ownership::compare_owners(application, input),
            sign: None,
            daily: None,
            quality: None,
            entries: first..reader.entries.len(),
        });
    }
    duplicates::mark(inputs, &mut accounts, &mut reader.entries);
    Prepared {
        entries: reader.entries,
        counterparties: reader.texts.into_counterparties(),
        accounts,
    }
}

fn holders(application: &ApplicationWithAccounts, inputs: &[AccountInput<'_>]) -> Holders {
    let owners = inputs
        .iter()
        .filter_map(|input| input.snapshot.owners.known().ok())
        .flatten()
        .map(|owner| owner.name.as_str());
    let applicants = application.applicants().iter();
    Holders::new(
        applicants
            .map(|applicant| applicant.identity.name.as_str())
            .chain(owners),
    )
}

fn facts(snapshot: &Snapshot, currency: Currency, today: NaiveDate) -> AccountFacts {
    let rows = snapshot.transactions.known().ok();
    let balance = snapshot.balance.known().ok();
    let own = rows.is_some_and(|rows| rows.iter().any(|row| row.currency == currency))
        || balance.is_some_and(|balance| balance.current.contains_key(&currency));
    let other = rows.is_some_and(|rows| rows.iter().any(|row| row.currency != currency))
        || balance.is_some_and(|balance| balance.current.keys().any(|code| *code != currency));
    AccountFacts {
        cash: snapshot.account.category == Category::Cash,
        checking: snapshot.account.category == Category::Cash
            && snapshot.account.subcategory == Subcategory::Checking,
        other_currency_only: other && !own,
        duplicate_of: None,
        coverage: snapshot.coverage.map(|coverage| Coverage {
            first: coverage.first.min(today),
            last: coverage.last.min(today),
        }),
    }
}

struct Reader<'a> {
    texts: Texts<'a>,
    currency: Currency,
    /// Minor units of a major unit.
    unit: i64,
    as_of: AsOf,
    today: NaiveDate,
    sign: AmountSign,
    entries: Vec<Entry>,
}

impl Reader<'_> {
    fn read(&mut self, snapshot: u16, from: &Snapshot, account: &AccountFacts) {
        let Ok(rows) = from.transactions.known() else {
            return;
        };
        for (row, transaction) in (0u32..).zip(rows.iter()) {
            let entry = self.entry(snapshot, row, transaction, account);
            self.entries.push(entry);
        }
    }

    /// Of rows that the bank sent twice, one counts. `first`: where the snapshot's entries begin.
    fn leave_out_twins(&mut self, first: usize, from: &Snapshot) {
        let Ok(rows) = from.transactions.known() else {
            return;
        };
        if !from.flags.contains(&QualityFlag::RowsTwice) {
            return;
        }
        for position in snapshot::twins(rows, self.as_of.zone) {
            let entry = self.entries.get_mut(first + position);
            if let Some(entry) = entry.filter(|entry| entry.counts()) {
                entry.excluded = Some(Exclusion::SentTwice);
            }
        }
    }

    fn entry(
        &mut self,
        snapshot: u16,
        row: u32,
        transaction: TransactionRef<'_>,
        account: &AccountFacts,
    ) -> Entry {
        let amount = match self.sign {
            AmountSign::PositiveIsCredit => transaction.amount,
            AmountSign::NegativeIsCredit => transaction.amount.saturating_neg(),
        };
        let zone = self.as_of.zone;
        let made = civil_date(transaction.made_at(), zone);
        let posted = transaction
            .posted_at
            .filter(|at| *at != transaction.transacted_at)
            .map_or(made, |at| civil_date(at, zone));
        let (said, reference) = self.texts.read(transaction.description, amount > 0);
        let unit = self.unit;
        let words = Words {
            fee_sized: amount.unsigned_abs() <= (FEE_MAJOR_MAX * unit).unsigned_abs(),
            ..said.words
        };
        let mut kind = classify::kind(words, amount > 0);
        if kind == EntryKind::PersonToPerson && said.is_from_holder {
            kind = EntryKind::OwnTransfer;
        }
        let excluded = self
            .uncounted(transaction, account, made, posted)
            .or_else(|| {
                (amount > 0 && amount <= MICRO_MAJOR_MAX * unit).then_some(Exclusion::Micro)
            })
            .or_else(|| (amount > 0).then(|| classify::not_income(kind)).flatten())
            .or_else(|| {
                (matches!(
                    kind,
                    EntryKind::OwnTransfer | EntryKind::OverdraftProtection
                ))
                .then_some(Exclusion::TransferWords)
            });
        Entry {
            snapshot,
            row,
            amount,
            made,
            posted,
            posted_at: transaction.posted_at.unwrap_or(transaction.transacted_at),
            kind,
            excluded,
            counterparty: said.counterparty,
            terms: said.words.terms,
            purpose: said.purpose,
            reference,
            company: said.words.named_company,
        }
    }

    fn uncounted(
        &self,
        transaction: TransactionRef<'_>,
        account: &AccountFacts,
        made: NaiveDate,
        posted: NaiveDate,
    ) -> Option<Exclusion> {
        // Banks post for the next day in the evening; what posts later has not.
        let tomorrow = self.today.succ_opt().unwrap_or(self.today);
        let status = match transaction.status {
            TransactionStatus::Posted => None,
            TransactionStatus::Pending => Some(Exclusion::Pending),
            // A state that this version does not know is not known to be money.
            TransactionStatus::Void | TransactionStatus::Unknown(_) => Some(Exclusion::Void),
        };
        if status.is_some() {
            status
        } else if !account.cash {
            Some(Exclusion::NotCash)
        } else if transaction.currency != self.currency {
            Some(Exclusion::OtherCurrency)
        } else if made > self.today || posted > tomorrow {
            Some(Exclusion::AfterAsOf)
        } else {
            None
        }
    }
}
