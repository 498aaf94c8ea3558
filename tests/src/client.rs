//! A GraphQL client over HTTP.

use serde_json::{Value, json};

use crate::{Socket, clean};

/// Somebody with a token, talking to one server.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// A whole answer: status, data, errors.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
    /// The body as it came, byte by byte.
    pub text: String,
}

impl Answer {
    /// The code of the first error; empty if there is none.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
    }

    /// The message of the first error; empty if there is none.
    pub fn message(&self) -> &str {
        self.body["errors"][0]["message"]
            .as_str()
            .unwrap_or_default()
    }

    /// The data, which must have come without errors.
    #[track_caller]
    pub fn data(self) -> Value {
        assert!(self.body.get("errors").is_none(), "errors: {:#}", self.body);
        self.body["data"].clone()
    }
}

impl Client {
    /// A client of the server at `base` (`http://127.0.0.1:...`).
    pub fn new(base: &str, token: Option<String>) -> Self {
        // reqwest wants a TLS provider even where it speaks plain HTTP.
        let _set_already = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            http,
            base: base.to_owned(),
            token,
        }
    }

    /// The same person at another server.
    pub fn at(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.clone()
        }
    }

    /// The person's token.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The HTTP client, for requests that are not GraphQL.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The server's address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends an operation and gives back whatever comes.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn send(&self, query: &str, variables: Value) -> reqwest::Result<Answer> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        self.post("application/json", body).await
    }

    /// Posts a body as it is.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn post(
        &self,
        content_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> reqwest::Result<Answer> {
        let mut request = self.http.post(format!("{}/graphql", self.base));
        request = request.header("content-type", content_type).body(body);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"));
        clean::check(&body);
        Ok(Answer { status, body, text })
    }

    /// Sends an operation and gives back the answer, errors and all.
    pub async fn ask(&self, query: &str, variables: Value) -> Answer {
        self.send(query, variables).await.unwrap()
    }

    /// Sends an operation that must succeed and gives back its data.
    pub async fn get(&self, query: &str, variables: Value) -> Value {
        let answer = self.ask(query, variables).await;
        assert!(
            answer.body.get("errors").is_none(),
            "{query}\n{:#}",
            answer.body
        );
        answer.body["data"].clone()
    }

    /// Runs the mutation `name` with `input`; it must not have user errors. Gives back its payload.
    pub async fn run(&self, name: &str, input: Value, selection: &str) -> Value {
        let payload = self.attempt(name, input, selection).await;
        assert_eq!(payload["userErrors"], json!([]), "{name}");
        payload
    }

    /// Runs the mutation `name` with `input` and gives back its payload, user errors and all.
    pub async fn attempt(&self, name: &str, input: Value, selection: &str) -> Value {
        let query = mutation(name, selection);
        self.get(&query, json!({ "input": input })).await[name].clone()
    }

    /// Runs the mutation `name` and gives back the code of its first user error.
    pub async fn user_error(&self, name: &str, input: Value) -> String {
        let payload = self.attempt(name, input, "").await;
        payload["userErrors"][0]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Runs the mutation `name` and gives back the whole answer.
    pub async fn ask_mutation(&self, name: &str, input: Value) -> Answer {
        self.ask(&mutation(name, ""), json!({ "input": input }))
            .await
    }

    /// Opens a ticket and gives back its id.
    pub async fn open_ticket(&self, subject: &str) -> String {
        let input = json!({ "subject": subject, "description": "It does not work." });
        let payload = self.run("createTicket", input, "ticket { id }").await;
        payload["ticket"]["id"].as_str().unwrap().to_owned()
    }

    /// The person's own id.
    pub async fn id(&self) -> String {
        let data = self.get("{ viewer { id } }", json!({})).await;
        data["viewer"]["id"].as_str().unwrap().to_owned()
    }

    /// Opens a WebSocket as this person.
    pub async fn socket(&self) -> Socket {
        Socket::open(&self.base, self.token.as_deref()).await
    }
}

fn mutation(name: &str, selection: &str) -> String {
    let input = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    format!(
        "mutation($input: {input}!) {{ {name}(input: $input) {{ {selection} \
         userErrors {{ code message field }} }} }}"
    )
}
