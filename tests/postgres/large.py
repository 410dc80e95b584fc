"""Few rows merged into a large table: rows are found by a query first, then changed at their places.

What is there afterwards is compared with what the same rows would have left of a small table."""

import json

import harness  # first: it says where the modules of other suites are
from harness import background, case, session, wait_for
from lab import expect, same

LARGE = 20_000  # rows of a kilobyte: above the size from which rows are found first
PAD = "x" * 1000


def hints(strategy, **more):
    disposition = {"disposition": "merge", "strategy": strategy, **more.pop("options", {})}
    return ["--hints", json.dumps({"write_disposition": disposition, "primary_key": "i", **more})]


def row(i, mark, children=1):
    return {"i": i, "s": PAD, "mark": mark, "l": [f"{mark} {n} {PAD}" for n in range(children)]}


def fill(lab, options):
    lab.load([row(i, "old") for i in range(LARGE)], *options)


def expected(rows):
    """What stays of rows, the last of each key: (key, mark, its children's marks)."""
    last = {r["i"]: r for r in rows}
    return sorted([i, r["mark"], ",".join(v.split()[0] for v in r["l"])]
                  for i, r in last.items())


def stored(lab):
    return lab.rows("select t.i, min(t.mark) as mark, coalesce(string_agg(split_part(l.value, ' ', "
                    "1), ','), '') as l from t left join t__l as l on l._dlt_parent_id = t._dlt_id "
                    "group by t._dlt_id, t.i order by 1")


def check(lab, rows):
    """Each row once, with its children and no others."""
    want = expected(rows)
    same(stored(lab), want, "rows")
    same(lab.count("t__l"), sum(len(marks.split(",")) for _, _, marks in want if marks), "children")


def statements(lab):
    """What was sent since the last call."""
    log = (lab.server.folder / "log").read_text(errors="replace")
    new, lab.read_so_far = log[getattr(lab, "read_so_far", 0):], len(log)
    return [line for line in new.splitlines() if "_headrace_place" in line]


def found_in(lab, *tables):
    """Each of these was searched by a query of its own, and changed at the places found."""
    sent = statements(lab)
    for table in tables:
        name = f'FROM "{lab.dataset}"."{table}" AS d'
        expect(any("CREATE TEMPORARY" in s and name in s for s in sent), f"{table}: {sent}")


CHANGED = list(range(0, LARGE, 100))
SOME = ([row(i, "new", children=i // 100 % 3) for i in CHANGED] +
        [row(LARGE + i, "added") for i in range(20)])


@case
def delete_insert(lab):
    options = hints("delete-insert")
    fill(lab, options)
    statements(lab)
    lab.load(SOME, *options)
    found_in(lab, "t", "t__l")
    check(lab, [row(i, "old") for i in range(LARGE)] + SOME)


@case
def upsert(lab):
    """Rows that are marked as deleted go, and unchanged ones stay as they are."""
    options = hints("upsert", columns={"gone": {"data_type": "bool", "hard_delete": True}},
                    options={"skip_unchanged_rows": True})
    fill(lab, options)
    statements(lab)
    same_as_ever = [row(i, "old") for i in range(50, 1050, 100)]
    gone = list(range(7, 2007, 100))
    lab.load(SOME + same_as_ever + [{**row(i, "old"), "gone": True} for i in gone], *options)
    found_in(lab, "t", "t__l")
    check(lab, [row(i, "old") for i in range(LARGE) if i not in gone] + SOME)
    same(lab.rows("select count(*) as n from t group by _dlt_load_id order by _dlt_load_id"),
         [[LARGE - len(CHANGED) - len(gone)], [len(SOME)]], "rows of either load")


@case
def insert_only(lab):
    options = hints("insert-only")
    fill(lab, options)
    statements(lab)
    some = [row(r["i"], r["mark"]) for r in SOME]
    lab.load(some, *options)
    expect(statements(lab), "nothing was looked for first")
    check(lab, some + [row(i, "old") for i in range(LARGE)])


@case
def null_keys(lab):
    """Of two columns, which null and null have in common."""
    options = hints("delete-insert", primary_key=["i", "k"],
                    columns={"k": {"data_type": "text", "nullable": True}})
    keys = [None, "a"]
    rows = [{"i": i, "k": keys[i % 2], "s": PAD, "mark": "old"} for i in range(LARGE)]
    lab.load(rows, *options)
    statements(lab)
    changed = [{"i": i, "k": keys[(i // 100) % 2], "s": PAD, "mark": "new"}
               for i in range(0, LARGE, 101)]
    lab.load(changed, *options)
    found_in(lab, "t")
    last = {(r["i"], r["k"]): r["mark"] for r in rows + changed}
    same(sorted(lab.rows("select i, k, mark from t"), key=repr),
         sorted(([i, k, mark] for (i, k), mark in last.items()), key=repr))


def while_others_change(lab, options, rows, *changes):
    """Others change the table after the rows were found, and before they are changed."""
    with background(lab.try_load, rows, *options) as result, \
            session(lab, f"set search_path = {lab.dataset}", "lock table t in share mode") as con:
        wait_for(lab, "select 1 from pg_locks where not granted", 60)
        for change in changes:
            con.cursor().execute(change)
        con.commit()
    same(result[0].code, 0, result[0].err)


MOVE = "update t set mark = 'theirs' where i in (0, 100)"
DELETE = "delete from t where i = 300"


@case
def others_change_rows_to_delete(lab):
    options = hints("delete-insert")
    rows = [{"i": i, "s": PAD, "mark": "old"} for i in range(LARGE)]
    some = [{"i": i, "s": PAD, "mark": "new"} for i in CHANGED]
    lab.load(rows, *options)
    while_others_change(lab, options, some, MOVE, DELETE,
                        "update t set i = 500000 where i = 200",  # has another key now
                        "update t set i = 400 where i = 401")  # has a staged key now
    found_in(lab, "t")
    kept = [i for i in range(LARGE) if i not in (200, 401) and i % 100] + [500000]
    same(lab.rows("select i, mark from t order by i"),
         sorted([[i, "old"] for i in kept] + [[i, "new"] for i in CHANGED]))


@case
def others_change_rows_to_update(lab):
    options = hints("upsert")
    rows = [{"i": i, "s": PAD, "mark": "old"} for i in range(LARGE)]
    some = [{"i": i, "s": PAD, "mark": "new"} for i in CHANGED]
    lab.load(rows, *options)
    while_others_change(lab, options, some, MOVE, DELETE)
    found_in(lab, "t")
    kept = [i for i in range(LARGE) if i % 100]
    same(lab.rows("select i, mark from t order by i"),
         sorted([[i, "old"] for i in kept] + [[i, "new"] for i in CHANGED]))


@case
def killed_between(lab):
    """kill -9 after each statement of the merge; the next run has the rows."""
    options = hints("delete-insert")
    fill(lab, options)
    kept = [row(i, "old") for i in range(LARGE)]
    for nth in range(1, 100):
        run = lab.try_load([row(i, f"killed{nth}") for i in CHANGED], *options,
                           env={"HR_KILL_AT": f"load.statement:{nth}"}, program=lab.programs.fault)
        if not run.killed():
            break
        same(lab.server.sql(f"select count(*), (select count(*) from {lab.dataset}.t__l) from "
                            f"{lab.dataset}.t where mark = 'old'"), [(LARGE, LARGE)], f"after {nth}")
    same(run.code, 0, run.err)
    expect(nth > 10, f"only {nth} statements")
    check(lab, kept + [row(i, f"killed{nth}") for i in CHANGED])


harness.main({"log_min_messages": "log", "log_statement": "all"})
