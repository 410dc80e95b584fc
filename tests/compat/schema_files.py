"""Schemas as YAML files, from one program to the other: what dlt exports, Headrace begins with, and the
reverse; then both load on."""

import itertools
import json
import shutil
from pathlib import Path

import yaml

import compare
from sides import PIPELINE, Dlt, Failed, Headrace, Load, Tools

ROWS = [
    [
        {"id": 1, "zip": 123, "at": "2024-01-01T00:00:00Z", "l": [1, 2], "o": {"x": 1.5}},
        {"id": 2, "zip": 9, "l": [{"k": "v", "deep": [True]}], "n": None},
    ],
    [{"id": 2, "zip": 10115, "new": "x", "l": ["text"]}, {"id": 3, "o": {"y": 1}}],
]
HINTS = {
    "write_disposition": "merge",
    "primary_key": "id",
    "columns": {"price": {"name": "price", "data_type": "decimal", "precision": 10, "scale": 2}},
}
FILE = f"{PIPELINE}.schema.yaml"


def as_exported(document: dict):
    pass


def retyped(document: dict):
    """What somebody would edit: a type, a description, a column that comes late."""
    columns = document["tables"]["places"]["columns"]
    columns["zip"]["data_type"] = "text"
    columns["id"]["description"] = "the one"
    columns["note"] = {"data_type": "text", "nullable": True}
    document["tables"]["places__l"]["columns"]["value"]["data_type"] = "double"


def side_of(name: str, folder: Path, database, tools: Tools, settings: dict):
    if name == "dlt":
        return Dlt(folder, database, {}, {f"{k}_path": v for k, v in settings.items()})
    return Headrace(folder, database, tools, settings)


def loads(folder: Path):
    for n, rows in enumerate(ROWS):
        file = folder / f"{n}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        yield [Load("places", file, hints=HINTS)]


def export(name: str, folder: Path, tools: Tools) -> dict:
    """The document that a side exports after its first run."""
    folder.mkdir(parents=True)
    side = side_of(name, folder, tools.new_database(folder), tools,
                   {"export_schema": str(folder / "exported")})
    side.run(next(loads(folder)))
    return yaml.safe_load((folder / "exported" / FILE).read_text())


def load_with(document: dict, by: list[str], folder: Path, tools: Tools):
    """The database after runs that begin with this schema."""
    (folder / "imported").mkdir(parents=True)
    (folder / "imported" / FILE).write_text(yaml.safe_dump(document, sort_keys=False))
    database = tools.new_database(folder)
    for name, load in zip(by, loads(folder), strict=True):
        # dlt rewrites a file that it reads, and each program has its own.
        shutil.copytree(folder / "imported", folder / name / "imported", dirs_exist_ok=True)
        settings = {"import_schema": str(folder / name / "imported")}
        try:
            side_of(name, folder, database, tools, settings).run(load)
        except Failed as failure:
            raise Failed(f"{name}: {failure}") from failure
    return database


def is_number(line: str) -> bool:
    """Whether only numbers of versions differ, which count from the file's; the hashes are those of
    _dlt_loads, too."""
    return "schema.version: " in line or line.startswith("_dlt_version:")


def check(edit, work: Path, tools: Tools):
    """Lines that say what differs."""
    shutil.rmtree(work, ignore_errors=True)
    exported = {name: export(name, work / f"of-{name}", tools) for name in ("dlt", "headrace")}
    yield from compare.paths_that_differ(exported["dlt"], exported["headrace"], "exported")
    for document in exported.values():
        edit(document)
    alone = load_with(exported["dlt"], ["dlt", "dlt"], work / "alone", tools)
    for of, by in itertools.product(exported, (["headrace"] * 2, ["dlt", "headrace"])):
        folder = work / f"{of}-to-{'-'.join(by)}"
        try:
            database = load_with(exported[of], by, folder, tools)
        except Failed as failure:
            yield f"{folder.name}: {failure}"
            continue
        for line in compare.differences(alone, database):
            if not is_number(line):
                yield f"{folder.name}: {line}"


def checks(work: Path, tools: Tools):
    for edit in (as_exported, retyped):
        name = edit.__name__.replace("_", "-")
        yield name, lambda e=edit, n=name: list(check(e, work / n, tools))
