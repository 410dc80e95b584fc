"""Locks that others have."""

import contextlib
import signal
import subprocess
import time

from harness import MERGED, ROWS, background, case, direct, role, session, wait_for
from lab import expect, same


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
