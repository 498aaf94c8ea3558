//! Figures are right: random histories, played through the API, against a direct computation over all
//! tickets.

mod bulk;
mod compare;
mod oracle;
mod same;
pub mod story;
