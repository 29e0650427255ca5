//! One-to-ones: two accounts, named in the room's name, each of whom comes back with the next message.

use super::error::Error;
use super::transaction::{Act, View};
use super::user_avatar;
use crate::model::{Actor, MessageId, Role, Room, RoomKind, UserId};

/// One of the two accounts of a one-to-one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    pub id: UserId,
    /// The name it goes by.
    pub name: String,
    /// The version of its picture, if that was uploaded.
    portrait: Option<String>,
}

impl Partner {
    /// Changes with the picture that the other one sees.
    pub fn look(&self) -> String {
        user_avatar::look_of(self.portrait.as_deref(), &self.name)
    }
}

/// The two accounts of a one-to-one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair([Partner; 2]);

impl Pair {
    /// The pair of a one-to-one; `None` if its name is not one (a former one-to-one).
    pub fn find(view: &View<'_>, room: &Room) -> Result<Option<Self>, Error> {
        let Some(ids) = ids(&room.name) else {
            return Ok(None);
        };
        let [one, two] = ids.map(|id| -> Result<Partner, Error> {
            Ok(match view.user(id.as_str())? {
                Some(user) => Partner {
                    id,
                    name: user.display_name.clone(),
                    portrait: user.portrait.clone(),
                },
                None => Partner {
                    name: id.0.clone(),
                    id,
                    portrait: None,
                },
            })
        });
        Ok(Some(Self([one?, two?])))
    }

    /// The other one, as seen by `user`.
    pub fn other_than(&self, user: &UserId) -> &Partner {
        let [one, two] = &self.0;
        if one.id == *user { two } else { one }
    }

    /// Both.
    pub fn both(&self) -> &[Partner; 2] {
        &self.0
    }

    /// Whether `user` is one of them.
    pub fn has(&self, user: &UserId) -> bool {
        self.0.iter().any(|one| one.id == *user)
    }
}

/// The stored name of the one-to-one of two accounts: a JSON list of their ids, sorted.
pub fn pair_name(one: &UserId, two: &UserId) -> String {
    let mut ids = [one.as_str(), two.as_str()];
    ids.sort_unstable();
    // Ids hold letters, digits, spaces and `_.@-'`, none of which JSON escapes.
    format!("[\"{}\",\"{}\"]", ids[0], ids[1])
}

fn ids(name: &str) -> Option<[UserId; 2]> {
    let inner = name.strip_prefix("[\"")?.strip_suffix("\"]")?;
    let (one, two) = inner.split_once("\",\"")?;
    Some([UserId(one.to_owned()), UserId(two.to_owned())])
}

/// Adds whichever of the two is missing, silently, as long as the account exists.
pub fn refill(act: &mut Act<'_>, room: &Room) -> Result<(), Error> {
    if room.kind != RoomKind::OneToOne {
        return Ok(());
    }
    let Some(ids) = ids(&room.name) else {
        return Ok(());
    };
    for id in ids {
        let actor = Actor::user(&id);
        if act.tx.find_attendee(room.id, &actor)?.is_some() {
            continue;
        }
        let Some(user) = act.view().user(id.as_str())? else {
            continue;
        };
        let before = act.tx.pulse(room.id)?.last_message;
        let marker = before.max(MessageId::NONE);
        super::membership::seat_user(act, room, &user, Role::Owner, marker)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_name_whoever_asks() {
        let (alice, bob) = (UserId("alice".into()), UserId("bob o'neil".into()));
        assert_eq!(pair_name(&bob, &alice), r#"["alice","bob o'neil"]"#);
        assert_eq!(pair_name(&bob, &alice), pair_name(&alice, &bob));
        assert_eq!(ids(&pair_name(&bob, &alice)), Some([alice, bob]));
        assert_eq!(ids("Former friend"), None);
    }
}
