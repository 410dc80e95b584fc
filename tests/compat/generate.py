"""Random nested documents, the same for the same seed.

A case is a tree of keys; each key has the kinds of value that come under it, so that columns get
type conflicts, and keys and kinds that only later rows and runs bring. Left out is what
differences.toml lists: where dlt itself fails, or loses a value that Headrace keeps.
"""

import json
import random

# No two become the same name.
KEYS = [
    "id", "userName", "HTTPCode", "user-id", "a b", "x_", "_priv", "__type", "1st", "über", "A",
    "camelCase2", "select", "tags", "item list", "$ref", "@at", "a.b.c", "+1", "-1", "*any",
    "Deep__Path", "order", "name", "value2", "ts", "geo", "lat", "META-DATA", "x", "kEY", "1é",
    " padded ", "with\ttab", 'quote"d', "back\\slash",
    "LongKeyThatGoesOnAndOnAndOnUntilSomeDatabasesWouldShortenItToTheirLimit",
]  # fmt: skip

KINDS = {
    "int": [0, 1, 2, -7, 42, 1000000, 2**31, -(2**40)],
    "long": [2**53, 2**53 + 1, 2**62 + 3, 2**63 - 1, -(2**63)],
    "bit": [0, 1, True, False, 1.0, "yes", "F", "0"],
    "double": [0.5, -2.25, 3.0, 0.1, 1e-7, 123456.789, 100.0],
    "wide": [1e16, 1e22, 1e100, 5e-324, 1.7976931348623157e308, -1.5e-300, 0.30000000000000004],
    "text": [
        "x", "", " ", "12", " 7 ", "0xff", "1.5", "1e3", "true", "2024-01-01", "10:30", "ü€𝄞",
        "a\"b'c\\d", "line\nline\r\t", "\u2028", "null", "{}", "[1]", "-", "x" * 300,
    ],
    "number": ["12", "-3", "4", "+5", "007", 8, 9.0],
    "time": [
        "2024-01-01T00:00:00Z", "2024-05-06 07:08:09.123456789", "1999-12-31T23:59:59,5+05:30",
        "2024-02-29T10", "20240229T101500Z", "2024-W05-1T10:00", "2024/01/15 10:30",
        "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999Z",
    ],
    # Neither number, string nor word of JSON: a json column that meets those is a difference.
    "plain": [
        "x", "", " ", "10:30", "ü€𝄞", "- 1", "line\nline", "{}", '[1, 2.50, {"a": null}]', "[", "012",
    ],
    "moment": ["2024-01-02", 1700000000, 1.5, "later", "20240101", " 1580405246 ", True, ""],
}  # fmt: skip
# Kinds that may meet in one column.
MEETING = [
    ["int", "long", "text"], ["int", "double", "text"], ["double", "wide"], ["text", "wide"],
    ["text", "bit"], ["bit"], ["int"], ["text"], ["double"], ["long"], ["time"], ["number", "text"],
    ["number", "int"], ["number", "double"],
]  # fmt: skip


class Key:
    """A key at one place: what may come under it."""

    def __init__(self, rng: random.Random, depth: int, first_seen: int, limited: bool):
        self.first_seen = first_seen  # number of the row from which on it comes
        kinds = list(rng.choice(MEETING))
        rng.shuffle(kinds)
        self.kinds = kinds[: rng.choice([1, 1, 2, 3])]
        self.rare = rng.random() < 0.3
        nested = depth < 5 and rng.random() < 0.5
        self.object = self.elements = None
        if nested and rng.random() < 0.6:
            self.object = Object(rng, depth + 1, first_seen, limited)
        if nested and rng.random() < 0.6:
            self.elements = Key(rng, depth + 1, first_seen, limited)
            if self.object:
                self.elements.object = None  # its lists and the object's would be one table
        self.empties = [None, {}, []]
        if limited and (self.object or self.elements):
            self.kinds = ["plain"]
        elif limited:
            self.empties = [None]

    def value(self, rng: random.Random, row: int):
        choices = (
            ["scalar"] * 3 + ["object"] * 3 * bool(self.object) + ["list"] * 3 * bool(self.elements)
        )
        chosen = rng.choice(choices)
        if rng.random() < 0.08:
            return rng.choice(self.empties)
        if chosen == "object":
            return self.object.value(rng, row)
        if chosen == "list":
            return [self.elements.value(rng, row) for _ in range(rng.choice([0, 1, 2, 4]))]
        kinds = self.kinds if row > 2 else self.kinds[:1]
        return rng.choice(KINDS[rng.choice(kinds)])


class Object:
    def __init__(self, rng: random.Random, depth: int, first_seen: int, limited: bool):
        names = rng.sample(KEYS, rng.randint(1, 6))
        late = [first_seen, first_seen, first_seen + rng.randint(0, 8)]
        self.keys = {name: Key(rng, depth, rng.choice(late), limited) for name in names}

    def value(self, rng: random.Random, row: int):
        names = [n for n, k in self.keys.items() if k.first_seen <= row]
        if rng.random() < 0.2:
            rng.shuffle(names)
        dropped = {n for n in names if self.keys[n].rare and rng.random() < 0.7}
        return {n: self.keys[n].value(rng, row) for n in names if n not in dropped}


class Moments:
    """A root key whose first value makes a timestamp column; then comes what fits or not."""

    first_seen = 0
    rare = False

    @staticmethod
    def value(rng: random.Random, row: int):
        return rng.choice(KINDS["time"] if row == 0 else KINDS["time"] + KINDS["moment"])


class Generator:
    def __init__(self, seed: int):
        self.seed = seed
        self.rng = random.Random(seed)
        self.nesting = self.rng.choice([None, None, None, 0, 1, 2, 3, 4])
        self.root = Object(self.rng, 0, 0, self.nesting is not None)
        if self.rng.random() < 0.4:
            self.root.keys["moment"] = Moments()
        self.row = 0

    def lines(self) -> str:
        """The next run's rows as NDJSON."""
        out = []
        for _ in range(self.rng.randint(1, 7)):
            out.append(
                json.dumps(
                    self.root.value(self.rng, self.row), ensure_ascii=self.rng.random() < 0.5
                )
            )
            self.row += 1
        return "".join(line + "\n" for line in out)

    def disposition(self, run: int) -> str:
        return "replace" if run > 0 and self.seed % 4 == 0 else "append"
