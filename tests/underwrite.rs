//! The integration tests: everything through the real gRPC socket.

#[cfg(test)]
#[path = "underwrite/access.rs"]
mod access;
#[cfg(test)]
#[path = "underwrite/admission.rs"]
mod admission;
#[cfg(test)]
#[cfg(unix)]
#[path = "underwrite/analyst_page.rs"]
mod analyst_page;
#[cfg(test)]
#[path = "underwrite/analyze.rs"]
mod analyze;
#[cfg(test)]
#[path = "underwrite/audit.rs"]
mod audit;
#[cfg(test)]
#[path = "underwrite/authority.rs"]
mod authority;
#[cfg(test)]
#[path = "underwrite/backtest.rs"]
mod backtest;
#[cfg(test)]
#[path = "underwrite/bad_input.rs"]
mod bad_input;
#[cfg(test)]
#[path = "underwrite/bank_cases.rs"]
mod bank_cases;
#[cfg(test)]
#[path = "underwrite/bank_customers.rs"]
mod bank_customers;
#[cfg(test)]
#[path = "underwrite/baseline.rs"]
mod baseline;
#[cfg(test)]
#[path = "underwrite/browser.rs"]
mod browser;
#[cfg(test)]
#[path = "underwrite/cache.rs"]
mod cache;
#[cfg(test)]
#[path = "underwrite/columns.rs"]
mod columns;
#[cfg(test)]
#[path = "underwrite/committee_page.rs"]
mod committee_page;
#[cfg(test)]
#[path = "underwrite/corpus.rs"]
mod corpus;
#[cfg(test)]
#[path = "underwrite/crash.rs"]
mod crash;
#[cfg(test)]
#[path = "underwrite/crowd.rs"]
mod crowd;
#[cfg(test)]
#[path = "underwrite/damage.rs"]
mod damage;
#[cfg(test)]
#[path = "underwrite/decide.rs"]
mod decide;
#[cfg(test)]
#[path = "underwrite/due_notices.rs"]
mod due_notices;
#[cfg(test)]
#[path = "underwrite/durability.rs"]
mod durability;
#[cfg(test)]
#[path = "underwrite/faults.rs"]
mod faults;
#[cfg(test)]
#[path = "underwrite/follow_ups.rs"]
mod follow_ups;
#[cfg(test)]
#[path = "underwrite/forecasts.rs"]
mod forecasts;
#[cfg(test)]
#[path = "underwrite/golden.rs"]
mod golden;
#[cfg(test)]
#[path = "underwrite/handles.rs"]
mod handles;
#[cfg(test)]
#[path = "underwrite/harness.rs"]
mod harness;
#[cfg(test)]
#[path = "underwrite/idempotency.rs"]
mod idempotency;
#[cfg(test)]
#[cfg(target_os = "linux")]
#[path = "underwrite/interrupted.rs"]
mod interrupted;
#[cfg(test)]
#[path = "underwrite/ledger_files.rs"]
mod ledger_files;
#[cfg(test)]
#[path = "underwrite/lexicon.rs"]
mod lexicon;
#[cfg(test)]
#[path = "underwrite/limits.rs"]
mod limits;
#[cfg(test)]
#[path = "underwrite/linked.rs"]
mod linked;
#[cfg(test)]
#[path = "underwrite/lsp.rs"]
mod lsp;
#[cfg(test)]
#[path = "underwrite/many.rs"]
mod many;
#[cfg(test)]
#[path = "underwrite/metrics.rs"]
mod metrics;
#[cfg(test)]
#[path = "underwrite/node.rs"]
mod node;
#[cfg(test)]
#[path = "underwrite/notices.rs"]
mod notices;
#[cfg(test)]
#[path = "underwrite/packet.rs"]
mod packet;
#[cfg(test)]
#[path = "underwrite/past_decisions.rs"]
mod past_decisions;
#[cfg(test)]
#[path = "underwrite/past_portfolios.rs"]
mod past_portfolios;
#[cfg(test)]
#[path = "underwrite/pending.rs"]
mod pending;
#[cfg(test)]
#[path = "underwrite/planted.rs"]
mod planted;
#[cfg(test)]
#[path = "underwrite/policies.rs"]
mod policies;
#[cfg(test)]
#[path = "underwrite/process.rs"]
mod process;
#[cfg(test)]
#[path = "underwrite/python.rs"]
mod python;
#[cfg(test)]
#[path = "underwrite/replay_service.rs"]
mod replay_service;
#[cfg(test)]
#[path = "underwrite/resolve.rs"]
mod resolve;
#[cfg(test)]
#[path = "underwrite/restart.rs"]
mod restart;
#[cfg(test)]
#[path = "underwrite/restore.rs"]
mod restore;
#[cfg(test)]
#[path = "underwrite/rule_sets.rs"]
mod rule_sets;
#[cfg(test)]
#[path = "underwrite/rule_tests.rs"]
mod rule_tests;
#[cfg(test)]
#[path = "underwrite/samples.rs"]
mod samples;
#[cfg(test)]
#[path = "underwrite/sandbox_process.rs"]
mod sandbox_process;
#[cfg(test)]
#[path = "underwrite/sdk.rs"]
mod sdk;
#[cfg(test)]
#[path = "underwrite/settle.rs"]
mod settle;
#[cfg(test)]
#[path = "underwrite/starters.rs"]
mod starters;
#[cfg(test)]
#[path = "underwrite/streams.rs"]
mod streams;
#[cfg(test)]
#[path = "underwrite/sweep.rs"]
mod sweep;
#[cfg(test)]
#[path = "underwrite/synced.rs"]
mod synced;
#[cfg(test)]
#[path = "underwrite/thousand.rs"]
mod thousand;
#[cfg(test)]
#[path = "underwrite/tidy.rs"]
mod tidy;
#[cfg(test)]
#[cfg(unix)]
#[path = "underwrite/tls.rs"]
mod tls;
#[cfg(test)]
#[path = "underwrite/tools.rs"]
mod tools;
#[cfg(test)]
#[path = "underwrite/trace.rs"]
mod trace;
#[cfg(test)]
#[cfg(unix)]
#[path = "underwrite/watch.rs"]
mod watch;
#[cfg(test)]
#[path = "underwrite/webhook_peers.rs"]
mod webhook_peers;
#[cfg(test)]
#[path = "underwrite/webhooks.rs"]
mod webhooks;
