#!/usr/bin/env python3
"""Disturbs runs of headrace at every place and looks at what is left.

    sweep.py kill      killed at the named points and at system calls
    sweep.py fail      system calls that fail, now and then or from then on
    sweep.py alloc     allocations that fail
    sweep.py random    all of these, for --minutes
    sweep.py one --scenario NAME HR_SHIM=write:3:kill    one of them
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed

import faults
from faults import Fault
from scenarios import SCENARIOS
from trial import Lab, Wrong, try_fault


def counted(lab, scenario, variable):
    """What a run without a fault writes into the file that the variable names."""
    folder = lab.new_folder(f"count_{scenario.name}")
    path = folder / "counted"
    shutil.copytree(lab.template(scenario), folder, dirs_exist_ok=True)
    run = lab.faulted(folder, scenario.step, faults.Nothing(variable, path))
    if run.code != 0:
        raise Wrong(f"{scenario.name}: the run that counts ends with {run.code}: {run.err}")
    lines = path.read_text().splitlines()
    shutil.rmtree(folder)
    return lines


def count_calls(lab, scenario):
    return {name: int(n) for name, n in map(str.split, counted(lab, scenario, "HR_SHIM_COUNT"))}


def named_places(lab, scenario):
    """A kill at each named place as often as the scenario passes it."""
    passed = Counter(counted(lab, scenario, "HR_NOTE_POINTS"))
    return [(scenario, Fault("HR_KILL_AT", f"{name}:{n}"))
            for name in sorted(passed) for n in range(1, passed[name] + 1)]


def spread(items, n):
    """n of the items, evenly."""
    if len(items) <= n:
        return items
    return [items[i * len(items) // n] for i in range(n)]


class Sweep:
    def __init__(self, lab, jobs):
        self.lab, self.jobs = lab, jobs
        self.tried = self.killed = self.failed = 0
        self.wrong = []

    def one(self, scenario, fault, headrace=None):
        try:
            run = try_fault(self.lab, scenario, fault, headrace)
        except Wrong as e:
            self.wrong.append(str(e))
            print(f"WRONG {e}", flush=True)
            return None
        finally:
            self.tried += 1
        self.killed += run.killed
        self.failed += not run.killed and run.code != 0
        return run

    def all(self, plans, headrace=None):
        with ThreadPoolExecutor(self.jobs) as pool:
            for done in as_completed([pool.submit(self.one, s, f, headrace) for s, f in plans]):
                done.result()

    def allocations(self, scenario, step, headrace):
        """Each step-th allocation, until the run makes no more of them."""
        n, unharmed = 1, 0
        while unharmed < 12:
            run = self.one(scenario, Fault("HR_FAIL_ALLOC", str(n)), headrace)
            unharmed = unharmed + 1 if run and run.code == 0 else 0
            n += step

    def ends(self, what):
        print(f"{what}: {self.tried} faults, {self.killed} kills, {self.failed} failures told, "
              f"{len(self.wrong)} wrong")
        return 1 if self.wrong else 0


def chosen(args):
    return [SCENARIOS[n] for n in args.scenario] if args.scenario else list(SCENARIOS.values())


def plans_of(sweep, args, make):
    """The plans of all scenarios, thinned out evenly to --most."""
    scenarios = chosen(args)
    plans = []
    with ThreadPoolExecutor(sweep.jobs) as pool:
        all_counts = list(pool.map(lambda s: count_calls(sweep.lab, s), scenarios))
    for scenario, counts in zip(scenarios, all_counts):
        found = make(counts)
        most = args.most // (4 if scenario.slow else 1) // len(scenarios)
        plans += [(scenario, f) for f in (spread(found, most) if args.most else found)]
    return plans


def kill(sweep, args):
    with ThreadPoolExecutor(sweep.jobs) as pool:
        places = list(pool.map(lambda s: named_places(sweep.lab, s), chosen(args)))
    sweep.all(sum(places, []) + plans_of(sweep, args, faults.kills))
    if not args.scenario and sweep.killed < 300:
        sweep.wrong.append("too few kills")
    return sweep.ends("kill")


def fail(sweep, args):
    sweep.all(plans_of(sweep, args, faults.failures))
    return sweep.ends("fail")


def alloc(sweep, args):
    args.scenario = args.scenario or ["append", "settle_pipe"]
    with ThreadPoolExecutor(sweep.jobs) as pool:
        list(pool.map(lambda s: sweep.allocations(s, args.step, args.sanitized), chosen(args)))
    return sweep.ends("alloc")


def at_random(sweep, args):
    until = time.monotonic() + args.minutes * 60
    counts = {s.name: count_calls(sweep.lab, s) for s in chosen(args)}

    def some(_):
        while time.monotonic() < until:
            scenario = random.choice(chosen(args))
            kinds = random.choices([faults.kills, faults.failures], [3, 1])[0](counts[scenario.name])
            sweep.one(scenario, random.choice(kinds))

    with ThreadPoolExecutor(sweep.jobs) as pool:
        list(pool.map(some, range(sweep.jobs)))
    return sweep.ends("random")


def one(sweep, args):
    variable, value = args.fault.split("=", 1)
    for scenario in chosen(args):
        run = sweep.one(scenario, Fault(variable, value), args.sanitized)
        if run:
            print(f"{scenario.name}: ended with {run.code}\n{run.err}")
    return sweep.ends("one")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["kill", "fail", "alloc", "random", "one"])
    parser.add_argument("fault", nargs="?", help="for one: HR_SHIM=write:3:kill and such")
    parser.add_argument("--headrace", required=True, help="built with HR_FAULTS, no sanitizers")
    parser.add_argument("--shim", required=True, help="what shim.c was made into")
    parser.add_argument("--load-tables", required=True, help="what loads a table with hints")
    parser.add_argument("--sanitized", help="this program meets the faults instead, without a shim")
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="only these")
    parser.add_argument("--most", type=int, default=0, help="so many faults, evenly chosen")
    parser.add_argument("--step", type=int, default=1, help="of allocations: each step-th")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="headrace-fault-")
    sweep = Sweep(Lab(args.headrace, args.shim, args.load_tables, folder), args.jobs)
    result = globals()["at_random" if args.what == "random" else args.what](sweep, args)
    if not sweep.wrong:
        shutil.rmtree(folder)
    return result


if __name__ == "__main__":
    sys.exit(main())
