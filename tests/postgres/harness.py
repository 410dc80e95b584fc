"""What the cases of this folder have in common: how they are run, servers that others reach through a
proxy, a second session, a role, a load that stands still."""

import argparse
import contextlib
import json
import os
import signal
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
from lab import Destination, Lab, Programs, Wrong, same

ROWS = [{"i": i, "s": "x" * 300, "l": [i]} for i in range(8000)]  # some 3 MB on the wire
MIDDLE = 1_000_000
COMMIT = b"COMMIT\0"  # the whole statement; BEGIN has READ COMMITTED
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


# ---- How they are run ----


def run_cases(programs, settings, major, only, without):
    """How many failed, and the names of those that could not be tried."""
    failed, missing = 0, []
    with tempfile.TemporaryDirectory(prefix="headrace-postgres-") as folder, \
            server.Server(major, settings=settings) as pg:
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


def main(settings=None):
    """Runs the cases that were defined until now, on a server with these settings."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--headrace", required=True)
    parser.add_argument("--headrace-fault")
    parser.add_argument("--load-tables")
    parser.add_argument("--major", type=int)
    parser.add_argument("--only")
    parser.add_argument("--without", default="", help="names, separated by commas")
    args = parser.parse_args()
    programs = Programs(args.headrace, args.headrace_fault, args.load_tables)
    failed, missing = run_cases(programs, settings, args.major, args.only,
                                args.without.split(","))
    if missing and not failed:
        server.skip(", ".join(missing))
    sys.exit(1 if failed else 0)
