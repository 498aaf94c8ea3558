//! What an operator says about delivery.

use std::time::Duration;

use chrono::TimeDelta;
use clap::Args;
use domain::telling::{Retention, Rules};

use super::survey::{Asking, SurveySettings};
use crate::{
    KafkaSettings, Problem,
    mail::{LinkSettings, MailSettings},
};

/// How news leave the desk.
#[derive(Args, Clone, Debug)]
pub struct DeliverySettings {
    /// Mail.
    #[command(flatten)]
    pub mail: MailSettings,

    /// Links in mails.
    #[command(flatten)]
    pub links: LinkSettings,

    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaSettings,

    /// The addresses of the admin team, separated by commas: they get mail about new tickets and
    /// about deadlines. Left out: all supervisors.
    #[arg(long, env = "DESKWIRE_ADMIN_MAIL", value_delimiter = ',')]
    pub admin_mail: Vec<String>,

    /// Where answers to mails go. Each mail gets an address of its own by a tag behind a plus sign,
    /// `support+sup-00001-...@example.com`, which names the ticket and cannot be made up. Left out:
    /// the sender's address. `off`: answers go to the sender's address as it is.
    #[arg(long, env = "DESKWIRE_MAIL_REPLY_TO", default_value = "")]
    pub mail_reply_to: String,

    /// The page of a ticket for customers; `{id}` and `{number}` are replaced.
    /// Left out: `/help/tickets/{id}` below the public URL.
    #[arg(long, env = "DESKWIRE_CUSTOMER_TICKET_URL", default_value = "")]
    pub customer_ticket_url: String,

    /// The page of a ticket for staff, likewise. Left out: `/admin/support/{id}`.
    #[arg(long, env = "DESKWIRE_STAFF_TICKET_URL", default_value = "")]
    pub staff_ticket_url: String,

    /// How customers are asked how satisfied they are.
    #[command(flatten)]
    pub survey: SurveySettings,

    /// Webhooks may go to private addresses, and without TLS. For tests and closed networks.
    #[arg(long, env = "DESKWIRE_WEBHOOKS_ALLOW_PRIVATE")]
    pub webhooks_allow_private: bool,

    /// How many mails one process has under way at once. As many may arrive twice when it is killed.
    #[arg(
        long,
        env = "DESKWIRE_MAIL_CONCURRENCY",
        default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=100)
    )]
    pub mail_concurrency: u16,

    /// For how many seconds a process may hold what it sends. What a killed one held waits so long.
    #[arg(
        long,
        env = "DESKWIRE_DELIVERY_LEASE_SECONDS",
        default_value_t = 300,
        value_parser = clap::value_parser!(u32).range(1..=3_600)
    )]
    pub delivery_lease_seconds: u32,

    /// For how many days what was sent stays on record. What failed for good, and notifications,
    /// stay three times as long.
    #[arg(
        long,
        env = "DESKWIRE_DELIVERY_DAYS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub delivery_days: u16,
}

impl Default for DeliverySettings {
    fn default() -> Self {
        Self {
            mail: MailSettings::default(),
            links: LinkSettings::default(),
            kafka: KafkaSettings::default(),
            admin_mail: Vec::new(),
            mail_reply_to: String::new(),
            customer_ticket_url: String::new(),
            staff_ticket_url: String::new(),
            survey: SurveySettings::default(),
            webhooks_allow_private: false,
            mail_concurrency: 1,
            delivery_lease_seconds: 300,
            delivery_days: 30,
        }
    }
}

impl DeliverySettings {
    /// What the planner goes by.
    ///
    /// # Errors
    /// When an address of the admin team is none.
    pub fn rules(&self) -> Result<Rules, Problem> {
        let named = self.admin_mail.iter().map(|address| address.trim());
        let named: Vec<_> = named.filter(|address| !address.is_empty()).collect();
        for address in &named {
            if address.parse::<lettre::Address>().is_err() {
                return Err(Problem(format!(
                    "DESKWIRE_ADMIN_MAIL: `{address}` is not an e-mail address. Write addresses \
                     like name@example.com, separated by commas."
                )));
            }
        }
        Ok(Rules {
            admin_team: named.into_iter().map(str::to_owned).collect(),
            survey: self.survey.asking == Asking::On,
            ..Rules::default()
        })
    }

    pub(super) fn lease(&self) -> TimeDelta {
        TimeDelta::seconds(self.delivery_lease_seconds.into())
    }

    /// How long sending one thing may take: it must be over before the claim is.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.delivery_lease_seconds.into()).mul_f64(0.75)
    }

    pub(super) fn retention(&self) -> Retention {
        let days = TimeDelta::days(self.delivery_days.into());
        Retention {
            sent: days,
            dead: days * 3,
            notifications: days * 3,
        }
    }
}
