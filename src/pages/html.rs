//! How a page looks: one small style, every text escaped, a policy that lets in nothing else.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use sha2::{Digest, Sha256};

use crate::model::Colour;
use crate::ocs::branding::Branding;
use crate::ocs::cx::App;
use crate::ocs::service::{Answer, bare};

tokio::task_local! {
    /// How the server looks that answers this request. Refusals are made in many places, which know nothing of it.
    static WORN: Arc<App>;
}

/// Makes a page in the name and colours of a server.
pub async fn wearing<T>(app: Arc<App>, making: impl Future<Output = T>) -> T {
    WORN.scope(app, making).await
}

/// What a page is called and coloured like.
pub struct Theme {
    pub name: String,
    /// On a bright ground, and what can be read on it.
    bright: (Colour, Colour),
    /// On a dark ground.
    dark: (Colour, Colour),
}

impl Theme {
    fn of(branding: &Branding) -> Self {
        let on = |ground: Colour| {
            let colour = branding.colour.standing_out(ground, LEGIBLE);
            (colour, colour.text_on())
        };
        Self {
            name: branding.name.clone(),
            bright: on(Colour::WHITE),
            dark: on(DARK_GROUND),
        }
    }
}

/// How this server looks.
pub fn theme() -> Theme {
    let worn = WORN.try_with(|app| Theme::of(&app.branding));
    worn.unwrap_or_else(|_| Theme::of(&Branding::default()))
}

/// How a text must stand out from its ground, by the web's rules.
const LEGIBLE: f64 = 4.5;
/// What pages stand on in the dark.
const DARK_GROUND: Colour = Colour(0x20, 0x26, 0x2c);

fn style(theme: &Theme) -> String {
    let Theme { bright, dark, .. } = theme;
    format!(
        "\
:root{{color-scheme:light dark;--main:{};--on:{};--page:#eef1f4;--card:#fff;--text:#1b1f23;--soft:#58626c;--line:#8a949e;--wrong:#b3261e}}\
@media(prefers-color-scheme:dark){{:root{{--main:{};--on:{};--page:#14181c;--card:{DARK_GROUND};--text:#eef1f4;--soft:#a8b3bd;--line:#6a7681;--wrong:#ff9d94}}}}\
{LAYOUT}",
        bright.0, bright.1, dark.0, dark.1
    )
}

const LAYOUT: &str = "\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;justify-content:center;padding:1rem;\
font:1rem/1.5 system-ui,sans-serif;background:var(--page);color:var(--text);overflow-wrap:anywhere}\
.brand{margin:0 0 1rem;font-weight:700;font-size:1.25rem;color:var(--main)}\
main{width:100%;max-width:26rem;padding:1.5rem;border-radius:1rem;background:var(--card);box-shadow:0 1px 6px #0004}\
h1{margin:0 0 .75rem;font-size:1.4rem;line-height:1.3}\
h2{margin:1.5rem 0 0;font-size:1.1rem}\
p{margin:.5rem 0}\
a{color:var(--main)}\
label{display:block;margin:.75rem 0 0;font-weight:600}\
input,button,.button{display:block;width:100%;min-height:2.75rem;margin:.25rem 0 0;padding:.5rem .8rem;border:1px solid var(--line);\
border-radius:.6rem;background:transparent;color:inherit;font:inherit}\
input{font-weight:400}\
button,.button{margin-top:.75rem;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}\
.main{border-color:var(--main);background:var(--main);color:var(--on)}\
:focus-visible{outline:3px solid var(--main);outline-offset:2px}\
.wrong{color:var(--wrong);font-weight:600}\
.soft{color:var(--soft);font-size:.9rem}\
.secret{padding:.5rem .8rem;border:1px solid var(--line);border-radius:.6rem;font-family:ui-monospace,monospace;user-select:all}\
details{margin-top:1.25rem}\
summary{min-height:2.75rem;padding:.6rem 0;cursor:pointer;color:var(--soft)}\
section{margin-top:1rem;padding-top:1rem;border-top:1px solid var(--line)}\
section>h2:first-child{margin-top:0}";

/// Where the forms of a page may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leads {
    /// To this server.
    Here,
    /// Also to a client on this device, in the end.
    ToClient,
}

/// What a page may do: wear this style, and send forms.
fn policy(style: &str, leads: Leads) -> Option<HeaderValue> {
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    let form_action = match leads {
        Leads::Here => "'self'",
        Leads::ToClient => "'self' nc:",
    };
    let policy = format!(
        "default-src 'none';style-src 'sha256-{hash}';form-action {form_action};base-uri 'none';frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).ok()
}

/// A piece of a page that is HTML already.
pub struct Html(String);

impl Html {
    /// A paragraph of text.
    pub fn paragraph(text: &str) -> Self {
        Self::tagged("p", "", text)
    }

    /// A remark that need not be read.
    pub fn remark(text: &str) -> Self {
        Self::tagged("p", " class=\"soft\"", text)
    }

    /// What went wrong; read aloud at once.
    pub fn wrong(text: &str) -> Self {
        Self::tagged("p", " class=\"wrong\" role=\"alert\"", text)
    }

    /// A text to be copied.
    pub fn secret(text: &str) -> Self {
        Self::tagged("p", " class=\"secret\"", text)
    }

    /// A heading within a page.
    pub fn heading(text: &str) -> Self {
        Self::tagged("h2", "", text)
    }

    /// A link that looks like a button.
    pub fn button_to(href: &str, text: &str) -> Self {
        Self(format!(
            "<a class=\"button\" href=\"{}\">{}</a>",
            escape(href),
            escape(text)
        ))
    }

    /// Parts that belong together.
    pub fn section(parts: &[Self]) -> Self {
        Self(format!("<section>{}</section>", join(parts)))
    }

    /// Parts that few need, behind a line of text.
    pub fn folded(summary: &str, parts: &[Self]) -> Self {
        Self(format!(
            "<details><summary>{}</summary>{}</details>",
            escape(summary),
            join(parts)
        ))
    }

    fn tagged(tag: &str, attributes: &str, text: &str) -> Self {
        Self(format!("<{tag}{attributes}>{}</{tag}>", escape(text)))
    }
}

fn join(parts: &[Html]) -> String {
    parts.iter().map(|part| part.0.as_str()).collect()
}

/// A form in the making.
pub struct Form(String);

impl Form {
    /// One that changes something.
    pub fn post(action: &str) -> Self {
        Self(format!(
            "<form method=\"post\" action=\"{}\">",
            escape(action)
        ))
    }

    /// One that only leads on.
    pub fn get(action: &str) -> Self {
        Self(format!(
            "<form method=\"get\" action=\"{}\">",
            escape(action)
        ))
    }

    /// A value that is sent along.
    pub fn hidden(mut self, name: &str, value: &str) -> Self {
        self.0.push_str(&format!(
            "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
            escape(value)
        ));
        self
    }

    /// A line to type. `attributes` are the program's own, not a client's.
    pub fn line(mut self, label: &str, name: &str, value: &str, attributes: &str) -> Self {
        self.0.push_str(&format!(
            "<label>{}<input name=\"{name}\" value=\"{}\" {attributes}></label>",
            escape(label),
            escape(value)
        ));
        self
    }

    /// A password to type.
    pub fn password(mut self, label: &str, name: &str, attributes: &str) -> Self {
        self.0.push_str(&format!(
            "<label>{}<input type=\"password\" name=\"{name}\" required maxlength=\"469\" {attributes}></label>",
            escape(label)
        ));
        self
    }

    /// With the button that most will press.
    pub fn submit(mut self, text: &str) -> Html {
        self.0.push_str(&format!(
            "<button class=\"main\">{}</button></form>",
            escape(text)
        ));
        Html(self.0)
    }

    /// With a button beside others.
    pub fn submit_plainly(mut self, text: &str) -> Html {
        self.0
            .push_str(&format!("<button>{}</button></form>", escape(text)));
        Html(self.0)
    }
}

/// What of a page is not its text.
pub struct Frame<'f> {
    pub status: StatusCode,
    pub title: &'f str,
    /// For scripts of clients that read it from here.
    pub request_token: Option<&'f str>,
    pub leads: Leads,
}

/// A whole page.
pub fn page(status: StatusCode, title: &str, parts: &[Html]) -> Answer {
    let frame = Frame {
        status,
        title,
        request_token: None,
        leads: Leads::Here,
    };
    framed(&frame, parts)
}

/// A whole page that says more in its head.
pub fn framed(frame: &Frame<'_>, parts: &[Html]) -> Answer {
    let theme = theme();
    let (title, name, style) = (escape(frame.title), escape(&theme.name), style(&theme));
    let token = match frame.request_token {
        Some(token) => format!(" data-requesttoken=\"{}\"", escape(token)),
        None => String::new(),
    };
    let body = join(parts);
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head{token}><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} – {name}</title>\
         <style>{style}</style></head><body><p class=\"brand\">{name}</p><main><h1>{title}</h1>{body}</main></body></html>\n"
    );
    let mut answer = bare(frame.status);
    *answer.body_mut() = text.into();
    let headers = answer.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=UTF-8"),
    );
    // Without its own the page gets the strictest one, as every answer.
    if let Some(policy) = policy(&style, frame.leads) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
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
        StatusCode::PRECONDITION_FAILED => (
            "This page is too old",
            "Go back, load the page again and repeat what you did.",
        ),
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

    #[test]
    fn what_is_sent_along_stays_in_its_quotes() {
        let form = Form::post("/x\"y").hidden("a", "\"><script>").submit("Go<");
        assert_eq!(
            form.0,
            "<form method=\"post\" action=\"/x&quot;y\"><input type=\"hidden\" name=\"a\" \
             value=\"&quot;&gt;&lt;script&gt;\"><button class=\"main\">Go&lt;</button></form>"
        );
    }
}
