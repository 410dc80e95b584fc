"""A destination under test, and what a case may do with it."""

import itertools
import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path

TIMEOUT = 120


class Wrong(Exception):
    """The destination does not behave as promised."""


def expect(is_true, message):
    if not is_true:
        raise Wrong(message)


def same(got, want, what=""):
    expect(got == want, f"{what}\n  wanted {want!r}\n  got    {got!r}")


class Programs:
    def __init__(self, headrace, headrace_fault, load_tables):
        self.headrace, self.fault, self.load_tables = headrace, headrace_fault, load_tables


class Destination:
    """`kind` is the name in the quirks; `new_url` gives the URL of an empty place in `folder`."""

    def __init__(self, kind, new_url):
        self.kind, self.new_url = kind, new_url


class Run:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def killed(self):
        return self.code == -signal.SIGKILL


class Lab:
    """One dataset at one destination, with a working folder of its own; for one case."""

    numbers = itertools.count()

    def __init__(self, programs, destination, folder):
        self.programs, self.kind = programs, destination.kind
        self.folder = Path(tempfile.mkdtemp(dir=folder))
        self.dataset = f"case_{next(self.numbers)}"
        self.url = destination.new_url(self.folder)
        self.files = itertools.count()
        self.variables = {}  # more of the environment

    def environment(self):
        return {**os.environ, "HOME": str(self.folder), "TZ": "UTC",
                "HEADRACE_PIPELINES_DIR": str(self.folder / "pipelines"), **self.variables}

    def run(self, *arguments, program=None, stdin=None, env=None):
        done = subprocess.run([program or self.programs.headrace, *arguments], input=stdin,
                              cwd=self.folder, capture_output=True, timeout=TIMEOUT, check=False,
                              env={**self.environment(), **(env or {})})
        return Run(done.returncode, done.stdout.decode(errors="replace"),
                   done.stderr.decode(errors="replace"))

    def place(self):
        return ["--to", self.url, "--dataset", self.dataset, "--pipeline", "p"]

    # ---- loading ----

    def write(self, rows):
        """Rows (or lines of JSON, as they are) in a file."""
        path = self.folder / f"{next(self.files)}.jsonl"
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return path

    def try_load(self, rows, *options, table="t", env=None, program=None):
        return self.run("load", str(self.write(rows)), "--table", table, *self.place(),
                        *options, env=env, program=program)

    def load(self, rows, *options, table="t"):
        run = self.try_load(rows, *options, table=table)
        expect(run.code == 0, f"the load fails: {run.err}")
        return run

    def refuse(self, rows, *words, options=(), table="t"):
        run = self.try_load(rows, *options, table=table)
        expect(run.code != 0, "the load is not refused")
        for word in words:
            expect(word in run.err, f"the message has no {word!r}: {run.err}")
        return run

    def load_hinted(self, rows, table="t", **hints):
        """With hints by dlt's names."""
        run = self.run("p", str(self.folder / "pipelines"), self.url, self.dataset,
                       program=self.programs.load_tables,
                       stdin=f"{table}\t{json.dumps(hints)}\t{self.write(rows)}\n".encode())
        expect(run.code == 0, f"the load fails: {run.err}")

    def load_killed(self, point, rows, *options):
        """Ends like kill -9 at a named point of the program."""
        run = self.try_load(rows, *options, env={"HR_KILL_AT": point}, program=self.programs.fault)
        expect(run.killed(), f"{point} is not passed: {run.code} {run.err}")

    # ---- reading ----

    def rows(self, query):
        """Lists of values, in the query's order."""
        run = self.run("sql", query, "--format", "json", *self.place())
        expect(run.code == 0, f"{query}: {run.err}")
        return [list(row.values()) for row in json.loads(run.out)]

    def value(self, query):
        return self.rows(query)[0][0]

    def count(self, table="t"):
        return self.value(f"select count(*) as n from {table}")

    def tables(self):
        run = self.run("tables", "--json", *self.place())
        return {t["table"]: t["rows"] for t in json.loads(run.out)} if run.code == 0 else {}

    def schema(self):
        run = self.run("schema", "--json", *self.place())
        expect(run.code == 0, run.err)
        return json.loads(run.out)

    def columns(self, table="t"):
        """Data types by column, without the system's columns."""
        columns = self.schema()["tables"][table]["columns"]
        return {name: c["data_type"] for name, c in columns.items()
                if not name.startswith("_dlt") and "data_type" in c}

    def loads(self):
        return self.value("select count(*) as n from _dlt_loads")
