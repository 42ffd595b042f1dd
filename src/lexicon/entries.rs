//! Entry descriptions: what the sender of an ACH entry calls it, in at most ten characters. Banks
//! print them after the company's name, mostly without a sign of where that ends.

/// Words of pay. They end a name wherever they stand.
const PAY: &[&str] = &[
    "ANNUITY",
    "BONUS",
    "CHILD SUPPORT",
    "COMMISSION",
    "DAILY TIPS",
    "DIR DEP",
    "DIRDEP",
    "DIRECT",
    "DIRECT DEP",
    "DIRECT DEPOSIT",
    "DIRECT PAY",
    "DIRECTDEP",
    "EARNED WAGES",
    "NET PAY",
    "PAY",
    "PAYCHECK",
    "PAYROLL",
    "PENSION",
    "PYRL",
    "REG SALARY",
    "RETIREMENT",
    "SALARY",
    "SOC SEC",
    "SSI",
    "TIPS",
    "UI BEN",
    "UI BENEFIT",
    "UI PAYMENT",
    "VA BENEF",
    "WAGES",
    "XXCIV SERV",
    "XXSOC SEC",
    "XXSUPP SEC",
    "XXVA BENEF",
];

/// Other words. They end a name only where the text is an ACH entry by its form.
const OTHER: &[&str] = &[
    "ACCTS PAY",
    "ACCTS PAYAB",
    "ACH PMT",
    "ADVANCE",
    "AP PAYMENT",
    "AUTOPAY",
    "BENEFIT",
    "BENEFITS",
    "BILL PAY",
    "BILL PMT",
    "CASHOUT",
    "CLAIM",
    "CREDIT",
    "DEPOSIT",
    "DEPOSITS",
    "DIST",
    "EDI PAYMNT",
    "EDI PMT",
    "EDI PYMNTS",
    "EDI PYMT",
    "EPAY",
    "EXP REIMB",
    "EXPENSE",
    "EXPENSES",
    "INVOICE",
    "LOAN",
    "LOAN FUND",
    "LOAN PMT",
    "LOAN PYMT",
    "ONLINE PMT",
    "PAYABLES",
    "PAYMENT",
    "PAYMENTS",
    "PAYMNT",
    "PAYOUT",
    "PAYOUTS",
    "PMT",
    "PMTS",
    "PROCEEDS",
    "PYMT",
    "REFUND",
    "REIMB",
    "RETRY PYMT",
    "RETURN",
    "RETURN FEE",
    "REVERSAL",
    "SETTLEMENT",
    "TAX REF",
    "TRANSFER",
    "VENDOR PAY",
    "VENDOR PMT",
    "VENDORPYMT",
    "WEB PMT",
];

/// How long the entry description is with which these words end, in words; `None` where they end
/// with none. `pay_only`: only words of pay.
pub fn entry_words(words: &[&str], pay_only: bool) -> Option<usize> {
    /// `DIRECT DEPOSIT`.
    const WORDS_MAX: usize = 2;
    (1..=WORDS_MAX).rev().find(|count| {
        let Some(tail) = words
            .len()
            .checked_sub(*count)
            .and_then(|from| words.get(from..))
        else {
            return false;
        };
        let is = |entry: &&&str| entry.split(' ').eq(tail.iter().copied());
        PAY.iter().any(|entry| is(&entry)) || (!pay_only && OTHER.iter().any(|entry| is(&entry)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_where_the_entry_description_begins() {
        assert_eq!(entry_words(&["ACME", "DIRECT", "DEPOSIT"], true), Some(2));
        assert_eq!(entry_words(&["ACME", "PAYROLL"], true), Some(1));
        assert_eq!(entry_words(&["ACME", "VENDOR", "PMT"], true), None);
        assert_eq!(entry_words(&["ACME", "VENDOR", "PMT"], false), Some(2));
        assert_eq!(entry_words(&["ACME"], false), None);
        assert_eq!(entry_words(&[], false), None);
    }
}
