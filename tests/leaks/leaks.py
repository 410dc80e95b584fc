#!/usr/bin/env python3
"""Looks for secrets where there must be none: leaks.py HEADRACE QUIRK_SERVER

Each place of places.py is run against each of the server's answers, most of which repeat all that
they were sent, and each way out is searched: what was printed, in plain and as JSON, what is told
afterwards about trace, packages and schema, and every file that is left. A probe is one secret on
one way out. It is looked for as it is, in pieces, and in base64 wherever it begins."""

import base64
import collections
import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "quirks"))

from places import PLACES
from quirks import Server

ANSWERS = ["no-echo/", "echo-status/401/", "echo-status/404/", "echo-status/422/",
           "echo-status/500/", "echo-html/", "echo-torn/", "echo-total/", "nobody"]
AFTERWARDS = [["check", "pipeline.yaml"], ["trace"], ["trace", "--json"], ["packages"],
              ["schema"], ["schema", "--json"], ["tables"]]
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


class Probe:
    """One secret. What is around its core needs escaping in URLs and JSON; the core needs none,
    so that it is found in all of these forms alike."""

    def __init__(self, rng):
        self.core = "".join(rng.choices(LETTERS, k=18))
        self.secret = f"p/+{self.core}=%&"
        forms = {self.core, self.core[:9], self.core[9:]}
        for shift in range(3):
            packed = base64.b64encode(b"x" * shift + self.core.encode())
            forms.add(packed[4:-4].decode())
        forms.add(self.core.encode().hex())
        self.forms = [form.encode() for form in forms]

    def found_in(self, data):
        return any(form in data for form in self.forms)


class Run:
    def __init__(self, headrace, spot, probe, url, folder):
        self.headrace, self.probe, self.folder = headrace, probe, pathlib.Path(folder)
        self.inputs = {"pipeline.yaml": spot.pipeline(url)} | spot.files
        for name, text in self.inputs.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, "utf-8")
        self.environment = os.environ | spot.environment | {
            "HEADRACE_PIPELINES_DIR": f"{folder}/pipelines", "HOME": f"{folder}/home",
            "RUNTIME__REQUEST_BACKOFF_FACTOR": "0.001", "RUNTIME__REQUEST_MAX_ATTEMPTS": "2"}

    def command(self, words):
        done = subprocess.run([self.headrace, *words], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60)
        return {f"standard output of {' '.join(words)}": done.stdout,
                f"standard error of {' '.join(words)}": done.stderr}

    def ways(self, words, more):
        """Everything by which something comes out: {way: bytes}."""
        found = self.command(words)
        for further in more:
            found |= self.command(further)
        kinds = collections.defaultdict(bytes)
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and str(path.relative_to(self.folder)) not in self.inputs:
                kinds[f"files {path.name if path.suffix != '.arrow' else '*.arrow'}"] += \
                    path.read_bytes()
        return found | kinds


def arrived(probe, server):
    return any(probe.found_in(str(request).encode()) for request in server.requests())


def main():
    headrace, program = sys.argv[1:]
    rng = random.Random(4)
    probes, leaks, unseen = 0, [], []
    for name, place in PLACES.items():
        with Server(program) as server:
            seen = False
            for answer in ANSWERS:
                probe = Probe(rng)
                url = f"{server.origin}/{answer}" if answer != "nobody" else "http://127.0.0.1:9/"
                mode = ["run", "pipeline.yaml"] + (["--json"] if rng.random() < 0.4 else [])
                thorough = answer in ("no-echo/", "echo-torn/")
                with tempfile.TemporaryDirectory() as folder:
                    spot = place(probe.secret, server)
                    run = Run(headrace, spot, probe, url, folder)
                    ways = run.ways(mode, AFTERWARDS if thorough else [])
                seen = seen or not spot.sent or arrived(probe, server)
                probes += len(ways)
                leaks += [(name, answer, way, data) for way, data in ways.items()
                          if probe.found_in(data)]
            if not seen:
                unseen.append((name, b"\n".join(ways.values())[:600]))
    for name, answer, way, data in leaks:
        print(f"LEAK: {name}, answered by {answer}: {way}:\n  {data[:600]!r}\n")
    for name, said in unseen:
        print(f"NEVER SENT: {name}: the probe proves nothing; headrace said\n  {said!r}\n")
    print(f"{probes} probes, {len(leaks)} leaks")
    return 1 if leaks or unseen or probes < 500 else 0


sys.exit(main())
