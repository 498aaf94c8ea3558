//! All tests through the public door, in one binary.

mod at_once;
mod authorization;
mod bad_input;
mod bad_pages;
mod bad_request;
mod bad_texts;
mod canary;
mod canary_scene;
mod common;
mod crash;
mod doors;
mod filters;
mod guard;
mod idempotency;
mod jwks;
mod live;
mod main_job;
mod not_there;
mod operator;
mod paging;
mod refused_moves;
mod sign_in;
mod statements;
mod tokens;
mod tour;
mod workspace;
