"""Connections that break, servers that end, disks that are full, standbys."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from harness import (COMMIT, MIDDLE, NotHere, ROWS, background, case, direct, loaded_once, session,
                     through, wait_for)
import server
from lab import expect, same
from proxy import Proxy


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
    standby = server.Server(lab.server.major, settings=lab.server.settings, copy_of="")
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
    standby = server.Server(lab.server.major, settings=lab.server.settings, copy_of="")
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
