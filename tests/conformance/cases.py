"""What every destination has to do. One list; where destinations differ, quirks.py says how."""

import json
import shutil
import threading

from lab import Wrong, expect, same
from quirks import QUIRKS

CASES = []
ASKED = set()


def case(run):
    CASES.append(run)
    return run


def quirk(lab, name):
    ASKED.add(name)
    return QUIRKS[name].answers[lab.kind].value


# ---- values ----

TYPED = {"te": "text", "bi": "bigint", "db": "double", "bo": "bool", "de": "decimal",
         "we": "wei", "da": "date", "ti": "time", "ts": "timestamp", "tn": "timestamp",
         "by": "binary", "js": "json", "i2": "bigint", "i4": "bigint", "dp": "decimal",
         "tx": "text"}
PRECISE = {"tn": {"timezone": False}, "i2": {"precision": 16}, "i4": {"precision": 32},
           "dp": {"precision": 12, "scale": 3}, "tx": {"precision": 20}}
VALUES = [
    {"te": "Grüße, 東京 \U0001f600", "bi": 9223372036854775807, "db": 1.7976931348623157e308,
     "bo": True, "de": "12345678901234567890123456789.123456789", "we": 10**37,
     "da": "9999-12-31", "ti": "23:59:59.999999", "ts": "2024-02-29T12:34:56.789012+02:00",
     "tn": "2024-02-29T12:34:56.789012", "by": "AAEC/w==", "js": {"a": [1, {"b": None}]},
     "i2": 32767, "i4": -2147483648, "dp": "123456789.125", "tx": "x" * 20},
    {"te": "", "bi": -9223372036854775808, "db": 5e-324, "bo": False,
     "de": "-0.000000001", "we": 0, "da": "0001-01-01", "ti": "00:00:00",
     "ts": "1969-12-31T23:59:59.999999Z", "tn": "0001-01-01T00:00:00", "by": "",
     "js": [], "i2": -32768, "i4": 0, "dp": "-0.001", "tx": ""},
    {"te": "back\\slash \"quote\" 'tick'\n\t\r", "bi": 0, "db": -0.5, "de": "0", "we": 1,
     "da": "2000-01-01", "ti": "12:00:00", "ts": "2000-01-01T00:00:00Z",
     "tn": "2000-01-01T00:00:00", "by": "/w==", "js": "x"},
    {"te": None, "bi": 10000, "db": 1e16, "bo": None, "de": "10000.0001", "we": 10**19},
]
# Read back as these; the same everywhere. JSON columns have a case of their own.
READ = {
    **{name: f'"{name}"' for name in TYPED if name != "js"},
    "dp": "cast(dp as varchar)", "de": "cast(de as varchar)",
    "we": "cast(cast(we as decimal(38,0)) as varchar)",
}


def typed_columns():
    return {name: {"name": name, "data_type": kind, **PRECISE.get(name, {})}
            for name, kind in TYPED.items()}


@case
def every_type(lab):
    rows = [{**row, "n": i} for i, row in enumerate(VALUES)]
    lab.load_hinted(rows, columns=typed_columns())
    types = lab.columns()
    same({name: types[name] for name in TYPED}, TYPED, "types")
    got = lab.rows("select " + ", ".join(f'{sql} as "{name}"' for name, sql in READ.items()) +
                   " from t order by n")
    want = json.loads((lab.expected / "every_type.json").read_text(encoding="utf-8"))
    same(got, want, "values")


@case
def integers_beyond_64_bits(lab):
    lab.load(['{"n": 99999999999999999999999999999999999999}', '{"n": -170141183460469231731}'])
    same(lab.columns(), {"n": "decimal"})
    same(lab.rows("select cast(n as varchar) as n from t order by 1"),
         [["-170141183460469231731"], ["99999999999999999999999999999999999999"]])


@case
def doubles_stay_exact(lab):
    numbers = [0.1, 1 / 3, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -0.0, 1e22]
    lab.load([{"i": i, "d": d} for i, d in enumerate(numbers)])
    same([str(v) for [v] in lab.rows("select d from t order by i")], [str(d) for d in numbers])


@case
def nul_characters(lab):
    rows = [{"i": 1, "s": "plain"}, {"i": 2, "s": "a\0b"}]
    if quirk(lab, "nul"):
        lab.load(rows)
        same(lab.value("select length(s) as n from t where i = 2"), 3)
        return
    lab.refuse(rows, "column s", "row 2", "NUL", "remove_nul")
    lab.refuse([{"i": 1, "s": [[{"x": "a\0b"}]]}], "NUL", options=("--max-table-nesting", "0"),
               table="u")
    same(lab.tables().get("t", 0), 0, "rows after a refusal")
    lab.url += ("&" if "?" in lab.url else "?") + "remove_nul=true"
    lab.load(rows)
    same(lab.rows("select s from t order by i"), [["plain"], ["ab"]])
    lab.load([{"i": 1, "s": [[{"x": "a\0b", "y": "\\u0000"}]]}], "--max-table-nesting", "0",
             table="u")
    same(lab.value("select cast(s as varchar) as s from u"), '[[{"x": "ab", "y": "\\\\u0000"}]]')


@case
def json_columns(lab):
    lab.load_hinted(['{"j": {"b":1,"a":[1,  2]}}'], columns={"j": {"name": "j",
                                                                   "data_type": "json"}})
    text = lab.value("select cast(j as varchar) as j from t")
    same(json.loads(text), {"b": 1, "a": [1, 2]})
    same(text.replace(" ", ""), str(quirk(lab, "json_text")).replace(" ", ""))


@case
def wei_columns(lab):
    lab.load_hinted(['{"w": 115}'], columns={"w": {"name": "w", "data_type": "wei"}})
    same(lab.value("select data_type || case when data_type = 'numeric' then '(' || "
                   "numeric_precision || ',' || numeric_scale || ')' else '' end as t "
                   "from information_schema.columns where table_name = 't' and column_name = 'w' "
                   f"and table_schema = '{lab.dataset}'"), quirk(lab, "wei"))
    same(float(lab.value("select cast(w as double precision) as w from t")), 115.0)


# ---- schemas that grow ----


@case
def new_columns_and_tables(lab):
    lab.load([{"a": 1}])
    lab.load([{"a": 2, "b": "x", "c": {"d": 1.5}, "l": [1, 2]}])
    same(lab.columns(), {"a": "bigint", "b": "text", "c__d": "double"})
    same(lab.rows("select a, b, c__d from t order by a"), [[1, None, None], [2, "x", 1.5]])
    same(lab.tables(), {"t": 2, "t__l": 2})
    same(lab.rows("select l.value from t__l l join t on t._dlt_id = l._dlt_parent_id "
                  "where t.a = 2 order by l._dlt_list_idx"), [[1], [2]])


@case
def variant_columns(lab):
    lab.load([{"a": 1}])
    lab.load([{"a": "x"}])
    same(lab.columns(), {"a": "bigint", "a__v_text": "text"})
    same(lab.rows("select a, a__v_text from t order by a"), [[1, None], [None, "x"]])


WIDENED = [
    ([{"v": 1}, {"v": -5}], [{"v": 2.5}], "double", ["1", "-5", "2.5"]),
    ([{"v": 1}], [{"v": "x"}], "text", ["1", "x"]),
    ([{"v": 1.5}, {"v": 2.0}, {"v": 1e300}, {"v": -0.0}], [{"v": "x"}], "text",
     ["1.5", "2", "1e+300", "-0.0", "x"]),
    ([{"v": True}, {"v": False}], [{"v": "x"}], "text", ["True", "False", "x"]),
    ([{"v": "2024-01-02T03:04:05Z"}, {"v": "2024-01-02T03:04:05.25Z"}], [{"v": "x"}], "text",
     ["2024-01-02T03:04:05+00:00", "2024-01-02T03:04:05.250000+00:00", "x"]),
    (['{"v": 1}'], ['{"v": 99999999999999999999}'], "decimal", ["1", "99999999999999999999"]),
]


@case
def widened_columns(lab):
    for i, (before, after, kind, values) in enumerate(WIDENED):
        table = f"w{i}"
        lab.load(before, "--on-conflict", "widen", table=table)
        lab.load(after, "--on-conflict", "widen", table=table)
        same(lab.columns(table), {"v": kind}, table)
        got = [v for [v] in lab.rows(f"select cast(v as varchar) as v from {table}")]
        if kind == "double":
            got = [str(float(v)).removesuffix(".0") for v in got]
        same(sorted(got), sorted(values), table)


@case
def widening_never_loses(lab):
    lab.load([{"v": 2**53 + 1}], "--on-conflict", "widen")
    lab.refuse([{"v": 0.5}], "v", options=("--on-conflict", "widen"))
    same(lab.rows("select v from t"), [[2**53 + 1]])


# ---- names ----


@case
def names_that_are_words_of_sql(lab):
    lab.load([{"select": 1, "order": 2, "user": 3, "table": [4], "Group By": 5}], table="from")
    same(lab.rows('select "select", "order", "user", group_by from "from"'), [[1, 2, 3, 5]])
    same(lab.tables(), {"from": 1, "from__table": 1})


@case
def names_that_need_quotes(lab):
    """Under naming direct, which leaves most characters as they are: in every statement."""
    lab.variables = {"SCHEMA__NAMING": "direct"}
    lab.dataset, name = "My Data; drop %s {0} \u00fc", "T.a\\b %d {x} $1;-- \u20ac"
    key = {"id": {"name": "id", "primary_key": True}}
    ways = [{}, {"write_disposition": "replace"}, merge("delete-insert"), merge("upsert"),
            {"write_disposition": {"disposition": "merge", "strategy": "scd2"}},
            {"write_disposition": "replace", "additional_table_hints":
             {"x-replace-strategy": "insert-from-staging"}}]
    if lab.kind == "postgres":
        ways.append({"write_disposition": "replace", "additional_table_hints":
                     {"x-replace-strategy": "staging-optimized"}})
    for n, way in enumerate(ways):
        hints = json.dumps({"columns": key, **way})
        for i in range(2):
            lab.load([{name: i, "id": 1, "l" + name: [{name: n}]}], "--hints", hints, table=name)
        lab.load([{name: n, "id": 2, f"new {name} {n}": 1}], table=name)
    lab.load([{name: 9, "id": 1, "l" + name: [{name: 8}]}], "--refresh", "drop_resources",
             table=name)
    same(lab.tables(), {name: 1, f"{name}\u25b6l{name}": 1})
    same(lab.rows(f'select "{name}" from "{name}"'), [[9]])
    same(lab.run("drop", name, *lab.place()).code, 0)
    same(lab.tables(), {})
    if quirk(lab, "longest_name") == 63:
        lab.refuse([{"\u00e9" * 40: 1}], "column", "63 bytes")
        lab.refuse([{"a": 1}], "table", "63 bytes", table="\u00e9" * 40)


@case
def long_names(lab):
    longest = quirk(lab, "longest_name")
    name = "a_name_that_is_longer_than_what_most_databases_take_for_a_name_of_anything"
    other = name + "_2"
    lab.load([{name: 1, other: 2, "l": [{name: 3}]}], table=name)
    for table, info in lab.schema()["tables"].items():
        for column in [table, *info["columns"]]:
            expect(len(column.encode()) <= longest, f"{column} is longer than {longest}")
    columns = [c for c in lab.columns(next(iter(t for t in lab.tables() if t.startswith("a"))))]
    same(len(columns), 2, f"columns {columns}")
    lab.load([{name: 4, other: 5}], table=name)
    same(sorted(lab.tables().values()), [1, 2])


@case
def limits_of_columns(lab):
    most = quirk(lab, "most_columns")
    row = {f"c{i}": i for i in range((most or 1600) + 1)}
    if not most:
        lab.load([row])
        same(len(lab.columns()), len(row))
        return
    lab.refuse([row], "column", str(most), "nesting")
    lab.refuse([{f"c{i}": i for i in range(most - 2)}], "8160", "nesting", table="wide")
    lab.load([{f"c{i}": i % 2 == 0 for i in range(most - 2)}])  # and two of the system
    lab.refuse([{"one_more": 1}], str(most))
    lab.load([{"c0": True}])
    same(lab.count(), 2)


def constraints(lab, table):
    """Columns that are UNIQUE or keys, and other indexes."""
    found = [column for [column] in lab.rows(
        "select k.column_name from information_schema.table_constraints c join "
        "information_schema.key_column_usage k on k.constraint_name = c.constraint_name and "
        f"k.table_schema = c.table_schema where c.table_name = '{table}' and k.table_name = "
        f"'{table}' and c.table_schema = '{lab.dataset}' order by 1")]
    if lab.kind == "postgres":
        same(lab.value(f"select count(*) as n from pg_indexes where tablename = '{table}' and "
                       f"schemaname = '{lab.dataset}'"), len(found), "indexes")
    return found


@case
def unique_hints(lab):
    """Of dlt's hints, unique alone makes a constraint; keys and sorting are for merges."""
    columns = {"a": {"name": "a", "unique": True}, "k": {"name": "k", "primary_key": True},
               "s": {"name": "s", "sort": True}}
    lab.load_hinted([{"a": 1, "k": 1, "s": 1, "l": [1]}], columns=columns)
    same(constraints(lab, "t"), quirk(lab, "unique")["t"])
    same(constraints(lab, "t__l"), quirk(lab, "unique")["t__l"])
    if lab.kind == "duckdb":
        return
    lab.load_hinted([{"a": 2, "k": 1, "s": 1, "u": 1}],
                    columns={"u": {"name": "u", "unique": True}})
    same(constraints(lab, "t"), ["_dlt_id", "a", "u"])
    run = lab.try_load([{"a": 2, "k": 1, "s": 1}])
    expect(run.code != 0 and "t_a_key" in run.err and "(a)=(2)" in run.err, run.err)
    same(lab.count(), 2)


LARGE = 5000  # rows of new tables whose constraints are made when they are there


@case
def constraints_as_create_table_makes_them(lab):
    """In a new table, whose rows came before the constraints, and in one that a replace put in the
    place of another: their names, too, which Postgres cuts."""
    if lab.kind == "duckdb":
        return
    columns = {"a": {"name": "a", "unique": True},
               "b" * 60: {"name": "b" * 60, "unique": True, "nullable": False}}
    names = ["t", "long" * 13, "long" * 13 + "er"]  # two that are cut to the same
    lab.server.sql(f"create schema {lab.dataset}_as; set search_path = {lab.dataset}_as; " + "".join(
        f"create table {name} (a bigint unique, {'b' * 60} bigint unique not null, "
        "_dlt_load_id varchar not null, _dlt_id varchar unique not null); " for name in names))

    def definitions(dataset):
        return lab.server.sql(
            "select t.relname, conname, i.relname, pg_get_constraintdef(c.oid), condeferrable, "
            "convalidated, indisvalid from pg_constraint c join pg_index on indexrelid = conindid "
            "join pg_class i on i.oid = conindid join pg_class t on t.oid = conrelid where "
            f"connamespace = '{dataset}'::regnamespace and t.relname not like '\\_dlt%' "
            "order by 1, 2")

    wanted = definitions(lab.dataset + "_as")
    same(len(wanted), 9)
    optimized = {"write_disposition": "replace",
                 "additional_table_hints": {"x-replace-strategy": "staging-optimized"}}
    for size, more in (1, {}), (1, optimized), (LARGE, {}), (LARGE, optimized):
        if not more:
            lab.server.sql(f"drop schema if exists {lab.dataset} cascade")
        rows = [{"a": i, "b" * 60: i} for i in range(size)]
        for name in names:
            lab.load_hinted(rows, columns=columns, table=name, **more)
        same(definitions(lab.dataset), wanted)
    lab.server.sql(f"drop schema {lab.dataset}_as cascade")


@case
def values_that_are_not_unique(lab):
    """In the load that makes the table, and in the one that a table is replaced by."""
    if lab.kind == "duckdb":
        return
    hints = {"columns": {"a": {"name": "a", "unique": True}}}
    optimized = {**hints, "write_disposition": "replace",
                 "additional_table_hints": {"x-replace-strategy": "staging-optimized"}}
    refused = [{"a": i} for i in range(LARGE)] + [{"a": 7}]
    lab.refuse(refused, "table t", "(a)=(7)", options=("--hints", json.dumps(hints)))
    same("t" in lab.tables(), False)
    lab.load([{"a": 1}], "--hints", json.dumps(hints))
    lab.refuse(refused, "table t", "(a)=(7)", options=("--hints", json.dumps(optimized)))
    same(lab.rows("select a from t"), [[1]])


@case
def unique_values_that_are_long(lab):
    """Postgres keeps keys of an index on a page, as far as they cannot be compressed."""
    row = {"u": "".join(chr(0x4e00 + i * 7919 % 20000) for i in range(6000))}
    hints = "--hints", json.dumps({"columns": {"u": {"name": "u", "unique": True}}})
    if lab.kind == "duckdb":
        lab.load([row], *hints)
        return
    for n in 1, LARGE:
        lab.refuse([{"u": str(i)} for i in range(n)] + [row], f"table t{n}", "index row",
                   "unique column", options=hints, table=f"t{n}")
    lab.load([row], *hints, "--to", lab.url + "?create_indexes=false", table="u")
    same(lab.rows("select u from u"), [[row["u"]]])


@case
def unique_hints_without_indexes(lab):
    if lab.kind == "duckdb":
        return
    lab.url += "?create_indexes=false"
    lab.load_hinted([{"a": 1}, {"a": 1}], columns={"a": {"name": "a", "unique": True}})
    same(constraints(lab, "t"), [])
    same(lab.count(), 2)


# ---- dispositions ----


@case
def append(lab):
    for _ in range(3):
        lab.load([{"a": 1, "l": [1]}])
    same(lab.tables(), {"t": 3, "t__l": 3})
    same(lab.loads(), 3)
    same(lab.value("select count(distinct _dlt_load_id) as n from t"), 3)


@case
def replace(lab):
    lab.load([{"a": 1, "l": [1, 2]}, {"a": 2}])
    lab.load([{"a": 9}], table="other")
    lab.load([{"a": 3}], "--write-disposition", "replace")
    same(lab.rows("select a from t"), [[3]])
    same(lab.tables(), {"t": 1, "t__l": 0, "other": 1})
    lab.load([], "--write-disposition", "replace")
    same(lab.tables(), {"t": 0, "t__l": 0, "other": 1})


def replaced_by(strategy):
    return json.dumps({"write_disposition": "replace",
                       "additional_table_hints": {"x-replace-strategy": strategy}})


@case
def replace_keeps_views(lab):
    if lab.kind == "duckdb":  # nothing but headrace opens the file
        return
    lab.load([{"a": 0, "l": [0]}])
    lab.server.sql(f"create view {lab.dataset}.v as select a from {lab.dataset}.t")
    for n, strategy in enumerate(("truncate-and-insert", "insert-from-staging",
                                  "staging-optimized")):
        lab.load([{"a": n, "l": [n, n]}], "--hints", replaced_by(strategy))
        same(lab.rows("select a from v"), [[n]])
        same(lab.tables(), {"t": 1, "t__l": 2})


@case
def replace_keeps_what_hangs_on_a_table(lab):
    """Also by the strategy that puts another table in its place, where nothing hangs on it."""
    if lab.kind == "duckdb":
        return
    for n, attach in enumerate((
            "comment on table {t} is 'kept'", "comment on column {t}.a is 'kept'",
            "grant select on {t} to public", "grant select (a) on {t} to public",
            "create index on {t} (a)", "alter table {t} enable row level security",
            "create rule r as on delete to {t} where false do also select 1",
            "create publication p{n} for table {t} with (publish = 'insert')",
            "create table {t}_other (x varchar references {t} (_dlt_id) on delete cascade)",
            "alter table {t} add check (a > 0)", "alter table {t} alter a set default 5",
            "alter table {t} add foreign key (_dlt_id) references {t} (_dlt_id)",
            "alter table {t} set (fillfactor = 50)", "alter table {t} set unlogged",
            "create table {t}_heir () inherits ({t})")):
        table = f"{lab.dataset}.t{n}"
        options = "--hints", replaced_by("staging-optimized")
        lab.load([{"a": 1}], table=f"t{n}")
        number = f"select '{table}'::regclass::oid::bigint as n"
        before = lab.value(number)
        lab.load([{"a": 2}], *options, table=f"t{n}")
        swapped = lab.value(number)
        expect(before != swapped, "nothing hangs on the table yet")
        lab.server.sql(attach.format(t=table, n=n))
        lab.load([{"a": 3}], *options, table=f"t{n}")
        same(lab.value(number), swapped, attach)
        same(lab.rows(f"select a from t{n}"), [[3]], attach)


# ---- all or nothing ----

POINTS = ["load.begin", "load.after_migrate", "load.before_insert", "load.after_insert",
          "load.before_ledger", "load.before_commit"]
ROWS = [{"a": i, "l": [i, i]} for i in range(1000)]


@case
def killed_before_the_commit(lab):
    lab.load([{"a": -1, "l": [1]}])
    for point in POINTS:
        lab.load_killed(point, ROWS)
        same(lab.tables(), {"t": 1, "t__l": 1}, f"after a kill at {point}")
        same(lab.loads(), 1, f"loads after a kill at {point}")
    lab.load(ROWS)
    same(lab.tables(), {"t": 1001, "t__l": 2001})
    same(lab.loads(), 2)


@case
def killed_after_the_commit(lab):
    lab.load_killed("load.after_commit", ROWS)
    run = lab.load([{"a": -1}])
    same(lab.tables(), {"t": 1001, "t__l": 2000})
    expect("already" in run.err + run.out or lab.loads() == 2, "the first load counts once")
    same(lab.loads(), 2)


@case
def killed_in_a_replace(lab):
    lab.load(ROWS)
    for point in POINTS:
        lab.load_killed(point, [{"a": 7}], "--write-disposition", "replace")
        same(lab.tables(), {"t": 1000, "t__l": 2000}, f"after a kill at {point}")
    lab.load([{"a": 7}], "--write-disposition", "replace")
    same(lab.tables(), {"t": 1, "t__l": 0})


@case
def failed_loads_leave_no_rows(lab):
    lab.load_killed("load.before_commit", [{"a": 1}])
    left = {name for name in lab.tables()}
    query = ("select table_name from information_schema.tables where "
             f"table_schema = '{lab.dataset}' and table_name not like '%dlt%'")
    left = {name for [name] in lab.rows(query)}
    same(left, quirk(lab, "failed_load"))
    for table in left:
        same(lab.count(table), 0)


@case
def readers_see_all_or_nothing(lab):
    """A reader that asks over and over, while whole sets of rows replace each other."""
    if lab.kind == "duckdb":
        return  # nobody else opens the file while a run has it
    lab.load([{"a": 0, "l": [0, 0]} for _ in range(2000)])
    seen, stop = set(), threading.Event()

    def look():
        while not stop.is_set():
            seen.add(lab.server.sql(
                f"select count(*), min(a), max(a), (select count(*) from {lab.dataset}.t__l) "
                f"from {lab.dataset}.t")[0])

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for n in (1, 2, 3):
            lab.load([{"a": n, "l": [n, n]} for _ in range(2000)], "--write-disposition", "replace")
    finally:
        stop.set()
        reader.join()
    expect(seen <= {(2000, n, n, 4000) for n in range(4)}, f"a reader saw {seen}")


# ---- reading ----


@case
def nothing_is_there_yet(lab):
    run = lab.run("tables", *lab.place())
    expect(run.code != 0 and "headrace" in run.err, run.err)


@case
def reading_commands(lab):
    lab.load([{"a": 1, "s": "x", "l": [1]}, {"a": 2}])
    same(lab.tables(), {"t": 2, "t__l": 1})
    run = lab.run("show", "t", "--format", "csv", *lab.place())
    same(run.out.splitlines()[1].split(",")[:2], ["1", "x"])
    expect(lab.run("trace", *lab.place()).code == 0, "trace")
    expect(lab.run("packages", *lab.place()).code == 0, "packages")
    same(lab.rows("select cast(sum(a) as bigint) as s, count(s) as c from t"), [[3, 1]])
    run = lab.run("sql", "select nothing from nowhere", *lab.place())
    expect(run.code != 0 and "nowhere" in run.err, run.err)


@case
def jobs_are_reported(lab):
    """Each file of the package, with what became of it."""
    info = json.loads(lab.load([{"a": 1, "l": [1, 2]}], "--json").out)
    same([(job["table"], job["rows"], job["state"]) for job in info["package"]["jobs"]],
         [("t", 1, "loaded"), ("t__l", 2, "loaded")])
    expect(all(job["bytes"] and job["seconds"] >= 0 for job in info["package"]["jobs"]), str(info))
    same([(r["name"], r["rows"]) for r in info["resources"]], [("t", 1)])
    if lab.kind == "duckdb":
        return  # takes every text
    run = lab.try_load([{"a": 1, "l": ["\0"]}], "--json")
    info = json.loads(run.out)
    same([(job["table"], job["state"]) for job in info["package"]["jobs"]],
         [("t", "rolled_back"), ("t__l", "failed")], run.err)
    same(([step["status"] for step in info["steps"]], info["package"]["state"]),
         (["done", "failed"], "discarded"))


def stored_state(text):
    """Without the part that stays on this machine."""
    return {name: value for name, value in json.loads(text).items() if name != "_local"}


@case
def state_comes_back(lab):
    """A working folder that is lost is made again from the destination; tables can be dropped."""
    lab.load([{"a": 1, "l": [1]}])
    lab.load([{"b": 1}], table="other")
    before = lab.run("state", "--json", *lab.place())
    same(before.code, 0, before.err)
    extracted = json.loads(before.out)["_local"]["_last_extracted_at"]
    expect(extracted > "\uf0272026", f"last extracted at {extracted}")
    shutil.rmtree(lab.folder / "pipelines")
    run = lab.run("sync", *lab.place())
    same(run.code, 0, run.err)
    after = lab.run("state", "--json", *lab.place())
    same(stored_state(after.out), stored_state(before.out), "state")
    run = lab.run("drop", "t", *lab.place())
    same(run.code, 0, run.err)
    same(lab.tables(), {"other": 1})
    lab.load([{"a": "text now"}])
    same(lab.tables(), {"other": 1, "t": 1})


@case
def many_rows_at_the_last_cursor_value(lab):
    """More of them than the state has room for: their hashes are in a table of the dataset."""
    hints = ("--incremental", "at", "--primary-key", "i")
    lab.load([{"i": i, "at": 9} for i in range(5000)], *hints)
    lab.load([{"i": i, "at": 9} for i in range(4990, 5010)], *hints)
    lab.load([{"i": i, "at": 9} for i in range(5010)], *hints)
    same(lab.rows("select count(*) as n, count(distinct i) as ids from t"), [[5010, 5010]])


@case
def large_results(lab):
    lab.load([{"i": i, "s": "x" * (i % 50)} for i in range(30000)])
    got = lab.rows("select i, length(s) as n from t order by i")
    same(got, [[i, i % 50] for i in range(30000)])


# ---- several at once ----


@case
def several_pipelines(lab):
    together = quirk(lab, "writers")
    codes = []

    def load(n):
        run = lab.run("load", str(files[n]), "--table", "shared", "--to", lab.url, "--dataset",
                      lab.dataset, "--pipeline", f"p{n}")
        codes.append((run.code, run.err))

    files = [lab.write([{"n": n, "k": i} for i in range(50)]) for n in range(6)]
    threads = [threading.Thread(target=load, args=(n,)) for n in range(len(files))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    well = sum(code == 0 for code, _ in codes)
    if together:
        same(well, len(files), f"loads at once: {codes}")
    if not well:
        raise Wrong(f"none came through: {codes}")
    lab.load([{"n": -1}])
    same(lab.count("shared"), 50 * well)
    same(lab.loads(), well + 1)


# ---- merging ----

FIRST = [{"id": 1, "v": "a", "l": [1, 2]}, {"id": 2, "v": "b", "l": [3]}, {"id": 3, "v": "c"}]
SECOND = [{"id": 2, "v": "B", "l": [4, 5]}, {"id": 4, "v": "d", "l": [6]}]
CHILDREN = ("select t.id, l.value from t__l l join t on t._dlt_id = l._dlt_parent_id "
            "order by t.id, l._dlt_list_idx")


def merge(strategy, **more):
    return {"write_disposition": {"disposition": "merge", "strategy": strategy, **more},
            "primary_key": "id"}


def merged(lab, strategy, rows, children):
    lab.load_hinted(FIRST, **merge(strategy))
    lab.load_hinted(SECOND, **merge(strategy))
    same(lab.rows("select id, v from t order by id"), rows, strategy)
    same(lab.rows(CHILDREN), children, f"{strategy}: children")
    same(lab.count("t__l"), len(children), "children without a parent")


@case
def merge_delete_insert(lab):
    merged(lab, "delete-insert", [[1, "a"], [2, "B"], [3, "c"], [4, "d"]],
           [[1, 1], [1, 2], [2, 4], [2, 5], [4, 6]])


@case
def merge_upsert(lab):
    merged(lab, "upsert", [[1, "a"], [2, "B"], [3, "c"], [4, "d"]],
           [[1, 1], [1, 2], [2, 4], [2, 5], [4, 6]])


@case
def merge_insert_only(lab):
    lab.load_hinted([{k: v for k, v in row.items() if k != "l"} for row in FIRST],
                    **merge("insert-only"))
    lab.load_hinted([{k: v for k, v in row.items() if k != "l"} for row in SECOND],
                    **merge("insert-only"))
    same(lab.rows("select id, v from t order by id"), [[1, "a"], [2, "b"], [3, "c"], [4, "d"]])


@case
def merge_scd2(lab):
    hints = {"write_disposition": {"disposition": "merge", "strategy": "scd2"}}
    lab.load_hinted([{"id": 1, "v": "a"}, {"id": 2, "v": "b"}], **hints)
    lab.load_hinted([{"id": 1, "v": "a"}, {"id": 2, "v": "B"}], **hints)
    lab.load_hinted([{"id": 1, "v": "a"}, {"id": 2, "v": "B"}], **hints)
    same(lab.rows("select id, v, _dlt_valid_to is null as now from t order by id, v"),
         [[1, "a", True], [2, "B", True], [2, "b", False]])


@case
def merge_deletes_and_sorts(lab):
    columns = {"gone": {"name": "gone", "data_type": "bool", "hard_delete": True},
               "n": {"name": "n", "data_type": "bigint", "dedup_sort": "desc"}}
    hints = {**merge("delete-insert"), "columns": columns}
    lab.load_hinted([{"id": 1, "n": 1, "gone": False}, {"id": 2, "n": 1, "gone": False}], **hints)
    lab.load_hinted([{"id": 1, "n": 2, "gone": True}, {"id": 2, "n": 3, "gone": False},
                     {"id": 2, "n": 2, "gone": True}, {"id": 3, "n": 1, "gone": True}], **hints)
    same(lab.rows("select id, n from t order by id"), [[2, 3]])


@case
def merge_of_new_columns(lab):
    lab.load_hinted([{"id": 1, "v": 1}], **merge("upsert"))
    lab.load_hinted([{"id": 1, "w": "x"}, {"id": 2, "v": "text"}], **merge("upsert"))
    same(lab.columns(), {"id": "bigint", "v": "bigint", "w": "text", "v__v_text": "text"})
    same(lab.rows("select id, v, w, v__v_text from t order by id"),
         [[1, None, "x", None], [2, None, None, "text"]])


@case
def merge_leaves_nothing_in_staging(lab):
    lab.load_hinted(FIRST, **merge("delete-insert"))
    lab.load_hinted(SECOND, **merge("delete-insert"))
    query = ("select count(*) as n from information_schema.tables where table_schema like "
             f"'{lab.dataset}%' and table_schema <> '{lab.dataset}'")
    same(lab.value(query), 0)
    same({name for [name] in lab.rows(
        "select table_name from information_schema.tables where "
        f"table_schema = '{lab.dataset}' and table_name not like '%dlt%'")}, {"t", "t__l"})


@case
def missing_columns_are_told(lab):
    lab.load([{"id": 1, "name": "x"}])
    for columns, says in (("id,nme", "table t has no column nme; did you mean name?"),
                          ("nope", "table t has no column nope; it has id, name, _dlt_load_id")):
        shown = lab.run("show", "t", "--columns", columns, *lab.place())
        expect(shown.code == 1 and says in shown.err, shown.err)
