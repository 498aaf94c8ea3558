//! What several modules share.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use delivery::{Deliverer, DeliverySettings};
use deskwire_tests::{Answer, Client, Person, World, telling};
use serde_json::{Value, json};

/// A string at a JSON pointer.
#[track_caller]
pub fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("no text at {pointer}: {value:#}"))
        .to_owned()
}

/// A well-formed global id of something that does not exist.
pub fn missing(kind: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:01890a5d-ac96-774b-bcce-b302099a8057"))
}

/// `document` with names in capitals replaced by what they stand for.
pub fn fill(document: &str, names: &[(&str, &str)]) -> String {
    names
        .iter()
        .fold(document.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
}

/// The first value under the key `it`, however deep.
pub fn it(value: &Value) -> &Value {
    fn search(value: &Value) -> Option<&Value> {
        match value {
            Value::Object(fields) => fields
                .get("it")
                .or_else(|| fields.values().find_map(search)),
            Value::Array(items) => items.iter().find_map(search),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }
    }
    search(value).unwrap_or(&Value::Null)
}

/// What an answer amounts to: `data`, `null`, `2 rows`, the code of an error, or that of a user
/// error with a `?` before it. Looks at the field that is called `it`.
pub fn outcome(answer: &Value) -> String {
    if let Some(code) = answer["errors"][0]["extensions"]["code"].as_str() {
        return code.to_owned();
    }
    let it = it(&answer["data"]);
    if let Some(code) = it["userErrors"][0]["code"].as_str() {
        return format!("?{code}");
    }
    match it {
        Value::Null => "null".to_owned(),
        Value::Array(rows) => format!("{} rows", rows.len()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            "data".to_owned()
        }
    }
}

/// Runs an operation without variables and gives back everything.
pub async fn ask(client: &Client, document: &str) -> Answer {
    client.ask(document, json!({})).await
}

/// What a subscription first brings: its payload, or the close code of the socket.
pub async fn first_payload(client: &Client, document: &str) -> Result<Value, u16> {
    let mut socket = deskwire_tests::Socket::connect(client.base()).await;
    let token = client
        .token()
        .map(|token| json!({ "authorization": format!("Bearer {token}") }));
    socket
        .send(json!({ "type": "connection_init", "payload": token }))
        .await;
    socket.receive().await?;
    socket.subscribe(document, json!({})).await;
    let message = socket.receive().await?;
    let payload = message["payload"].clone();
    // A refusal is a list of errors and ends the operation; an answer is a response.
    match message["type"].as_str() {
        Some("error") => Ok(json!({ "errors": payload })),
        _ => Ok(payload),
    }
}

/// The next message that a subscription to a ticket tells of. What happened before it was subscribed to can
/// still come on PostgreSQL, where transactions of other tests hold the log up.
pub async fn next_message(socket: &mut deskwire_tests::Socket) -> Value {
    loop {
        let event = socket.event("ticket").await;
        if event["kind"] == "MESSAGE_ADDED" {
            return event;
        }
    }
}

/// The people of a world, signed in.
pub struct People {
    pub carla: Client,
    pub otto: Client,
    pub alice: Client,
    pub bob: Client,
    pub susan: Client,
}

impl People {
    pub fn of(world: &World) -> Self {
        Self {
            carla: world.client(Person::Carla),
            otto: world.client(Person::Otto),
            alice: world.client(Person::Alice),
            bob: world.client(Person::Bob),
            susan: world.client(Person::Susan),
        }
    }
}

/// Version and number of activity entries of a ticket, as staff see them: what a refused mutation
/// leaves as it was.
pub async fn state(staff: &Client, ticket: &str) -> Value {
    let query = "query($id: ID!) { ticket(id: $id) {
        version updatedAt status messages { totalCount } activity { totalCount } } }";
    staff.get(query, json!({ "id": ticket })).await["ticket"].clone()
}

/// `input` with a key.
pub fn keyed(mut input: Value, key: &str) -> Value {
    input["idempotencyKey"] = json!(key);
    input
}

/// How long a list is, for staff.
pub async fn total(staff: &Client, list: &str) -> i64 {
    let data = staff
        .get(&format!("{{ it: {list} {{ totalCount }} }}"), json!({}))
        .await;
    data["it"]["totalCount"].as_i64().unwrap()
}

/// Sends what is due, and says what mails the world's folder holds by now, the oldest first.
pub async fn mails(world: &World) -> Vec<String> {
    mails_with(world, |_| {}).await
}

/// The same with other settings.
pub async fn mails_with(world: &World, change: impl FnOnce(&mut DeliverySettings)) -> Vec<String> {
    let (desk, config) = (world.server().desk(), world.config());
    let mut settings = config.delivery.clone();
    settings.admin_mail = telling::rules().admin_team;
    change(&mut settings);
    telling::plan_all(desk, settings.rules().unwrap()).await;
    let (db, clock) = (desk.db().clone(), world.clock.clone());
    let worker = Deliverer::open(db, clock, &settings, &config.data_dir, 14).await;
    let report = worker.unwrap().run(None).await;
    assert_eq!((report.failed, report.error), (0, None));
    let mut files: Vec<_> = std::fs::read_dir(config.data_dir.join("mail"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}
