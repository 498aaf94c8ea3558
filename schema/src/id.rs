//! Global ids: opaque to clients, unique over all types (Relay's object identification).

use async_graphql::ID;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{CalendarId, CategoryId, MessageId, SlaPolicyId, TeamId, TicketId, UserId};
use uuid::Uuid;

/// What a global id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GlobalId {
    Ticket(TicketId),
    User(UserId),
    Message(MessageId),
    Category(CategoryId),
    Team(TeamId),
    Calendar(CalendarId),
    SlaPolicy(SlaPolicyId),
}

impl GlobalId {
    /// The id as clients see it.
    pub(crate) fn encode(self) -> ID {
        let (kind, id) = match self {
            Self::Ticket(id) => ("Ticket", id.0),
            Self::User(id) => ("User", id.0),
            Self::Message(id) => ("Message", id.0),
            Self::Category(id) => ("Category", id.0),
            Self::Team(id) => ("Team", id.0),
            Self::Calendar(id) => ("Calendar", id.0),
            Self::SlaPolicy(id) => ("SlaPolicy", id.0),
        };
        ID(URL_SAFE_NO_PAD.encode(format!("{kind}:{}", id.simple())))
    }

    /// Reads what [`Self::encode`] wrote; anything else names nothing.
    pub(crate) fn decode(id: &ID) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(id.as_bytes()).ok()?;
        let (kind, id) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
        let id = Uuid::try_parse(id).ok()?;
        match kind {
            "Ticket" => Some(Self::Ticket(id.into())),
            "User" => Some(Self::User(id.into())),
            "Message" => Some(Self::Message(id.into())),
            "Category" => Some(Self::Category(id.into())),
            "Team" => Some(Self::Team(id.into())),
            "Calendar" => Some(Self::Calendar(id.into())),
            "SlaPolicy" => Some(Self::SlaPolicy(id.into())),
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

    /// A team's id, if this is one.
    pub(crate) fn team(id: &ID) -> Option<TeamId> {
        if let Some(Self::Team(id)) = Self::decode(id) {
            Some(id)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_and_nothing_else() {
        let id = GlobalId::Ticket(Uuid::from_u128(7).into());
        assert_eq!(GlobalId::decode(&id.encode()), Some(id));
        assert_eq!(GlobalId::user(&id.encode()), None);
        for text in ["", "x", "VGlja2V0", "SUP-00001", "VGlja2V0OjEyMw"] {
            assert_eq!(GlobalId::decode(&ID(text.to_owned())), None, "{text}");
        }
    }
}
