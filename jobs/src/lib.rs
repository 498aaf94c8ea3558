//! Scheduled jobs, one binary each. There is none yet.
