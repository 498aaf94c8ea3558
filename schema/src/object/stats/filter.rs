//! Which tickets figures are about, as clients say it.

use async_graphql::{ID, InputObject, Result};
use domain::{stats, text::check_wanted};

use crate::{
    context::Asked,
    enums::{Priority, TicketSource},
    error::{OrGraphql, to_graphql},
    id::GlobalId,
};

/// How many entries a list of the filter can have.
const MAX_ENTRIES: usize = 100;

/// Which tickets figures are about. Everything that is given must hold. A list means "any of these",
/// at most 100; an empty list restricts nothing.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct StatsFilter {
    /// Categories, by their codes.
    category: Option<Vec<String>>,
    /// Subjects, by their codes; a ticket can have several.
    subject: Option<Vec<String>>,
    /// Priorities.
    priority: Option<Vec<Priority>>,
    /// Sources.
    source: Option<Vec<TicketSource>>,
    /// Teams that tickets were handed to, by their ids.
    team: Option<Vec<ID>>,
    /// Accountable assignees at the moment when it happened, by their ids.
    agent: Option<Vec<ID>>,
    /// Merchants, by the ids that links of the kind `merchant` give.
    merchant: Option<Vec<String>>,
}

impl StatsFilter {
    /// The filter as the domain takes it.
    ///
    /// # Errors
    /// BAD_INPUT for what names nothing, and for a list that is too long.
    pub(crate) async fn parse(filter: Option<Self>, asked: &Asked) -> Result<stats::StatsFilter> {
        let Self {
            category,
            subject,
            priority,
            source,
            team,
            agent,
            merchant,
        } = filter.unwrap_or_default();
        let category = list(category, "category")?;
        let subject = list(subject, "subject")?;
        let merchant = list(merchant, "merchant")?;
        for (field, words) in [
            ("category", &category),
            ("subject", &subject),
            ("merchant", &merchant),
        ] {
            for word in words {
                check_wanted(word, field).or_graphql()?;
            }
        }
        Ok(stats::StatsFilter {
            category: asked.desk.category_ids(&category).await.or_graphql()?,
            subject: asked.desk.subject_ids(&subject).await.or_graphql()?,
            priority: enums(priority, "priority")?,
            source: enums(source, "source")?,
            team: ids(team, "team", GlobalId::team)?,
            agent: ids(agent, "agent", GlobalId::user)?,
            merchant,
        })
    }
}

fn refuse(message: String) -> async_graphql::Error {
    to_graphql(&domain::Error::BadInput(message))
}

/// A list that is not too long.
fn list<T>(entries: Option<Vec<T>>, field: &str) -> Result<Vec<T>> {
    let entries = entries.unwrap_or_default();
    if entries.len() > MAX_ENTRIES {
        return Err(refuse(format!(
            "`{field}` in the filter has {} entries, at most {MAX_ENTRIES} are possible.",
            entries.len()
        )));
    }
    Ok(entries)
}

fn enums<T, U: From<T>>(entries: Option<Vec<T>>, field: &str) -> Result<Vec<U>> {
    Ok(list(entries, field)?.into_iter().map(U::from).collect())
}

fn ids<T>(
    entries: Option<Vec<ID>>,
    field: &str,
    decode: impl Fn(&ID) -> Option<T>,
) -> Result<Vec<T>> {
    let bad = || {
        refuse(format!(
            "`{field}` in the filter is not an id of the right kind."
        ))
    };
    let entries = list(entries, field)?;
    let ids = entries.iter().map(|id| decode(id).ok_or_else(bad));
    ids.collect()
}
