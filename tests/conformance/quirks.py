"""Where destinations differ from each other, in words: printed into docs/destinations.md.

A case asks quirk("name") and gets what it has to expect of the destination at hand; a quirk that no
case asks for, or that a destination does not answer, fails the suite."""

from typing import NamedTuple


class Answer(NamedTuple):
    value: object  # what the case compares with
    words: str     # what the document says


class Quirk(NamedTuple):
    about: str
    answers: dict


QUIRKS = {
    "longest_name": Quirk("Longest name of a table or column", {
        "duckdb": Answer(65536, "65,536 characters"),
        "postgres": Answer(63, "63 bytes; longer names are shortened with a tag, as dlt does"),
    }),
    "nul": Quirk("NUL characters in text", {
        "duckdb": Answer(True, "stored"),
        "postgres": Answer(False, "refused, with table, column and row; `?remove_nul=true` in the "
                                  "URL removes them"),
    }),
    "json_text": Quirk("JSON columns", {
        "duckdb": Answer('{"b":1,"a":[1,  2]}', "the text that was loaded"),
        "postgres": Answer('{"a": [1, 2], "b": 1}', "`jsonb`: keys in an order of its own, white "
                                                    "space made even"),
    }),
    "wei": Quirk("Type of wei columns", {
        "duckdb": Answer("DECIMAL(38,0)", "`DECIMAL(38,0)`"),
        "postgres": Answer("numeric(156,78)", "`numeric(156,78)`"),
    }),
    "unique": Quirk("Columns with the hint `unique`, `_dlt_id` among them", {
        "duckdb": Answer({"t": [], "t__l": []}, "no constraint"),
        "postgres": Answer({"t": ["_dlt_id", "a"], "t__l": ["_dlt_id"]},
                           "`UNIQUE`, which makes an index; `?create_indexes=false` in the URL: "
                           "no constraint"),
    }),
    "most_columns": Quirk("Columns of a table", {
        "duckdb": Answer(None, "no limit"),
        "postgres": Answer(1600, "1,600, dropped ones included; beyond, the load is refused"),
    }),
    "failed_load": Quirk("What a failed load leaves", {
        "duckdb": Answer(set(), "nothing"),
        "postgres": Answer({"t"}, "no row; new columns and small new tables may be there, empty, "
                                  "since they are made before the rows come: a change of a table "
                                  "locks readers out, and so it is kept short"),
    }),
    "writers": Quirk("Several pipelines at once", {
        "duckdb": Answer(False, "one process at a time has the file; others are told who"),
        "postgres": Answer(True, "any number, also in one dataset; a lock that is not had within "
                                 "`lock_timeout` ends the load with who holds it"),
    }),
}


def table():
    kinds = ["duckdb", "postgres"]
    titles = {"duckdb": "DuckDB", "postgres": "Postgres"}
    lines = ["| | " + " | ".join(titles[k] for k in kinds) + " |",
             "|---|" + "---|" * len(kinds)]
    for quirk in QUIRKS.values():
        lines.append(f"| {quirk.about} | " + " | ".join(quirk.answers[k].words for k in kinds) +
                     " |")
    return "\n".join(lines) + "\n"
