"""The inputs of the benchmarks, made when they are missing. All of them are deterministic."""

import pathlib
import shutil
import subprocess
import sys

GENERATORS = pathlib.Path(__file__).resolve().parent / "generators"


def made(path, make):
    """Calls make() with another name first, so that an input is whole or not there."""
    if not path.exists():
        print(f"bench: makes {path.name}", file=sys.stderr)
        partial = path.with_name(path.name + ".part")
        make(partial)
        partial.rename(path)
    return path


def nested(folder):
    """A million nested documents, 344 MB: 5.5 million rows in three tables."""
    def make(partial):
        scratch = folder / "nested"
        scratch.mkdir(exist_ok=True)
        subprocess.run([sys.executable, GENERATORS / "nested_docs.py", scratch], check=True)
        (scratch / "ev.jsonl").rename(partial)
        shutil.rmtree(scratch)
    return made(folder / "nested.jsonl", make)


def github(folder, megabytes=400):
    """GitHub-like events."""
    def make(partial):
        subprocess.run([sys.executable, GENERATORS / "github_like_events.py", partial,
                        str(megabytes)], check=True, stdout=subprocess.DEVNULL)
    return made(folder / f"github-{megabytes}.jsonl", make)


def first_lines(source, lines):
    """As many lines of an input; it is repeated when it has too few."""
    def make(partial):
        left = lines
        with open(partial, "wb") as out:
            while left > 0:
                with open(source, "rb") as text:
                    for line in text:
                        out.write(line)
                        left -= 1
                        if left == 0:
                            break
    return made(source.with_name(f"{source.stem}-{lines}.jsonl"), make)


def count_lines(path):
    with open(path, "rb") as text:
        return sum(block.count(b"\n") for block in iter(lambda: text.read(1 << 20), b""))
