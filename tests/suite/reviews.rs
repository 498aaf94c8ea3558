//! Quality reviews: samples, scores that reviewers give without seeing one another's, and how far
//! they agree.

mod blind;
mod documented;
mod figures;
mod mistakes;
mod sample;
mod scene;
mod statements;
