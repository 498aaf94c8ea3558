//! Attachments.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::attachment;

use crate::{
    context::signed_in, error::OrGraphql, id::GlobalId, loader::AttachmentsKey, mutation::split,
};

/// A file on a ticket or a message.
#[derive(Clone, Debug)]
pub(crate) struct Attachment(pub(crate) Arc<attachment::Model>);

/// A file on a ticket or a message. Its bytes were checked: they are those that were announced, and of
/// the type that is said.
#[Object]
impl Attachment {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Attachment(self.0.id).encode()
    }

    /// Its name on the machine of who uploaded it. Any text: never a path to write to.
    async fn file_name(&self) -> &str {
        &self.0.file_name
    }

    /// The media type.
    async fn content_type(&self) -> &str {
        &self.0.content_type
    }

    /// The size, in bytes.
    async fn size_bytes(&self) -> i64 {
        self.0.size_bytes
    }

    /// The SHA-256 of the bytes, in hexadecimal digits.
    async fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// When it was announced.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// A link that downloads it: it works for some minutes, for whoever holds it, without signing in.
    /// Ask again for a new one. Null if it cannot be fetched now; `problem` says why.
    async fn url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.link(ctx, false).await?.0)
    }

    /// The same to show it in a page, as the `src` of an image. Null for what is not one of the images
    /// that browsers show safely (AVIF, GIF, JPEG, PNG, WebP), and whenever `url` is.
    async fn inline_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.link(ctx, true).await?.0)
    }

    /// Why there is no `url` now, for people; null if there is one.
    async fn problem(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.link(ctx, false).await?.1)
    }
}

impl Attachment {
    /// A link, if there is one now, or why there is none.
    async fn link(
        &self,
        ctx: &Context<'_>,
        inline: bool,
    ) -> Result<(Option<String>, Option<String>)> {
        let (asked, _) = signed_in(ctx)?;
        let (url, problems) = split(asked.desk.attachment_url(&self.0, inline).await)?;
        let problem = problems.into_iter().next().map(|problem| problem.message);
        Ok((url.flatten(), problem))
    }

    /// What is on a ticket or a message.
    pub(crate) async fn on(ctx: &Context<'_>, key: AttachmentsKey) -> Result<Vec<Self>> {
        let (asked, _) = signed_in(ctx)?;
        let files = asked.loaders.load_one(key).await.or_graphql()?;
        let files = files.iter().flat_map(|files| files.iter());
        Ok(files.cloned().map(Attachment).collect())
    }
}
