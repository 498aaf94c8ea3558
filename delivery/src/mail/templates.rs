//! The words of mails: templates that are built in, each of which an operator can replace by a file.

use std::path::Path;

use entity::NotificationKind;
use minijinja::{
    Environment, Error, ErrorKind, State, UndefinedBehavior, Value, syntax::SyntaxConfig,
    value::Serde,
};
use rust_embed::RustEmbed;

use super::{compose::Image, letter::Letter, line, report, sample, view::View};
use crate::{Failure, FailureKind, Problem};

/// The largest template of an operator, in bytes.
const MAX_TEMPLATE: u64 = 1 << 20;

#[derive(RustEmbed)]
#[folder = "templates"]
struct BuiltIn;

/// All templates, ready to use.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
}

/// A letter in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line, with the ticket's number before it.
    pub subject: String,
    /// The whole mail as plain text.
    pub text: String,
    /// The whole mail as HTML.
    pub html: String,
    /// The pictures that the HTML shows.
    pub images: Vec<Image>,
}

impl Templates {
    /// The built-in templates, and instead of some of them the files of the same name in `folder`.
    /// Every template is tried with letters of its kind.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be used: which, where and why.
    pub fn load(folder: Option<&Path>) -> Result<Self, Problem> {
        let mut environment = environment()?;
        let names: Vec<_> = BuiltIn::iter().collect();
        for name in &names {
            let source = BuiltIn::get(name).map(|file| file.data.into_owned());
            let source = String::from_utf8(source.unwrap_or_default())
                .map_err(|_| Problem(format!("The built-in mail template {name} is not UTF-8.")))?;
            environment
                .add_template_owned(name.clone(), source)
                .map_err(|error| Problem(format!("A built-in mail template is wrong: {error}")))?;
        }
        for (name, source) in folder.map(overrides).transpose()?.unwrap_or_default() {
            if !names.contains(&name.as_str().into()) && !name.starts_with('_') {
                return Err(Problem(format!(
                    "There is no mail template {name}, so the file {} would never be used. The names \
                     are in docs/mail.md. A file that others include has a name that begins with `_`.",
                    shown(folder, &name)
                )));
            }
            let added = environment.add_template_owned(name, source);
            added.map_err(|error| wrong(folder, &error))?;
        }
        let templates = Self { environment };
        for letter in sample::letters() {
            let tried = templates.try_render(&letter);
            tried.map_err(|error| wrong(folder, &error))?;
        }
        Ok(templates)
    }

    /// The letter in words.
    ///
    /// # Errors
    /// When a template cannot be filled in with this letter.
    pub fn render(&self, letter: &Letter) -> Result<Rendered, Failure> {
        let mut rendered = self.try_render(letter).map_err(|error| Failure {
            kind: FailureKind::Refused,
            ambiguous: false,
            text: format!(
                "The mail template cannot be filled in: {}",
                innermost(&error)
            ),
        })?;
        if let Some(report) = &letter.report {
            rendered.images = report::images(report, &rendered.html);
        }
        Ok(rendered)
    }

    /// The same without pictures.
    fn try_render(&self, letter: &Letter) -> Result<Rendered, Error> {
        let view = Value::from(Serde(View::of(letter)));
        let name = file_name(letter.kind);
        let part = |end: &str| {
            let template = self.environment.get_template(&format!("{name}{end}"))?;
            template.render(view.clone())
        };
        let subject = part(".subject.txt")?;
        let subject = match &letter.ticket {
            Some(ticket) => format!("[{}] {subject}", ticket.number),
            None => subject,
        };
        Ok(Rendered {
            subject: line::one_line(&subject, line::MAX_SUBJECT),
            text: part(".txt")?,
            html: part(".html")?,
            images: Vec::new(),
        })
    }
}

/// The beginning of the names of a kind's templates: `ticket-received`.
fn file_name(kind: NotificationKind) -> String {
    kind.as_str().to_lowercase().replace('_', "-")
}

/// An environment without templates. HTML is escaped, text is not.
fn environment() -> Result<Environment<'static>, Problem> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    let syntax = syntax.map_err(|error| Problem(format!("Mail templates: {error}")))?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(|out, state: &mut State, value: &Value| {
        if value.is_none() {
            let text = "this may be missing; put it into {% if ... %} ... {% endif %}";
            return Err(Error::new(ErrorKind::UndefinedError, text));
        }
        minijinja::escape_formatter(out, state, value)
    });
    Ok(environment)
}

/// The operator's files, with their names.
fn overrides(folder: &Path) -> Result<Vec<(String, String)>, Problem> {
    let unreadable = |path: &Path, why: &dyn std::fmt::Display| {
        Problem(format!(
            "Cannot read the mail templates in {} (DESKWIRE_MAIL_TEMPLATES): {why}",
            path.display()
        ))
    };
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(name) = name.filter(|name| name.ends_with(".txt") || name.ends_with(".html"))
        else {
            continue;
        };
        let size = std::fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
        if size.len() > MAX_TEMPLATE {
            return Err(unreadable(&path, &"it is larger than 1 MB"));
        }
        let source = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        found.push((name.to_owned(), source));
    }
    found.sort_unstable();
    Ok(found)
}

/// What is wrong with a template, and what to do about it.
fn wrong(folder: Option<&Path>, error: &Error) -> Problem {
    let error = innermost(error);
    let name = error.name().unwrap_or("?");
    let line = error.line().unwrap_or_default();
    let detail = error.detail().unwrap_or_default();
    Problem(format!(
        "The mail template {} cannot be used, line {line}: {}. {detail}{}The variables are in \
         docs/mail.md. Mend the file, or remove it to have the built-in one.",
        shown(folder, name),
        error.kind(),
        if detail.is_empty() { "" } else { ". " },
    ))
}

/// A template as its owner knows it: its path if it is a file.
fn shown(folder: Option<&Path>, name: &str) -> String {
    let file = folder.map(|folder| folder.join(name));
    match file.filter(|file| file.exists()) {
        Some(file) => file.display().to_string(),
        None => name.to_owned(),
    }
}

/// The error that a template which extends or includes another passes on.
fn innermost(error: &Error) -> &Error {
    let mut innermost = error;
    while let Some(cause) = std::error::Error::source(innermost)
        && let Some(cause) = cause.downcast_ref::<Error>()
    {
        innermost = cause;
    }
    innermost
}

#[cfg(test)]
mod tests;
