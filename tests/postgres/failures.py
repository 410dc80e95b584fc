"""Servers that are killed, full, locked or far away; what a load makes of it, and the load after it.

Each ends in exactly-once or in a clear error after which the same load, run again, leaves what one
clean run would have left."""

import argparse
import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support" / "postgres"), str(HERE.parent / "conformance")]

import server
from lab import Destination, Lab, Programs, Wrong, expect, same
from proxy import Proxy

ROWS = [{"i": i, "s": "x" * 300, "l": [i]} for i in range(8000)]  # some 3 MB on the wire
MIDDLE = 1_000_000
COMMIT = b"COMMIT\0"  # the whole statement; BEGIN has READ COMMITTED
SETTINGS = {"wal_level": "replica", "max_prepared_transactions": "2"}
CASES = []


class NotHere(Exception):
    """The machine lacks what the case needs."""


def case(run):
    CASES.append(run)
    return run


def through(lab, proxy, more=""):
    lab.url = lab.server.url(port=proxy.port, more=more)


def direct(lab, more=""):
    lab.url = lab.server.url(more=more)


def loaded_once(lab, times=1):
    direct(lab)
    same(lab.tables(), {"t": 8000 * times, "t__l": 8000 * times}, "rows")
    same(lab.loads(), times, "loads")


@contextlib.contextmanager
def background(run, *arguments):
    """Runs beside; yields a list that gets the result."""
    result = []
    thread = threading.Thread(target=lambda: result.append(run(*arguments)))
    thread.start()
    yield result
    thread.join()


def wait_for(lab, query, seconds=30):
    deadline = time.monotonic() + seconds
    while not lab.server.sql(query):
        if time.monotonic() > deadline:
            raise Wrong(f"never true: {query}")
        time.sleep(0.02)


def reload(lab):
    """The server's new sessions know what its files say now."""
    before = lab.server.sql("select pg_conf_load_time()")[0][0]
    lab.server.sql("select pg_reload_conf()")
    wait_for(lab, f"select 1 where pg_conf_load_time() > '{before}'")


# ---- Connections that break ----


@case
def cut_in_the_middle_of_copy(lab):
    with Proxy(lab.server.port, cuts=1, after=MIDDLE) as proxy:
        through(lab, proxy)
        lab.load(ROWS)
        same(proxy.cut_count, 1)
    loaded_once(lab)


@case
def cut_again_and_again(lab):
    with Proxy(lab.server.port, cuts=100, after=MIDDLE) as proxy:
        through(lab, proxy)
        lab.refuse(ROWS, "connection")
    direct(lab)
    same(lab.loads() if lab.tables() else 0, 0)
    lab.load(ROWS)
    loaded_once(lab)


@case
def cut_while_constraints_are_made(lab):
    with Proxy(lab.server.port, cuts=2, at=b"ADD UNIQUE", deliver=True) as proxy:
        through(lab, proxy)
        lab.load(ROWS)
        same(proxy.cut_count, 2)
    loaded_once(lab)
    same(lab.server.sql("select relname from pg_class where relname like '%headrace%'"), [])


@case
def cut_before_the_commit_arrives(lab):
    lab.load([{"i": -1}], table="before")  # so that the first COMMIT is that of the rows
    with Proxy(lab.server.port, cuts=1, at=COMMIT) as proxy:
        through(lab, proxy)
        run = lab.try_load([{"i": 1}], table="before")
        same(proxy.cut_count, 1)
    direct(lab)
    if run.code != 0:
        same(lab.count("before"), 1, "rows after a failure")
        lab.load([{"i": 1}], table="before")
    same(lab.count("before"), 2)
    same(lab.loads(), 2)


@case
def cut_when_the_commit_is_on_its_way(lab):
    lab.load([{"i": -1}])
    for silent in (False, True):
        with Proxy(lab.server.port, cuts=1, at=COMMIT, deliver=True, silent=silent) as proxy:
            through(lab, proxy)
            lab.load([{"i": 1}])
            same(proxy.cut_count, 1)
    direct(lab)
    same(lab.count(), 3)
    same(lab.loads(), 3)


@case
def cut_again_while_the_outcome_is_looked_up(lab):
    lab.load([{"i": -1}])
    for deliver in (False, True):
        rows = [{"i": int(deliver)}]
        cuts = [COMMIT, b"pg_try_advisory", b"_dlt_loads"]
        with Proxy(lab.server.port, cuts=3, at=cuts, deliver=deliver) as proxy:
            through(lab, proxy)
            run = lab.try_load(rows)
            same(proxy.cut_count, 3, run.err)
        direct(lab)
        if run.code != 0:
            expect(not deliver, run.err)
            lab.load(rows)
    same(lab.rows("select i from t order by i"), [[-1], [0], [1]])
    same(lab.loads(), 3)


@case
def ledger_that_cannot_be_read_after_a_cut(lab):
    """Whether the commit came through is not known then, and not guessed: the next run looks."""
    lab.load([{"i": -1}])
    for n, deliver in enumerate((False, True)):
        path = lab.write([{"i": n}])
        with Proxy(lab.server.port, cuts=1, at=COMMIT, deliver=deliver) as proxy, \
                session(lab) as locker, open(path, "rb") as rows:
            through(lab, proxy, "?lock_timeout=300ms")
            with subprocess.Popen(
                    [lab.programs.fault, "load", "-", "--table", "t", *lab.place()],
                    cwd=lab.folder, env={**lab.environment(), "HR_STOP_AT": "load.before_commit"},
                    stdin=rows, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
                os.waitid(os.P_PID, process.pid, os.WSTOPPED)
                lock = f"lock table {lab.dataset}._dlt_loads in access exclusive mode"
                with background(locker.cursor().execute, lock):
                    wait_for(lab, "select 1 from pg_locks where not granted")
                    process.send_signal(signal.SIGCONT)
                err = process.communicate()[1].decode()
            expect(process.returncode != 0 and "could not be looked up" in err
                   and "lock timeout" in err, f"{process.returncode} {err}")
        direct(lab)
        [settled] = json.loads(lab.load([{"i": 7 + n}], "--json").out)["packages_settled"]
        same(settled["outcome"], "already committed" if deliver else "finished")
    same(lab.rows("select i from t order by i"), [[-1], [0], [1], [7], [8]])
    same(lab.loads(), 5)


def slow_commits(lab):
    """From now on a commit in the dataset takes two seconds."""
    lab.server.sql(f"""
        create function {lab.dataset}.slow() returns trigger language plpgsql as
            $$ begin perform pg_sleep(2); return null; end $$;
        create constraint trigger slow after insert on {lab.dataset}._dlt_loads
            deferrable initially deferred for each row execute function {lab.dataset}.slow()""")


@case
def commit_that_takes_long_behind_a_cut(lab):
    """The client is gone when the server begins to commit, and the commit takes its time."""
    lab.load([{"i": -1}])
    slow_commits(lab)
    with Proxy(lab.server.port, cuts=1, at=COMMIT, deliver=True) as proxy:
        through(lab, proxy)
        lab.load([{"i": 1}])
        same(proxy.cut_count, 1)
    direct(lab)
    same(lab.count(), 2)
    same(lab.loads(), 2)


@case
def client_killed_while_the_server_commits(lab):
    """kill -9 of the program, and a run at once, while the commit of the first is under way."""
    lab.load([{"i": -1}])
    slow_commits(lab)
    path = lab.write([{"i": 1}])
    command = [lab.programs.headrace, "load", "-", "--table", "t", *lab.place()]
    with open(path, "rb") as rows:
        process = subprocess.Popen(command, cwd=lab.folder, env=lab.environment(), stdin=rows,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lab, "select 1 from pg_stat_activity where query = 'COMMIT' and state = 'active'")
    process.kill()
    process.wait()
    lab.load([{"i": 2}])
    same(lab.rows("select i from t order by i"), [[-1], [1], [2]])
    same(lab.loads(), 3)


@case
def network_that_is_silent(lab):
    """The server keeps the session of a client that is gone; the next try ends that session."""
    with Proxy(lab.server.port, cuts=1, after=MIDDLE, silent=True) as proxy:
        through(lab, proxy)
        lab.load(ROWS)
        same(proxy.cut_count, 1)
    loaded_once(lab)


@case
def session_that_an_administrator_ends(lab):
    end = ("select pg_terminate_backend(pid) from pg_stat_activity where query like 'COPY%' "
           "and pid <> pg_backend_pid()")
    with background(lab.try_load, ROWS * 2) as result:
        wait_for(lab, end)
    same(result[0].code, 0, result[0].err)
    same(lab.count(), 16000)
    same(lab.loads(), 1)


@case
def statement_that_an_administrator_cancels(lab):
    """He wants it to end, so it is not tried again."""
    cancel = ("select pg_cancel_backend(pid) from pg_stat_activity where query like 'COPY%' "
              "and pid <> pg_backend_pid()")
    with background(lab.try_load, ROWS * 2) as result:
        wait_for(lab, cancel)
    expect(result[0].code == 1 and "administrator" in result[0].err, result[0].err)
    same(lab.loads(), 0)
    lab.load(ROWS)
    loaded_once(lab)


@contextlib.contextmanager
def stopped_at(lab, point, rows, *options):
    """A load that stands still at a point of the program, until the end of the block."""
    command = [lab.programs.fault, "load", str(lab.write(rows)), "--table", "t", *lab.place(),
               *options]
    with subprocess.Popen(command, cwd=lab.folder, env={**lab.environment(), "HR_STOP_AT": point},
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)
            yield
            process.send_signal(signal.SIGCONT)
            err = process.communicate()[1].decode()
        finally:
            process.kill()
    same(process.returncode, 0, err)


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


# ---- Servers that end ----


@case
def server_that_restarts(lab):
    for how in (signal.SIGINT, signal.SIGQUIT):
        with background(lab.try_load, ROWS * 2) as result:
            wait_for(lab, "select 1 from pg_stat_activity where query like 'COPY%'")
            lab.server.stop(how)
            lab.server.start()
        same(result[0].code, 0, result[0].err)
    same(lab.count(), 32000)
    same(lab.loads(), 2)


@case
def server_that_stays_away(lab):
    lab.load([{"i": -1}])
    with background(lab.try_load, ROWS * 2) as result:
        wait_for(lab, "select 1 from pg_stat_activity where query like 'COPY%'")
        lab.server.stop(signal.SIGQUIT)
    lab.server.start()
    expect(result[0].code != 0, "a load without a server succeeds")
    expect("refused" in result[0].err or "connection" in result[0].err, result[0].err)
    same(lab.count(), 1)
    lab.load(ROWS)
    same(lab.count(), 8001)
    same(lab.loads(), 2)


@case
def full_disk(lab):
    place = Path(tempfile.mkdtemp(prefix="headrace-full-"))
    place.chmod(0o755)
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)],
                                 check=False, capture_output=True).returncode == 0
        if not mounted:
            raise NotHere("a file system of 4 MB (mount needs rights)")
        os.chown(place, server.account().pw_uid, server.account().pw_gid)
        lab.server.sql(f"create tablespace small location '{place}'")
        lab.server.sql("alter role postgres set default_tablespace = 'small'")
        lab.refuse(ROWS, "No space left", "disk is full")
        same(lab.loads(), 0)
        same("t" in lab.tables(), False)
        lab.server.sql("alter role postgres reset default_tablespace")
        lab.server.sql(f"drop schema {lab.dataset} cascade")
        lab.load(ROWS)
        loaded_once(lab)
    finally:
        with contextlib.suppress(Exception):
            lab.server.sql("alter role postgres reset default_tablespace")
            lab.server.sql(f"drop schema {lab.dataset} cascade")
            lab.server.sql("drop tablespace small")
        subprocess.run(["umount", str(place)], check=False, capture_output=True)
        shutil.rmtree(place, ignore_errors=True)


# ---- Locks ----


@contextlib.contextmanager
def session(lab, *statements):
    con = lab.server.connect()
    con.autocommit = False
    try:
        for statement in statements:
            con.cursor().execute(statement)
        yield con
    finally:
        con.close()


@case
def lock_that_is_not_had(lab):
    lab.load([{"i": 1}])
    direct(lab, "?lock_timeout=300ms")
    with session(lab, f"lock table {lab.dataset}.t in access exclusive mode") as con:
        lab.refuse([{"i": 2}], "lock timeout", "held by process", "postgres", "lock table")
        lab.refuse([{"i": 2, "new": 1}], "lock timeout", "held by process")
        con.rollback()
    same(lab.rows("select i from t"), [[1]])
    same(lab.loads(), 1)
    lab.load([{"i": 2}])
    same(lab.count(), 2)


@case
def lock_holder_among_readers(lab):
    """He is named first, and to a role that may not look into the sessions of others."""
    lab.load([{"i": 1}])
    with role(lab, f"grant usage on schema {lab.dataset} to ROLE",
              f"grant all on all tables in schema {lab.dataset} to ROLE"), \
            contextlib.ExitStack() as readers:
        lab.url += "?lock_timeout=300ms"
        for _ in range(4):
            readers.enter_context(session(lab, f"select 1 from {lab.dataset}.t"))
        with session(lab, f"lock table {lab.dataset}.t in exclusive mode") as con:
            pid = con.get_backend_pid()
            lab.refuse([{"i": 2}], "lock timeout", f"held by process {pid} of postgres;")
        lab.load([{"i": 2}])
    same(lab.count(), 2)


@case
def lock_of_a_prepared_transaction(lab):
    lab.load([{"i": 1}])
    direct(lab, "?lock_timeout=300ms")
    with session(lab, f"lock table {lab.dataset}.t", "prepare transaction 'forgotten'"):
        lab.refuse([{"i": 2}], "lock timeout", "pg_prepared_xacts")
    lab.server.sql("rollback prepared 'forgotten'")
    lab.load([{"i": 2}])
    same(lab.count(), 2)


@case
def shorter_lock_timeout_of_the_role(lab):
    lab.load([{"i": 1}])
    lab.server.sql("alter role postgres set lock_timeout = '200ms'")
    try:
        with session(lab, f"lock table {lab.dataset}.t in access exclusive mode"):
            began = time.monotonic()
            lab.refuse([{"i": 2}], "lock timeout")
            expect(time.monotonic() - began < 20, "the role's lock_timeout does not count")
    finally:
        lab.server.sql("alter role postgres reset lock_timeout")


@case
def interrupt_while_waiting_for_a_lock(lab):
    lab.load([{"i": 1}])
    with session(lab, f"lock table {lab.dataset}.t in access exclusive mode"):
        process = subprocess.Popen(
            [lab.programs.headrace, "load", str(lab.write([{"i": 2}])), "--table", "t",
             *lab.place()], cwd=lab.folder, env=lab.environment(), stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        wait_for(lab, "select 1 from pg_stat_activity where wait_event_type = 'Lock'")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
        same(process.returncode, 130, err)
    same(lab.count(), 1)
    same(lab.server.sql("select count(*) from pg_stat_activity where application_name = "
                        "'headrace'"), [(0,)], "sessions left")


@case
def deadlock_with_another_session(lab):
    """The other has the child table and wants the parent; Headrace the other way round. The server
    ends the session that looks for deadlocks: Headrace's, once the other waits, too."""
    lab.load(ROWS)
    lab.server.sql("alter role postgres set deadlock_timeout = '2s'")
    try:
        with session(lab, "set deadlock_timeout = '1h'", f"delete from {lab.dataset}.t__l") as con:
            with background(lab.try_load, ROWS, "--write-disposition", "replace") as result:
                wait_for(lab, "select 1 from pg_stat_activity where wait_event_type = 'Lock'")
                con.cursor().execute(f"delete from {lab.dataset}.t")
                con.rollback()
        same(result[0].code, 0, result[0].err)
        expect("deadlock" in result[0].err, f"nothing is said of the second try: {result[0].err}")
    finally:
        lab.server.sql("alter role postgres reset deadlock_timeout")
    same(lab.tables(), {"t": 8000, "t__l": 8000})


@case
def deadlocks_that_do_not_end(lab):
    """After four tries the load is given up, and nothing of it is there; the next one does it."""
    lab.load([{"i": 1}])
    lab.server.sql(f"""
        create sequence {lab.dataset}.tries;
        create function {lab.dataset}.meet() returns trigger language plpgsql as $$ begin
            perform nextval('{lab.dataset}.tries');
            raise exception 'deadlock detected' using errcode = '40P01', detail = 'Process 1 waits';
        end $$;
        create trigger meet after insert on {lab.dataset}.t execute function {lab.dataset}.meet()""")
    lab.refuse([{"i": 2, "l": [1]}], "table t: deadlock detected; Process 1 waits")
    same(lab.server.sql(f"select last_value from {lab.dataset}.tries"), [(4,)])
    same((lab.tables()["t"], lab.loads()), (1, 1))
    lab.server.sql(f"drop trigger meet on {lab.dataset}.t")
    lab.load([{"i": 2, "l": [1]}], *MERGED)
    same(lab.tables(), {"t": 2, "t__l": 1})


# ---- Rights ----


@contextlib.contextmanager
def role(lab, *grants):
    name = f"loader_{next(lab.numbers)}"
    lab.server.sql(f"create role {name} login")
    for grant in grants:
        lab.server.sql(grant.replace("ROLE", name))
    lab.url = lab.server.url(user=name)
    yield name


@case
def role_without_rights(lab):
    with role(lab):
        lab.refuse([{"i": 1}], "permission denied", "cannot create schema", "CREATE on the database")
    lab.server.sql(f"create schema {lab.dataset}")
    with role(lab):
        lab.refuse([{"i": 1}], "permission denied")


@case
def schema_made_for_a_role(lab):
    lab.server.sql(f"create schema {lab.dataset}")
    with role(lab, f"grant usage, create on schema {lab.dataset} to ROLE"):
        lab.load([{"i": 1}])
        lab.load([{"i": 2, "j": 3}])
        same(lab.count(), 2)


MERGED = "--write-disposition", "merge", "--primary-key", "i"
UPSERTED = "--hints", json.dumps({"write_disposition": {"disposition": "merge",
                                                        "strategy": "upsert"}, "primary_key": "i"})


@case
def tables_of_another_role(lab):
    """What is not granted is named; with all of it, rows come and go, and a load may not change
    the tables."""
    lab.load([{"i": 1, "l": [1]}], *MERGED)
    lab.server.sql("revoke temporary on database postgres from public")
    try:
        with role(lab, f"grant usage on schema {lab.dataset} to ROLE") as name:
            for options, grant, words in (
                    ((), "insert", "permission denied"), ((), "select", "permission denied"),
                    (("--write-disposition", "replace"), "delete", "permission denied"),
                    (MERGED, "temporary", "temporary tables"), (UPSERTED, "update", "table t")):
                lab.refuse([{"i": 2, "l": [2]}], words, f"{grant.upper()}", options=options)
                on = ("database postgres" if grant == "temporary"
                      else f"all tables in schema {lab.dataset}")
                lab.server.sql(f"grant {grant} on {on} to {name}")
            lab.load([{"i": 2, "l": [2]}])
            lab.load([{"i": 3, "l": [3, 4]}], "--write-disposition", "replace")
            lab.load([{"i": 3, "l": [5]}, {"i": 4}], *MERGED)
            lab.load([{"i": 4, "l": [6]}], *UPSERTED)
            same(lab.rows("select i from t order by i"), [[3], [4]])
            same(lab.rows("select value from t__l order by 1"), [[5], [6]])
            lab.refuse([{"i": 5, "new": 1}], "must be owner of table t")
            lab.refuse([{"i": 5}], "permission denied for schema", "CREATE", table="u")
            lab.server.sql(f"revoke temporary on database postgres from {name}")
        direct(lab)
        same((lab.count(), lab.loads()), (2, 5))
    finally:
        lab.server.sql("grant temporary on database postgres to public")


@case
def row_security(lab):
    lab.load([{"i": 1}])
    lab.server.sql(f"alter table {lab.dataset}.t enable row level security; "
                   f"create policy p on {lab.dataset}.t using (true)")
    with role(lab, f"grant usage on schema {lab.dataset} to ROLE",
              f"grant all on all tables in schema {lab.dataset} to ROLE") as name:
        lab.refuse([{"i": 2}], "table t", "row-level security", "BYPASSRLS")
        lab.server.sql(f"alter role {name} bypassrls")
        lab.load([{"i": 2}])
        same(lab.count(), 2)


@case
def role_with_a_statement_timeout(lab):
    with role(lab, "grant create on database postgres to ROLE",
              "alter role ROLE set statement_timeout = '50ms'") as name:
        lab.refuse(ROWS * 10, "statement_timeout")
        same(lab.loads() if lab.tables() else 0, 0)
        lab.server.sql(f"alter role {name} reset statement_timeout")
        lab.load(ROWS)
        loaded_once(lab)


@case
def role_whose_transactions_are_serializable(lab):
    """What others did while a lock was waited for is seen all the same."""
    with role(lab, "grant create on database postgres to ROLE",
              "alter role ROLE set default_transaction_isolation = 'serializable'"):
        files = [lab.write([{"n": n, f"c{n}": 1}]) for n in range(8)]
        runs = []
        threads = [threading.Thread(target=lambda n=n: runs.append(lab.run(
            "load", str(files[n]), "--table", "t", "--to", lab.url, "--dataset", lab.dataset,
            "--pipeline", f"p{n}"))) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        same([run.code for run in runs], [0] * 8, [run.err for run in runs if run.code])
        same(lab.rows("select n from t order by n"), [[n] for n in range(8)])


@case
def floats_of_a_role_that_sees_few_digits(lab):
    """They become text with all their digits when a column is widened."""
    with role(lab, "grant create on database postgres to ROLE",
              "alter role ROLE set extra_float_digits = -3"):
        numbers = [0.1, 0.30000000000000004, 1.7976931348623157e308, 5e-324]
        lab.load([{"i": i, "d": d} for i, d in enumerate(numbers)])
        lab.load([{"i": 9, "d": "x"}], "--on-conflict", "widen")
        same(lab.rows("select d from t order by i"), [[str(d)] for d in numbers] + [["x"]])


def start_standby(lab, standby):
    """What goes wrong here says that there is none, not that a load is wrong."""
    program = standby.programs / "pg_basebackup"
    if not program.exists():
        raise NotHere(f"pg_basebackup of PostgreSQL {lab.server.major}")
    copy = subprocess.run([program, "-h", "127.0.0.1", "-p", str(lab.server.port), "-U", "postgres",
                           "-D", standby.data, "-R", "-c", "fast"], check=False,
                          capture_output=True, text=True)
    if copy.returncode != 0:
        raise NotHere(f"a copy of the server to stand by: {copy.stderr}")
    if os.getuid() == 0:
        subprocess.run(["chown", "-R", f"{server.account().pw_uid}", standby.data], check=True)
    try:
        standby.start()
    except RuntimeError as why:
        raise NotHere(f"a standby: {why}") from why


@case
def read_only_standby(lab):
    lab.load([{"i": 1}])
    standby = server.Server(lab.server.major, settings=SETTINGS, copy_of="")
    try:
        start_standby(lab, standby)
        lab.url = standby.url()
        lab.refuse([{"i": 2}], "read-only", "primary")
        same(lab.rows("select i from t"), [[1]])
        both = f"127.0.0.1:{standby.port},127.0.0.1:{lab.server.port}"
        lab.url = f"postgres://postgres@{both}/postgres?target_session_attrs=read-write"
        lab.load([{"i": 2}])
        same(lab.count(), 2)
    finally:
        standby.__exit__()


@case
def standby_that_is_asked_for_the_outcome(lab):
    """The primary commits and is gone from the network. The standby may not have it yet, so it is
    not believed, and nothing is loaded twice."""
    lab.load([{"i": 1}])
    standby = server.Server(lab.server.major, settings=SETTINGS, copy_of="")
    try:
        start_standby(lab, standby)
        with Proxy(lab.server.port, cuts=1, at=COMMIT, deliver=True, ends=True) as proxy:
            lab.url = (f"postgres://postgres@127.0.0.1:{proxy.port},127.0.0.1:{standby.port}"
                       "/postgres")
            lab.refuse([{"i": 2}], "could not be looked up", "standby", "primary")
            lab.refuse([{"i": 3}], "standby", "primary")
        direct(lab)
        lab.load([{"i": 3}])
        same(lab.rows("select i from t order by i"), [[1], [2], [3]])
        same(lab.loads(), 3)
    finally:
        standby.__exit__()


# ---- Who is asked, and how ----


def no_secret(lab, run, secret):
    expect(secret not in run.out + run.err, "a password is shown")
    for path in (lab.folder / "pipelines").rglob("*"):
        if path.is_file():
            expect(secret.encode() not in path.read_bytes(), f"{path} holds a password")


@case
def passwords(lab):
    secret = "s3/cr@t:%?"
    escaped = "s3%2Fcr%40t%3A%25%3F"
    hba = lab.server.data / "pg_hba.conf"
    old = hba.read_text()
    lab.server.sql(f"create role asked login superuser password '{secret}'")
    try:
        hba.write_text("host all asked 127.0.0.1/32 scram-sha-256\n" + old)
        reload(lab)
        url = f"127.0.0.1:{lab.server.port}/postgres"
        lab.url = f"postgres://asked:{escaped}@{url}"
        run = lab.load([{"i": 1}])
        no_secret(lab, run, secret)
        no_secret(lab, run, escaped)
        lab.url = f"postgres://asked@{url}"
        run = lab.try_load([{"i": 2}], env={"PGPASSWORD": secret})
        same(run.code, 0, run.err)
        lab.refuse([{"i": 3}], "no password supplied", "PGPASSWORD")
        passfile = lab.folder / ".pgpass"
        escaped_for_file = secret.replace(":", "\\:")
        passfile.write_text(f"127.0.0.1:*:*:asked:{escaped_for_file}\n")
        passfile.chmod(0o600)
        run = lab.try_load([{"i": 3}], env={"PGPASSFILE": str(passfile)})
        same(run.code, 0, run.err)
        lab.url = f"postgres://asked:wrong-{escaped}@{url}"
        run = lab.refuse([{"i": 4}], "password authentication failed")
        no_secret(lab, run, secret)
    finally:
        hba.write_text(old)
        reload(lab)


@case
def services_and_variables(lab):
    services = lab.folder / "services.conf"
    services.write_text(f"[feed]\nhost=127.0.0.1\nport={lab.server.port}\nuser=postgres\n"
                        "dbname=postgres\n")
    lab.url = "postgres://?service=feed"
    run = lab.try_load([{"i": 1}], env={"PGSERVICEFILE": str(services)})
    same(run.code, 0, run.err)
    lab.url = "postgresql://"
    run = lab.try_load([{"i": 2}], env={"PGHOST": "127.0.0.1", "PGPORT": str(lab.server.port),
                                        "PGUSER": "postgres", "PGDATABASE": "postgres"})
    same(run.code, 0, run.err)
    direct(lab)
    same(lab.count(), 2)


def unique_columns(lab):
    return lab.server.sql("select count(*) from pg_constraint c join pg_namespace n on n.oid = "
                          f"c.connamespace where n.nspname = '{lab.dataset}' and contype = 'u' "
                          "and conrelid::regclass::text like '%.t'")[0][0]


@case
def sections_of_dlt(lab):
    """A destination by its name: credentials as fields, as a URL, and what stands beside them."""
    url = lab.server.url()
    secrets = lab.folder / ".dlt" / "secrets.toml"
    secrets.parent.mkdir()
    lab.url = "postgres"
    secrets.write_text('[destination.postgres.credentials]\nhost = "127.0.0.1"\n'
                       f'port = {lab.server.port}\ndatabase = "postgres"\n'
                       'username = "postgres"\nquery = {application_name = "by fields"}\n')
    lab.load([{"i": 1}])
    same(unique_columns(lab), 1)
    secrets.write_text(f'destination.postgres.credentials = "{url}"\n')
    lab.load([{"i": 2}])
    secrets.unlink()
    run = lab.try_load([{"i": 3}], env={"DESTINATION__POSTGRES__CREDENTIALS": url})
    same(run.code, 0, run.err)
    direct(lab)
    same(lab.count(), 3)
    lab.server.sql(f"drop schema {lab.dataset} cascade")
    secrets.write_text('[destination.postgres]\ncreate_indexes = false\n'
                       f'credentials = "{url}"\n')
    lab.url = "postgres"
    lab.load([{"i": 1}])
    same(unique_columns(lab), 0)


@case
def what_the_url_says_counts(lab):
    """Not what a field or a setting says beside it, whosever option it is."""
    secrets = lab.folder / ".dlt" / "secrets.toml"
    secrets.parent.mkdir()
    ours = "?lock_timeout=100ms&remove_nul=true&create_indexes=true&application_name=by-url"
    secrets.write_text('[destination.postgres]\ncreate_indexes = false\n'
                       f'credentials = "{lab.server.url(more=ours)}"\n')
    fields = {"LOCK_TIMEOUT": "1h", "REMOVE_NUL": "false", "PORT": "1", "DATABASE": "nowhere",
              "QUERY": '{"application_name": "by-field", "create_indexes": "false", '
                       '"options": "-c timezone=UTC"}'}
    environment = {f"DESTINATION__POSTGRES__CREDENTIALS__{name}": text
                   for name, text in fields.items()}
    lab.url = "postgres"
    run = lab.try_load([{"s": "a\0b"}], env=environment)
    same(run.code, 0, run.err)
    direct(lab)
    same(lab.rows("select s from t"), [["ab"]])
    same(unique_columns(lab), 1)
    connection = lab.server.connect()
    connection.autocommit = False
    connection.cursor().execute(f"lock table {lab.dataset}.t")
    lab.url = "postgres"
    run = lab.try_load([{"s": "c"}], env=environment)
    expect(run.code != 0 and "lock" in run.err, run.err)
    connection.close()


@case
def ways_to_write_where_the_server_is(lab):
    """A socket in a folder, IPv6, several hosts; the pipeline remembers each."""
    folder = lab.server.folder / "sockets"
    folder.mkdir()
    folder.chmod(0o777)
    with server.Server(lab.server.major, settings={
            "listen_addresses": "127.0.0.1,::1", "unix_socket_directories": folder}) as pg:
        encoded, at = str(folder).replace("/", "%2F"), f"{pg.port}/postgres"
        urls = [f"postgres://postgres@{encoded}:{at}",
                f"postgres://postgres@/postgres?host={folder}&port={pg.port}",
                f"postgres://postgres@nowhere.invalid:{at}?hostaddr=127.0.0.1",
                f"postgres://postgres@127.0.0.1:{server.free_port()},127.0.0.1:{at}",
                f"postgres://postgres@127.0.0.1:{at}?target_session_attrs=read-write",
                f"postgres://postgres@127.0.0.1:{at}?options=-csearch_path%3D"]
        with contextlib.suppress(OSError), socket.create_connection(("::1", pg.port)):
            urls.append(f"postgres://postgres@[::1]:{at}")
        for url in urls:
            lab.url = url
            lab.load([{"i": 1}])
            run = lab.run("load", str(lab.write([{"i": 2}])), "--table", "t", "--pipeline", "p")
            same(run.code, 0, run.err)
            same(lab.rows("select i from t order by i"), [[1], [2]], url)
            pg.sql(f"drop schema {lab.dataset} cascade")


@case
def servers_that_are_not_there(lab):
    lab.url = f"postgres://postgres@127.0.0.1:{server.free_port()}/postgres"
    lab.refuse([{"i": 1}], "refused")
    lab.url = lab.server.url(database="nowhere")
    lab.refuse([{"i": 1}], "nowhere", "does not exist")


@case
def server_that_speaks_german(lab):
    """What it says is understood all the same: that it is full may pass, a wrong name does not."""
    german = {"LANGUAGE": "de", "LC_MESSAGES": "C.UTF-8", "LC_ALL": ""}
    with server.Server(lab.server.major, environment=german, settings={
            "lc_messages": "C.UTF-8", "max_connections": "3",
            "superuser_reserved_connections": "0", "max_wal_senders": "0"}) as pg:
        lab.url = pg.url(database="nirgends")
        run = lab.refuse([{"i": 1}], "nirgends")
        if "existiert nicht" not in run.err:
            raise NotHere("PostgreSQL's messages in German")
        same(run.code, 2, run.err)
        lab.url = pg.url()
        with contextlib.ExitStack() as sessions:
            for _ in range(3):
                sessions.callback(pg.connect().close)
            run = lab.refuse([{"i": 1}], "schon zu viele Verbindungen")
            expect(run.code == 1 and "53300" not in run.err and ".c:" not in run.err, run.err)
        lab.load([{"i": 1}])


@case
def certificates(lab):
    if not lab.server.sql("show ssl_library")[0][0]:
        raise NotHere(f"a PostgreSQL {lab.server.major} with TLS")
    made = lab.folder / "tls"
    made.mkdir()
    for name in ("server", "other"):
        done = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
             made / f"{name}.key", "-out", made / f"{name}.crt"], check=False, capture_output=True)
        if done.returncode != 0:
            raise NotHere("openssl")
    for name in ("server.key", "server.crt"):
        shutil.copy(made / name, lab.server.data / name)
        os.chown(lab.server.data / name, server.account().pw_uid, server.account().pw_gid)
        (lab.server.data / name).chmod(0o600)
    lab.server.sql("alter system set ssl = on")
    reload(lab)
    try:
        at = f"{lab.server.port}/postgres?sslmode=verify-full&sslrootcert={made}/"
        lab.url = f"postgres://postgres@localhost:{at}server.crt"
        lab.load([{"i": 1}])
        lab.url = f"postgres://postgres@localhost:{at}other.crt"
        lab.refuse([{"i": 2}], "certificate verify failed")
        lab.url = f"postgres://postgres@127.0.0.1:{at}server.crt"
        lab.refuse([{"i": 2}], "127.0.0.1", "does not match")
        lab.url = f"postgres://postgres@localhost:{at}server.crt"
        same(lab.count(), 1)
    finally:
        lab.server.sql("alter system reset ssl")
        reload(lab)


@case
def other_encodings(lab):
    for encoding in ("LATIN1", "SQL_ASCII"):
        lab.server.sql(f"create database {encoding.lower()} encoding '{encoding}' locale 'C' "
                       "template template0")
        lab.url = lab.server.url(database=encoding.lower())
        lab.load([{"s": "Grüße"}])
        same(lab.rows("select s from t"), [["Grüße"]])
    lab.url = lab.server.url(database="latin1")
    lab.refuse([{"s": "東京"}], "encoding", "UTF8")
    same(lab.count(), 1)


@case
def odd_settings_of_a_role(lab):
    with role(lab, "grant create on database postgres to ROLE",
              "alter role ROLE set client_encoding = 'LATIN1'",
              "alter role ROLE set standard_conforming_strings = off",
              "alter role ROLE set datestyle = 'German'", "alter role ROLE set timezone = 'Asia/Tokyo'",
              "alter role ROLE set search_path = ''"):
        lab.load([{"s": "東\\n京'", "t": "2024-01-02T03:04:05Z", "d": 1.5}])
        same(lab.rows("select s, t, d from t"), [["東\\n京'", "2024-01-02T03:04:05Z", 1.5]])


# ---- A pooler between ----


@contextlib.contextmanager
def pooler(lab):
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if not program:
        raise NotHere("pgbouncer")
    folder, port = Path(tempfile.mkdtemp(dir=lab.server.folder)), server.free_port()
    os.chown(folder, server.account().pw_uid, server.account().pw_gid)
    (folder / "ini").write_text(
        f"[databases]\npostgres = host=127.0.0.1 port={lab.server.port} user=postgres\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\nunix_socket_dir =\n"
        "pool_mode = transaction\ndefault_pool_size = 3\nserver_login_retry = 0.2\n"
        f"logfile = {folder}/log\npidfile = {folder}/pid\n")
    process = subprocess.Popen([program, "-q", str(folder / "ini")], **server.as_account(),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=server.end_with_parent)
    try:
        deadline = time.monotonic() + 10
        while subprocess.run([lab.server.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p",
                              str(port)], check=False).returncode != 0:
            expect(time.monotonic() < deadline and process.poll() is None, "pgbouncer is not up")
            time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()


@case
def pooler_in_transaction_mode(lab):
    with pooler(lab) as port:
        lab.url = lab.server.url(port=port)
        lab.load(ROWS)
        lab.load(ROWS[:10], "--write-disposition", "replace")
        lab.load([{"i": 1, "more": "x"}])
        same(lab.tables(), {"t": 11, "t__l": 10})
        same(lab.rows("select count(*) as n from t"), [[11]])
        files = [lab.write(ROWS[:500]) for _ in range(8)]
        codes = []
        threads = [threading.Thread(target=lambda n=n: codes.append(lab.run(
            "load", str(files[n]), "--table", "shared", "--to", lab.url, "--dataset", lab.dataset,
            "--pipeline", f"p{n}"))) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        same([run.code for run in codes], [0] * 8, [run.err for run in codes if run.code])
        same(lab.count("shared"), 4000)


@case
def pooler_that_fails(lab):
    """A client that is cut off at its COMMIT, a merge, a server that restarts behind the pooler."""
    lab.load([{"i": -1}])
    with pooler(lab) as port:
        for deliver in (False, True):
            rows = [{"i": int(deliver)}]
            with Proxy(port, cuts=1, at=COMMIT, deliver=deliver) as proxy:
                through(lab, proxy)
                run = lab.try_load(rows, *MERGED)
                same(proxy.cut_count, 1)
            if run.code != 0:
                lab.load(rows, *MERGED)
        lab.url = lab.server.url(port=port)
        same(lab.rows("select i from t order by i"), [[-1], [0], [1]])
        same(lab.loads(), 3)
        with background(lab.try_load, ROWS * 2) as result:
            wait_for(lab, "select 1 from pg_stat_activity where query like 'COPY%'")
            lab.server.stop(signal.SIGQUIT)
            lab.server.start()
        same(result[0].code, 0, result[0].err)
        same((lab.count(), lab.loads()), (16003, 4))


# ---- Running them ----


def run_cases(programs, major, only, without):
    """How many failed, and the names of those that could not be tried."""
    failed, missing = 0, []
    with tempfile.TemporaryDirectory(prefix="headrace-failures-") as folder, \
            server.Server(major, settings=SETTINGS) as pg:
        where = Destination("postgres", lambda _: pg.url())
        for run in CASES:
            if (only and only not in run.__name__) or run.__name__ in without:
                continue
            lab = Lab(programs, where, folder)
            lab.server = pg
            began = time.monotonic()
            try:
                run(lab)
                print(f"ok      {run.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
            except NotHere as why:
                missing.append(run.__name__)
                print(f"SKIPPED {run.__name__}: this machine lacks {why}", flush=True)
            except Wrong as why:
                failed += 1
                print(f"FAILED  {run.__name__}: {why}", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED  {run.__name__}: {traceback.format_exc()}", flush=True)
    return failed, missing


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headrace", required=True)
    parser.add_argument("--headrace-fault", required=True)
    parser.add_argument("--load-tables")
    parser.add_argument("--major", type=int)
    parser.add_argument("--only")
    parser.add_argument("--without", default="", help="names, separated by commas")
    args = parser.parse_args()
    programs = Programs(args.headrace, args.headrace_fault, args.load_tables)
    failed, missing = run_cases(programs, args.major, args.only, args.without.split(","))
    if missing and not failed:
        server.skip(", ".join(missing))
    sys.exit(1 if failed else 0)


main()
