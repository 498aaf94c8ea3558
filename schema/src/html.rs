//! Plain text as HTML that is safe to insert into a page.

use html_escape::{encode_double_quoted_attribute, encode_text};
use linkify::{LinkFinder, LinkKind};

/// Paragraphs at empty lines, `<br>` at line breaks, links for http and https addresses; everything
/// else is escaped.
pub(crate) fn to_html(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let paragraphs = text
        .split("\n\n")
        .map(str::trim)
        .filter(|part| !part.is_empty());
    paragraphs
        .map(|part| format!("<p>{}</p>", linked(part)))
        .collect()
}

fn linked(text: &str) -> String {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let escape = |part: &str| encode_text(part).replace('\n', "<br>");
    let spans = finder.spans(text).map(|span| {
        let part = span.as_str();
        // Never another scheme: javascript: and data: stay text.
        if span.kind().is_some() && (part.starts_with("https://") || part.starts_with("http://")) {
            let (href, label) = (encode_double_quoted_attribute(part), escape(part));
            format!("<a href=\"{href}\" rel=\"nofollow noopener noreferrer\" target=\"_blank\">{label}</a>")
        } else {
            escape(part)
        }
    });
    spans.collect()
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn markup_is_shown_and_not_obeyed() {
        assert_eq!(
            to_html("<script>alert(1)</script> & \"x\""),
            "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; \"x\"</p>"
        );
    }

    #[test]
    fn only_web_addresses_become_links() {
        let html = to_html("see https://example.com/?a=1&b=\"2\nor javascript://%0aalert(1)");
        assert!(
            html.contains("<a href=\"https://example.com/?a=1&amp;b="),
            "{html}"
        );
        assert_eq!(html.matches("<a ").count(), 1, "{html}");
    }

    #[test]
    fn lines_and_paragraphs() {
        assert_eq!(to_html("a\r\nb\n\n\n\nc"), "<p>a<br>b</p><p>c</p>");
    }
}
