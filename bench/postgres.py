"""Into Postgres: beside psql, which copies the same rows ready made, and beside dlt; and merges of
few rows into many, beside the bare SQL. The server is one of the tests' own, with fsync on."""

import json
import os
import pathlib
import random
import sys

import generate
import measure

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path += [str(TOP / "tests/support/postgres"),
             *map(str, (TOP / "build/deps").glob("venv/lib/python3*/site-packages"))]

import server as servers

SETTINGS = {"fsync": "on", "shared_buffers": "256MB", "max_wal_size": "4GB",
            "checkpoint_timeout": "30min"}
SERVERS_SHARE = "CPU and memory are those of the client; the server's are not counted for any."
DLT_PART = 45_000
DLT_WAYS = {"csv": "CSV, 2 processes", "best": "Parquet by ADBC, 2 processes"}


def psql(server, script, cwd):
    (cwd / "script.sql").write_text("\\set ON_ERROR_STOP on\n" + script)
    return measure.run(["psql", "-qX", "-h", "127.0.0.1", "-p", server.port, "-U", "postgres", "-f",
                        "script.sql"], cwd=cwd)


def headrace(bench, server, source, scratch, pipeline, *more):
    return measure.run([bench.headrace, "load", source, "--table", "events", "--to", server.url(),
                        "--dataset", "d", "--pipeline", pipeline, "--workers",
                        bench.options.threads, "--pipelines-dir", "pipelines", *more], cwd=scratch)


def tables_of(server):
    return [name for [name] in server.sql(
        "select table_name from information_schema.tables where table_schema = 'd' and "
        "table_name not like '\\_dlt%' order by 1")]


def fresh(server):
    server.sql("drop schema if exists d, e, f, f_staging cascade")
    server.sql("checkpoint")


def prepare(server, tables, scratch):
    """The rows of each table in a file of binary COPY."""
    psql(server, "".join(f"\\copy d.\"{t}\" to '{t}.copy' (format binary)\n" for t in tables),
         scratch)


def psql_once(server, tables, scratch):
    """Into tables with the same constraints, in one transaction, when nothing else is there."""
    server.sql("create schema e; " + "".join(
        f'create table e."{t}" (like d."{t}" including all); ' for t in tables))
    server.sql("drop schema d cascade")
    server.sql("checkpoint")
    return psql(server, "begin;\n" + "".join(
        f"\\copy e.\"{t}\" from '{t}.copy' (format binary)\n" for t in tables) + "commit;\n",
        scratch)


def dlt_once(bench, server, source, scratch, how):
    fresh(server)
    return dlt(bench, ["dlt_load.py", source, scratch, how, dlt_url(server)], scratch)


def dlt_url(server):
    """dlt asks for a password even where the server does not."""
    return server.url(user="postgres:any")


def dlt(bench, command, scratch):
    return measure.run([bench.python, TOP / "bench" / command[0], *command[1:]], cwd=scratch,
                       env=os.environ | {"HOME": str(scratch)})


def dlt_part(bench):
    return DLT_PART if not bench.options.quick else 2000


def dlt_scaled(bench, server, source, scratch, clean, how):
    """Measured on a part; its start is counted once, the rest as often as the part goes into all."""
    part = generate.first_lines(source, dlt_part(bench))
    scale = generate.count_lines(source) / generate.count_lines(part)
    clean()
    start = dlt_once(bench, server, generate.first_lines(source, 1), scratch, how)
    clean()
    cost = dlt_once(bench, server, part, scratch, how)
    return measure.Cost(start.wall + (cost.wall - start.wall) * scale,
                        start.cpu + (cost.cpu - start.cpu) * scale, cost.rss)


def side_by_side(bench, server, name_of_input, source, scratch, clean):
    """One input; in turns."""
    costs = {"Headrace, from JSON": [], "psql, from ready rows": []}
    for n in range(bench.options.runs):
        clean()
        fresh(server)
        costs["Headrace, from JSON"].append(headrace(bench, server, source, scratch, f"p{n}"))
        tables = tables_of(server)
        prepare(server, tables, scratch)
        costs["psql, from ready rows"].append(psql_once(server, tables, scratch))
    rows = sum(server.sql(f'select count(*) from e."{t}"')[0][0] for t in tables)
    costs = {who: measure.median(each) for who, each in costs.items()}
    notes = [SERVERS_SHARE]
    if not bench.options.no_dlt:
        for how, name in DLT_WAYS.items():
            costs[f"dlt, {name} *"] = dlt_scaled(bench, server, source, scratch, clean, how)
        notes.append(f"\\* measured on {dlt_part(bench):,} documents and reckoned for all of them; the "
                     "start is counted once, memory is that of the part.")
    report(f"Postgres, {name_of_input}: {measure.megabytes(source.stat().st_size)}, {rows:,} rows "
           f"in {len(tables)} tables", costs, "Headrace, from JSON", notes)


def report(title, costs, us, notes=()):
    ours = costs[us].wall
    measure.table(title, ["", "wall", "Headrace ÷ it", "it ÷ Headrace", "CPU", "memory"],
                  [[who, measure.seconds(c.wall), f"{ours / c.wall:.2f}", f"{c.wall / ours:.1f}",
                    measure.seconds(c.cpu), measure.megabytes(c.rss)]
                   for who, c in costs.items()], "\n".join(notes))


def load(bench, inputs, scratch, clean):
    with servers.Server(settings=SETTINGS) as server:
        for name, source in (("nested", generate.nested(inputs)),
                             ("github", generate.github(inputs, 10 if bench.options.quick else 400))):
            if bench.options.quick and name == "nested":
                source = generate.first_lines(source, 20_000)
            elif bench.options.documents:
                source = generate.first_lines(source, bench.options.documents)
            side_by_side(bench, server, name, source, scratch, clean)


# ---- merges ----

CHANGED = 100_000
HINTS = {"write_disposition": {"disposition": "merge", "strategy": "delete-insert"},
         "primary_key": "id"}
OURS, BARE, DLT = "d", "e", "f"  # datasets, each with the table that is merged into

BARE_SQL = f"""
begin;
create temporary table stage (like {BARE}.customers) on commit drop;
\\copy stage from 'stage.copy' (format binary)
analyze stage;
delete from {BARE}.customers c where exists (select 1 from stage s where s.id = c.id);
insert into {BARE}.customers select * from stage;
commit;
"""


def documents(path, ids, mark):
    with open(path, "w", encoding="utf-8") as out:
        for i in ids:
            out.write(json.dumps({"id": i, "name": f"name of {i}", "value": i * 0.5, "mark": mark})
                      + "\n")
    return path


def merge_once(bench, server, source, scratch):
    return measure.run([bench.headrace, "load", source, "--table", "customers", "--hints",
                        json.dumps(HINTS), "--to", server.url(), "--dataset", OURS, "--pipeline",
                        "merges", "--pipelines-dir", "pipelines"], cwd=scratch)


def dlt_merge_once(bench, server, source, scratch):
    return dlt(bench, ["dlt_merge.py", source, scratch, json.dumps(HINTS), dlt_url(server), DLT],
               scratch)


def fill(server, dataset, size):
    """Rows beside the one that made the table; the server makes them, with ids that are as random as
    dlt's, and its index at the end."""
    columns = "id, name, value, mark, _dlt_load_id, _dlt_id"
    some_id = "rtrim(encode(substr(decode(md5(i::text), 'hex'), 1, 10), 'base64'), '=')"
    server.sql(f"""
        alter table {dataset}.customers drop constraint customers__dlt_id_key;
        insert into {dataset}.customers ({columns}) select i, 'name of ' || i, i * 0.5, 0,
            (select _dlt_load_id from {dataset}.customers), {some_id}
            from generate_series(1, {size - 1}) i;
        alter table {dataset}.customers add constraint customers__dlt_id_key unique (_dlt_id)""")


def settle(server, dataset):
    server.connect().cursor().execute(f"vacuum analyze {dataset}.customers")
    server.sql("checkpoint")


def bare_once(server, mark, scratch):
    """The rows that Headrace has merged just now, ready made."""
    psql(server, f"\\copy (select * from {OURS}.customers where mark = {mark}) to 'stage.copy' "
         "(format binary)\n", scratch)
    return psql(server, BARE_SQL, scratch)


def check_merged(server, dataset, size, changed, mark):
    [found] = server.sql(f"select count(*), count(*) filter (where mark = {mark}) from "
                         f"{dataset}.customers")
    if found != (size, changed):
        sys.exit(f"bench: the merges into {dataset} left {found}")


def merge_into(bench, server, size, scratch, clean):
    clean()
    fresh(server)
    changed = CHANGED if not bench.options.quick else 1000
    some = random.Random(1).sample(range(size), changed)
    first = documents(scratch / "first.jsonl", [0], 0)
    ways = {"Headrace": (OURS, lambda source, _: merge_once(bench, server, source, scratch)),
            "COPY, DELETE, INSERT by psql": (BARE, lambda _, mark: bare_once(server, mark, scratch))}
    merge_once(bench, server, first, scratch)
    server.sql(f"create schema {BARE}; create table {BARE}.customers (like {OURS}.customers "
               f"including all); insert into {BARE}.customers select * from {OURS}.customers")
    fill(server, OURS, size)
    fill(server, BARE, size)
    if not bench.options.no_dlt:
        ways["dlt, CSV"] = DLT, lambda source, _: dlt_merge_once(bench, server, source, scratch)
        dlt_merge_once(bench, server, first, scratch)
        fill(server, DLT, size)
    costs = {who: [] for who in ways}
    for mark in range(1, bench.options.runs + 1):
        source = documents(scratch / "some.jsonl", some, mark)
        for who, (dataset, once) in ways.items():
            settle(server, dataset)
            costs[who].append(once(source, mark))
            check_merged(server, dataset, size, changed, mark)
    report(f"Postgres: {changed:,} changed rows merged into {size:,}",
           {who: measure.median(each) for who, each in costs.items()}, "Headrace", [SERVERS_SHARE])


def merge(bench, scratch, clean):
    with servers.Server(settings=SETTINGS) as server:
        for size in (20_000,) if bench.options.quick else (2_000_000, 10_000_000):
            merge_into(bench, server, size, scratch, clean)
