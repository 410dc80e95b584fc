"""Tables that others have made, change or read beside a load."""

import contextlib
import json
import signal
import subprocess

from harness import ROWS, background, case, loaded_once, role, stopped_at, unique_columns, wait_for
from lab import expect, same


@case
def table_that_two_make_at_once(lab):
    """The one that comes later loads its rows once more, into the table of the other, which lacks
    one of its columns. What is not a table in the way is named."""
    with stopped_at(lab, "load.after_insert", [{"i": i, "more": "x"} for i in range(5000)]):
        run = lab.run("load", str(lab.write([{"i": 3}])), "--table", "t", "--to", lab.url,
                      "--dataset", lab.dataset, "--pipeline", "other")
        same(run.code, 0, run.err)
    same(lab.rows("select count(*) as n, count(more) as more from t"), [[5001, 5000]])
    same(lab.loads(), 2)
    same(unique_columns(lab), 1)


@contextlib.contextmanager
def slow_constraints(lab):
    """ALTER TABLE takes half a minute as long as the block does."""
    lab.server.sql("create function slow() returns event_trigger language plpgsql as "
                   "$$ begin perform pg_sleep(30); end $$; create event trigger slow on "
                   "ddl_command_start when tag in ('ALTER TABLE') execute function slow()")
    try:
        yield
    finally:
        lab.server.sql("drop event trigger slow; drop function slow()")


@case
def ended_while_constraints_are_made(lab):
    """By the user, who has the program back at once; by kill -9; by the server's administrator."""
    command = [lab.programs.headrace, "load", str(lab.write(ROWS)), "--table", "t", *lab.place()]
    asleep = "from pg_stat_activity where query like '%ADD UNIQUE%' and wait_event = 'PgSleep'"
    for how in signal.SIGINT, signal.SIGKILL:
        with slow_constraints(lab), \
                subprocess.Popen(command, cwd=lab.folder, env=lab.environment(),
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            wait_for(lab, f"select 1 {asleep}")
            process.send_signal(how)
            expect(process.wait(10) != 0, f"{how} does not end it")
        if how == signal.SIGINT:
            same(lab.server.sql(f"select pid {asleep}"), [])
            same(lab.tables(), {})
    with slow_constraints(lab), background(lab.try_load, ROWS) as result:
        wait_for(lab, f"select pg_terminate_backend(pid) {asleep}")
        lab.server.sql("alter event trigger slow disable")
    same(result[0].code, 0, result[0].err)
    loaded_once(lab)
    same(lab.server.sql("select relname from pg_class where relname like '%headrace%'"), [])


@case
def names_that_are_taken(lab):
    """By what is not a table, or a table that the role cannot see; for few rows and for many."""
    lab.load([{"i": 0}])
    with role(lab, f"grant usage, create on schema {lab.dataset} to ROLE",
              f"grant all on all tables in schema {lab.dataset} to ROLE"):
        lab.server.sql(f"set search_path = {lab.dataset}; create view v as select 1 as j; "
                       "create sequence s; create type y as (j int); create table h (j int)")
        for name in ("v", "s", "y", "h"):
            for n in 1, 5000:
                lab.refuse([{"i": 1}] * n, f"table {name}: ", table=name)
    same(lab.loads(), 1)


@case
def view_on_a_table_that_is_to_go(lab):
    lab.load([{"i": 1}])
    lab.server.sql(f"create view {lab.dataset}.v as select i from {lab.dataset}.t")
    lab.refuse([{"i": 2}], "view", options=("--refresh", "drop_resources"))
    lab.load([{"i": 2}], "--write-disposition", "replace")
    same(lab.rows("select i from v"), [[2]])


@case
def columns_of_somebody_elses_types(lab):
    """A domain stays and is obeyed; other types are named."""
    lab.server.sql(
        f"create schema {lab.dataset}; set search_path = {lab.dataset}; "
        "create domain few as int check (value between 0 and 9); create domain word as text; "
        "create type mood as enum ('well'); create table t (i few, w word, m mood, u uuid, "
        "_dlt_load_id varchar not null, _dlt_id varchar not null unique)")
    lab.load([{"i": 5, "w": "a"}])
    lab.refuse([{"i": 10}], "table t", "few_check")
    lab.refuse([{"i": 3_000_000_000}], "table t, column i", "integer")
    lab.refuse([{"m": "well"}], "table t, column m", "mood")
    lab.refuse([{"u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}], "table t, column u", "uuid")
    same(lab.rows("select i, w from t"), [[5, "a"]])
    same(lab.server.sql("select domain_name from information_schema.columns where table_schema = "
                        f"'{lab.dataset}' and table_name = 't' and ordinal_position < 3"),
         [("few",), ("word",)])
    run = lab.run("sql", "delete from t", *lab.place())
    expect(run.code != 0 and "only read" in run.err and "standby" not in run.err, run.err)


@case
def tables_that_somebody_made(lab):
    """Their defaults, generated columns, partitions and triggers stay and work, whatever comes;
    what they refuse is told."""
    own = "_dlt_load_id varchar not null, _dlt_id varchar not null unique"
    lab.server.sql(
        f"create schema {lab.dataset}; set search_path = {lab.dataset}; "
        f"create table filled (a bigint, n int generated always as identity, g int generated always "
        f"as (a * 2) stored, d text default 'd', {own}); "
        "create table parts (a bigint, _dlt_load_id varchar not null, _dlt_id varchar not null) "
        "partition by range (a); "
        "create table part_1 partition of parts for values from (0) to (10); "
        "create function tell() returns trigger language plpgsql as $$ begin "
        "raise notice 'a row: %', repeat('x', 500); return new; end $$; "
        f"create table told (a bigint, {own}); "
        "create trigger tell before insert on told for each row execute function tell(); "
        f"create table narrow (a bigint check (a < 5), must text not null, {own}); "
        f"create view seen as select * from narrow")
    for options in (), ("--write-disposition", "replace"), \
            ("--hints", json.dumps({"write_disposition": "replace", "additional_table_hints":
                                    {"x-replace-strategy": "staging-optimized"}})), \
            ("--write-disposition", "merge", "--primary-key", "a"):
        lab.load([{"a": 1}], *options, table="filled")
        same(lab.rows("select distinct g, d from filled"), [[2, "d"]], options)
        lab.load([{"a": 1}], *options, table="parts")
        same(lab.rows("select distinct a from part_1"), [[1]], options)
        lab.refuse([{"a": 11}], "table parts", "no partition", options=options, table="parts")
        lab.load([{"a": i} for i in range(3000)], *options, table="told")
        same(lab.rows("select count(distinct a) as n from told"), [[3000]], options)
    lab.refuse([{"a": 1, "g": 3}], "table filled", "generated column", table="filled")
    lab.refuse([{"a": "x"}], "table filled", "generated column", table="filled",
               options=("--on-conflict", "widen"))
    lab.refuse([{"a": 7, "must": "x"}], "table narrow", "narrow_a_check", table="narrow")
    lab.refuse([{"a": 1}], "table narrow", "must", "not-null", table="narrow")
    lab.refuse([{"a": 1, "must": "x"}], "view", table="seen")
    same(lab.server.sql(f"select 1 from {lab.dataset}.narrow"), [])


@case
def tables_that_change_beside_a_load(lab):
    """A load that is about to end, with rows in a table, and with a new one that has its name.
    Others wait to make that one, too, and to add a column to the first."""
    lab.load([{"i": 0}])
    waiting = "select 1 from pg_locks where not granted having count(*) = "

    def load(pipeline, row):
        return lab.run("load", str(lab.write([row])), "--table", "t", *lab.place()[:-1], pipeline)

    with contextlib.ExitStack() as stack:
        with stopped_at(lab, "load.placed", [{"i": 1, "n": list(range(5000))}]):
            results = [stack.enter_context(background(load, "maker", {"i": 2, "n": [7]}))]
            wait_for(lab, waiting + "1")
            results.append(stack.enter_context(background(load, "adder", {"more": 1})))
            wait_for(lab, waiting + "2")
    same([result[0].code for result in results], [0, 0], [result[0].err for result in results])
    same(lab.tables(), {"t": 4, "t__n": 5001})
    same(lab.loads(), 4)


@case
def readers_while_a_table_is_made(lab):
    """It is not there, and then it is there with all rows; nobody waits for it."""
    lab.load([{"i": 0}], table="before")
    with stopped_at(lab, "load.placed", [{"i": i} for i in range(5000)]):
        same(lab.server.sql(f"select to_regclass('{lab.dataset}.t')"), [(None,)])
        same(lab.count("before"), 1)
    same(lab.count(), 5000)


@case
def readers_while_tables_are_replaced(lab):
    """They read the old rows until all new ones are there, in whatever way it is done."""
    lab.load([{"i": 0, "n": [0, 0]}])
    for i, strategy in enumerate(("truncate-and-insert", "insert-from-staging",
                                  "staging-optimized")):
        hints = json.dumps({"write_disposition": "replace",
                            "additional_table_hints": {"x-replace-strategy": strategy}})
        with stopped_at(lab, "load.after_insert:2", [{"i": i + 1, "n": [7]}], "--hints", hints):
            same(lab.server.sql("set lock_timeout = '2s'; select i, (select count(*) from "
                                f"{lab.dataset}.t__n) from {lab.dataset}.t"),
                 [(i, 1 if i else 2)], strategy)
        same(lab.rows("select i, (select count(*) from t__n) as n from t"), [[i + 1, 1]], strategy)
        same(unique_columns(lab), 1)


@case
def many_new_tables(lab):
    """More than a transaction has locks for, were each made twice in it."""
    lab.load([{f"l{i}": [1] for i in range(900)}])
    same(lab.server.sql(f"select count(*) from pg_tables where schemaname = '{lab.dataset}' and "
                        "tablename like 't\\_\\_l%'"), [(900,)])
