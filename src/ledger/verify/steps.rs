//! A walk in steps, many of them at once.

use rayon::prelude::*;

use super::report::{Damage, Problems};
use crate::ledger::store::Rows;

/// Rows that one thread reads and proves before it takes others.
pub(super) const STEP: usize = 32;
/// So many times that are handed out before what was found is put together.
const STEPS_AT_ONCE: usize = 32;

/// Told how far a proof is.
pub(super) type Told<'a> = dyn Fn(u64, u64) + Sync + 'a;

/// Does a walk. A page that cannot be read ends it, and not the others.
pub(super) fn walk(what: &str, work: impl FnOnce(&mut Problems) -> Rows<()>) -> Problems {
    let mut problems = Problems::default();
    if let Err(error) = work(&mut problems) {
        problems.add(Damage::Data, what, error.to_string());
    }
    problems
}

/// Splits what lies after `after` into steps, with `end` giving the last row of the next one, and does
/// `work` on many at once. What they give is handed on in their order.
pub(super) fn in_steps<T: Send>(
    mut after: i64,
    end: impl Fn(i64) -> Rows<Option<i64>>,
    work: impl Fn(i64, i64) -> T + Sync,
    mut each: impl FnMut(T) -> Rows<()>,
) -> Rows<()> {
    loop {
        let (mut steps, mut over) = (Vec::with_capacity(STEPS_AT_ONCE), None);
        while steps.len() < STEPS_AT_ONCE && over.is_none() {
            match end(after) {
                Ok(Some(last)) => {
                    steps.push((after, last));
                    after = last;
                }
                Ok(None) => over = Some(Ok(())),
                // What can be read before it is proven all the same.
                Err(error) => over = Some(Err(error)),
            }
        }
        let done: Vec<T> = steps
            .into_par_iter()
            .map(|(after, last)| work(after, last))
            .collect();
        done.into_iter().try_for_each(&mut each)?;
        if let Some(over) = over {
            return over;
        }
    }
}
