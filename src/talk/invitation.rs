//! Letters to e-mail guests: send again, invite a whole list. Rules: `chat::invitation`.

use crate::chat::invitation::Import;
use crate::http::form::{BadField, Fields};
use crate::model::AttendeeId;
use crate::ocs::failure::ImportCounts;
use crate::ocs::{Cx, Failure, Form, LoggedInModerator, Reply, Routes, logged_in_moderator};

pub fn routes(r: &mut Routes) {
    r.add(
        "POST",
        "/api/v4/room/{token}/participants/resend-invitations",
        logged_in_moderator(),
        resend,
    )
    .shows::<()>();
    r.add(
        "POST",
        "/api/v4/room/{token}/import-emails",
        logged_in_moderator(),
        import,
    )
    .shows::<ImportCounts<'static>>();
}

/// One member, or all.
struct Resend(Option<AttendeeId>);

impl Form for Resend {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self(fields.optional_int("attendeeId").map(AttendeeId)))
    }
}

/// An uploaded list. Where its links lead, the handler adds.
impl Form for Import {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            file: fields.upload("file").map(|file| file.bytes.to_vec()),
            test_run: fields.flag_or("testRun", false),
            base_url: String::new(),
        })
    }
}

/// Send invitations again.
///
/// Shape: null. Errors: `TargetNotFound` 404. Source: conversations.md 4.13.
async fn resend(
    cx: Cx,
    LoggedInModerator(at): LoggedInModerator,
    Resend(target): Resend,
) -> Result<Reply, Failure> {
    cx.chat()
        .resend_invitations(&at, target, &cx.base_url)
        .await?;
    Ok(Reply::null(&cx))
}

/// Invite everybody on a list.
///
/// Shape: `invites`, `duplicates` and the conversation's `type`. Errors: `room` 400, `ImportRefused` 400.
/// Source: conversations.md 3.14.
async fn import(
    cx: Cx,
    LoggedInModerator(at): LoggedInModerator,
    mut form: Import,
) -> Result<Reply, Failure> {
    cx.base_url.as_ref().clone_into(&mut form.base_url);
    let report = cx.chat().import_addresses(&at, form).await?;
    Ok(Reply::ok(&cx, &ImportCounts::of(&report)))
}
