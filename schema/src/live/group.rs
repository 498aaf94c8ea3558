//! Subscribers who get the very same answers, and the answers that they share.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use domain::{Actor, Position};
use futures_util::{FutureExt, future::BoxFuture, future::Shared};

use super::{Frame, GroupKey, Kind, Moment};
use crate::{
    execute::{Gateway, broken},
    operation::Operation,
};

/// The most answers that a group keeps for those of its members who are a little behind. Who is
/// further behind has them worked out again.
const KEPT: usize = 256;
/// The most bytes of answers that a group keeps. There can be thousands of groups.
const KEPT_BYTES: usize = 512 << 10;

type Shareable = Shared<BoxFuture<'static, Frame>>;

/// The groups of this process.
#[derive(Clone, Default)]
pub(crate) struct Groups(Arc<Mutex<HashMap<GroupKey, Weak<Group>>>>);

/// Subscribers with one key. It lasts as long as one of them does.
pub(crate) struct Group {
    gateway: Gateway,
    operation: Operation,
    actor: Option<Actor>,
    frames: Mutex<Frames>,
    key: GroupKey,
    all: Groups,
}

/// What an answer is the answer to. It shows the ticket as it is now, so it is good for as long as
/// nothing newer of the ticket was shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct At {
    position: Position,
    kind: Kind,
    version: (i32, usize),
    /// Links in it do not live long: it is good for half of that time.
    links: i64,
}

#[derive(Default)]
struct Frames {
    known: HashMap<At, Shareable>,
    order: VecDeque<At>,
}

impl Groups {
    /// The group with this key. `operation` and `actor` are those of a member: any will do.
    pub(super) fn join(
        &self,
        gateway: Gateway,
        key: GroupKey,
        operation: Operation,
        actor: Option<Actor>,
    ) -> Arc<Group> {
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = groups.get(&key).and_then(Weak::upgrade) {
            return group;
        }
        let group = Arc::new(Group {
            gateway,
            operation,
            actor,
            frames: Mutex::default(),
            key: key.clone(),
            all: self.clone(),
        });
        groups.insert(key, Arc::downgrade(&group));
        group
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let mut groups = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody may have founded it anew in the meantime.
        if groups
            .get(&self.key)
            .is_some_and(|group| group.strong_count() == 0)
        {
            groups.remove(&self.key);
        }
    }
}

impl Group {
    /// The answer to `moment`: worked out by the first who asks, in a task of its own, since all the
    /// others wait for it and the first one may be held up by its client.
    pub(super) async fn frame(self: Arc<Self>, moment: Moment) -> Frame {
        let Some(event) = moment.event().filter(|_| self.key.is_shared()) else {
            return self.run(moment).await;
        };
        let at = At {
            position: event.position,
            kind: moment.kind(),
            version: self.gateway.desk().hub().least_version(event),
            links: self.gateway.desk().age_of_links(),
        };
        let frame = {
            let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
            match frames.known.get(&at) {
                Some(frame) => frame.clone(),
                None => {
                    let frame = self.run(moment).boxed().shared();
                    frames.keep(at, frame.clone());
                    frame
                }
            }
        };
        let frame = frame.await;
        if frame.failed {
            // Not to be told again to those who come back for another try.
            let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
            frames.known.remove(&at);
            frames.order.retain(|kept| *kept != at);
        }
        frame
    }

    fn run(self: &Arc<Self>, moment: Moment) -> impl Future<Output = Frame> + Send + use<> {
        let group = Arc::clone(self);
        let running = tokio::spawn(async move {
            let request = group.operation.request().data(moment);
            let response = group.gateway.respond_once(request, group.actor).await;
            Frame::from(response.unwrap_or_else(broken))
        });
        async { running.await.unwrap_or_else(|_| broken().into()) }
    }
}

impl Frames {
    fn keep(&mut self, at: At, frame: Shareable) {
        let finished = |frame: &Shareable| frame.peek().map_or(0, |frame| frame.json.len());
        let mut bytes: usize = self.known.values().map(finished).sum();
        while self.order.len() >= KEPT || bytes > KEPT_BYTES {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            let gone = self.known.remove(&oldest);
            // One that was not finished above may be by now: it was not in the sum.
            bytes = bytes.saturating_sub(gone.as_ref().map_or(0, finished));
        }
        self.known.insert(at, frame);
        self.order.push_back(at);
    }
}
