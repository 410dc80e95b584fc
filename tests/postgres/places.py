"""Where the server is, who is asked and how; and a pooler between."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from harness import (COMMIT, MERGED, NotHere, ROWS, background, case, direct, reload, role,
                     through, unique_columns, wait_for)
import server
from lab import expect, same
from proxy import Proxy


def no_secret(lab, run, secret):
    expect(secret not in run.out + run.err, "a password is shown")
    for path in (lab.folder / "pipelines").rglob("*"):
        if path.is_file():
            expect(secret.encode() not in path.read_bytes(), f"{path} holds a password")


@case
def passwords(lab):
    secret = "s3/cr@t:%?"
    escaped = "s3%2Fcr%40t%3A%25%3F"
    hba = lab.server.data / "pg_hba.conf"
    old = hba.read_text()
    lab.server.sql(f"create role asked login superuser password '{secret}'")
    try:
        hba.write_text("host all asked 127.0.0.1/32 scram-sha-256\n" + old)
        reload(lab)
        url = f"127.0.0.1:{lab.server.port}/postgres"
        lab.url = f"postgres://asked:{escaped}@{url}"
        run = lab.load([{"i": 1}])
        no_secret(lab, run, secret)
        no_secret(lab, run, escaped)
        lab.url = f"postgres://asked@{url}"
        run = lab.try_load([{"i": 2}], env={"PGPASSWORD": secret})
        same(run.code, 0, run.err)
        lab.refuse([{"i": 3}], "no password supplied", "PGPASSWORD")
        passfile = lab.folder / ".pgpass"
        escaped_for_file = secret.replace(":", "\\:")
        passfile.write_text(f"127.0.0.1:*:*:asked:{escaped_for_file}\n")
        passfile.chmod(0o600)
        run = lab.try_load([{"i": 3}], env={"PGPASSFILE": str(passfile)})
        same(run.code, 0, run.err)
        lab.url = f"postgres://asked:wrong-{escaped}@{url}"
        run = lab.refuse([{"i": 4}], "password authentication failed")
        no_secret(lab, run, secret)
    finally:
        hba.write_text(old)
        reload(lab)


@case
def services_and_variables(lab):
    services = lab.folder / "services.conf"
    services.write_text(f"[feed]\nhost=127.0.0.1\nport={lab.server.port}\nuser=postgres\n"
                        "dbname=postgres\n")
    lab.url = "postgres://?service=feed"
    run = lab.try_load([{"i": 1}], env={"PGSERVICEFILE": str(services)})
    same(run.code, 0, run.err)
    lab.url = "postgresql://"
    run = lab.try_load([{"i": 2}], env={"PGHOST": "127.0.0.1", "PGPORT": str(lab.server.port),
                                        "PGUSER": "postgres", "PGDATABASE": "postgres"})
    same(run.code, 0, run.err)
    direct(lab)
    same(lab.count(), 2)


@case
def sections_of_dlt(lab):
    """A destination by its name: credentials as fields, as a URL, and what stands beside them."""
    url = lab.server.url()
    secrets = lab.folder / ".dlt" / "secrets.toml"
    secrets.parent.mkdir()
    lab.url = "postgres"
    secrets.write_text('[destination.postgres.credentials]\nhost = "127.0.0.1"\n'
                       f'port = {lab.server.port}\ndatabase = "postgres"\n'
                       'username = "postgres"\nquery = {application_name = "by fields"}\n')
    lab.load([{"i": 1}])
    same(unique_columns(lab), 1)
    secrets.write_text(f'destination.postgres.credentials = "{url}"\n')
    lab.load([{"i": 2}])
    secrets.unlink()
    run = lab.try_load([{"i": 3}], env={"DESTINATION__POSTGRES__CREDENTIALS": url})
    same(run.code, 0, run.err)
    direct(lab)
    same(lab.count(), 3)
    lab.server.sql(f"drop schema {lab.dataset} cascade")
    secrets.write_text('[destination.postgres]\ncreate_indexes = false\n'
                       f'credentials = "{url}"\n')
    lab.url = "postgres"
    lab.load([{"i": 1}])
    same(unique_columns(lab), 0)


@case
def what_the_url_says_counts(lab):
    """Not what a field or a setting says beside it, whosever option it is."""
    secrets = lab.folder / ".dlt" / "secrets.toml"
    secrets.parent.mkdir()
    ours = "?lock_timeout=100ms&remove_nul=true&create_indexes=true&application_name=by-url"
    secrets.write_text('[destination.postgres]\ncreate_indexes = false\n'
                       f'credentials = "{lab.server.url(more=ours)}"\n')
    fields = {"LOCK_TIMEOUT": "1h", "REMOVE_NUL": "false", "PORT": "1", "DATABASE": "nowhere",
              "QUERY": '{"application_name": "by-field", "create_indexes": "false", '
                       '"options": "-c timezone=UTC"}'}
    environment = {f"DESTINATION__POSTGRES__CREDENTIALS__{name}": text
                   for name, text in fields.items()}
    lab.url = "postgres"
    run = lab.try_load([{"s": "a\0b"}], env=environment)
    same(run.code, 0, run.err)
    direct(lab)
    same(lab.rows("select s from t"), [["ab"]])
    same(unique_columns(lab), 1)
    connection = lab.server.connect()
    connection.autocommit = False
    connection.cursor().execute(f"lock table {lab.dataset}.t")
    lab.url = "postgres"
    run = lab.try_load([{"s": "c"}], env=environment)
    expect(run.code != 0 and "lock" in run.err, run.err)
    connection.close()


@case
def ways_to_write_where_the_server_is(lab):
    """A socket in a folder, IPv6, several hosts; the pipeline remembers each."""
    folder = lab.server.folder / "sockets"
    folder.mkdir()
    folder.chmod(0o777)
    with server.Server(lab.server.major, settings={
            "listen_addresses": "127.0.0.1,::1", "unix_socket_directories": folder}) as pg:
        encoded, at = str(folder).replace("/", "%2F"), f"{pg.port}/postgres"
        urls = [f"postgres://postgres@{encoded}:{at}",
                f"postgres://postgres@/postgres?host={folder}&port={pg.port}",
                f"postgres://postgres@nowhere.invalid:{at}?hostaddr=127.0.0.1",
                f"postgres://postgres@127.0.0.1:{server.free_port()},127.0.0.1:{at}",
                f"postgres://postgres@127.0.0.1:{at}?target_session_attrs=read-write",
                f"postgres://postgres@127.0.0.1:{at}?options=-csearch_path%3D"]
        with contextlib.suppress(OSError), socket.create_connection(("::1", pg.port)):
            urls.append(f"postgres://postgres@[::1]:{at}")
        for url in urls:
            lab.url = url
            lab.load([{"i": 1}])
            run = lab.run("load", str(lab.write([{"i": 2}])), "--table", "t", "--pipeline", "p")
            same(run.code, 0, run.err)
            same(lab.rows("select i from t order by i"), [[1], [2]], url)
            pg.sql(f"drop schema {lab.dataset} cascade")


@case
def servers_that_are_not_there(lab):
    lab.url = f"postgres://postgres@127.0.0.1:{server.free_port()}/postgres"
    lab.refuse([{"i": 1}], "refused")
    lab.url = lab.server.url(database="nowhere")
    lab.refuse([{"i": 1}], "nowhere", "does not exist")


@case
def server_that_speaks_german(lab):
    """What it says is understood all the same: that it is full may pass, a wrong name does not."""
    german = {"LANGUAGE": "de", "LC_MESSAGES": "C.UTF-8", "LC_ALL": ""}
    with server.Server(lab.server.major, environment=german, settings={
            "lc_messages": "C.UTF-8", "max_connections": "3",
            "superuser_reserved_connections": "0", "max_wal_senders": "0"}) as pg:
        lab.url = pg.url(database="nirgends")
        run = lab.refuse([{"i": 1}], "nirgends")
        if "existiert nicht" not in run.err:
            raise NotHere("PostgreSQL's messages in German")
        same(run.code, 2, run.err)
        lab.url = pg.url()
        with contextlib.ExitStack() as sessions:
            for _ in range(3):
                sessions.callback(pg.connect().close)
            run = lab.refuse([{"i": 1}], "schon zu viele Verbindungen")
            expect(run.code == 1 and "53300" not in run.err and ".c:" not in run.err, run.err)
        lab.load([{"i": 1}])


@case
def certificates(lab):
    if not lab.server.sql("show ssl_library")[0][0]:
        raise NotHere(f"a PostgreSQL {lab.server.major} with TLS")
    made = lab.folder / "tls"
    made.mkdir()
    for name in ("server", "other"):
        done = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
             made / f"{name}.key", "-out", made / f"{name}.crt"], check=False, capture_output=True)
        if done.returncode != 0:
            raise NotHere("openssl")
    for name in ("server.key", "server.crt"):
        shutil.copy(made / name, lab.server.data / name)
        os.chown(lab.server.data / name, server.account().pw_uid, server.account().pw_gid)
        (lab.server.data / name).chmod(0o600)
    lab.server.sql("alter system set ssl = on")
    reload(lab)
    try:
        at = f"{lab.server.port}/postgres?sslmode=verify-full&sslrootcert={made}/"
        lab.url = f"postgres://postgres@localhost:{at}server.crt"
        lab.load([{"i": 1}])
        lab.url = f"postgres://postgres@localhost:{at}other.crt"
        lab.refuse([{"i": 2}], "certificate verify failed")
        lab.url = f"postgres://postgres@127.0.0.1:{at}server.crt"
        lab.refuse([{"i": 2}], "127.0.0.1", "does not match")
        lab.url = f"postgres://postgres@localhost:{at}server.crt"
        same(lab.count(), 1)
    finally:
        lab.server.sql("alter system reset ssl")
        reload(lab)


@case
def other_encodings(lab):
    for encoding in ("LATIN1", "SQL_ASCII"):
        lab.server.sql(f"create database {encoding.lower()} encoding '{encoding}' locale 'C' "
                       "template template0")
        lab.url = lab.server.url(database=encoding.lower())
        lab.load([{"s": "Grüße"}])
        same(lab.rows("select s from t"), [["Grüße"]])
    lab.url = lab.server.url(database="latin1")
    lab.refuse([{"s": "東京"}], "encoding", "UTF8")
    same(lab.count(), 1)


@case
def odd_settings_of_a_role(lab):
    with role(lab, "grant create on database postgres to ROLE",
              "alter role ROLE set client_encoding = 'LATIN1'",
              "alter role ROLE set standard_conforming_strings = off",
              "alter role ROLE set datestyle = 'German'", "alter role ROLE set timezone = 'Asia/Tokyo'",
              "alter role ROLE set search_path = ''"):
        lab.load([{"s": "東\\n京'", "t": "2024-01-02T03:04:05Z", "d": 1.5}])
        same(lab.rows("select s, t, d from t"), [["東\\n京'", "2024-01-02T03:04:05Z", 1.5]])


@contextlib.contextmanager
def pooler(lab):
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if not program:
        raise NotHere("pgbouncer")
    folder, port = Path(tempfile.mkdtemp(dir=lab.server.folder)), server.free_port()
    os.chown(folder, server.account().pw_uid, server.account().pw_gid)
    (folder / "ini").write_text(
        f"[databases]\npostgres = host=127.0.0.1 port={lab.server.port} user=postgres\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\nunix_socket_dir =\n"
        "pool_mode = transaction\ndefault_pool_size = 3\nserver_login_retry = 0.2\n"
        f"logfile = {folder}/log\npidfile = {folder}/pid\n")
    process = subprocess.Popen([program, "-q", str(folder / "ini")], **server.as_account(),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=server.end_with_parent)
    try:
        deadline = time.monotonic() + 10
        while subprocess.run([lab.server.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p",
                              str(port)], check=False).returncode != 0:
            expect(time.monotonic() < deadline and process.poll() is None, "pgbouncer is not up")
            time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()


@case
def pooler_in_transaction_mode(lab):
    with pooler(lab) as port:
        lab.url = lab.server.url(port=port)
        lab.load(ROWS)
        lab.load(ROWS[:10], "--write-disposition", "replace")
        lab.load([{"i": 1, "more": "x"}])
        same(lab.tables(), {"t": 11, "t__l": 10})
        same(lab.rows("select count(*) as n from t"), [[11]])
        files = [lab.write(ROWS[:500]) for _ in range(8)]
        codes = []
        threads = [threading.Thread(target=lambda n=n: codes.append(lab.run(
            "load", str(files[n]), "--table", "shared", "--to", lab.url, "--dataset", lab.dataset,
            "--pipeline", f"p{n}"))) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        same([run.code for run in codes], [0] * 8, [run.err for run in codes if run.code])
        same(lab.count("shared"), 4000)


@case
def pooler_that_fails(lab):
    """A client that is cut off at its COMMIT, a merge, a server that restarts behind the pooler."""
    lab.load([{"i": -1}])
    with pooler(lab) as port:
        for deliver in (False, True):
            rows = [{"i": int(deliver)}]
            with Proxy(port, cuts=1, at=COMMIT, deliver=deliver) as proxy:
                through(lab, proxy)
                run = lab.try_load(rows, *MERGED)
                same(proxy.cut_count, 1)
            if run.code != 0:
                lab.load(rows, *MERGED)
        lab.url = lab.server.url(port=port)
        same(lab.rows("select i from t order by i"), [[-1], [0], [1]])
        same(lab.loads(), 3)
        with background(lab.try_load, ROWS * 2) as result:
            wait_for(lab, "select 1 from pg_stat_activity where query like 'COPY%'")
            lab.server.stop(signal.SIGQUIT)
            lab.server.start()
        same(result[0].code, 0, result[0].err)
        same((lab.count(), lab.loads()), (16003, 4))
