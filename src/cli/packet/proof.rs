//! How to prove a decision, and what a packet does not say.

use crate::cli::text;
use crate::id::TenantId;
use crate::proto;
use crate::report::packet::{Command, Fact, Proof};

/// What a packet does not say.
pub(super) const LIMITS: &[&str] = &[
    "It shows what was recorded. That the record is what was written is not shown by this page but by the \
     commands above, run on the ledger.",
    "A chain shows that nothing before its end was changed. That its end was not cut off is shown only against \
     a head that was kept elsewhere.",
    "Names of reviewers, of those who published or made active, and what they said are as they were recorded: \
     who they are is for the lender's own books.",
    "Transactions, balances and names of owners are as the banks sent them. Whether a bank sent all is not \
     known here; doubts that the data itself raises are listed.",
    "What would settle a referral, and how many days are left for a notice, were worked out when the page was \
     made.",
    "Whether a notice was in fact sent, and what it said, is not recorded beyond the entry that is shown.",
    "It is no legal opinion, and says nothing of how decisions fall on groups of people.",
];

/// All of it, with commands for the tenant that was named.
pub(super) fn proof(decision: &proto::Decision, tenant: Option<&TenantId>) -> Proof {
    let mut facts = Vec::new();
    if let Some(chain) = &decision.chain {
        facts.extend([
            Fact::new(
                "record",
                format!("{} of chain {}", chain.seq, chain.chain_id),
            ),
            Fact::new("hash of the record", &chain.hash),
            Fact::new("hash of the one before", &chain.previous_hash),
            Fact::new("commitment to its content", &chain.commitment),
        ]);
        if chain.time_held_back {
            let said =
                "the clock showed an earlier time than that of the record before, which was taken";
            facts.push(Fact::new("time of the record", said));
        }
    }
    let pins = decision.pins.clone().unwrap_or_default();
    let rule_set = pins.rule_set.clone().unwrap_or_default();
    let sign = text::word(pins.amount_sign().as_str_name(), "AMOUNT_SIGN_");
    let tables = pins
        .tables
        .iter()
        .map(|(name, version)| format!("{name} {version}"));
    facts.extend([
        Fact::new("bundle of rules", &rule_set.bundle_hash),
        Fact::new(
            "engine",
            format!("{}, semantics {}", pins.engine_version, pins.semantics),
        ),
        Fact::new("tables", tables.collect::<Vec<_>>().join(", ")),
        Fact::new("sign of amounts", sign.replace('_', " ")),
        Fact::new("seed of chance", format!("{:016x}", pins.seed)),
    ]);
    Proof {
        facts,
        commands: commands(decision, &rule_set, tenant),
    }
}

fn commands(
    decision: &proto::Decision,
    rule_set: &proto::RuleSetPin,
    tenant: Option<&TenantId>,
) -> Vec<Command> {
    let of = tenant.map_or_else(String::new, |tenant| format!(" --tenant {tenant}"));
    let command = |shows, command: String| Command {
        shows,
        command: format!("{command}{of}"),
    };
    vec![
        Command {
            shows: "every record, every link and every hash of the ledger holds",
            command: "underwrite ledger verify".to_owned(),
        },
        command(
            "deciding again from what was recorded gives the same bytes",
            format!("underwrite replay --id {}", decision.id),
        ),
        command(
            "the rule set with all its files, as it was published",
            format!(
                "underwrite rules get {} --version {} --to DIR",
                rule_set.name, rule_set.version
            ),
        ),
        command(
            "the same decision in the terminal, and as JSON",
            format!("underwrite decisions show {} --transactions", decision.id),
        ),
        command(
            "who read this decision over a connection",
            format!("underwrite audit list --object {}", decision.id),
        ),
    ]
}
