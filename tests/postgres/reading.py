"""What `headrace sql` makes of Postgres's types and statements: the right value, or a clear error;
and never a change of the database."""

import harness  # first: it says where the modules of other suites are
from harness import case
from lab import expect, same

TYPES = """create type mood as enum ('well', 'ill'); create domain few as numeric(5, 2);
    create domain word as text; create domain ints as int[]; create type pair as (x int, y text)"""

# Each is a column of one table; what --format json says of it.
VALUES = [
    # numbers
    ("'NaN'::numeric", "NaN"), ("'-Infinity'::numeric", "-Infinity"),
    ("1e-400::numeric", "0." + "0" * 399 + "1"), ("1e400::numeric", "1" + "0" * 400),
    ("12345.678::numeric(38, 9)", 12345.678), ("0.5::numeric(38, 38)", 0.5),
    ("99999999999999999999999999999999999999::numeric(38, 0)", 10**38 - 1),
    ("1::numeric(39, 0)", "1"), ("149::numeric(5, -2)", "100"), ("0.001::numeric(3, 5)", "0.001"),
    ("-0.000000001::numeric(38, 9)", -0.000000001), ("0::numeric(10, 2)", 0.0),
    ("(-9223372036854775808)::int8", -2**63), ("(-32768)::int2", -32768),
    ("'-Infinity'::float8", "-Infinity"), ("'NaN'::float4", "NaN"), ("0.1::float8", 0.1),
    ("'-0'::float8", -0.0), ("5e-324::float8", 5e-324), ("12.34::money", "$12.34"),
    ("4294967295::oid", "4294967295"),
    # times
    ("'0044-03-15 BC'::date", "-0043-03-15"), ("'5874897-12-31'::date", "5874897-12-31"),
    ("'4713-01-01 BC'::timestamp", "-4712-01-01T00:00:00"),
    ("'12000-01-01 01:02:03+00'::timestamptz", "12000-01-01T01:02:03Z"),
    ("'24:00:00'::time", "24:00:00"), ("'10:00+05:30'::timetz", "10:00:00+05:30"),
    ("'1 year 2 mons -3 days 04:05:06.789'::interval", "1 year 2 mons -3 days +04:05:06.789"),
    # arrays
    ("'{}'::int[]", "{}"), ("'{{1,2},{3,4}}'::int[]", "{{1,2},{3,4}}"),
    ("'[2:3]={7,8}'::int[]", "[2:3]={7,8}"), ("'{1}'::ints", "{1}"),
    ("array['a\"b', 'c,d', null]::text[]", '{"a\\"b","c,d",NULL}'),
    # text, bytes, JSON
    ("'ab'::char(4)", "ab  "), ("'x'::\"char\"", "x"), ("'n'::name", "n"), ("''::text", ""),
    ("'\\x00ff'::bytea", "00ff"), ("''::bytea", ""),
    ("'{\"b\":1}'::json", '{"b":1}'), ("'{\"b\":1}'::jsonb", '{"b": 1}'), ("'null'::jsonb", "null"),
    ("null::jsonb", None), ("null::numeric(5, 2)", None), ("null::int[]", None),
    ("to_tsvector('simple', 'a b')", "'a':1 'b':2"),
    # others
    ("true", True), ("'550e8400-e29b-41d4-a716-446655440000'::uuid",
                     "550e8400-e29b-41d4-a716-446655440000"),
    ("'ill'::mood", "ill"), ("1.5::few", 1.5), ("'q'::word", "q"), ("row(1, 'x')::pair", "(1,x)"),
    ("'10.0.0.0/8'::cidr", "10.0.0.0/8"), ("'10.0.0.1'::inet", "10.0.0.1/32"), ("b'101'", "101"),
    ("'[1,3)'::int4range", "[1,3)"), ("'(1,2)'::point", "(1,2)"), ("'1/2'::pg_lsn", "1/2"),
]
REFUSED = [
    ("'NaN'::numeric(10, 2)", "not a number"), ("'infinity'::date", "infinite"),
    ("'-infinity'::timestamp", "infinite"), ("'infinity'::timestamptz", "infinite"),
    ("'294276-12-31'::timestamp", "beyond"),
]
STATEMENTS = [
    ("select 1 -- and so on", [[1]]), ("(select 1) union (select 2) order by 1;", [[1], [2]]),
    ("values (1, 'x'), (2, null)", [[1, "x"], [2, None]]), ("select from t", []),
    ("/* a */ table t", [[1]]), ("select null, 'a', pg_sleep(0)", [[None, "a", ""]]),
    ("show server_encoding", [["UTF8"]]), ("explain (costs off) select 1", [["Result"]]),
]
WRITES = [
    "insert into t values (2)", "with w as (delete from t returning 1) select * from w",
    "rollback; insert into t values (2)", "commit; drop table {d}.t",
    "set transaction read write; insert into t values (2)", "begin; drop table t",
    "select 1; rollback; delete from {d}.t",
    "do $$ begin commit; execute 'drop table {d}.t'; end $$", "create table u ()",
    "copy t from stdin", "copy t to stdout", "COPY (select 1) TO PROGRAM 'true'",
]


@case
def types_and_statements(lab):
    lab.load([{"i": 0}])  # so that the pipeline is known
    lab.server.sql(f"set search_path = {lab.dataset}; {TYPES}; drop table t; "
                   "create table t (i int); insert into t values (1); create table v as select "
                   + ", ".join(f"{sql} as c{n}" for n, (sql, _) in enumerate(VALUES)))
    [row] = lab.rows("select * from v")
    for (sql, want), got in zip(VALUES, row, strict=True):
        same(repr(float(got) if isinstance(want, float) else got), repr(want), sql)
    for sql, word in REFUSED:
        run = lab.run("sql", f"select {sql} as c", *lab.place())
        expect(run.code != 0 and "column c" in run.err and word in run.err, f"{sql}: {run.err}")
        same(lab.rows(f"select ({sql})::text is null as c"), [[False]])
    for sql, want in STATEMENTS:
        same(lab.rows(sql), want, sql)
    for sql in WRITES:
        run = lab.run("sql", sql.format(d=lab.dataset), *lab.place())
        expect(run.code != 0, f"{sql} is not refused: {run.out}")
        same(lab.server.sql(f"select i from {lab.dataset}.t"), [(1,)], sql)
    same(lab.server.sql(f"select to_regclass('{lab.dataset}.u')"), [(None,)])
    run = lab.run("sql", "select 1 / (9000 - i) as q from generate_series(1, 20000) i", *lab.place())
    expect(run.code != 0 and "division by zero" in run.err, run.err)


harness.main()
