"""Every value is accounted for: in = loaded + discarded, counted from outside.

accounting.py --headrace PROGRAM: loads random documents and counts, by itself, the
values of the input and the cells that are in the tables afterwards.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

import generate

SEEDS = 24
# What comes in many types, and beyond each of them.
generate.KINDS["any"] = [
    1, "a", True, 1.5, -3, "2024-01-01T00:00:00Z", "7", " 8", "", "1e5", 2.0, False, 2**63, 2**64,
    1e300, 10**40, "9e999",
]  # fmt: skip
generate.MEETING += [["any"], ["any", "text"], ["int", "bit"], ["time", "text"], ["long", "double"]]
OPTIONS = [[], ["--on-conflict", "widen"], ["--workers", "1"]]


def values_in(value) -> int:
    if isinstance(value, dict):
        return sum(map(values_in, value.values()))
    if isinstance(value, list):
        return sum(map(values_in, value))
    return value is not None


def cells_of(con) -> tuple[int, int]:
    """Cells of the data that are not null, and rows."""
    columns: dict[str, list[str]] = {}
    for table, column in con.execute(
        "select table_name, column_name from duckdb_columns() where schema_name = 'ds'"
    ).fetchall():
        if not table.startswith("_dlt_"):
            columns.setdefault(table, []).append(column)
    cells = rows = 0
    for table, names in columns.items():
        counts = [f'count("{name}")' for name in names if not name.startswith("_dlt_")]
        found = con.execute(f'select {", ".join(["count(*)", *counts])} from ds."{table}"').fetchone()
        rows += found[0]
        cells += sum(found[1:])
    return cells, rows


def wrong_with(seed: int, headrace: Path, folder: Path) -> str:
    generator = generate.Generator(seed)
    generator.nesting = None
    text = generator.lines() + generator.lines()
    file, database = folder / f"{seed}.jsonl", folder / f"{seed}.duckdb"
    file.write_text(text, encoding="utf-8", newline="")
    command = [headrace, "load", file, "--table", "t", "--to", f"duckdb:///{database}", "--json"]
    command += ["--dataset", "ds", "--pipelines-dir", folder / "pipelines", "--pipeline", str(seed)]
    command += OPTIONS[seed % len(OPTIONS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        return done.stderr
    info = json.loads(done.stdout)
    told = info["values"]
    expected = sum(values_in(json.loads(line)) for line in text.split("\n") if line)
    with duckdb.connect(str(database), read_only=True) as con:
        cells, rows = cells_of(con)
    if not expected == told["in"] == told["loaded"] + told["discarded"]:
        return f"{expected} values are in the input, but {told}"
    if cells != told["loaded"] or rows != sum(table["rows"] for table in info["tables"]):
        return f"{cells} cells and {rows} rows are in the tables, but {info}"
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--headrace", type=Path, required=True)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="headrace-accounting-"))
    wrong = {seed: why for seed in range(SEEDS) if (why := wrong_with(seed, args.headrace, folder))}
    for seed, why in wrong.items():
        print(f"not ok {seed}: {why}")
    print(f"{SEEDS} documents, {len(wrong)} not accounted for")
    if wrong:
        sys.exit(f"kept: {folder}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
