//! What an import came to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::application::ApplicationError;
use crate::cli::table::{self, Cell};
use crate::cli::text::{BOLD, GREEN, RED, YELLOW, counted, paint};
use crate::limits;
use crate::rewind::Doubts;
use crate::rules::Outcome;

/// The outcomes, in the order in which they are shown.
const OUTCOMES: [Outcome; 4] = [
    Outcome::Approve,
    Outcome::Counter,
    Outcome::Refer,
    Outcome::Decline,
];

/// The counts of an import.
#[derive(Default)]
pub(super) struct Summary {
    /// Lines that were decided and recorded.
    pub(super) imported: usize,
    /// Lines that had been before.
    pub(super) known: usize,
    /// Lines that were refused, each with its number.
    pub(super) refused: Vec<(u64, Vec<ApplicationError>)>,
    /// Those that were decided elsewhere with an outcome that is known: theirs, then ours.
    outcomes: BTreeMap<(Outcome, Outcome), usize>,
    doubts: BTreeMap<&'static str, Doubted>,
}

/// How often something is doubtful.
#[derive(Default)]
struct Doubted {
    applications: usize,
    /// Rows, or else accounts.
    things: usize,
}

/// A doubt: its stable code, what is told, and how many rows or accounts it is of one account.
type Doubt = (&'static str, &'static str, fn(&Doubts) -> usize);

const DOUBTS: [Doubt; 8] = [
    (
        "rows_left_out",
        "rows left out that had been made by then: nothing shows that they were known",
        |doubts| doubts.rows_left_out,
    ),
    (
        "rows_assumed",
        "rows taken by when they happened: nothing shows when they were known",
        |doubts| doubts.rows_assumed,
    ),
    (
        "balance_taken_back",
        "a balance of later, taken back over what posted since where that can be told",
        |doubts| usize::from(doubts.balance_taken_back),
    ),
    (
        "balance_untold",
        "no balance: what it was then cannot be told",
        |doubts| usize::from(doubts.balance_untold),
    ),
    (
        "balance_assumed",
        "a balance of then of which nothing shows when it was known",
        |doubts| usize::from(doubts.balance_assumed),
    ),
    (
        "owners_of_later",
        "owners as they were told of later",
        |doubts| usize::from(doubts.owners_of_later),
    ),
    (
        "flags_of_later",
        "rows, amounts or owners that cannot be read, not flagged: nothing shows that they were known",
        |doubts| usize::from(doubts.flags_of_later),
    ),
    (
        "link_ended",
        "a link that has ended: a disconnected account gives no data",
        |doubts| usize::from(doubts.link_ended),
    ),
];

impl Summary {
    /// Counts what was decided of a line.
    pub(super) fn add(
        &mut self,
        theirs: Option<Outcome>,
        ours: Outcome,
        doubts: Option<&[Doubts]>,
    ) {
        match doubts {
            Some(doubts) => {
                self.imported = self.imported.saturating_add(1);
                self.doubt(doubts);
            }
            None => self.known = self.known.saturating_add(1),
        }
        if let Some(theirs) = theirs {
            let count = self.outcomes.entry((theirs, ours)).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn doubt(&mut self, of_accounts: &[Doubts]) {
        for (code, _, of) in &DOUBTS {
            let things: usize = of_accounts.iter().map(of).sum();
            if things > 0 {
                let doubted = self.doubts.entry(code).or_default();
                doubted.applications = doubted.applications.saturating_add(1);
                doubted.things = doubted.things.saturating_add(things);
            }
        }
    }

    /// How many lines there were.
    pub(super) fn lines(&self) -> usize {
        let done = self.imported.saturating_add(self.known);
        done.saturating_add(self.refused.len())
    }

    /// As a person reads it.
    pub(super) fn text(&self, width: Option<usize>) -> String {
        let imported = counted(self.imported, "application", "applications");
        let mut lines = vec![paint(GREEN, &format!("{imported} imported"))];
        if self.known > 0 {
            lines.push(format!("{} had been imported before", self.known));
        }
        if !self.refused.is_empty() {
            let refused = counted(self.refused.len(), "line", "lines");
            lines.push(paint(RED, &format!("{refused} refused")));
        }
        let told = limits::PAST_REFUSED_TOLD_MAX;
        for (number, problems) in self.refused.iter().take(told) {
            for ApplicationError { field, problem } in problems {
                lines.push(format!("  line {number}: `{field}` {problem}"));
            }
        }
        let more = self.refused.len().saturating_sub(told);
        if more > 0 {
            lines.push(format!("  and {more} more: `--json` tells of all"));
        }
        for (code, told, _) in &DOUBTS {
            if let Some(doubted) = self.doubts.get(code) {
                let applications = counted(doubted.applications, "application", "applications");
                lines.push(format!("{}: {told}", paint(YELLOW, &applications)));
            }
        }
        let mut text = lines.join("\n");
        text.push('\n');
        if !self.outcomes.is_empty() {
            text.push_str(&self.compared(width));
        }
        text
    }

    /// Theirs against ours.
    fn compared(&self, width: Option<usize>) -> String {
        let ours = OUTCOMES.map(Outcome::as_str);
        let head: Vec<&str> = ["decided there"].into_iter().chain(ours).collect();
        let count = |theirs, ours| self.outcomes.get(&(theirs, ours)).copied().unwrap_or(0);
        let rows = OUTCOMES.map(|theirs| {
            let counts = OUTCOMES.map(|ours| Cell::right(count(theirs, ours).to_string()));
            let first = Cell::styled(theirs.as_str(), BOLD);
            [first].into_iter().chain(counts).collect()
        });
        let table = table::render(&head, rows.into(), width);
        format!("\nWhat was decided there, and here\n{table}")
    }

    /// As a program reads it.
    pub(super) fn json(&self) -> Value {
        let refused = self.refused.iter().map(|(line, problems)| {
            let problems = problems
                .iter()
                .map(|one| json!({ "field": one.field, "problem": one.problem }));
            json!({ "line": line, "problems": problems.collect::<Vec<_>>() })
        });
        let outcomes = self.outcomes.iter().map(|((theirs, ours), count)| {
            json!({ "there": theirs.as_str(), "here": ours.as_str(), "count": count })
        });
        let doubts = DOUBTS.iter().map(|(code, _, _)| {
            let (applications, things) = self
                .doubts
                .get(code)
                .map_or((0, 0), |one| (one.applications, one.things));
            let doubt = json!({ "applications": applications, "count": things });
            ((*code).to_owned(), doubt)
        });
        json!({
            "lines": self.lines(),
            "imported": self.imported,
            "known": self.known,
            "refused": refused.collect::<Vec<_>>(),
            "doubts": doubts.collect::<serde_json::Map<_, _>>(),
            "outcomes": outcomes.collect::<Vec<_>>(),
        })
    }
}
