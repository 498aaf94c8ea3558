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
    create::CreateMutation,
    reply::ReplyMutation,
    update::UpdateMutation,
    status::StatusMutation,
    assign::AssignMutation,
    absence::AbsenceMutation,
    people::PeopleMutation,
    sla::SlaMutation,
    notification::NotificationMutation,
    delivery::DeliveryMutation,
    webhook::WebhookMutation,
    stats::StatsMutation,
    upload::UploadMutation,
    review::ReviewMutation,
    active_users::ActiveUsersMutation,
    rate::RateMutation,
);
