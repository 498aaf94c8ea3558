//! Statistics: figures, and what they are broken down by.

mod answer;
mod duration;
mod entry;
mod enums;
mod figures;
mod filter;
mod group;
mod rate;
mod satisfaction;
mod sheet;
mod spike;
mod target;
mod targets;

pub(crate) use answer::{DEFAULT_GROUPS, Stats};
pub(crate) use entry::StatsEntry;
pub(crate) use enums::{StatsDimension, StatsFigure, StatsInterval, StatsTable};
pub(crate) use filter::StatsFilter;
pub(crate) use group::{GroupValue, StatsGroup};
pub(crate) use sheet::MOST_ROWS;
pub(crate) use targets::{StatsSettings, StatsTargetsInput};
