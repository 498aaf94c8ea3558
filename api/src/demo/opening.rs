//! How a ticket comes in.

use domain::Result;
use entity::{Priority, TicketSource};

use super::{
    details::Details,
    dice::Dice,
    people::Customer,
    texts::{Case, Heat},
    world::World,
};

/// The way a ticket of `customer` comes in; `waits`: nobody has looked at it yet.
pub(super) fn source(customer: &Customer, waits: bool, dice: &mut Dice) -> TicketSource {
    let mut sources = vec![
        (TicketSource::Email, 18.0),
        (TicketSource::Whatsapp, 8.0),
        (TicketSource::Phone, if waits { 0.0 } else { 8.0 }),
        (TicketSource::WalkIn, if waits { 0.0 } else { 2.0 }),
    ];
    if customer.login {
        sources.extend([
            (TicketSource::App, 39.0),
            (TicketSource::HelpCenter, 22.0),
            (TicketSource::Api, 3.0),
        ]);
    }
    if customer.email.is_none() {
        sources.retain(|(source, _)| *source != TicketSource::Email);
    }
    dice.weighted(&sources, TicketSource::App)
}

/// The member of staff who opens the ticket for the customer, if that is how it came in.
pub(super) fn opener(
    world: &World,
    customer: &Customer,
    case: &Case,
    source: TicketSource,
    dice: &mut Dice,
) -> Result<Option<usize>> {
    let spoken = matches!(source, TicketSource::Phone | TicketSource::WalkIn);
    if customer.login && !spoken {
        return Ok(None);
    }
    let team = world
        .people
        .teams
        .iter()
        .find(|team| team.name == case.team);
    let place = team.and_then(|team| dice.pick(&team.members).copied());
    let place = place.unwrap_or_else(|| dice.below(world.people.staff.len()));
    world.staff(place)?;
    Ok(Some(place))
}

/// What staff put before the words of a customer for whom they open a ticket.
pub(super) fn introduction<'a>(world: &'a World, source: TicketSource, dice: &mut Dice) -> &'a str {
    let phrases = &world.texts.phrases;
    dice.word(match source {
        TicketSource::Phone => &phrases.by_phone,
        TicketSource::WalkIn => &phrases.in_person,
        TicketSource::App
        | TicketSource::HelpCenter
        | TicketSource::Email
        | TicketSource::Whatsapp
        | TicketSource::Api => &phrases.on_behalf,
    })
}

/// What a customer writes, with a greeting and a name or without.
pub(super) fn by_customer(world: &World, details: &Details, text: &str, dice: &mut Dice) -> String {
    let phrases = &world.texts.phrases;
    let greeting = dice
        .chance(50.0)
        .then(|| dice.word(&phrases.customer_greetings));
    let closing = dice
        .chance(45.0)
        .then(|| dice.word(&phrases.customer_closings));
    let mut body = String::new();
    if let Some(greeting) = greeting {
        body.push_str(greeting);
        body.push_str("\n\n");
    }
    body.push_str(text);
    if let Some(closing) = closing {
        body.push_str("\n\n");
        body.push_str(&details.fill(closing, "", ""));
    }
    body
}

/// How likely each priority is.
pub(super) fn priorities(heat: Heat) -> [(Priority, f64); 4] {
    let [low, medium, high, urgent] = match heat {
        Heat::Low => [40.0, 56.0, 4.0, 0.0],
        Heat::Normal => [10.0, 73.0, 14.0, 3.0],
        Heat::High => [0.0, 48.0, 40.0, 12.0],
        Heat::Urgent => [0.0, 6.0, 34.0, 60.0],
    };
    [
        (Priority::Low, low),
        (Priority::Medium, medium),
        (Priority::High, high),
        (Priority::Urgent, urgent),
    ]
}
