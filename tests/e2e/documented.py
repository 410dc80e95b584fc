#!/usr/bin/env python3
"""What dlt's documentation shows of rest_api is accepted: documented.py HEADRACE CONFIGURATIONS

Each configuration of the list goes into a pipeline file as it stands."""

import pathlib
import re
import subprocess
import sys
import tempfile

HEADRACE = sys.argv[1]


def main():
    text = pathlib.Path(sys.argv[2]).read_text()
    shown = re.split(r"(?m)^- ", text)[1:]
    assert len(shown) > 15, len(shown)
    with tempfile.TemporaryDirectory() as folder:
        for one in shown:
            lines = ("  " + one).splitlines(keepends=True)
            file = pathlib.Path(folder, "p.yaml")
            file.write_text("source:\n  rest_api:\n" + "".join("  " + line for line in lines))
            done = subprocess.run([HEADRACE, "check", file], cwd=folder, capture_output=True,
                                  text=True, timeout=30)
            if done.returncode or "resource" not in done.stdout:
                sys.exit(f"{file.read_text()}\n{done.stdout}{done.stderr}")


main()
