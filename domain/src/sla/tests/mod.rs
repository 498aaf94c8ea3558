//! What `sla.md` promises, as properties over random calendars, zones and histories, and as cases
//! with numbers worked out by hand.

mod arithmetic;
mod cases;
mod cycles;
mod history;
mod reference;
mod strategies;
mod timers;
mod told;

/// A time such as `2026-03-29T01:00:00Z` as seconds since 1970.
fn at(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}
