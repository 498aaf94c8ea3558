//! Subscriptions, run so that a thousand who ask for the same cost hardly more than one.
//!
//! The engine would run the whole selection for each subscriber and event. Here it runs twice in
//! other ways: once to open a subscription (arguments are checked, the stream of changes of the
//! domain is handed out by a [`Slot`]), and once for each change and each [group](group::Group) of
//! subscribers who would get the very same answer.

mod group;
mod key;

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Response;
use domain::{
    Actor,
    live::{
        Change, ChangeKind, InboxChange, InboxChangeKind, LiveEvent, QueueChange, QueueChangeKind,
    },
};
use futures_util::{Stream, StreamExt, stream, stream::BoxStream};

pub(crate) use group::Groups;

use crate::{
    answer::encode,
    error::{Code, failed, failed_with},
    execute::Gateway,
    operation::Operation,
};
use key::GroupKey;

/// A change of any subscription.
#[derive(Clone, Debug)]
pub(crate) enum Moment {
    Queue(QueueChange),
    Ticket(Change),
    Inbox(InboxChange),
}

impl From<QueueChange> for Moment {
    fn from(change: QueueChange) -> Self {
        Self::Queue(change)
    }
}

impl From<Change> for Moment {
    fn from(change: Change) -> Self {
        Self::Ticket(change)
    }
}

impl From<InboxChange> for Moment {
    fn from(change: InboxChange) -> Self {
        Self::Inbox(change)
    }
}

/// What tells the answers to the moments of one event apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Queue(QueueChangeKind),
    Ticket(ChangeKind),
    Inbox(InboxChangeKind),
}

impl Moment {
    fn kind(&self) -> Kind {
        match self {
            Self::Queue(change) => Kind::Queue(change.kind),
            Self::Ticket(change) => Kind::Ticket(change.kind),
            Self::Inbox(change) => Kind::Inbox(change.kind),
        }
    }

    /// The event of the log that the moment is about, if it is about one. What somebody is told is
    /// theirs alone: there is nothing to share.
    fn event(&self) -> Option<&LiveEvent> {
        match self {
            Self::Queue(change) => change.event.as_deref(),
            Self::Ticket(change) => change.event.as_deref(),
            Self::Inbox(_) => None,
        }
    }
}

type Moments = BoxStream<'static, domain::Result<Moment>>;

/// Where the resolver of a subscription puts its stream.
#[derive(Clone, Default)]
pub(crate) struct Slot(Arc<Mutex<Option<Moments>>>);

impl Slot {
    /// Called by the resolver.
    pub(crate) fn put<T: Into<Moment>>(
        &self,
        changes: impl Stream<Item = domain::Result<T>> + Send + 'static,
    ) {
        let moments = changes.map(|change| change.map(Into::into)).boxed();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(moments);
    }

    fn take(&self) -> Option<Moments> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// One answer of a subscription, encoded.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The response as JSON.
    pub json: Arc<str>,
    /// Whether it has errors; then it is the last one.
    pub failed: bool,
}

impl From<Response> for Frame {
    fn from(response: Response) -> Self {
        Self {
            json: encode(&response).into(),
            failed: response.is_err(),
        }
    }
}

impl Gateway {
    /// Opens a subscription for `actor`. The stream ends with its first error: going on would pass
    /// over an event.
    ///
    /// # Errors
    /// The response that says why it cannot be opened.
    pub async fn follow(
        &self,
        operation: Operation,
        actor: Option<Actor>,
    ) -> Result<impl Stream<Item = Frame> + Send + use<>, Box<Response>> {
        let slot = Slot::default();
        let opening = operation.request().data(slot.clone());
        if let Some(refusal) = self.respond_once(opening, actor).await {
            return Err(Box::new(refusal));
        }
        let Some(moments) = slot.take() else {
            // The engine passes over what is not a plain field at the top.
            let message = "A subscription begins with its field: put no fragment around it, and no \
                           @skip or @include on it.";
            return Err(Box::new(failed(message, Code::BadInput)));
        };
        let key = GroupKey::of(&operation, actor);
        let group = self.groups().join(self.clone(), key, operation, actor);
        let frames = moments.then(move |moment| {
            let group = Arc::clone(&group);
            async move {
                match moment {
                    Ok(moment) => group.frame(moment).await,
                    Err(error) => failed_with(&error).into(),
                }
            }
        });
        Ok(until_failed(frames))
    }
}

fn until_failed(frames: impl Stream<Item = Frame> + Send) -> impl Stream<Item = Frame> + Send {
    let frames = Box::pin(frames);
    stream::unfold(Some(frames), |frames| async {
        let mut frames = frames?;
        let frame = frames.next().await?;
        let rest = (!frame.failed).then_some(frames);
        Some((frame, rest))
    })
}
