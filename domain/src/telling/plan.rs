//! Who is told what, and by which channel: one pure function of the event, the people and what they
//! want (requirements N1 to N4, N7, S7).

use std::collections::HashMap;

use entity::{
    Audience, EventKind, MailMode, NotificationKind, Priority, Role, SlaState, TicketStatus,
    UserId, Visibility, WebhookId, event,
};

use super::preference::{Preferences, is_for_staff};
use crate::{EventData, actor::is_staff};

/// An event with what is known of its circumstances.
#[derive(Clone, Copy, Debug)]
pub struct News<'a> {
    /// The event.
    pub event: &'a event::Model,
    /// Its data.
    pub data: &'a EventData,
    /// The kinds of all events that the same command noted on the ticket, this one among them.
    pub together: &'a [EventKind],
}

/// Somebody who could be told.
#[derive(Clone, Debug)]
pub struct Person {
    /// What they may do.
    pub role: Role,
    /// Whether there is an address of theirs.
    pub has_address: bool,
    /// What they want to be told.
    pub preferences: Preferences,
}

/// Everybody and everything that could be told.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The people of the ticket: its requester and who works on it; and the supervisors.
    pub people: HashMap<UserId, Person>,
    /// All supervisors.
    pub supervisors: Vec<UserId>,
    /// The addresses of the admin team. If there are none, its mail goes to the supervisors.
    pub admin_team: Vec<String>,
    /// The endpoints of other systems, and what each of them gets; nothing named means all.
    pub endpoints: Vec<(WebhookId, Vec<EventKind>)>,
    /// Whether customers are asked how satisfied they are.
    pub survey: bool,
}

/// Who gets it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum To {
    /// A person, wherever their address is when it is sent.
    Person(UserId),
    /// An address of the admin team.
    Address(String),
    /// An endpoint.
    Endpoint(WebhookId),
}

/// By which channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// In the app.
    App,
    /// By mail, at once.
    Mail,
    /// By mail, with the next digest; they cover so many minutes.
    Digest(i32),
    /// As a request to an endpoint.
    Webhook,
}

/// Something that is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// What it says; `None` for endpoints, which get the event itself.
    pub kind: Option<NotificationKind>,
    /// Who gets it.
    pub to: To,
    /// By which channel.
    pub via: Via,
}

/// Who is meant, before preferences are looked at.
enum Who {
    /// The ticket's customer, but for what they did themselves.
    Customer,
    /// The ticket's customer, whoever did it.
    CustomerAnyway,
    /// Assignee and co-assignees.
    Workers,
    /// One of them.
    Worker(UserId),
    /// The admin team.
    AdminTeam,
}

/// What is to be told of an event, to whom, by which channel; each once.
///
/// Nobody is told of what they did themselves, except that their ticket has arrived and how satisfied
/// they are. Customers are told of public events of their own tickets only.
pub fn plan(news: News<'_>, directory: &Directory) -> Vec<Telling> {
    let mut tellings = Vec::new();
    for (kind, who) in meant(news, directory) {
        tell(&mut tellings, news, directory, kind, &who);
    }
    for (endpoint, kinds) in &directory.endpoints {
        if kinds.is_empty() || kinds.contains(&news.event.kind) {
            tellings.push(Telling {
                kind: None,
                to: To::Endpoint(*endpoint),
                via: Via::Webhook,
            });
        }
    }
    let mut seen = std::collections::HashSet::new();
    tellings.retain(|telling| seen.insert((telling.kind, telling.to.clone(), telling.via)));
    tellings
}

fn meant(news: News<'_>, directory: &Directory) -> Vec<(NotificationKind, Who)> {
    use NotificationKind as N;
    let (event, after) = (news.event, &news.data.after);
    let by_customer = event.actor_id == Some(after.requester);
    let with = |kind| news.together.contains(&kind);
    match event.kind {
        EventKind::TicketCreated => vec![
            (N::TicketReceived, Who::CustomerAnyway),
            (N::TicketOpened, Who::AdminTeam),
        ],
        // The assignment, or the reply, tells it already.
        EventKind::StatusChanged
            if with(EventKind::TicketAssigned) || with(EventKind::ReplyAdded) =>
        {
            Vec::new()
        }
        EventKind::StatusChanged => vec![(N::StatusChanged, Who::Customer)],
        EventKind::TicketAssigned => match after.assignee {
            Some(assignee) => vec![
                (N::TicketAssigned, Who::Customer),
                (N::AssignedToYou, Who::Worker(assignee)),
            ],
            None => Vec::new(),
        },
        EventKind::CoAssigneesChanged => {
            let before = news.data.before.as_ref();
            let is_new = |person: &&UserId| {
                before.is_none_or(|before| !before.co_assignees.contains(person))
            };
            let added = after.co_assignees.iter().filter(is_new);
            added
                .map(|person| (N::AssignedToYou, Who::Worker(*person)))
                .collect()
        }
        EventKind::ReplyAdded if by_customer => vec![(N::CustomerReplied, Who::Workers)],
        EventKind::ReplyAdded => vec![(N::StaffReplied, Who::Customer)],
        EventKind::InternalNoteAdded => vec![(N::NoteAdded, Who::Workers)],
        EventKind::TicketResolved => {
            let mut meant = vec![(N::TicketResolved, Who::Customer)];
            meant.extend(directory.survey.then_some((N::Survey, Who::CustomerAnyway)));
            meant
        }
        EventKind::TicketClosed => {
            // When it was resolved they were asked already.
            let before = news.data.before.as_ref().map(|before| before.status);
            let asks = directory.survey && before != Some(TicketStatus::Resolved);
            let mut meant = vec![(N::StatusChanged, Who::Customer)];
            meant.extend(asks.then_some((N::Survey, Who::CustomerAnyway)));
            meant
        }
        EventKind::TicketReopened if by_customer && with(EventKind::ReplyAdded) => Vec::new(),
        EventKind::TicketReopened if by_customer => vec![(N::TicketReopened, Who::Workers)],
        EventKind::TicketReopened => vec![(N::StatusChanged, Who::Customer)],
        EventKind::FollowUpDue => vec![(N::FollowUp, Who::Customer)],
        EventKind::SlaWarning => told(news, N::SlaWarning),
        EventKind::SlaBreached | EventKind::SlaOverdue => told(news, N::SlaBreach),
        EventKind::TicketEscalated if after.sla_state == Some(SlaState::Breached) => {
            told(news, N::SlaBreach)
        }
        EventKind::TicketEscalated => told(news, N::SlaWarning),
        EventKind::TicketUnattended => told(news, N::Unattended),
        // What customers think is seen where it is looked for, and tells nobody what to do now.
        EventKind::TicketUpdated
        | EventKind::SlaChanged
        | EventKind::AssigneeAwayChanged
        | EventKind::TicketRated => Vec::new(),
    }
}

/// Whom the steps of the policy tell.
fn told(news: News<'_>, kind: NotificationKind) -> Vec<(NotificationKind, Who)> {
    let audiences = news.data.sla.as_ref().map_or(&[][..], |note| &note.tell);
    let who = |audience: &Audience| match audience {
        Audience::Assignees => Who::Workers,
        Audience::AdminTeam => Who::AdminTeam,
        Audience::Requester => Who::Customer,
    };
    audiences
        .iter()
        .map(|audience| (kind, who(audience)))
        .collect()
}

fn tell(
    tellings: &mut Vec<Telling>,
    news: News<'_>,
    directory: &Directory,
    kind: NotificationKind,
    who: &Who,
) {
    let (event, after) = (news.event, &news.data.after);
    let others = |person: &UserId| event.actor_id != Some(*person);
    let people: Vec<UserId> = match who {
        Who::Customer => vec![after.requester].into_iter().filter(others).collect(),
        Who::CustomerAnyway => vec![after.requester],
        Who::Workers => {
            let workers = after.assignee.iter().chain(&after.co_assignees);
            workers.copied().filter(others).collect()
        }
        Who::Worker(person) => Some(*person).into_iter().filter(others).collect(),
        Who::AdminTeam => {
            for address in &directory.admin_team {
                tellings.push(Telling {
                    kind: Some(kind),
                    to: To::Address(address.clone()),
                    via: Via::Mail,
                });
            }
            let supervisors = directory.supervisors.iter();
            supervisors.copied().filter(others).collect()
        }
    };
    let by_address = matches!(who, Who::AdminTeam) && !directory.admin_team.is_empty();
    for id in people {
        let Some(person) = directory.people.get(&id) else {
            continue;
        };
        // Who is no longer on that side of the desk is not told, nor is anybody on the other side of
        // what is internal.
        let allowed = if is_for_staff(kind) {
            is_staff(person.role)
        } else {
            event.visibility == Visibility::Public
        };
        if !allowed {
            continue;
        }
        let wants = person.preferences.of(kind);
        let mut push = |via| {
            tellings.push(Telling {
                kind: Some(kind),
                to: To::Person(id),
                via,
            });
        };
        if wants.in_app {
            push(Via::App);
        }
        if !person.has_address || by_address {
            continue;
        }
        let at_once = kind == NotificationKind::SlaBreach
            || after.priority == Priority::Urgent
            || !is_for_staff(kind);
        match wants.mail {
            MailMode::Off => {}
            MailMode::Digest if !at_once => push(Via::Digest(person.preferences.digest_minutes)),
            MailMode::Digest | MailMode::Immediate => push(Via::Mail),
        }
    }
}
