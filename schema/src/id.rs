//! Global ids: opaque to clients, unique over all types (Relay's object identification).

use async_graphql::ID;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{
    AttachmentId, CalendarId, CategoryId, MessageId, ReviewSampleId, SlaPolicyId, SubjectId,
    TeamId, TicketId, UserId, WebhookId,
};
use uuid::Uuid;

/// What an upload is called.
const UPLOAD: &str = "Upload";

/// What a global id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GlobalId {
    Ticket(TicketId),
    User(UserId),
    Message(MessageId),
    Attachment(AttachmentId),
    /// What becomes an attachment: another id, since it is another object.
    Upload(AttachmentId),
    Category(CategoryId),
    Subject(SubjectId),
    Team(TeamId),
    Calendar(CalendarId),
    SlaPolicy(SlaPolicyId),
    WebhookEndpoint(WebhookId),
    ReviewSample(ReviewSampleId),
    /// By its number.
    Notification(i64),
    /// By its number.
    Delivery(i64),
}

impl GlobalId {
    /// The id as clients see it.
    pub(crate) fn encode(self) -> ID {
        ID(match self {
            Self::Ticket(id) => id.global(),
            Self::User(id) => id.global(),
            Self::Message(id) => id.global(),
            Self::Attachment(id) => id.global(),
            Self::Upload(id) => named(UPLOAD, id.0.simple()),
            Self::Category(id) => id.global(),
            Self::Subject(id) => id.global(),
            Self::Team(id) => id.global(),
            Self::Calendar(id) => id.global(),
            Self::SlaPolicy(id) => id.global(),
            Self::WebhookEndpoint(id) => id.global(),
            Self::ReviewSample(id) => id.global(),
            Self::Notification(id) => named("Notification", id),
            Self::Delivery(id) => named("Delivery", id),
        })
    }

    /// Reads what [`Self::encode`] wrote; anything else names nothing.
    pub(crate) fn decode(id: &ID) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(id.as_bytes()).ok()?;
        let (kind, id) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
        match kind {
            "Notification" => return id.parse().ok().map(Self::Notification),
            "Delivery" => return id.parse().ok().map(Self::Delivery),
            _ => {}
        }
        let id = Uuid::try_parse(id).ok()?;
        match kind {
            TicketId::KIND => Some(Self::Ticket(id.into())),
            UserId::KIND => Some(Self::User(id.into())),
            MessageId::KIND => Some(Self::Message(id.into())),
            AttachmentId::KIND => Some(Self::Attachment(id.into())),
            UPLOAD => Some(Self::Upload(id.into())),
            CategoryId::KIND => Some(Self::Category(id.into())),
            SubjectId::KIND => Some(Self::Subject(id.into())),
            TeamId::KIND => Some(Self::Team(id.into())),
            CalendarId::KIND => Some(Self::Calendar(id.into())),
            SlaPolicyId::KIND => Some(Self::SlaPolicy(id.into())),
            WebhookId::KIND => Some(Self::WebhookEndpoint(id.into())),
            ReviewSampleId::KIND => Some(Self::ReviewSample(id.into())),
            _ => None,
        }
    }

    /// A ticket's id, if this is one.
    pub(crate) fn ticket(id: &ID) -> Option<TicketId> {
        if let Some(Self::Ticket(id)) = Self::decode(id) {
            Some(id)
        } else {
            None
        }
    }

    /// A person's id, if this is one.
    pub(crate) fn user(id: &ID) -> Option<UserId> {
        if let Some(Self::User(id)) = Self::decode(id) {
            Some(id)
        } else {
            None
        }
    }

    /// An upload's id, before it is an attachment or after, if this is one.
    pub(crate) fn upload(id: &ID) -> Option<AttachmentId> {
        if let Some(Self::Upload(id) | Self::Attachment(id)) = Self::decode(id) {
            Some(id)
        } else {
            None
        }
    }

    /// A calendar's id, if this is one.
    pub(crate) fn calendar(id: &ID) -> Option<CalendarId> {
        if let Some(Self::Calendar(id)) = Self::decode(id) {
            Some(id)
        } else {
            None
        }
    }

    /// A policy's id, if this is one.
    pub(crate) fn sla_policy(id: &ID) -> Option<SlaPolicyId> {
        if let Some(Self::SlaPolicy(id)) = Self::decode(id) {
            Some(id)
        } else {
            None
        }
    }

    /// An endpoint's id, if this is one.
    pub(crate) fn webhook_endpoint(id: &ID) -> Option<WebhookId> {
        if let Some(Self::WebhookEndpoint(id)) = Self::decode(id) {
            Some(id)
        } else {
            None
        }
    }

    /// The id of a sample for quality review, if this is one.
    pub(crate) fn review_sample(id: &ID) -> Option<ReviewSampleId> {
        if let Some(Self::ReviewSample(id)) = Self::decode(id) {
            Some(id)
        } else {
            None
        }
    }

    /// A delivery's number, if this is one.
    pub(crate) fn delivery(id: &ID) -> Option<i64> {
        if let Some(Self::Delivery(id)) = Self::decode(id) {
            Some(id)
        } else {
            None
        }
    }

    /// A notification's number, if this is one.
    pub(crate) fn notification(id: &ID) -> Option<i64> {
        if let Some(Self::Notification(id)) = Self::decode(id) {
            Some(id)
        } else {
            None
        }
    }

    /// A team's id, if this is one.
    pub(crate) fn team(id: &ID) -> Option<TeamId> {
        if let Some(Self::Team(id)) = Self::decode(id) {
            Some(id)
        } else {
            None
        }
    }
}

/// The id of what has no id type of its own.
fn named(kind: &str, name: impl std::fmt::Display) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_and_nothing_else() {
        let id = GlobalId::Ticket(Uuid::from_u128(7).into());
        assert_eq!(GlobalId::decode(&id.encode()), Some(id));
        assert_eq!(GlobalId::user(&id.encode()), None);
        let told = GlobalId::Notification(7);
        assert_eq!(GlobalId::decode(&told.encode()), Some(told));
        assert_eq!(GlobalId::notification(&id.encode()), None);
        let sent = GlobalId::Delivery(7);
        assert_eq!(GlobalId::decode(&sent.encode()), Some(sent));
        assert_eq!(GlobalId::notification(&sent.encode()), None);
        for text in ["", "x", "VGlja2V0", "SUP-00001", "VGlja2V0OjEyMw"] {
            assert_eq!(GlobalId::decode(&ID(text.to_owned())), None, "{text}");
        }
    }
}
