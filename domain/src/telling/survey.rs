//! Answering a survey by the link in its mail: without signing in, once, until it expires (requirement
//! M4).

use entity::{TicketId, rating, ticket, user};
use sea_orm::EntityTrait;

use super::seal::SurveyTokenError;
use crate::{
    Actor, Desk, Error, Result, Screened, UserErrorCode,
    command::{RateTicket, Target},
};

/// What a survey's link leads to.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The ticket that it asks about.
    pub ticket: ticket::Model,
    /// What was answered, by this link or otherwise.
    pub rating: Option<rating::Model>,
}

/// An answer to a survey.
#[derive(Clone, Debug)]
pub struct SurveyAnswer {
    /// From 1, very bad, to 5, very good.
    pub score: i32,
    /// What there is to add.
    pub comment: Option<Screened>,
    /// The key under which a repetition is recognised.
    pub idempotency_key: Option<String>,
}

impl Desk {
    /// What the link with this token leads to. To look at it changes nothing.
    ///
    /// # Errors
    /// NOT_FOUND for a token that leads nowhere, SURVEY_EXPIRED for one whose time is over.
    pub async fn survey(&self, token: &str) -> Result<Survey> {
        let (actor, id) = self.asked(token).await?;
        let ticket = self.ticket(actor, id).await?;
        let own = ticket.filter(|ticket| ticket.requester_id == actor.id);
        let ticket = own.ok_or_else(unknown)?;
        let rating = self.ratings(&[id]).await?.pop();
        Ok(Survey { ticket, rating })
    }

    /// Answers the survey that the link with this token leads to.
    ///
    /// # Errors
    /// As [`Self::survey`]; ALREADY_RATED, unless by a link with the very same answer; and what is wrong
    /// with the answer.
    pub async fn answer_survey(&self, token: &str, answer: SurveyAnswer) -> Result<rating::Model> {
        let (actor, ticket) = self.asked(token).await?;
        let command = RateTicket {
            target: Target {
                ticket,
                expected_version: None,
                idempotency_key: answer.idempotency_key,
            },
            score: answer.score,
            comment: answer.comment,
            by_link: true,
        };
        match self.execute_on_ticket(actor, command).await {
            Ok(_) => {
                let row = self.ratings(&[ticket]).await?.pop();
                row.ok_or_else(|| Error::internal("a rating vanished"))
            }
            // Whose ticket it was, it is not any more.
            Err(Error::Forbidden(_)) => Err(unknown()),
            Err(Error::User(errors))
                if errors
                    .iter()
                    .any(|error| error.code == UserErrorCode::NotFound) =>
            {
                Err(unknown())
            }
            Err(error) => Err(error),
        }
    }

    /// Who is asked by a token, and about which ticket.
    async fn asked(&self, token: &str) -> Result<(Actor, TicketId)> {
        let opened = self.seals().await?.survey(token, self.clock.now());
        let (ticket, person) = opened.map_err(|error| match error {
            SurveyTokenError::Unknown => unknown(),
            SurveyTokenError::Expired => expired(),
        })?;
        let row = user::Entity::find_by_id(person).one(self.db.read()).await?;
        let row = row.ok_or_else(unknown)?;
        let actor = Actor {
            id: row.id,
            role: row.role,
        };
        Ok((actor, ticket))
    }
}

fn unknown() -> Error {
    Error::user(
        UserErrorCode::NotFound,
        &["token"],
        "This link leads to no survey. It may have been cut off: open it from the mail itself.",
    )
}

fn expired() -> Error {
    Error::user(
        UserErrorCode::SurveyExpired,
        &["token"],
        "The time for answering by this link is over. Sign in to rate the ticket.",
    )
}
