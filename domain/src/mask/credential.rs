//! Keys and tokens that show by their own form, as those who issue them publish it.

use std::sync::LazyLock;

use regex::Regex;

use super::{cover::Span, pattern::compiled};

/// Forms, each from a word's border on. What is hidden is the group `s`, or all where there is none.
const FORMS: &[&str] = &[
    // Amazon Web Services
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?-u:\b)",
    // GitHub, GitLab
    r"gh[pousr]_[A-Za-z0-9]{20,}",
    r"github_pat_[A-Za-z0-9_]{20,}",
    r"gl(?:pat|ptt|dt|rt|cbt|soat|ft|agent|oas|imt|ffct)-[A-Za-z0-9_-]{20,}",
    // Slack, Discord
    r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}",
    r"xapp-[0-9]-[A-Za-z0-9-]{10,}",
    // Stripe, also its webhooks'; others that took its form
    r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}",
    r"whsec_[A-Za-z0-9+/]{16,}=*",
    // Google
    r"AIza[A-Za-z0-9_-]{35}",
    r"GOCSPX-[A-Za-z0-9_-]{20,}",
    r"ya29\.[A-Za-z0-9_-]{20,}",
    // SendGrid, Mailgun, Twilio
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"key-[0-9a-f]{32}(?-u:\b)",
    r"(?:SK|AC)[0-9a-f]{32}(?-u:\b)",
    // OpenAI, Anthropic, Hugging Face
    r"sk-(?:proj-|svcacct-|admin-|ant-)?[A-Za-z0-9][A-Za-z0-9_-]{19,}",
    r"hf_[A-Za-z0-9]{30,}",
    // npm, PyPI, Docker
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-[A-Za-z0-9_-]{16,}",
    r"dckr_pat_[A-Za-z0-9_-]{20,}",
    // Shopify, Square, Razorpay
    r"shp(?:at|ca|pa|ss)_[A-Za-z0-9]{32}",
    r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}",
    // DigitalOcean, Grafana, Linear, Postman, Vault, Telegram
    r"do[opr]_v1_[a-f0-9]{64}",
    r"glsa_[A-Za-z0-9_]{32,}",
    r"lin_api_[A-Za-z0-9]{32,}",
    r"PMAK-[A-Za-z0-9-]{32,}",
    r"hv[sbr]\.[A-Za-z0-9_-]{24,}",
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
    r"AGE-SECRET-KEY-1[A-Z0-9]{40,}",
    // JSON Web Tokens (RFC 7519), signed, encrypted or neither
    r"eyJ[A-Za-z0-9_-]{6,}\.(?:eyJ[A-Za-z0-9_-]{6,}|[A-Za-z0-9_-]{40,})(?:\.[A-Za-z0-9_-]*){1,3}",
];

/// The same, where what is hidden stands within something that may be seen.
const WITHIN: &[&str] = &[
    r"https://hooks\.slack\.com/(?:services|workflows|triggers)/(?P<slack>[A-Za-z0-9/_-]{8,})",
    r"https://(?:[a-z]{1,10}\.)?discord(?:app)?\.com/api/webhooks/(?P<discord>[0-9]+/[A-Za-z0-9_-]{16,})",
    // HTTP authentication (RFC 9110); a Bearer token also by itself (RFC 6750)
    r#"(?i:authorization)["']?\s{0,3}[:=]\s{0,3}["']?(?i:bearer|basic|token|apikey|key)\s{1,3}(?P<scheme>[A-Za-z0-9._~+/•=-]{6,})"#,
    r"(?i:bearer)\s{1,3}(?P<bearer>[A-Za-z0-9._~+/-]{20,}=*)",
    // The user part of a URL (RFC 3986)
    r#"[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/?#@:"'<>]{0,100}:(?P<user>[^\s/?#@"'<>]{1,200})@"#,
];

static FORM: LazyLock<Regex> =
    LazyLock::new(|| compiled(&format!(r"(?-u:\b)(?:{})", FORMS.join("|"))));

static HOLDER: LazyLock<Regex> =
    LazyLock::new(|| compiled(&format!(r"(?-u:\b)(?:{})", WITHIN.join("|"))));

/// The secrets, whole.
pub(super) fn find(text: &str) -> Vec<Span> {
    let whole = FORM.find_iter(text).map(|found| found.range());
    // Before a host, any word is a password.
    let within = HOLDER.captures_iter(text).filter_map(|found| {
        let part = found.iter().skip(1).flatten().next()?.range();
        let random = is_random(text.get(part.clone()).unwrap_or_default());
        (random || found.name("user").is_some()).then_some(part)
    });
    whole.chain(within).collect()
}

/// Whether a word is no word of a language: "bearer" also stands before those.
fn is_random(word: &str) -> bool {
    word.chars().any(|c| !c.is_ascii_lowercase())
}
