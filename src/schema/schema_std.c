/* What a new schema of dlt 1.31 holds, to the letter: descriptions and order count for hashes. */
#include "base/mem.h"
#include "schema/schema_int.h"

typedef struct std_column {
    const char *name;
    const char *type;
    bool nullable;
    int precision; /* 0: none */
    const char *description;
} std_column;

static const std_column version_columns[] = {
    {"version", "bigint", false, 0,
     "Numeric version of the schema, incremented on each schema change"},
    {"engine_version", "bigint", false, 0,
     "Version of the dlt schema engine that created this schema"},
    {"inserted_at", "timestamp", false, 0, "Timestamp when this schema version was stored"},
    {"schema_name", "text", false, 0, "Name of the schema"},
    {"version_hash", "text", false, 0, "Unique hash of the schema content, used to detect changes"},
    {"schema", "text", false, 0, "JSON representation of the complete schema definition"},
};

static const std_column loads_columns[] = {
    {"load_id", "text", false, 64, "Unique identifier of the load operation"},
    {"schema_name", "text", true, 0, "Name of the schema associated with this load"},
    {"status", "bigint", false, 0, "Status of the load operation (0 = success)"},
    {"inserted_at", "timestamp", false, 0, "Timestamp when the load was completed"},
    {"schema_version_hash", "text", true, 0, "Hash of the schema version used during this load"},
};

static const std_column state_columns[] = {
    {"version", "bigint", false, 0, "Numeric version of the pipeline state"},
    {"engine_version", "bigint", false, 0, "Version of the dlt state engine"},
    {"pipeline_name", "text", false, 0, "Name of the pipeline this state belongs to"},
    {"state", "text", false, 0, "Compressed JSON representation of the pipeline state"},
    {"created_at", "timestamp", false, 0, "Timestamp when this state was created"},
    {"version_hash", "text", true, 0, "Hash of the state content, used to detect changes"},
    {"_dlt_load_id", "text", false, 64, "Load identifier linking this row to its load operation"},
};

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* All but the tables and the name. */
static const char new_schema[] =
    "{\"version\":1,\"version_hash\":\"\",\"engine_version\":11,\"name\":\"\",\"tables\":{},"
    "\"settings\":{\"detections\":[\"iso_timestamp\"],\"default_hints\":{"
    "\"not_null\":[\"_dlt_id\",\"_dlt_root_id\",\"_dlt_parent_id\",\"_dlt_list_idx\","
    "\"_dlt_load_id\"],\"parent_key\":[\"_dlt_parent_id\"],\"root_key\":[\"_dlt_root_id\"],"
    "\"unique\":[\"_dlt_id\"],\"row_key\":[\"_dlt_id\"]}},"
    "\"normalizers\":{\"names\":\"snake_case\","
    "\"json\":{\"module\":\"dlt.common.normalizers.json.relational\"}},"
    "\"previous_hashes\":[]}";

static bool put_text(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key, const char *text)
{
    return hr_json_put(doc, obj, key, yyjson_mut_str(doc, text));
}

static yyjson_mut_val *std_column_doc(yyjson_mut_doc *doc, const std_column *def)
{
    yyjson_mut_val *c = yyjson_mut_obj(doc);
    const bool ok = put_text(doc, c, "name", def->name) &&
                    put_text(doc, c, "data_type", def->type) &&
                    hr_json_put(doc, c, "nullable", yyjson_mut_bool(doc, def->nullable)) &&
                    (!def->precision ||
                     hr_json_put(doc, c, "precision", yyjson_mut_int(doc, def->precision))) &&
                    put_text(doc, c, "description", def->description);

    return ok ? c : NULL;
}

static yyjson_mut_val *std_columns_doc(yyjson_mut_doc *doc, const std_column *defs, size_t n)
{
    yyjson_mut_val *columns = yyjson_mut_obj(doc);

    for (size_t i = 0; i < n; i++) {
        if (!hr_json_put(doc, columns, defs[i].name, std_column_doc(doc, &defs[i])))
            return NULL;
    }
    return columns;
}

static yyjson_mut_val *system_table(yyjson_mut_doc *doc, const char *name, yyjson_mut_val *columns,
                                    const char *description)
{
    yyjson_mut_val *t = yyjson_mut_obj(doc);
    const bool ok = put_text(doc, t, "name", name) && hr_json_put(doc, t, "columns", columns) &&
                    put_text(doc, t, "write_disposition", "skip") &&
                    put_text(doc, t, "resource", name) &&
                    put_text(doc, t, "description", description);

    return ok ? t : NULL;
}

static bool add_system_tables(yyjson_mut_doc *doc, yyjson_mut_val *tables)
{
    yyjson_mut_val *version = system_table(
        doc, "_dlt_version", std_columns_doc(doc, version_columns, N_OF(version_columns)),
        "Created by DLT. Tracks schema updates");
    yyjson_mut_val *loads =
        system_table(doc, "_dlt_loads", std_columns_doc(doc, loads_columns, N_OF(loads_columns)),
                     "Created by DLT. Tracks completed loads");

    return hr_json_put(doc, tables, "_dlt_version", version) &&
           hr_json_put(doc, tables, "_dlt_loads", loads);
}

hr_status hr_schema_std_document(const char *name, hr_json_mdoc **out, hr_error *err)
{
    HR_TRY(hr_json_parse(hr_str_from(new_schema), out, err));
    yyjson_mut_val *root = yyjson_mut_doc_get_root(*out);

    if (hr_json_put(*out, root, "name", yyjson_mut_strcpy(*out, name)) &&
        add_system_tables(*out, hr_json_get(root, "tables")))
        return HR_OK;
    yyjson_mut_doc_free(*out);
    *out = NULL;
    return hr_nomem(err);
}

hr_json_mval *hr_schema_std_state_table(hr_json_mdoc *doc)
{
    yyjson_mut_val *t = yyjson_mut_obj(doc);
    yyjson_mut_val *columns = std_columns_doc(doc, state_columns, N_OF(state_columns));
    const bool ok = hr_json_put(doc, t, "columns", columns) &&
                    put_text(doc, t, "write_disposition", "append") &&
                    put_text(doc, t, "file_format", "preferred") &&
                    put_text(doc, t, "name", "_dlt_pipeline_state") &&
                    put_text(doc, t, "resource", "_dlt_pipeline_state");

    return ok ? t : NULL;
}
