#!/usr/bin/env python3
"""dlt's [runtime] settings: runtime.py HEADRACE

How often a request is tried, and who is told on Slack, as config.toml, secrets.toml and the
environment say; what the pipeline file says of the client counts instead."""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

HEADRACE = sys.argv[1]


class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gets = 0
    hooks = []

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        Api.gets += 1
        self.answer(503 if self.path == "/broken" else 200, b'[{"id": 1}]')

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Api.hooks.append((self.path, json.loads(body)))
        self.answer(200, b"{}")


def run(folder, base, path, client="", **env):
    (folder / "p.yaml").write_text(
        f"pipeline: runtime\nsource:\n  rest_api:\n    client: {{base_url: '{base}/'{client}}}\n"
        f"    resources: [{{name: items, endpoint: {{path: {path}, paginator: single_page}}}}]\n"
    )
    Api.gets = 0
    Api.hooks = []
    settings = {**os.environ, "HOME": str(folder), **env}
    done = subprocess.run([HEADRACE, "run", "p.yaml"], cwd=folder, env=settings,
                          capture_output=True, text=True, timeout=60)
    print(done.stderr, end="")
    return done


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / ".dlt").mkdir()
        (folder / ".dlt/config.toml").write_text(
            "[runtime]\nrequest_max_attempts = 3\nrequest_backoff_factor = 0\n")
        assert run(folder, base, "broken").returncode == 1 and Api.gets == 3, Api.gets
        run(folder, base, "broken", RUNTIME__REQUEST_MAX_ATTEMPTS="2")
        assert Api.gets == 2, Api.gets
        run(folder, base, "broken", client=", retry: {max_attempts: 4}")
        assert Api.gets == 4, Api.gets
        wrong = run(folder, base, "items", RUNTIME__REQUEST_TIMEOUT="soon")
        assert wrong.returncode == 2 and "request_timeout takes seconds" in wrong.stderr
        assert run(folder, base, "items", RUNTIME__REQUEST_TIMEOUT="[5, 10]").returncode == 0

        (folder / ".dlt/secrets.toml").write_text(
            f'[runtime]\nslack_incoming_hook = "{base}/hook-of-the-team"\n')
        done = run(folder, base, "items")
        assert done.returncode == 0 and "hook-of-the-team" not in done.stdout + done.stderr
        assert [path for path, _ in Api.hooks] == ["/hook-of-the-team"], Api.hooks
        assert "runtime" in Api.hooks[0][1]["text"], Api.hooks
    server.shutdown()


main()
