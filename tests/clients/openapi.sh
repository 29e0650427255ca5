#!/usr/bin/env bash
# schemathesis against the server's own description of itself: openapi.sh BINARY [SECONDS]
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
place="${CLIENTS_DIR:-$here/../../target/clients}"
exec "$place/openapi/bin/python" "$here/openapi_checks.py" "$1" "$place/openapi/bin/schemathesis" "${2:-75}"
