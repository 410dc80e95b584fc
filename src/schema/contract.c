#include "schema/contract.h"

#include <string.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/json.h"

static const char *const modes[] = {[HR_EVOLVE] = "evolve",
                                    [HR_FREEZE] = "freeze",
                                    [HR_DISCARD_ROW] = "discard_row",
                                    [HR_DISCARD_VALUE] = "discard_value"};
static const char *const entities[] = {"tables", "columns", "data_type"};

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

const char *hr_contract_mode_name(hr_contract_mode m)
{
    return modes[m];
}

static int mode_of(const char *name)
{
    for (size_t i = 0; name && i < N_OF(modes); i++) {
        if (strcmp(name, modes[i]) == 0)
            return (int)i;
    }
    return -1;
}

static unsigned char mode_in(yyjson_mut_val *v)
{
    const int mode = mode_of(yyjson_mut_get_str(v));

    return (unsigned char)(mode < 0 ? HR_EVOLVE : mode);
}

static hr_contract read(yyjson_mut_val *v)
{
    if (yyjson_mut_is_str(v))
        return (hr_contract){mode_in(v), mode_in(v), mode_in(v)};
    return (hr_contract){.tables = mode_in(hr_json_get(v, "tables")),
                         .columns = mode_in(hr_json_get(v, "columns")),
                         .data_type = mode_in(hr_json_get(v, "data_type"))};
}

hr_contract hr_table_contract(const hr_schema *s, const hr_table *t)
{
    if (strncmp(t->name, "_dlt", 4) == 0)
        return (hr_contract){0};
    for (; t; t = t->parent.p ? hr_schema_table(s, t->parent) : NULL) {
        yyjson_mut_val *own = hr_json_get(t->doc, "schema_contract");

        if (own && !yyjson_mut_is_null(own))
            return read(own);
    }
    return read(
        hr_json_get(hr_json_get(yyjson_mut_doc_get_root(s->doc), "settings"), "schema_contract"));
}

bool hr_table_is_new(const hr_table *t)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->columns[i]->type != HR_TYPE_NONE)
            return false;
    }
    return true;
}

static hr_status check_mode(const char *what, yyjson_val *mode, hr_error *err)
{
    return mode_of(yyjson_get_str(mode)) >= 0
               ? HR_OK
               : hr_fail(err, HR_E_CONFIG,
                         "schema_contract: %s takes evolve, freeze, discard_row or discard_value",
                         what);
}

hr_status hr_contract_check(yyjson_val *given, hr_error *err)
{
    yyjson_val *key, *mode;
    size_t i, n;

    if (!yyjson_is_obj(given))
        return check_mode("it", given, err);
    yyjson_obj_foreach(given, i, n, key, mode)
    {
        bool known = false;

        for (size_t k = 0; k < N_OF(entities); k++)
            known = known || yyjson_equals_str(key, entities[k]);
        if (!known)
            return hr_fail(err, HR_E_CONFIG,
                           "schema_contract: \"%s\" is none of tables, columns and data_type",
                           yyjson_get_str(key));
        HR_TRY(check_mode(yyjson_get_str(key), mode, err));
    }
    return HR_OK;
}

hr_status hr_contract_set(hr_schema *s, hr_table *t, yyjson_val *given, hr_error *err)
{
    yyjson_mut_val *settings = hr_json_get(yyjson_mut_doc_get_root(s->doc), "settings");
    yyjson_mut_val *into = t ? t->doc : settings;

    return hr_json_put(s->doc, into, "schema_contract", yyjson_val_mut_copy(s->doc, given))
               ? HR_OK
               : hr_nomem(err);
}
