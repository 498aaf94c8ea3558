//! How many people are active (requirement M1): for "tickets per 100 active users".
//!
//! For a period that figure is the tickets opened per 100 daily active users: the tickets opened on
//! the days of the period for which the number of active users is known, divided by the sum of
//! these days' active users, times 100.
//!
//! A day's number is what the host product reported for it, else the number of distinct customers
//! who were seen in requests that day. Days are UTC days, counted from 1970-01-01. A day on which
//! nobody was seen and for which nothing was reported has no number.

mod close;
mod day;
mod days;
mod note;
mod report;
mod seen;

pub use close::close_days;
pub use day::{day_of, day_text, parse_day};
pub use days::{ActiveDay, MOST_DAYS};

pub(crate) use days::active_days;
pub use note::Notes;
pub use report::ReportActiveUsers;
pub use seen::ActiveUsers;

use entity::UserId;

/// Somebody was seen on a day. In the order of their rows, so that those who write many at the same
/// time wait for one another in that order, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    day: i32,
    person: UserId,
}
