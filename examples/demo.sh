#!/bin/sh
# demo.sh [HEADRACE [REPLAY_API]] -- loads the events of a GitHub repository, and looks at them.
#
# From api.github.com where there is a network (a token may stand in ACCESS_TOKEN), else from a
# replay of it on this machine. Everything it makes is in build/demo: remove it, or run this again,
# to begin anew.
set -eu
cd "$(dirname "$0")/.."

headrace=$(realpath "${1:-build/release/headrace}")
replay=$(realpath "${2:-build/release/replay_api}")
example=$(realpath examples/github_events)
demo=build/demo

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
else
    bold='' dim='' plain=''
fi

say() {
    printf '\n%s# %s%s\n' "$dim" "$*" "$plain"
}

# Shows a command of Headrace as one would type it, and runs it.
run() {
    line='headrace'
    for word; do
        case $word in
        *[!A-Za-z0-9_./:=,-]*) line="$line \"$word\"" ;;
        *) line="$line $word" ;;
        esac
    done
    printf '%s$ %s%s\n' "$bold" "$line" "$plain"
    "$headrace" "$@"
}

# ---- Where the events come from ----

rm -rf "$demo"
mkdir -p "$demo"
cp "$example/pipeline.yaml" "$demo"
cd "$demo"
export HEADRACE_PIPELINES_DIR="$PWD/pipelines"

# The replay ends when its input does, so it cannot outlive this script.
start_replay() {
    python3 "$example/events.py" >events.jsonl
    mkfifo input
    "$replay" events.jsonl <input >origins &
    exec 3>input
    rm input
    while [ "$(wc -l <origins)" -lt 2 ]; do sleep 0.05; done
    GITHUB_API=$(head -n 1 origins)
    export GITHUB_API
    unset ACCESS_TOKEN
}

if [ -z "${DEMO_OFFLINE:-}" ] && timeout 5 "$headrace" run pipeline.yaml --limit 1 --dry-run \
    >online.log 2>&1; then
    say "Online: the events come from api.github.com."
else
    say "Offline: api.github.com cannot be reached, so its replay on this machine stands in."
    start_replay
fi

say "The pipeline: one YAML file."
grep -v '^#' pipeline.yaml

say "Nothing is created by hand: objects become columns, lists become child tables."
run run pipeline.yaml

say "What is there now."
run tables --pipeline github_events
run show events --pipeline github_events --limit 4 --columns id,type,actor__login,payload__number,created_at

say "A list's rows find their parent by _dlt_parent_id = _dlt_id."
run sql --pipeline github_events "select c.author__name as author, count(*) as commits, min(e.created_at) as since
    from events__payload__commits c join events e on c._dlt_parent_id = e._dlt_id
    group by all order by commits desc, author limit 5"

say "The types that were found, here of one child table."
run schema events__payload__commits --pipeline github_events

say "The database is an ordinary DuckDB file, which dlt could go on loading:
#   $demo/github.duckdb"
