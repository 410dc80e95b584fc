"""Runs the REST source of a pipeline file through dlt: dlt_run.py PIPELINE.YAML, in the folder in
which quirk.duckdb and dlt's own files are to lie."""

import pathlib
import sys

import dlt
import yaml
from dlt.sources.rest_api import rest_api_source

OURS = ("concurrency", "rate_limit", "timeout", "retry")  # keys of `client` that dlt does not have


def configuration(path):
    config = yaml.safe_load(pathlib.Path(path).read_text("utf-8"))["source"]["rest_api"]
    for key in OURS:
        config["client"].pop(key, None)
    for resource in config["resources"]:
        resource.get("endpoint", {}).pop("idempotent", None)
    return config


def main():
    pipeline = dlt.pipeline(pipeline_name="quirk", pipelines_dir="pipelines", dataset_name="q",
                            destination=dlt.destinations.duckdb("quirk.duckdb"))
    pipeline.run(rest_api_source(configuration(sys.argv[1])))


main()
