//! Checks `[offer]`: the grid of offers, its tiers, fees and caps.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::Checker;
use crate::application::{RepaymentFrequency, Term, TermUnit};
use crate::features::{Type, Value};
use crate::limits;
use crate::loan::CountsIn;
use crate::rules::advice::Advice;
use crate::rules::asked::{AskedFor, Varied};
use crate::rules::diagnostic::Code;
use crate::rules::evaluation::Action;
use crate::rules::file::{CapEntry, FeeEntry, OfferEntry, TierEntry};
use crate::rules::node::{Aggregate, Node, SlotId, Source};
use crate::rules::resolve::{NameScope, Typed};
use crate::rules::rule_set::{
    AMOUNT_REDUCED, Cap, Fee, Formula, NO_OFFER, Offer, Scorecard, TERMS_CHANGED, Tier,
};
use crate::rules::toml_reader::Text;
use crate::rules::vocabulary::{BASES, FIGURES, FREQUENCIES, Figure, PAID, WITHOUT_OFFER};

/// The longest id of a tier, in bytes: it stands in a column of every offer that is listed.
const TIER_ID_BYTES_MAX: usize = 40;

impl Checker<'_> {
    pub(super) fn offer(&mut self, entry: &OfferEntry, scorecard: bool) -> Option<Offer> {
        let step = entry.step.as_ref().map(|step| self.amount(step));
        let minimum = entry.minimum.as_ref().map(|minimum| self.amount(minimum));
        let terms = self.terms(&entry.terms);
        let frequencies = self.frequencies(&entry.frequencies);
        let varied = Varied {
            terms: !entry.terms.is_empty(),
            frequencies: !entry.frequencies.is_empty(),
        };
        let place = NameScope::Offer { scorecard, varied };
        let payment = entry.affordable_payment.as_ref();
        let payment = payment.map(|text| self.of_type(text, place, Type::Money));
        let reasons = self.offer_reasons(entry, varied);
        if entry.tiers.is_empty() {
            self.missing_key(&entry.span, "[offer] needs an [[offer.tier]]");
        }
        let (tiers, most) = self.tiers(entry, place, minimum.flatten());
        let mut ids = BTreeSet::new();
        let fees = entry.fees.iter().map(|fee| self.fee(fee, &mut ids, place));
        let fees: Vec<Option<Fee>> = fees.collect();
        let mut ids = BTreeSet::new();
        let caps = entry.caps.iter().map(|cap| self.cap(cap, &mut ids, place));
        let caps: Vec<Option<Cap>> = caps.collect();
        self.tiers_above_caps((entry, &tiers), &caps);
        let (terms, frequencies) = (terms?, frequencies?);
        let (step, minimum) = (step??, minimum??);
        if let (Some(most), Some(text)) = (most, &entry.step) {
            let choices = terms.len().max(1) * frequencies.len().max(1);
            self.grid(text, (step, minimum, most), choices);
        }
        let (otherwise, none_reason, counter_reason, affordability_reason, terms_reason) = reasons?;
        Some(Offer {
            step,
            minimum,
            terms,
            frequencies,
            affordable_payment: payment??.0,
            otherwise,
            none_reason,
            counter_reason,
            affordability_reason,
            terms_reason,
            tiers: tiers.into_iter().collect::<Option<_>>()?,
            fees: fees.into_iter().collect::<Option<_>>()?,
            caps: caps.into_iter().collect::<Option<_>>()?,
        })
    }

    /// What is done where nothing can be offered, and the reasons: for that, for less than was asked
    /// for, for that where affordability bound it, and for other terms.
    fn offer_reasons(
        &mut self,
        entry: &OfferEntry,
        varied: Varied,
    ) -> Option<(Action, usize, usize, Option<usize>, usize)> {
        let otherwise = match &entry.otherwise {
            Some(text) => self.word(
                text,
                &WITHOUT_OFFER,
                "what is done where nothing can be offered",
            ),
            None => Some(Action::Refer),
        };
        let declines = otherwise == Some(Action::Decline);
        let (own, other) = if declines {
            (&entry.decline_reason, &entry.refer_reason)
        } else {
            (&entry.refer_reason, &entry.decline_reason)
        };
        if let Some(text) = other {
            let (key, word) = if declines {
                ("refer_reason", "refer")
            } else {
                ("decline_reason", "decline")
            };
            let message = format!("`{key}` is given only where `otherwise` is \"{word}\"");
            let help = format!("write `otherwise = \"{word}\"`, or the reason under its other key");
            self.report
                .error_with(Code::BadValue, &text.span, message, help);
        }
        let none = self.reason_or(own.as_ref(), NO_OFFER);
        let counter = self.reason_or(entry.counter_reason.as_ref(), AMOUNT_REDUCED);
        let affordability = entry.affordability_reason.as_ref();
        let affordability = affordability.map(|reason| self.reason(reason));
        let terms = self.reason_or(entry.terms_reason.as_ref(), TERMS_CHANGED);
        if let (Some(text), false) = (&entry.terms_reason, varied.terms || varied.frequencies) {
            let message = "`terms_reason` is never given: every offer has the terms asked for";
            let help = "offer others by `terms` or `frequencies`".to_owned();
            self.report
                .error_with(Code::BadValue, &text.span, message, help);
        }
        let affordability = match affordability {
            Some(reason) => Some(reason?),
            None => None,
        };
        Some((otherwise?, none?, counter?, affordability, terms?))
    }

    /// The tiers, and the most that any of them offers, where that is constant.
    fn tiers(
        &mut self,
        entry: &OfferEntry,
        place: NameScope,
        minimum: Option<i64>,
    ) -> (Vec<Option<Tier>>, Option<i64>) {
        let mut ids = BTreeSet::new();
        let mut closed = false;
        let mut tiers = Vec::new();
        let mut most = Some(0);
        for tier in &entry.tiers {
            let span = tier.id.as_ref().map_or(&entry.span, |id| &id.span);
            if closed {
                let message = "this tier never applies: one before it always does";
                let own = self.report.table_around(span);
                let advice = Advice::words("leave it out, or put it before").without(own, "it");
                self.report
                    .warning(Code::Unreachable, span, message, advice);
            }
            let (tier, own) = self.tier(tier, &mut ids, place, minimum);
            closed |= tier.as_ref().is_some_and(|tier| is_true(&tier.when.node));
            most = most.zip(own).map(|(most, own): (i64, i64)| most.max(own));
            tiers.push(tier);
        }
        (tiers, most)
    }

    fn tier<'f>(
        &mut self,
        entry: &'f TierEntry,
        ids: &mut BTreeSet<&'f str>,
        place: NameScope,
        minimum: Option<i64>,
    ) -> (Option<Tier>, Option<i64>) {
        let id = entry.id.as_ref().map(|id| self.tier_id(id, ids));
        let when = entry.when.as_ref();
        // A last tier that always applies is usual: no warning.
        let when = when.map(|when| self.formula(when, place, true));
        let rate = entry
            .rate
            .as_ref()
            .map(|rate| self.rate(rate, place, "rate"));
        let max = entry.max_amount.as_ref();
        let max = max.map(|max| self.of_type(max, place, Type::Money));
        let min = entry.min_amount.as_ref();
        let min = min.map(|min| self.of_type(min, place, Type::Money));
        let most = max
            .as_ref()
            .and_then(|max| self.known_amount(max.as_ref()?));
        if let (Some(most), Some(text)) = (most, &entry.max_amount) {
            if most <= 0 {
                let message = format!("`{}` is not above zero", text.value);
                self.report.error(Code::OutOfRange, &text.span, message);
            } else if minimum.is_some_and(|minimum| most < minimum) {
                let message = "this is below the `minimum` of [offer], so the tier never offers";
                self.report.error(Code::OutOfRange, &text.span, message);
            }
        }
        let least = min
            .as_ref()
            .and_then(|min| self.known_amount(min.as_ref()?));
        if let (Some((least, most)), Some(text)) = (least.zip(most), &entry.min_amount)
            && least > most
        {
            let message = "this is above the `max_amount`, so the tier never offers";
            self.report.error(Code::OutOfRange, &text.span, message);
        }
        let tier = || {
            Some(Tier {
                id: id??,
                when: when??.0,
                rate: rate??,
                max_amount: max??.0,
                min_amount: match min {
                    Some(min) => Some(min?.0),
                    None => None,
                },
            })
        };
        (tier(), most)
    }

    fn fee<'f>(
        &mut self,
        entry: &'f FeeEntry,
        ids: &mut BTreeSet<&'f str>,
        place: NameScope,
    ) -> Option<Fee> {
        let id = entry.id.as_ref().map(|id| self.unique(id, ids, "fee"));
        let mut part = |text: &Option<Text>, ty: Type| {
            let found = text.as_ref().map(|text| self.of_type(text, place, ty));
            match found {
                Some(found) => found.map(|(formula, _)| Some(formula)),
                None => Some(None),
            }
        };
        let share = part(&entry.share, Type::Percent);
        let flat = part(&entry.flat, Type::Money);
        let minimum = part(&entry.minimum, Type::Money);
        let maximum = part(&entry.maximum, Type::Money);
        if entry.share.is_none() && entry.flat.is_none() {
            self.missing_key(&entry.span, "[[offer.fee]] needs `share` or `flat`");
        }
        let paid = entry
            .paid
            .as_ref()
            .map(|text| self.word(text, &PAID, "how a fee is paid"));
        let counts_in = self.counts_in(&entry.counts_in);
        Some(Fee {
            id: id??,
            share: share?,
            flat: flat?,
            minimum: minimum?,
            maximum: maximum?,
            paid: paid??,
            counts_in: counts_in?,
        })
    }

    fn counts_in(&mut self, texts: &[Text]) -> Option<CountsIn> {
        let mut counts_in = CountsIn::default();
        for text in texts {
            match self.word(text, &FIGURES, "a figure that a fee counts in")? {
                Figure::FinanceCharge => counts_in.finance_charge = true,
                Figure::Mapr => counts_in.mapr = true,
            }
        }
        if let (Some(text), true, false) = (texts.first(), counts_in.finance_charge, counts_in.mapr)
        {
            let message = "what counts in the finance charge counts in the MAPR too \
                           (32 CFR 232.4(c)(1))";
            let help = "write `counts_in = [\"finance_charge\", \"mapr\"]`".to_owned();
            self.report
                .error_with(Code::BadValue, &text.span, message, help);
        }
        Some(counts_in)
    }

    fn cap<'f>(
        &mut self,
        entry: &'f CapEntry,
        ids: &mut BTreeSet<&'f str>,
        place: NameScope,
    ) -> Option<Cap> {
        let id = entry.id.as_ref().map(|id| self.unique(id, ids, "cap"));
        let basis = entry.basis.as_ref();
        let basis = basis.map(|text| self.word(text, &BASES, "a rate that is capped"));
        let max = entry.max.as_ref().map(|max| self.rate(max, place, "max"));
        let when = entry.when.as_ref().map(|when| self.condition(when, place));
        Some(Cap {
            id: id??,
            basis: basis??,
            max: max??,
            when: match when {
                Some(when) => Some(when?),
                None => None,
            },
        })
    }

    /// Warns about a constant rate above a constant cap that always applies.
    ///
    /// A warning, as the rate of interest is not the rate that is capped: days of a month that count less
    /// can take a loan of one payment just below it.
    fn tiers_above_caps(
        &mut self,
        (entry, tiers): (&OfferEntry, &[Option<Tier>]),
        caps: &[Option<Cap>],
    ) {
        let always = |cap: &&Cap| cap.when.as_ref().is_none_or(|when| is_true(&when.node));
        let caps = caps.iter().flatten().filter(always);
        let caps = caps.filter_map(|cap| Some((cap, self.constant_rate(&cap.max)?)));
        let Some((cap, max)) = caps.min_by_key(|(_, max)| *max) else {
            return;
        };
        for (tier, written) in tiers.iter().zip(&entry.tiers) {
            let rate = tier
                .as_ref()
                .and_then(|tier| self.constant_rate(&tier.rate));
            if let (Some(rate), Some(text)) = (rate, &written.rate)
                && rate > max
            {
                let message = format!(
                    "this is above the cap `{}` of {max}%, which always applies: no loan of this tier \
                     is within the cap",
                    cap.id
                );
                let advice = Advice::words("write a rate within the cap, or say `when` it applies");
                self.report
                    .warning(Code::NeverHolds, &text.span, message, advice);
            }
        }
    }

    /// The percent of a rate that names nothing but params.
    fn constant_rate(&self, rate: &Formula) -> Option<Decimal> {
        let currency = self.currency.unwrap_or(crate::money::Currency::USD);
        match crate::rules::compile::constant(&rate.node, currency) {
            Ok(Value::Percent(rate)) => Some(rate),
            Ok(_) | Err(_) => None,
        }
    }

    fn terms(&mut self, texts: &[Text]) -> Option<Vec<Term>> {
        let terms: Vec<Option<Term>> = texts.iter().map(|text| self.offer_term(text)).collect();
        let terms: Vec<Term> = terms.into_iter().collect::<Option<_>>()?;
        let mut seen = BTreeSet::new();
        for (term, text) in terms.iter().zip(texts) {
            if !seen.insert(term.days()) {
                let message = format!("`{}` is there already", text.value);
                self.report.error(Code::DuplicateId, &text.span, message);
            }
        }
        Some(terms)
    }

    pub(super) fn offer_term(&mut self, text: &Text) -> Option<Term> {
        let mut words = text.value.split_ascii_whitespace();
        let count = words.next().and_then(|count| count.parse().ok());
        let unit = match words.next() {
            Some("day" | "days") => Some(TermUnit::Days),
            Some("week" | "weeks") => Some(TermUnit::Weeks),
            Some("month" | "months") => Some(TermUnit::Months),
            _ => None,
        };
        let (Some(count), Some(unit), None) = (count, unit, words.next()) else {
            let message = format!("`{}` is not a term", text.value.escape_debug());
            let help = "a term is a number of days, weeks or months, as in `12 months`".to_owned();
            self.report
                .error_with(Code::BadValue, &text.span, message, help);
            return None;
        };
        let term = Term { count, unit };
        let months = unit == TermUnit::Months && count > limits::TERM_MONTHS_MAX;
        if count == 0 || months || term.days() > limits::TERM_DAYS_MAX {
            let message = "a term is at least 1 and at most 480 months, or 40 years in days";
            self.report.error(Code::OutOfRange, &text.span, message);
            return None;
        }
        Some(term)
    }

    fn frequencies(&mut self, texts: &[Text]) -> Option<Vec<RepaymentFrequency>> {
        let mut found = Vec::new();
        for text in texts {
            let frequency = self.word(text, &FREQUENCIES, "a frequency of payments")?;
            if found.contains(&frequency) {
                let message = format!("`{}` is there already", text.value);
                self.report.error(Code::DuplicateId, &text.span, message);
            }
            found.push(frequency);
        }
        Some(found)
    }

    /// Reports a grid of more points than are looked at.
    fn grid(&mut self, step: &Text, (size, minimum, most): (i64, i64, i64), choices: usize) {
        let amounts = (most.saturating_sub(minimum))
            .checked_div(size)
            .unwrap_or(0);
        let points = amounts
            .saturating_add(2)
            .saturating_mul(i64::try_from(choices).unwrap_or(i64::MAX));
        let max = i64::try_from(limits::OFFER_POINTS_MAX).unwrap_or(i64::MAX);
        if points <= max {
            return;
        }
        let message = format!(
            "from `minimum` to the largest `max_amount` there are {points} offers to look at, and at \
             most {max} are"
        );
        let help = "a larger `step`, or fewer `terms` and `frequencies`".to_owned();
        self.report
            .error_with(Code::OutOfRange, &step.span, message, help);
    }

    /// Tiers may be called `A` and `B`, so capitals are let in.
    fn tier_id<'f>(&mut self, id: &'f Text, ids: &mut BTreeSet<&'f str>) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let text = id.value.as_str();
        if text.is_empty() || text.len() > TIER_ID_BYTES_MAX || !text.chars().all(plain) {
            let message = format!(
                "the id of a tier has letters, digits, `-` and `_`, at most {TIER_ID_BYTES_MAX}"
            );
            self.report.error(Code::BadName, &id.span, message);
            return None;
        }
        if !ids.insert(text) {
            let message = format!("there is another tier `{text}`");
            self.report.error(Code::DuplicateId, &id.span, message);
            return None;
        }
        Some(text.to_owned())
    }

    /// A yearly rate, in range where it is constant.
    fn rate(&mut self, text: &Text, place: NameScope, key: &str) -> Option<Formula> {
        let (formula, typed) = self.of_type(text, place, Type::Percent)?;
        let Some(Value::Percent(rate)) = self.constant_value(&typed) else {
            return Some(formula);
        };
        let max = Decimal::from(limits::RATE_PERCENT_MAX);
        if rate >= Decimal::ZERO && rate <= max {
            return Some(formula);
        }
        let message = format!("`{key}` is between 0% and {max}%");
        self.report.error(Code::OutOfRange, &text.span, message);
        None
    }

    /// A constant amount above zero, in minor units.
    fn amount(&mut self, text: &Text) -> Option<i64> {
        let value = self.constant(text, NameScope::Constant, Some(Type::Money))?;
        if let Value::Money(money) = value
            && money.minor() > 0
        {
            return Some(money.minor());
        }
        let message = format!("`{}` is not above zero", text.value);
        self.report.error(Code::OutOfRange, &text.span, message);
        None
    }

    /// An expression of one type.
    pub(super) fn of_type(
        &mut self,
        text: &Text,
        place: NameScope,
        wanted: Type,
    ) -> Option<(Formula, Typed)> {
        let (formula, typed) = self.formula(text, place, false)?;
        self.expect_type(text, &typed, wanted)?;
        Some((formula, typed))
    }

    /// The value of an expression that names nothing.
    pub(super) fn constant_value(&self, typed: &Typed) -> Option<Value> {
        let currency = self.currency.unwrap_or(crate::money::Currency::USD);
        let known = || crate::rules::compile::constant(&typed.node, currency).ok();
        typed.constant.then(known).flatten()
    }

    fn known_amount(&self, (_, typed): &(Formula, Typed)) -> Option<i64> {
        match self.constant_value(typed) {
            Some(Value::Money(money)) => Some(money.minor()),
            Some(_) | None => None,
        }
    }

    /// What a node rests on, in the end, of what was asked for.
    pub(super) fn asked_for(&self, node: &Node) -> BTreeSet<AskedFor> {
        let mut slots = BTreeSet::new();
        node.slots(&mut slots);
        let all = slots.into_iter();
        all.flat_map(|slot| self.asked_for_by(slot)).collect()
    }

    fn asked_for_by(&self, slot: SlotId) -> BTreeSet<AskedFor> {
        let Some(slot) = self.slots.get(slot) else {
            return BTreeSet::new();
        };
        match slot.source {
            Source::Feature(id) => AskedFor::of(id).into_iter().collect(),
            Source::Derive(_) | Source::Row(_) | Source::Cell(..) => {
                self.names.asked_for(&slot.name)
            }
            Source::Aggregate(index) => {
                let aggregate = self.slots.aggregates.get(index).into_iter();
                let nodes = aggregate.flat_map(Aggregate::nodes);
                nodes.flat_map(|node| self.asked_for(node)).collect()
            }
            Source::Forecast(index) => {
                let node = self.slots.forecasts.get(index);
                node.map(|node| self.asked_for(node)).unwrap_or_default()
            }
            Source::Input(_) | Source::Score | Source::BinValue | Source::Offer(_) => {
                BTreeSet::new()
            }
        }
    }

    /// Notes what the score rests on of what was asked for.
    pub(super) fn score_asked_for(&mut self, scorecard: &Scorecard) {
        let all = scorecard.characteristics.iter();
        let nodes = all.flat_map(|one| {
            let bins = one.bins.iter().filter_map(|bin| bin.when.as_ref());
            std::iter::once(&one.value).chain(bins)
        });
        let asked: Vec<_> = nodes.map(|formula| self.asked_for(&formula.node)).collect();
        self.names
            .rests_on("score", asked.into_iter().flatten().collect());
    }
}

fn is_true(node: &Node) -> bool {
    matches!(node, Node::Constant(Value::Bool(true)))
}
