"""Where both sides load to: databases of DuckDB in files, or of a Postgres server."""

import sys
from pathlib import Path

import dlt
import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support" / "postgres"))


class DuckdbFile:
    """A database in a folder of its own."""

    def __init__(self, folder: Path, name: str = "data"):
        self.path = folder / f"{name}.duckdb"
        self.url = f"duckdb:///{self.path}"

    def destination(self):
        return dlt.destinations.duckdb(str(self.path))

    def connect(self, dataset: str):
        con = duckdb.connect(str(self.path), read_only=True)
        con.execute(f"SET schema = '{dataset}'")
        return con

    @staticmethod
    def columns(con, dataset: str):
        """Rows of table, column, type, whether it takes nulls."""
        return con.execute(
            "select table_name, column_name, data_type, is_nullable from duckdb_columns() "
            f"where schema_name = '{dataset}' order by table_name, column_index"
        ).fetchall()

    @staticmethod
    def instant(name: str, data_type: str) -> str:
        return f"epoch_us({name}::{data_type})"


# What the rules of differences.toml call the types.
POSTGRES_TYPES = {
    "character varying": "VARCHAR", "double precision": "DOUBLE", "bigint": "BIGINT",
    "boolean": "BOOLEAN", "jsonb": "JSON", "bytea": "BLOB", "date": "DATE",
    "time without time zone": "TIME", "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
    "timestamp without time zone": "TIMESTAMP",
}


class PostgresConnection:
    def __init__(self, con):
        self.con = con

    def execute(self, sql: str):
        cursor = self.con.cursor()
        cursor.execute(sql)
        return cursor

    def close(self):
        self.con.close()


class PostgresDatabase:
    """A new database of the server that the process has."""

    server = None
    made = 0

    def __init__(self, _folder: Path, _name: str = ""):
        PostgresDatabase.made += 1
        self.name = f"compat_{PostgresDatabase.made}"
        self.server.sql(f"create database {self.name}")
        self.url = self.server.url(self.name, user="postgres:any")  # dlt insists on a password

    def destination(self):
        return dlt.destinations.postgres(self.url)

    def connect(self, dataset: str):
        con = PostgresConnection(self.server.connect(self.name))
        con.execute(f"set search_path = '{dataset}'; set timezone = 'UTC'")
        return con

    @staticmethod
    def columns(con, dataset: str):
        rows = con.execute(
            "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull "
            "from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n "
            "on n.oid = c.relnamespace where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped "
            f"and n.nspname = '{dataset}' order by c.relname, a.attnum"
        ).fetchall()
        return [
            (table, name, POSTGRES_TYPES.get(kind, kind.replace("numeric", "DECIMAL")), null)
            for table, name, kind, null in rows
        ]

    @staticmethod
    def instant(name: str, data_type: str) -> str:
        return f"(extract(epoch from {name}) * 1000000)::bigint"
