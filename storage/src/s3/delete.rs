//! Deleting files.

use aws_sdk_s3::{
    error::BuildError,
    primitives::DateTime,
    types::{Delete, Object, ObjectIdentifier},
};
use domain::attachment::FileKey;
use entity::Timestamp;

use super::{S3, fail::Failure};

impl S3 {
    /// Deletes an object. S3 says that one which is not there is deleted; others say 404.
    pub(super) async fn delete_one(&self, key: &str) -> Result<(), Failure> {
        let delete = self.client.delete_object().bucket(&self.bucket).key(key);
        match self.ask(&format!("delete {key}"), delete.send()).await {
            Err(failure) if failure.status == Some(404) => self.bucket_exists().await,
            deleted => deleted.map(|_| ()),
        }
    }

    /// Deletes what came into quarantine before `before`, and says how many files that were.
    pub(super) async fn delete_waiting(&self, before: Timestamp) -> Result<u64, Failure> {
        let folder = self.quarantine();
        let before = DateTime::from_millis(before.timestamp_millis());
        let mut deleted = 0;
        let mut token = None;
        loop {
            let list = self
                .client
                .list_objects_v2()
                .bucket(&self.bucket)
                .prefix(&folder)
                .set_continuation_token(token);
            let page = self.ask(&format!("list {folder}"), list.send()).await?;
            let old: Vec<_> = page
                .contents()
                .iter()
                .filter(|object| is_ours(object, &folder))
                .filter(|object| object.last_modified().is_some_and(|at| *at < before))
                .filter_map(Object::key)
                .collect();
            deleted += self.delete_all(&old).await?;
            token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() {
                return Ok(deleted);
            }
        }
    }

    /// Deletes the objects of one page, which a single request may have.
    async fn delete_all(&self, keys: &[&str]) -> Result<u64, Failure> {
        if keys.is_empty() {
            return Ok(0);
        }
        let request = keys
            .iter()
            .map(|key| ObjectIdentifier::builder().key(*key).build())
            .collect::<Result<Vec<_>, BuildError>>()
            .and_then(|all| Delete::builder().set_objects(Some(all)).quiet(true).build())
            .map_err(|error| Failure::saying(error.to_string()))?;
        let delete = self
            .client
            .delete_objects()
            .bucket(&self.bucket)
            .delete(request);
        let what = format!("delete {} files in quarantine", keys.len());
        let answer = self.ask(&what, delete.send()).await?;
        if let Some(error) = answer.errors().first() {
            return Err(Failure::saying(format!(
                "S3 did not delete {} of {} files in quarantine, such as {}: {} {}",
                answer.errors().len(),
                keys.len(),
                error.key().unwrap_or("one without a name"),
                error.code().unwrap_or("no code"),
                error.message().unwrap_or("no message"),
            )));
        }
        Ok(keys.len() as u64)
    }
}

/// Whether it is a file of ours: a bucket may be shared, and a prefix mistaken.
fn is_ours(object: &Object, folder: &str) -> bool {
    let name = object.key().and_then(|key| key.strip_prefix(folder));
    name.and_then(FileKey::parse).is_some()
}
