"""A hundred pipelines, one a tenant, 16 at a time, into the same tables of one dataset, killed at
random, until each has come through with all of its loads.

Afterwards nothing is lost, nothing doubled, nothing left behind: of each load in the ledger all rows
are there, of other loads none; each tenant's last load is among them; no table but the known ones;
no session and no lock of a run that is gone."""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support" / "postgres"), str(HERE.parent / "conformance")]

import server
from lab import Destination, Lab, Programs, expect, same

ROWS, LOADS, KILLED_OF_TEN = 30, 2, 5


class Tenant:
    """Loads its files one after the other; each until it has come through."""

    def __init__(self, number, lab, hints, seed):
        self.number, self.lab, self.hints = number, lab, hints
        self.random = random.Random(f"{seed} {number}")
        self.kills = self.runs = 0
        self.wrong = None

    def rows(self, load):
        return [{"tenant": self.number, "id": i, "load": load, "l": [load, i]}
                for i in range(ROWS)]

    def once(self, path):
        """Its exit status; None when it was killed."""
        self.runs += 1
        process = subprocess.Popen(
            [self.lab.programs.load_tables, f"tenant{self.number}",
             str(self.lab.folder / "pipelines"), self.lab.url, self.lab.dataset],
            cwd=self.lab.folder, env=self.lab.environment(), stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        process.stdin.write(f"events\t{json.dumps(self.hints)}\t{path}\n")
        process.stdin.close()
        process.stdin = None
        if self.random.randrange(10) < KILLED_OF_TEN:
            time.sleep(self.random.random() * self.kill_within())
            if process.poll() is None:
                self.kills += 1
                process.kill()
        _, err = process.communicate(timeout=240)
        if process.returncode == -9:
            return None
        expect(process.returncode == 0, f"tenant {self.number}: {err}")
        return 0

    def kill_within(self):
        return 1.5

    def run(self):
        try:
            for load in range(LOADS):
                path = self.lab.folder / f"{self.number}-{load}.jsonl"
                path.write_text("".join(json.dumps(row) + "\n" for row in self.rows(load)))
                while self.once(path) is None:
                    pass
        except Exception as why:
            self.wrong = why


def check_appended(lab, tenants):
    d = lab.dataset
    bad = lab.server.sql(
        f"select l.load_id, count(e.*) from {d}._dlt_loads l left join {d}.events e on "
        f"e._dlt_load_id = l.load_id group by 1 having count(e.*) <> {ROWS}")
    expect(not bad, f"loads in the ledger that lack rows: {bad}")
    found = lab.server.sql(f"select tenant, load, count(*), count(distinct id) from {d}.events "
                           "group by 1, 2, _dlt_load_id")
    expect({(t, n) for t, n, *_ in found} ==
           {(t, n) for t in range(tenants) for n in range(LOADS)}, "loads are missing")
    expect(all(n == distinct == ROWS for *_, n, distinct in found), "a load is not whole")


def check_merged(lab, tenants):
    found = lab.server.sql(f"select count(*), count(distinct (tenant, id)), min(load), max(load) "
                           f"from {lab.dataset}.events")
    same(found, [(tenants * ROWS, tenants * ROWS, LOADS - 1, LOADS - 1)], "merged rows")


def check(lab, tenants, merging):
    d = lab.dataset
    (check_merged if merging else check_appended)(lab, tenants)
    [(events, children, orphans)] = lab.server.sql(
        f"select (select count(*) from {d}.events), (select count(*) from {d}.events__l), "
        f"(select count(*) from {d}.events__l c where not exists (select 1 from {d}.events e "
        "where e._dlt_id = c._dlt_parent_id))")
    same((children, orphans), (2 * events, 0), "children")
    same(lab.server.sql(f"select count(*) from {d}.events where _dlt_load_id not in (select load_id "
                        f"from {d}._dlt_loads)"), [(0,)], "rows of loads that are in no ledger")
    same(lab.server.sql(f"select count(*) from (select load_id from {d}._dlt_loads group by 1 "
                        "having count(*) > 1) x"), [(0,)], "loads twice in the ledger")
    same(lab.server.sql(f"select count(*) - count(distinct (schema_name, version_hash)) from "
                        f"{d}._dlt_version"), [(0,)], "versions twice")
    same({name for _, name in lab.server.sql(
        "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        f"where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')")},
         {"events", "events__l", "_dlt_loads", "_dlt_version", "_dlt_pipeline_state"}, "tables")
    deadline = time.monotonic() + 20
    while lab.server.sql("select count(*) from pg_stat_activity where application_name = "
                         "'headrace'") != [(0,)]:
        expect(time.monotonic() < deadline, "sessions are left")
        time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headrace", required=True)
    parser.add_argument("--headrace-fault")
    parser.add_argument("--load-tables", required=True)
    parser.add_argument("--pipelines", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--merge", metavar="STRATEGY")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    hints = {"write_disposition": "append"}
    if args.merge:
        hints = {"write_disposition": {"disposition": "merge", "strategy": args.merge},
                 "primary_key": ["tenant", "id"]}
    programs = Programs(args.headrace, args.headrace_fault, args.load_tables)
    with tempfile.TemporaryDirectory(prefix="headrace-many-") as folder, server.Server() as pg:
        lab = Lab(programs, Destination("postgres", lambda _: pg.url()), folder)
        lab.server = pg
        tenants = [Tenant(n, lab, hints, args.seed) for n in range(args.pipelines)]
        began = time.monotonic()
        with ThreadPoolExecutor(args.at_once) as pool:
            list(pool.map(Tenant.run, tenants))
        for tenant in tenants:
            if tenant.wrong:
                raise tenant.wrong
        check(lab, args.pipelines, bool(args.merge))
    print(f"{args.pipelines} pipelines: {sum(t.runs for t in tenants)} runs, "
          f"{sum(t.kills for t in tenants)} killed, {time.monotonic() - began:.0f} s")
    expect(sum(t.kills for t in tenants) > 0, "none was killed")


main()
