//! From quarantine to what is kept.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Seek},
};

use domain::attachment::{Announced, Refusal, StorageResult, Verdict};
use sha2::{Digest, Sha256};

use super::{Folder, Places, broken};
use crate::content;

/// How much is read at once.
const PIECE: usize = 128 << 10;

/// What a look at a file in quarantine shows.
enum Seen {
    Kept,
    Missing,
    Refused(Refusal),
    /// It is what was announced.
    Right(File),
}

impl Folder {
    pub(super) async fn check_and_keep(&self, file: &Announced) -> StorageResult<Verdict> {
        let (places, announced) = (self.places.clone(), file.clone());
        let looking = self.reading.take(move || look(&places, &announced));
        let bytes = match looking.await.map_err(broken)? {
            Seen::Kept => return Ok(Verdict::Kept),
            Seen::Missing => return Ok(Verdict::Missing),
            Seen::Refused(refusal) => return Ok(Verdict::Refused(refusal)),
            Seen::Right(bytes) => bytes,
        };
        // The very file that was looked at, whatever happens to its name.
        let bytes = tokio::fs::File::from_std(bytes);
        if let Some(refusal) = self.scanner.scan(bytes).await? {
            return Ok(Verdict::Refused(refusal));
        }
        let (places, key) = (self.places.clone(), file.key.clone());
        let keeping = self.reading.take(move || places.keep(&key));
        let kept = keeping.await.map_err(broken)?;
        Ok(if kept {
            Verdict::Kept
        } else {
            Verdict::Missing
        })
    }
}

fn look(places: &Places, announced: &Announced) -> io::Result<Seen> {
    if places.settle(&announced.key)? {
        return Ok(Seen::Kept);
    }
    let mut file = match File::open(places.quarantined(&announced.key)) {
        Ok(file) => file,
        // Another server may have kept it since.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let kept = places.settle(&announced.key)?;
            return Ok(if kept { Seen::Kept } else { Seen::Missing });
        }
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() != announced.size_bytes {
        return Ok(Seen::Refused(Refusal::Different));
    }
    let mut head = Vec::with_capacity(content::HEAD);
    let beginning = u64::try_from(content::HEAD).unwrap_or(u64::MAX);
    (&mut file).take(beginning).read_to_end(&mut head)?;
    let mut sha256 = Sha256::new_with_prefix(&head);
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => sha256.update(piece.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if sha256.finalize().as_slice() != announced.sha256 {
        return Ok(Seen::Refused(Refusal::Different));
    }
    if let Some(refusal) = content::refusal(&announced.content_type, &head) {
        return Ok(Seen::Refused(refusal));
    }
    file.rewind()?;
    Ok(Seen::Right(file))
}
