//! Against a clamd that is real, and against some that are not.

pub(crate) mod daemon;
mod fake;

use std::{path::Path, time::Duration};

use self::daemon::daemon_or_skip;
use super::{
    clamd::{Address, Clamd, Patience},
    *,
};

/// The file that every scanner knows as harmful, in two parts lest one finds it here.
pub(crate) const EICAR: &str = concat!(
    r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR",
    "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
);

/// The name that the tests' signature has.
pub(crate) const NAME: &str = "Test.Eicar.UNOFFICIAL";

async fn scan(scanner: &Scanner, content: &[u8]) -> Result<Option<Refusal>, StorageError> {
    scanner.scan(content).await
}

fn harmful() -> Option<Refusal> {
    Some(Refusal::Harmful(NAME.to_owned()))
}

#[tokio::test]
async fn a_real_clamd_tells_good_from_bad() {
    let Some(daemon) = daemon_or_skip().await else {
        return;
    };
    for address in [&daemon.tcp, &daemon.unix] {
        let scanner = Scanner::parse(address).unwrap();
        let clean = |content: Vec<u8>| {
            let scanner = scanner.clone();
            async move { scan(&scanner, &content).await.unwrap() }
        };
        assert_eq!(clean(Vec::new()).await, None);
        assert_eq!(clean(b"hello".to_vec()).await, None);
        assert_eq!(clean(vec![b'x'; 900_000]).await, None);
        assert_eq!(clean(EICAR.into()).await, harmful());
        // In the middle of something larger than one chunk.
        let padding = vec![b'x'; 200_000];
        let hidden = [&padding, EICAR.as_bytes(), &padding].concat();
        assert_eq!(clean(hidden).await, harmful());
        // More than its MaxFileSize: with AlertExceedsMax it says so.
        let limit = "Heuristics.Limits.Exceeded.MaxFileSize".to_owned();
        let found = clean(vec![b'x'; 1_000_000]).await;
        assert_eq!(found, Some(Refusal::Harmful(limit)));
        // More than its StreamMaxLength: whether it is harmful, nobody knows.
        let error = scan(&scanner, &vec![b'x'; 3 << 20]).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("StreamMaxLength"), "{text}");
        assert!(text.contains(address), "{text}");
    }
}

#[tokio::test]
async fn without_a_scanner_all_is_well() {
    let scanner = Scanner::parse("off").unwrap();
    assert_eq!(scanner, Scanner::Off);
    assert_eq!(scan(&scanner, EICAR.as_bytes()).await.unwrap(), None);
}

#[test]
fn addresses_are_read() {
    for text in ["", "off", " off "] {
        assert_eq!(Scanner::parse(text).unwrap(), Scanner::Off);
    }
    let at = |address| Scanner::Clamd(Clamd::new(address));
    for text in ["localhost:3310", "10.0.0.1:3310", "[::1]:3310"] {
        let tcp = at(Address::Tcp(text.to_owned()));
        assert_eq!(Scanner::parse(text).unwrap(), tcp);
    }
    let unix = at(Address::Unix(Path::new("/run/clamd.ctl").to_owned()));
    assert_eq!(Scanner::parse("unix:/run/clamd.ctl").unwrap(), unix);
    for text in [
        "on",
        "clamd",
        "localhost",
        ":3310",
        "localhost:0",
        "localhost:99999",
        "tcp://localhost:3310",
        "unix:",
        "unix:clamd.ctl",
        "/run/clamd.ctl",
    ] {
        let problem = Scanner::parse(text).unwrap_err().to_string();
        assert!(problem.contains("localhost:3310"), "{problem}");
    }
}
