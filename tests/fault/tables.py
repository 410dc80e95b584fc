"""What a DuckDB file holds, in a form that two runs can be compared by: without random ids."""

import duckdb

SYSTEM_COLUMNS = {"_dlt_id", "_dlt_parent_id", "_dlt_list_idx", "_dlt_load_id", "_dlt_root_id",
                  "_dlt_valid_from", "_dlt_valid_to"}
DATASET = "goods"


class Damage(Exception):
    """The tables contradict themselves."""


def node(table, row):
    values = tuple(sorted((k, repr(v)) for k, v in row.items()
                          if v is not None and k not in SYSTEM_COLUMNS))
    if row.get("_dlt_valid_to") is not None:
        values += ("retired",)
    return {"table": table, "place": row.get("_dlt_list_idx"), "values": values, "children": []}


def frozen(n):
    children = sorted((frozen(c) for c in n["children"]), key=repr)
    return (n["table"], n["place"], n["values"], tuple(children))


def read_rows(con, table):
    cursor = con.execute(f'SELECT * FROM "{DATASET}"."{table}"')
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, values)) for values in cursor.fetchall()]


def grow_trees(rows_of):
    """Trees of rows by load id: each root row with its child rows below it."""
    by_id, trees = {}, {}
    for table, rows in rows_of.items():
        for row in rows:
            if row["_dlt_id"] in by_id:
                raise Damage(f"two rows have _dlt_id {row['_dlt_id']}")
            by_id[row["_dlt_id"]] = node(table, row)
    for table, rows in rows_of.items():
        for row in rows:
            here = by_id[row["_dlt_id"]]
            if "_dlt_parent_id" not in row:
                trees.setdefault(row["_dlt_load_id"], []).append(here)
            elif row["_dlt_parent_id"] not in by_id:
                raise Damage(f"a row of {table} has no parent")
            else:
                by_id[row["_dlt_parent_id"]]["children"].append(here)
    check_root_ids(rows_of)
    return trees


def check_root_ids(rows_of):
    rows = {row["_dlt_id"]: row for rows in rows_of.values() for row in rows}
    for row in rows.values():
        root = row
        while root.get("_dlt_parent_id"):
            root = rows[root["_dlt_parent_id"]]
        if row.get("_dlt_root_id", root["_dlt_id"]) != root["_dlt_id"] and root is not row:
            raise Damage(f"_dlt_root_id {row['_dlt_root_id']} should be {root['_dlt_id']}")


def read(path):
    """All of a file: {"loads": [content of each successful load, oldest first], ...}; None when
    there is no such file or no dataset in it."""
    if not path.exists():
        return None
    con = duckdb.connect(str(path), read_only=True)
    try:
        return read_connected(con)
    finally:
        con.close()


def read_connected(con):
    columns = {}
    for table, name, kind in con.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = ? ORDER BY table_name, ordinal_position", [DATASET]).fetchall():
        columns.setdefault(table, []).append((name, kind))
    if "_dlt_loads" not in columns:
        return None
    ledger = con.execute(f'SELECT load_id, status, schema_version_hash FROM "{DATASET}"._dlt_loads '
                         "ORDER BY inserted_at, load_id").fetchall()
    trees = grow_trees({t: read_rows(con, t) for t in columns if not t.startswith("_dlt_")})
    ids = [row[0] for row in ledger]
    for load_id in trees:
        if load_id not in ids:
            raise Damage(f"rows of load {load_id}, which is not in _dlt_loads")
    if len(set(ids)) != len(ids) or any(row[1] != 0 for row in ledger):
        raise Damage(f"_dlt_loads holds {ledger}")
    return {
        "load ids": ids,
        "loads": [sorted((frozen(t) for t in trees.get(i, [])), key=repr) for i in ids],
        "schema of each load": [row[2] for row in ledger],
        "columns": columns,
        "versions": sorted(con.execute(
            f'SELECT version, version_hash FROM "{DATASET}"._dlt_version').fetchall()),
        "states": sorted(con.execute(
            f'SELECT version, pipeline_name FROM "{DATASET}"._dlt_pipeline_state').fetchall()),
    }


def difference(is_, should):
    """What is wrong, in a line; None: nothing."""
    if is_ is None or should is None:
        return None if is_ is should else f"there are {'no ' if is_ is None else ''}tables"
    for key in should:
        if key == "load ids" or is_[key] == should[key]:
            continue
        if key == "loads":
            counts = [len(load) for load in is_[key]], [len(load) for load in should[key]]
            return f"loads differ: root rows per load {counts[0]}, should be {counts[1]}"
        return f"{key} differ: {is_[key]}, should be {should[key]}"
    return None
