//! Sets of values: what a comparison leaves of those that something can have.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::span::Span;

/// What something can be, and whether it may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Region {
    values: Values,
    missing: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Values {
    /// In order, none touching the next.
    Numbers(Vec<Span>),
    /// Texts: these, or all but these.
    Words {
        list: BTreeSet<String>,
        except: bool,
    },
}

impl Region {
    /// Numbers of these spans, `step` being the least that two numbers differ by.
    pub(super) fn numbers(spans: impl IntoIterator<Item = Span>, step: Decimal) -> Self {
        let mut spans: Vec<Span> = spans.into_iter().filter(|span| !span.is_empty()).collect();
        spans.sort_by_key(|span| span.low);
        let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match merged.last_mut() {
                Some(last) if touches(*last, span, step) => *last = last.hull(span),
                _ => merged.push(span),
            }
        }
        Self {
            values: Values::Numbers(merged),
            missing: false,
        }
    }

    /// Texts: these, or all but these.
    pub(super) fn words(list: BTreeSet<String>, except: bool) -> Self {
        Self {
            values: Values::Words { list, except },
            missing: false,
        }
    }

    /// The same, or missing.
    #[cfg(test)]
    pub(super) fn or_missing(self) -> Self {
        Self {
            missing: true,
            ..self
        }
    }

    /// Missing, and nothing else.
    pub(super) fn only_missing(&self) -> Self {
        let values = match &self.values {
            Values::Numbers(_) => Values::Numbers(Vec::new()),
            Values::Words { .. } => Values::Words {
                list: BTreeSet::new(),
                except: false,
            },
        };
        Self {
            values,
            missing: true,
        }
    }

    /// The spans, of numbers.
    pub(super) fn spans(&self) -> &[Span] {
        match &self.values {
            Values::Numbers(spans) => spans,
            Values::Words { .. } => &[],
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.missing
            && match &self.values {
                Values::Numbers(spans) => spans.is_empty(),
                Values::Words { list, except } => list.is_empty() && !except,
            }
    }

    /// What is in both.
    pub(super) fn meet(&self, other: &Self) -> Self {
        let values = match (&self.values, &other.values) {
            (Values::Numbers(a), Values::Numbers(b)) => {
                let pairs = a.iter().flat_map(|a| b.iter().map(|b| a.meet(*b)));
                Values::Numbers(pairs.filter(|span| !span.is_empty()).collect())
            }
            (
                Values::Words { list: a, except },
                Values::Words {
                    list: b,
                    except: other,
                },
            ) => {
                let (list, except) = match (except, other) {
                    (false, false) => (a & b, false),
                    (false, true) => (a - b, false),
                    (true, false) => (b - a, false),
                    (true, true) => (a | b, true),
                };
                Values::Words { list, except }
            }
            // Of two types nothing is known; the checker lets nothing such in.
            (values @ Values::Numbers(_), Values::Words { .. })
            | (values @ Values::Words { .. }, Values::Numbers(_)) => values.clone(),
        };
        Self {
            values,
            missing: self.missing && other.missing,
        }
    }

    /// What is not in it, missing left out.
    pub(super) fn rest(&self, step: Decimal) -> Self {
        let values = match &self.values {
            Values::Words { list, except } => Values::Words {
                list: list.clone(),
                except: !except,
            },
            Values::Numbers(spans) => {
                let mut rest = Vec::with_capacity(spans.len() + 1);
                let mut from = Some(None);
                for span in spans {
                    let below = span.low.and_then(|low| low.checked_sub(step));
                    if let (Some(low), Some(below)) = (from, below) {
                        rest.push(Span {
                            low,
                            high: Some(below),
                        });
                    }
                    from = span.high.and_then(|high| high.checked_add(step)).map(Some);
                }
                if let Some(low) = from {
                    rest.push(Span { low, high: None });
                }
                rest.retain(|span| !span.is_empty());
                Values::Numbers(rest)
            }
        };
        Self {
            values,
            missing: false,
        }
    }

    /// Whether all of it is in the other.
    pub(super) fn within(&self, other: &Self) -> bool {
        let values = match (&self.values, &other.values) {
            (Values::Numbers(a), Values::Numbers(b)) => {
                a.iter().all(|a| b.iter().any(|b| a.within(*b)))
            }
            (
                Values::Words { list: a, except },
                Values::Words {
                    list: b,
                    except: other,
                },
            ) => match (except, other) {
                (false, false) => a.is_subset(b),
                (false, true) => a.is_disjoint(b),
                (true, false) => false,
                (true, true) => b.is_subset(a),
            },
            (Values::Numbers(_), Values::Words { .. })
            | (Values::Words { .. }, Values::Numbers(_)) => false,
        };
        values && (!self.missing || other.missing)
    }
}

/// Whether nothing lies between a span and one that does not begin before it.
fn touches(first: Span, next: Span, step: Decimal) -> bool {
    match (first.high, next.low) {
        (Some(high), Some(low)) => high.checked_add(step).is_none_or(|after| low <= after),
        (None, _) | (_, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(list: &[(i64, i64)]) -> Region {
        let spans = list
            .iter()
            .map(|(low, high)| Span::between(Decimal::from(*low), Decimal::from(*high)));
        Region::numbers(spans, Decimal::ONE)
    }

    #[test]
    fn the_rest_of_the_rest_is_the_whole() {
        for region in [
            spans(&[(0, 3), (4, 9), (20, 30)]),
            spans(&[]),
            spans(&[(1, 1)]),
        ] {
            assert_eq!(region.rest(Decimal::ONE).rest(Decimal::ONE), region);
            assert!(region.meet(&region.rest(Decimal::ONE)).is_empty());
        }
        // Whole numbers that follow each other leave nothing between them.
        assert_eq!(spans(&[(0, 3), (4, 9)]), spans(&[(0, 9)]));
        let words = Region::words(BTreeSet::from(["a".to_owned()]), false);
        assert!(words.meet(&words.rest(Decimal::ONE)).is_empty());
        assert!(words.within(&words) && !words.rest(Decimal::ONE).within(&words));
    }

    #[test]
    fn missing_is_no_value() {
        let some = spans(&[(0, 9)]);
        assert!(some.within(&some.clone().or_missing()));
        assert!(!some.clone().or_missing().within(&some));
        assert!(some.meet(&some.only_missing()).is_empty());
    }
}
