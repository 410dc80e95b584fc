"""What a role may, and how its sessions are set."""

import threading

from harness import MERGED, ROWS, UPSERTED, case, direct, loaded_once, role
from lab import expect, same


@case
def role_without_rights(lab):
    with role(lab):
        lab.refuse([{"i": 1}], "permission denied", "cannot create schema", "CREATE on the database")
    lab.server.sql(f"create schema {lab.dataset}")
    with role(lab):
        lab.refuse([{"i": 1}], "permission denied")


@case
def schema_made_for_a_role(lab):
    lab.server.sql(f"create schema {lab.dataset}")
    with role(lab, f"grant usage, create on schema {lab.dataset} to ROLE"):
        lab.load([{"i": 1}])
        lab.load([{"i": 2, "j": 3}])
        same(lab.count(), 2)


@case
def tables_of_another_role(lab):
    """What is not granted is named; with all of it, rows come and go, and a load may not change
    the tables."""
    lab.load([{"i": 1, "l": [1]}], *MERGED)
    lab.server.sql("revoke temporary on database postgres from public")
    try:
        with role(lab, f"grant usage on schema {lab.dataset} to ROLE") as name:
            for options, grant, words in (
                    ((), "insert", "permission denied"), ((), "select", "permission denied"),
                    (("--write-disposition", "replace"), "delete", "permission denied"),
                    (MERGED, "temporary", "temporary tables"), (UPSERTED, "update", "table t")):
                lab.refuse([{"i": 2, "l": [2]}], words, f"{grant.upper()}", options=options)
                on = ("database postgres" if grant == "temporary"
                      else f"all tables in schema {lab.dataset}")
                lab.server.sql(f"grant {grant} on {on} to {name}")
            lab.load([{"i": 2, "l": [2]}])
            lab.load([{"i": 3, "l": [3, 4]}], "--write-disposition", "replace")
            lab.load([{"i": 3, "l": [5]}, {"i": 4}], *MERGED)
            lab.load([{"i": 4, "l": [6]}], *UPSERTED)
            same(lab.rows("select i from t order by i"), [[3], [4]])
            same(lab.rows("select value from t__l order by 1"), [[5], [6]])
            lab.refuse([{"i": 5, "new": 1}], "must be owner of table t")
            lab.refuse([{"i": 5}], "permission denied for schema", "CREATE", table="u")
            lab.server.sql(f"revoke temporary on database postgres from {name}")
        direct(lab)
        same((lab.count(), lab.loads()), (2, 5))
    finally:
        lab.server.sql("grant temporary on database postgres to public")


@case
def role_that_only_reads(lab):
    lab.load([{"i": 1}])
    with role(lab, f"grant usage on schema {lab.dataset} to ROLE") as name:
        run = lab.run("sql", "select i from t", *lab.place())
        expect(run.code == 2 and "SELECT" in run.err and "CREATE" not in run.err, run.err)
        lab.server.sql(f"grant select on all tables in schema {lab.dataset} to {name}")
        same(lab.rows("select i from t"), [[1]])
        same(lab.tables(), {"t": 1})
        lab.refuse([{"i": 2}], "permission denied", "INSERT")


@case
def row_security(lab):
    lab.load([{"i": 1}])
    lab.server.sql(f"alter table {lab.dataset}.t enable row level security; "
                   f"create policy p on {lab.dataset}.t using (true)")
    with role(lab, f"grant usage on schema {lab.dataset} to ROLE",
              f"grant all on all tables in schema {lab.dataset} to ROLE") as name:
        lab.refuse([{"i": 2}], "table t", "row-level security", "BYPASSRLS")
        lab.server.sql(f"alter role {name} bypassrls")
        lab.load([{"i": 2}])
        same(lab.count(), 2)


@case
def role_with_a_statement_timeout(lab):
    with role(lab, "grant create on database postgres to ROLE",
              "alter role ROLE set statement_timeout = '50ms'") as name:
        lab.refuse(ROWS * 10, "statement_timeout")
        same(lab.loads() if lab.tables() else 0, 0)
        lab.server.sql(f"alter role {name} reset statement_timeout")
        lab.load(ROWS)
        loaded_once(lab)


@case
def role_whose_transactions_are_serializable(lab):
    """What others did while a lock was waited for is seen all the same."""
    with role(lab, "grant create on database postgres to ROLE",
              "alter role ROLE set default_transaction_isolation = 'serializable'"):
        files = [lab.write([{"n": n, f"c{n}": 1}]) for n in range(8)]
        runs = []
        threads = [threading.Thread(target=lambda n=n: runs.append(lab.run(
            "load", str(files[n]), "--table", "t", "--to", lab.url, "--dataset", lab.dataset,
            "--pipeline", f"p{n}"))) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        same([run.code for run in runs], [0] * 8, [run.err for run in runs if run.code])
        same(lab.rows("select n from t order by n"), [[n] for n in range(8)])


@case
def floats_of_a_role_that_sees_few_digits(lab):
    """They become text with all their digits when a column is widened."""
    with role(lab, "grant create on database postgres to ROLE",
              "alter role ROLE set extra_float_digits = -3"):
        numbers = [0.1, 0.30000000000000004, 1.7976931348623157e308, 5e-324]
        lab.load([{"i": i, "d": d} for i, d in enumerate(numbers)])
        lab.load([{"i": 9, "d": "x"}], "--on-conflict", "widen")
        same(lab.rows("select d from t order by i"), [[str(d)] for d in numbers] + [["x"]])
