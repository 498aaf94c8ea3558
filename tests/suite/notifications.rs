//! What people are told in the app: the list, what is read, preferences, and live.

mod documented;
mod hidden;
mod list;
mod live;
mod marks;
mod preferences;
mod resume;
pub mod scene;
