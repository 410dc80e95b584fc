"""Groups of loads that replace and merge: what each run of one table loads, and its hints."""

import itertools
import json
from pathlib import Path

from sides import Group, Load

DOCS = [
    [
        {"id": 1, "ts": 1, "region": "n", "l": [1], "deep": [{"x": 1, "y": [{"z": 1}, {"z": 2}]}]},
        {"id": 2, "ts": 1, "region": "n", "l": [2, 3], "deep": [{"x": 2}]},
        {"id": 3, "ts": 1, "region": "s"},
        {"id": 6, "ts": 1, "region": "w", "l": [6], "gone": False},
    ],
    [
        {"id": 1, "ts": 5, "region": "n", "l": [7, 8], "deep": [{"x": 1, "y": [{"z": 3}]}]},
        {"id": 4, "ts": 1, "region": "e", "l": [4], "more": {"a": 1.5}},
        {"id": 2, "ts": 6, "region": "n", "gone": True},
    ],
    [
        {"id": 3, "ts": 9, "region": "s", "l": [], "new": [{"k": "v"}]},
        {"id": 1, "ts": 8, "region": "n", "l": [7, 8, 9], "deep": [{"x": 1, "y": [{"z": 3}]}]},
        {"id": 5, "ts": 1, "region": "s"},
    ],
    [{"id": 4, "ts": 2, "region": "e", "more": "text"}, {"id": 6, "ts": 3, "region": "w", "gone": True}],
]
# Without deleted rows whose keys are not there: dlt inserts those.
HARD = {"gone": {"name": "gone", "data_type": "bool", "hard_delete": True}}
SORT = {"ts": {"name": "ts", "data_type": "bigint", "dedup_sort": "desc"}}
TWICE = [
    [{"id": 1, "ts": 1, "l": [1]}, {"id": 2, "ts": 1, "l": [2]}, {"id": 3, "ts": 1}],
    [
        {"id": 1, "ts": 4, "l": [9]},
        {"id": 1, "ts": 5, "l": [7, 8]},
        {"id": 2, "ts": 6, "region": "n", "gone": True},
        {"id": 4, "ts": 1, "gone": True},
        {"id": 3, "ts": 0},
        {"id": 3, "ts": 7},
    ],
]
TEXT_KEYS = [
    [{"k": "a", "n": "bc", "v": 1}, {"k": "ab", "n": "c", "v": 2}, {"k": "x", "n": "y", "v": 3}],
    [{"k": "ab", "n": "c", "v": 4}, {"k": "abc", "n": "", "v": 5}],
    [{"k": "a", "n": "bc", "v": 6}],
]
# dlt compares compound merge keys of scd2 by running their parts together.
APART_KEYS = [
    [{"k": "a", "n": "b", "v": 1}, {"k": "c", "n": "d", "v": 2}],
    [{"k": "a", "n": "b", "v": 3}, {"k": "a", "n": "d", "v": 4}],
    [{"k": "c", "n": "d", "v": 2}, {"k": "a", "n": "b", "v": 1}],
]
MIXED_KEYS = [
    [{"k": 7, "v": "a"}, {"k": 8, "v": "b"}],
    [{"k": "7", "v": "c"}, {"k": 8.0, "v": "d"}],
]
INSTANTS = [
    [{"at": "2024-01-01T10:00:00+02:00", "v": 1}, {"at": "2024-01-01T09:00:00Z", "v": 2}],
    [{"at": "2024-01-01T08:00:00Z", "v": 3}],
]
DIM = [
    [{"id": 1, "v": "a", "l": [1, 2]}, {"id": 2, "v": "b", "l": [{"x": [1]}]}, {"id": 3, "v": 1}],
    [{"id": 1, "v": "a2", "l": [1, 2]}, {"v": "b", "id": 2, "l": [{"x": [1]}]}, {"id": 3, "v": 1.0}],
    [{"id": 1, "v": "a2", "l": [1, 3]}, {"id": 4, "v": None, "n": {"ü": "é", "a": True}}],
    [{"id": 1, "v": "a", "l": [1, 2]}, {"id": 2, "v": "b", "l": [{"x": [1]}]}, {"id": 4}],
]


def merge(strategy=None, **more):
    return {"disposition": "merge", **({"strategy": strategy} if strategy else {}), **more}


def scd2(**more):
    """Each run with a boundary of its own, so that times can be compared."""
    return [
        merge("scd2", boundary_timestamp=f"2026-01-0{n}T00:00:00Z", **more) for n in range(1, 5)
    ]


def each(rows, **hints):
    """The runs of one table, all with the same hints but for lists of them."""
    return [
        (part, {k: v[n] if isinstance(v, list) and k in ("write_disposition", "nested_hints") else v
                for k, v in hints.items()})
        for n, part in enumerate(rows)
    ]


# Nested tables with keys: roots of their own, which come with the rows of another.
ORDERS = [
    [{"id": 1, "lines": [{"sku": "a", "q": 1, "opts": [{"o": 1}, {"o": 2}]}, {"sku": "b", "q": 2}]},
     {"id": 2, "lines": [{"sku": "c", "q": 3, "more": [{"o": [1]}]}]}],
    [{"id": 1, "lines": [{"sku": "a", "q": 9, "opts": [{"o": 3}]}]},
     {"id": 3, "deep": {"a": [{"k": 1}]}, "lines": [{"sku": "d", "q": 4, "opts": [{"o": 5}]}]}],
    [{"id": 3, "lines": [{"sku": "d", "q": 4}, {"sku": "b", "new": [7]}]}, {"id": 2, "lines": []}],
]


def lines_are(**hints):
    return {"lines": {"primary_key": "sku", **hints}}


NULLABLE = {"id": {"name": "id", "nullable": True, "primary_key": True, "data_type": "bigint"}}

GROUPS = {
    "delete-insert": each(DOCS, write_disposition="merge", primary_key="id"),
    "delete-insert-hard": each(DOCS, write_disposition="merge", primary_key="id", columns=HARD),
    "merge-key": each(DOCS, write_disposition="merge", merge_key="region"),
    "both-keys": each(DOCS, write_disposition="merge", primary_key="id", merge_key="region"),
    "no-keys": each(DOCS, write_disposition="merge"),
    "no-keys-hard": each(DOCS, write_disposition="merge", columns=HARD),
    "dedup": each(TWICE, write_disposition="merge", primary_key="id", columns={**HARD, **SORT}),
    "compound": each(TEXT_KEYS, write_disposition="merge", primary_key=["k", "n"]),
    "mixed-keys": each(MIXED_KEYS, write_disposition="merge", primary_key="k"),
    "instants": each(INSTANTS, write_disposition="merge", primary_key="at"),
    "flat": each([[{"id": 1, "v": 1}, {"id": 2}], [{"id": 2, "w": 1}], [{"id": 1}]],
                 write_disposition="merge", primary_key="id"),
    "hard-timestamp": each(
        [[{"id": 1, "l": [1]}, {"id": 2}], [{"id": 1, "dead": "2024-01-01T00:00:00Z"}, {"id": 3}]],
        write_disposition="merge", primary_key="id",
        columns={"dead": {"name": "dead", "data_type": "timestamp", "hard_delete": True}}),
    "scope": each(DOCS, write_disposition=merge(
        "delete-insert", destination_scope="{table}.region = 'n'"), primary_key="id"),
    "filter": each(DOCS, write_disposition=merge("delete-insert", source_filter="id < 4"),
                   primary_key="id"),
    "upsert": each(DOCS, write_disposition=merge("upsert"), primary_key="id"),
    "upsert-hard": each(DOCS, write_disposition=merge("upsert"), primary_key="id", columns=HARD),
    "upsert-compound": each(TEXT_KEYS, write_disposition=merge("upsert"), primary_key=["n", "k"]),
    "upsert-filter": each(DOCS, write_disposition=merge("upsert", source_filter="ts < 9"),
                          primary_key="id"),
    "upsert-skip": each(
        [DOCS[0], DOCS[0], DOCS[2]],
        write_disposition=merge("upsert", skip_unchanged_rows=True), primary_key="id"),
    "upsert-version": each(
        [[{"id": 1, "h": "a", "v": 1}, {"id": 2, "h": "b", "v": 1}],
         [{"id": 1, "h": "a", "v": 2}, {"id": 2, "h": "c", "v": 2}]],
        write_disposition=merge("upsert", skip_unchanged_rows=True, row_version_column_name="h"),
        primary_key="id"),
    "insert-only": each(DOCS, write_disposition=merge("insert-only"), primary_key="id"),
    "insert-only-hard": each(DOCS, write_disposition=merge("insert-only"), primary_key="id",
                             columns=HARD),
    "scd2": each(DIM, write_disposition=scd2()),
    "scd2-natural-key": each(DIM, write_disposition=scd2(), merge_key="id"),
    "scd2-compound-key": each(APART_KEYS, write_disposition=scd2(), merge_key=["k", "n"]),
    "scd2-names": each(DIM, write_disposition=scd2(
        validity_column_names=["from", "until"], active_record_timestamp="9999-12-31")),
    "scd2-filter": each(DIM, write_disposition=scd2(source_filter="id <> 2")),
    "scd2-scope": each(DIM, write_disposition=scd2(destination_scope="id < 3")),
    "scd2-version": each(
        [[{"id": 1, "h": "a", "v": 1}, {"id": 2, "h": "b"}], [{"id": 1, "h": "a", "v": 2}],
         [{"id": 2, "h": "b"}, {"id": 1, "h": "c"}]],
        write_disposition=scd2(row_version_column_name="h")),
    "nested-key": each(ORDERS, nested_hints=lines_are(write_disposition="append")),
    "nested-key-merged": each(ORDERS, nested_hints=lines_are(write_disposition="merge")),
    "nested-key-in-merged": each(ORDERS, write_disposition="merge", primary_key="id",
                                 nested_hints=lines_are(write_disposition="merge")),
    "nested-key-upserted": each(ORDERS, nested_hints=lines_are(write_disposition=merge("upsert"))),
    "nested-key-in-upserted": each(ORDERS, write_disposition=merge("upsert"), primary_key="id",
                                   nested_hints=lines_are(write_disposition=merge("upsert"))),
    "nested-key-in-replaced": each(ORDERS, write_disposition="replace",
                                   nested_hints=lines_are(write_disposition="merge")),
    "nested-key-scd2": each(ORDERS, nested_hints=[
        lines_are(write_disposition=disposition) for disposition in scd2()[:3]]),
    "nested-merge-key-below": each(ORDERS, write_disposition="merge", primary_key="id",
                                   nested_hints={"lines__opts": {
                                       "merge_key": "o", "write_disposition": "merge"}}),
    "replace-strategies": each(DOCS, write_disposition="replace"),
    "replace-append-merge": [
        (DOCS[0], {"write_disposition": "replace"}),
        (TEXT_KEYS[0], {"write_disposition": "append"}),
    ],
    "append-merge-flat": [
        (TEXT_KEYS[0], {"write_disposition": "append"}),
        (TEXT_KEYS[1], {"write_disposition": "merge", "primary_key": ["k", "n"]}),
        (TEXT_KEYS[2], {"write_disposition": merge("upsert"), "primary_key": ["k", "n"]}),
        (TEXT_KEYS[0], {"write_disposition": "append"}),
    ],
    "merge-append-merge": [
        (DOCS[0], {"write_disposition": "merge", "primary_key": "id"}),
        (DOCS[1], {"write_disposition": "append"}),
        (DOCS[2], {"write_disposition": "merge", "primary_key": "id"}),
    ],
    "keys-change": [
        (DOCS[0], {"write_disposition": "merge", "primary_key": "id"}),
        (DOCS[2], {"write_disposition": "merge", "primary_key": "ts"}),
    ],
}
# Those that are run by dlt and Headrace in turn in each test run; `make interop` runs all so.
TURNS = ["delete-insert", "dedup", "upsert", "insert-only", "scd2", "merge-key", "both-keys",
         "upsert-skip", "scd2-natural-key"]


# dlt does not see a child table that Headrace, or another dlt, has made since, and replaces the
# root alone.
DLT_LEAVES = {"replace-strategies-headrace-first": "docs__new"}


def group(name, runs, folder: Path, by=None):
    loads = []
    for n, (rows, hints) in enumerate(runs):
        file = folder / f"{name}-{n}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        loads.append([Load("docs", file, hints=hints)])
    return Group(name, loads, by, dlt_leaves=DLT_LEAVES.get(name))


def merges(folder: Path, _data: Path):
    inputs = folder / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    for name, runs in GROUPS.items():
        yield group(name, runs, inputs)


def merges_in_turn(folder: Path, _data: Path):
    yield from in_turn(TURNS, folder)


def merges_all_in_turn(folder: Path, _data: Path):
    yield from in_turn(GROUPS, folder)


def in_turn(names, folder: Path):
    inputs = folder / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    for name in names:
        runs = GROUPS[name]
        for first in ("dlt", "headrace"):
            second = {"dlt": "headrace", "headrace": "dlt"}[first]
            by = list(itertools.islice(itertools.cycle([first, second]), len(runs)))
            yield group(f"{name}-{first}-first", runs, inputs, by)
