//! Mails over Amazon's Simple Email Service.

use std::time::Duration;

use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_sesv2::{
    Client,
    config::Builder,
    error::{ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    primitives::Blob,
    types::{Destination, EmailContent, RawMessage},
};
use aws_smithy_http_client::{
    Builder as HttpBuilder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use super::{
    compose::Composed,
    fail::{answer, away, chain, failure, refused, unsure},
};
use crate::{Failure, FailureKind, Problem};

/// SES, in one region and account.
#[derive(Clone, Debug)]
pub struct Ses {
    client: Client,
    configuration_set: Option<String>,
}

impl Ses {
    /// The service of the region and account that the environment names, by the usual variables and
    /// files of AWS. `AWS_ENDPOINT_URL` leads to a stand-in. An answer is waited for as long as
    /// `patience` says, a connection for a third of that.
    ///
    /// # Errors
    /// When no region is named.
    pub async fn open(
        configuration_set: Option<String>,
        patience: Duration,
    ) -> Result<Self, Problem> {
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client())
            .load();
        let shared = loader.await;
        if shared.region().is_none() {
            return Err(Problem(
                "DESKWIRE_MAIL=ses needs to know the region: set AWS_REGION.".to_owned(),
            ));
        }
        let config = Builder::from(&shared);
        Ok(Self::with(config, configuration_set, patience))
    }

    /// One attempt per mail: how often is tried is not decided here.
    fn with(config: Builder, configuration_set: Option<String>, patience: Duration) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(patience / 3)
            .operation_attempt_timeout(patience)
            .operation_timeout(patience)
            .build();
        let config = config
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        Self {
            client: Client::from_conf(config),
            configuration_set,
        }
    }

    /// Sends a mail.
    ///
    /// # Errors
    /// When the service did not say that it took it.
    pub async fn send(&self, mail: &Composed) -> Result<(), Failure> {
        let (from, to) = (mail.from.to_string(), mail.to.to_string());
        if let Some(address) = [&from, &to].into_iter().find(|address| !address.is_ascii()) {
            return Err(refused(format!(
                "SES does not support internationalised addresses like {address}."
            )));
        }
        let raw = RawMessage::builder().data(Blob::new(mail.bytes.as_slice()));
        let raw = raw
            .build()
            .map_err(|error| refused(format!("This mail cannot be built: {error}")))?;
        let sent = self
            .client
            .send_email()
            .from_email_address(from)
            .destination(Destination::builder().to_addresses(to).build())
            .content(EmailContent::builder().raw(raw).build())
            .set_configuration_set_name(self.configuration_set.clone())
            .send()
            .await;
        sent.map(|_| ()).map_err(|error| verdict(&error))
    }
}

fn http_client() -> aws_sdk_sesv2::config::SharedHttpClient {
    HttpBuilder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

type SendError = SdkError<SendEmailError, aws_sdk_sesv2::config::http::HttpResponse>;

/// What an error means for the mail.
fn verdict(error: &SendError) -> Failure {
    match error {
        SdkError::ServiceError(refusal) => {
            let status = refusal.raw().status().as_u16();
            let said = refusal.err();
            said_no(
                status,
                said.code().unwrap_or("no code"),
                said.message().unwrap_or("no message"),
            )
        }
        SdkError::ConstructionFailure(_) => away(format!("SES cannot be asked: {}", chain(error))),
        SdkError::DispatchFailure(_) if never_went_out(error) => {
            away(format!("SES cannot be reached: {}", chain(error)))
        }
        SdkError::DispatchFailure(_)
        | SdkError::TimeoutError(_)
        | SdkError::ResponseError(_)
        | _ => unsure(format!(
            "SES did not say whether it took the mail: {}",
            chain(error)
        )),
    }
}

/// What a negative answer means (SES API v2, SendEmail, and the common errors).
///
/// "Away" is not counted, and the same mail is tried first again: only what surely concerns every
/// mail is away.
fn said_no(status: u16, code: &str, message: &str) -> Failure {
    let text = format!("SES says {status} {}: {}", answer(code), answer(message));
    let lower = message.to_lowercase();
    let (kind, ambiguous) = match code.strip_suffix("Exception").unwrap_or(code) {
        // It says yes in words that nobody understands.
        _ if status < 400 => (FailureKind::Later, true),
        // The sandbox says so of one recipient.
        "MessageRejected" if lower.contains("not verified") => (FailureKind::Later, false),
        "MessageRejected" | "BadRequest" => (FailureKind::Refused, false),
        "TooManyRequests" | "Throttling" if lower.contains("daily") => (FailureKind::Away, false),
        "TooManyRequests" | "Throttling" => (FailureKind::Later, false),
        code if ACCOUNT.contains(&code) => (FailureKind::Away, false),
        "ServiceUnavailable" => (FailureKind::Away, false),
        _ if status == 503 => (FailureKind::Away, false),
        // The service is broken, perhaps only on the way back.
        _ if status >= 500 => (FailureKind::Away, true),
        _ => (FailureKind::Later, false),
    };
    failure(kind, ambiguous, text)
}

/// What is said of the account, or of who asks, without `Exception` at the end.
const ACCOUNT: [&str; 20] = [
    // Of the account.
    "AccountSuspended",
    "SendingPaused",
    "MailFromDomainNotVerified",
    "LimitExceeded",
    "NotFound",
    "OptInRequired",
    // Of permissions.
    "AccessDenied",
    "NotAuthorized",
    "UnauthorizedOperation",
    // Of keys and signatures.
    "UnrecognizedClient",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "MissingAuthenticationToken",
    "ExpiredToken",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "InvalidSignature",
    "IncompleteSignature",
    "RequestExpired",
    "RequestTimeTooSkewed",
];

/// Whether it is certain that the service never saw the request.
fn never_went_out(error: &SendError) -> bool {
    use std::io::ErrorKind;
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let kind = error
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind);
        let unreachable = matches!(
            kind,
            Some(
                ErrorKind::ConnectionRefused
                    | ErrorKind::HostUnreachable
                    | ErrorKind::NetworkUnreachable
                    | ErrorKind::AddrNotAvailable
            )
        );
        let text = error.to_string();
        let says_so = [
            "client error (Connect)",
            "HTTP connect timeout",
            "dns error",
            "credentials",
        ];
        if unreachable || says_so.iter().any(|words| text.contains(words)) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests;
