"""Runs a command with PG* variables that point to a server of its own: with_server.py COMMAND..."""

import os
import subprocess
import sys

import server

with server.Server() as pg:
    environment = {**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(pg.port),
                   "PGUSER": "postgres", "PGDATABASE": "postgres"}
    code = subprocess.run(sys.argv[1:], env=environment, check=False).returncode
sys.exit(code)
