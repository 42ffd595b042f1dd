//! What is doubtful about an account that was taken back.

/// What cannot be told for sure of how an account stood.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Doubts {
    /// Rows that had been made by then, of which nothing shows that they were known: left out.
    pub rows_left_out: usize,
    /// Rows that are taken by when things happened, since nothing shows when that was known.
    pub rows_assumed: usize,
    /// The balance is of later, and was taken back over what posted since.
    pub balance_taken_back: bool,
    /// The balance is of later, and what it was then cannot be told: there is none.
    pub balance_untold: bool,
    /// The balance is of then, and nothing shows when it was known.
    pub balance_assumed: bool,
    /// The owners are those of later, or nothing shows of when.
    pub owners_of_later: bool,
    /// Rows, amounts or owners that cannot be read are not flagged: they were told of later, or nothing
    /// shows when.
    pub flags_of_later: bool,
    /// The link to the account is cut or dormant, and nothing shows whether it was then.
    pub link_ended: bool,
}
