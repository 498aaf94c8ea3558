//! Business hours.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use entity::{
    CalendarId, Timestamp,
    calendar::{self, Holiday, Holidays, Hours, Week},
    calendar_version, sla_policy,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    sea_query::Expr,
};
use serde::Serialize;

use super::{Command, Work, sla_policy_draft::check_reach};
use crate::{
    Error, Result, UserErrorCode,
    permission::Action,
    sla::{
        calendar::Calendar,
        holidays,
        rework::{next_revision, rework},
        store::{live_calendars, live_policies},
        zone_name,
    },
    text::{Check, MAX_WORD},
};

/// Minutes of a day.
const DAY: u16 = 1_440;
/// Minutes of a week.
const WEEK: u32 = 7 * 1_440;
/// How many open hours a week can have.
const MAX_HOURS: usize = 100;
/// How many holidays a calendar can have.
const MAX_HOLIDAYS: usize = 2_000;
/// The weekdays as messages name them.
const DAYS: [&str; 7] = [
    "MONDAY",
    "TUESDAY",
    "WEDNESDAY",
    "THURSDAY",
    "FRIDAY",
    "SATURDAY",
    "SUNDAY",
];

/// What a calendar is to be, as it was sent.
#[derive(Clone, Debug)]
pub struct CalendarDraft {
    /// The calendar to change; `None` makes one.
    pub id: Option<CalendarId>,
    /// Its name.
    pub name: String,
    /// Its time zone in the IANA database.
    pub time_zone: String,
    /// The open hours, in any order.
    pub week: Vec<Hours>,
    /// The holidays.
    pub holidays: Vec<Holiday>,
    /// More holidays, as the text of an iCalendar feed.
    pub icalendar: Option<String>,
    /// The key under which a repetition is recognised.
    pub idempotency_key: Option<String>,
}

impl CalendarDraft {
    /// Checks it: this takes a while for a long feed, and nobody waits for it here, while the command
    /// makes all others wait. What recurs in the feed is taken from the year before `now` on.
    ///
    /// # Errors
    /// `User` with everything that is wrong.
    pub async fn check(self, now: Timestamp) -> Result<SaveCalendar> {
        let checking = tokio::task::spawn_blocking(move || self.checked(now.year()));
        checking.await.map_err(Error::internal)?
    }

    fn checked(self, year: i32) -> Result<SaveCalendar> {
        let mut check = Check::default();
        let name = check.line(&self.name, &["name"], MAX_WORD);
        let time_zone = zone(&self.time_zone, &mut check);
        let week = week(&self.week, &mut check);
        let holidays = self.all_holidays(year, &mut check);
        check.finish()?;
        Ok(SaveCalendar {
            id: self.id,
            name,
            time_zone,
            week,
            holidays,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// Makes a calendar, or changes one: the deadlines that hang on it are worked out again. Comes from
/// [`CalendarDraft::check`].
#[derive(Clone, Debug, Serialize)]
pub struct SaveCalendar {
    id: Option<CalendarId>,
    name: String,
    time_zone: String,
    week: Vec<Hours>,
    holidays: Vec<Holiday>,
    #[serde(skip)]
    idempotency_key: Option<String>,
}

impl Command for SaveCalendar {
    type Output = CalendarId;
    const NAME: &'static str = "saveCalendar";
    const ACTION: Action = Action::ManageSla;
    const CHANGES_RULES: bool = true;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<CalendarId> {
        let namesake = live_calendars().filter(calendar::Column::Name.eq(self.name.as_str()));
        let namesake = namesake.one(work.tx()).await?;
        if namesake.is_some_and(|row| Some(row.id) != self.id) {
            return Err(taken());
        }
        let row = calendar::Model {
            id: self.id.unwrap_or_else(|| work.clock().new_id()),
            version: 1,
            name: self.name.clone(),
            time_zone: self.time_zone.clone(),
            week: Week(self.week.clone()),
            holidays: Holidays(self.holidays.clone()),
            created_at: work.now,
            updated_at: work.now,
            deleted_at: None,
        };
        let Some(id) = self.id else {
            let id = row.id;
            let made = calendar::Entity::insert(row.into_active_model());
            made.exec_without_returning(work.tx())
                .await
                .map_err(|error| Error::or_taken(error, taken))?;
            // Nothing hangs on it yet, but who keeps the rules in memory has to learn of it.
            next_revision(work).await?;
            return Ok(id);
        };
        let known = live_calendars()
            .filter(calendar::Column::Id.eq(id))
            .one(work.tx())
            .await?;
        let known = known.ok_or_else(|| Error::not_found("calendar", &["id"]))?;
        let counted = Calendar::try_from(&row)?;
        let policies = live_policies()
            .filter(sla_policy::Column::CalendarId.eq(id))
            .all(work.tx())
            .await?;
        for policy in policies {
            check_reach(&policy, &counted, work.now, "week")?;
        }
        let version = known.version + 1;
        keep(work, known).await?;
        let calendar::Model {
            name,
            time_zone,
            week,
            holidays,
            ..
        } = row;
        let change = calendar::ActiveModel {
            version: Set(version),
            name: Set(name),
            time_zone: Set(time_zone),
            week: Set(week),
            holidays: Set(holidays),
            updated_at: Set(work.now),
            ..Default::default()
        };
        calendar::Entity::update_many()
            .set(change)
            .filter(calendar::Column::Id.eq(id))
            .exec(work.tx())
            .await
            .map_err(|error| Error::or_taken(error, taken))?;
        rework(work).await?;
        Ok(id)
    }
}

/// Keeps how a calendar was: what is over is explained by it.
async fn keep(work: &Work, row: calendar::Model) -> Result<()> {
    let row = calendar_version::ActiveModel {
        calendar_id: Set(row.id),
        version: Set(row.version),
        time_zone: Set(row.time_zone),
        week: Set(row.week),
        holidays: Set(row.holidays),
    };
    calendar_version::Entity::insert(row)
        .exec_without_returning(work.tx())
        .await?;
    Ok(())
}

impl CalendarDraft {
    /// The holidays by date, each once.
    fn all_holidays(&self, year: i32, check: &mut Check) -> Vec<Holiday> {
        let mut days = BTreeMap::new();
        for (place, holiday) in self.holidays.iter().enumerate() {
            let place = place.to_string();
            let date: Option<NaiveDate> = holiday.date.parse().ok();
            let Some(date) = date.filter(|date| (1970..=2200).contains(&date.year())) else {
                let message =
                    "A holiday's date must be a day like 2026-12-25, in the years 1970 to 2200.";
                check.fail(
                    UserErrorCode::Invalid,
                    &["holidays", &place, "date"],
                    message,
                );
                continue;
            };
            let name = check.line(&holiday.name, &["holidays", &place, "name"], MAX_WORD);
            days.insert(date, name);
        }
        if let Some(text) = &self.icalendar {
            match holidays::import(text, year) {
                Ok(found) => {
                    for (date, name) in found {
                        days.entry(date).or_insert(name);
                    }
                }
                Err(problem) => check.fail(UserErrorCode::Invalid, &["icalendar"], problem),
            }
        }
        if days.len() > MAX_HOLIDAYS {
            let message = format!(
                "The calendar would have {} holidays, at most {MAX_HOLIDAYS} are possible. Leave out past years.",
                days.len()
            );
            check.fail(UserErrorCode::TooLong, &["holidays"], message);
        }
        let holiday = |(date, name): (NaiveDate, String)| Holiday {
            date: date.to_string(),
            name,
        };
        days.into_iter().map(holiday).collect()
    }
}

/// Removes a calendar that no policy uses.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteCalendar {
    /// The calendar.
    pub id: CalendarId,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for DeleteCalendar {
    type Output = CalendarId;
    const NAME: &'static str = "deleteCalendar";
    const ACTION: Action = Action::ManageSla;
    const CHANGES_RULES: bool = true;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<CalendarId> {
        let used = live_policies()
            .filter(sla_policy::Column::CalendarId.eq(self.id))
            .count(work.tx())
            .await?;
        if used > 0 {
            return Err(Error::user(
                UserErrorCode::InUse,
                &["calendarId"],
                "SLA policies count by this calendar. Give them another calendar first.",
            ));
        }
        let gone = calendar::Entity::update_many()
            .col_expr(calendar::Column::DeletedAt, Expr::val(work.now))
            .filter(calendar::Column::Id.eq(self.id))
            .filter(calendar::Column::DeletedAt.is_null())
            .exec(work.tx())
            .await?;
        if gone.rows_affected == 0 {
            return Err(Error::not_found("calendar", &["calendarId"]));
        }
        Ok(self.id)
    }
}

fn zone(name: &str, check: &mut Check) -> String {
    let known = zone_name(name.trim());
    if known.is_none() {
        check.fail(
            UserErrorCode::Invalid,
            &["timeZone"],
            "There is no such time zone. Use a name of the IANA database, such as Europe/Berlin or UTC.",
        );
    }
    known.unwrap_or_default()
}

/// The open hours, sorted.
fn week(hours: &[Hours], check: &mut Check) -> Vec<Hours> {
    let mut week = hours.to_vec();
    week.sort_unstable();
    if week.is_empty() {
        check.fail(
            UserErrorCode::Required,
            &["week"],
            "The calendar is never open, so no time would ever count. Give it open hours, or \
             leave `week` out for one that is open around the clock.",
        );
    }
    if week.len() > MAX_HOURS {
        let message = format!("A week can have at most {MAX_HOURS} open hours.");
        check.fail(UserErrorCode::TooLong, &["week"], message);
    }
    let mut sound = true;
    for (place, hours) in hours.iter().enumerate() {
        let ends = hours.from < hours.to && hours.to - hours.from <= DAY;
        if hours.day > 6 || hours.from >= DAY || !ends {
            sound = false;
            let message = "Open hours begin between 00:00 and 23:59 and end after that, at most 24 hours later.";
            check.fail(
                UserErrorCode::Invalid,
                &["week", &place.to_string()],
                message,
            );
        }
    }
    let from = |hours: &Hours| u32::from(hours.day) * u32::from(DAY) + u32::from(hours.from);
    let to = |hours: &Hours| u32::from(hours.day) * u32::from(DAY) + u32::from(hours.to);
    // Each with the next one, and the last one with the first one of the week after.
    let next = week.iter().skip(1).map(|next| (from(next), next));
    let first = week.first().map(|first| (from(first) + WEEK, first));
    for (one, (begins, other)) in week.iter().zip(next.chain(first)) {
        if sound && to(one) > begins && week.len() > 1 {
            let name = |hours: &Hours| {
                let day = DAYS
                    .get(usize::from(hours.day))
                    .copied()
                    .unwrap_or_default();
                format!("{day} {}", clock_time(hours.from))
            };
            let message = format!(
                "The open hours that begin on {} and on {} overlap. Make one of them, or end the first one earlier.",
                name(one),
                name(other)
            );
            check.fail(UserErrorCode::Invalid, &["week"], message);
        }
    }
    week
}

/// Minutes since midnight as people write them.
pub fn clock_time(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn taken() -> Error {
    let message = "There is a calendar with this name already. Choose another name.";
    Error::user(UserErrorCode::Taken, &["name"], message)
}
