"""Runs dlt and Headrace on the same inputs and compares what is in DuckDB afterwards.

compat.py SUITE [NAME...]: SUITE is one of cases.SUITES, or "differences": then the inputs of
differences.toml are run, on which the two must differ as said there; or "schema_files". Names choose parts of a suite.
--headrace, --load-tables: the programs. --data: what scripts/setup-compat fetched. Folders of parts
on which the two do not agree are kept.
"""

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from pathlib import Path

import cases
import compare
import differences
import schema_files
from places import DuckdbFile, PostgresDatabase
from sides import Failed, Tools, run_both

SHOWN = 40  # lines of a group


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("suite", choices=[*cases.SUITES, "differences", "schema_files"])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--postgres", action="store_true", help="into Postgres, not DuckDB")
    for option in ("--headrace", "--load-tables", "--data"):
        parser.add_argument(option, type=Path, required=True)
    return parser.parse_args()


def compared(group, folder: Path, tools: Tools):
    try:
        lines = compare.differences(*run_both(group, folder, tools))
        return compare.forgiven(lines, group.dlt_leaves) if group.dlt_leaves else lines
    except Failed as failure:
        return [str(failure)]


def checks(suite: str, work: Path, data: Path, tools: Tools):
    """Names, each with a function that gives lines saying what is wrong."""
    if suite == "schema_files":
        yield from schema_files.checks(work, tools)
        return
    if suite != "differences":
        for group in cases.SUITES[suite](work, data):
            yield group.name, lambda g=group: compared(g, work / g.name, tools)
        return
    yield "document", differences.check_document
    for difference in differences.LIST:
        for i, witness in enumerate(difference["witness"], 1):
            name = f"{difference['id']}-{i}"
            yield name, lambda n=name, w=witness: differences.check_witness(w, work / n, tools)


def main():
    args = arguments()
    programs = str(args.headrace.resolve()), str(args.load_tables.resolve())
    with contextlib.ExitStack() as stack:
        if args.postgres:
            import server

            PostgresDatabase.server = stack.enter_context(server.Server())
        work = Path(tempfile.mkdtemp(prefix=f"headrace-compat-{args.suite}-"))
        bad = run(args, work, Tools(*programs, PostgresDatabase if args.postgres else DuckdbFile))
    if bad:
        sys.exit(f"kept: {work}")
    shutil.rmtree(work)


def run(args, work: Path, tools: Tools) -> bool:
    """Whether something is not as it should be."""
    n = bad = 0
    for name, check in checks(args.suite, work, args.data.resolve(), tools):
        if args.names and name not in args.names:
            continue
        began = time.monotonic()
        wrong = list(check())
        n += 1
        bad += bool(wrong)
        print(
            f"{'not ok' if wrong else 'ok'} {name} ({time.monotonic() - began:.1f} s)", flush=True
        )
        for line in wrong[:SHOWN]:
            print(f"  {line}")
        if not wrong:
            shutil.rmtree(work / name, ignore_errors=True)
    print(f"{args.suite}: {n} compared, {bad} not as they should be")
    return bool(bad or not n)


if __name__ == "__main__":
    main()
