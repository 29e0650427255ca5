//! How a page looks: one small style, every text escaped, a policy that lets in nothing else.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use sha2::{Digest, Sha256};

use crate::ocs::service::{Answer, bare};

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:0 auto;padding:2rem 1rem;overflow-wrap:anywhere}\
h1{font-size:1.4rem}\
label{display:block}\
input,button{font:inherit;box-sizing:border-box;width:100%;padding:.6rem;margin:.3rem 0 .6rem;border:1px solid;border-radius:.4rem}\
.wrong{font-weight:bold}";

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none';style-src 'sha256-{hash}';form-action 'self';base-uri 'none';frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("base64 fits into a header")
});

/// A piece of a page that is HTML already.
pub struct Html(String);

impl Html {
    /// A paragraph of text.
    pub fn paragraph(text: &str) -> Self {
        Self(format!("<p>{}</p>", escape(text)))
    }

    /// A form that sends `password` back to the room at `token`.
    pub fn password_form(token: &str, was_wrong: bool) -> Self {
        let wrong = if was_wrong {
            "<p class=\"wrong\">This is not the password.</p>"
        } else {
            ""
        };
        Self(format!(
            "{wrong}<form method=\"post\" action=\"{}\"><label>Password<input type=\"password\" name=\"password\" \
             required autofocus autocomplete=\"current-password\"></label><button>Continue</button></form>",
            escape(token)
        ))
    }
}

/// A whole page.
pub fn page(status: StatusCode, title: &str, parts: &[Html]) -> Answer {
    let title = escape(title);
    let body: String = parts.iter().map(|part| part.0.as_str()).collect();
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>\n"
    );
    let mut answer = bare(status);
    *answer.body_mut() = text.into();
    let headers = answer.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=UTF-8"),
    );
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    answer
}

/// A page that says no more than that there is nothing to see.
pub fn refusal(status: StatusCode) -> Answer {
    let (title, text) = match status {
        StatusCode::NOT_FOUND => (
            "Nothing to see here",
            "There is nothing at this address, or it is open to members only. If you are one of them, open it in your app.",
        ),
        StatusCode::FORBIDDEN => (
            "This invitation is not valid",
            "The link is incomplete, or you are not invited any more. Ask whoever sent it for a new one.",
        ),
        StatusCode::UNAUTHORIZED => ("Not logged in", "Name or password is wrong."),
        StatusCode::TOO_MANY_REQUESTS => (
            "Too many attempts",
            "Too many came from your network. Try again in half an hour.",
        ),
        StatusCode::SERVICE_UNAVAILABLE => ("Busy", "Try again in a moment."),
        _ => ("Something went wrong", "Try again later."),
    };
    page(status, title, &[Html::paragraph(text)])
}

/// Text that can stand in HTML, in attributes too.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_become_a_tag_or_leave_its_quotes() {
        assert_eq!(
            escape("<b class=\"x\" id='y'>&amp;"),
            "&lt;b class=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;"
        );
    }
}
