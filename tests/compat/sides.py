"""Runs one group of loads with dlt and with Headrace, each into its own DuckDB file."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

os.environ.update(RUNTIME__DLTHUB_TELEMETRY="false", RUNTIME__LOG_LEVEL="CRITICAL")
os.environ.setdefault("DLT_DATA_DIR", "/nonexistent")  # every pipeline below has its own folder

import dlt
from dlt.common import json

from places import DuckdbFile

PIPELINE, DATASET = "shop", "ds"


class Load(NamedTuple):
    """One file into one table."""

    table: str
    file: Path
    disposition: str = "append"
    nesting: int | None = None
    hints: dict | None = None  # further ones, with dlt's names

    def all_hints(self) -> dict:
        return {
            "write_disposition": self.disposition,
            "max_table_nesting": self.nesting,
            **(self.hints or {}),
        }


class Group(NamedTuple):
    """What goes into one dataset: runs, each of which loads one or more tables.

    What dlt makes of it is compared with what Headrace does; or with what several do in turn: `by`
    then names for each run "headrace", "dlt", or "new dlt", which knows of no run before.
    """

    name: str
    runs: list[list[Load]]
    by: list[str] | None = None
    settings: dict | None = None  # of all runs
    dlt_leaves: str | None = None  # a table in which dlt leaves rows without a parent, either way


class Failed(Exception):
    """A side refused the input; the text is its message."""


class Tools(NamedTuple):
    headrace: str
    load_tables: str
    new_database: type = DuckdbFile


def items(file: Path):
    """The items of a .json file (of an array its elements) or a .jsonl file, as dlt reads them."""
    if file.suffix == ".json":
        yield json.loadb(file.read_bytes())
    else:
        yield from (json.loadb(line) for line in file.read_bytes().split(b"\n") if line.strip())


class Dlt:
    def __init__(self, folder: Path, database, settings: dict, pipeline: dict | None = None):
        self.folder, self.database = folder / "dlt", database
        self.settings, self.pipeline = settings, pipeline or {}

    def run(self, loads: list[Load]):
        os.environ["SCHEMA__NAMING"] = self.settings.get("naming", "snake_case")
        try:
            self.run_as_configured(loads)
        finally:
            del os.environ["SCHEMA__NAMING"]

    def run_as_configured(self, loads: list[Load]):
        pipeline = dlt.pipeline(
            PIPELINE,
            pipelines_dir=str(self.folder),
            destination=self.database.destination(),
            dataset_name=DATASET,
            **self.pipeline,
        )
        try:
            pipeline.run([self.resource(load) for load in loads])
        except Exception as error:
            raise Failed(innermost(error)) from error
        finally:
            pipeline.deactivate()

    @staticmethod
    def resource(load: Load):
        hints = load.all_hints()
        if "incremental" in hints:
            hints["incremental"] = incremental(hints["incremental"])
        if "nested_hints" in hints:  # a path, which JSON has no tuple for
            hints["nested_hints"] = {
                tuple(path.split("__")): hint for path, hint in hints["nested_hints"].items()
            }
        return dlt.resource(items(load.file), name=load.table, **hints)


def incremental(hint: dict):
    functions = {"max": max, "min": min}
    options = {k: functions.get(v, v) if k == "last_value_func" else v for k, v in hint.items()}
    return dlt.sources.incremental(**options)


class Headrace:
    def __init__(self, folder: Path, database, tools: Tools, settings: dict):
        self.folder, self.database, self.tools = folder / "headrace", database, tools
        self.settings = json.dumps(settings)

    def run(self, loads: list[Load]):
        url = self.database.url
        if len(loads) == 1 and not loads[0].hints:
            command, text = self.load_command(loads[0], url), None
        else:
            command = [self.tools.load_tables, PIPELINE, self.folder, url, DATASET, self.settings]
            text = "".join(
                f"{load.table}\t{json.dumps(load.all_hints())}\t{load.file}\n"
                for load in loads
            )
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise Failed(done.stderr.strip() or f"exit status {done.returncode}")

    def load_command(self, load: Load, url: str):
        command = [self.tools.headrace, "load", load.file, "--table", load.table, "--to", url]
        command += ["--pipeline", PIPELINE, "--pipelines-dir", self.folder, "--dataset", DATASET]
        command += ["--write-disposition", load.disposition, "--settings", self.settings]
        if load.nesting is not None:
            command += ["--max-table-nesting", str(load.nesting)]
        return command


def innermost(error: BaseException) -> str:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return f"{type(error).__name__}: {error}"


def load_all(group: Group, by: list[str], folder: Path, tools: Tools):
    """The database after all runs; raises Failed with the side's name in front."""
    folder.mkdir(parents=True)
    database = tools.new_database(folder)
    for number, (name, loads) in enumerate(zip(by, group.runs, strict=True), 1):
        side = {
            "dlt": Dlt(folder, database, group.settings or {}),
            "new dlt": Dlt(folder / str(number), database, group.settings or {}),
            "headrace": Headrace(folder, database, tools, group.settings or {}),
        }[name]
        try:
            side.run(loads)
        except Failed as failure:
            raise Failed(f"{name}, run {number}: {failure}") from failure
    return database


def run_both(group: Group, folder: Path, tools: Tools):
    """Two databases, of dlt alone and of Headrace.

    Where they take turns, the first is what dlt makes when another dlt stands in for Headrace,
    since dlt goes by its working folder while it has one.
    """
    shutil.rmtree(folder, ignore_errors=True)
    by = group.by or ["headrace"] * len(group.runs)
    instead = "new dlt" if group.by else "dlt"
    first = load_all(group, [instead if n == "headrace" else n for n in by], folder / "1", tools)
    return first, load_all(group, by, folder / "2", tools)
