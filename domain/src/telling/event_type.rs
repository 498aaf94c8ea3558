//! What the kinds of events are called outside.

use entity::EventKind;

/// The `type` of events of this kind; the first six are those of requirement N5.
pub const fn type_of(kind: EventKind) -> &'static str {
    match kind {
        EventKind::TicketCreated => "ticket_created",
        EventKind::TicketAssigned => "ticket_assigned",
        EventKind::StatusChanged => "ticket_status_changed",
        EventKind::ReplyAdded => "ticket_commented",
        EventKind::TicketResolved => "ticket_resolved",
        EventKind::TicketClosed => "ticket_closed",
        EventKind::TicketReopened => "ticket_reopened",
        EventKind::TicketUpdated => "ticket_updated",
        EventKind::CoAssigneesChanged => "ticket_co_assignees_changed",
        EventKind::InternalNoteAdded => "ticket_note_added",
        EventKind::SlaWarning => "ticket_sla_warning",
        EventKind::SlaBreached => "ticket_sla_breached",
        EventKind::SlaOverdue => "ticket_sla_overdue",
        EventKind::TicketEscalated => "ticket_escalated",
        EventKind::SlaChanged => "ticket_sla_changed",
        EventKind::TicketUnattended => "ticket_unattended",
        EventKind::FollowUpDue => "ticket_follow_up_due",
        EventKind::AssigneeAwayChanged => "ticket_assignee_away_changed",
        EventKind::TicketRated => "ticket_rated",
    }
}
