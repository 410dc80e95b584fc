"""dlt with the pages of an API at once, as far as it can: a resource of page numbers and a
parallelized child that asks for one page each. dlt_parallel.py PIPELINE.YAML"""

import os
import pathlib
import sys

os.environ["EXTRACT__WORKERS"] = "16"

import dlt
import yaml
from dlt.sources.rest_api import rest_api_source


def main():
    config = yaml.safe_load(pathlib.Path(sys.argv[1]).read_text("utf-8"))["source"]["rest_api"]
    endpoint = config["resources"][0]["endpoint"]
    pages = endpoint["params"]["pages"]

    @dlt.resource(name="pages", selected=False)
    def page_numbers():
        yield [{"page": n} for n in range(1, pages + 1)]

    config["client"]["paginator"] = "single_page"
    endpoint["params"]["page"] = "{resources.pages.page}"
    config["resources"][0]["parallelized"] = True
    config["resources"].append(page_numbers())
    pipeline = dlt.pipeline(pipeline_name="bench", pipelines_dir="pipelines", dataset_name="d",
                            destination=dlt.destinations.duckdb("rest.duckdb"))
    pipeline.run(rest_api_source(config))


main()
