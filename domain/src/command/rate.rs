//! Saying how satisfied one is (requirement M4): once for each ticket, signed in or by a survey's link.

use entity::{rating, ticket};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::Serialize;

use super::{Changed, Target, TicketCommand, Work};
use crate::{
    Error, Result, Screened, UserErrorCode,
    permission::Action,
    rating::{MAX_COMMENT, RatingNote, SCORES, is_ratable},
    text::Check,
};

/// Rates a ticket. Nothing else of the ticket changes: no version, no deadline.
#[derive(Clone, Debug, Serialize)]
pub struct RateTicket {
    /// The ticket.
    pub target: Target,
    /// From 1, very bad, to 5, very good.
    pub score: i32,
    /// What there is to add.
    pub comment: Option<Screened>,
    /// Whether the ticket's customer answers by the link in a mail. That also works when the ticket is
    /// back at work, and the same answer again is as good as the first.
    pub by_link: bool,
}

impl TicketCommand for RateTicket {
    type Output = Changed;
    const NAME: &'static str = "rateTicket";
    const ACTION: Action = Action::Rate;
    const LEAVES_THE_ROW: bool = true;

    fn target(&self) -> &Target {
        &self.target
    }

    async fn run(&self, work: &mut Work, ticket: ticket::Model) -> Result<Changed> {
        if ticket.requester_id != work.actor.id {
            return Err(Error::Forbidden(
                "Only the customer of a ticket may rate it. What they said is its `rating`."
                    .to_owned(),
            ));
        }
        let note = self.note()?;
        let changed = Changed {
            ticket: ticket.id,
            message: None,
        };
        let known = rating::Entity::find_by_id(ticket.id).one(work.tx()).await?;
        if let Some(known) = known {
            let same = (known.score, &known.comment) == (note.score, &note.comment);
            return if same && known.by_link && self.by_link {
                Ok(changed)
            } else {
                Err(already_rated(self.by_link))
            };
        }
        if !self.by_link && !is_ratable(ticket.status) {
            return Err(Error::user(
                UserErrorCode::NotResolved,
                &["ticketId"],
                "The ticket is not resolved, so there is nothing to rate yet. Rate it when it is \
                 resolved, or close it first if you need nothing more.",
            ));
        }
        let row = rating::ActiveModel {
            ticket_id: Set(ticket.id),
            requester_id: Set(work.actor.id),
            score: Set(note.score),
            comment: Set(note.comment.clone()),
            by_link: Set(self.by_link),
            rated_at: Set(work.now),
        };
        rating::Entity::insert(row)
            .exec_without_returning(work.tx())
            .await?;
        let mut rated = ticket.clone();
        let found = self.comment.iter().flat_map(Screened::found);
        rated.sensitive.add(&found.copied().collect::<Vec<_>>());
        work.save_unseen(&rated);
        work.note_rating(&ticket, &rated, note);
        Ok(changed)
    }
}

impl RateTicket {
    /// The answer, checked.
    fn note(&self) -> Result<RatingNote> {
        let mut check = Check::default();
        let score = i16::try_from(self.score).ok();
        let score = score.filter(|score| SCORES.contains(score));
        if score.is_none() {
            check.fail(
                UserErrorCode::Invalid,
                &["score"],
                "The score is a whole number from 1, very bad, to 5, very good. Choose one of them.",
            );
        }
        let comment = self.comment.as_ref().map(|text| text.get().as_str());
        let comment = check.optional_text(comment, &["comment"], MAX_COMMENT);
        check.finish()?;
        Ok(RatingNote {
            score: score.unwrap_or_default(),
            comment,
        })
    }
}

fn already_rated(by_link: bool) -> Error {
    let field = if by_link { "token" } else { "ticketId" };
    Error::user(
        UserErrorCode::AlreadyRated,
        &[field],
        "This ticket has been rated already, and that counts once. Write a reply if there is something \
         to add.",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mask::Masking;

    fn answer(score: i32, comment: Option<&str>) -> RateTicket {
        let masking = Masking::default();
        RateTicket {
            target: Target {
                ticket: uuid::Uuid::nil().into(),
                expected_version: None,
                idempotency_key: None,
            },
            score,
            comment: comment.map(|text| Screened::text(&masking, text)),
            by_link: false,
        }
    }

    fn codes(answer: &RateTicket) -> Vec<(UserErrorCode, String)> {
        match answer.note() {
            Err(Error::User(errors)) => errors
                .into_iter()
                .map(|error| (error.code, error.field.join(".")))
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn comments_may_be_left_out_and_have_an_end() {
        for nothing in [None, Some(""), Some(" \n ")] {
            assert_eq!(answer(3, nothing).note().unwrap().comment, None);
        }
        let longest = "é".repeat(MAX_COMMENT);
        let note = answer(3, Some(&format!(" {longest}\n"))).note().unwrap();
        assert_eq!(note.comment, Some(longest.clone()));
        let too_long = answer(0, Some(&format!("{longest}é")));
        assert_eq!(
            codes(&too_long),
            [
                (UserErrorCode::Invalid, "score".to_owned()),
                (UserErrorCode::TooLong, "comment".to_owned())
            ]
        );
    }

    proptest! {
        #[test]
        fn scores_are_from_one_to_five(score in prop_oneof![-3_i32..10, any::<i32>()]) {
            match answer(score, None).note() {
                Ok(note) => prop_assert!((1..=5).contains(&score) && i32::from(note.score) == score),
                Err(_) => prop_assert!(!(1..=5).contains(&score)),
            }
        }
    }
}
