//! Runs functions over the subjects of a scope, and says which of them decided.

use std::cmp::Ordering;

use super::apply;
use super::ast::ArithmeticOp;
use super::code::OverSubjects;
use super::node::Reduction;
use super::run::Env;
use super::scalar::{self, Known, Scalar};
use super::verdict::{self, Kleene};
use crate::features::{Missing, Type};

/// What a function over subjects comes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reduced<'a> {
    pub(super) known: Known<'a>,
    /// The position of the subject that decided, where one did: the first that has the least or the
    /// greatest value, for which `any` holds or `all` does not.
    pub(super) decided_by: Option<usize>,
}

impl<'a> Reduced<'a> {
    fn by_nobody(known: Known<'a>) -> Self {
        Self {
            known,
            decided_by: None,
        }
    }
}

/// Runs a function over subjects. Of no subjects there is no value, not even for `all`; but there
/// is not `any` of those that were looked for, and they are none, and nothing in sum. Where there may
/// be others than those that are known, it is as if there were one more of which nothing is. `ty` is
/// the type of the result.
pub(super) fn reduce<'a>(env: Env<'a, '_>, over: &'a OverSubjects, ty: Type) -> Reduced<'a> {
    let features = env.features;
    let known = features.map_or(0, |features| features.slots(over.counted_by).len());
    let unseen = features.map_or(Some(Missing::NoSuchAccount), |features| {
        features.unseen(over.counted_by)
    });
    let subjects = known + usize::from(unseen.is_some());
    if subjects == 0 {
        return Reduced::by_nobody(of_none(over.reduction, ty));
    }
    let run = Run {
        env,
        over,
        subjects,
        unseen: unseen.map(|why| (known, why)),
    };
    match over.reduction {
        Reduction::Any => run.any(),
        Reduction::All => run.all(),
        Reduction::Min => run.extreme(Ordering::Less),
        Reduction::Max => run.extreme(Ordering::Greater),
        Reduction::Count => Reduced::by_nobody(run.count()),
        Reduction::Sum => Reduced::by_nobody(run.sum(ty)),
        Reduction::Avg => Reduced::by_nobody(run.average()),
    }
}

/// What there is where it was looked for subjects and there is none to look at.
fn of_none<'a>(reduction: Reduction, ty: Type) -> Known<'a> {
    match reduction {
        Reduction::Any => Ok(Scalar::Bool(false)),
        Reduction::Count => Ok(Scalar::Count(0)),
        Reduction::Sum => Scalar::zero(ty).ok_or(Missing::NoBasis),
        Reduction::All | Reduction::Min | Reduction::Max | Reduction::Avg => Err(Missing::NoBasis),
    }
}

/// Nothing is cut short: whatever is asked of one subject is asked of each.
struct Run<'a, 'e> {
    env: Env<'a, 'e>,
    over: &'a OverSubjects,
    subjects: usize,
    /// The subject of which nothing is known, where there is one, and why.
    unseen: Option<(usize, Missing)>,
}

impl<'a> Run<'a, '_> {
    /// Whether anything is known of a subject.
    fn seen(&self, subject: usize) -> Result<(), Missing> {
        match self.unseen {
            Some((unseen, why)) if unseen == subject => Err(why),
            Some(_) | None => Ok(()),
        }
    }

    fn body(&self, subject: usize) -> Known<'a> {
        self.seen(subject)?;
        let env = Env {
            subject,
            ..self.env
        };
        env.value(&self.over.body)
    }

    /// Whether it looks at a subject.
    fn looks(&self, subject: usize) -> Result<bool, Missing> {
        self.seen(subject)?;
        let env = Env {
            subject,
            ..self.env
        };
        let only = self.over.only.as_ref();
        only.map_or(Ok(true), |only| env.as_truth(env.value(only)))
    }

    fn holds(&self, subject: usize) -> Result<bool, Missing> {
        self.env.as_truth(self.body(subject))
    }

    fn any(&self) -> Reduced<'a> {
        let truths = (0..self.subjects).map(|one| self.looks(one).both(self.holds(one)));
        let truths: Vec<Result<bool, Missing>> = truths.collect();
        Reduced {
            known: verdict::any(truths.iter().copied()).map(Scalar::Bool),
            decided_by: truths.iter().position(|truth| *truth == Ok(true)),
        }
    }

    fn all(&self) -> Reduced<'a> {
        let mut nobody = true;
        let truths = (0..self.subjects).map(|one| {
            let looks = self.looks(one);
            nobody &= looks == Ok(false);
            // Where it does not look, nothing is against it.
            verdict::any([looks.opposite(), self.holds(one)].into_iter())
        });
        let truths: Vec<Result<bool, Missing>> = truths.collect();
        if nobody {
            return Reduced::by_nobody(Err(Missing::NoBasis));
        }
        Reduced {
            known: verdict::all(truths.iter().copied()).map(Scalar::Bool),
            decided_by: truths.iter().position(|truth| *truth == Ok(false)),
        }
    }

    fn count(&self) -> Known<'a> {
        let truths = (0..self.subjects).map(|one| self.looks(one).both(self.holds(one)));
        let truths: Vec<Result<bool, Missing>> = truths.collect();
        let holds = truths
            .into_iter()
            .try_fold(0, |count, truth| Ok(count + i64::from(truth?)));
        holds.map(Scalar::Count)
    }

    /// The values looked at, each with its subject; missing where one is, or where it is not known
    /// whether to look.
    fn values(&self) -> Result<Vec<(usize, Scalar<'a>)>, Missing> {
        let all = (0..self.subjects).map(|one| (one, self.looks(one), self.body(one)));
        let all: Vec<_> = all.collect();
        let looked_at = all.into_iter().filter(|(_, looks, _)| *looks != Ok(false));
        looked_at
            .map(|(one, looks, value)| looks.and(value).map(|value| (one, value)))
            .collect()
    }

    fn extreme(&self, wanted: Ordering) -> Reduced<'a> {
        let found = self.values().and_then(|values| {
            let mut values = values.into_iter();
            let first = values.next().ok_or(Missing::NoBasis)?;
            values.try_fold(first, |best, next| {
                let order = self.env.order(Ok(next.1), Ok(best.1))?;
                Ok(if order == wanted { next } else { best })
            })
        });
        Reduced {
            known: found.map(|(_, value)| value),
            decided_by: found.ok().map(|(one, _)| one),
        }
    }

    fn sum(&self, ty: Type) -> Known<'a> {
        let zero = Scalar::zero(ty).ok_or(Missing::NoBasis)?;
        self.total(zero, self.values()?)
    }

    fn total(&self, zero: Scalar<'a>, values: Vec<(usize, Scalar<'a>)>) -> Known<'a> {
        values.into_iter().try_fold(zero, |total, (_, value)| {
            self.env
                .sound(scalar::arithmetic(ArithmeticOp::Add, total, value))
        })
    }

    fn average(&self) -> Known<'a> {
        let values = self.values()?;
        let first = values.first().map(|(_, first)| first.ty());
        let zero = first.and_then(Scalar::zero).ok_or(Missing::NoBasis)?;
        let count = i64::try_from(values.len()).map_err(|_| Missing::Overflow)?;
        let total = self.total(zero, values)?;
        self.env.sound(apply::average(total, count))
    }
}
