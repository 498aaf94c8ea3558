//! Mails as files: what a machine without a mail server does.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::{compose::Composed, fail::away};
use crate::{Failure, Problem};

/// How often the same mail can be written.
const MAX_COPIES: u32 = 10_000;

/// A folder that mails are written to, one file each.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder, if it is not there.
    ///
    /// # Errors
    /// When it cannot be made, or cannot be written to.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let problem = |error: io::Error| {
            Problem(format!(
                "Cannot write mails to the folder {} (DESKWIRE_MAIL): {error}",
                path.display()
            ))
        };
        fs::create_dir_all(path).map_err(problem)?;
        let probe = path.join(temporary_name());
        File::create_new(&probe).map_err(problem)?;
        fs::remove_file(&probe).map_err(problem)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a mail. One that was written before gets a second file.
    ///
    /// # Errors
    /// `Away` when the disk does not take it.
    pub async fn send(&self, mail: &Composed) -> Result<(), Failure> {
        let (folder, mail) = (self.path.clone(), mail.clone());
        let written = tokio::task::spawn_blocking(move || write(&folder, &mail)).await;
        let shown = self.path.display();
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(away(format!(
                "The folder {shown} does not take it: {error}"
            ))),
            Err(error) => Err(away(format!(
                "Writing to the folder {shown} ended: {error}"
            ))),
        }
    }
}

/// Whole files only: it is written under another name first, and named when it is on the disk.
fn write(folder: &Path, mail: &Composed) -> io::Result<()> {
    let temporary = folder.join(temporary_name());
    let written = File::create_new(&temporary).and_then(|mut file| {
        file.write_all(&mail.bytes)?;
        file.sync_all()
    });
    let named = written.and_then(|()| name(folder, &temporary, mail));
    if named.is_err() {
        // Nothing more can be done about a file that cannot be removed either.
        let _ = fs::remove_file(&temporary);
    }
    named?;
    File::open(folder)?.sync_all()
}

/// Gives the file its name, the first that is free.
fn name(folder: &Path, temporary: &Path, mail: &Composed) -> io::Result<()> {
    for copy in 1..=MAX_COPIES {
        let target = folder.join(file_name(mail, copy));
        match fs::hard_link(temporary, &target) {
            Ok(()) => return fs::remove_file(temporary),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            // Not every file system knows links.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::Unsupported | ErrorKind::PermissionDenied
                ) =>
            {
                match File::create_new(&target) {
                    Ok(_) => return fs::rename(temporary, &target),
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(error),
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!(
        "there are {MAX_COPIES} copies of this mail already"
    )))
}

/// The name of a mail's file: by name they are in the order of time.
fn file_name(mail: &Composed, copy: u32) -> String {
    let time = mail.date.format("%Y%m%dT%H%M%S%3fZ");
    let id = mail.message_id.chars().take(100).map(|c| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' => c,
        '@' => '-',
        _ => '_',
    });
    let id: String = id.collect();
    if copy == 1 {
        format!("{time}-{id}.eml")
    } else {
        format!("{time}-{id}.{copy}.eml")
    }
}

fn temporary_name() -> String {
    format!(".{}.tmp", Uuid::new_v4())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FailureKind, mail::compose::tests::composed};

    fn names(folder: &Path) -> Vec<String> {
        let files = fs::read_dir(folder).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn the_same_mail_twice_is_two_files() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("a/b")).unwrap();
        let mail = composed();
        for _ in 0..3 {
            folder.send(&mail).await.unwrap();
        }
        let found = names(folder.path());
        assert_eq!(
            found,
            [
                "20260302T090000000Z-delivery-1-desk.example.2.eml",
                "20260302T090000000Z-delivery-1-desk.example.3.eml",
                "20260302T090000000Z-delivery-1-desk.example.eml",
            ]
        );
        for name in found {
            assert_eq!(fs::read(folder.path().join(name)).unwrap(), mail.bytes);
        }
    }

    #[tokio::test]
    async fn many_at_once_overwrite_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let mail = composed();
        futures_util::future::join_all((0..50).map(|_| folder.send(&mail))).await;
        assert_eq!(names(place.path()).len(), 50);
    }

    #[tokio::test]
    async fn a_folder_that_is_gone_is_away() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("mail")).unwrap();
        fs::remove_dir(folder.path()).unwrap();
        let failure = folder.send(&composed()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Away);
        assert!(!failure.ambiguous);
        fs::write(folder.path(), "a file").unwrap();
        assert!(Folder::open(folder.path()).is_err());
    }
}
