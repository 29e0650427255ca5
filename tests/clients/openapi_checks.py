"""schemathesis against /openapi.json of a fresh server: whatever is sent, the server answers as its description says.

`python openapi_checks.py BINARY SCHEMATHESIS SECONDS`: exit status 1 if an answer is not as described, as far as
schemathesis.toml does not say why it may not be, or if the server panicked.
"""

import os
import subprocess
import sys

from server import PASSWORD, Server

# They wait for what nobody sends meanwhile.
WAITING = ("/spreed/api/v1/chat/{token}$", "/spreed/api/v3/signaling/{token}$")


def main():
    binary, schemathesis, seconds = sys.argv[1:4]
    here = os.path.dirname(os.path.abspath(__file__))
    with Server(binary) as server:
        server.adds_users("alice", "bob")
        room = {"roomType": 2, "roomName": "Tea", "participants[users][]": "bob"}
        token = asked(server, "/ocs/v2.php/apps/spreed/api/v4/room", room)["token"]
        message = asked(server, f"/ocs/v2.php/apps/spreed/api/v1/chat/{token}", {"message": "Is there tea?"})["id"]
        words = [
            schemathesis, "--config-file", os.path.join(here, "schemathesis.toml"), "run", f"{server.url}/openapi.json", "--url", server.url, "--auth", f"alice:{PASSWORD}",
            "--header", "OCS-APIRequest: true", "--header", "Accept: application/json",
            "--phases", "examples,coverage,fuzzing", "--max-time", seconds, "--workers", "1", "--checks", "all", "--exclude-checks", "negative_data_rejection,missing_required_header",
            "--request-timeout", "70", "--generation-database", "none", "--no-shrink", "--no-color",
            "--continue-on-failure", "--warnings", "off", "--mode", "all", "--suppress-health-check", "all",
        ]  # fmt: skip
        for path in WAITING:
            words += ["--exclude-path-regex", path.replace("{", r"\{").replace("}", r"\}")]
        known = {"SCHEMATHESIS_HOOKS": "openapi_hooks", "CHINWAG_TOKEN": token, "CHINWAG_MESSAGE": str(message)}
        path = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(words, env=os.environ | known | {"PYTHONPATH": path}, cwd=server.directory, check=False)
        if "panicked" in server.log():
            print(f"the server panicked\n{server.log()}")
            return 1
        status, _ = server.ask("GET", "/ocs/v2.php/cloud/user", None, ("alice", PASSWORD))
        if status != 200:
            print(f"afterwards alice is answered {status}")
            return 1
        return done.returncode


def asked(server, path, fields):
    status, body = server.ask("POST", path, fields, ("alice", PASSWORD))
    assert status == 201, body
    return body["ocs"]["data"]


if __name__ == "__main__":
    sys.exit(main())
