//! Income and its streams.

use super::Ground;
use crate::analysis::{self, Confidence as Parts, Standing};
use crate::report::amount::Share;
use crate::report::model::{Confidence, Income, Part, Payday, Stream};
use crate::report::words;

pub(super) fn income(ground: Ground<'_>) -> Income {
    let found = &ground.analysis.income;
    let (standing, standing_means) = words::standing(found.standing);
    let streams = (1_usize..).zip(&found.streams);
    let told = |minor| (found.standing != Standing::Unproven).then(|| ground.amount(minor));
    Income {
        standing,
        standing_means,
        monthly: told(found.monthly),
        monthly_recurring: told(found.monthly_recurring),
        deposits_90d: ground.amount(found.deposits_90d),
        next_payday: found.next_payday,
        months_observed: found.months_observed,
        stopped: found.stopped,
        streams: streams
            .map(|(number, it)| stream(ground, number, it))
            .collect(),
    }
}

fn stream(ground: Ground<'_>, number: usize, found: &analysis::Stream) -> Stream {
    let (low, high) = found.interval;
    let paydays = ground.analysis.paydays(found).into_iter();
    Stream {
        number,
        payer: found.counterparty.clone(),
        kind: words::kind(found.kind),
        cadence: found.cadence.as_str(),
        ambiguous: found.ambiguous,
        status: words::status(found.status),
        counts: found.counts(),
        usual: ground.amount(found.level),
        monthly: ground.amount(found.monthly),
        monthly_interval: (ground.amount(low), ground.amount(high)),
        payments: found.events,
        first: found.first,
        last: found.last,
        next_payday: found.next_payday,
        stability: Share(found.stability),
        regularity: Share(found.regularity),
        confidence: confidence(found.confidence),
        calendar: paydays
            .map(|payday| Payday {
                due: payday.due,
                came: payday.came,
                amount: ground.amount(payday.amount),
                transactions: ground.ids(&payday.rows),
            })
            .collect(),
        transactions: ground.ids(&found.rows),
    }
}

fn confidence(parts: Parts) -> Confidence {
    let part = |name, what, share, most| Part {
        name,
        what,
        share: Share(share),
        most: Share(most),
    };
    Confidence {
        total: Share(parts.total()),
        cap: Share(parts.cap),
        parts: vec![
            part(
                "evidence",
                "words of a payroll or a benefit",
                parts.evidence,
                Parts::MOST.evidence,
            ),
            part(
                "schedule",
                "how clearly a schedule fits",
                parts.schedule,
                Parts::MOST.schedule,
            ),
            part(
                "events",
                "how many payments",
                parts.events,
                Parts::MOST.events,
            ),
            part(
                "stability",
                "how steady the amounts",
                parts.stability,
                Parts::MOST.stability,
            ),
            part("recency", "how recent", parts.recency, Parts::MOST.recency),
            part(
                "counterparty",
                "how clearly the payer is named",
                parts.counterparty,
                Parts::MOST.counterparty,
            ),
            part(
                "consistency",
                "strong evidence on a clear schedule",
                parts.consistency,
                Parts::MOST.consistency,
            ),
        ],
    }
}
