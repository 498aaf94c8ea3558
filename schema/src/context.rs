//! What a resolver finds in its context.

use std::sync::Arc;

use async_graphql::{
    Context,
    dataloader::{DataLoader, HashMapCache},
};
use domain::{Actor, Desk, Screened};

use crate::{error::to_graphql, loader::Loader};

/// Everything of one operation: the desk, who asks, and loaders that hold the asker.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) desk: Desk,
    pub(crate) actor: Option<Actor>,
    pub(crate) loaders: Arc<DataLoader<Loader, HashMapCache>>,
}

impl Asked {
    pub(crate) fn new(desk: Desk, actor: Option<Actor>) -> Self {
        let loader = Loader::new(desk.clone(), actor);
        let loaders = DataLoader::with_cache(loader, tokio::spawn, HashMapCache::default());
        Self {
            desk,
            actor,
            loaders: Arc::new(loaders),
        }
    }
}

/// The operation that a resolver belongs to.
pub(crate) fn asked<'a>(ctx: &Context<'a>) -> async_graphql::Result<&'a Asked> {
    ctx.data::<Asked>()
}

/// Who asks.
///
/// # Errors
/// UNAUTHENTICATED if nobody is signed in.
pub(crate) fn signed_in<'a>(ctx: &Context<'a>) -> async_graphql::Result<(&'a Asked, Actor)> {
    let asked = asked(ctx)?;
    let actor = asked
        .actor
        .ok_or_else(|| to_graphql(&domain::Error::Unauthenticated))?;
    Ok((asked, actor))
}

impl Asked {
    /// What somebody wrote, with what is sensitive in it masked: commands take no other text.
    pub(crate) fn screen(&self, text: &str) -> Screened {
        Screened::text(self.desk.masking(), text)
    }

    /// Forgets everything that was loaded: what comes next is newer.
    pub(crate) fn forget(&self) {
        use crate::loader::*;
        self.loaders.clear::<PersonKey>();
        self.loaders.clear::<CategoryKey>();
        self.loaders.clear::<SubjectKey>();
        self.loaders.clear::<TeamKey>();
        self.loaders.clear::<MembersKey>();
        self.loaders.clear::<LinksKey>();
        self.loaders.clear::<TicketKey>();
        self.loaders.clear::<ThreadKey>();
        self.loaders.clear::<ThreadTotalKey>();
        self.loaders.clear::<MessageKey>();
        self.loaders.clear::<AttachmentKey>();
        self.loaders.clear::<AttachmentsKey>();
        self.loaders.clear::<TimersKey>();
        self.loaders.clear::<SlaPolicyKey>();
        self.loaders.clear::<CalendarKey>();
        self.loaders.clear::<AbsenceKey>();
        self.loaders.clear::<NotificationKey>();
        self.loaders.clear::<DeliveryKey>();
        self.loaders.clear::<EventKindKey>();
        self.loaders.clear::<WebhookEndpointKey>();
        self.loaders.clear::<ReviewSampleKey>();
        self.loaders.clear::<SampleWorkKey>();
        self.loaders.clear::<ReviewsKey>();
        self.loaders.clear::<RatingKey>();
    }
}
