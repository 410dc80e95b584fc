"""Cases of the quirk server: reading them, running a client on one, judging what it did.

A case is a file of two YAML documents. The second is the pipeline, as a user would write it, where
@SERVER@ and @OTHER@ are the origins of the server's two ports. The first says what has to come of it:

    what      one sentence
    ids       the ids in the table items, each once: a list, or 1..6
    rows      how many rows items has; 0 also without the table
    sql       {query: [lines of CSV]}
    exit      the exit status, 0 unless told otherwise
    error     a regular expression for standard error, with an exit status that is not 0
    warning   the same with an exit status of 0
    hidden    a text that must not be in any output, nor in any file that is left
    requests  how many the server saw: 3, or 3..5
    atmost    the most of them
    peak      the most at once
    sent      expressions in Python: r is the list of requests, queries their parameters
    env       environment of the client
    or        the same keys for another outcome that is as good
    dlt       {skip: why} or {env: ...}: for the comparison with dlt
"""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import urllib.parse
import urllib.request

import duckdb
import yaml

ENVIRONMENT = {"RUNTIME__REQUEST_BACKOFF_FACTOR": "0.01"}


class Case:
    def __init__(self, path):
        wanted, self.pipeline = pathlib.Path(path).read_text("utf-8").split("\n---\n", 1)
        self.name = pathlib.Path(path).stem
        self.wanted = yaml.safe_load(wanted)
        self.environment = ENVIRONMENT | self.wanted.get("env", {})

    def pipeline_for(self, server):
        return self.pipeline.replace("@SERVER@", server.origin).replace("@OTHER@", server.other)


class Server:
    """One server program, which ends with the `with`."""

    def __init__(self, *command, env=None):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=env and os.environ | env)
        self.origin = self.process.stdout.readline().strip()
        self.other = self.process.stdout.readline().strip()
        if not self.other:
            raise RuntimeError(f"{command[0]} did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process.stdout.close()
        if status != 0:
            raise RuntimeError(f"the server ended with {status}")

    def _get(self, path):
        with urllib.request.urlopen(self.origin + path, timeout=10) as reply:
            return json.load(reply)

    def requests(self):
        return self._get("/-/requests")

    def stats(self):
        return self._get("/-/stats")


class Outcome:
    """What a client left: its exit status, what it printed, the folder it ran in."""

    def __init__(self, status, output, folder):
        self.status, self.output, self.folder = status, output, pathlib.Path(folder)

    def query(self, text):
        if not (self.folder / "quirk.duckdb").exists():
            return []
        with contextlib.closing(duckdb.connect(str(self.folder / "quirk.duckdb"))) as database:
            with contextlib.suppress(duckdb.Error):
                database.execute("use q")
            try:
                return database.execute(text).fetchall()
            except duckdb.CatalogException:
                return []


def numbers(spec):
    if isinstance(spec, str) and ".." in spec:
        first, last = spec.split("..")
        return list(range(int(first), int(last) + 1))
    return [spec] if isinstance(spec, int) else spec


def shown(values):
    text = str(values)
    return text if len(text) < 120 else text[:120] + " ..."


def data_complaints(wanted, outcome):
    if "ids" in wanted:
        ids = sorted(row[0] for row in outcome.query("select id from items"))
        if ids != numbers(wanted["ids"]):
            yield f"ids are {shown(ids)}, not {shown(wanted['ids'])}"
    if "rows" in wanted:
        counted = outcome.query("select count(*) from items")
        if (counted[0][0] if counted else 0) != wanted["rows"]:
            yield f"items has {counted} rows, not {wanted['rows']}"
    for query, lines in wanted.get("sql", {}).items():
        got = [",".join(map(str, row)) for row in outcome.query(query)]
        if got != lines:
            yield f"{query}: {shown(got)}, not {lines}"


def result_complaints(wanted, outcome, loud_enough):
    """What is wrong with exit status, messages and data."""
    fails = "error" in wanted or wanted.get("exit", 0) != 0
    if fails != (outcome.status != 0):
        yield f"exit status {outcome.status}"
        return
    if not loud_enough and outcome.status != wanted.get("exit", 0):
        yield f"exit status {outcome.status}, not {wanted.get('exit', 0)}"
    message = wanted.get("warning") or (not loud_enough and wanted.get("error"))
    if message and not re.search(message, outcome.output):
        yield f"nothing it printed is like {message}"
    yield from [] if fails else data_complaints(wanted, outcome)


def holds(text, outcome):
    if text in outcome.output:
        return "what it printed"
    for path in outcome.folder.rglob("*"):
        if path.is_file() and path.name != "pipeline.yaml" and text.encode() in path.read_bytes():
            return path.relative_to(outcome.folder)
    return None


def is_so(expression, names):
    try:
        return eval(expression, names)
    except (LookupError, ValueError, TypeError):  # it speaks of requests that were never made
        return False


def sent_complaints(wanted, outcome, requests):
    """What is wrong with what the server was sent, and what of it was kept."""
    queries = [dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(r["target"]).query))
               for r in requests]

    class Lenient(dict):
        def __getitem__(self, key):
            return self.get(key)

    queries = [Lenient(q) for q in queries]
    for expression in wanted.get("sent", []):
        if not is_so(expression, {"r": requests, "queries": queries, "json": json}):
            yield f"not so: {expression}"
    if "hidden" in wanted:
        place = holds(wanted["hidden"], outcome)
        if place:
            yield f"the secret is in {place}"


def count_complaints(wanted, stats):
    n = stats["requests"]
    if "requests" in wanted:
        allowed = numbers(wanted["requests"])
        if not allowed[0] <= n <= allowed[-1]:
            yield f"{n} requests, not {wanted['requests']}"
    if n > wanted.get("atmost", n):
        yield f"{n} requests, more than {wanted['atmost']}"
    if stats["peak"] > wanted.get("peak", stats["peak"]):
        yield f"{stats['peak']} requests at once, more than {wanted['peak']}"


def complaints(case, outcome, server, strict=True):
    """All that is wrong; nothing when one of the outcomes that the case allows is met. Without
    `strict`, for other programs: their words and how often they ask are their own affair."""
    requests, stats = server.requests(), server.stats()

    def against(wanted):
        found = list(result_complaints(wanted, outcome, not strict))
        found += sent_complaints(case.wanted, outcome, requests)
        return found + (list(count_complaints(wanted, stats)) if strict else [])

    found = against(case.wanted)
    if found and "or" in case.wanted:
        other = against({"atmost": case.wanted.get("atmost", 10**9)} | case.wanted["or"])
        found = other if not other else found
    return found


def headrace_on(case, server, headrace, folder, timeout=120):
    (pathlib.Path(folder) / "pipeline.yaml").write_text(case.pipeline_for(server), "utf-8")
    environment = os.environ | case.environment | {
        "HEADRACE_PIPELINES_DIR": f"{folder}/pipelines", "HOME": str(folder)}
    done = subprocess.run([headrace, "run", "pipeline.yaml"], cwd=folder, env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=timeout)
    return Outcome(done.returncode, done.stdout.decode(errors="replace"), folder)
