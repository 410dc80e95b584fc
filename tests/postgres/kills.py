"""kill -9 at every place of a run into Postgres, and the run after it.

A run is killed at each named point of the program, and around the calls by which it talks to the
server and changes files; some meet sockets that fail. Afterwards the dataset holds what was there
before and all of what the second run brought; of the killed run everything or nothing."""

import argparse
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / name) for name in ("support/postgres", "conformance", "fault")]

import faults
import server
from faults import Fault, Nothing
from lab import Destination, Lab, Programs, Wrong, expect

KILLS = {"send": ["kill", "killafter"], "receive": ["kill"], "rename": ["kill", "killafter"],
         "unlink": ["kill"], "connect": ["kill"]}
# A send that fails on a socket that lives is nothing that happens: libpq waits for the end then.
FAILURES = {"receive": ["eio"], "connect": ["eio"]}


def rows(mark, n):
    return [{"mark": mark, "i": i, "l": [i, -i]} for i in range(n)]


LARGE = 3000  # the rows of the lists, not those of the parent, get their constraints last


BEFORE, MET, AGAIN = ("before", 3), ("met", 40), ("again", 5)
MERGE = {"write_disposition": {"disposition": "merge", "strategy": "delete-insert"},
         "primary_key": ["mark", "i"]}
REPLACE = ("--write-disposition", "replace")
SWAP = {"write_disposition": "replace",
        "additional_table_hints": {"x-replace-strategy": "staging-optimized"}}


class Scenario:
    def __init__(self, name, before=True, pipe=False, replaces=False, options=(), met=MET):
        self.name, self.before, self.pipe, self.replaces = name, before, pipe, replaces
        self.options, self.met = options, met

    def load(self, lab, what, env=None):
        text = "".join(json.dumps(row) + "\n" for row in rows(*what)).encode()
        source = "-" if self.pipe else str(lab.folder / f"{what[0]}.jsonl")
        if not self.pipe:
            Path(source).write_bytes(text)
        return lab.run("load", source, "--table", "t", *lab.place(), *self.options,
                       program=lab.programs.fault, stdin=text if self.pipe else None, env=env)

    def ends(self):
        """What may be there at last: with and without the rows of the run that was disturbed."""
        if self.replaces:
            return [{AGAIN}]
        base = {BEFORE} if self.before else set()
        return [base | {AGAIN}, base | {self.met, AGAIN}]


SCENARIOS = [
    Scenario("append"),
    Scenario("first", before=False),
    Scenario("first_and_large", before=False, met=("met", LARGE)),
    Scenario("pipe", pipe=True),
    Scenario("replace", replaces=True, options=REPLACE),
    Scenario("swap", replaces=True, options=("--hints", json.dumps(SWAP))),
    Scenario("merge", options=("--hints", json.dumps(MERGE))),
]


def contents(lab):
    """Names and numbers of the loads whose rows are all there, in the parent and in the child."""
    lists = f"select l._dlt_parent_id, count(*) c from {lab.dataset}.t__l l group by 1"
    found = lab.server.sql(
        f"select t.mark, count(*), count(distinct t.i), sum(l.c), count(distinct t._dlt_load_id), "
        f"count(distinct o.load_id) from {lab.dataset}.t t left join ({lists}) l on "
        f"l._dlt_parent_id = t._dlt_id left join {lab.dataset}._dlt_loads o on "
        "o.load_id = t._dlt_load_id group by 1")
    children = lab.server.sql(f"select count(*) from {lab.dataset}.t__l")[0][0]
    for mark, n, distinct, of_lists, loads, in_ledger in found:
        expect(n == distinct and of_lists == 2 * n, f"{mark}: {n} rows, {distinct} distinct ones, "
               f"{of_lists} children")
        expect(loads == in_ledger == 1, f"{mark}: {loads} loads, {in_ledger} of them in the ledger")
    expect(children == sum(2 * n for _, n, *_ in found), f"{children} children in all")
    return {(mark, n) for mark, n, *_ in found}


def check_rest(lab):
    left = lab.server.sql(
        "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        f"where c.relkind = 'r' and n.nspname like '{lab.dataset}%'")
    known = {"t", "t__l", "_dlt_loads", "_dlt_version", "_dlt_pipeline_state"}
    expect({name for _, name in left} <= known, f"tables left behind: {left}")
    doubled = lab.server.sql(f"select load_id from {lab.dataset}._dlt_loads group by 1 "
                             "having count(*) > 1")
    expect(not doubled, f"loads twice in the ledger: {doubled}")


def attempt(lab, scenario, fault, shim):
    if scenario.before:
        expect(scenario.load(lab, BEFORE).code == 0, "the load before fails")
    env = dict(fault.environment())
    if "HR_SHIM" in env or "HR_SHIM_COUNT" in env:
        env["LD_PRELOAD"] = str(shim)
    first = scenario.load(lab, scenario.met, env)
    again = scenario.load(lab, AGAIN)
    expect(again.code == 0, f"the run after it fails: {again.err}")
    found = contents(lab)
    ends = scenario.ends()
    if first.code == 0 and not scenario.replaces:
        ends = ends[1:]
    expect(found in ends, f"found {found}, not one of {ends}; first {first.code}: {first.err}")
    check_rest(lab)
    return first


class Sweep:
    def __init__(self, programs, shim, pg, folder):
        self.programs, self.shim, self.pg, self.folder = programs, shim, pg, folder
        self.destination = Destination("postgres", lambda _: pg.url())
        self.killed = self.tried = 0
        self.wrong = []

    def lab(self):
        lab = Lab(self.programs, self.destination, self.folder)
        lab.server = self.pg
        return lab

    def one(self, scenario, fault):
        lab = self.lab()
        try:
            first = attempt(lab, scenario, fault, self.shim)
            self.killed += first.killed()
            lab.server.sql(f"drop schema {lab.dataset} cascade")
        except Exception as why:
            self.wrong.append(f"{scenario.name} {fault}: {why}")
            print(f"WRONG {self.wrong[-1]}", flush=True)
        self.tried += 1

    def counted(self, scenario, variable):
        """What a run without a fault writes into the file that the variable names."""
        lab = self.lab()
        attempt(lab, scenario, Nothing(variable, lab.folder / "counted"), self.shim)
        return (lab.folder / "counted").read_text().splitlines()

    def faults(self, scenario, most):
        counts = {name: int(n)
                  for name, n in map(str.split, self.counted(scenario, "HR_SHIM_COUNT"))}
        at = (faults.at_each_call(counts, KILLS) + faults.at_each_call(counts, FAILURES))
        step = max(1, len(at) // most)
        places = sorted(set(self.counted(scenario, "HR_NOTE_POINTS")))
        return [Fault("HR_KILL_AT", name) for name in places] + at[::step]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headrace", required=True)
    parser.add_argument("--headrace-fault", required=True)
    parser.add_argument("--load-tables")
    parser.add_argument("--shim", type=Path, required=True)
    parser.add_argument("--most", type=int, default=60, help="calls of a scenario")
    parser.add_argument("--major", type=int)
    parser.add_argument("--jobs", type=int, default=3)
    args = parser.parse_args()
    programs = Programs(args.headrace, args.headrace_fault, args.load_tables)
    with tempfile.TemporaryDirectory(prefix="headrace-kills-") as folder, \
            server.Server(args.major) as pg:
        sweep = Sweep(programs, args.shim, pg, folder)
        with ThreadPoolExecutor(args.jobs) as pool:
            for scenario in SCENARIOS:
                for fault in sweep.faults(scenario, args.most):
                    pool.submit(sweep.one, scenario, fault)
    print(f"{sweep.tried} runs disturbed, {sweep.killed} killed, {len(sweep.wrong)} wrong")
    sys.exit(1 if sweep.wrong or not sweep.killed else 0)


main()
