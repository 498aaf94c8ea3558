//! Business hours.

use std::sync::Arc;

use async_graphql::{ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{command::clock_time, sla::calendar::whole_week};
use entity::calendar::{self, Holiday, Hours};

use crate::{enums::Weekday, id::GlobalId};

/// When time counts.
#[derive(Clone, Debug)]
pub(crate) struct Calendar(pub(crate) Arc<calendar::Model>);

/// Open hours that come back every week.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct OpenHours {
    /// The day on which they begin.
    weekday: Weekday,
    /// When they begin, as HH:MM.
    opens: String,
    /// When they end, as HH:MM; 24:00 is midnight. Not after `opens`: on the next day.
    closes: String,
}

/// Open hours that come back every week.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct OpenHoursInput {
    /// The day on which they begin.
    weekday: Weekday,
    /// When they begin, as HH:MM.
    opens: String,
    /// When they end, as HH:MM; 24:00 is midnight. Before `opens`: on the next day.
    closes: String,
}

/// A day on which no time counts.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct HolidayDay {
    /// The day, in the calendar's time zone, as YYYY-MM-DD.
    date: String,
    /// Its name.
    name: String,
}

/// A day on which no time counts.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct HolidayInput {
    /// The day, in the calendar's time zone, as YYYY-MM-DD.
    date: String,
    /// Its name, at most 200 characters.
    name: String,
}

/// When time counts: open hours of a week in a time zone, without the holidays. Where a clock change
/// skips or repeats local times, the real time that goes by is what counts. Only staff see calendars.
#[Object]
impl Calendar {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Calendar(self.0.id).encode()
    }

    /// Its name, unique.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its time zone in the IANA database.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// Whether it never closes.
    async fn always_open(&self) -> bool {
        self.0.week.0 == whole_week() && self.0.holidays.0.is_empty()
    }

    /// The open hours, from Monday on.
    async fn week(&self) -> Vec<OpenHours> {
        let hours = |hours: &Hours| {
            Some(OpenHours {
                weekday: *Weekday::ALL.get(usize::from(hours.day))?,
                opens: clock_time(hours.from),
                closes: clock_time(match hours.to {
                    1_440 => 1_440,
                    to => to % 1_440,
                }),
            })
        };
        self.0.week.0.iter().filter_map(hours).collect()
    }

    /// The holidays by date.
    async fn holidays(&self) -> Vec<HolidayDay> {
        let day = |day: &Holiday| HolidayDay {
            date: day.date.clone(),
            name: day.name.clone(),
        };
        self.0.holidays.0.iter().map(day).collect()
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

impl From<OpenHoursInput> for Hours {
    /// Times that cannot be read become hours that the domain refuses.
    fn from(input: OpenHoursInput) -> Self {
        let day = Weekday::ALL.iter().position(|day| *day == input.weekday);
        let (from, to) = (minutes(&input.opens), minutes(&input.closes));
        let to = match (from, to) {
            (Some(from), Some(to)) if to < from => to + 1_440,
            (_, to) => to.unwrap_or(0),
        };
        Self {
            day: day
                .and_then(|day| u8::try_from(day).ok())
                .unwrap_or(u8::MAX),
            from: from.unwrap_or(u16::MAX),
            to,
        }
    }
}

impl From<HolidayInput> for Holiday {
    fn from(input: HolidayInput) -> Self {
        Self {
            date: input.date,
            name: input.name,
        }
    }
}

/// Minutes since midnight; `None` for what is no time of day.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<u16>().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let whole = hours * 60 + minutes;
    (minutes < 60 && whole <= 1_440).then_some(whole)
}
