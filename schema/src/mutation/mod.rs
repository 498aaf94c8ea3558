//! Mutations: a resolver takes its input apart, runs one command, and wraps what comes back.

mod absence;
mod active_users;
mod assign;
mod create;
mod delivery;
mod notification;
mod people;
mod rate;
mod reply;
mod review;
mod run;
mod sla;
mod stats;
mod status;
mod update;
mod upload;
mod webhook;

use async_graphql::MergedObject;

pub(crate) use run::split;

/// What can be done. Every mutation takes one `input` and answers with the changed object and, if a
/// person has to mend something, `userErrors`; then nothing was written.
#[derive(Default, MergedObject)]
pub struct Mutation(
    TicketMutation,
    absence::AbsenceMutation,
    people::PeopleMutation,
    sla::SlaMutation,
    TellingMutation,
    MeasuringMutation,
);

/// What is done on tickets. Parts are asked one within the other, so a long list of them needs a deep
/// stack: they are in groups.
#[derive(Default, MergedObject)]
struct TicketMutation(
    create::CreateMutation,
    reply::ReplyMutation,
    update::UpdateMutation,
    status::StatusMutation,
    assign::AssignMutation,
    upload::UploadMutation,
    rate::RateMutation,
);

/// What is told to people and systems.
#[derive(Default, MergedObject)]
struct TellingMutation(
    notification::NotificationMutation,
    delivery::DeliveryMutation,
    webhook::WebhookMutation,
);

/// How well the desk works.
#[derive(Default, MergedObject)]
struct MeasuringMutation(
    stats::StatsMutation,
    review::ReviewMutation,
    active_users::ActiveUsersMutation,
);
