//! All tests through the public door, in one binary.

mod crash;
mod filters;
mod guard;
mod live;
mod main_job;
mod operator;
mod paging;
mod statements;
mod tour;
mod workspace;
