//! Mails as real mail servers get them, and the page that shows those in a folder.

mod page;

use std::{process::Output, time::Duration};

use chrono::{TimeZone, Utc};
use delivery::{
    Failure, FailureKind,
    mail::{
        Composed, Letter, Mail, MailSettings, Mailer, Patience, Reader, Rendered, Server, Smtp,
        TicketLine, compose,
    },
};
use deskwire_tests::{
    Backend, Tools, World,
    mail::{Encryption, MailServer, Moto},
    tools_or_skip,
};
use entity::{NotificationKind, Priority, TicketStatus};
use serde_json::{Value, json};
use tokio::process::Command;

/// How long sending one mail may take.
const PATIENCE: Duration = Duration::from_mins(2);
const SENDER: &str = "support@desk.example";
const NAME: &str = "José \"שלום\" 👩‍🚀 O'Neill";
const SUBJECT: &str = "הזמנה מס׳ 7 — بريد 🔥 = < > & \" =?utf-8?B?w6k=?=";
const MESSAGE: &str =
    "שלום לכולם 👋🏽\n\n.\n.. dots\nFrom here\n   blanks =3D <b>&amp;</b>\n\nالسلام عليكم";

/// A mail in many scripts.
pub fn mail(number: u32) -> Mail {
    let letter = Letter {
        kind: NotificationKind::StaffReplied,
        reader: Reader {
            name: Some(NAME.to_owned()),
            staff: false,
        },
        ticket: Some(TicketLine {
            number: "SUP-00001".to_owned(),
            subject: SUBJECT.to_owned(),
            status: TicketStatus::WaitingOnUser,
            priority: Priority::High,
            url: "https://desk.example/tickets/SUP-00001".to_owned(),
        }),
        actor: Some("Bob".to_owned()),
        message: Some(MESSAGE.to_owned()),
        new_status: None,
        promise: None,
        reopen_days: 14,
        survey_url: None,
        unsubscribe_url: Some("https://desk.example/unsubscribe?token=1".to_owned()),
        entries: Vec::new(),
        report: None,
        product: "Support".to_owned(),
    };
    Mail {
        from: format!("Deskwire Süpport <{SENDER}>").parse().unwrap(),
        to_name: Some(NAME.to_owned()),
        to: "ada@example.com".to_owned(),
        reply_to: Some("reply+1@desk.example".to_owned()),
        date: Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, number % 60).unwrap(),
        message_id: format!("{number}@desk.example"),
        in_reply_to: vec!["<a@b.example>".to_owned()],
        references: vec!["<z@b.example>".to_owned(), "<a@b.example>".to_owned()],
        unsubscribe_url: letter.unsubscribe_url.clone(),
        ticket: Some("SUP-00001".to_owned()),
        content: templates().render(&letter).unwrap(),
    }
}

fn templates() -> delivery::mail::Templates {
    MailSettings::default().templates().unwrap()
}

/// What arrived is what was sent, whoever reads it.
fn check(arrived: &Value, sent: &Mail) {
    let Rendered {
        subject,
        text,
        html,
        images: _,
    } = &sent.content;
    assert_eq!(arrived["defects"], json!([]), "{arrived:#}");
    assert_eq!(arrived["from"], json!([["Deskwire Süpport", SENDER]]));
    assert_eq!(arrived["to"], json!([[NAME, "ada@example.com"]]));
    assert_eq!(
        arrived["date"],
        sent.date.to_rfc3339().replace('Z', "+00:00")
    );
    let parts = json!(["multipart/alternative", "text/plain", "text/html"]);
    assert_eq!(arrived["parts"], parts);
    let body = |kind: &str| arrived[kind].as_str().unwrap().trim_end().to_owned();
    assert_eq!(body("text"), text.trim_end());
    assert_eq!(body("html"), html.trim_end());
    assert!(text.contains(MESSAGE));
    let header = |name: &str| {
        let headers = arrived["headers"].as_array().unwrap();
        let found: Vec<_> = headers.iter().filter(|pair| pair[0] == name).collect();
        assert_eq!(found.len(), 1, "{name} {headers:#?}");
        found[0][1].as_str().unwrap().to_owned()
    };
    assert_eq!(header("Subject"), *subject);
    assert_eq!(*subject, format!("[SUP-00001] Re: {SUBJECT}"));
    let expected = [
        ("Message-ID", format!("<{}>", sent.message_id)),
        ("In-Reply-To", "<a@b.example>".to_owned()),
        ("References", "<z@b.example> <a@b.example>".to_owned()),
        ("Reply-To", "reply+1@desk.example".to_owned()),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
        (
            "List-Unsubscribe",
            "<https://desk.example/unsubscribe?token=1>".to_owned(),
        ),
        (
            "List-Unsubscribe-Post",
            "List-Unsubscribe=One-Click".to_owned(),
        ),
        ("X-Deskwire-Ticket", "SUP-00001".to_owned()),
    ];
    for (name, value) in expected {
        assert_eq!(header(name), value, "{name}");
    }
}

fn smtp(url: &str) -> Mailer {
    let server = Server::parse(url, "desk.example").unwrap();
    Mailer::Smtp(Smtp::new(server, Patience::default()))
}

async fn send(mailer: &Mailer, number: u32) -> Result<(), Failure> {
    mailer.send(&composed(number)).await
}

fn composed(number: u32) -> Composed {
    compose(&mail(number)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_gets_what_was_written() {
    let Some(tools) = tools_or_skip() else { return };
    let server = MailServer::start(tools, Encryption::None, Some("user:p/w 1")).await;
    let login = smtp(&format!(
        "smtp://user:p%2Fw%201@127.0.0.1:{}",
        server.port()
    ));
    for number in 1..=3 {
        send(&login, number).await.unwrap();
    }
    let mails = server.mails().await;
    assert_eq!(mails.len(), 3);
    for number in 1..=3 {
        let sent = mail(number);
        let date = json!(sent.date.to_rfc3339().replace('Z', "+00:00"));
        let arrived = mails.iter().find(|mail| mail["date"] == date).unwrap();
        check(arrived, &sent);
    }
    for (login, words) in [
        ("", "does not take mail from the sender"),
        ("user:wrong@", "sign in"),
    ] {
        let url = format!("smtp://{login}127.0.0.1:{}", server.port());
        let failure = send(&smtp(&url), 4).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.ambiguous),
            (FailureKind::Away, false)
        );
        assert!(failure.text.contains(words), "{failure}");
    }
    assert_eq!(server.mails().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_gets_what_was_written() {
    let Some(tools) = tools_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mailer = MailSettings::default()
        .open(folder.path(), PATIENCE)
        .await
        .unwrap();
    send(&mailer, 1).await.unwrap();
    let file = folder
        .path()
        .join("mail/20260302T090001000Z-1-desk.example.eml");
    check(&tools.read_mails(&[file]).await[0], &mail(1));
}

/// Who has signed a server's certificate is for the machine to say, so this is asked in a process
/// that trusts, or does not trust.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn encryption_is_checked() {
    let Some(tools) = tools_or_skip() else { return };
    for (encryption, url) in [
        (Encryption::StartTls, "smtp://user:hunter2@localhost:PORT"),
        (
            Encryption::StartTls,
            "smtp://user:hunter2@127.0.0.1:PORT?tls=required",
        ),
        (Encryption::Wrapped, "smtps://user:hunter2@localhost:PORT"),
    ] {
        let server = MailServer::start(tools, encryption, Some("user:hunter2")).await;
        let url = url.replace("PORT", &server.port().to_string());
        let authority = server.authority();
        let trusting = [
            ("DESKWIRE_MAIL", url.as_str()),
            ("SSL_CERT_FILE", authority.to_str().unwrap()),
        ];
        let said = in_a_process(&trusting).await;
        assert!(said.contains("OUTCOME Ok(())"), "{url} {said}");
        check(&server.mails().await[0], &mail(1));
        let said = in_a_process(&trusting[..1]).await;
        assert!(
            said.contains("kind: Away, ambiguous: false"),
            "{url} {said}"
        );
        assert!(!said.contains("hunter2"), "{said}");
        assert_eq!(server.mails().await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ses_gets_what_was_written() {
    let Some(tools) = tools_or_skip() else { return };
    let moto = Moto::start(tools, SENDER).await;
    let url = moto.url();
    let env = [
        ("DESKWIRE_MAIL", "ses"),
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let said = in_a_process(&env).await;
    assert!(said.contains("OUTCOME Ok(())"), "{said}");
    let messages = moto.raw_messages().await;
    assert_eq!(messages.len(), 1, "{messages:#?}");
    assert_eq!(messages[0]["source"], SENDER);
    // moto counts the header along with the destination that was named.
    assert_eq!(messages[0]["destinations"][0], "ada@example.com");
    check(&raw_message(tools, &messages[0]).await, &mail(1));

    // A sender that was not made there first. moto says so in words of its own, which are no sign of
    // trouble with the account.
    let other = Moto::start(tools, "other@desk.example").await;
    let url = other.url();
    let mut unknown = env;
    unknown[1].1 = &url;
    let said = in_a_process(&unknown).await;
    assert!(said.contains("kind: Refused, ambiguous: false"), "{said}");
    assert!(said.contains("MessageRejected"), "{said}");
    assert!(other.raw_messages().await.is_empty());

    // Without credentials, and without a region.
    let said = in_a_process(&env[..3]).await;
    assert!(said.contains("kind: Away, ambiguous: false"), "{said}");
    let said = in_a_process(&env[..2]).await;
    assert!(said.contains("set AWS_REGION"), "{said}");
    assert_eq!(moto.raw_messages().await.len(), 1);
}

async fn raw_message(tools: Tools, message: &Value) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail.eml");
    let raw = message["raw_data"].as_str().unwrap();
    std::fs::write(&file, raw).unwrap();
    tools.read_mails(&[file]).await.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_work_is_refused_at_the_start() {
    let world = World::start(Backend::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("survey.html"), "\n{{ ticket.nubmer }}").unwrap();
    let template = folder.path().join("survey.html").display().to_string();
    type Change<'a> = Box<dyn Fn(&mut MailSettings) + 'a>;
    let cases: [(Change<'_>, &str); 4] = [
        (
            Box::new(|mail| mail.mail_from = "nobody".to_owned()),
            "DESKWIRE_MAIL_FROM: `nobody` is not a sender",
        ),
        (
            Box::new(|mail| mail.mail = "post://user:hunter2@host".into()),
            "DESKWIRE_MAIL is not understood",
        ),
        (
            Box::new(|mail| mail.mail = "folder:/proc/mail".into()),
            "Cannot write mails to the folder /proc/mail",
        ),
        (
            Box::new(|mail| mail.mail_templates = Some(folder.path().to_owned())),
            &format!("The mail template {template} cannot be used, line 2: undefined value"),
        ),
    ];
    for (change, words) in cases {
        let mut config = world.config().clone();
        config.deliver = deskwire_api::Delivery::On;
        change(&mut config.delivery.mail);
        let refused = deskwire_api::start(&config, world.clock.clone()).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(words), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}

/// Runs the test below in a process of its own that knows nothing but `env`; gives back what it
/// printed.
async fn in_a_process(env: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "mail::by_the_environment",
            "--ignored",
            "--nocapture",
        ])
        .env_clear()
        .envs(env.iter().copied())
        .kill_on_drop(true);
    let Output { stdout, stderr, .. } = command.output().await.unwrap();
    String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()
}

#[tokio::test]
#[ignore = "other tests run it, with an environment of its own"]
async fn by_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let backend = std::env::var("DESKWIRE_MAIL").unwrap_or_default();
    let settings = MailSettings {
        mail: backend.as_str().into(),
        ..MailSettings::default()
    };
    match settings.open(folder.path(), PATIENCE).await {
        Ok(mailer) => println!("OUTCOME {:?}", send(&mailer, 1).await),
        Err(problem) => println!("PROBLEM {problem}"),
    }
}
