//! The desk's own page on which customers say how satisfied they are: by the link in a mail, without
//! signing in (requirement M4).

use axum::{
    Form,
    extract::{
        Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::StatusCode,
    response::Response,
};
use domain::{
    Error, Screened, UserErrorCode,
    query::format_number,
    rating::MAX_COMMENT,
    telling::{Survey, SurveyAnswer},
};
use minijinja::{Value, context};
use serde::Deserialize;

use super::{App, plain_page::plain_page};

/// The scores in words, the best first.
const SCORES: [(i32, &str); 5] = [
    (5, "very good"),
    (4, "good"),
    (3, "all right"),
    (2, "bad"),
    (1, "very bad"),
];

/// What a link in a mail says.
#[derive(Deserialize)]
pub(super) struct Link {
    #[serde(default)]
    token: String,
    /// The score that was clicked on.
    #[serde(default)]
    score: String,
}

/// What is in the form.
#[derive(Default, Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    score: String,
    #[serde(default)]
    comment: String,
}

/// Shows the form. Looking at the link stores nothing: some mail programs look at all links by
/// themselves.
pub(super) async fn ask(
    State(app): State<App>,
    link: Result<Query<Link>, QueryRejection>,
) -> Response {
    let Ok(Query(link)) = link else {
        return page(StatusCode::NOT_FOUND, "unknown");
    };
    let chosen = Answer {
        score: link.score,
        comment: String::new(),
    };
    match app.gateway.desk().survey(&link.token).await {
        Ok(survey) if survey.rating.is_some() => page(StatusCode::OK, "answered"),
        Ok(survey) => form(StatusCode::OK, &survey, &chosen, &[]),
        Err(error) => problem(&error),
    }
}

/// Stores the answer.
pub(super) async fn answer(
    State(app): State<App>,
    link: Result<Query<Link>, QueryRejection>,
    form_data: Result<Form<Answer>, FormRejection>,
) -> Response {
    let Ok(Query(link)) = link else {
        return page(StatusCode::NOT_FOUND, "unknown");
    };
    // What cannot be read is no answer yet.
    let given = form_data.map(|Form(given)| given).unwrap_or_default();
    let desk = app.gateway.desk();
    // Browsers send line breaks as two characters, and count one.
    let comment = given.comment.replace("\r\n", "\n");
    let answer = SurveyAnswer {
        score: given.score.parse().unwrap_or_default(),
        comment: Some(Screened::text(desk.masking(), &comment)),
        idempotency_key: None,
    };
    let Err(error) = desk.answer_survey(&link.token, answer).await else {
        return page(StatusCode::OK, "done");
    };
    let wrongs = wrongs(&error);
    if wrongs.is_empty() {
        return problem(&error);
    }
    match desk.survey(&link.token).await {
        Ok(survey) => form(StatusCode::UNPROCESSABLE_ENTITY, &survey, &given, &wrongs),
        Err(error) => problem(&error),
    }
}

/// What is wrong with what somebody filled in, in words; nothing if the link itself is at fault.
fn wrongs(error: &Error) -> Vec<String> {
    let Error::User(errors) = error else {
        return Vec::new();
    };
    let of_form = |field: &[String]| field == ["score"] || field == ["comment"];
    errors
        .iter()
        .filter(|error| of_form(&error.field))
        .map(|error| error.message.clone())
        .collect()
}

/// The page for a link that leads to no form.
fn problem(error: &Error) -> Response {
    let is = |code| {
        let Error::User(errors) = error else {
            return false;
        };
        errors.iter().any(|error| error.code == code)
    };
    if is(UserErrorCode::NotFound) {
        page(StatusCode::NOT_FOUND, "unknown")
    } else if is(UserErrorCode::SurveyExpired) {
        page(StatusCode::GONE, "expired")
    } else if is(UserErrorCode::AlreadyRated) {
        page(StatusCode::CONFLICT, "answered")
    } else {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "a survey could not be answered"
        );
        page(StatusCode::SERVICE_UNAVAILABLE, "later")
    }
}

fn form(status: StatusCode, survey: &Survey, answer: &Answer, problems: &[String]) -> Response {
    let values = context! {
        state => "ask",
        number => format_number(survey.ticket.number),
        subject => survey.ticket.subject.as_str(),
        scores => SCORES,
        score => answer.score.parse::<i32>().ok(),
        comment => answer.comment.as_str(),
        longest => MAX_COMMENT,
        problems => problems.to_vec(),
    };
    show(status, values)
}

fn page(status: StatusCode, state: &str) -> Response {
    show(status, context! { state })
}

fn show(status: StatusCode, values: Value) -> Response {
    plain_page(status, include_str!("page.html"), values)
}
