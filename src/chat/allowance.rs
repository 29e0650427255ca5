//! What administrators allow an account: to use Talk at all, and to make conversations.
//!
//! Both are a matter of the groups that the account is in. Where nobody is restricted nothing is
//! looked up. Source: server.md 13.4; conversations.md 3.4, 5.1.

use super::Chat;
use super::error::Error;
use super::policy::Policy;
use super::transaction::View;
use crate::model::{Group, User};

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Use Talk.
    pub talk: bool,
    /// Make group and public conversations.
    pub create_rooms: bool,
}

impl Allowance {
    /// What everybody may where administrators have not decided otherwise.
    pub const EVERYTHING: Self = Self {
        talk: true,
        create_rooms: true,
    };

    fn under(policy: &Policy, groups: &[Group]) -> Self {
        let is_named = |names: &[String]| {
            names.is_empty() || groups.iter().any(|group| names.contains(&group.id))
        };
        Self {
            talk: is_named(&policy.allowed_groups),
            create_rooms: is_named(&policy.start_conversations),
        }
    }
}

impl Chat {
    /// What this account may do; from memory if possible.
    pub async fn allowance(&self, user: &User) -> Result<Allowance, Error> {
        if restricts_nobody(&self.policy()) {
            return Ok(Allowance::EVERYTHING);
        }
        if let Some(known) = self.memory.allowance(&user.id) {
            return Ok(known);
        }
        let stamp = self.memory.stamp();
        let asker = user.clone();
        let found = self.read(move |view| find(view, &asker)).await?;
        self.memory.remember_allowance(stamp, &user.id, found);
        Ok(found)
    }
}

/// What this account may do, as the transaction sees it.
pub fn find(view: &View<'_>, user: &User) -> Result<Allowance, Error> {
    let policy = view.memory.policy();
    if restricts_nobody(&policy) {
        return Ok(Allowance::EVERYTHING);
    }
    let groups = view.tx.groups_of(user.number)?;
    Ok(Allowance::under(&policy, &groups))
}

fn restricts_nobody(policy: &Policy) -> bool {
    policy.allowed_groups.is_empty() && policy.start_conversations.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::policy::stored_name;

    #[test]
    fn a_member_of_any_named_group_is_allowed_and_an_empty_list_names_everybody() {
        let lists = [
            // allowed_groups, start_conversations, groups of the account, talk, create
            ("[]", "[]", &[][..], true, true),
            ("[]", r#"["staff"]"#, &[], true, false),
            ("[]", r#"["board","staff"]"#, &["staff"], true, true),
            (r#"["staff"]"#, "[]", &["guild"], false, true),
            (r#"["staff"]"#, r#"["board"]"#, &["staff"], true, false),
            (r#"["Staff"]"#, "[]", &["staff"], false, true),
            ("not a list", "[]", &["staff"], false, true),
        ];
        for (allowed, starting, groups, talk, create_rooms) in lists {
            let settings = [
                (stored_name("spreed", "allowed_groups"), allowed.to_owned()),
                (
                    stored_name("spreed", "start_conversations"),
                    starting.to_owned(),
                ),
            ];
            let groups: Vec<Group> = groups
                .iter()
                .map(|id| Group {
                    id: (*id).to_owned(),
                    display_name: "A group".to_owned(),
                })
                .collect();
            let found = Allowance::under(&Policy::of(&settings, false), &groups);
            let expected = Allowance { talk, create_rooms };
            assert_eq!(found, expected, "{allowed} {starting} {groups:?}");
        }
    }
}
