//! The weekly report: made once, right, kept as it was made, and mailed once to whom it is for.

mod figures;
mod mails;
pub mod scene;
mod weeks;
