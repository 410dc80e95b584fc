/* load_tables -- one run of one pipeline with many tables, for the comparison with dlt.
 *
 * Usage: load_tables PIPELINE PIPELINES_DIR URL DATASET [SETTINGS] < list
 * Lines of the list, split by tabs: table, hints as JSON, file. */
#include <headrace/headrace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hr_status add(hr_pipeline *p, char *line, hr_error *err)
{
    char *rest = NULL;
    const char *table = strtok_r(line, "\t", &rest);
    const char *hints = strtok_r(NULL, "\t", &rest);
    const char *file = strtok_r(NULL, "\n", &rest);

    if (!table || !hints || !file)
        return hr_fail(err, HR_E_USAGE, "a line has less than three fields");
    const hr_resource_options options = {.size = sizeof(options), .table = table, .hints = hints};
    return hr_pipeline_add_files(p, &options, &file, 1, err);
}

static hr_status add_all(hr_pipeline *p, hr_error *err)
{
    char *line = NULL;
    size_t cap = 0;
    hr_status st = HR_OK;

    while (st == HR_OK && getline(&line, &cap, stdin) > 0)
        st = add(p, line, err);
    free(line);
    return st;
}

int main(int argc, char **argv)
{
    hr_pipeline *p = NULL;
    hr_error err = {0};

    if (argc != 5 && argc != 6)
        return 2;
    const hr_pipeline_options options = {
        .size = sizeof(options),
        .name = argv[1],
        .pipelines_dir = argv[2],
        .destination = argv[3],
        .dataset = argv[4],
        .settings = argv[5],
    };
    hr_status st = hr_pipeline_open(&p, &options, &err);
    if (st == HR_OK)
        st = add_all(p, &err);
    if (st == HR_OK)
        st = hr_pipeline_run(p, NULL, &err);
    if (st != HR_OK)
        (void)fprintf(stderr, "%s\n", err.msg);
    hr_pipeline_close(p);
    return st == HR_OK ? 0 : 1;
}
