use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpListener;

use super::{
    fake::{
        Act::{self, Close, Hang, Say, Wait},
        Fake, Manners,
    },
    *,
};
use crate::{
    FailureKind::{self, Away, Later, Refused},
    mail::compose::{
        compose,
        tests::{composed, mail},
    },
};

const PATIENCE: Patience = Patience {
    step: Duration::from_secs(2),
    idle: Duration::from_secs(60),
};

fn smtp(url: &str) -> Smtp {
    Smtp::new(Server::parse(url, "desk.example").unwrap(), PATIENCE)
}

fn client(fake: &Fake) -> Smtp {
    smtp(&format!("smtp://{}?tls=off", fake.address))
}

/// Sends one mail to a server with these manners; gives back what it saw, too.
async fn failure(manners: Manners) -> (Failure, fake::Seen) {
    let fake = Fake::start(manners).await;
    let failure = client(&fake).send(&composed()).await.unwrap_err();
    (failure, fake.seen())
}

#[tokio::test]
async fn the_text_arrives_as_it_is() {
    let fake = Fake::start(Manners::default()).await;
    let mut mail = mail();
    mail.content.text = ".\n..dots\n.".to_owned();
    let composed = compose(&mail).unwrap();
    client(&fake).send(&composed).await.unwrap();
    let seen = fake.seen();
    let text = String::from_utf8(seen.mails[0].clone()).unwrap();
    let undotted = text.replace("\r\n..", "\r\n.");
    assert_eq!(undotted.as_bytes(), composed.bytes());
    assert_eq!(
        seen.commands,
        [
            "EHLO desk.example",
            "MAIL FROM:<support@desk.example>",
            "RCPT TO:<ada@example.com>",
            "DATA"
        ]
    );
}

#[tokio::test]
async fn what_each_failure_means() {
    let good = Manners::default();
    let cases: Vec<(Manners, FailureKind, bool)> = vec![
        (at_greeting(Say("421 too many")), Away, false),
        (at_greeting(Say("554 not you")), Away, false),
        (at_greeting(Say("what is this")), Away, false),
        (at_greeting(Close), Away, false),
        (at_greeting(Hang), Away, false),
        (
            Manners {
                mail: Say("530 5.7.0 sign in"),
                ..good
            },
            Away,
            false,
        ),
        (
            Manners {
                mail: Say("553 5.7.1 not your address"),
                ..good
            },
            Away,
            false,
        ),
        (
            Manners {
                mail: Say("550 no"),
                ..good
            },
            Refused,
            false,
        ),
        (
            Manners {
                mail: Say("451 later"),
                ..good
            },
            Away,
            false,
        ),
        (
            Manners {
                mail: Close,
                ..good
            },
            Away,
            false,
        ),
        (
            Manners {
                rcpt: Say("550 5.1.1 no such user"),
                ..good
            },
            Refused,
            false,
        ),
        (
            Manners {
                rcpt: Say("450 4.2.1 greylisted"),
                ..good
            },
            Later,
            false,
        ),
        (
            Manners {
                rcpt: Say("421 closing"),
                ..good
            },
            Later,
            false,
        ),
        (
            Manners {
                rcpt: Say("554 5.7.1 <ada@example.com>: Relay access denied"),
                ..good
            },
            Later,
            false,
        ),
        (
            Manners {
                rcpt: Close,
                ..good
            },
            Later,
            false,
        ),
        (Manners { rcpt: Hang, ..good }, Later, false),
        (
            Manners {
                data: Say("451 later"),
                ..good
            },
            Later,
            false,
        ),
        (
            Manners {
                data: Say("554 no"),
                ..good
            },
            Refused,
            false,
        ),
        (
            Manners {
                data: Say("250 what text?"),
                ..good
            },
            Later,
            false,
        ),
        (
            Manners {
                data: Close,
                ..good
            },
            Later,
            false,
        ),
        (
            Manners {
                text: Say("451 4.3.0 no space"),
                ..good
            },
            Later,
            false,
        ),
        (
            Manners {
                text: Say("554 5.7.1 spam"),
                ..good
            },
            Refused,
            false,
        ),
        (
            Manners {
                text: Say("421 closing"),
                ..good
            },
            Later,
            false,
        ),
        (
            Manners {
                text: Close,
                ..good
            },
            Later,
            true,
        ),
        (
            Manners {
                text: Say("wombat"),
                ..good
            },
            Later,
            true,
        ),
        (
            Manners {
                text: Say("354 more?"),
                ..good
            },
            Later,
            true,
        ),
    ];
    let all = cases.into_iter().map(async |(manners, kind, ambiguous)| {
        let (failure, seen) = failure(manners).await;
        assert_eq!(
            (failure.kind, failure.ambiguous),
            (kind, ambiguous),
            "{manners:?} {failure}"
        );
        assert!(
            failure.text.starts_with("The mail server 127.0.0.1:"),
            "{failure}"
        );
        assert!(!failure.text.contains(['\r', '\n']), "{failure}");
        // Who is not sure must not try again by itself.
        assert_eq!(seen.connections, 1, "{manners:?}");
    });
    join_all(all).await;
}

fn at_greeting(greeting: Act) -> Manners {
    Manners {
        greeting,
        ..Manners::default()
    }
}

#[tokio::test]
async fn a_connection_that_breaks_within_the_text_is_not_ambiguous() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // Asks for the text and takes nothing of it: the client's buffers fill up.
    tokio::spawn(async move {
        use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 fake\r\n").await.unwrap();
        for reply in ["250 fake", "250 ok", "250 ok", "354 go on"] {
            stream.read_line(&mut String::new()).await.unwrap();
            let reply = format!("{reply}\r\n");
            stream.write_all(reply.as_bytes()).await.unwrap();
        }
        std::future::pending::<()>().await;
    });
    let mut mail = mail();
    mail.content.text = "a long line of text\n".repeat(1_500_000);
    let smtp = smtp(&format!("smtp://{address}"));
    let failure = smtp.send(&compose(&mail).unwrap()).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.ambiguous),
        (Later, false),
        "{failure}"
    );
}

#[tokio::test]
async fn the_answer_to_the_text_may_take_longer_than_a_step() {
    let patience = Patience {
        step: Duration::from_millis(500),
        ..PATIENCE
    };
    let client = |fake: &Fake| {
        let url = format!("smtp://{}?tls=off", fake.address);
        Smtp::new(Server::parse(&url, "desk.example").unwrap(), patience)
    };
    let slow = Fake::start(Manners {
        text: Wait(Duration::from_millis(1_500), "250 taken"),
        ..Manners::default()
    });
    let slow = slow.await;
    client(&slow).send(&composed()).await.unwrap();

    let silent = Fake::start(Manners {
        text: Hang,
        ..Manners::default()
    });
    let silent = silent.await;
    let mail = composed();
    let smtp = client(&silent);
    let given_up = tokio::time::timeout(Duration::from_millis(1_500), smtp.send(&mail)).await;
    assert!(given_up.is_err(), "{given_up:?}");
    assert_eq!(silent.seen().mails.len(), 1);
}

#[tokio::test]
async fn who_has_little_time_still_learns_that_nobody_answers() {
    let minutes = Patience::within(Duration::from_secs(225));
    assert_eq!(minutes.step, Duration::from_secs(30));
    let whole = Duration::from_secs(2);
    let patience = Patience::within(whole);
    assert_eq!(patience.step, whole / 4);
    let hung = Manners {
        auth: Hang,
        ..Manners::default()
    };
    for manners in [at_greeting(Hang), hung] {
        let fake = Fake::start(manners).await;
        let url = format!("smtp://user:hunter2@{}", fake.address);
        let smtp = Smtp::new(Server::parse(&url, "desk.example").unwrap(), patience);
        let sent = tokio::time::timeout(whole, smtp.send(&composed())).await;
        let failure = sent.unwrap().unwrap_err();
        let got = (failure.kind, failure.ambiguous);
        assert_eq!(got, (Away, false), "{manners:?} {failure}");
    }
}

#[tokio::test]
async fn nobody_there_is_away() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let failure = smtp(&format!("smtp://user:hunter2@{address}"))
        .send(&composed())
        .await;
    let failure = failure.unwrap_err();
    assert_eq!((failure.kind, failure.ambiguous), (Away, false));
    assert!(!failure.text.contains("hunter2"));
    let failure = smtp("smtp://no.such.host.invalid")
        .send(&composed())
        .await
        .unwrap_err();
    assert_eq!((failure.kind, failure.ambiguous), (Away, false));
}

#[tokio::test]
async fn signing_in() {
    let fake = Fake::start(Manners::default()).await;
    let signed_in = smtp(&format!("smtp://user:hunter2@{}", fake.address));
    signed_in.send(&composed()).await.unwrap();
    assert!(
        fake.seen()
            .commands
            .contains(&"AUTH PLAIN AHVzZXIAaHVudGVyMg==".to_owned())
    );
    for reply in [
        "535 5.7.8 not hunter2",
        "535 5.7.8 no",
        "454 4.7.0 later",
        "504 AHVzZXIAaHVudGVyMg==",
    ] {
        let fake = Fake::start(Manners {
            auth: Say(reply),
            ..Manners::default()
        });
        let fake = fake.await;
        let smtp = smtp(&format!("smtp://user:hunter2@{}", fake.address));
        let failure = smtp.send(&composed()).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.ambiguous),
            (Away, false),
            "{failure}"
        );
        assert!(
            !failure.text.contains("hunter2") && !failure.text.contains("AHVz"),
            "{failure}"
        );
        assert!(!format!("{smtp:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn encryption_that_is_required_and_not_offered_is_away() {
    let fake = Fake::start(Manners::default()).await;
    let smtp = smtp(&format!(
        "smtp://user:hunter2@{}?tls=required",
        fake.address
    ));
    let failure = smtp.send(&composed()).await.unwrap_err();
    assert_eq!(failure.kind, Away);
    assert!(failure.text.contains("tls=required"), "{failure}");
    let commands = fake.seen().commands;
    assert!(
        !commands.iter().any(|command| command.starts_with("AUTH")),
        "{commands:?}"
    );
}

#[tokio::test]
async fn addresses_of_other_scripts_need_a_server_that_knows_them() {
    let mut mail = mail();
    mail.to = "дмитрий@example.com".to_owned();
    let mail = compose(&mail).unwrap();
    let fake = Fake::start(Manners::default()).await;
    let failure = client(&fake).send(&mail).await.unwrap_err();
    assert_eq!(failure.kind, Refused);
    assert!(failure.text.contains("internationalised"), "{failure}");
    let fake = Fake::start(Manners {
        offers: "250-fake\r\n250-8BITMIME\r\n250 SMTPUTF8",
        ..Manners::default()
    });
    let fake = fake.await;
    client(&fake).send(&mail).await.unwrap();
    let commands = fake.seen().commands;
    assert!(
        commands[1].ends_with("SMTPUTF8 BODY=8BITMIME"),
        "{commands:?}"
    );
}

#[tokio::test]
async fn connections_are_used_again() {
    let fake = Fake::start(Manners::default()).await;
    let smtp = client(&fake);
    for _ in 0..5 {
        smtp.send(&composed()).await.unwrap();
    }
    assert_eq!(fake.seen().connections, 1);
    let mail = composed();
    let all = join_all((0..20).map(|_| smtp.send(&mail))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(fake.seen().mails.len(), 25);
}

#[tokio::test]
async fn mails_do_not_wait_for_a_connection_and_few_are_kept() {
    let fake = Fake::start(Manners {
        text: Wait(Duration::from_secs(1), "250 taken"),
        ..Manners::default()
    });
    let fake = fake.await;
    let smtp = client(&fake);
    let mail = composed();
    let all = join_all((0..20).map(|_| smtp.send(&mail))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(fake.seen().connections, 20);
    for _ in 0..200 {
        if fake.seen().closed == 20 - MAX_IDLE {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} were closed", fake.seen().closed);
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_replaced() {
    let fake = Fake::start(Manners {
        mails: 1,
        ..Manners::default()
    });
    let fake = fake.await;
    let smtp = client(&fake);
    for n in 1..=3 {
        smtp.send(&composed()).await.unwrap();
        assert_eq!(fake.seen().mails.len(), n);
    }
    assert_eq!(fake.seen().connections, 3);
}

#[tokio::test]
async fn a_connection_with_a_failure_is_not_used_again() {
    let fake = Fake::start(Manners {
        rcpt: Say("550 no"),
        ..Manners::default()
    });
    let fake = fake.await;
    let smtp = client(&fake);
    for _ in 0..3 {
        smtp.send(&composed()).await.unwrap_err();
    }
    assert_eq!(fake.seen().connections, 3);
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let fake = Fake::start(Manners::default()).await;
    let server = Server::parse(&format!("smtp://{}?tls=off", fake.address), "h").unwrap();
    let patience = Patience {
        idle: Duration::from_millis(500),
        ..PATIENCE
    };
    let smtp = Smtp::new(server, patience);
    smtp.send(&composed()).await.unwrap();
    assert_eq!(fake.seen().closed, 0);
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let seen = fake.seen();
        if seen.closed == 1 {
            assert_eq!(seen.connections, 1);
            assert_eq!(seen.commands.last().map(String::as_str), Some("QUIT"));
            return;
        }
    }
    panic!("it was never closed");
}
