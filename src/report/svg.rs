//! Charts as SVG, to stand inside of a page. Coordinates are whole tenths of a pixel; colours are
//! classes, so that the page gives them for light and dark.

mod bars;
mod curve;
mod flows;
mod lengths;
mod spreads;

use chrono::{Datelike, Days, Months, NaiveDate};

pub(super) use bars::{Bar, Pair, bars, pairs};
pub(super) use curve::{Spot, curve};
pub(super) use flows::flows;
pub(super) use spreads::spreads;

use super::amount::Amount;
use super::markup::Markup;
use super::model::{Month, Stream};
use crate::examination::percent;

/// How wide a chart is drawn: a page shows the one that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// For a desk.
    Wide,
    /// For a phone.
    Narrow,
}

impl Width {
    const fn pixels(self) -> i64 {
        match self {
            Self::Wide => 1_040,
            Self::Narrow => 350,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Wide => "chart wide",
            Self::Narrow => "chart narrow",
        }
    }

    /// The days that fit, the latest ones.
    const fn days(self) -> u64 {
        match self {
            Self::Wide => 731,
            Self::Narrow => 183,
        }
    }
}

/// Tenths of a pixel as SVG writes them.
fn tenths(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let digits = value.unsigned_abs();
    format!("{sign}{}.{}", digits / 10, digits % 10)
}

/// `part` of `whole`, in tenths of `pixels`.
fn share(part: i128, whole: i128, pixels: i64) -> i64 {
    let scaled = part
        .checked_mul(i128::from(pixels) * 10)
        .and_then(|scaled| scaled.checked_div(whole));
    scaled
        .and_then(|scaled| i64::try_from(scaled).ok())
        .unwrap_or(0)
}

/// Days from left to right.
struct Timeline {
    first: NaiveDate,
    days: i64,
    width: i64,
}

impl Timeline {
    fn x(&self, day: NaiveDate) -> i64 {
        let ahead = day.signed_duration_since(self.first).num_days();
        share(ahead.into(), self.days.max(1).into(), self.width)
    }

    fn holds(&self, day: NaiveDate) -> bool {
        let ahead = day.signed_duration_since(self.first).num_days();
        (0..=self.days).contains(&ahead)
    }

    /// A line and a name at the first of each month, or of every third where they are many.
    fn months(&self, markup: &mut Markup, height: i64) {
        let narrow = self.width < 600;
        let every = match (self.days, narrow) {
            (..=200, true) | (..=400, false) => 1,
            (..=400, true) | (_, false) => 3,
            (_, true) => 6,
        };
        let mut month = self.first.with_day(1);
        while let Some(first) = month {
            month = first.checked_add_months(Months::new(1));
            if first < self.first {
                continue;
            }
            if !self.holds(first) {
                return;
            }
            if first.month0() % every != 0 {
                continue;
            }
            let x = self.x(first);
            line(markup, "grid", (x, 0), (x, (height - 16) * 10));
            let name = if first.month() == 1 || every > 1 {
                first.format("%b %Y").to_string()
            } else {
                first.format("%b").to_string()
            };
            // A name that the edge would cut is left out.
            if x + 300 <= self.width * 10 {
                label(markup, "tick", x + 30, (height - 4) * 10, &name);
            }
        }
    }
}

fn line(markup: &mut Markup, class: &str, (x1, y1): (i64, i64), (x2, y2): (i64, i64)) {
    let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(tenths);
    markup.empty(
        "line",
        &[
            ("class", class),
            ("x1", &x1),
            ("y1", &y1),
            ("x2", &x2),
            ("y2", &y2),
        ],
    );
}

fn label(markup: &mut Markup, class: &str, x: i64, y: i64, text: &str) {
    let (x, y) = (tenths(x), tenths(y));
    markup.element("text", &[("class", class), ("x", &x), ("y", &y)], text);
}

fn rectangle(markup: &mut Markup, class: &str, (x, y): (i64, i64), (width, height): (i64, i64)) {
    let [x, y, width, height] = [x, y, width, height].map(tenths);
    markup.empty(
        "rect",
        &[
            ("class", class),
            ("x", &x),
            ("y", &y),
            ("width", &width),
            ("height", &height),
        ],
    );
}

/// A mark with a text that shows where it is pointed at.
fn mark(markup: &mut Markup, class: &str, (x, y): (i64, i64), radius: i64, says: &str) {
    let [x, y, radius] = [x, y, radius].map(tenths);
    let attributes = [("class", class), ("cx", &*x), ("cy", &*y), ("r", &*radius)];
    markup.within("circle", &attributes, |mark| {
        mark.element("title", &[], says)
    });
}

fn chart(
    markup: &mut Markup,
    width: Width,
    height: i64,
    says: &str,
    inside: impl FnOnce(&mut Markup),
) {
    let view = format!("0 0 {} {height}", width.pixels());
    let attributes = [
        ("class", width.class()),
        ("viewBox", &view),
        ("role", "img"),
        ("aria-label", says),
    ];
    markup.within("svg", &attributes, inside);
}

/// The balance at the end of a day, as it is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    /// The day.
    pub(super) day: NaiveDate,
    /// The balance.
    pub(super) balance: Amount,
    /// Whether it is fit for features.
    pub(super) fit: bool,
}

/// The balance at the end of each day, days below zero and events marked: each event by its day and what
/// it was.
pub(super) fn balances(
    markup: &mut Markup,
    points: &[Point],
    events: &[(NaiveDate, String)],
    width: Width,
) {
    const HEIGHT: i64 = 220;
    const TOP: i64 = 16;
    const PLOT: i64 = HEIGHT - TOP - 20;
    let Some(last) = points.last().map(|point| point.day) else {
        return;
    };
    let earliest = last.checked_sub_days(Days::new(width.days()));
    let is_shown = |point: &&Point| earliest.is_none_or(|first| point.day > first);
    let shown: Vec<&Point> = points.iter().filter(is_shown).collect();
    let (Some(first), Some(lowest)) = (shown.first(), shown.iter().min_by_key(|one| one.balance))
    else {
        return;
    };
    let scale = Timeline {
        first: first.day,
        days: last.signed_duration_since(first.day).num_days(),
        width: width.pixels(),
    };
    let values = || shown.iter().map(|point| point.balance.minor());
    let (low, high) = (
        values().min().unwrap_or(0).min(0),
        values().max().unwrap_or(0).max(0),
    );
    let y = |minor: i128| TOP * 10 + share(high - minor, (high - low).max(1), PLOT);
    let says = format!(
        "balance at the end of each day from {} to {last}, lowest {} on {}",
        first.day,
        lowest.balance.grouped(),
        lowest.day
    );
    chart(markup, width, HEIGHT, &says, |svg| {
        scale.months(svg, HEIGHT);
        let step = share(1, scale.days.max(1).into(), scale.width).max(10);
        for point in shown.iter().filter(|point| point.balance.is_negative()) {
            let (left, zero) = (scale.x(point.day) - step / 2, y(0));
            let depth = y(point.balance.minor()).saturating_sub(zero).max(20);
            rectangle(svg, "band", (left, TOP * 10), (step, PLOT * 10));
            rectangle(svg, "below", (left, zero), (step, depth));
        }
        line(svg, "zero", (0, y(0)), (scale.width * 10, y(0)));
        balance_line(svg, &shown, |point| {
            (scale.x(point.day), y(point.balance.minor()))
        });
        let extreme = |minor: i128| shown.iter().find(|point| point.balance.minor() == minor);
        if let Some(point) = extreme(high) {
            label(svg, "value", 20, (TOP - 4) * 10, &point.balance.whole());
        }
        if let Some(point) = extreme(low) {
            label(svg, "value", 20, y(low) - 30, &point.balance.whole());
        }
        for (day, says) in events.iter().filter(|(day, _)| scale.holds(*day)) {
            mark(svg, "event", (scale.x(*day), TOP * 10), 45, says);
        }
    });
}

/// The line of balances; days that are not fit for features are drawn apart.
fn balance_line(svg: &mut Markup, points: &[&Point], place: impl Fn(&Point) -> (i64, i64)) {
    for run in points.chunk_by(|a, b| a.fit == b.fit) {
        let mut path = String::new();
        for point in run {
            let letter = if path.is_empty() { 'M' } else { 'L' };
            let (x, y) = place(point);
            path.push_str(&format!("{letter}{} {}", tenths(x), tenths(y)));
        }
        let fit = run.first().is_some_and(|point| point.fit);
        let class = if fit { "balance" } else { "balance unfit" };
        svg.empty("path", &[("class", class), ("d", &path)]);
    }
}

/// The paydays of a stream along the days from `first` to `last`: which came, which did not, and when
/// the next is due.
pub(super) fn paydays(
    markup: &mut Markup,
    stream: &Stream,
    (first, last): (NaiveDate, NaiveDate),
    width: Width,
) {
    const HEIGHT: i64 = 64;
    const MIDDLE: i64 = 240;
    let earliest = last.checked_sub_days(Days::new(width.days()));
    let first = earliest.map_or(first, |earliest| earliest.max(first));
    let end = stream.next_payday.map_or(last, |next| next.max(last));
    // Room at both ends, so that no mark is cut.
    let first = first.checked_sub_days(Days::new(3)).unwrap_or(first);
    let end = end.checked_add_days(Days::new(3)).unwrap_or(end);
    let scale = Timeline {
        first,
        days: end.signed_duration_since(first).num_days(),
        width: width.pixels(),
    };
    let missed = stream
        .calendar
        .iter()
        .filter(|payday| payday.came.is_none())
        .count();
    let says = format!("{} paydays came, {missed} did not", stream.payments);
    chart(markup, width, HEIGHT, &says, |svg| {
        scale.months(svg, HEIGHT);
        line(svg, "zero", (0, MIDDLE), (scale.width * 10, MIDDLE));
        for payday in &stream.calendar {
            let Some(day) = payday.day().filter(|day| scale.holds(*day)) else {
                continue;
            };
            let place = (scale.x(day), MIDDLE);
            match (payday.came, payday.due) {
                (Some(came), due) => {
                    let late = due.filter(|due| *due != came);
                    let due = late.map(|due| format!(", due {due}")).unwrap_or_default();
                    let says = format!("{came}: {}{due}", payday.amount.grouped());
                    let class = if payday.due.is_some() || stream.cadence == "irregular" {
                        "came"
                    } else {
                        "beside"
                    };
                    mark(svg, class, place, 45, &says);
                }
                (None, _) => mark(svg, "missed", place, 50, &format!("{day}: did not come")),
            }
        }
        if let Some(next) = stream.next_payday.filter(|day| scale.holds(*day)) {
            mark(
                svg,
                "next",
                (scale.x(next), MIDDLE),
                50,
                &format!("{next}: due next"),
            );
        }
    });
}

/// Money in and out of each month: income, other money in, money out.
pub(super) fn months(markup: &mut Markup, months: &[Month], width: Width) {
    const HEIGHT: i64 = 190;
    const PLOT: i64 = HEIGHT - 36;
    let most = if width == Width::Narrow { 6 } else { 12 };
    let shown = months
        .get(months.len().saturating_sub(most)..)
        .unwrap_or_default();
    let top = |month: &Month| {
        let money_in = month.income.minor() + month.other_in.minor();
        money_in.max(month.out.minor())
    };
    let highest = shown.iter().map(top).max().unwrap_or(0).max(1);
    let count = i64::try_from(shown.len()).unwrap_or(1).max(1);
    let slot = width.pixels() * 10 / count;
    let bar = (slot / 3).min(400);
    let tall = |amount: Amount| share(amount.minor(), highest, PLOT);
    chart(markup, width, HEIGHT, "money in and out by month", |svg| {
        let floor = (16 + PLOT) * 10;
        if let Some(month) = shown.iter().find(|month| top(month) == highest) {
            let both = [month.income, month.other_in, month.out].map(Amount::whole);
            let [income, other, out] = both;
            let says = format!("highest: {income} and {other} in, {out} out");
            label(svg, "value", 20, 110, &says);
        }
        for (place, month) in (0_i64..).zip(shown) {
            let left = place * slot + (slot - bar * 2) / 2;
            let (income, other, out) = (tall(month.income), tall(month.other_in), tall(month.out));
            let all = income + other;
            rectangle(svg, "income", (left, floor - income), (bar, income));
            rectangle(svg, "other", (left, floor - all), (bar, other));
            rectangle(svg, "out", (left + bar + 20, floor - out), (bar, out));
            let name = month.first.format("%b %y").to_string();
            label(svg, "tick", left, (HEIGHT - 4) * 10, &name);
        }
        line(svg, "zero", (0, floor), (width.pixels() * 10, floor));
    });
}

/// Shares that were told, from left to right, and what came of them, from below: on the slanted line
/// where both agree. Each point has its shares in millionths and how many cases it stands for.
pub(super) fn reliability(markup: &mut Markup, points: &[(u64, u64, usize)], width: Width) {
    const SIDE: i64 = 260;
    const LEFT: i64 = 40;
    const TOP: i64 = 10;
    let at = |share: u64| self::share(share.into(), 1_000_000, SIDE);
    let place = |told: u64, came: u64| (LEFT * 10 + at(told), (TOP + SIDE) * 10 - at(came));
    let most = points.iter().map(|(_, _, cases)| *cases).max().unwrap_or(1);
    let says = "what was told, and what came of it";
    chart(markup, width, TOP + SIDE + 30, says, |svg| {
        for tenth in [0, 250_000, 500_000, 750_000, 1_000_000] {
            line(svg, "grid", place(tenth, 0), place(tenth, 1_000_000));
            line(svg, "grid", place(0, tenth), place(1_000_000, tenth));
            let percent = (tenth / 10_000).to_string();
            let (x, y) = place(tenth, 0);
            label(svg, "tick", x - 60, y + 160, &percent);
            let (_, y) = place(0, tenth);
            label(svg, "tick", 80, y + 40, &percent);
        }
        line(svg, "zero", place(0, 0), place(1_000_000, 1_000_000));
        for (told, came, cases) in points {
            let part = i128::try_from(*cases).unwrap_or(0);
            let most = i128::try_from(most).unwrap_or(1).max(1);
            let radius = 30 + self::share(part, most, 4);
            let says = format!(
                "told {} %, came {} %, of {cases}",
                percent(*told),
                percent(*came)
            );
            mark(svg, "came", place(*told, *came), radius, &says);
        }
    });
}
