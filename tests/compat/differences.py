"""The differences that are meant: differences.toml, its witnesses, and docs/differences.md."""

import fnmatch
import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import NamedTuple

import duckdb

from places import DuckdbFile
from sides import DATASET, Dlt, Failed, Headrace, Load, Tools

HERE = Path(__file__).parent
LIST = tomllib.loads((HERE / "differences.toml").read_text())["difference"]
DOCUMENT = HERE.parent.parent / "docs" / "differences.md"


class ColumnRule(NamedTuple):
    """Columns whose types may differ so; values are compared as values of dlt's type."""

    id: str
    column: str  # pattern
    dlt: str
    headrace: str

    def fits(self, column: str, dlt: str, headrace: str) -> bool:
        return (dlt, headrace) == (self.dlt, self.headrace) and fnmatch.fnmatchcase(
            column, self.column
        )


COLUMN_RULES = [ColumnRule(d["id"], **d["columns"]) for d in LIST if "columns" in d]


# ---- witnesses: inputs where the two must differ as the list says ----


def outcome(side, runs: list[list[Load]], query: str | None) -> list[str]:
    """What a side makes of the runs: rows of the query, lines of its tables, or its refusal."""
    try:
        for loads in runs:
            side.run(loads)
    except Failed as failure:
        return [f"error: {failure}"]
    with duckdb.connect(str(side.database.path), read_only=True) as con:
        con.execute(f"SET schema = '{DATASET}'; SET TimeZone = 'UTC'")
        return (
            [json.dumps(row) for row in con.execute(query).fetchall()] if query else contents(con)
        )


def contents(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Each table with its columns, then its rows, without system columns and what has no others."""
    lines = []
    columns: dict[str, list] = {}
    for table, column, kind in con.execute(
        "select table_name, column_name, data_type from duckdb_columns() where "
        f"schema_name = '{DATASET}' and not starts_with(column_name, '_dlt_') "
        "order by 1, column_index"
    ).fetchall():
        columns.setdefault(table, []).append((column, kind))
    for table in [t for t in columns if not t.startswith("_dlt_")]:
        lines.append(f"{table}: " + ", ".join(f"{c} {k}" for c, k in columns[table]))
        select = ", ".join(f'"{c}"::VARCHAR' for c, _ in columns[table])
        rows = con.execute(f'select {select} from "{table}" order by all').fetchall()
        lines += [json.dumps(row, ensure_ascii=False) for row in rows]
    return lines


def as_said(said: list[str], seen: list[str]) -> bool:
    """A refusal must contain the words of the list; tables must be equal."""
    if said and said[0].startswith("error: "):
        return len(seen) == 1 and all(
            w in seen[0] for w in said[0].removeprefix("error: ").split(" ... ")
        )
    return said == seen


def run_witness(witness: dict, folder: Path, tools: Tools) -> dict[str, list[str]]:
    """The outcome of each side."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    file = folder / "input.jsonl"
    file.write_text("".join(line + "\n" for line in witness["input"]))
    levels = witness.get("nesting")
    runs = [
        [Load("t", file, "append", n)] for n in (levels if isinstance(levels, list) else [levels])
    ]
    sides = {
        "dlt": Dlt(folder, DuckdbFile(folder, "dlt"), {}),
        "headrace": Headrace(folder, DuckdbFile(folder, "headrace"), tools, {}),
    }
    return {name: outcome(side, runs, witness.get("query")) for name, side in sides.items()}


def check_witness(witness: dict, folder: Path, tools: Tools):
    """Lines that say what is otherwise than the list says."""
    for side, seen in run_witness(witness, folder, tools).items():
        if not as_said(witness[side], seen):
            yield f"{side}: said {witness[side]}"
            yield f"{side}: seen {seen}"


# ---- the document ----


def check_document():
    """The ids in docs/differences.md are those of the list, each once, in the same order."""
    told = re.findall(r"^<!-- (\S+) -->$", DOCUMENT.read_text(), re.M)
    listed = list(dict.fromkeys(d["id"] for d in LIST))
    if told != listed:
        yield f"docs/differences.md tells of {told}, differences.toml lists {listed}"
