"""Running a program and measuring it; medians; tables; memory limits by cgroups."""

import dataclasses
import os
import pathlib
import signal
import statistics
import subprocess
import time


@dataclasses.dataclass
class Cost:
    wall: float  # seconds
    cpu: float   # seconds, user and system
    rss: int     # peak, in bytes; of several processes the largest


class Failed(Exception):
    pass


def run(command, cwd=None, env=None, limit=None, timeout=3600):
    """Runs to the end; Failed with what it said when the exit status is not 0."""
    with open(os.path.join(cwd or ".", "bench.log"), "w+b") as log:
        began = time.perf_counter()
        child = subprocess.Popen([str(word) for word in command], cwd=cwd, env=env, stdout=log,
                                 stderr=log, stdin=subprocess.DEVNULL,
                                 preexec_fn=limit.enter if limit else None)
        signal.signal(signal.SIGALRM, lambda *_: child.kill())
        signal.alarm(timeout)
        _, status, usage = os.wait4(child.pid, 0)
        signal.alarm(0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            log.seek(0)
            said = log.read().decode(errors="replace")[-2000:]
            raise Failed(f"{' '.join(map(str, command))}: exit status {child.returncode}\n{said}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def median(costs):
    return Cost(statistics.median(c.wall for c in costs), statistics.median(c.cpu for c in costs),
                int(statistics.median(c.rss for c in costs)))


def interleaved(candidates, rounds):
    """{name: (function that runs once and returns a Cost)} -> {name: median Cost}. The rounds go
    through all candidates, so that what disturbs the machine for a while disturbs them all."""
    costs = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, once in candidates.items():
            os.sync()
            costs[name].append(once())
    return {name: median(c) for name, c in costs.items()}


def table(title, header, rows, note=None):
    """A Markdown table on standard output."""
    cells = [header] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]

    def line(row):
        first = row[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        return "| " + " | ".join([first, *rest]) + " |"

    print(f"\n### {title}\n")
    print(line(cells[0]))
    print("|" + "|".join(["-" * (widths[0] + 2)] + ["-" * (w + 1) + ":" for w in widths[1:]]) + "|")
    for row in cells[1:]:
        print(line(row))
    if note:
        print(f"\n{note}")
    print(flush=True)


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def megabytes(value):
    return f"{value / 1e6:.0f} MB"


class MemoryLimit:
    """A memory cgroup of our own, version 1 or 2. OSError where that is not allowed."""

    def __init__(self, size):
        root = pathlib.Path("/sys/fs/cgroup")
        self.unified = (root / "cgroup.controllers").exists()
        parent = root if self.unified else root / "memory"
        self.path = parent / f"headrace-bench-{os.getpid()}"
        self.path.mkdir()
        try:
            if self.unified:
                self.write("memory.max", size)
                self.write("memory.swap.max", 0)
            else:
                self.write("memory.limit_in_bytes", size)
        except OSError:
            self.close()
            raise

    def write(self, name, value):
        (self.path / name).write_text(str(value))

    def enter(self):
        """In the child, before it becomes the program."""
        self.write("cgroup.procs", os.getpid())

    def peak(self):
        """Most memory that was ever in use, page cache included; None: not told."""
        name = "memory.peak" if self.unified else "memory.max_usage_in_bytes"
        file = self.path / name
        return int(file.read_text()) if file.exists() else None

    def close(self):
        self.path.rmdir()
