"""nc_py_api's bot: a receiver that Chinwag tells what happens, and what the bot answers."""

import hashlib
import hmac
import json
import os
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from nc_py_api.talk_bot import TalkBotMessage

from server import PASSWORD, display_name
from table import check, equal, go, missing, reads, refused

APP_ID = "kettle"
CALLBACK = "told"
NAME = "Kettle"
SECRET = "s" * 64


class Receiver:
    """A small web service in a thread, as a bot is one. What it is told waits in a queue."""

    def __init__(self):
        told = self.told = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.put((dict(self.headers.items()), body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._web.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._web.server_port}/{CALLBACK}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._web.shutdown()
        self._web.server_close()

    def is_installed(self, server):
        """Installs the bot, for which the server has to rest, and says to the library what it would learn from AppAPI."""
        server.stop()
        server.command(
            "bot", "install", NAME, "-", self.url, "Boils water",
            "--feature", "webhook", "--feature", "response", "--feature", "reaction", stdin=SECRET,
        )  # fmt: skip
        server.start()
        os.environ["APP_ID"] = APP_ID
        os.environ["NEXTCLOUD_URL"] = server.url
        os.environ[hashlib.sha1(f"{APP_ID}_{CALLBACK}".encode()).hexdigest()] = SECRET

    def next(self, kind):
        """The next thing of this kind that the bot is told, with its signature looked at."""
        while True:
            headers, body = self.told.get(timeout=30)
            headers = {name.lower(): value for name, value in headers.items()}
            signed = headers["x-nextcloud-talk-random"].encode() + body
            expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
            equal(headers["x-nextcloud-talk-signature"], expected)
            assert headers["x-nextcloud-talk-backend"].startswith("http://127.0.0.1:")
            said = json.loads(body)
            if said["type"] == kind:
                return TalkBotMessage(said)


async def room_with_bot(world, name):
    """A conversation of alice's with bob and the bot."""
    from nc_py_api.talk import ConversationType

    room = await go(world.alice.talk.create_conversation(ConversationType.GROUP, room_name=name))
    await world.adds(room.token, "bob")
    bots = await go(world.alice.talk.conversation_list_bots(room))
    await go(world.alice.talk.enable_bot(room, bots[0]))
    return room


@check("talk.list_bots", "talk.conversation_list_bots", "talk.enable_bot", "talk.disable_bot")
async def bots_are_listed_enabled_and_disabled(world):
    from nc_py_api.talk import ConversationType

    talk = world.alice.talk
    room = await go(talk.create_conversation(ConversationType.GROUP, room_name="Bots"))
    await world.adds(room.token, "bob")
    (offered,) = await go(talk.conversation_list_bots(room))
    seen = reads(offered)
    equal((seen["bot_name"], seen["description"], seen["state"]), (NAME, "Boils water", 0))
    await go(talk.enable_bot(room, offered))
    (enabled,) = await go(talk.conversation_list_bots(room.token))
    equal((enabled.bot_id, enabled.state), (offered.bot_id, 1))
    joined = world.receiver.next("Join")
    equal((joined.conversation_token, joined.conversation_name), (room.token, "Bots"))
    await go(talk.disable_bot(room.token, offered.bot_id))
    (disabled,) = await go(talk.conversation_list_bots(room))
    equal(disabled.state, 0)
    await refused(403, world.bob.talk.conversation_list_bots, room)
    await refused(403, world.bob.talk.enable_bot, room, offered)
    await refused(400, talk.enable_bot, room, 999999999)

    (full,) = [reads(bot) for bot in await go(world.admin.talk.list_bots())]
    equal((full["bot_id"], full["bot_name"], full["url"]), (offered.bot_id, NAME, world.receiver.url))
    equal(full["url_hash"], hashlib.sha1(world.receiver.url.encode()).hexdigest())
    equal((full["state"], full["error_count"]), (1, 0))
    assert not full["last_error_date"] and not full["last_error_message"]
    await refused(403, talk.list_bots)


@check("talk_bot.send_message", "talk_bot.react_to_message", "talk_bot.delete_reaction")
async def a_bot_is_told_and_answers(world):
    bot = world.bot_kind(f"/{CALLBACK}", NAME, "Boils water")
    room = await room_with_bot(world, "Kettle on")
    asked = await go(world.alice.talk.send_message("Is the *kettle* on, @bob?", room))

    told = world.receiver.next("Create")
    seen = reads(told)
    equal((seen["object_id"], seen["object_name"]), (str(asked.message_id), "message"))
    equal((seen["actor_id"], seen["actor_display_name"]), ("users/alice", display_name("alice")))
    equal((seen["conversation_token"], seen["conversation_name"]), (room.token, "Kettle on"))
    equal(seen["object_media_type"], "text/markdown")
    equal(seen["object_content"]["message"], "Is the *kettle* on, {mention-user1}?")
    equal(seen["object_content"]["parameters"]["mention-user1"]["id"], "bob")

    sent, reference = await go(bot.send_message("It is.", told))
    equal(sent.status_code, 201)
    newest = (await go(world.bob.talk.receive_messages(room, limit=1)))[0]
    equal((newest.message, newest.reference_id, newest.actor_type), ("It is.", reference, "bots"))
    equal(newest.actor_display_name, f"{NAME} (Bot)")
    equal(newest.parent["id"], asked.message_id)
    by_number, _ = await go(bot.send_message("Still.", asked.message_id, silent=True, token=room.token))
    equal(by_number.status_code, 201)

    equal((await go(bot.react_to_message(told, "🫖"))).status_code, 201)
    equal((await go(bot.react_to_message(asked.message_id, "🔥", room.token))).status_code, 201)
    reactions = await go(world.bob.talk.get_message_reactions(asked))
    equal({emoji: [one.actor_type for one in who] for emoji, who in reactions.items()}, {"🫖": ["bots"], "🔥": ["bots"]})
    equal((await go(bot.delete_reaction(told, "🫖"))).status_code, 200)
    equal((await go(bot.delete_reaction(asked.message_id, "🔥", room.token))).status_code, 200)
    equal(await go(world.bob.talk.get_message_reactions(asked)), {})


@check("talk_bot.send_message", "talk_bot.react_to_message", "talk_bot.delete_reaction")
async def a_bot_that_is_not_enabled_or_lies_is_refused(world):
    from nc_py_api.talk import ConversationType

    bot = world.bot_kind(CALLBACK, NAME)
    room = await go(world.alice.talk.create_conversation(ConversationType.GROUP, room_name="No kettle"))
    message = await go(world.alice.talk.send_message("Quiet here", room))
    sent, _ = await go(bot.send_message("Hello?", message.message_id, token=room.token))
    equal(sent.status_code, 401)
    equal((await go(bot.react_to_message(message.message_id, "🫖", room.token))).status_code, 401)
    equal((await go(bot.delete_reaction(message.message_id, "🫖", room.token))).status_code, 401)


@check("talk_bot.enabled_handler")
async def appapi_is_said_to_be_missing(world):
    """Registering a bot over the interface is AppAPI's, which Chinwag has not: bots are installed by the administrator."""
    from nc_py_api import AsyncNextcloudApp, NextcloudApp

    kind = {"sync": NextcloudApp, "async": AsyncNextcloudApp}[world.flavour]
    app = kind(nextcloud_url=world.server.url, app_id=APP_ID, app_version="1.0.0", app_secret="x" * 32)
    bot = world.bot_kind(CALLBACK, NAME)
    for enabled in (True, False):
        await missing("app_api", bot.enabled_handler, enabled, app)
