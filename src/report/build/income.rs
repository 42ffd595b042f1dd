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
        kind: found.kind.as_str(),
        cadence: found.cadence.as_str(),
        runner_up: found.runner_up.map(analysis::Cadence::as_str),
        ambiguous: found.ambiguous,
        status: found.status.as_str(),
        counts: found.counts(),
        usual: ground.amount(found.level),
        monthly: ground.amount(found.monthly),
        monthly_interval: (ground.amount(low), ground.amount(high)),
        payments: found.events,
        first: found.first,
        last: found.last,
        months_seen: found.months,
        account: ground.account(usize::from(found.account)),
        owner: found.whose.as_str(),
        next_payday: found.next_payday,
        next_paydays: found.paydays.clone(),
        trend: found.trend.map(Share),
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

fn confidence(confidence: Parts) -> Confidence {
    let parts = confidence.parts().into_iter();
    // Nobody reviews a report.
    let parts = parts.filter(|(_, _, share, most)| *share > 0 || *most < Parts::MOST.cap);
    let part = |(name, what, share, most)| Part {
        name,
        what,
        share: Share(share),
        most: Share(most),
    };
    Confidence {
        total: Share(confidence.total()),
        cap: Share(confidence.cap),
        parts: parts.map(part).collect(),
    }
}
