"""Servers that are killed, full, locked or far away; what a load makes of it, and the load after it.

Each ends in exactly-once or in a clear error after which the same load, run again, leaves what one
clean run would have left."""

import argparse
import sys
import tempfile
import time
import traceback

import harness  # first: it says where the modules of other suites are
import breaks  # cases are in harness.CASES, in this order
import beside
import locks
import rights
import places
import server
from lab import Destination, Lab, Programs, Wrong


def run_cases(programs, major, only, without):
    """How many failed, and the names of those that could not be tried."""
    failed, missing = 0, []
    with tempfile.TemporaryDirectory(prefix="headrace-failures-") as folder, \
            server.Server(major, settings=harness.SETTINGS) as pg:
        where = Destination("postgres", lambda _: pg.url())
        for run in harness.CASES:
            if (only and only not in run.__name__) or run.__name__ in without:
                continue
            lab = Lab(programs, where, folder)
            lab.server = pg
            began = time.monotonic()
            try:
                run(lab)
                print(f"ok      {run.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
            except harness.NotHere as why:
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
