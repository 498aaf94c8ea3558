//! All tests through the public door, in one binary.

mod main_job;
