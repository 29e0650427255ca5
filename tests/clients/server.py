"""A fresh Chinwag for clients to be pointed at: a process of its own, a free port, a data directory that goes away."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ADMIN = ("admin", "kettle-and-biscuits")
PASSWORD = "one-lump-or-two"

# Who is told to end cleans up first.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


class Server:
    """`with Server(binary) as server:` serves until the end of the block, whatever happens in it."""

    def __init__(self, binary, **settings):
        self.binary = os.path.abspath(binary)
        self.settings = settings
        self.url = ""
        self._process = None
        self._data = tempfile.TemporaryDirectory(prefix="chinwag-clients-")
        self.directory = self._data.name
        self._log = os.path.join(self.directory, "log")

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self._data.cleanup()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        self._data.cleanup()

    def start(self):
        """Serves; a port that somebody else took meanwhile is another try."""
        for _ in range(5):
            port = free_port()
            self.url = f"http://127.0.0.1:{port}"
            environment = self._environment() | {"CHINWAG_BASE_URL": self.url}
            with open(self._log, "ab") as log:
                self._process = subprocess.Popen(
                    [self.binary, "serve", "--listen", f"127.0.0.1:{port}"], env=environment, stdout=log, stderr=log
                )
            if self._answers():
                return
            self.stop()
        raise RuntimeError(f"the server does not start:\n{self.log()}")

    def stop(self):
        """Ends the process that `start` began, and no other."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def log(self):
        with open(self._log, errors="replace") as log:
            return log.read()

    def command(self, *words, stdin=""):
        """Runs a command of the same binary on the same data. The server must be stopped."""
        done = subprocess.run(
            [self.binary, *words], env=self._environment(), input=stdin, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"chinwag {' '.join(words)}: {done.stderr}")
        return done.stdout

    def adds_users(self, *names):
        for name in names:
            fields = {"userid": name, "password": PASSWORD, "displayName": display_name(name)}
            status, body = self.ask("POST", "/ocs/v2.php/cloud/users", fields, ADMIN)
            if status != 200:
                raise RuntimeError(f"no account {name}: {body}")

    def ask(self, method, path, fields=None, credentials=None, headers=None):
        """Status and JSON of one OCS request, sent without any client library."""
        data = urllib.parse.urlencode(fields).encode() if fields else None
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("OCS-APIRequest", "true")
        request.add_header("Accept", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        if credentials:
            pair = base64.b64encode(":".join(credentials).encode()).decode()
            request.add_header("Authorization", f"Basic {pair}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            text = refused.read()
            try:
                return refused.code, json.loads(text or b"null")
            except ValueError:
                return refused.code, text.decode(errors="replace")

    def _environment(self):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CHINWAG_")}
        clean["CHINWAG_DATA"] = os.path.join(self.directory, "data")
        clean["CHINWAG_ADMIN_PASSWORD"] = ADMIN[1]
        clean["CHINWAG_DURABILITY"] = "off"
        # All requests come from one address, with wrong passwords among them: the others would be slowed down.
        clean["CHINWAG_BRUTE_FORCE_PROTECTION"] = "false"
        for name, value in self.settings.items():
            clean[f"CHINWAG_{name.upper()}"] = str(value)
        return clean

    def _answers(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/status.php", timeout=5):
                    return True
            except urllib.error.HTTPError:
                return True
            except OSError:
                time.sleep(0.05)
        return False


def display_name(name):
    return f"{name.capitalize()} of the Tea Room"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
