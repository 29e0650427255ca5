"""Runs every method of nc_py_api that a client can call, in both flavours, against a fresh server.

`python nc_py_api_checks.py BINARY [--table] [WORD…]`: with words, only checks whose names have one of them. Exit status
1 if a check fails or a method has none.
"""

import asyncio
import os
import sys
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore", DeprecationWarning)

from nc_py_api import AsyncNextcloud, Nextcloud  # noqa: E402
from nc_py_api.talk_bot import AsyncTalkBot, TalkBot  # noqa: E402

import checks_absent  # noqa: E402, F401
import checks_account  # noqa: E402, F401
import checks_bot  # noqa: E402
import checks_talk  # noqa: E402, F401
from server import ADMIN, PASSWORD, Server  # noqa: E402
from table import FLAVOURS, Table  # noqa: E402

KINDS = {"sync": (Nextcloud, TalkBot), "async": (AsyncNextcloud, AsyncTalkBot)}


class World:
    """A server with its people, as the checks see it."""

    def __init__(self, server, flavour, receiver):
        self.server = server
        self.flavour = flavour
        self.receiver = receiver
        self.client, self.bot_kind = KINDS[flavour]
        self.admin = self.logs_in(*ADMIN)
        self.alice = self.logs_in("alice", PASSWORD)
        self.bob = self.logs_in("bob", PASSWORD)
        self.carol = self.logs_in("carol", PASSWORD)

    def logs_in(self, name, password):
        return self.client(nextcloud_url=self.server.url, nc_auth_user=name, nc_auth_pass=password)

    def talk(self, method, path, fields, name):
        """A request of Talk's that the library has no method for."""
        status, body = self.server.ask(method, f"/ocs/v2.php/apps/spreed/api{path}", fields, (name, PASSWORD))
        assert status < 300, f"{method} {path}: {status} {body}"
        return body["ocs"]["data"]

    async def adds(self, token, user, by="alice"):
        self.talk("POST", f"/v4/room/{token}/participants", {"newParticipant": user}, by)

    async def joins(self, name, token):
        self.talk("POST", f"/v4/room/{token}/participants/active", {"force": "true"}, name)

    def scratch(self, name):
        """A path for a file that nobody needs afterwards."""
        return os.path.join(self.server.directory, name)

    def later(self, function, *args, **kwargs):
        """Begins a call of the library, so that something else can happen meanwhile."""
        if self.flavour == "sync":
            return asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
        return asyncio.ensure_future(function(*args, **kwargs))


def people(server):
    server.adds_users("alice", "bob", "carol")
    for method, path, fields in (
        ("POST", "/ocs/v2.php/cloud/groups", {"groupid": "office"}),
        ("POST", "/ocs/v2.php/cloud/users/bob/groups", {"groupid": "office"}),
    ):
        status, body = server.ask(method, path, fields, ADMIN)
        assert status == 200, body


async def run(binary, words, with_table):
    failures = []
    for flavour in FLAVOURS:
        with checks_bot.Receiver() as receiver, Server(binary, bot_hosts="127.0.0.1") as server:
            receiver.is_installed(server)
            people(server)
            world = World(server, flavour, receiver)
            table = Table(flavour, world.alice, {"talk_bot": world.bot_kind})
            await table.run(world, words)
            if with_table:
                print_table(table)
            failures += [f"{flavour}: {name.replace('_', ' ')}\n{text}" for name, _, text in table.failures]
            if not words:
                failures += [f"{flavour}: nobody checks {method}" for method in table.unchecked()]
            if "panicked" in server.log():
                failures.append(f"{flavour}: the server panicked\n{server.log()}")
            counted = sum(1 for outcomes in table.results.values() if outcomes)
            print(f"  {flavour}: {counted} of {len(table.results)} methods checked", flush=True)
    for failure in failures:
        print(f"\nFAILED {failure}")
    return 1 if failures else 0


def print_table(table):
    for method, outcomes in sorted(table.results.items()):
        print(f"    {method:45} {', '.join(outcomes) or 'nobody checks it'}")


def main():
    words = [word for word in sys.argv[2:] if not word.startswith("--")]
    print(f"nc_py_api {version('nc_py_api')}, Python {sys.version.split()[0]}")
    for name in [name for name in os.environ if name.startswith(("NEXTCLOUD_", "NC_AUTH_", "APP_"))]:
        del os.environ[name]
    return asyncio.run(run(sys.argv[1], words, "--table" in sys.argv))


if __name__ == "__main__":
    sys.exit(main())
