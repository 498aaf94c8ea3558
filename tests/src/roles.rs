//! Whether the roles of a CloudFormation template allow what is needed and nothing else.

use serde_json::Value;

use crate::files;

/// What Lambda asks of the role of a function in a VPC. None of it can be limited to resources that
/// are known beforehand.
const INTERFACES: [&str; 6] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

/// What sends mail.
const MAIL: [&str; 2] = ["ses:SendEmail", "ses:SendRawEmail"];

/// All that is wrong with the roles of `template`, which is translated.
pub fn wrongs(template: &Value) -> Vec<String> {
    let mut wrongs = Vec::new();
    for (name, properties) in of_kind(template, "AWS::IAM::Role") {
        role(name, properties, &mut wrongs);
    }
    for (name, policy) in of_kind(template, "AWS::IAM::ManagedPolicy") {
        for statement in list(&policy["PolicyDocument"]["Statement"]) {
            allowed(name, statement, &mut wrongs);
        }
    }
    for kind in ["AWS::IAM::Policy", "AWS::Lambda::Permission"] {
        for (name, _) in of_kind(template, kind) {
            wrongs.push(format!("{name}: a {kind}, which nobody looks at"));
        }
    }
    for (name, function) in of_kind(template, "AWS::Lambda::Function") {
        let log = &function["LoggingConfig"]["LogGroup"]["Ref"];
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            needs(
                template,
                (name, &function["Role"]),
                action,
                log,
                &mut wrongs,
            );
        }
    }
    for (name, function) in of_kind(template, "AWS::Lambda::Function") {
        let mail = &function["Environment"]["Variables"]["DESKWIRE_MAIL"];
        let role = function["Role"]["Fn::GetAtt"][0].as_str();
        let role = role.map(|role| &template["Resources"][role]["Properties"]);
        let may = |action| {
            role.into_iter()
                .flat_map(statements)
                .any(|statement| list(&statement["Action"]).any(|may| may == action))
        };
        for action in MAIL {
            if !mail.is_null() && !may(action) {
                wrongs.push(format!("{name}: sends mail and may not {action}"));
            }
        }
    }
    for (name, schedule) in of_kind(template, "AWS::Scheduler::Schedule") {
        let target = &schedule["Target"];
        let function = &target["Arn"]["Fn::GetAtt"][0];
        let role = (name, &target["RoleArn"]);
        needs(
            template,
            role,
            "lambda:InvokeFunction",
            function,
            &mut wrongs,
        );
    }
    wrongs
}

/// The resources of a kind, with their properties.
pub fn of_kind<'a>(
    template: &'a Value,
    kind: &'a str,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let resources = template["Resources"].as_object().unwrap();
    resources
        .iter()
        .filter(move |(_, resource)| resource["Type"] == kind)
        .map(|(name, resource)| (name.as_str(), &resource["Properties"]))
}

fn role(name: &str, properties: &Value, wrongs: &mut Vec<String>) {
    if !properties["ManagedPolicyArns"].is_null() {
        wrongs.push(format!("{name}: has managed policies, which allow more"));
    }
    for statement in list(&properties["AssumeRolePolicyDocument"]["Statement"]) {
        let service = statement["Principal"]["Service"].as_str();
        let condition = &statement["Condition"]["StringEquals"]["aws:SourceAccount"]["Ref"];
        match service {
            Some("lambda.amazonaws.com") => {}
            Some("scheduler.amazonaws.com") if condition == "AWS::AccountId" => {}
            _ => wrongs.push(format!("{name}: others can be it: {statement}")),
        }
    }
    for statement in statements(properties) {
        allowed(name, statement, wrongs);
    }
}

/// What is wrong with a statement of `name`, if it allows something.
fn allowed(name: &str, statement: &Value, wrongs: &mut Vec<String>) {
    if statement["Effect"] != "Allow" {
        return;
    }
    for unusual in ["NotAction", "NotResource"] {
        if !statement[unusual].is_null() {
            wrongs.push(format!("{name}: {unusual} allows what nobody thought of"));
        }
    }
    for action in list(&statement["Action"]) {
        let action = action.as_str().unwrap_or("*");
        if action.contains('*') {
            wrongs.push(format!("{name}: may do {action}"));
        }
        for resource in list(&statement["Resource"]) {
            let usual = resource == "*" && INTERFACES.contains(&action);
            let own = is_own(resource) || is_mail(action, resource);
            if usual || own || files::is_own(action, resource) {
                continue;
            }
            wrongs.push(format!("{name}: may {action} on {resource}"));
        }
    }
}

/// Whether a resource is one of this template.
fn is_own(resource: &Value) -> bool {
    resource["Fn::GetAtt"][1] == "Arn"
}

/// Whether `action` sends mail, and `resource` is the one identity or configuration set of the desk.
fn is_mail(action: &str, resource: &Value) -> bool {
    let base = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}";
    let own = [
        format!("{base}:identity/${{MailIdentity}}"),
        format!("{base}:configuration-set/${{MailConfigurationSet}}"),
    ];
    let resource = resource["Fn::Sub"].as_str().unwrap_or_default();
    MAIL.contains(&action) && own.iter().any(|own| own == resource)
}

/// That the role of `user` is one of this template and may do `action` on `on`.
fn needs(
    template: &Value,
    (user, role): (&str, &Value),
    action: &str,
    on: &Value,
    wrongs: &mut Vec<String>,
) {
    let Some(role) = role["Fn::GetAtt"][0].as_str() else {
        wrongs.push(format!("{user}: its role is not one of the template"));
        return;
    };
    let properties = &template["Resources"][role]["Properties"];
    let may = statements(properties).any(|statement| {
        let action = list(&statement["Action"]).any(|may| may == action);
        let resource = list(&statement["Resource"]).any(|own| own["Fn::GetAtt"][0] == *on);
        statement["Effect"] == "Allow" && action && resource
    });
    if !may || on.is_null() {
        wrongs.push(format!("{role}: may not {action} on {on}"));
    }
}

/// All statements of a role's policies, those of a condition too.
pub(crate) fn statements(properties: &Value) -> impl Iterator<Item = &Value> {
    list(&properties["Policies"])
        .flat_map(|policy| match &policy["Fn::If"] {
            Value::Array(branches) => branches[1..].iter().collect(),
            _ => vec![policy],
        })
        .flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]))
}

/// A list, or the one thing that stands for a list.
pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    let all = match value {
        Value::Array(all) => all.as_slice(),
        Value::Null => &[],
        _ => std::slice::from_ref(value),
    };
    all.iter()
}
