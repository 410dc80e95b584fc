"""Into Postgres: beside psql, which copies the same rows ready made, and beside dlt; and merges of
few rows into many, beside the bare SQL. The server is one of the tests' own, with fsync on."""

import json
import os
import pathlib
import random
import subprocess
import sys

import generate
import measure

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path += [str(TOP / "tests/support/postgres"),
             *map(str, (TOP / "build/deps").glob("venv/lib/python3*/site-packages"))]

import server as servers

SETTINGS = {"fsync": "on", "shared_buffers": "256MB", "max_wal_size": "4GB",
            "checkpoint_timeout": "30min"}
DLT_PART = 45_000


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
    server.sql("drop schema if exists d cascade")
    server.sql("drop schema if exists e cascade")
    server.sql("checkpoint")


def prepare(server, tables, scratch):
    """The rows of each table in a file of binary COPY."""
    psql(server, "".join(f"\\copy d.\"{t}\" to '{t}.copy' (format binary)\n" for t in tables),
         scratch)


def psql_once(server, tables, scratch):
    """Into tables with the same constraints, in one transaction."""
    server.sql("create schema e; " + "".join(
        f'create table e."{t}" (like d."{t}" including all); ' for t in tables))
    server.sql("checkpoint")
    return psql(server, "begin;\n" + "".join(
        f"\\copy e.\"{t}\" from '{t}.copy' (format binary)\n" for t in tables) + "commit;\n",
        scratch)


def dlt_once(bench, server, source, scratch, how):
    fresh(server)
    return measure.run([bench.python, TOP / "bench/dlt_load.py", source, scratch, how,
                        server.url(user="postgres:any")], cwd=scratch,
                       env=os.environ | {"HOME": str(scratch)})


def side_by_side(bench, server, name, source, scratch, clean):
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
    notes = ["psql's CPU and memory are those of psql; the server's are not counted for any."]
    if not bench.options.no_dlt:
        clean()
        part = generate.first_lines(source, DLT_PART if not bench.options.quick else 2000)
        scale = generate.count_lines(source) / generate.count_lines(part)
        for how in ("csv", "default"):
            clean()
            start = dlt_once(bench, server, generate.first_lines(source, 1), scratch, how)
            clean()
            cost = dlt_once(bench, server, part, scratch, how)
            costs[f"dlt, {how} *"] = measure.Cost(
                start.wall + (cost.wall - start.wall) * scale,
                start.cpu + (cost.cpu - start.cpu) * scale, cost.rss)
        notes.append(f"\\* measured on {generate.count_lines(part):,} documents and reckoned for "
                     "all of them; the start is counted once, memory is that of the part.")
    ours = costs["Headrace, from JSON"].wall
    measure.table(
        f"Postgres, {name}: {measure.megabytes(source.stat().st_size)}, {rows:,} rows in "
        f"{len(tables)} tables", ["", "wall", "Headrace ÷ it", "CPU", "memory"],
        [[who, measure.seconds(c.wall), f"{ours / c.wall:.2f}", measure.seconds(c.cpu),
          measure.megabytes(c.rss)] for who, c in costs.items()], "\n".join(notes))


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


def documents(path, ids, mark):
    with open(path, "w", encoding="utf-8") as out:
        for i in ids:
            out.write(json.dumps({"id": i, "name": f"name of {i}", "value": i * 0.5, "mark": mark})
                      + "\n")
    return path


BARE = """
begin;
create temporary table stage (like d.events) on commit drop;
\\copy stage from 'stage.copy' (format binary)
analyze stage;
delete from d.events e where exists (select 1 from stage s where s.id = e.id);
insert into d.events select * from stage;
commit;
"""


HINTS = {"write_disposition": {"disposition": "merge", "strategy": "delete-insert"},
         "primary_key": "id"}


def build_loader(bench, work):
    """tests/compat/load_tables.c, which takes hints."""
    libraries = bench.headrace.parent
    subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", f"-I{TOP}/include",
                    TOP / "tests/compat/load_tables.c", "-o", work / "load_tables",
                    f"-L{libraries}", f"-Wl,-rpath,{libraries}", "-lheadrace"], check=True)
    return work / "load_tables"


def merge_once(server, loader, source, scratch):
    (scratch / "list").write_text(f"events\t{json.dumps(HINTS)}\t{source}\n")
    return measure.run(["sh", "-c", f"exec {loader} p pipelines {server.url()} d < list"],
                       cwd=scratch)


def merge_into(bench, server, size, scratch, clean):
    loader = build_loader(bench, scratch.parent)
    costs = {"Headrace": [], "COPY, DELETE, INSERT by psql": []}
    clean()
    fresh(server)
    changed = CHANGED if not bench.options.quick else 1000
    some = random.Random(1).sample(range(size), changed)
    merge_once(server, loader, documents(scratch / "all.jsonl", range(size), 0), scratch)
    for n in range(bench.options.runs):
        source = documents(scratch / "some.jsonl", some, n + 1)
        server.sql("vacuum analyze d.events")
        server.sql("checkpoint")
        costs["Headrace"].append(merge_once(server, loader, source, scratch))
        psql(server, f"\\copy (select * from d.events where mark = {n + 1}) to 'stage.copy' "
             "(format binary)\n", scratch)
        server.sql("vacuum analyze d.events")
        server.sql("checkpoint")
        costs["COPY, DELETE, INSERT by psql"].append(psql(server, BARE, scratch))
    costs = {who: measure.median(each) for who, each in costs.items()}
    [found] = server.sql(f"select count(*), count(distinct id), count(*) filter (where mark = "
                         f"{bench.options.runs}) from d.events")
    if found != (size, size, changed):
        sys.exit(f"bench: the merges left {found}")
    ours = costs["Headrace"].wall
    measure.table(f"Postgres: {changed:,} changed rows merged into {size:,}",
                  ["", "wall", "Headrace ÷ it"],
                  [[who, measure.seconds(c.wall), f"{ours / c.wall:.2f}"]
                   for who, c in costs.items()])


def merge(bench, scratch, clean):
    with servers.Server(settings=SETTINGS) as server:
        for size in (20_000,) if bench.options.quick else (2_000_000, 10_000_000):
            merge_into(bench, server, size, scratch, clean)
