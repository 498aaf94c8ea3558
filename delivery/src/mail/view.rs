//! What templates see of a letter: everything in words, nothing too long, and no surprises.

use chrono::{DateTime, Utc};
use entity::{NotificationKind, Priority, TicketStatus, TimerKind};
use serde::Serialize;

use super::{
    letter::{Entry, Letter},
    line::{MAX_NAME, MAX_SUBJECT, lines, one_line},
    links::with_parameter,
    report::ReportView,
};

/// The longest message in a mail, in characters. The rest is on the ticket's page.
const MAX_MESSAGE: usize = 20_000;

/// The most entries of a digest.
const MAX_ENTRIES: usize = 200;

/// The variables of a template (docs/mail.md).
#[derive(Serialize)]
pub(super) struct View {
    kind: &'static str,
    product: String,
    reader: ReaderView,
    ticket: Option<TicketView>,
    actor: Option<String>,
    message: Option<String>,
    message_was_cut: bool,
    new_status: Option<&'static str>,
    promise: Option<PromiseView>,
    reopen_days: u16,
    survey: Vec<SurveyLink>,
    unsubscribe_url: Option<String>,
    tickets: Vec<DigestTicket>,
    entry_count: usize,
    entries_left_out: usize,
    report: Option<ReportView>,
    max_message: usize,
}

#[derive(Serialize)]
struct ReaderView {
    name: Option<String>,
    staff: bool,
}

#[derive(Serialize)]
struct TicketView {
    number: String,
    subject: String,
    status: &'static str,
    priority: &'static str,
    url: String,
}

#[derive(Serialize)]
struct PromiseView {
    target: &'static str,
    due_at: String,
    policy: Option<String>,
}

#[derive(Serialize)]
struct SurveyLink {
    score: u8,
    word: &'static str,
    url: String,
}

#[derive(Serialize)]
struct DigestTicket {
    number: String,
    subject: String,
    url: String,
    entries: Vec<EntryView>,
}

#[derive(Serialize)]
struct EntryView {
    kind: &'static str,
    what: &'static str,
    at: String,
    actor: Option<String>,
}

impl View {
    /// What the templates see of `letter`.
    pub(super) fn of(letter: &Letter) -> Self {
        let staff = letter.reader.staff;
        let name = |name: &Option<String>| {
            let name = one_line(name.as_deref().unwrap_or_default(), MAX_NAME);
            Some(name).filter(|name| !name.is_empty())
        };
        let cut = letter.message.as_deref().map(cut);
        Self {
            kind: letter.kind.as_str(),
            product: one_line(&letter.product, MAX_NAME),
            reader: ReaderView {
                name: name(&letter.reader.name),
                staff,
            },
            ticket: letter.ticket.as_ref().map(|ticket| TicketView {
                number: one_line(&ticket.number, MAX_NAME),
                subject: one_line(&ticket.subject, MAX_SUBJECT),
                status: status(ticket.status, staff),
                priority: priority(ticket.priority),
                url: ticket.url.clone(),
            }),
            actor: name(&letter.actor),
            message_was_cut: cut.as_ref().is_some_and(|(_, was_cut)| *was_cut),
            message: cut.map(|(text, _)| text),
            new_status: letter.new_status.map(|to| status(to, staff)),
            promise: letter.promise.as_ref().map(|promise| PromiseView {
                target: target(promise.target),
                due_at: time(promise.due_at),
                policy: name(&promise.policy),
            }),
            reopen_days: letter.reopen_days,
            survey: letter.survey_url.as_deref().map(survey).unwrap_or_default(),
            unsubscribe_url: letter.unsubscribe_url.clone(),
            tickets: by_ticket(&letter.entries),
            entry_count: letter.entries.len(),
            entries_left_out: letter.entries.len().saturating_sub(MAX_ENTRIES),
            report: letter.report.as_ref().map(ReportView::of),
            max_message: MAX_MESSAGE,
        }
    }
}

/// A message as it is shown, and whether something is missing at its end.
fn cut(message: &str) -> (String, bool) {
    match message.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => (lines(message[..end].trim_end()), true),
        None => (lines(message.trim_end()), false),
    }
}

/// The survey's links, the best score first.
fn survey(url: &str) -> Vec<SurveyLink> {
    let words = [
        (5, "very good"),
        (4, "good"),
        (3, "all right"),
        (2, "bad"),
        (1, "very bad"),
    ];
    let link = |(score, word): (u8, _)| SurveyLink {
        score,
        word,
        url: with_parameter(url, "score", &score.to_string()),
    };
    words.into_iter().map(link).collect()
}

/// The first entries of a digest by their ticket, in the order in which tickets come up.
fn by_ticket(entries: &[Entry]) -> Vec<DigestTicket> {
    let mut tickets: Vec<DigestTicket> = Vec::new();
    for entry in entries.iter().take(MAX_ENTRIES) {
        let number = one_line(&entry.number, MAX_NAME);
        let actor = one_line(entry.actor.as_deref().unwrap_or_default(), MAX_NAME);
        let view = EntryView {
            kind: entry.kind.as_str(),
            what: what(entry.kind),
            at: time(entry.at),
            actor: Some(actor).filter(|actor| !actor.is_empty()),
        };
        match tickets.iter_mut().find(|ticket| ticket.number == number) {
            Some(ticket) => ticket.entries.push(view),
            None => tickets.push(DigestTicket {
                number,
                subject: one_line(&entry.subject, MAX_SUBJECT),
                url: entry.url.clone(),
                entries: vec![view],
            }),
        }
    }
    tickets
}

/// A time, as people anywhere read it.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.format("%a, %-d %b %Y, %H:%M UTC").to_string()
}

const fn status(status: TicketStatus, staff: bool) -> &'static str {
    match status {
        TicketStatus::Open => "open",
        TicketStatus::InProgress => "in progress",
        TicketStatus::WaitingOnUser if staff => "waiting for the customer",
        TicketStatus::WaitingOnUser => "waiting for your answer",
        TicketStatus::Resolved => "resolved",
        TicketStatus::Closed => "closed",
    }
}

const fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Urgent => "urgent",
        Priority::High => "high",
        Priority::Medium => "medium",
        Priority::Low => "low",
    }
}

const fn target(target: TimerKind) -> &'static str {
    match target {
        TimerKind::FirstResponse => "first answer",
        TimerKind::NextResponse => "next answer",
        TimerKind::Resolution => "resolution",
        TimerKind::Unattended => "attention",
        TimerKind::FollowUp => "follow-up",
        TimerKind::AutoClose => "automatic close",
    }
}

/// What happened, for a line that begins with its time.
const fn what(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::TicketReceived | NotificationKind::TicketOpened => "opened",
        NotificationKind::StaffReplied => "answered",
        NotificationKind::CustomerReplied => "the customer replied",
        NotificationKind::StatusChanged => "the status changed",
        NotificationKind::TicketAssigned => "assigned",
        NotificationKind::AssignedToYou => "assigned to you",
        NotificationKind::TicketResolved => "resolved",
        NotificationKind::TicketReopened => "reopened",
        NotificationKind::NoteAdded => "an internal note",
        NotificationKind::FollowUp => "the customer was asked whether it is solved",
        NotificationKind::Survey => "the customer was asked how it went",
        NotificationKind::SlaWarning => "a target is about to be missed",
        NotificationKind::SlaBreach => "a target was missed",
        NotificationKind::Unattended => "nobody has touched it for long",
        NotificationKind::Digest => "a digest",
        NotificationKind::WeeklyReport => "the report of a week",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::sample;

    #[test]
    fn surveys_have_a_link_for_each_score() {
        let first = &survey("http://a/s?token=t")[0].url;
        assert_eq!(first, "http://a/s?token=t&score=5");
        let scores: Vec<_> = survey("http://a").iter().map(|link| link.score).collect();
        assert_eq!(scores, [5, 4, 3, 2, 1]);
    }

    #[test]
    fn the_documentation_has_all_names() {
        let documentation = include_str!("../../../docs/mail.md");
        for kind in NotificationKind::ALL {
            let name = kind.as_str().to_lowercase().replace('_', "-");
            assert!(documentation.contains(&format!("| `{name}` |")), "{name}");
        }
        let view = View::of(&sample::full(NotificationKind::Digest, true));
        let view = serde_json::to_value(view).unwrap();
        for name in view.as_object().unwrap().keys() {
            let named = [format!("`{name}`"), format!("`{name}.")];
            assert!(
                named.iter().any(|name| documentation.contains(name)),
                "{name}"
            );
        }
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let (text, was_cut) = cut(&"é".repeat(MAX_MESSAGE));
        assert!(!was_cut && text.chars().count() == MAX_MESSAGE);
        let (text, was_cut) = cut(&"👋".repeat(MAX_MESSAGE + 1));
        assert!(was_cut && text.chars().count() == MAX_MESSAGE);
    }
}
