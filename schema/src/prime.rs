//! Look-ahead: what the selection will ask of a list of tickets is fetched at once, in a number of
//! statements that does not depend on the list's length or on how busy the server is. Batching by
//! timer breaks apart under load.

use std::{collections::HashSet, sync::Arc};

use async_graphql::{Lookahead, SelectionField, Value, dataloader::Loader as _};
use domain::{page::PageArgs, query::ThreadPage};
use entity::{TicketId, UserId, ticket};
use futures_util::future::try_join_all;

use crate::{
    context::Asked,
    loader::{
        AbsenceKey, AttachmentsKey, CategoryKey, LinksKey, MembersKey, PersonKey, RatingKey,
        SlaPolicyKey, SubjectKey, TeamKey, ThreadKey, ThreadTotalKey, TicketKey, TimersKey,
    },
};

/// What a selection asks of tickets.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    requester: bool,
    assignee: bool,
    co_assignees: bool,
    category: bool,
    subjects: bool,
    team: bool,
    members: bool,
    links: bool,
    totals: bool,
    follow_up_of: bool,
    timers: bool,
    all_timers: bool,
    policies: bool,
    absences: bool,
    threads: Vec<Arc<ThreadPage>>,
    authors: bool,
    attachments: bool,
    files_of_messages: bool,
    ratings: bool,
    ratings_of_own: bool,
}

/// The nodes of a connection, whichever way they are selected.
pub(crate) fn nodes<'a>(list: &Lookahead<'a>) -> [Lookahead<'a>; 2] {
    [list.field("edges").field("node"), list.field("nodes")]
}

impl Wanted {
    /// What the connection `list` asks of its tickets.
    pub(crate) fn of_connection(list: &Lookahead<'_>) -> Self {
        let mut wanted = Self::default();
        for node in nodes(list) {
            wanted.add(&node);
        }
        wanted
    }

    /// What `ticket` asks.
    pub(crate) fn of_ticket(ticket: &Lookahead<'_>) -> Self {
        let mut wanted = Self::default();
        wanted.add(ticket);
        wanted
    }

    /// What `ticket` asks, too.
    pub(crate) fn add(&mut self, ticket: &Lookahead<'_>) {
        let has = |name: &str| ticket.field(name).exists();
        self.requester |= has("requester");
        self.assignee |= has("assignee");
        self.co_assignees |= has("coAssignees");
        self.category |= has("category");
        self.subjects |= has("subjects");
        self.team |= has("team");
        self.members |= ticket.field("team").field("members").exists();
        self.links |= has("links");
        self.attachments |= has("attachments");
        self.ratings |= has("rating");
        self.ratings_of_own |= has("viewerCan");
        self.follow_up_of |= has("followUpOf");
        self.timers |= has("sla") || has("unattended");
        self.all_timers |= [
            "slaHistory",
            "firstResolutionSeconds",
            "totalResolutionSeconds",
        ]
        .into_iter()
        .any(has);
        let of_policy = |list: &str| ticket.field(list).field("policy").exists();
        self.policies |= of_policy("sla") || of_policy("slaHistory");
        self.absences |= ticket.field("assignee").field("away").exists();
        let messages = ticket.field("messages");
        self.totals |= messages.field("totalCount").exists();
        self.authors |= nodes(&messages)
            .iter()
            .any(|node| node.field("author").exists());
        self.files_of_messages |= nodes(&messages)
            .iter()
            .any(|node| node.field("attachments").exists());
        for field in messages.selection_fields() {
            // Arguments that are wrong are reported by the field itself.
            if let Some(page) = thread_page(&field) {
                let page = Arc::new(page);
                if !self.threads.contains(&page) {
                    self.threads.push(page);
                }
            }
        }
    }
}

/// Takes over an argument of a connection, if it is one that all have.
pub(crate) fn page_arg(args: &mut PageArgs, name: &str, value: &Value) {
    let number = || {
        let number = if let Value::Number(number) = value {
            number.as_i64()
        } else {
            None
        };
        number.and_then(|number| i32::try_from(number).ok())
    };
    let text = || {
        if let Value::String(text) = value {
            Some(text.clone())
        } else {
            None
        }
    };
    match name {
        "first" => args.first = number(),
        "last" => args.last = number(),
        "after" => args.after = text(),
        "before" => args.before = text(),
        _ => {}
    }
}

fn thread_page(field: &SelectionField<'_>) -> Option<ThreadPage> {
    let mut args = PageArgs::default();
    let mut newest_first = true;
    for (name, value) in field.arguments().ok()? {
        match name.as_str() {
            "order" => {
                let oldest = "OLDEST_FIRST";
                newest_first = match &value {
                    Value::Enum(name) => name != oldest,
                    Value::String(name) => name != oldest,
                    Value::Null
                    | Value::Number(_)
                    | Value::Boolean(_)
                    | Value::Binary(_)
                    | Value::List(_)
                    | Value::Object(_) => true,
                };
            }
            other => page_arg(&mut args, other, &value),
        }
    }
    ThreadPage::new(&args, newest_first).ok()
}

/// Fetches what `wanted` asks of `tickets` and feeds it to the loaders.
///
/// # Errors
/// What the domain answers, `Unavailable` for one.
pub(crate) async fn prime(
    asked: &Asked,
    tickets: &[Arc<ticket::Model>],
    wanted: &Wanted,
) -> Result<(), Arc<domain::Error>> {
    if tickets.is_empty() {
        return Ok(());
    }
    // All that is fetched at once is large, and would lie on the stack of everything that awaits it.
    Box::pin(fetch(asked, tickets, wanted)).await
}

async fn fetch(
    asked: &Asked,
    tickets: &[Arc<ticket::Model>],
    wanted: &Wanted,
) -> Result<(), Arc<domain::Error>> {
    let loaders = &asked.loaders;
    let loader = loaders.loader();
    let ids: Vec<TicketId> = tickets.iter().map(|ticket| ticket.id).collect();
    let distinct = |ids: &mut dyn Iterator<Item = UserId>| ids.collect::<HashSet<_>>();

    let threads = try_join_all(wanted.threads.iter().map(async |page| {
        let key = |&ticket: &TicketId| ThreadKey {
            ticket,
            page: Arc::clone(page),
        };
        let keys: Vec<_> = ids.iter().map(key).collect();
        loader.load(&keys).await
    }));
    let categories = async {
        if wanted.category {
            let keys: HashSet<_> = tickets.iter().map(|t| CategoryKey(t.category_id)).collect();
            let keys: Vec<_> = keys.into_iter().collect();
            loaders.feed_many(loader.load(&keys).await?).await;
        }
        Ok(())
    };
    let subjects = async {
        let keys: HashSet<_> = tickets.iter().flat_map(|t| &t.subjects.0).collect();
        if wanted.subjects && !keys.is_empty() {
            let keys: Vec<_> = keys.into_iter().copied().map(SubjectKey).collect();
            loaders.feed_many(loader.load(&keys).await?).await;
        }
        Ok(())
    };
    let teams = async {
        let keys: HashSet<_> = tickets.iter().filter_map(|t| t.team_id).collect();
        if wanted.team && !keys.is_empty() && is_staff(asked) {
            let teams: Vec<_> = keys.iter().copied().map(TeamKey).collect();
            loaders.feed_many(loader.load(&teams).await?).await;
        }
        if wanted.members && !keys.is_empty() && is_staff(asked) {
            let teams: Vec<_> = keys.into_iter().map(MembersKey).collect();
            let members = loader.load(&teams).await?;
            let people = distinct(&mut members.values().flatten().copied());
            loaders.feed_many(members).await;
            return Ok(people);
        }
        Ok(HashSet::new())
    };
    let links = async {
        if wanted.links {
            let keys: Vec<_> = ids.iter().copied().map(LinksKey).collect();
            loaders.feed_many(loader.load(&keys).await?).await;
        }
        Ok(())
    };
    let attachments = async {
        if wanted.attachments {
            let keys: Vec<_> = ids.iter().copied().map(AttachmentsKey::Ticket).collect();
            loaders.feed_many(loader.load(&keys).await?).await;
        }
        Ok(())
    };
    let totals = async {
        if wanted.totals {
            let keys: Vec<_> = ids.iter().copied().map(ThreadTotalKey).collect();
            loaders.feed_many(loader.load(&keys).await?).await;
        }
        Ok(())
    };
    let continued = async {
        let keys: HashSet<_> = tickets.iter().filter_map(|t| t.follow_up_of_id).collect();
        if wanted.follow_up_of && !keys.is_empty() {
            let keys: Vec<_> = keys.into_iter().map(TicketKey).collect();
            loaders.feed_many(loader.load(&keys).await?).await;
        }
        Ok::<_, Arc<domain::Error>>(())
    };
    let ratings = async {
        let own = |ticket: &&Arc<ticket::Model>| {
            let is_own = |actor: domain::Actor| actor.id == ticket.requester_id;
            wanted.ratings || wanted.ratings_of_own && asked.actor.is_some_and(is_own)
        };
        let keys = tickets.iter().filter(own).map(|t| RatingKey(t.id));
        let keys: Vec<_> = keys.collect();
        if !keys.is_empty() {
            loaders.feed_many(loader.load(&keys).await?).await;
        }
        Ok::<_, Arc<domain::Error>>(())
    };
    let wanted_policies = wanted.policies;
    let timers = async {
        for (wanted, latest) in [(wanted.timers, true), (wanted.all_timers, false)] {
            if wanted && is_staff(asked) {
                let keys = ids.iter().map(|&ticket| TimersKey { ticket, latest });
                let keys: Vec<_> = keys.collect();
                let rows = loader.load(&keys).await?;
                let policies = rows.values().flat_map(|rows| rows.iter());
                let policies: HashSet<_> = policies.filter_map(|row| row.policy_id).collect();
                loaders.feed_many(rows).await;
                if wanted_policies && !policies.is_empty() {
                    let keys: Vec<_> = policies.into_iter().map(SlaPolicyKey).collect();
                    loaders.feed_many(loader.load(&keys).await?).await;
                }
            }
        }
        Ok::<_, Arc<domain::Error>>(())
    };
    let (threads, (), (), mut people, (), (), (), (), (), ()) = tokio::try_join!(
        threads,
        categories,
        subjects,
        teams,
        links,
        attachments,
        totals,
        continued,
        ratings,
        timers
    )?;

    for ticket in tickets {
        people.extend(wanted.requester.then_some(ticket.requester_id));
        people.extend(ticket.assignee_id.filter(|_| wanted.assignee));
        if wanted.co_assignees && is_staff(asked) {
            people.extend(&ticket.co_assignees.0);
        }
    }
    if wanted.absences && is_staff(asked) {
        let keys: HashSet<_> = tickets.iter().filter_map(|t| t.assignee_id).collect();
        let keys: Vec<_> = keys.into_iter().map(AbsenceKey).collect();
        if !keys.is_empty() {
            loaders.feed_many(loader.load(&keys).await?).await;
        }
    }
    if wanted.authors {
        let pages = threads.iter().flat_map(|pages| pages.values());
        let messages = pages.flat_map(|page| &page.items);
        people.extend(messages.filter_map(|message| message.author_id));
    }
    if wanted.files_of_messages {
        let pages = threads.iter().flat_map(|pages| pages.values());
        let messages = pages.flat_map(|page| &page.items);
        let keys: HashSet<_> = messages
            .map(|message| AttachmentsKey::Message(message.id))
            .collect();
        let keys: Vec<_> = keys.into_iter().collect();
        if !keys.is_empty() {
            loaders.feed_many(loader.load(&keys).await?).await;
        }
    }
    for pages in threads {
        loaders.feed_many(pages).await;
    }
    if !people.is_empty() {
        let keys: Vec<_> = people.into_iter().map(PersonKey).collect();
        loaders.feed_many(loader.load(&keys).await?).await;
    }
    Ok(())
}

fn is_staff(asked: &Asked) -> bool {
    asked.actor.is_some_and(domain::Actor::is_staff)
}
