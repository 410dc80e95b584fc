"""The sections of bench/run about REST APIs, on the quirk server: pages that take 100 ms each, and
pages that take no time."""

import os
import pathlib
import re
import subprocess

import measure

TOP = pathlib.Path(__file__).resolve().parent.parent
SERVER = TOP / "build/release/quirk_server"

PIPELINE = """pipeline: bench
destination: duckdb:///rest.duckdb
dataset: d
source:
  rest_api:
    client:
      base_url: {origin}/{behaviour}/{ms}/
      paginator: {paginator}
{more}    resources:
      - name: items
        endpoint: {{path: items, data_selector: data, params: {{pages: {pages}, size: {size}}}}}
"""
BY_NUMBER = "{type: page_number, base_page: 1, total_path: total}"


class Server:
    """A server of its own for each candidate, so that its CPU can be told from the client's."""

    def __enter__(self):
        self.process = subprocess.Popen([SERVER, "--forget"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.origin = self.process.stdout.readline().strip()
        self.process.stdout.readline()
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


def write(folder, server, ms, pages, size, behaviour="bulk-by-number", paginator=BY_NUMBER,
          more=""):
    text = PIPELINE.format(origin=server.origin, behaviour=behaviour, ms=ms, pages=pages,
                           size=size, paginator=paginator, more=more)
    (folder / "pipeline.yaml").write_text(text, "utf-8")


def headrace(bench, folder, clean, **how):
    clean()
    with Server() as server:
        write(folder, server, **how)
        return measure.run([bench.headrace, "run", "pipeline.yaml", "--pipelines-dir",
                            "pipelines"], cwd=folder)


def dlt(bench, folder, clean, script, **how):
    clean()
    with Server() as server:
        write(folder, server, **how)
        return measure.run([bench.python, TOP / script, "pipeline.yaml"], cwd=folder,
                           env=os.environ | {"HOME": str(folder)})


def concurrency(n):
    return f"      concurrency: {n}\n"


def row(name, cost, pages, size):
    return [name, measure.seconds(cost.wall), f"{pages / cost.wall:,.0f}",
            f"{cost.cpu / pages * 1e6:,.0f} µs", f"{cost.cpu / (pages * size) * 1e6:.1f} µs",
            measure.megabytes(cost.rss)]


HEADER = ["", "wall", "pages/s", "CPU a page", "CPU a row", "memory"]
LINK = {"behaviour": "bulk-by-link", "paginator": "header_link"}


def latency(bench, folder, clean):
    """1,000 pages of ten rows, each of which takes the server 100 ms."""
    pages, size = (50 if bench.options.quick else 1000), 10
    how = {"ms": 100, "pages": pages, "size": size}
    candidates = {
        "Headrace, page numbers": lambda: headrace(bench, folder, clean, **how),
        "Headrace, concurrency: 16": lambda: headrace(bench, folder, clean, **how,
                                                      more=concurrency(16)),
        "Headrace, Link headers (one by one)": lambda: headrace(bench, folder, clean, **how, **LINK),
    }
    if not bench.options.no_dlt:
        candidates |= {
            "dlt, page numbers": lambda: dlt(bench, folder, clean, "tests/quirks/dlt_run.py", **how),
            "dlt, a parallelized child a page, 16 workers": lambda: dlt(
                bench, folder, clean, "bench/dlt_parallel.py", **how),
        }
    costs = measure.interleaved(candidates, 1)
    measure.table(f"{pages:,} pages of {size} rows at 100 ms", HEADER,
                  [row(name, cost, pages, size) for name, cost in costs.items()])


def client_alone(folder):
    """The HTTP client without a pipeline: [concurrency, requests/s, requests per second of CPU]."""
    program = folder / "http_requests"
    build = TOP / "build/release"
    subprocess.run(["cc", "-O2", f"-I{TOP}/include", TOP / "bench/http_requests.c", "-o", program,
                    f"-L{build}", "-lheadrace", f"-Wl,-rpath,{build}"], check=True)
    lines = []
    for concurrency_ in (1, 4, 16):
        with Server() as server:
            done = subprocess.run(
                [program, f"{server.origin}/bulk-by-number/0/items?size=28", "20000",
                 str(concurrency_)], stdout=subprocess.PIPE, text=True, check=True)
        rates = re.findall(r"(\d+) requests/s", done.stdout)
        lines.append([str(concurrency_), *(f"{int(rate):,}" for rate in rates)])
    measure.table("The HTTP client alone: 20,000 answers of 1 kB", [
        "requests at once", "requests/s", "requests per second of CPU"], lines,
        "The server runs on the same cores; its CPU is not counted in the last column.")


def loopback(bench, folder, clean):
    """Pages of 1 kB, from a server that answers at once."""
    size = 28  # rows in 1 kB
    ours, theirs = (500, 100) if bench.options.quick else (20000, 2000)
    once = lambda pages, **how: headrace(bench, folder, clean, ms=0, pages=pages, size=size, **how)
    start = once(1)
    lines = []
    for name, how in [("Headrace, page numbers", {}), ("Headrace, Link headers (one by one)", LINK)]:
        cost = measure.median([once(ours, **how) for _ in range(bench.options.runs)])
        lines.append(row(name, measure.Cost(cost.wall - start.wall, cost.cpu - start.cpu, cost.rss),
                         ours, size))
    if not bench.options.no_dlt:
        once = lambda pages: dlt(bench, folder, clean, "tests/quirks/dlt_run.py", ms=0,
                                 pages=pages, size=size)
        first, cost = once(1), once(theirs)
        lines.append(row("dlt, page numbers", measure.Cost(
            cost.wall - first.wall, cost.cpu - first.cpu, cost.rss), theirs, size))
    measure.table(f"{ours:,} pages of 1 kB ({size} rows) on loopback, {theirs:,} for dlt", HEADER,
                  lines, "Without the start, which is a run of one page. The server runs on the"
                  " same cores.")
