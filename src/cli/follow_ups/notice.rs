//! `underwrite decisions notice`: the notice that the law asks for of a decision.

use std::collections::BTreeMap;

use tonic::Status;

use super::creditor;
use super::place::Place;
use crate::cli::args::{Notice, Sent};
use crate::cli::text::{self, BOLD, DIM, paint};
use crate::cli::{CliError, Exit, Terminal, json};
use crate::proto;
use crate::proto::get_adverse_action_notice_response::Result as Shown;
use crate::service::to_wire;

/// Runs the command.
pub(in crate::cli) async fn run(
    command: Notice,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let creditor = command
        .creditor
        .as_deref()
        .map(creditor::read)
        .transpose()?;
    let request = proto::GetAdverseActionNoticeRequest {
        decision_id: command.id.to_string(),
        creditor,
        reply_by_date: command.reply_by.map(to_wire::date),
    };
    let mut place = Place::open_to_read(&command.records, environment).await?;
    let answer = place.notice(request).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("GetAdverseActionNoticeResponse", &answer)?)?;
        return Ok(Exit::Success);
    }
    match answer.result {
        Some(Shown::Notice(notice)) if notice.text.is_empty() => {
            terminal.print(&outline(&notice))?;
            terminal.note("`--creditor FILE` makes a letter of it")?;
        }
        Some(Shown::Notice(notice)) => terminal.print(&notice.text)?,
        Some(Shown::None(none)) => {
            terminal.print(&format!("No notice: {}\n", none.message))?;
        }
        None => return Err(Status::internal("the server's answer is empty").into()),
    }
    Ok(Exit::Success)
}

/// Records that a notice was sent; `key` is taken where none is named.
pub(in crate::cli) async fn record_sent(
    command: Sent,
    key: String,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let request = proto::RecordNoticeRequest {
        idempotency_key: command.naming.key.map_or(key, |key| key.to_string()),
        decision_id: command.id.to_string(),
        kind: to_wire::notice_kind(command.kind).into(),
        sent_date: Some(to_wire::date(command.date)),
        channel: to_wire::notice_channel(command.by).into(),
        note: command.naming.note,
    };
    let mut place = Place::open_to_record(&command.records, environment).await?;
    let recorded = place.record_notice(request).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("SentNotice", &recorded)?)?;
        return Ok(Exit::Success);
    }
    terminal.print(&format!(
        "{} of {}, recorded {} (record {} of the ledger, key {})\nKeep all that was used until {} (12 CFR \
         1002.12(b))\n",
        sent(&recorded),
        paint(BOLD, &recorded.decision_id),
        text::instant(recorded.record_time.as_ref()),
        recorded.seq,
        recorded.idempotency_key,
        day(recorded.retain_until_date.as_ref()),
    ))?;
    Ok(Exit::Success)
}

pub(super) fn day(date: Option<&proto::Date>) -> &str {
    date.map_or("?", |date| date.value.as_str())
}

/// `notice of adverse action, sent by mail on 2026-03-31`.
pub(in crate::cli) fn sent(notice: &proto::SentNotice) -> String {
    let word = |name: &str, prefix: &str| text::word(name, prefix).replace('_', " ");
    let kind = word(notice.kind().as_str_name(), "NOTICE_KIND_");
    let channel = word(notice.channel().as_str_name(), "NOTICE_CHANNEL_");
    let date = day(notice.sent_date.as_ref());
    format!("notice of {kind}, sent by {channel} on {date}")
}

/// What the notice says, in short.
fn outline(notice: &proto::AdverseActionNotice) -> String {
    let kind = match notice.kind() {
        proto::NoticeKind::AdverseAction => "Notice of adverse action",
        proto::NoticeKind::Counteroffer => "Notice of a counteroffer and of adverse action",
        proto::NoticeKind::Incompleteness => "Notice of incompleteness",
        proto::NoticeKind::Unspecified => "A notice that this program does not know",
    };
    let mut lines = vec![format!("{} on {}", paint(BOLD, kind), notice.decision_id)];
    for (number, reason) in (1..).zip(&notice.reasons) {
        let code = paint(DIM, &reason.code);
        lines.push(format!("  {number}. {} {code}", reason.statement));
    }
    lines.extend(
        notice
            .information_needed
            .iter()
            .map(|one| format!("  needed: {one}")),
    );
    if let Some(amount) = notice
        .offer
        .as_ref()
        .and_then(|offer| offer.amount.as_ref())
    {
        lines.push(format!("  offered: {}", text::money(amount)));
    }
    if notice.outside_source {
        lines.push("  tells of information from an outside source (FCRA 615(b))".to_owned());
    }
    let agencies = notice.consumer_reporting_agencies.iter();
    lines.extend(
        agencies.map(|name| format!("  tells of a consumer report of {name} (FCRA 615(a))")),
    );
    lines.push(format!(
        "  due by {} ({})",
        day(notice.due_date.as_ref()),
        notice.due_by_law
    ));
    lines.extend(
        notice
            .sent
            .iter()
            .map(|one| format!("  recorded: {}", sent(one))),
    );
    lines.push(String::new());
    lines.join("\n")
}
