//! A notification in words.

use entity::NotificationKind;

/// What a notification says, in one sentence: `Carla replied to SUP-00012: Cannot pay`. `who` did it;
/// `None` for the desk itself.
pub fn sentence(kind: NotificationKind, who: Option<&str>, number: &str, subject: &str) -> String {
    let who = who.unwrap_or("The desk");
    let what = match kind {
        NotificationKind::TicketReceived => format!("We have your ticket {number}"),
        NotificationKind::TicketOpened => format!("{who} opened {number}"),
        NotificationKind::StaffReplied | NotificationKind::CustomerReplied => {
            format!("{who} replied to {number}")
        }
        NotificationKind::StatusChanged => format!("{who} changed the status of {number}"),
        NotificationKind::TicketAssigned => format!("Somebody works on {number} now"),
        NotificationKind::AssignedToYou => format!("{who} assigned you to {number}"),
        NotificationKind::TicketResolved => format!("{who} resolved {number}"),
        NotificationKind::TicketReopened => format!("{who} reopened {number}"),
        NotificationKind::NoteAdded => format!("{who} wrote a note on {number}"),
        NotificationKind::FollowUp => format!("Please say whether {number} is solved"),
        NotificationKind::Survey => format!("Please say how we did with {number}"),
        NotificationKind::SlaWarning => format!("A target is about to be missed on {number}"),
        NotificationKind::SlaBreach => format!("A target was missed on {number}"),
        NotificationKind::Unattended => format!("Nobody has touched {number} for long"),
        NotificationKind::Digest => format!("There is news of {number}"),
        NotificationKind::WeeklyReport => format!("The weekly report tells of {number}"),
    };
    format!("{what}: {subject}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_one_sentence_that_names_the_ticket() {
        for &kind in NotificationKind::ALL {
            for who in [Some("Carla"), None] {
                let text = sentence(kind, who, "SUP-00012", "Cannot pay");
                assert!(text.ends_with("SUP-00012: Cannot pay") || text.contains("SUP-00012 "));
                assert!(text.ends_with(": Cannot pay"), "{text}");
            }
        }
        assert_eq!(
            sentence(
                NotificationKind::CustomerReplied,
                Some("Carla"),
                "SUP-00012",
                "Cannot pay"
            ),
            "Carla replied to SUP-00012: Cannot pay"
        );
    }
}
