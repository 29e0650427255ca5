//! What an account does with single notices: looks at one, asks which are still there, dismisses them.
//! Source: server.md 11.4.

use super::Chat;
use super::error::Error;
use super::notice::{ShownNotice, show};
use crate::model::User;

/// Notices that a client may ask for at once.
const MAX_ASKED: usize = 200;

impl Chat {
    /// One thing that the account is told. Errors: `NoticeNotFound`.
    pub async fn notice(&self, user: &User, id: i64) -> Result<ShownNotice, Error> {
        let user = user.id.clone();
        self.read(move |view| {
            let notice = view.tx.find_notice(&user, id)?;
            let notice = notice.ok_or(Error::NoticeNotFound)?;
            show(view, &user, notice)?.ok_or(Error::NoticeNotFound)
        })
        .await
    }

    /// Which of these the account is still told. Errors: `TooManyNotices`.
    pub async fn existing_notices(&self, user: &User, ids: Vec<i64>) -> Result<Vec<i64>, Error> {
        if ids.len() > MAX_ASKED {
            return Err(Error::TooManyNotices);
        }
        let user = user.id.clone();
        self.read(move |view| {
            let mut existing = Vec::new();
            for id in ids {
                let Some(notice) = view.tx.find_notice(&user, id)? else {
                    continue;
                };
                if show(view, &user, notice)?.is_some() {
                    existing.push(id);
                }
            }
            Ok(existing)
        })
        .await
    }

    /// The account wants to hear of this no more, or was never told. Errors: `NoticeNotFound` (0).
    pub async fn dismiss_notice(&self, user: &User, id: i64) -> Result<(), Error> {
        if id == 0 {
            return Err(Error::NoticeNotFound);
        }
        let user = user.id.clone();
        self.write(move |act| Ok(act.tx.delete_notice(&user, id)?))
            .await
    }

    /// The account wants to hear of nothing that it was told so far.
    pub async fn dismiss_all_notices(&self, user: &User) -> Result<(), Error> {
        let user = user.id.clone();
        self.write(move |act| Ok(act.tx.delete_all_notices(&user)?))
            .await
    }
}
