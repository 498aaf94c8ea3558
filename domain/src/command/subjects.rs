//! The subjects of a ticket, as clients name them (requirement T5).

use std::collections::HashSet;

use entity::ticket;

use super::Work;
use crate::{
    Error, Result, UserErrorCode,
    text::{Check, check_wanted},
};

/// How many subjects one ticket can have.
const MOST: usize = 5;

/// Notes what can be seen to be wrong with a list of codes without knowing them.
pub(super) fn check_subjects(check: &mut Check, codes: &[String]) {
    let length = codes.len();
    if length > MOST {
        check.fail(
            UserErrorCode::TooLong,
            &["subjects"],
            format!(
                "`subjects` has {length} entries, at most {MOST} are possible. Leave some out."
            ),
        );
    } else if codes.iter().collect::<HashSet<_>>().len() < length {
        check.fail(
            UserErrorCode::Invalid,
            &["subjects"],
            "`subjects` names a subject more than once. Name each once, the primary one first.",
        );
    }
}

/// The subjects with these codes, in their order.
pub(super) async fn subjects_by_code(work: &Work, codes: &[String]) -> Result<ticket::Subjects> {
    let unknown = || {
        Error::user(
            UserErrorCode::Invalid,
            &["subjects"],
            "There is no subject with one of these codes. Ask `subjects` for the codes there are.",
        )
    };
    let mut ids = Vec::with_capacity(codes.len());
    for code in codes {
        check_wanted(code, "subjects").map_err(|_| unknown())?;
        let id = work.desk().subjects.id(work.tx(), code).await?;
        ids.push(id.ok_or_else(unknown)?);
    }
    Ok(ticket::Subjects(ids))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Target, UpdateTicket};

    fn check(codes: &[&str]) -> Result<()> {
        let codes: Vec<_> = codes.iter().map(|&code| code.to_owned()).collect();
        let mut check = Check::default();
        check_subjects(&mut check, &codes);
        check.finish()
    }

    fn code(codes: &[&str]) -> Option<UserErrorCode> {
        match check(codes) {
            Err(Error::User(errors)) => errors.first().map(|error| error.code),
            _ => None,
        }
    }

    /// What a key was bound to before there were subjects, it is bound to still.
    #[test]
    fn a_request_without_subjects_is_the_one_that_it_was() {
        let mut request = UpdateTicket {
            target: Target {
                ticket: uuid::Uuid::nil().into(),
                expected_version: None,
                idempotency_key: None,
            },
            subject: None,
            priority: None,
            category: None,
            subjects: None,
            team: None,
            tags: None,
        };
        let names = |request: &UpdateTicket| {
            let written = serde_json::to_value(request).unwrap();
            let names = written.as_object().unwrap().keys().cloned();
            names.collect::<Vec<_>>()
        };
        let old = ["category", "priority", "subject", "tags", "target", "team"];
        assert_eq!(names(&request), old);
        request.subjects = Some(Vec::new());
        assert!(names(&request).contains(&"subjects".to_owned()));
    }

    #[test]
    fn a_list_is_short_and_names_each_subject_once() {
        assert_eq!(code(&[]), None);
        assert_eq!(code(&["a", "b", "c", "d", "e"]), None);
        let six = code(&["a", "b", "c", "d", "e", "f"]);
        assert_eq!(six, Some(UserErrorCode::TooLong));
        assert_eq!(code(&["a", "b", "a"]), Some(UserErrorCode::Invalid));
    }
}
