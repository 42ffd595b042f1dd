//! What every engine beside ours can do.

/// Rules and applicants, both prepared.
pub(crate) trait Engine {
    /// The name of its crate.
    fn name(&self) -> &'static str;

    /// What every rule says of an applicant, or why it says nothing.
    fn verdicts(&mut self, applicant: usize) -> Result<Vec<bool>, String>;

    /// Runs every rule for every applicant; how many fired. This is what is timed.
    fn pass(&mut self) -> usize;
}
