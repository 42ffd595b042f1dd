//! The kinds of case. A new kind is a row here and a function.

mod benefits;
mod data;
mod decoys;
mod irregular;
mod pay;
mod trouble;

use super::life::{Case, Life};

/// A kind of case.
#[derive(Debug, Clone, Copy)]
pub struct Stratum {
    /// Its name in labels and reports.
    pub name: &'static str,
    /// What it shows.
    pub shows: &'static str,
    /// Whether figures are told apart by [`super::Era`].
    pub eras: bool,
    make: fn(&mut Life),
}

impl Stratum {
    /// Lives a life of this kind.
    pub(super) fn make(&self, mut life: Life) -> Case {
        (self.make)(&mut life);
        life.finish(self.name, self.eras)
    }
}

/// A row of the table.
const fn kind(name: &'static str, shows: &'static str, make: fn(&mut Life)) -> Stratum {
    Stratum {
        name,
        shows,
        eras: false,
        make,
    }
}

/// A row of the table for which it matters when wages came.
const fn wages(name: &'static str, shows: &'static str, make: fn(&mut Life)) -> Stratum {
    Stratum {
        eras: true,
        ..kind(name, shows, make)
    }
}

/// All of them.
pub const STRATA: &[Stratum] = &[
    wages(
        "salaried",
        "one employer, the same pay each time, any schedule, any bank",
        pay::salaried,
    ),
    wages(
        "hourly",
        "pay by the hour: every payday another amount",
        pay::hourly,
    ),
    wages(
        "early_pay",
        "a bank that pays out one or two business days early",
        pay::early,
    ),
    wages(
        "missed_and_late",
        "paydays that are missed, late, or paid in two parts",
        pay::missed,
    ),
    wages(
        "job_change",
        "one job ends, weeks later another begins",
        pay::job_change,
    ),
    wages(
        "job_lost",
        "the job ended two cycles ago or more",
        pay::job_lost,
    ),
    wages(
        "new_job",
        "one or two pays of a new job, and nothing before",
        pay::new_job,
    ),
    wages("raise_or_cut", "a lasting change of the level", pay::raise),
    wages(
        "bonus",
        "salary with bonuses or commissions of the same payer",
        pay::bonus,
    ),
    wages(
        "split_deposit",
        "each pay is split over two accounts",
        pay::split,
    ),
    wages(
        "two_jobs_one_processor",
        "two employers behind one processor's name",
        pay::two_jobs,
    ),
    wages(
        "salary_and_expenses",
        "an employer that also pays back expenses",
        pay::expenses,
    ),
    wages(
        "processor_changed",
        "one employer, another processor since some months",
        pay::processor,
    ),
    wages(
        "coded_payer",
        "a payer that is a code, a number or a glued token",
        pay::coded,
    ),
    wages(
        "telling_name",
        "an employer whose name holds a word of banking",
        pay::telling_name,
    ),
    wages(
        "lossy_bank",
        "texts that are cut, glued and masked",
        pay::lossy,
    ),
    kind(
        "social_security",
        "benefits by weekday, two of them, or paid early",
        benefits::social,
    ),
    kind(
        "pension",
        "pensions, worded RET and otherwise",
        benefits::pension,
    ),
    kind(
        "support",
        "unemployment benefits and irregular child support",
        benefits::support,
    ),
    kind(
        "gig",
        "gig work: weekly and instant payouts",
        irregular::gig,
    ),
    kind(
        "random_payouts",
        "payouts that keep to no schedule",
        irregular::payouts,
    ),
    kind(
        "contractor",
        "invoices paid when they are paid, without payroll words",
        irregular::contractor,
    ),
    kind(
        "tips",
        "tips paid out daily beside a paycheck",
        irregular::tips,
    ),
    kind(
        "zelle_pay",
        "a small firm that pays by Zelle",
        irregular::zelle,
    ),
    kind(
        "wage_access",
        "pay drawn early through the employer",
        irregular::wage_access,
    ),
    kind(
        "decoys_only",
        "no income, and much that looks like it",
        decoys::only,
    ),
    kind(
        "decoys_beside_pay",
        "the same beside a salary",
        decoys::beside_pay,
    ),
    kind(
        "own_transfers",
        "money from the holder's own accounts, linked and not",
        decoys::own,
    ),
    kind(
        "returned_debits",
        "debits that came back, in many wordings",
        trouble::returned,
    ),
    kind(
        "overdrafts",
        "overdraft fees, protection, fees given back",
        trouble::overdrafts,
    ),
    kind(
        "returned_deposits",
        "somebody else's bounce",
        trouble::deposits,
    ),
    kind(
        "near_events",
        "what looks like an event and is none",
        trouble::near,
    ),
    kind(
        "duties",
        "rent and cards without a telling word, and a duty begun lately",
        trouble::duties,
    ),
    wages(
        "account_changed",
        "pay goes to another linked account since some months",
        pay::moved,
    ),
    wages(
        "pay_taken_back",
        "a pay that was wrong, taken back and paid again",
        pay::taken_back,
    ),
    wages("short_history", "ten weeks of history", data::short),
    kind(
        "rows_twice",
        "a feed that sends every row twice",
        data::twice,
    ),
    kind(
        "damaged_text",
        "texts with characters that were lost",
        data::damaged,
    ),
    kind(
        "broken_text",
        "one text that ends in the middle of a character",
        data::broken,
    ),
    kind(
        "pending_and_void",
        "rows that have not posted, and rows that vanished",
        data::pending,
    ),
    kind(
        "joint_account",
        "two people paid into one account",
        data::joint,
    ),
];
