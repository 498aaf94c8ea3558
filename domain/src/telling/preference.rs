//! What somebody wants to be told, and how (requirement N4).

use std::collections::HashMap;

use entity::{MailMode, NotificationKind, UserId, inbox, notification_preference};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, Value, sea_query::ArrayType};

use crate::{Result, db::among};

/// How many minutes a digest covers, unless its reader says otherwise.
pub const DIGEST_MINUTES: i32 = 60;

/// The shortest and the longest that a digest may cover: five minutes and a day.
pub const DIGEST_BOUNDS: std::ops::RangeInclusive<i32> = 5..=1_440;

/// How somebody is told of one kind of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preference {
    /// Whether, and when, it is mailed.
    pub mail: MailMode,
    /// Whether it is shown in the app.
    pub in_app: bool,
}

/// How everybody is told who has not said otherwise. Notes are not mailed: who works on a ticket all
/// day would get one for each.
pub const fn usual(kind: NotificationKind) -> Preference {
    let mail = match kind {
        NotificationKind::NoteAdded => MailMode::Off,
        NotificationKind::TicketReceived
        | NotificationKind::TicketOpened
        | NotificationKind::StaffReplied
        | NotificationKind::CustomerReplied
        | NotificationKind::StatusChanged
        | NotificationKind::TicketAssigned
        | NotificationKind::AssignedToYou
        | NotificationKind::TicketResolved
        | NotificationKind::TicketReopened
        | NotificationKind::FollowUp
        | NotificationKind::Survey
        | NotificationKind::SlaWarning
        | NotificationKind::SlaBreach
        | NotificationKind::Unattended
        | NotificationKind::Digest
        | NotificationKind::WeeklyReport => MailMode::Immediate,
    };
    // What is a mail by nature is not repeated in the app, and new tickets are in the queue.
    let in_app = !matches!(
        kind,
        NotificationKind::TicketReceived
            | NotificationKind::TicketOpened
            | NotificationKind::Survey
            | NotificationKind::Digest
            | NotificationKind::WeeklyReport
    );
    Preference { mail, in_app }
}

/// Whether it is staff who are told of `kind`; the others are for customers.
pub const fn is_for_staff(kind: NotificationKind) -> bool {
    match kind {
        NotificationKind::TicketOpened
        | NotificationKind::CustomerReplied
        | NotificationKind::AssignedToYou
        | NotificationKind::TicketReopened
        | NotificationKind::NoteAdded
        | NotificationKind::SlaWarning
        | NotificationKind::SlaBreach
        | NotificationKind::Unattended
        | NotificationKind::Digest
        | NotificationKind::WeeklyReport => true,
        NotificationKind::TicketReceived
        | NotificationKind::StaffReplied
        | NotificationKind::StatusChanged
        | NotificationKind::TicketAssigned
        | NotificationKind::TicketResolved
        | NotificationKind::FollowUp
        | NotificationKind::Survey => false,
    }
}

/// All preferences of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    chosen: HashMap<NotificationKind, Preference>,
    /// How many minutes a digest covers.
    pub digest_minutes: i32,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            chosen: HashMap::new(),
            digest_minutes: DIGEST_MINUTES,
        }
    }
}

impl Preferences {
    /// How the person is told of `kind`.
    pub fn of(&self, kind: NotificationKind) -> Preference {
        self.chosen
            .get(&kind)
            .copied()
            .unwrap_or_else(|| usual(kind))
    }

    /// The same with another choice.
    #[must_use]
    pub fn with(mut self, kind: NotificationKind, preference: Preference) -> Self {
        self.chosen.insert(kind, preference);
        self
    }
}

/// The preferences of `people`; who has the usual ones is not in it.
///
/// # Errors
/// `Unavailable` when the database does not answer.
pub async fn preferences_of(
    db: &impl ConnectionTrait,
    people: &[UserId],
) -> Result<HashMap<UserId, Preferences>> {
    let backend = db.get_database_backend();
    let ids = || people.iter().map(|id| Value::from(id.0));
    let mut found: HashMap<UserId, Preferences> = HashMap::new();
    if people.is_empty() {
        return Ok(found);
    }
    let mine = among(
        backend,
        notification_preference::Column::UserId,
        ArrayType::Uuid,
        ids(),
    );
    let rows = notification_preference::Entity::find().filter(mine);
    for row in rows.all(db).await? {
        let preference = Preference {
            mail: row.mail,
            in_app: row.in_app,
        };
        let person = found.entry(row.user_id).or_default();
        person.chosen.insert(row.kind, preference);
    }
    let mine = among(backend, inbox::Column::UserId, ArrayType::Uuid, ids());
    for row in inbox::Entity::find().filter(mine).all(db).await? {
        found.entry(row.user_id).or_default().digest_minutes = row.digest_minutes;
    }
    Ok(found)
}
