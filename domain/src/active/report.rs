//! What the host product reports: it knows of people who never ask the desk anything.

use entity::active_day;
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
use serde::Serialize;

use super::{day_of, day_text, parse_day};
use crate::{
    Error, Result, UserErrorCode,
    command::{Command, Work},
    permission::Action,
};

/// The first day for which a number is taken.
const FIRST: &str = "2000-01-01";

/// The largest number that is taken.
const MOST: i32 = 2_000_000_000;

/// Says how many people were active on a day, in place of what was said before.
#[derive(Clone, Debug, Serialize)]
pub struct ReportActiveUsers {
    /// The day, UTC, as YYYY-MM-DD.
    pub day: String,
    /// How many.
    pub count: i32,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for ReportActiveUsers {
    /// The day as it was given.
    type Output = String;
    const NAME: &'static str = "reportActiveUsers";
    const ACTION: Action = Action::ReportActiveUsers;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<String> {
        let mut mistakes = Vec::new();
        let mut invalid = |field: &str, message: String| {
            mistakes.push(crate::UserError::new(
                UserErrorCode::Invalid,
                &[field],
                message,
            ));
        };
        let day = parse_day(&self.day);
        let tomorrow = day_of(work.now) + 1;
        match day {
            None => invalid("day", "`day` must be a day like 2026-12-25.".to_owned()),
            Some(day) if Some(day) < parse_day(FIRST) => {
                invalid("day", format!("`day` must not be before {FIRST}."));
            }
            Some(day) if day > tomorrow => invalid(
                "day",
                format!(
                    "`day` must not be after {}, which is tomorrow (UTC). Report a day when it is over.",
                    day_text(tomorrow)
                ),
            ),
            Some(_) => {}
        }
        if !(0..=MOST).contains(&self.count) {
            invalid("count", format!("`count` must be from 0 to {MOST}."));
        }
        let Some(day) = day.filter(|_| mistakes.is_empty()) else {
            return Err(Error::User(mistakes));
        };
        let row = active_day::ActiveModel {
            day: Set(day),
            counted: Set(0),
            reported: Set(Some(self.count)),
            reported_by: Set(Some(work.actor.id)),
            reported_at: Set(Some(work.now)),
        };
        let in_place = OnConflict::column(active_day::Column::Day)
            .update_columns([
                active_day::Column::Reported,
                active_day::Column::ReportedBy,
                active_day::Column::ReportedAt,
            ])
            .to_owned();
        active_day::Entity::insert(row)
            .on_conflict(in_place)
            .exec_without_returning(work.tx())
            .await?;
        Ok(self.day.clone())
    }
}
