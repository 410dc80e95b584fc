"""Runs the list of behaviours against a destination: conformance.py duckdb|postgres|postgres-18|...

conformance.py document FILE compares the quirks table in a document with quirks.py; with
--write it writes it there."""

import argparse
import contextlib
import sys
import tempfile
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support" / "postgres"))

import cases
import quirks
import server
from lab import Destination, Lab, Programs, Wrong

BEGIN, END = "<!-- quirks: begin -->\n", "<!-- quirks: end -->\n"


@contextlib.contextmanager
def destination(name):
    kind, _, major = name.partition("-")
    if kind == "duckdb":
        yield Destination("duckdb", lambda folder: f"duckdb:///{folder}/case.duckdb"), None
        return
    with server.Server(int(major) if major else None) as pg:
        yield Destination("postgres", lambda folder: pg.url()), pg


def run_cases(name, programs, only):
    failed = 0
    with tempfile.TemporaryDirectory(prefix="headrace-conformance-") as folder:
        with destination(name) as (where, pg):
            for case in cases.CASES:
                if only and only not in case.__name__:
                    continue
                lab = Lab(programs, where, folder)
                lab.server, lab.expected = pg, HERE / "expected"
                try:
                    case(lab)
                    print(f"ok      {case.__name__}", flush=True)
                except Wrong as why:
                    failed += 1
                    print(f"FAILED  {case.__name__}: {why}", flush=True)
                except Exception:
                    failed += 1
                    print(f"FAILED  {case.__name__}: {traceback.format_exc()}", flush=True)
    unasked = set(quirks.QUIRKS) - cases.ASKED
    if unasked and not only:
        failed += 1
        print(f"FAILED  no case asks for {unasked}")
    return failed


def check_document(path, write):
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    old, _, after = rest.partition(END)
    if write:
        path.write_text(before + BEGIN + quirks.table() + END + after, encoding="utf-8")
    elif old != quirks.table():
        print(f"{path}: the table of differences is not that of tests/conformance/quirks.py; "
              "`conformance.py document FILE --write` writes it")
        return 1
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what")
    parser.add_argument("document", nargs="?", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--headrace")
    parser.add_argument("--headrace-fault")
    parser.add_argument("--load-tables")
    parser.add_argument("--only")
    args = parser.parse_args()
    if args.what == "document":
        sys.exit(check_document(args.document, args.write))
    programs = Programs(args.headrace, args.headrace_fault, args.load_tables)
    sys.exit(1 if run_cases(args.what, programs, args.only) else 0)


main()
