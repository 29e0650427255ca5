#!/usr/bin/env bash
# Real clients against a real server: run.sh BINARY
#
# Needs Python 3.10 or newer, for the pages in a browser also chromium and chromedriver. What is missing is said and left
# out; with CLIENTS_STRICT=1 it is an error. The libraries go into virtual environments below target/clients.
set -uo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
binary="$(realpath "${1:?the path of the binary}")"
mkdir -p "${CLIENTS_DIR:-$here/../../target/clients}"
CLIENTS_DIR="$(realpath "${CLIENTS_DIR:-$here/../../target/clients}")"
export CLIENTS_DIR PYTHONDONTWRITEBYTECODE=1
failed=()
missing=()

lacks() {
    missing+=("$1")
    printf '\n!!! NOT RUN: %s\n!!! %s\n\n' "$1" "$2"
}

# A virtual environment with exactly what a list says; it is made again when the list changes.
environment() {
    local place="$CLIENTS_DIR/$1" list="$here/$2" sum
    sum="$(sha256sum <"$list")"
    if [ "$(cat "$place/made-of" 2>/dev/null)" != "$sum" ]; then
        rm -rf "$place"
        "$python" -m venv "$place" && "$place/bin/pip" install --quiet --disable-pip-version-check -r "$list" || return 1
        echo "$sum" >"$place/made-of"
    fi
}

run() {
    local name="$1"
    shift
    printf '\n=== %s\n' "$name"
    # Nothing here takes that long; what hangs is ended with everything it has started.
    timeout --kill-after=30 "${CLIENTS_TIMEOUT:-420}" "$@" || failed+=("$name")
}

python=""
for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
        python="$candidate"
        break
    fi
done

if [ -z "$python" ]; then
    lacks 'all clients' 'there is no Python 3.10 or newer'
elif ! environment venv requirements.txt; then
    lacks 'nc_py_api and the browser' 'their Python packages cannot be installed'
else
    run 'nc_py_api: each method, in both flavours' "$CLIENTS_DIR/venv/bin/python" "$here/nc_py_api_checks.py" "$binary"
    if ! command -v chromedriver >/dev/null || ! { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null; then
        lacks 'the login pages in a browser' 'chromium and chromedriver are missing (Debian: chromium, chromium-driver)'
    else
        run 'the login pages in a browser' "$CLIENTS_DIR/venv/bin/python" "$here/login_pages.py" "$binary" "$CLIENTS_DIR/pictures"
    fi
fi
if [ -n "$python" ]; then
    if environment openapi requirements-openapi.txt; then
        run 'schemathesis: the server as it describes itself' bash "$here/openapi.sh" "$binary"
    else
        lacks 'schemathesis' 'its Python packages cannot be installed'
    fi
fi

printf '\n'
for name in ${missing[@]+"${missing[@]}"}; do echo "not run: $name"; done
for name in ${failed[@]+"${failed[@]}"}; do echo "FAILED:  $name"; done
if [ "${#failed[@]}" -gt 0 ] || { [ "${CLIENTS_STRICT:-}" = 1 ] && [ "${#missing[@]}" -gt 0 ]; }; then
    exit 1
fi
echo 'clients: all that was run is well'
