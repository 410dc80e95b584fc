"""Compares two datasets that should hold the same, random ids and times apart."""

import base64
import hashlib
import json
import zlib
from collections import Counter

from dlt.common.schema import Schema

from differences import COLUMN_RULES
from sides import DATASET

SYSTEM = ("_dlt_version", "_dlt_loads", "_dlt_pipeline_state")
LINKS = ("_dlt_id", "_dlt_load_id", "_dlt_parent_id", "_dlt_list_idx", "_dlt_root_id")
SHOWN = 5  # differing rows shown of a table
# The difference schema-goes-back: only Headrace stores a schema again.
FIRST_VERSIONS = (
    "(select * from _dlt_version v where not exists (select 1 from _dlt_version e "
    "where e.version_hash = v.version_hash and e.inserted_at < v.inserted_at)) first_versions"
)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def child_id(parent: str, table: str, index: int) -> str:
    digest = hashlib.shake_128(f"{parent}_{table}_{index}".encode()).digest(10)
    return base64.b64encode(digest).decode().rstrip("=")


def columns_of(database, con):
    columns: dict[str, list] = {}
    for table, *column in database.columns(con, DATASET):
        columns.setdefault(table, []).append(tuple(column))
    return columns


def in_order(state: dict, version_hash: str):
    """A state and its hash; dlt keeps hashes of boundary rows in the order of a Python set, which
    differs between processes, and the state's own hash with them."""
    for source in state.get("sources", {}).values():
        for resource in source.get("resources", {}).values():
            for cursor in resource.get("incremental", {}).values():
                if len(cursor["unique_hashes"]) > 1:
                    cursor["unique_hashes"].sort()
                    state["_version_hash"] = version_hash = "of hashes in any order"
    return state, version_hash


class Dataset:
    """A dataset in a database, read as a whole. `faults` says what is wrong in itself."""

    def __init__(self, database, read_as: dict[tuple[str, str], str] | None = None):
        self.database = database
        self.read_as = read_as or {}  # (table, column): type in whose form values are compared
        self.faults: list[str] = []
        self.con = database.connect(DATASET)
        self.columns = columns_of(database, self.con)
        self.loads = [row[0] for row in self.query("select load_id from _dlt_loads order by 1")]
        self.schemas = self.read_schemas()
        self.schema = self.schemas[-1] if self.schemas else {"tables": {}}
        self.rows: dict[str, Counter] = {}
        self.canon: dict[str, dict] = {}  # table -> _dlt_id -> what the row is
        self.root_id: dict[str, dict] = {}  # table -> _dlt_id -> that of its root
        self.read_rows()
        self.system = self.system_rows()
        self.con.close()

    def query(self, sql: str):
        return self.con.execute(sql).fetchall()

    # ---- system tables ----

    def system_rows(self):
        """Rows of the system tables without times and with load ids as L1, L2 ..."""
        name = {load: f"L{i}" for i, load in enumerate(self.loads, 1)}
        state = [
            (*row, *in_order(self.decoded(text), version_hash), name.get(load, load))
            for *row, version_hash, text, load in self.query(
                "select version, engine_version, pipeline_name, version_hash, state, _dlt_load_id "
                "from _dlt_pipeline_state order by version"
            )
        ]
        return {
            "_dlt_version": self.query(
                "select version, engine_version, schema_name, version_hash "
                f"from {FIRST_VERSIONS} order by version"
            ),
            "_dlt_loads": self.query(
                "select schema_name, status, schema_version_hash from _dlt_loads order by load_id"
            ),
            "_dlt_pipeline_state": state,
        }

    @staticmethod
    def decoded(text: str):
        return json.loads(zlib.decompress(base64.b64decode(text)))

    def read_schemas(self):
        """The stored schema documents, each accepted by dlt with the hash that it names."""
        documents = []
        for text, stored_hash in self.query(
            f"select schema, version_hash from {FIRST_VERSIONS} order by version"
        ):
            document = json.loads(text)
            if Schema.from_dict(json.loads(text)).version_hash != stored_hash:
                self.faults.append(
                    f"version_hash {stored_hash} is not what dlt makes of the schema"
                )
            documents.append(document)
        return documents

    # ---- data ----

    def read_rows(self):
        waiting = [table for table in self.columns if table not in SYSTEM]
        while waiting:
            ready = [t for t in waiting if not set(self.parents(t)) & set(waiting)]
            for table in ready:
                self.read_table(table)
            waiting = [t for t in waiting if t not in ready]

    def parents(self, table: str) -> list[str]:
        """Tables that its rows may hang at: lists at several places can make one table."""
        first = self.schema["tables"].get(table, {}).get("parent")
        return [first] + [t for t in self.columns if t != first and table.startswith(t + "__")]

    def read_table(self, table: str):
        names = [column[0] for column in self.columns[table]]
        data = [c for c in self.columns[table] if c[0] not in LINKS]
        system = [n for n in names if n in LINKS]
        select = ", ".join(
            [quoted(n) for n in system] + [self.selected(table, *c[:2]) for c in data]
        )
        self.rows[table], self.canon[table] = Counter(), {}
        self.root_id[table] = {}
        for row in self.query(f"select {select} from {quoted(table)}"):
            links = dict(zip(system, row))
            values = {
                c[0]: self.value(c[1], v) for c, v in zip(data, row[len(system) :]) if v is not None
            }
            self.add_row(table, links, json.dumps(values, sort_keys=True))

    def has_hashed_ids(self, table: str) -> bool:
        """Whether ids of a root table come from its rows, so that both sides have the same; and, for
        scd2, a row that returns has the one that it had."""
        hints = self.schema["tables"].get(table, {})
        version = hints.get("columns", {}).get("_dlt_id", {}).get("x-row-version")
        strategy = hints.get("x-merge-strategy")
        return hints.get("write_disposition") == "merge" and (
            strategy in ("upsert", "insert-only") or bool(version)
        )

    def selected(self, table: str, name: str, data_type: str) -> str:
        data_type = self.read_as.get((table, name), data_type)
        if data_type.startswith("TIMESTAMP"):
            return self.database.instant(quoted(name), data_type)
        return quoted(name)

    @staticmethod
    def value(data_type: str, value):
        if data_type == "JSON":
            return json.loads(value) if isinstance(value, str) else value
        if isinstance(value, memoryview):
            return str(bytes(value))
        return value if isinstance(value, (int, float, str)) else str(value)

    def add_row(self, table: str, links: dict, values: str):
        """Files a row under what it holds and where it hangs, and checks its ids."""
        row_id = links["_dlt_id"]
        if "_dlt_parent_id" in links:
            parent_id, index = links["_dlt_parent_id"], links["_dlt_list_idx"]
            found = [
                f"{parent} {self.canon[parent][parent_id]}"
                for parent in self.parents(table)
                if parent_id in self.canon.get(parent, {})
            ]
            above = found[0] if len(found) == 1 else None
            if above is None:
                self.faults.append(f"{table}: row {row_id} has no parent row {parent_id}")
            if row_id != child_id(parent_id, table, index):
                self.faults.append(f"{table}: _dlt_id {row_id} is not the hash of its place")
            place = f"{above}#{index}"
            root_id = next(
                (
                    self.root_id[parent][parent_id]
                    for parent in self.parents(table)
                    if parent_id in self.root_id.get(parent, {})
                ),
                None,
            )
            if links.get("_dlt_root_id", root_id) != root_id:
                self.faults.append(f"{table}: _dlt_root_id of {row_id} is not {root_id}")
        else:
            root_id = row_id
            if links["_dlt_load_id"] not in self.loads:
                self.faults.append(f"{table}: load {links['_dlt_load_id']} is not in _dlt_loads")
            place = f"L{self.loads.index(links['_dlt_load_id']) + 1}"
        self.root_id[table][row_id] = root_id
        if row_id in self.canon[table] and not self.has_hashed_ids(table):
            self.faults.append(f"{table}: _dlt_id {row_id} comes twice")
        what = f"{place} {values}"
        if self.has_hashed_ids(table):
            what += f" {row_id}"
        self.canon[table][row_id] = hashlib.sha256(what.encode()).hexdigest()[:12]
        self.rows[table][what] += 1


# ---- what differs ----


def comparable(schema: dict, allowed: dict) -> dict:
    """Without its history, and without what columns of an allowed difference lead to."""
    schema = json.loads(json.dumps(schema))
    del schema["previous_hashes"]
    for table, column in allowed:
        schema["tables"].get(table, {}).get("columns", {}).get(column, {}).pop("data_type", None)
    if allowed:
        del schema["version_hash"]
    return schema


def paths_that_differ(a, b, path=""):
    """Places in two JSON documents where they are not equal."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            yield from paths_that_differ(a.get(key), b.get(key), f"{path}.{key}")
    elif a != b or type(a) is not type(b):
        yield f"{path}: dlt {str(a)[:200]}, headrace {str(b)[:200]}"


def differences_of_rows(table: str, dlt: Counter, headrace: Counter):
    for side, rows in (("dlt", dlt - headrace), ("headrace", headrace - dlt)):
        for row, n in sorted(rows.items())[:SHOWN]:
            yield f"{table}: {n} more with {side}: {row[:400]}"


def pairs_of_columns(dlt: Dataset, headrace: Dataset):
    """Each table with the columns of both; types that a rule allows to differ are dlt's."""
    for table in sorted(dlt.columns.keys() | headrace.columns.keys()):
        a, b = dlt.columns.get(table, []), headrace.columns.get(table, [])
        allowed = {name: kind for (t, name), kind in headrace.read_as.items() if t == table}
        yield table, a, [(name, allowed.get(name, kind), null) for name, kind, null in b]


def allowed_columns(dlt_database, headrace_database):
    """(table, column): dlt's type, where a rule of differences.toml allows another."""
    columns = []
    for database in (dlt_database, headrace_database):
        con = database.connect(DATASET)
        kinds = columns_of(database, con).items()
        columns.append({(t, c[0]): c[1] for t, cs in kinds for c in cs})
        con.close()
    return {
        place: kind
        for place, kind in columns[0].items()
        if any(rule.fits(place[1], kind, columns[1].get(place)) for rule in COLUMN_RULES)
    }


def differences(dlt_database, headrace_database):
    """Lines that say what differs; none when the datasets are equal."""
    allowed = allowed_columns(dlt_database, headrace_database)
    dlt, headrace = Dataset(dlt_database), Dataset(headrace_database, allowed)
    found = [f"dlt's own: {f}" for f in dlt.faults] + [f"headrace: {f}" for f in headrace.faults]
    for table, a, b in pairs_of_columns(dlt, headrace):
        if a != b:
            found.append(f"{table}: columns differ\n   dlt      {a}\n   headrace {b}")
        found += differences_of_rows(
            table, dlt.rows.get(table, Counter()), headrace.rows.get(table, Counter())
        )
    for i, (a, b) in enumerate(zip(dlt.schemas, headrace.schemas), 1):
        a, b = comparable(a, allowed), comparable(b, allowed)
        found += [f"schema version {i}: {place}" for place in paths_that_differ(a, b, "schema")]
    for table in SYSTEM if not allowed else SYSTEM[2:]:  # without their hashes little is left
        a, b = dlt.system[table], headrace.system[table]
        if a != b:
            found.append(f"{table}:\n   dlt      {a}\n   headrace {b}")
    return found


def forgiven(lines: list[str], table: str):
    """Without the rows that dlt leaves in a table, if they are as many either way; else all."""
    marks = [f"{side}: {table}: row " for side in ("dlt's own", "headrace")]
    left = [[line for line in lines if line.startswith(mark)] for mark in marks]
    if not left[0] or len(left[0]) != len(left[1]):
        return [*lines, f"not as many rows without a parent in {table} as before"]
    return [line for line in lines if not line.startswith(tuple(marks))]
