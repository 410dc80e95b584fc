#!/bin/sh
# demo.sh [HEADRACE] -- loads a feed of GitHub-like events, page by page, and looks at it.
#
# Everything it makes is in build/demo: remove it, or run this again, to begin anew.
set -eu
cd "$(dirname "$0")/.."

headrace=$(realpath "${1:-build/release/headrace}")
generator=$(realpath examples/github_events.py)
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

rm -rf "$demo"
mkdir -p "$demo"
cd "$demo"
export HEADRACE_PIPELINES_DIR="$PWD/pipelines"

say "Three pages of an events feed: NDJSON, a JSON array, and NDJSON in gzip."
python3 "$generator" pages 3 200
(cd pages && wc -c -- *) | sed '$d'

say "The first page makes the tables: objects become columns, lists become child tables."
run load pages/page-01.jsonl --table events

say "Later pages bring releases, a second login, and numbers that have become text. Tables and
# columns are added as they are met; what does not fit its column gets one of its own."
run load pages/page-02.json pages/page-03.jsonl.gz --table events

say "What is there now."
run tables
run show events --limit 4 --columns id,type,actor__login,payload__number,payload__number__v_text,created_at

say "A list's rows find their parent by _dlt_parent_id = _dlt_id."
run sql "select e.repo__name as repo, c.author__name as author, count(*) as commits, min(e.created_at) as since
    from events__payload__commits c join events e on c._dlt_parent_id = e._dlt_id
    group by all order by commits desc, repo, author limit 5"

say "The types that were found, here of one child table."
run schema events__payload__release__assets

say "The database is an ordinary DuckDB file, which dlt could go on loading:
#   $demo/headrace.duckdb"
