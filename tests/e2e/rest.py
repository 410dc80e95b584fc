#!/usr/bin/env python3
"""REST APIs through the program: rest.py HEADRACE

A run of many pages that is killed again and again asks for hardly any page twice and loads each row
once; another machine finds what there is of them; a URL is loaded as it is, and the file that --save
writes does the same."""

import http.server
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HEADRACE = sys.argv[1]
PAGES = 400
KILLS = 2


class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    requests = 0

    def log_message(self, *_):
        pass

    def do_GET(self):
        Api.requests += 1
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        page = int(query.get("page", ["1"])[0])
        rows = [{"id": page * 10 + i, "name": "x" * 20, "up": "../..", "lines": "1\r\nX-Evil: 1"} for i in range(4)]
        body = json.dumps({"data": rows, "total": PAGES}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a killed client hangs up in the middle


def headrace(*arguments, folder, status=0):
    done = subprocess.run([HEADRACE, *arguments, "--pipelines-dir", folder / "pipelines"],
                          cwd=folder, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout, done.stderr


def cells(sql, folder, pipeline):
    out, _ = headrace("sql", sql, "--pipeline", pipeline, "--format", "csv", folder=folder)
    return out.splitlines()[1]


def kill_a_run(folder, until):
    with subprocess.Popen([HEADRACE, "run", "p.yaml", "--pipelines-dir", folder / "pipelines"],
                          cwd=folder, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        while Api.requests < until and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)


def killed_runs_go_on(folder, origin):
    (folder / "p.yaml").write_text(f"""pipeline: killed
destination: duckdb:///killed.duckdb
dataset: d
source:
  rest_api:
    client: {{base_url: "{origin}/", paginator: {{type: page_number, base_page: 1}}}}
    resources: [items]
""")
    for kill in range(KILLS):
        kill_a_run(folder, PAGES * (kill + 1) // (KILLS + 1))
    _, said = headrace("run", "p.yaml", folder=folder)
    assert "answers of an earlier run that ended early are used again" in said, said
    # What was under way at a kill, at most `concurrency` requests, is asked for again.
    assert Api.requests <= PAGES + KILLS * 25, Api.requests
    found = cells("select count(*), count(distinct id), max(id) from d.items", folder, "killed")
    assert found == f"{PAGES * 4},{PAGES * 4},{PAGES * 10 + 3}", found


def a_url_is_loaded(folder, origin):
    where = ["--to", "duckdb:///url.duckdb", "--pipeline", "url"]
    headrace("load", f"{origin}/v1/things?page=1", "--save", "things.yaml", *where, folder=folder)
    assert cells("select count(*) from things", folder, "url") == "4"
    headrace("run", "things.yaml", folder=folder)
    assert cells("select count(*) from things", folder, "url") == "8"


def what_a_limit_leaves_out_comes_later(folder, origin):
    (folder / "limited.yaml").write_text(f"""pipeline: limited
destination: duckdb:///limited.duckdb
dataset: d
source:
  rest_api:
    client: {{base_url: "{origin}/", paginator: single_page}}
    resources:
      - name: items
        endpoint: {{data_selector: data, incremental: {{cursor_path: id, initial_value: 0}}}}
""")
    for limit, rows in ([["--limit", "3"], "3,12"], [["--limit", "3"], "4,13"], [[], "4,13"]):
        headrace("run", "limited.yaml", *limit, folder=folder)
        found = cells("select count(*), max(id) from d.items", folder, "limited")
        assert found == rows, f"{limit}: {found}"


def values_stay_in_their_place(folder, origin):
    """What a parent's row says neither leads out of the path, nor makes a header of its own."""
    for endpoint, message, status in (
            ["path: 'a/b/c/{resources.items.up}/d'", 'is "../..", which would lead out of the path', 1],
            ["headers: {X-Id: '{resources.items.lines}'}",
             'child, row 1 of items, page 1: header "X-Id" cannot be sent', 2]):
        (folder / "evil.yaml").write_text(f"""pipeline: evil
destination: duckdb:///evil.duckdb
source:
  rest_api:
    client: {{base_url: "{origin}/", paginator: single_page}}
    resources:
      - {{name: items, endpoint: {{data_selector: data}}}}
      - {{name: child, endpoint: {{data_selector: data, {endpoint}}}}}
""")
        before = Api.requests
        _, said = headrace("run", "evil.yaml", folder=folder, status=status)
        assert message in said and Api.requests == before + 1, said


def a_fresh_machine_finds_its_schema(folder):
    """The schema of a REST API is not named like the pipeline; the stored state says its name."""
    shutil.rmtree(folder / "pipelines")
    where = ["--to", "duckdb:///killed.duckdb", "--pipeline", "killed", "--dataset", "d"]
    assert "items" in headrace("tables", *where, folder=folder)[0]
    assert "items" in headrace("schema", "log", *where, folder=folder)[0]
    headrace("sync", *where, folder=folder)
    copy = json.loads((folder / "pipelines/killed/schema.json").read_text())
    assert copy["name"] == "rest_api", copy["name"]
    headrace("drop", "items", *where, folder=folder)
    tables = headrace("tables", "--json", "--pipeline", "p.yaml", folder=folder)[0]
    assert "items" not in [t["name"] for t in json.loads(tables)], tables


def main():
    server = Server(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_address[1]}"
    with tempfile.TemporaryDirectory() as name:
        killed_runs_go_on(pathlib.Path(name), origin)
        a_fresh_machine_finds_its_schema(pathlib.Path(name))
        a_url_is_loaded(pathlib.Path(name), origin)
        what_a_limit_leaves_out_comes_later(pathlib.Path(name), origin)
        values_stay_in_their_place(pathlib.Path(name), origin)
    server.shutdown()


main()
