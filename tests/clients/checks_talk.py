"""nc_py_api's Talk API against Chinwag: conversations, people, chat, reactions, polls, avatars."""

import asyncio
import base64
import time

from nc_py_api.talk import (
    AttendeePermissions,
    BreakoutRoomMode,
    BreakoutRoomStatus,
    CallRecordingStatus,
    ConversationType,
    InCallFlags,
    ListableScope,
    NotificationLevel,
    ParticipantType,
    SipEnabledStatus,
    WebinarLobbyStates,
)

from server import display_name
from table import check, equal, go, missing, reads, refused

# A white square, 2 by 2.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAADklEQVR42mP4DwYMEAoAU7oL9YXEbhEAAAAASUVORK5CYII="
)
ALL = AttendeePermissions(254)


async def group(world, name, *members):
    """A group conversation of alice's with these members."""
    room = await go(world.alice.talk.create_conversation(ConversationType.GROUP, room_name=name))
    for member in members:
        await world.adds(room.token, member)
    return room


@check("talk.available", "talk.bots_available")
async def talk_is_there(world):
    assert await go(world.alice.talk.available) is True
    assert await go(world.alice.talk.bots_available) is True


@check("talk.create_conversation")
async def conversations_of_each_kind_are_made(world):
    talk = world.alice.talk
    plain = reads(await go(talk.create_conversation(ConversationType.GROUP, room_name="Tea at four")))
    equal(plain["conversation_type"], ConversationType.GROUP)
    equal(plain["display_name"], "Tea at four")
    equal(plain["name"], "Tea at four")
    equal(plain["participant_type"], ParticipantType.OWNER)
    equal((plain["actor_type"], plain["actor_id"]), ("users", "alice"))
    equal(plain["permissions"], ALL)
    equal(plain["attendee_permissions"], AttendeePermissions.DEFAULT)
    equal(plain["call_permissions"], AttendeePermissions.DEFAULT)
    equal(plain["default_permissions"], AttendeePermissions.DEFAULT)
    equal(plain["participant_flags"], InCallFlags.DISCONNECTED)
    equal(plain["call_flag"], InCallFlags.DISCONNECTED)
    equal(plain["listable"], ListableScope.PARTICIPANTS_ONLY)
    equal(plain["notification_level"], NotificationLevel.NOTIFY_ON_MENTION)
    equal(plain["lobby_state"], WebinarLobbyStates.NO_LOBBY)
    equal(plain["sip_enabled"], SipEnabledStatus.DISABLED)
    equal(plain["breakout_room_mode"], BreakoutRoomMode.NOT_CONFIGURED)
    equal(plain["breakout_room_status"], BreakoutRoomStatus.STOPPED)
    equal(plain["recording_status"], CallRecordingStatus.NO_RECORDING)
    for off in ("has_password", "has_call", "is_favorite", "read_only", "unread_mention", "unread_mention_direct",
                "can_start_call", "can_enable_sip", "is_custom_avatar"):
        assert plain[off] is False, f"{off} is {plain[off]}"
    assert plain["can_delete_conversation"] is True and plain["can_leave_conversation"] is True
    for number in ("lobby_timer", "message_expiration", "unread_messages_count", "call_start_time"):
        equal(plain[number], 0)
    equal((plain["attendee_pin"], plain["description"], plain["status_clear_at"]), ("", "", None))
    assert plain["attendee_id"] > 0 and plain["conversation_id"] > 0 and plain["avatar_version"]
    assert abs(plain["last_activity"] - time.time()) < 60
    equal(plain["last_message"].system_message, "conversation_created")

    direct = await go(talk.create_conversation(ConversationType.ONE_TO_ONE, invite="bob"))
    equal(direct.conversation_type, ConversationType.ONE_TO_ONE)
    equal((direct.name, direct.display_name), ("bob", display_name("bob")))
    equal(direct.notification_level, NotificationLevel.ALWAYS_NOTIFY)
    assert direct.can_delete_conversation is False and direct.can_leave_conversation is True
    again = await go(talk.create_conversation(ConversationType.ONE_TO_ONE, invite="bob"))
    equal(again.token, direct.token)

    public = await go(talk.create_conversation(ConversationType.PUBLIC, room_name="Garden"))
    equal(public.conversation_type, ConversationType.PUBLIC)

    invited = await go(
        talk.create_conversation(ConversationType.GROUP, invite="office", source="groups", room_name="Office")
    )
    members = {person.actor_id for person in await go(talk.list_participants(invited))}
    assert {"alice", "bob", "office"} <= members, members


@check("talk.create_conversation")
async def what_cannot_be_made_is_refused(world):
    talk = world.alice.talk
    await refused(404, talk.create_conversation, ConversationType.ONE_TO_ONE, invite="nobody")
    await refused(400, talk.create_conversation, ConversationType.CHANGELOG, room_name="x")
    await refused(400, talk.create_conversation, ConversationType.GROUP, room_name="x" * 256)
    breakout = {"room_name": "Breakout", "object_type": "room", "object_id": "nowhere1"}
    await refused(400, talk.create_conversation, ConversationType.GROUP, **breakout)


@check("talk.get_user_conversations")
async def conversations_are_listed_and_later_only_what_changed(world):
    bob = world.bob.talk
    quiet = await group(world, "Quiet", "bob")
    loud = await group(world, "Loud", "bob")

    listed = await go(bob.get_user_conversations(include_status=True))

    for one in listed:
        reads(one)
    tokens = [one.token for one in listed]
    assert quiet.token in tokens and loud.token in tokens
    equal(len(bob.config_sha), 40)
    assert abs(bob.modified_since - time.time()) < 60
    # The moment is in whole seconds: what happened in the same second as the list may be told twice.
    await asyncio.sleep(1.1)
    await go(bob.get_user_conversations())
    await asyncio.sleep(1.1)
    sent = await go(world.alice.talk.send_message("Loud enough?", loud))
    changed = await go(bob.get_user_conversations(no_status_update=False, modified_since=True))
    equal([one.token for one in changed], [loud.token])
    equal(changed[0].last_message.message_id, sent.message_id)
    equal(changed[0].unread_messages_count, 1)
    far = await go(bob.get_user_conversations(modified_since=int(time.time()) + 3600))
    equal(far, [])


@check("talk.get_conversation_by_token")
async def one_conversation_is_looked_at(world):
    room = await group(world, "Looked at", "bob")
    await go(world.alice.talk.send_message("@bob look", room))
    seen = reads(await go(world.bob.talk.get_conversation_by_token(room.token)))
    equal(seen["participant_type"], ParticipantType.USER)
    equal(seen["display_name"], "Looked at")
    assert seen["unread_mention"] is True and seen["unread_mention_direct"] is True
    assert seen["unread_messages_count"] >= 1
    assert seen["last_read_message"] < seen["last_message"].message_id
    assert isinstance(seen["last_common_read_message"], int)
    assert seen["can_leave_conversation"] is True and seen["can_delete_conversation"] is False
    equal((await go(world.bob.talk.get_conversation_by_token(room))).token, room.token)
    equal(len(world.bob.talk.config_sha), 40)
    await refused(404, world.carol.talk.get_conversation_by_token, room.token)
    await refused(404, world.bob.talk.get_conversation_by_token, "nowhere1")


@check("talk.list_participants")
async def participants_are_listed(world):
    room = await group(world, "People", "bob")
    for with_status in (False, True):
        people = await go(world.bob.talk.list_participants(room.token, include_status=with_status))
        seen = {person.actor_id: reads(person) for person in people}
        equal(set(seen), {"alice", "bob"})
        equal(seen["alice"]["participant_type"], ParticipantType.OWNER)
        equal(seen["bob"]["participant_type"], ParticipantType.USER)
        equal(seen["bob"]["display_name"], display_name("bob"))
        equal(seen["bob"]["actor_type"], "users")
        equal(seen["bob"]["permissions"], AttendeePermissions(246))
        equal(seen["bob"]["attendee_permissions"], AttendeePermissions.DEFAULT)
        equal(seen["bob"]["participant_flags"], InCallFlags.DISCONNECTED)
        equal((seen["bob"]["session_ids"], seen["bob"]["last_ping"]), ([], 0))
        equal(seen["bob"]["breakout_token"], room.token)
    await world.joins("bob", room.token)
    people = await go(world.alice.talk.list_participants(room))
    sessions = next(person.session_ids for person in people if person.actor_id == "bob")
    assert len(sessions) == 1 and len(sessions[0]) >= 64, sessions
    await refused(404, world.carol.talk.list_participants, room)


@check("talk.rename_conversation", "talk.set_conversation_description")
async def a_conversation_gets_another_name_and_a_description(world):
    talk = world.alice.talk
    room = await group(world, "Before", "bob")
    await go(talk.rename_conversation(room, "After"))
    await go(talk.set_conversation_description(room, "About *tea*"))
    seen = await go(talk.get_conversation_by_token(room))
    equal((seen.name, seen.display_name, seen.description), ("After", "After", "About *tea*"))
    await go(talk.set_conversation_description(room.token, ""))
    equal((await go(talk.get_conversation_by_token(room))).description, "")
    await refused(400, talk.rename_conversation, room, "   ")
    await refused(400, talk.set_conversation_description, room, "x" * 2001)
    await refused(403, world.bob.talk.rename_conversation, room, "Mine")
    await refused(403, world.bob.talk.set_conversation_description, room, "Mine")


@check("talk.set_conversation_fav")
async def a_favourite_is_one_for_oneself_only(world):
    room = await group(world, "Favourite", "bob")
    for favorite in (True, True, False, False):
        await go(world.alice.talk.set_conversation_fav(room, favorite))
        equal((await go(world.alice.talk.get_conversation_by_token(room))).is_favorite, favorite)
        equal((await go(world.bob.talk.get_conversation_by_token(room))).is_favorite, False)


@check("talk.set_conversation_password", "talk.set_conversation_public")
async def a_conversation_is_opened_and_gets_a_password(world):
    talk = world.alice.talk
    room = await group(world, "Opened", "bob")
    await refused(400, talk.set_conversation_password, room, "biscuits")
    await go(talk.set_conversation_public(room, True))
    await go(talk.set_conversation_password(room, "biscuits"))
    seen = await go(talk.get_conversation_by_token(room))
    equal((seen.conversation_type, seen.has_password), (ConversationType.PUBLIC, True))
    await go(talk.set_conversation_password(room, ""))
    equal((await go(talk.get_conversation_by_token(room))).has_password, False)
    await go(talk.set_conversation_public(room, False))
    equal((await go(talk.get_conversation_by_token(room))).conversation_type, ConversationType.GROUP)
    await refused(403, world.bob.talk.set_conversation_public, room, True)


@check("talk.set_conversation_readonly")
async def a_locked_conversation_takes_no_messages(world):
    room = await group(world, "Locked", "bob")
    await go(world.alice.talk.set_conversation_readonly(room, True))
    equal((await go(world.bob.talk.get_conversation_by_token(room))).read_only, True)
    await refused(403, world.bob.talk.send_message, "May I?", room)
    await go(world.alice.talk.set_conversation_readonly(room, False))
    equal((await go(world.bob.talk.send_message("I may.", room))).message, "I may.")
    await refused(403, world.bob.talk.set_conversation_readonly, room, True)


@check("talk.set_conversation_notify_lvl")
async def each_level_of_notification_is_kept(world):
    room = await group(world, "Levels")
    for level in (NotificationLevel.ALWAYS_NOTIFY, NotificationLevel.NEVER_NOTIFY, NotificationLevel.NOTIFY_ON_MENTION):
        await go(world.alice.talk.set_conversation_notify_lvl(room, level))
        equal((await go(world.alice.talk.get_conversation_by_token(room))).notification_level, level)
    await refused(400, world.alice.talk.set_conversation_notify_lvl, room, 7)


@check("talk.leave_conversation", "talk.delete_conversation")
async def conversations_are_left_and_deleted(world):
    room = await group(world, "Ending", "bob")
    await refused(403, world.bob.talk.delete_conversation, room)
    await refused(400, world.alice.talk.leave_conversation, room)
    await go(world.bob.talk.leave_conversation(room))
    await refused(404, world.bob.talk.get_conversation_by_token, room)
    equal([person.actor_id for person in await go(world.alice.talk.list_participants(room))], ["alice"])
    await go(world.alice.talk.delete_conversation(room))
    await refused(404, world.alice.talk.get_conversation_by_token, room)
    direct = await go(world.alice.talk.create_conversation(ConversationType.ONE_TO_ONE, invite="carol"))
    await refused(400, world.alice.talk.delete_conversation, direct)
    await go(world.alice.talk.leave_conversation(direct))
    assert direct.token not in [one.token for one in await go(world.alice.talk.get_user_conversations())]


@check("talk.send_message")
async def messages_are_sent(world):
    room = await group(world, "Sending", "bob")
    first = await go(world.alice.talk.send_message("Is there **tea**, @bob?", room, actor_display_name="ignored"))
    seen = reads(first)
    equal(seen["token"], room.token)
    equal((seen["actor_type"], seen["actor_id"]), ("users", "alice"))
    equal(seen["actor_display_name"], display_name("alice"))
    equal((seen["system_message"], seen["message_type"]), ("", "comment"))
    equal(seen["message"], "Is there **tea**, {mention-user1}?")
    mention = seen["message_parameters"]["mention-user1"]
    equal((mention["type"], mention["id"], mention["name"]), ("user", "bob", display_name("bob")))
    assert seen["is_replyable"] is True and seen["markdown"] is True
    equal(len(seen["reference_id"]), 64)
    equal((seen["expiration_timestamp"], seen["reactions"], seen["reactions_self"], seen["parent"]), (0, {}, [], []))
    assert abs(seen["timestamp"] - time.time()) < 60 and "author=" + display_name("alice") in repr(first)

    by_message = await go(world.bob.talk.send_message("There is.", room, reply_to_message=first, silent=True))
    by_number = await go(world.bob.talk.send_message("Still.", room.token, reply_to_message=first.message_id))
    for answer in (by_message, by_number):
        equal(answer.parent["id"], first.message_id)
        equal(answer.parent["message"], first.message)
    assert by_message.reference_id != by_number.reference_id


@check("talk.send_message")
async def what_cannot_be_sent_is_refused(world):
    room = await group(world, "Refusing", "bob")
    await refused(400, world.alice.talk.send_message, "", room)
    await refused(413, world.alice.talk.send_message, "x" * 32001, room)
    await refused(400, world.alice.talk.send_message, "To whom?", room, reply_to_message=999999999)
    await refused(404, world.carol.talk.send_message, "Me too", room)
    try:
        await go(world.alice.talk.send_message("Where to?"))
    except ValueError:
        pass
    else:
        raise AssertionError("the library wants a conversation")


@check("talk.send_file")
async def files_are_said_to_be_missing(world):
    room = await group(world, "Files")
    await missing("files_sharing.api_enabled", world.alice.talk.send_file, "/cake.png", room)


@check("talk.receive_messages")
async def messages_are_received(world):
    room = await group(world, "Receiving", "bob")
    sent = [(await go(world.alice.talk.send_message(f"Cup {number}", room))).message_id for number in range(3)]

    newest_first = await go(world.bob.talk.receive_messages(room, limit=3))
    equal([message.message_id for message in newest_first], sent[::-1])
    for message in newest_first:
        reads(message)
    oldest_first = await go(world.bob.talk.receive_messages(room.token, look_in_future=True, timeout=1))
    numbers = [message.message_id for message in oldest_first]
    equal(numbers, sorted(numbers))
    equal(numbers[-3:], sent)
    everything = await go(world.bob.talk.receive_messages(room, no_status_update=False))
    equal(everything[-1].system_message, "conversation_created")
    equal((everything[-1].message_type, everything[-1].is_replyable), ("system", False))
    await refused(404, world.carol.talk.receive_messages, room)


@check("talk.delete_message")
async def a_message_is_deleted(world):
    room = await group(world, "Deleting", "bob")
    mine = await go(world.bob.talk.send_message("Oops", room))
    told = await go(world.bob.talk.delete_message(mine))
    equal((told.system_message, told.message_type), ("message_deleted", "system"))
    equal(told.parent["id"], mine.message_id)
    equal((told.parent["messageType"], told.parent["message"]), ("comment_deleted", "Message deleted by you"))
    other = await go(world.alice.talk.send_message("Not yours", room))
    await refused(403, world.bob.talk.delete_message, other.message_id, room)
    await refused(404, world.bob.talk.delete_message, "999999999", room)
    equal((await go(world.alice.talk.delete_message(str(other.message_id), room.token))).parent["id"], other.message_id)


@check("talk.react_to_message", "talk.delete_reaction", "talk.get_message_reactions")
async def reactions_come_and_go(world):
    room = await group(world, "Reacting", "bob")
    message = await go(world.alice.talk.send_message("Cake?", room))
    await go(world.alice.talk.react_to_message(message, "🎂"))
    after = await go(world.bob.talk.react_to_message(message.message_id, "🎂", room))
    await go(world.bob.talk.react_to_message(message, "🫖"))

    equal(list(after), ["🎂"])
    equal({one.actor_id for one in after["🎂"]}, {"alice", "bob"})
    for one in after["🎂"]:
        seen = reads(one)
        equal(seen["actor_type"], "users")
        equal(seen["actor_display_name"], display_name(seen["actor_id"]))
        assert abs(seen["timestamp"] - time.time()) < 60
    every = await go(world.alice.talk.get_message_reactions(message))
    equal({emoji: len(who) for emoji, who in every.items()}, {"🎂": 2, "🫖": 1})
    only = await go(world.alice.talk.get_message_reactions(message.message_id, "🫖", room.token))
    equal([(emoji, who[0].actor_id) for emoji, who in only.items()], [("🫖", "bob")])
    listed = (await go(world.bob.talk.receive_messages(room, limit=10)))
    seen = next(one for one in listed if one.message_id == message.message_id)
    equal(seen.reactions, {"🎂": 2, "🫖": 1})
    equal(sorted(seen.reactions_self), sorted(["🎂", "🫖"]))
    left = await go(world.bob.talk.delete_reaction(message, "🎂"))
    equal({emoji: len(who) for emoji, who in left.items()}, {"🎂": 1, "🫖": 1})
    await go(world.bob.talk.delete_reaction(message, "🫖"))
    gone = await go(world.alice.talk.delete_reaction(message.message_id, "🎂", room))
    equal(gone, {})
    equal(await go(world.alice.talk.get_message_reactions(message)), {})
    await refused(400, world.bob.talk.react_to_message, message, "tea")
    await refused(404, world.bob.talk.delete_reaction, message, "🫖")


@check("talk.create_poll", "talk.get_poll", "talk.vote_poll", "talk.close_poll")
async def a_public_poll(world):
    room = await group(world, "Public poll", "bob")
    poll = await go(
        world.alice.talk.create_poll(room, "Which cake?", ["Lemon", "Plum", "None"], hidden_results=False, max_votes=2)
    )
    seen = reads(poll)
    equal((seen["conversation_token"], seen["question"]), (room.token, "Which cake?"))
    equal(seen["options"], ["Lemon", "Plum", "None"])
    equal((seen["actor_type"], seen["actor_id"]), ("users", "alice"))
    equal(seen["actor_display_name"], display_name("alice"))
    equal((seen["closed"], seen["hidden_results"], seen["max_votes"]), (False, False, 2))
    equal((seen["voted_self"], seen["num_voters"], seen["details"]), ([], 0, []))
    assert not seen["votes"]

    voted = await go(world.bob.talk.vote_poll([0, 1], poll.poll_id, room))
    equal(voted.voted_self, [0, 1])
    equal((voted.votes, voted.num_voters), ({"option-0": 1, "option-1": 1}, 1))
    await go(world.alice.talk.vote_poll([1], poll))
    again = await go(world.bob.talk.get_poll(poll.poll_id, room.token))
    equal((again.votes, again.num_voters), ({"option-0": 1, "option-1": 2}, 2))
    await refused(400, world.bob.talk.vote_poll, [0, 1, 2], poll)
    await refused(400, world.bob.talk.vote_poll, [9], poll)
    await refused(403, world.bob.talk.close_poll, poll)

    closed = reads(await go(world.alice.talk.close_poll(poll)))
    equal((closed["closed"], closed["votes"]), (True, {"option-0": 1, "option-1": 2}))
    details = {(one["actor_id"], one["option"]) for one in map(reads, closed["details"])}
    equal(details, {("bob", 0), ("bob", 1), ("alice", 1)})
    equal(reads(closed["details"][0])["actor_type"], "users")
    assert closed["details"][0].actor_display_name.endswith("of the Tea Room")
    await refused(400, world.bob.talk.vote_poll, [0], poll)


@check("talk.create_poll", "talk.get_poll", "talk.vote_poll", "talk.close_poll")
async def a_hidden_poll(world):
    room = await group(world, "Hidden poll", "bob")
    poll = await go(world.alice.talk.create_poll(room.token, "Sugar?", ["Yes", "No"]))
    equal((poll.hidden_results, poll.max_votes), (True, 1))
    voted = await go(world.bob.talk.vote_poll([1], poll))
    equal(voted.voted_self, [1])
    assert not voted.votes and not voted.details and voted.num_voters == 0
    closed = await go(world.alice.talk.close_poll(poll.poll_id, room))
    equal((closed.closed, closed.votes, closed.num_voters), (True, {"option-1": 1}, 1))
    equal(closed.details, [])
    seen = await go(world.bob.talk.get_poll(poll))
    equal((seen.closed, seen.votes), (True, {"option-1": 1}))
    await refused(404, world.bob.talk.get_poll, 999999999, room)
    await refused(400, world.alice.talk.create_poll, room, "Alone?", ["Yes"])


@check("talk.set_conversation_avatar", "talk.get_conversation_avatar", "talk.delete_conversation_avatar")
async def a_conversation_gets_a_picture(world):
    talk = world.alice.talk
    room = await group(world, "Pictures", "bob")
    own = await go(talk.get_conversation_avatar(room))
    dark = await go(talk.get_conversation_avatar(room, dark=True))
    assert own != dark and len(own) > 100

    with_picture = await go(talk.set_conversation_avatar(room, PNG))
    equal(with_picture.is_custom_avatar, True)
    assert with_picture.avatar_version != room.avatar_version
    seen = await go(world.bob.talk.get_conversation_avatar(room.token))
    assert seen.startswith(b"\x89PNG"), seen[:20]

    emoji = await go(talk.set_conversation_avatar(room, ("🫖", "aabbcc")))
    equal(emoji.is_custom_avatar, True)
    drawn = await go(talk.get_conversation_avatar(room))
    plain = await go(talk.set_conversation_avatar(room, ("🫖", None)))
    equal(plain.is_custom_avatar, True)
    assert drawn != await go(talk.get_conversation_avatar(room)) and drawn != seen

    without = await go(talk.delete_conversation_avatar(room))
    equal(without.is_custom_avatar, False)
    equal(await go(talk.get_conversation_avatar(room)), own)
    await refused(400, talk.set_conversation_avatar, room, b"no picture")
    await refused(400, talk.set_conversation_avatar, room, ("tea", None))
    await refused(403, world.bob.talk.set_conversation_avatar, room, ("🫖", None))
    await refused(403, world.bob.talk.delete_conversation_avatar, room)
    await refused(404, world.carol.talk.get_conversation_avatar, room)
