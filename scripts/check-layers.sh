#!/bin/sh
# The rules of docs/ARCHITECTURE.md that a search can check, the length of files, and that documents name what exists.
# Each broken rule is printed with its lines; the exit status is 1 if there is any. Comments do not count.
set -eu
cd "$(dirname "$0")/.."

LONGEST=600

all=$(find src tests benches -name '*.rs' | sort)
broken=0

# files INSIDE [EXCEPT]: the sources whose path matches the one and not the other.
files() {
    printf '%s\n' "$all" | grep -E "$1" | grep -vE "${2:-^\$}" || true
}

# forbid RULE PATTERN INSIDE [EXCEPT]
forbid() {
    chosen=$(files "$3" "${4:-}")
    if [ -z "$chosen" ]; then
        return
    fi
    # shellcheck disable=SC2086 # one word for each file
    lines=$(PATTERN=$2 awk '
        { code = $0; sub(/(^|[ \t])\/\/.*$/, "", code) }
        code ~ ENVIRON["PATTERN"] { printf "    %s:%d:%s\n", FILENAME, FNR, $0 }
    ' $chosen)
    if [ -n "$lines" ]; then
        printf 'broken rule: %s\n%s\n' "$1" "$lines"
        broken=1
    fi
}

# crates NAME|NAME…: a use of one of these crates.
crates() {
    printf '%s' "(^|[^A-Za-z0-9_])(($1)::|use ($1)([^A-Za-z0-9_]|\$))"
}

# ours NAME|NAME…: a use of one of these modules of this crate, also from within braces.
ours() {
    printf '%s' "crate::([{](.*[{, ])?)?($1)([^A-Za-z0-9_]|\$)"
}

# below NAME|NAME…: the files of these modules.
below() {
    printf '%s' "^src/($1)(/|\\.rs\$)"
}

forbid 'the domain and the records know no HTTP, no SMTP, no SQL and no JSON' \
    "$(crates 'hyper|lettre|rusqlite|serde_json')" "$(below 'chat|model')"
forbid 'the domain knows no status numbers' \
    'StatusCode' "$(below chat)"
forbid 'SQL stands only below src/store/sqlite' \
    "$(crates rusqlite)" '^src/' '^src/store/sqlite/'
forbid 'chat, store, live and model know nothing above them' \
    "$(ours 'cli|server|talk|cloud|pages|fedi|chatserver|ocs|http')" "$(below 'chat|store|live|model')"
forbid 'a façade does not use another one' "$(ours 'cloud|pages|fedi|chatserver')" "$(below talk)"
forbid 'a façade does not use another one' "$(ours 'talk|pages|fedi|chatserver')" "$(below cloud)"
forbid 'a façade does not use another one' "$(ours 'talk|cloud|fedi|chatserver')" "$(below pages)"
forbid 'a façade does not use another one' "$(ours 'talk|cloud|chatserver')" "$(below fedi)"
forbid 'a façade does not use another one' "$(ours 'talk|cloud|fedi')" "$(below chatserver)"
# A replay follows the recording's time, which no clock of this server knows.
forbid 'the time is told only by src/chat/clock.rs' \
    '(SystemTime|Utc|Local|Instant)::now' '^src/' "^src/chat/clock\\.rs\$|$(below replay)"
forbid 'randomness comes only from src/model/ids.rs' \
    "$(crates getrandom)" '^src/' '^src/model/ids\.rs$'
# The writer's `job.wake()` hands a result to the task that asked for the write; no client waits there.
forbid 'waiters are woken only after a commit, from its events' \
    '\.wake\(' '^src/' "$(below live)|^src/chat/(memory|transaction)\\.rs\$|^src/store/sqlite/writer\\.rs\$"
forbid 'nothing sleeps to wait for something else' \
    '(thread::sleep|time::sleep)\(' '^(src|tests)/' "^src/chat/clock\\.rs\$|$(below replay)"
forbid 'nothing is left undone or ignored' \
    '(todo|unimplemented)!|#\[ignore' '.'

# keys: one for each row of the table of quirks.
keys() {
    sed -n 's/^| \([a-z0-9-]*-[a-z0-9-]*\) |.*/\1/p' docs/API-QUIRKS.md | sort -u
}

# used: one for each comment that names a quirk. A key has a hyphen; other comments speak for themselves.
used() {
    find src -name '*.rs' -exec sed -n 's/.*\/\/.*Quirk: \([a-z0-9]*-[a-z0-9-]*\).*/\1/p' {} + | sort -u
}

# differ RULE A B: the lines that are in list A only.
differ() {
    lines=$(printf '%s\n' "$2" | grep -vxF "$3" || true)
    if [ -n "$lines" ]; then
        printf 'broken rule: %s\n%s\n' "$1" "$(printf '%s\n' "$lines" | sed 's/^/    /')"
        broken=1
    fi
}

differ 'a quirk that a comment names has its row in docs/API-QUIRKS.md' "$(used)" "$(keys)"
differ 'a row of docs/API-QUIRKS.md has its comment in src' "$(keys)" "$(used)"
stories=$(find tests/stories -name 'story_*.rs' | sort)
# shellcheck disable=SC2086 # one word for each file
tests=$(awk '
    FNR == 1 { story = FILENAME; sub(/.*\//, "", story); sub(/\.rs$/, "", story); print story }
    /^(async )?fn [a-z]/ { name = $0; sub(/.*fn /, "", name); sub(/[(<].*/, "", name); print story "::" name }
' $stories)
differ 'a story that a document names exists' \
    "$(grep -ohE '`story_[a-z0-9_]+(::[a-z0-9_]+)?' docs/*.md | tr -d '`' | sort -u)" "$tests"

# shellcheck disable=SC2086 # one word for each file
long=$(wc -l $all | awk -v longest="$LONGEST" '$2 != "total" && $1 > longest { printf "    %s: %d\n", $2, $1 }')
if [ -n "$long" ]; then
    printf 'broken rule: no file has more than %d lines\n%s\n' "$LONGEST" "$long"
    broken=1
fi

exit "$broken"
