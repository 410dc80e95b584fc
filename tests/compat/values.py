"""Random single values: names, times and numbers in text, which one rule of dlt turns into another.

What differences.toml lists is left out; where that needs to know what dlt makes of a value, dlt's
own functions are asked.
"""

import json
import math
import random
import re
import struct
from datetime import UTC, datetime

from dlt.common.data_types.type_helpers import coerce_value
from dlt.common.normalizers.naming.snake_case import NamingConvention
from dlt.common.schema.utils import autodetect_sc_type

FAILED = object()


def tried(function, *arguments):
    try:
        return function(*arguments)
    except Exception:
        return FAILED


def mutated(rng: random.Random, text: str, letters: str) -> str:
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice([*letters, ""]) + text[at + rng.randint(0, 1) :]
    return text


# ---- names ----

LETTERS = [
    "a", "b", "Z", "QR", "Id", "9", "42", "_", "__", "___", " ", "-", "+", "*", "@", "|", ".", "#",
    "é", "Ü", "日", "٣", "ß", "ﬁ", "\u00a0", "\u3000", "\u200b", "𝟗", "🦚", "'", '"', "\\", "/", "$",
    "\n", "x" * 40,
]  # fmt: skip


def names(rng: random.Random, n: int) -> list[str]:
    """Keys that become n different names."""
    naming = NamingConvention()
    found: dict[str, str] = {}
    while len(found) < n:
        key = "".join(rng.choices(LETTERS, k=rng.randint(1, 7)))
        name = naming.normalize_path(key) if key.strip() else ""
        if name and not name.startswith("_dlt"):
            found.setdefault(name, key)
    return list(found.values())


# ---- times ----

DATES = [
    "2024-02-29", "2023-02-29", "2024-02", "2024-123", "2024-366", "2023-366", "20240131", "2024031",
    "2024-W05", "2024-W05-1", "2024W051", "2020-W53-7", "2021-W53-1", "2024/01/31", "2024:01:31",
    "2024", "1999-12-31", "0001-01-02", "9999-12-30", "2024-1-1", "24-01-01", "",
]  # fmt: skip
TIMES = [
    "10", "10:30", "10:30:15", "10:30:15.5", "10:30:15,123456789", "1030", "103015", "103015.25",
    "1:2", "1:2:3", "1:2:3|5", "23:59:59.999999", "23:59:60", "24:00:00", "00:00:00", "25:00",
    "10:60", "",
]  # fmt: skip
ZONES = [
    "",
    "",
    "",
    "Z",
    "z",
    "+02",
    "-0530",
    "+05:45",
    "+14:00",
    "-23:59",
    "+2",
    " Z",
    " +02:00",
    "+00:00",
]


def time_text(rng: random.Random) -> str:
    parts = (
        rng.choice(DATES),
        rng.choice(["T", "T", " ", "t", "", "  "]),
        rng.choice(TIMES),
        rng.choice(ZONES),
    )
    return mutated(rng, "".join(parts), "0123456789-:TZ+./,W ")


def in_utc(text: str) -> datetime:
    return coerce_value("timestamp", "text", text).astimezone(UTC)


def time_texts(rng: random.Random, n: int) -> list[str]:
    """Text that looks like times, without that on which dlt fails."""
    found: list[str] = []
    while len(found) < n:
        text = time_text(rng)
        kind = tried(autodetect_sc_type, ["iso_timestamp"], str, text)
        if kind is None or (kind is not FAILED and tried(in_utc, text) is not FAILED):
            found.append(text)
    return found


# ---- numbers ----


def doubles(rng: random.Random, n: int) -> list[float]:
    found = [
        rng.choice([1, 10, 1e5]) * rng.randint(-(10**9), 10**9) / 10 ** rng.randint(0, 12)
        for _ in range(n // 2)
    ]
    while len(found) < n:
        value = struct.unpack("d", rng.randbytes(8))[0]
        if math.isfinite(value):
            found.append(value)
    return [v for v in found if v != 0]


def number_texts(rng: random.Random, n: int) -> list[str]:
    found = []
    for _ in range(n):
        whole = str(rng.choice([0, 1, 7, 42, 10**6, rng.randint(-(2**53), 2**53)]))
        tail = rng.choice(["", "", "", ".", ".0", ".5", ".250", "e3", "E-2", "e+10", "e"])
        found.append(
            mutated(
                rng,
                rng.choice(["", "", " ", "+", "0x", "0"]) + whole + tail,
                "0123456789+-.eExXaF \t",
            )
        )
    return found


def fits_column(kind: str, text: str) -> bool:
    """Whether what dlt does with this text in a column of numbers is what Headrace does."""
    value = tried(coerce_value, kind, "text", text)
    if value is FAILED:
        return True
    if re.match(r"\s*0x[^0-9a-fA-F]|\s*0x0x", text):
        return False
    if kind == "bigint":
        return -(2**63) <= value < 2**63
    return math.isfinite(value) and abs(value) <= 2**53 and value != 0


# ---- tables ----


def tables(seed: int) -> dict[str, list]:
    """Rows by table."""
    rng = random.Random(seed)
    numbers = number_texts(rng, 400)
    columns = {"first": {}, "second": {}, "third": {}}
    for row in columns.values():
        row.update((f"c{i}", text) for i, text in enumerate(time_texts(rng, 200)))
    return {
        "names": [dict.fromkeys(names(rng, 300), 1)],
        **{f"times in {name} columns": [row] for name, row in columns.items()},
        "times in one column": [{"t": t} for t in ["2024-01-01T00:00:00Z", *time_texts(rng, 400)]],
        "numbers as text": [{"v": v} for v in ["x", *doubles(rng, 800), *numbers, True, -(2**63)]],
        "doubles": [{"v": v} for v in doubles(rng, 800)],
        "text in bigint": [{"v": v} for v in [1, *numbers] if fits_column("bigint", str(v))],
        "text in double": [{"v": v} for v in [1.5, *numbers] if fits_column("double", str(v))],
        "text in bool": [
            {"v": v} for v in [True, *numbers, "Yes", "no", "TRUE", "f", "Y", " y", "n", "on"]
        ],
        "text": [
            {"v": "".join(rng.choices(LETTERS + ["\t", "\r", "\u2028", "\x7f", "\ufeff"], k=9))}
            for _ in range(200)
        ],
    }


def as_lines(rows: list) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)
