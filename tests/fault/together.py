#!/usr/bin/env python3
"""Several programs at one pipeline, at one database file: one works, the others are told who it
is, and nothing mixes."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import duckdb

import tables
from scenarios import INPUTS, SMALL_MEMORY, Step, piped
from trial import DATABASE, Lab, Wrong

BUSY = 3
FIRST, SECOND, THIRD = Step("first"), Step("second"), Step("third")


def expect(truth, words):
    if not truth:
        raise Wrong(words)


def wait_until(process, happened, words):
    until = time.monotonic() + 30
    while not happened():
        expect(time.monotonic() < until and process.poll() is None, words)
        time.sleep(0.01)


def lasting(lab, folder, step):
    """A run that has the pipeline, and waits for its input."""
    process = lab.start(folder, step.arguments())
    lock = folder / "work/shop/lock"
    wait_until(process, lambda: str(process.pid) in lock.read_text(), "the run does not begin")
    return process


def standing(lab, folder, step, point):
    """A run that has the database file and stands still in the middle of its load."""
    (folder / f"{step.name}.jsonl").write_bytes(INPUTS[step.name])
    process = lab.start(folder, step.arguments(), {"HR_STOP_AT": point})
    status = Path(f"/proc/{process.pid}/status")
    wait_until(process, lambda: "State:\tT" in status.read_text(), "the run does not stop")
    return process


def end_well(lab, process, text=None):
    run = lab.end(process, text)
    expect(run.code == 0, f"the first run ends with {run.code}: {run.err}")


def check_busy(run, process):
    expect(run.code == BUSY, f"it ends with {run.code}: {run.err}")
    told = run.messages("error") or [run.err]
    expect(len(told) == 1 and f"process {process.pid}" in told[0], f"it says {told}")


def check(folder, lab, steps):
    why = tables.difference(tables.read(folder / DATABASE), lab.after(steps))
    expect(why is None, why)


def one_pipeline_twice(lab, folder):
    lab.load_cleanly(folder, FIRST)
    process = lasting(lab, folder, piped("second"))
    other = lab.load(folder, THIRD)
    end_well(lab, process, INPUTS["second"])
    check_busy(other, process)
    lab.load_cleanly(folder, THIRD)
    check(folder, lab, (FIRST, piped("second"), THIRD))


def a_killed_run_keeps_no_lock(lab, folder):
    lab.load_cleanly(folder, FIRST)
    process = lasting(lab, folder, piped("second"))
    process.kill()
    lab.end(process)
    lab.load_cleanly(folder, THIRD)
    check(folder, lab, (FIRST, THIRD))


def one_file_two_pipelines(lab, folder):
    lab.load_cleanly(folder, FIRST)
    process = standing(lab, folder, SECOND, "load.before_commit")
    other = lab.run(folder, FIRST.arguments(), pipeline="other")
    reader = lab.run(folder, ["sql", "select 1"], pipeline="other")
    process.send_signal(signal.SIGCONT)
    end_well(lab, process)
    check_busy(other, process)
    check_busy(reader, process)
    check(folder, lab, (FIRST, SECOND))
    again = lab.run(folder, FIRST.arguments(), pipeline="other")
    expect(again.code == 0, again.err)
    rows = [len(load) for load in tables.read(folder / DATABASE)["loads"]]
    expect(rows == [2, 3, 2], f"root rows per load: {rows}")


def many_at_once(lab, folder):
    """Whoever cannot have the file is told so and may try again; nobody's rows are lost."""
    lab.load_cleanly(folder, FIRST)
    (folder / "third.jsonl").write_bytes(INPUTS["third"])
    done = 0
    for _ in range(10):
        crowd = [lab.start(folder, THIRD.arguments(), pipeline=name)
                 for name in ("shop", "shop", "other")]
        for run in [lab.end(process) for process in crowd]:
            expect(run.code in (0, BUSY), f"ends with {run.code}: {run.err}")
            done += run.code == 0
    rows = [len(load) for load in tables.read(folder / DATABASE)["loads"]]
    expect(rows == [2] * (1 + done), f"{done} loads went well, root rows per load: {rows}")


def a_reader_while_a_table_is_replaced(lab, folder):
    """DuckDB lets nobody read while another process writes; whoever gets in sees all rows of the
    old table or of the new one."""
    lab.load_cleanly(folder, FIRST)
    (folder / "many.jsonl").write_bytes(INPUTS["many"])
    rows = len(INPUTS["many"].splitlines())
    process = lab.start(folder, Step("many", disposition="replace", options=SMALL_MEMORY).arguments())
    seen = set()
    while process.poll() is None:
        run = lab.run(folder, ["sql", "select count(*) n from orders", "--format", "csv"])
        expect(run.code in (0, BUSY), f"the reader ends with {run.code}: {run.err}")
        if run.code == 0:
            seen.add(int(run.out.split()[1]))
    run = lab.end(process)
    expect(run.code in (0, BUSY), f"ends with {run.code}: {run.err}")
    expect(seen <= {2, rows}, f"readers saw {seen} rows")


TENANTS = 50


def load_tenant(lab, folder, tenant, version):
    rows = [{"tenant": tenant, "id": i, "version": version, "tags": [tenant, version]}
            for i in range(3)]
    name = f"tenant{tenant}.jsonl"
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = lab.run(folder, ["load", name, "--table", "facts", "--write-disposition", "merge",
                           "--primary-key", "tenant,id"], pipeline=f"tenant{tenant}")
    expect(run.code == 0, run.err)


def tenants_merge_into_one_dataset(lab, folder):
    """dlt's #4297: pipelines that shared staging tables lost or doubled rows."""
    for version in (1, 2):
        for tenant in range(TENANTS):
            load_tenant(lab, folder, tenant, version)
    with duckdb.connect(str(folder / DATABASE), read_only=True) as con:
        found = con.execute(
            f"SELECT count(*), count(DISTINCT (tenant, id)), min(version), "
            f"(SELECT count(*) FROM {tables.DATASET}.facts__tags), "
            "(SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%headrace%') "
            f"FROM {tables.DATASET}.facts").fetchone()
    expect(found == (TENANTS * 3, TENANTS * 3, 2, TENANTS * 6, 0), f"found {found}")


CASES = [one_pipeline_twice, a_killed_run_keeps_no_lock, one_file_two_pipelines, many_at_once,
         a_reader_while_a_table_is_replaced, tenants_merge_into_one_dataset]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headrace", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--load-tables", required=True)
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="headrace-together-")
    lab = Lab(args.headrace, args.shim, args.load_tables, folder)
    wrong = 0
    for case in CASES:
        try:
            case(lab, lab.new_folder(case.__name__))
            print(f"ok    {case.__name__}")
        except Exception as e:
            print(f"WRONG {case.__name__}: {type(e).__name__}: {e}")
            wrong += 1
    if not wrong:
        shutil.rmtree(folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
