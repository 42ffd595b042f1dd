//! One decision as a page for an examiner, in the order in which one asks.

use super::document;
use super::packet_data as data;
use super::parts::{Column, card, folded, table, tag, wide_facts};
use crate::report::markup::Markup;
use crate::report::packet::{Act, Comparison, Fact, Held, Packet, Rule};

/// The page about a decision.
pub fn packet_page(packet: &Packet) -> String {
    document(&format!("Decision {}", packet.decision.id), |main| {
        for section in SECTIONS {
            section(main, packet);
        }
    })
}

/// All sections, in their order.
const SECTIONS: &[fn(&mut Markup, &Packet)] = &[
    head,
    who,
    reasons,
    rules,
    offer,
    data::accounts,
    data::balances,
    data::events,
    data::streams,
    data::features,
    missing,
    people,
    notices,
    loan_performance,
    proof,
    limits,
    foot,
];

/// A list of sentences.
fn list(markup: &mut Markup, items: impl IntoIterator<Item = impl AsRef<str>>) {
    markup.within("ul", &[("class", "plain")], |list| {
        for item in items {
            list.element("li", &[], item.as_ref());
        }
    });
}

fn tone(outcome: &str) -> &'static str {
    match outcome {
        "APPROVE" => "good",
        "DECLINE" => "bad",
        _ => "warn",
    }
}

fn head(main: &mut Markup, packet: &Packet) {
    let decision = &packet.decision;
    main.within("h1", &[], |title| {
        title.text("Decision ");
        title.element("span", &[("class", "hash")], &decision.id);
        tag(title, tone(decision.outcome), decision.outcome);
        if let Some(outcome) = decision.overridden_to {
            tag(title, tone(outcome), &format!("overridden to {outcome}"));
        }
        if decision.test_data {
            tag(title, "warn", "made on test data");
        }
    });
    let rules = &packet.rule_set;
    let line = format!(
        "The rule set {} {} came to {} on the application {} for {}. It was recorded {}.",
        rules.name,
        rules.version,
        decision.outcome,
        decision.application,
        decision.asked,
        decision.recorded
    );
    main.element("p", &[("class", "lede")], &line);
    if decision.test_data {
        let line = "At least one of its accounts is not of Stripe's live mode.";
        main.element("p", &[("class", "warn")], line);
    }
    if let Some(outcome) = decision.overridden_to {
        let line = format!(
            "A person decided otherwise, and that holds: {outcome}. See what people did below."
        );
        main.element("p", &[("class", tone(outcome))], &line);
    }
    if let Some(id) = &decision.resolved_by {
        let line = format!("It was referred, and settled by the decision {id}.");
        main.element("p", &[("class", "warn")], &line);
    }
    if let Some(id) = &decision.resolves {
        let line = format!("It settles the decision {id}, which was referred.");
        main.element("p", &[], &line);
    }
}

fn who(main: &mut Markup, packet: &Packet) {
    let (decision, rules) = (&packet.decision, &packet.rule_set);
    main.element("h2", &[], "Who decided what, when, by which rules");
    card(main, |card| {
        let mut told = vec![
            Fact::new("decided for the moment", &decision.as_of),
            Fact::new("days are read in", &decision.zone),
            Fact::new("recorded", &decision.recorded),
            Fact::new(
                "rule set",
                format!("{} {} ({})", rules.name, rules.version, rules.kind),
            ),
            Fact::new("hash of its bytes", &rules.bundle_hash),
        ];
        let acts = [&rules.published, &rules.activated];
        told.extend(acts.into_iter().flatten().map(|act| {
            let record = act.record.map(|seq| format!(", record {seq}"));
            let said = match act.said.is_empty() {
                true => String::new(),
                false => format!(": {}", act.said.join(" ")),
            };
            let by = format!(
                "by {} at {}{}{said}",
                act.who,
                act.when,
                record.unwrap_or_default()
            );
            Fact::new(&act.what, by)
        }));
        told.extend(
            decision
                .applicants
                .iter()
                .map(|one| Fact::new(format!("applicant {}", one.name), &one.value)),
        );
        told.extend(
            decision
                .inputs
                .iter()
                .map(|one| Fact::new(format!("sent: {}", one.name), &one.value)),
        );
        wide_facts(card, &told);
        if let Some(why) = &rules.unknown {
            let line = format!("Of the rule set: {why}.");
            card.element("p", &[("class", "warn")], &line);
        }
    });
}

fn reasons(main: &mut Markup, packet: &Packet) {
    main.element("h2", &[], "Why");
    if packet.reasons.is_empty() {
        main.element("p", &[], "No reason against it applied.");
    }
    for (number, reason) in (1..).zip(&packet.reasons) {
        card(main, |card| {
            card.within("h3", &[], |title| {
                title.text(&format!("{number}. {}", reason.statement));
                let told = match (reason.principal, packet.decision.overridden_to) {
                    (true, None) => "principal",
                    (true, Some(_)) => "principal, of the engine",
                    (false, _) => "further reason",
                };
                tag(title, "dim", told);
            });
            let line = format!("{} · {}, from {}", reason.code, reason.does, reason.source);
            card.element("p", &[("class", "dim")], &line);
            list(card, &reason.changes);
            data::rows(card, "Rests on", &reason.rows);
        });
    }
}

fn rules(main: &mut Markup, packet: &Packet) {
    main.element("h2", &[], "The rules, and the values that they saw");
    let text = match packet.rule_set.text_is_proven {
        true => "Each rule stands as it was written: the hash of the text is that of the decision.",
        false => "The text of the rules could not be had; what they compared was recorded.",
    };
    main.element("p", &[("class", "dim")], text);
    for (held, title) in [
        (Held::True, "Fired"),
        (Held::Unknown, "Could not be decided: a value was missing"),
        (Held::False, "Did not fire"),
    ] {
        let some = packet.rules.iter().filter(|rule| rule.held == held);
        let some: Vec<&Rule> = some.collect();
        if some.is_empty() {
            continue;
        }
        main.element("h3", &[], &format!("{title} ({})", some.len()));
        match held {
            Held::True | Held::Unknown => {
                some.into_iter()
                    .for_each(|rule| card(main, |card| show_rule(card, rule)));
            }
            Held::False => card(main, |card| show_in_short(card, &some)),
        }
    }
    worked_out(main, packet);
    score(main, packet);
}

fn show_rule(card: &mut Markup, rule: &Rule) {
    card.within("h4", &[], |title| {
        title.text(&rule.id);
        tag(title, "dim", &format!("{} when it fires", rule.does));
    });
    if let Some(text) = &rule.text {
        card.within("pre", &[], |pre| pre.lines(text));
    }
    comparisons(card, &rule.comparisons);
    let notes = [
        ("Policy", &rule.why),
        ("Owner", &rule.owner),
        ("A missing value was let pass", &rule.missing_ignored),
    ];
    for (name, note) in notes.into_iter().filter(|(_, note)| !note.is_empty()) {
        card.element("p", &[("class", "small dim")], &format!("{name}: {note}"));
    }
}

/// Many rules in one table, their texts folded below it.
fn show_in_short(card: &mut Markup, rules: &[&Rule]) {
    let columns = [
        ("Rule", Column::Text),
        ("Condition", Column::Text),
        ("Values that it saw", Column::Text),
        ("Held", Column::Word),
    ];
    let rows = rules.iter().flat_map(|rule| {
        let compared = rule.comparisons.iter().map(comparison);
        compared.enumerate().map(|(number, compared)| {
            // A rule is named once.
            let name = match number {
                0 => rule.id.clone(),
                _ => String::new(),
            };
            std::iter::once(name).chain(compared).collect()
        })
    });
    table(card, &columns, rows);
    let texts: Vec<&String> = rules.iter().filter_map(|rule| rule.text.as_ref()).collect();
    if !texts.is_empty() {
        folded(
            card,
            "As they were written (unfold it to have it on paper)",
            |text| {
                texts
                    .iter()
                    .for_each(|one| text.within("pre", &[], |pre| pre.lines(one)));
            },
        );
    }
}

fn comparisons(card: &mut Markup, comparisons: &[Comparison]) {
    let columns = [
        ("Condition", Column::Text),
        ("Values that it saw", Column::Text),
        ("Held", Column::Word),
    ];
    if !comparisons.is_empty() {
        let rows = comparisons.iter().map(|one| comparison(one).to_vec());
        table(card, &columns, rows);
    }
}

/// A comparison, what it saw, and what came of it.
fn comparison(one: &Comparison) -> [String; 3] {
    let text = match one.in_words.as_str() {
        "" => one.text.clone(),
        words => format!("{} ({words})", one.text),
    };
    [text, one.values.join(" · "), one.held.as_str().to_owned()]
}

fn worked_out(main: &mut Markup, packet: &Packet) {
    let worked = &packet.worked_out;
    if !worked.derived.is_empty() {
        main.element("h3", &[], "Worked out by the rule set");
        card(main, |card| {
            wide_facts(card, &worked.derived);
            if !worked.decided_by.is_empty() {
                card.element("h4", &[], "Who decided a function over several");
                wide_facts(card, &worked.decided_by);
            }
        });
    }
    if !worked.tables.is_empty() {
        main.element("h3", &[], "Rows chosen of its tables");
        card(main, |card| {
            let columns = [
                ("Table", Column::Text),
                ("By", Column::Text),
                ("Row", Column::Text),
                ("Gives", Column::Text),
            ];
            let rows = worked.tables.iter().map(|one| {
                vec![
                    one.name.clone(),
                    one.by.clone(),
                    one.row.clone(),
                    one.gives.clone(),
                ]
            });
            table(card, &columns, rows);
        });
    }
}

fn score(main: &mut Markup, packet: &Packet) {
    let Some(score) = &packet.score else {
        return;
    };
    main.element("h3", &[], &format!("Score: {}", score.total));
    card(main, |card| {
        let columns = [
            ("Characteristic", Column::Text),
            ("Value", Column::Text),
            ("Bin", Column::Text),
            ("Points", Column::Number),
            ("Of at most", Column::Number),
        ];
        let rows = score.characteristics.iter().map(|one| {
            vec![
                one.name.clone(),
                one.observed.clone(),
                one.bin.clone(),
                one.points.clone(),
                one.most.clone(),
            ]
        });
        table(card, &columns, rows);
    });
}

fn offer(main: &mut Markup, packet: &Packet) {
    let Some(offer) = &packet.offer else {
        return;
    };
    main.element("h2", &[], "The offer, and how it was priced");
    card(main, |card| {
        card.element("h3", &[], &offer.title);
        wide_facts(card, &offer.facts);
        if let Some(text) = &offer.tier_text {
            card.element("h4", &[], "The tier, as it was written");
            card.within("pre", &[], |pre| pre.lines(text));
        }
    });
}

fn missing(main: &mut Markup, packet: &Packet) {
    main.element("h2", &[], "What was missing");
    if packet.missing.is_empty() && packet.open_questions.is_empty() {
        main.element("p", &[], "Nothing: every feature has a value.");
        return;
    }
    card(main, |card| {
        if !packet.open_questions.is_empty() {
            card.element("h4", &[], "To be found out, to settle it");
            list(card, &packet.open_questions);
        }
        for one in &packet.missing {
            card.element("h4", &[], &format!("{} ({})", one.why, one.names.len()));
            card.element("p", &[("class", "small")], &one.names.join(", "));
        }
    });
}

/// What people did, one below the other.
fn acts(main: &mut Markup, acts: &[Act]) {
    card(main, |card| {
        for act in acts {
            card.within("h4", &[], |title| title.text(&act.what));
            let by = match act.who.as_str() {
                "" => String::new(),
                who => format!("by {who}, "),
            };
            let record = act
                .record
                .map(|seq| format!(", record {seq} of the ledger"));
            let line = format!("{by}{}{}", act.when, record.unwrap_or_default());
            card.element("p", &[("class", "small dim")], &line);
            list(card, &act.said);
        }
    });
}

fn people(main: &mut Markup, packet: &Packet) {
    main.element("h2", &[], "What people did");
    match packet.people.as_slice() {
        [] => main.element("p", &[], "Nobody answered, reviewed or overrode anything."),
        some => acts(main, some),
    }
}

fn notices(main: &mut Markup, packet: &Packet) {
    main.element("h2", &[], "Notices to the applicant");
    let notices = &packet.notices;
    match &notices.owed {
        None => main.element("p", &[], "Nothing is owed to the applicant."),
        Some(owed) => {
            let (tone, left) = match owed.days_left {
                days @ ..0 => ("bad", format!("{} days over", days.unsigned_abs())),
                days => ("warn", format!("{days} days left when this page was made")),
            };
            let (tone, so) = match packet.decision.test_data {
                true => ("dim", "On test data nobody is owed anything; otherwise: "),
                false => (tone, "Owed: "),
            };
            let line = format!(
                "{so}{}, due by {} ({}): {left}.",
                owed.what, owed.due, owed.law
            );
            main.element("p", &[("class", tone)], &line);
        }
    }
    if !notices.sent.is_empty() {
        acts(main, &notices.sent);
    }
}

fn loan_performance(main: &mut Markup, packet: &Packet) {
    if !packet.loan_performance.is_empty() {
        main.element("h2", &[], "What became of the loan");
        acts(main, &packet.loan_performance);
    }
}

fn proof(main: &mut Markup, packet: &Packet) {
    main.element("h2", &[], "Proof");
    card(main, |card| wide_facts(card, &packet.proof.facts));
    card(main, |card| {
        card.element("h3", &[], "How to verify it");
        for command in &packet.proof.commands {
            card.element(
                "p",
                &[("class", "small")],
                &format!("That {}:", command.shows),
            );
            card.within("pre", &[], |pre| pre.lines(&command.command));
        }
    });
}

fn limits(main: &mut Markup, packet: &Packet) {
    main.element("h2", &[], "What this page does not say");
    list(main, &packet.limits);
}

fn foot(main: &mut Markup, packet: &Packet) {
    let line = format!(
        "Made by underwrite {} of the decision {}. It holds personal data: keep it as such.",
        env!("CARGO_PKG_VERSION"),
        packet.decision.id
    );
    main.element("footer", &[], &line);
}
