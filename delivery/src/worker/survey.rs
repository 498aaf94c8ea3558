//! What an operator says about the satisfaction survey.

use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use domain::telling::Seals;
use entity::{TicketId, Timestamp, UserId};

use crate::mail::{Links, with_parameter};

/// How customers are asked how satisfied they are.
#[derive(Args, Clone, Debug)]
pub struct SurveySettings {
    /// Whether customers are asked by mail how satisfied they are, when a ticket is resolved.
    #[arg(id = "survey", long = "survey", env = "DESKWIRE_SURVEY", value_enum, default_value_t = Asking::On)]
    pub asking: Asking,

    /// The page on which they answer; `{id}` and `{number}` are replaced, `token` and `score` are added.
    /// Left out: the desk's own, `/survey` below the public URL.
    #[arg(
        id = "survey_url",
        long = "survey-url",
        env = "DESKWIRE_SURVEY_URL",
        default_value = ""
    )]
    pub url: String,

    /// For how many days a customer can answer by the link in the mail.
    #[arg(
        id = "survey_days",
        long = "survey-days",
        env = "DESKWIRE_SURVEY_DAYS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u16).range(1..=365)
    )]
    pub days: u16,
}

/// Whether customers are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Asking {
    /// They are.
    #[default]
    On,
    /// They are not. Who is signed in can rate their tickets all the same.
    Off,
}

impl Default for SurveySettings {
    fn default() -> Self {
        Self {
            asking: Asking::On,
            url: String::new(),
            days: 30,
        }
    }
}

/// Makes the links of surveys.
#[derive(Clone, Debug)]
pub(super) struct SurveyLinks {
    url: String,
    lives: TimeDelta,
}

impl SurveyLinks {
    pub(super) fn new(settings: &SurveySettings, links: &Links) -> Self {
        let url = match settings.url.trim() {
            "" => links.to("/survey"),
            url => url.to_owned(),
        };
        Self {
            url,
            lives: TimeDelta::days(settings.days.into()),
        }
    }

    /// Where `person` says how satisfied they are with a ticket; `filled` puts the ticket into the address.
    /// The score is still to be added.
    pub(super) fn link(
        &self,
        seals: &Seals,
        (ticket, person): (TicketId, UserId),
        asked_at: Timestamp,
        filled: impl FnOnce(&str) -> String,
    ) -> String {
        let token = seals.survey_token(ticket, person, asked_at + self.lives);
        with_parameter(&filled(&self.url), "token", &token)
    }
}
