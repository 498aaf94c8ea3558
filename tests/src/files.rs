//! Whether the bucket of a CloudFormation template keeps attachments to itself, and who may do what in
//! it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::roles::{list, of_kind, statements};

/// The bucket.
const BUCKET: &str = "AttachmentsBucket";

/// What a job may do that sweeps it: actions, and on what.
const SWEEPS: [(&str, &str); 3] = [
    ("s3:DeleteObject", "kept/*"),
    ("s3:DeleteObject", "quarantine/*"),
    ("s3:ListBucket", ""),
];

/// What servers may do.
const SERVES: [(&str, &str); 7] = [
    ("s3:DeleteObject", "kept/*"),
    ("s3:DeleteObject", "quarantine/*"),
    ("s3:GetObject", "kept/*"),
    ("s3:GetObject", "quarantine/*"),
    ("s3:ListBucket", ""),
    ("s3:PutObject", "kept/*"),
    ("s3:PutObject", "quarantine/*"),
];

/// The headers that a page sends along with an upload, beside those that every request may have.
const HEADERS: [&str; 3] = ["content-type", "if-none-match", "x-amz-checksum-sha256"];

/// Whether `action` is one on files, and `resource` a part of the bucket.
pub(crate) fn is_own(action: &str, resource: &Value) -> bool {
    action.starts_with("s3:") && part(resource).is_some_and(|part| !part.is_empty())
}

/// Which part of the bucket a resource is; all of it is "".
fn part(resource: &Value) -> Option<&str> {
    if resource["Fn::GetAtt"] == json!([BUCKET, "Arn"]) {
        return Some("");
    }
    let part = resource["Fn::Sub"].as_str()?;
    part.strip_prefix("${AttachmentsBucket.Arn}/")
}

/// All that is wrong with the bucket of `template`, which is translated, and with what the job and the
/// servers may do in it.
pub fn wrongs(template: &Value) -> Vec<String> {
    let mut wrongs = Vec::new();
    let buckets: Vec<_> = of_kind(template, "AWS::S3::Bucket").collect();
    if buckets.iter().map(|(name, _)| *name).ne([BUCKET]) {
        wrongs.push(format!("{BUCKET} should be the one bucket"));
    }
    for (name, bucket) in buckets {
        let resource = &template["Resources"][name];
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            if resource[policy] != "Retain" {
                wrongs.push(format!("{name}: {policy} deletes what people sent"));
            }
        }
        private(name, bucket, &mut wrongs);
        clears_up(name, bucket, &mut wrongs);
        pages(name, bucket, &mut wrongs);
    }
    let policies = of_kind(template, "AWS::S3::BucketPolicy");
    let rules: Vec<_> = policies
        .filter(|(_, policy)| policy["Bucket"]["Ref"] == BUCKET)
        .flat_map(|(_, policy)| list(&policy["PolicyDocument"]["Statement"]))
        .collect();
    denies(&rules, &mut wrongs);
    let mut policies = of_kind(template, "AWS::IAM::ManagedPolicy").peekable();
    if policies.peek().is_none() {
        wrongs.push("there is no policy for the servers".to_owned());
    }
    for (name, policy) in policies {
        let given = list(&policy["PolicyDocument"]["Statement"]);
        exactly(name, given, &SERVES, &mut wrongs);
    }
    for (name, role) in of_kind(template, "AWS::IAM::Role") {
        let sweeps = of_kind(template, "AWS::Lambda::Function").any(|(_, function)| {
            let place = &function["Environment"]["Variables"]["DESKWIRE_ATTACHMENTS"]["Fn::Sub"];
            place == &format!("s3://${{{BUCKET}}}") && function["Role"]["Fn::GetAtt"][0] == name
        });
        let needs: &[_] = if sweeps { &SWEEPS } else { &[] };
        exactly(name, statements(role), needs, &mut wrongs);
        for statement in statements(role) {
            let prefix = &statement["Condition"]["StringEquals"]["s3:prefix"];
            let lists = list(&statement["Action"]).any(|action| action == "s3:ListBucket");
            if lists && prefix != "quarantine/" {
                wrongs.push(format!("{name}: sees the names of what is kept"));
            }
        }
    }
    wrongs
}

/// That nobody else sees what is in the bucket.
fn private(name: &str, bucket: &Value, wrongs: &mut Vec<String>) {
    for block in [
        "BlockPublicAcls",
        "BlockPublicPolicy",
        "IgnorePublicAcls",
        "RestrictPublicBuckets",
    ] {
        if bucket["PublicAccessBlockConfiguration"][block] != true {
            wrongs.push(format!("{name}: without {block}"));
        }
    }
    let owner = &bucket["OwnershipControls"]["Rules"][0]["ObjectOwnership"];
    if owner != "BucketOwnerEnforced" {
        wrongs.push(format!("{name}: has access lists"));
    }
    let keys = &bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
    if keys["ServerSideEncryptionByDefault"]["SSEAlgorithm"] != "AES256" {
        wrongs.push(format!("{name}: is not encrypted"));
    }
}

/// That what nobody asks for any more goes by itself, and what is kept stays.
fn clears_up(name: &str, bucket: &Value, wrongs: &mut Vec<String>) {
    let rules = || list(&bucket["LifecycleConfiguration"]["Rules"]);
    let days = |days: &Value| days.as_u64().unwrap_or(u64::MAX);
    // An upload needs its place for three hours.
    if !rules().any(|rule| {
        rule["Status"] == "Enabled"
            && rule["Prefix"] == "quarantine/"
            && (1..=7).contains(&days(&rule["ExpirationInDays"]))
            && days(&rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) <= 7
    }) {
        wrongs.push(format!("{name}: quarantine is not cleared"));
    }
    for rule in rules() {
        let expires = ["ExpirationInDays", "ExpirationDate", "Transitions"];
        let expires = expires.iter().any(|action| !rule[action].is_null());
        if expires && rule["Prefix"] != "quarantine/" {
            wrongs.push(format!("{name}: what is kept expires"));
        }
    }
    if !rules()
        .any(|rule| rule["Prefix"].is_null() && !rule["AbortIncompleteMultipartUpload"].is_null())
    {
        wrongs.push(format!("{name}: parts of uploads stay for ever"));
    }
}

/// That pages can upload, of those origins alone that an operator names.
fn pages(name: &str, bucket: &Value, wrongs: &mut Vec<String>) {
    let choice = &bucket["CorsConfiguration"]["Fn::If"];
    if choice[0] != "HasUploadOrigins" || choice[2]["Ref"] != "AWS::NoValue" {
        wrongs.push(format!("{name}: pages may upload though nobody said so"));
    }
    for rule in list(&choice[1]["CorsRules"]) {
        if rule["AllowedOrigins"] != json!({ "Ref": "UploadOrigins" }) {
            wrongs.push(format!("{name}: pages of {}", rule["AllowedOrigins"]));
        }
        if rule["AllowedMethods"] != json!(["PUT", "GET", "HEAD"]) {
            wrongs.push(format!("{name}: pages may {}", rule["AllowedMethods"]));
        }
        let mut headers = list(&rule["AllowedHeaders"]);
        if headers.any(|header| header.as_str().is_none_or(|header| header.contains('*'))) {
            wrongs.push(format!("{name}: pages may send any header"));
        }
        for header in HEADERS {
            if !list(&rule["AllowedHeaders"]).any(|allowed| allowed == header) {
                wrongs.push(format!("{name}: pages may not send {header}"));
            }
        }
    }
}

/// That the bucket denies what must never be, and locks nobody out who works in it.
fn denies(rules: &[&Value], wrongs: &mut Vec<String>) {
    for rule in rules {
        if rule["Effect"] != "Deny" || rule["Principal"] != "*" || rule["Condition"].is_null() {
            wrongs.push(format!(
                "the bucket allows, or denies without condition: {rule}"
            ));
        }
    }
    let by_url = json!({ "StringEquals": { "s3:authType": ["REST-QUERY-STRING", "POST"] } });
    let needed = [
        (
            "without TLS",
            json!({ "Action": "s3:*" }),
            &["", "*"][..],
            json!({ "Bool": { "aws:SecureTransport": "false" } }),
        ),
        (
            "that overwrites an upload",
            json!({ "Action": "s3:PutObject" }),
            &["quarantine/*"],
            json!({ "Null": { "s3:if-none-match": "true" } }),
        ),
        (
            "by URL in quarantine but to upload",
            json!({ "NotAction": "s3:PutObject" }),
            &["quarantine/*"],
            by_url.clone(),
        ),
        (
            "by URL with what is kept but to fetch it",
            json!({ "NotAction": "s3:GetObject" }),
            &["kept/*"],
            by_url,
        ),
        (
            "by URL after an hour",
            json!({ "Action": "s3:*" }),
            &["*"],
            json!({ "NumericGreaterThan": { "s3:signatureAge": "3600000" } }),
        ),
    ];
    for (what, action, on, condition) in &needed {
        let found = rules.iter().any(|rule| {
            let acts = ["Action", "NotAction"];
            acts.iter().all(|act| rule[act] == action[act])
                && list(&rule["Resource"])
                    .map(part)
                    .eq(on.iter().copied().map(Some))
                && rule["Condition"] == *condition
        });
        if !found {
            wrongs.push(format!("the bucket does not deny what comes {what}"));
        }
    }
    if rules.len() != needed.len() {
        wrongs.push(format!("the bucket denies {} things", rules.len()));
    }
}

/// That statements allow these actions on files and no others.
fn exactly<'a>(
    name: &str,
    given: impl Iterator<Item = &'a Value>,
    needs: &[(&str, &str)],
    wrongs: &mut Vec<String>,
) {
    let given: BTreeSet<_> = given
        .filter(|statement| statement["Effect"] == "Allow")
        .flat_map(|statement| {
            let actions = list(&statement["Action"]).filter_map(Value::as_str);
            let on_files = actions.filter(|action| action.starts_with("s3:"));
            on_files.flat_map(|action| {
                let parts = list(&statement["Resource"]);
                parts.map(move |resource| (action, part(resource).unwrap_or("elsewhere")))
            })
        })
        .collect();
    let needs: BTreeSet<_> = needs.iter().copied().collect();
    for (action, part) in needs.difference(&given) {
        wrongs.push(format!("{name}: may not {action} on {BUCKET}/{part}"));
    }
    for (action, part) in given.difference(&needs) {
        wrongs.push(format!("{name}: may {action} on {BUCKET}/{part}"));
    }
}
