"""Loads NDJSON with dlt: dlt_load.py INPUT FOLDER default|best|csv [URL OF A POSTGRES SERVER]. Run
by a Python that has dlt.

default: what `pipeline.run()` does when nobody sets anything.
best:    Parquet, two processes that normalize, and files small enough that both have work.
csv:     the same with CSV, which Postgres takes through COPY.
"""

import os
import sys


def read(path):
    import orjson

    page = []
    with open(path, "rb") as text:
        for line in text:
            page.append(orjson.loads(line))
            if len(page) == 1000:
                yield page
                page = []
    if page:
        yield page


def main():
    path, folder, how = sys.argv[1:4]
    url = sys.argv[4] if len(sys.argv) > 4 else None
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    if how != "default":
        os.environ["NORMALIZE__WORKERS"] = "2"
        os.environ["LOAD__WORKERS"] = "2"
        os.environ["EXTRACT__DATA_WRITER__FILE_MAX_ITEMS"] = "25000"

    import dlt

    pipeline = dlt.pipeline("bench", pipelines_dir=f"{folder}/dlt", dataset_name="d",
                            destination=dlt.destinations.postgres(url) if url else
                            dlt.destinations.duckdb(f"{folder}/dlt.duckdb"))
    pipeline.run(dlt.resource(read(path), name="events"),
                 loader_file_format={"best": "parquet", "csv": "csv"}.get(how))


if __name__ == "__main__":
    main()
