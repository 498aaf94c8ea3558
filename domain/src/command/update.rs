//! Changing what a ticket says of itself.

use entity::{EventKind, Priority, TeamId, team, ticket};
use sea_orm::EntityTrait;
use serde::Serialize;

use super::{
    Changed, Target, TicketCommand, Work,
    create::category_by_code,
    subjects::{check_subjects, subjects_by_code},
};
use crate::{
    Error, Result, Screened,
    permission::Action,
    text::{Check, MAX_SUBJECT},
};

/// Changes what is given and leaves the rest.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateTicket {
    /// The ticket.
    pub target: Target,
    /// The new subject.
    pub subject: Option<Screened>,
    /// The new priority.
    pub priority: Option<Priority>,
    /// The new category, by its code.
    pub category: Option<String>,
    /// The new subjects in place of all old ones, by their codes, the primary one first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subjects: Option<Vec<String>>,
    /// The new team; `Some(None)` takes the ticket from its team.
    pub team: Option<Option<TeamId>>,
    /// The new tags, in place of all old ones.
    pub tags: Option<Screened<Vec<String>>>,
}

impl TicketCommand for UpdateTicket {
    type Output = Changed;
    const NAME: &'static str = "updateTicket";
    const ACTION: Action = Action::UpdateTicket;

    fn target(&self) -> &Target {
        &self.target
    }

    async fn run(&self, work: &mut Work, before: ticket::Model) -> Result<Changed> {
        let mut after = before.clone();
        let mut check = Check::default();
        if let Some(subject) = &self.subject {
            after.subject = check.line(subject.get(), &["subject"], MAX_SUBJECT);
            after.sensitive.add(subject.found());
        }
        if let Some(tags) = &self.tags {
            after.tags = ticket::Tags(check.tags(tags.get(), &["tags"]));
            after.sensitive.add(tags.found());
        }
        if let Some(codes) = &self.subjects {
            check_subjects(&mut check, codes);
        }
        check.finish()?;
        if let Some(priority) = self.priority {
            after.priority = priority;
        }
        if let Some(code) = &self.category {
            after.category_id = category_by_code(work, Some(code)).await?;
        }
        if let Some(codes) = &self.subjects {
            after.subjects = subjects_by_code(work, codes).await?;
        }
        if let Some(team) = self.team {
            if let Some(id) = team {
                let row = team::Entity::find_by_id(id).one(work.tx()).await?;
                row.ok_or_else(|| Error::not_found("team", &["teamId"]))?;
            }
            after.team_id = team;
        }
        if after != before {
            work.save(&before, &mut after);
            work.note(EventKind::TicketUpdated, Some(&before), &after);
        }
        Ok(Changed {
            ticket: before.id,
            message: None,
        })
    }
}
