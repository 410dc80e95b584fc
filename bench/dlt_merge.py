"""Loads NDJSON with dlt into a table that may be there: dlt_merge.py INPUT FOLDER HINTS [URL DATASET].

Into DuckDB by Parquet, which is its fastest way; with the URL of a Postgres server, into that by CSV.
HINTS is a JSON object. Run by a Python that has dlt. Prints the seconds of the run alone, without imports.
"""

import json
import os
import sys
import time

from dlt_load import read


def main():
    path, folder, hints = sys.argv[1:4]
    url, dataset = sys.argv[4:] or (None, "d")
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

    import dlt

    pipeline = dlt.pipeline("bench", pipelines_dir=f"{folder}/dlt", dataset_name=dataset,
                            destination=dlt.destinations.postgres(url) if url else
                            dlt.destinations.duckdb(f"{folder}/dlt.duckdb"))
    began = time.perf_counter()
    pipeline.run(dlt.resource(read(path), name="customers", **json.loads(hints)),
                 loader_file_format="csv" if url else "parquet")
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
