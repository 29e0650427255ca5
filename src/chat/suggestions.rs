//! Whom one may mention here. Source: chat.md 7; the order is `suggestion`'s.

use super::Chat;
use super::admission::Participation;
use super::error::Error;
use super::one_to_one::Pair;
use super::presence::Status;
use super::suggestion::{Candidate, Source, offers_everyone, rank};
use super::transaction::View;
use crate::model::{Actor, ActorKind, MessageId, Room, RoomKind, UserId};

/// What to offer.
#[derive(Debug, Clone)]
pub struct Suggestions {
    pub people: Vec<Suggested>,
    pub everyone: Option<Everyone>,
}

/// Somebody, with what is said of their whereabouts if that was asked for.
#[derive(Debug, Clone)]
pub struct Suggested {
    pub candidate: Candidate,
    pub status: Option<Status>,
}

/// Whom to suggest.
#[derive(Debug, Clone)]
pub struct Search {
    pub text: String,
    pub limit: usize,
    /// Only accounts see how others are.
    pub with_statuses: bool,
}

/// The entry that mentions all.
#[derive(Debug, Clone)]
pub struct Everyone {
    /// The conversation's display name.
    pub label: String,
    /// Accounts that are owner, moderator or user.
    pub participants: i64,
}

impl Chat {
    /// People whose id or name contains what is searched, and perhaps everybody.
    pub async fn suggest_mentions(
        &self,
        at: &Participation,
        search: Search,
    ) -> Result<Suggestions, Error> {
        let label = self.room_of(at).await?.display_name;
        let at = at.clone();
        self.read(move |view| {
            let room = at.room();
            let people = rank(candidates(view, &at)?, &search.text, search.limit);
            let with_statuses = search.with_statuses && at.caller.user.is_some();
            let may_mention_all =
                !room.mentions_by_moderators_only || at.attendee().role.moderates();
            let everyone = (room.kind != RoomKind::OneToOne
                && may_mention_all
                && offers_everyone(&search.text, &label))
            .then(|| {
                Ok::<_, Error>(Everyone {
                    label,
                    participants: view.tx.counts(room.id)?.users,
                })
            })
            .transpose()?;
            let people = people.into_iter().map(|candidate| {
                let status = match candidate.source {
                    Source::Users if with_statuses => {
                        Status::of(view, &UserId(candidate.id.clone()))?
                    }
                    _ => None,
                };
                Ok(Suggested { candidate, status })
            });
            let people: Result<Vec<_>, Error> = people.collect();
            Ok(Suggestions {
                people: people?,
                everyone,
            })
        })
        .await
    }
}

/// Everybody who could be mentioned, in the order of joining.
fn candidates(view: &View<'_>, at: &Participation) -> Result<Vec<Candidate>, Error> {
    let room: &Room = at.room();
    let spoken = view.tx.last_comments(room.id)?;
    let last_comment = |actor: &Actor| spoken.get(actor).map_or(0, |id: &MessageId| id.0);
    if let RoomKind::OneToOne = room.kind
        && let Some(pair) = Pair::find(view, room)?
    {
        let both = pair.both().iter().map(|one| {
            let actor = Actor::user(&one.id);
            Candidate {
                source: Source::Users,
                id: one.id.0.clone(),
                label: one.name.clone(),
                last_comment: last_comment(&actor),
                is_caller: actor == *at.actor(),
                address: None,
            }
        });
        return Ok(both.collect());
    }
    let moderates = at.attendee().role.moderates();
    let sessions = view.tx.sessions(room.id)?;
    let is_here = |id| sessions.iter().any(|session| session.attendee == id);
    let mut candidates = Vec::new();
    for attendee in view.tx.attendees(room.id)? {
        let unnamed_guest =
            attendee.actor.kind == ActorKind::Guests && attendee.display_name.is_empty();
        if unnamed_guest && !is_here(attendee.id) {
            // Nobody would know whom "Guest" means.
            continue;
        }
        let source = match attendee.actor.kind {
            ActorKind::Users => Source::Users,
            ActorKind::Groups => Source::Groups,
            ActorKind::Guests => Source::Guests,
            ActorKind::Emails => Source::Emails,
            ActorKind::FederatedUsers => Source::FederatedUsers,
            ActorKind::Circles => Source::Teams,
            ActorKind::Bots | ActorKind::Bridged | ActorKind::Phones => continue,
        };
        let shows_address = moderates && !attendee.invited_address.is_empty();
        candidates.push(Candidate {
            source,
            last_comment: last_comment(&attendee.actor),
            is_caller: attendee.actor == *at.actor(),
            address: shows_address.then_some(attendee.invited_address),
            id: attendee.actor.id,
            label: attendee.display_name,
        });
    }
    Ok(candidates)
}
