//! Well-typed expressions and features at random.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::features::Type;
use crate::rules::ast::{ArithmeticOp, CompareOp, Expr, ExprKind, ForecastFunction, Function};
use crate::rules::tests::*;

/// Every feature that the generated expressions name, and whether it has several subjects.
const NAMES: &[(&str, Type, bool)] = &[
    ("income.monthly_net", Type::Money, false),
    ("balance.current", Type::Money, false),
    ("income.streams", Type::Count, false),
    ("nsf.event_days_90d", Type::Count, false),
    ("income.days_since_last", Type::Days, false),
    ("balance.buffer_days", Type::Days, false),
    ("income.stability", Type::Ratio, false),
    ("cash_flow.recent_deposit_share", Type::Percent, false),
    ("income.next_payday", Type::Date, false),
    ("application.purpose", Type::Text, false),
    ("income.stopped", Type::Bool, false),
    ("ownership.name_score", Type::Ratio, true),
    ("account.current", Type::Money, true),
    ("account.history_days", Type::Days, true),
    ("ownership.joint", Type::Bool, true),
    ("account.institution", Type::Text, true),
];

/// The features of streams of income that take the place of others in a function over streams.
const OF_STREAMS: &[(&str, &str)] = &[
    ("ownership.name_score", "stream.confidence"),
    ("account.current", "stream.monthly_net"),
    ("account.history_days", "stream.days_since_last"),
    ("ownership.joint", "stream.counts"),
    ("account.institution", "stream.payer"),
];

/// A function over subjects, or the same over streams of income.
fn over_subjects(function: Function, mut body: Expr, of_streams: bool) -> Expr {
    // A forecast is of an account, and a function over streams looks at no account.
    if of_streams && !forecasts(&body) {
        name_streams(&mut body);
    }
    node(ExprKind::Call(function, vec![body]))
}

fn forecasts(expr: &Expr) -> bool {
    let own = matches!(&expr.kind, ExprKind::Call(Function::Forecast(_), _));
    own || expr.kind.children().any(forecasts)
}

fn name_streams(expr: &mut Expr) {
    match &mut expr.kind {
        ExprKind::Name(name) => {
            if let Some((_, of_stream)) = OF_STREAMS.iter().find(|(other, _)| other == name) {
                *name = (*of_stream).to_owned();
            }
        }
        ExprKind::Literal(_) => {}
        ExprKind::Not(inner) | ExprKind::Negate(inner) => name_streams(inner),
        ExprKind::IsMissing { value, .. } => name_streams(value),
        ExprKind::And(list) | ExprKind::Or(list) | ExprKind::Call(_, list) => {
            list.iter_mut().for_each(name_streams);
        }
        ExprKind::Arithmetic(_, left, right)
        | ExprKind::Compare(_, left, right)
        | ExprKind::Where(left, right) => {
            name_streams(left);
            name_streams(right);
        }
        ExprKind::In { value, list, .. } => {
            name_streams(value);
            list.iter_mut().for_each(name_streams);
        }
        ExprKind::Between(value, low, high) => {
            [value, low, high]
                .into_iter()
                .for_each(|part| name_streams(part));
        }
    }
}

fn node(kind: ExprKind) -> Expr {
    Expr::new(0..0, kind)
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

fn any_value(ty: Type) -> BoxedStrategy<Value> {
    // Around what 64 bits hold, and what a decimal does.
    let edge = (0_i64..3, any::<bool>()).prop_map(|(less, high)| {
        if high {
            i64::MAX - less
        } else {
            i64::MIN + less
        }
    });
    let whole = prop_oneof![16 => -4_i64..40, 1 => any::<i64>(), 1 => edge.clone()];
    let minor = prop_oneof![16 => -5_000_i64..500_000, 1 => any::<i64>(), 1 => edge];
    let wide = (-(1_i128 << 96) + 1..1_i128 << 96, 0_u32..20)
        .prop_map(|(digits, scale)| Decimal::from_i128_with_scale(digits, scale));
    match ty {
        Type::Money => minor
            .prop_map(|minor| Value::Money(Money::new(minor, Currency::USD)))
            .boxed(),
        Type::Count => whole.prop_map(Value::Count).boxed(),
        Type::Days => whole.prop_map(Value::Days).boxed(),
        Type::Ratio => {
            let usual = (-2_000_i64..9_000, 0_u32..7)
                .prop_map(|(digits, scale)| Decimal::new(digits, scale));
            prop_oneof![16 => usual, 1 => wide]
                .prop_map(Value::ratio)
                .boxed()
        }
        Type::Percent => {
            let usual = (-2_000_i64..9_000, 0_u32..7)
                .prop_map(|(digits, scale)| Decimal::new(digits, scale));
            prop_oneof![16 => usual, 1 => wide]
                .prop_map(Value::percent)
                .boxed()
        }
        Type::Date => (0_i64..4_000)
            .prop_map(|days| Value::Date(date() + chrono::Days::new(days.unsigned_abs())))
            .boxed(),
        Type::Text => "[ab\"\\\\]{0,2}".prop_map(Value::Text).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
    }
}

/// A decimal as it can be written: without a sign, and with fewer digits than it may hold.
fn written(decimal: Decimal) -> Decimal {
    const DIGITS_MAX: i128 = 10_i128.pow(26);
    let decimal = decimal.abs();
    let digits = decimal.mantissa();
    if digits < DIGITS_MAX {
        decimal
    } else {
        Decimal::from_i128_with_scale(digits / 1_000, decimal.scale())
    }
}

/// A literal: the language has no negative ones.
fn literal(ty: Type) -> BoxedStrategy<Expr> {
    any_value(ty)
        .prop_map(|value| {
            let value = match value {
                Value::Money(money) => {
                    Value::Money(Money::new(money.minor().saturating_abs(), money.currency()))
                }
                Value::Count(count) => Value::Count(count.saturating_abs()),
                Value::Days(days) => Value::Days(days.saturating_abs()),
                Value::Ratio(ratio) => Value::Ratio(written(ratio)),
                Value::Percent(percent) => Value::Percent(written(percent)),
                other @ (Value::Date(_) | Value::Text(_) | Value::Bool(_)) => other,
            };
            node(ExprKind::Literal(value))
        })
        .boxed()
}

fn name(ty: Type, scoped: bool) -> BoxedStrategy<Expr> {
    let names: Vec<&str> = NAMES
        .iter()
        .filter(|(_, of, many)| *of == ty && (*many == scoped || !*many))
        .map(|(name, ..)| *name)
        .collect();
    if names.is_empty() {
        return literal(ty);
    }
    proptest::sample::select(names)
        .prop_map(|name| node(ExprKind::Name(name.to_owned())))
        .boxed()
}

fn arithmetic(op: ArithmeticOp, left: Expr, right: Expr) -> Expr {
    node(ExprKind::Arithmetic(op, boxed(left), boxed(right)))
}

/// A well-typed expression. Inside of an aggregate, `scoped`, others are not made.
pub(in crate::rules::tests) fn expression(
    ty: Type,
    depth: u32,
    scoped: bool,
) -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![2 => name(ty, scoped), 1 => literal(ty)].boxed();
    if depth == 0 {
        return leaf;
    }
    let of = move |ty| expression(ty, depth - 1, scoped);
    let same = prop::collection::vec(of(ty), 2..4);
    let choice = |function: Function| move |list: Vec<Expr>| node(ExprKind::Call(function, list));
    let mut options: Vec<BoxedStrategy<Expr>> = vec![
        leaf,
        same.clone().prop_map(choice(Function::Coalesce)).boxed(),
        case(ty, depth, scoped),
    ];
    for (op, left, right) in signatures(ty) {
        let pair = (of(left), of(right));
        options.push(pair.prop_map(move |(a, b)| arithmetic(op, a, b)).boxed());
    }
    options.extend(of_dates(ty, depth, scoped));
    if !scoped {
        options.extend(tally(ty, depth));
    }
    if ty == Type::Bool {
        options.push(condition(depth, scoped));
    } else if ty != Type::Text {
        options.push(same.clone().prop_map(choice(Function::Min)).boxed());
        options.push(same.prop_map(choice(Function::Max)).boxed());
        if !scoped {
            // The name makes sure that there is a subject.
            let body = (name_of_many(ty), expression(ty, depth - 1, true));
            let only = prop::option::of(expression(Type::Bool, depth - 1, true));
            options.extend(body.0.map(|many| {
                (many, body.1, only, any::<bool>(), any::<bool>())
                    .prop_map(|(many, other, only, least, of_streams)| {
                        let body = node(ExprKind::Call(Function::Max, vec![many, other]));
                        let body = looked_at(body, only);
                        let function = if least { Function::Min } else { Function::Max };
                        over_subjects(function, body, of_streams)
                    })
                    .boxed()
            }));
        }
    }
    if !matches!(ty, Type::Bool | Type::Text | Type::Date) {
        let inner = of(ty);
        options.push(
            inner
                .clone()
                .prop_map(|one| node(ExprKind::Negate(boxed(one))))
                .boxed(),
        );
        options.push(
            inner
                .prop_map(|one| node(ExprKind::Call(Function::Abs, vec![one])))
                .boxed(),
        );
    }
    let asked = match ty {
        Type::Percent => Some((ForecastFunction::PReturn, vec![Type::Money, Type::Date])),
        Type::Date => Some((
            ForecastFunction::BestPullDate,
            vec![Type::Money, Type::Date, Type::Date],
        )),
        Type::Money | Type::Count | Type::Days | Type::Ratio | Type::Text | Type::Bool => None,
    };
    options.extend(asked.map(|(function, arguments)| {
        let arguments: Vec<BoxedStrategy<Expr>> = arguments.into_iter().map(of).collect();
        arguments
            .prop_map(move |list| node(ExprKind::Call(Function::Forecast(function), list)))
            .boxed()
    }));
    let rounded = match ty {
        Type::Count => Some(Type::Ratio),
        Type::Money | Type::Percent => Some(ty),
        Type::Days | Type::Ratio | Type::Date | Type::Text | Type::Bool => None,
    };
    options.extend(rounded.map(|ty| {
        of(ty)
            .prop_map(|one| node(ExprKind::Call(Function::Round, vec![one])))
            .boxed()
    }));
    proptest::strategy::Union::new(options).boxed()
}

/// A value, and perhaps the condition under which a function over subjects looks at it.
fn looked_at(value: Expr, only: Option<Expr>) -> Expr {
    match only {
        Some(only) => node(ExprKind::Where(boxed(value), boxed(only))),
        None => value,
    }
}

/// `case` of one or two conditions.
fn case(ty: Type, depth: u32, scoped: bool) -> BoxedStrategy<Expr> {
    let value = move || expression(ty, depth - 1, scoped);
    let arm = (condition(depth - 1, scoped), value());
    let arms = prop::collection::vec(arm, 1..3);
    (arms, value())
        .prop_map(|(arms, otherwise)| {
            let arms = arms.into_iter().flat_map(|(when, value)| [when, value]);
            let list = arms.chain([otherwise]).collect();
            node(ExprKind::Call(Function::Case, list))
        })
        .boxed()
}

/// Functions of dates, and of how texts begin.
fn of_dates(ty: Type, depth: u32, scoped: bool) -> Option<BoxedStrategy<Expr>> {
    let of = move |ty| expression(ty, depth - 1, scoped);
    let call = |function: Function| move |date| node(ExprKind::Call(function, vec![date]));
    match ty {
        Type::Count => Some(of(Type::Date).prop_map(call(Function::Day)).boxed()),
        // A word that no day of the week is called is a mistake, unless it may be another text.
        Type::Text => {
            let both = (condition(0, scoped), of(Type::Date), literal(Type::Text));
            let both = both.prop_map(move |(when, date, other)| {
                let list = vec![when, call(Function::Weekday)(date), other];
                node(ExprKind::Call(Function::Case, list))
            });
            Some(both.boxed())
        }
        Type::Bool => {
            let start = proptest::sample::select(vec!["a", "b", "mon", "t"]);
            let both = (of(Type::Text), start).prop_map(|(text, start)| {
                let start = node(ExprKind::Literal(Value::Text(start.to_owned())));
                node(ExprKind::Call(Function::StartsWith, vec![text, start]))
            });
            Some(both.boxed())
        }
        Type::Date => {
            let op = proptest::sample::select(vec![ArithmeticOp::Add, ArithmeticOp::Subtract]);
            let both = (of(Type::Date), of(Type::Count), op).prop_map(|(date, count, op)| {
                let months = node(ExprKind::Call(Function::Months, vec![count]));
                arithmetic(op, date, months)
            });
            let settled = of(Type::Date).prop_map(call(Function::BusinessDay));
            Some(prop_oneof![2 => both, 1 => settled].boxed())
        }
        Type::Money | Type::Days | Type::Ratio | Type::Percent => None,
    }
}

/// `count`, `sum` and `avg` over subjects.
fn tally(ty: Type, depth: u32) -> Vec<BoxedStrategy<Expr>> {
    let only = prop::option::of(expression(Type::Bool, depth - 1, true));
    let over = |function: Function, of: Type| {
        let many = name_of_many(of)?;
        let body = (many, expression(of, depth - 1, true));
        let parts = (body, only.clone(), any::<bool>());
        let all = parts.prop_map(move |((many, other), only, of_streams)| {
            let body = if of == Type::Bool {
                node(ExprKind::Or(vec![many, other]))
            } else {
                node(ExprKind::Call(Function::Max, vec![many, other]))
            };
            over_subjects(function, looked_at(body, only), of_streams)
        });
        Some(all.boxed())
    };
    let made = match ty {
        Type::Count => vec![over(Function::Count, Type::Bool), over(Function::Sum, ty)],
        Type::Money | Type::Days | Type::Ratio | Type::Percent => {
            vec![over(Function::Sum, ty), over(Function::Avg, ty)]
        }
        Type::Date | Type::Text | Type::Bool => Vec::new(),
    };
    made.into_iter().flatten().collect()
}

fn name_of_many(ty: Type) -> Option<BoxedStrategy<Expr>> {
    let (name, ..) = NAMES.iter().find(|(_, of, many)| *of == ty && *many)?;
    Some(Just(node(ExprKind::Name((*name).to_owned()))).boxed())
}

/// The calculations that give a type.
fn signatures(ty: Type) -> Vec<(ArithmeticOp, Type, Type)> {
    use ArithmeticOp::{Add, Divide, Multiply, Subtract};
    use Type::{Count, Date, Days, Money, Percent, Ratio};
    match ty {
        Money => vec![
            (Add, Money, Money),
            (Subtract, Money, Money),
            (Multiply, Money, Ratio),
            (Multiply, Percent, Money),
            (Multiply, Count, Money),
            (Divide, Money, Count),
            (Divide, Money, Ratio),
            (Divide, Money, Percent),
        ],
        Count => vec![
            (Add, Count, Count),
            (Subtract, Count, Count),
            (Multiply, Count, Count),
        ],
        Days => vec![
            (Add, Days, Days),
            (Subtract, Days, Days),
            (Multiply, Days, Count),
            (Subtract, Date, Date),
        ],
        Ratio => vec![
            (Add, Ratio, Count),
            (Subtract, Count, Ratio),
            (Multiply, Ratio, Ratio),
            (Multiply, Ratio, Count),
            (Divide, Ratio, Count),
            (Divide, Ratio, Ratio),
            (Divide, Money, Money),
            (Divide, Days, Days),
            (Divide, Count, Count),
            (Divide, Percent, Percent),
        ],
        Percent => vec![
            (Add, Percent, Percent),
            (Subtract, Percent, Percent),
            (Multiply, Percent, Ratio),
            (Multiply, Percent, Count),
            (Divide, Percent, Ratio),
            (Divide, Percent, Count),
        ],
        Date => vec![(Add, Date, Days), (Add, Days, Date), (Subtract, Date, Days)],
        Type::Text | Type::Bool => vec![],
    }
}

/// A condition without `and`, `or` and `not`.
fn comparison(depth: u32, scoped: bool) -> BoxedStrategy<Expr> {
    let down = depth.saturating_sub(1);
    let of = move |ty| expression(ty, down, scoped);
    let ops = proptest::sample::select(vec![
        CompareOp::Equal,
        CompareOp::NotEqual,
        CompareOp::Less,
        CompareOp::LessEqual,
        CompareOp::Greater,
        CompareOp::GreaterEqual,
    ]);
    let ordered = proptest::sample::select(vec![
        Type::Money,
        Type::Count,
        Type::Days,
        Type::Ratio,
        Type::Percent,
        Type::Date,
    ]);
    let compare = (ops.clone(), ordered.clone())
        .prop_flat_map(move |(op, ty)| (Just(op), of(ty), of(ty)))
        .prop_map(|(op, a, b)| node(ExprKind::Compare(op, boxed(a), boxed(b))));
    // Named ratios meet percents: literals would want a unit. Counts meet any ratio.
    let pair = prop_oneof![
        (name(Type::Ratio, scoped), of(Type::Percent)),
        (of(Type::Count), of(Type::Ratio)),
    ];
    let mixed = (ops, pair, any::<bool>()).prop_map(|(op, (a, b), turned)| {
        let (a, b) = if turned { (b, a) } else { (a, b) };
        node(ExprKind::Compare(op, boxed(a), boxed(b)))
    });
    let between = ordered
        .clone()
        .prop_flat_map(move |ty| (of(ty), of(ty), of(ty)))
        .prop_map(|(a, b, c)| node(ExprKind::Between(boxed(a), boxed(b), boxed(c))));
    let member = (
        prop_oneof![ordered.clone(), Just(Type::Text)],
        any::<bool>(),
    )
        .prop_flat_map(move |(ty, negated)| {
            (
                of(ty),
                prop::collection::vec(literal(ty), 1..4),
                Just(negated),
            )
        })
        .prop_map(|(value, list, negated)| {
            node(ExprKind::In {
                value: boxed(value),
                list,
                negated,
            })
        });
    let missing = (prop_oneof![ordered, Just(Type::Bool)], any::<bool>())
        .prop_flat_map(move |(ty, negated)| (of(ty), Just(negated)))
        .prop_map(|(value, negated)| {
            node(ExprKind::IsMissing {
                value: boxed(value),
                negated,
            })
        });
    prop_oneof![
        name(Type::Bool, scoped),
        compare,
        mixed,
        between,
        member,
        missing
    ]
    .boxed()
}

/// A condition.
pub(in crate::rules::tests) fn condition(depth: u32, scoped: bool) -> BoxedStrategy<Expr> {
    let down = depth.saturating_sub(1);
    let base = comparison(depth, scoped);
    if depth == 0 {
        return base;
    }
    let list = prop::collection::vec(expression(Type::Bool, down, scoped), 2..4);
    let junction = (list, any::<bool>()).prop_map(|(list, all)| {
        node(if all {
            ExprKind::And(list)
        } else {
            ExprKind::Or(list)
        })
    });
    let not = expression(Type::Bool, down, scoped).prop_map(|one| node(ExprKind::Not(boxed(one))));
    if scoped {
        return prop_oneof![3 => base, 2 => junction, 1 => not].boxed();
    }
    let body = expression(Type::Bool, down, true);
    let only = prop::option::of(expression(Type::Bool, down, true));
    let over = (body, only, any::<bool>(), any::<bool>());
    let over = over.prop_map(|(body, only, all, of_streams)| {
        let many = node(ExprKind::Name("ownership.joint".to_owned()));
        let body = looked_at(node(ExprKind::Or(vec![many, body])), only);
        let function = if all { Function::All } else { Function::Any };
        over_subjects(function, body, of_streams)
    });
    prop_oneof![3 => base, 2 => junction, 1 => not, 1 => over].boxed()
}

pub(in crate::rules::tests) type Facts = BTreeMap<&'static str, Vec<Result<Value, Missing>>>;

pub(in crate::rules::tests) fn facts() -> BoxedStrategy<Facts> {
    (0_usize..4).prop_flat_map(facts_of).boxed()
}

fn facts_of(streams: usize) -> BoxedStrategy<Facts> {
    let mut all: BoxedStrategy<Facts> = Just(Facts::new()).boxed();
    let type_of = |name: &str| NAMES.iter().find(|(one, ..)| *one == name).unwrap().1;
    let others = NAMES
        .iter()
        .map(|(name, ty, many)| (*name, *ty, 1 + usize::from(*many)));
    let of_streams = OF_STREAMS
        .iter()
        .map(|(other, name)| (*name, type_of(other), streams));
    for (name, ty, subjects) in others.chain(of_streams) {
        let known = any_value(ty).prop_map(Ok);
        let slot = prop_oneof![4 => known, 1 => Just(Err(Missing::HistoryTooShort))];
        // Every feature of a scope has the same subjects.
        let slots = prop::collection::vec(slot, subjects..=subjects);
        all = (all, slots)
            .prop_map(move |(mut all, slots)| {
                all.insert(name, slots);
                all
            })
            .boxed();
    }
    all
}

pub(in crate::rules::tests) fn given(facts: &Facts) -> Vec<Given> {
    facts
        .iter()
        .map(|(name, slots)| (*name, slots.clone()))
        .collect()
}
