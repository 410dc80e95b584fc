"""One fault: run, disturbed run, run again, and what must hold after it."""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import tables
from scenarios import INPUTS

DATABASE = "shop.duckdb"
KEPT_FILES = re.compile(
    r"(\w+\.jsonl|shop\.duckdb|work(/shop(/(lock|(pipeline|schema|state|trace)\.json|packages"
    r"(/[0-9.]+(/(begun|loaded)\.json)?)?))?)?)")
TIMEOUT = 120


class Wrong(Exception):
    """Headrace did what it must not do."""


def event_of(line):
    try:
        return json.loads(line)
    except ValueError:
        return None


class Run:
    """A run of headrace that has ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err
        self.killed = code == -signal.SIGKILL

        self.events = [e for e in map(event_of, self.err.splitlines()) if e]

    def messages(self, kind):
        return [e["message"] for e in self.events if e["event"] == kind]

    def says(self, words):
        return any(words in message for message in self.messages("notice"))

    def committed(self):
        return self.code == 0


class Lab:
    """Where trials are made: the programs, templates of what was there before, and what clean
    runs leave."""

    def __init__(self, headrace, shim, load_tables, folder):
        self.headrace, self.shim, self.folder = headrace, shim, Path(folder)
        self.load_tables = load_tables
        self.lock = threading.Lock()
        self.templates, self.clean, self.made = {}, {}, 0

    def new_folder(self, name):
        with self.lock:
            self.made += 1
            path = self.folder / f"{self.made}_{name}"
        path.mkdir()
        return path

    def start(self, folder, arguments, env=None, headrace=None, pipeline="shop"):
        return subprocess.Popen(
            [headrace or self.headrace, *arguments, "--pipeline", pipeline, "--dataset",
             tables.DATASET, "--to", f"duckdb:///{DATABASE}", "--pipelines-dir", "work"],
            cwd=folder, env={**os.environ, "HOME": str(folder), **(env or {})},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def end(self, process, stdin=None):
        try:
            out, err = process.communicate(stdin, TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return Run(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))

    def run(self, folder, arguments, stdin=None, env=None, headrace=None, pipeline="shop"):
        return self.end(self.start(folder, arguments, env, headrace, pipeline), stdin)

    def load(self, folder, step, env=None, headrace=None):
        if not step.pipe:
            (folder / f"{step.name}.jsonl").write_bytes(INPUTS[step.name])
        return self.run(folder, step.arguments(), INPUTS[step.name] if step.pipe else None, env,
                        headrace)

    def load_with_hints(self, folder, step):
        (folder / f"{step.name}.jsonl").write_bytes(INPUTS[step.name])
        process = subprocess.Popen(
            [self.load_tables, "shop", "work", f"duckdb:///{DATABASE}", tables.DATASET],
            cwd=folder, env={**os.environ, "HOME": str(folder)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return self.end(process, f"orders\t{step.hints}\t{step.name}.jsonl\n".encode())

    def load_cleanly(self, folder, step):
        run = self.load_with_hints(folder, step) if step.hints else self.load(folder, step)
        if run.code != 0:
            raise Wrong(f"a run without any fault ends with {run.code}: {run.err}")
        return run

    def template(self, scenario):
        """A folder as it is before the scenario's fault."""
        with self.lock:
            made = self.templates.get(scenario.name)
        if made:
            return made
        folder = self.new_folder(f"before_{scenario.name}")
        for step in scenario.before:
            self.load_cleanly(folder, step)
        if scenario.pending:
            run = self.load(folder, scenario.pending, {"HR_KILL_AT": scenario.pending_at})
            if not run.killed:
                raise Wrong(f"{scenario.pending_at} was not passed: {run.code} {run.err}")
        with self.lock:
            self.templates[scenario.name] = folder
        return folder

    def after(self, steps):
        """The tables that these steps leave when nothing goes wrong."""
        with self.lock:
            known = self.clean.get(steps)
        if known:
            return known
        folder = self.new_folder("clean")
        for step in steps:
            self.load_cleanly(folder, step)
        known = tables.read(folder / DATABASE)
        shutil.rmtree(folder)
        with self.lock:
            self.clean[steps] = known
        return known

    def faulted(self, folder, step, fault, headrace=None):
        env = dict(fault.environment())
        if "HR_SHIM" in env or "HR_SHIM_COUNT" in env:
            env["LD_PRELOAD"] = str(self.shim)
        return self.load(folder, step, env, headrace)


def possible_ends(scenario, first):
    """The sequences of loads that may be in the ledger after the run that met the fault and the
    one after it, given how the first ended."""
    base = list(scenario.before)
    if scenario.pending and scenario.pending.pipe:
        base.append(scenario.pending)  # was complete, so it is there in the end, once
    once = tuple(base + [scenario.again])
    twice = tuple(base + [scenario.step, scenario.again])
    if first.killed:
        return [once, twice]
    if first.committed():
        return [twice]
    return [twice] if scenario.step.pipe and first.says("complete and kept") else [once]


def check_message(run):
    """A failure has one message, it says something, and nothing else is on stderr."""
    told = run.messages("error")
    if len(told) != 1 or len(told[0]) < 10 or len(run.events) != len(run.err.splitlines()):
        raise Wrong(f"ends with {run.code}, and says: {run.err!r}")


def check_ending(run):
    if run.killed:
        return
    if run.code not in (0, 1, 2, 3):
        raise Wrong(f"ends with {run.code}: {run.err[-3000:]}")
    if run.code != 0:
        check_message(run)


def check_unharmed(lab, scenario, folder):
    """After a failure that was reported the tables are as they were before."""
    found = tables.read(folder / DATABASE)
    before = tuple(scenario.before)
    ends = [before]
    if scenario.pending and scenario.pending.pipe:
        ends.append((*before, scenario.pending))
    why = [tables.difference(found, lab.after(e) if e else None) for e in ends]
    if found is not None and not before:
        why = [f"there are tables: {list(found['columns'])}"]
    if all(why):
        raise Wrong(f"after the failure: {'; or '.join(why)}")


def check_tables(lab, folder, ends):
    found = tables.read(folder / DATABASE)
    why = []
    for end in ends:
        why.append(tables.difference(found, lab.after(end)))
        if why[-1] is None:
            return found, end
    raise Wrong("; or ".join(why))


def check_said(scenario, first, again, end):
    """The run after a kill says what became of the killed one's package."""
    if not first.killed:
        return
    there = end != possible_ends(scenario, first)[0]
    told = again.messages("notice")
    thrown_away = sum("thrown away" in t for t in told)
    done = sum("had committed" in t or "loaded now" in t for t in told)
    pending_done = 1 if scenario.pending and scenario.pending.pipe else 0
    if (there and thrown_away) or (not there and done > pending_done):
        raise Wrong(f"the step that was killed is {'' if there else 'not '}there, but: {told}")


def check_leftovers(folder, found, fault):
    if fault.forbids_removal():
        return
    left = [str(p.relative_to(folder)) for p in folder.rglob("*")]
    strange = [p for p in left if not KEPT_FILES.fullmatch(p)]
    if strange:
        raise Wrong(f"left behind: {strange}")
    packages = {p.name for p in (folder / "work/shop/packages").iterdir()}
    unloaded = [p for p in packages
                if not (folder / "work/shop/packages" / p / "loaded.json").exists()]
    if unloaded or packages != set(found["load ids"]):
        raise Wrong(f"packages {sorted(packages)}, loads {found['load ids']}")


def attempt(lab, scenario, fault, folder, headrace=None):
    shutil.copytree(lab.template(scenario), folder, dirs_exist_ok=True)
    first = lab.faulted(folder, scenario.step, fault, headrace)
    check_ending(first)
    if not first.killed and first.code != 0:
        check_unharmed(lab, scenario, folder)
    again = lab.load_cleanly(folder, scenario.again)
    found, end = check_tables(lab, folder, possible_ends(scenario, first))
    check_said(scenario, first, again, end)
    check_leftovers(folder, found, fault)
    return first


def try_fault(lab, scenario, fault, headrace=None):
    """How the disturbed run ended. Raises Wrong and keeps the folder when something is wrong."""
    folder = lab.new_folder(f"{scenario.name}_{fault.file_name()}")
    try:
        first = attempt(lab, scenario, fault, folder, headrace)
    except (Wrong, tables.Damage, subprocess.TimeoutExpired) as e:
        raise Wrong(f"{scenario.name} {fault}: {e}\n    kept: {folder}") from e
    except Exception as e:  # DuckDB may not open the file at all
        raise Wrong(f"{scenario.name} {fault}: {type(e).__name__}: {e}\n    kept: {folder}") from e
    shutil.rmtree(folder)
    return first
