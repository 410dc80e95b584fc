"""The inputs: groups of loads, by suite."""

import json
from pathlib import Path

import merges
import values
from generate import Generator
from sides import Group, Load


class Inputs:
    """Writes input files into a folder, each under a new name."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.n = 0

    def write(self, rows: list, suffix: str = ".jsonl") -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.n += 1
        file = self.folder / f"{self.n:04}{suffix}"
        if suffix == ".json":
            file.write_text(json.dumps(rows))
        else:
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return file

    def text(self, lines: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.n += 1
        file = self.folder / f"{self.n:04}.jsonl"
        file.write_text(lines, encoding="utf-8", newline="")
        return file


# ---- small ones, each in a dataset of its own ----

TYPES = """\
{"i": 1, "f": 1, "b": true, "s": "x", "t": "2024-01-01T00:00:00Z", "d": "2024-01-01", "n": null, "e": {}, "z": []}
{"i": "2", "f": 1.5, "b": "yes", "s": 5, "t": 1700000000, "d": "x"}
{"i": "x", "f": "1e3", "b": 0, "s": 1.0, "t": "2024-01-02", "d": null}
{"i": 2.0, "f": "y", "b": "maybe", "s": true, "t": "later", "d": 7}
{"i": 2.5, "f": null, "b": null, "s": {"k": 1}, "t": true, "n": 3}
"""
NESTED = """\
{"id": 1, "tags": ["a", "b"], "ship": {"city": "X", "geo": {"lat": 1.5}}, "lines": [{"sku": "s1", "opts": [[1, 2], []]}], "ts": "2024-01-01T10:00:00+02:00"}
"""
NAMES = """\
{"eventValue": 1, "HTTPServerID": 2, "user-name": 3, "__typename": 4, "a b  c": 5, "id#": 6, "1Aa": 7, "": 8, "über": 9, "A__B": {"cD": 10}, "items List": [1], "x_": 11, "select": 12, "日本": 13}
"""
SPREAD = '{"a":{"x":1,"q":{"z":1},"w":2},"b":2,"c":{"y":3},"e":4}\n'
COLUMN = '{"v":1}\n{"v":"2"}\n{"v":"x"}\n{"v":2.0}\n{"v":2.5}\n{"v":true}\n{"v":{"a":1}}\n{"v":[1]}\n{"v":"0xff"}\n{"v":" 7 "}\n'
SCALARS = '1\n"x"\nnull\n[2, {"a": 3}, "y"]\n{}\n[]\n2.5\n'
LISTS = '{"l":[1,"a",{"k":1},[2,[3]],null,{},[]]}\n{"l":{"k":2}}\n{"l":7}\n'

# name: what each run loads: (table, text) or (table, text, write disposition, levels of nesting)
SMALL = {
    "worked-1": [[("Orders", NESTED)], [("Orders", NESTED)]],
    "worked-2": [[("mix", TYPES)]],
    "worked-3": [[("My Table", NAMES)]],
    "worked-4": [
        [("items", '{"id": 1, "v": 1}\n')],
        [("items", '{"id": 2, "v": "x", "extra": true, "sub": {"k": 1.5}}\n')],
        [("items", '{"id": 3, "l": [{"q": 1}]}\n{"id": 4}\n')],
    ],
    "column-order": [[("t", SPREAD)], [("t", '{"c":{"y":1,"a":2},"z":0,"a":{"v":{"w":1}}}\n')]],
    "one-column": [[("items", COLUMN)]],
    "text-first": [
        [("items", '{"v":"s"}\n{"v":1}\n{"v":1.5}\n{"v":1e100}\n{"v":true}\n{"v":[1]}\n')]
    ],
    "timestamp-first": [
        [("t", '{"v":"2024-01-01T00:00Z"}\n{"v":1700000000}\n{"v":"2024-01-02"}\n{"v":"x"}\n')],
        [
            (
                "t",
                '{"v":true}\n{"v":1000000000000000}\n{"v":1.5}\n{"v":" 1580405246 "}\n{"v":"202401"}\n',
            )
        ],
    ],
    "scalars": [[("things", SCALARS)]],
    "lists": [[("l", LISTS)]],
    "lists-of-two-tables": [
        [("t", '{"a":{"b":[1]}}\n{"a":[{"b":[2]}]}\n{"a":[{"b":[3]}],"a__b":[4]}\n')],
        [("t", '{"a":[{"b":[5]}]}\n{"a":{"b":["x"]}}\n')],
    ],
    "lists-of-two-tables-deep": [
        [("t", '{"a":[{"b":[{"c":[1]}]}]}\n{"a":{"b":[{"c":[2]}]}}\n{"a":{"b":{"c":[3]}}}\n')],
        [("t", '{"a":{"b":{"c":[{"d":4}]}}}\n{"a":[{"b":{"c":[[5]]}}]}\n')],
    ],
    **{
        f"nesting-{n}": [[("l", NESTED + LISTS, "append", n)], [("l", NESTED, "append", n)]]
        for n in range(5)
    },
    "nesting-changes": [[("l", NESTED, "append", n)] for n in (None, 0, 1, None)],
    "nesting-stays": [[("l", NESTED, "append", 1)], [("l", NESTED)], [("l", LISTS, "replace")]],
    "replace": [
        [("r", NESTED + '{"id": 2}\n', "replace")],
        [("r", '{"id": 3, "new": [1]}\n', "replace")],
        [("r", '{"id": 4}\n')],
    ],
    "append-then-replace": [
        [("r", NESTED)],
        [("r", NESTED, "replace")],
        [("r", '{"id":"x"}\n', "replace")],
    ],
    "json-in-text": [
        [("t", '{"v":"x"}\n')],
        [("t", '{"v":[1e22,1e16,0.00001,1e-7,100.0,-0.0,{"ü/":"\\u001f"}]}\n', "append", 0)],
    ],
    "replace-by-nothing": [[("r", NESTED)], [("r", "", "replace")], [("r", NESTED)]],
    "append-nothing": [[("r", NESTED)], [("r", "")], [("r", NESTED)]],
    "two-tables": [
        [("a", NESTED), ("b", NESTED, "replace")],
        [("b", NESTED, "replace"), ("c", LISTS)],
        [("a", LISTS)],
    ],
}


def small(folder: Path, _data: Path):
    inputs = Inputs(folder / "inputs")
    for name, runs in SMALL.items():
        loads = [
            [Load(table, inputs.text(text), *more) for table, text, *more in run] for run in runs
        ]
        yield Group(name, loads)


# ---- real data ----


def tables_of(payloads: dict[str, list], inputs: Inputs, split: int):
    """A group's runs: the payloads of each table in `split` parts, a part a run."""
    return [
        [
            Load(table, inputs.write(part))
            for table, rows in payloads.items()
            if (part := rows[n * len(rows) // split : (n + 1) * len(rows) // split])
        ]
        for n in range(split)
    ]


def webhooks(folder: Path, data: Path):
    inputs = Inputs(folder / "inputs")
    events = json.loads((data / "webhooks" / "index.json").read_text())
    payloads = {event["name"]: event["examples"] for event in events}
    several = {name: rows for name, rows in payloads.items() if 3 < len(rows) < 30}
    yield Group("webhooks", tables_of(payloads, inputs, 1))
    yield Group("webhooks-in-2-runs", tables_of(several, inputs, 2))


VEGA = """
movies flights-2k cars countries monarchs budgets penguins weekly-weather flare driving
unemployment-across-industries political-contributions gapminder miserables earthquakes""".split()
VEGA_LIMITED = {
    "miserables": 0,
    "londonTubeLines": 2,
    "world-110m": 1,
    "weekly-weather": 1,
    "us-10m": 3,
}


def vega(data: Path):
    def file(name: str):
        return data / "vega" / f"{name}.json"

    runs = [[Load(name, file(name)) for name in VEGA]]
    runs += [
        [Load(f"limited {name}", file(name), "replace", n) for name, n in VEGA_LIMITED.items()]
    ]
    return Group("vega", runs)


def fixtures(data: Path):
    """What GitHub answered in recorded scenarios; some of it are lists, some texts."""
    files = sorted((data / "fixtures" / "api.github.com").glob("*/normalized-fixture.json"))
    return Group("github-answers", [[Load(file.parent.name, file) for file in files]])


def caniuse(inputs: Inputs, data: Path):
    """Objects whose keys are data: browsers and their versions."""
    files = sorted((data / "caniuse").glob("*.json"))[:60]
    features = [json.loads(file.read_text()) for file in files]
    by_nesting = [Load(f"features_{n}", inputs.write(features), "append", n) for n in range(3)]
    runs = [[Load("features", inputs.write(features[i : i + 5]))] for i in (0, 5, 10)]
    return Group("caniuse", [runs[0] + by_nesting, runs[1], runs[2]])


def mdn(inputs: Inputs, data: Path):
    document = json.loads((data / "mdn" / "data.json").read_text())

    def entries(section: dict):
        return [{"key": key, **value} for key, value in section.items() if isinstance(value, dict)]

    browsers = entries(document["browsers"])
    limited = [Load(f"browsers_{n}", inputs.write(browsers), "append", n) for n in range(4)]
    whole = [
        Load("ie", inputs.write(browsers[7:8])),
        Load("css", inputs.write(entries(document["css"]["properties"])[:20])),
    ]
    return Group("mdn", [limited + whole, [Load("ie", inputs.write(browsers[3:4]))]])


def real(folder: Path, data: Path):
    inputs = Inputs(folder / "inputs")
    yield vega(data)
    yield fixtures(data)
    yield caniuse(inputs, data)
    yield mdn(inputs, data)


# ---- generated ----

GENERATED, A_GROUP = 240, 24


def generated(folder: Path, _data: Path):
    inputs = Inputs(folder / "inputs")
    for first in range(0, GENERATED, A_GROUP):
        tables = [Generator(seed) for seed in range(first, first + A_GROUP)]
        runs = [
            [
                Load(f"T{g.seed}", inputs.text(g.lines()), g.disposition(run), g.nesting)
                for g in tables
            ]
            for run in range(2)
        ]
        yield Group(f"seeds-{first}-{first + A_GROUP - 1}", runs)


def single_values(folder: Path, _data: Path):
    inputs = Inputs(folder / "inputs")
    for seed in range(3):
        tables = values.tables(seed).items()
        loads = [Load(name, inputs.text(values.as_lines(rows))) for name, rows in tables]
        yield Group(f"values-{seed}", [loads])


# ---- dlt and Headrace in turn on one dataset ----


def in_turn(folder: Path, _data: Path):
    inputs = Inputs(folder / "inputs")
    texts = [
        NESTED + TYPES,
        '{"id": "x", "new": [{"a": 1}]}\n' + LISTS,
        NESTED,
        '{"last": [[1]]}\n',
    ]
    for order in (
        "dlt headrace dlt headrace",
        "headrace dlt headrace dlt",
        "dlt headrace new-dlt headrace",
    ):
        for disposition in ("append", "replace"):
            runs = [[Load("Orders", inputs.text(text), disposition)] for text in texts]
            by = [name.replace("-", " ") for name in order.split()]
            yield Group(f"{order} {disposition}".replace(" ", "-"), runs, by)


# ---- hints ----

ROWS = """\
{"id": 1, "Name": "a", "when": "2024-01-01T00:00:00Z", "n": null, "ship": {"city": "X"}, "lines": [{"sku": "s", "q": 1}]}
{"id": 2, "Name": "b", "when": "2024-01-02T00:00:00Z", "n": null, "lines": [{"sku": "t", "q": 2}, {"sku": "u", "opts": [{"o": 1}]}]}
"""
MORE_ROWS = '{"id": 3, "Name": "c", "extra": 1.5, "n": 7}\n'

# name: the hints of each run
HINTS = {
    "primary-key": [{"primary_key": "id"}, {"primary_key": ["id", "Name"]}, {"primary_key": "Name"}],
    "merge-key": [{"merge_key": ["ID", "Name"]}, {"merge_key": "id", "primary_key": "id"}],
    "types": [
        {"columns": {"id": {"data_type": "text"}, "n": {"data_type": "decimal", "precision": 10, "scale": 2}}},
        {"columns": {"Late Comer": {"data_type": "date"}, "extra": {"data_type": "text"}}},
    ],
    "list-of-columns": [{"columns": [{"name": "id", "data_type": "bigint", "unique": True, "description": "x"}]}],
    "precision": [
        {"columns": {"id": {"data_type": "bigint", "precision": 16}, "Name": {"data_type": "text", "precision": 8}}}
    ],
    "time-zone": [{"columns": {"when": {"data_type": "timestamp", "timezone": False}}}],
    "properties": [
        {"columns": {"n": {"dedup_sort": "desc"}, "extra": {"hard_delete": True, "x-mine": [1]}}},
        {"columns": {"extra": {"hard_delete": False}, "id": {"nullable": False, "data_type": "bigint"}}},
    ],
    "json-column": [{"columns": {"ship": {"data_type": "json"}, "lines": {"data_type": "json"}}}],
    "only-null": [{"columns": {"n": {"data_type": "bigint"}}}, {}],
    "references": [
        {"references": [{"referenced_table": "People", "columns": ["Name"], "referenced_columns": ["Id"]}]},
        {"references": [{"referenced_table": "Towns", "columns": ["ship__city"], "referenced_columns": ["Id"]}]},
    ],
    "table-name": [{"table_name": "Goods In"}, {"table_name": "Goods In", "primary_key": "id"}],
    "nested": [
        {"nested_hints": {"lines": {"columns": {"q": {"name": "q", "data_type": "double"}}}}},
        {"nested_hints": {"lines": {"columns": {"sku": {"name": "sku", "description": "unit"}}}}},
    ],
}


def hints(folder: Path, _data: Path):
    inputs = Inputs(folder / "inputs")
    for name, runs in HINTS.items():
        texts = [ROWS, MORE_ROWS, MORE_ROWS]
        loads = [
            [Load("Items", inputs.text(text), hints=run)] for run, text in zip(runs, texts)
        ]
        yield Group(name, loads)


# ---- incremental ----

def jsonl(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def at(key, value, **more):
    return {"id": key, "at": value, **more}


SPEC_1 = jsonl(at("a", 1), at("b", 3), at("c", 3))
SPEC_2 = jsonl(at("b", 3), at("c", 3), at("d", 3), at("e", 2), at("f", 5), at("g", 4))
DAYS = [
    jsonl(at(1, "2024-01-01T00:00:00Z"), at(2, "2024-01-02T00:00:00Z")),
    jsonl(at(2, "2024-01-02T00:00:00Z"), at(3, "2024-01-02T00:00:00Z"), at(0, "2024-01-01T10:00:00Z")),
    jsonl(at(3, "2024-01-02T00:00:00Z"), at(4, "2024-01-03T00:00:00Z", deep={"b": 1.0, "a": [1e16]})),
]
CURSOR = {"cursor_path": "at"}
# name: hints, then what each run loads
INCREMENTAL = {
    "numbers": ({"incremental": {**CURSOR, "initial_value": 0}, "primary_key": "id"}, SPEC_1, SPEC_2, SPEC_2),
    "list-key": ({"incremental": CURSOR, "primary_key": ["id"]}, SPEC_1, SPEC_2),
    "two-keys": ({"incremental": CURSOR, "primary_key": ["id", "at"]}, SPEC_1, SPEC_2, SPEC_1),
    "own-key": ({"incremental": {**CURSOR, "primary_key": "id"}}, SPEC_1, SPEC_2),
    "whole-rows": ({"incremental": CURSOR}, SPEC_1, SPEC_2, SPEC_2),
    "no-key": ({"incremental": {**CURSOR, "primary_key": []}}, SPEC_1, SPEC_2),
    "instants": ({"incremental": {**CURSOR, "initial_value": "2024-01-01T00:00:00Z"}}, *DAYS, DAYS[2]),
    "min": ({"incremental": {**CURSOR, "last_value_func": "min"}}, SPEC_2, SPEC_1, jsonl(at("z", -1))),
    "path": (
        {"incremental": {"cursor_path": "$.meta.at"}},
        jsonl({"meta": {"at": 1.5}}, {"meta": {"at": 2}}),
        jsonl({"meta": {"at": 2}}, {"meta": {"at": 2.5}}),
    ),
    "open-start": ({"incremental": {**CURSOR, "range_start": "open"}}, SPEC_1, SPEC_2),
    "range": ({"incremental": {**CURSOR, "initial_value": 2, "end_value": 4}}, SPEC_2, SPEC_2),
    "closed-range": (
        {"incremental": {**CURSOR, "initial_value": 2, "end_value": 4, "range_end": "closed"}}, SPEC_2,
    ),
    "lag": ({"incremental": {**CURSOR, "lag": 2}}, SPEC_1, SPEC_2, SPEC_2),
    "lag-of-instants": ({"incremental": {**CURSOR, "lag": 3600 * 20}}, *DAYS),
    "lag-of-days": (
        {"incremental": {**CURSOR, "lag": 1, "initial_value": "2023-01-01"}},
        jsonl(at(1, "2023-03-01"), at(2, "2023-03-02")),
        jsonl(at(3, "2023-02-28"), at(4, "2023-03-01"), at(5, "2023-03-05")),
    ),
    "missing-included": (
        {"incremental": {**CURSOR, "on_cursor_value_missing": "include"}},
        SPEC_1 + jsonl({"id": "n"}, {"id": "m", "at": None}), SPEC_1 + jsonl({"id": "n"}),
    ),
    "missing-excluded": (
        {"incremental": {**CURSOR, "on_cursor_value_missing": "exclude"}},
        SPEC_1 + jsonl({"id": "n"}, {"id": "m", "at": None}),
    ),
    "replaced": ({"incremental": CURSOR, "write_disposition": "replace"}, SPEC_1, SPEC_1),
    "empty-then-rows": ({"incremental": {**CURSOR, "initial_value": 2}}, SPEC_1, SPEC_2),
}


IN_TURN = ("numbers", "whole-rows", "instants", "lag")


def incremental(folder: Path, _data: Path):
    inputs = Inputs(folder / "inputs")
    for name, (hints, *texts) in INCREMENTAL.items():
        yield Group(name, [[Load("Items", inputs.text(text), hints=hints)] for text in texts])
        if name in IN_TURN:
            for by in ("dlt headrace dlt", "headrace dlt headrace"):
                runs = [[Load("Items", inputs.text(text), hints=hints)] for text in texts[:3]]
                yield Group(f"{name} {by}".replace(" ", "-"), runs, by.split()[: len(runs)])


def files(_folder: Path, data: Path):
    """Not a test: any .json and .jsonl files, each alone, for those who have some at hand."""
    for file in sorted([*data.rglob("*.json"), *data.rglob("*.jsonl")]):
        yield Group(file.name, [[Load("Data", file)], [Load("Data", file, "append", 2)]])


# ---- naming conventions ----

MIXED = """\
{"Id": 1, "userName": "a", "a b": {"c'D": 2, "e_": {"F": [1]}}, "Items List": [{"x": 1, "Y": [[2]]}], "1a": 3, "__t": 4}
{"Id": "x", "userName": 5, "a b": {"c'D": "z"}, "Items List": [], "über": 1, "a__b": {"c": 1}}
"""


def named(folder: Path, _data: Path):
    inputs = Inputs(folder / "inputs")
    first, second = inputs.text(MIXED), inputs.text(MIXED + '{"Id": 3, "New Key": 1}\n')
    hints = {"primary_key": "userName", "columns": {"Late Column": {"data_type": "bool"}}}
    turns = ["dlt", "headrace", "new dlt"]
    for naming in "direct", "sql_cs_v1", "sql_ci_v1":
        runs = [[Load("My Table", file)] for file in (first, second, first)]
        yield Group(naming, runs[:2], settings={"naming": naming})
        yield Group(f"{naming}-in-turn", runs, turns, settings={"naming": naming})
        merged = [[Load("MyTable", first, "merge", hints=hints)]]
        yield Group(f"{naming}-merge", merged * 2, settings={"naming": naming})


SUITES = {
    "files": files,
    "small": small,
    "webhooks": webhooks,
    "real": real,
    "generated": generated,
    "values": single_values,
    "in_turn": in_turn,
    "hints": hints,
    "named": named,
    "incremental": incremental,
    "merges": merges.merges,
    "merges_in_turn": merges.merges_in_turn,
    "merges_all_in_turn": merges.merges_all_in_turn,
}
