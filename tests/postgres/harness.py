"""What the cases of failures.py have in common: servers that others reach through a proxy, a second
session, a role, a load that stands still."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support" / "postgres"), str(HERE.parent / "conformance")]

from lab import Wrong, same

ROWS = [{"i": i, "s": "x" * 300, "l": [i]} for i in range(8000)]  # some 3 MB on the wire
MIDDLE = 1_000_000
COMMIT = b"COMMIT\0"  # the whole statement; BEGIN has READ COMMITTED
SETTINGS = {"wal_level": "replica", "max_prepared_transactions": "2"}
CASES = []
MERGED = "--write-disposition", "merge", "--primary-key", "i"
UPSERTED = "--hints", json.dumps({"write_disposition": {"disposition": "merge",
                                                        "strategy": "upsert"}, "primary_key": "i"})


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


@contextlib.contextmanager
def role(lab, *grants):
    name = f"loader_{next(lab.numbers)}"
    lab.server.sql(f"create role {name} login")
    for grant in grants:
        lab.server.sql(grant.replace("ROLE", name))
    lab.url = lab.server.url(user=name)
    yield name


def unique_columns(lab):
    return lab.server.sql("select count(*) from pg_constraint c join pg_namespace n on n.oid = "
                          f"c.connamespace where n.nspname = '{lab.dataset}' and contype = 'u' "
                          "and conrelid::regclass::text like '%.t'")[0][0]
