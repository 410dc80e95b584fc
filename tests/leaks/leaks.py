#!/usr/bin/env python3
"""Looks for secrets where there must be none: leaks.py HEADRACE QUIRK_SERVER [PLACE ...]

Each place of places.py is run against each of the server's answers, most of which repeat all that
they were sent, and each way out is searched: what was printed, in plain and as JSON, what is told
afterwards about trace, packages and schema, and every file that is left. A probe is one secret on
one way out. It is looked for as it is, in pieces, and in base64 wherever it begins."""

import base64
import collections
import concurrent.futures
import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "quirks"))

from places import PLACES, no_secret
from quirks import Server

ANSWERS = ["no-echo/", "echo-status/401/", "echo-status/404/", "echo-status/422/",
           "echo-status/500/", "echo-html/", "echo-torn/", "echo-total/", "nobody"]
OF = ["--pipeline", "leaks"]
ASKED_AFTERWARDS = {
    "no-echo/": [["check", "pipeline.yaml"], ["trace", *OF], ["trace", "--json", *OF], ["schema", *OF],
                 ["schema", "--json", *OF], ["tables", *OF]],
    "echo-status/401/": [["trace", "--json", *OF]],
    "echo-torn/": [["trace", *OF], ["trace", "--json", *OF], ["packages", *OF]]}
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

    def around(self, data):
        """What stands around the first form found."""
        at = min(data.find(form) for form in self.forms if form in data)
        return data[max(0, at - 200):at + 100]


class Run:
    def __init__(self, headrace, spot, probe, url, folder):
        self.headrace, self.probe, self.folder = headrace, probe, pathlib.Path(folder)
        self.inputs = {"pipeline.yaml": spot.pipeline(url)} | spot.files
        for name, text in self.inputs.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, "utf-8")
        self.environment = os.environ | spot.environment | {
            "HEADRACE_PIPELINES_DIR": f"{folder}/pipelines", "HOME": f"{folder}/home"}

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


def one_answer(headrace, place, answer, server, rng):
    """Runs the place against one answer: (spot, probe, what came out by each way)."""
    probe = Probe(rng)
    url = f"{server.origin}/{answer}" if answer != "nobody" else "http://127.0.0.1:9/"
    mode = ["run", "pipeline.yaml"] + (["--json"] if rng.random() < 0.4 else [])
    with tempfile.TemporaryDirectory() as folder:
        spot = place(probe.secret, server)
        run = Run(headrace, spot, probe, url, folder)
        return spot, probe, run.ways(mode, ASKED_AFTERWARDS.get(answer, []))


def one_place(headrace, program, name):
    """All answers to one place: (number of probes, [complaint])."""
    rng = random.Random(name)
    probes, complaints, seen = 0, [], False
    with Server(program) as server:
        for answer in ANSWERS:
            spot, probe, ways = one_answer(headrace, PLACES[name], answer, server, rng)
            seen = seen or not spot.sent or arrived(probe, server)
            probes += len(ways)
            complaints += [f"LEAK: {name}, answered by {answer}: {way}:\n  {probe.around(data)!r}"
                           for way, data in ways.items() if probe.found_in(data)]
            said = b"\n".join(ways.values())[:600]
    if not seen:
        complaints.append(f"NEVER SENT: {name}: it proves nothing; headrace said\n  {said!r}")
    return probes, complaints


def blind(headrace, program):
    """A complaint when a text that is no secret, and so is shown, is not found."""
    with Server(program) as server:
        _, probe, ways = one_answer(headrace, no_secret, "echo-status/401/", server, random.Random(4))
    return [] if any(map(probe.found_in, ways.values())) else ["BLIND: what is shown is not found"]


def main():
    headrace, program, *names = sys.argv[1:]
    probes, complaints = 0, blind(headrace, program)
    print(*complaints, sep="\n", end="\n" if complaints else "", flush=True)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(one_place, headrace, program, name) for name in names or PLACES]
        for run in concurrent.futures.as_completed(runs):
            more, found = run.result()
            probes += more
            complaints += found
            print("\n".join(found), end="\n" if found else "", flush=True)
    print(f"{probes} probes, {len(complaints)} complaints")
    return 1 if complaints or (probes < 500 and not names) else 0


sys.exit(main())
