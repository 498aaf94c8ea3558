//! Telling people and systems what happened (requirements N1 to N7). What is to be told follows from
//! the event log: a pure function ([`plan`](plan::plan)) decides, a planner that follows the log
//! writes it down, and any number of workers send it.

pub mod preference;
