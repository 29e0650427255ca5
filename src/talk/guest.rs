//! A guest's own name. Rules: `chat::participant`.

use crate::http::form::{BadField, Fields};
use crate::ocs::{Cx, Failure, Form, Participant, Reply, Routes, participant};

pub fn routes(r: &mut Routes) {
    r.add(
        "POST",
        "/api/v1/guest/{token}/name",
        participant(),
        set_name,
    )
    .shows::<()>();
}

/// The name; it may be empty.
struct Name(String);

impl Form for Name {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text("displayName").map(Self)
    }
}

/// Shape: null. Errors: `NotAGuest` 403, `value` 400. Source: conversations.md 4.2.
async fn set_name(
    cx: Cx,
    Participant(at): Participant,
    Name(name): Name,
) -> Result<Reply, Failure> {
    cx.chat().set_guest_name(&at, name).await?;
    Ok(Reply::null(&cx))
}
