//! The values of features: a tag for each, four bytes for each, and behind them what does not fit there.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::bytes::{Reader, Writer};
use crate::features::{FeatureId, Features, Missing, Type, Value};
use crate::id::{AccountId, ApplicantId};
use crate::money::{Currency, Money};
use crate::portfolio::columns::table::{SCOPES, features_of};

/// A whole number in its four bytes; of an amount, in the currency of the application.
const SHORT: u8 = 0;
/// A whole number behind them, in eight bytes at the place that the four say.
const LONG: u8 = 1;
/// A text behind them.
const TEXT: u8 = 2;
/// Any value behind them, as records write it.
const WRITTEN: u8 = 3;
/// A decimal: this and its scale; its mantissa is in the four bytes.
const DECIMAL: u8 = 32;
/// The largest scale that a decimal has.
const SCALE_MAX: u8 = 28;
/// A cause: this and its position among all causes.
const MISSING: u8 = 128;

/// How many applicants, accounts and streams of income there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape([u16; 3]);

impl Shape {
    fn of(features: &Features) -> Self {
        let [_, scopes @ ..] = SCOPES;
        Self(scopes.map(|scope| {
            let first = features_of(scope).first();
            let subjects = first.map_or(0, |(id, _)| features.slots(*id).len());
            // INVARIANT: their limits are far below.
            u16::try_from(subjects).unwrap_or(u16::MAX)
        }))
    }

    /// How many subjects each scope has.
    fn subjects(self) -> [usize; SCOPES.len()] {
        let [applicants, accounts, streams] = self.0.map(usize::from);
        [1, applicants, accounts, streams]
    }

    /// Where the values of each scope begin, and how many there are of all.
    fn starts(self) -> ([usize; SCOPES.len()], usize) {
        static FEATURES: LazyLock<[usize; SCOPES.len()]> =
            LazyLock::new(|| SCOPES.map(|scope| features_of(scope).len()));
        let mut starts = [0; SCOPES.len()];
        let mut end = 0;
        let counts = FEATURES.iter().zip(self.subjects());
        for (start, (features, subjects)) in starts.iter_mut().zip(counts) {
            *start = end;
            end += features * subjects;
        }
        (starts, end)
    }

    /// Features of this shape of which nothing is known, of nobody yet.
    pub(super) fn blank(self) -> Option<Features> {
        let [applicants, accounts, streams] = self.0;
        let person = ApplicantId::parse(NOBODY).ok()?;
        let account = AccountId::parse(NO_ACCOUNT).ok()?;
        Some(Features::blank(
            vec![person; usize::from(applicants)],
            vec![account; usize::from(accounts)],
            usize::from(streams),
        ))
    }

    /// Reads of whom they are.
    pub(super) fn subjects_of(
        self,
        features: &mut Features,
        reader: &mut Reader<'_>,
    ) -> Option<()> {
        let (applicants, accounts) = features.subjects_mut();
        for place in applicants {
            place.replace(reader.text()?).ok()?;
        }
        for place in accounts {
            place.replace(reader.text()?).ok()?;
        }
        Some(())
    }
}

/// What ids take the place of, before the first decision is read.
pub(super) const NOBODY: &str = "nobody";
const NO_ACCOUNT: &str = "fca_none";

/// Packs who they are of.
pub(super) fn pack_subjects(features: &Features, writer: &mut Writer) {
    for id in features.applicants() {
        writer.text(id.as_str());
    }
    for id in features.accounts() {
        writer.text(id.as_str());
    }
}

/// Packs all of them.
pub(super) fn pack(features: &Features, currency: Currency) -> Vec<u8> {
    let shape = Shape::of(features);
    let (mut tags, mut values, mut behind) = (Vec::new(), Vec::new(), Vec::new());
    for scope in SCOPES {
        for (id, _) in features_of(scope) {
            for slot in features.slots(*id) {
                let (tag, value) = one(&slot.value, currency, &mut behind);
                tags.push(tag);
                values.extend_from_slice(&value);
            }
        }
    }
    let mut writer = Writer::default();
    let Shape(counts) = shape;
    counts
        .iter()
        .for_each(|count| writer.raw(&count.to_le_bytes()));
    writer.raw(currency.as_str().as_bytes());
    for part in [&tags, &values, &behind] {
        writer.raw(part);
    }
    writer.finish()
}

/// The tag of a value, and its four bytes.
fn one(value: &Result<Value, Missing>, currency: Currency, behind: &mut Vec<u8>) -> (u8, [u8; 4]) {
    let whole = match value {
        Err(why) => {
            let position = Missing::ALL.iter().position(|one| one == why);
            let position = position.and_then(|at| u8::try_from(at).ok()).unwrap_or(0);
            return (MISSING | position, [0; 4]);
        }
        Ok(Value::Money(amount)) if amount.currency() == currency => amount.minor(),
        Ok(Value::Count(number) | Value::Days(number)) => *number,
        Ok(Value::Date(date)) => i64::from(date.num_days_from_ce()),
        Ok(Value::Bool(truth)) => i64::from(*truth),
        Ok(Value::Text(text)) => return (TEXT, put(behind, text.as_bytes())),
        Ok(Value::Ratio(decimal) | Value::Percent(decimal)) => {
            let mantissa = i32::try_from(decimal.mantissa());
            let tag = u8::try_from(decimal.scale()).ok();
            let tag = tag.and_then(|scale| scale.checked_add(DECIMAL));
            return match (tag, mantissa) {
                (Some(tag), Ok(mantissa)) => (tag, mantissa.to_le_bytes()),
                _ => written(value, behind),
            };
        }
        Ok(Value::Money(_)) => return written(value, behind),
    };
    match i32::try_from(whole) {
        Ok(short) => (SHORT, short.to_le_bytes()),
        Err(_) => (LONG, put(behind, &whole.to_le_bytes())),
    }
}

fn written(value: &Result<Value, Missing>, behind: &mut Vec<u8>) -> (u8, [u8; 4]) {
    // INVARIANT: a value has a text for itself, and writing that does not fail.
    let bytes = value.as_ref().ok().map(serde_json::to_vec);
    let bytes = bytes.and_then(Result::ok).unwrap_or_default();
    (WRITTEN, put(behind, &bytes))
}

/// Puts bytes behind the values; where.
fn put(behind: &mut Vec<u8>, bytes: &[u8]) -> [u8; 4] {
    let place = u32::try_from(behind.len()).unwrap_or(u32::MAX);
    let mut writer = Writer::default();
    writer.count(bytes.len());
    writer.raw(bytes);
    behind.extend(writer.finish());
    place.to_le_bytes()
}

/// Which features are read, each with the scope and the position in it by which its values are found.
#[derive(Debug, Clone)]
pub(in crate::portfolio::columns) struct Wanted(Vec<WantedFeature>);

#[derive(Debug, Clone, Copy)]
struct WantedFeature {
    id: FeatureId,
    ty: Type,
    /// The position of its scope.
    scope: usize,
    /// Its own position among the features of its scope.
    rank: usize,
}

impl Wanted {
    pub(in crate::portfolio::columns) fn new(is_wanted: impl Fn(FeatureId) -> bool) -> Self {
        let wanted = SCOPES.into_iter().enumerate().flat_map(|(scope, of)| {
            let all = features_of(of).iter().enumerate();
            all.map(move |(rank, &(id, feature))| WantedFeature {
                id,
                ty: feature.ty,
                scope,
                rank,
            })
        });
        Self(wanted.filter(|one| is_wanted(one.id)).collect())
    }
}

/// What [`pack`] made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed<'a> {
    pub(super) shape: Shape,
    pub(super) currency: Currency,
    starts: [usize; SCOPES.len()],
    tags: &'a [u8],
    values: &'a [u8],
    behind: &'a [u8],
}

impl<'a> Packed<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (counts, bytes) = bytes.split_first_chunk::<6>()?;
        let [a, b, c, d, e, f] = *counts;
        let shape = Shape([[a, b], [c, d], [e, f]].map(u16::from_le_bytes));
        let (currency, bytes) = bytes.split_first_chunk::<3>()?;
        let currency = std::str::from_utf8(currency).ok()?.parse().ok()?;
        let (starts, count) = shape.starts();
        let (tags, bytes) = bytes.split_at_checked(count)?;
        let (values, behind) = bytes.split_at_checked(count.checked_mul(4)?)?;
        Some(Self {
            shape,
            currency,
            starts,
            tags,
            values,
            behind,
        })
    }

    /// States what is wanted in features of this shape.
    pub(super) fn state(&self, wanted: &Wanted, features: &mut Features) -> Option<()> {
        features.forget_currencies();
        let subjects = self.shape.subjects();
        for one in &wanted.0 {
            let start = *self.starts.get(one.scope)?;
            let subjects = *subjects.get(one.scope)?;
            for subject in 0..subjects {
                let value = self.value(start + one.rank * subjects + subject, one.ty)?;
                features.state(one.id, subject, value);
            }
        }
        Some(())
    }

    /// The value at a place.
    fn value(&self, place: usize, ty: Type) -> Option<Result<Value, Missing>> {
        let tag = *self.tags.get(place)?;
        let four = *self.values.get(place * 4..)?.first_chunk::<4>()?;
        let short = i32::from_le_bytes(four);
        Some(Ok(match tag {
            SHORT => self.whole(i64::from(short), ty)?,
            LONG => {
                let eight = self.behind(four)?.try_into().ok()?;
                self.whole(i64::from_le_bytes(eight), ty)?
            }
            TEXT if ty == Type::Text => {
                Value::Text(std::str::from_utf8(self.behind(four)?).ok()?.to_owned())
            }
            WRITTEN => {
                let value: Value = serde_json::from_slice(self.behind(four)?).ok()?;
                (value.ty() == ty).then_some(value)?
            }
            MISSING.. => {
                let cause = Missing::ALL.get(usize::from(tag & !MISSING));
                return Some(Err(*cause?));
            }
            _ => {
                let scale = tag
                    .checked_sub(DECIMAL)
                    .filter(|scale| *scale <= SCALE_MAX)?;
                let decimal = Decimal::new(i64::from(short), u32::from(scale));
                match ty {
                    Type::Ratio => Value::Ratio(decimal),
                    Type::Percent => Value::Percent(decimal),
                    Type::Money
                    | Type::Count
                    | Type::Days
                    | Type::Date
                    | Type::Text
                    | Type::Bool => {
                        return None;
                    }
                }
            }
        }))
    }

    fn whole(&self, whole: i64, ty: Type) -> Option<Value> {
        match ty {
            Type::Money => Some(Value::Money(Money::new(whole, self.currency))),
            Type::Count => Some(Value::Count(whole)),
            Type::Days => Some(Value::Days(whole)),
            Type::Date => {
                let day = i32::try_from(whole).ok()?;
                NaiveDate::from_num_days_from_ce_opt(day).map(Value::Date)
            }
            Type::Bool => Some(Value::Bool(whole != 0)),
            Type::Ratio | Type::Percent | Type::Text => None,
        }
    }

    fn behind(&self, place: [u8; 4]) -> Option<&'a [u8]> {
        let place = usize::try_from(u32::from_le_bytes(place)).ok()?;
        Reader(self.behind.get(place..)?).bytes()
    }
}
