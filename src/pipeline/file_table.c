#include "pipeline/file_table.h"

#define SETTING(key, text, json_schema)                                                    \
    {                                                                                      \
        .name = (key), .kind = HR_OPTION_VALUE, .offset = offsetof(hr_file_spec, setting), \
        .flags = HR_OPTION_ADVANCED, .schema = (json_schema), .help = (text)               \
    }

static const hr_option rows[] = {
    {"pipeline", HR_OPTION_TEXT, HR_AT(hr_file_spec, pipeline), .example = "my_pipeline",
     .help = "Name of the pipeline, and of its working folder"},
    {"destination", HR_OPTION_TEXT, HR_AT(hr_file_spec, destination),
     .example = "duckdb:///my_pipeline.duckdb", .help = "URL of the database to load into"},
    {"dataset", HR_OPTION_TEXT, HR_AT(hr_file_spec, dataset), .example = "my_data",
     .help = "Database schema that holds the tables; by default PIPELINE_dataset"},
    {"source", HR_OPTION_OBJECT, HR_AT(hr_file_spec, source), .flags = HR_OPTION_REQUIRED,
     .help = "Where the data comes from: one kind of source with its options"},
    {"select", HR_OPTION_TEXTS, HR_AT(hr_file_spec, select), .flags = HR_OPTION_ADVANCED,
     .help = "Names of the resources to load; by default all"},
    {"limit", HR_OPTION_INT, HR_AT(hr_file_spec, limit), .flags = HR_OPTION_ADVANCED,
     .by_default = "-1", .least = -1, .most = INT64_MAX,
     .help = "Rows to load of each resource, at most; -1: all"},
    SETTING("schema_contract",
            "What may change: evolve, freeze, discard_row or discard_value, for "
            "all or for tables, columns and data_type",
            NULL),
    SETTING("max_table_nesting", "Levels of nesting that become columns and child tables",
            "{\"type\": \"integer\", \"minimum\": 0}"),
    SETTING("root_key", "Whether child tables carry the id of their root row",
            "{\"type\": \"boolean\"}"),
    SETTING("preferred_types", "Types of columns by patterns of their names",
            "{\"type\": \"object\"}"),
    SETTING("naming", "Naming convention: snake_case, direct, sql_ci_v1 or sql_cs_v1",
            "{\"type\": \"string\"}"),
    SETTING("refresh", "What is dropped before the load: drop_sources, drop_resources or drop_data",
            "{\"enum\": [\"drop_sources\", \"drop_resources\", \"drop_data\"]}"),
    SETTING("import_schema", "Folder with a schema file that is read before each run",
            "{\"type\": \"string\"}"),
    SETTING("export_schema", "Folder that the schema is written to after each run",
            "{\"type\": \"string\"}"),
    SETTING("state", "Keys of your own in the state; under resources, by resource",
            "{\"type\": \"object\"}"),
    SETTING("alerts", "Who is told of schema changes, failures and successes", NULL),
    {0},
};

const hr_option_table hr_file_table = {
    "the pipeline file", rows, sizeof(hr_file_spec),
    .help = "A pipeline: where data comes from, where it goes, and how"};

bool hr_file_is_setting(const char *key)
{
    const hr_option *o = hr_options_find(&hr_file_table, hr_str_from(key));

    return o && o->offset == offsetof(hr_file_spec, setting);
}
