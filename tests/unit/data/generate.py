#!/usr/bin/env python3
"""Writes schema/, state/ and naming.json next to this file: what real runs of dlt 1.31 leave.

Needs dlt 1.31.0 with duckdb. Instants and the hashes of schemas that hold any differ from run to
run; everything else comes out the same."""

import datetime
import decimal
import importlib
import json
import os
import pathlib
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
HOME = tempfile.mkdtemp()
os.chdir(HOME)
os.environ.update(DLT_DATA_DIR=HOME, RUNTIME__DLTHUB_TELEMETRY="false")

import dlt  # noqa: E402
from dlt.common.json import json as dlt_json  # noqa: E402
from dlt.common.schema import Schema  # noqa: E402


def write(name, text):
    (HERE / name).write_text(text, encoding="utf-8")


def newest(pipeline, column, table):
    with pipeline.sql_client() as client:
        sql = f"select {column} from {table} order by version desc limit 1"
        return client.execute_sql(sql)[0][0]


def pipeline_of(file, name=None):
    destination = dlt.destinations.duckdb(f"{HOME}/{file}.duckdb")
    return dlt.pipeline(
        name or file, destination=destination, dataset_name="ds", pipelines_dir=f"{HOME}/{file}"
    )


def run(file, *runs, name=None, with_state=False):
    pipeline = pipeline_of(file, name)
    for i, data in enumerate(runs, 1):
        pipeline.run(data)
        numbered = file + (str(i) if len(runs) > 1 else "")
        write(f"schema/{numbered}.json", newest(pipeline, "schema", "_dlt_version"))
    if with_state:
        write(f"state/{file}.txt", newest(pipeline, "state", "_dlt_pipeline_state"))


def rows(name, *items, **hints):
    return dlt.resource(list(items), name=name, **hints)


ORDER = {
    "id": 1,
    "tags": ["a", "b"],
    "ship": {"city": "X", "geo": {"lat": 1.5}},
    "lines": [{"sku": "s1", "opts": [[1, 2], []]}],
    "ts": "2024-01-01T10:00:00+02:00",
}


@dlt.source(name="hints", max_table_nesting=3, root_key=True)
def hinted():
    resource = dlt.resource(
        [{"id": 1, "d": decimal.Decimal("1.5"), "t": "2024-01-01T00:00:00", "w": "x", "b": b"12"}],
        name="h",
        primary_key="id",
        columns={
            "d": {"data_type": "decimal", "precision": 10, "scale": 2},
            "t": {"data_type": "timestamp", "timezone": False, "precision": 3},
            "w": {
                "data_type": "text",
                "precision": 20,
                "description": 'Zażółć "gęślą"\n\x01/\u2028 😀',
            },
        },
    )
    numbers = {
        "x-rank": 1e-7,
        "x-big": 1.2345678901234568e17,
        "x-unit": 1.0,
        "x-list": [1, {"b": None, "a": -0.0}],
    }
    resource.apply_hints(columns={"never": {"nullable": True, **numbers}})
    return resource


def marked():
    schema = Schema("default_hints")
    schema.merge_hints({"not_null": ["re:^strict$"], "partition": ["day"], "unique": ["code"]})
    schema._settings["preferred_types"] = {"re:^ts": "timestamp"}
    schema._compile_settings()

    @dlt.source(schema=schema)
    def source():
        return rows("marks", {"strict": 1, "day": "2024-01-01", "code": "x", "ts": 1})

    return source()


@dlt.resource(primary_key="id")
def ev(u=dlt.sources.incremental("u", initial_value=1.5)):
    dlt.current.resource_state().update(
        at=datetime.datetime(2024, 1, 1, 10, 0, 0, 5, tzinfo=datetime.timezone.utc),
        d=decimal.Decimal("1.50"),
        day=datetime.date(2024, 1, 1),
        b=b"xyz",
        f=[1e16, 1e-7, 0.00001, 1.0, -0.0, 123456789.125, 5e-324, 1.7976931348623157e308],
        big=2**63,
        text='ż\u2028\x7f/"\\\t\x1f',
        deep={"z": 1, "a": {"y": None, "b": True}},
    )
    yield [{"id": 1, "u": 2.25}]


NAMES = """
eventValue HTTPServerID userIDs a1B2 1Aa 123 a_ a__ a___ _ __ ___ __a ___a a__b a___b A__B A__-1 a____b id# %x% $set
+-!*@| a+b -1 - !!! żółć 日本 é über ÜberMensch 🦚Peacock #id a.b x-y--z _- a___-__b ٣a K ▶ ▶▶ a▶b a▶_▶b
Fivetran_ID SmallBig_ O'Hara "quoted" UPPER_CASE mixed__Case_ _dlt_id _dlt_Id
ThisIsAVeryLongIdentifierNameThatExceedsTheMaximumLength LongParent__LongChild__LongGrandChild
LongParent▶LongChild▶LongGrandChild żółćżółćżółćżółćżółćżółćżółćżółć
""".split() + ["a b  c", "a\nb", "a\rb", " a ", "a__ b", "_ _", "- -", "__ __", "a' \"b", "a ▶ b"]


def names():
    """By convention and longest name: for each raw name the identifier and the path."""
    for convention in "snake_case", "direct", "sql_cs_v1", "sql_ci_v1":
        module = importlib.import_module(f"dlt.common.normalizers.naming.{convention}")
        for length in None, 20:
            naming = module.NamingConvention(length)
            both = ((n, naming.normalize_identifier(n), naming.normalize_path(n)) for n in NAMES)
            yield {"convention": convention, "max_length": length or 0, "names": list(both)}


lines = (json.dumps(one, ensure_ascii=False) for one in names())
write("naming.json", "[" + ",\n".join(lines) + "]\n")
for folder in "schema", "state":
    (HERE / folder).mkdir(exist_ok=True)
write("schema/new.json", dlt_json.dumps(Schema("event").to_dict()))
run("shop", rows("Orders", ORDER), with_state=True)
shop = Schema.from_dict(json.loads((HERE / "schema/shop.json").read_text(encoding="utf-8")))
write("schema/shop_no_defaults.json", json.dumps(shop.to_dict(remove_defaults=True)))
run(
    "evolution",
    rows("items", {"id": 1, "v": 1}),
    rows("items", {"id": 2, "v": "x", "extra": True, "sub": {"k": 1.5}}),
    rows("items", {"id": 3, "l": [{"q": 1}]}, {"id": 4}),
    name="shop",
)
run(
    "replace",
    rows("items", {"id": 1, "v": 1}, {"id": 2, "v": "x"}, {"id": 3, "v": [1]}, max_table_nesting=0),
    rows("items", {"id": 9}, write_disposition="replace", max_table_nesting=2),
    with_state=True,
)
run("hints", hinted())
run("default_hints", marked())
run("cursor", ev(), with_state=True)
local = pathlib.Path(HOME, "cursor", "cursor", "state.json").read_text(encoding="utf-8")
write("state/cursor_local.json", local.replace(HOME, "/home/me/project"))
