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

/// How many words the entry description has with which a text ends; `None` where it ends with none.
/// `text` has single spaces between its words; `pay_only`: only words of pay.
pub fn entry_words(text: &str, pay_only: bool) -> Option<usize> {
    // `DIRECT DEPOSIT`: no entry description has more than two words.
    let text = text.trim_ascii();
    let mut spaces = text.rmatch_indices(' ').map(|(at, _)| at + 1);
    let (one, two) = (spaces.next().unwrap_or(0), spaces.next().unwrap_or(0));
    let is = |from: usize| {
        let Some(tail) = text.get(from..) else {
            return false;
        };
        let known = |list: &[&str]| list.binary_search(&tail).is_ok();
        known(PAY) || (!pay_only && known(OTHER))
    };
    if two < one && is(two) {
        Some(2)
    } else {
        is(one).then_some(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_where_the_entry_description_begins() {
        for (text, pay_only, words) in [
            ("ACME DIRECT DEPOSIT", true, Some(2)),
            ("ACME PAYROLL", true, Some(1)),
            ("DIRECT DEPOSIT", true, Some(2)),
            ("ACME VENDOR PMT", true, None),
            ("ACME VENDOR PMT", false, Some(2)),
            ("ACME", false, None),
            ("", false, None),
        ] {
            assert_eq!(entry_words(text, pay_only), words, "{text}");
        }
    }

    #[test]
    fn the_words_are_in_order_to_be_found() {
        assert!(PAY.is_sorted() && OTHER.is_sorted());
    }
}
