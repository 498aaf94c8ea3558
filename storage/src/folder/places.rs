//! Where files lie in the folder.

use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use domain::attachment::FileKey;
use entity::Timestamp;
use tempfile::{NamedTempFile, TempPath};

/// What the names of files that are still arriving end with.
const PART: &str = ".part";

/// The two halves of the folder.
#[derive(Clone, Debug)]
pub(super) struct Places {
    quarantine: PathBuf,
    kept: PathBuf,
}

impl Places {
    /// Makes the folders and tries out what is done in them.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let places = Self {
            quarantine: path.join("quarantine"),
            kept: path.join("kept"),
        };
        fs::create_dir_all(&places.quarantine)?;
        fs::create_dir_all(&places.kept)?;
        let probe = places.part("probe")?;
        let name = probe.path().file_name().unwrap_or_default();
        let linked = places.kept.join(name);
        fs::hard_link(probe.path(), &linked)?;
        fs::remove_file(&linked)?;
        sync(path)?;
        Ok(places)
    }

    pub(super) fn quarantined(&self, key: &FileKey) -> PathBuf {
        self.quarantine.join(key.as_str())
    }

    pub(super) fn kept(&self, key: &FileKey) -> PathBuf {
        self.shelf(key).join(key.as_str())
    }

    /// One of 256 folders, since some tools are slow with very many files in one.
    fn shelf(&self, key: &FileKey) -> PathBuf {
        let digits = key.as_str().chars().take(2).collect::<String>();
        self.kept.join(digits)
    }

    /// Whether there is a file with this key, checked or not.
    pub(super) fn has(&self, key: &FileKey) -> io::Result<bool> {
        Ok(self.quarantined(key).try_exists()? || self.kept(key).try_exists()?)
    }

    /// A new file for what is arriving. It goes when it is dropped.
    pub(super) fn part(&self, name: &str) -> io::Result<NamedTempFile> {
        tempfile::Builder::new()
            .prefix(&format!("{name}."))
            .suffix(PART)
            .tempfile_in(&self.quarantine)
    }

    /// Gives a file that has arrived, and is on the disk, its key. Of several with one key the first
    /// gets it; says whether this one did.
    pub(super) fn quarantine(&self, part: TempPath, key: &FileKey) -> io::Result<bool> {
        let place = self.quarantined(key);
        if let Err(error) = part.persist_noclobber(&place) {
            return if error.error.kind() == ErrorKind::AlreadyExists {
                Ok(false)
            } else {
                Err(error.error)
            };
        }
        // A file leaves quarantine only after it is kept, so if another one had this key until a
        // moment ago, it is seen here.
        if self.kept(key).try_exists()? {
            remove(&place)?;
            return Ok(false);
        }
        sync(&self.quarantine)?;
        Ok(true)
    }

    /// Keeps a file that was checked; says whether it was still there. Nothing that is kept is ever
    /// replaced.
    pub(super) fn keep(&self, key: &FileKey) -> io::Result<bool> {
        fs::create_dir_all(self.shelf(key))?;
        match fs::hard_link(self.quarantined(key), self.kept(key)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            // Either another server has just kept it, or it was deleted.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        self.settle(key)
    }

    /// Ends the time in quarantine of a file that is kept; says whether it is kept.
    pub(super) fn settle(&self, key: &FileKey) -> io::Result<bool> {
        if !self.kept(key).try_exists()? {
            return Ok(false);
        }
        // Whoever kept it may have crashed before this.
        sync(&self.shelf(key))?;
        sync(&self.kept)?;
        remove(&self.quarantined(key))?;
        Ok(true)
    }

    /// Deletes a file, checked or not.
    pub(super) fn delete(&self, key: &FileKey) -> io::Result<()> {
        // In this order: what leaves quarantine in between is kept, and is deleted then.
        remove(&self.quarantined(key))?;
        if remove(&self.kept(key))? {
            // What was deleted shall not come back when the power fails.
            sync(&self.shelf(key))?;
        }
        Ok(())
    }

    /// Deletes what has not changed since before `before`, and what a crash left of uploads; says how
    /// many files that were.
    pub(super) fn clear_quarantine(&self, before: Timestamp) -> io::Result<u64> {
        let mut cleared = 0;
        for entry in fs::read_dir(&self.quarantine)? {
            let entry = entry?;
            let about = match entry.metadata() {
                Ok(about) => about,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let changed: DateTime<Utc> = about.modified()?.into();
            if about.is_file() && changed < before && remove(&entry.path())? {
                cleared += 1;
            }
        }
        Ok(cleared)
    }
}

/// Removes a file; says whether there was one.
fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Waits until the names in a folder are on the disk.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
