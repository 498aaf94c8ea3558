//! The template of the part on AWS: what AWS's own tools say of it, and what they do not look at.

use std::{fs, path::Path};

use deskwire_tests::{TEMPLATE, Tools, files, roles, schedule, tools_or_skip};
use futures_util::{StreamExt, future, stream};
use serde_json::Value;

/// What we know of a translated template that AWS's tools do not look at.
fn our_own(translated: &Value) -> Vec<String> {
    let mut wrongs = roles::wrongs(translated);
    wrongs.extend(files::wrongs(translated));
    for (name, properties) in roles::of_kind(translated, "AWS::Scheduler::Schedule") {
        let expression = properties["ScheduleExpression"].as_str().unwrap();
        if let Err(why) = schedule::check(expression) {
            wrongs.push(format!("{name}: {expression}: {why}"));
        }
    }
    wrongs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_template_is_good() {
    let Some(tools) = tools_or_skip() else { return };
    let translated = tools.template().await;
    let (valid, lint) = tokio::join!(tools.validate(Path::new(TEMPLATE)), tools.lint(translated));
    assert_eq!((valid, lint), (Ok(()), Ok(())));
    assert_eq!(our_own(translated), [""; 0]);
}

/// Who finds a mistake.
#[derive(Clone, Copy, Debug)]
enum Finder {
    Sam,
    CfnLint,
    OurOwn,
}

/// What `finder` says of a template.
async fn says(finder: Finder, tools: Tools, template: &Path) -> String {
    match finder {
        Finder::Sam => tools.validate(template).await.err().unwrap_or_default(),
        Finder::CfnLint => match tools.translate(template).await {
            Ok(translated) => tools.lint(&translated).await.err().unwrap_or_default(),
            Err(why) => why,
        },
        Finder::OurOwn => match tools.translate(template).await {
            Ok(translated) => our_own(&translated).join("\n"),
            Err(why) => why,
        },
    }
}

/// Each check, and each tool, finds what it is there for: what is there, what is put in its place,
/// who finds it, in which words.
const MISTAKES: [(&str, &str, Finder, &str); 31] = [
    ("MemorySize: 256", "MemorySize: lots", Finder::Sam, "E3012"),
    (
        "Type: ScheduleV2",
        "Type: ScheduleV3",
        Finder::CfnLint,
        "ScheduleV3",
    ),
    (
        "provided.al2023",
        "provided.al2024",
        Finder::CfnLint,
        "provided.al2024",
    ),
    (
        "!Ref LogRetentionDays",
        "29",
        Finder::CfnLint,
        "29 is not one of",
    ),
    (
        "rate(1 minute)",
        "rate(1 minutes)",
        Finder::OurOwn,
        "the unit of 1 has no s",
    ),
    (
        "                  - logs:PutLogEvents\n",
        "",
        Finder::OurOwn,
        r#"SlaEscalationRole: may not logs:PutLogEvents on "SlaEscalationLog""#,
    ),
    (
        "- logs:CreateLogStream",
        "- logs:*",
        Finder::OurOwn,
        "SlaEscalationRole: may do logs:*",
    ),
    (
        "Action: lambda:InvokeFunction",
        "Action: lambda:GetFunction",
        Finder::OurOwn,
        r#"SlaEscalationScheduleRole: may not lambda:InvokeFunction on "SlaEscalation""#,
    ),
    (
        "Resource: !GetAtt SlaEscalation.Arn",
        r#"Resource: "*""#,
        Finder::OurOwn,
        r#"SlaEscalationScheduleRole: may lambda:InvokeFunction on "*""#,
    ),
    (
        "Role: !GetAtt SlaEscalationRole.Arn",
        "Role: arn:aws:iam::123456789012:role/admin",
        Finder::OurOwn,
        "SlaEscalation: its role is not one of the template",
    ),
    (
        "      Description: What Deskwire's sla-escalation may do\n",
        "      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]\n",
        Finder::OurOwn,
        "SlaEscalationRole: has managed policies",
    ),
    // SAM then makes a role that anybody's schedule may use.
    (
        "            RoleArn: !GetAtt SlaEscalationScheduleRole.Arn\n",
        "",
        Finder::OurOwn,
        "others can be it",
    ),
    (
        "                  - ses:SendRawEmail\n",
        "",
        Finder::OurOwn,
        "OutboxDelivery: sends mail and may not ses:SendRawEmail",
    ),
    (
        "identity/${MailIdentity}",
        "identity/*",
        Finder::OurOwn,
        "OutboxDeliveryRole: may ses:SendEmail on",
    ),
    (
        "aws:SourceAccount",
        "aws:Source",
        Finder::OurOwn,
        "SlaEscalationScheduleRole: others can be it",
    ),
    (
        "        BlockPublicAcls: true\n",
        "",
        Finder::OurOwn,
        "AttachmentsBucket: without BlockPublicAcls",
    ),
    (
        "BucketOwnerEnforced",
        "ObjectWriter",
        Finder::OurOwn,
        "AttachmentsBucket: has access lists",
    ),
    (
        "SSEAlgorithm: AES256",
        "SSEAlgorithm: aws:kms",
        Finder::OurOwn,
        "AttachmentsBucket: is not encrypted",
    ),
    (
        "Prefix: quarantine/",
        "Prefix: quarantaine/",
        Finder::OurOwn,
        "AttachmentsBucket: quarantine is not cleared",
    ),
    (
        "ExpiredObjectDeleteMarker: true",
        "ExpirationInDays: 365",
        Finder::OurOwn,
        "AttachmentsBucket: what is kept expires",
    ),
    (
        "AllowedOrigins: !Ref UploadOrigins",
        "AllowedOrigins: [\"*\"]",
        Finder::OurOwn,
        r#"AttachmentsBucket: pages of ["*"]"#,
    ),
    (
        "AllowedMethods: [PUT, GET, HEAD]",
        "AllowedMethods: [PUT, GET, HEAD, DELETE]",
        Finder::OurOwn,
        r#"AttachmentsBucket: pages may ["PUT","GET","HEAD","DELETE"]"#,
    ),
    (
        "                - x-amz-checksum-sha256\n",
        "",
        Finder::OurOwn,
        "AttachmentsBucket: pages may not send x-amz-checksum-sha256",
    ),
    (
        "aws:SecureTransport: \"false\"",
        "aws:SecureTransport: \"true\"",
        Finder::OurOwn,
        "the bucket does not deny what comes without TLS",
    ),
    (
        "s3:if-none-match: \"true\"",
        "s3:if-none-match: \"false\"",
        Finder::OurOwn,
        "the bucket does not deny what comes that overwrites an upload",
    ),
    (
        "NotAction: s3:GetObject",
        "Action: s3:GetObject",
        Finder::OurOwn,
        "the bucket does not deny what comes by URL with what is kept but to fetch it",
    ),
    (
        "                    s3:prefix: quarantine/\n",
        "                    s3:prefix: kept/\n",
        Finder::OurOwn,
        "UploadSweepRole: sees the names of what is kept",
    ),
    (
        "                Action: s3:DeleteObject\n",
        "                Action: [s3:DeleteObject, s3:GetObject]\n",
        Finder::OurOwn,
        "UploadSweepRole: may s3:GetObject on AttachmentsBucket/kept/*",
    ),
    (
        "                  - !Sub \"${AttachmentsBucket.Arn}/quarantine/*\"\n",
        "",
        Finder::OurOwn,
        "UploadSweepRole: may not s3:DeleteObject on AttachmentsBucket/quarantine/*",
    ),
    (
        "            Action: s3:GetObject\n            Resource:\n",
        "            Action: s3:*\n            Resource:\n",
        Finder::OurOwn,
        "ServerAttachmentsPolicy: may do s3:*",
    ),
    (
        "\n            Resource: !GetAtt AttachmentsBucket.Arn\n",
        "\n            Resource: \"*\"\n",
        Finder::OurOwn,
        r#"ServerAttachmentsPolicy: may s3:ListBucket on "*""#,
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_with_a_mistake_is_found_out() {
    let Some(tools) = tools_or_skip() else { return };
    let template = fs::read_to_string(TEMPLATE).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let checks = MISTAKES.iter().enumerate().map(async |(number, mistake)| {
        let &(good, bad, finder, words) = mistake;
        assert!(template.contains(good), "the template has no {good:?}");
        let file = folder.path().join(format!("{number}.yaml"));
        fs::write(&file, template.replacen(good, bad, 1)).unwrap();
        let said = says(finder, tools, &file).await;
        let found = said.contains(words);
        (!found).then(|| format!("{bad:?} instead of {good:?}: {finder:?} says {said}"))
    });
    let checks = stream::iter(checks).buffer_unordered(4);
    let missed: Vec<_> = checks.filter_map(future::ready).collect().await;
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// A job that is forgotten here is never run.
#[test]
fn every_job_has_a_function_with_its_alarms() {
    let template = fs::read_to_string(TEMPLATE).unwrap();
    let manifest = fs::read_to_string("../jobs/Cargo.toml").unwrap();
    let bins = manifest.split("[[bin]]\n").skip(1);
    let names: Vec<_> = bins
        .map(|bin| bin.split('"').nth(1).unwrap().to_owned())
        .collect();
    assert!(!names.is_empty());
    for name in names {
        assert!(template.contains(&format!("Binary: {name}\n")), "{name}");
        let alarms = template.matches(&format!("Value: {name}\n")).count();
        assert!(alarms >= 2, "{name} has {alarms} alarms on its metrics");
    }
}

/// What an operator of a function in a VPC must be able to say, and nothing has to be said twice.
#[tokio::test]
async fn parameters_say_what_they_are() {
    let Some(tools) = tools_or_skip() else { return };
    let template = tools.template().await;
    let docs = fs::read_to_string("../docs/jobs.md").unwrap();
    for (name, parameter) in template["Parameters"].as_object().unwrap() {
        assert!(parameter["Description"].is_string(), "{name}");
        assert!(docs.contains(&format!("`{name}`")), "docs/jobs.md: {name}");
        let needed = name == "DatabaseSecretArn";
        assert_eq!(parameter["Default"] == Value::Null, needed, "{name}");
    }
}
